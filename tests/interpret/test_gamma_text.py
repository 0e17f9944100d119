"""What the coefficient of a category is compared with depends on its coding."""

import re

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
