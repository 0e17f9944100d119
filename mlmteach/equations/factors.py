"""Factors of a formula as an equation shows them: centring, powers, functions, categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlmteach.equations.lexicon import Lexicon
from mlmteach.equations.nodes import (
    Bracket,
    Call,
    Fraction,
    Identifier,
    Node,
    Numeral,
    Raised,
    Sum,
    Summand,
)
from mlmteach.model.lettering import shown_name
from mlmteach.model.notation import Level
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Expression,
    Negative,
)
from mlmteach.model.terms import Factor
from mlmteach.numbers import Rounded

__all__ = ["Speller"]


@dataclass(frozen=True)
class Speller:
    """Spells factors in equations of one level.

    Parameters
    ----------
    lexicon : Lexicon
        How variables are called.
    at : {1, 2, 3}
        The level of the equation.
    level : {1, 2, 3}
        The level of the term, which its variables have unless more is known of them.
    """

    lexicon: Lexicon
    at: Level
    level: Level

    def spell(self, factor: Factor) -> Node:
        """Give a factor as a node."""
        name = shown_name(factor)
        return self._node(factor.tree) if name is None else self._variable(name, factor.suffix)

    def _variable(self, name: str, suffix: str = "") -> Identifier:
        return self.lexicon.variable(name, suffix=suffix, level=self.level, at=self.at)

    def _node(self, tree: Expression) -> Node:
        match tree:
            case Column(name):
                return self._variable(name)
            case Constant():
                return _numeral(tree)
            case Negative() | Arithmetic("+" | "-" | "*"):
                return Bracket(self._sum(tree))
            case Arithmetic("/", top, bottom):
                return Fraction(self._sum(top), self._sum(bottom))
            case Arithmetic(_, base, Negative(Constant() as power)):
                return Raised(self._base(base), _numeral(power, negative=True))
            case Arithmetic(_, base, power):
                return Raised(self._base(base), self._node(power))
            case Applied(function, argument):
                return self._applied(function, argument)
        raise AssertionError(f"{tree} is shown as it was written")

    def _applied(self, function: str, argument: Expression) -> Node:
        row = FUNCTIONS[function]
        if row.definition is not None:
            return self._node(row.definition(argument))
        if not row.moment:
            return Call(function, _bare(self._sum(argument)))
        assert isinstance(argument, Column)  # a bar over an expression would be hard to read
        name = argument.name
        # what has a mean in each group is a variable of the units
        level = 1 if row.within else self.level
        variable = self.lexicon.variable(name, level=level, at=self.at)
        if row.moment == "std":
            return self.lexicon.spread(variable, name=name)
        of: Literal["group", "all"] = "group" if row.within else "all"
        return self.lexicon.mean(variable, name=name, of=of, at=self.at)

    def _sum(self, tree: Expression) -> Sum:
        """Give an expression as summands, without brackets of its own."""
        match tree:
            case Arithmetic("+" | "-" as sign, left, right):
                return (*self._sum(left), Summand(self._product(right), sign == "-"))
            case Negative(operand):
                return (Summand(self._product(operand), negative=True),)
        return (Summand(self._product(tree)),)

    def _product(self, tree: Expression) -> tuple[Node, ...]:
        match tree:
            case Arithmetic("*", left, right):
                return (*self._product(left), self._node(right))
        return (self._node(tree),)

    def _base(self, tree: Expression) -> Node:
        """Give what is raised to a power, in brackets where it could be misread."""
        node = self._node(tree)
        if isinstance(node, Raised | Fraction | Call):
            return Bracket((Summand((node,)),))
        return node


def _numeral(constant: Constant, *, negative: bool = False) -> Numeral:
    return Numeral(Rounded(negative, constant.text), "outcome")


def _bare(inner: Sum) -> Sum:
    """Leave out brackets that stand directly within those of a function."""
    match inner:
        case (Summand(factors=(Bracket(inner=within),), negative=False),):
            return within
    return inner
