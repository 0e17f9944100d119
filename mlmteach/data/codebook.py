"""What the columns of a data frame mean: labels, symbols, levels, units and phrases.

A :class:`Codebook` is frozen.  All its words are in one language; :meth:`Codebook.localized`
gives the same codebook in another.  Every phrase is filled, by the entry or by a default, so that
a sentence can be built for any variable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, cast, get_args

from mlmteach.data.phrases import LANGUAGES, Phrasing, Words
from mlmteach.errors import CodebookError, OptionError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Category", "Codebook", "Kind", "Level", "Quantity", "Unit", "Variable", "merge"]


# --- the frozen parts of a codebook: units, quantities, categories and variables ----------

Kind = Literal["continuous", "count", "binary", "categorical", "identifier"]
Level = Literal[1, 2, 3]
Value = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The words for what a level consists of: students, schools, days, subjects.

    Attributes
    ----------
    singular, plural : str
        "student", "students".
    pronoun, plural_pronoun : str
        The relative pronoun: "who" or "that"; in German "der", "die", "das".
    gender : str
        "m", "f" or "n" where the language has it, otherwise "".
    genitive, dative_plural : str
        Case forms where the language has them ("Schülers", "Schülern"); otherwise equal to
        `singular` and `plural`.
    preposition : str
        How a member of the lower level relates to this unit: "in" a school, "from" a batch.
    """

    singular: str
    plural: str
    pronoun: str
    plural_pronoun: str
    gender: str
    genitive: str
    dative_plural: str
    preposition: str


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What one step of a numeric variable is called: "point", "points"."""

    singular: str
    plural: str


@dataclass(frozen=True, kw_only=True)
class Category:
    """One value of a binary or categorical variable, and how to speak of a unit that has it.

    Attributes
    ----------
    value : str, int, float or bool
        As it stands in the data.
    label : str
        For tables and legends: "male".
    adjective : str
        Goes before the unit's noun: "male"; empty where no adjective will do.
    predicate, predicate_plural : str
        Follow "a student who" and "students who": "is male", "are male".  In German they end in
        the verb, as a relative clause does.
    singular, plural, dative_plural, genitive_plural : str
        The whole noun phrase: "a male student", "male students".
    beside : str
        As it stands next to its counterpart, in the dative plural: "Schülern" beside
        "Schülerinnen", where alone it has to be "männlichen Schülern"; "drug A" beside
        "drug placebo", where no codebook has words for them.
    within : str
        Above level 1, the place of a level-1 unit: "in a public school"; empty at level 1.
    named : bool
        Whether the plural is a name, "public schools", and no description by a clause or a value.
    """

    value: Value
    label: str
    adjective: str
    predicate: str
    predicate_plural: str
    singular: str
    plural: str
    dative_plural: str
    genitive_plural: str
    beside: str
    within: str
    named: bool


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column.

    Attributes
    ----------
    name : str
        The column's name: "ses".
    label : str
        For tables and axes: "socioeconomic status (SES)".
    symbol : str
        As equations show it: "SES".
    level : {1, 2, 3} or None
        None where the data cannot tell; of two crossed groupings, 3 is that of the second.
    kind : {"continuous", "count", "binary", "categorical", "identifier"}
    unit : Quantity
        The name of one step: "point", "points".  "unit", "units" where it has no name.
    noun, genitive, dative, gender : str
        The variable in running text, without an article: "SES"; the latter three serve German.
    definite : str
        The same with its article: "the SES", "mathematics achievement".
    at : str
        How a unit has a value, with ``{value}`` in it: "with an SES of {value}".
    per_unit : str
        One step upwards: "for each additional day".
    zero : bool or None
        Whether a value of 0 makes sense; None where nobody has said.
    group_mean_of : str
        The name of the variable whose group mean this is; empty where it is none.
    categories : tuple of Category
        In order; the first is the reference category.
    description : str
    dtype : {"integer", "number", "text", "boolean"}
        What the column has to hold.
    """

    name: str
    label: str
    symbol: str
    level: Level | None
    kind: Kind
    unit: Quantity
    noun: str
    genitive: str
    dative: str
    gender: str
    definite: str
    at: str
    per_unit: str
    zero: bool | None
    group_mean_of: str
    categories: tuple[Category, ...]
    description: str
    dtype: str

    @property
    def reference(self) -> Category | None:
        """The reference category: the first; None for a numeric variable."""
        return self.categories[0] if self.categories else None

    def category(self, value: object) -> Category:
        """Give the category of a value.

        Raises
        ------
        CodebookError
            When no category has the value.
        """
        for category in self.categories:
            if category.value == value or str(category.value) == str(value):
                return category
        known = ", ".join(repr(c.value) for c in self.categories) or "none"
        raise CodebookError(
            f"The variable '{self.name}' has no category {value!r}.",
            f"Its categories are: {known}.",
        )


