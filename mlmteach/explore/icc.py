"""The intraclass correlation: move τ₀² and σ², and see how alike the units of a group are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.explore.cloud import standard_effects, standard_units
from mlmteach.explore.controls import fine_step, slider
from mlmteach.explore.defaults import require_one_grouping
from mlmteach.explore.panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.palette import ROLES
from mlmteach.plot.words import number

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["ICC", "icc", "intraclass"]

GROUPS, SIZE = 20, 20


@dataclass(frozen=True)
class ICC:
    """The state: the variances of the two levels."""

    tau2: float
    sigma2: float


def intraclass(state: ICC) -> float:
    """Compute ρ, the share of the variance that lies between groups; 0 if there is no variance.

    >>> round(intraclass(ICC(tau2=8.61, sigma2=39.15)), 3)
    0.18
    """
    total = state.tau2 + state.sigma2
    return state.tau2 / total if total > 0 else 0.0


class Strips:
    """Strips of units, one a group, with the means of the groups."""

    def __init__(self, limit: float) -> None:
        self.picture = Picture()
        (axes,) = self.picture.axes
        self._effects = np.sort(standard_effects(GROUPS, 1)[:, 0])
        self._units = standard_units(GROUPS, SIZE)
        places = np.arange(1, GROUPS + 1)
        spread = np.linspace(-0.22, 0.22, SIZE)
        with self.picture.style():
            axes.set(
                xlim=(0.2, GROUPS + 0.8),
                ylim=(-limit, limit),
                xticks=[1, 5, 10, 15, 20],
                xlabel="groups, in order of their mean",
                ylabel="outcome, as departure from γ₀₀",
            )
            axes.axhline(0, color=ROLES["fixed"], linewidth=1)
            axes.set_title("20 units in each of 20 groups")
            (self._points,) = axes.plot(
                np.add.outer(places, spread).ravel(),
                np.zeros(GROUPS * SIZE),
                "o",
                markersize=3,
                alpha=0.5,
                color=ROLES["level1"],
                label="unit",
            )
            nan = np.full(GROUPS, np.nan)
            (self._bars,) = axes.plot(
                np.column_stack([places - 0.4, places + 0.4, nan]).ravel(),
                np.zeros(3 * GROUPS),
                color=ROLES["random"],
                linewidth=3,
                label="mean of the group",
            )
            axes.legend(loc="upper left", ncols=2)
        for artist in (self._points, self._bars):
            self.picture.moving(artist)

    def move(self, state: ICC) -> None:
        """Spread groups and units as the state says."""
        effects = np.sqrt(state.tau2) * self._effects  # (J,)
        units = effects[:, None] + np.sqrt(state.sigma2) * self._units  # (J, n)
        self._points.set_ydata(units.ravel())
        self._bars.set_ydata(np.repeat(effects, 3))


def icc(fit: Fit | None = None) -> Panel[ICC]:
    """Open the panel on the intraclass correlation.

    Parameters
    ----------
    fit : Fit, optional
        Where to begin: a fit with a random intercept.  High School & Beyond when left out.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = icc()
    >>> panel.controls["tau2"].value = panel.controls["sigma2"].value
    >>> print(panel.shown.sentence.split(".")[0])
    Half of the variance lies between groups
    """
    require_one_grouping(fit, "variance_partition(fit)")
    tau2, sigma2 = (8.6, 39.1) if fit is None else (float(fit.cov_re.to_numpy()[0, 0]), fit.scale)
    top = float(np.ceil(1.5 * max(tau2, sigma2)))
    step = fine_step(top)
    drawing = Strips(3.6 * np.sqrt(2 * top) * 0.8)

    def show(state: ICC) -> Shown:
        drawing.move(state)
        rho = intraclass(state)
        t, s = f"{state.tau2:.2f}", f"{state.sigma2:.2f}"
        sentence = (
            f"{_share(rho)} of the variance lies between groups. ρ = τ₀² / (τ₀² + σ²) = "
            f"{t} / ({t} + {s}) = {number(rho)}.\n\n"
            f"Two units of the same group correlate {number(rho)}; two units of different groups "
            "correlate 0."
        )
        alt = (
            f"Strip plot of {GROUPS} groups of {SIZE} units. The means of the groups have an SD of "
            f"{number(np.sqrt(state.tau2))}, the units around them one of "
            f"{number(np.sqrt(state.sigma2))}."
        )
        latex = (
            r"$$\rho = \frac{\tau_0^2}{\tau_0^2 + \sigma^2} = "
            rf"\frac{{{t}}}{{{t} + {s}}} = {rho:.2f}$$"
        )
        return Shown(sentence, alt, latex)

    return Panel(
        "Intraclass correlation",
        {
            "tau2": slider("τ₀², between groups", tau2, 0.0, top, step),
            "sigma2": slider("σ², within groups", sigma2, 0.0, top, step),
        },
        ICC,
        show,
        drawing.picture,
        caption="Units of groups as strips, the groups in order of their mean.",
    )


def _share(rho: float) -> str:
    if rho == 0:
        return "Nothing"
    return "Half" if round(rho, 4) == 0.5 else f"{100 * rho:.0f} %"
