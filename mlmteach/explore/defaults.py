"""What panels open on when nothing is given: the models of the running example."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mlmteach.api import Model
from mlmteach.data.datasets import load
from mlmteach.errors import ModelError
from mlmteach.fit.fitted import Fitted

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["LADDER", "default_fit", "require_fit", "require_one_grouping"]

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


def require_fit(fit: object) -> None:
    """Refuse what is no fit, such as a table of data; None stands for the panel's own example.

    Raises
    ------
    ModelError
    """
    if fit is not None and not isinstance(fit, Fitted):
        raise ModelError(
            f"The panel shows a fit, and not a {type(fit).__name__}.",
            "Give what a model's fit(data) returns, or leave it out.",
        )


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
    require_fit(fit)
    if fit is not None and len(fit.effects) > 1:
        raise ModelError(
            "The panel is of models with one grouping, and this fit has two.",
            f"Use mlm.plot.{instead}, or give a fit with one of the groupings.",
        )
