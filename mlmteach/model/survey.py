"""What a model has to know of rows that come in chunks, before they can become columns.

A first walk through a stream says how many rows can be used, which groups there are and what each
column holds (:class:`Survey`).  It keeps few rows: a sample of whole groups, and witnesses, which
are a row for every value of a category and for the ends of every number.  From these a model learns
its coefficients as from any frame.  What it takes from all rows, such as the mean in ``center(x)``,
is then summed over the stream, and the sums go into the place of what the few rows said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pandas as pd

from mlmteach.data.levels import LevelsSeen, first_rows, first_varying_row, levels_seen
from mlmteach.data.plain import group_codes
from mlmteach.data.sources import refuse_chunks, stream_of
from mlmteach.errors import DataError
from mlmteach.model.columns import Coding, MomentSums
from mlmteach.model.encoding import (
    FactorColumns,
    Learned,
    belongs_to_level1,
    belongs_to_level2,
    encode,
    equal_everywhere,
    learn_model,
)
from mlmteach.model.predictor import FUNCTIONS, Contrast
from mlmteach.model.rows import (
    Rows,
    check_outcome,
    missing_rows,
    named_columns,
    no_row_left,
    numeric_columns,
    refuse_groups,
    refuse_numbers_as_text,
    required_columns,
    without_unused_categories,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.data.sources import Data, Stream
    from mlmteach.model.structure import Structure

__all__ = ["Census", "GroupStatistics", "Known", "UsableChunk", "bind", "know"]

S = TypeVar("S", bound="Structure")

SAMPLE = 10_000
"""The most rows of whole groups that are kept."""
MOST_VALUES = 1_000
"""The most values of a column that are taken for categories."""
_FEW = 12  # values of a number that may be a code, and of which every combination is kept
_MOMENTS = frozenset(name for name, row in FUNCTIONS.items() if row.moment)
_LOOKED_AT = 10_000  # rows of a chunk in which a column that varies is looked for


# --- the first walk ---------------------------------------------------------------------------


@dataclass
class Survey:
    """What a first walk finds; see :class:`~mlmteach.data.sources.Total`.

    Attributes
    ----------
    rows, dropped : int
        All rows, and those that lack a value.
    absent : pandas.Series
        How many values each column lacks.
    types : dict of str to dtype
        What each column holds.
    groups : list of pandas.Series
        How many rows of each group can be used, in parts.
    coded : frozenset of str
        The columns that may hold categories, or codes of some.
    named : frozenset of str
        Those that the model takes for categories, as in ``C(year)``.
    witnesses : pandas.DataFrame
    sample : pandas.DataFrame
    below : int
        Whose hash is less is in the sample.
    """

    group: str
    rows: int
    dropped: int
    absent: pd.Series[int]
    types: dict[str, Any]
    groups: list[pd.Series[int]]
    coded: frozenset[str]
    named: frozenset[str]
    witnesses: pd.DataFrame
    sample: pd.DataFrame
    below: int = 1 << 64

    def absorb(self, other: Survey) -> None:
        """Add what another part of the rows says."""
        self.rows += other.rows
        self.dropped += other.dropped
        self.absent = self.absent + other.absent
        self.types = {name: _common(own, other.types[name]) for name, own in self.types.items()}
        self.groups += other.groups
        if sum(map(len, self.groups[1:])) > len(self.groups[0]):
            self.groups = [_counted(self.groups)]
        both = [part for part in (self.witnesses, other.witnesses) if len(part)]
        self.coded &= other.coded
        if both:
            together = _cast(pd.concat([_cast(part, self.types) for part in both]), self.types)
            self.witnesses, self.coded = _witnesses(together, self.group, self.coded, self.named)
        self.below = min(self.below, other.below)
        parts = [part for part in (self.sample, other.sample) if len(part)]
        if parts:
            joined = _cast(pd.concat([_cast(part, self.types) for part in parts]), self.types)
            self.sample, self.below = _sampled(joined, self.group, self.below)


def _surveyed(chunk: pd.DataFrame, model: Structure) -> Survey:
    """Look at some rows."""
    frame = required_columns(chunk, model.variables, groups=model.label_columns)
    columns: dict[str, pd.Series[Any]] = {str(name): column for name, column in frame.items()}
    numeric = numeric_columns(columns, groups=model.label_columns)
    missing = missing_rows(columns, numeric)
    used = frame if missing is None else frame.iloc[np.flatnonzero(~missing)]
    labels = frame[model.group]
    counts = used[model.group].value_counts(sort=False)
    if missing is not None:  # groups of which no row is left, in the order of the data
        counts = counts.reindex(pd.Index(labels.dropna().unique()), fill_value=0)
    counts = counts[counts.index.notna()]
    if isinstance(counts.index, pd.CategoricalIndex):
        counts.index = pd.Index(counts.index.to_numpy())
    factors = [f for c in model.bare for t in (c.term, *c.predictors) for f in t.factors]
    named = frozenset(v for f in factors if isinstance(f.tree, Contrast) for v in f.variables)
    every = frozenset(columns) - {model.group}
    witnesses, coded = _witnesses(used, model.group, every, named)
    sample, below = _sampled(used, model.group, 1 << 64)
    return Survey(
        group=model.group,
        rows=len(frame),
        dropped=0 if missing is None else int(missing.sum()),
        absent=frame.isna().sum() if missing is not None else pd.Series(0, index=frame.columns),
        types=dict(zip(map(str, frame.columns), frame.dtypes, strict=True)),
        groups=[counts],
        coded=coded,
        named=named,
        witnesses=witnesses,
        sample=sample,
        below=below,
    )


def _counted(parts: list[pd.Series[int]]) -> pd.Series[int]:
    """Add the counts of groups, in the order in which the groups came."""
    every = pd.concat(parts)
    return every.groupby(level=0, sort=False).sum() if len(parts) > 1 else every


def _common(one: Any, other: Any) -> Any:
    """Find the type that holds the values of two."""
    if one == other and not isinstance(one, pd.CategoricalDtype):
        return one
    kinds = [isinstance(kind, pd.CategoricalDtype) for kind in (one, other)]
    if all(kinds):
        if one == other and list(one.categories) == list(other.categories):
            return one
        categories = one.categories.append(other.categories.difference(one.categories, sort=False))
        return pd.CategoricalDtype(categories, ordered=bool(one.ordered and other.ordered))
    if any(kinds):
        return np.dtype(object)
    return pd.concat([pd.Series([], dtype=one), pd.Series([], dtype=other)]).dtype


def _cast(frame: pd.DataFrame, types: Mapping[str, Any]) -> pd.DataFrame:
    """Give the columns the types that they have in all rows."""
    kinds = {str(name): kind for name, kind in frame.dtypes.items()}
    other = {name: types[name] for name, kind in kinds.items() if kind != types[name]}
    return frame.astype(other) if other else frame


def _witnesses(
    frame: pd.DataFrame, group: str, coded: Collection[str], named: Collection[str]
) -> tuple[pd.DataFrame, frozenset[str]]:
    """Keep a row for all that a reader of the rows may look for.

    That is the least and the greatest value of a number, one that is no whole number, and one that
    is neither 0 nor 1; every value of a category; every combination of them, if they are not too
    many; and two rows of a group in which a column varies.

    Returns
    -------
    tuple of (pandas.DataFrame, frozenset of str)
        The rows, and the columns that may be coded as categories still.
    """
    if not len(frame):
        return frame, frozenset(coded)
    keep: set[int] = set()
    few = []
    labels = pd.factorize(frame[group].iloc[:_LOOKED_AT])[0]
    first = first_rows(labels)
    for name, column in frame.items():
        if name == group:
            continue
        numeric = numeric_columns({str(name): column}).get(str(name))
        if numeric is not None:
            keep |= {int(numeric.argmin()), int(numeric.argmax())}
            keep |= {_first(lambda x: x != np.floor(x), numeric)}
            keep |= {_first(lambda x: (x != 0.0) & (x != 1.0), numeric)}
        start = (
            numeric[:_LOOKED_AT]
            if numeric is not None
            else pd.factorize(column.iloc[:_LOOKED_AT])[0]
        )
        varies = first_varying_row(start, labels, first)
        if varies is not None:
            keep |= {varies, int(first[labels[varies]])}
        if name not in coded or (numeric is not None and len(pd.unique(start)) > MOST_VALUES):
            continue
        found = np.flatnonzero(~column.duplicated().to_numpy())
        if len(found) > MOST_VALUES:
            if numeric is None:
                refuse_numbers_as_text({str(name): column}, ())
                raise DataError(
                    f"The column '{name}' has more than {MOST_VALUES} different values that are no "
                    "numbers.",
                    "Leave it out: so many categories name units, and are no predictor.",
                )
            continue
        keep |= set(map(int, found))
        few.append(str(name))
    codes = [
        name
        for name in few
        if name in named
        or frame[name].dtype.kind not in "fiu"
        or len(pd.unique(frame[name])) <= _FEW
    ]
    numbers = numeric_columns({str(name): frame[name] for name in frame.columns}, groups=(group,))
    for name in codes:  # the ends of every number in every category, and a value between them
        told = pd.factorize(frame[name])[0]
        for code in range(int(told.max()) + 1 if int(told.max()) < _FEW else 0):
            rows = np.flatnonzero(told == code)
            for values in numbers.values():
                own = values[rows]
                low, high = int(own.argmin()), int(own.argmax())
                between = int(np.argmax((own != own[low]) & (own != own[high])))
                keep |= set(map(int, rows[[low, high, between]]))
    if len(codes) > 1:
        combined = np.flatnonzero(~frame.duplicated(codes).to_numpy())
        keep |= set(map(int, combined[: 10 * MOST_VALUES]))
    return frame.iloc[sorted(keep)], frozenset(few)


def _first(wanted: Callable[[FloatArray], Any], values: FloatArray) -> int:
    """Find the first row with such a value, or any row; most often it is near the top."""
    near = wanted(values[:_LOOKED_AT])
    found = near if near.any() else wanted(values)
    return int(np.argmax(found))


def _sampled(frame: pd.DataFrame, group: str, below: int) -> tuple[pd.DataFrame, int]:
    """Keep whole groups, those whose labels have the least hashes, as long as there is room.

    Which these are hangs neither on the order of the rows nor on how they are cut.
    """
    if not len(frame):
        return frame, below
    codes, labels = pd.factorize(frame[group])
    hashes = _hashes(pd.Index(labels))
    sizes = np.bincount(codes, minlength=len(labels))
    order = np.argsort(hashes)
    over = np.flatnonzero(np.cumsum(np.where(hashes[order] < below, sizes[order], 0)) > SAMPLE)
    if len(over):
        below = min(below, int(hashes[order][over[0]]))
    elif below == 1 << 64:
        return frame, below
    return frame.iloc[np.flatnonzero((hashes < below)[codes])], below


def _hashes(labels: pd.Index[Any]) -> Any:
    """Spread labels evenly, (J,); a number has the same hash whatever its type."""
    plain = labels.to_numpy()
    try:
        values = plain.astype(float)
    except (TypeError, ValueError):
        values = plain.astype(str).astype(object)
    return pd.util.hash_array(np.asarray(values))


# --- what is known of all rows where some are kept -------------------------------------------


@dataclass
class GroupStatistics:
    """Numbers of rows, means, departures and ends of some columns in each group.

    Attributes
    ----------
    count : ndarray of int, shape (K,)
    mean, squares, low, high : ndarray, shape (K, columns)
        The squares are sums of squared departures from the mean.
    """

    count: IntArray
    mean: FloatArray
    squares: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, table: FloatArray, codes: IntArray, starts: IntArray) -> GroupStatistics:
        """Take them from rows in the order of their groups.

        Parameters
        ----------
        table : ndarray, shape (m, columns)
        codes : ndarray of int, shape (m,)
            Ascending, 0 … K-1.
        starts : ndarray of int, shape (K,)
            Where each group begins.
        """
        count = np.diff(np.append(starts, len(codes)))
        origin = table[starts]  # a group of equal values has exactly that mean
        mean = origin + np.add.reduceat(table - origin[codes], starts) / count[:, None]
        return cls(
            count,
            mean,
            np.add.reduceat((table - mean[codes]) ** 2, starts),
            np.minimum.reduceat(table, starts),
            np.maximum.reduceat(table, starts),
        )

    @classmethod
    def empty(cls, groups: int, columns: int) -> GroupStatistics:
        """Begin without rows."""
        zeros = np.zeros((groups, columns))
        count = np.zeros(groups, dtype=np.intp)
        return cls(count, zeros, zeros.copy(), zeros + np.inf, zeros - np.inf)

    def of_column(self, place: int) -> GroupStatistics:
        """Take those of one column."""
        one = slice(place, place + 1)
        parts = (self.mean, self.squares, self.low, self.high)
        return GroupStatistics(self.count, *(part[:, one] for part in parts))

    def together(self) -> GroupStatistics:
        """Take all groups as one."""
        rows = self.count.sum()
        mean = self.count @ self.mean / rows  # (columns,)
        squares = self.squares.sum(axis=0) + self.count @ (self.mean - mean) ** 2
        ends = self.low.min(axis=0), self.high.max(axis=0)
        return GroupStatistics(np.array([rows]), *(x[None, :] for x in (mean, squares, *ends)))

    def widened(self, rows: IntArray, groups: int) -> GroupStatistics:
        """Make room for more groups: what is known goes into some rows of theirs."""
        wide = self.empty(groups, self.mean.shape[1])
        wide.take(rows, self)
        return wide

    def take(self, rows: IntArray, other: GroupStatistics) -> None:
        """Add other rows of some groups; see :meth:`~.columns.MomentSums.absorb`."""
        own, theirs = self.count[rows][:, None], other.count[:, None]
        share = theirs / np.maximum(own + theirs, 1)
        apart = other.mean - self.mean[rows]
        self.mean[rows] += apart * share
        self.squares[rows] += other.squares + apart**2 * own * share
        self.low[rows] = np.minimum(self.low[rows], other.low)
        self.high[rows] = np.maximum(self.high[rows], other.high)
        self.count[rows] += other.count


@dataclass(frozen=True, eq=False)
class Census:
    """What is known of all rows of a stream, of which a sample is kept.

    Attributes
    ----------
    numbers : tuple of str
        The variables that are numbers.
    statistics : GroupStatistics
        Of these, in all J groups.
    columns : tuple of str
        The columns of factors at level 1.
    level1 : GroupStatistics
        Of these, over all rows.
    level2 : dict of str to ndarray, each of shape (J,)
        The columns of factors and terms at level 2.
    witnesses : pandas.DataFrame
        A row for every value of a category, for the ends of every number, and the like.
    codings : tuple of Coding
        How factors become columns.
    x_mean : ndarray, shape (p,)
        The means of the columns of X.
    """

    numbers: tuple[str, ...]
    statistics: GroupStatistics
    columns: tuple[str, ...]
    level1: GroupStatistics
    level2: Mapping[str, FloatArray]
    witnesses: pd.DataFrame
    codings: tuple[Coding, ...]
    x_mean: FloatArray

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.statistics.count.sum())

    def number(self, name: str) -> GroupStatistics | None:
        """Give what is known of a variable in each group, (J, 1); None if it is no number."""
        return self.statistics.of_column(self.numbers.index(name)) if name in self.numbers else None

    def over_rows(self, name: str) -> GroupStatistics | None:
        """Give what is known of a variable or a factor over all rows, (1, 1)."""
        found = self.number(name)
        if found is not None:
            return found.together()
        if name in self.columns:
            return self.level1.of_column(self.columns.index(name))
        return None


# --- from the survey to a model that knows how rows become columns ---------------------------


@dataclass(frozen=True, eq=False)
class UsableChunk:
    """Makes the columns of a model of some rows of a stream.

    Attributes
    ----------
    model : Structure
        Bound.
    types : mapping of str to dtype
        What each column holds, in all rows.
    codings : tuple of Coding
        That of the outcome first.
    """

    model: Structure
    types: Mapping[str, Any]
    codings: tuple[Coding, ...]

    def rows(self, chunk: pd.DataFrame) -> pd.DataFrame:
        """Take the rows that have a value for every variable, (m, variables)."""
        columns = {
            name: column if column.dtype == self.types[name] else column.astype(self.types[name])
            for name, column in named_columns(
                chunk, self.model.variables, groups=self.model.label_columns
            ).items()
        }
        missing = missing_rows(columns, numeric_columns(columns, groups=self.model.label_columns))
        frame = pd.DataFrame(columns, copy=False)
        return frame if missing is None else frame.iloc[np.flatnonzero(~missing)]

    def columns(self, frame: pd.DataFrame) -> tuple[FloatArray, FactorColumns]:
        """Compute the outcome, (m,), and the columns of the predictors of usable rows."""
        labels = frame[self.model.group]
        outcome, *others = self.codings
        found = FactorColumns(len(frame))
        for coding in others:
            found.add(coding, coding.evaluate(frame, labels))
        return outcome.evaluate(frame, labels)[:, 0], found


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a stream before its rows become columns.

    Attributes
    ----------
    learned : Learned
        The model, bound, and how columns are made.
    chunk : UsableChunk
        Makes columns of some rows.
    groups : pandas.Index, shape (J,)
    sizes : ndarray of int, shape (J,)
        The rows of each group that can be used.
    dropped : int
    lost : tuple
        The labels of the groups of which no row is left.
    witnesses : pandas.DataFrame
        A row for every value of a category, for the ends of every number, and the like.
    sample : pandas.DataFrame
        All rows of some groups.
    """

    learned: Learned
    chunk: UsableChunk
    groups: pd.Index[Any]
    sizes: IntArray
    dropped: int
    lost: tuple[object, ...]
    witnesses: pd.DataFrame
    sample: pd.DataFrame

    @property
    def whole(self) -> bool:
        """Whether the sample is all of the rows."""
        return len(self.sample) == int(self.sizes.sum())


