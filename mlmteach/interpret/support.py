"""What the data hold: what can stay the same in a comparison, and which values an outcome has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from mlmteach.data.codebook import Category
from mlmteach.interpret.predictors import Meaning, shape_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.interpret.source import Source

__all__ = ["Apart", "OutcomeKind", "outcome_kind", "parted"]


# --- what stays the same while something else moves ---------------------------------------


@dataclass(frozen=True)
class Apart:
    """A variable that stays the same for some units of a comparison only, or for none.

    Attributes
    ----------
    name : str
    own : Meaning
        What is compared, or moves.
    why : {"apart", "single", "tied"}
        No value occurs in both categories; in one of them there is one value only; or the variable
        is a function of what moves.
    within : Category or None
        The category with one value.
    value : float, str or None
        That value.
    """

    name: str
    own: Meaning
    why: Literal["apart", "single", "tied"]
    within: Category | None = None
    value: float | str | None = None


def parted(source: Source, factors: Iterable[Meaning], names: Iterable[str]) -> Iterator[Apart]:
    """Look in the data which of some variables cannot stay the same while a predictor moves.

    Parameters
    ----------
    source : Source
    factors : iterable of Meaning
        What is compared, or moves.
    names : iterable of str
        The variables that are said to stay the same.
    """
    frame = source.places.frame
    if frame is None:
        return
    known = [name for name in names if name in frame]
    for own in factors:
        if own.root not in frame:
            continue
        for name in known:
            if own.category is not None and own.reference is not None:
                found = _compared(source, own, name)
            elif own.category is None and _moves(source, own.root, name):
                found = Apart(name, own, "tied")
            else:
                found = None
            if found is not None:
                yield found


def _compared(source: Source, own: Meaning, name: str) -> Apart | None:
    """Compare the values of a variable in two categories."""
    frame = source.places.frame
    assert frame is not None
    assert own.category is not None
    assert own.reference is not None
    pair = own.category, own.reference
    both = [frame.loc[source.places.having(own.root, c.value), name] for c in pair]
    if any(values.empty for values in both):
        return None
    distinct = [set(values.unique()) for values in both]
    numeric = _is_number(frame[name]) and any(len(values) > 2 for values in distinct)
    gap = numeric and (both[0].max() < both[1].min() or both[1].max() < both[0].min())
    if gap or (not numeric and not distinct[0] & distinct[1]):
        return Apart(name, own, "apart")
    for category, values in zip(pair, distinct, strict=True):
        if len(values) == 1:
            (value,) = values
            plain = value.item() if isinstance(value, np.generic) else value
            shown = float(plain) if isinstance(plain, int | float) else str(plain)
            return Apart(name, own, "single", category, shown)
    return None


def _is_number(column: pd.Series[float]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


Numbers: TypeAlias = Mapping[str, "FloatArray"]


def _numbers(source: Source) -> tuple[Numbers, Numbers]:
    """Take the columns of the model that are numbers: in some rows, and in all."""
    frame = source.places.frame
    assert frame is not None
    if "numbers" not in source.remembered:
        names = [name for name in source.model.variables if name in frame]
        every = {n: frame[n].to_numpy(dtype=float) for n in names if _is_number(frame[n])}
        rows = np.linspace(0, len(frame) - 1, _SOME).astype(int)
        source.remembered["numbers"] = {n: x[rows] for n, x in every.items()}, every
    known: tuple[Numbers, Numbers] = source.remembered["numbers"]
    return known


def _moves(source: Source, own: str, name: str) -> bool:
    """Tell whether one of two variables is a function of the other, or a product with it."""
    key = "moves", frozenset((own, name))
    if key not in source.remembered:
        source.remembered[key] = _move_together(*_numbers(source), own, name)
    known: bool = source.remembered[key]
    return known


def _move_together(some: Numbers, every: Numbers, own: str, name: str) -> bool:
    if own == name or own not in every or name not in every:
        return False
    telling = all(len(np.unique(some[column])) >= _POINTS for column in (own, name))
    if telling and not _function_or_product(some, own, name):
        return False  # most pairs are told apart by some rows
    return _function_or_product(every, own, name)


def _function_or_product(columns: Numbers, own: str, name: str) -> bool:
    x, y = columns[own], columns[name]
    if _is_curve(x, y) or _is_curve(y, x):
        return True
    partners = (z for other, z in columns.items() if other not in {own, name})
    return any(_same(y, x * z) or _same(x, y * z) for z in partners)


_SOME = 100
_POWERS = 3
_POINTS = _POWERS + 3  # through fewer there is always a curve


def _is_curve(x: FloatArray, y: FloatArray) -> bool:
    """Tell whether y is a power of x, or a logarithm, root or reciprocal, moved and rescaled."""
    if len(np.unique(x)) < _POINTS:
        return False
    curves = [np.vander(x - x.mean(), _POWERS + 1)]
    if (x > 0).all():
        ones = np.ones(len(x))
        curves += [np.column_stack((ones, f)) for f in (np.log(x), np.sqrt(x), 1.0 / x)]
    return any(_same(y, c @ np.linalg.lstsq(c, y, rcond=None)[0]) for c in curves)


def _same(y: FloatArray, z: FloatArray) -> bool:
    return bool(np.ptp(y) > 0 and np.abs(y - z).max() < 1e-8 * np.ptp(y))


# --- which values an outcome has ----------------------------------------------------------

OutcomeKind = Literal["", "binary", "count", "share"]


def outcome_kind(source: Source) -> OutcomeKind:
    """Tell whether an outcome is 0 or 1, a count near 0 or a share, for which no normal model is.

    Nothing is asked of an outcome whose family is said.  An outcome of zeros and ones is binary.
    Whole numbers may be counts, scores or years, and no data can tell them apart; they are taken
    for a count where the codebook does not call them anything else, where 0 is among them, and
    where 0 is less than two standard deviations below their mean, so that a normal distribution
    would reach below it.  Fractions between 0 and 1 are taken for shares where 0 or 1 is that near.
    An outcome that is transformed is none of these.
    """
    if not source.model.family.is_normal:
        return ""
    shape = shape_of(source.model.outcome.tree)
    name = shape.variable
    if (shape.form, shape.zero, shape.step) != ("number", 0.0, 1.0) or name not in source.codebook:
        return ""
    entry = source.codebook[name]
    values = source.values(name, 1)
    if values is None:
        codes = [str(category.value) for category in entry.categories]
        return "binary" if entry.kind == "binary" and codes == ["0", "1"] else ""
    if np.isin(values, (0.0, 1.0)).all():
        return "binary"
    told = source.spread(name, 1)
    if told is None:
        return ""
    mean, sd = told.mean, told.sd
    if entry.kind == "continuous" and values.min() >= 0.0 and values.max() <= 1.0:
        return "share" if mean < 2.0 * sd or 1.0 - mean < 2.0 * sd else ""
    return "count" if entry.kind == "count" and values.min() == 0.0 and mean < 2.0 * sd else ""
