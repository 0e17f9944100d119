"""The intraclass correlation: move τ₀² and σ², and see how alike the units of a group are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.errors import ModelError
from mlmteach.explore.cloud import standard_effects, standard_units
from mlmteach.explore.defaults import require_one_grouping
from mlmteach.panels.controls import Preset, Question, Seed, Slider, decimals, fine_step, round_up
from mlmteach.panels.formula import formula, frac, num, sym
from mlmteach.panels.panel import POINTER_Y, Panel
from mlmteach.panels.scene import (
    Axis,
    Bars,
    Handle,
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

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["ICC", "icc", "intraclass", "share_of"]

GROUPS, SIZE = 20, 20

TAU, SIGMA = ("tau_00",), ("sigma2",)


@dataclass(frozen=True)
class ICC:
    """The state: the variances of the two levels, and the sample."""

    tau2: float
    sigma2: float
    sample: int = 1


def intraclass(state: ICC) -> Any:
    """Compute ρ, the share of the variance that lies between groups; NaN if there is no variance.

    >>> round(float(intraclass(ICC(tau2=8.61, sigma2=39.15))), 3)
    0.18
    """
    return share_of(state.tau2, state.tau2 + state.sigma2)


def share_of(part: Any, whole: Any) -> Any:
    """Compute the share of a variance that a part of it is; NaN if there is no variance."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def scene(state: ICC, top: float) -> Scene:
    """Draw units in groups, the two variances, and pairs of units.

    Parameters
    ----------
    state : ICC
    top : float
        The greatest variance that the sliders reach, which fixes the axes.
    """
    effects = np.sort(standard_effects(GROUPS, 1, seed=state.sample)[:, 0])  # (J,)
    means = np.sqrt(state.tau2) * effects
    residuals = np.sqrt(state.sigma2) * standard_units(GROUPS, SIZE, seed=state.sample + 1000)
    units = means[:, None] + residuals  # (J, n)
    limit = 3.6 * float(np.sqrt(2 * top)) * 0.8
    return Scene(
        views=(
            _strips(means, units, effects[GROUPS - 1], limit),
            _bar(state, top),
            _pairs(units, limit),
        ),
        equation=_equation(state, decimals(top)),
        sentence=_told(state, decimals(top)),
        alt=text(
            f"Strip plot of {GROUPS} groups of {SIZE} units. The means of the groups have an SD of "
            "{between}, the units around them one of {within}. A bar of both variances, and a "
            "scatter plot of pairs of units of the same group, whose correlation is {rho}.",
            between=number(np.sqrt(state.tau2), decimals(limit)),
            within=number(np.sqrt(state.sigma2), decimals(limit)),
            rho=intraclass(state),
        ),
    )


def _strips(means: Any, units: Any, highest: Any, limit: float) -> View:
    places = np.arange(1, GROUPS + 1)
    spread = np.linspace(-0.22, 0.22, SIZE)
    return View(
        title="20 units in each of 20 groups",
        share=1.9,
        x=Axis(
            label="groups, in order of their mean",
            low=0.2,
            high=GROUPS + 0.8,
            ticks={k: str(k) for k in (1, 5, 10, 15, 20)},
        ),
        y=Axis(label="departure from γ₀₀", low=-limit, high=limit),
        marks=(
            Rule(y=0, role="fixed", tags=("gamma_00",), width=1.2),
            Points(
                x=np.add.outer(places, spread).ravel(),
                y=units.ravel(),
                role="level1",
                size=5,
                opacity=0.55,
                tags=SIGMA,
                label="unit: spreads by σ² within its group",
            ),
            Segments(
                x0=places - 0.42,
                x1=places + 0.42,
                y0=means,
                y1=means,
                role="random",
                width=3.5,
                tags=TAU,
                label="mean of a group: spreads by τ₀²",
            ),
            Handle(
                x=GROUPS,
                y=means[GROUPS - 1],
                sets={"tau2": np.square(np.maximum(POINTER_Y, 0.0) / highest)},
                name="Mean of the highest group",
                role="random",
                shape="diamond",
                tags=TAU,
            ),
        ),
    )


def _bar(state: ICC, top: float) -> View:
    return View(
        title="Variances",
        share=0.75,
        x=Axis(label="", low=0, high=1, ticks={}),
        y=Axis(label="", low=0, high=2 * top),
        marks=(
            Bars(x0=0.2, x1=0.8, y0=0, y1=state.tau2, role="random", tags=TAU, width=2),
            Bars(
                x0=0.2,
                x1=0.8,
                y0=state.tau2,
                y1=state.tau2 + state.sigma2,
                role="level1",
                dash="dashed",
                tags=SIGMA,
            ),
            Handle(
                x=0.5,
                y=state.tau2 + state.sigma2,
                sets={"sigma2": POINTER_Y - state.tau2},
                name="Top of the bar of the variance within groups",
                role="level1",
                tags=SIGMA,
            ),
        ),
    )


