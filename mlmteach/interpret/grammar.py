"""The little grammar that phrases need: articles, pronouns, commas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol

from mlmteach.data.codebook import Unit
from mlmteach.data.phrases import indefinite

__all__ = ["GRAMMARS", "Case", "Grammar", "upper_first"]

Case = Literal["nominative", "accusative", "dative"]
"""What a phrase asks of the noun phrase that fills it."""


class Grammar(Protocol):
    """What a language has to offer."""

    locale: str
    gender_of_mean: str
    """The gender of the word for a group's mean."""

    def of(self, definite: str, genitive: str, gender: str) -> str:
        """Say "of the …"."""

    def expected(self, noun: str) -> str:
        """Name an outcome after "the expected": a plural would need another form of the verb."""

    def on(self, definite: str, dative: str, gender: str) -> str:
        """Say "on the …", of what something depends on."""

    def inward(self, definite: str, dative: str, gender: str) -> str:
        """Say "in the …", of what units differ in."""

    def alike(self, definite: str, dative: str, gender: str) -> str:
        """Say "the same …", after "with"."""

    def articles(self, case: Case) -> Mapping[str, str]:
        """Give the definite articles of a case, by what they are in the nominative."""

    def agreeing(self, unit: Unit) -> Mapping[str, str]:
        """Give the words that agree with a unit's gender, as phrases name them."""

    def one(self, unit: Unit) -> str:
        """Say "a student"."""

    def of_one(self, unit: Unit) -> str:
        """Say "of a school" where the language has a case for it."""

    def inside(self, unit: Unit) -> str:
        """Say "in a school"."""

    def the(self, unit: Unit) -> str:
        """Say "the school"."""

    def own(self, unit: Unit) -> str:
        """Say "of the school" of a unit's own group."""

    def at_group(self, unit: Unit, label: str) -> str:
        """Say "of school j", "in school j" where a value belongs to a group."""

    def pronoun(self, head: str, unit: Unit) -> str:
        """Give the relative pronoun that follows "a student"."""

    def among(self, unit: Unit) -> str:
        """Give the preposition before the members of a level."""

    def number(self, text: str) -> str:
        """Write a number that has a decimal point and commas between thousands."""

    def closed(self, phrase: str) -> str:
        """End a noun phrase that holds a relative clause as the language asks."""

    def dative(self, plural: str) -> str:
        """Give the dative of a plural, as in "with a deviation of 3 points"."""

    def tidy(self, text: str) -> str:
        """Mend commas where phrases meet; what is expected of 0 and 1 is the probability of 1."""


def upper_first(text: str) -> str:
    """Begin a sentence with a capital, unless it begins with a symbol, such as a column called w.

    Examples
    --------
    >>> upper_first("für jede Schule"), upper_first("u₀ⱼ is the rest"), upper_first("x2 cannot be")
    ('Für jede Schule', 'u₀ⱼ is the rest', 'x2 cannot be')
    """
    starts = re.match(r"(?!(?!a\b)[a-zäöü]\d*\b)[a-zäöü](?![₀-₉ᵢⱼ_^{])", text)
    return text[:1].upper() + text[1:] if starts else text


class English:
    """English: nothing is inflected, "a" or "an" follows the sound."""

    locale = "en_GB"
    gender_of_mean = ""

    def of(self, definite: str, genitive: str, gender: str) -> str:
        del genitive, gender
        return f"of {definite}"

    def expected(self, noun: str) -> str:
        plural = noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
        return f"value of {noun}" if plural else noun

    def on(self, definite: str, dative: str, gender: str) -> str:
        del dative, gender
        return f"on {definite}"

    def inward(self, definite: str, dative: str, gender: str) -> str:
        del dative, gender
        return f"in {definite}"

    def alike(self, definite: str, dative: str, gender: str) -> str:
        del dative, gender
        return f"the same {definite}"

    def articles(self, case: Case) -> Mapping[str, str]:
        del case
        return {}

    def agreeing(self, unit: Unit) -> Mapping[str, str]:
        del unit
        return {}

    def one(self, unit: Unit) -> str:
        return indefinite(unit.singular)

    def of_one(self, unit: Unit) -> str:
        return f"of {self.one(unit)}"

    def closed(self, phrase: str) -> str:
        return phrase

    def dative(self, plural: str) -> str:
        return plural

    def inside(self, unit: Unit) -> str:
        return f"{unit.preposition} {self.one(unit)}"

    def the(self, unit: Unit) -> str:
        return f"the {unit.singular}"

    def own(self, unit: Unit) -> str:
        return f"of the {unit.singular}"

    def at_group(self, unit: Unit, label: str) -> str:
        return f"of {unit.singular} {label}"

    def pronoun(self, head: str, unit: Unit) -> str:
        del head
        return unit.pronoun

    def among(self, unit: Unit) -> str:
        return unit.preposition if unit.preposition in {"in", "at"} else "among"

    def number(self, text: str) -> str:
        return text

    def tidy(self, text: str) -> str:
        text = re.sub(r"expected (?=probability of [^,.]* = 1\b)", "", _mended(text))
        return re.sub(r"Expected p(?=robability of [^,.]* = 1\b)", "P", text)


