"""What an equation consists of, and where a long one breaks into rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.nodes import Identifier, Line, Normal, Summand, Wrap, broken
from mlmteach.equations.unicode import TextWriter
from tests.strategies import models


def test_wrapping_counts_terms(full: mlm.Model) -> None:
    rows = full.equations(parts="full", wrap=4).formulas[0].split("\\\\\n")
    assert len(rows) == 3
    assert all(row.startswith(r"&\quad {}+") for row in rows[1:])
    assert str(full.equations(parts="full", wrap=4)).count("\n") == 2
    assert full.equations(wrap=99).latex == full.equations(wrap=None).latex


@given(models(), st.sampled_from(list(PRESETS)))
def test_rows_are_as_long_as_a_notebook_is_wide(model: mlm.Model, notation: str) -> None:
    writer = TextWriter()
    for block in model.equations(notation=notation).blocks:
        for line in block.lines:
            rows = broken(line, "auto", writer)
            assert sum(rows, ()) == broken(line, None, writer)[0]
            for row in rows:  # a single term may be longer than any row
                assert len(row) == 1 or len(writer.sum(row)) <= 105
    whole = model.equations(notation=notation, wrap=None)
    assert all(str(part).count("\n") == 0 for part in (whole[0], whole[2]))


def name(size: int) -> Identifier:
    return Identifier("x" * size, True, "", "level1")


def line(*sizes: int, fixed: int = 0) -> Line:
    """Terms of these lengths, the first ones of the fixed part."""
    summands = tuple(
        Summand((name(size),), part="fixed" if k < fixed else "random")
        for k, size in enumerate(sizes)
    )
    return Line(Identifier("y", True, "", "outcome"), "=", summands)


def lengths(line: Line, wrap: Wrap) -> list[list[int]]:
    rows = broken(line, wrap, TextWriter())
    return [[len(summand.factors[0].base) for summand in row] for row in rows]


@pytest.mark.parametrize(
    ("wrap", "rows"),
    [(None, [[1, 2, 3, 4, 5]]), (1, [[1], [2], [3], [4], [5]]), (2, [[1, 2], [3, 4], [5]])],
)
def test_a_number_counts_terms(wrap: Wrap, rows: list[list[int]]) -> None:
    assert lengths(line(1, 2, 3, 4, 5), wrap) == rows


def test_a_row_holds_as_many_as_there_is_room_for() -> None:
    # 105 characters, less the left side; a term takes its own and 3 for its sign.
    assert lengths(line(49, 49, fixed=2), "auto") == [[49, 49]]
    assert lengths(line(49, 50, fixed=2), "auto") == [[49], [50]]
    assert lengths(line(200, 1, fixed=2), "auto") == [[200], [1]]  # a term is never cut


def test_a_random_part_that_does_not_fit_behind_the_fixed_one_has_its_own_row() -> None:
    assert lengths(line(40, 20, 20, fixed=1), "auto") == [[40, 20, 20]]
    assert lengths(line(40, 20, 40, fixed=1), "auto") == [[40], [20, 40]]


def test_the_mean_of_a_distribution_is_broken() -> None:
    whole = line(1, 2, 3)
    normal = Normal(whole.right, (Summand((Identifier("v", True, "", "residual"),)),))
    named = Line(whole.left, "~", (Summand((normal,)),))
    assert lengths(named, 2) == [[1, 2], [3]]
