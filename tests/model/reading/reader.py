"""Reads equations, and tells whether what cannot be read is pointed at."""

import pytest

from mlmteach import Model
from mlmteach.errors import EquationError

REST = "\nb0 = g00 + u0\nb1 = g10"
"""The level-2 equations of ``y = b0 + b1*x + r``."""


def read(text: str, *, group: str = "school", **options: object) -> Model:
    """Read the equations of a model of schools."""
    return Model.from_equations(text, group=group, **options)


def caught(text: str, **options: object) -> EquationError:
    """Return the error that a text is refused with."""
    with pytest.raises(EquationError) as error:
        read(text, **options)
    return error.value


def points_at(text: str, place: str, says: str, **options: object) -> None:
    """Check that a text is refused in these words, the caret at the last ``place`` in it."""
    error = caught(text, **options)
    assert says in error.problem
    assert error.remedy.endswith(".")
    head, line, caret = error.problem.rstrip("\n").rsplit("\n", 2)
    assert head.startswith("Line ")
    assert caret.strip() == "^"
    if place:
        start = text.rindex(place)
        row = (
            text[: start + 1].count("\n") + 1 if place[0] != "\n" else text[:start].count("\n") + 1
        )
        column = start - (text.rfind("\n", 0, start) + 1)
        assert head.startswith(f"Line {row}, column {column + 1}:")
        assert line == f"    {text.splitlines()[row - 1]}"
        assert len(caret) == 4 + column + 1
