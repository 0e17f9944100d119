"""A cross-level interaction: the line of a level-1 predictor at values of a level-2 one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError, suggest
from mlmteach.fit.fitted import require_fit
from mlmteach.palette import CYCLE
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, general_line, numeric_predictor
from mlmteach.plot.words import number, robust, symbol, words

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.places import Place
    from mlmteach.model.symbols import Gamma
    from mlmteach.model.terms import Term

__all__ = ["cross_level", "cross_level_gamma", "crossing_terms", "interaction_lines"]

DASHES = ("solid", "dashed", "dotted")
LABELS = ("mean − 1 SD", "mean", "mean + 1 SD")


def interaction_lines(fit: Fitted, interaction: str, *, level: float = 0.95) -> pd.DataFrame:
    """Compute the general line of a level-1 predictor at three values of its moderator.

    Parameters
    ----------
    fit : Fitted
        A fitted model.
    interaction : str
        The name of a cross-level coefficient, such as ``"size:ses"``.
    level : float
        Coverage of the pointwise band, from the standard errors of γ.

    Returns
    -------
    pandas.DataFrame
        ``moderator`` (0 and 1, or the mean over groups and one standard deviation to either
        side), the predictor, ``predicted``, ``lower`` and ``upper``; in ``attrs``, the
        ``place`` of the other predictors.

    Raises
    ------
    OptionError
        If the model has no such interaction of two numeric variables.
    """
    gamma = cross_level_gamma(fit, interaction)
    lower, upper = crossing_terms(gamma)
    moderator, predictor = numeric_predictor(fit, upper[1]), numeric_predictor(fit, lower[1])
    if not 0 < level < 1:
        raise OptionError(f"level={level} is no probability.", "Give a number such as 0.95.")
    between = fit.places.column((upper[0], moderator))
    within = fit.places.described((lower[0], predictor))
    assert between is not None  # both are numeric columns of the data
    assert within is not None
    if np.isin(between, (0.0, 1.0)).all():
        values = np.array([0.0, 1.0])
    else:
        values = between.mean() + between.std(ddof=1) * np.array([-1.0, 0.0, 1.0])
    x = np.linspace(within.minimum, within.maximum, 40)
    moving = {moderator: np.repeat(values, len(x)), predictor: np.tile(x, len(values))}
    lines, place = general_line(fit, moving, level=level)
    lines.attrs["place"] = place
    return lines.rename(columns={moderator: "moderator"})


def cross_level_gamma(fit: Fitted, interaction: str) -> Gamma:
    """Find the coefficient of a cross-level interaction by its name.

    Raises
    ------
    OptionError
        If there is none.
    """
    crossing = [gamma for gamma in fit.model.gammas if len(_levels(gamma)) == 2]
    for gamma in crossing:
        (_, lower), (_, upper) = _levels(gamma)
        if interaction in (gamma.name, (lower * upper).name):
            return gamma
    raise OptionError(
        f"The model has no cross-level interaction '{interaction}'.",
        suggest(interaction, [gamma.name for gamma in crossing])
        if crossing
        else "Put a level-2 predictor into the equation of a slope: level2={'ses': 'size + U'}.",
    )


def _levels(gamma: Gamma) -> list[tuple[int, Term]]:
    """The predictors of a coefficient, each with its level; the lowest first."""
    terms = enumerate((gamma.level1, gamma.level2, gamma.level3), start=1)
    return [(level, term) for level, term in terms if term]


def crossing_terms(gamma: Gamma) -> tuple[tuple[int, str], tuple[int, str]]:
    """Name the predictor of a cross-level coefficient and its moderator, with their levels."""
    (low, lower), (high, upper) = _levels(gamma)
    return (low, lower.name), (high, upper.name)


def cross_level(fit: Fitted, interaction: str, *, level: float = 0.95) -> Figure:
    """Draw the line of a level-1 predictor at values of the level-2 predictor that moderates it.

    Parameters
    ----------
    fit : Fitted
        A fitted model.
    interaction : str
        The name of a cross-level coefficient, such as ``"size:ses"``.
    level : float
        Coverage of the pointwise bands.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the model has no such interaction of two numeric variables.
    """
    require_fit(fit, "The figure")
    lines = interaction_lines(fit, interaction, level=level)
    gamma, named = cross_level_gamma(fit, interaction), words(fit)
    (_, predictor), (high, varied) = crossing_terms(gamma)
    moderator = symbol(fit, varied)
    groups = [
        (float(lines_at["moderator"].iloc[0]), lines_at)
        for _, lines_at in lines.groupby("moderator")
    ]
    labels = ["0", "1"]
    if len(groups) > 2:
        digits = max(1 - math.floor(math.log10(groups[1][0] - groups[0][0])), 0)
        labels = [f"{number(v, digits)} ({w})" for (v, _), w in zip(groups, LABELS, strict=True)]
    slopes = []
    with canvas() as (figure, axes):
        for (_, line), label, colour, dash in zip(groups, labels, CYCLE, DASHES, strict=False):
            x, y = line[predictor].to_numpy(), line["predicted"].to_numpy()
            axes.fill_between(x, line["lower"], line["upper"], color=colour, alpha=0.12)
            axes.plot(x, y, color=colour, linestyle=dash, linewidth=2.2, label=label)
            slopes.append(float((y[-1] - y[0]) / (x[-1] - x[0])))
        axes.set_title(f"{symbol(fit, predictor)} at values of {moderator}")
        axes.set_xlabel(symbol(fit, predictor))
        axes.set_ylabel(f"predicted, in {named.outcome}")
        axes.legend(title=moderator, loc="best")
    place: Place = lines.attrs["place"]
    caption = (
        f"The general line of {symbol(fit, predictor)} at {len(groups)} values of {moderator}, "
        f"with pointwise {robust(fit)}{100 * level:g} % bands.{elsewhere(place)}"
    )
    key = (high, varied)
    if not place.empty and fit.places.is_category(*key):
        there = [fit.places.looked_up(place.moved(fit.places.given(key, v))) for v, _ in groups]
        caption += "".join(
            f" No row of the data is such a case where {moderator} is {label}."
            for at, label in zip(there, labels, strict=True)
            if at.empty
        )
    told = "; ".join(
        f"{number(slope)} where {moderator} is {label}"
        for slope, label in zip(slopes, labels, strict=True)
    )
    alt = f"{len(groups)} lines of {symbol(fit, predictor)} with bands. Their slopes are {told}."
    return Figure(figure, caption, alt)
