"""A model as a list of columns, products and blocks: what every program's script is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.model.terms import Factor, Term
from mlmteach.translate.categories import (
    category_value,
    coded_column,
    own_coding,
    refuse_unbound_categories,
)
from mlmteach.translate.expressions import (
    Arithmetic,
    Column,
    Elementwise,
    Expression,
    Negative,
    Statistic,
    read_expression,
)
from mlmteach.translate.names import Names, Naming
from mlmteach.translate.steps import (
    Center,
    GroupMean,
    Indicator,
    Levels,
    Preparation,
    Standardize,
    Step,
)

if TYPE_CHECKING:
    from mlmteach.model.spec import Model

__all__ = ["Plan", "make_plan"]

Product = tuple[str, ...]
"""The columns of one term; the empty product is the intercept."""


@dataclass(frozen=True)
class Plan:
    """What a script has to do.

    Parameters
    ----------
    data : str
        The name of the frame and of its file.
    reml : bool
        REML or ML.
    outcome, group : str
        Names of columns.
    fixed : tuple of Product
        The terms of the fixed part; the intercept is ``()``.
    blocks : tuple of tuple of Product
        The random coefficients that may correlate with each other.
    steps : tuple of Step
        The preparation.
    used : tuple of str
        The columns of the data that the script needs, by the names that they have in it.
    renamed : tuple of (str, str)
        Old and new name of each column that could not keep its own.
    text_group : bool
        Whether the codebook says that the groups have names and not numbers.
    """

    data: str
    reml: bool
    outcome: str
    group: str
    fixed: tuple[Product, ...]
    blocks: tuple[tuple[Product, ...], ...]
    steps: tuple[Step, ...]
    used: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    text_group: bool

    @property
    def complete_first(self) -> bool:
        """Whether rows with missing values have to go before the columns are made."""
        kinds = Center | GroupMean | Standardize | Indicator
        return any(isinstance(step, kinds) for step in self.steps)

    @property
    def diagonal(self) -> bool:
        """Whether there are several random coefficients, none correlated with another."""
        return len(self.blocks) > 1 and all(len(block) == 1 for block in self.blocks)

    @property
    def predictors(self) -> tuple[str, ...]:
        """The columns of all terms, each once."""
        products = (*self.fixed, *(p for block in self.blocks for p in block))
        return tuple(dict.fromkeys(name for product in products for name in product))


def make_plan(model: Model, naming: Naming, *, factors: bool, reml: bool, data: str) -> Plan:
    """Turn a model into columns, products and blocks.

    Parameters
    ----------
    model : Model
        Bound, if it has categories.
    naming : Naming
        The rules of the program for names.
    factors : bool
        Whether the program codes categories itself.
    reml : bool
        REML or ML.
    data : str
        The name of the frame and of its file.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        If a term cannot be written for another program.
    """
    refuse_unbound_categories(model)
    names = Names(naming, model.variables, model.codebook or ())
    preparation = Preparation(names.new)
    levels = own_coding(model) if factors else None
    for column, values in (levels or {}).items():
        preparation.add(Levels(names[column], values))

    def column_of(factor: Factor) -> str:
        if not factor.suffix:
            return preparation.column(_renamed(_expression(factor), names))
        name = names[coded_column(factor)]
        return name if levels else preparation.indicator(name, category_value(model, factor))

    def products(terms: Iterable[Term]) -> tuple[Product, ...]:
        # where the program codes categories, their contrasts become one term again
        return tuple(dict.fromkeys(tuple(column_of(f) for f in t.factors) for t in terms))

    outcome = column_of(model.outcome)
    fixed = products(gamma.level2 * gamma.level1 for gamma in model.gammas)
    blocks = tuple(products(model.random[i].term for i in block) for block in model.blocks)
    return Plan(
        data=data,
        reml=reml,
        outcome=outcome,
        group=names[model.group],
        fixed=fixed,
        blocks=blocks,
        steps=tuple(preparation.steps),
        used=tuple(names[name] for name in model.variables),
        renamed=tuple(names.renamed.items()),
        text_group=_dtype(model, model.group) == "text",
    )


def _expression(factor: Factor) -> Expression:
    if factor.variables == (factor.expression,):  # a column, whatever its name looks like
        return Column(factor.expression)
    return read_expression(factor.expression)


def _dtype(model: Model, column: str) -> str | None:
    if model.codebook is None or column not in model.codebook:
        return None
    return model.codebook[column].dtype


def _renamed(expression: Expression, names: Names) -> Expression:
    match expression:
        case Column(name):
            return Column(names[name])
        case Negative(operand):
            return Negative(_renamed(operand, names))
        case Arithmetic(operator, left, right):
            return Arithmetic(operator, _renamed(left, names), _renamed(right, names))
        case Elementwise(function, argument):
            return Elementwise(function, _renamed(argument, names))
        case Statistic(kind, argument):
            return Statistic(kind, _renamed(argument, names))
    return expression
