"""The Johnson–Neyman plot: for which values of a moderator a slope differs from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.palette import ROLES
from mlmteach.plot.cross_level import cross_level_gamma
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import numeric_predictor
from mlmteach.plot.words import label, number, symbol, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Estimated

__all__ = ["johnson_neyman"]

POINTS = 41


def johnson_neyman(fit: Estimated, interaction: str, *, level: float = 0.95) -> Figure:
    """Draw the slope of a level-1 predictor as a function of its moderator, with its band.

    Parameters
    ----------
    fit : Estimated
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
    The slope of SES over size, from ... at size 100 to ... at size 2713. The slope of ses ...
    """
    from mlmteach.fit.contrasts import johnson_neyman as region
    from mlmteach.fit.contrasts import simple_slopes

    gamma, named = cross_level_gamma(fit, interaction), words(fit)
    predictor = numeric_predictor(fit, gamma.level1.name)
    moderator = numeric_predictor(fit, gamma.level2.name)
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
                    f"{bound:.4g}",
                    (bound, 1),
                    xycoords=("data", "axes fraction"),
                    textcoords="offset points",
                    xytext=(4, -10),
                )
        axes.set_title(f"Slope of {symbol(fit, predictor)} over {symbol(fit, moderator)}")
        axes.set_xlabel(label(fit, moderator))
        axes.set_ylabel(f"slope, in {named.outcome}\nper unit of {symbol(fit, predictor)}")
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"The slope of {symbol(fit, predictor)} with its pointwise {100 * level:g} % band, over "
        f"the values of {symbol(fit, moderator)} in the data. {found}"
    )
    alt = (
        f"The slope of {symbol(fit, predictor)} over {symbol(fit, moderator)}, from "
        f"{number(slope[0])} at {symbol(fit, moderator)} {found.least:g} to {number(slope[-1])} at "
        f"{symbol(fit, moderator)} {found.greatest:g}. {found}"
    )
    return Figure(figure, caption, alt)
