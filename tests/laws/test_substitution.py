"""Level 1 with level 2 substituted is the full equation: by algebra, for any model."""

from functools import reduce
from operator import mul

import sympy
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.nodes import Bracket, Line, Node, Normal, Numeral, Sum, Summand
from tests.strategies import estimates, models

LATEX = LatexWriter()


def value(node: Node) -> sympy.Expr:
    """A node as algebra; what no equation of levels computes with stays a symbol."""
    if isinstance(node, Numeral):
        number = sympy.Rational(node.value.digits) * sympy.Rational(10) ** node.value.power
        return -number if node.value.negative else number
    if isinstance(node, Bracket) and node.inner[0].part:  # what was put in place of a β
        return total(node.inner)
    return sympy.Symbol(LATEX.node(node))


def total(summands: Sum) -> sympy.Expr:
    return sympy.Add(*map(product, summands))


def product(summand: Summand) -> sympy.Expr:
    return (-1) ** summand.negative * reduce(mul, map(value, summand.factors))


def right(line: Line) -> sympy.Expr:
    """The right side, or the mean of the distribution that stands there."""
    first = line.right[0].factors[0]
    return total(first.mean if isinstance(first, Normal) else line.right)


def among_groups(expression: sympy.Expr, equations: mlm.equations.Equations) -> sympy.Expr:
    """Write α_j[i], as an equation of units has it, like the α_j of level 2."""
    notation = equations.scribe.notation
    if notation.member:
        names = {
            s: s.name.replace(notation.member, notation.group) for s in expression.free_symbols
        }
        expression = expression.xreplace({s: sympy.Symbol(n) for s, n in names.items()})
    return sympy.expand(expression)


def substituted(equations: mlm.equations.Equations, levels: tuple[Line, ...]) -> sympy.Expr:
    """Level 1 with the right sides of level 2 in place of their β's."""
    level1, *level2 = levels
    betas = {sympy.Symbol(LATEX.node(line.left)): right(line) for line in level2}
    expression = among_groups(right(level1), equations)
    return sympy.expand(expression.subs(betas, simultaneous=True))


@given(models(), st.sampled_from(list(PRESETS)), st.sampled_from(["names", "symbols"]))
def test_substitution_gives_the_full_equation(model: mlm.Model, notation: str, show: str) -> None:
    equations = model.equations(notation=notation, show=show)
    start, *_, collected = equations.steps().blocks
    assert substituted(equations, start.lines) == among_groups(right(collected.lines[0]), equations)


@given(models(), st.sampled_from(list(PRESETS)))
def test_no_step_changes_the_value(model: mlm.Model, notation: str) -> None:
    steps = model.equations(notation=notation).steps().blocks[1:]
    values = {sympy.expand(right(block.lines[0])) for block in steps}
    assert len(values) == 1
    assert steps[-1].lines == model.equations(notation=notation).blocks[2].lines


@given(st.data())
def test_numbers_survive_substitution(data: st.DataObject) -> None:
    model = data.draw(models(max_level1=2))
    equations = model.equations(estimates=data.draw(estimates(model)))
    level1, level2, full, *_ = equations.blocks
    assert substituted(equations, (*level1.lines, *level2.lines)) == sympy.expand(
        right(full.lines[0])
    )
