"""Evaluating a model's terms on data: numbers for its columns, names for its contrasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.levels import first_rows, first_varying_row
from mlmteach.data.sources import Data, in_memory
from mlmteach.errors import ModelError
from mlmteach.model.coding import coded
from mlmteach.model.columns import Coding, learn
from mlmteach.model.dispersion import By, precision_of, strata_of
from mlmteach.model.family import Response, response_of
from mlmteach.model.predictor import is_truth
from mlmteach.model.rows import Rows, as_in_the_fit, usable_rows
from mlmteach.model.structure import Structure, blocks_of, checked_covariance
from mlmteach.model.symbols import Coefficient, Covariance
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook

__all__ = [
    "Encoded",
    "Encoding",
    "FactorColumns",
    "Learned",
    "belongs_to_level1",
    "belongs_to_level2",
    "encode",
    "learn_model",
]


@dataclass(frozen=True, eq=False)
class Encoding:
    """How the factors of a model become columns: what prediction for new data needs.

    Attributes
    ----------
    codings : tuple of Coding
    types : mapping of str to dtype
        Those of the columns of the data, made plain.
    """

    codings: tuple[Coding, ...]
    types: Mapping[str, Any]

    @property
    def numeric(self) -> frozenset[str]:
        """The columns that were numbers, and no categories of numbers."""
        plain = {name: dtype for name, dtype in self.types.items() if isinstance(dtype, np.dtype)}
        return frozenset(name for name, dtype in plain.items() if dtype.kind in "fiu")

    def evaluate_new(self, frame: pd.DataFrame, labels: pd.Series[Any]) -> FactorColumns:
        """Compute the columns for rows of other data, held against the types of the fit."""
        return self.evaluate(as_in_the_fit(frame, self.types), labels)

    def evaluate(self, frame: pd.DataFrame, labels: pd.Series[Any]) -> FactorColumns:
        """Compute the columns of all factors for these rows."""
        columns = FactorColumns(len(frame))
        for coding in self.codings:
            columns.add(coding, coding.evaluate(frame, labels))
        return columns


class FactorColumns:
    """The columns of coded factors, each of shape (n,), by their names.

    Parameters
    ----------
    n : int
        The number of rows.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._values: dict[str, FloatArray] = {}

    def add(self, coding: Coding, values: FloatArray) -> None:
        """Take the columns of a factor, (n, columns)."""
        for suffix, column in zip(coding.suffixes, values.T, strict=True):
            self._values[coding.factor.expression + suffix] = column

    def product(self, term: Term) -> FloatArray:
        """The column of a product, (n,), not to be written to; ones for the intercept."""
        if not term:
            return np.broadcast_to(1.0, self._n)
        first, *others = (self._values[factor.name] for factor in term.factors)
        for other in others:
            first = first * other
        return first

    def matrix(self, terms: Sequence[Term], rows: slice = slice(None)) -> FloatArray:
        """Put the columns of products side by side, each in one piece of memory, (n, terms).

        It may be made of some rows.
        """
        made = np.empty((len(range(self._n)[rows]), len(terms)), order="F")
        for place, term in enumerate(terms):
            column = made[:, place]
            if len(term.factors) < 2:
                column[:] = self.product(term)[rows]
                continue
            first, second, *others = (self._values[f.name][rows] for f in term.factors)
            np.multiply(first, second, out=column)
            for other in others:
                column *= other
        return made


@dataclass(frozen=True, eq=False)
class Encoded:
    """A model held against data.

    Parameters
    ----------
    model : Structure
        Bound: each contrast has its coefficient.
    frame : pandas.DataFrame, shape (n, variables)
        The rows that are used, the columns that the model names.
    dropped : int
        How many rows were left out because of missing values.
    lost : tuple
        The labels of the groups of which no row is left.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    groups : pandas.Index, shape (J,)
        The labels of the groups, sorted.
    outcome : ndarray, shape (n,)
        The values of the outcome; they may share their memory with the data.
    columns : FactorColumns
        Those of the predictors, of which the columns of X and Z are products; so may they.
    encoding : Encoding
        The same for new data.
    strata : ndarray of int, shape (n,), or None
        The category by which σ² differs.
    precision : ndarray, shape (n,), or None
        The known weight w of each row, with Var(ε) = σ² / w.
    response : Response, optional
        Trials and offset, where the outcome is not normal.
    """

    model: Structure
    frame: pd.DataFrame
    dropped: int
    lost: tuple[object, ...]
    codes: IntArray
    groups: pd.Index[Any]
    outcome: FloatArray
    columns: FactorColumns
    encoding: Encoding
    strata: IntArray | None = None
    precision: FloatArray | None = None
    response: Response | None = None


