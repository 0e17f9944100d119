"""What every kind of answer can do: say what it is, and compare two of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mlmteach.api import Model
from mlmteach.errors import MlmteachError
from mlmteach.exercises.plain import Plain, to_plain
from mlmteach.model.terms import Factor, Term

__all__ = [
    "Choice",
    "EquationLines",
    "Function",
    "Interval",
    "Judgement",
    "Kind",
    "Number",
    "NumberSet",
    "OpenText",
    "Specification",
    "Table",
    "called",
    "described",
]

_NAMES = {
    "number": "a number",
    "text": "a text",
    "list": "a list",
    "table": "a table",
    "model": "a model",
    "function": "a function",
    "outputs": "a function",
}


@dataclass(frozen=True)
class Judgement:
    """How much of an answer is right, and what to say about the rest.

    Parameters
    ----------
    share : float
        From 0 to 1.
    note : str
        A sentence or two in Markdown.
    """

    share: float
    note: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is missing."""
        return self.share >= 1.0


@dataclass(frozen=True)
class Kind:
    """A kind of answer."""

    asked: ClassVar[str] = "something"
    takes: ClassVar[tuple[str, ...]] = ()

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not of this kind; empty if it is."""
        if given["kind"] in self.takes:
            return ""
        why = f": {given['why']}" if given.get("why") else ""
        return f"{self.asked.capitalize()} is asked for, and this is {described(given)}{why}."

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare an answer of this kind with what is expected."""
        raise NotImplementedError


def described(given: Plain) -> str:
    """Name what an answer is, in words."""
    if given["kind"] in _NAMES:
        return _NAMES[given["kind"]]
    return f"an object of type `{''.join(c for c in given['type'] if c.isalnum() or c in '_.')}`"


# --- the full equation as a student writes it, held against a model -----------------------

_LONGEST_EQUATIONS = 4_000  # characters
_NOT_FULL = "In the full equation no β is left: put the level-2 equations in."
_MISSING = "The full equation is missing."
_BETA = re.compile(r"β|beta|\bb_?\{?\d")


