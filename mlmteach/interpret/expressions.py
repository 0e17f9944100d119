"""What an expression of a formula does to its variable: moved, scaled, centred, logged, squared."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import Literal

from mlmteach.model.terms import Factor, syntax

__all__ = ["Form", "Shape", "shape_of"]

Form = Literal[
    "number", "within", "group_mean", "grand_mean", "standardized", "log", "power", "other"
]

_CENTRED: dict[str, Form] = {
    "center": "grand_mean",
    "scale": "standardized",
    "standardize": "standardized",
    "center_within": "within",
    "group_mean": "group_mean",
}
_LOGS = {"log": math.e, "np.log": math.e, "log2": 2.0, "log10": 10.0}
_LOGS |= {f"np.{name}": base for name, base in _LOGS.items() if not name.startswith("np.")}


@dataclass(frozen=True)
class Shape:
    """How an expression is made from one variable: ``((x - zero) / step) ** power``.

    Attributes
    ----------
    form : str
        What kind of function it is; ``"other"`` for all that have no reading of their own.
    variable : str
        The column; empty for an expression of several columns.
    zero : float
        The value of the variable at which the expression is 0.
    step : float
        The change of the variable that changes the expression by 1.
    power : int
    base : float
        The base of a logarithm.
    """

    form: Form
    variable: str
    zero: float = 0.0
    step: float = 1.0
    power: int = 1
    base: float = math.e


def shape_of(expression: str) -> Shape:
    """Read an expression.

    Examples
    --------
    >>> shape_of("I((size - 1000) / 100)")
    Shape(form='number', variable='size', zero=1000.0, step=100.0, power=1, base=2.71...)
    >>> shape_of("log2(size)").form, shape_of("center_within(ses)").form
    ('log', 'within')
    >>> shape_of("I(ses ** 2)").power
    2
    """
    if Factor(expression).function is None:  # the name of a column, however odd
        return Shape("number", expression)
    node = syntax(expression)
    return _shape(node) or Shape("other", _only_name(node))


def _shape(node: ast.expr) -> Shape | None:
    if isinstance(node, ast.Call):
        return _call(ast.unparse(node.func), node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        inner, power = _affine(node.left), _constant(node.right)
        if inner and power and power == int(power) and power > 1:
            return Shape("power", *inner, power=int(power))
        return None
    inner = _affine(node)
    return Shape("number", *inner) if inner and inner[2] > 0 else None  # no steps downwards


def _call(function: str, node: ast.Call) -> Shape | None:
    if not node.args:
        return None
    argument = node.args[0]
    if function == "I":
        return _shape(argument)
    if function in _LOGS:
        inner = _affine(argument)
        if inner is None or inner[1] != 0 or inner[2] <= 0:
            return None
        return Shape("log", inner[0], zero=inner[2], base=_LOGS[function])
    if not isinstance(argument, ast.Name):
        return None
    if function in _CENTRED:
        return Shape(_CENTRED[function], argument.id)
    if function == "C":
        return Shape("number", argument.id)
    return None


def _affine(node: ast.expr) -> tuple[str, float, float] | None:
    """Read ``a x + b`` as the variable, its value at zero, and the step: (x, -b/a, 1/a)."""
    if isinstance(node, ast.Name):
        return node.id, 0.0, 1.0
    if not isinstance(node, ast.BinOp):
        return None
    constant, inner = _constant(node.right), _affine(node.left)
    if constant is None or inner is None:
        return None
    name, zero, step = inner
    if isinstance(node.op, ast.Sub):
        return name, zero + step * constant, step
    if isinstance(node.op, ast.Add):
        return name, zero - step * constant, step
    if isinstance(node.op, ast.Div) and constant:
        return name, zero, step * constant
    if isinstance(node.op, ast.Mult) and constant:
        return name, zero, step / constant
    return None


def _constant(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _constant(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return None


def _only_name(node: ast.expr) -> str:
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called}
    return names.pop() if len(names) == 1 else ""
