"""Averaging: the curve of the typical group and the average over groups part as τ₀² grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import logit, ndtri

from mlmteach.arrays import FloatArray
from mlmteach.explore.picture import Picture
from mlmteach.explore.widget_controls import slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.fit.averaging import average_mean, mean_at
from mlmteach.model.family import Family
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

__all__ = ["Averaging", "TwoCurves", "averaging", "curves"]

GROUPS, FARTHEST = 15, 4.0
LOGIT = Family("binomial", "logit")


@dataclass(frozen=True)
class Averaging:
    """The state: a logit model with a random intercept, logit(π) = γ₀₀ + γ₁₀ x + U₀."""

    tau2: float
    intercept: float
    slope: float


class TwoCurves(NamedTuple):
    """Probabilities along x, (m,): where U = 0, and averaged over groups."""

    typical: FloatArray
    average: FloatArray


def curves(state: Averaging, x: FloatArray) -> TwoCurves:
    """Compute the probabilities of the typical group, and those averaged over groups.

    Parameters
    ----------
    state : Averaging
    x : (m,) array

    Returns
    -------
    TwoCurves

    Examples
    --------
    >>> both = curves(Averaging(tau2=4.0, intercept=0.0, slope=1.0), np.array([0.0, 2.0]))
    >>> both.typical.round(2), both.average.round(2)
    (array([0.5 , 0.88]), array([0.5 , 0.78]))
    """
    eta = state.intercept + state.slope * x
    return TwoCurves(mean_at(LOGIT, eta), average_mean(LOGIT, eta, state.tau2))


class GroupCurves:
    """Curves of groups, with the typical one and the average of all."""

    def __init__(self) -> None:
        self.picture = Picture()
        (axes,) = self.picture.axes
        self.x = np.linspace(-FARTHEST, FARTHEST, 121)
        self._u = ndtri((np.arange(GROUPS) + 0.5) / GROUPS)  # evenly spread over the groups
        flat = np.zeros_like(self.x)
        with self.picture.style():
            axes.set(xlim=(-FARTHEST, FARTHEST), ylim=(-0.02, 1.02))
            axes.set(xlabel="x", ylabel="probability")
            axes.set_title(f"{GROUPS} groups, the typical one, and the average of all groups")
            self._groups = axes.plot(
                self.x, np.zeros((len(self.x), GROUPS)), color=ROLES["level2"], alpha=0.5,
                linewidth=0.8, label=["one of the groups", *["_"] * (GROUPS - 1)],
            )  # fmt: skip
            (self._typical,) = axes.plot(
                self.x, flat, color=ROLES["fixed"], linewidth=2.8, label="typical (U = 0)"
            )
            (self._average,) = axes.plot(
                self.x, flat, color=ROLES["random"], linewidth=2.8, linestyle="dashed",
                label="averaged over groups",
            )  # fmt: skip
            axes.legend(loc="upper left")
        for line in (*self._groups, self._typical, self._average):
            self.picture.moving(line)

    def move(self, state: Averaging) -> None:
        """Put the curves where the state says."""
        eta = state.intercept + state.slope * self.x
        for line, u in zip(self._groups, self._u, strict=True):
            line.set_ydata(mean_at(LOGIT, eta + np.sqrt(state.tau2) * u))
        both = curves(state, self.x)
        self._typical.set_ydata(both.typical)
        self._average.set_ydata(both.average)


def averaging() -> Panel[Averaging]:
    """Open the panel on the average over groups in a logit model.

    Returns
    -------
    Panel

    References
    ----------
    Neuhaus, Kalbfleisch & Hauck (1991), *International Statistical Review* 59(1); Snijders & Bosker
    (2012), *Multilevel Analysis*, section 17.2.

    Examples
    --------
    >>> panel = averaging()
    >>> panel.controls["tau2"].value = 0.0
    >>> print(panel.shown.sentence.split(".")[0])
    Without variance between groups, both curves are one
    """
    drawing = GroupCurves()

    def show(state: Averaging) -> Shown:
        drawing.move(state)
        ends = np.array([0.0, 1.0])
        typical, average = curves(state, ends)
        within = float(np.exp(state.slope))
        logits = logit(average)
        between = float(np.exp(logits[1] - logits[0]))
        t0, t1, a0, a1 = (number(float(p)) for p in (*typical, *average))
        if state.tau2 == 0.0:
            first = (
                f"Without variance between groups, both curves are one. From x = 0 to x = 1 the "
                f"probability goes from {t0} to {t1}."
            )
        else:
            first = (
                f"In the typical group the probability goes from {t0} at x = 0 to {t1} at x = 1; "
                f"averaged over groups, from {a0} to {a1}."
            )
        second = (
            f"Within every group one unit of x multiplies the odds by {number(within)}; in the "
            f"averaged probabilities, from x = 0 to x = 1, by {number(between)}. "
            + _why(state, within, between)
        )
        low, high = -FARTHEST, FARTHEST
        far = curves(state, np.array([low, high]))
        alt = (
            f"{GROUPS} curves of groups with τ₀² = {state.tau2:.2f}. From x = {number(low, 0)} to "
            f"x = {number(high, 0)} the typical curve goes from {number(float(far.typical[0]))} to "
            f"{number(float(far.typical[1]))}, the averaged one from "
            f"{number(float(far.average[0]))} to {number(float(far.average[1]))}."
        )
        sign = "-" if state.slope < 0.0 else "+"
        latex = (
            rf"$$\text{{logit}}(\pi_{{ij}}) = {state.intercept:.2f} {sign} "
            rf"{abs(state.slope):.2f}\, x_{{ij}} + U_{{0j}}, \quad U_{{0j}} \sim "
            rf"N(0,\, {state.tau2:.2f})$$"
        )
        return Shown(f"{first}\n\n{second}", alt, latex)

    return Panel(
        "The typical group and the average of groups",
        {
            "tau2": slider("τ₀², between groups", 2.0, 0.0, 10.0, 0.1),
            "intercept": slider("γ₀₀, intercept", -1.0, -4.0, 4.0, 0.1),
            "slope": slider("γ₁₀, slope of x", 1.5, -3.0, 3.0, 0.1),
        },
        Averaging,
        show,
        drawing.picture,
        caption="Curves of groups, the typical one, and the average over groups, which is flatter.",
    )


def _why(state: Averaging, within: float, between: float) -> str:
    if state.tau2 == 0.0 or round(within, 2) == round(between, 2):
        return "The two odds ratios agree."
    return (
        "The second is nearer to 1, though nothing is confounded: the groups are at different "
        "places of the curve, and where one is steep another is flat."
    )
