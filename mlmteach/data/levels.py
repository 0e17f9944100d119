"""At which level a column stands: 2 if it is constant within the groups, 1 if it varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.plain import group_codes, plain_column
from mlmteach.data.sources import Data, column_names, in_memory, refuse_chunks, stream_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LevelsSeen",
    "first_rows",
    "first_varying_row",
    "grouping_messages",
    "level2_columns",
    "levels",
    "levels_by",
    "levels_seen",
    "lies_within",
]

_ROWS = 1 << 12  # looked at at a time


def levels(
    frame: pd.DataFrame, *, group: str | None, columns: Iterable[str] | None = None
) -> dict[str, int | None]:
    """Find the level of every column: 2 where no group has two different values, otherwise 1.

    Missing values are passed over: a group with one value that is known does not vary.  Where no
    group has two rows, or a column has no value at all, nothing can be told, and the level is
    None; so it is without `group`.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    group : str or None
    columns : iterable of str, optional
        Those to look at; all of them when left out.

    Returns
    -------
    dict
        From column to 1, 2 or None.  The grouping column itself is at level 2.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"school": [1, 1, 2, 2], "ses": [1, 2, 3, 4], "size": [9, 9, 8, None]})
    >>> levels(frame, group="school")
    {'school': 2, 'ses': 1, 'size': 2}
    """
    names = list(frame.columns if columns is None else columns)
    if group is None:
        return dict.fromkeys(names)
    codes = group_codes(frame[group])[0]
    if int((codes >= 0).sum()) <= int(codes.max(initial=-1)) + 1:  # no group has two rows
        return {name: 2 if name == group else None for name in names}
    first = first_rows(codes)  # (J,)
    return {
        name: 2 if name == group else _level(_comparable(frame[name]), codes, first)
        for name in names
    }


def level2_columns(
    data: Data, *, group: str, columns: Iterable[str], alone: bool = False
) -> set[str]:
    """Name the columns that are constant within every group, as far as the data can tell.

    Parameters
    ----------
    data : DataFrame or stream, n rows
        One row a level-1 unit; all that :mod:`mlmteach.data.sources` knows.
    group : str
        The grouping column.
    columns : iterable of str
        The columns to look at; those that the data do not have are passed over.
    alone : bool
        Whether rows may be the only ones of their groups, as numbers of successes can be: where no
        group has two rows, all columns are constant within groups.

    Returns
    -------
    set of str
        Empty when no group has two rows and rows may not be alone, since then nothing can be told.
    """
    names = column_names(data)
    if group not in names:
        return set()
    present = [name for name in columns if name in names]
    needed = tuple(dict.fromkeys([group, *present]))
    stream = stream_of(data)
    if stream is None:
        found = levels(in_memory(data, needed), group=group, columns=present)
    else:
        whole = stream.total(partial(levels_seen, group=group), needed, progress="Levels")
        found = {} if whole is None else {name: whole.found[name] for name in present}
    told = any(level is not None for name, level in found.items() if name != group)
    if alone and not told:
        return set(found) - {group}
    return {name for name, level in found.items() if level == 2 and (told or name != group)}


def levels_by(
    data: Data, *, groups: tuple[str, str], nested: bool, columns: Iterable[str]
) -> dict[str, int]:
    """Find the level of columns where there are two groupings, as far as the data can tell.

    Parameters
    ----------
    data : DataFrame, n rows
    groups : tuple of str
        The grouping columns: that of level 2, and that of level 3 or the second of crossed ones.
    nested : bool
        Whether there are three levels.
    columns : iterable of str
        Those to look at; what the data do not have is passed over.

    Returns
    -------
    dict
        From column to 3 where no group of the second grouping has two values, to 2 where no group
        of the first one has; the others vary within both, and are not in it.  With three levels a
        group of the first is one within a group of the second.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"school": [1, 1, 2, 2], "class": [1, 2, 1, 2], "x": [1, 2, 2, 3], "w": [5, 5, 6, 6]}
    ... )
    >>> frame = pd.concat([frame, frame])
    >>> levels_by(frame, groups=("class", "school"), nested=True, columns=["x", "w"])
    {'x': 2, 'w': 3}
    """
    refuse_chunks(data)
    names = column_names(data)
    if not set(groups) <= set(names):
        return {}
    labels = groups[1:] if nested else groups  # the lower labels may be a predictor's values too
    present = [name for name in columns if name in names and name not in labels]
    frame = in_memory(data, tuple(dict.fromkeys([*groups, *present])))
    codes, codes3 = (group_codes(frame[name])[0] for name in groups)
    if nested:
        codes = np.where(
            (codes < 0) | (codes3 < 0), -1, codes3 * (codes.max(initial=0) + 1) + codes
        )
        found, codes = np.unique(codes, return_inverse=True)
        codes = codes - int(found[0] < 0)  # rows without a label stay apart
    lower, upper = (_levels_in(frame, own, present) for own in (codes, codes3))
    order = ((upper, 3), (lower, 2)) if nested else ((lower, 2), (upper, 3))
    return {
        name: next(level for known, level in order if known.get(name) == 2)
        for name in present
        if 2 in (lower.get(name), upper.get(name))
    }


def _levels_in(frame: pd.DataFrame, codes: IntArray, names: list[str]) -> dict[str, int | None]:
    """The levels of columns in groups that are numbered; nothing where no group has two rows."""
    if int((codes >= 0).sum()) <= int(codes.max(initial=-1)) + 1:
        return {}
    first = first_rows(codes)
    return {name: _level(_comparable(frame[name]), codes, first) for name in names}


def lies_within(data: Data, lower: str, upper: str) -> bool | None:
    """Tell whether each group of one column lies in one group of another; None without data."""
    refuse_chunks(data)
    names = column_names(data)
    if lower not in names or upper not in names:
        return None
    frame = in_memory(data, (lower, upper))
    codes, codes3 = (group_codes(frame[name])[0] for name in (lower, upper))
    known = (codes >= 0) & (codes3 >= 0)
    pairs = np.unique(codes3[known] * (int(codes.max(initial=0)) + 1) + codes[known])
    return len(pairs) == len(np.unique(codes[known]))


def grouping_messages(
    lower: pd.Series[Any], upper: pd.Series[Any], *, crossed: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say how the labels of two groupings are taken, where they could be meant otherwise.

    Parameters
    ----------
    lower, upper : pandas.Series, shape (n,)
        The labels of each row: those of level 2 and level 3, or of two crossed groupings, named as
        the columns.
    crossed : bool
        Whether the model takes them for crossed.

    Returns
    -------
    tuple of (tuple of str, tuple of str)
        Notes, and what is likely to be a slip.

    Examples
    --------
    >>> import pandas as pd
    >>> classes, schools = pd.Series([1, 2, 1, 2, 3, 1]), pd.Series(list("AABBBC"))
    >>> frame = pd.DataFrame({"class": classes, "school": schools})
    >>> print(grouping_messages(frame["class"], frame["school"], crossed=False)[0][0])
    'class' 1 occurs in several groups of 'school': group='school/class' takes them for different...
    >>> print(grouping_messages(frame["class"], frame["school"], crossed=True)[1][0])
    Within each 'school', 'class' counts from the first label on, and the model takes 'class' 1 ...
    """
    one, other = str(lower.name), str(upper.name)
    if not crossed:
        shared = _shared_label(lower, upper)
        if shared is None:
            return (), ()
        if _counts_within(upper, lower) and not _counts_within(lower, upper, least=2):
            return (), (
                f"Within each '{one}', '{other}' counts from the first label on, and "
                f"group='{_bare(other)}/{_bare(one)}' says that '{one}' lies within '{other}'. If "
                f"it is the other way round, write group='{_bare(one)}/{_bare(other)}'.",
            )
        return (
            f"'{one}' {shared} occurs in several groups of '{other}': "
            f"group='{_bare(other)}/{_bare(one)}' takes them for different ones. If it is the same "
            f"one, write group='{_bare(other)} * {_bare(one)}'.",
        ), ()
    for inner, outer in ((lower, upper), (upper, lower)):
        a, b = str(inner.name), str(outer.name)
        shared = _shared_label(inner, outer)
        if shared is None:
            return (
                f"Each '{a}' lies in one '{b}', so that the groupings are nested: this is the "
                f"model of group='{_bare(b)}/{_bare(a)}'.",
            ), ()
        if _counts_within(inner, outer):
            return (), (
                f"Within each '{b}', '{a}' counts from the first label on, and the model takes "
                f"'{a}' {shared} of one '{b}' for the same as '{a}' {shared} of another. If they "
                f"are different ones, write group='{_bare(b)}/{_bare(a)}'.",
            )
    return (), ()


