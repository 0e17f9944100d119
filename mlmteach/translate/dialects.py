"""The functions of a formula as expressions, which each program writes in its own way."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from mlmteach.errors import ModelError
from mlmteach.model.terms import syntax

__all__ = [
    "Arithmetic",
    "Column",
    "Dialect",
    "Elementwise",
    "Expression",
    "Negative",
    "Number",
    "Statistic",
    "read_expression",
]

ELEMENTWISE = ("log", "log10", "log2", "exp", "sqrt", "abs")
STATISTICS = {
    "center": "center",
    "center_within": "center_within",
    "group_mean": "group_mean",
    "scale": "standardize",
    "standardize": "standardize",
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}


@dataclass(frozen=True)
class Number:
    """A number, as it was written."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column of the data, or one that was made before."""

    name: str


@dataclass(frozen=True)
class Negative:
    """Minus an expression."""

    operand: Expression


@dataclass(frozen=True)
class Arithmetic:
    """Two expressions and ``+ - * /`` or ``**`` between them."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Elementwise:
    """A function of one value: a logarithm, a root."""

    function: str
    argument: Expression


@dataclass(frozen=True)
class Statistic:
    """A function that needs a mean: centring, group means, standardising."""

    kind: str
    argument: Expression


Expression = Number | Column | Negative | Arithmetic | Elementwise | Statistic


def read_expression(text: str) -> Expression:
    """Read one factor of a formula.

    Parameters
    ----------
    text : str
        Such as ``"ses"``, ``"log(size)"`` or ``"I(ses ** 2)"``.

    Returns
    -------
    Expression

    Raises
    ------
    ModelError
        If it uses anything but arithmetic, ``log``, ``exp``, ``sqrt``, ``abs`` and the functions
        that centre and standardise.

    Examples
    --------
    >>> read_expression("log(size)")
    Elementwise(function='log', argument=Column(name='size'))
    """
    try:
        return _read(syntax(text), text)
    except SyntaxError:
        raise ModelError(
            f"'{text}' cannot be written for another program.",
            "Compute it as a column of the data, and use that column in the formula.",
        ) from None


def _read(node: ast.expr, text: str) -> Expression:
    match node:
        case ast.Name(id=name):
            return Column(name)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Number(repr(value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Negative(_read(operand, text))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read(operand, text)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            return Arithmetic(OPERATORS[type(operator)], _read(left, text), _read(right, text))
        case ast.Call(func=ast.Name(id="I" | "Q"), args=[argument], keywords=[]):
            if isinstance(argument, ast.Constant):  # Q("the name of a column")
                return Column(str(argument.value))
            return _read(argument, text)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in STATISTICS:
            return Statistic(STATISTICS[name], _read(argument, text))
        case (
            ast.Call(func=ast.Name(id=name), args=[argument], keywords=[])
            | ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=[argument], keywords=[]
            )
        ) if name in ELEMENTWISE:
            return Elementwise(name, _read(argument, text))
    raise ModelError(
        f"'{text}' cannot be written for another program: '{ast.unparse(node)}' is not known.",
        "Compute it as a column of the data, and use that column in the formula.",
    )


@dataclass(frozen=True)
class Dialect:
    """How a program writes arithmetic.

    Parameters
    ----------
    column : str
        A column, with ``{}`` for its name: ``"hsb${}"``.
    functions : mapping of str to str
        Those whose name is not ours, with ``{}`` for the argument: ``{"log": "LN({})"}``.
    power : str
        The operator of powers.
    dot : str
        What goes before every operator: ``"."`` where it has to be asked for rows.
    """

    column: str
    functions: Mapping[str, str]
    power: str = "**"
    dot: str = ""

    def write(self, expression: Expression) -> str:
        """Write an expression in which every statistic is a column already."""
        match expression:
            case Number(text):
                return text
            case Column(name):
                return self.column.format(name)
            case Negative(operand):
                return f"-{self._inner(operand)}"
            case Arithmetic(operator, left, right):
                sign = self.power if operator == "**" else operator
                return f"{self._inner(left)} {self.dot}{sign} {self._inner(right)}"
            case Elementwise(function, argument):
                return self.functions.get(function, f"{function}({{}})").format(
                    self.write(argument)
                )
            case Statistic(kind, _):
                raise AssertionError(f"{kind} is a step of its own")

    def _inner(self, expression: Expression) -> str:
        """Brackets around everything that has an operator: no program's precedence matters."""
        text = self.write(expression)
        return f"({text})" if isinstance(expression, Arithmetic | Negative) else text
