"""Matching written terms with those of the model, and saying what does not match."""

from __future__ import annotations

from mlmteach.model.reading.expected import Expected, Key
from mlmteach.model.reading.remarks import Remarks
from mlmteach.model.reading.statements import Letter, Statement, Sum, Summand, Variable

__all__ = ["Comparison"]

_PLACES = {"level1": "level-1 equation", "level2": "level-2 equation", "full": "full equation"}
_ROLES = {
    "level1": "level 1 has β's and ε",
    "level2": "level 2 has γ's and U's",
    "full": "the full equation has γ's, U's and ε",
}


class Comparison(Remarks):
    """Matches sums with those that are expected."""

    # --- sums --------------------------------------------------------------------------------

    def sums(
        self, expected: tuple[Expected, ...], written: Sum, kind: str, statement: Statement
    ) -> None:
        """Match the terms of one right side, from the closest agreement to the loosest."""
        self.kind = kind
        missing = list(expected)
        has_mean = any(term.role == "gamma" and not term.key for term in expected)
        extra = [s for s in written if has_mean or s.atoms != s.numbers or s.value]  # N(0, …)
        for rule in (self._same, self._number, self._numbered, self._predictor, self._other_symbol):
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

    def _same(self, summand: Summand, term: Expected) -> bool:
        letter = _letter(summand)
        if letter is None or _name(letter) != _name(term) or self._key(summand) != term.key:
            return False
        self.sign(summand, letter)
        return True

    def _number(self, summand: Summand, term: Expected) -> bool:
        """An estimate, or nothing, in place of a fixed coefficient."""
        if summand.letters or term.role not in {"gamma", "beta"} or self._key(summand) != term.key:
            return False
        symbol = self.writer.symbol(term.role, term.q, term.s)
        if not summand.numbers:
            shown = summand.variables[0].shown
            self.say(
                summand.start, "missing", f"{shown} has no coefficient: it should be {symbol}."
            )
        elif self.estimates is not None and term.role == "gamma":
            self.value(summand, float(self.estimates.params[term.gamma]), symbol)
        return True

    def _numbered(self, summand: Summand, term: Expected) -> bool:
        """The right kind of symbol beside the right predictors, with the wrong numbers."""
        letter = _letter(summand)
        if letter is None or letter.role != term.role or self._key(summand) != term.key:
            return False
        right = self.writer.symbol(term.role, term.q, term.s)
        beside = " × ".join(self.writer.factor(factor) for factor, _ in term.predictors)
        beside = f"beside {beside}" if beside else "standing alone"
        message = f"{letter.shown} has the wrong number: {beside} it should be {right}."
        if term.role == "gamma":
            swapped = (letter.q, letter.s) == (term.s, term.q)
            wrong = "its numbers swapped" if swapped else "the wrong numbers"
            message = (
                f"{letter.shown} has {wrong}: {beside} it should be {right}. The first number is "
                "that of the β, the second counts level-2 predictors."
            )
        self.say(letter.start, "numbers", message)
        self.sign(summand, letter)
        return True

    def _predictor(self, summand: Summand, term: Expected) -> bool:
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

    def _other_symbol(self, summand: Summand, term: Expected) -> bool:
        """Another kind of symbol beside the right predictors: γ for β, U for γ."""
        letter = _letter(summand)
        fits = {"beta", "gamma"} if term.role in {"beta", "gamma"} else {term.role}
        if letter is None or letter.role not in fits or self._key(summand) != term.key:
            return False
        right = self.writer.symbol(term.role, term.q, term.s)
        self.say(
            letter.start,
            "symbol",
            f"{letter.shown} stands in the {_PLACES[self.kind]}, but {_ROLES[self.kind]}: it "
            f"should be {right}.",
        )
        return True

    def _extra(self, summand: Summand) -> None:
        letter = _letter(summand)
        misplaced = self._misplaced(summand)
        if misplaced and self.kind == "level1":
            self.say(
                summand.start,
                "level",
                f"{misplaced.shown} has one value in each {self.group}, so it does not belong to "
                f"level 1: write {self._owner(self._key(summand))}.",
            )
        elif misplaced:
            self.say(
                summand.start,
                "level",
                f"{misplaced.shown} differs between the {self.members} of a {self.group}, so it "
                "does not belong to level 2.",
            )
        elif letter is not None and letter.role == "effect" and self.kind == "level1":
            self.say(
                letter.start,
                "level",
                f"{letter.shown} does not belong to level 1: it is a part of a level-2 equation.",
            )
        else:
            shown = " ".join(atom.shown for atom in summand.atoms)
            self.say(summand.start, "extra", f"The model has no term {shown}: leave it out.")

    def _misplaced(self, summand: Summand) -> Variable | None:
        """A variable of the other level that stands in an equation of one level."""
        levels = {self._level(variable): variable for variable in summand.variables}
        if self.kind == "level1" and set(levels) == {2}:
            return levels[2]
        return levels.get(1) if self.kind == "level2" else None

    def _missing(self, term: Expected, statement: Statement) -> None:
        shown = self.writer.term(term)
        left = statement.left[0].shown
        reason = ""
        if term.role == "effect":
            reason = f": this coefficient differs between the {self.groups}"
        elif term.role == "residual":
            reason = f": it is what is left of each {self.member}"
        self.say(
            statement.stop,
            "missing",
            f"{shown} is missing from the equation of {left}{reason}.",
        )

    def _owner(self, key: Key) -> str:
        """Where a level-2 predictor stands in the model."""
        for c in self.model.coefficients:
            for gamma in c.gammas:
                if gamma.level2 and self.writer.key(gamma.level2.factors) == key:
                    symbol = self.writer.symbol("gamma", gamma.q, gamma.s)
                    product = " × ".join(self.writer.factor(f, 2) for f in gamma.level2.factors)
                    beta = self.writer.symbol("beta", c.index, None)
                    return f"{symbol} {product} in the equation of {beta}"
        return "it in a level-2 equation"

    def _indices(self, summand: Summand, term: Expected) -> None:
        for letter in summand.letters:
            self.letter_index(letter)
        levels = {self.writer.key((factor,)): level for factor, level in term.predictors}
        for variable in summand.variables:
            level = levels.get(self.writer.key((variable.factor,)))
            if level is not None:
                self.variable_index(variable, level)

    def _key(self, summand: Summand) -> Key:
        return self.writer.key(variable.factor for variable in summand.variables)

    def _level(self, variable: Variable) -> int | None:
        """The level of a variable in the model."""
        key = self.writer.key((variable.factor,))[0]
        for c in self.model.coefficients:
            if key in self.writer.key(c.term.factors):
                return 1
            if any(key in self.writer.key(term.factors) for term in c.predictors):
                return 2
        return None


def _letter(summand: Summand) -> Letter | None:
    return summand.letters[0] if len(summand.letters) == 1 else None


def _name(symbol: Letter | Expected) -> tuple[str, int | None, int | None]:
    return symbol.role, symbol.q, symbol.s


def _within(part: Key, whole: Key) -> bool:
    return len(part) < len(whole) and set(part) <= set(whole)
