"""Factors of a formula as an equation shows them: centring, powers, functions, categories."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from mlmteach.equations.nodes import (
    Bracket,
    Call,
    Fraction,
    Identifier,
    Node,
    Numeral,
    Raised,
    Root,
    Sum,
    Summand,
)
from mlmteach.model.terms import Factor, syntax
from mlmteach.numbers import Rounded

__all__ = ["Lettering", "Speller"]

FUNCTIONS = {
    "log": "log",
    "np.log": "log",
    "exp": "exp",
    "np.exp": "exp",
    "log2": "log_2",
    "np.log2": "log_2",
    "log10": "log_10",
    "np.log10": "log_10",
}
_ROOTS = {"sqrt", "np.sqrt"}
_SCALED = {"scale", "standardize"}


class _Unknown(Exception):
    """An expression that has no mathematical form here; it is shown as it was written."""


class Lettering(Protocol):
    """What says how variables are called: a :class:`~mlmteach.equations.lexicon.Lexicon`."""

    def variable(
        self, name: str, *, suffix: str = "", level: Literal[1, 2], at: Literal[1, 2]
    ) -> Identifier:
        """Give a variable with its indices."""

    def mean(
        self, variable: Identifier, *, name: str, of: Literal["group", "all"], at: Literal[1, 2]
    ) -> Identifier:
        """Give its mean."""

    def spread(self, variable: Identifier, *, name: str) -> Identifier:
        """Give its standard deviation."""


@dataclass(frozen=True)
class Speller:
    """Spells factors in equations of one level.

    Parameters
    ----------
    lexicon : Lettering
        How variables are called.
    at : {1, 2}
        The level of the equation.
    level : {1, 2}
        The level of the term, which its variables have unless more is known of them.
    """

    lexicon: Lettering
    at: Literal[1, 2]
    level: Literal[1, 2]

    def spell(self, factor: Factor) -> Node:
        """Give a factor as a node."""
        expression = factor.expression
        if factor.function is None:
            return self._variable(expression, factor.suffix)
        try:
            tree = _parse(expression)
            if factor.suffix:
                return self._variable(_category(tree), factor.suffix)
            return self._node(tree)
        except _Unknown:
            return self._variable(expression, factor.suffix)

    def _variable(self, name: str, suffix: str = "") -> Identifier:
        return self.lexicon.variable(name, suffix=suffix, level=self.level, at=self.at)

    def _node(self, tree: ast.expr) -> Node:
        match tree:
            case ast.Name(id=name):
                return self._variable(name)
            case ast.Constant(value=int() | float() as value):
                return Numeral(Rounded(False, f"{value:g}"), "outcome")
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return Raised(self._base(base), self._node(exponent))
            case ast.BinOp(left=top, op=ast.Div(), right=bottom):
                return Fraction(self._sum(top), self._sum(bottom))
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
                return Bracket(self._sum(tree))
            case ast.UnaryOp(op=ast.USub()):
                return Bracket(self._sum(tree))
            case ast.Call():
                return self._call(ast.unparse(tree.func), tree)
        raise _Unknown

    def _call(self, function: str, call: ast.Call) -> Node:
        if len(call.args) != 1 or call.keywords:
            raise _Unknown
        (argument,) = call.args
        if function == "Q" and isinstance(argument, ast.Constant):
            return self._variable(str(argument.value))
        if function == "I":
            return self._node(argument)
        if function == "group_mean":
            return self._mean(argument, "group")
        if function in {"center", "center_within"}:
            return Bracket(self._centred(argument, function))
        if function in _SCALED:
            top = self._centred(argument, "center")
            return Fraction(top, (Summand((self._spread(argument),)),))
        if function in _ROOTS:
            return Root(_bare(self._sum(argument)))
        if function in FUNCTIONS:
            return Call(FUNCTIONS[function], _bare(self._sum(argument)))
        raise _Unknown

    def _mean(self, tree: ast.expr, of: Literal["group", "all"]) -> Identifier:
        if not isinstance(tree, ast.Name):
            raise _Unknown  # a bar over a whole expression would be hard to read
        # what has a mean in each group is a variable of the units
        level = 1 if of == "group" else self.level
        variable = self.lexicon.variable(tree.id, level=level, at=self.at)
        return self.lexicon.mean(variable, name=tree.id, of=of, at=self.at)

    def _centred(self, argument: ast.expr, function: str) -> Sum:
        mean = self._mean(argument, "group" if function == "center_within" else "all")
        return (Summand((self._node(argument),)), Summand((mean,), negative=True))

    def _spread(self, argument: ast.expr) -> Identifier:
        assert isinstance(argument, ast.Name)  # otherwise it would have no mean either
        return self.lexicon.spread(self._variable(argument.id), name=argument.id)

    def _sum(self, tree: ast.expr) -> Sum:
        """Give an expression as summands, without brackets of its own."""
        match tree:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                negative = isinstance(op, ast.Sub)
                last = Summand(self._product(right), negative)
                return (*self._sum(left), last)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return (Summand(self._product(operand), negative=True),)
            case _:
                return (Summand(self._product(tree)),)

    def _product(self, tree: ast.expr) -> tuple[Node, ...]:
        match tree:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return (*self._product(left), self._node(right))
            case _:
                return (self._node(tree),)

    def _base(self, tree: ast.expr) -> Node:
        """Give what is raised to a power, in brackets where it could be misread."""
        node = self._node(tree)
        if isinstance(node, Raised | Fraction | Call):
            return Bracket((Summand((node,)),))
        return node


@lru_cache(maxsize=1024)
def _parse(expression: str) -> ast.expr:
    try:
        return syntax(expression)
    except SyntaxError:
        raise _Unknown from None


def _bare(inner: Sum) -> Sum:
    """Leave out brackets that stand directly within those of a function."""
    match inner:
        case (Summand(factors=(Bracket(inner=within),), negative=False),):
            return within
    return inner


def _category(tree: ast.expr) -> str:
    """The column of a contrast: ``C(sex, Treatment('M'))`` is about ``sex``."""
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) in {"C", "contr"} and tree.args:
        tree = tree.args[0]
        if isinstance(tree, ast.Name):
            return tree.id
    raise _Unknown
