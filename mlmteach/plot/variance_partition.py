"""How the variance of the outcome divides between predictors, groups and units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.generalized import Generalized
from mlmteach.palette import ROLES
from mlmteach.plot.coefficients import named_fits
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import number, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Estimated

__all__ = ["variance_partition", "variance_parts"]

PARTS = ("predictors", "between groups", "within groups")
COLOURS = dict(zip(PARTS, (ROLES["fixed"], ROLES["random"], ROLES["level1"]), strict=True))
LATENT = (
    "on the scale of the link. The last is not estimated: the distribution says what it is, and "
    "predictors that explain it make the other two larger."
)
HATCHES = dict(zip(PARTS, ("", "///", "..."), strict=True))


def variance_parts(
    fits: Sequence[Estimated | Generalized], names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Divide the variance of the outcome that each fit implies.

    Parameters
    ----------
    fits : sequence of Estimated
    names : sequence of str, optional

    Returns
    -------
    pandas.DataFrame, one row a fit
        The variances due to the predictors (of X γ over the rows), between groups (of the U's
        part, averaged over the rows) and within groups (σ², averaged over
        the rows where it differs between them), in squared units of the outcome.  Of a yes/no
        outcome or a count, those on the scale of the link.

    References
    ----------
    Nakagawa & Schielzeth (2013), *Methods in Ecology and Evolution* 4(2).
    """
    if len({fit.model.family.link for fit in fits}) > 1:
        raise OptionError(
            "The variances of these fits are on different scales.",
            "Draw fits with the same link side by side.",
        )
    rows = {}
    for name, fit in named_fits(fits, names):
        if isinstance(fit, Generalized):
            rows[name] = [fit.fixed_variance, fit.random_variance, fit.latent_variance]
            continue
        within = fit.mean_residual_variance
        between = within * fit.icc / (1.0 - fit.icc)
        rows[name] = [fit.fixed_variance, between, within]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(PARTS))


def variance_partition(
    *fits: Estimated | Generalized, names: Sequence[str] | None = None
) -> Figure:
    """Draw how each fit divides the variance: predictors, between groups, within groups.

    Parameters
    ----------
    *fits : Estimated
        Between one and six.
    names : sequence of str, optional
        What the fits are called.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If there are no fits or too many, or names that do not go with them.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> null = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    >>> print(mlm.plot.variance_partition(null, names=["Null"]).alt)
    Stacked bars of the variance of mathach. Null: predictors 0.00 (0 %), between groups 8.61 ...
    """
    table = variance_parts(fits, names)
    named = words(fits[0])
    with canvas(height=1.7 + 0.6 * len(table)) as (figure, axes):
        left = np.zeros(len(table))
        places = np.arange(len(table))
        for part in PARTS:
            width = table[part].to_numpy()
            axes.barh(
                places,
                width,
                left=left,
                height=0.62,
                color=COLOURS[part],
                hatch=HATCHES[part],
                edgecolor="white",
                label=part.replace("groups", named.groups),
            )
            for place, (start, value, total) in enumerate(
                zip(left, width, table.sum(axis=1), strict=True)
            ):
                if value > 0.06 * table.sum(axis=1).max():
                    axes.text(
                        start + value / 2,
                        place,
                        f"{number(value)}\n{100 * value / total:.0f} %",
                        ha="center",
                        va="center",
                        fontsize=8.5,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
                    )
            left = left + width
        axes.set_yticks(places, list(table.index))
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_title(f"The parts of the variance of {fits[0].model.outcome.name}")
        axes.set_xlabel(f"variance, in squared {named.outcome}")
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"Each bar is the variance of {fits[0].model.outcome.name} that a model implies: of its "
        f"predictors, between {named.groups} (τ), and within {named.groups} "
        + ("(σ²)." if fits[0].model.family.is_normal else LATENT)
    )
    told = " ".join(
        f"{name}: "
        + ", ".join(
            f"{part.replace('groups', named.groups) if part == PARTS[0] else part} "
            f"{number(row[part])} ({100 * row[part] / row.sum():.0f} %)"
            for part in PARTS
        )
        + "."
        for name, row in table.iterrows()
    )
    alt = f"Stacked bars of the variance of {fits[0].model.outcome.name}. {told}"
    return Figure(figure, caption, alt)