def encode(model: Structure, data: Data) -> Encoded:
    """Hold a model against data, with every check that needs them.

    Parameters
    ----------
    model : Structure
        Bound or not; contrasts are named anew.
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.

    Returns
    -------
    Encoded

    Raises
    ------
    DataError
        If the data hold something that cannot be used.
    ModelError
        If a variable is unknown, cannot be evaluated or stands at the wrong level.
    """
    data = in_memory(data, model.variables)
    rows = usable_rows(model, data)
    known = learn_model(model, rows, data)
    first = first_rows(rows.codes)
    labels, by, weight = rows.columns[model.group], model.sigma2, model.precision
    _refuse_constant(known.level1, known.columns, rows.codes, first, model)
    for term in known.level2:
        _refuse_varying(term, known.columns, rows.codes, first, labels, model)
    return Encoded(
        model=known.model,
        frame=rows.frame,
        dropped=rows.dropped,
        lost=rows.lost,
        codes=rows.codes,
        groups=rows.groups,
        outcome=known.values,
        columns=known.columns,
        encoding=known.encoding,
        strata=None if by is None else strata_of(rows.columns[by.variable])[0],
        precision=None if weight is None else precision_of(weight, rows.numeric, labels.index),
        response=known.response,
    )


@dataclass(frozen=True, eq=False)
class Learned:
    """What a model learns from rows: which coefficients it has, and how columns are made.

    Attributes
    ----------
    model : Structure
        Bound: each contrast has its coefficient.
    outcome : Coding
    values : ndarray, shape (n,)
        The values of the outcome in these rows.
    columns : FactorColumns
        Those of the predictors.
    encoding : Encoding
        The same for new data.
    response : Response, optional
        Where the outcome is not normal.
    """

    model: Structure
    outcome: Coding | None
    values: FloatArray
    columns: FactorColumns
    encoding: Encoding
    response: Response | None = None

    @property
    def level1(self) -> tuple[Term, ...]:
        """The terms at level 1, each once."""
        return tuple(dict.fromkeys(c.term for c in self.model.coefficients))

    @property
    def level2(self) -> tuple[Term, ...]:
        """The terms at level 2, each once."""
        return tuple(dict.fromkeys(t for c in self.model.coefficients for t in c.predictors))


def learn_model(model: Structure, rows: Rows, data: pd.DataFrame) -> Learned:
    """Turn the terms of a model into columns, and remember how.

    Parameters
    ----------
    model : Structure
    rows : Rows
    data : pandas.DataFrame
        With its codebook, if it has one.

    Returns
    -------
    Learned

    Raises
    ------
    ModelError
        If a term cannot be computed.
    """
    labels = rows.columns[model.group]
    outcome, response = _outcome(model, rows, labels)
    learned: dict[tuple[str, bool], Coding] = {}
    columns = FactorColumns(len(rows.codes))

    def coding(factor: Factor, full: bool) -> Coding:
        if (factor.expression, full) not in learned:
            found, values = learn(factor, rows.frame, rows.numeric, labels, full=full)
            learned[factor.expression, full] = found
            columns.add(found, values)
            if not found.categorical:  # in full or not, a number is what it is
                learned[factor.expression, not full] = found
        return learned[factor.expression, full]

    covariance, coefficients = _laid_out(model, coding)
    sigma2 = model.sigma2
    if sigma2:
        sigma2 = By(sigma2.variable, strata_of(rows.columns[sigma2.variable])[1])
    return Learned(
        model=model.expanded(
            coefficients=coefficients,
            covariance=covariance,
            codebook=_codebook(model, data),
            texts=frozenset(name for name, column in rows.columns.items() if _is_text(column)),
            codings=tuple((of, found.names) for of, found in learned.items()),
            sigma2=sigma2,
            family=replace(model.family, categories=response.categories),
        ),
        outcome=outcome,
        values=response.y,
        response=None if model.family.is_normal else response,
        columns=columns,
        encoding=Encoding(
            tuple(dict.fromkeys(learned.values())),
            {n: column.dtype for n, column in rows.columns.items() if n != model.group},
        ),
    )


