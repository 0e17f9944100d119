"""The steps that make a model's columns of those in the data, in no program's language yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Expression,
    Negative,
    with_parts,
)

__all__ = [
    "Categories",
    "Center",
    "Compute",
    "GroupMean",
    "Indicator",
    "Preparation",
    "Standardize",
    "Step",
    "Value",
    "is_text",
    "literal",
]

Value = str | int | float | bool


def is_text(value: Value) -> bool:
    """Tell whether a file holds a value as a text: a truth value is there by its name."""
    return isinstance(value, str | bool)


def literal(value: Value, quote: Callable[[object], str]) -> str:
    """Write a value of a file, a text as the program quotes it.

    Examples
    --------
    >>> literal(1, repr), literal("low", repr)
    ('1', "'low'")
    """
    return quote(value) if is_text(value) else repr(value)


@dataclass(frozen=True)
class Compute:
    """A column from other columns of the same row."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class GroupMean:
    """The mean of a column within each group; ``groups`` are the columns that tell them apart."""

    name: str
    column: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Center:
    """A column minus its mean over all rows; ``mean`` is a free name for the mean."""

    name: str
    column: str
    mean: str


@dataclass(frozen=True)
class Standardize:
    """A centred column divided by its standard deviation; two free names for both."""

    name: str
    column: str
    mean: str
    sd: str


@dataclass(frozen=True)
class Indicator:
    """1 where a column has a value, 0 elsewhere."""

    name: str
    column: str
    value: Value


@dataclass(frozen=True)
class Categories:
    """A categorical column; its first category is the reference."""

    column: str
    values: tuple[Value, ...]


Step = Compute | GroupMean | Center | Standardize | Indicator | Categories


class Preparation:
    """Collects the steps that make the columns of a model, each once.

    Parameters
    ----------
    new_name : callable
        Gives a free name close to the wanted one.
    groups : tuple of str
        The columns that tell the groups apart within which means are taken.

    Examples
    --------
    >>> preparation = Preparation(lambda wanted: wanted, ("school",))
    >>> preparation.column(Applied("center_within", Column("ses")))
    'ses_within'
    >>> [type(step).__name__ for step in preparation.steps]
    ['GroupMean', 'Compute']
    """

    def __init__(self, new_name: Callable[[str], str], groups: tuple[str, ...]) -> None:
        self._new_name = new_name
        self._groups = groups
        self._made: dict[Expression, str] = {}
        self.steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Add a step unless it is there."""
        if step not in self.steps:
            self.steps.append(step)

    def column(self, expression: Expression) -> str:
        """Give the column that holds an expression, and add what makes it."""
        if isinstance(expression, Column):
            return expression.name
        if expression not in self._made:
            self._made[expression] = self._make(expression)
        return self._made[expression]

    def indicator(self, column: str, value: Value) -> str:
        """Give the column that indicates a category."""
        for step in self.steps:
            if isinstance(step, Indicator) and (step.column, step.value) == (column, value):
                return step.name
        name = self._new_name(f"{column}_{value}")
        self.add(Indicator(name, column, value))
        return name

    def _make(self, expression: Expression) -> str:
        if not _is_statistic(expression):
            inner = self._with_columns(expression)
            name = self._new_name(_describe(expression))
            self.add(Compute(name, inner))
            return name
        assert isinstance(expression, Applied)
        source = self.column(expression.argument)
        if expression.function == "group_mean":
            name = self._new_name(f"{source}_mean")
            self.add(GroupMean(name, source, self._groups))
        elif expression.function == "center":
            name = self._new_name(f"{source}_c")
            self.add(Center(name, source, self._new_name(f"{source}_all")))
        elif expression.function == "scale":
            name = self._new_name(f"{source}_z")
            mean, sd = self._new_name(f"{source}_all"), self._new_name(f"{source}_sd")
            self.add(Standardize(name, source, mean, sd))
        else:
            definition = FUNCTIONS[expression.function].definition
            assert definition is not None
            inner = self._with_columns(definition(Column(source)))
            name = self._new_name(f"{source}_{_ENDS.get(expression.function, 'made')}")
            self.add(Compute(name, inner))
        return name

    def _with_columns(self, expression: Expression) -> Expression:
        """Put a column in the place of every statistic."""
        if _is_statistic(expression):
            return Column(self.column(expression))
        return with_parts(expression, self._with_columns)


def _is_statistic(expression: Expression) -> bool:
    """Tell whether an expression needs a mean, and so a step of its own."""
    return isinstance(expression, Applied) and FUNCTIONS[expression.function].learns


_WORDS = {"+": "plus", "-": "minus", "*": "by", "/": "per", "**": "pow"}
_ENDS = {"center_within": "within", "group_mean": "mean", "center": "c", "scale": "z"}


def _describe(expression: Expression) -> str:
    """Make a name that says what a column holds: ``ses_sq``, ``log_size``, ``size_per_1000``."""
    match expression:
        case Constant():
            return expression.text.replace(".", "p")
        case Column(name):
            return name
        case Negative(operand):
            return f"minus_{_describe(operand)}"
        case Arithmetic("**", left, Constant(2)):
            return f"{_describe(left)}_sq"
        case Arithmetic(operator, left, right):
            return f"{_describe(left)}_{_WORDS[operator]}_{_describe(right)}"
        case Applied(function, argument) if function in _ENDS:
            return f"{_describe(argument)}_{_ENDS[function]}"
        case Applied(function, argument):
            return f"{function}_{_describe(argument)}"
    raise AssertionError(f"{type(expression).__name__} is no part of a script")
