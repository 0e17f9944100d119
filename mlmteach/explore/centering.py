"""Centring: raw, grand mean, group mean; within, between and contextual slopes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlmteach.api import Model
from mlmteach.arrays import FloatArray
from mlmteach.data.centering import center_grand, center_within, grand_mean, group_mean
from mlmteach.data.datasets import load
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import OptionError
from mlmteach.explore.picture import Picture
from mlmteach.explore.widget_controls import checkbox, choice
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.api import Fit

__all__ = ["Centering", "Slopes", "centering", "fit_centred", "slopes_of"]


# --- what centring does to γ_00, γ_10 and γ_01, in words and as an equation ---------------

WAYS = ("raw", "grand mean", "group mean")


@dataclass(frozen=True)
class Centering:
    """The state: how x is centred, and whether the groups' means of x are in the model."""

    way: str
    with_mean: bool


def slope_text(state: Centering) -> str:
    """Say what γ_10 is."""
    if state.way == "group mean" or state.with_mean:
        return "γ₁₀ is the slope within groups: it compares units of the same group."
    return "γ₁₀ is a blend of the slopes within and between groups, and is neither of them."


def intercept_text(state: Centering, x: str) -> str:
    """Say what γ_00 is, and γ_01 where it is in the model."""
    mean = ""
    if state.with_mean:
        kind = "slope between groups" if state.way == "group mean" else "contextual effect"
        mean = f" γ₀₁ is the {kind}. γ₀₀ holds for a group whose mean of {x} is 0."
    where = {
        "raw": f"γ₀₀ is the general mean of the outcome where {x} is 0.",
        "grand mean": f"γ₀₀ is the general mean of the outcome where {x} is at the mean of all.",
        "group mean": f"γ₀₀ is the general mean of units at their own group's mean of {x}.",
    }[state.way]
    return where + mean


def equation(state: Centering, x: str, y: str) -> str:
    """Write the full equation in LaTeX."""
    name, outcome = (rf"\text{{{text.replace('_', chr(92) + '_')}}}" for text in (x, y))
    centred = {
        "raw": rf"{name}_{{ij}}",
        "grand mean": rf"({name}_{{ij}} - \overline{{{name}}})",
        "group mean": rf"({name}_{{ij}} - \overline{{{name}}}_j)",
    }[state.way]
    mean = rf" + \gamma_{{01}}\,\overline{{{name}}}_j" if state.with_mean else ""
    return (
        rf"$$\begin{{aligned}}{outcome}_{{ij}} &= \gamma_{{00}} + \gamma_{{10}}\,{centred}{mean}"
        r" \\ &\quad {} + U_{0j} + \varepsilon_{ij}\end{aligned}$$"
    )


# --- centring: raw, grand mean, group mean; within, between and contextual slopes ---------


class Slopes(NamedTuple):
    """The slopes of a predictor within groups, between groups, and the contextual effect."""

    within: float
    between: float
    contextual: float


def fit_centred(
    data: pd.DataFrame, outcome: str, predictor: str, group: str, state: Centering
) -> Fit:
    """Fit ``y ~ x`` with x centred in one of three ways, and its group means at level 2 or not.

    Parameters
    ----------
    data : pandas.DataFrame
    outcome, predictor, group : str
    state : Centering

    Returns
    -------
    Fit
        Of a model with a random intercept; the variables are called ``y``, ``x`` and ``mean_x``.
    """
    columns = data[[outcome, predictor, group]].dropna()
    if state.way == "raw":
        x = columns[predictor]
    elif state.way == "grand mean":
        x = center_grand(columns, predictor)
    else:
        x = center_within(columns, predictor, group=group)
    frame = columns[[group]].assign(y=columns[outcome], x=x)
    frame["mean_x"] = group_mean(columns, predictor, group=group)
    intercept = "mean_x + U" if state.with_mean else "1 + U"
    fit: Fit = Model("y ~ x", group=group, level2={"intercept": intercept}).fit(frame)
    return fit


