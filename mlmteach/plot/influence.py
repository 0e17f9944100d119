"""Influence of groups: how far the γ's would move without each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.layered_fit import Layered
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import group_label, groups_of, number

if TYPE_CHECKING:
    from mlmteach.fit.influence import Influence

__all__ = ["influence"]


def influence(
    fit: Estimated | NonNormal | Layered, *, named: int = 5, grouping: str | None = None
) -> Figure:
    """Draw Cook's distance of each group, the largest with their names.

    Parameters
    ----------
    fit : Estimated, NonNormal or Layered
        A fitted model; it is estimated without each group.
    named : int
        How many groups get their names.
    grouping : str, optional
        Whose groups are left out, where there are two groupings; that of level 3, or the crossed
        one with fewer groups, when left out.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If ``named`` is below 1.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.influence(fit).alt)
    Cook's distance of 18 subjects. The largest: Subject 335 0.526, Subject 308 ...
    """
    require_fit(fit, "The figure")
    if named < 1:
        raise OptionError(f"named={named} names no group.", "Give 1 or more.")
    found = _without_each(fit, grouping)
    left_out = fit.effects_of(found.grouping or None)
    distance = found.cook.dropna()
    largest = distance.sort_values(ascending=False).head(named)
    places = {group: place for place, group in enumerate(distance.index, start=1)}
    groups = groups_of(fit, left_out)
    with canvas() as (figure, axes):
        axes.vlines(
            np.arange(1, len(distance) + 1), 0, distance, color=ROLES["level2"], linewidth=1
        )
        axes.plot(
            np.arange(1, len(distance) + 1), distance, "o", markersize=4, color=ROLES["level2"]
        )
        marked = [places[group] for group in largest.index]
        axes.plot(marked, largest, "D", markersize=6, color=ROLES["random"])
        for group, value in largest.items():
            axes.annotate(
                group_label(group),
                (places[group], float(value)),
                textcoords="offset points",
                xytext=(6, 3),
            )
        axes.set_ylim(bottom=0)
        axes.set_title(f"How far γ would move without each of the {len(distance)} {groups}")
        axes.set_xlabel(f"{groups}, in the order of the data")
        axes.set_ylabel("Cook's distance of γ (no unit)")
    caption = (
        "Cook's distance: the change in all γ when a group is left out, in units of their "
        f"precision. Diamonds mark the {len(largest)} largest. A group that stands far above the "
        "rest deserves a look."
    )
    expanded = len(found.searched) - int(found.searched.sum())
    if expanded:
        caption += (
            f" Without {expanded} of the {len(found.searched)} groups the estimates come from an "
            "expansion of the likelihood, good to four digits of the change; the other groups, "
            "which move them most, were left out by a refit."
        )
    told = ", ".join(
        f"{left_out.name} {group_label(group)} {number(float(value), 3)}"
        for group, value in largest.items()
    )
    alt = (
        f"Cook's distance of {len(distance)} {groups}. The largest: {told}. The median is "
        f"{number(float(distance.median()), 3)}."
    )
    return Figure(figure, caption, alt)


def _without_each(fit: Estimated | NonNormal | Layered, grouping: str | None) -> Influence:
    """Leave out each group; what does it is loaded when it is needed."""
    if isinstance(fit, Layered):
        from mlmteach.fit.layered_diagnostics import layered_influence

        return layered_influence(fit, grouping)
    if isinstance(fit, NonNormal):
        from mlmteach.fit.generalized_simulate import influence as generalized

        return generalized(fit, grouping)
    fit.effects_of(grouping)  # says that there is none
    from mlmteach.fit.influence import influence as normal

    return normal(fit)
