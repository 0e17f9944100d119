"""Evaluating a model's terms on data: numbers for its columns, names for its contrasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

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
from mlmteach.model.rows import Rows, as_in_the_fit, group_labels, usable_rows
from mlmteach.model.structure import (
    Structure,
    checked_covariance,
    upper_blocks_of,
    upper_predictors,
)
from mlmteach.model.symbols import Coefficient, Covariance, Upper, first_index
from mlmteach.model.terms import INTERCEPT, Factor, Term

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
    "equal_everywhere",
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
    codes3, groups3
        The same of a second grouping, or None.
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
    codes3: IntArray | None = None
    groups3: pd.Index[Any] | None = None


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
    level1 = known.level1
    if model.grouping.crossed:
        own = (c for c in known.model.coefficients if c.random or not c.upper_effects)
        level1 = tuple(c.term for c in own)
    _refuse_equal(known)
    if model.grouping.is_nested:  # what has one value in a school has one in each of its classes
        _check_level3(known, rows, first)
    _refuse_constant(level1, known.columns, rows.codes, first, model)
    for term in known.level2:
        _refuse_varying(term, known.columns, rows.codes, first, labels, model)
    if model.grouping.crossed:
        _check_level3(known, rows, first)
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
        codes3=rows.codes3,
        groups3=rows.groups3,
    )


def _check_level3(known: Learned, rows: Rows, first: IntArray) -> None:
    """Hold the terms against the second grouping: those of level 3, and those that belong there."""
    assert rows.codes3 is not None
    model, first3 = known.model, first_rows(rows.codes3)
    assert model.group3 is not None
    labels3 = rows.columns[model.group3]
    crossed = model.grouping.crossed
    if model.group in model.levels and rows.columns[model.group].nunique() == len(rows.groups):
        raise ModelError(
            f"The group '{model.group}' is also a predictor, and each lies in one "
            f"'{model.group3}'.",
            "Leave it out: its effects are the U's.",
        )
    lower = known.level1 if crossed else (*known.level1, *known.level2)
    if crossed:  # what differs between items may have a slope of its own in each subject
        lower = tuple(c.term for c in model.coefficients if c.upper_effects or not c.random)
    _refuse_constant(lower, known.columns, rows.codes3, first3, model, level=3)
    for term in known.level3:
        own = {f for f in term.factors if model.levels.get(next(iter(f.variables), ""), 3) == 3}
        for factor in term.factors:
            if crossed and factor in own and len(term.factors) > 1:
                _refuse_without_part(factor, known, rows, first, first3)
            if crossed and factor not in own:  # a predictor of the first grouping
                at, where, level = rows.codes, first, 2
                labels = rows.columns[model.group]
            else:
                at, where, level, labels = rows.codes3, first3, 3, labels3
            _refuse_varying(Term((factor,)), known.columns, at, where, labels, model, level=level)


def _refuse_without_part(
    factor: Factor, known: Learned, rows: Rows, first: IntArray, first3: IntArray
) -> None:
    """Refuse a product with a predictor of the first grouping that is in no equation alone."""
    assert rows.codes3 is not None
    values, name = known.columns.product(Term((factor,))), factor.bare.formula
    if first_varying_row(values, rows.codes3, first3) is None:
        return
    if first_varying_row(values, rows.codes, first) is None:
        raise ModelError(
            f"'{name}' is a predictor of '{known.model.group}', and stands in a product with one "
            f"of '{known.model.group3}' alone.",
            f"Put it into the equation too: level2={{'intercept': '{name} + U'}}.",
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

    @property
    def level3(self) -> tuple[Term, ...]:
        """The terms at level 3, or of the second of two crossed groupings, each once."""
        terms = (t for c in self.model.coefficients for t in upper_predictors(c))
        return tuple(dict.fromkeys(terms))


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
    labels = group_labels(model, rows.columns)
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

    laid_out = _laid_out(model, coding)
    sigma2 = model.sigma2
    if sigma2:
        sigma2 = By(sigma2.variable, strata_of(rows.columns[sigma2.variable])[1])
    return Learned(
        model=model.expanded(
            coefficients=laid_out.coefficients,
            covariance=laid_out.covariance,
            covariance3=laid_out.covariance3,
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
            {n: c.dtype for n, c in rows.columns.items() if n not in model.label_columns},
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


class _LaidOut(NamedTuple):
    """Which coefficients there are, a column each, and which of their effects may correlate."""

    covariance: Covariance
    covariance3: Covariance
    coefficients: tuple[Coefficient, ...]


def _laid_out(model: Structure, coding: Callable[[Factor, bool], Coding]) -> _LaidOut:
    """Say which coefficients there are, a column each, and which of their U's may correlate.

    That hangs on the columns' names alone.  Without categories it is as it was written, and where
    the columns are those that a bound model was made for, as it was then.
    """
    random = [factor for c in model.bare if c.is_random for factor in c.term.factors]
    terms = [t for c in model.bare for t in (c.term, *c.predictors, *upper_predictors(c))]
    fixed = [f for t in terms for f in t.factors]
    factors = {factor.expression: factor for factor in (*random, *fixed)}
    if all(coding(factor, False).is_number for factor in factors.values()):
        return _LaidOut(model.covariance, model.covariance3, model.bare)
    if model.bound and all(
        coding(factors[expression], full).names == names
        for (expression, full), names in model.codings
    ):
        return _LaidOut(model.covariance, model.covariance3, model.coefficients)
    lower = [[c.term for c in block] for block in model.bare_blocks]
    upper = [list(block) for block in upper_blocks_of(model.bare, model.covariance3)]
    joined, joined3 = _joined(lower, coding), _joined(upper, coding)
    return _LaidOut(
        model.covariance if len(joined) == len(lower) else _listed(joined),
        model.covariance3 if len(joined3) == len(upper) else _listed(joined3),
        _coded_coefficients(model, joined, joined3, coding),
    )


def _listed(blocks: Sequence[Sequence[Term]]) -> Covariance:
    """Name the blocks of a covariance structure."""
    names = tuple(tuple(term.name for term in block) for block in blocks)
    return checked_covariance(names, [term for block in blocks for term in block])


def _joined(
    written: Sequence[Sequence[Term]], coding: Callable[[Factor, bool], Coding]
) -> list[list[Term]]:
    """Join blocks of the random part of which one says all that the other says.

    A category has a U for each of its values where no intercept stands in its block, as in R; what
    an intercept apart from them adds to their variances and covariances cannot be told from these.
    The same T, in numbers that can be estimated, is that of one block of intercept and contrasts.
    """

    def covers(term: Term, other: Term) -> bool:
        rest = set(term.factors) - set(other.factors)
        own = set(other.factors) <= set(term.factors)
        return own and all(coding(factor, True).categorical for factor in rest)

    blocks = [list(block) for block in written]
    for block in list(blocks):
        for other in blocks:
            if other is not block and all(any(covers(t, own) for t in other) for own in block):
                other += block
                blocks.remove(block)
                break
    _refuse_overlap(blocks, coding)
    return blocks


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
    model: Structure,
    blocks: Sequence[Sequence[Term]],
    blocks3: Sequence[Sequence[Term]],
    coding: Callable[[Factor, bool], Coding],
) -> tuple[Coefficient, ...]:
    """Give the coefficients as they are estimated: one for each column of a level-1 term.

    The coding is decided over the whole fixed part, and over each block of the random part, as in
    R.  A category that is coded in two ways has coefficients of both.
    """
    fixed = [(c, gamma) for c in model.bare for gamma in c.gammas]
    cells = coded([gamma.term for _, gamma in fixed], coding)
    random: dict[Term, tuple[Term, ...]] = {}
    for block in blocks:
        random.update(zip(block, coded(list(block), coding), strict=True))
    random3: dict[Term, tuple[Term, ...]] = {}
    for block in blocks3:
        random3.update(zip(block, coded(list(block), coding), strict=True))
    coefficients: list[Coefficient] = []
    for c in model.bare:
        found: dict[Term, dict[Term, list[Term]]] = {}  # by level 1, by level 2
        for (own, gamma), columns in zip(fixed, cells, strict=True):
            if own is not c:
                continue
            above = len(gamma.level3.factors)  # the upper levels come first in a product
            width = above + len(gamma.level2.factors)
            for column in columns:
                level1, level2 = Term(column.factors[width:]), Term(column.factors[above:width])
                level3 = Term(column.factors[:above])
                found.setdefault(level1, {}).setdefault(level2, []).append(level3)
        effects = random.get(c.term, ()) if c.random else ()
        effects3 = _upper_columns(c, random3)
        for term in dict.fromkeys((*found, *effects, *(level1 for level1, _ in effects3))):
            index = model.bare[0].index + len(coefficients)
            made = _coefficient(c, index, term, found.get(term, {}), effects3)
            coefficients.append(replace(made, random=term in effects))
    return tuple(coefficients)


def _upper_columns(
    c: Coefficient, columns: Mapping[Term, tuple[Term, ...]]
) -> list[tuple[Term, Term]]:
    """The columns that have a V, each parted into its level-1 and its level-2 factors."""
    if c.second:
        return [(t, INTERCEPT) for t in columns.get(c.term, ()) if c.second.random]
    parts = []
    for u in c.upper:
        width = len(u.level2.factors)
        own = columns.get(u.term, ()) if u.random else ()
        parts += [(Term(column.factors[width:]), Term(column.factors[:width])) for column in own]
    return parts


def _coefficient(
    c: Coefficient,
    index: int,
    term: Term,
    found: Mapping[Term, list[Term]],
    effects3: Sequence[tuple[Term, Term]],
) -> Coefficient:
    """Make one of the coefficients of a term, with the predictors that were found for it."""
    if c.second:
        predictors = tuple(level2 for level2, above in found.items() if INTERCEPT in above)
        others = tuple(t * level2 for level2, above in found.items() for t in above if t)
        second = replace(c.second, predictors=others, random=(term, INTERCEPT) in effects3)
        return Coefficient(index, term, predictors, False, second=second)
    own = [level2 for level1, level2 in effects3 if level1 == term]
    predictors = tuple(dict.fromkeys((*found, *own)))
    if not c.upper:
        return Coefficient(index, term, predictors, False)
    predictors = tuple(sorted(predictors, key=bool))  # the mean comes first
    upper = tuple(
        Upper(s, term, level2, tuple(found.get(level2, ())), (term, level2) in effects3)
        for s, level2 in enumerate(predictors, first_index(predictors))
    )
    return Coefficient(index, term, predictors, False, upper)


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
        return codebook_for(
            data,
            group=model.group,
            group3=model.group3,
            crossed=model.grouping.crossed,
            codebook=model.codebook,
        )
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
    *,
    level: int = 2,
) -> None:
    """Refuse a predictor that is constant within the groups of a level above its own."""
    for term in _constant(terms, columns, codes, first):
        raise belongs_to_level2(term, model) if level == 2 else belongs_to_level3(term, model)


def _constant(
    terms: Iterable[Term], columns: FactorColumns, codes: IntArray, first: IntArray
) -> Iterator[Term]:
    """List the terms that are constant within groups; of a category, if all its contrasts are."""
    constant: dict[tuple[str, ...], Term] = {}
    varying: set[tuple[str, ...]] = set()
    for term in terms:
        own = tuple(factor.expression for factor in term.factors)
        if not term or own in varying:
            continue
        if first_varying_row(columns.product(term), codes, first) is None:
            constant.setdefault(own, term)
        else:
            varying.add(own)
    yield from (term for own, term in constant.items() if own not in varying)


def _refuse_equal(known: Learned) -> None:
    """Refuse a predictor that has one value in all rows, whose level nothing can tell."""
    terms = (*known.level1, *known.level2, *known.level3)
    one_group, first = np.broadcast_to(np.intp(0), len(known.values)), np.zeros(1, dtype=np.intp)
    for term in _constant(terms, known.columns, one_group, first):
        raise equal_everywhere(term)


def equal_everywhere(term: Term) -> ModelError:
    """Say that a predictor is a constant."""
    return ModelError(
        f"'{term.bare.formula}' has one value in all rows that are used.",
        "Leave it out, or look at which rows are left.",
    )


def belongs_to_level2(term: Term, model: Structure) -> ModelError:
    """Say that a level-1 predictor is constant within the groups."""
    name = term.bare.formula
    return ModelError(
        f"'{name}' stands at level 1, but has one value in each '{model.group}'.",
        f"Move it to level 2: level2={{'intercept': '{name} + U'}}, or let "
        "Model.from_formula place it.",
    )


def belongs_to_level3(term: Term, model: Structure) -> ModelError:
    """Say that a predictor of a lower level is constant within groups of the second grouping."""
    name = term.bare.formula
    level = max((model.levels.get(v, 1) for v in term.variables), default=1)
    return ModelError(
        f"'{name}' stands at level {level}, but has one value in each '{model.group3}'.",
        f"Move it to level 3: level3={{'intercept': '{name} + V'}}, or let "
        "Model.from_formula place it.",
    )


def _refuse_varying(
    term: Term,
    columns: FactorColumns,
    codes: IntArray,
    first: IntArray,
    labels: pd.Series[Any],
    model: Structure,
    *,
    level: int = 2,
) -> None:
    """Refuse a predictor of an upper level that has more than one value in a group."""
    if not term or (row := first_varying_row(columns.product(term), codes, first)) is None:
        return
    raise belongs_to_level1(term, model, labels.iloc[row], level=level)


def belongs_to_level1(
    term: Term, model: Structure, label: object = None, *, level: int = 2
) -> ModelError:
    """Say that a predictor of an upper level varies within a group."""
    name, group = term.bare.formula, model.grouping.names[level - 2]
    where = "" if label is None else f": first in {group} {label}"
    if level == 3:
        return ModelError(
            f"'{name}' stands at level 3, but varies within '{group}'{where}.",
            f"Move it to a lower level, or make its mean in each '{group}' a column: "
            f"data.groupby('{group}')['{name}'].transform('mean').",
        )
    return ModelError(
        f"'{name}' stands at level 2, but varies within '{group}'{where}.",
        f"Move it to the level-1 equation, or use its group mean: 'group_mean({name})'.",
    )
