"""The text that is read: headings, matrices that are drawn, and the places of errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmteach.model.reading.text import EquationText, flattened, without_headings


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Level-1 Model", ""),
        ("**Level 2 (schools)**", ""),
        ("- Full Model:  y = g00 + u0 + r", "y = g00 + u0 + r"),
        ("3. b0 = g00 + u0, and", "b0 = g00 + u0,"),
        ("where y = b0 + r.", "where y = b0 + r"),
        ("Level-2 Models: b0 = g00 + u0", "b0 = g00 + u0"),
        ("          (0.24)        (0.01)", ""),  # standard errors beneath a row
        ("y = b0 + b1*x + r", "y = b0 + b1*x + r"),
        ("+ b2*z", "+ b2*z"),  # a line that goes on is no heading
        (r"\text{y}_{ij} = \beta_{0j}", r"\text{y}_{ij} = \beta_{0j}"),
    ],
)
def test_what_is_no_equation_is_blanked(line: str, left: str) -> None:
    found = without_headings(line)
    assert found.strip() == left
    assert len(found) == len(line)


@given(st.text(alphabet="Level-1 Mod:=~+*b0γ_{}()\\n.", max_size=60))
def test_every_character_keeps_its_place(text: str) -> None:
    found = without_headings(text)
    assert len(found) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, found, strict=True))


DRAWN = "a = 1\n⎡u₀⎤ ∼ N⎛⎡0⎤, ⎡a  b⎤⎞\n⎣u₁⎦    ⎝⎣0⎦  ⎣b  c⎦⎠\nd = 2"


def test_a_drawn_matrix_stands_on_one_line_and_each_character_knows_where_it_stood() -> None:
    flat, places = flattened(DRAWN)
    assert flat == "a = 1\n(u₀, u₁) ∼ N((0, 0), [a, b; b, c])\nd = 2"
    assert len(places) == len(flat) + 1
    for character in "u₀₁∼Ncd":
        assert DRAWN[places[flat.index(character)]] == character
    assert places[-1] == len(DRAWN)


def test_a_matrix_may_end_the_text_and_two_may_follow_each_other() -> None:
    drawn = "⎡u₀⎤ ∼ ⎡0⎤\n⎣u₁⎦   ⎣0⎦"
    assert flattened(drawn)[0] == "(u₀, u₁) ∼ (0, 0)"
    assert flattened(f"{drawn}\n{drawn}")[0] == "(u₀, u₁) ∼ (0, 0)\n(u₀, u₁) ∼ (0, 0)"
    assert flattened("⎡u₀⎤\n⎢u₁⎥\n⎣u₂⎦")[0] == "(u₀, u₁, u₂)"


def test_without_a_matrix_nothing_moves() -> None:
    assert flattened("y = b0")[0] == "y = b0"
    assert flattened("y = b0")[1] == tuple(range(7))


def test_an_error_shows_line_column_and_caret() -> None:
    source = EquationText("Level-1 Model\n\ty = b0 + r\r\nb0 = g00")
    error = source.error(source.text.index("b0 + r"), "It is wrong.", "Mend it.")
    assert error.problem == "Line 2, column 6: It is wrong.\n     y = b0 + r\n         ^\n"
    assert error.remedy == "Mend it."
    assert source.place(len(source.text)) == (3, 9)


def test_an_error_in_a_matrix_points_into_the_drawing() -> None:
    source = EquationText(DRAWN)
    position = source.plain.index("c]")
    line, column = source.place(position)
    assert DRAWN.split("\n")[line - 1][column - 1] == "c"
