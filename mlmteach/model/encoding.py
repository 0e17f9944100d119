"""Evaluating a model's terms on data: numbers for its columns, names for its contrasts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlmteach.errors import ModelError
from mlmteach.model.formula import join
from mlmteach.model.levels import first_varying_row
from mlmteach.model.rows import usable_rows
from mlmteach.model.symbols import Coefficient
from mlmteach.model.terms import Factor, Term
from mlmteach.model.transforms import group_functions

if TYPE_CHECKING:
    from formulaic import ModelSpec

    from mlmteach.data.codebook import Codebook
    from mlmteach.model.spec import Model

__all__ = ["Encoded", "Encoding", "Side", "encode"]

FloatArray = NDArray[np.float64]
_EVALUATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, eq=False)
class Side:
    """How the terms of one equation become columns, as learned from data.

    Parameters
    ----------
    terms : tuple of Term
        The terms as written.
    columns : tuple of tuple of Term
        For each of them the terms of its columns: one, or one a contrast.
    spec : formulaic.ModelSpec or None
        What formulaic has to remember; None where every factor is a numeric column.
    """

    terms: tuple[Term, ...]
    columns: tuple[tuple[Term, ...], ...]
    spec: ModelSpec | None

    def evaluate(self, frame: pd.DataFrame, labels: pd.Series[Any]) -> FloatArray:
        """Compute the columns for these rows, shape (n, columns)."""
        if self.spec is None:
            return _products(frame, self.terms)
        return _materialise(self.spec, frame, labels, self.terms)


@dataclass(frozen=True, eq=False)
class Encoding:
    """How a model's equations become columns: what prediction for new data needs."""

    level1: Side
    level2: Mapping[Term, Side]


@dataclass(frozen=True, eq=False)
class Encoded:
    """A model held against data.

    Parameters
    ----------
    model : Model
        Bound: each contrast has its coefficient.
    frame : pandas.DataFrame, shape (n, variables)
        The rows that are used, the columns that the model names.
    dropped : int
        How many rows were left out because of missing values.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    groups : pandas.Index, shape (J,)
        The labels of the groups, sorted.
    outcome : ndarray, shape (n,)
        The values of the outcome.
    level1 : dict of Term to ndarray, each of shape (n,)
        One column a level-1 coefficient.
    level2 : dict of (Term, Term) to ndarray, each of shape (n,)
        One column a level-2 predictor of a coefficient, keyed by both terms.
    encoding : Encoding
        The same for new data.
    """

    model: Model
    frame: pd.DataFrame
    dropped: int
    codes: NDArray[np.intp]
    groups: pd.Index[Any]
    outcome: FloatArray
    level1: dict[Term, FloatArray]
    level2: dict[tuple[Term, Term], FloatArray]
    encoding: Encoding


