"""What panels open on when nothing is given: the models of the running example."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mlmteach.api import Model
from mlmteach.data.datasets import load
from mlmteach.errors import ModelError
from mlmteach.fit.fitted import require_fit

if TYPE_CHECKING:
    from mlmteach.api import Fit
    from mlmteach.fit.fitted import Fitted

__all__ = ["LADDER", "default_fit", "require_one_grouping"]

LEVEL1 = "mathach ~ ses + minority + female"
LADDER = {
    "null": Model("mathach ~ 1", group="school"),
    "level 1": Model(LEVEL1, group="school"),
    "random slope": Model(LEVEL1, group="school", level2={"ses": "U"}),
    "full": Model(
        LEVEL1, group="school", level2={"intercept": "size + sector + U", "ses": "size + U"}
    ),
}
"""The models of the course, from the null model to the cross-level interaction."""


@cache
def default_fit(name: str) -> Fit:
    """Fit one of the models of the course to High School & Beyond, once a session."""
    fit: Fit = LADDER[name].fit(load("hsb"))
    return fit


def require_one_grouping(fit: Fitted | None, instead: str) -> None:
    """Refuse what is no fit, and a fit with two groupings, of which a panel shows one.

    Parameters
    ----------
    fit : Fitted or None
    instead : str
        The figure that shows it, such as ``"variance_partition(fit)"``.

    Raises
    ------
    ModelError
    """
    if fit is None:  # the panel's own example
        return
    require_fit(fit, "The panel")
    if len(fit.effects) > 1:
        raise ModelError(
            "The panel is of models with one grouping, and this fit has two.",
            f"Use mlm.plot.{instead}, or give a fit with one of the groupings.",
        )
