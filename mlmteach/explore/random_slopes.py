"""Random slopes: what T says of lines, and what moving the origin of x does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.arrays import FloatArray
from mlmteach.errors import ModelError
from mlmteach.explore.cloud import standard_effects
from mlmteach.explore.controls import fine_step, slider
from mlmteach.explore.defaults import require_one_grouping
from mlmteach.explore.panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["RandomSlopes", "at_origin", "random_slopes", "variance_at"]

GROUPS = 30


@dataclass(frozen=True)
class RandomSlopes:
    """The state: T where x is 0, and the origin that T is reported for.

    Raises
    ------
    ModelError
        If the three numbers are no covariance matrix.
    """

    tau0: float
    tau1: float
    tau01: float
    origin: float = 0.0

    def __post_init__(self) -> None:
        bound = float(np.sqrt(self.tau0 * self.tau1))
        if abs(self.tau01) > bound + 1e-9:
            raise ModelError(
                f"No U's have these variances and the covariance {number(self.tau01)}: a "
                "correlation cannot pass 1.",
                f"Keep τ₀₁ between {number(-bound)} and {number(bound)}, or make τ² larger.",
            )

    @property
    def covariance(self) -> FloatArray:
        """T where x is 0, (2, 2)."""
        return np.array([[self.tau0, self.tau01], [self.tau01, self.tau1]])


def at_origin(covariance: FloatArray, origin: float) -> FloatArray:
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
    shift = np.array([[1.0, origin], [0.0, 1.0]])
    moved: FloatArray = shift @ covariance @ shift.T
    return moved


def variance_at(covariance: FloatArray, x: FloatArray) -> FloatArray:
    """Compute the variance between groups at values of x: τ₀² + 2 τ₀₁ x + τ₁² x².

    >>> variance_at(np.array([[4.0, -1.0], [-1.0, 1.0]]), np.array([0.0, 1.0, 2.0]))
    array([4., 3., 4.])
    """
    variance: FloatArray = covariance[0, 0] + 2 * covariance[0, 1] * x + covariance[1, 1] * x**2
    return variance


class Lines:
    """The lines of groups, and beside them the variance between groups over x."""

    def __init__(self, x: tuple[float, float], mean: tuple[float, float], top: float) -> None:
        from matplotlib.collections import LineCollection

        self.picture = Picture((0.08, 0.15, 0.5, 0.74), (0.71, 0.15, 0.27, 0.74))
        left, right = self.picture.axes
        self.x = np.linspace(*x, 41)
        self._general = mean[0] + mean[1] * self.x
        self._effects = standard_effects(GROUPS, 2)
        reach = 2.6 * np.sqrt(top)
        with self.picture.style():
            left.set(xlim=x, xlabel="x", ylabel="predicted outcome")
            left.set_ylim(self._general.min() - reach, self._general.max() + reach)
            left.set_title(f"Lines of {GROUPS} groups")
            right.set(xlim=x, ylim=(0, 1.25 * top), xlabel="x", ylabel="variance between groups")
            right.set_title("Variance over x")
            self._lines = LineCollection([], colors=ROLES["level2"], linewidths=0.9, alpha=0.6)
            left.add_collection(self._lines, autolim=False)
            left.plot(self.x, self._general, color=ROLES["fixed"], linewidth=3)
            (self._curve,) = right.plot(self.x, self.x * 0, color=ROLES["random"], linewidth=2)
            (self._dot,) = right.plot([0], [0], "D", markersize=7, color=ROLES["random"])
            self._origins = [
                axes.axvline(0, color="black", linestyle="dashed", linewidth=1)
                for axes in (left, right)
            ]
        for artist in (self._lines, self._curve, self._dot, *self._origins):
            self.picture.moving(artist)

    def move(self, state: RandomSlopes) -> None:
        """Draw lines whose intercepts and slopes have covariance T, exactly."""
        values, vectors = np.linalg.eigh(state.covariance)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        u = self._effects @ root.T  # (J, 2)
        heights = self._general + u[:, :1] + u[:, 1:] * self.x  # (J, points)
        ends = [0, -1]
        xs = np.broadcast_to(self.x[ends], (GROUPS, 2))
        self._lines.set_segments(list(np.stack([xs, heights[:, ends]], axis=2)))
        self._curve.set_ydata(variance_at(state.covariance, self.x))
        height = variance_at(state.covariance, np.array([state.origin]))
        self._dot.set_data([state.origin], height)
        for line in self._origins:
            line.set_xdata([state.origin, state.origin])


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
    >>> panel.controls["origin"].value = 1.0
    >>> "τ₀² = 3.00" in panel.shown.sentence
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
        x = (float(column.min()), float(column.max()))
    ends = variance_at(covariance, np.array(x))
    top = float(max(ends.max(), covariance[0, 0]))
    drawing = Lines(x, mean, 1.3 * top)

    def show(state: RandomSlopes) -> Shown:
        drawing.move(state)
        moved = at_origin(state.covariance, state.origin)
        t0, t01, t1 = (number(float(v)) for v in (moved[0, 0], moved[0, 1], moved[1, 1]))
        product = float(np.sqrt(moved[0, 0] * moved[1, 1]))
        r = f"correlation {number(float(moved[0, 1]) / product)}" if product > 0 else "no slopes"
        sentence = (
            f"With the origin at x = {number(state.origin)}: τ₀² = {t0}, τ₀₁ = {t01} ({r}), "
            f"τ₁² = {t1}.\n\n"
            "τ₀² is the variance between groups at the origin. Moving the origin changes τ₀² and "
            "τ₀₁; the lines, τ₁² and the fit stay the same."
        )
        if state.tau1 > 0:
            least = -state.tau01 / state.tau1
            sentence += f" The groups differ least at x = {number(least)}."
        at = variance_at(state.covariance, drawing.x[[0, -1]])
        alt = (
            f"Left, lines of {GROUPS} groups around the general line. Right, the variance between "
            f"groups over x: {number(at[0])} at {number(drawing.x[0])}, {number(at[1])} at "
            f"{number(drawing.x[-1])}, and {t0} at the origin {number(state.origin)}."
        )
        latex = (
            r"$$\begin{aligned}\operatorname{Var}(U_{0j} + U_{1j}x) &= \tau_0^2 + 2\tau_{01}x + "
            r"\tau_1^2x^2 \\ \mathbf{T} &= \begin{pmatrix}"
            rf"{moved[0, 0]:.2f} & {moved[0, 1]:.2f} \\ {moved[0, 1]:.2f} & {moved[1, 1]:.2f}"
            r"\end{pmatrix}\end{aligned}$$"
        ).replace(r"\operatorname", r"\mathrm")
        return Shown(sentence, alt, latex)

    high0, high1 = _round_up(2 * covariance[0, 0]), _round_up(2 * covariance[1, 1])
    high01 = _round_up(np.sqrt(high0 * high1) / 2)
    step0, step1, step01 = (fine_step(high) for high in (high0, high1, high01))
    # onto steps, away from what would be no covariance matrix
    start0, start1 = (
        float(np.ceil(covariance[k, k] / step - 1e-9) * step)
        for k, step in ((0, step0), (1, step1))
    )
    start01 = float(np.trunc(covariance[0, 1] / step01 * (1 + 1e-9)) * step01)
    return Panel(
        "Random slopes and the origin of x",
        {
            "tau0": slider("τ₀² at x = 0", start0, 0.0, high0, step0),
            "tau1": slider("τ₁²", start1, 0.0, high1, step1, format=".3f"),
            "tau01": slider("τ₀₁ at x = 0", start01, -high01, high01, step01),
            "origin": slider("origin of x", 0.0, *x, fine_step(x[1] - x[0])),
        },
        RandomSlopes,
        show,
        drawing.picture,
        caption="Lines of groups, and the variance between groups over x. Dashed: the origin.",
    )


def _round_up(value: float) -> float:
    """Round up to a number with one digit, such as 0.4 or 30."""
    unit = 10.0 ** np.floor(np.log10(value)) if value > 0 else 1.0
    return float(unit * np.ceil(value / unit)) if value > 0 else 1.0
