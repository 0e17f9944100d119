"""Evaluating a model's terms on data: numbers for its columns, names for its contrasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pandas as pd

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.levels import first_rows, first_varying_row
from mlmteach.errors import ModelError
from mlmteach.model.columns import Side, learn
from mlmteach.model.rows import usable_rows
from mlmteach.model.structure import Structure
from mlmteach.model.symbols import Coefficient
from mlmteach.model.terms import INTERCEPT, Term

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook

__all__ = ["Encoded", "Encoding", "bind", "encode"]

S = TypeVar("S", bound=Structure)


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
    model : Structure
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

    model: Structure
    frame: pd.DataFrame
    dropped: int
    codes: IntArray
    groups: pd.Index[Any]
    outcome: FloatArray
    level1: dict[Term, FloatArray]
    level2: dict[tuple[Term, Term], FloatArray]
    encoding: Encoding


def encode(model: Structure, data: pd.DataFrame) -> Encoded:
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
    rows = usable_rows(model, data)
    frame, labels = rows.frame, rows.frame[model.group]
    _, outcome = learn((Term((model.outcome,)),), frame, rows.numeric, labels)
    if outcome.shape[1] != 1:
        raise ModelError(
            f"The outcome '{model.outcome.name}' has categories.",
            "A linear multilevel model needs a numeric outcome; code it as numbers.",
        )
    side, columns = learn(
        tuple(c.term for c in model.bare),
        frame,
        rows.numeric,
        labels,
        constant=_has_constant(model, frame, rows.numeric),
    )
    level1 = dict(zip([t for terms in side.columns for t in terms], columns.T, strict=True))
    first = first_rows(rows.codes)
    _refuse_one_category(side)
    _refuse_constant(level1, first, model)
    sides: dict[Term, Side] = {}
    level2: dict[tuple[Term, Term], FloatArray] = {}
    expanded: list[Coefficient] = []
    known: dict[tuple[Term, ...], tuple[Side, FloatArray]] = {}
    q = model.bare[0].index
    for c, terms in zip(model.bare, side.columns, strict=True):
        if c.predictors not in known:
            known[c.predictors] = learn(c.predictors, frame, rows.numeric, labels)
        sides[c.term], values = known[c.predictors]
        _refuse_one_category(sides[c.term])
        predictors = [t for group in sides[c.term].columns for t in group]
        for predictor, column in zip(predictors, values.T, strict=True):
            _refuse_varying(predictor, column, first, labels, model)
            level2.update({(term, predictor): column for term in terms})
        for term in terms:
            expanded.append(Coefficient(q, term, tuple(predictors), c.random))
            q += 1
    return Encoded(
        model=model.expanded(coefficients=tuple(expanded), codebook=_codebook(model, data)),
        frame=frame,
        dropped=rows.dropped,
        codes=rows.codes,
        groups=rows.groups,
        outcome=outcome[:, 0],
        level1=level1,
        level2=level2,
        encoding=Encoding(side, sides),
    )


def bind(model: S, data: pd.DataFrame) -> S:
    """Hold a model against data: check every variable and name every contrast.

    Parameters
    ----------
    model : Structure
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.

    Returns
    -------
    Structure
        The same model, of the same class; its categorical predictors have one coefficient a
        contrast, and it knows the codebook of the data.

    Raises
    ------
    ModelError
        If a variable is unknown or stands at the wrong level.
    DataError
        If the data hold something that cannot be used.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = bind(mlm.Model("normexam ~ standLRT + sex", group="school"), mlm.load("exam"))
    >>> [gamma.name for gamma in model.gammas]
    ['Intercept', 'standLRT', 'sex[T.F]']
    """
    return cast("S", encode(model, data).model)


def _codebook(model: Structure, data: pd.DataFrame) -> Codebook | None:
    """Return what the data say of themselves, overridden by what the model was given."""
    from mlmteach.data.inspection import attached_codebook, codebook_for

    if model.codebook is None:  # complete or not: inspection waits until it is asked for
        return attached_codebook(data)

    return codebook_for(data, group=model.group, codebook=model.codebook)


def _has_constant(model: Structure, frame: pd.DataFrame, numeric: Mapping[str, FloatArray]) -> bool:
    """Tell whether the intercept's level-2 equation holds a constant, which contrasts presume.

    A category is left out of a level-1 predictor because the mean γ_00 stands for it, or the
    categories of a level-2 predictor do.
    """
    predictors = next((c.predictors for c in model.bare if not c.term), ())
    if INTERCEPT in predictors:
        return True
    if not predictors:
        return False
    _, values = learn(predictors, frame, numeric, frame[model.group])
    ones = np.ones(len(frame))
    fitted = values @ np.linalg.lstsq(values, ones, rcond=None)[0]
    return bool(np.allclose(fitted, ones))


def _refuse_one_category(side: Side) -> None:
    """Refuse a categorical predictor that has no contrast."""
    for term, columns in zip(side.terms, side.columns, strict=True):
        if not columns:
            raise ModelError(
                f"'{term.name}' has one category in all rows that are used.",
                "Leave it out, or look at which rows are left.",
            )


def _refuse_constant(level1: Mapping[Term, FloatArray], first: IntArray, model: Structure) -> None:
    """Refuse a level-1 predictor that is constant within the groups: it belongs to level 2."""
    varying = {
        term.bare
        for term, column in level1.items()
        if term and first_varying_row(column, first) is not None
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
    first: IntArray,
    labels: pd.Series[Any],
    model: Structure,
) -> None:
    """Refuse a level-2 predictor that has more than one value in a group."""
    if not term or (row := first_varying_row(column, first)) is None:
        return
    name = term.bare.formula
    remedy = f"Move it to the level-1 equation, or use its group mean: 'group_mean({name})'."
    raise ModelError(
        f"'{name}' stands at level 2, but varies within '{model.group}': first in "
        f"{model.group} {labels.iloc[row]}.",
        remedy,
    )
