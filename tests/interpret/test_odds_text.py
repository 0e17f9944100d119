"""Sentences on yes/no outcomes and counts, as they are said in a lecture."""

import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import GeneralizedFit
from mlmteach.interpret import interpret
from mlmteach.model.estimates import Estimates

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@cache
def fitted(name: str) -> GeneralizedFit:
    data = mlm.load("hsb")
    data["passed"] = (data["mathach"] > 12.75).astype(int)
    options: dict[str, Any] = {"family": "binomial"}
    if name == "cross-level":
        level2 = {"intercept": "sector + U", "ses": "sector + U"}
        model = mlm.Model("passed ~ ses + female", group="school", level2=level2, **options)
    elif name == "contextual":
        level2 = {"intercept": "group_mean(ses) + U"}
        model = mlm.Model("passed ~ center_within(ses)", group="school", level2=level2, **options)
    elif name == "probit":
        model = mlm.Model("passed ~ ses", group="school", link="probit", **options)
    elif name == "null":
        model = mlm.Model("passed ~ 1", group="school", **options)
    elif name == "ticks":
        data, level2 = mlm.load("grouseticks"), {"intercept": "YEAR + HEIGHT + U"}
        model = mlm.Model("TICKS ~ 1", group="BROOD", level2=level2, family="poisson")
    elif name == "negbin":
        data = mlm.load("grouseticks")
        model = mlm.Model("TICKS ~ 1", group="LOCATION", family="negbin")
    else:
        data = mlm.load("contraception")
        model = mlm.Model("use ~ age + I(age**2) + urban", group="district", **options)
    fit = model.fit(data)
    assert isinstance(fit, GeneralizedFit)
    return fit


def text(name: str, which: str, language: str = "en") -> str:
    """Give all sentences on one symbol, with every number as #."""
    (row,) = fitted(name).interpret(which, language=language).rows
    bare = re.sub(r"exp\([^)]*\)", "exp", row.full)
    return re.sub(r"(?<![\w₀-₉])−?\d[\d,.]*(?<![,.])", "#", bare)


def test_the_odds_ratio_comes_first() -> None:
    assert text("cross-level", "γ_20").startswith(
        "Within the same school, among female students, the odds of passed = # are # times as "
        "large as among male students, with SES held fixed (odds ratio exp, # % interval # to #; "
        "p < #; γ₂₀ = #). The probability of passed = # where U = #"
    )
    assert text("cross-level", "γ_20", "de").startswith(
        "Innerhalb einer Schule ist bei Schülerinnen die Chance von „passed = #“ #-mal so groß "
        "wie bei männlichen Schülern, wenn der SES gleich bleibt"
    )


def test_a_slope_with_a_U_is_that_of_a_typical_group() -> None:
    found = text("cross-level", "γ_10")
    assert "times as large, in public schools, where U = #, with sex held fixed" in found
    assert "on average over schools" not in found


def test_a_predictor_of_groups_compares_groups_with_the_same_u() -> None:
    assert "comparing schools with the same U" in text("cross-level", "γ_01")
    assert "bei gleichem U" in text("cross-level", "γ_01", "de")


def test_an_interaction_is_a_ratio_of_odds_ratios_read_both_ways() -> None:
    found = text("cross-level", "γ_11")
    assert found.startswith(
        "In Catholic schools, the odds ratio of SES is # times as large as in public schools"
    )
    assert "ratio of odds ratios exp" in found
    assert "Read the other way: for each additional unit of SES, the odds ratio between" in found
    assert "The odds ratio of SES is # in public schools and # in Catholic schools." in text(
        "cross-level", "γ_10"
    )


def test_an_intercept_is_a_probability_and_why_the_average_is_another() -> None:
    numbers = fitted("contraception").interpret("γ_00").rows[0].numbers
    assert abs(numbers["averaged"] - 0.5) < abs(numbers["typical"] - 0.5)
    found = text("contraception", "γ_00")
    assert "the probability that a woman uses contraception is # % where U = #" in found
    assert "Of all students in these data it is # %." in text("null", "γ_00")


def test_counts_are_larger_averaged_over_groups() -> None:
    numbers = fitted("ticks").interpret("γ_00").rows[0].numbers
    assert numbers["averaged"] > numbers["typical at mean"]
    found = text("ticks", "γ_00")
    assert "the expected number of ticks is # where U = #, as in a typical brood" in found
    assert "which is more: on the scale of counts" in found


def test_a_ratio_is_not_to_be_compared_between_models() -> None:
    assert "It cannot be compared with that of a model without U" in text("cross-level", "γ_20")
    ticks = text("ticks", "γ_01")
    assert "cannot be compared" not in ticks  # a ratio of counts is collapsible
    assert "the ratio at the same U is also that of expected values averaged over broods" in ticks


def test_a_probit_is_told_on_its_latent_scale_and_then_in_probabilities() -> None:
    found = text("probit", "γ_10")
    assert "the expected latent score for passed = # is higher by # probit units" in found
    assert "the probability of passed = # where U = # is # %" in found
    assert "odds" not in found