def _bare(name: str) -> str:
    """Write a name as ``group`` of a model takes it."""
    return f"`{name}`" if set(name) & set("/*:+|") else name


def _shared_label(inner: pd.Series[Any], outer: pd.Series[Any]) -> object | None:
    """Find a label that occurs in several groups of another grouping."""
    import pandas as pd

    codes, labels = group_codes(inner)
    pairs = np.unique(np.column_stack([codes, pd.factorize(outer)[0]]), axis=0)
    several = np.flatnonzero(np.bincount(pairs[:, 0]) > 1)
    label = labels[several[0]] if len(several) else None
    return getattr(label, "item", lambda: label)()


def _counts_within(inner: pd.Series[Any], outer: pd.Series[Any], *, least: int = 3) -> bool:
    """Tell whether labels number the members of each group: 1 to m, with m not always the same.

    Of fewer groups than `least` that says little.
    """
    import pandas as pd

    codes, labels = group_codes(inner)
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce")
    order = np.argsort(numbers if numbers.notna().all() else labels.astype(str), kind="stable")
    rank = np.empty(len(labels), dtype=int)
    rank[order] = np.arange(len(labels))
    own = pd.Series(rank[codes]).groupby(pd.factorize(outer)[0])
    members, last = own.nunique(), own.max() + 1
    return bool((members == last).all() and members.nunique() > 1 and len(members) >= least)


