"""Reading sentences back: their numbers, their conditions, their grammar."""

import re
from collections.abc import Iterable, Mapping

NUMBER = re.compile(r"(?<![\w.,:])[−-]?\d[\d,]*(?:\.\d+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(?![\w])")
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# a name right before a bracket: exp(x); prose has a blank between
CODE = re.compile(r"[A-Za-z][\w.]*\((?:[^()]|\([^()]*\))*\)(?:\[[^\]]*\])?")
BOUND = re.compile(r"(?:less than|weniger als) ([\d.,]*\d)(?! ?%)")
CONSTANTS = (0.0, 0.001, 0.1, 1.0, 95.0, 99.9, 100.0)  # of the wording, not of the fit


def numbers(text: str, language: str = "en") -> list[tuple[str, float, float]]:
    """Give the numbers of a text: as written, as a value, and half a unit of the last digit."""
    text = CODE.sub("", text)
    found = []
    for match in NUMBER.finditer(text if language == "en" else english(text)):
        written = match.group()
        digits, _, power = written.replace("−", "-").replace(",", "").partition(" × 10")
        scale = 10.0 ** int(power.translate(SUPERSCRIPTS)) if power else 1.0
        decimals = len(digits.partition(".")[2])
        found.append((written, float(digits) * scale, 0.5 * 10.0**-decimals * scale))
    return found


def english(text: str) -> str:
    """Write the numbers of a German text with a point and commas."""
    swap = str.maketrans(".,", ",.")
    return re.sub(r"\d[\d.]*,?\d*", lambda m: m.group().translate(swap), text)


def bounds(written: str, facts: Iterable[float], language: str) -> bool:
    """Tell whether there is a number that is not 0 and smaller than this in size."""
    bound = float(written if language == "en" else english(written))
    return any(0 < abs(value) < bound * 1.0001 for value in facts)


def unexplained(text: str, facts: Mapping[str, float], language: str = "en") -> list[str]:
    """Give the numbers of a text that are neither facts nor part of the wording."""
    allowed = list(facts.values())
    allowed += [100 * value for value in facts.values()]
    left = []
    text = BOUND.sub(lambda m: "less" if bounds(m[1], allowed, language) else m[0], text)
    for written, value, half in numbers(text, language):
        # as far as the float that was rounded can tell
        fits = any(
            abs(abs(value) - abs(a)) <= half * 1.0001 + 1e-12 + 1e-15 * abs(a) for a in allowed
        )
        if not fits and value not in CONSTANTS:
            left.append(written)
    return left


ENGLISH = {
    "a before a vowel": r"(?<!cask )\ba (?!uni|use|one)[aeio]\w",
    "an before a consonant": r"\ban (?!S|F|M|N|L|R|X|H|h)[bcdfgjklmnpqrstvwxyz]\w",
    "singular": r"\b(?:are|by|of|than|with) 1 (?!%)\w+s\b",
}
GERMAN = {
    "um before a place": r"\bum [\d.,]+ \w+ (?:unter|über)\b",
    "a nominative after a colon": r"\b(?:abhängt von|variieren|ab von): ",
    "a share of some": r"% von (?!d)",
    "a small letter before a sentence": r": (?:je|wenn) ",
    "day without an article": r"\ban Tag\b",
    "a preposition before its article": r"\bvon (?:dem|das) \w+ (?:ab|abhängt)\b",
    # "mean ses" is a column's name
    "English": r"\b(?:Level|Models?|the|of|with|equal to|mean(?! ses)|slope)\b(?!\()",
    "accusative or nominative after von": r"\bvon −?[\d,.]+ Punkte\b",
    "a noun after another's article": r"\bund Mittelwert\b",
    "brackets in brackets": r"\([^()]*\([^()\d]*\)",
}
"""Faults that have been there, as kinds."""


def faults(text: str, language: str = "en", *, ends: bool = True) -> Iterable[str]:
    """Name the faults that a machine can see."""
    rules = {
        "double space": r"  ",
        "space before a mark": r" [,.;:)]",
        "empty brackets": r"\(\s*\)",
        "doubled mark": r"[,;:.]{2,}|,\s*,",
        "exclamation": "!",
        "causes": r"\bcauses?\b|\bcaused\b|\bverursach",
        "no effect": r"\bno effect\b",
        "doubled word": r"\b(?!that\b|die\b|der\b)(\w{2,}) \1\b",
        "an unfilled gap": r"[{}]",
        "a mark at the end": r"[,;:]$",
    }
    rules |= ENGLISH if language == "en" else GERMAN
    bare = re.sub("„[^“]*“", "„f“", CODE.sub("f", text))  # names of columns are no language
    yield from (name for name, rule in rules.items() if re.search(rule, bare))
    if ends and not text.endswith("."):
        yield "no full stop"
    for sentence in re.split(r"(?<=[^\d]\.) ", text):
        if re.match(r"[a-zäöü](?![₀-₉ᵢⱼ])", sentence):  # a symbol keeps its letter
            yield "no capital"
