"""Written terms matched with those of a model, and what is said of those that do not match."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from mlmteach.data.phrases import indefinite
from mlmteach.model.estimates import Estimates
from mlmteach.model.family import LINKS
from mlmteach.model.lettering import told
from mlmteach.model.reading.expected import Expected, Key, Writer
from mlmteach.model.reading.outcome import is_offset, mean_in, said_in, slips
from mlmteach.model.reading.statements import (
    Left,
    Letter,
    Role,
    Said,
    Statement,
    WrittenMean,
    WrittenSum,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.structure import Structure, upper_predictors

__all__ = ["Matching"]

_PLACES = {
    "level1": "level-1 equation",
    "level2": "level-2 equation",
    "level3": "level-3 equation",
    "full": "full equation",
}
_HAVE_INDICES = {"beta", "delta", "effect", "upper", "gamma", "residual"}
_ROLES = {
    "single": {"level1": "β's and ε", "level2": "γ's and U's", "full": "γ's, U's and ε"},
    "nested": {
        "level1": "β's and ε",
        "level2": "δ's and U's",
        "level3": "γ's and V's",
        "full": "γ's, V's, U's and ε",
    },
    "crossed": {
        "level1": "β's and ε",
        "level2": "γ's, U's and V's",
        "full": "γ's, U's, V's and ε",
    },
}


class Matching:
    """Matches written sums with those that are expected, and collects what differs."""

    def __init__(
        self, model: Structure, writer: Writer, estimates: Estimates | None, indices: frozenset[str]
    ) -> None:
        self.model = model
        self.writer = writer
        self.estimates = estimates
        self.indices = indices
        self.design = model.grouping.design
        whole = "ij" if self.design == "single" else "ijk"
        through = bool(indices) and whole not in indices and "i" in indices  # counted through
        self.unit = "i" if through else whole
        self.lower = "jk" if self.design == "nested" and not through else "j"
        book: Any = model.codebook
        described = hasattr(book, "level1") and hasattr(book, "level2")  # not a mapping of entries
        self.group, self.groups = self._called(model.group, described=described)
        self.upper, self.uppers = self._called(model.group3 or "", described=described)
        self.member = book.level1.singular if described else "unit"
        self.members = book.level1.plural if described else "units"
        self.kind = ""
        self.is_rate = False
        self.found: list[tuple[int, str, str]] = []

    def _called(self, name: str, *, described: bool) -> tuple[str, str]:
        """What a group of a grouping is called, and several of them."""
        book: Any = self.model.codebook
        if described and (self.design == "single" or book.group == name):
            return book.level2.singular, book.level2.plural
        if described and name and book.group3 == name:
            return book.level3.singular, book.level3.plural
        return name, _several(name)

    def say(self, position: int, kind: str, message: str) -> None:
        """Note a difference."""
        self.found.append((position, kind, message))

    # --- numbers and signs -------------------------------------------------------------------

    def sign(self, summand: WrittenSummand, letter: Letter) -> None:
        """Refuse a minus and a number before a symbol."""
        if summand.sign < 0:
            self.say(
                summand.start,
                "sign",
                f"There is a minus before {letter.shown}: the terms of a model are added, and a "
                "negative effect is a negative value of the coefficient.",
            )
        if summand.numbers:
            number = summand.numbers[0]
            self.say(
                number.start,
                "value",
                f"{letter.shown} is multiplied by {number.shown}: leave it out.",
            )

    def value(self, summand: WrittenSummand, estimate: float, symbol: str) -> None:
        """Compare a number with an estimate, to the digits that are written."""
        value, number = summand.value, summand.numbers[0]
        relative = [
            0.5 * 10.0**-n.digits / abs(n.value) if n.value else float("inf")
            for n in summand.numbers
            if n.digits is not None
        ]
        places = max(2, *(n.digits or 0 for n in summand.numbers), 0)
        near = 0.5 * 10.0 ** -(number.digits or 0) if value == 0 else abs(value) * sum(relative)
        near += 1e-9 * abs(estimate)
        if abs(value - estimate) <= near:
            return
        shown = f"{estimate:.{places}f}".replace("-", "−")
        if abs(value + estimate) <= near:
            self.say(
                summand.start, "sign", f"The sign of {number.shown} is wrong: {symbol} is {shown}."
            )
        else:
            self.say(number.start, "value", f"{number.shown} should be {shown}, which is {symbol}.")

    # --- indices -----------------------------------------------------------------------------

    def letter_index(self, letter: Letter) -> None:
        """Ask for the j of β and U, the ij of ε, and none of γ."""
        if not self.indices or letter.role not in _HAVE_INDICES:
            return
        wanted = {
            "beta": "jk" if self.design == "crossed" else self.lower,
            "delta": "k",
            "effect": self.lower,
            "upper": "k",
            "gamma": "",
            "residual": self.unit,
        }[letter.role]
        if letter.index == wanted:
            return
        right = self.writer.symbol(letter.role, letter.q, letter.s, letter.p)
        reasons = {
            "beta": f"it differs between the {self.groups}"
            + (f" and the {self.uppers}" if self.design == "crossed" else ""),
            "delta": f"it differs between the {self.uppers}",
            "effect": f"each {self.group} has its own",
            "upper": f"each {self.upper} has its own",
            "gamma": f"it is the same in every {self.upper or self.group}",
            "residual": f"each {self.member} has its own",
        }
        lacks = "".join(index for index in wanted if index not in letter.index)
        what = f"lacks the index {self.writer.index(lacks)}"
        if not lacks or self.design != "single":
            what = f"has no index {self.writer.index(wanted)}"
        if not lacks or (letter.index and self.design != "single"):
            what = f"has the index {self.writer.index(letter.index)}"
        self.say(
            letter.start,
            "index",
            f"{letter.shown} {what}: {reasons[letter.role]}, so write {right}.",
        )

    def variable_index(self, variable: WrittenVariable, level: int) -> None:
        """Ask for ij at level 1 and j at level 2; with two groupings for ijk, jk or j, and k."""
        wanted = {1: self.unit, 2: self.lower, 3: "k"}[level]
        if not self.indices or variable.index == wanted:
            return
        name = self.writer.factor(variable.factor)
        reason = {
            1: f"it differs between the {self.members} of {indefinite(self.group)}",
            2: f"it has one value in each {self.group}",
            3: f"it has one value in each {self.upper}",
        }[level]
        index = self.writer.index
        what = f"has the index {index(variable.index)}" if variable.index else "has no index"
        right = f"{name}_{index(wanted)}"
        self.say(variable.start, "index", f"{name} {what}: {reason}, so write {right}.")

    # --- the rest ----------------------------------------------------------------------------

    def outcome(self, left: Left) -> None:
        """Compare the left side with the outcome of the model."""
        right = self.writer.factor(self.model.outcome)
        generalized = not self.model.family.is_normal
        if isinstance(left, WrittenMean) and generalized:
            self.mean(left)
        elif isinstance(left, WrittenVariable) and left.factor.function and generalized:
            return  # the logarithm of a count has been named as a slip
        elif not isinstance(left, WrittenVariable) or self.writer.key(
            (left.factor.bare,)
        ) != self.writer.key((self.model.outcome,)):
            self.say(
                left.start, "outcome", f"The outcome of the model is {right}, not {left.shown}."
            )
        else:
            self.variable_index(left, 1)

    def mean(self, mean: WrittenMean) -> None:
        """Ask for the link and the index of an expected outcome."""
        family = self.model.family
        if mean.link not in {"", "linear", family.link} and mean.link in LINKS[family.name]:
            self.say(
                mean.start,
                "link",
                f"The link of the model is {family.linked(self.writer.mean)}, not {mean.shown}.",
            )
        if mean.outcome is not None and not mean.itself:
            self.event(mean.outcome)
        elif self.indices and mean.index != self.unit and not mean.itself:
            symbol = mean.name if mean.link != "linear" else "η"
            index = f"the index {self.writer.index(mean.index)}" if mean.index else "no index"
            self.say(
                mean.start,
                "index",
                f"{mean.shown} has {index}: each {self.member} has its own, so write "
                f"{symbol}_{self.unit}.",
            )

    def event(self, variable: WrittenVariable) -> None:
        """Compare an outcome and the category of it that is counted."""
        self.outcome(variable)
        written, event = variable.factor.level, self.model.family.event
        counted = "1" if event is None else str(event)
        if written not in {None, counted}:
            name = self.writer.factor(self.model.outcome)
            self.say(
                variable.start, "outcome", f"The model counts {name} = {counted}, not {written}."
            )

    def said(self, said: Said) -> None:
        """Compare what is said of an outcome that is not normal."""
        family = self.model.family
        if said.outcome is not None:
            self.event(said.outcome)
        if said.mean is not None and not (said.distribution and said.mean.link):
            self.mean(said.mean)
        if said.distribution in {"", "N"}:
            return
        right, name = self.writer.distribution(), self.writer.factor(self.model.outcome, 1)
        trials = said.trials.factor.variables[0] if said.trials else None
        if said.distribution != family.distribution or trials != family.trials:
            self.say(said.start, "distribution", f"In the model, {name} ~ {right}.")
        if said.exposure is not None and said.exposure.factor.variables[0] != family.exposure:
            shown = said.exposure.shown
            self.say(said.exposure.start, "offset", f"The model has no exposure {shown}.")

    def family(self, statements: tuple[Statement, ...]) -> None:
        """Name the slips that an outcome which is not normal invites."""
        if not self.model.family.is_normal:
            mean = mean_in(statements) or self.writer.mean
            for slip in slips(statements, self.model.family, mean):
                self.say(slip.position, slip.kind, slip.problem)
            for said in said_in(statements):
                self.said(said)
                self.is_rate |= said.exposure is not None
        else:
            outcome = self.writer.factor(self.model.outcome)
            for said in said_in(statements):
                self.say(
                    said.start, "distribution", f"The model takes {outcome} as normal, with an ε."
                )

    def distribution(self, statement: Statement) -> None:
        """Compare the zeros of a covariance matrix with the model's, or a residual's variance."""
        first = statement.left[0]
        of_units = isinstance(first, Letter) and first.role == "residual"
        # where the outcome is not normal, the line itself is a slip
        if of_units and statement.relation == "~" and self.model.family.is_normal:
            self.dispersion(statement)
        letters = [atom for atom in statement.left if isinstance(atom, Letter)]
        if any(letter.role in {"upper", "delta"} for letter in letters):
            random = [(e.q, e.s) for e in self.model.upper_random]
            self._correlations(statement, letters, random, self.model.upper_blocks)
        else:
            lone = [(c.index, None) for c in self.model.random]
            self._correlations(statement, letters, lone, self.model.blocks)

    def _correlations(
        self,
        statement: Statement,
        letters: list[Letter],
        random: Sequence[tuple[int, int | None]],
        blocks: tuple[tuple[int, ...], ...],
    ) -> None:
        """Compare which of the U's, or of the V's, may correlate."""
        numbers = [(letter.q, letter.s) for letter in letters]
        role: Role = "upper" if letters and letters[0].role in {"upper", "delta"} else "effect"
        for (a, one), (b, other) in combinations(enumerate(numbers), 2):
            if one not in random or other not in random or len(statement.spread) <= b:
                continue
            may = any({random.index(one), random.index(other)} <= set(x) for x in blocks)
            row = statement.spread[b]
            does = row[a] if len(row) > a else True
            if may != does:
                pair = " and ".join(self.writer.symbol(role, *number) for number in (one, other))
                verb = "may correlate" if may else "do not correlate"
                self.say(statement.start, "covariance", f"In the model, {pair} {verb}.")

    def dispersion(self, statement: Statement) -> None:
        """Compare by what the variance of ε differs between rows."""
        by = self.model.sigma2.variable if self.model.sigma2 else ""
        weight = self.model.precision or ""
        if (statement.by, statement.precision) == (by, weight):
            return
        parts = [f"differs between the categories of {by}"] if by else []
        parts += [f"is divided by {weight}"] if weight else []
        is_ = " and ".join(parts) or "is the same in all rows"
        self.say(statement.start, "variance", f"In the model, the variance of the residual {is_}.")

    # --- sums --------------------------------------------------------------------------------

    def sums(
        self, expected: tuple[Expected, ...], written: WrittenSum, kind: str, statement: Statement
    ) -> None:
        """Match the terms of one right side, from the closest agreement to the loosest."""
        self.kind = kind
        missing = list(expected)
        has_mean = any(term.role in {"gamma", "delta"} and not term.key for term in expected)
        extra = [s for s in written if has_mean or s.atoms != s.numbers or s.value]  # N(0, …)
        if not self.model.family.is_normal:  # an ε has been named as a slip
            extra = [s for s in extra if not any(x.role == "residual" for x in s.letters)]
        rules = (self._offset, self._same, self._number, self._numbered, self._predictor,
                 self._other_symbol)  # fmt: skip
        for rule in rules:
            for summand in list(extra):
                term = next((t for t in missing if rule(summand, t)), None)
                if term is not None:
                    missing.remove(term)
                    extra.remove(summand)
                    self._indices(summand, term)
        for summand in extra:
            self._extra(summand)
        for term in missing:
            self._missing(term, statement)

    def _offset(self, summand: WrittenSummand, term: Expected) -> bool:
        """The logarithm of the exposure: without a coefficient, and not without the logarithm."""
        if term.role != "offset":
            return False
        if is_offset(summand) and self._key(summand) == term.key:
            return True
        right, exposure = self.writer.term(term), self.model.family.exposure
        names = [variable.factor.variables for variable in summand.variables]
        if names != [(exposure,)]:
            return False
        outcome = self.writer.factor(self.model.outcome)
        if self._key(summand) != term.key:
            shown = summand.variables[0].shown
            message = f"{shown} stands without its logarithm: write {right}, and nothing before it."
        else:
            letter = summand.letters[0].shown if summand.letters else "a sign or a number"
            message = (
                f"{right} has {letter} before it: {outcome} is proportional to {exposure}, so its "
                "coefficient is 1, and none is written."
            )
        self.say(summand.start, "offset", message)
        return True

    def _same(self, summand: WrittenSummand, term: Expected) -> bool:
        letter = _letter(summand)
        if letter is None or _name(letter) != _name(term) or self._key(summand) != term.key:
            return False
        self.sign(summand, letter)
        return True

    def _number(self, summand: WrittenSummand, term: Expected) -> bool:
        """An estimate, or nothing, in place of a fixed coefficient."""
        fixed = term.role in {"gamma", "delta", "beta"}
        if summand.letters or not fixed or self._key(summand) != term.key:
            return False
        symbol = self.writer.symbol(term.role, term.q, term.s, term.p)
        if not summand.numbers:
            shown = summand.variables[0].shown
            self.say(
                summand.start, "missing", f"{shown} has no coefficient: it should be {symbol}."
            )
        elif self.estimates is not None and term.role == "gamma":
            self.value(summand, float(self.estimates.params[term.gamma]), symbol)
        return True

    def _numbered(self, summand: WrittenSummand, term: Expected) -> bool:
        """The right kind of symbol beside the right predictors, with the wrong numbers."""
        letter = _letter(summand)
        if letter is None or letter.role != term.role or self._key(summand) != term.key:
            return False
        right = self.writer.symbol(term.role, term.q, term.s, term.p)
        beside = " × ".join(self.writer.factor(factor) for factor, _ in term.predictors)
        beside = f"beside {beside}" if beside else "standing alone"
        message = f"{letter.shown} has the wrong number: {beside} it should be {right}."
        if term.role in {"gamma", "delta"} or (term.role == "upper" and self.design == "nested"):
            own = [n for n in (letter.q, letter.s, letter.p) if n is not None]
            known = [n for n in (term.q, term.s, term.p) if n is not None]
            swapped = sorted(own) == sorted(known)
            wrong = "its numbers swapped" if swapped else "the wrong numbers"
            if len(own) != len(known):
                wrong = f"{_COUNTS[len(own)]} instead of {_COUNTS[len(known)].split()[0]}"
            message = (
                f"{letter.shown} has {wrong}: {beside} it should be {right}. The first number is "
                "that of the β, the second counts level-2 predictors"
                + (", the third those of level 3." if term.p is not None else ".")
            )
            if self.design == "crossed":
                message = message.replace("level-2 predictors", "predictors of both groupings")
        self.say(letter.start, "numbers", message)
        self.sign(summand, letter)
        return True

    def _predictor(self, summand: WrittenSummand, term: Expected) -> bool:
        """The right symbol beside the wrong predictors."""
        letter = _letter(summand)
        if letter is None or _name(letter) != _name(term):
            return False
        if letter.role != "effect" and self._misplaced(summand):
            return False
        key, right = self._key(summand), self.writer.term(term)
        if not key:
            how = "substitution gives" if self.kind == "full" else "it should be"
            self.say(
                letter.start,
                "predictor",
                f"{letter.shown} stands without its predictor: {how} {right}.",
            )
        elif _within(key, term.key):
            lacking = next(f for f, _ in term.predictors if self.writer.key((f,))[0] not in key)
            self.say(
                letter.start,
                "predictor",
                f"The product with {letter.shown} lacks {self.writer.factor(lacking)}: it should "
                f"be {right}.",
            )
        elif not term.key:
            shown = summand.variables[0].shown
            self.say(
                summand.variables[0].start,
                "predictor",
                f"{letter.shown} is multiplied by {shown}, but should stand alone.",
            )
        else:
            self.say(
                letter.start,
                "predictor",
                f"{letter.shown} stands beside the wrong predictor: it should be {right}.",
            )
        return True

    def _other_symbol(self, summand: WrittenSummand, term: Expected) -> bool:
        """Another kind of symbol beside the right predictors: γ for β, U for γ."""
        letter = _letter(summand)
        fits: set[str] = {term.role}
        if term.role in {"beta", "delta", "gamma"}:
            fits = {"beta", "delta", "gamma"}
        elif term.role in {"effect", "upper"}:
            fits = {"effect", "upper"} | ({"residual"} if self.kind != "full" else set())
        if letter is None or letter.role not in fits or self._key(summand) != term.key:
            return False
        right = self.writer.symbol(term.role, term.q, term.s, term.p)
        self.say(
            letter.start,
            "symbol",
            f"{letter.shown} stands in the {_PLACES[self.kind]}, but {self._roles()}: it "
            f"should be {right}.",
        )
        return True

    def _roles(self) -> str:
        """Which symbols an equation has: ``level 2 has γ's and U's``."""
        place = "the full equation" if self.kind == "full" else f"level {self.kind[-1]}"
        those = _ROLES[self.design][self.kind]
        if not self.model.family.is_normal and "ε" in those:
            *others, last = re.findall("[^ ]'s", those.replace(" and ε", ""))
            those = f"{', '.join(others)} and {last}" if others else last
            those += ", and no ε"
        return f"{place} has {those}"

    def _extra(self, summand: WrittenSummand) -> None:
        letter = _letter(summand)
        misplaced = self._misplaced(summand)
        if misplaced and self.kind != "full":
            level = self._level(misplaced) or 1
            if level > int(self.kind[-1]):
                group = self.group if level == 2 else self.upper
                self.say(
                    summand.start,
                    "level",
                    f"{misplaced.shown} has one value in each {group}, so it does not belong to "
                    f"level {self.kind[-1]}: write {self._owner(self._key(summand), level)}.",
                )
                return
            members, group = (self.members, self.group) if level == 1 else (self.groups, self.upper)
            self.say(
                summand.start,
                "level",
                f"{misplaced.shown} differs between the {members} of {indefinite(group)}, so it "
                f"does not belong to level {self.kind[-1]}.",
            )
        elif letter is not None and self._belongs_above(letter):
            level = 3 if letter.role == "upper" and self.design == "nested" else 2
            self.say(
                letter.start,
                "level",
                f"{letter.shown} does not belong to level {self.kind[-1]}: it is a part of a "
                f"level-{level} equation.",
            )
        else:
            shown = " ".join(atom.shown for atom in summand.atoms)
            self.say(summand.start, "extra", f"The model has no term {shown}: leave it out.")

    def _misplaced(self, summand: WrittenSummand) -> WrittenVariable | None:
        """A variable of the other level that stands in an equation of one level."""
        if self.kind == "full":
            return None
        own = int(self.kind[-1])
        levels = {self._level(variable): variable for variable in summand.variables}
        known = sorted(level for level in levels if level is not None)
        if not known:
            return None
        if own == 1:
            return levels[known[0]] if known[0] > 1 and len(known) == len(levels) else None
        if known[0] < own:
            return levels[known[0]]
        above = known[-1] > own and self.design == "nested"  # one of level 3 at level 2
        return levels[known[-1]] if above else None

    def _belongs_above(self, letter: Letter) -> bool:
        """Tell whether a U or a V stands in an equation below its own."""
        if self.kind == "level1":
            return letter.role in {"effect", "upper"}
        return self.kind == "level2" and self.design == "nested" and letter.role == "upper"

    def _missing(self, term: Expected, statement: Statement) -> None:
        shown = self.writer.term(term)
        left = statement.left[0].shown
        reason = ""
        if term.role == "effect":
            reason = f": this coefficient differs between the {self.groups}"
        elif term.role == "upper":
            reason = f": this coefficient differs between the {self.uppers}"
        elif term.role == "residual":
            reason = f": it is what is left of each {self.member}"
        elif term.role == "offset":
            outcome = self.writer.factor(self.model.outcome)
            reason = f": {outcome} is proportional to {self.model.family.exposure}"
        self.say(
            statement.stop,
            "missing",
            f"{shown} is missing from the equation of {left}{reason}.",
        )

    def _owner(self, key: Key, level: int) -> str:
        """Where a predictor of an upper level stands in the model."""
        for c in self.model.coefficients:
            for gamma in c.gammas:
                term = gamma.level2 if level == 2 else gamma.level3
                if term and self.writer.key(term.factors) == key:
                    nested = self.design == "nested"
                    role: Role = "delta" if nested and level == 2 else "gamma"
                    symbol = self.writer.symbol(role, gamma.q, gamma.s, gamma.p)
                    product = " × ".join(self.writer.factor(f, level) for f in term.factors)
                    owner = self.writer.symbol("beta", c.index)
                    if nested and level == 3:
                        owner = self.writer.symbol("delta", c.index, gamma.s)
                    return f"{symbol} {product} in the equation of {owner}"
        return f"it in a level-{level} equation"

    def _indices(self, summand: WrittenSummand, term: Expected) -> None:
        for letter in summand.letters:
            if letter.role == term.role:  # the index of another symbol says nothing more
                self.letter_index(letter)
        if term.role == "offset" and told(self.model.codebook, term.key[0], "level") == 2:
            return
        levels = {self.writer.key((factor,)): level for factor, level in term.predictors}
        for variable in summand.variables:
            level = levels.get(self.writer.key((variable.factor,)))
            if level is not None:
                self.variable_index(variable, level)

    def _key(self, summand: WrittenSummand) -> Key:
        return self.writer.key(variable.factor for variable in summand.variables)

    def _level(self, variable: WrittenVariable) -> int | None:
        """The level of a variable in the model."""
        key = self.writer.key((variable.factor,))[0]
        for c in self.model.coefficients:
            if key in self.writer.key(c.term.factors):
                return 1
            if any(key in self.writer.key(term.factors) for term in c.predictors):
                return 2
            if any(key in self.writer.key(term.factors) for term in upper_predictors(c)):
                return 3
        return None


def _several(name: str) -> str:
    """The plural of a column's name, as far as English is regular.

    >>> [_several(name) for name in ("school", "class", "city", "child")]
    ['schools', 'classes', 'cities', 'children']
    """
    if name == "child":
        return "children"
    if re.search("(?:s|x|z|ch|sh)$", name):
        return f"{name}es"
    return re.sub("(?<![aeiou])y$", "ie", name) + "s"


def _letter(summand: WrittenSummand) -> Letter | None:
    return summand.letters[0] if len(summand.letters) == 1 else None


def _name(symbol: Letter | Expected) -> tuple[str, int | None, int | None, int | None]:
    return symbol.role, symbol.q, symbol.s, symbol.p


_COUNTS = {1: "one number", 2: "two numbers", 3: "three numbers"}


def _within(part: Key, whole: Key) -> bool:
    return len(part) < len(whole) and set(part) <= set(whole)
