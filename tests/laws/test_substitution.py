"""Level 1 with level 2 substituted is the full equation: by algebra, for any model."""

import re
from functools import reduce
from operator import mul

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.nodes import Bracket, Line, Node, Normal, Numeral, Sum, Summand
from tests.strategies import estimates, models, with_two_groupings

LATEX = LatexWriter()
INDEX = re.compile(r"_\{([^{}]*)\}")


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


def among_units(expression: sympy.Expr, equations: mlm.equations.Equations) -> sympy.Expr:
    """Write α_j of level 2, and w_k[j], as an equation of units has them: α_j[i] and w_k[i]."""
    notation = equations.scribe.notation
    if not notation.member:
        return sympy.expand(expression)
    symbols = {
        s: sympy.Symbol(INDEX.sub(lambda found: f"_{{{notation.index(found[1], 1)}}}", s.name))
        for s in expression.free_symbols
    }
    return sympy.expand(expression.xreplace(symbols))


def substituted(equations: mlm.equations.Equations, levels: tuple[Line, ...]) -> sympy.Expr:
    """Level 1 with the right sides of the upper levels in place of their coefficients."""
    level1, *upper = levels
    sides = {
        among_units(sympy.Symbol(LATEX.node(line.left)), equations): among_units(
            right(line), equations
        )
        for line in upper
    }
    expression = among_units(right(level1), equations)
    for _ in range(2):
        expression = sympy.expand(expression.subs(sides, simultaneous=True))
    return expression


PRESETS_AND_SHOWS = st.sampled_from(list(PRESETS)), st.sampled_from(["names", "symbols"])


@given(models(), *PRESETS_AND_SHOWS)
def test_substitution_gives_the_full_equation(model: mlm.Model, notation: str, show: str) -> None:
    equations = model.equations(notation=notation, show=show)
    start, *_, collected = equations.steps().blocks
    assert substituted(equations, start.lines) == among_units(right(collected.lines[0]), equations)


@given(models(), st.sampled_from(list(PRESETS)))
def test_no_step_changes_the_value(model: mlm.Model, notation: str) -> None:
    steps = model.equations(notation=notation).steps().blocks[1:]
    values = {sympy.expand(right(block.lines[0])) for block in steps}
    assert len(values) == 1
    assert steps[-1].lines == model.equations(notation=notation).blocks[2].lines


@settings(max_examples=60)
@given(with_two_groupings(), *PRESETS_AND_SHOWS)
def test_substitution_through_both_groupings(model: mlm.Model, notation: str, show: str) -> None:
    equations = model.equations(notation=notation, show=show)
    start, *between, collected = equations.steps().blocks
    full = among_units(right(collected.lines[0]), equations)
    assert substituted(equations, start.lines) == full
    if model.grouping.is_nested:  # what level 2 has become still is an equation of each β
        for block in between[:2]:
            assert substituted(equations, (start.lines[0], *block.lines)) == full
    assert all(among_units(right(b.lines[0]), equations) == full for b in between[-2:])
    assert collected.lines in [block.lines for block in equations.blocks]


@given(st.data())
def test_numbers_survive_substitution(data: st.DataObject) -> None:
    model = data.draw(st.one_of(models(max_level1=2), with_two_groupings()))
    equations = model.equations(estimates=data.draw(estimates(model)))
    lines = {block.heading.split()[0]: block.lines for block in equations.blocks}
    levels = [line for name, own in lines.items() if name.startswith("Level") for line in own]
    assert substituted(equations, tuple(levels)) == sympy.expand(right(lines["Full"][0]))
