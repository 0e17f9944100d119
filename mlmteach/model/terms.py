"""Factors and terms: the pieces that a formula is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from mlmteach.model.predictor import (
    Applied,
    Column,
    Contrast,
    Expression,
    Key,
    Verbatim,
    canonical,
    columns_of,
    read_expression,
    write_expression,
)

__all__ = ["INTERCEPT", "Factor", "Term"]

_CALL = re.compile(r"^([A-Za-z_][\w.]*)\((.*)\)$", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w.]*")
_CONTRAST = re.compile(r"^\[(?:[A-Z]\.)?(.*)\]$", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Factor:
    """A variable or a function of variables, and the contrast it stands for.

    Two factors are equal when they are the same predictor, however it is spelled.

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
    >>> Factor("np.log(size)") == Factor("log(size)")
    True
    """

    expression: str
    suffix: str = ""

    @classmethod
    def of(cls, tree: Expression, suffix: str = "") -> Factor:
        """Make a factor of a tree."""
        name = tree.name if isinstance(tree, Column) else write_expression(tree)
        return cls(name, suffix)

    @cached_property
    def tree(self) -> Expression:
        """The expression as a tree, without the contrast."""
        if self.function is None:  # the name of a column, however odd
            return Column(self.expression)
        try:
            return read_expression(self.expression)
        except SyntaxError:
            return Verbatim(self.expression, (self.expression,))

    @cached_property
    def _key(self) -> tuple[Key, str]:
        tree = self.tree
        if isinstance(tree, Contrast) and (self.suffix.startswith("[T.") or not tree.coding):
            tree = tree.column if self.suffix else tree  # C() or not, it is the same category
        return canonical(tree), self.suffix

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Factor) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

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

    def with_category(self, suffix: str) -> Factor:
        """The contrast of a category, as a reader names it: ``[F]`` is ``[T.F]`` for the data."""
        if suffix and not re.match(r"\[[A-Z]\.", suffix):
            suffix = f"[T.{suffix[1:-1].strip()}]"
        return Factor(self.expression, suffix)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the data's columns, in order, each once."""
        return columns_of(self.tree)

    @property
    def is_group_mean(self) -> bool:
        """Whether it is the mean of a level-1 variable in each group."""
        return isinstance(self.tree, Applied) and self.tree.function == "group_mean"

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
