"""Laying a user's entries over the document of a codebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlmteach.data.checks import as_table, suggestion
from mlmteach.data.phrases import LANGUAGES
from mlmteach.errors import CodebookError

__all__ = ["merge"]

_WHOLE = ("level1", "level2", "title", "description", "provenance", "licence", "reference", "de")
_TRANSLATIONS = tuple(language for language in LANGUAGES if language != "en")

# A new word takes the old phrases with it that were built on the old word.
_OF_VARIABLE = ("noun", "genitive", "gender", "definite", "at", "per_unit")
_OF_CATEGORY = ("predicate_plural", "singular", "plural", "dative_plural", "within")
_BUILT_ON = {
    "label": _OF_VARIABLE,
    "noun": _OF_VARIABLE[1:],
    "unit": ("at", "per_unit"),
    "adjective": ("predicate", *_OF_CATEGORY),
    "predicate": ("adjective", *_OF_CATEGORY),
    "singular": ("plural", "pronoun", "plural_pronoun", "gender", "genitive", "dative_plural"),
}


def merge(document: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Give a document with entries replaced; see :meth:`Codebook.with_`."""
    merged = {**document, "columns": dict(document.get("columns", {}))}
    columns: dict[str, Any] = merged["columns"]
    for key, entry in as_table(overrides, "codebook").items():
        if key in columns:
            columns[key] = _column(columns[key], as_table(entry, f"column '{key}'"))
        elif key == "columns":
            merged["columns"] = columns = merge(merged, as_table(entry, "columns"))["columns"]
        elif key in _WHOLE:
            merged[key] = _laid_over(merged.get(key), entry)
        else:
            raise CodebookError(
                f"The codebook entry '{key}' belongs to no column.",
                f"{suggestion(str(key), [*columns, *_WHOLE])}The columns are: "
                f"{', '.join(columns)}.",
            )
    return merged


def _column(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    categories = new.get("categories")
    if isinstance(categories, Mapping):  # by value: the others stay, and so does the order
        new = {**new, "categories": _categories(old.get("categories", []), categories)}
    return _laid_over(old, new)  # type: ignore[no-any-return]


def _categories(old: list[Any], new: Mapping[Any, Any]) -> list[Any]:
    merged = []
    left = {str(value): entry for value, entry in new.items()}
    for category in old:
        entry = category if isinstance(category, Mapping) else {"value": category}
        changes = left.pop(str(entry["value"]), {})
        if not isinstance(changes, Mapping):
            changes = {"label": changes}
        merged.append(_laid_over(entry, changes))
    if left:
        raise CodebookError(
            f"The codebook has no category {', '.join(map(repr, left))} to change.",
            f"The categories are: {', '.join(repr(category['value']) for category in merged)}.",
        )
    return merged


def _laid_over(old: Any, new: Any) -> Any:
    """Lay one table over another, key by key; anything else is replaced."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    stale = {phrase for key in new for phrase in _BUILT_ON.get(key, ())}
    kept = {key: value for key, value in old.items() if key not in stale}
    for key, value in new.items():
        kept[key] = _laid_over(kept.get(key), value) if key in _TRANSLATIONS else value
    return kept
