"""The ladder of models: what each step does to the equation and to the variances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.explore.defaults import LADDER, default_fit
from mlmteach.explore.picture import Picture
from mlmteach.explore.widget_controls import whole_slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.palette import ROLES
from mlmteach.plot.words import number, words

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["Ladder", "ladder", "ladder_table"]


@dataclass(frozen=True)
class Ladder:
    """The state: how far up the ladder, from 1."""

    step: int


def ladder_table(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """Collect τ₀², σ² and what is explained, one row a fit.

    Parameters
    ----------
    fits : mapping of str to Fit
        By name, the smallest model first.

    Returns
    -------
    pandas.DataFrame
        ``tau2`` (of the intercept), ``sigma2``, and the shares by which they are smaller than in
        the first fit: ``between`` and ``within`` (Raudenbush & Bryk 2002, chapter 4).

    Raises
    ------
    OptionError
        If there are fewer than two fits, or one without a random intercept.
    """
    if len(fits) < 2:
        raise OptionError("A ladder has two fits or more.", "Give them in order, smallest first.")
    for name, fit in fits.items():
        if "Intercept" not in fit.cov_re:
            raise OptionError(
                f"The intercept of '{name}' is not random.", "Give fits with a random intercept."
            )
    rows = {name: (_tau2(fit), fit.scale) for name, fit in fits.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["tau2", "sigma2"])
    first = table.iloc[0].where(table.iloc[0] > 0)
    return table.assign(
        between=1 - table["tau2"] / first["tau2"], within=1 - table["sigma2"] / first["sigma2"]
    )


def _tau2(fit: Fit) -> float:
    place = fit.cov_re.index.get_loc("Intercept")
    return float(fit.cov_re.to_numpy()[place, place])


class Bars:
    """Bars of τ₀² and σ², one pair a step; those above the present step are empty."""

    def __init__(self, table: pd.DataFrame, outcome: str) -> None:
        self.picture = Picture((0.09, 0.17, 0.4, 0.72), (0.58, 0.17, 0.4, 0.72), width=7.2)
        self._bars = []
        places = np.arange(len(table))
        with self.picture.style():
            for axes, column, title, role, hatch in zip(
                self.picture.axes,
                ("tau2", "sigma2"),
                ("Between groups: τ₀²", "Within groups: σ²"),
                ("random", "level1"),
                ("///", "..."),
                strict=True,
            ):
                top = 1.18 * float(table[column].max())
                axes.set(xlim=(-0.6, len(table) - 0.4), ylim=(0, top))
                axes.set_xticks(places, [str(name).replace(" ", "\n") for name in table.index])
                axes.set_title(title)
                axes.grid(axis="x", visible=False)
                axes.bar(places, table[column], fill=False, edgecolor="#bbbbbb", linestyle="dotted")
                bars = axes.bar(
                    places, table[column], color=ROLES[role], hatch=hatch, edgecolor="white"
                )
                texts = [
                    axes.text(place, value, f"{value:.2f}", ha="center", va="bottom")
                    for place, value in enumerate(table[column].to_numpy(dtype=float))
                ]
                self._bars.append([*zip(bars, texts, strict=True)])
            self.picture.axes[0].set_ylabel(f"variance, in squared {outcome}", fontsize="small")
        for pairs in self._bars:
            for bar, text in pairs:
                self.picture.moving(bar)
                self.picture.moving(text)

    def move(self, step: int) -> None:
        """Fill the bars up to the present step."""
        for pairs in self._bars:
            for place, (bar, text) in enumerate(pairs):
                bar.set_visible(place < step)
                text.set_visible(place < step)
                text.set_fontweight("bold" if place == step - 1 else "normal")


def ladder(fits: Mapping[str, Fit] | None = None) -> Panel[Ladder]:
    """Open the panel on a ladder of models.

    Parameters
    ----------
    fits : mapping of str to Fit, optional
        By name, the smallest model first; the models of the course when left out.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are fewer than two fits, or one without a random intercept.

    Examples
    --------
    >>> panel = ladder()
    >>> panel.controls["step"].value = 2
    >>> print(panel.shown.sentence.split(".")[0])
    Step 2, level 1: against the null model, τ₀² is 57 % smaller and σ² is 8 % smaller
    """
    chosen = {name: default_fit(name) for name in LADDER} if fits is None else dict(fits)
    table = ladder_table(chosen)
    names = list(table.index)
    outcome = words(chosen[names[0]]).outcome
    drawing = Bars(table, outcome)

    def show(state: Ladder) -> Shown:
        drawing.move(state.step)
        name = names[state.step - 1]
        row, fit = table.loc[name], chosen[name]
        if state.step == 1:
            sentence = (
                f"Step 1, {name}: τ₀² = {number(row['tau2'])} between groups and σ² = "
                f"{number(row['sigma2'])} within groups. The next steps are held against these."
            )
        else:
            before = names[state.step - 2]
            new = [t for t in _symbols(fit) if t not in _symbols(chosen[before])]
            sentence = (
                f"Step {state.step}, {name}: against the {names[0]} model, τ₀² is "
                f"{_less(row['between'])} and σ² is {_less(row['within'])}. "
                f"New in the equation: {', '.join(new) if new else 'nothing'}."
            )
            if row["between"] < 0:
                sentence += (
                    " A variance may grow: predictors that vary within groups can leave more "
                    "between them."
                )
            if len(fit.cov_re) > 1:
                sentence += " With a random slope, τ₀² is the variance where the predictor is 0."
        drawn = "; ".join(
            f"{n}: τ₀² {number(table.loc[n, 'tau2'])}, σ² {number(table.loc[n, 'sigma2'])}"
            for n in names[: state.step]
        )
        return Shown(
            sentence,
            f"Bars of the variances up to step {state.step} of {len(names)}. {drawn}.",
            f"$$\n{fit.model.equations(parts=('full',), wrap=3).formulas[0]}\n$$",
        )

    return Panel(
        "The ladder of models",
        {"step": whole_slider("step", 1, 1, len(names))},
        Ladder,
        show,
        drawing.picture,
        caption="The variances between and within groups, model by model.",
    )


def _symbols(fit: Fit) -> list[str]:
    """Name what stands in the full equation, γ's by their terms and U's by their coefficients."""
    effects = [f"U of {c.term.name}" for c in fit.model.random]
    return [*(gamma.name for gamma in fit.model.gammas), *effects]


def _less(share: float) -> str:
    return f"{abs(100 * share):.0f} % {'larger' if share < 0 else 'smaller'}"
