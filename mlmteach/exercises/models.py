"""Models as answers: a model or its formula by its structure, an equation as it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from textwrap import dedent
from typing import Any, ClassVar, NamedTuple

import pandas as pd

from mlmteach.api import Model
from mlmteach.data.datasets import load
from mlmteach.errors import MlmteachError
from mlmteach.exercises.kinds import Judgement, Kind
from mlmteach.exercises.plain import Plain
from mlmteach.model.family import NORMAL, Family
from mlmteach.model.grouping import LETTERS, Grouping
from mlmteach.model.predictor import Contrast
from mlmteach.model.reading.check import Difference, check_equations
from mlmteach.model.reading.lexer import GREEK
from mlmteach.model.reading.text import pointer
from mlmteach.model.terms import INTERCEPT, Factor, Term

__all__ = ["EquationLines", "Specification"]


def _unread(read: Callable[[], object], what: str, instead: str) -> str:
    """Say why an answer cannot be read; nothing if it can."""
    try:
        read()
    except MlmteachError as error:
        return f"The {what} cannot be read: {error}".replace("\n    ", "\n\n    ", 1)  # as code
    except (RecursionError, MemoryError, ValueError):
        return f"The {what} cannot be read. Write {instead}."
    return ""


# --- the full equation as a student writes it, held against a model -----------------------

_LONGEST_EQUATIONS = 4_000  # characters
_NOT_FULL = "In the full equation no β or π is left: put the level-2 equations in."
_NOT_FULL_NESTED = "In the full equation no β, π or δ is left: put levels 3 and 2 in."
_NOT_FULL_BESIDE_PI = "In the full equation no β is left: put the level-2 equations in."
_MISSING = "The full equation is missing."
_OWN = re.compile(r"[βπ]|beta|\bpi_|\\pi|\bb_?\{?\d")
_OWN_NESTED = re.compile(rf"{_OWN.pattern}|δ|delta")
_OWN_BESIDE_PI = re.compile(r"β|beta|\bb_?\{?\d|(?:π|\bpi|\\pi)[\s_{]*[\d₀-₉]")
# π_0i is a coefficient, and π_ij the probability of a yes/no outcome


@dataclass(frozen=True)
class EquationLines(Kind):
    """The full equation of a model, plain or in LaTeX.

    Parameters
    ----------
    formula : str
        The model as an lme4 formula.
    level2 : tuple of str
        Its level-2 variables.
    family : Family
        The distribution and the link of its outcome.
    """

    formula: str = ""
    level2: tuple[str, ...] = ()
    family: Family = NORMAL
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
        return _unread(lambda: self._differences(given), "equations", "them in fewer brackets")

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Hold equations against the model; the expected text is one way to write it."""
        if given["value"] == expected["value"]:
            return Judgement(1.0)
        differences = self._differences(given)
        if not differences:
            return Judgement(1.0)
        # One slip in equations that are otherwise right is worth half.
        whole = (_NOT_FULL, _NOT_FULL_NESTED, _NOT_FULL_BESIDE_PI, _MISSING)
        slip = len(differences) == 1 and differences[0] not in whole
        share = 0.5 if slip else 0.0
        return Judgement(share, _pointed(given["value"], differences))

    def _differences(self, given: Plain) -> tuple[str | Difference, ...]:
        from mlmteach.model.reading import read_statements
        from mlmteach.model.reading.build import kind_of
        from mlmteach.model.reading.statements import WrittenVariable

        text = given["value"]
        model = self._model(self.formula)
        if model.grouping.is_nested:
            own, note = _OWN_NESTED, _NOT_FULL_NESTED
        elif model.family.is_normal:
            own, note = _OWN, _NOT_FULL
        else:
            own, note = _OWN_BESIDE_PI, _NOT_FULL_BESIDE_PI
        if own.search(text):
            return (note,)
        statements, _ = read_statements(text, names={name: name for name in model.variables})
        full = [statement for statement in statements if kind_of(statement) == "full"]
        if not full:
            check_equations(text, model)  # refuses a text without any equation
            return (_MISSING,)
        of_outcome = [statement for statement in statements if statement.said] or full
        left, variables = of_outcome[0].left[0], model.variables
        if isinstance(left, WrittenVariable):
            letter = left.factor.expression
            if len(letter) == 1 and letter not in variables:  # the outcome by a letter of its own
                head, _, rest = self.formula.partition("~")
                head = head.replace(model.outcome.formula, letter)
                model = self._model(f"{head} ~ {rest}")
        return check_equations(text, model)

    def _model(self, formula: str) -> Model:
        family = None if self.family.is_normal else self.family
        return Model.from_formula(formula, level2=self.level2, family=family)


_SYMBOL = re.compile(r"(?<![\w{$\\])([^\W\d_]\w*?)_(\{[\d,]+[ijk]*\}|\d*[ijk]+|\d+)(?!\w)")
_LETTERS = {letter: rf"\{name}" for name, letter in GREEK.items()}  # ε as \varepsilon