@dataclass
class LevelsSeen:
    """The levels of columns as far as some rows tell, and a known value of each in each group."""

    group: str
    found: dict[str, int | None]
    known: pd.DataFrame

    def absorb(self, other: LevelsSeen) -> None:
        """Take in what other rows tell: a column may differ between two parts of a group."""
        import pandas as pd

        both = pd.concat([self.known, other.known], ignore_index=True)
        between = levels(both, group=self.group)
        for name, level in other.found.items():
            told = {self.found[name], level, between.get(name)}
            self.found[name] = 1 if 1 in told else 2 if 2 in told else None
        self.known = _known_values(both, self.group, self.found)


def levels_seen(chunk: pd.DataFrame, group: str) -> LevelsSeen:
    """Look at the levels of the columns of some rows."""
    found = levels(chunk, group=group)
    return LevelsSeen(group, found, _known_values(chunk, group, found))


def _known_values(frame: pd.DataFrame, group: str, found: Mapping[str, int | None]) -> pd.DataFrame:
    """Keep a value a group of the columns that have not varied yet."""
    open_ = [name for name, level in found.items() if level != 1 and name != group]
    return frame[[group, *open_]].groupby(group, observed=True, sort=False).first().reset_index()


def first_rows(codes: IntArray) -> IntArray:
    """Find the first row of each group.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1; not all of them need be there.

    Returns
    -------
    ndarray of int, shape (J,)
        0 for a group that has no row.

    Examples
    --------
    >>> first_rows(np.array([1, 0, 1, 0])).tolist()
    [1, 0]
    """
    first = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.intp)
    for start in range(0, len(codes), _ROWS)[::-1]:  # the last write, the first row, stays
        part = codes[start : start + _ROWS]
        first[part[::-1]] = np.arange(start, start + len(part))[::-1]
    return first


def first_varying_row(values: NDArray[Any], codes: IntArray, first: IntArray) -> int | None:
    """Find the first row whose value differs from the first one of its group.

    It looks at some thousand rows at a time: most columns that vary do so in the first of them.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value a row.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    first : ndarray of int, shape (J,)
        The first row of each group, from :func:`first_rows`.

    Returns
    -------
    int or None
        The position of the row; None if the values are constant within every group.

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1])
    >>> first_varying_row(np.array([3, 3, 5, 6]), codes, first_rows(codes))
    3
    """
    own = values[first]  # (J,)
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        differs = values[rows] != own[codes[rows]]
        row = int(differs.argmax())
        if differs[row]:
            return start + row
    return None


def _comparable(column: pd.Series[Any]) -> FloatArray:
    """Give numbers that are equal where the values are, NaN where they are missing."""
    import pandas as pd

    column = plain_column(column, refuse=False)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy(dtype=float)
    codes = pd.factorize(column)[0].astype(float)
    codes[codes < 0] = np.nan
    return codes


def _level(values: FloatArray, codes: IntArray, first: IntArray) -> int | None:
    present = (codes >= 0) & ~np.isnan(values)
    if not present.any():
        return None
    if not present.all():
        values, codes = values[present], codes[present]
        first = first_rows(codes)
    return 2 if first_varying_row(values, codes, first) is None else 1
