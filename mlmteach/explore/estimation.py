"""Estimation: the deviance as a function of θ, under ML and REML, for few and many groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlmteach.arrays import FloatArray
from mlmteach.explore.picture import Picture
from mlmteach.explore.widget_controls import slider, whole_slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

__all__ = ["Balanced", "Sums", "deviances", "estimation", "least", "sums_of_squares"]

FARTHEST = 1.6  # θ at the right end of the picture
RISE = 12.0  # the deviance above its minimum at the top of the picture


@dataclass(frozen=True)
class Balanced:
    """The state: J groups of n units, the true θ = τ₀/σ, and the number of the sample."""

    groups: int
    n: int
    theta: float
    sample: int


class Sums(NamedTuple):
    """Sums of squares between and within groups, with the design they belong to."""

    between: float
    within: float
    groups: int
    n: int


def draw(state: Balanced) -> FloatArray:
    """Draw a sample with σ = 1 and mean 0, (J, n); the same number gives the same sample."""
    rng = np.random.default_rng(state.sample)
    effects = rng.normal(size=(200, 1))[: state.groups]
    units = np.random.default_rng(10_000 + state.sample).normal(size=(200, 60))
    sample: FloatArray = state.theta * effects + units[: state.groups, : state.n]
    return sample


def sums_of_squares(sample: FloatArray) -> Sums:
    """Compute the sums of squares of a balanced sample, (J, n)."""
    groups, n = sample.shape
    means = sample.mean(axis=1)
    between = float(n * ((means - means.mean()) ** 2).sum())
    return Sums(between, float(((sample - means[:, None]) ** 2).sum()), groups, n)


def deviances(theta: FloatArray, sums: Sums, *, reml: bool) -> FloatArray:
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
    ratio = 1.0 + sums.n * theta**2
    rss = sums.within + sums.between / ratio
    degrees = rows - 1 if reml else rows
    criterion = sums.groups * np.log(ratio) + degrees * (1 + np.log(2 * np.pi * rss / degrees))
    result: FloatArray = criterion + np.log(rows / ratio) if reml else criterion
    return result


def least(sums: Sums, *, reml: bool) -> float:
    """Compute the θ at which the criterion is least.

    The mean square between groups, with J - 1 under REML and J under ML, is set to its expectation;
    below zero, θ is 0 (Searle, Casella & McCulloch 1992, *Variance Components*, chapter 4).
    """
    mean_within = sums.within / (sums.groups * (sums.n - 1))
    mean_between = sums.between / (sums.groups - 1 if reml else sums.groups)
    return float(np.sqrt(max(mean_between / mean_within - 1.0, 0.0) / sums.n))


class Deviance:
    """Both curves above their minima, the minima, and the true θ."""

    def __init__(self) -> None:
        self.picture = Picture()
        (axes,) = self.picture.axes
        self.theta = np.linspace(0.0, FARTHEST, 161)
        with self.picture.style():
            axes.set(xlim=(-0.02, FARTHEST), ylim=(-0.4, RISE))
            axes.set(xlabel="θ = τ₀ / σ", ylabel="criterion above its minimum")
            axes.set_title("The criterion over θ")
            axes.axhline(3.84, color="#999999", linestyle="dotted")
            axes.text(FARTHEST, 3.9, "3.84", ha="right", va="bottom", fontsize="small")
            self._lines, self._dots = [], []
            for name, role, dash, marker in (
                ("REML", "random", "solid", "D"),
                ("ML", "level1", "dashed", "o"),
            ):
                (line,) = axes.plot(
                    self.theta,
                    self.theta,
                    color=ROLES[role],
                    linestyle=dash,
                    linewidth=2,
                    label=name,
                )
                (dot,) = axes.plot([0], [0], marker, markersize=8, color=ROLES[role])
                self._lines.append(line)
                self._dots.append(dot)
            self._truth = axes.axvline(0, color="black", linewidth=1, label="true θ")
            axes.legend(loc="upper center", ncols=3)
        for artist in (*self._lines, *self._dots, self._truth):
            self.picture.moving(artist)

    def move(self, state: Balanced, sums: Sums) -> None:
        """Draw the curves of a sample."""
        for line, dot, reml in zip(self._lines, self._dots, (True, False), strict=True):
            best = least(sums, reml=reml)
            lowest = deviances(np.array([best]), sums, reml=reml)[0]
            line.set_ydata(deviances(self.theta, sums, reml=reml) - lowest)
            dot.set_data([best], [0.0])
        self._truth.set_xdata([state.theta, state.theta])


def estimation() -> Panel[Balanced]:
    """Open the panel on ML and REML.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = estimation()
    >>> panel.controls["groups"].value = 4
    >>> "REML" in panel.shown.sentence
    True
    """
    drawing = Deviance()

    def show(state: Balanced) -> Shown:
        sums = sums_of_squares(draw(state))
        drawing.move(state, sums)
        reml, ml = least(sums, reml=True), least(sums, reml=False)
        sentence = (
            f"In this sample of {state.groups} groups, REML has its minimum at θ = {number(reml)} "
            f"and ML at {number(ml)}; the true value is {number(state.theta)}.\n\n"
            f"ML takes γ₀₀ as known and divides the variation between groups by J = "
            f"{state.groups}, REML by J − 1 = {state.groups - 1}. So ML's τ₀² is smaller, and "
            "more so with few groups."
        )
        if reml == 0:
            sentence += " Here the least criterion is at the edge: τ₀² is estimated as 0."
        alt = (
            f"Curves of the REML and ML criteria over θ for {state.groups} groups of {state.n} "
            f"units. Their minima are at {number(reml)} and {number(ml)}; a line marks the true θ "
            f"at {number(state.theta)}."
        )
        latex = (
            rf"$$\hat\theta_\text{{REML}} = {reml:.2f}, \quad \hat\theta_\text{{ML}} = {ml:.2f}, "
            rf"\quad \theta = \frac{{\tau_0}}{{\sigma}} = {state.theta:.2f}$$"
        )
        return Shown(sentence, alt, latex)

    return Panel(
        "What ML and REML minimise",
        {
            "groups": whole_slider("J, groups", 6, 3, 200),
            "n": whole_slider("n, units a group", 10, 2, 60),
            "theta": slider("true θ", 0.5, 0.0, 1.5, 0.05),
            "sample": whole_slider("sample", 1, 1, 50),
        },
        Balanced,
        show,
        drawing.picture,
        caption="The criteria of REML and ML over θ, above their minima.",
    )
