"""A codebook for any data frame: what the data say of themselves.

The level of a variable follows from its constancy within groups, its kind from its type and
values.  What the frame's own codebook says goes before that, and what the user says before both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.data.codebook import Codebook, Variable, merge
from mlmteach.data.datasets import read_codebook
from mlmteach.data.levels import levels, levels_by
from mlmteach.data.plain import plain_frame
from mlmteach.errors import CodebookError, DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["attached_codebook", "codebook_for", "for_groupings"]

MOST_CATEGORIES = 20
"""Text with more different values than this names units rather than categories."""


def codebook_for(
    frame: pd.DataFrame,
    *,
    group: str | None = None,
    group3: str | None = None,
    crossed: bool = False,
    codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
) -> Codebook:
    """Give a codebook that has an entry for every column of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    group : str, optional
        The column of the level-2 units.  By default that of the frame's codebook, if it has one.
    group3 : str, optional
        The column of a second grouping: of level 3, or one that crosses the first.
    crossed : bool
        Whether it crosses the first.
    codebook : Codebook, mapping or path, optional
        Entries that go before all others: a codebook, ``{"ses": {"label": "social status"}}``
        (see :meth:`Codebook.with_`), or the path of a TOML file.

    Returns
    -------
    Codebook

    Raises
    ------
    DataError
        When the frame has no column `group`.
    CodebookError
        For an unknown column or key in `codebook`, or a level that the data contradict.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"town": list("aabb"), "age": [1.5, 2, 3, 4], "coast": [0, 0, 1, 1]})
    >>> codebook = codebook_for(frame, group="town", codebook={"age": {"unit": "year"}})
    >>> codebook["age"].level, codebook["age"].unit.plural, codebook["coast"].level
    (1, 'years', 2)
    >>> codebook["coast"].kind, codebook["coast"].reference.within
    ('binary', 'in a town with coast equal to 0')
    """
    frame = plain_frame(frame, group=group)
    attached = attached_codebook(frame)
    known = attached.to_dict() | {"name": attached.name} if attached else {}
    if group is None:
        group = known.get("group") if known.get("group") in frame.columns else None
    elif group not in frame.columns:
        raise DataError(
            f"There is no column '{group}' to group by.",
            f"The columns are: {', '.join(map(str, frame.columns))}.",
        )
    groups = tuple(name for name in (group, group3) if name is not None)
    found = levels(frame, group=group)
    if group is not None and group3 is not None:
        upper = levels_by(
            frame, groups=(group, group3), nested=not crossed, columns=map(str, frame.columns)
        )
        found = {name: None if found[name] is None else 1 for name in frame.columns}
        found |= upper | {group: 2, group3: 3}
    document = _without_columns(known, groups)
    document["columns"] = {
        str(name): _entry(frame[name], found[name], known.get("columns", {}).get(name, {}), groups)
        for name in frame.columns
    }
    document = merge(document, _overrides(codebook, frame, groups))
    if isinstance(codebook, Codebook):
        document["language"] = codebook.language
    for name in frame.columns:
        _settle(document["columns"][str(name)], frame[name])
    built = Codebook.from_dict(document)
    for name in frame.columns:
        _check(built[str(name)], found[name], frame[name])
    return built


def attached_codebook(frame: pd.DataFrame) -> Codebook | None:
    """Give the codebook that a frame carries in its attributes, if it carries one.

    A frame that was written to a parquet file and read again carries it as JSON; this gives
    the codebook itself again.  It keeps the name of the data set as long as the frame has its rows
    and no other columns: scripts for other programs read a file of that name.
    """
    carried = frame.attrs.get("codebook")
    if isinstance(carried, Codebook):
        own = all(name in carried for name in frame.columns)
        whole = _rows_of(str.__str__(carried)) in {None, len(frame)}
        return carried if own and whole else replace(carried, name="")
    if carried is None:
        return None
    if isinstance(carried, Mapping):
        return Codebook.from_dict(carried)
    try:
        return Codebook.from_json(carried)
    except (TypeError, ValueError, CodebookError) as error:
        raise CodebookError(
            "The frame's attribute 'codebook' is no codebook.",
            "Remove it: del frame.attrs['codebook'].",
        ) from error


def for_groupings(codebook: Codebook, groups: tuple[str, ...]) -> Codebook:
    """Give a codebook with the words for the groups of other grouping columns, level 2 first."""
    document = codebook.to_dict()
    columns = document.get("columns", {})
    return Codebook.from_dict({**_without_columns(document, groups), "columns": columns})


@cache
def _rows_of(document: str) -> int | None:
    """Give the number of rows that the document of a codebook speaks of."""
    rows: int | None = json.loads(document).get("rows")
    return rows


def _without_columns(known: Mapping[str, Any], groups: tuple[str, ...]) -> dict[str, Any]:
    """Keep what is known of the whole; the words for groups only where they are the same."""
    dropped = {"columns", "sha256", "rows", "groups", "group3", "level2", "level3"}
    kept = {key: value for key, value in known.items() if key not in dropped}
    units = _units(known)
    if not any(group in units or group == known.get("group") for group in groups):
        kept.pop("level1", None)
    kept["group"] = groups[0] if groups else ""
    for key, group, level in zip(("group", "group3"), groups, ("level2", "level3"), strict=False):
        kept[key] = group
        if group in units:
            kept[level] = units[group]
    return kept


def _units(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give the words for groups by their grouping columns."""
    levels = (("group", "level2"), ("group3", "level3"))
    known = {
        document[g]: document[level]
        for g, level in levels
        if document.get(g, "") and level in document
    }
    return dict(document.get("units", {})) | known