_ONE = {"m": "ein", "f": "eine", "n": "ein"}
_IN_ONE = {"m": "einem", "f": "einer", "n": "einem"}
_OF_ONE = {"m": "eines", "f": "einer", "n": "eines"}
_THE = {"m": "der", "f": "die", "n": "das"}
_OF = {"m": "des", "f": "der", "n": "des"}
_FROM = {"m": "vom", "f": "von der", "n": "vom"}
_IN = {"m": "im", "f": "in der", "n": "im"}
_ALIKE = {"m": "gleichem", "f": "gleicher", "n": "gleichem"}
_SAME = {"m": "desselben", "f": "derselben", "n": "desselben"}
_EACH = {"m": "jeder", "f": "jede", "n": "jedes"}
_TYPICAL = {"m": "einen typischen", "f": "eine typische", "n": "ein typisches"}
_IT = {"m": "er", "f": "sie", "n": "es"}
_ARTICLES: dict[Case, dict[str, str]] = {
    "nominative": {"der": "der", "die": "die", "das": "das"},
    "accusative": {"der": "den", "die": "die", "das": "das"},
    "dative": {"der": "dem", "die": "der", "das": "dem"},
}


class German:
    """German: articles follow the gender, a relative clause stands between commas."""

    locale = "de"
    gender_of_mean = "n"

    def of(self, definite: str, genitive: str, gender: str) -> str:
        return f"{_OF[gender]} {genitive}" if gender else f"von {definite}"

    def expected(self, noun: str) -> str:
        return noun

    def on(self, definite: str, dative: str, gender: str) -> str:
        return f"{_FROM[gender]} {dative}" if gender else f"von {definite}"

    def inward(self, definite: str, dative: str, gender: str) -> str:
        return f"{_IN[gender]} {dative}" if gender else f"in {definite}"

    def alike(self, definite: str, dative: str, gender: str) -> str:
        return f"{_ALIKE[gender]} {dative}" if gender else f"gleichem Wert von {definite}"

    def articles(self, case: Case) -> Mapping[str, str]:
        return _ARTICLES[case]

    def agreeing(self, unit: Unit) -> Mapping[str, str]:
        words = {"same": _SAME, "each": _EACH, "it": _IT}
        return {key: forms[unit.gender] for key, forms in words.items()} | {
            "group_genitive": unit.genitive,
            "of_typical": f"{_OF_ONE[unit.gender]} typischen {unit.genitive}",
            "by_typical": f"{_IN_ONE[unit.gender]} typischen {unit.singular}",
            "group_typical": f"{_TYPICAL[unit.gender]} {self._accusative(unit)}",
        }

    @staticmethod
    def _accusative(unit: Unit) -> str:
        """Decline a noun that is weak: "den Patienten"."""
        weak = unit.gender == "m" and unit.genitive.endswith("n") and unit.genitive != unit.singular
        return unit.genitive if weak else unit.singular

    def one(self, unit: Unit) -> str:
        return f"{_ONE[unit.gender]} {unit.singular}"

    def of_one(self, unit: Unit) -> str:
        return f"{_OF_ONE[unit.gender]} {unit.genitive}"

    def closed(self, phrase: str) -> str:
        return f"{phrase}," if re.search(r", (der|die|das) ", phrase) else phrase

    def dative(self, plural: str) -> str:
        return f"{plural}n" if re.search(r"(e|er|el)$", plural) else plural

    def inside(self, unit: Unit) -> str:
        return f"{unit.preposition} {_IN_ONE[unit.gender]} {unit.singular}"

    def the(self, unit: Unit) -> str:
        return f"{_THE[unit.gender]} {unit.singular}"

    def own(self, unit: Unit) -> str:
        return f"{_OF[unit.gender]} {unit.genitive}"

    def at_group(self, unit: Unit, label: str) -> str:
        return f"{unit.preposition} {unit.singular} {label}"

    def pronoun(self, head: str, unit: Unit) -> str:
        return "die" if head.split(" ")[0].endswith("ne") else unit.pronoun

    def among(self, unit: Unit) -> str:
        return unit.preposition if unit.preposition in {"in", "an"} else "bei"

    def number(self, text: str) -> str:
        return text.translate(str.maketrans(".,", ",."))

    def tidy(self, text: str) -> str:
        share = r"Erwartungswert der (?=Wahrscheinlichkeit von [^,.]* = 1\b)"
        return re.sub(share, "", re.sub(rf"([dD])er {share}", r"\1ie ", _mended(text)))


def _mended(text: str) -> str:
    text = re.sub(r"(?<!\.)\.\.$", ".", text)  # after a name that ends in a full stop: "day no."
    text = re.sub(r",(\s*,)+", ",", re.sub(r"\s+", " ", text))
    return re.sub(r",(\s*[.;:()])", r"\1", re.sub(r"\s+([,.;:)](?!\d))", r"\1", text)).strip()


GRAMMARS: dict[str, Grammar] = {"en": English(), "de": German()}
