"""The catalogues of all languages say the same things with the same gaps."""

import re
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from babel.messages.pofile import read_po

import mlmteach as mlm
import mlmteach.interpret
from mlmteach.errors import OptionError
from mlmteach.interpret.words import Words, languages, phrases
from mlmteach.model.notation import PRESETS

PACKAGE = Path(mlmteach.interpret.__file__).parent
FREE = {"unit", "units", "units_dative", "group", "groups", "groups_dative", "the_group", "of",
        "noun", "plural", "dative", "own_noun", "a_group", "of_a_group", "outcome", "of_outcome",
        "group_j", "j", "group_label", "label", "definite", "sd", "sd_dative", "preposition",
        "correlation", "reference", "reference_dative", "who", "own_group",
        "in_outcome", "named", "in_noun", "der", "die", "das", "each", "it", "same",
        "group_genitive", "group_typical", "be", "a_unit",
        "all_groups", "own_groups_dative", "other", "others_many", "others_dative", "an_other",
        "of_an_other", "other_same", "other_group_genitive", "other_of_typical",
        "other_by_typical", "inside", "pronoun", "from_other", "such", "such_dative",
        "at_groups", "from", "own_other", "other_group_typical", "typical_group", "typical_own",
        "u_zero"}  # fmt: skip
FORMS = {
    "alike": "predictors",
    "names": "predictors",
    "on": "predictors",
    "the_predictors": "predictors",
    "before_dative": "before",
    "over_dative": "over",
    "at_same_u": "same_u",
}


def gaps(phrase: str) -> set[str]:
    return {FORMS.get(name, name) for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_nouns_of_the_reader_bring_their_article() -> None:
    """Nobody knows beforehand whether it is "a" or "an" group."""
    nouns = r"\ba \{(group|unit|other|noun|own_noun|outcome)\}"
    assert [key for key, phrase in phrases("en").items() if re.search(nouns, phrase)] == []


def test_english_and_german_are_there() -> None:
    assert {"en", "de"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_every_phrase_is_translated(language: str) -> None:
    english, other = phrases("en"), phrases(language)
    assert set(other) == set(english)
    assert [key for key, phrase in other.items() if not phrase.strip()] == []


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_same_numbers(language: str) -> None:
    """Nouns may be inflected or left out; amounts, symbols and conditions may not."""
    for key, phrase in phrases("en").items():
        assert gaps(phrase) - FREE == gaps(phrases(language)[key]) - FREE, key


@pytest.mark.parametrize("language", languages())
def test_no_key_stands_twice(language: str) -> None:
    text = (PACKAGE / "locale" / f"{language}.po").read_text(encoding="utf-8")
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(keys) == len(set(keys))
    with (PACKAGE / "locale" / f"{language}.po").open("rb") as file:
        assert str(read_po(file).locale or language).startswith(language)


def test_every_phrase_is_used() -> None:
    """A key is written out in the code, or made from pieces that are."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.parent.rglob("*.py"))
    texts = {re.sub(r"\{[^{}]*\}", "*", text) for text in re.findall(r'"([^"\n]*)"', code)}
    written = {text for text in texts if re.fullmatch(r"[a-z*][a-z0-9_*]*", text)}
    patterns = [re.compile(w.replace("*", ".*")) for w in written if "*" in w and len(w) > 4]
    unused = [
        key
        for key in phrases("en")
        if key not in written
        and not any(key.startswith(f"{w}_") for w in written)
        and not any(p.fullmatch(key) for p in patterns)
    ]
    assert unused == []


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(OptionError, match=r"language 'fr'.*de, en"):
        phrases("fr")


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0009, "p < 0.001"),
        (0.0274, "p = 0.027"),
        (0.0996, "p = 0.100"),
        (0.1234, "p = 0.123"),
        (0.99951, "p > 0.999"),
    ],
)
def test_probabilities_have_the_digits_of_the_tables(p: float, shown: str) -> None:
    words = Words(mlm.load("hsb").attrs["codebook"], PRESETS["slides"])
    assert words.probability(p) == shown


@pytest.mark.parametrize(
    ("value", "se", "shown"),
    [(-0.0004, 0.21, "less than 0.005"), (0.3, 120.0, "less than 0.5"), (0.0, 0.21, "0.00")],
)
def test_what_is_not_zero_is_not_said_to_be(value: float, se: float, shown: str) -> None:
    words = Words(mlm.load("hsb").attrs["codebook"], PRESETS["slides"])
    assert words.size(value, se) == shown
    assert words.size(-0.2, 0.1) == "0.20"


@pytest.mark.parametrize(
    ("value", "sd", "written"),
    [(2010, 2.3, "2010"), (2010, None, "2,010"), (1098, 629.5, "1,098"), (50_000, 900, "50,000")],
)
def test_years_have_no_comma_and_amounts_do(value: float, sd: float | None, written: str) -> None:
    words = Words(mlm.load("hsb").attrs["codebook"], PRESETS["slides"])
    assert words.value(value, sd) == written


def test_a_value_is_written_alike_in_short_and_in_full() -> None:
    """A condition in the year 0 or 2010 of data from 2010 to 2017."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"firm": np.repeat(np.arange(20), 8), "year": [*range(2010, 2018)] * 20})
    frame["w"] = rng.normal(size=20)[frame["firm"]]
    frame["y"] = rng.normal(size=160)
    level2 = {"intercept": "w + U", "I(year - 2010)": "w"}
    fit = mlm.Model("y ~ I(year - 2010)", group="firm", level2=level2).fit(frame)
    row = fit.interpret()["γ₀₁"]
    assert "year = 2010" in row.short
    assert "year equal to 2010" in row.full
    assert "2,0" not in row.short + row.full