def _entry(
    column: pd.Series[Any], level: int | None, known: Mapping[str, Any], groups: tuple[str, ...]
) -> dict[str, Any]:
    """Describe one column: by its data, and by the known entry as far as that still fits."""
    seen = _seen(column, is_group=column.name in groups)
    if level is not None:
        seen["level"] = level
    if not known:
        return seen
    if not _fits(seen, known, column):  # the column was overwritten since
        known = {key: value for key, value in known.items() if key not in _OF_VALUES}
    if len(groups) > 1 and column.name in groups:  # no category here, but one group of many
        known = {key: value for key, value in known.items() if key not in ("kind", "categories")}
    if known.get("kind") in {"identifier", "continuous", "count"}:
        seen.pop("categories", None)
    if "categories" in known and "categories" in seen:  # the data's order makes the reference
        order = [_value(category) for category in seen["categories"]]
        known = {**known, "categories": sorted(known["categories"], key=_rank(order))}
    return seen | dict(known) | {key: seen[key] for key in ("level", "dtype") if key in seen}


def _settle(entry: dict[str, Any], column: pd.Series[Any]) -> None:
    """Give categories to what was declared categorical, and take them from what was not."""
    if entry["kind"] not in {"binary", "categorical"}:
        entry.pop("categories", None)
    elif not entry.get("categories"):
        values = [_plain(value) for value in _distinct(column)]
        entry["categories"] = sorted(values, key=lambda value: (isinstance(value, str), value))


def _rank(order: list[str]) -> Callable[[Any], int]:
    """Give the place of a category in an order; what is not in it comes last."""
    return lambda category: order.index(v) if (v := _value(category)) in order else len(order)


_OF_VALUES = ("kind", "categories", "zero", "at")
"""The keys of an entry that speak of the values in the column."""


def _fits(seen: Mapping[str, Any], known: Mapping[str, Any], column: pd.Series[Any]) -> bool:
    """Tell whether a known entry can still be about the values of the column."""
    if (seen["dtype"] == "text") != (known.get("dtype", seen["dtype"]) == "text"):
        return False
    if known.get("kind") == "count" and seen["kind"] == "continuous":
        return False
    categories = {_value(category) for category in known.get("categories", [])}
    return not categories or categories >= _values(column)


