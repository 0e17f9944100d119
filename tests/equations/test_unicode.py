"""Equations in plain Unicode: letters, indices, brackets over several rows, braces."""

import pytest

import mlmteach as mlm
from mlmteach.equations.nodes import (
    Bracket,
    Fraction,
    Identifier,
    Matrix,
    Node,
    Numeral,
    Raised,
    Summand,
    Symbol,
    Vector,
)
from mlmteach.equations.unicode import TermRow, TextWriter, beside, bracketed, columns, letter
from mlmteach.model.notation import Glyph
from mlmteach.numbers import Rounded

X = Identifier("x", True, "ij", "level1")
Y = Identifier("y", True, "j", "level2")


def number(digits: str, error: str | None = None) -> Numeral:
    return Numeral(Rounded(False, digits), "fixed", error and Rounded(False, error))


def of(*factors: Node, negative: bool = False) -> Summand:
    return Summand(factors, negative)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\gamma", "γ"),
        (r"\varepsilon", "ε"),
        (r"\beta q", "βq"),
        (r"\text{res} 1", "res1"),
        (r"\cdot j", "·j"),
        ("x", "x"),
        (r"\unknown", "unknown"),
    ],
)
def test_letters(latex: str, text: str) -> None:
    assert letter(latex) == text


@pytest.mark.parametrize(
    ("glyph", "text"),
    [
        (Glyph(r"\gamma", "10"), "γ₁₀"),
        (Glyph(r"\gamma", "10,2"), "γ₁₀,₂"),
        (Glyph(r"\tau", "0", "2"), "τ₀²"),
        (Glyph(r"\alpha", "j[i]"), "αⱼ[ᵢ]"),
        (Glyph(r"\eta", "j", r"\beta 2"), "ηⱼᵝ²"),
        (Glyph("b", "q"), "b_q"),  # Unicode has no small q below the line
        (Glyph("b", "qz"), "b_{qz}"),
    ],
)
def test_indices_stand_below_or_are_marked(glyph: Glyph, text: str) -> None:
    assert TextWriter().node(Symbol(glyph, "fixed")) == text


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Bracket((of(X), of(number("3"), negative=True))), "(xᵢⱼ − 3)"),
        (Fraction((of(X),), (of(number("10")),)), "(xᵢⱼ / 10)"),
        (Fraction((of(X), of(Y)), (of(X, Y),)), "((xᵢⱼ + yⱼ) / (xᵢⱼ × yⱼ))"),
        (Bracket((of(Fraction((of(X),), (of(Y),))),)), "(xᵢⱼ / yⱼ)"),  # one pair is enough
        (Raised(X, number("2")), "xᵢⱼ²"),
        (Raised(X, number("0.5")), "xᵢⱼ^{0.5}"),
        (Vector((X, Y)), "[xᵢⱼ; yⱼ]"),
        (Matrix(((of(X), of(Y)), (of(Y), of(X, negative=True)))), "[xᵢⱼ, yⱼ; yⱼ, −xᵢⱼ]"),
        (number("2.10", "0.15"), "2.10 (0.15)"),
    ],
)
def test_nodes_in_one_line(node: Node, text: str) -> None:
    assert TextWriter().node(node) == text


def test_a_sum_begins_with_its_own_minus() -> None:
    assert TextWriter().sum((of(X, negative=True), of(Y), of(X, Y, negative=True))) == (
        "−xᵢⱼ + yⱼ − xᵢⱼ × yⱼ"
    )
    assert TextWriter(letters=True).sum((of(X, Y),)) == "xᵢⱼ yⱼ"


def test_brackets_grow_with_their_rows() -> None:
    assert bracketed(["a", "b"]) == ["⎡a⎤", "⎣b⎦"]
    assert bracketed(["a", "b", "c", "d"], "(") == ["⎛a⎞", "⎜b⎟", "⎜c⎟", "⎝d⎠"]
    assert columns([["1", "−10.5"], ["100", "2"]]) == ["  1  −10.5", "100      2"]


def test_boxes_stand_at_the_height_of_their_middles() -> None:
    assert beside(["a", "b", "c"], [" = "], ["x"]) == ["a", "b = x", "c"]
    assert beside(["wide", "b"], ["x", "y"]) == ["widex", "b   y"]


def test_numbers_and_braces_stand_beneath_their_terms() -> None:
    row = TermRow()
    row.add("2.10", beneath="(0.1500)")
    row.add(" + ")
    row.add("U", brace="random part")
    assert list(row.lines) == [
        "  2.10   + U",
        "(0.1500)",
        "           ╰╯ random part",  # which is wider than what it is the label of
    ]


def test_a_brace_spans_all_terms_of_its_part() -> None:
    row = TermRow()
    for text in ("a long first term", " + ", "another"):
        row.add(text, brace="fixed part")
    top, braces = row.lines
    assert len(top) == len(braces) == 27
    assert braces == "╰" + " fixed part ".center(25, "─") + "╯"


def test_lines_are_aligned_at_their_relations(full: mlm.Model) -> None:
    rows = str(full.equations(parts="level2", distributions=True)).splitlines()
    level2 = [row for row in rows if row.lstrip().startswith("β")]
    assert len({row.index("=") for row in level2}) == 1


def test_a_width_counts_a_number_or_its_error_once() -> None:
    writer = TextWriter()
    assert writer.width(of(number("2.10"), X)) == len("2.10 xᵢⱼ")
    assert writer.width(of(number("2.1", "0.1500"), X)) == len("(0.1500) xᵢⱼ")
