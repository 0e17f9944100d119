"""Phrases, numbers and lists in one language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from mlmteach.data.codebook import Codebook
from mlmteach.interpret.catalogue import phrases
from mlmteach.interpret.grammar import GRAMMARS, Grammar, upper_first
from mlmteach.model.notation import PRESETS, Notation
from mlmteach.numbers import rounded

__all__ = ["Words"]

_SMALL_P = 0.001


def _without_minus_zero(text: str) -> str:
    return text[1:] if text.startswith("−") and not text.strip("−0.") else text


@dataclass(frozen=True)
class Words:
    """What turns facts into sentences.

    Attributes
    ----------
    book : Codebook
        The nouns; its language is the language of everything.
    notation : Notation
        The symbols.
    """

    book: Codebook
    notation: Notation = field(default_factory=lambda: PRESETS["slides"])

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar of the language."""
        return GRAMMARS[self.book.language]

    def say(self, key: str, **gaps: str) -> str:
        """Fill a phrase of the catalogue."""
        common = {
            "unit": self.book.level1.singular,
            "units": self.book.level1.plural,
            "units_dative": self.book.level1.dative_plural,
            "group": self.book.level2.singular,
            "groups": self.book.level2.plural,
            "groups_dative": self.book.level2.dative_plural,
            "the_group": self.grammar.the(self.book.level2),
            "own_group": self.grammar.own(self.book.level2),
        }
        return phrases(self.book.language)[key].format(**{**common, **gaps})

    def sentence(self, key: str, **gaps: str) -> str:
        """Fill a phrase that is a sentence."""
        return upper_first(self.grammar.tidy(self.say(key, **gaps)))

    def brief(self, key: str, **gaps: str) -> str:
        """Fill a phrase that is a heading: a sentence without its full stop."""
        return self.sentence(key, **gaps).rstrip(".")

    def list(self, items: Iterable[str]) -> str:
        """Join phrases: "a, b and c"."""
        from babel.lists import format_list

        return format_list(list(items), locale=self.grammar.locale)

    def estimate(self, value: float, se: float | None = None, *, absolute: bool = False) -> str:
        """Write an estimate, rounded as its standard error tells."""
        number = rounded(value, se=se)
        return self.grammar.number(str(number.absolute if absolute else number))

    def interval(
        self, lower: float, upper: float, value: float, se: float | None
    ) -> tuple[str, str]:
        """Write the limits of an interval with as many decimals as the estimate."""
        number = rounded(value, se=se)
        if number.power or not number.digits:
            return self.estimate(lower, se), self.estimate(upper, se)
        decimals = len(number.digits.partition(".")[2])
        texts = (f"{limit:.{decimals}f}".replace("-", "−") for limit in (lower, upper))
        low, high = (self.grammar.number(_without_minus_zero(text)) for text in texts)
        return low, high

    def value(self, value: float, sd: float | None = None) -> str:
        """Write a value of a variable: whole numbers whole, large ones with thousands parted.

        The standard deviation of the variable tells how precise the value need be.
        """
        if value == int(value) or abs(value) >= 1000:
            like_a_year = sd is not None and sd < abs(value) / 20
            text = f"{value:.0f}" if like_a_year else f"{value:,.0f}"
            text = text.replace("-", "−")
        else:
            text = str(rounded(value, se=sd))
        return self.grammar.number(text)

    def percent(self, share: float) -> str:
        """Write a share in per cent."""
        if share < 0.001:
            return self.say("less_than_percent", number=self.grammar.number("0.1"))
        if 0.999 < share <= 1:
            return self.say("more_than_percent", number=self.grammar.number("99.9"))
        digits = 0 if 0.0995 < share < 0.9005 or share > 1 else 1
        return self.say("percent", number=self.grammar.number(f"{100 * share:.{digits}f}"))

    def probability(self, p: float) -> str:
        """Write a p-value with its sign: "p < 0.001"."""
        if p < _SMALL_P:
            return self.grammar.number("p < 0.001")
        return self.grammar.number(f"p = {p:.{3 if p < 0.1 else 2}f}")

    def degrees(self, df: float) -> str:
        """Write degrees of freedom."""
        return self.grammar.number(f"{df:.{0 if df >= 100 else 1}f}")
