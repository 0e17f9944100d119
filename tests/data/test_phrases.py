"""Default phrases: any variable can stand in a sentence, in each language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.data.phrases import LANGUAGES, english_plural, indefinite

ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("school", "schools"),
        ("class", "classes"),
        ("box", "boxes"),
        ("church", "churches"),
        ("country", "countries"),
        ("key", "keys"),
        ("child", "children"),
        ("woman", "women"),
    ],
)
def test_plurals(noun: str, plural: str) -> None:
    assert english_plural(noun) == plural


@pytest.mark.parametrize(
    ("phrase", "article"),
    [
        ("hour", "an"),  # by its sound
        ("house", "a"),
        ("university", "a"),
        ("uninteresting lesson", "an"),
        ("European", "a"),
        ("one-year plan", "a"),
        ("Observation", "an"),
        ("student", "a"),
        ("", "a"),
    ],
)
def test_articles(phrase: str, article: str) -> None:
    assert indefinite(phrase) == f"{article} {phrase}"


@pytest.mark.parametrize(
    ("group", "noun"),
    [
        ("school", "school"),
        ("hospital_id", "hospital"),
        ("Country.Code", "country"),
        ("g1", "group"),
        ("id", "group"),
        ("schoolid", "group"),
        ("x", "group"),
        ("", "group"),
    ],
)
def test_a_grouping_column_names_its_groups(group: str, noun: str) -> None:
    unit = ENGLISH.unit(2, group, {})
    assert (unit["singular"], unit["plural"]) == (noun, english_plural(noun))
    assert ENGLISH.unit(1, group, {})["singular"] == "observation"


def test_what_the_codebook_says_goes_first_and_carries_on() -> None:
    unit = ENGLISH.unit(1, "school", {"singular": "pupil", "pronoun": "who"})
    assert (unit["plural"], unit["plural_pronoun"]) == ("pupils", "who")
    words = ENGLISH.variable("ses", {"singular": "step"}, {"noun": "status", "at": "at {value}"})
    assert words["per_unit"] == "for each additional step of status"
    assert words["at"] == "at {value}"
    assert ENGLISH.quantity({"singular": "inch", "plural": "inches"})["plural"] == "inches"
    assert ENGLISH.quantity({})["plural"] == "units"


HAVING = ("student with sex equal to F", "students with sex equal to F")
UNIT = ENGLISH.unit(1, "school", {"singular": "student", "pronoun": "who"})


@pytest.mark.parametrize(
    ("entry", "singular", "plural", "predicate"),
    [
        ({}, f"a {HAVING[0]}", HAVING[1], "has sex equal to F"),
        ({"adjective": "eager"}, "an eager student", "eager students", "is eager"),
        (
            {"predicate": "is a girl", "predicate_plural": "are girls"},
            "a student who is a girl",
            "students who are girls",
            "is a girl",
        ),
        ({"predicate": "alone"}, f"a {HAVING[0]}", HAVING[1], "alone"),
        ({"singular": "a girl"}, "a girl", HAVING[1], "has sex equal to F"),
    ],
)
def test_categories_in_english(
    entry: dict[str, str], singular: str, plural: str, predicate: str
) -> None:
    words = ENGLISH.category("F", "sex", UNIT, 1, entry)
    assert (words["singular"], words["plural"], words["predicate"]) == (singular, plural, predicate)
    assert words["within"] == ""
    assert words["dative_plural"] == plural


@pytest.mark.parametrize(
    ("gender", "nominative", "dative"),
    [("m", "ein", "einem"), ("f", "eine", "einer"), ("n", "ein", "einem")],
)
def test_german_articles_follow_the_gender(gender: str, nominative: str, dative: str) -> None:
    unit = GERMAN.unit(2, "x", {"singular": "Ort", "plural": "Orte", "gender": gender})
    words = GERMAN.category("1", "Lage", unit, 2, {})
    assert words["singular"] == f"{nominative} Ort mit dem Wert 1 für „Lage“"
    assert words["within"] == f"in {dative} Ort mit dem Wert 1 für „Lage“"


names = st.text(min_size=1, max_size=8)


@given(names, names, st.sampled_from([1, 2]), st.sampled_from(sorted(LANGUAGES)))
def test_whatever_the_names_are_each_phrase_names_them(
    label: str, value: str, level: int, language: str
) -> None:
    phrasing = LANGUAGES[language]
    unit = phrasing.unit(level, "school", {})
    quantity = phrasing.quantity({})
    variable = phrasing.variable(label, quantity, {})
    category = phrasing.category(value, label, unit, level, {})
    assert label in variable["at"]
    assert "{value}" in variable["at"]
    assert label in variable["per_unit"]
    for key in ("singular", "plural", "dative_plural", "predicate", "predicate_plural"):
        assert label in category[key]
        assert value in category[key]
    assert bool(category["within"]) == (level == 2)


def test_all_languages_fill_the_same_fields() -> None:
    def fields(language: str) -> list[set[str]]:
        phrasing = LANGUAGES[language]
        unit, quantity = phrasing.unit(2, "g", {}), phrasing.quantity({})
        words = (unit, quantity, phrasing.variable("x", quantity, {}))
        return [set(w) for w in (*words, phrasing.category("1", "x", unit, 2, {}))]

    assert fields("en") == fields("de")


def test_a_german_genitive_plural_differs_where_the_noun_does() -> None:
    book = mlm.load("hsb").attrs["codebook"].localized("de")
    male, female = book["female"].categories
    assert (male.dative_plural, male.genitive_plural) == (
        "männlichen Schülern",
        "männlichen Schüler",
    )
    assert (male.beside, female.genitive_plural) == ("Schülern", "Schülerinnen")


def test_a_category_has_a_name_where_its_plural_is_no_description() -> None:
    exam, hsb = (mlm.load(name).attrs["codebook"] for name in ("exam", "hsb"))
    assert [c.named for c in exam["schgend"].categories] == [True, True, True]
    german = hsb.localized("de")["minority"].categories  # Schüler, die einer Minderheit angehören
    assert not any(c.named for c in german)
    assert not any(c.named for c in hsb["himinty"].categories)  # schools with at most 40 %
    assert all(c.named for c in mlm.load("pastes").attrs["codebook"]["cask"].categories)
    children = mlm.load("orthodont").attrs["codebook"].localized("de")
    assert [c.named for c in children["Sex"].categories] == [True, True]


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        ("A", "drug A", "drug „A“"),
        ("1", "drug = 1", "drug = 1"),
        ("True", "drug = True", "drug = True"),
    ],
)
def test_a_contrast_is_short_where_no_codebook_has_words(
    value: str, english: str, german: str
) -> None:
    """The difference between observations with drug equal to A and observations with ... once."""
    for language, expected in (("en", english), ("de", german)):
        phrasing = LANGUAGES[language]
        unit = phrasing.unit(1, "clinic", {})
        assert phrasing.category(value, "drug", unit, 1, {})["beside"] == expected
        own = {"plural": "the treated", "dative_plural": "the treated"}
        assert phrasing.category(value, "drug", unit, 1, own)["beside"] == "the treated"
