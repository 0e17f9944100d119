"""Coefficients with their intervals, of one fit or of several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.combinations import gamma_tests
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.variances import require_level
from mlmteach.palette import CYCLE, ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import grid
from mlmteach.plot.words import letter_of, number, robust, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmteach.fit.fitted import Fitted

__all__ = ["coefficient_table", "coefficients", "named_fits"]

F = TypeVar("F", bound="Fitted")
MARKERS = ("o", "s", "D", "^", "v", "P")


def named_fits(fits: Sequence[F], names: Sequence[str] | None) -> list[tuple[str, F]]:
    """Give each fit a name of its own: "Model 1", "Model 2", … where none is given.

    Raises
    ------
    ModelError
        If one of them is no fit.
    OptionError
        If there is none, more than six of them, or names that do not go with them.
    """
    if not 1 <= len(fits) <= len(MARKERS):
        raise OptionError(
            f"{len(fits)} fits cannot be drawn side by side.", "Give between one and six fits."
        )
    for fit in fits:
        require_fit(fit, "The figure")
    chosen = list(names) if names is not None else [f"Model {k + 1}" for k in range(len(fits))]
    if len(set(chosen)) != len(fits):
        raise OptionError(
            f"{len(fits)} fits cannot be called {', '.join(chosen)}.",
            "Give as many names as fits, each a different one.",
        )
    return list(zip(chosen, fits, strict=True))


def coefficient_table(
    fits: Sequence[Fitted], names: Sequence[str] | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Collect γ with Wald intervals, one row a coefficient and fit.

    Parameters
    ----------
    fits : sequence of Fitted
    names : sequence of str, optional
    level : float
        Coverage of the intervals, with Satterthwaite's degrees of freedom; of yes/no outcomes and
        counts, by the normal distribution.

    Returns
    -------
    pandas.DataFrame
        ``coefficient``, ``symbol``, ``fit``, ``estimate``, ``lower`` and ``upper``.
    """
    require_level(level)
    rows = []
    for name, fit in named_fits(fits, names):
        limits = gamma_tests(fit, level)[["lower", "upper"]]
        for gamma in fit.model.gammas:
            lower, upper = limits.loc[gamma.name]
            rows.append(
                (
                    gamma.name,
                    letter_of(fit.model, gamma),
                    name,
                    fit.params[gamma.name],
                    lower,
                    upper,
                )
            )
    columns = ["coefficient", "symbol", "fit", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=columns)


def coefficients(*fits: Fitted, names: Sequence[str] | None = None, level: float = 0.95) -> Figure:
    """Draw each γ with its interval; several fits stand beneath one another.

    Coefficients have different units, so each has a scale of its own.

    Parameters
    ----------
    *fits : Fitted
        Between one and six.
    names : sequence of str, optional
        What the fits are called.
    level : float
        Coverage of the intervals, with Satterthwaite's degrees of freedom.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If there are no fits or too many, or names that do not go with them.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.coefficients(fit).alt)
    Coefficients with 95 % intervals. Intercept (γ₀₀): 251.41 [231.23, 271.58]. Days (γ₁₀): ...
    """
    table = coefficient_table(fits, names, level=level)
    drawn = list(dict.fromkeys(table["coefficient"]))
    called = list(dict.fromkeys(table["fit"]))
    if len({fit.model.family.link for fit in fits}) > 1:
        raise OptionError(
            "The coefficients of these fits are on different scales.",
            "Draw fits with the same link side by side.",
        )
    height = 0.9 + len(drawn) * (0.5 + 0.17 * len(called))
    with grid(len(drawn), 1, height=height) as (figure, axes):
        for pair, coefficient in zip(axes, drawn, strict=True):
            rows = table[table["coefficient"] == coefficient]
            for _, row in rows.iterrows():
                k = called.index(row["fit"])
                pair.plot([row["lower"], row["upper"]], [k, k], color=CYCLE[k], linewidth=1.8)
                pair.plot(row["estimate"], k, MARKERS[k], color=CYCLE[k], markersize=6)
            low, high = rows["lower"].min(), rows["upper"].max()
            span = high - low
            if low - 0.6 * span < 0 < high + 0.6 * span:
                pair.axvline(0, color=ROLES["residual"], linewidth=1, linestyle="dashed")
                low, high = min(low, 0), max(high, 0)
            pair.set_xlim(low - 0.08 * span, high + 0.08 * span)
            pair.set_ylim(len(called) - 0.4, -0.6)
            pair.set_yticks([])
            pair.grid(axis="y", visible=False)
            pair.set_ylabel(
                f"{coefficient}\n{rows['symbol'].iloc[0]}", rotation=0, ha="right", va="center"
            )
        axes[0].set_title("Coefficients with their intervals")
        axes[-1].set_xlabel(f"{words(fits[0]).outcome}, for one unit of the predictor")
        if len(called) > 1:
            _legend(axes[0], called)
    intervals = f"{robust(*fits)}{100 * level:g} % intervals"
    apart = [name for name, fit in zip(called, fits, strict=True) if fit.is_robust]
    if 0 < len(apart) < len(fits):
        intervals += f" (robust: {', '.join(apart)})"
    caption = (
        f"Estimates of γ with {intervals}. Each coefficient has a scale of its "
        "own, since units differ. A dashed line marks 0 where it is near."
    )
    told = []
    for coefficient in drawn:
        rows = table[table["coefficient"] == coefficient]
        values = "; ".join(_told(row, several=len(called) > 1) for _, row in rows.iterrows())
        told.append(f"{coefficient} ({rows['symbol'].iloc[0]}): {values}.")
    alt = f"Coefficients with {intervals}. {' '.join(told)}"
    return Figure(figure, caption, alt)


def _legend(axes: Axes, called: list[str]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=CYCLE[k], marker=MARKERS[k], label=name)
        for k, name in enumerate(called)
    ]
    axes.legend(handles=marks, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(marks))


def _told(row: pd.Series[Any], *, several: bool) -> str:
    digits = int(np.clip(2 - np.floor(np.log10(max(row["upper"] - row["lower"], 1e-12))), 2, 6))
    digits = 2 if row["upper"] - row["lower"] > 0.05 else digits
    values = [number(row[name], digits) for name in ("estimate", "lower", "upper")]
    text = f"{values[0]} [{values[1]}, {values[2]}]"
    return f"{row['fit']} {text}" if several else text
