"""The caterpillar plot: predicted departures of the groups in order, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mlmteach.errors import OptionError, suggest
from mlmteach.fit.averaging import mean_at
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import NonNormal
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, weights_along
from mlmteach.plot.words import (
    centre_of,
    effect_letter,
    expected_outcome,
    group_label,
    groups_of,
    number,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted, GroupEffects
    from mlmteach.model.places import Place

__all__ = ["caterpillar", "group_outcomes"]


def caterpillar(
    fit: Fitted,
    effect: str = "Intercept",
    *,
    level: float = 0.95,
    scale: Literal["link", "response"] = "link",
    grouping: str | None = None,
) -> Figure:
    """Draw the predicted U of each group in order of size, with its interval.

    Parameters
    ----------
    fit : Fitted
        A fitted model.
    effect : str
        The random coefficient: ``"Intercept"`` or the name of a slope.
    level : float
        Coverage of the intervals, which are U ± z times its conditional standard deviation.
    scale : {"link", "response"}
        Of a yes/no outcome or a count: the U themselves, or each group's probability or rate where
        the predictors are at their mean or reference.
    grouping : str, optional
        Where there are two, whose effects are drawn; that of level 2 when left out.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the model has no such random coefficient or grouping, the level is not between 0 and 1,
        or the outcome has no other scale.

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
    require_fit(fit, "The figure")
    own = fit.effects_of(grouping)
    if effect not in own.names:
        where = "" if len(fit.effects) == 1 else f" for the groups of '{own.name}'"
        raise OptionError(
            f"The model has no random coefficient '{effect}'{where}.", suggest(effect, own.names)
        )
    if not 0 < level < 1:
        raise OptionError(f"level={level} is no probability.", "Give a number such as 0.95.")
    if scale == "response":
        return _on_response(fit, own, effect, level)
    if scale != "link":
        raise OptionError(f"There is no scale {scale!r}.", "Use 'link' or 'response'.")
    values, errors = own.random_effects[effect], own.random_effects_se[effect]
    order = np.argsort(values.to_numpy(), kind="stable")
    u, half = values.iloc[order], float(ndtri((1 + level) / 2)) * errors.to_numpy()[order]
    apart = np.abs(u) > half
    below, above = int((apart & (u < 0)).sum()), int((apart & (u > 0)).sum())
    symbol = effect_letter(fit, own, effect)
    what = "intercept" if effect == "Intercept" else f"slope of {effect}"
    centre = centre_of(fit, own, what)
    named, groups = words(fit), groups_of(fit, own)
    with canvas() as (figure, axes):
        labels = ("interval covers 0", "interval leaves 0 out")
        _draw_intervals(axes, 0.0, u.to_numpy(), half, apart.to_numpy(), labels)
        axes.set_title(f"Departures of the {len(u)} {groups} from {centre}")
        axes.set_xlabel(f"{groups}, in order of the predicted departure")
        axes.set_ylabel(f"{symbol}, in {named.outcome}")
        axes.legend(loc="upper left")
    caption = (
        f"Predicted departures {symbol} of the {len(u)} {groups} from {centre}, in "
        f"order, with {100 * level:g} % intervals. Diamonds mark the {groups} whose interval "
        "leaves 0 out."
    )
    alt = (
        f"Caterpillar plot of {len(u)} predicted departures {symbol} from {centre}, "
        f"from {number(u.iloc[0])} ({own.name} {group_label(u.index[0])}) to "
        f"{number(u.iloc[-1])} ({own.name} {group_label(u.index[-1])}). {below} intervals lie "
        f"wholly below 0, {above} wholly above, {len(u) - below - above} cover 0."
    )
    return Figure(figure, caption, alt)


