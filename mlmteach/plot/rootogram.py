"""The rootogram: how often each count was observed, hanging from how often it is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import ModelError
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.overdispersion import count_frequencies
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import number, words

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted

__all__ = ["rootogram"]


def rootogram(fit: Fitted) -> Figure:
    """Draw the observed frequencies of counts, hanging from the expected ones, as square roots.

    Parameters
    ----------
    fit : NonNormal
        A fit to a count.

    Returns
    -------
    Figure

    Raises
    ------
    ModelError
        If the outcome is no count.

    References
    ----------
    Kleiber & Zeileis (2016), *The American Statistician* 70(3); Tukey (1977), *Exploratory Data
    Analysis*, for hanging them and for the lines at ±1.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("TICKS ~ 1", group="BROOD", family="poisson")
    >>> print(mlm.plot.rootogram(model.fit(mlm.load("grouseticks"))).alt)
    Hanging rootogram of 403 counts of TICKS. 0: 126 observed, 121.6 expected. The bar of 20 is ...
    """
    require_fit(fit, "The figure")
    if not isinstance(fit, NonNormal):
        raise ModelError(
            "A rootogram is of counts, and this fit is to a normal outcome.",
            "Use mlm.plot.residual_qq(fit).",
        )
    table = count_frequencies(fit)
    outcome, family = fit.model.outcome.name, fit.model.family
    top = np.sqrt(table["expected"].to_numpy(dtype=float))
    height = np.sqrt(table["observed"].to_numpy(dtype=float))
    foot = top - height
    low = table["low"].to_numpy(dtype=float)
    width = float(low[1] - low[0])
    centre = low + (width - 1.0) / 2.0
    beyond = np.abs(foot) > 1.0
    with canvas() as (figure, axes):
        for chosen, role, hatch, text in (
            (~beyond, "level1", "", "observed"),
            (beyond, "random", "///", "observed, off by more than 1"),
        ):
            if chosen.any():
                axes.bar(
                    centre[chosen],
                    height[chosen],
                    bottom=foot[chosen],
                    width=0.85 * width,
                    color=ROLES[role],
                    alpha=0.55,
                    hatch=hatch,
                    edgecolor="white",
                    label=text,
                )
        axes.plot(
            centre, top, "o-", markersize=3, color=ROLES["fixed"], linewidth=1.8, label="expected"
        )
        axes.axhline(0, color="#444444", linewidth=1)
        for line in (-1.0, 1.0):
            axes.axhline(line, color=ROLES["residual"], linewidth=1, linestyle="dotted")
        axes.set_title(f"Rootogram of {outcome}")
        axes.set_xlabel(outcome)
        axes.set_ylabel("square root of the number of rows")
        figure.legend(loc="outside lower center", ncols=3)
    distribution = "Poisson" if family.name == "poisson" else "negative binomial"
    caption = (
        f"Bars are the square roots of how often each count was observed; they hang from how often "
        f"the {distribution} model expects it, over all {words(fit).groups}. A bar that ends above "
        "the line at 0 is of a count that is too rare, one that ends below it of a count that is "
        f"too frequent. The last bar is {_class(low[-1], np.inf)}. Beyond the dotted lines at ±1 "
        "the difference deserves a look."
    )
    zeros = table.iloc[0]
    worst = int(np.abs(foot).argmax())
    named = _class(table["low"].iloc[worst], table["high"].iloc[worst])
    alt = (
        f"Hanging rootogram of {int(table['observed'].sum())} counts of {outcome}. "
        f"{_class(zeros['low'], zeros['high'])}: {int(zeros['observed'])} observed, "
        f"{number(zeros['expected'], 1)} expected. The bar of {named} is farthest off, with "
        f"{int(table['observed'].iloc[worst])} observed and "
        f"{number(float(table['expected'].iloc[worst]), 1)} expected. {int(beyond.sum())} of "
        f"{len(table)} bars end beyond ±1."
    )
    return Figure(figure, caption, alt)


def _class(low: float, high: float) -> str:
    if high == np.inf:
        return f"{low:.0f} and more"
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"
