"""Predictors as each program writes them."""

from __future__ import annotations

from dataclasses import dataclass

from mlmteach.errors import ModelError
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Expression,
    Negative,
    folded,
    unknown_part,
    with_parts,
    write_expression,
)
from mlmteach.model.terms import Factor

__all__ = ["Dialect", "translatable"]


def translatable(factor: Factor) -> Expression:
    """Give the tree of a factor in functions that programs have.

    Raises
    ------
    ModelError
        If it uses anything but arithmetic and the functions of the table.

    Examples
    --------
    >>> translatable(Factor("log1p(size)"))
    Applied(function='log', argument=Arithmetic(operator='+', left=Column(name='size'), ...
    """
    return _spelled_out(folded(factor.tree), factor)


def _spelled_out(tree: Expression, factor: Factor) -> Expression:
    part: Expression | None = unknown_part(tree)
    if isinstance(tree, Applied):
        row = FUNCTIONS[tree.function]
        if row.value is not None and row.definition is not None:
            return _spelled_out(row.definition(tree.argument), factor)
        if row.moment and not row.within:  # a number, and no column
            part = part or tree
    if part is not None:
        raise ModelError(
            f"'{factor.expression}' cannot be written for another program: "
            f"'{write_expression(part)}' is not known.",
            "Compute it as a column of the data, and use that column in the formula.",
        )
    return with_parts(tree, lambda inner: _spelled_out(inner, factor))


@dataclass(frozen=True)
class Dialect:
    """How a program writes arithmetic.

    Parameters
    ----------
    program : str
        By which name the table of functions knows it: ``"spss"``.
    column : str
        A column, with ``%s`` for its name: ``"hsb$%s"``.
    call : str
        A function, with ``%s`` for its name and its argument.
    power : str
        The operator of powers.
    dot : str
        What goes before every operator: ``"."`` where it has to be asked for rows.
    """

    program: str
    column: str = "%s"
    call: str = "%s(%s)"
    power: str = "**"
    dot: str = ""

    def write(self, expression: Expression) -> str:
        """Write an expression in which every mean is a column already."""
        match expression:
            case Constant():
                return expression.text
            case Column(name):
                return self.column % name
            case Negative(operand):
                return f"-{self._inner(operand)}"
            case Arithmetic(operator, left, right):
                sign = self.power if operator == "**" else operator
                return f"{self._inner(left)} {self.dot}{sign} {self._inner(right)}"
            case Applied(function, argument):
                word = FUNCTIONS[function].words.get(self.program)
                inner = self.write(argument)
                return word.replace("%s", inner) if word else self.call % (function, inner)
        raise AssertionError(f"{type(expression).__name__} is no part of a script")

    def _inner(self, expression: Expression) -> str:
        """Brackets around everything that has an operator: no program's precedence matters."""
        text = self.write(expression)
        return f"({text})" if isinstance(expression, Arithmetic | Negative) else text
