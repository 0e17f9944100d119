"""Default phrases, so that any variable can stand in a sentence.

Each language has one class with the same methods.  A default is plain and always grammatical,
whatever the label; entries of a codebook replace it one by one.  `entry` is what the codebook
says of the thing, in this language; what it does not say is filled here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["LANGUAGES", "Phrasing"]

Entry = Mapping[str, Any]
Words = dict[str, str]


class Phrasing(Protocol):
    """What a language has to offer."""

    having: str
    """What goes before a description in a noun phrase."""

    def unit(self, level: int, group: str, entry: Entry, *, several: bool = False) -> Words:
        """Fill the fields of a `Unit`; where there are several groupings, each has its name."""

    def quantity(self, entry: Entry) -> Words:
        """Fill the fields of a `Quantity`."""

    def variable(self, label: str, quantity: Words, entry: Entry) -> Words:
        """Fill the phrases of a `Variable`."""

    def category(self, value: str, label: str, unit: Words, level: int, entry: Entry) -> Words:
        """Fill the phrases of a `Category` of the variable with this label."""

    def reference(self, label: str, unit: Words) -> Entry:
        """Give the phrases of a category that is known to be the reference, and not by name."""


def _filled(entry: Entry, **defaults: str) -> Words:
    return {key: str(entry.get(key, default)) for key, default in defaults.items()}


_SHORT = 3
"""What is left of a name without its "id" is a noun if it has more letters."""


class EnglishPhrases:
    """English: an adjective before the noun, a relative clause or "with" after it."""

    having = " with "

    def unit(self, level: int, group: str, entry: Entry, *, several: bool = False) -> Words:
        noun = "observation" if level == 1 else _group_noun(group)
        if several and level > 1 and noun == "group":  # each needs a name of its own
            stem = group.lower().removesuffix("id").rstrip("_. ")
            noun = stem if stem.isalpha() and len(stem) > _SHORT else f"{group} group"
        singular = str(entry.get("singular", noun))
        plural = str(entry.get("plural", english_plural(singular)))
        return _filled(
            entry,
            singular=singular,
            plural=plural,
            pronoun="that",
            plural_pronoun=str(entry.get("pronoun", "that")),
            gender="",
            genitive=singular,
            dative_plural=plural,
            preposition="in",
        )

    def quantity(self, entry: Entry) -> Words:
        singular = str(entry.get("singular", "unit"))
        return _filled(entry, singular=singular, plural=english_plural(singular))

    def variable(self, label: str, quantity: Words, entry: Entry) -> Words:
        noun = str(entry.get("noun", label))
        return _filled(
            entry,
            noun=noun,
            genitive=noun,
            dative=noun,
            gender="",
            definite=noun,
            at=f"with {noun} equal to {{value}}",
            per_unit=f"for each additional {quantity['singular']} of {noun}",
        )

    def category(self, value: str, label: str, unit: Words, level: int, entry: Entry) -> Words:
        one, many = unit["singular"], unit["plural"]
        who, who_many = unit["pronoun"], unit["plural_pronoun"]
        words = _filled(entry, label=value, adjective="")
        beside = ""
        if words["adjective"]:
            adjective = words["adjective"]
            predicate, predicate_plural = f"is {adjective}", f"are {adjective}"
            singular, plural = f"{indefinite(adjective)} {one}", f"{adjective} {many}"
        elif "predicate" in entry and "predicate_plural" in entry:
            predicate, predicate_plural = entry["predicate"], entry["predicate_plural"]
            singular = f"{indefinite(one)} {who} {predicate}"
            plural = f"{many} {who_many} {predicate_plural}"
        else:
            having = f"{label} equal to {value}"
            predicate, predicate_plural = f"has {having}", f"have {having}"
            singular, plural = f"{indefinite(one)} with {having}", f"{many} with {having}"
            beside = f"{label} = {value}" if _is_code(value) else _after(label, value)
        words |= _filled(
            entry,
            predicate=predicate,
            predicate_plural=predicate_plural,
            singular=singular,
            plural=plural,
        )
        words |= _filled(
            entry,
            dative_plural=words["plural"],
            genitive_plural=words["plural"],
            beside=beside if "plural" not in entry and beside else words["plural"],
            within=f"{unit['preposition']} {words['singular']}" if level > 1 else "",
        )
        return words

    def reference(self, label: str, unit: Words) -> Entry:
        there = f"in the reference category of {label}"
        return {
            "label": "its reference",
            "predicate": f"is {there}",
            "predicate_plural": f"are {there}",
            "singular": f"{indefinite(unit['singular'])} {there}",
            "plural": f"{unit['plural']} {there}",
            "beside": "the reference category",
        }


def _after(label: str, value: str) -> str:
    """Put a name after the label, unless it begins with that: "drug A" of drug."""
    own = value.casefold().startswith(f"{label} ".casefold())
    return value if own else f"{label} {value}"


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+", value) is not None


def _is_code(value: str) -> bool:
    """Tell a code, 1 or True, from a name that can stand after the label: "drug A"."""
    return value in {"True", "False"} or _is_number(value)


_NOMINATIVE = {"m": "ein", "f": "eine", "n": "ein"}
_DATIVE = {"m": "einem", "f": "einer", "n": "einem"}
_RELATIVE = {"m": "der", "f": "die", "n": "das"}


class GermanPhrases:
    """German: inflected forms are stored whole; the defaults quote names, which do not inflect."""

    having = " mit "

    def unit(self, level: int, group: str, entry: Entry, *, several: bool = False) -> Words:
        if "singular" in entry:
            gender = str(entry.get("gender", "n"))
            singular = str(entry["singular"])
            plural = str(entry.get("plural", singular))
            genitive, dative_plural = singular, plural
        elif level == 1:
            gender, singular, plural = "f", "Beobachtung", "Beobachtungen"
            genitive, dative_plural = singular, plural
        else:
            name = f"{group}-" if several else ""
            gender, singular, plural = "f", f"{name}Gruppe", f"{name}Gruppen"
            genitive, dative_plural = singular, plural
        return _filled(
            entry,
            singular=singular,
            plural=plural,
            pronoun=_RELATIVE[gender],
            plural_pronoun="die",
            gender=gender,
            genitive=genitive,
            dative_plural=dative_plural,
            preposition="in",
        )

    def quantity(self, entry: Entry) -> Words:
        singular = str(entry.get("singular", "Einheit"))
        return _filled(
            entry,
            singular=singular,
            plural="Einheiten" if singular == "Einheit" else singular,
        )

    def variable(self, label: str, quantity: Words, entry: Entry) -> Words:
        noun = str(entry.get("noun", label))
        return _filled(
            entry,
            noun=noun,
            genitive=noun,
            dative=noun,
            gender="",
            definite=f"„{noun}“",
            at=f"mit dem Wert {{value}} für „{noun}“",
            per_unit=f"je {quantity['singular']} mehr bei „{noun}“",
        )

    def category(self, value: str, label: str, unit: Words, level: int, entry: Entry) -> Words:
        gender = unit["gender"]
        shown = value if _is_number(value) else f"„{value}“"
        having = f"mit dem Wert {shown} für „{label}“"
        words = _filled(
            entry,
            label=value,
            adjective="",
            predicate=f"bei „{label}“ den Wert {shown} hat",
            predicate_plural=f"bei „{label}“ den Wert {shown} haben",
            singular=f"{_NOMINATIVE[gender]} {unit['singular']} {having}",
            plural=f"{unit['plural']} {having}",
            dative_plural=f"{unit['dative_plural']} {having}",
        )
        # only a noun of the unit's own differs in the two cases: "Kindern", "der Kinder"
        genitive = words["dative_plural"].replace(unit["dative_plural"], unit["plural"], 1)
        beside = words["dative_plural"]
        if not {"dative_plural", "predicate", "adjective"} & entry.keys():
            beside = f"{label} = {value}" if _is_code(value) else f"{label} {shown}"
        words |= _filled(entry, genitive_plural=genitive, beside=beside)
        place = f"{unit['preposition']} {_DATIVE[gender]} {unit['singular']} {having}"
        words |= _filled(entry, within=place if level > 1 else "")
        return words

    def reference(self, label: str, unit: Words) -> Entry:
        there = f"in der Referenzkategorie von „{label}“"
        return {
            "label": "Referenz",
            "predicate": f"{there} liegt",
            "predicate_plural": f"{there} liegen",
            "singular": f"{_NOMINATIVE[unit['gender']]} {unit['singular']} {there}",
            "plural": f"{unit['plural']} {there}",
            "dative_plural": f"{unit['dative_plural']} {there}",
            "beside": "der Referenzkategorie",
            "within": f"{unit['preposition']} {_DATIVE[unit['gender']]} {unit['singular']} {there}",
        }


LANGUAGES: dict[str, Phrasing] = {"en": EnglishPhrases(), "de": GermanPhrases()}


def indefinite(phrase: str) -> str:
    """Put "a" or "an" before an English phrase, by its first letters.

    Examples
    --------
    >>> indefinite("male student"), indefinite("observation"), indefinite("university")
    ('a male student', 'an observation', 'a university')
    """
    lower = phrase.lower()
    # Not "a uninteresting" and "a unimportant": before n or m, "uni" is un- and the word's own i.
    consonant_sound = re.match("uni(?![nm])|use|eu|one", lower)
    silent = lower.startswith(("hour", "honest", "honor", "honour", "heir"))
    vowel = silent or (lower.startswith(tuple("aeiou")) and not consonant_sound)
    return f"{'an' if vowel else 'a'} {phrase}"


def english_plural(noun: str) -> str:
    """Give the plural of an English noun.

    Examples
    --------
    >>> [english_plural(noun) for noun in ("school", "class", "country", "day", "person")]
    ['schools', 'classes', 'countries', 'days', 'people']
    """
    irregular = {"person": "people", "child": "children", "man": "men", "woman": "women"}
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun}s"


def _group_noun(group: str) -> str:
    """Make a noun of a grouping column's name: "hospital_id" is a hospital, "g1" is a group."""
    words = group.replace("_", " ").replace(".", " ").lower().split()
    words = [word for word in words if word not in {"id", "no", "nr", "number", "code"}]
    noun = " ".join(words)
    readable = noun.replace(" ", "").isalpha() and len(noun) > 2 and not noun.endswith("id")
    return noun if readable else "group"