def _outcome(
    model: Structure, rows: Rows, labels: pd.Series[Any]
) -> tuple[Coding | None, Response]:
    """Read the outcome: a number, or what its family makes of it."""
    family, own = model.family, model.outcome
    if not family.is_normal and own.expression in rows.columns:
        column = rows.columns[own.expression]
        return None, response_of(family, own.name, column, rows.numeric)
    outcome, values = learn(own, rows.frame, rows.numeric, labels)
    categories = outcome.categorical and not is_truth(own.tree)
    if categories or values.shape[1] != 1:
        raise ModelError(
            f"The outcome '{own.name}' has categories.",
            "A linear multilevel model needs a numeric outcome; code it as numbers.",
        )
    if family.is_normal:
        return outcome, Response(values[:, 0])
    column = pd.Series(values[:, 0], index=rows.frame.index)
    return outcome, response_of(family, own.name, column, rows.numeric)


def _laid_out(
    model: Structure, coding: Callable[[Factor, bool], Coding]
) -> tuple[Covariance, tuple[Coefficient, ...]]:
    """Say which coefficients there are, a column each, and which of their U's may correlate.

    That hangs on the columns' names alone.  Without categories it is as it was written, and where
    the columns are those that a bound model was made for, as it was then.
    """
    random = [factor for c in model.bare if c.random for factor in c.term.factors]
    fixed = [f for c in model.bare for t in (c.term, *c.predictors) for f in t.factors]
    factors = {factor.expression: factor for factor in (*random, *fixed)}
    if all(coding(factor, False).is_number for factor in factors.values()):
        return model.covariance, model.bare
    if model.bound and all(
        coding(factors[expression], full).names == names
        for (expression, full), names in model.codings
    ):
        return model.covariance, model.coefficients
    covariance = _joined(model, coding)
    return covariance, _coded_coefficients(model, covariance, coding)


def _joined(model: Structure, coding: Callable[[Factor, bool], Coding]) -> Covariance:
    """Join blocks of the random part of which one says all that the other says.

    A category has a U for each of its values where no intercept stands in its block, as in R; what
    an intercept apart from them adds to their variances and covariances cannot be told from these.
    The same T, in numbers that can be estimated, is that of one block of intercept and contrasts.
    """

    def covers(term: Term, other: Term) -> bool:
        rest = set(term.factors) - set(other.factors)
        own = set(other.factors) <= set(term.factors)
        return own and all(coding(factor, True).categorical for factor in rest)

    blocks = [[c.term for c in block] for block in model.bare_blocks]
    for block in list(blocks):
        for other in blocks:
            if other is not block and all(any(covers(t, own) for t in other) for own in block):
                other += block
                blocks.remove(block)
                break
    _refuse_overlap(blocks, coding)
    if len(blocks) == len(model.bare_blocks):
        return model.covariance
    return checked_covariance(tuple(tuple(t.name for t in block) for block in blocks), model.bare)


def _refuse_overlap(
    blocks: Sequence[Sequence[Term]], coding: Callable[[Factor, bool], Coding]
) -> None:
    """Refuse categories in several blocks: what is common to all values of each is in all of them.

    In ``(0 + a | g) + (0 + b | g)`` a constant may move from the covariances of one to the other's.
    """
    seen: dict[frozenset[Factor], tuple[int, Term]] = {}
    for place, block in enumerate(blocks):
        for term in block:
            numbers = frozenset(f for f in term.factors if not coding(f, True).categorical)
            at, other = seen.setdefault(numbers, (place, term))
            if at != place:
                both = " + ".join(["1", *(t.formula for t in (other, term) if t)])
                raise ModelError(
                    f"'{other.name}' and '{term.name}' are to vary between groups without "
                    "correlating, and each category has an effect in each of its values.",
                    "What these have in common cannot be told apart; let them correlate, as in "
                    f"'({both} | g)', or leave one of them out.",
                )