def group_outcomes(
    fit: NonNormal, level: float = 0.95, *, grouping: str | None = None
) -> tuple[pd.DataFrame, float, Place]:
    """Predict each group's probability or rate where the predictors rest, with its interval.

    Parameters
    ----------
    fit : NonNormal
    level : float
    grouping : str, optional
        With three levels, whose groups; those of the other grouping are typical.

    Returns
    -------
    table : pandas.DataFrame, one row a group, in order
        ``predicted``, ``lower`` and ``upper``: intervals of the group's part in η, brought over.
    typical : float
        That of the typical group.
    place : Place
        Where the predictors rest.
    """
    own = fit.effects_of(grouping)
    x, z, place = weights_along(fit, {})
    first = len(fit.effects[0].names) if own.position else 0
    row = z[0, first : first + len(own.names)]
    eta = float(x[0] @ fit.params.to_numpy())
    departure = own.random_effects.to_numpy() @ row  # (J,)
    spread = np.sqrt(np.einsum("q,jqr,r->j", row, own.random_effects_cov, row))
    half = float(ndtri((1 + level) / 2)) * spread
    family = fit.model.family
    steps = {"predicted": 0.0, "lower": -half, "upper": half}
    columns = {name: mean_at(family, eta + departure + step) for name, step in steps.items()}
    table = pd.DataFrame(columns, index=own.labels).sort_values("predicted")
    return table, float(mean_at(family, eta)), place


def _draw_intervals(
    axes: Axes,
    line: float,
    values: FloatArray,
    reach: FloatArray,
    apart: NDArray[np.bool_],
    labels: tuple[str, str],
) -> None:
    """Draw values in order with how far their intervals reach, (J,) or (2, J), about a line.

    Those that lie apart from the line have a mark of their own, and the second label.
    """
    axes.axhline(line, color=ROLES["fixed"], linewidth=1, zorder=1)
    positions = np.arange(1, len(values) + 1)
    for chosen, colour, marker, label in (
        (~apart, ROLES["residual"], "o", labels[0]),
        (apart, ROLES["random"], "D", labels[1]),
    ):
        if chosen.any():
            axes.errorbar(
                positions[chosen],
                values[chosen],
                yerr=reach[..., chosen],
                fmt=marker,
                markersize=3,
                elinewidth=0.7,
                color=colour,
                label=label,
            )


def _on_response(fit: Fitted, own: GroupEffects, effect: str, level: float) -> Figure:
    if not isinstance(fit, NonNormal):
        raise OptionError(
            "scale='response' is for yes/no outcomes and counts.", "Leave out `scale`."
        )
    if effect != "Intercept":
        raise OptionError(
            f"scale='response' draws the groups' {expected_outcome(fit)}, which no slope has.",
            "Leave out `effect`, or use scale='link'.",
        )
    table, typical, place = group_outcomes(fit, level, grouping=own.name)
    groups, what = groups_of(fit, own), expected_outcome(fit)
    others = "".join(
        f", where the {groups_of(fit, other)} are typical"
        for other in fit.effects
        if other.position != own.position
    )
    lower, upper = table["lower"].to_numpy(), table["upper"].to_numpy()
    middle = table["predicted"].to_numpy()
    apart = (lower > typical) | (upper < typical)
    with canvas() as (figure, axes):
        labels = ("interval covers the typical group", "interval leaves it out")
        ends = np.array([middle - lower, upper - middle])
        _draw_intervals(axes, typical, middle, ends, apart, labels)
        axes.set_title(f"{what[:1].upper()}{what[1:]} in the {len(table)} {groups}")
        axes.set_xlabel(f"{groups}, in order")
        axes.set_ylabel(what)
        axes.legend(loc="upper left")
    caption = (
        f"Predicted {what} in each of the {len(table)} {groups}, in order, with {100 * level:g} % "
        f"intervals of its departure from the typical one (the line){others}."
        f"{elsewhere(place, 'The')} Diamonds mark the {groups} whose interval leaves the typical "
        "one out."
    )
    alt = (
        f"Caterpillar plot of the predicted {what} in {len(table)} {groups}, from "
        f"{number(middle[0])} ({own.name} {group_label(table.index[0])}) to {number(middle[-1])} "
        f"({own.name} {group_label(table.index[-1])}), around {number(typical)} in the typical "
        f"one{others}. "
        f"{int((upper < typical).sum())} intervals lie wholly below it, "
        f"{int((lower > typical).sum())} wholly above, {int((~apart).sum())} cover it."
    )
    return Figure(figure, caption, alt)