def slopes_of(data: pd.DataFrame, outcome: str, predictor: str, group: str) -> Slopes:
    """Compute the slope within groups, between groups, and the difference of the two.

    Parameters
    ----------
    data : pandas.DataFrame
    outcome, predictor, group : str

    Returns
    -------
    Slopes

    References
    ----------
    Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 5;
    Enders & Tofighi (2007), *Psychological Methods* 12.
    """
    fit = fit_centred(data, outcome, predictor, group, Centering("group mean", True))
    within, between = float(fit.params["x"]), float(fit.params["mean_x"])
    return Slopes(within, between, between - within)


class Clouds:
    """Means of groups and the lines within them; they move as x is centred."""

    def __init__(
        self,
        x: FloatArray,
        means: FloatArray,
        heights: FloatArray,
        spread: float,
        names: tuple[str, str],
    ) -> None:
        from matplotlib.collections import LineCollection

        self.picture = Picture()
        (axes,) = self.picture.axes
        self._means, self._heights = means, heights
        self._half = 1.2 * spread
        reach = [x.min(), (x - x.mean()).min(), x.max(), (x - x.mean()).max()]
        with self.picture.style():
            axes.set(xlim=(min(reach[:2]), max(reach[2:])), ylabel=names[1])
            tall = float(np.ptp(heights)) * 0.15 + 1e-9
            axes.set_ylim(heights.min() - tall, heights.max() + tall)
            axes.set_xlabel(f"{names[0]}, centred as chosen")
            axes.set_title("Lines within groups, and the line between their means")
            self._within = LineCollection(
                [], colors=ROLES["level1"], linewidths=0.9, alpha=0.55, label="within a group"
            )
            axes.add_collection(self._within, autolim=False)
            (self._points,) = axes.plot(
                means, heights, "D", markersize=4, color=ROLES["level2"], label="mean of a group"
            )
            (self._between,) = axes.plot(
                [0, 0], [0, 0], color=ROLES["random"], linewidth=3, linestyle="dashed",
                label="between groups",
            )  # fmt: skip
            (self._model,) = axes.plot(
                [0, 0], [0, 0], color=ROLES["fixed"], linewidth=3, label="γ₀₀ + γ₁₀ x"
            )
            axes.legend(loc="upper left", fontsize="small", ncols=2)
        for artist in (self._within, self._points, self._between, self._model):
            self.picture.moving(artist)

    def move(self, shift: FloatArray, slopes: Slopes, fit: Fit, rest: float) -> None:
        """Move the groups along x by their shift, and draw the lines."""
        x = self._means - shift  # (J,)
        half = np.array([-self._half, self._half])
        xs, ys = x[:, None] + half, self._heights[:, None] + slopes.within * half  # (J, 2)
        self._within.set_segments(list(np.stack([xs, ys], axis=2)))
        self._points.set_xdata(x)
        ends = np.array([x.min(), x.max()])
        middle, height = float(x.mean()), float(self._heights.mean())
        self._between.set_visible(bool(np.ptp(ends) > 1e-9))
        self._between.set_data(ends, height + slopes.between * (ends - middle))
        span = np.array(self.picture.axes[0].get_xlim())
        self._model.set_data(span, rest + float(fit.params["x"]) * span)


