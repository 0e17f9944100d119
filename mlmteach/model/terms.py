"""Factors and terms: the pieces that a formula is made of."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache, cached_property

__all__ = ["INTERCEPT", "Factor", "Term", "syntax"]

_CALL = re.compile(r"^([A-Za-z_][\w.]*)\((.*)\)$", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w.]*")
_QUOTED = re.compile(r"`([^`]*)`")
_CONTRAST = re.compile(r"^\[(?:[A-Z]\.)?(.*)\]$", re.DOTALL)


@cache
def syntax(expression: str) -> ast.expr:
    """Read an expression as Python does, names in backticks included.

    Parameters
    ----------
    expression : str
        Such as ``"log(`my column` + 1)"``.

    Returns
    -------
    ast.expr
        A name is that of its column, so it need not be one that Python takes.

    Raises
    ------
    SyntaxError
        If it is no expression.

    Examples
    --------
    >>> ast.unparse(syntax("log(`my column` + 1)"))
    'log(my column + 1)'
    """
    names = {f"quoted_{i}_": name for i, name in enumerate(_QUOTED.findall(expression))}
    stand_ins = iter(names)
    readable = _QUOTED.sub(lambda _: next(stand_ins), expression)
    tree = ast.parse(readable.strip(), mode="eval").body
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return tree


@cache
def _variables(expression: str) -> tuple[str, ...]:
    """Find the names in an expression that are no functions and no modules."""
    try:
        nodes = list(ast.walk(syntax(expression)))
    except SyntaxError:
        return (expression,)
    heads = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    heads |= {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    names = [n for n in nodes if isinstance(n, ast.Name) and id(n) not in heads]
    names.sort(key=lambda name: (name.lineno, name.col_offset))
    return tuple(dict.fromkeys(name.id for name in names))


@dataclass(frozen=True)
class Factor:
    """A variable or a function of variables, and the contrast it stands for.

    Parameters
    ----------
    expression : str
        The name of a column, or a function as the formula writes it: ``"ses"``, ``"log(size)"``,
        ``"I(ses ** 2)"``.
    suffix : str
        What the encoding of a category adds to the name: ``"[T.F]"``; empty for a number.

    Examples
    --------
    >>> Factor("sex", "[T.F]").name
    'sex[T.F]'
    >>> Factor("log(size)").variables
    ('size',)
    """

    expression: str
    suffix: str = ""

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.expression + self.suffix

    @property
    def formula(self) -> str:
        """The factor as a formula writes it, an odd name of a column in backticks."""
        if self.function or _NAME.fullmatch(self.expression):
            return self.expression
        return f"`{self.expression}`"

    @property
    def level(self) -> str | None:
        """The category that a contrast stands for, or None."""
        match = _CONTRAST.match(self.suffix)
        return match[1] if match else None

    @property
    def function(self) -> str | None:
        """The outermost function, such as ``"log"``, or None for a plain variable."""
        match = _CALL.match(self.expression)
        return match[1] if match else None

    @property
    def argument(self) -> str:
        """What stands inside the outermost function, or the expression itself."""
        match = _CALL.match(self.expression)
        return match[2].strip() if match else self.expression

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the data's columns, in order, each once."""
        return _variables(self.expression) if self.function else (self.expression,)

    @property
    def bare(self) -> Factor:
        """The factor without its contrast."""
        return Factor(self.expression)


@dataclass(frozen=True)
class Term:
    """A product of factors; the empty product is the intercept.

    Examples
    --------
    >>> Term.of("ses", "minority").name
    'ses:minority'
    >>> Term(()).name
    'Intercept'
    """

    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, *expressions: str) -> Term:
        """Make a term of plain expressions."""
        return cls(tuple(Factor(expression) for expression in expressions))

    @cached_property
    def name(self) -> str:
        """The name as statsmodels and lme4 write it."""
        return ":".join(factor.name for factor in self.factors) or "Intercept"

    @property
    def formula(self) -> str:
        """The term as a formula writes it."""
        return ":".join(factor.formula for factor in self.factors) or "1"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the data's columns, in order, each once."""
        names = [name for factor in self.factors for name in factor.variables]
        return tuple(dict.fromkeys(names))

    @property
    def bare(self) -> Term:
        """The term without its contrasts."""
        return Term(tuple(factor.bare for factor in self.factors))

    def matches(self, other: Term) -> bool:
        """Tell whether two terms are the same product, in whatever order it is written."""
        return len(self.factors) == len(other.factors) and set(self.factors) == set(other.factors)

    def __bool__(self) -> bool:
        return bool(self.factors)

    def __mul__(self, other: Term) -> Term:
        return Term(self.factors + other.factors)

    def __str__(self) -> str:
        return self.name


INTERCEPT = Term(())
