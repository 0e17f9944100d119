"""Multilevel models, to learn and to teach.

One object, the model, is written once; design, fit, equations and sentences come from it.

>>> import mlmteach as mlm
>>> mlm.Model("mathach ~ 1", group="school")
Model('mathach ~ 1', group='school')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlmteach.api import Fit, GeneralizedFit, LayeredFit, Model, NestedFit
from mlmteach.data.codebook import Codebook
from mlmteach.data.datasets import datasets, load
from mlmteach.errors import MlmteachError, MlmteachWarning
from mlmteach.model.dispersion import by
from mlmteach.model.estimates import Estimates

if TYPE_CHECKING:
    from mlmteach import explore, plot
    from mlmteach.comparison import compare
    from mlmteach.equations import Equations
    from mlmteach.exercises import check, hint, my_data, solution
    from mlmteach.model.notation import Notation
    from mlmteach.model.reading.check import Difference, check_equations

__all__ = [
    "Codebook",
    "Difference",
    "Equations",
    "Estimates",
    "Fit",
    "GeneralizedFit",
    "LayeredFit",
    "MlmteachError",
    "MlmteachWarning",
    "Model",
    "NestedFit",
    "Notation",
    "by",
    "check",
    "check_equations",
    "compare",
    "datasets",
    "explore",
    "hint",
    "load",
    "my_data",
    "plot",
    "solution",
]
__version__ = "0.1.0"

_LATE = {
    "Difference": "mlmteach.model.reading.check",
    "compare": "mlmteach.comparison",
    "Equations": "mlmteach.equations",
    "Notation": "mlmteach.model.notation",
    "check": "mlmteach.exercises",
    "check_equations": "mlmteach.model.reading.check",
    "hint": "mlmteach.exercises",
    "my_data": "mlmteach.exercises",
    "solution": "mlmteach.exercises",
}
"""Names whose modules are imported when they are first asked for."""
_ROOMS = {"explore": "mlmteach.explore", "plot": "mlmteach.plot"}
"""Modules that are reached as attributes: ``mlm.plot.caterpillar``."""


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'mlmteach' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
