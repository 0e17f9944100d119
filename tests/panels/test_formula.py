"""Formulas in MathML."""

from mlmteach.panels.formula import formula, frac, num, power, root, row, spread, sym, table
from mlmteach.panels.scene import Axis, Scene, View, plain_text


def test_a_formula_is_well_formed_and_keeps_its_tags() -> None:
    tau = sym("τ", "0", "2", tag="tau_00", role="random")
    line = formula(
        tau, "=", frac(num(2.5), (row("a", "+", "b"),)), power(tau, num(2, 0)), root("x")
    )
    (math,) = line
    assert math.name == "math"  # type: ignore[union-attr]
    assert plain_text(line) == "τ02=2.50a+bτ022x"
    axis = Axis(label="", low=0, high=1)
    view = View(title="", x=axis, y=axis, marks=())
    scene = Scene(views=(view,), equation=(line,), sentence=(), alt=("x",))
    assert scene.tags("equation") == {"tau_00"}


def test_signs_are_operators_and_words_are_text() -> None:
    sign, word = spread("=", "if")
    assert (sign.name, word.name) == ("mo", "mtext")  # type: ignore[union-attr]


def test_a_matrix_has_rows_and_cells() -> None:
    matrix = table(((num(1, 0), num(2, 0)), (num(3, 0), num(4, 0))))
    body = matrix.parts[1]
    assert [len(r.parts) for r in body.parts] == [2, 2]  # type: ignore[union-attr]
    assert plain_text((matrix,)) == "(1234)"
