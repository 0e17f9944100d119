"""Answers as plain data: what JSON can hold, and nothing that runs.

A check never touches an object that a student made.  It sees a number, a text, a list, a table
or a model as text, with bounds on their size; every other object is only named.
"""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from mlmteach.api import Model

__all__ = ["LONGEST_TEXT", "MOST_VALUES", "Plain", "read_plain", "to_plain"]

Plain = dict[str, Any]
"""``{"kind": ...}`` and, by kind, ``value``, ``values``, ``rows`` and so on."""

LONGEST_TEXT = 20_000  # characters
MOST_VALUES = 20_000  # numbers of a list or a table
_LARGEST = 1e300
_OF_FAMILY = {"family", "link", "trials", "exposure", "event"}  # of a model's arguments


def to_plain(value: Any) -> Plain:
    """Turn an answer into plain data.

    Parameters
    ----------
    value : object
        Anything that a cell may have bound to the name of the answer.

    Returns
    -------
    dict
        Only finite numbers, strings, lists and dictionaries of them.

    Examples
    --------
    >>> to_plain(0.25)
    {'kind': 'number', 'value': 0.25}
    >>> to_plain(...)
    {'kind': 'blank'}
    >>> to_plain(float("nan"))["kind"]
    'other'
    """
    try:
        return _convert(value)
    except Exception as error:  # an object of the student's may do anything when it is looked at
        return _other(value, f"looking at it raised {type(error).__name__}")


def _convert(value: Any) -> Plain:
    if value is None or value is ...:
        return {"kind": "blank"}
    kind = type(value)
    if isinstance(value, Model):
        return {
            "kind": "model",
            "formula": value.level1_formula[:LONGEST_TEXT],
            "group": value.grouping.formula[:LONGEST_TEXT],
            "level2": {str(key): str(text) for key, text in value.level2_formulas.items()},
            "level3": {str(key): str(text) for key, text in value.level3_formulas.items()},
            "covariance": _nested(value.covariance),
            "covariance3": _nested(value.covariance3),
            "family": {k: str(v)[:LONGEST_TEXT] for k, v in value.family.arguments.items()},
        }
    if isinstance(value, pd.DataFrame):
        return _table(value)
    if isinstance(value, pd.Series):
        return _number(value.iloc[0]) if len(value) == 1 else _table(value.to_frame("value"))
    if isinstance(value, np.ndarray):
        if value.ndim == 2 and value.size > 1:
            return _table(pd.DataFrame(value))
        return _number(value.item()) if value.size == 1 else _list(value.tolist())
    if {"lower", "upper"} <= set(getattr(kind, "_fields", ())):  # the package's own ranges
        return _list([value.lower, value.upper])
    if kind in (list, tuple, set, frozenset) or isinstance(value, pd.Index):
        return _list(list(value))
    if kind is dict:
        nested = any(isinstance(entry, dict | pd.Series) for entry in value.values())
        return _table(pd.DataFrame(value) if nested else pd.Series(value).to_frame("value"))
    if kind is str:
        return {"kind": "text", "value": value[:LONGEST_TEXT]}
    if isinstance(value, numbers.Real | np.number | np.bool_ | Decimal):
        return _number(value)
    if callable(value) and not isinstance(value, type):
        return {"kind": "function"}
    return _other(value, "")


def _scalar(value: Any) -> float | str:
    if type(value) is str:
        return value[:LONGEST_TEXT]
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise OverflowError
    number = float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise OverflowError
    return number


def _number(value: Any) -> Plain:
    try:
        found = _scalar(value)
    except OverflowError:
        return _other(value, "it is not finite")
    return {"kind": "text" if isinstance(found, str) else "number", "value": found}


def _list(values: list[Any]) -> Plain:
    if len(values) > MOST_VALUES:
        return {"kind": "other", "type": "list", "why": f"it has more than {MOST_VALUES} values"}
    try:
        return {"kind": "list", "values": [_scalar(value) for value in values]}
    except OverflowError:
        return {"kind": "other", "type": "list", "why": "a value in it is not finite"}


