"""Random slopes: what T says of lines, and what moving the origin of x does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmteach.errors import ModelError
from mlmteach.explore.cloud import standard_effects
from mlmteach.explore.defaults import require_one_grouping
from mlmteach.panels.controls import (
    Preset,
    Question,
    Seed,
    Select,
    Slider,
    decimals,
    fine_step,
    round_up,
)
from mlmteach.panels.formula import formula, num, power, sym, table
from mlmteach.panels.live import taken
from mlmteach.panels.panel import POINTER_X, POINTER_Y, Panel
from mlmteach.panels.scene import (
    Axis,
    Handle,
    Lines,
    Points,
    Rule,
    Scene,
    View,
    Words,
    cases,
    number,
    text,
)

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["RandomSlopes", "Setting", "at_origin", "random_slopes", "variance_at"]

GROUPS = 30
WIDTH = float(np.sqrt(5.991))  # the ellipse holds 95 % of the groups

TAU_00, TAU_01, TAU_11 = ("tau_00",), ("tau_01",), ("tau_11",)


@dataclass(frozen=True)
class RandomSlopes:
    """The state: T where x is 0, the origin that T is reported for, and a group.

    T is given by two variances and the correlation, so that no state is impossible.
    """

    tau0: float
    tau1: float
    rho: float
    origin: float = 0.0
    sample: int = 1
    group: int = 0

    @property
    def covariance(self) -> Any:
        """T where x is 0, (2, 2)."""
        tau01 = self.rho * np.sqrt(self.tau0 * self.tau1)
        return np.stack([np.stack([self.tau0, tau01]), np.stack([tau01, self.tau1])])

    @property
    def moved(self) -> tuple[Any, Any, Any]:
        """τ₀², τ₀₁ and τ₁² at the origin."""
        moved = at_origin(self.covariance, self.origin)
        return moved[0, 0], moved[0, 1], moved[1, 1]

    def effects(self, first: Any, second: Any) -> tuple[Any, Any]:
        """Make U₀ and U₁ where x is 0 of effects with variance 1 and no correlation, (J,) each."""
        rest = np.sqrt(np.maximum(1.0 - self.rho * self.rho, 0.0))
        return np.sqrt(self.tau0) * first, np.sqrt(self.tau1) * (self.rho * first + rest * second)

    @property
    def drawn(self) -> tuple[Any, Any]:
        """U₀ and U₁ of the groups where x is 0, (J,) each."""
        e = standard_effects(GROUPS, 2, seed=self.sample)  # (J, 2)
        return self.effects(e[:, 0], e[:, 1])


class Digits(NamedTuple):
    """Decimals of the values of x, of the departures of lines and slopes, and of T."""

    x: int
    u0: int
    u1: int
    tau0: int
    tau01: int
    tau1: int


class Setting(NamedTuple):
    """What does not move: the range of x, the general line, and how far the variances reach."""

    x: tuple[float, float]
    mean: tuple[float, float]
    most: tuple[float, float]

    @property
    def far(self) -> tuple[float, float]:
        """How far lines and slopes can be from the general ones, whatever the sliders do."""
        far0, far1 = (float(np.sqrt(v)) for v in self.most)
        return far0 + max(map(abs, self.x)) * far1, far1

    @property
    def axis(self) -> Axis:
        """That of x."""
        return Axis(label="x", low=self.x[0], high=self.x[1])

    @property
    def digits(self) -> Digits:
        """With how many decimals its numbers are told."""
        (first, second), (far0, far1) = self.most, self.far
        return Digits(
            decimals(self.x[1] - self.x[0]),
            decimals(far0),
            decimals(far1),
            decimals(first),
            decimals(float(np.sqrt(first * second))),
            decimals(second / 4),
        )

    @property
    def none(self) -> float:
        """A product of the two variances up to which one of them counts as 0."""
        return 1e-12 * self.most[0] * self.most[1]


def at_origin(covariance: Any, origin: Any) -> Any:
    """Compute T of the same lines when x is counted from another origin.

    Parameters
    ----------
    covariance : (2, 2) array
        T where x is counted from 0.
    origin : float
        The value of x that becomes 0.

    Returns
    -------
    (2, 2) array

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 5.1.

    Examples
    --------
    >>> at_origin(np.array([[4.0, -1.0], [-1.0, 1.0]]), 1.0)
    array([[3., 0.],
           [0., 1.]])
    """
    c00, c01, c11 = covariance[0, 0], covariance[0, 1], covariance[1, 1]
    moved00, moved01 = c00 + 2.0 * origin * c01 + origin * origin * c11, c01 + origin * c11
    return np.stack([np.stack([moved00, moved01]), np.stack([moved01, c11 + 0.0 * moved01])])


def variance_at(covariance: Any, x: Any) -> Any:
    """Compute the variance between groups at values of x: τ₀² + 2 τ₀₁ x + τ₁² x².

    >>> variance_at(np.array([[4.0, -1.0], [-1.0, 1.0]]), np.array([0.0, 1.0, 2.0]))
    array([4., 3., 4.])
    """
    return covariance[0, 0] + 2.0 * covariance[0, 1] * x + covariance[1, 1] * x * x


def scene(state: RandomSlopes, setting: Setting) -> Scene:
    """Draw the lines of groups, their U's in an ellipse, and the variance between groups over x."""
    low, high = setting.x
    x = np.linspace(low, high, 61)
    curve = variance_at(state.covariance, x)
    (t00, _, t11), digits = state.moved, setting.digits
    return Scene(
        views=(
            _lines(state, setting),
            _ellipse(state, setting),
            View(
                title="Variance over x",
                x=setting.axis,
                y=Axis(label="", low=0.0, high=setting.far[0] * setting.far[0]),
                marks=(
                    Rule(x=state.origin, dash="dashed", tags=("origin",)),
                    Lines(x=x, y=curve, role="random", width=2.2, tags=("variance",)),
                    Points(
                        x=state.origin, y=t00, role="random", shape="diamond", size=10, tags=TAU_00
                    ),
                ),
            ),
        ),
        equation=_equation(state, setting),
        sentence=_told(state, setting),
        alt=text(
            f"Left, lines of {GROUPS} groups around the general line. In the middle, their U's in "
            "an ellipse whose half widths are {w0} and {w1}. Right, the variance between groups "
            "over x: {first} at {low}, {last} at {high}, and {t00} at the origin {origin}.",
            digits=digits.tau0,
            low=number(low, digits.x),
            high=number(high, digits.x),
            w0=number(WIDTH * np.sqrt(t00), digits.u0),
            w1=number(WIDTH * np.sqrt(t11), digits.u1),
            first=curve[0],
            last=curve[-1],
            t00=t00,
            origin=number(state.origin, digits.x),
        ),
    )


