"""From the document of a codebook (the contents of a TOML file) to the frozen codebook."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from typing import Any, cast, get_args

from mlmteach.data.codebook import Category, Codebook, Kind, Quantity, Unit, Variable
from mlmteach.data.phrases import LANGUAGES, Phrasing, Words
from mlmteach.errors import CodebookError, OptionError

__all__ = ["build", "merge"]

_TEXTS = ("name", "title", "description", "group", "provenance", "licence", "reference")
_FILE = ("sha256", "rows", "groups")
_LEVELS = ("level1", "level2")
_UNIT = frozenset(Unit.__dataclass_fields__)
_CATEGORY = frozenset(Category.__dataclass_fields__)
_COLUMN = frozenset(Variable.__dataclass_fields__) - {"name"}
_DTYPES = ("integer", "number", "text", "boolean")
_WORDS_OF_LANGUAGE = frozenset(LANGUAGES) - {"en"}


def build(document: Mapping[str, Any], language: str) -> Codebook:
    """Build a codebook in one language; see :meth:`Codebook.from_dict`."""
    if language not in LANGUAGES:
        raise OptionError(
            f"There are no words for the language {language!r}.",
            f"Choose one of: {', '.join(LANGUAGES)}.",
        )
    check_keys(document, {*_TEXTS, *_FILE, *_LEVELS, "columns", *_WORDS_OF_LANGUAGE}, "codebook")
    phrasing = LANGUAGES[language]
    texts = {key: str(_in(document, language).get(key, document.get(key, ""))) for key in _TEXTS}
    units = [_unit(document, level, language, phrasing) for level in (1, 2)]
    columns = _table(document.get("columns", {}), "columns")
    return Codebook(
        **texts,
        level1=Unit(**units[0]),
        level2=Unit(**units[1]),
        variables=tuple(
            _variable(name, _table(entry, f"column '{name}'"), units, language, phrasing)
            for name, entry in columns.items()
        ),
        language=language,
        source=json.dumps(document, sort_keys=False, ensure_ascii=False),
    )


def merge(document: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Lay overrides over a document; see :meth:`Codebook.with_`."""
    columns = document.setdefault("columns", {})
    whole = {*_LEVELS, *_TEXTS} - {"name", "group"}
    for key, entry in overrides.items():
        if key in columns:
            table = _table(entry, f"column '{key}'")
            columns[key] = _laid_over(columns[key], table)
        elif key in _LEVELS:
            document[key] = _laid_over(document.get(key, {}), _table(entry, key))
        elif key in whole:
            document[key] = entry
        else:
            close = difflib.get_close_matches(key, [*columns, *whole], n=1)
            hint = f"Did you mean '{close[0]}'? " if close else ""
            raise CodebookError(
                f"The codebook entry '{key}' belongs to no column.",
                f"{hint}The columns are: {', '.join(columns)}.",
            )
    return document


def check_keys(entry: Mapping[str, Any], known: Collection[str], place: str) -> None:
    """Raise an error that names a key which is not known."""
    for key in entry:
        if key not in known:
            close = difflib.get_close_matches(str(key), list(known), n=1)
            hint = f"Did you mean '{close[0]}'? " if close else ""
            raise CodebookError(
                f"The {place} has the unknown key '{key}'.",
                f"{hint}The keys are: {', '.join(sorted(known))}.",
            )


def _laid_over(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another, tables of a language key by key; new words drop old phrases."""
    merged = dict(old)
    for key, value in new.items():
        nested = isinstance(value, Mapping) and isinstance(old.get(key), Mapping)
        merged[key] = _laid_over(old[key], value) if nested else value
    return merged


def _unit(document: Mapping[str, Any], level: int, language: str, phrasing: Phrasing) -> Words:
    entry = _table(document.get(f"level{level}", {}), f"level{level}")
    check_keys(entry, _UNIT | _WORDS_OF_LANGUAGE, f"level{level}")
    spoken = _spoken(entry, language)
    check_keys(spoken, _UNIT | _WORDS_OF_LANGUAGE, f"level{level}")
    return phrasing.unit(level, str(document.get("group", "")), spoken)


def _variable(
    name: str, entry: Mapping[str, Any], units: list[Words], language: str, phrasing: Phrasing
) -> Variable:
    place = f"column '{name}'"
    check_keys(entry, _COLUMN | _WORDS_OF_LANGUAGE, place)
    spoken = _spoken(entry, language)
    check_keys(spoken, _COLUMN | _WORDS_OF_LANGUAGE, place)
    level = _one_of(entry.get("level"), (1, 2, None), "level", place)
    kind = _one_of(entry.get("kind", "continuous"), get_args(Kind), "kind", place)
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
        zero=_one_of(entry.get("zero"), (True, False, None), "zero", place),
        group_mean_of=str(entry.get("group_mean_of", "")),
        categories=tuple(
            _category(c, label, units[(level or 1) - 1], level or 1, language, phrasing, place)
            for c in categories
        ),
        description=str(spoken.get("description", entry.get("description", ""))),
        dtype=_one_of(entry.get("dtype", "number"), _DTYPES, "dtype", place),
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
    check_keys(entry, _CATEGORY | _WORDS_OF_LANGUAGE, f"category of {place}")
    if "value" not in entry:
        raise CodebookError(
            f"A category of {place} has no value.", "Give it a value, as it stands in the data."
        )
    value = entry["value"]
    spoken = _spoken(entry, language)
    check_keys(spoken, _CATEGORY | _WORDS_OF_LANGUAGE, f"category of {place}")
    if "label" not in spoken and "label" in entry:
        spoken = {**spoken, "label": entry["label"]}
    return Category(value=value, **phrasing.category(str(value), label, unit, level, spoken))


def _quantity(entry: Any, place: str) -> Mapping[str, Any]:
    """Read ``unit = "point"`` as well as ``unit = {singular = "foot", plural = "feet"}``."""
    if isinstance(entry, str):
        return {"singular": entry}
    table = _table(entry, f"unit of {place}")
    check_keys(table, {"singular", "plural"}, f"unit of {place}")
    return table


def _in(entry: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    words = entry.get(language, {})
    return _table(words, f"'{language}' entry")


def _spoken(entry: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Give the words of an entry in a language; English stands in the entry itself."""
    return entry if language == "en" else _in(entry, language)


def _table(entry: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise CodebookError(
            f"The codebook's {place} is {entry!r} and no table of keys.",
            'Write keys and values, as in {"label": "mathematics achievement", "unit": "point"}.',
        )
    return entry


def _one_of(value: Any, known: tuple[Any, ...], key: str, place: str) -> Any:
    if not any(value is one or (value == one and type(value) is type(one)) for one in known):
        options = ", ".join(repr(one) for one in known if one is not None)
        raise CodebookError(f"The {key} of {place} is {value!r}.", f"It can be: {options}.")
    return value