# --- checks that the readers of codebooks share -------------------------------------------


_PEOPLE = ("unit", "units", "group", "groups", "singular", "plural", "pronoun")
_NAMING = (
    ' What a row and a group are called stands under "level1" and "level2", beside the columns: '
    '{"level1": {"singular": "pupil", "plural": "pupils"}}.'
)


def check_keys(entry: Mapping[str, Any], known: Collection[str], place: str) -> None:
    """Raise an error that names a key which is not known."""
    for key in entry:
        if key not in known:
            people = _NAMING if key in _PEOPLE and place.startswith("column") else ""
            raise CodebookError(
                f"The {place} has the unknown key '{key}'.",
                f"{did_you_mean(str(key), known)}The keys are: {', '.join(sorted(known))}.{people}",
            )


def as_table(entry: Any, place: str) -> Mapping[str, Any]:
    """Give the entry back if it is a table of keys and values."""
    if not isinstance(entry, Mapping):
        raise CodebookError(
            f"The codebook's entry for the {place} is {entry!r} and no table of keys.",
            'Write keys and values, as in {"singular": "pupil", "plural": "pupils"}.'
            if place in _LEVELS
            else 'Write keys and values, as in {"label": "mathematics achievement", "unit": '
            '"point"}.',
        )
    return entry


def one_of(value: Any, known: tuple[Any, ...], key: str, place: str) -> Any:
    """Give the value back if it is one of the known ones, of the same type."""
    if not any(value is one or (value == one and type(value) is type(one)) for one in known):
        options = ", ".join(repr(one) for one in known if one is not None)
        raise CodebookError(f"The {key} of the {place} is {value!r}.", f"It can be: {options}.")
    return value


# --- what the columns of a data frame mean: labels, symbols, levels, units and phrases ----