def centering(
    data: pd.DataFrame | None = None,
    outcome: str | None = None,
    predictor: str | None = None,
    group: str | None = None,
) -> Panel[Centering]:
    """Open the panel on centring.

    Parameters
    ----------
    data : pandas.DataFrame, optional
        High School & Beyond when left out.
    outcome, predictor, group : str, optional
        Numeric columns, the predictor one that varies within groups, and the groups.  When left
        out, the first that the codebook finds.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are no such columns.
    DataError
        If the data cannot be used.

    Examples
    --------
    >>> panel = centering()
    >>> panel.controls["with_mean"].value = True
    >>> panel.controls["way"].value = "group mean"
    >>> print(panel.shown.sentence.split(".")[0])
    γ₁₀ is the slope within groups: it compares units of the same group
    """
    if data is None:
        data = load("hsb")
        outcome, predictor, group = "mathach", "ses", "school"
    y, x, g = _columns(data, outcome, predictor, group)
    columns = data[[y, x, g]].dropna()
    means = columns.groupby(g, observed=True)[[x, y]].mean().to_numpy(dtype=np.float64)  # (J, 2)
    within = np.asarray(center_within(columns, x, group=g), dtype=np.float64)
    if np.ptp(means[:, 0]) <= 1e-9 * np.ptp(columns[x]):
        raise OptionError(
            f"The mean of '{x}' is the same in all groups, so that there is no slope between them.",
            "Choose a predictor whose means differ.",
        )
    overall = grand_mean(columns[x])
    slopes = slopes_of(columns, y, x, g)
    drawing = Clouds(
        columns[x].to_numpy(dtype=np.float64), means[:, 0], means[:, 1], float(within.std()), (x, y)
    )

    @cache  # six models at most, kept as long as the panel
    def fitted(state: Centering) -> Fit:
        return fit_centred(columns, y, x, g, state)

    def show(state: Centering) -> Shown:
        fit = fitted(state)
        shift = {
            "raw": np.zeros(len(means)),
            "grand mean": np.full(len(means), overall),
            "group mean": means[:, 0],
        }[state.way]
        extra = float(fit.params["mean_x"]) * float(means[:, 0].mean()) if state.with_mean else 0.0
        drawing.move(shift, slopes, fit, float(fit.params["Intercept"]) + extra)
        names = [number(float(value)) for value in fit.params.to_numpy()]
        order = list(fit.params.index)
        estimates = dict(zip(order, names, strict=True))
        sentence = (
            f"{slope_text(state)} {intercept_text(state, x)}\n\n"
            f"γ₀₀ = {estimates['Intercept']}, γ₁₀ = {estimates['x']}"
            + (f", γ₀₁ = {estimates['mean_x']}" if state.with_mean else "")
            + f". The slope within groups is {number(slopes.within)}, between groups "
            f"{number(slopes.between)}; the contextual effect, their difference, is "
            f"{number(slopes.contextual)}."
        )
        centred = "raw" if state.way == "raw" else f"centred on the {state.way}"
        alt = (
            f"Means of {len(means)} groups over {x}, {centred}, "
            f"with lines of slope {number(slopes.within)} within groups and "
            f"{number(slopes.between)} between them; the model's own slope is {estimates['x']}."
        )
        return Shown(sentence, alt, equation(state, x, y))

    return Panel(
        f"Centring {x}",
        {
            "way": choice("centring", WAYS),
            "with_mean": checkbox(f"the groups' means of {x} at level 2"),
        },
        Centering,
        show,
        drawing.picture,
        caption="Lines within groups, the line between groups, and the line of the model.",
        delay=0.015,
    )


def _columns(
    data: pd.DataFrame, outcome: str | None, predictor: str | None, group: str | None
) -> tuple[str, str, str]:
    """Take the columns that are named, and find the others in the codebook."""
    book = codebook_for(data, group=group)
    group = group or book.group
    if not group or group not in data:
        raise OptionError(
            "It is not known which column holds the groups.", "Name it: group='school'."
        )
    numeric = [
        name
        for name in map(str, data.columns)
        if name in book and book[name].level == 1 and book[name].kind in ("continuous", "count")
    ]
    outcome = outcome or next((name for name in numeric if name != predictor), None)
    predictor = predictor or next((name for name in numeric if name != outcome), None)
    for role, name in (("outcome", outcome), ("predictor", predictor)):
        if name is None or name not in numeric:
            raise OptionError(
                f"The {role} {'' if name is None else repr(name) + ' '}is no number that varies "
                "within groups.",
                f"Name one of {', '.join(map(str, numeric)) or 'the columns'}.",
            )
    assert outcome is not None  # both were looked up above
    assert predictor is not None
    return outcome, predictor, group
