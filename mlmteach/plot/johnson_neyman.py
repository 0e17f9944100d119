"""The Johnson–Neyman plot: for which values of a moderator a slope differs from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.fitted import require_fit
from mlmteach.palette import ROLES
from mlmteach.plot.cross_level import cross_level_gamma, crossing_terms
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import numeric_predictor
from mlmteach.plot.words import label, number, robust, significant, symbol, words

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.johnson_neyman import JohnsonNeyman

__all__ = ["johnson_neyman", "region_told"]

POINTS = 41


def johnson_neyman(fit: Fitted, interaction: str, *, level: float = 0.95) -> Figure:
    """Draw the slope of a level-1 predictor as a function of its moderator, with its band.

    Parameters
    ----------
    fit : Fitted
        A fitted model.
    interaction : str
        The name of a cross-level coefficient, such as ``"size:ses"``.
    level : float
        Coverage of the pointwise band.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the model has no such interaction of two numeric variables.

    References
    ----------
    Bauer & Curran (2005), *Multivariate Behavioral Research* 40(3).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size"})
    >>> print(mlm.plot.johnson_neyman(model.fit(mlm.load("hsb")), "size:ses").alt)
    The slope of SES over size, from ... at size 100 to ... at size 2713. The slope of SES ...
    """
    require_fit(fit, "The figure")
    from mlmteach.fit.johnson_neyman import johnson_neyman as region
    from mlmteach.fit.readings import simple_slopes

    gamma, named = cross_level_gamma(fit, interaction), words(fit)
    (_, low), (_, high) = crossing_terms(gamma)
    predictor, moderator = numeric_predictor(fit, low), numeric_predictor(fit, high)
    found = region(fit, predictor, moderator, level=level)
    x = np.linspace(found.least, found.greatest, POINTS)
    table = simple_slopes(fit, predictor, moderator, x.tolist(), level=level)
    slope, lower, upper = (table[name].to_numpy() for name in ("estimate", "lower", "upper"))
    sure = (lower > 0) | (upper < 0)
    with canvas() as (figure, axes):
        axes.axhline(0, color=ROLES["residual"], linewidth=1, linestyle="dashed")
        for chosen, colour, hatch, text in (
            (sure, ROLES["level1"], "", "band leaves 0 out"),
            (~sure, ROLES["residual"], "///", "band covers 0"),
        ):
            axes.fill_between(
                x, lower, upper, where=chosen, interpolate=True, alpha=0.2, color=colour,
                hatch=hatch, linewidth=0, label=text,
            )  # fmt: skip
        axes.plot(x, slope, color=ROLES["fixed"], linewidth=2.2, label="slope")
        for bound in found.bounds:
            if found.least < bound < found.greatest:
                axes.axvline(bound, color=ROLES["random"], linestyle="dotted")
                axes.annotate(
                    significant(bound),
                    (bound, 1),
                    xycoords=("data", "axes fraction"),
                    textcoords="offset points",
                    xytext=(4, -10),
                )
        axes.set_title(f"Slope of {symbol(fit, predictor)} over {symbol(fit, moderator)}")
        axes.set_xlabel(label(fit, moderator))
        axes.set_ylabel(f"slope, in {named.outcome}\nper unit of {symbol(fit, predictor)}")
        figure.legend(loc="outside lower center", ncols=3)
    told = region_told(found, symbol(fit, predictor), symbol(fit, moderator))
    caption = (
        f"The slope of {symbol(fit, predictor)} with its pointwise "
        f"{robust(fit)}{100 * level:g} % band, over "
        f"the values of {symbol(fit, moderator)} in the data. {told}"
    )
    alt = (
        f"The slope of {symbol(fit, predictor)} over {symbol(fit, moderator)}, from "
        f"{number(slope[0])} at {symbol(fit, moderator)} {found.least:g} to {number(slope[-1])} at "
        f"{symbol(fit, moderator)} {found.greatest:g}. {told}"
    )
    return Figure(figure, caption, alt)


def region_told(region: JohnsonNeyman, x: str, z: str) -> str:
    """Say where the slope differs from 0, in the range of the data.

    A bound beyond the data says nothing about any group, and is left out.
    """
    alpha = f"{100 * (1 - region.level):.3g} %"
    slope = f"The slope of {x}" + (f", {region.place}," if region.place else "")
    inner = [bound for bound in region.bounds if region.least < bound < region.greatest]
    if not inner:
        where = "at every" if region.share == 1 else "at no"
        return f"{slope} differs from 0 {where} {z} in the data (at the {alpha} level)."
    if len(inner) == 2:
        side = "between" if region.inside else "outside"
        where = f"{side} {significant(inner[0])} and {significant(inner[1])}"
    else:
        above = region.inside == (inner[0] == region.bounds[0])
        where = f"{'above' if above else 'below'} {significant(inner[0])}"
    return (
        f"{slope} differs from 0 (at the {alpha} level) where {z} is {where}: in "
        f"{100 * region.share:.0f} % of the groups."
    )