def _lines(state: RandomSlopes, setting: Setting) -> View:
    (intercept, slope), (u0, u1) = setting.mean, state.drawn
    ends = np.array(setting.x)
    general = intercept + slope * ends
    heights = general + u0[:, None] + u1[:, None] * ends  # (J, 2)
    far, _ = setting.far
    return View(
        title=f"Lines of {GROUPS} groups",
        share=1.5,
        x=setting.axis,
        y=Axis(
            label="predicted outcome",
            low=float(general.min()) - 2.0 * far,
            high=float(general.max()) + 2.0 * far,
        ),
        marks=(
            Lines(x=ends, y=heights, role="level2", width=1, opacity=0.6, tags=("U_0", "U_1")),
            Lines(x=ends, y=general, role="fixed", width=3, label="general line", tags=("gamma",)),
            Lines(x=ends, y=taken(heights, state.group), width=2.5, label="picked group"),
            Rule(x=state.origin, dash="dashed", tags=("origin",), label="origin"),
            Handle(
                x=state.origin,
                y=intercept + slope * state.origin,
                sets={"origin": POINTER_X},
                name="Origin of x",
                shape="square",
                tags=("origin",),
            ),
        ),
    )


def _ellipse(state: RandomSlopes, setting: Setting) -> View:
    """Draw the U's at the origin, and the ellipse around 95 % of groups."""
    u0, u1 = state.drawn
    there = u0 + state.origin * u1
    turn = np.linspace(0.0, 2.0 * np.pi, 73)[:-1]
    across, up = state.effects(np.cos(turn), np.sin(turn))
    far, far1 = setting.far
    return View(
        title="Their U's",
        x=Axis(label="U₀ⱼ at the origin", low=-2.6 * far, high=2.6 * far),
        y=Axis(label="U₁ⱼ", low=-2.8 * far1, high=2.8 * far1),
        marks=(
            Points(
                x=there,
                y=u1,
                role="level2",
                hollow=True,
                size=5,
                chooses="group",
                tags=("U_0", "U_1"),
            ),
            Lines(
                x=WIDTH * (across + state.origin * up),
                y=WIDTH * up,
                closed=True,
                filled=True,
                role="random",
                width=2,
                tags=(*TAU_00, *TAU_01, *TAU_11),
                label="95 % of groups",
            ),
            Points(x=taken(there, state.group), y=taken(u1, state.group), size=8),
            *_ends_of_ellipse(state, setting),
        ),
    )


