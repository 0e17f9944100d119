"""Equations as they are read out."""

import re

import pandas as pd
import pytest

import mlmteach as mlm


def level1(expression: str, **options: object) -> str:
    return mlm.Model(f"y ~ {expression}", group="g").equations(parts="level1", **options).spoken


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("ses", "beta one j times ses i j plus"),
        ("mean_ses", "beta one j times mean ses i j plus"),
        ("center(ses)", "open bracket ses i j minus the overall mean of ses close bracket"),
        ("center_within(ses)", "minus the mean of ses in group j close bracket"),
        ("scale(ses)", "over the standard deviation of ses end fraction"),
        ("I(ses ** 2)", "ses i j squared"),
        ("I(ses ** 3)", "ses i j cubed"),
        ("I(ses ** 4)", "ses i j to the power 4"),
        ("log(ses)", "the logarithm of ses i j"),
        ("np.sqrt(ses)", "the square root of ses i j"),
    ],
)
def test_predictors(expression: str, words: str) -> None:
    assert words in level1(expression)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mid 50%", "mid 50 percent j"),
        ("<18", "below 18 j"),
        (">=65", "at least 65 j"),
        ("A+", "A plus j"),
        ("A-", "A minus j"),
        ("-1", "minus 1 j"),
        ("18-25", "18 25 j"),
        ("R&D", "R and D j"),
    ],
)
def test_signs_that_tell_categories_apart_are_said(name: str, said: str) -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2, 3, 3], "y": [1.0, 2, 3, 5, 4, 2]})
    frame["w"] = frame["g"].map({1: "#", 2: name, 3: "z"})
    model = mlm.Model("y ~ 1", group="g", level2={"intercept": "w + U"}, data=frame)
    assert f"w {said}" in model.equations(parts="level2").spoken


def test_a_sentence() -> None:
    assert level1("x") == "y i j equals beta zero j plus beta one j times x i j plus epsilon i j."


def test_indices_are_said_one_by_one_and_numbers_whole() -> None:
    names = " + ".join(f"x{i}" for i in range(1, 12))
    model = mlm.Model(f"y ~ {names}", group="g", level2={"x11": "z + U"})
    spoken = model.level2.spoken
    assert "beta one j equals gamma one zero." in spoken
    assert "beta eleven, j equals gamma eleven, zero plus gamma eleven, one times z j" in spoken


def test_numbers_and_their_errors(full: mlm.Model, estimates: mlm.Estimates) -> None:
    spoken = full.equations(estimates=estimates, standard_errors=True, parts="level2").spoken
    assert spoken.split("\n")[2] == "beta two j equals minus 2.97, standard error 0.21."


def test_no_letter_of_latex_is_left(full: mlm.Model) -> None:
    for notation in ("slides", "hox", "gelman-hill"):
        spoken = full.equations(notation=notation, distributions=True).spoken
        assert not set(spoken) & set("\\_^{}$&")


def test_headings_are_said(full: mlm.Model) -> None:
    assert full.equations().spoken.startswith("Level-1 Model.\nmathach i j equals")


def test_german_is_said_in_german(full: mlm.Model, estimates: mlm.Estimates) -> None:
    said = full.equations(language="de", distributions=True).spoken
    assert said.startswith(
        "Ebene-1-Modell.\nmathach i j ist gleich beta null j plus beta eins j mal"
    )
    assert "Der Vektor U null j, U eins j folgt einer Normalverteilung" in said
    assert "sigma Quadrat." in said
    numbers = full.equations(
        language="de", estimates=estimates, standard_errors=True, parts="level2"
    ).spoken
    assert numbers.split("\n")[2] == "beta zwei j ist gleich minus 2,97, Standardfehler 0,21."
    assert not re.search(r"\b(equals|times|zero|one|of|the|mean|bracket|over)\b", said + numbers)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("center(ses)", "Klammer auf ses i j minus der Gesamtmittelwert von ses Klammer zu"),
        ("center_within(ses)", "der Mittelwert von ses in Gruppe j"),
        ("scale(ses)", "durch die Standardabweichung von ses Ende des Bruchs"),
        ("I(ses ** 2)", "ses i j zum Quadrat"),
        ("I(ses ** 4)", "ses i j hoch 4"),
        ("log(ses)", "der Logarithmus von ses i j"),
        ("np.sqrt(ses)", "die Wurzel aus ses i j"),
    ],
)
def test_predictors_in_german(expression: str, words: str) -> None:
    assert words in level1(expression, language="de")


def test_percent_in_german() -> None:
    exam = mlm.load("exam")
    level2 = {"intercept": "vr + U"}
    model = mlm.Model("normexam ~ 1", group="school", level2=level2, data=exam)
    assert "vr mid 50 Prozent j" in model.equations(language="de").spoken
    assert "vr mid 50 percent j" in model.equations().spoken
