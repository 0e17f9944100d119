"""Texts with the words of every data set, of users, and of nobody."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Model
from mlmteach.data.inspection import levels
from mlmteach.interpret import interpret
from tests.interpret.checking import faults, unexplained
from tests.interpret.seeds import seed
from tests.interpret.shapes import fixed

OUTCOMES = {
    "hsb": "mathach",
    "exam": "normexam",
    "sleepstudy": "Reaction",
    "orthodont": "distance",
    "dyestuff": "Yield",
    "penicillin": "diameter",
    "pastes": "strength",
    "cbpp": "incidence",
    "grouseticks": "TICKS",
    "contraception": "age",
    "verbagg": "Anger",
    "machines": "score",
    "oats": "yield",
    "scotssec": "attain",
    "egsingle": "math",
}


def predictors(name: str, level: int) -> list[str]:
    frame = mlm.load(name)
    book = frame.attrs["codebook"]
    found = levels(frame, group=book.group)
    return [
        str(column)
        for column in frame.columns
        if found[column] == level
        and column not in (OUTCOMES[name], book.group)
        and book[column].kind != "identifier"
        and frame[column].nunique() > 1
    ]


def cases() -> list[tuple[str, str, str]]:
    """One level-1 and one level-2 predictor at a time, in every data set."""
    found = []
    for name in OUTCOMES:
        upper = predictors(name, 2) or ["1"]
        lower = predictors(name, 1) or ["1"]
        found += [(name, a, b) for a in lower for b in upper]
    return found


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "lower", "upper"), cases())
def test_every_variable_of_every_data_set(name: str, lower: str, upper: str, language: str) -> None:
    frame = mlm.load(name)
    level2 = {"intercept": f"{upper} + U"} | ({lower: f"{upper} + U"} if lower != "1" else {})
    model = Model(
        f"{OUTCOMES[name]} ~ {lower}",
        group=frame.attrs["codebook"].group,
        level2=level2,
        data=frame,
    )
    for row in interpret(model, estimates=fixed(model), data=frame, language=language):
        assert list(faults(row.full, language)) == [], row.full
        assert list(faults(row.short, language, ends=False)) == [], row.short
        text = row.full.replace("minus 11", "")
        for value in ("25", "40", "50", "75"):  # categories such as "top 25 %"
            text = text.replace(f"{value} %", "").replace(f"{value}%", "")
        for year in ("1995", "1996", "1997"):
            text = text.replace(year, "")
        assert unexplained(text, row.numbers, language) == [], row.full


def plain() -> pd.DataFrame:
    """Give a frame that nobody has described."""
    rng = np.random.default_rng(3)
    n = 60
    return pd.DataFrame(
        {
            "hospital_id": np.repeat(range(10), 6),
            "stay": rng.normal(10, 2, n),
            "age_years": rng.normal(50, 9, n).round(),
            "ward": rng.choice(["p", "q", "r"], n),
            "urban": np.repeat([0, 1], 30),
            "smoker": rng.integers(0, 2, n).astype(bool),
            "care": rng.normal(size=n),
        }
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_without_a_codebook(language: str) -> None:
    frame = plain()
    model = Model(
        "stay ~ age_years + ward + smoker + care + age_years:smoker",
        group="hospital_id",
        level2={"intercept": "urban + U", "age_years": "urban + U"},
        data=frame,
    )
    found = interpret(model, estimates=fixed(model), data=frame, language=language)
    for row in found:
        assert list(faults(row.full, language)) == [], row.full
        assert unexplained(row.full, row.numbers, language) == [], row.full
    if language == "en":
        assert "in a hospital with urban equal to 0" in found["Intercept"].full


def test_words_of_the_model_s_codebook_before_data() -> None:
    words = {
        "level1": {"singular": "patient", "pronoun": "who"},
        "columns": {
            "stay": {"label": "length of stay", "unit": "day"},
            "age": {"unit": "year", "per_unit": "for each additional year of age"},
        },
    }
    model = Model("stay ~ age", group="hospital", codebook=words)
    text = model.interpret("age").rows[0].full
    assert text == (
        "Within a hospital, for each additional year of age, the expected length of stay changes "
        "by γ₁₀ days."
    )


def test_words_of_the_call_go_before_all_others() -> None:
    frame = mlm.load("hsb")
    model = Model("mathach ~ ses", group="school", data=frame, codebook={"ses": {"noun": "status"}})
    assert "slope of status" in model.interpret("ses").rows[0].short.lower()
    own = model.interpret("ses", codebook={"ses": {"noun": "wealth"}})
    assert "slope of wealth" in own.rows[0].short.lower()


def test_any_two_languages_give_the_same_rows() -> None:
    model = Model("mathach ~ ses", group="school", data=mlm.load("hsb"))
    found = [model.interpret(language=language) for language in ("en", "de")]
    for first, second in combinations(found, 2):
        assert [row.symbol for row in first] == [row.symbol for row in second]
        assert all(a.full != b.full for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("language", ["en", "de"])
def test_categories_before_data(language: str) -> None:
    model = Model(
        "normexam ~ standLRT",
        group="school",
        level2={"intercept": "schgend + U", "standLRT": "schgend"},
        codebook=mlm.load("exam").attrs["codebook"],
    )
    for row in model.interpret(language=language):
        assert list(faults(row.full, language)) == [], row.full
    if language == "en":
        text = model.interpret("schgend").rows[0].full
        assert text.startswith("From one category of the gender of the school to another, ")


def test_years_are_written_as_years() -> None:
    frame = plain()
    frame["year"] = np.tile(range(2010, 2020), 6)
    model = Model("stay ~ year", group="hospital_id", data=frame)
    text = interpret(model, estimates=fixed(model), data=frame)["Intercept"].full
    assert "runs from 2010 to 2019" in text
    assert "I(year - 2014)" in text


def test_own_words() -> None:
    words = {"ses": {"noun": "parents' status", "unit": "step"}, "mathach": {"unit": "mark"}}
    text = seed("level-1").interpret("ses", codebook=words).rows[0].full
    assert "for each additional step of parents' status" in text
    assert "marks" in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_names_with_braces_are_names(language: str) -> None:
    """A phrase has a gap for a value, and a column's name in it is no other gap."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x{d}": rng.normal(size=60), "g": np.repeat(range(6), 10)})
    frame["y{0}"] = frame["x{d}"] + rng.normal(size=6)[frame["g"]] + rng.normal(size=60)
    text = interpret(Model("`y{0}` ~ `x{d}`", group="g", data=frame), language=language).listing
    assert "x{d}" in text
    assert "y{0}" in text