def know(model: Structure, stream: Stream) -> Known:
    """Walk through a stream until a model can make columns of its rows.

    Parameters
    ----------
    model : Structure
    stream : Stream

    Returns
    -------
    Known

    Raises
    ------
    DataError, ModelError
        As of a frame; see :func:`~mlmteach.model.encoding.encode`.
    """
    model.family.refuse_chunks()
    found = stream.total(partial(_surveyed, model=model), model.variables, progress="Survey")
    if found is None:
        raise DataError("The data have no rows.", "Look at how they were read or filtered.")
    if found.dropped == found.rows:
        raise no_row_left(found.absent, found.rows)
    counts = _counted(found.groups)
    used = counts[counts > 0]
    label_type = found.types[model.group]
    codes, groups = group_codes(pd.Series(used.index, dtype=label_type, name=model.group))
    sizes = np.empty(len(groups), dtype=np.intp)
    sizes[codes] = used.to_numpy()
    refuse_groups(groups, found.rows - found.dropped)
    few = without_unused_categories(pd.concat([found.witnesses, found.sample]))
    few.attrs = found.sample.attrs = dict(stream.attrs)
    columns: dict[str, pd.Series[Any]] = {str(name): column for name, column in few.items()}
    numeric = numeric_columns(columns, groups=model.label_columns)
    refuse_numbers_as_text(columns, (*numeric, model.group))
    check_outcome(columns, numeric, model)
    kept, labels = group_codes(few[model.group])
    learned = learn_model(model, Rows(few, columns, numeric, 0, kept, labels), few)
    _refuse_many(learned.model, found.coded)
    types = found.types | {n: column.dtype for n, column in columns.items() if n != model.group}
    assert learned.outcome is not None
    chunk = UsableChunk(learned.model, types, (learned.outcome, *learned.encoding.codings))
    chunk = _with_moments(chunk, stream)
    outcome, *others = chunk.codings
    encoding = replace(learned.encoding, codings=tuple(others))
    return Known(
        learned=replace(learned, outcome=outcome, encoding=encoding),
        chunk=chunk,
        groups=groups,
        sizes=sizes,
        dropped=found.dropped,
        lost=tuple(counts.index[counts.to_numpy() == 0]),
        witnesses=few,
        sample=found.sample,
    )