def _seen(column: pd.Series[Any], *, is_group: bool) -> dict[str, Any]:
    """Tell kind, type and categories from the values of a column."""
    import pandas as pd

    dtype = column.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return {"kind": "binary", "dtype": "boolean", "categories": [False, True]}
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        seen = _seen_numbers(column)
    elif isinstance(dtype, pd.CategoricalDtype):
        kept = [_plain(value) for value in dtype.categories]
        is_text = not pd.api.types.is_integer_dtype(dtype.categories.dtype)
        seen = {"kind": "categorical", "dtype": "text" if is_text else "integer"}
        seen["categories"] = kept
    elif pd.api.types.is_datetime64_any_dtype(dtype):
        return {"kind": "continuous", "dtype": "text"}
    else:
        values = list(dict.fromkeys(_plain(value) for value in _distinct(column)))
        few = len(values) <= MOST_CATEGORIES
        seen = {"kind": "categorical" if few else "identifier", "dtype": "text"}
        if few:
            seen["categories"] = sorted(values, key=str)
    if is_group:
        return {"kind": "identifier", "dtype": seen["dtype"]}
    return seen


def _seen_numbers(column: pd.Series[Any]) -> dict[str, Any]:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    values = values[~np.isnan(values)]
    is_zero, is_one = values == 0, values == 1
    if len(values) and (is_zero | is_one).all():
        kind: dict[str, Any] = {"kind": "binary", "dtype": "integer", "categories": [0, 1]}
    elif (
        len(values)
        and np.isfinite(values).all()
        and (values >= 0).all()
        and (values == np.floor(values)).all()
    ):
        kind = {"kind": "count", "dtype": "integer"}
    else:
        kind = {"kind": "continuous", "dtype": "number"}
    return kind


def _plain(value: Any) -> Any:
    """Make a plain Python value of a numpy scalar; anything but text and numbers becomes text."""
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, str | int | float | bool) else str(plain)


def _value(category: Any) -> str:
    """Give the value of a category in a document as text, since 0, 0.0 and False are one code."""
    value = category["value"] if isinstance(category, Mapping) else category
    whole = isinstance(value, bool) or (isinstance(value, float) and value.is_integer())
    return str(int(value) if whole else value)


def _values(column: pd.Series[Any]) -> set[str]:
    return {_value(_plain(value)) for value in _distinct(column)}


def _distinct(column: pd.Series[Any]) -> Iterable[Any]:
    """Give the values of a column, each once: a million labels of groups are few."""
    present = column.dropna()
    try:
        distinct: Iterable[Any] = present.unique()
    except TypeError:  # values such as lists, which cannot be hashed
        return present
    return distinct


def _overrides(
    codebook: Codebook | Mapping[str, Any] | str | Path | None,
    frame: pd.DataFrame,
    groups: tuple[str, ...],
) -> Mapping[str, Any]:
    """Bring all forms of the user's entries into one: a mapping as ``Codebook.with_`` takes it."""
    if codebook is None:
        return {}
    if isinstance(codebook, str | Path):
        codebook = read_codebook(codebook)
    if isinstance(codebook, Codebook):
        document = codebook.to_dict()
        columns = document.pop("columns", {})
        kept = {name: entry for name, entry in columns.items() if name in frame.columns}
        if len(groups) < 2:
            whole = {key: value for key, value in document.items() if key in {"level1", "level2"}}
            return whole | kept
        units = _units(document)
        upper = zip(("level2", "level3"), groups, strict=True)
        words = {level: units[group] for level, group in upper if group in units}
        lower = {"level1": document["level1"]} if "level1" in document else {}
        return lower | words | kept
    if not isinstance(codebook, Mapping):
        raise CodebookError(
            f"The codebook is {codebook!r}.",
            'Give a Codebook, a mapping as {"ses": {"label": "social status"}}, or a path.',
        )
    return codebook


def _check(variable: Variable, found: int | None, column: pd.Series[Any]) -> None:
    """Hold what the user said against the data."""
    if found is not None and variable.level is not None and found < variable.level:
        raise CodebookError(
            f"The codebook says that '{variable.name}' is at level {variable.level}, but it varies "
            "within groups.",
            "Correct the entry, or the data.",
        )
    if variable.categories:
        lacking = _values(column) - {_value(category.value) for category in variable.categories}
        if lacking:
            raise CodebookError(
                f"The codebook has no category for the value {min(lacking)!r} of "
                f"'{variable.name}'.",
                f"Its categories are: {', '.join(repr(c.value) for c in variable.categories)}.",
            )