def encode(model: Model, data: pd.DataFrame) -> Encoded:
    """Hold a model against data, with every check that needs them.

    Parameters
    ----------
    model : Model
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
    rows = usable_rows(model, data)
    frame, labels = rows.frame, rows.frame[model.group]
    outcome_side, outcome = _learn((Term((model.outcome,)),), frame, labels)
    if outcome.shape[1] != 1:
        raise ModelError(
            f"The outcome '{model.outcome.name}' has categories.",
            "A linear multilevel model needs a numeric outcome; code it as numbers.",
        )
    del outcome_side
    side, columns = _learn(tuple(c.term for c in model.bare), frame, labels)
    level1 = dict(zip([t for terms in side.columns for t in terms], columns.T, strict=True))
    _refuse_constant(level1, rows.codes, model)
    sides: dict[Term, Side] = {}
    level2: dict[tuple[Term, Term], FloatArray] = {}
    expanded: list[Coefficient] = []
    known: dict[tuple[Term, ...], tuple[Side, FloatArray]] = {}
    q = model.bare[0].index
    for c, terms in zip(model.bare, side.columns, strict=True):
        if c.predictors not in known:
            known[c.predictors] = _learn(c.predictors, frame, labels)
        sides[c.term], values = known[c.predictors]
        predictors = [t for group in sides[c.term].columns for t in group]
        for predictor, column in zip(predictors, values.T, strict=True):
            _refuse_varying(predictor, column, rows.codes, labels, model)
            level2.update({(term, predictor): column for term in terms})
        for term in terms:
            expanded.append(Coefficient(q, term, tuple(predictors), c.random))
            q += 1
    return Encoded(
        model=model._with(coefficients=tuple(expanded), codebook=_codebook(model, data)),
        frame=frame,
        dropped=rows.dropped,
        codes=rows.codes,
        groups=rows.groups,
        outcome=outcome[:, 0],
        level1=level1,
        level2=level2,
        encoding=Encoding(side, sides),
    )


def _codebook(model: Model, data: pd.DataFrame) -> Codebook | None:
    """Return what the data say of themselves, overridden by what the model was given."""
    if model.codebook is None:
        # complete or not: inspection waits until it is asked for
        known: Codebook | None = data.attrs.get("codebook")
        return known
    from mlmteach.data.inspection import codebook_for

    return codebook_for(data, group=model.group, codebook=model.codebook)


def _learn(
    terms: tuple[Term, ...], frame: pd.DataFrame, labels: pd.Series[Any]
) -> tuple[Side, FloatArray]:
    """Evaluate terms for the first time, and keep what later evaluations need."""
    if not terms:
        return Side((), (), None), np.empty((len(frame), 0))
    if all(_is_plain(factor, frame) for term in terms for factor in term.factors):
        return Side(terms, tuple((t.bare,) for t in terms), None), _products(frame, terms)
    from formulaic import Formula

    formula: Any = Formula(join(terms))
    spec, values = _materialise_first(formula, frame, labels, terms)
    by_name = {str(term): indices for term, indices in spec.term_indices.items()}
    columns = tuple(
        tuple(_column_term(term, spec.column_names[i]) for i in by_name[term.formula])
        for term in terms
    )
    order = [i for term in terms for i in by_name[term.formula]]
    return Side(terms, columns, spec), values[:, order]


def _is_plain(factor: Factor, frame: pd.DataFrame) -> bool:
    """Tell whether a factor is a numeric column, which needs no library to evaluate."""
    if factor.expression not in frame.columns:
        return False
    kind = frame[factor.expression].dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def _products(frame: pd.DataFrame, terms: Sequence[Term]) -> FloatArray:
    columns = np.ones((len(frame), len(terms)))
    for position, term in enumerate(terms):
        for factor in term.factors:
            columns[:, position] *= frame[factor.expression].to_numpy(dtype=float)
    return columns


def _materialise_first(
    formula: Any, frame: pd.DataFrame, labels: pd.Series[Any], terms: Sequence[Term]
) -> tuple[ModelSpec, FloatArray]:
    matrix = _evaluate(formula, frame, labels, terms)
    return matrix.model_spec, _finite(matrix)


def _materialise(
    spec: ModelSpec, frame: pd.DataFrame, labels: pd.Series[Any], terms: Sequence[Term]
) -> FloatArray:
    values = _finite(_evaluate(spec, frame, labels, terms))
    by_name = {str(term): indices for term, indices in spec.term_indices.items()}
    return values[:, [i for term in terms for i in by_name[term.formula]]]


def _evaluate(
    source: Any, frame: pd.DataFrame, labels: pd.Series[Any], terms: Sequence[Term]
) -> Any:
    from formulaic.errors import DataMismatchWarning, FormulaicError

    written = ", ".join(term.formula for term in terms if term)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", category=DataMismatchWarning)
            return source.get_model_matrix(
                frame, context=group_functions(labels), na_action="ignore"
            )
    except DataMismatchWarning:
        raise ModelError(
            f"The new data have a category in '{written}' that the data of the fit had not.",
            "Leave these rows out: nothing was estimated for them.",
        ) from None
    except FormulaicError as error:
        detail = str(error.__cause__ or error).split("\n")[0].rstrip(".")
    except _EVALUATION_ERRORS as error:
        detail = str(error).split("\n")[0].rstrip(".")
    raise ModelError(
        f"The terms '{written}' cannot be computed: {detail}.",
        "Check the functions and the types of the columns; compute a difficult one beforehand.",
    )


def _finite(matrix: Any) -> FloatArray:
    values = np.asarray(matrix, dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        name = str(matrix.columns[column])
        raise ModelError(
            f"'{name}' is not a finite number in row {matrix.index[row]!r} "
            f"({int(bad[:, column].sum())} rows in all).",
            "Look for a logarithm of zero, a division by zero, or a category that was not in the "
            "data of the fit.",
        )
    return values


def _column_term(term: Term, column: str) -> Term:
    """Read the name of a column, such as ``sex[T.F]:ses``, back into a term."""
    if not term:
        return term
    suffixes = _suffixes([factor.expression for factor in term.factors], column)
    if suffixes is None:
        raise ModelError(
            f"The column '{column}' of the term '{term.name}' has a name that cannot be read.",
            "Rename categories that contain brackets or colons.",
        )
    return Term(tuple(Factor(f.expression, s) for f, s in zip(term.factors, suffixes, strict=True)))


def _suffixes(expressions: list[str], text: str) -> list[str] | None:
    """Match ``text`` against the expressions, each followed by nothing or by ``[…]``."""
    head, *rest = expressions
    if not text.startswith(head):
        return None
    text = text[len(head) :]
    ends = [0] + [i + 1 for i, character in enumerate(text) if character == "]"]
    for end in ends:
        if end and not text.startswith("["):
            break
        if not rest and end == len(text):
            return [text]
        if rest and text[end : end + 1] == ":":
            tail = _suffixes(rest, text[end + 1 :])
            if tail is not None:
                return [text[:end], *tail]
    return None


def _refuse_constant(
    level1: Mapping[Term, FloatArray], codes: NDArray[np.intp], model: Model
) -> None:
    """Refuse a level-1 predictor that is constant within the groups: it belongs to level 2."""
    if len(codes) == codes.max() + 1:  # groups of one: nothing can vary within them
        return
    varying = {
        term.bare
        for term, column in level1.items()
        if term and first_varying_row(column, codes) is not None
    }
    for term in level1:
        if term and term.bare not in varying:
            name = term.bare.formula
            raise ModelError(
                f"'{name}' stands at level 1, but has one value in each '{model.group}'.",
                f"Move it to level 2: level2={{'intercept': '{name} + U'}}, or let "
                "Model.from_formula place it.",
            )


def _refuse_varying(
    term: Term,
    column: FloatArray,
    codes: NDArray[np.intp],
    labels: pd.Series[Any],
    model: Model,
) -> None:
    """Refuse a level-2 predictor that has more than one value in a group."""
    if not term or (row := first_varying_row(column, codes)) is None:
        return
    name = term.bare.formula
    remedy = f"Move it to the level-1 equation, or use its group mean: 'group_mean({name})'."
    raise ModelError(
        f"'{name}' stands at level 2, but varies within '{model.group}': first in "
        f"{model.group} {labels.iloc[row]}.",
        remedy,
    )
