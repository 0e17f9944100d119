"""The columns of one equation: how its terms become numbers, now and for new data."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.arrays import FloatArray
from mlmteach.errors import ModelError
from mlmteach.model.formula import join
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Column,
    FormulaFunction,
    evaluate,
    functions_in,
)
from mlmteach.model.rows import numeric_columns
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    import pandas as pd
    from formulaic import ModelSpec

__all__ = ["Side", "group_functions", "learn"]

_EVALUATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


def group_functions(
    labels: pd.Series[Any], used: Collection[str] | None = None
) -> dict[str, Callable[..., Any]]:
    """The functions of formulas, by all their names, for rows of these groups.

    Means and standard deviations are those of the data in which a function was used first; a group
    that was not among them gets the mean of its own rows.

    Parameters
    ----------
    labels : pandas.Series, shape (n,)
        The group of each row.
    used : collection of str, optional
        The names that are needed; all by default.

    Returns
    -------
    dict of str to callable
        What formulaic is given to evaluate them with.
    """
    found: dict[str, Callable[..., Any]] = {}
    for row in FUNCTIONS.values():
        names = [name for name in (row.name, *row.aliases) if used is None or name in used]
        if names:
            found |= dict.fromkeys(names, row.value or _learned(row, labels))
    return found


def _learned(row: FormulaFunction, labels: pd.Series[Any]) -> Callable[..., Any]:
    """A function that remembers the moments of the data in which it was used first."""
    from formulaic.transforms import TRANSFORMS, stateful_transform

    tree = Applied(row.name, Column("x"))

    def learned(data: Any, *arguments: Any, _state: Any = None, **options: Any) -> Any:
        if arguments or options:  # scale(x, center=False)
            return TRANSFORMS[row.name](data, *arguments, _state=_state, **options)

        def moment(row: FormulaFunction, values: pd.Series[Any]) -> Any:
            if not row.within:
                return _state.setdefault(row.name, values.agg(row.moment))
            here = values.groupby(labels.to_numpy()).agg(row.moment)
            known = _state.setdefault(row.name, here)
            return labels.map(known.combine_first(here)).astype(float).set_axis(values.index)

        return evaluate(tree, {"x": data.astype(float)}, moment)

    transform: Callable[..., Any] = stateful_transform(learned)
    return transform


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
            return _products(numeric_columns(frame), self.terms, len(frame))
        matrix = _evaluate(self.spec, frame, labels, self.terms)
        return _arranged(self.spec, matrix, self.terms)


def learn(
    terms: tuple[Term, ...],
    frame: pd.DataFrame,
    numeric: Mapping[str, FloatArray],
    labels: pd.Series[Any],
    *,
    constant: bool = True,
) -> tuple[Side, FloatArray]:
    """Evaluate terms for the first time, and keep what later evaluations need.

    Parameters
    ----------
    terms : tuple of Term
        The right side of one equation.
    frame : pandas.DataFrame, shape (n, columns)
        Rows without missing values.
    numeric : mapping of str to ndarray, each of shape (n,)
        The columns that are numbers, which need no library to evaluate.
    labels : pandas.Series, shape (n,)
        The group of each row.
    constant : bool
        Whether an intercept among the terms stands for the category that contrasts leave out;
        if not, a categorical predictor gets a column for each category.

    Returns
    -------
    tuple of (Side, ndarray of shape (n, columns))

    Raises
    ------
    ModelError
        If a term cannot be computed, or is not finite.
    """
    if not terms:
        return Side((), (), None), np.empty((len(frame), 0))
    if all(factor.expression in numeric for term in terms for factor in term.factors):
        side = Side(terms, tuple((t.bare,) for t in terms), None)
        return side, _products(numeric, terms, len(frame))
    from formulaic import Formula

    formula: Any = Formula(join(terms if constant else [term for term in terms if term]))
    matrix = _evaluate(formula, frame, labels, terms)
    spec: ModelSpec = matrix.model_spec
    names = (*spec.column_names, "1")
    columns = tuple(
        tuple(_column_term(term, names[i]) for i in own)
        for term, own in zip(terms, _places(spec, terms), strict=True)
    )
    return Side(terms, columns, spec), _arranged(spec, matrix, terms)


def _products(numeric: Mapping[str, FloatArray], terms: Sequence[Term], n: int) -> FloatArray:
    columns = np.ones((n, len(terms)), order="F")
    for position, term in enumerate(terms):
        for factor in term.factors:
            columns[:, position] *= numeric[factor.expression]
    return columns


def _arranged(spec: ModelSpec, matrix: Any, terms: Sequence[Term]) -> FloatArray:
    """Bring the columns of a matrix of formulaic into the order of the terms."""
    values = _finite(matrix)
    order = [i for own in _places(spec, terms) for i in own]
    if values.shape[1] in order:
        values = np.column_stack([values, np.ones(len(values))])
    return values[:, order]


def _places(spec: ModelSpec, terms: Sequence[Term]) -> list[list[int]]:
    """Find the columns of each term in a matrix of formulaic, which has an order of its own.

    An intercept that formulaic was not asked for comes after its columns.
    """
    known = {str(term): places for term, places in spec.term_indices.items()}
    known.setdefault("1", [len(spec.column_names)])
    return [known[":".join(f.expression for f in term.factors) or "1"] for term in terms]


def _evaluate(
    source: Any, frame: pd.DataFrame, labels: pd.Series[Any], terms: Sequence[Term]
) -> Any:
    from formulaic.errors import DataMismatchWarning, FormulaicError

    written = ", ".join(term.formula for term in terms if term)
    used = {name for t in terms for f in t.factors for name in functions_in(f.expression)}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", category=DataMismatchWarning)
            return source.get_model_matrix(
                frame, context=group_functions(labels, used), na_action="ignore"
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
