"""What the coefficient of a category is compared with depends on its coding."""

import re

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from tests.interpret.seeds import noise, seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@pytest.mark.parametrize(
    ("formula", "name", "says", "not_says"),
    [
        ("normexam ~ standLRT + sex", "sex[T.F]", "among male pupils", "all categories"),
        ("normexam ~ 0 + sex + standLRT", "sex[F]", "the expected examination score is γ", "than"),
        (
            "normexam ~ C(sex, contr.sum)",
            "C(sex, contr.sum)[S.M]",
            "all categories",
            "male pupils,",
        ),
    ],
)
def test_the_comparison_follows_the_coding(
    formula: str, name: str, says: str, not_says: str
) -> None:
    level2 = {"sex": "U"} if formula.startswith("normexam ~ 0") else {}
    model = Model(formula, group="school", level2=level2, data=mlm.load("exam"))
    (row,) = model.interpret(name).rows
    assert says in row.full
    assert not_says not in row.full


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "where the other predictors are 0"), ("de", "sonst 0 in allen Prädiktoren")],
)
def test_a_category_of_its_own_names_its_case(language: str, says: str) -> None:
    model = Model(
        "normexam ~ 0 + sex + standLRT",
        group="school",
        level2={"sex": "U"},
        data=mlm.load("exam"),
    )
    assert says in model.interpret("sex[F]", language=language).rows[0].full


def test_the_reference_case_is_named_in_full() -> None:
    text = seed("cross-level").interpret("γ_00").rows[0].full
    assert text.startswith(
        "For a non-minority student who is male, with an SES of 0, in a public school with "
        "0 students, the expected mathematics achievement is "
    )
    assert "runs from 100 to 2,713" in text
    assert "I(size - 1098)" in text


def test_the_proposed_centring_gives_the_value_that_is_announced() -> None:
    fit = seed("cross-level")
    text = fit.interpret("γ_00").rows[0].full
    announced = re.search(r"\(1,098\) it is ([\d.]+) points", text)
    assert announced is not None
    centred = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "I(size - 1098) + sector + U", "ses": "I(size - 1098) + U"},
    ).fit(mlm.load("hsb"))
    assert centred.params["Intercept"] == pytest.approx(float(announced[1]), abs=0.006)


def test_the_null_model_tells_both_means_apart() -> None:
    fit = seed("null")
    row = fit.interpret("γ_00").rows[0]
    assert row.numbers["unit_mean"] == pytest.approx(fit.frame["mathach"].mean())
    assert "12.64 points" in row.full
    assert "12.75 points" in row.full


def test_the_interval_comes_first_then_p_and_df() -> None:
    text = seed("level-1").interpret("ses").rows[0].full
    assert re.search(r"95 % interval [\d.]+ to [\d.]+; p < 0\.001, df = [\d.]+\)", text)


def test_no_clear_evidence_is_not_no_effect() -> None:
    fit = noise()
    assert fit.conf_int().loc["x"].prod() < 0
    text = fit.interpret("x").rows[0].full
    assert "The interval includes 0, so even the sign is uncertain." in text
    assert "no effect" not in text


def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(20), 10)
    frame = pd.DataFrame({"g": g, "hours": rng.normal(7.0, 1.0, 200) + rng.normal(0, 0.5, 20)[g]})
    frame["age"] = rng.normal(40.0, 9.0, 200) + rng.normal(0.0, 9.0, 20)[g]
    frame["drug"] = rng.choice(["Drug A", "drug B", "placebo"], 200)
    frame["visits"] = frame["hours"] + rng.normal(0.0, 1.0, 20)[g] + rng.normal(0.0, 1.0, 200)
    return frame


def test_a_heading_names_the_mean_of_the_group_where_that_is_zero() -> None:
    formula = "visits ~ center_within(hours) * group_mean(hours) + (1 | g)"
    fit = Model.from_formula(formula, data=people()).fit(people())
    slope = fit.interpret("center_within(hours)").rows[0]
    assert slope.short == "Slope of hours, when mean(hours) = 0"
    means = people().groupby("g")["hours"].mean()
    assert means.min() > 0  # and so no group is that case
    for name in ("center_within(hours)", "Intercept"):
        row = fit.interpret(name).rows[0]
        assert "so 0 lies outside them" in row.told.first
    at_mean = fit.quantities.coefficient("Intercept", at={"group_mean(hours)": means.mean()})
    numbers = fit.interpret("Intercept").rows[0].numbers
    assert numbers["mean group_mean(hours) value"] == pytest.approx(at_mean.value)


def test_slopes_that_mix_two_effects_are_named_together_and_once() -> None:
    fit = Model.from_formula("visits ~ hours + age + drug + (1 | g)", data=people()).fit(people())
    rows = fit.interpret()
    said = "The model takes the slopes of hours and of age each to be the same within"
    assert all(said in rows[name].told.first for name in ("hours", "age"))
    assert str(rows).replace("\n     ", " ").count("The model takes the slope") == 1
    assert " ".join(str(fit.report()).split()).count("The model takes the slope") == 1
    within = Model.from_formula("visits ~ hours + group_mean(hours) + (1 | g)", data=people())
    assert "The model takes" not in str(within.fit(people()).interpret(detail="full"))


def test_names_that_are_plural_or_begin_with_their_variable() -> None:
    fit = Model.from_formula("visits ~ drug + (1 | g)", data=people()).fit(people())
    text = " ".join(str(fit.interpret(detail="full")).split())
    assert "the expected value of visits is" in text
    assert "the expected visits" not in text
    assert fit.interpret("drug[T.drug B]").rows[0].short == (
        "Difference in visits between drug B and Drug A"
    )
    assert fit.interpret("drug[T.placebo]").rows[0].short.endswith("drug placebo and Drug A")