def _ends_of_ellipse(state: RandomSlopes, setting: Setting) -> tuple[Handle, Handle]:
    """Make T movable: a place on the ellipse says what T is at the origin; T at 0 follows."""
    t00, _, t11 = state.moved
    d0, d1 = np.sqrt(t00), np.sqrt(t11)
    r = _correlation(state, setting)
    c00 = np.square(POINTER_X / WIDTH)
    c01 = np.clip(POINTER_Y / WIDTH, -d1, d1) * np.sqrt(c00)
    at0 = c00 - 2.0 * state.origin * c01 + state.origin * state.origin * t11
    at01 = c01 - state.origin * t11
    known = at0 * t11 > setting.none
    return (
        Handle(
            x=WIDTH * d0,
            y=WIDTH * r * d1,
            sets={
                "tau0": at0,
                "rho": np.where(known, at01 / np.sqrt(np.where(known, at0 * t11, 1.0)), 0.0),
            },
            name="Right end of the ellipse",
            role="random",
            tags=(*TAU_00, *TAU_01),
        ),
        Handle(
            x=WIDTH * r * d0,
            y=WIDTH * d1,
            sets={"tau1": np.square(np.maximum(POINTER_Y, 0.0) / WIDTH)},
            name="Upper end of the ellipse",
            role="random",
            shape="diamond",
            tags=TAU_11,
        ),
    )


def _told(state: RandomSlopes, setting: Setting) -> tuple[Words, ...]:
    t00, t01, t11 = state.moved
    (u0, u1), digits = state.drawn, setting.digits
    least = np.clip(-state.covariance[0, 1] / np.where(t11 > 0, t11, 1.0), *setting.x)
    return (
        text(
            "With the [origin at x = {origin}](origin): [τ₀² = {t00}](tau_00|random), "
            "[τ₀₁ = {t01}](tau_01|random) ({r}), [τ₁² = {t11}](tau_11|random).",
            origin=number(state.origin, digits.x),
            t00=number(t00, digits.tau0),
            t01=number(t01, digits.tau01),
            t11=number(t11, digits.tau1),
            r=cases(
                (t11 <= 0, "no slopes differ"),
                (t00 <= 0, "no intercepts differ there"),
                otherwise=text("correlation {r}", r=_correlation(state, setting)),
            ),
        ),
        text(
            "τ₀² is the variance between groups at the origin. Moving the origin changes τ₀² and "
            "τ₀₁; [the lines](U_0 U_1|level2), τ₁² and the fit stay the same. {least}",
            least=cases(
                (
                    t11 <= 0,
                    text(
                        "The lines are parallel: [the variance is the same at every x]"
                        "(variance|random)."
                    ),
                ),
                otherwise=text(
                    "Over the values of x that are drawn, [the groups differ least at x = "
                    "{x}](variance|random).",
                    x=number(least, digits.x),
                ),
            ),
        ),
        text(
            "The picked group: U₀ⱼ = {u0} at the origin, U₁ⱼ = {u1}. Press near another to pick "
            "it.",
            u0=number(taken(u0 + state.origin * u1, state.group), digits.u0),
            u1=number(taken(u1, state.group), digits.u1),
        ),
    )


def _equation(state: RandomSlopes, setting: Setting) -> tuple[Words, ...]:
    (t00, t01, t11), digits = state.moved, setting.digits
    tau = {
        "00": sym("τ", "0", "2", tag="tau_00", role="random"),
        "01": sym("τ", "01", tag="tau_01", role="random"),
        "11": sym("τ", "1", "2", tag="tau_11", role="random"),
    }
    variance = sym("Var", tag="variance", role="random")
    covariance = num(t01, digits.tau01, tag="tau_01")
    effects = ("(", sym("U", "0j", tag="U_0"), "+", sym("U", "1j", tag="U_1"), sym("x"), ")")
    return (
        formula(variance, *effects),
        formula(
            *("=", tau["00"], "+", num(2, 0), tau["01"], sym("x")),
            *("+", tau["11"], power(sym("x"), num(2, 0))),
        ),
        formula(
            sym("T"),
            "=",
            table(
                (
                    (num(t00, digits.tau0, tag="tau_00"), covariance),
                    (covariance, num(t11, digits.tau1, tag="tau_11")),
                )
            ),
        ),
    )