def _table(frame: pd.DataFrame) -> Plain:
    if frame.size > MOST_VALUES:
        return {"kind": "other", "type": "table", "why": f"it has more than {MOST_VALUES} values"}
    try:
        rows = [[_scalar(value) for value in row] for row in frame.itertuples(index=False)]
    except OverflowError:
        why = "a value in it is not finite"
        if missing := int(frame.isna().to_numpy().sum()):
            why = f"{missing} of its {frame.size} values are missing"
        return {"kind": "other", "type": "table", "why": why}
    index = frame.index
    if isinstance(index, pd.MultiIndex) and index.get_level_values(-1).is_unique:
        index = index.get_level_values(-1)  # groupby.apply puts the groups before the rows
    return {
        "kind": "table",
        "index": [str(label)[:LONGEST_TEXT] for label in index],
        "columns": [str(label)[:LONGEST_TEXT] for label in frame.columns],
        "rows": rows,
    }


def _nested(covariance: Any) -> Any:
    return covariance if isinstance(covariance, str) else [list(block) for block in covariance]


def _other(value: Any, why: str) -> Plain:
    return {"kind": "other", "type": type(value).__name__[:80], "why": why}


# --- the way back, from a process that is not trusted ------------------------------------


def read_plain(found: Any) -> Plain:
    """Accept data that came from outside only if they are what :func:`to_plain` gives.

    Parameters
    ----------
    found : object
        What :func:`json.loads` returned.

    Returns
    -------
    dict
        The same data, or an object of kind ``"other"`` that says that they were refused.

    Examples
    --------
    >>> read_plain({"kind": "number", "value": 3})
    {'kind': 'number', 'value': 3.0}
    >>> read_plain({"kind": "number", "value": "3"})["kind"]
    'other'
    """
    try:
        return _read(found)
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError, RecursionError):
        return {"kind": "other", "type": "object", "why": "it was not sent as plain data"}


def _read(found: Any) -> Plain:
    kind = found["kind"]
    if kind in ("blank", "function"):
        return {"kind": kind}
    if kind == "number":
        return {"kind": kind, "value": _real(found["value"])}
    if kind == "text":
        return {"kind": kind, "value": _text(found["value"])}
    if kind == "list":
        return {"kind": kind, "values": [_value(value) for value in _bounded(found["values"])]}
    if kind == "table":
        index, columns = _texts(found["index"]), _texts(found["columns"])
        rows = [[_value(value) for value in _bounded(row)] for row in _bounded(found["rows"])]
        if len(rows) != len(index) or any(len(row) != len(columns) for row in rows):
            raise ValueError
        return {"kind": kind, "index": index, "columns": columns, "rows": rows}
    if kind == "outputs":
        return {"kind": kind, "values": [read_plain(value) for value in _bounded(found["values"])]}
    if kind == "model":
        return {
            "kind": kind,
            "formula": _text(found["formula"]),
            "group": _text(found["group"]),
            "level2": _mapping(found["level2"]),
            "level3": _mapping(found["level3"]),
            "covariance": _covariance(found["covariance"]),
            "covariance3": _covariance(found["covariance3"]),
            "family": {key: _text(value) for key, value in _family(found["family"]).items()},
        }
    return {"kind": "other", "type": _text(found["type"])[:80], "why": _text(found["why"])[:200]}


def _mapping(found: Any) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in found.items()}


def _covariance(found: Any) -> Any:
    return _text(found) if type(found) is str else [_texts(block) for block in _bounded(found)]


def _family(found: Any) -> dict[str, Any]:
    if not set(found) <= _OF_FAMILY:
        raise ValueError
    return dict(found)


def _value(value: Any) -> float | str:
    return _text(value) if type(value) is str else _real(value)


def _real(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:
        raise TypeError
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > LONGEST_TEXT:
        raise TypeError
    return value.encode(errors="replace").decode()  # half a character cannot be written anywhere


def _texts(values: Any) -> list[str]:
    return [_text(value) for value in _bounded(values)]


def _bounded(values: Any) -> list[Any]:
    if type(values) is not list or len(values) > MOST_VALUES:
        raise TypeError
    return values