def bind(model: S, data: Data) -> S:
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

    Notes
    -----
    It keeps what does not hang on single values: the coefficients, their names, and the codebook.
    The values themselves are read and checked anew by every fit, since a frame can be changed in
    place; that is one cheap pass, and where columns and codebook are as before, the bound model of
    the fit is this very object.

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
    stream = stream_of(data)
    if len(model.grouping.names) > 1:
        refuse_chunks(data)
    bound = encode(model, data).model if stream is None else _bound_to_stream(model, stream)
    return cast("S", bound)


def _bound_to_stream(model: Structure, stream: Stream) -> Structure:
    known = know(model, stream)
    if known.whole:
        return encode(model, known.sample).model
    learned = known.learned
    found = stream.total(partial(_levels_of_terms, known=known), model.variables, progress="Levels")
    assert found is not None
    _refuse_equal(found, learned)
    at_level1: dict[tuple[str, ...], bool] = {}
    for term in learned.level1:  # a contrast may be constant where another varies
        own = tuple(factor.expression for factor in term.factors)
        at_level1[own] = at_level1.get(own, not term) or found.found[f"1 {term.name}"] == 1
    for term in learned.level1:
        if not at_level1[tuple(factor.expression for factor in term.factors)]:
            raise belongs_to_level2(term, model)
    for term in learned.level2:
        if found.found[f"2 {term.name}"] == 1:
            raise belongs_to_level1(term, model)
    return learned.model