def _correlation(state: RandomSlopes, setting: Setting) -> Any:
    """Compute the correlation of U₀ and U₁ at the origin; 0 where one of them does not vary."""
    t00, t01, t11 = state.moved
    proper = t00 * t11 > setting.none
    return np.where(proper, t01 / np.where(proper, np.sqrt(t00) * np.sqrt(t11), 1.0), 0.0)


def random_slopes(fit: Fit | None = None) -> Panel[RandomSlopes]:
    """Open the panel on random slopes and the origin of x.

    Parameters
    ----------
    fit : Fit, optional
        Where to begin: a fit whose intercept and one slope are random.

    Returns
    -------
    Panel

    Raises
    ------
    ModelError
        If the fit has other random coefficients than an intercept and one slope.

    Examples
    --------
    >>> panel = random_slopes()
    >>> scene = panel.move(origin=1.0)
    >>> "τ₀² = 3.00" in panel.sentence
    True
    """
    require_one_grouping(fit, "variance_function(fit, ...)")
    covariance, mean, x = np.array([[4.0, -1.0], [-1.0, 1.0]]), (12.6, 2.4), (-2.0, 2.0)
    if fit is not None:
        names = list(fit.cov_re.index)
        if len(names) != 2 or names[0] != "Intercept":
            raise ModelError(
                "The panel shows a random intercept and one random slope.",
                "Give a fit of such a model, or none.",
            )
        covariance = fit.cov_re.to_numpy()
        mean = (float(fit.params.get("Intercept", 0.0)), float(fit.params.get(names[1], 0.0)))
        column = fit.design.Z[:, 1]
        step = fine_step(float(np.ptp(column)))  # the ends lie on steps, so that 0 is one
        x = (
            float(np.floor(column.min() / step) * step),
            float(np.ceil(column.max() / step) * step),
        )
    most = (round_up(1.5 * covariance[0, 0]), round_up(1.5 * covariance[1, 1]))
    product = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
    rho = float(covariance[0, 1]) / product if product > 0 else 0.0
    setting = Setting(x, mean, most)
    return Panel(
        "Random slopes and the origin of x",
        [
            Slider(
                name="tau0",
                label="τ₀² at x = 0",
                value=float(covariance[0, 0]),
                low=0.0,
                high=most[0],
                step=fine_step(most[0]),
                digits=setting.digits.tau0,
                tags=TAU_00,
            ),
            Slider(
                name="tau1",
                label="τ₁²",
                value=float(covariance[1, 1]),
                low=0.0,
                high=most[1],
                step=fine_step(most[1]),
                digits=setting.digits.tau1,
                tags=TAU_11,
            ),
            Slider(
                name="rho",
                label="correlation at x = 0",
                value=rho,
                low=-1.0,
                high=1.0,
                step=0.01,
                tags=TAU_01,
            ),
            Slider(
                name="origin",
                label="origin of x",
                value=float(np.clip(0.0, *x)),
                low=x[0],
                high=x[1],
                step=fine_step(x[1] - x[0]),
                digits=setting.digits.x,
                tags=("origin",),
            ),
            Select(
                name="group",
                label="picked group",
                options=tuple(map(str, range(1, GROUPS + 1))),
                value="1",
                shape="hidden",
                live=True,
            ),
            Seed(name="sample", label="Other groups"),
        ],
        RandomSlopes,
        lambda state: scene(state, setting),
        caption="Lines of groups, their U's, and the variance between groups. Dashed: the origin.",
        presets=(
            Preset(label="Parallel lines", values={"tau1": 0.0}),
            Preset(label="Lines fan out", values={"rho": 1.0}),
            Preset(label="Lines close up", values={"rho": -1.0}),
        ),
        question=Question(
            text="The origin of x moves to the right end. What stays the same?",
            options=("τ₀²", "τ₀₁", "τ₁²"),
            right=2,
            values={"origin": x[1]},
            answer="τ₀² and τ₀₁ speak of the place where x is 0. The lines do not move, and τ₁² "
            "says how their slopes differ.",
        ),
    )