def test_within_and_between_are_ratios() -> None:
    found = text("contextual", "γ_01")
    assert "Between schools it is #, within them #, and the ratio of the two" in found
    numbers = fitted("contextual").interpret("γ_01").rows[0].numbers
    ratio = numbers["between ratio"] / numbers["within ratio"]
    assert numbers["contextual ratio"] == pytest.approx(ratio)


def test_a_curve_is_told_on_the_link_and_as_a_ratio() -> None:
    found = text("contraception", "γ_20")
    assert found.startswith("The line bends downwards: ")
    assert "for each additional year of age, the odds ratio of one step is # times as large" in (
        found.lower()
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("null", "There is no σ²: a yes/no outcome has the variance π (# − π)"),
        ("ticks", "There is no σ²: the variance of a Poisson count is its expected value."),
        ("negbin", "There is no σ²: the variance of such a count follows from"),
    ],
)
def test_why_there_is_no_residual_variance_is_told_once(name: str, told: str) -> None:
    rows = fitted(name).interpret()
    assert told in text(name, "τ_0^2")
    assert sum("There is no σ²" in row.full for row in rows) == 1
    assert all(row.role != "σ²" for row in rows)


def test_a_variance_is_a_median_ratio_a_range_and_a_latent_icc() -> None:
    found = text("null", "τ_0^2")
    assert "more than # times as large in the one as in the other (median odds ratio)" in found
    assert "In # % of schools the probability of passed = # lies between # % and # %." in found
    assert "a latent intraclass correlation of #." in found
    counts = text("ticks", "τ_0^2")
    assert "have a variance of about # by chance alone, # % of the variance lies" in counts
    slopes = text("cross-level", "τ_1^2")
    assert "In # % of public schools the odds ratio is expected between # and #." in slopes
    assert "it would be below # in" in slopes


def test_the_shape_has_a_row() -> None:
    fit = fitted("negbin")
    row = fit.interpret("shape").rows[0]
    assert row.role == "shape"
    assert row.numbers == {"shape": fit.shape}
    assert "a count whose expected value is λ has the variance λ + λ²/" in row.full
    model = mlm.Model("ticks ~ 1", group="brood", family="negbin")
    assert interpret(model, "shape").rows[0].numbers == {}


def test_a_shape_without_bound_is_told_as_such() -> None:
    model = mlm.Model("ticks ~ 1", group="brood", family="negbin")
    estimates = Estimates(
        pd.Series({"Intercept": 0.5}),
        pd.DataFrame([[0.3]], ["Intercept"], ["Intercept"]),
        scale=float("nan"),
        shape=1e7,
    )
    row = interpret(model, "shape", estimates=estimates).rows[0]
    assert row.full.startswith("The shape is estimated as infinite")


def test_a_variance_of_0_is_told_on_the_boundary_and_nothing_averaged() -> None:
    model = mlm.Model("passed ~ 1", group="school", family="binomial")
    estimates = Estimates(
        pd.Series({"Intercept": -0.5}),
        pd.DataFrame([[0.0]], ["Intercept"], ["Intercept"]),
        scale=float("nan"),
    )
    found = interpret(model, estimates=estimates)
    assert "is estimated at the boundary, τ₀² = 0" in found["τ_0^2"].full
    assert "There is no σ²" in found["τ_0^2"].full
    assert "verage" not in found["γ_00"].full


def test_a_named_group_has_a_line_of_its_link() -> None:
    rows = fitted("cross-level").interpret(group="8367").rows
    assert "the line is: logit(π) = " in rows[0].full
    assert "There π is the probability of passed = 1." in rows[0].full
    assert "School 8367 is predicted to add −" in rows[1].full
    assert "There the odds of passed = 1 are " in rows[1].full


@pytest.mark.parametrize(("outcome", "told"), [("passed", "binomial"), ("absent", "poisson")])
def test_a_normal_model_points_to_the_family(outcome: str, told: str) -> None:
    data = mlm.load("hsb").head(600)
    data["passed"] = (data["mathach"] > 12.75).astype(int)
    data["absent"] = (data["mathach"] % 3).astype(int)
    book = {"absent": {"kind": "count"}} if outcome == "absent" else None
    fit = mlm.Model(f"{outcome} ~ ses", group="school").fit(data)
    for language in ("en", "de"):
        found = fit.interpret(language=language, codebook=book)
        assert any(f"family='{told}'" in row.full for row in found)
    checks = " ".join(row.check for row in fit.assumptions(codebook=book))
    assert f"family='{told}'" in checks


def test_a_typical_group_has_the_letter_of_the_notation() -> None:
    for notation, letter in (("slides", "U"), ("raudenbush-bryk", "u"), ("gelman-hill", "η")):
        (row,) = fitted("null").interpret("γ_00", notation=notation).rows[:1]
        assert f"In a typical school, one with {letter} = 0, the probability" in row.full
