"""Three levels: move φ₀², τ₀² and σ², and see who is like whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmteach.errors import ModelError, OptionError
from mlmteach.explore.cloud import standard_effects, standard_units
from mlmteach.explore.icc import share_of
from mlmteach.fit.fitted import require_fit
from mlmteach.panels.controls import Preset, Question, Seed, Slider, decimals, fine_step, round_up
from mlmteach.panels.formula import formula, frac, num, row, sym
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
    cases,
    text,
)

if TYPE_CHECKING:
    from mlmteach.api import LayeredFit

__all__ = ["Alike", "ThreeLevels", "alike", "scene", "three_levels"]

SCHOOLS, CLASSES, PUPILS = 8, 4, 6

PHI, TAU, SIGMA = ("phi_00",), ("tau_00",), ("sigma2",)
SCHOOL, CLASS, SCHOOL_OF_CLASS = ("rho_school",), ("rho_class",), ("rho_classes",)


@dataclass(frozen=True)
class ThreeLevels:
    """The state: the variances of the three levels, from above, and the sample."""

    phi2: float
    tau2: float
    sigma2: float
    sample: int = 1


class Alike(NamedTuple):
    """The three intraclass correlations; NaN where there is no variance to have a share of.

    Attributes
    ----------
    school : float
        Of two pupils of one school who are in different classes.
    group : float
        Of two pupils of one class.
    classes : float
        Of two classes of one school.
    """

    school: Any
    group: Any
    classes: Any


def alike(state: ThreeLevels) -> Alike:
    """Compute the intraclass correlations of three levels.

    References
    ----------
    Snijders & Bosker (2012), section 4.9.

    Examples
    --------
    >>> [round(float(rho), 2) for rho in alike(ThreeLevels(phi2=0.1, tau2=0.2, sigma2=0.7))]
    [0.1, 0.3, 0.33]
    """
    upper = state.phi2 + state.tau2
    total = upper + state.sigma2
    return Alike(share_of(state.phi2, total), share_of(upper, total), share_of(state.phi2, upper))


def scene(state: ThreeLevels, top: float) -> Scene:
    """Draw pupils in classes in schools, their departures in three strips, and the variances.

    Parameters
    ----------
    state : ThreeLevels
    top : float
        The greatest variance that the sliders reach, which fixes the axes.
    """
    v = np.sqrt(state.phi2) * np.sort(standard_effects(SCHOOLS, 1, seed=state.sample)[:, 0])  # (K,)
    u = np.sqrt(state.tau2) * standard_units(SCHOOLS, CLASSES, seed=state.sample + 1000)  # (K, J)
    classes = (v[:, None] + u).reshape(SCHOOLS * CLASSES)
    residuals = np.sqrt(state.sigma2) * standard_units(
        SCHOOLS * CLASSES, PUPILS, seed=state.sample + 2000
    )  # (K J, n)
    pupils = classes[:, None] + residuals
    limit = 3.2 * float(np.sqrt(2 * top))
    strips = _strips(v, classes, pupils, limit)
    return Scene(
        views=(strips, _departures(v, u, residuals, limit), _bar(state, top)),
        equation=_equation(state),
        sentence=_sentence(state, decimals(top)),
        alt=text(
            f"Strips of {SCHOOLS} schools with {CLASSES} classes of {PUPILS} pupils each, and "
            "beside them the departures of schools with an SD of {v}, of classes from their "
            "schools with an SD of {u}, and of pupils from their classes with an SD of {e}. A bar "
            "is parted into the three variances.",
            digits=decimals(limit),
            v=np.sqrt(state.phi2),
            u=np.sqrt(state.tau2),
            e=np.sqrt(state.sigma2),
        ),
    )


def _strips(v: Any, classes: Any, pupils: Any, limit: float) -> View:
    schools = np.arange(1, SCHOOLS + 1)
    places = np.add.outer(schools, np.linspace(-0.3, 0.3, CLASSES)).ravel()  # of the classes
    return View(
        title="Pupils in classes in schools",
        share=1.9,
        x=Axis(
            label="schools, in order of their mean",
            low=0.4,
            high=SCHOOLS + 0.6,
            ticks={k: str(k) for k in range(1, SCHOOLS + 1)},
        ),
        y=Axis(label="departure from γ₀₀₀", low=-limit, high=limit),
        marks=(
            Rule(y=0, role="fixed", tags=("gamma_000",), width=1.2),
            Points(
                x=np.repeat(places, PUPILS),
                y=pupils.ravel(),
                role="level1",
                size=4.5,
                opacity=0.55,
                tags=SIGMA,
                label="pupil: spreads by σ² within its class",
            ),
            Segments(
                x0=places - 0.09,
                x1=places + 0.09,
                y0=classes,
                y1=classes,
                role="random",
                width=3.5,
                tags=TAU,
                label="mean of a class: spreads by τ₀² within its school",
            ),
            Segments(
                x0=schools - 0.42,
                x1=schools + 0.42,
                y0=v,
                y1=v,
                role="level2",
                width=2.5,
                dash="dashed",
                tags=PHI,
                label="mean of a school: spreads by φ₀²",
            ),
        ),
    )


def _departures(v: Any, u: Any, residuals: Any, limit: float) -> View:
    def strip(place: int, values: Any, count: int) -> tuple[Any, Any]:
        return place + np.tile(np.linspace(-0.25, 0.25, 8), count // 8), values.ravel()

    (xv, yv), (xu, yu), (xe, ye) = (
        strip(1, v, SCHOOLS),
        strip(2, u, SCHOOLS * CLASSES),
        strip(3, residuals, SCHOOLS * CLASSES * PUPILS),
    )
    return View(
        title="Departures",
        share=1.1,
        x=Axis(label="", low=0.5, high=3.5, ticks={1: "V₀₀ₖ", 2: "U₀ⱼₖ", 3: "εᵢⱼₖ"}),
        y=Axis(label="", low=-limit, high=limit),
        marks=(
            Rule(y=0, width=0.8, opacity=0.6),
            Points(x=xv, y=yv, role="level2", shape="diamond", size=8, tags=PHI),
            Points(x=xu, y=yu, role="random", shape="square", size=6, hollow=True, tags=TAU),
            Points(x=xe, y=ye, role="level1", size=4.5, opacity=0.55, tags=SIGMA),
        ),
    )


def _bar(state: ThreeLevels, top: float) -> View:
    upper = state.phi2 + state.tau2
    total = upper + state.sigma2
    return View(
        title="Variances",
        share=0.7,
        x=Axis(label="", low=0, high=1, ticks={}),
        y=Axis(label="", low=0, high=3 * top),
        marks=(
            Bars(
                x0=0.2, x1=0.8, y0=0, y1=state.phi2, role="level2", dash="dotted", tags=PHI, width=2
            ),
            Bars(x0=0.2, x1=0.8, y0=state.phi2, y1=upper, role="random", tags=TAU, width=2),
            Bars(x0=0.2, x1=0.8, y0=upper, y1=total, role="level1", dash="dashed", tags=SIGMA),
            Handle(
                x=0.35,
                y=state.phi2,
                sets={"phi2": POINTER_Y},
                name="Top of the variance between schools",
                role="level2",
                shape="diamond",
                tags=PHI,
            ),
            Handle(
                x=0.5,
                y=upper,
                sets={"tau2": POINTER_Y - state.phi2},
                name="Top of the variance between the classes of a school",
                role="random",
                shape="square",
                tags=TAU,
            ),
            Handle(
                x=0.65,
                y=total,
                sets={"sigma2": POINTER_Y - upper},
                name="Top of the variance between the pupils of a class",
                role="level1",
                tags=SIGMA,
            ),
        ),
    )


def _equation(state: ThreeLevels) -> tuple[Any, ...]:
    phi = sym("φ", "0", "2", tag="phi_00", role="level2")
    tau = sym("τ", "0", "2", tag="tau_00", role="random")
    sigma = sym("σ", "", "2", tag="sigma2", role="level1")
    total = (phi, "+", tau, "+", sigma)
    rho = alike(state)
    rows = (
        ("ρ", "school", SCHOOL, frac(phi, total), rho.school),
        ("ρ", "class", CLASS, frac(row(phi, "+", tau), total), rho.group),
        ("ρ", "classes", SCHOOL_OF_CLASS, frac(phi, (phi, "+", tau)), rho.classes),
    )
    return tuple(
        formula(
            sym(letter, name, tag=tag[0], role="fixed"),
            *("=", share, "="),
            num(value, tag=tag[0], role="fixed"),
        )
        for letter, name, tag, share, value in rows
    )


def _sentence(state: ThreeLevels, digits: int) -> tuple[Any, ...]:
    rho = alike(state)
    upper = state.phi2 + state.tau2
    return (
        text(
            "[φ₀² = {p}](phi_00|level2) is the variance between schools, "
            "[τ₀² = {t}](tau_00|random) the one between the classes of a school, "
            "[σ² = {s}](sigma2|level1) the one between the pupils of a class.",
            digits=digits,
            p=state.phi2,
            t=state.tau2,
            s=state.sigma2,
        ),
        (
            cases(
                (upper + state.sigma2 <= 0, "All pupils are alike; a correlation is not defined."),
                otherwise=text(
                    "[Two pupils of one class correlate {c}](rho_class|fixed): they share the "
                    "class and the school. [Two pupils of one school in different classes "
                    "correlate {s}](rho_school|fixed): they share the school only.",
                    c=rho.group,
                    s=rho.school,
                ),
            ),
        ),
        (
            cases(
                (
                    upper <= 0,
                    "Classes are all alike, so nothing is to be shared among classes and schools.",
                ),
                otherwise=text(
                    "[Two classes of one school correlate {k}](rho_classes|fixed): this share of "
                    "what differs between classes lies between schools.",
                    k=rho.classes,
                ),
            ),
        ),
    )


def three_levels(fit: LayeredFit | None = None) -> Panel[ThreeLevels]:
    """Open the panel on three levels.

    Parameters
    ----------
    fit : LayeredFit, optional
        Where to begin: a fit of three levels whose intercept is random at levels 2 and 3.  A
        made-up one when left out.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If the fit has one grouping, two crossed ones, or no random intercepts.

    Examples
    --------
    >>> panel = three_levels()
    >>> scene = panel.move(tau2=0.3)
    >>> panel.sentence.splitlines()[2].split(":")[0]
    'Two pupils of one class correlate 0.36'
    """
    if fit is not None:
        require_fit(fit, "The panel")
    phi2, tau2, sigma2 = (0.1, 0.2, 0.7) if fit is None else _variances(fit)
    top = round_up(1.4 * max(phi2, tau2, sigma2))
    ends: dict[str, Any] = {
        "low": 0.0,
        "high": top,
        "step": fine_step(top),
        "digits": decimals(top),
    }
    return Panel(
        "Three levels",
        [
            Slider(name="phi2", label="φ₀², between schools", value=phi2, tags=PHI, **ends),
            Slider(name="tau2", label="τ₀², between classes", value=tau2, tags=TAU, **ends),
            Slider(name="sigma2", label="σ², within classes", value=sigma2, tags=SIGMA, **ends),
            Seed(name="sample"),
        ],
        ThreeLevels,
        lambda state: scene(state, top),
        caption="Pupils in classes in schools as strips, and the departures of each level.",
        presets=(
            Preset(label="Schools do not matter", values={"phi2": 0.0}),
            Preset(label="Classes do not matter", values={"tau2": 0.0}),
            Preset(
                label="All three alike", values=dict.fromkeys(("phi2", "tau2", "sigma2"), top / 2)
            ),
        ),
        question=Question(
            text="The classes of a school become all alike, and the schools stay as they are. What "
            "becomes of the correlation of two pupils of one class?",
            options=(
                "It becomes 0",
                "It becomes that of two pupils of different classes",
                "It stays",
            ),
            right=1,
            values={"phi2": phi2, "tau2": 0.0, "sigma2": sigma2},
            answer="They still share the school. Without differences between its classes, it does "
            "not matter in which of them a pupil sits.",
        )
        if min(phi2, tau2) > ends["step"] / 2  # else it becomes 0, or stays
        else None,
    )


def _variances(fit: LayeredFit) -> tuple[float, float, float]:
    if not fit.model.grouping.is_nested:
        raise OptionError(
            "This fit does not have three levels.",
            "Give one of a model such as group='school/class'.",
        )
    if not fit.model.family.is_normal:
        raise ModelError(
            "The panel shows a σ², and a yes/no outcome or a count has none.",
            "Use mlm.plot.variance_partition(fit), or leave the fit out.",
        )
    lower, upper = fit.cov_re.values()
    if any("Intercept" not in matrix.index for matrix in (lower, upper)):
        raise OptionError(
            "This fit does not have random intercepts at levels 2 and 3.",
            "Give one that has a U and a V in the equations of the intercept.",
        )
    phi2, tau2 = (matrix["Intercept"].to_numpy()[0] for matrix in (upper, lower))
    return float(phi2), float(tau2), fit.scale