@dataclass(frozen=True, kw_only=True, eq=False)
class Codebook(Mapping[str, Variable], str):
    """The meaning of all columns of one data set.

    A mapping from the column's name to its :class:`Variable`, and what is known of the whole.

    Attributes
    ----------
    name, title, description : str
    group : str
        The name of the column that holds the level-2 unit; empty where there is none.
    group3 : str
        The column of a second grouping: that of level 3, or one that crosses the first.
    level1, level2, level3 : Unit
        "student", "class", "school".
    variables : tuple of Variable
        In the order of the columns.
    provenance, licence, reference : str
        Where the file comes from, the licence field of that source, the original publication.
    language : str
        The language of all words: "en" or "de".
    document : str
        What all this was built from, the contents of a codebook file, as JSON.

    Examples
    --------
    >>> import mlmteach.data as data
    >>> codebook = data.load("hsb").attrs["codebook"]
    >>> codebook["ses"].symbol, codebook["ses"].level, codebook.level2.plural
    ('SES', 1, 'schools')
    >>> codebook["sector"].reference.within
    'in a public school'
    >>> codebook.localized("de")["sector"].reference.within
    'an einer öffentlichen Schule'
    """

    name: str
    title: str  # type: ignore[assignment]
    description: str
    group: str
    group3: str
    level1: Unit
    level2: Unit
    level3: Unit
    variables: tuple[Variable, ...] = field(repr=False)
    provenance: str = field(repr=False)
    licence: str = field(repr=False)
    reference: str = field(repr=False)
    language: str
    document: str = field(repr=False)

    # A value in `DataFrame.attrs` -----------------------------------------------------------------
    # pandas copies attributes deeply with every operation, compares them with == and writes them
    # to parquet as JSON.  So underneath a codebook is a string, the JSON of its document.
    def __new__(cls, *, document: str, **_: Any) -> Self:
        """Make the string; the fields follow."""
        return str.__new__(cls, document)

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Codebook.from_json, (self.document,)

    # Mapping ------------------------------------------------------------------------------------
    def __getitem__(self, name: str) -> Variable:  # type: ignore[override]
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(variable.name == name for variable in self.variables)

    def __iter__(self) -> Iterator[str]:
        return (variable.name for variable in self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def unit(self, level: int) -> Unit:
        """Give the words for the units of a level."""
        return (self.level1, self.level2, self.level3)[level - 1]

    # Changes make a new codebook ----------------------------------------------------------------
    def variable(self, name: str) -> Variable:
        """Give the variable of a column, or an error that suggests the closest name."""
        if name in self:
            return self[name]
        raise CodebookError(
            f"The codebook has no entry for '{name}'.",
            f"{did_you_mean(name, self)}It has: {', '.join(self)}.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the document of the codebook: what a TOML file of it holds, all languages in it."""
        document: dict[str, Any] = json.loads(self.document)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Codebook:
        """Build a codebook from its document, the contents of ``data/NAME.toml``.

        The document's ``language``, "en" if there is none, is that of the codebook.

        Raises
        ------
        CodebookError
            For a key that is not known (named), or a value that a key cannot take.
        """
        return build(document)

    @classmethod
    def from_json(cls, document: str) -> Codebook:
        """Build a codebook from its document as JSON; the inverse of ``.document``."""
        return cls.from_dict(json.loads(document))

    def localized(self, language: str) -> Codebook:
        """Give the same codebook with its words in another language, "en" or "de"."""
        if language == self.language:
            return self
        return self.from_dict(self.to_dict() | {"language": language})

    def with_(self, overrides: Mapping[str, Any]) -> Codebook:
        """Give a codebook in which some entries are replaced.

        Parameters
        ----------
        overrides : mapping
            ``{"ses": {"label": "social status", "unit": "point"}}``: for a column, any key of a
            column in a codebook file; the other keys of the column stay.  The keys "level1",
            "level2", "level3", "units", "title", "description", "provenance", "licence" and
            "reference" change the whole.  Words of a second language stand under its name:
            ``{"ses": {"de": {"label": "soziale Lage"}}}``.

        Raises
        ------
        CodebookError
            For an unknown column or key.
        """
        return self.from_dict(merge(self.to_dict(), overrides))

    # Display ------------------------------------------------------------------------------------
    def to_frame(self) -> pd.DataFrame:
        """Give the codebook as a table, one row a variable."""
        import pandas as pd

        rows = [
            {
                "label": v.label,
                "symbol": v.symbol,
                "level": v.level,
                "kind": v.kind,
                "unit": v.unit.singular if not v.categories and v.kind != "identifier" else "",
                "values": ", ".join(f"{c.value} = {c.label}" for c in v.categories),
                "description": v.description,
            }
            for v in self.variables
        ]
        frame = pd.DataFrame(rows, index=pd.Index(list(self), name="variable"))
        return frame.astype({"level": "Int64"})

    def __str__(self) -> str:
        width = max((len(name) for name in self), default=0)
        level = {1: "level 1", 2: "level 2", 3: "level 3", None: "level ?"}
        lines = [f"{self.title or self.name or 'Codebook'}"]
        if self.group:
            lines.append(f"{self.level1.plural} in {self.level2.plural}, group: {self.group}")
        if self.group3:
            plurals = f"{self.level2.plural} and {self.level3.plural}"
            lines[-1] = f"{self.level1.plural}, {plurals}, groups: {self.group} and {self.group3}"
        for v in self.variables:
            values = "; " + ", ".join(f"{c.value} = {c.label}" for c in v.categories)
            shown = values if v.categories else ""
            lines.append(f"  {v.name:<{width}}  {level[v.level]}  {v.kind}: {v.label}{shown}")
        return "\n".join(lines)


# --- laying a user's entries over the document of a codebook ------------------------------

_LEVELS = ("level1", "level2", "level3")
_WHOLE = (
    *_LEVELS,
    "units",
    "title",
    "description",
    "provenance",
    "licence",
    "reference",
    "de",
)
_TRANSLATIONS = frozenset(LANGUAGES) - {"en"}

# A new word takes the old phrases with it that were built on the old word.
_OF_VARIABLE = ("noun", "genitive", "dative", "gender", "definite", "at", "per_unit")
_OF_PLURAL = ("dative_plural", "genitive_plural", "beside")
_OF_CATEGORY = ("predicate_plural", "singular", "plural", *_OF_PLURAL, "within")
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
                f"{did_you_mean(str(key), [*columns, *_WHOLE])}The columns are: "
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


# --- from a document (the contents of a TOML file) to a frozen codebook -------------------

_TEXTS = ("name", "title", "description", "group", "group3", "provenance", "licence", "reference")
_FILE = ("sha256", "rows", "groups")
_UNIT = frozenset(Unit.__dataclass_fields__)
_CATEGORY = frozenset(Category.__dataclass_fields__) - {"named"}
_COLUMN = frozenset(Variable.__dataclass_fields__) - {"name"}
_DTYPES = ("integer", "number", "text", "boolean")

_OTHER = {"columns", "language", "units", *_TRANSLATIONS}


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
    units = [_unit(document, level, language, phrasing) for level in (1, 2, 3)]
    columns = as_table(document.get("columns", {}), "columns")
    return Codebook(
        **texts,
        level1=Unit(**units[0]),
        level2=Unit(**units[1]),
        level3=Unit(**units[2]),
        variables=tuple(
            _variable(name, as_table(entry, f"column '{name}'"), units, language, phrasing)
            for name, entry in columns.items()
        ),
        language=language,
        document=json.dumps(document, ensure_ascii=False),
    )


def _unit(document: Mapping[str, Any], level: int, language: str, phrasing: Phrasing) -> Words:
    """Read what the units of a level are called: under the level, or under the grouping column."""
    place = f"level{level}"
    group = str(document.get({2: "group", 3: "group3"}.get(level, ""), ""))
    named = as_table(document.get("units", {}), "units")
    entry = as_table(document.get(place, {}), place) or as_table(named.get(group, {}), place)
    spoken = _spoken(entry, language, _UNIT, place)
    return phrasing.unit(level, group, spoken, several=bool(document.get("group3")))


def _variable(
    name: str, entry: Mapping[str, Any], units: list[Words], language: str, phrasing: Phrasing
) -> Variable:
    place = f"column '{name}'"
    spoken = _spoken(entry, language, _COLUMN, place)
    level = one_of(entry.get("level"), (1, 2, 3, None), "level", place)
    kind = one_of(entry.get("kind", "continuous"), get_args(Kind), "kind", place)
    label = str(spoken.get("label", entry.get("label", name.replace("_", " "))))
    quantity = phrasing.quantity(_quantity(spoken.get("unit", {}), place))
    categories = entry.get("categories", [])
    if not isinstance(categories, list | tuple):
        raise CodebookError(
            f"The categories of {place} are no list.",
            'Write a list such as [{"value": 0, "label": "no"}, {"value": 1, "label": "yes"}].',
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
    words = phrasing.category(str(value), label, unit, level, spoken)
    described = any(t in words["plural"] for t in (words["predicate_plural"], phrasing.having))
    named = bool(words["adjective"]) or ("plural" in spoken and not described)
    return Category(value=value, named=named, **words)


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