def _pairs(units: Any, limit: float) -> View:
    half = SIZE // 2
    return View(
        title="Pairs of one group",
        share=1.15,
        x=Axis(label="one unit", low=-limit, high=limit),
        y=Axis(label="another of its group", low=-limit, high=limit),
        marks=(
            Points(
                x=units[:, :half].ravel(),
                y=units[:, half:].ravel(),
                role="level2",
                size=5,
                hollow=True,
                tags=("rho",),
                opacity=0.7,
            ),
        ),
    )


def _told(state: ICC, digits: int) -> tuple[Words, ...]:
    rho = intraclass(state)
    share = cases(
        (state.tau2 + state.sigma2 <= 0, "There is no variance, and so no share of it"),
        (state.tau2 <= 0, "Nothing of the variance lies between groups"),
        (np.abs(rho - 0.5) < 5e-5, "Half of the variance lies between groups"),
        otherwise=text("{share} % of the variance lies between groups", share=number(100 * rho, 0)),
    )
    return (
        text(
            "{share}. [τ₀² = {t}](tau_00|random) is the variance between groups, "
            "[σ² = {s}](sigma2|level1) the one within.",
            digits=digits,
            share=share,
            t=state.tau2,
            s=state.sigma2,
        ),
        (
            cases(
                (
                    state.tau2 + state.sigma2 <= 0,
                    "All units are alike; a correlation is not defined.",
                ),
                otherwise=text(
                    "[Two units of the same group correlate {rho}](rho|level2); two units of "
                    "different groups correlate 0.",
                    rho=rho,
                ),
            ),
        ),
    )


def _equation(state: ICC, digits: int) -> tuple[Words, ...]:
    tau = sym("τ", "0", "2", tag="tau_00", role="random")
    sigma = sym("σ", "", "2", tag="sigma2", role="level1")
    t, s = (num(v, digits, tag=g) for v, g in ((state.tau2, "tau_00"), (state.sigma2, "sigma2")))
    return (
        formula(sym("ρ", tag="rho", role="level2"), "=", frac(tau, (tau, "+", sigma))),
        formula("=", frac(t, (t, "+", s)), "=", num(intraclass(state), tag="rho")),
    )


def icc(fit: Fit | None = None) -> Panel[ICC]:
    """Open the panel on the intraclass correlation.

    Parameters
    ----------
    fit : Fit, optional
        Where to begin: a fit with a random intercept.  High School & Beyond when left out.

    Returns
    -------
    Panel

    Raises
    ------
    ModelError
        If the fit has no σ², or its intercept is not random.

    Examples
    --------
    >>> panel = icc()
    >>> scene = panel.move(tau2=panel.values["sigma2"])
    >>> print(panel.sentence.split(".")[0])
    Half of the variance lies between groups
    """
    require_one_grouping(fit, "variance_partition(fit)")
    tau2, sigma2 = (8.6, 39.1) if fit is None else _variances(fit)
    top = round_up(1.5 * max(tau2, sigma2))
    ends: dict[str, Any] = {
        "low": 0.0,
        "high": top,
        "step": fine_step(top),
        "digits": decimals(top),
    }
    return Panel(
        "Intraclass correlation",
        [
            Slider(name="tau2", label="τ₀², between groups", value=tau2, tags=TAU, **ends),
            Slider(name="sigma2", label="σ², within groups", value=sigma2, tags=SIGMA, **ends),
            Seed(name="sample"),
        ],
        ICC,
        lambda state: scene(state, top),
        caption="Units of groups as strips, the groups in order of their mean.",
        presets=(
            Preset(label="Groups do not matter", values={"tau2": 0.0}),
            Preset(label="Half and half", values={"tau2": top / 2, "sigma2": top / 2}),
            Preset(label="Units of a group are alike", values={"sigma2": 0.0}),
        ),
        question=Question(
            text="The variance within groups falls to a quarter, and the one between stays. What "
            "becomes of ρ?",
            options=("It falls", "It stays", "It rises"),
            right=2,
            values={"tau2": tau2, "sigma2": sigma2 / 4},
            answer="ρ is a share. With less variance within groups, the groups have more of it.",
        )
        if tau2 > ends["step"] / 2  # without it, ρ stays 0
        else None,
    )


def _variances(fit: Fit) -> tuple[float, float]:
    """Take τ₀² and σ² of a fit, which has to have both."""
    if not fit.model.family.is_normal:
        raise ModelError(
            "The panel shows a σ², and a yes/no outcome or a count has none.",
            "Use fit.icc, or leave the fit out.",
        )
    if "Intercept" not in fit.cov_re:
        raise ModelError(
            "The intercept of the model is not random, so that it has no τ₀².",
            "Fit a model with a random intercept.",
        )
    return float(fit.cov_re["Intercept"].to_numpy()[0]), fit.scale
