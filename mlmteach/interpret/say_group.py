"""From the facts on a named group to its rows."""

from __future__ import annotations

from dataclasses import dataclass

from mlmteach.interpret.group import Departure, GroupFacts
from mlmteach.interpret.nouns import Nouns
from mlmteach.numbers import rounded

__all__ = ["GroupText"]


@dataclass(frozen=True)
class GroupText:
    """The sentences on one group.

    Attributes
    ----------
    facts : GroupFacts
    nouns : Nouns
    level : float
        Of the intervals.
    """

    facts: GroupFacts
    nouns: Nouns
    level: float

    def line_short(self) -> str:
        """Say what the line is."""
        return self.nouns.words.brief("short_line", label=self.facts.label, group_label=self._here)

    def line(self) -> str:
        """Write the group's own line in names and numbers."""
        words = self.nouns.words
        text = ""
        for part in self.facts.line:
            number = rounded(part.value, se=part.se or None)
            name = " × ".join(self._symbol(f.factor.name) for f in part.factors)
            term = str(number.absolute) + (f" × {name}" if name else "")
            if not text:
                text = ("−" if number.negative else "") + term
            else:
                text += (" − " if number.negative else " + ") + term
        return words.sentence(
            "line",
            label=self.facts.label,
            group_label=self._here,
            size=words.value(self.facts.size),
            outcome=self._symbol(self.nouns.factor.expression),
            line=words.grammar.number(text),
        )

    def departure_short(self, facts: Departure) -> str:
        """Say what the departure is of."""
        words = self.nouns.words
        return words.brief(
            "short_departure",
            label=self.facts.label,
            group_label=self._here,
            topic=self.nouns.change(facts.factors),
        )

    def departure(self, facts: Departure, symbol: str, whom: str, *, conditional: bool) -> str:
        """Say how far it departs, its rank, its precision, and how much it was shrunk and why."""
        words, nouns = self.nouns.words, self.nouns
        if facts.reliability <= 0:
            return words.sentence(
                "departure_none", symbol=symbol, label=self.facts.label, group_label=self._here
            )
        lower, upper = words.interval(facts.lower, facts.upper, facts.value, facts.median_se)
        gaps = {
            "label": self.facts.label,
            "group_label": self._here,
            "symbol": symbol,
            "whom": whom,
            "topic": nouns.change(facts.factors),
            "outcome": nouns.outcome.noun,
            "of_outcome": nouns.outcome.of,
            "number": words.estimate(facts.value, facts.median_se),
            "amount": nouns.amount(words.estimate(facts.value, facts.median_se, absolute=True)),
            "se": words.estimate(facts.se, facts.median_se),
            "lower": lower,
            "upper": upper,
            "level": words.grammar.number(f"{100 * self.level:g}"),
            "rank": words.value(facts.rank),
            "groups_count": words.value(self.facts.groups),
            "reliability": words.grammar.number(f"{facts.reliability:.2f}"),
            "shrinkage": words.percent(1.0 - facts.reliability),
            "size": words.value(self.facts.size),
            "median": words.value(self.facts.median_size),
        }
        key = "departure" if not facts.factors else "departure_slope"
        side = "up" if facts.value >= 0 else "down"
        expected = "expected" if conditional else "average"
        texts = [
            words.sentence(f"{key}_{side}_{expected}", **gaps),
            words.sentence("rank", **gaps),
        ]
        if facts.lower <= 0 <= facts.upper:
            texts.append(words.sentence("departure_unclear", **gaps))
        if facts.unshrunk is not None:
            gaps["unshrunk"] = words.estimate(facts.unshrunk, facts.median_se)
            texts.append(words.sentence("shrunk_from", **gaps))
        else:
            texts.append(words.sentence("shrunk", **gaps))
        size = "few" if self.facts.size < self.facts.median_size else "many"
        texts.append(words.sentence(f"shrunk_why_{size}", **gaps))
        return " ".join(texts)

    @property
    def _here(self) -> str:
        """Say "of school 8367"."""
        words = self.nouns.words
        return words.grammar.at_group(words.book.level2, self.facts.label)

    def _symbol(self, name: str) -> str:
        book = self.nouns.words.book
        return book[name].symbol if name in book else name
