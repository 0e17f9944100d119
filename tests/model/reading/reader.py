"""Reads equations, and tells whether what cannot be read is pointed at."""

import pytest

from mlmteach import Model
from mlmteach.errors import EquationError

REST = "\nb0 = g00 + u0\nb1 = g10"
"""The level-2 equations of ``y = b0 + b1*x + r``."""

LINES = """math_ijk = b_0jk + b_1jk*year_ijk + e_ijk
b_0jk = d_00k + d_01k*female_jk + U_0jk
b_1jk = d_10k + d_11k*female_jk + U_1jk
d_00k = g_000 + g_001*size_k + V_00k
d_01k = g_010 + V_01k
d_10k = g_100 + g_101*size_k + V_10k
d_11k = g_110"""
WHOLE = """math_ijk = g_000 + g_001*size_k + g_010*female_jk + g_100*year_ijk
    + g_101*size_k*year_ijk + g_110*female_jk*year_ijk + V_00k + V_01k*female_jk + V_10k*year_ijk
    + U_0jk + U_1jk*year_ijk + e_ijk"""
PLAIN = """math = b0 + b1*year + e
b0 = d00 + d01*female + u0
b1 = d10 + d11*female + u1
d00 = g000 + g001*size + v00
d01 = g010 + v01
d10 = g100 + g101*size + v10
d11 = g110"""


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