def _refuse_equal(found: LevelsSeen, learned: Learned) -> None:
    """Refuse a predictor that has one value in all rows."""
    terms = [(level, t) for level, own in ((1, learned.level1), (2, learned.level2)) for t in own]
    unequal = {
        tuple(factor.expression for factor in term.factors)
        for level, term in terms
        if (name := f"{level} {term.name}") not in found.known or found.known[name].nunique() > 1
    }
    for _, term in terms:
        if term and tuple(factor.expression for factor in term.factors) not in unequal:
            raise equal_everywhere(term)


def _levels_of_terms(chunk: pd.DataFrame, known: Known) -> LevelsSeen:
    frame = known.chunk.rows(chunk)
    group = known.learned.model.group
    columns = known.chunk.columns(frame)[1]
    made = {f"1 {term.name}": columns.product(term) for term in known.learned.level1}
    made |= {f"2 {term.name}": columns.product(term) for term in known.learned.level2}
    return levels_seen(pd.DataFrame({**made, group: frame[group]}, index=frame.index), group)


def _refuse_many(model: Structure, coded: Collection[str]) -> None:
    """Refuse categories of a number that has more values than were kept."""
    factors = [f for c in model.coefficients for t in (c.term, *c.predictors) for f in t.factors]
    for factor in factors:
        if isinstance(factor.bare.tree, Contrast) and not set(factor.variables) <= set(coded):
            raise DataError(
                f"'{factor.bare.name}' has more than {MOST_VALUES} categories.",
                "Use the number as it is, or cut it into fewer.",
            )


