"""The exercises of the course, one module a lesson."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from mlmteach.errors import OptionError, suggest
from mlmteach.exercises.exercise import Exercise

__all__ = ["exercises", "find"]


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises of the course by their ids, in the order of the lessons.

    Returns
    -------
    dict of str to Exercise

    Examples
    --------
    >>> list(exercises())[:2]
    ['0.1', '0.2']
    """
    modules = sorted(module.name for module in iter_modules(__path__))
    found = [
        exercise
        for module in modules
        for exercise in import_module(f"{__name__}.{module}").EXERCISES
    ]
    return {exercise.id: exercise for exercise in found}


def find(id: str) -> Exercise:
    """Return one exercise.

    Parameters
    ----------
    id : str
        Such as ``"2.1"``.

    Returns
    -------
    Exercise

    Raises
    ------
    OptionError
        If there is none of this id.
    """
    known = exercises()
    name = str(id).strip()
    if name not in known:
        lesson = [other for other in known if other.split(".")[0] == name.split(".")[0]]
        raise OptionError(
            f"There is no exercise '{name[:40]}'.",
            f"This lesson has {', '.join(lesson)}." if lesson else suggest(name[:40], known),
        )
    return known[name]
