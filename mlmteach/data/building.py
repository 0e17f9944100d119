"""From the document of a codebook (the contents of a TOML file) to the frozen codebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast, get_args

from mlmteach.data.checks import as_table, check_keys, one_of
from mlmteach.data.codebook import Codebook
from mlmteach.data.phrases import LANGUAGES, Phrasing, Words
from mlmteach.data.variable import Category, Kind, Quantity, Unit, Variable
from mlmteach.errors import CodebookError, OptionError

__all__ = ["build"]

_TEXTS = ("name", "title", "description", "group", "provenance", "licence", "reference")
_FILE = ("sha256", "rows", "groups")
_LEVELS = ("level1", "level2")
_UNIT = frozenset(Unit.__dataclass_fields__)
_CATEGORY = frozenset(Category.__dataclass_fields__)
_COLUMN = frozenset(Variable.__dataclass_fields__) - {"name"}
_DTYPES = ("integer", "number", "text", "boolean")
_TRANSLATIONS = frozenset(LANGUAGES) - {"en"}
_OTHER = {"columns", "language", *_TRANSLATIONS}


def build(document: Mapping[str, Any]) -> Codebook:
    """Build a codebook in the language of its document; see :meth:`Codebook.from_dict`."""
    language = as_table(document, "whole").get("language", "en")
    if language not in LANGUAGES:
        raise OptionError(
            f"There are no words for the language {language!r}.",
            f"Choose one of: {', '.join(LANGUAGES)}.",
        )
    check_keys(document, {*_TEXTS, *_FILE, *_LEVELS, *_OTHER}, "codebook")
    phrasing = LANGUAGES[language]
    texts = {key: str(_in(document, language).get(key, document.get(key, ""))) for key in _TEXTS}
    units = [_unit(document, level, language, phrasing) for level in (1, 2)]
    columns = as_table(document.get("columns", {}), "columns")
    return Codebook(
        **texts,
        level1=Unit(**units[0]),
        level2=Unit(**units[1]),
        variables=tuple(
            _variable(name, as_table(entry, f"column '{name}'"), units, language, phrasing)
            for name, entry in columns.items()
        ),
        language=language,
        document=json.dumps(document, ensure_ascii=False),
    )


def _unit(document: Mapping[str, Any], level: int, language: str, phrasing: Phrasing) -> Words:
    entry = as_table(document.get(f"level{level}", {}), f"level{level}")
    spoken = _spoken(entry, language, _UNIT, f"level{level}")
    return phrasing.unit(level, str(document.get("group", "")), spoken)


def _variable(
    name: str, entry: Mapping[str, Any], units: list[Words], language: str, phrasing: Phrasing
) -> Variable:
    place = f"column '{name}'"
    spoken = _spoken(entry, language, _COLUMN, place)
    level = one_of(entry.get("level"), (1, 2, None), "level", place)
    kind = one_of(entry.get("kind", "continuous"), get_args(Kind), "kind", place)
    label = str(spoken.get("label", entry.get("label", name.replace("_", " "))))
    quantity = phrasing.quantity(_quantity(spoken.get("unit", {}), place))
    categories = entry.get("categories", [])
    if not isinstance(categories, list | tuple):
        raise CodebookError(
            f"The categories of {place} are no list.",
            'Write categories = [{value = 0, label = "no"}, {value = 1, label = "yes"}].',
        )
    return Variable(
        name=name,
        label=label,
        symbol=str(entry.get("symbol", name)),
        level=level,
        kind=cast("Kind", kind),
        unit=Quantity(**quantity),
        zero=one_of(entry.get("zero"), (True, False, None), "zero", place),
        group_mean_of=str(entry.get("group_mean_of", "")),
        categories=tuple(
            _category(c, label, units[(level or 1) - 1], level or 1, language, phrasing, place)
            for c in categories
        ),
        description=str(spoken.get("description", entry.get("description", ""))),
        dtype=one_of(entry.get("dtype", "number"), _DTYPES, "dtype", place),
        **phrasing.variable(label, quantity, spoken),
    )


def _category(
    entry: Any,
    label: str,
    unit: Words,
    level: int,
    language: str,
    phrasing: Phrasing,
    place: str,
) -> Category:
    if not isinstance(entry, Mapping):  # categories = ["no", "yes"]: values alone
        entry = {"value": entry}
    if "value" not in entry:
        raise CodebookError(
            f"A category of {place} has no value.", "Give it a value, as it stands in the data."
        )
    value = entry["value"]
    spoken = _spoken(entry, language, _CATEGORY, f"category of {place}")
    if "label" not in spoken and "label" in entry:
        spoken = {**spoken, "label": entry["label"]}
    return Category(value=value, **phrasing.category(str(value), label, unit, level, spoken))


def _quantity(entry: Any, place: str) -> Mapping[str, Any]:
    """Read ``unit = "point"`` as well as ``unit = {singular = "foot", plural = "feet"}``."""
    if isinstance(entry, str):
        return {"singular": entry}
    table = as_table(entry, f"unit of {place}")
    check_keys(table, {"singular", "plural"}, f"unit of {place}")
    return table


def _in(entry: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    words = entry.get(language, {})
    return as_table(words, f"'{language}' entry")


def _spoken(
    entry: Mapping[str, Any], language: str, known: frozenset[str], place: str
) -> Mapping[str, Any]:
    """Give the words of an entry in a language; English stands in the entry itself."""
    check_keys(entry, known | _TRANSLATIONS, place)
    for translation in _TRANSLATIONS:
        check_keys(_in(entry, translation), known, f"{place} in '{translation}'")
    return entry if language == "en" else _in(entry, language)
