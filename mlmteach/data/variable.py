"""The frozen parts of a codebook: units, quantities, categories and variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlmteach.errors import CodebookError

__all__ = ["Category", "Kind", "Level", "Quantity", "Unit", "Variable"]

Kind = Literal["continuous", "count", "binary", "categorical", "identifier"]
Level = Literal[1, 2]
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
    singular, plural, dative_plural : str
        The whole noun phrase: "a male student", "male students".
    within : str
        For level 2, the place of a level-1 unit: "in a public school"; empty at level 1.
    """

    value: Value
    label: str
    adjective: str
    predicate: str
    predicate_plural: str
    singular: str
    plural: str
    dative_plural: str
    within: str


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
    level : {1, 2} or None
        None where the data cannot tell.
    kind : {"continuous", "count", "binary", "categorical", "identifier"}
    unit : Quantity
        The name of one step: "point", "points".  "unit", "units" where it has no name.
    noun, genitive, gender : str
        The variable in running text, without an article: "SES"; the latter two serve German.
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
