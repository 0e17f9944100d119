"""Averaging: the curve of the typical group and the average over groups part as τ₀² grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, ndtri

from mlmteach.fit.averaging import normal_points
from mlmteach.panels.controls import Preset, Question, Slider
from mlmteach.panels.formula import formula, num, op, power, row, spread, sym
from mlmteach.panels.panel import POINTER_X, POINTER_Y, Panel
from mlmteach.panels.scene import (
    Area,
    Axis,
    Handle,
    Lines,
    Points,
    Scene,
    Segments,
    View,
    Words,
    cases,
    shown,
    text,
)

__all__ = ["Averaging", "TwoCurves", "averaging", "curves", "scene"]

GROUPS, FARTHEST = 15, 4.0
MOST = 10.0  # of τ₀²
STEEPEST = 3.0  # of γ₁₀

# The integral over groups is a sum over evenly spaced points, as in mlmteach.fit.averaging; close
# enough for the greatest variance that the slider reaches.
NODES, WEIGHTS = map(np.array, zip(*normal_points(0.6 / np.sqrt(MOST)), strict=True))
U = ndtri((np.arange(GROUPS) + 0.5) / GROUPS)  # evenly spread over the groups


@dataclass(frozen=True)
class Averaging:
    """The state: a logit model with a random intercept, logit(π) = γ₀₀ + γ₁₀ x + U₀."""

    tau2: float
    intercept: float
    slope: float


class TwoCurves(NamedTuple):
    """Probabilities along x, (m,): where U = 0, and averaged over groups."""

    typical: Any
    average: Any


def curves(state: Averaging, x: Any) -> TwoCurves:
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
    return TwoCurves(expit(eta), _averaged(eta, state.tau2))


def _averaged(eta: Any, tau2: Any) -> Any:
    """Average probabilities over groups: eta and tau2 are (m,), or one of them a number."""
    each = eta + np.sqrt(tau2) * NODES[:, None]  # (nodes, m)
    return (WEIGHTS[:, None] * expit(each)).sum(axis=0)


def _logit(p: Any) -> Any:
    return np.log(p / (1.0 - p))


def scene(state: Averaging) -> Scene:
    """Draw the curves of groups, the typical one and their average, and what x does in both."""
    x = np.linspace(-FARTHEST, FARTHEST, 81)
    both = curves(state, x)
    eta = state.intercept + state.slope * x
    groups = expit(eta + np.sqrt(state.tau2) * U[:, None])  # (groups, m)
    typical, average = curves(state, np.array([0.0, 1.0]))
    levels = np.array([0.0, 1.0])
    left = View(
        title=f"{GROUPS} groups, the typical one, and their average",
        share=1.7,
        x=Axis(label="x", low=-FARTHEST, high=FARTHEST),
        y=Axis(label="probability π", low=0.0, high=1.0),
        marks=(
            Lines(
                x=x,
                y=groups,
                role="level2",
                width=0.9,
                opacity=0.6,
                tags=("U_0", "tau_00"),
                label="one of the groups",
            ),
            Lines(
                x=x,
                y=both.average,
                role="random",
                width=2.8,
                dash="dashed",
                tags=("average",),
                label="averaged over groups",
            ),
            Lines(
                x=x,
                y=both.typical,
                role="fixed",
                width=2.8,
                tags=("gamma_00", "gamma_10"),
                label="typical (U₀ = 0)",
            ),
            Segments(
                x0=np.array([0.0, 1.0]),
                x1=np.array([1.0, 1.0]),
                y0=np.stack([typical[0], typical[0]]),
                y1=np.stack([typical[0], typical[1]]),
                role="fixed",
                dash="dotted",
                tags=("gamma_10",),
            ),
            Points(x=levels, y=average, role="random", shape="square", size=6, tags=("average",)),
            Handle(
                x=0.0,
                y=typical[0],
                sets={"intercept": _logit(np.clip(POINTER_Y, 1e-4, 1.0 - 1e-4))},
                name="Typical probability where x is 0",
                role="fixed",
                tags=("gamma_00",),
            ),
            Handle(
                x=1.0,
                y=typical[1],
                sets={
                    "slope": _logit(np.clip(POINTER_Y, 1e-4, 1.0 - 1e-4)) - state.intercept,
                },
                name="Typical probability where x is 1",
                role="fixed",
                shape="diamond",
                tags=("gamma_10",),
            ),
        ),
    )
    # what one unit of x does to the log-odds, over τ₀²
    variances = np.linspace(0.0, MOST, 41)
    low = _averaged(state.intercept, variances)
    change = _logit(_averaged(state.intercept + state.slope, variances)) - _logit(low)
    logits = _logit(average)
    here = logits[1] - logits[0]
    right = View(
        title="Log-odds, from x = 0 to x = 1",
        x=Axis(label="τ₀²", low=0.0, high=MOST),
        y=Axis(label="difference", low=-STEEPEST, high=STEEPEST),
        marks=(
            Area(
                x=variances,
                low=np.minimum(change, state.slope),
                high=np.maximum(change, state.slope),
                role="random",
                tags=("average",),
            ),
            Lines(
                x=np.array([0.0, MOST]),
                y=np.stack([state.slope, state.slope]),
                role="fixed",
                width=2.4,
                tags=("gamma_10",),
            ),
            Lines(
                x=variances, y=change, role="random", dash="dashed", width=2.4, tags=("average",)
            ),
            Handle(
                x=state.tau2,
                y=here,
                sets={"tau2": POINTER_X},
                name="Difference in the averaged probabilities, at τ₀²",
                role="random",
                shape="square",
                tags=("tau_00", "average"),
            ),
        ),
    )
    within, between = np.exp(state.slope), np.exp(here)
    return Scene(
        views=(left, right),
        equation=_equations(state, within, between),
        sentence=_told(state, typical, average, within, between),
        alt=text(
            f"{GROUPS} curves of groups with τ₀² = {{tau2}}. From x = {shown(-FARTHEST, 0)} to "
            f"x = {FARTHEST:.0f} the typical curve goes from {{t0}} to {{t1}}, the averaged one "
            "from {a0} to {a1}. Beside it, the difference in log-odds from x = 0 to x = 1: {slope} "
            "in every group, {here} in the averaged probabilities.",
            tau2=state.tau2,
            t0=both.typical[0],
            t1=both.typical[-1],
            a0=both.average[0],
            a1=both.average[-1],
            slope=state.slope,
            here=here,
        ),
    )


def _equations(state: Averaging, within: Any, between: Any) -> tuple[Words, ...]:
    def signed(value: Any, tag: str) -> Any:
        sign = cases((value < 0.0, op("−")), otherwise=op("+"))
        return (sign, num(np.abs(value), tag=tag, role="fixed"))

    logit = row("logit", "(", sym("π", "ij"), ")")
    x = sym("x", "ij", role="level1")
    effect = sym("U", "0j", tag="U_0", role="random")
    gammas = (
        sym("γ", "00", tag="gamma_00", role="fixed"),
        sym("γ", "10", tag="gamma_10", role="fixed"),
    )
    odds = power(sym("e"), gammas[1])
    return (
        formula(logit, "=", gammas[0], "+", gammas[1], x, "+", effect),
        formula(
            "=",
            num(state.intercept, tag="gamma_00", role="fixed"),
            *signed(state.slope, "gamma_10"),
            x,
            "+",
            effect,
        ),
        formula(
            effect,
            "∼",
            sym("N"),
            "(",
            num(0, 0),
            ",",
            num(state.tau2, tag="tau_00", role="random"),
            ")",
        ),
        formula(
            odds,
            "=",
            num(within, tag="gamma_10", role="fixed"),
            *spread(",\u00a0averaged:\u00a0"),
            num(between, tag="average", role="random"),
        ),
    )


def _told(
    state: Averaging, typical: Any, average: Any, within: Any, between: Any
) -> tuple[Words, ...]:
    none = state.tau2 <= 0.0
    flat = np.abs(state.slope) < 1e-9
    first = cases(
        (
            none,
            text(
                "Without [variance between groups](tau_00 U_0|random), both curves are one. From "
                "x = 0 to x = 1 [the probability goes from {t0} to {t1}](gamma_00 gamma_10|fixed).",
                t0=typical[0],
                t1=typical[1],
            ),
        ),
        otherwise=text(
            "In the typical group [the probability goes from {t0} at x = 0](gamma_00|fixed) "
            "[to {t1} at x = 1](gamma_10|fixed); [averaged over groups, from {a0} to {a1}]"
            "(average|random). [The groups differ: τ₀² = {tau2}](tau_00 U_0|level2).",
            t0=typical[0],
            t1=typical[1],
            a0=average[0],
            a1=average[1],
            tau2=state.tau2,
        ),
    )
    why = cases(
        (flat, "x plays no part, in a group or on average."),
        (
            none | (np.rint(100.0 * within) == np.rint(100.0 * between)),
            "The two odds ratios agree.",
        ),
        otherwise="The second is nearer to 1, though nothing is confounded: the groups are at "
        "different places of the curve, and where one is steep another is flat.",
    )
    second = text(
        "Within every group [one unit of x multiplies the odds by {within}](gamma_10|fixed); "
        "[in the averaged probabilities, from x = 0 to x = 1, by {between}](average|random). {why}",
        within=within,
        between=between,
        why=why,
    )
    return (first,), second


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
    >>> scene = panel.move(tau2=0)
    >>> print(panel.sentence.split(".")[0])
    Without variance between groups, both curves are one
    """
    return Panel(
        "The typical group and the average of groups",
        [
            Slider(
                name="tau2",
                label="τ₀², between groups",
                value=2.0,
                low=0.0,
                high=MOST,
                step=0.1,
                digits=1,
                tags=("tau_00",),
            ),
            Slider(
                name="intercept",
                label="γ₀₀, intercept",
                value=-1.0,
                low=-4.0,
                high=4.0,
                step=0.02,
                tags=("gamma_00",),
            ),
            Slider(
                name="slope",
                label="γ₁₀, slope of x",
                value=1.5,
                low=-STEEPEST,
                high=STEEPEST,
                step=0.02,
                tags=("gamma_10",),
            ),
        ],
        Averaging,
        scene,
        caption="Curves of groups, the typical one, and the average over groups, which is flatter.",
        presets=(
            Preset(label="Groups do not differ", values={"tau2": 0.0}),
            Preset(label="Groups differ much", values={"tau2": 8.0}),
            Preset(label="x plays no part", values={"slope": 0.0}),
        ),
        question=Question(
            text="τ₀² grows to 8, and γ₁₀ stays. What becomes of the curve averaged over groups?",
            options=("It gets steeper", "It stays", "It gets flatter"),
            right=2,
            values={"tau2": 8.0},
            answer="In every group the odds ratio stays. But the groups are at different places of "
            "the curve, and their average rises more slowly than any of them.",
        ),
    )