def _coded_coefficients(
    model: Structure, covariance: Covariance, coding: Callable[[Factor, bool], Coding]
) -> tuple[Coefficient, ...]:
    """Give the coefficients as they are estimated: one for each column of a level-1 term.

    The coding is decided over the whole fixed part, and over each block of the random part, as in
    R.  A category that is coded in two ways has coefficients of both.
    """
    fixed = [(c, predictor) for c in model.bare for predictor in c.predictors]
    cells = coded([predictor * c.term for c, predictor in fixed], coding)
    random: dict[Term, tuple[Term, ...]] = {}
    for block in blocks_of(model.bare, covariance):
        terms = [c.term for c in block]
        random.update(zip(terms, coded(terms, coding), strict=True))
    coefficients: list[Coefficient] = []
    for c in model.bare:
        predictors: dict[Term, list[Term]] = {}
        for (own, predictor), columns in zip(fixed, cells, strict=True):
            if own is not c:
                continue
            width = len(predictor.factors)  # level 2 comes first in a product
            for column in columns:
                level1, level2 = Term(column.factors[width:]), Term(column.factors[:width])
                predictors.setdefault(level1, []).append(level2)
        effects = random.get(c.term, ())
        for term in dict.fromkeys((*predictors, *effects)):
            index = model.bare[0].index + len(coefficients)
            level2_terms = tuple(predictors.get(term, ()))
            coefficients.append(Coefficient(index, term, level2_terms, term in effects))
    return tuple(coefficients)


def _codebook(model: Structure, data: pd.DataFrame) -> Codebook | None:
    """Return what the data say of themselves, overridden by what the model was given.

    What a bound model was given was held against data when it was bound.  The name remains that of
    the data, from which scripts for other programs read.
    """
    from mlmteach.data.inspection import attached_codebook, codebook_for

    attached = attached_codebook(data)
    if model.codebook is None:  # complete or not: inspection waits until it is asked for
        return attached
    if not model.bound:
        return codebook_for(data, group=model.group, codebook=model.codebook)
    name = attached.name if attached else ""
    return model.codebook if model.codebook.name == name else replace(model.codebook, name=name)


_DIGITS = 2.0**53
"""Above it, not every whole number is one that programs hold."""


def _is_text(column: pd.Series[Any]) -> bool:
    """Tell whether a program has to read a column as it is written."""
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    values = column.cat.categories if categorical else column
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiu":  # most of them, and fast
        if values.dtype.kind == "f" or values.dtype.itemsize < 8:
            return False
        plain = values.to_numpy()
        return max(-int(plain.min()), int(plain.max())) > _DIGITS
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return True
    return bool(
        pd.api.types.is_integer_dtype(values.dtype) and max(-values.min(), values.max()) > _DIGITS
    )


def _refuse_constant(
    terms: Iterable[Term],
    columns: FactorColumns,
    codes: IntArray,
    first: IntArray,
    model: Structure,
) -> None:
    """Refuse a level-1 predictor that is constant within the groups: it belongs to level 2."""
    constant: dict[tuple[str, ...], Term] = {}
    varying: set[tuple[str, ...]] = set()
    for term in terms:
        own = tuple(factor.expression for factor in term.factors)  # of all contrasts of a category
        if not term or own in varying:
            continue
        if first_varying_row(columns.product(term), codes, first) is None:
            constant.setdefault(own, term)
        else:
            varying.add(own)
    for own, term in constant.items():
        if own not in varying:
            raise belongs_to_level2(term, model)


def belongs_to_level2(term: Term, model: Structure) -> ModelError:
    """Say that a level-1 predictor is constant within the groups."""
    name = term.bare.formula
    return ModelError(
        f"'{name}' stands at level 1, but has one value in each '{model.group}'.",
        f"Move it to level 2: level2={{'intercept': '{name} + U'}}, or let "
        "Model.from_formula place it.",
    )


def _refuse_varying(
    term: Term,
    columns: FactorColumns,
    codes: IntArray,
    first: IntArray,
    labels: pd.Series[Any],
    model: Structure,
) -> None:
    """Refuse a level-2 predictor that has more than one value in a group."""
    if not term or (row := first_varying_row(columns.product(term), codes, first)) is None:
        return
    raise belongs_to_level1(term, model, labels.iloc[row])


def belongs_to_level1(term: Term, model: Structure, label: object = None) -> ModelError:
    """Say that a level-2 predictor varies within a group."""
    name = term.bare.formula
    where = "" if label is None else f": first in {model.group} {label}"
    return ModelError(
        f"'{name}' stands at level 2, but varies within '{model.group}'{where}.",
        f"Move it to the level-1 equation, or use its group mean: 'group_mean({name})'.",
    )