def _pointed(text: str, differences: Sequence[str | Difference]) -> str:
    """List what differs, in Markdown, beneath each place its line and a caret."""
    if len(differences) == 1 and isinstance(differences[0], str):
        return differences[0]
    parts = ["One thing differs." if len(differences) == 1 else "These things differ."]
    at: dict[tuple[int, int], list[str]] = {}
    for difference in differences:
        assert isinstance(difference, Difference)
        message = _SYMBOL.sub(_typeset, difference.message)
        at.setdefault((difference.line, difference.column), []).append(f"- {message}")
    for place, messages in at.items():
        parts += [f"```text\n{dedent(pointer(text, *place))}\n```", "\n".join(messages)]
    return "\n\n".join(parts)


def _typeset(match: re.Match[str]) -> str:
    name, below = match[1], match[2].strip("{}")
    letter = _LETTERS.get(GREEK.get(name, name)) or (name if len(name) == 1 else None)
    base = letter or r"\text{" + name.replace("_", r"\_") + "}"
    return f"${base}_{{{below}}}$"


# --- models: compared by their structure, so that order and spelling do not matter --------

_LONGEST = 2_000  # characters of a formula


@dataclass(frozen=True)
class Specification(Kind):
    """A model, or an lme4 formula of one.

    Parameters
    ----------
    level2 : tuple of str
        The level-2 variables, which tell the levels in a formula.
    data : str
        The data set that the model is for: it tells the levels as well, and which columns hold
        texts, so that ``C(sex)`` is ``sex``; a model that does not go with it is told why.
    formulas : bool
        Whether a formula counts as a model; not where the question is a formula.
    """

    level2: tuple[str, ...] = ()
    data: str = ""
    formulas: bool = True
    asked: ClassVar[str] = "a model"
    takes: ClassVar[tuple[str, ...]] = ("model", "text")

    def misfit(self, given: Plain) -> str:
        """Say why an answer cannot be read as a model."""
        if found := super().misfit(given):
            return found
        if given["kind"] == "text" and not self.formulas:
            return "A model is asked for, and this is a text. Write it with `mlm.Model(...)`."
        return _unread(lambda: self._model(given), "model", "a shorter formula")

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two models equation by equation."""
        wanted, found = self._model(expected), self._model(given)
        notes = []
        if found.outcome != wanted.outcome:
            notes.append(f"The outcome is `{wanted.outcome.name}`.")
        if note := _grouping_note(wanted.grouping, found.grouping):
            notes.append(note)
        parts, others = self._equations(wanted), self._equations(found)
        own = _layers(wanted.grouping)[0]
        for place, (predictors, random) in parts.items():
            if place in others:
                notes += _equation_notes(
                    place, (predictors, random), others[place], wanted.grouping
                )
            elif place.layer == own:
                notes.append(f"The {_name(place.term)} is missing.")
        notes += [
            f"The {_name(place.term)} was not asked for."
            for place in others
            if place not in parts and place.layer == own
        ]
        notes += _family_notes(wanted.family, found.family, text=given["kind"] == "text")
        for letter, effects in (("U", self._may_correlate), ("V", self._upper_may_correlate)):
            if effects(found) != effects(wanted):
                notes.append(f"Look at which of the {letter} may correlate.")
        if notes and self.data and (refused := _refusal(found, self.data)):
            return Judgement(0.0, refused)
        share = max(0.0, 1 - len(notes) / (len(parts) + (2 if wanted.family.is_normal else 3)))
        return Judgement(share if share >= 0.5 else 0.0, " ".join(notes))

    def _model(self, plain: Plain) -> Model:
        if plain["kind"] == "text":
            level2 = {*self.level2, *_known(self.data).level2}
            return Model.from_formula(plain["value"][:_LONGEST], level2=level2)
        upper: dict[str, Any] = {}
        if plain["level3"]:
            upper = {"level3": plain["level3"], "covariance3": _blocks(plain["covariance3"])}
        return Model(
            plain["formula"][:_LONGEST],
            group=plain["group"],
            level2=plain["level2"],
            covariance=_blocks(plain["covariance"]),
            **upper,
            **plain["family"],
        )

    def _key(self, term: Term) -> _Key:
        return frozenset(self._plain(factor.bare) for factor in term.factors)

    def _plain(self, factor: Factor) -> Factor:
        """A category without its C(), with whatever reference: that is the same model."""
        tree = factor.tree
        if isinstance(tree, Contrast) and (not tree.coding or tree.coding.startswith("Treatment")):
            column = Factor.of(tree.column)
            return column if column.name in _known(self.data).texts else factor
        return factor

    def _equations(self, model: Model) -> dict[_Place, _Equation]:
        """Each equation of the upper levels; of crossed groupings, whichever comes first."""
        found: dict[_Place, _Equation] = {}
        own, other = _layers(model.grouping)
        for c in model.bare:
            found[_Place(own, self._key(c.term))] = self._terms(c.predictors), c.random
            for upper in c.upper:
                place = _Place(other, self._key(upper.term))
                found[place] = self._terms(upper.predictors), upper.random
            if c.second is not None:
                terms = self._terms((INTERCEPT, *c.second.predictors))
                found[_Place(other, self._key(c.term))] = terms, c.second.random
        return found

    def _terms(self, terms: Iterable[Term]) -> frozenset[_Key]:
        return frozenset(self._key(term) for term in terms)

    def _may_correlate(self, model: Model) -> frozenset[frozenset[_Key]]:
        return frozenset(
            frozenset(self._key(model.random[position].term) for position in block)
            for block in model.blocks
        )

    def _upper_may_correlate(self, model: Model) -> frozenset[frozenset[_Key]]:
        return frozenset(
            frozenset(self._key(model.upper_random[position].term) for position in block)
            for block in model.upper_blocks
        )


def _blocks(covariance: Any) -> Any:
    return covariance if isinstance(covariance, str) else tuple(map(tuple, covariance))


_Key = frozenset[Factor]
_Equation = tuple[frozenset[_Key], bool]
"""The predictors of an equation, and whether it has a departure."""


class _Place(NamedTuple):
    """An equation of the upper levels: its level, or its grouping if two cross, and coefficient."""

    layer: str
    term: _Key


def _layers(grouping: Grouping) -> tuple[str, str]:
    return (grouping.names[0], grouping.names[1]) if grouping.crossed else ("2", "3")


def _grouping_note(wanted: Grouping, found: Grouping) -> str:
    """What is wrong with the grouping; empty if nothing is."""
    same = set(found.names) == set(wanted.names)
    if found == wanted or (same and found.crossed and wanted.crossed):
        return ""
    if len(wanted.names) == 1:
        return f"The groups are named by `{wanted.names[0]}`."
    one, other = wanted.names
    if wanted.crossed:
        return f"`{one}` and `{other}` cross: neither lies in the other."
    if same and found.crossed:
        return f"`{one}` does not cross `{other}`: each lies in one of them only."
    return f"There are three levels: `{one}` lies in `{other}`."


def _equation_notes(
    place: _Place, wanted: _Equation, found: _Equation, grouping: Grouping
) -> list[str]:
    """What is wrong with the equation of a coefficient."""
    name, random = _name(place.term), wanted[1]
    if grouping.crossed:
        which, groups, letter = (
            f"predictors of `{place.layer}`",
            f"groups of `{place.layer}`",
            "departure",
        )
    else:
        which, letter = "predictors", LETTERS[int(place.layer) - 2]
        groups = "groups" if len(grouping.names) == 1 else f"groups of level {place.layer}"
    level = "" if grouping.crossed else f"level-{place.layer} "
    notes = []
    if found[0] != wanted[0]:
        notes.append(f"Look at the {which} in the {level}equation of the {name}.")
    if found[1] != random:
        notes.append(
            f"The {name} {'differs' if random else 'does not differ'} between the {groups} "
            f"beyond what its predictors say: it has {'a' if random else 'no'} {letter}."
        )
    return notes


_SAYS = {
    "binomial": "yes or no",
    "poisson": "a count",
    "negbin": "a count that varies more than a Poisson count",
}


def _family_notes(wanted: Family, found: Family, *, text: bool) -> list[str]:
    """What is wrong with the distribution of the outcome, or with what it needs."""
    if found.name != wanted.name:
        if wanted.is_normal:
            return ["The outcome is normal: leave out `family`."]
        says = "a number of successes" if wanted.trials else _SAYS[wanted.name]
        kind = f'{says}: the model needs `family="{wanted.name}"`'
        if text and found.is_normal:
            return [f"The outcome is {kind}, which a formula alone does not say."]
        return [f"The outcome is {kind}."]
    notes = []
    if found.link != wanted.link:
        notes.append(f"The link is `{wanted.link}`.")
    if found.trials != wanted.trials:
        notes.append(
            f'The outcome is a number of successes of trials: `trials="{wanted.trials}"`.'
            if wanted.trials
            else "Each row is one trial: leave out `trials`."
        )
    if found.exposure != wanted.exposure:
        notes.append(
            f'The count is proportional to an exposure: `exposure="{wanted.exposure}"`.'
            if wanted.exposure
            else "No exposure was asked for."
        )
    if _event(found) != _event(wanted):
        notes.append("Look at which of the two values is the event.")
    return notes


def _event(family: Family) -> str:
    """The event as a text; 1 and True are what nobody need say."""
    return "1" if family.event is None or str(family.event) == "True" else str(family.event)


def _name(term: _Key) -> str:
    return f"slope of `{':'.join(sorted(factor.name for factor in term))}`" if term else "intercept"


@dataclass(frozen=True)
class _Columns:
    """What a data set tells of its columns: which are of level 2, which hold texts."""

    level2: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def _refusal(model: Model, data: str) -> str:
    """Why a model does not go with the data, in the package's own words; empty if it does."""
    try:
        model.bind(load(data))
    except MlmteachError as error:
        return str(error)
    return ""


@cache
def _known(data: str) -> _Columns:
    if not data:
        return _Columns()
    frame = load(data)
    book = frame.attrs["codebook"]
    return _Columns(
        frozenset(name for name in book if book[name].level == 2 and name != book.group),
        frozenset(n for n in book if not pd.api.types.is_numeric_dtype(frame[n])),
    )
