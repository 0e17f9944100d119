"""What cannot be read is pointed at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import EquationError, MlmteachError
from tests.model.reading import slides


def caught(text: str, **options: object) -> EquationError:
    with pytest.raises(EquationError) as error:
        Model.from_equations(text, group="school", **options)
    return error.value


REST = "\nb0 = g00 + u0\nb1 = g10"


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y = b0 + b1* + r" + REST, "+ r", "Expected a symbol, a predictor or a number"),
        ("y = b0 + b1*x +" + REST, "= g00", "Expected '+', '-', '*' or the end"),
        ("y b0 + r", "b0", "Expected '=' after 'y'"),
        ("y + b0 + r", "+ b0", "Expected '=' after the left side"),
        ("y = b0 + (b1*x + r" + REST, "b0 = g00", "Expected ')', found 'b0'"),
        ("y = b0 + b1*x) + r" + REST, ") + r", "Expected '+', '-', '*' or the end"),
        ("y = b0 + b1*x ! r" + REST, "! r", "'!' has no meaning"),
        ("y = b0 + 1/0*x + r", "1/0", "This is no number"),
        ("y = b0 + 0^-1*x + r", "0^-1", "This is no number"),
        ("y = b0 + 9^{9999}*x + r", "9^", "This is no number"),
        ("y = b0 + (-2)^{0.5}*x + r", "2)^", "This is no number"),
        ("y = b0 + b1*lgo(x) + r" + REST, "lgo", "'lgo' in 'lgo(x)' is no function"),
        ("y = b0 + b1*|x = r" + REST, "= r", "Expected '|', found '='"),
        ("y = b0 = b1", "= b1", "Expected '+', '-', '*' or the end"),
        (r"y = \foo + r", r"\foo", "not known here"),
        (r"y = \textfoo{x} + r", r"\textfoo", "not known here"),
        (r"y = \text{x + r", "{x", "never closed"),
        (r"y_{ij = b0 + r", "", "never closed"),
        ("y = b0 + log(x + r", "(x", "never closed"),
        ("y = b0 + b1*x" + REST, "\nb0", "no residual"),
        ("y = b0 + b1*x + r\nb0 = g00 + u0", "b1*x", "no level-2 equation"),
        ("y = b0 + b1*x + r" + REST + "\nb2 = g20", "b2", "not in the level-1 equation"),
        ("y = b0 + b1*x + r" + REST + "\nb1 = g10", "b1 = g10\nb1 ="[9:], "two equations"),
        ("y = b0 + b0*x + r" + REST, "b0*x", "stands twice"),
        ("y = b0 + b1*x + b2*x + r" + REST + "\nb2 = g20", "b2*x", "'x' stands twice"),
        ("y = b0 + b1*x + g10 + r" + REST, "g10 + r", "stands in the level-1 equation"),
        ("y = b0 + r\nb0 = g00 + b1 + u0", "b1 + u0", "stands in a level-2 equation"),
        ("y = b0 + r\nb0 = g00 + g10*z + u0", "g10*z", "stands in the equation of 'b0'"),
        ("y = b0 + r\nb0 = g00 + g01 + u0", "g01 +", "without its predictor"),
        ("y = b0 + r\nb0 = g00*z + u0", "g00*z", "is a mean"),
        ("y = b0 + r\nb0 = g00 + u0*z", "u0*z", "has a predictor"),
        ("y = b0 + r\nb0 = g00 + g01*z + g01*v + u0", "g01*v", "stands twice"),
        ("y = b0 + x + r\nb0 = g00 + u0", "x + r", "no symbol of the model"),
        ("y = b0 + b1*u0 + r\nb0 = g00 + u0", "u0 + r", "multiplies another symbol"),
        ("y = 2*b0 + r\nb0 = g00 + u0", "2*b0", "number before it"),
        ("y = b0 - b1*x + r" + REST, "b1*x", "sign"),
        ("y = b0 + r\nb0 = g00", "y", "No coefficient has a U"),
        ("b0 = g00 + u0", "b0", "no equation of the outcome"),
        ("y = b0 + r\ny = b0 + r", "y = b0 + r\ny"[11:], "two equations of the outcome"),
        ("3 = b0 + r\nb0 = g00 + u0", "3", "cannot be the left side"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j + U_1j + e_ij", "U_1j +", "without its predictor"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j z_j + e_ij", "U_0j", "multiplies the level-2 predictor"),
        ("y_ij = γ_00 + γ_10 x_ij + U_2j x_ij + U_0j + e_ij", "U_2j", "has the number 1"),
        ("y_ij = γ_00 + γ_10 x_ij + γ_10 w_ij + U_0j + e_ij", "γ_10 w_ij", "belongs to 'x'"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j", "", "no residual"),
        ("y = g00 + g11*x*z + u0 + e", "x*z", "level of 'x' is not known"),
        ("y_ij = γ_00 + γ_100 x_ij + U_0j + e_ij", "γ_100", "no symbol of a two-level model"),
        (r"y_{ij} = \gamma_{00} + \gamma_{01}\overline{x} + U_{0j} + e_{ij}", r"\overline", "mean"),
        ("(U_0j, U_1j) ~ N(0, 1)", "(U_0j", "2 entries"),
        ("U_0j ~ 3", "3", "Expected a distribution"),
        (r"y = \frac{\gamma_{00}}{2} + u_0", r"\gamma", "symbol of the model stands in a fraction"),
        ("y_ij = γ_00^2 + U_0j + e_ij", "γ_00", "raised to a power"),
        ("hello world", "world", "Expected '='"),
    ],
)
def test_the_place_is_pointed_at(text: str, place: str, says: str) -> None:
    error = caught(text)
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


def test_an_unknown_column_gets_the_closest_one() -> None:
    hsb = mlm.load("hsb")
    error = caught("mathach = b0 + b1*sess + r" + REST, data=hsb)
    assert "no column 'sess'" in error.problem
    assert error.remedy == "Did you mean 'ses'?"


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text(text: str) -> None:
    assert "no equation to read" in caught(text).problem


@pytest.mark.parametrize("text", [slides.SLOPE, slides.CROSS])
def test_the_slip_of_the_slides_is_not_read_over(text: str) -> None:
    error = caught(text, data=mlm.load("hsb"))
    assert "'U_{1j}' stands without its predictor" in error.problem


def test_levels_and_full_equation_have_to_agree() -> None:
    text = "y = b0 + b1*x + r" + REST + "\ny_ij = g00 + g10 x_ij + u0 + u1 x_ij + r"
    error = caught(text)
    assert error.problem.startswith("Line 4, column 1: The full equation does not follow")
    assert "check_equations" in error.remedy


def test_a_variable_at_the_wrong_level_is_refused_by_the_data() -> None:
    hsb = mlm.load("hsb")
    text = "mathach = b0 + b1*size + r\nb0 = g00 + u0\nb1 = g10"
    with pytest.raises(MlmteachError, match="one value in each 'school'"):
        Model.from_equations(text, group="school", data=hsb)


PIECES = (
    "y_ij", "=", "~", "b0", "b1", "g00", "γ_10", "γ", "β_1j", "U_0j", "u1", "e_ij", "+", "-", "*",
    ":", "/", "^", "_", "(", ")", "{", "}", "[", "]", "2", "0.5", "x_ij", "log(", r"\frac", "\n",
    r"\text{x}", r"\\", "&", r"\begin{pmatrix}", r"\end{pmatrix}", r"\overline{x}", ",", "²", "ⱼ",
    "N(", r"\underbrace{", "⎡", "⎤", "'", "`", " ", "x", "I(", ";", "$", "\\", r"\sqrt", "Level 1:",
)  # fmt: skip


def read_or_refused(text: str, **options: object) -> bool:
    """Tell whether a text is read; an error other than our own goes through."""
    try:
        Model.from_equations(text, group="school", **options)
    except MlmteachError:
        return False
    return True


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_nonsense_is_an_error_of_ours(text: str) -> None:
    assert not read_or_refused(text) or "=" in text or "~" in text


@given(st.data())
def test_damaged_equations_are_read_or_refused(data: st.DataObject) -> None:
    names = {name: {} for name in ("mathach", "SES", "minority", "female")}
    text = slides.LEVEL1
    at = data.draw(st.integers(0, len(text)))
    size = data.draw(st.integers(0, 6))
    damaged = text[:at] + data.draw(st.sampled_from(("", *PIECES))) + text[at + size :]
    assert read_or_refused(text, codebook=names)
    assert read_or_refused(damaged, codebook=names) in {True, False}
