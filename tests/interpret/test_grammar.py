"""The little grammar that phrases need."""

from dataclasses import replace

import pytest

import mlmteach as mlm
from mlmteach.interpret.grammar import GRAMMARS, upper_first

ENGLISH, GERMAN = GRAMMARS["en"], GRAMMARS["de"]
BOOK = mlm.load("hsb").attrs["codebook"]
STUDENT, SCHOOL = BOOK.level1, BOOK.level2
SCHUELER, SCHULE = BOOK.localized("de").level1, BOOK.localized("de").level2


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("the slope", "The slope"),
        ("für jede Schule", "Für jede Schule"),
        ("ähnlich", "Ähnlich"),
        ("u₀ⱼ is the rest", "u₀ⱼ is the rest"),  # a symbol keeps its letter
        ("r_ij is the rest", "r_ij is the rest"),
        ("γ₁₀ is the slope", "γ₁₀ is the slope"),
        ("w cannot be held fixed", "w cannot be held fixed"),  # and so does a column
        ("x2 and x3 differ", "x2 and x3 differ"),
        ("a school", "A school"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_it_begins_with_a_symbol(
    text: str, begun: str
) -> None:
    assert upper_first(text) == begun


def test_english() -> None:
    assert ENGLISH.one(STUDENT) == "a student"
    assert ENGLISH.of_one(SCHOOL) == "of a school"
    assert ENGLISH.inside(SCHOOL) == "in a school"
    assert ENGLISH.the(SCHOOL) == "the school"
    assert ENGLISH.own(SCHOOL) == "of the school"
    assert ENGLISH.at_group(SCHOOL, "8367") == "of school 8367"
    assert ENGLISH.of("the score", "score", "") == "of the score"
    assert ENGLISH.among(SCHOOL) == "in"
    assert ENGLISH.number("1,234.5") == "1,234.5"
    assert ENGLISH.expected("visits") == "value of visits"
    assert [ENGLISH.expected(noun) for noun in ("stress", "SES", "status")] == [
        "stress",
        "SES",
        "status",
    ]


def test_german_follows_case_and_gender() -> None:
    assert GERMAN.one(SCHULE) == "eine Schule"
    assert GERMAN.of_one(SCHULE) == "einer Schule"
    assert GERMAN.inside(SCHULE).endswith(" einer Schule")
    assert GERMAN.the(SCHULE) == "die Schule"
    assert GERMAN.own(SCHULE) == "der Schule"
    assert GERMAN.of("der Wert", "Wertes", "m") == "des Wertes"
    assert GERMAN.of("SES", "SES", "") == "von SES"  # without a gender it is a name
    assert GERMAN.number("1,234.5") == "1.234,5"
    assert GERMAN.expected("visits") == "visits"
    assert GERMAN.pronoun("eine Schülerin", SCHUELER) == "die"
    assert GERMAN.pronoun("ein Schüler", SCHUELER) == SCHUELER.pronoun


@pytest.mark.parametrize(
    ("gender", "on", "inward", "alike"),
    [
        ("m", "vom Schulträger", "im Schulträger", "gleichem Schulträger"),
        ("f", "von der Schulträger", "in der Schulträger", "gleicher Schulträger"),
        ("", "von „x“", "in „x“", "gleichem Wert von „x“"),
    ],
)
def test_german_prepositions_take_their_case(gender: str, on: str, inward: str, alike: str) -> None:
    forms = ("der Schulträger", "Schulträger", gender) if gender else ("„x“", "x", "")
    assert (GERMAN.on(*forms), GERMAN.inward(*forms)) == (on, inward)
    assert GERMAN.alike(*forms) == alike


def test_articles_and_agreement() -> None:
    assert GERMAN.articles("accusative") == {"der": "den", "die": "die", "das": "das"}
    assert GERMAN.articles("dative")["die"] == "der"
    assert GERMAN.agreeing(SCHULE)["same"] == "derselben"
    child = mlm.load("orthodont").attrs["codebook"].localized("de").level2
    assert GERMAN.agreeing(child) == {
        "same": "desselben", "each": "jedes", "it": "es", "group_genitive": "Kindes",
        "group_typical": "ein typisches Kind", "of_typical": "eines typischen Kindes",
        "by_typical": "einem typischen Kind",
    }  # fmt: skip
    assert (ENGLISH.on("the sector", "sector", ""), ENGLISH.inward("SES", "", "")) == (
        "on the sector",
        "in SES",
    )
    assert ENGLISH.alike("SES", "", "") == "the same SES"


@pytest.mark.parametrize(
    ("plural", "dative"),
    [("Punkte", "Punkten"), ("Schüler", "Schülern"), ("Schulen", "Schulen"), ("Tage", "Tagen")],
)
def test_the_german_dative(plural: str, dative: str) -> None:
    assert GERMAN.dative(plural) == dative
    assert ENGLISH.dative(plural) == plural


def test_a_relative_clause_is_closed_in_german_alone() -> None:
    clause = "Schüler, die einer Minderheit angehören"
    assert GERMAN.closed(clause) == f"{clause},"
    assert GERMAN.closed("Schüler") == "Schüler"
    assert ENGLISH.closed(clause) == clause


@pytest.mark.parametrize("grammar", [ENGLISH, GERMAN])
@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a  b", "a b"),
        ("a, , b", "a, b"),
        ("a,, b", "a, b"),
        ("a ,b", "a,b"),
        ("a,.", "a."),
        ("a, (b)", "a (b)"),
        (" a .", "a."),
        ("by .5 points", "by .5 points"),  # which is a number
    ],
)
def test_commas_are_mended_where_phrases_meet(grammar: object, text: str, mended: str) -> None:
    assert grammar.tidy(text) == mended  # type: ignore[attr-defined]


def test_a_preposition_of_place_stands_before_groups_and_no_other() -> None:
    assert (ENGLISH.among(SCHOOL), GERMAN.among(SCHULE)) == ("in", "an")
    assert ENGLISH.among(replace(SCHOOL, preposition="on")) == "among"
    assert GERMAN.among(replace(SCHULE, preposition="auf")) == "bei"
    assert GERMAN.among(replace(SCHULE, preposition="in")) == "in"
