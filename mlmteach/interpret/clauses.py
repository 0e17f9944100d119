"""The clauses of a sentence on a γ: how much, under which conditions, how precisely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.interpret.gamma_facts import GammaFacts
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning
from mlmteach.interpret.words import Words

if TYPE_CHECKING:
    from mlmteach.fit.combinations import Combination

__all__ = ["Clauses"]


@dataclass(frozen=True)
class Clauses:
    """What the sentences on one γ have in common.

    Attributes
    ----------
    facts : GammaFacts
    nouns : Nouns
    symbol : str
        As it is written in running text.
    level : float
        Of the interval.
    robust : bool
        Whether interval and p-value are robust.
    """

    facts: GammaFacts
    nouns: Nouns
    symbol: str
    level: float
    robust: bool = False

    @property
    def words(self) -> Words:
        """The language."""
        return self.nouns.words

    @property
    def se(self) -> float | None:
        """The standard error of the estimate."""
        return self.facts.estimate.se if self.facts.estimate else None

    @property
    def suffix(self) -> str:
        """What tells phrases with symbols from phrases with numbers."""
        return "" if self.facts.estimate else "_symbol"

    @property
    def groups(self) -> set[str]:
        """The columns of the groups."""
        return {self.words.book.group, self.words.book.group3}

    def common(self) -> dict[str, str]:
        """Give the words that most phrases have gaps for."""
        outcome, scale = self.nouns.outcome, self.facts.scale
        times = "" if scale == 1.0 else self.words.value(1.0 / scale) + " × "
        gaps = {
            "outcome": outcome.noun,
            "of_outcome": outcome.of,
            "in_outcome": outcome.inward,
            "outcome_units": outcome.unit.plural,
            "symbol": times + self.symbol,
            "a_group": self.words.grammar.one(self.words.book.level2),
            "of_a_group": self.words.grammar.of_one(self.words.book.level2),
            "within": self.within,
        }
        estimate = self.facts.estimate
        if estimate is None:
            return gaps
        value, se = estimate.value / scale, estimate.se and estimate.se / abs(scale)
        return gaps | {
            "amount": self.nouns.level(value, se),
            "change": self.change(value, se),
            "evidence": self.evidence(estimate),
        }

    @property
    def within(self) -> str:
        """Say "within a school": which groups those that are compared have in common."""
        same = self.facts.same
        if not same:
            return ""
        return self.words.at(same[0]).say("within" if len(same) == 1 else "within_both")

    def amount(self, value: float, se: float | None = None) -> str:
        """Write a number of units of the outcome; as precise as the estimate, if nothing else."""
        return self.nouns.amount(value, se or self.se)

    def expected(self, value: float, se: float | None = None) -> str:
        """Write an expected value of the outcome."""
        return self.nouns.level(value, se or self.se)

    def change(self, value: float, se: float | None) -> str:
        """Say "higher by 2.10 points"."""
        amount = self.nouns.size(value, se)
        return self.words.say("higher_by" if value >= 0 else "lower_by", amount=amount)

    def evidence(self, estimate: Combination) -> str:
        """Write the estimate, its interval, and then p and df, in brackets."""
        words = self.words
        gaps = {"symbol": self.symbol, "number": words.estimate(estimate.value, estimate.se)}
        if estimate.lower is None or estimate.upper is None:
            return words.say("evidence_value", **gaps)
        gaps["level"] = words.grammar.number(f"{100 * self.level:g}")
        gaps["lower"], gaps["upper"] = words.interval(
            estimate.lower, estimate.upper, estimate.value, estimate.se
        )
        kind = "_robust" if self.robust else ""
        mean = not (self.facts.factors or self.facts.compares_cells)
        if estimate.p is None or estimate.df is None or mean:
            # nobody asks whether a mean is 0
            return words.say(f"evidence_interval{kind}", **gaps)
        p, df = words.probability(estimate.p), words.degrees(estimate.df)
        return words.say(f"evidence_test{kind}", p=p, df=df, **gaps)

    def moving(self) -> str:
        """Name what is read at places: a coefficient, or the slope of the curve it is part of."""
        part = self.facts.part
        return self.nouns.change((part.own,) if part else self.facts.factors)

    def unclear(self) -> str:
        """Say that the interval includes 0, where it does."""
        estimate = self.facts.estimate
        if estimate is None or estimate.lower is None or estimate.upper is None:
            return ""
        return self.words.sentence("unclear") if estimate.lower <= 0 <= estimate.upper else ""

    def among(self, own: Meaning) -> dict[str, str]:
        """Say "among female students" and "among male students"."""
        among, reference = self.nouns.sides(own)
        return {"among": among, "among_reference": reference}

    def tail(self) -> str:
        """Say for whom it holds, and what is held fixed."""
        facts, words = self.facts, self.words
        averaged = facts.over if facts.gamma.level1 or facts.gamma.level2 else ()
        parts = self.nouns.conditions(facts.conditions, averaged=averaged)
        held = [name for name in facts.held if name not in self.groups]
        if held:
            key = "held_one" if len(held) == 1 else "held_many"
            parts.append(words.say(key, held=words.list(map(self.nouns.known, held))))
        return "".join(words.say("tail", part=part) for part in parts)
