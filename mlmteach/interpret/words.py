"""Phrases, numbers and lists in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal, TypeAlias

from mlmteach.data.codebook import Codebook, Unit
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.nodes import Role, Summand, Symbol
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import OptionError
from mlmteach.interpret.grammar import GRAMMARS, Grammar, upper_first
from mlmteach.model.grouping import MATRICES
from mlmteach.model.notation import PRESETS, Glyph, Notation
from mlmteach.numbers import degrees, p_value, rounded

__all__ = ["Colour", "Words", "languages", "phrases", "written"]


# --- the catalogue of phrases: all words of the sentences, one gettext file a language ----
# The keys name what a phrase says; the phrases have named gaps.  To change a wording, edit
# ``locale/en.po``; to add a language, copy that file, translate it, and give the language its
# grammar (:mod:`mlmteach.interpret.grammar`) and its default nouns (:mod:`mlmteach.data.phrases`).


def languages() -> tuple[str, ...]:
    """List the languages that have a catalogue.

    Examples
    --------
    >>> languages()
    ('de', 'en')
    """
    folder = files("mlmteach.interpret") / "locale"
    return tuple(sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".po")))


@cache
def phrases(language: str) -> Mapping[str, str]:
    """Read the catalogue of a language.

    Raises
    ------
    OptionError
        If there is none.

    Examples
    --------
    >>> phrases("en")["higher_by"], phrases("de")["higher_by"]
    ('higher by {amount}', 'um {amount} höher')
    """
    from babel.messages.pofile import read_po

    if language not in languages():
        raise OptionError(
            f"There are no phrases in the language {language!r}.",
            f"Choose one of: {', '.join(languages())}.",
        )
    with (files("mlmteach.interpret") / "locale" / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    return {str(entry.id): str(entry.string) for entry in catalog if entry.id}


# --- how a symbol is written in running text and in LaTeX ---------------------------------

Colour: TypeAlias = Literal["role", "coefficient"] | None
"""What colours tell apart, as in the equations."""


def written(
    glyph: Glyph, role: Role = "fixed", *, colour: Colour = None, q: int | None = None
) -> tuple[str, str]:
    r"""Write a symbol in Unicode and in LaTeX, as the equations do.

    Examples
    --------
    >>> written(Glyph(r"\gamma", "10"))
    ('γ₁₀', '\\gamma_{10}')
    """
    symbol = Symbol(glyph, role)
    latex = LatexWriter(colour=colour).sum((Summand((symbol,), q=q),))
    return TextWriter().node(symbol), latex


# --- phrases, numbers and lists in one language -------------------------------------------


def _letter(glyph: Glyph) -> str:
    """Write a symbol without its indices."""
    return written(Glyph(glyph.base, ""))[0]


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
    level : {2, 3}
        Whose units the groups of a phrase are; those of the other grouping are its ``other``.
    """

    book: Codebook
    notation: Notation = field(default_factory=lambda: PRESETS["slides"])
    level: int = 2

    def at(self, level: int) -> Words:
        """Speak of the groups of another level."""
        return self if level == self.level else replace(self, level=level)

    @property
    def unit(self) -> Unit:
        """The words for a group."""
        return self.book.unit(self.level)

    @property
    def other(self) -> Unit:
        """The words for a group of the other grouping."""
        return self.book.unit(5 - self.level)

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar of the language."""
        return GRAMMARS[self.book.language]

    def say(self, key: str, **gaps: str) -> str:
        """Fill a phrase of the catalogue."""
        return self._filled(key, {**self._of_effects, **gaps})

    def _filled(self, key: str, gaps: Mapping[str, str]) -> str:
        unit, grammar = self.unit, self.grammar
        common = {
            "unit": self.book.level1.singular,
            "units": self.book.level1.plural,
            "units_dative": self.book.level1.dative_plural,
            "group": unit.singular,
            "groups": unit.plural,
            "groups_dative": unit.dative_plural,
            "all_groups": unit.plural,
            "own_groups_dative": unit.dative_plural,
            "matrix": MATRICES[self.level - 2],
            "a_group": grammar.one(unit),
            "of_a_group": grammar.of_one(unit),
            "the_group": grammar.the(unit),
            "own_group": grammar.own(unit),
            "from": unit.preposition,
            "at_groups": grammar.among(unit),
            **grammar.articles("nominative"),
            **grammar.agreeing(unit),
        }
        if self.book.group3:
            other = self.other
            common |= {
                "own_other": grammar.own(other),
                "other": other.singular,
                "others_many": other.plural,
                "others_dative": other.dative_plural,
                "from_other": other.preposition,
                "an_other": grammar.one(other),
                "of_an_other": grammar.of_one(other),
                **{f"other_{key}": word for key, word in grammar.agreeing(other).items()},
            }
        return phrases(self.book.language)[key].format(**{**common, **gaps})

    @cached_property
    def _of_effects(self) -> dict[str, str]:
        """Say what the effects of the groups are called, and which groups have them.

        They are those of all levels, whichever level a phrase speaks of.
        """
        units, letters = [self.book.level2], [_letter(self.notation.glyph("effect"))]
        if self.book.group3:
            units.append(self.book.level3)
            letters.append(_letter(self.notation.glyph("upper")))
        found = dict(zip("UV", letters, strict=False)) | {
            "effects": self.list(letters),
            "over": self.list(unit.plural for unit in units),
            "over_dative": self.list(unit.dative_plural for unit in units),
        }
        kind = "_nested" if self.notation.design == "nested" else ""
        for key in ("u_zero", "typical_group"):
            found[key] = self.at(2)._filled(f"{key}{kind}", found)
        return found

    def of_level(self, key: str, level: int) -> str:
        """Fill a phrase that differs with the level of its groups where some lie within others."""
        return self.at(level).say(f"{key}_{level}" if self.notation.design == "nested" else key)

    def sentence(self, key: str, **gaps: str) -> str:
        """Fill a phrase that is a sentence."""
        return upper_first(self.grammar.tidy(self.say(key, **gaps)))

    def brief(self, key: str, **gaps: str) -> str:
        """Fill a phrase that is a heading: a sentence without its full stop."""
        return self.sentence(key, **gaps).rstrip(".,")  # a clause at its end is closed by nothing

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
            like_a_year = sd is not None and sd < abs(value) / 20 and abs(value) < 3000
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

    def correlation(self, value: float) -> str:
        """Write a correlation with two decimals."""
        return self.grammar.number(_without_minus_zero(f"{value:.2f}".replace("-", "−")))

    def share(self, change: float) -> str:
        """Write by which share something is larger or smaller: "0.82 % higher"."""
        number = self.grammar.number(str(rounded(100 * change).absolute))
        key = "share_higher" if change >= 0 else "share_lower"
        return self.say(key, percent=self.say("percent", number=number))

    def size(self, value: float, se: float | None) -> str:
        """Write how large an estimate is; never 0 for what is not: "less than 0.005"."""
        shown = rounded(value, se=se).absolute
        if value and not shown.digits.strip("0.") and shown.digits:
            decimals = len(shown.digits.partition(".")[2])
            bound = f"{0.5 * 10.0**-decimals:.{decimals + 1}f}"
            return self.say("less_than", number=self.grammar.number(bound))
        return self.grammar.number(str(shown))

    def probability(self, p: float) -> str:
        """Write a p-value with its sign, as tables do: "p < 0.001"."""
        shown = p_value(p)
        return self.grammar.number(f"p {shown}" if shown[0] in "<>" else f"p = {shown}")

    def degrees(self, df: float) -> str:
        """Write degrees of freedom."""
        return self.grammar.number(degrees(df))