# --- what functions take from all rows -------------------------------------------------------


@dataclass
class GatheredMoments:
    """The moments of the functions of a model, while rows are still coming."""

    memories: list[dict[str, dict[str, Any]]]

    def sums(self) -> Iterator[tuple[dict[str, Any], str, MomentSums]]:
        """List what is still being summed, with its place."""
        for memory in self.memories:
            for state in memory.values():
                for name, value in state.items():
                    if isinstance(value, MomentSums):
                        yield state, name, value

    def absorb(self, other: GatheredMoments) -> None:
        """Add the sums over other rows."""
        for (_, _, own), (_, _, theirs) in zip(self.sums(), other.sums(), strict=True):
            own.absorb(theirs)


def _gathered(
    chunk: pd.DataFrame, made: UsableChunk, memories: list[dict[str, dict[str, Any]]]
) -> GatheredMoments:
    """Sum over some rows."""
    frame = made.rows(chunk)
    fresh = [
        {
            call: {n: MomentSums(n) if isinstance(v, MomentSums) else v for n, v in state.items()}
            for call, state in memory.items()
        }
        for memory in memories
    ]
    found = []
    for coding, memory in zip(made.codings, fresh, strict=True):
        own = coding.remembering(memory)
        if len(frame) and any(
            isinstance(v, MomentSums) for s in memory.values() for v in s.values()
        ):
            own.gather(frame, frame[made.model.group])
        found.append(own.memory)
    return GatheredMoments(found)


