"""Shrinkage: from no pooling to complete pooling, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.explore.controls import choice, fine_step, slider
from mlmteach.explore.defaults import default_fit, require_one_grouping
from mlmteach.explore.panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.palette import ROLES
from mlmteach.plot.shrinkage import shrinkage_table
from mlmteach.plot.words import number, words

if TYPE_CHECKING:
    from collections.abc import Hashable

    from mlmteach.api import Fit

__all__ = ["Shrinkage", "shrinkage", "shrunken"]

POOLING = ("no pooling", "partial pooling", "complete pooling")


@dataclass(frozen=True)
class Shrinkage:
    """The state: how much is pooled, the variances, the sizes of groups, and a group.

    Attributes
    ----------
    pooling : {"no pooling", "partial pooling", "complete pooling"}
    tau2, sigma2 : float
        What partial pooling goes by.
    times : float
        What each n_j is multiplied by.
    group : label
        The group that is picked.
    """

    pooling: str
    tau2: float
    sigma2: float
    times: float
    group: Hashable


def shrunken(state: Shrinkage, table: pd.DataFrame) -> pd.DataFrame:
    """Compute the reliability and the predicted U of each group.

    Parameters
    ----------
    state : Shrinkage
    table : pandas.DataFrame, one row a group
        ``n`` and ``mean``, the departure of the group's own mean from the fixed part.

    Returns
    -------
    pandas.DataFrame
        ``reliability``, λ_j = τ₀² / (τ₀² + σ²/n_j), and ``predicted``, λ_j times the departure.

    Examples
    --------
    >>> table = pd.DataFrame({"n": [4, 12], "mean": [2.0, 2.0]})
    >>> shrunken(Shrinkage("partial pooling", 1.0, 4.0, 1.0, 0), table).round(2)
       reliability  predicted
    0         0.50        1.0
    1         0.75        1.5
    """
    n = state.times * table["n"].to_numpy(dtype=float)
    if state.pooling == "no pooling":
        share = np.ones(len(table))
    elif state.pooling == "complete pooling" or state.tau2 == 0:
        share = np.zeros(len(table))
    else:
        share = state.tau2 / (state.tau2 + state.sigma2 / n)
    columns = {"reliability": share, "predicted": share * table["mean"].to_numpy()}
    return pd.DataFrame(columns, index=table.index)


class Arrows:
    """Own means, predicted departures, and lines from the ones to the others."""

    def __init__(self, table: pd.DataFrame, groups: str, outcome: str) -> None:
        self.table = table.sort_values("mean")
        self.picture = Picture()
        (axes,) = self.picture.axes
        places = np.arange(1, len(table) + 1)
        means = self.table["mean"].to_numpy()
        self._segments = np.zeros((len(table), 2, 2))
        self._segments[:, :, 0] = places[:, None]
        self._segments[:, 0, 1] = means
        reach = 1.25 * float(np.abs(means).max())
        with self.picture.style():
            axes.axhline(0, color=ROLES["fixed"], linewidth=1)
            axes.plot(
                places, means, "o", markersize=4, markerfacecolor="white", color=ROLES["level2"],
                label="own mean (no pooling)",
            )  # fmt: skip
            self._lines = self.picture.moving(
                axes.vlines(places, means, means, color=ROLES["residual"], linewidth=0.8)
            )
            (points,) = axes.plot(
                places, means, "D", markersize=3.2, color=ROLES["random"], label="predicted U₀ⱼ"
            )
            (ring,) = axes.plot(
                [1], [0], "o", markersize=13, markerfacecolor="none", color="black",
                markeredgewidth=1.8, label="picked",
            )  # fmt: skip
            axes.set(
                xlim=(-1, len(table) + 2),
                ylim=(-reach, reach),
                xlabel=f"{groups}, in order of their own mean",
                ylabel=f"departure, in {outcome}",
            )
            axes.set_title("From own means to predicted departures")
            axes.legend(loc="upper left", markerscale=0.7)
        self._points, self._ring = self.picture.moving(points), self.picture.moving(ring)

    def move(self, effects: pd.DataFrame, group: Hashable) -> None:
        """Put the predicted departures where they are now, and the ring around the picked one."""
        u = effects["predicted"].loc[self.table.index].to_numpy()
        self._segments[:, 1, 1] = u
        self._lines.set_segments(list(self._segments))
        self._points.set_ydata(u)
        place = list(self.table.index).index(group)
        self._ring.set_data([place + 1.0], [float(u[place])])


def shrinkage(fit: Fit | None = None) -> Panel[Shrinkage]:
    """Open the panel on shrinkage.

    Parameters
    ----------
    fit : Fit, optional
        A fit whose only random coefficient is the intercept; the null model of High School & Beyond
        when left out.

    Returns
    -------
    Panel

    Raises
    ------
    ModelError
        If a slope is random.

    Examples
    --------
    >>> panel = shrinkage()
    >>> panel.controls["pooling"].value = "complete pooling"
    >>> print(panel.shown.sentence.split(".")[0])
    Complete pooling: every school gets the general mean, and no own data count
    """
    require_one_grouping(fit, "caterpillar(fit, grouping=...)")
    fit = default_fit("null") if fit is None else fit
    table, named = shrinkage_table(fit), words(fit)
    tau2, sigma2 = float(fit.cov_re.to_numpy()[0, 0]), fit.scale
    drawing = Arrows(table, named.groups, named.outcome)
    group_word = fit.model.codebook.level2.singular if fit.model.codebook else "group"

    def show(state: Shrinkage) -> Shown:
        effects = shrunken(state, table)
        drawing.move(effects, state.group)
        picked = table.index.get_loc(state.group)
        share, u = effects[["reliability", "predicted"]].to_numpy()[picked]
        rows, own = table[["n", "mean"]].to_numpy()[picked]
        size = state.times * rows
        sentence = (
            f"{_kind(state, effects, group_word)}\n\n"
            f"{group_word.capitalize()} {state.group} with n = {size:g}: its own mean departs by "
            f"{number(own)}. λⱼ = {number(share)} of this is kept: U₀ⱼ = {number(u)}."
        )
        alt = (
            f"Own means and predicted departures of {len(table)} {named.groups}. The means run "
            f"from {number(table['mean'].min())} to {number(table['mean'].max())}, the predicted "
            f"departures from {number(effects['predicted'].min())} to "
            f"{number(effects['predicted'].max())}. A ring marks {group_word} {state.group} at "
            f"{number(u)}."
        )
        latex = (
            r"$$\lambda_j = \frac{\tau_0^2}{\tau_0^2 + \sigma^2 / n_j} = "
            rf"\frac{{{state.tau2:.2f}}}{{{state.tau2:.2f} + {state.sigma2:.2f} / {size:g}}}"
            rf" = {share:.2f}$$"
            if state.pooling == "partial pooling"
            else rf"$$\lambda_j = {share:.0f}$$"
        )
        return Shown(sentence, alt, latex)

    top_tau, top_sigma = float(np.ceil(4 * max(tau2, 0.05 * sigma2))), float(np.ceil(3 * sigma2))
    return Panel(
        "Shrinkage",
        {
            "pooling": choice("pooling", POOLING, "partial pooling"),
            "tau2": slider("τ₀²", tau2, 0.0, top_tau, fine_step(top_tau)),
            "sigma2": slider("σ²", sigma2, fine_step(top_sigma), top_sigma, fine_step(top_sigma)),
            "times": slider("nⱼ times", 1.0, 0.1, 5.0, 0.1, format=".1f"),
            "group": choice(group_word, list(table.index)),
        },
        Shrinkage,
        show,
        drawing.picture,
        caption="Lines lead from the groups' own means to their predicted departures.",
    )


def _kind(state: Shrinkage, effects: pd.DataFrame, group: str) -> str:
    if state.pooling == "no pooling":
        return f"No pooling: every {group} keeps its own mean, however few rows it rests on."
    if state.pooling == "complete pooling":
        return f"Complete pooling: every {group} gets the general mean, and no own data count."
    low, high = 100 * effects["reliability"].min(), 100 * effects["reliability"].max()
    return (
        f"Partial pooling: with τ₀² = {state.tau2:.2f} and σ² = {state.sigma2:.2f}, the "
        f"predictions keep between {low:.0f} % and {high:.0f} % of a {group}'s own departure."
    )
