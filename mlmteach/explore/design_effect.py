"""The design effect: what ordinary least squares believes of a clustered sample, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from mlmteach.explore.widget_controls import slider, whole_slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.numbers import normal_width
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

__all__ = ["Precision", "SampleDesign", "design_effect", "precision"]

Z = normal_width()
MOST = 0.35  # the end of the horizontal axis, in SDs of the outcome


@dataclass(frozen=True)
class SampleDesign:
    """The state: the intraclass correlation, the size of groups and their number."""

    icc: float
    n: int
    groups: int


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

    effect: float
    true_se: float
    ols_se: float
    coverage: float
    effective: float


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
    >>> round(found.effect, 2), round(found.effective, 1), round(found.coverage, 2)
    (6.0, 173.3, 0.58)
    """
    rows = state.n * state.groups
    effect = 1.0 + (state.n - 1) * state.icc
    ols = 1.0 / np.sqrt(rows)
    coverage = 2.0 * float(ndtr(Z / np.sqrt(effect))) - 1.0
    return Precision(effect, float(ols * np.sqrt(effect)), float(ols), coverage, rows / effect)


class Curves:
    """Two sampling distributions of the mean, and beside them the coverage over ρ."""

    def __init__(self) -> None:
        self.picture = Picture((0.05, 0.15, 0.48, 0.74), (0.64, 0.15, 0.34, 0.74))
        left, right = self.picture.axes
        self.x = np.linspace(-MOST, MOST, 241)
        self.icc = np.linspace(0.0, 1.0, 101)
        with self.picture.style():
            left.set(xlim=(-MOST, MOST), ylim=(0, 1.15), yticks=[])
            left.set_xlabel("estimated − true mean, in SDs of the outcome")
            left.set_title("Where the mean of a sample falls")
            (self._ols,) = left.plot(
                self.x, self.x, color=ROLES["residual"], linestyle="dashed",
                label="if groups did not matter (OLS)",
            )  # fmt: skip
            (self._true,) = left.plot(
                self.x, self.x, color=ROLES["random"], linewidth=2.4, label="in truth"
            )
            left.legend(loc="upper left", fontsize="small")
            right.axhline(0.95, color=ROLES["fixed"], linewidth=1)
            right.set(xlim=(0, 1), ylim=(0, 1), xlabel="ρ", ylabel="coverage of the OLS interval")
            right.set_title("Coverage (promised: 95 %)")
            (self._curve,) = right.plot(self.icc, self.icc, color=ROLES["random"], linewidth=2)
            (self._dot,) = right.plot([0], [0], "D", markersize=7, color="black")
        for artist in (self._ols, self._true, self._curve, self._dot):
            self.picture.moving(artist)

    def move(self, state: SampleDesign, found: Precision) -> None:
        """Draw both curves; their heights are relative to that of OLS."""
        for line, se in ((self._ols, found.ols_se), (self._true, found.true_se)):
            line.set_ydata(found.ols_se / se * np.exp(-0.5 * (self.x / se) ** 2))
        effects = 1.0 + (state.n - 1) * self.icc
        self._curve.set_ydata(2.0 * ndtr(Z / np.sqrt(effects)) - 1.0)
        self._dot.set_data([state.icc], [found.coverage])


def design_effect() -> Panel[SampleDesign]:
    """Open the panel on multi-stage samples and the design effect.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = design_effect()
    >>> panel.controls["icc"].value = 0.0
    >>> print(panel.shown.sentence.split(".")[0])
    The design effect is 1
    """
    drawing = Curves()

    def show(state: SampleDesign) -> Shown:
        found = precision(state)
        drawing.move(state, found)
        rows = state.n * state.groups
        sentence = (
            f"The design effect is {number(found.effect)}. {rows} units in {state.groups} groups "
            f"tell as much about the mean as {found.effective:.0f} units drawn one by one.\n\n"
            f"The true standard error is {number(found.true_se, 3)}, the one of OLS "
            f"{number(found.ols_se, 3)} SDs. Its 95 % interval covers the true mean in "
            f"{100 * found.coverage:.0f} % of samples."
        )
        alt = (
            "Left, two bell curves of the mean of a sample: as OLS believes, with standard error "
            f"{number(found.ols_se, 3)}, and in truth, with {number(found.true_se, 3)}. Right, the "
            f"coverage of the OLS interval falls with ρ; at ρ = {number(state.icc)} it is "
            f"{100 * found.coverage:.0f} %."
        )
        latex = (
            r"$$\begin{aligned}\text{design effect} &= 1 + (n - 1)\rho = "
            rf"1 + {state.n - 1} \times {state.icc:.2f} = {found.effect:.2f} \\ "
            rf"N_\text{{effective}} &= \frac{{{rows}}}{{{found.effect:.2f}}} = "
            rf"{found.effective:.0f}\end{{aligned}}$$"
        )
        return Shown(sentence, alt, latex)

    return Panel(
        "Multi-stage samples and the design effect",
        {
            "icc": slider("ρ, intraclass correlation", 0.18, 0.0, 1.0, 0.01),
            "n": whole_slider("n, units a group", 20, 2, 60),
            "groups": whole_slider("J, groups", 30, 5, 160),
        },
        SampleDesign,
        show,
        drawing.picture,
        caption="Where the mean of a sample falls, and how often the OLS interval covers it.",
    )
