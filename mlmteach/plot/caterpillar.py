"""The caterpillar plot: predicted departures of the groups in order, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from mlmteach.errors import OptionError, suggest
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import number, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Estimated

__all__ = ["caterpillar"]


def caterpillar(fit: Estimated, effect: str = "Intercept", *, level: float = 0.95) -> Figure:
    """Draw the predicted U of each group in order of size, with its interval.

    Parameters
    ----------
    fit : Estimated
        A fitted model.
    effect : str
        The random coefficient: ``"Intercept"`` or the name of a slope.
    level : float
        Coverage of the intervals, which are U ± z times its conditional standard deviation.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the model has no such random coefficient, or the level is not between 0 and 1.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 4.8.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.caterpillar(fit).caption)
    Predicted departures U₀ⱼ of the 18 subjects from the general intercept, in order, with 95 % ...
    """
    if effect not in fit.random_effects:
        raise OptionError(
            f"The model has no random coefficient '{effect}'.",
            suggest(effect, fit.random_effects.columns),
        )
    if not 0 < level < 1:
        raise OptionError(f"level={level} is no probability.", "Give a number such as 0.95.")
    u = fit.random_effects[effect].sort_values()
    half = float(ndtri((1 + level) / 2)) * fit.random_effects_se[effect].loc[u.index]
    apart = np.abs(u) > half
    below, above = int((apart & (u < 0)).sum()), int((apart & (u > 0)).sum())
    q = [c.term.name for c in fit.model.random].index(effect)
    symbol = f"U{'₀₁₂₃₄₅₆₇₈₉'[fit.model.random[q].index % 10]}ⱼ"
    name = "intercept" if effect == "Intercept" else f"slope of {effect}"
    named = words(fit)
    positions = np.arange(1, len(u) + 1)
    with canvas() as (figure, axes):
        axes.axhline(0, color=ROLES["fixed"], linewidth=1, zorder=1)
        for chosen, colour, marker, label in (
            (~apart, ROLES["residual"], "o", "interval covers 0"),
            (apart, ROLES["random"], "D", "interval leaves 0 out"),
        ):
            if chosen.any():
                axes.errorbar(
                    positions[chosen],
                    u[chosen],
                    yerr=half[chosen],
                    fmt=marker,
                    markersize=3,
                    elinewidth=0.7,
                    color=colour,
                    label=label,
                )
        axes.set_title(f"Departures of the {len(u)} {named.groups} from the general {name}")
        axes.set_xlabel(f"{named.groups}, in order of the predicted departure")
        axes.set_ylabel(f"{symbol}, in {named.outcome}")
        axes.legend(loc="upper left")
    caption = (
        f"Predicted departures {symbol} of the {len(u)} {named.groups} from the general {name}, in "
        f"order, with {100 * level:g} % intervals. Diamonds mark the {named.groups} whose interval "
        "leaves 0 out."
    )
    alt = (
        f"Caterpillar plot of {len(u)} predicted departures {symbol} from the general {name}, "
        f"from {number(u.iloc[0])} ({fit.model.group} {u.index[0]}) to {number(u.iloc[-1])} "
        f"({fit.model.group} {u.index[-1]}). {below} intervals lie wholly below 0, {above} wholly "
        f"above, {len(u) - below - above} cover 0."
    )
    return Figure(figure, caption, alt)
