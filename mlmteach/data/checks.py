"""Checks that the readers of codebooks share."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from mlmteach.errors import CodebookError

__all__ = ["as_table", "check_keys", "one_of", "suggestion"]


def suggestion(name: str, known: Collection[str]) -> str:
    """Give "Did you mean 'ses'? " for a name that is close to a known one, otherwise nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean '{close[0]}'? " if close else ""


def check_keys(entry: Mapping[str, Any], known: Collection[str], place: str) -> None:
    """Raise an error that names a key which is not known."""
    for key in entry:
        if key not in known:
            raise CodebookError(
                f"The {place} has the unknown key '{key}'.",
                f"{suggestion(str(key), known)}The keys are: {', '.join(sorted(known))}.",
            )


def as_table(entry: Any, place: str) -> Mapping[str, Any]:
    """Give the entry back if it is a table of keys and values."""
    if not isinstance(entry, Mapping):
        raise CodebookError(
            f"The codebook's entry for the {place} is {entry!r} and no table of keys.",
            'Write keys and values, as in {"label": "mathematics achievement", "unit": "point"}.',
        )
    return entry


def one_of(value: Any, known: tuple[Any, ...], key: str, place: str) -> Any:
    """Give the value back if it is one of the known ones, of the same type."""
    if not any(value is one or (value == one and type(value) is type(one)) for one in known):
        options = ", ".join(repr(one) for one in known if one is not None)
        raise CodebookError(f"The {key} of the {place} is {value!r}.", f"It can be: {options}.")
    return value