def _with_moments(made: UsableChunk, stream: Stream) -> UsableChunk:
    """Put the moments of all rows where those of the few rows are that a model has learned from.

    A function of a function, as ``scale(group_mean(x))``, takes a walk more.
    """
    memories = [
        {
            call: {
                name: MomentSums(name) if name in _MOMENTS else value for name, value in s.items()
            }
            for call, s in coding.memory.items()
        }
        for coding in made.codings
    ]
    for coding, memory in zip(made.codings, memories, strict=True):
        for call, state in memory.items():
            if any(name not in _MOMENTS for name in state):
                raise DataError(
                    f"'{coding.factor.formula}' cannot be computed in chunks: {call} looks at all "
                    "rows at once.",
                    "Compute it beforehand as a column, or give a frame that lies in memory.",
                )
    while any(True for _ in GatheredMoments(memories).sums()):
        work = partial(_gathered, made=made, memories=memories)
        found = stream.total(work, made.model.variables, progress="Means")
        assert found is not None
        waiting = list(found.sums())
        stuck = not any(sums.count for _, _, sums in waiting)  # what is never a number
        for state, name, sums in waiting:
            if sums.count or stuck:
                state[name] = sums.moment if sums.count else np.nan
        memories = found.memories
    codings = zip(made.codings, memories, strict=True)
    return replace(made, codings=tuple(coding.remembering(memory) for coding, memory in codings))
