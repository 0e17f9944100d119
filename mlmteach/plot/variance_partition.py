"""How the variance of the outcome divides between predictors, groups and units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.generalized import Generalized, NonNormal
from mlmteach.fit.layered_fit import Layered
from mlmteach.fit.nested_generalized import NestedGeneralized
from mlmteach.palette import ROLES
from mlmteach.plot.coefficients import named_fits
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import groups_of, number, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Linear
    from mlmteach.fit.fitted import Fitted

__all__ = ["variance_partition", "variance_parts"]

PARTS = ("predictors", "between groups", "within groups")
COLOURS = dict(zip(PARTS, (ROLES["fixed"], ROLES["random"], ROLES["level1"]), strict=True))
LATENT = (
    "on the scale of the link. The last is not estimated: the distribution says what it is, and "
    "predictors that explain it make the other two larger."
)
WIDEST = 70  # characters of the legend that one line has room for
HATCHES = dict(zip(PARTS, ("", "///", "..."), strict=True))


def _look(parts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Give each part its colour and its hatch; those of a second grouping are others."""
    between = [part for part in parts if part not in (PARTS[0], PARTS[2])]
    looks = dict.fromkeys(between[:-1], (ROLES["level3"], "xxx"))
    looks[between[-1]] = COLOURS[PARTS[1]], HATCHES[PARTS[1]]
    looks |= {part: (COLOURS[part], HATCHES[part]) for part in (PARTS[0], PARTS[2])}
    return [(part, *looks[part]) for part in parts]


def _called(fits: Sequence[Fitted], table: pd.DataFrame) -> dict[str, str]:
    """What the parts are called: "between schools"."""
    named = {part: part.replace("groups", words(fits[0]).groups) for part in PARTS}
    for fit in fits if len(table.columns) > len(PARTS) else ():
        for effects in fit.effects:
            named.setdefault(f"between {effects.name}", f"between {groups_of(fit, effects)}")
        if len(fit.effects) > 1:
            lowest = groups_of(fit, fit.effects[0])
            crossed = "within groups of both" if fit.model.grouping.crossed else f"within {lowest}"
            named[PARTS[2]] = crossed
    return named


def variance_parts(
    fits: Sequence[Linear | NonNormal], names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Divide the variance of the outcome that each fit implies.

    Parameters
    ----------
    fits : sequence of Linear or NonNormal
    names : sequence of str, optional

    Returns
    -------
    pandas.DataFrame, one row a fit
        The variances due to the predictors (of X γ over the rows), between groups (of the U's
        part, averaged over the rows) and within groups (σ², averaged over
        the rows where it differs between them), in squared units of the outcome.  Of a yes/no
        outcome or a count, those on the scale of the link.

        Where a fit has two groupings, there is a column for each grouping of any of the fits,
        ``"between"`` and its name, the uppermost first; it is 0 for fits that have it not.

    References
    ----------
    Nakagawa & Schielzeth (2013), *Methods in Ecology and Evolution* 4(2).
    """
    named = named_fits(fits, names)
    if len({fit.model.family.link for fit in fits}) > 1:
        raise OptionError(
            "The variances of these fits are on different scales.",
            "Draw fits with the same link side by side.",
        )
    several = any(len(fit.effects) > 1 for fit in fits)
    rows: dict[str, dict[str, float]] = {}
    for name, fit in named:
        between = {
            f"between {grouping}" if several else PARTS[1]: variance
            for grouping, variance in _between(fit).items()
        }
        rows[name] = {PARTS[0]: fit.fixed_variance, **between, PARTS[2]: _within(fit)}
    # the groupings of fits that have two of them come first, since they tell which is uppermost
    first = [
        f"between {e.name}" for fit in fits for e in reversed(fit.effects) if len(fit.effects) > 1
    ]
    columns = dict.fromkeys([*first, *(column for row in rows.values() for column in row)])
    between_all = [column for column in columns if column not in (PARTS[0], PARTS[2])]
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.reindex(columns=[PARTS[0], *between_all, PARTS[2]]).fillna(0.0)


def _between(fit: Linear | NonNormal) -> dict[str, float]:
    """The variance between the groups of each grouping, the uppermost first."""
    if isinstance(fit, Layered):
        return {e.name: float(fit.variance_parts[e.name]) for e in reversed(fit.effects)}
    if isinstance(fit, NestedGeneralized):
        return {e.name: float(e.cov_re.to_numpy()[0, 0]) for e in reversed(fit.effects)}
    if isinstance(fit, Generalized):
        return {fit.model.group: fit.random_variance}
    assert isinstance(fit, Estimated)
    return {fit.model.group: fit.mean_residual_variance * fit.icc / (1.0 - fit.icc)}


def _within(fit: Linear | NonNormal) -> float:
    """The variance within the lowest groups: σ², or that on the scale of the link."""
    return fit.latent_variance if isinstance(fit, NonNormal) else fit.mean_residual_variance


def variance_partition(*fits: Linear | NonNormal, names: Sequence[str] | None = None) -> Figure:
    """Draw how each fit divides the variance: predictors, between groups, within groups.

    With three levels there are two strips between groups, of schools and of classes within them;
    with crossed groupings one for each.

    Parameters
    ----------
    *fits : Linear or NonNormal
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
    named, called = words(fits[0]), _called(fits, table)
    with canvas(height=1.7 + 0.6 * len(table)) as (figure, axes):
        left = np.zeros(len(table))
        places = np.arange(len(table))
        for part, colour, hatch in _look(list(table.columns)):
            width = table[part].to_numpy()
            axes.barh(
                places,
                width,
                left=left,
                height=0.62,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                label=called[part],
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
        wide = sum(len(called[part]) for part in table.columns) > WIDEST
        figure.legend(loc="outside lower center", ncols=2 if wide else min(len(table.columns), 4))
    *between, within = [called[part] for part in table.columns[1:]]
    caption = (
        f"Each bar is the variance of {fits[0].model.outcome.name} that a model implies: of its "
        f"predictors, {' and '.join(between)} (τ), and {within} "
        + ("(σ²)." if fits[0].model.family.is_normal else LATENT)
    )
    told = " ".join(
        f"{name}: "
        + ", ".join(
            f"{called[part] if len(row) > len(PARTS) else part} "
            f"{number(row[part])} ({100 * row[part] / row.sum():.0f} %)"
            for part in table.columns
        )
        + "."
        for name, row in table.iterrows()
    )
    alt = f"Stacked bars of the variance of {fits[0].model.outcome.name}. {told}"
    return Figure(figure, caption, alt)
