"""The design effect: what ordinary least squares believes of a clustered sample, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from mlmteach.numbers import normal_width
from mlmteach.panels.controls import Preset, Question, Seed, Slider
from mlmteach.panels.formula import formula, frac, num, sym
from mlmteach.panels.live import draws
from mlmteach.panels.panel import POINTER_X, Panel
from mlmteach.panels.scene import (
    Axis,
    Handle,
    Lines,
    Points,
    Rule,
    Scene,
    Segments,
    View,
    Words,
    cases,
    number,
    text,
)

__all__ = ["SAMPLES", "Precision", "SampleDesign", "design_effect", "precision", "scene"]

Z = normal_width()
SAMPLES = 100
MOST = 0.7  # the end of the horizontal axis, in SDs of the outcome


@dataclass(frozen=True)
class SampleDesign:
    """The state: the intraclass correlation, the size of groups, their number, and the draw."""

    icc: float
    n: float
    groups: float
    sample: int = 1


class Precision(NamedTuple):
    """What a design does to a mean, the outcome having variance 1.

    Attributes
    ----------
    effect : float
        The design effect, 1 + (n - 1) ρ.
    true_se, ols_se : float
        The standard error of the mean, and the one that ignores the groups.
    coverage : float
        How often the 95 % interval that ignores the groups covers the true mean.
    effective : float
        The size of a simple random sample that is as precise.
    """

    effect: Any
    true_se: Any
    ols_se: Any
    coverage: Any
    effective: Any


def precision(state: SampleDesign) -> Precision:
    """Compute what a design does to the precision of a mean.

    Parameters
    ----------
    state : SampleDesign

    Returns
    -------
    Precision

    References
    ----------
    Kish (1965), *Survey Sampling*; Snijders & Bosker (2012), *Multilevel Analysis*, section 3.4.

    Examples
    --------
    >>> found = precision(SampleDesign(icc=0.2, n=26, groups=40))
    >>> round(found.effect, 2), round(found.effective, 1), round(float(found.coverage), 2)
    (6.0, 173.3, 0.58)
    """
    rows = state.n * state.groups
    effect = 1.0 + (state.n - 1) * state.icc
    ols = 1.0 / np.sqrt(rows)
    coverage = 2.0 * ndtr(Z / np.sqrt(effect)) - 1.0
    return Precision(effect, ols * np.sqrt(effect), ols, coverage, rows / effect)


def scene(state: SampleDesign) -> Scene:
    """Draw a hundred samples with their intervals, and the coverage over ρ."""
    found = precision(state)
    means = found.true_se * draws(state.sample, SAMPLES)  # (samples,), the true mean being 0
    missed = np.abs(means) > Z * found.ols_se
    misses = np.where(missed, 1.0, 0.0).sum()
    return Scene(
        views=(_intervals(means, missed, found), _coverage(state, misses)),
        equation=_equation(state, found),
        sentence=_told(state, found, misses),
        alt=text(
            "Left, the means of 100 samples with their OLS intervals: the means have a standard "
            "error of {true}, the intervals are made for one of {ols}, and {misses} of them miss "
            "the true mean. Right, the coverage of the OLS interval falls with ρ; at ρ = {rho} it "
            "is {cover} %.",
            true=number(found.true_se, 3),
            ols=number(found.ols_se, 3),
            misses=number(misses, 0),
            rho=state.icc,
            cover=number(100 * found.coverage, 0),
        ),
    )


def _intervals(means: Any, missed: Any, found: Precision) -> View:
    half = Z * found.ols_se
    rank = np.arange(1, SAMPLES + 1)
    hit, miss = np.where(missed, np.nan, rank), np.where(missed, rank, np.nan)
    ends = {"x0": means - half, "x1": means + half}
    return View(
        title="100 samples and what OLS says of each",
        share=1.5,
        x=Axis(label="estimated − true mean, in SDs", low=-MOST, high=MOST),
        y=Axis(label="sample", low=0, high=SAMPLES + 1, ticks={1: "1", 50: "50", 100: "100"}),
        marks=(
            Segments(
                **ends,
                y0=hit,
                y1=hit,
                role="residual",
                width=1.2,
                tags=("ols_se",),
                label="OLS interval that covers the true mean",
            ),
            Segments(
                **ends,
                y0=miss,
                y1=miss,
                role="fixed",
                width=2.4,
                tags=("ols_se", "miss"),
                label="one that misses it",
            ),
            Points(
                x=means,
                y=rank,
                role="random",
                size=4,
                tags=("true_se", "effect", "effective"),
                label="mean",
            ),
            Points(x=means, y=miss, role="fixed", shape="cross", size=8, tags=("miss",), width=2),
            Rule(x=0, label="", width=1.2),
        ),
    )


def _coverage(state: SampleDesign, misses: Any) -> View:
    icc: Any = np.linspace(0.0, 1.0, 101)
    return View(
        title="Coverage (promised: 0.95)",
        x=Axis(label="ρ", low=0, high=1),
        y=Axis(label="share of intervals that cover", low=0, high=1),
        marks=(
            Rule(y=0.95, dash="dotted", label="promised"),
            Lines(
                x=icc,
                y=precision(replace(state, icc=icc)).coverage,
                role="random",
                width=2.2,
                tags=("coverage", "effect"),
                label="in truth",
            ),
            Points(
                x=state.icc,
                y=1.0 - misses / SAMPLES,
                role="fixed",
                shape="cross",
                size=10,
                width=2.5,
                tags=("miss",),
                label="in these 100 samples",
            ),
            Handle(
                x=state.icc,
                y=precision(state).coverage,
                sets={"icc": POINTER_X},
                shape="diamond",
                name="Coverage at ρ",
                role="random",
                tags=("rho", "coverage"),
            ),
        ),
    )


def _told(state: SampleDesign, found: Precision, misses: Any) -> tuple[Words, ...]:
    return (
        text(
            "The [design effect is {effect}](effect). {rows} units in {groups} groups tell as "
            "much about the mean as [{effective} units](effective) drawn one by one.",
            effect=found.effect,
            rows=number(state.n * state.groups, 0),
            groups=number(state.groups, 0),
            effective=number(found.effective, 0),
        ),
        text(
            "[The true standard error is {true}](true_se|random), [the one of OLS {ols}]"
            "(ols_se|residual) SDs{equal}. [Its 95 % interval covers the true mean in {cover} % of "
            "samples](coverage|random). Of these 100, [{misses} miss it](miss|fixed); about {most} "
            "would, and 5 are promised.",
            true=number(found.true_se, 3),
            ols=number(found.ols_se, 3),
            equal=cases((state.icc <= 0.0, ", the same, since ρ is 0")),
            cover=number(100 * found.coverage, 0),
            misses=number(misses, 0),
            most=number(100 - 100 * found.coverage, 0),
        ),
    )


def _equation(state: SampleDesign, found: Precision) -> tuple[Words, ...]:
    effect, one = num(found.effect, tag="effect"), num(1, 0)
    return (
        formula(
            *(sym("design effect", tag="effect"), "=", one, "+"),
            *("(", sym("n"), "−", one, ")", sym("ρ", tag="rho", role="random")),
        ),
        formula(
            *("=", one, "+", num(state.n - 1.0, 0), "×", num(state.icc, tag="rho")), *("=", effect)
        ),
        formula(
            *(sym("N", "effective", tag="effective"), "="),
            *(frac(num(state.n * state.groups, 0), effect), "="),
            num(found.effective, 0, tag="effective"),
        ),
    )


def design_effect() -> Panel[SampleDesign]:
    """Open the panel on multi-stage samples and the design effect.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = design_effect()
    >>> scene = panel.move(icc=0)
    >>> print(panel.sentence.split(".")[0])
    The design effect is 1
    """
    return Panel(
        "Multi-stage samples and the design effect",
        [
            Slider(
                name="icc",
                label="ρ, intraclass correlation",
                value=0.18,
                low=0.0,
                high=1.0,
                step=0.01,
                tags=("rho",),
            ),
            Slider(name="n", label="n, units a group", value=20, low=2, high=60, step=1, digits=0),
            Slider(name="groups", label="J, groups", value=30, low=15, high=160, step=1, digits=0),
            Seed(name="sample", label="Draw 100 new samples"),
        ],
        SampleDesign,
        scene,
        caption="A hundred samples with their OLS intervals, and how often these cover the mean.",
        presets=(
            Preset(label="Units one by one", values={"icc": 0.0}),
            Preset(label="10 units a group", values={"n": 10}),
            Preset(label="60 units a group", values={"n": 60}),
        ),
        question=Question(
            text="Three times as many units in each of the same groups. Do the OLS intervals miss "
            "the true mean less often?",
            options=("Less often", "As often", "More often"),
            right=2,
            values={"n": 60},
            answer="The intervals get shorter as if every unit were new, but the groups stay the "
            "same, and so the means move little.",
        ),
    )
