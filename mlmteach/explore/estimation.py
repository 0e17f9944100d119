"""Estimation: the criteria of ML and REML over θ, and the estimates in many samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlmteach.panels.controls import Hidden, Preset, Question, Seed, Slider
from mlmteach.panels.formula import formula, frac, num, spread, sym
from mlmteach.panels.live import draws
from mlmteach.panels.panel import POINTER_X, Panel
from mlmteach.panels.scene import (
    Axis,
    Bars,
    Handle,
    Inscription,
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

__all__ = [
    "Balanced",
    "Sums",
    "deviances",
    "draw",
    "estimation",
    "least",
    "repeated",
    "scene",
    "sums_of_squares",
    "variance",
]

MOST_GROUPS, MOST_UNITS = 200, 60
FARTHEST = 2.4  # θ at the right end of the picture
RISE = 12.0  # the criterion above its minimum at the top of the picture
CUT = 3.84  # the 95 % point of χ² with 1 degree of freedom
SAMPLES = 200
WIDTH = 0.1  # of a bar
REML, ML = ("reml",), ("ml",)


@dataclass(frozen=True)
class Balanced:
    """The state: J groups of n units, the true θ = τ₀/σ, the sample, and a θ to look at."""

    groups: int
    n: int
    theta: float
    sample: int = 1
    at: float = 1.0


class Sums(NamedTuple):
    """Sums of squares between and within groups, with the design they belong to."""

    between: Any
    within: Any
    groups: Any
    n: Any


def draw(state: Balanced) -> Any:
    """Draw a sample with σ = 1 and mean 0, (200, 60), of which J rows of n units count."""
    effects = draws(state.sample, MOST_GROUPS)
    units = draws(state.sample + 5000, MOST_GROUPS * MOST_UNITS)
    return state.theta * effects[:, None] + units.reshape(MOST_GROUPS, MOST_UNITS)


def sums_of_squares(sample: Any, groups: Any, n: Any) -> Sums:
    """Compute the sums of squares of the first n units of the first J groups.

    Parameters
    ----------
    sample : (rows, columns) array
        Rows are groups.
    groups, n : int
        J and n.

    Returns
    -------
    Sums
    """
    rows, columns = sample.shape
    here = np.arange(rows) < groups  # (rows,)
    inside = np.where(here[:, None] & (np.arange(columns) < n), 1.0, 0.0)
    counted = sample * inside
    means = counted.sum(axis=1) / n  # 0 where a group does not count
    general = means.sum() / groups
    between = n * np.where(here, np.square(means - general), 0.0).sum()
    within = (np.square(sample - means[:, None]) * inside).sum()
    return Sums(between, within, groups, n)


def repeated(state: Balanced) -> Sums:
    """Draw the sums of squares of many samples, (200,) each.

    The one between groups is (1 + nθ²) times a sum of J - 1 squares.  The one within has J (n - 1)
    degrees of freedom, 3 at least, and is made of one normal number (Wilson & Hilferty 1931,
    *Proceedings of the National Academy of Sciences* 17).
    """
    squares = np.square(draws(state.sample + 9000, SAMPLES * MOST_GROUPS))
    counts = np.where(np.arange(MOST_GROUPS) < state.groups - 1.0, 1.0, 0.0)
    between = squares.reshape(SAMPLES, MOST_GROUPS) @ counts
    degrees = state.groups * (state.n - 1.0)
    share = 2.0 / (9.0 * degrees)
    root = np.maximum(1.0 - share + np.sqrt(share) * draws(state.sample + 7000, SAMPLES), 0.0)
    ratio = 1.0 + state.n * np.square(state.theta)
    return Sums(ratio * between, degrees * root * root * root, state.groups, state.n)


def deviances(theta: Any, sums: Sums, *, reml: bool) -> Any:
    """Compute the profiled criterion of the null model with balanced data, in closed form.

    Parameters
    ----------
    theta : (m,) array
        τ₀/σ.
    sums : Sums
    reml : bool

    Returns
    -------
    (m,) array
        -2 log-likelihood with γ₀₀ and σ² at their best, or the REML criterion.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), *Journal of Statistical Software* 67(1), section 3.
    """
    rows = sums.groups * sums.n
    ratio = 1.0 + sums.n * np.square(theta)
    rss = sums.within + sums.between / ratio
    degrees = rows - 1.0 if reml else rows
    criterion = sums.groups * np.log(ratio) + degrees * (1.0 + np.log(2 * np.pi * rss / degrees))
    return criterion + np.log(rows / ratio) if reml else criterion


def variance(sums: Sums, *, reml: bool) -> Any:
    """Compute what τ₀² is estimated as, before what is below zero is set to 0.

    The mean square between groups, with J - 1 under REML and J under ML, is set to its expectation
    (Searle, Casella & McCulloch 1992, *Variance Components*, chapter 4).
    """
    between = sums.between / (sums.groups - 1.0 if reml else sums.groups)
    return (between - _mean_within(sums)) / sums.n


def least(sums: Sums, *, reml: bool) -> Any:
    """Compute the θ at which the criterion is least; 0 where τ₀² would be below zero."""
    return np.sqrt(np.maximum(variance(sums, reml=reml), 0.0) / _mean_within(sums))


def _mean_within(sums: Sums) -> Any:
    return sums.within / (sums.groups * (sums.n - 1.0))


def scene(state: Balanced) -> Scene:
    """Draw both criteria over θ, and the estimates in many samples."""
    sums = sums_of_squares(draw(state), state.groups, state.n)
    reml, ml = least(sums, reml=True), least(sums, reml=False)
    lowest = {r: deviances(best, sums, reml=r) for r, best in ((True, reml), (False, ml))}
    grid = np.linspace(0.0, FARTHEST, 121)
    above = {r: deviances(grid, sums, reml=r) - lowest[r] for r in (True, False)}
    here = {r: deviances(state.at, sums, reml=r) - lowest[r] for r in (True, False)}
    left = View(
        title="The criterion over θ, in one sample",
        share=1.3,
        x=Axis(label="θ = τ₀ / σ", low=-WIDTH, high=FARTHEST),
        y=Axis(
            label="above its minimum",
            low=-0.6,
            high=RISE,
            ticks={k: str(k) for k in range(0, 13, 2)},
        ),
        marks=(
            Rule(y=CUT, dash="dotted", role="residual", tags=("cut",), label="3.84"),
            Rule(x=state.theta, role="ink", width=1.4, tags=("theta",), label="true θ"),
            Lines(x=grid, y=above[True], role="random", width=2.4, tags=REML, label="REML"),
            Lines(
                x=grid, y=above[False], role="level1", width=2.4, dash="dashed", tags=ML, label="ML"
            ),
            Points(x=reml, y=0.0, role="random", shape="diamond", size=9, tags=REML),
            Points(x=ml, y=0.0, role="level1", size=8, tags=ML),
            Segments(
                x0=state.at,
                x1=state.at,
                y0=here[True],
                y1=here[False],
                role="ink",
                width=3,
                tags=("gap",),
            ),
            Points(x=state.at, y=here[False], role="level1", size=8, hollow=True, tags=("gap",)),
            Handle(
                x=state.at,
                y=here[True],
                sets={"at": POINTER_X},
                name="A θ on the curve of REML",
                role="random",
                tags=("gap",),
            ),
            Handle(
                x=state.theta,
                y=0.94 * RISE,
                sets={"theta": POINTER_X},
                name="The true θ",
                role="ink",
                shape="square",
                tags=("theta",),
            ),
        ),
    )
    many = repeated(state)
    return Scene(
        views=(left, _histograms(state, many)),
        equation=_equations(state, sums),
        sentence=_told(state, sums, here, many),
        alt=text(
            "Curves of the REML and ML criteria over θ for {groups} groups of {n} units. Their "
            "minima are at {reml} and {ml}; a line marks the true θ at {theta}. Beside them, the "
            "estimates of θ in " + str(SAMPLES) + " more samples, on average {one} by REML and "
            "{other} by ML.",
            groups=number(state.groups, 0),
            n=number(state.n, 0),
            reml=reml,
            ml=ml,
            theta=state.theta,
            one=least(many, reml=True).mean(),
            other=least(many, reml=False).mean(),
        ),
    )


def _histograms(state: Balanced, many: Sums) -> View:
    """Draw the estimates of θ: by REML upwards, by ML downwards."""
    edges = np.append(np.arange(0.0, FARTHEST - WIDTH / 2, WIDTH), np.inf)
    low, high = np.append(-WIDTH, edges[:-1]), np.append(0.0, np.append(edges[1:-1], FARTHEST))
    ends = np.append(0.0, np.append(edges[1:-1], 1e9))  # what is farther is in the last bar
    counts = {}
    for reml in (True, False):
        found = least(many, reml=reml)[:, None]  # (samples, 1)
        # the bar below 0 holds the estimates that are 0
        inside = np.where(low < 0.0, found <= 0.0, (found > 0.0) & (found >= low) & (found < ends))
        counts[reml] = np.where(inside, 1.0, 0.0).sum(axis=0)
    most = np.maximum(counts[True].max(), counts[False].max())
    return View(
        title=f"Estimates in {SAMPLES} more samples",
        x=Axis(label="estimate of θ", low=-WIDTH, high=FARTHEST),
        y=Axis(label="ML ↓    samples    ↑ REML", low=-1.25, high=1.25, ticks={0: ""}),
        marks=(
            Bars(x0=low, x1=high, y0=0.0, y1=counts[True] / most, role="random", tags=REML),
            Bars(x0=low, x1=high, y0=-counts[False] / most, y1=0.0, role="level1", tags=ML),
            Rule(x=state.theta, role="ink", width=1.4, tags=("theta",)),
            Inscription(
                x=FARTHEST,
                y=1.05,
                words=text("{k} of them are 0", k=number(counts[True][0], 0)),
                role="random",
                anchor="end",
                tags=REML,
            ),
            Inscription(
                x=FARTHEST,
                y=-1.15,
                words=text("{k} of them are 0", k=number(counts[False][0], 0)),
                role="level1",
                anchor="end",
                tags=ML,
            ),
        ),
    )


def _equations(state: Balanced, sums: Sums) -> tuple[Words, ...]:
    lines = []
    for name, reml, role in (("REML", True, "random"), ("ML", False, "level1")):
        raw = variance(sums, reml=reml)
        tag = name.lower()
        divisor = state.groups - 1.0 if reml else state.groups
        lines.append(
            formula(
                sym("τ̂", "0", "2", tag=tag, role=role),  # type: ignore[arg-type]
                *spread(f"\u00a0({name}) "),
                "=",
                frac(
                    (num(sums.between, 1), "/", num(divisor, 0, tag=tag), "−", _within(sums)),
                    num(state.n, 0),
                ),
                "=",
                num(raw, tag=tag),
                cases((raw < 0.0, spread(", so\u00a00"))),
            )
        )
    theta = sym("θ", tag="theta")
    fraction = frac(sym("τ", "0"), sym("σ"))
    return (*lines, formula(theta, "=", fraction, "=", num(state.theta, tag="theta")))


def _within(sums: Sums) -> Any:
    return num(_mean_within(sums))


def _told(state: Balanced, sums: Sums, here: dict[bool, Any], many: Sums) -> tuple[Words, ...]:
    reml, ml = least(sums, reml=True), least(sums, reml=False)
    first = text(
        "In this sample [REML has its minimum at θ = {reml}](reml|random) and "
        "[ML at {ml}](ml|level1); [the true value is {theta}](theta). {why}",
        reml=reml,
        ml=ml,
        theta=state.theta,
        why=cases(
            (
                reml <= 0.0,
                "Both are least at the edge: τ₀² is estimated as 0 either way.",
            ),
            (
                ml <= 0.0,
                text(
                    "ML divides the variation between groups by J = {j}, REML by J − 1 = {less}: "
                    "here that is enough for ML to be least at the edge, and to say 0.",
                    j=number(state.groups, 0),
                    less=number(state.groups - 1.0, 0),
                ),
            ),
            otherwise=text(
                "ML takes γ₀₀ as known and divides the variation between groups by J = {j}, REML "
                "by J − 1 = {less}. So ML's τ₀² is smaller, here by {share} %.",
                j=number(state.groups, 0),
                less=number(state.groups - 1.0, 0),
                share=number(
                    100.0 * (1.0 - variance(sums, reml=False) / variance(sums, reml=True)), 1
                ),
            ),
        ),
    )
    second = text(
        "[At θ = {at} the criterion lies {one} above its minimum by REML, and {other} by ML](gap); "
        "[what lies below 3.84](cut|residual) is in the 95 % interval of the profile.",
        at=state.at,
        one=here[True],
        other=here[False],
    )
    estimates = {r: np.maximum(variance(many, reml=r), 0.0).mean() for r in (True, False)}
    third = text(
        "In " + str(SAMPLES) + " more samples, τ̂₀² is on average [{one} by REML](reml|random) and "
        "[{other} by ML](ml|level1); [the truth is {theta}² = {truth}](theta), as σ² is 1.",
        one=estimates[True],
        other=estimates[False],
        theta=state.theta,
        truth=state.theta * state.theta,
    )
    return first, second, third


def estimation() -> Panel[Balanced]:
    """Open the panel on ML and REML.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = estimation()
    >>> scene = panel.move(groups=4)
    >>> "REML by J − 1 = 3" in panel.sentence
    True
    """
    return Panel(
        "What ML and REML minimise",
        [
            Slider(
                name="groups",
                label="J, groups",
                value=6,
                low=3,
                high=MOST_GROUPS,
                step=1,
                digits=0,
            ),
            Slider(
                name="n",
                label="n, units a group",
                value=10,
                low=2,
                high=MOST_UNITS,
                step=1,
                digits=0,
            ),
            Slider(
                name="theta",
                label="true θ",
                value=0.5,
                low=0.0,
                high=1.2,
                step=0.01,
                tags=("theta",),
            ),
            Hidden(name="at", label="θ", value=1.0, low=0.0, high=FARTHEST, step=0.01),
            Seed(name="sample"),
        ],
        Balanced,
        scene,
        caption="The criteria of REML and ML over θ, and the estimates in many samples.",
        presets=(
            Preset(label="3 groups", values={"groups": 3}),
            Preset(label="200 groups", values={"groups": 200}),
            Preset(label="Groups do not differ", values={"theta": 0.0}),
        ),
        question=Question(
            text="There are 100 groups instead of 6. What becomes of the difference between ML and "
            "REML?",
            options=("It grows", "It stays", "It shrinks"),
            right=2,
            values={"groups": 100},
            answer="They divide by J and by J − 1. Of 6 groups that is a sixth, of 100 a "
            "hundredth.",
        ),
    )