@dataclass(frozen=True)
class EquationLines(Kind):
    """The full equation of a model, plain or in LaTeX.

    Parameters
    ----------
    formula : str
        The model as an lme4 formula.
    level2 : tuple of str
        Its level-2 variables.
    """

    formula: str = ""
    level2: tuple[str, ...] = ()
    asked: ClassVar[str] = "a text with an equation"
    takes: ClassVar[tuple[str, ...]] = ("text",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer cannot be read as equations."""
        if found := super().misfit(given):
            return found
        if len(given["value"]) > _LONGEST_EQUATIONS:
            return (
                f"The equations have more than {_LONGEST_EQUATIONS} characters. Write them shorter."
            )
        try:
            self._differences(given)
        except MlmteachError as error:
            return f"The equations cannot be read: {error}"
        except (RecursionError, MemoryError, ValueError):
            return "The equations cannot be read. Write them in fewer brackets."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Hold equations against the model; the expected text is one way to write it."""
        if given["value"] == expected["value"]:
            return Judgement(1.0)
        differences = self._differences(given)
        if not differences:
            return Judgement(1.0)
        # One slip in equations that are otherwise right is worth half.
        slip = len(differences) == 1 and differences[0] not in (_NOT_FULL, _MISSING)
        share = 0.5 if slip else 0.0
        return Judgement(share, " ".join(differences))

    def _differences(self, given: Plain) -> tuple[str, ...]:
        from mlmteach.model.reading.check import check_equations

        text = given["value"]
        if _BETA.search(text):
            return (_NOT_FULL,)
        outcome, _, rest = self.formula.partition("~")
        if not _found(check_equations, text, f"{outcome.strip()}_else ~ {rest}", self.level2):
            return (_MISSING,)
        model = Model.from_formula(self.formula, level2=self.level2)
        return tuple(str(difference) for difference in check_equations(text, model))


def _found(
    differences: Callable[[str, Model], object], text: str, formula: str, level2: tuple[str, ...]
) -> bool:
    """Whether a text has an equation of the outcome: another outcome makes a difference."""
    try:
        return bool(differences(text, Model.from_formula(formula, level2=level2)))
    except MlmteachError:
        return True


# --- numbers, intervals and sets of numbers -----------------------------------------------


@dataclass(frozen=True)
class Number(Kind):
    """A number.

    Parameters
    ----------
    relative : float
        The departure that is allowed, as a share of the expected value.
    absolute : float
        The departure that is allowed whatever the expected value is; the larger one counts.

    Examples
    --------
    >>> Number().compare({"value": 0.1804}, {"value": 18.04}).note
    'This is a hundred times the answer. Give a proportion, not a percentage.'
    """

    relative: float = 0.002
    absolute: float = 1e-9
    asked: ClassVar[str] = "a number"
    takes: ClassVar[tuple[str, ...]] = ("number",)

    def close(self, expected: float, given: float) -> bool:
        """Tell whether two values are equal for the purpose."""
        return abs(given - expected) <= max(self.absolute, self.relative * abs(expected))

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two numbers."""
        right, value = float(expected["value"]), float(given["value"])
        if self.close(right, value):
            return Judgement(1.0)
        if self.close(100 * right, value):
            return Judgement(
                0.0, "This is a hundred times the answer. Give a proportion, not a percentage."
            )
        if self.close(-right, value):
            return Judgement(0.0, "The size is right, the sign is not.")
        if value and _rounds_to(right, value):
            return Judgement(0.5, "Right as far as it goes. Give more digits.")
        return Judgement(0.0, "This is not the number asked for.")


def _rounds_to(expected: float, given: float) -> bool:
    """Tell whether an answer is the expected value with only one or two digits left."""
    return any(float(f"{expected:.{digits}g}") == given for digits in (1, 2))


@dataclass(frozen=True)
class Interval(Kind):
    """A lower and an upper bound, as a tuple or list of two numbers.

    Parameters
    ----------
    tolerance : float
        The departure of a bound that is allowed, as a share of the interval's width.
    """

    tolerance: float = 0.01
    asked: ClassVar[str] = "an interval, written as `(lower, upper)`,"
    takes: ClassVar[tuple[str, ...]] = ("list",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not two numbers."""
        if found := super().misfit(given):
            return found
        if len(given["values"]) != 2 or any(isinstance(v, str) for v in given["values"]):
            return "An interval is two numbers, written as `(lower, upper)`."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two intervals."""
        allowed = self.tolerance * abs(expected["values"][1] - expected["values"][0])
        hits = [
            abs(g - e) <= allowed for e, g in zip(expected["values"], given["values"], strict=True)
        ]
        if all(hits):
            return Judgement(1.0)
        if given["values"][0] > given["values"][1]:
            return Judgement(0.0, "The lower bound comes first.")
        if any(hits):
            name = "lower" if hits[0] else "upper"
            return Judgement(0.5, f"The {name} bound is right, the other one is not.")
        return Judgement(0.0, "Neither bound is right.")


@dataclass(frozen=True)
class NumberSet(Kind):
    """Some numbers in whatever order, such as the numbers of schools.

    Parameters
    ----------
    relative : float
        The departure that is allowed, as a share of each expected value.
    """

    relative: float = 0.002
    asked: ClassVar[str] = "a list of numbers"
    takes: ClassVar[tuple[str, ...]] = ("list", "number")

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not a list of numbers."""
        if found := super().misfit(given):
            return found
        if any(isinstance(value, str) for value in _values(given)):
            return "A list of numbers is asked for, and this one holds texts."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two sets."""
        close = Number(relative=self.relative).close
        wanted, left = _values(expected), _values(given)
        found = 0
        for value in wanted:
            match = next((other for other in left if close(value, other)), None)
            if match is not None:
                left.remove(match)
                found += 1
        if found == len(wanted) and not left:
            return Judgement(1.0)
        share = max(0.0, (found - len(left)) / len(wanted)) if wanted else 0.0
        return Judgement(
            share, f"{found} of {len(wanted)} are there; {len(left)} do not belong to them."
        )


def _values(plain: Plain) -> list[float]:
    return list(plain["values"]) if plain["kind"] == "list" else [plain["value"]]


# --- models: compared by their structure, so that order and spelling do not matter --------

_LONGEST = 2_000  # characters of a formula


@dataclass(frozen=True)
class Specification(Kind):
    """A model, or an lme4 formula of one.

    Parameters
    ----------
    level2 : tuple of str
        The level-2 variables, which tell the levels in a formula.
    """

    level2: tuple[str, ...] = ()
    asked: ClassVar[str] = "a model"
    takes: ClassVar[tuple[str, ...]] = ("model", "text")

    def misfit(self, given: Plain) -> str:
        """Say why an answer cannot be read as a model."""
        if found := super().misfit(given):
            return found
        try:
            self._model(given)
        except MlmteachError as error:
            return f"The model cannot be read: {error}"
        except (RecursionError, MemoryError, ValueError):
            return "The model cannot be read. Write a shorter formula."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two models equation by equation."""
        wanted, found = self._model(expected), self._model(given)
        notes = []
        if found.outcome != wanted.outcome:
            notes.append(f"The outcome is `{wanted.outcome.name}`.")
        if found.group != wanted.group:
            notes.append(f"The groups are named by `{wanted.group}`.")
        parts, others = _equations(wanted), _equations(found)
        for term, (predictors, random) in parts.items():
            name = _name(term)
            if term not in others:
                notes.append(f"The {name} is missing.")
                continue
            given_predictors, given_random = others[term]
            if given_predictors != predictors:
                notes.append(f"Look at the predictors in the level-2 equation of the {name}.")
            if given_random != random:
                notes.append(
                    f"The {name} {'differs' if random else 'does not differ'} between the groups "
                    f"beyond what its predictors say: it has {'a' if random else 'no'} U."
                )
        notes += [f"The {_name(term)} was not asked for." for term in others if term not in parts]
        if _may_correlate(found) != _may_correlate(wanted):
            notes.append("Look at which of the U may correlate.")
        share = max(0.0, 1 - len(notes) / (len(parts) + 2))
        return Judgement(share if share >= 0.5 else 0.0, " ".join(notes))

    def _model(self, plain: Plain) -> Model:
        if plain["kind"] == "text":
            return Model.from_formula(plain["value"][:_LONGEST], level2=self.level2)
        covariance: Any = plain["covariance"]
        if not isinstance(covariance, str):
            covariance = tuple(tuple(block) for block in covariance)
        return Model(
            plain["formula"][:_LONGEST],
            group=plain["group"],
            level2=plain["level2"],
            covariance=covariance,
        )


_Key = frozenset[Factor]


def _key(term: Term) -> _Key:
    return frozenset(term.bare.factors)


def _equations(model: Model) -> dict[_Key, tuple[frozenset[_Key], bool]]:
    return {
        _key(c.term): (frozenset(_key(term) for term in c.predictors), c.random) for c in model.bare
    }


def _name(term: _Key) -> str:
    return f"slope of `{':'.join(sorted(factor.name for factor in term))}`" if term else "intercept"


def _may_correlate(model: Model) -> frozenset[frozenset[_Key]]:
    return frozenset(
        frozenset(_key(model.random[position].term) for position in block) for block in model.blocks
    )


# --- answers in words: one of several options, or a text of one's own ---------------------


@dataclass(frozen=True)
class Choice(Kind):
    """One of several options, answered by its letter.

    Parameters
    ----------
    options : mapping of str to str
        Letter to text, in Markdown.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    asked: ClassVar[str] = "a letter"
    takes: ClassVar[tuple[str, ...]] = ("text",)

    @property
    def prompt(self) -> str:
        """The options as a Markdown list."""
        return "\n".join(f"- **{letter}**: {text}" for letter, text in self.options.items())

    def misfit(self, given: Plain) -> str:
        """Say why an answer is none of the options."""
        found = super().misfit(given)
        if found or _letter(given) not in self.options:
            letters = ", ".join(f'`"{letter}"`' for letter in self.options)
            return f"Answer with one of {letters}, in quotes."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two letters."""
        if _letter(expected) == _letter(given):
            return Judgement(1.0)
        return Judgement(0.0, "Another option is right.")


def _letter(plain: Plain) -> str:
    return str(plain["value"]).strip().lower()


@dataclass(frozen=True)
class OpenText(Kind):
    """A text that a reader must judge.

    Parameters
    ----------
    words : int
        The number of words from which it counts as attempted.
    """

    words: int = 5
    asked: ClassVar[str] = "a text"
    takes: ClassVar[tuple[str, ...]] = ("text",)


# --- functions of a data frame: tried on data that the student has not seen ---------------


@dataclass(frozen=True)
class Function(Kind):
    """A function of a data frame.

    Parameters
    ----------
    tries : str
        An expression that gives the data frames, evaluated where the solution has run.
    result : Kind
        The kind of what the function returns.
    """

    tries: str = "[]"
    result: Kind = field(default_factory=Number)
    asked: ClassVar[str] = "a function of a data frame"
    takes: ClassVar[tuple[str, ...]] = ("outputs",)

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare what two functions return for the same data."""
        wanted, found = expected["values"], given["values"]
        results = []
        for right, value in zip(wanted, found, strict=False):
            if value["kind"] == "other" and value["type"] == "error":
                results.append(Judgement(0.0, f"Called on other data, it failed: {value['why']}."))
            elif self.result.misfit(value):
                results.append(Judgement(0.0, f"It returned {described(value)}."))
            else:
                results.append(self.result.compare(right, value))
        results += [Judgement(0.0, "It was not tried on all data.")] * (len(wanted) - len(found))
        hits = sum(result.right for result in results)
        if hits == len(wanted):
            return Judgement(1.0)
        note = next(result.note for result in results if not result.right)
        if hits:
            return Judgement(0.0, f"It is right for {hits} of {len(wanted)} data sets. {note}")
        return Judgement(0.0, note)


def called(function: Callable[[Any], Any], frames: Iterable[Any]) -> Plain:
    """Call a function on each frame and keep what it returns as plain data.

    Parameters
    ----------
    function : callable
        Takes one data frame.
    frames : iterable of pandas.DataFrame
        Each call gets a copy of its own.

    Returns
    -------
    dict
        Of kind ``"outputs"``; a call that raised is an object of type ``"error"``.
    """
    values = []
    for frame in frames:
        try:
            values.append(to_plain(function(frame.copy())))
        except Exception as error:  # whatever the function raises is an answer
            why = f"{type(error).__name__}: {error}"[:200]
            values.append({"kind": "other", "type": "error", "why": why})
    return {"kind": "outputs", "values": values}


# --- tables: compared by the labels of rows and columns, whatever their order -------------


@dataclass(frozen=True)
class Table(Kind):
    """A table, a series or a dictionary of numbers.

    Parameters
    ----------
    relative, absolute : float
        The departure that is allowed in each cell, as in :class:`Number`.
    """

    relative: float = 0.002
    absolute: float = 1e-6
    asked: ClassVar[str] = "a table"
    takes: ClassVar[tuple[str, ...]] = ("table",)

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two tables cell by cell."""
        wanted, found = _cells(expected), _cells(given)
        missing = [place for place in wanted if place not in found]
        if missing:
            row, column = missing[0]
            where = f"row `{row}`" if column == "value" else f"row `{row}`, column `{column}`"
            note = f"{len(missing)} of {len(wanted)} entries are missing, the first in {where}."
        hits = [place for place in wanted if self._equal(wanted[place], found.get(place))]
        if len(hits) == len(wanted) and len(found) == len(wanted):
            return Judgement(1.0)
        if not missing:
            note = f"{len(hits)} of {len(wanted)} entries are right."
            if len(found) > len(wanted):
                note += f" {len(found) - len(wanted)} entries were not asked for."
        share = len(hits) / max(len(wanted), len(found), 1)
        return Judgement(share if share >= 0.5 else 0.0, note)

    def _equal(self, expected: float | str, given: float | str | None) -> bool:
        if isinstance(expected, str) or isinstance(given, str) or given is None:
            return expected == given
        return Number(relative=self.relative, absolute=self.absolute).close(expected, given)


def _cells(table: Plain) -> dict[tuple[str, str], float | str]:
    # A single column is compared by its rows, so that the name of a series does not matter.
    columns = ["value"] if len(table["columns"]) == 1 else table["columns"]
    return {
        (row, column): value
        for row, values in zip(table["index"], table["rows"], strict=True)
        for column, value in zip(columns, values, strict=True)
    }
