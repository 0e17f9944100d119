"""Families of texts, and slips: in a text alone, and against a model."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.model.family import Family
from mlmteach.model.reading import read_statements
from mlmteach.model.reading.outcome import is_offset, mean_in, offset_in, said_in, slips
from tests.model.reading.reader import caught, points_at, read

PASSED = Model("passed ~ ses", group="school", family="binomial")
SUCCESSES = Model("incidence ~ period", group="herd", family="binomial", trials="size")
TICKS = Model("ticks ~ year", group="brood", family="poisson", exposure="area")
SPREAD = Model("ticks ~ year", group="brood", family="negbin")
LINE = "logit(π_ij) = β_0j + β_1j ses_ij"
BERNOULLI = "passed_ij ~ Bernoulli(π_ij)\n"
LEVEL2 = "\nb0 = g00 + u0\nb1 = g10"


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y ~ Bernoulli(π)\nlogit(π) = b0 + b1*x + r", "r", "There is no r here"),
        ("y ~ Bernoulli(π)\nπ = b0 + b1*x", "π =", "without its link"),
        ("y ~ Bernoulli(π)\ny = b0 + b1*x", "y =", "without a link"),
        ("y ~ Bernoulli(π)\nη = b0 + b1*x", "η", "how η and π hang together"),
        ("y ~ Bernoulli(π)\nlog(π) = b0 + b1*x", "log(π)", "no link for a yes/no outcome"),
        ("y ~ Poisson(λ)\nlogit(λ) = b0 + b1*x", "logit(λ)", "no link for a count"),
        ("y ~ Bernoulli(π, σ²)\nlogit(π) = b0 + b1*x", "Bernoulli", "has no σ²"),
        ("y ~ Bernoulli(logit(π))\nlogit(π) = b0 + b1*x", "logit(π))", "the probability itself"),
        ("y ~ Bernoulli(η)\nη = logit(π)\nη = b0 + b1*x", "η)", "its linear predictor"),
        ("logit(y) = b0 + b1*x", "logit(y)", "is of the outcome itself"),
        ("logit(y) ~ Bernoulli(π)\nlogit(π) = b0 + b1*x", "logit(y)", "before the distribution"),
        ("logit(π) = b0 + b1*x", "logit(π)", "does not say which outcome π belongs to"),
        ("y ~ Bernoulli(π)\nlogit(p) = b0 + b1*x", "logit(p)", "is not of π"),
        ("y ~ N(π_ij, σ²)\nlogit(π_ij) = b0 + b1*x", "N(", "The outcome is normal here"),
        ("y ~ N(μ_ij, σ²)\nμ_ij = b0 + b1*x", "N(", "no equation of its own"),
    ],
)
def test_slips_of_a_text_are_pointed_at(text: str, place: str, says: str) -> None:
    points_at(text + LEVEL2, place, says)


def test_a_residual_has_no_distribution() -> None:
    error = caught("y ~ Bernoulli(π)\nlogit(π) = b0\nb0 = g00 + u0\nr ~ N(0, sigma2)")
    assert "There is no r, and so no σ²" in error.problem


@pytest.mark.parametrize(
    ("model", "text", "kind", "message"),
    [
        (PASSED, LINE + " + ε_ij", "residual",
         "There is no ε_ij here: the distribution says how outcomes differ from π_ij."),
        (PASSED, "π_ij = β_0j + β_1j ses_ij", "link",
         "π_ij stands on the left without its link: a sum of predictors can be below 0 or above "
         "1, which no probability is."),
        (PASSED, "passed_ij = β_0j + β_1j ses_ij", "link",
         "passed_ij stands on the left without a link: the sum is logit(π_ij), and passed_ij "
         "varies around π_ij."),
        (PASSED, "logit(passed_ij) = β_0j + β_1j ses_ij", "link",
         "logit(passed_ij) is of the outcome itself, which is 0 or 1, so that it would be "
         "infinite: the link is of π_ij, the probability."),
        (PASSED, "passed_ij ~ Bernoulli(logit(π_ij))\n" + LINE, "link",
         "Bernoulli has the probability itself, and logit(π_ij) is its logit."),
        (PASSED, BERNOULLI + "Φ⁻¹(π_ij) = β_0j + β_1j ses_ij", "link",
         "The link of the model is logit(π_ij), not Φ⁻¹(π_ij)."),
        (PASSED, "passed_ij ~ Poisson(π_ij)\n" + LINE, "distribution",
         "In the model, passed_ij ~ Bernoulli(π_ij)."),
        (PASSED, "passed_ij ~ N(β_0j + β_1j ses_ij, σ²)", "distribution",
         "passed_ij has a normal distribution here; a yes/no outcome has another."),
        (PASSED, "passed_ij ~ Bernoulli(π_ij, σ²)\n" + LINE, "variance",
         "Bernoulli has no σ²: the variance of a yes/no outcome follows from π_ij."),
        (PASSED, LINE + "\nε_ij ~ N(0, σ²)", "variance",
         "There is no ε_ij, and so no σ²: the variance of a yes/no outcome follows from π_ij."),
        (PASSED, "failed_ij ~ Bernoulli(π_ij)\n" + LINE, "outcome",
         "The outcome of the model is passed, not failed_ij."),
        (PASSED, "logit(P(passed_ij = 0)) = β_0j + β_1j ses_ij", "outcome",
         "The model counts passed = 1, not 0."),
        (PASSED, "logit(π_j) = β_0j + β_1j ses_ij", "index",
         "logit(π_j) has the index j: each unit has its own, so write π_ij."),
        (SUCCESSES, "incidence_ij ~ Bernoulli(π_ij)", "distribution",
         "In the model, incidence_ij ~ Binomial(size_ij, π_ij)."),
        (SUCCESSES, "incidence_ij ~ Binomial(herd_ij, π_ij)", "distribution",
         "In the model, incidence_ij ~ Binomial(size_ij, π_ij)."),
        (TICKS, "log(λ_ij) = β_0j + β_1j year_ij", "missing",
         "log(area_ij) is missing from the equation of log(λ_ij): ticks is proportional to area."),
        (TICKS, "log(λ_ij) = β_0j + β_1j year_ij + β_2j log(area_ij)", "offset",
         "log(area_ij) has β_2j before it: ticks is proportional to area, so its coefficient is "
         "1, and none is written."),
        (TICKS, "log(λ_ij) = area_ij + β_0j + β_1j year_ij", "offset",
         "area_ij stands without its logarithm: write log(area_ij), and nothing before it."),
        (TICKS, "ticks_ij ~ Poisson(year_ij λ_ij)\nlog(λ_ij) = β_0j + β_1j year_ij", "offset",
         "The model has no exposure year_ij."),
        (TICKS, "log(ticks_ij) = log(area_ij) + β_0j + β_1j year_ij", "link",
         "log(ticks) is of the outcome itself, which is 0 at times, so that it would be infinite: "
         "the link is of λ_ij, the expected count."),
        (SPREAD, "ticks_ij ~ Poisson(λ_ij)", "distribution",
         "In the model, ticks_ij ~ NegBin(λ_ij, shape)."),
    ],
)  # fmt: skip
def test_slips_against_a_model_are_named(model: Model, text: str, kind: str, message: str) -> None:
    (difference,) = mlm.check_equations(text, model)
    assert (difference.kind, difference.message) == (kind, message)


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        BERNOULLI + LINE,
        "logit(p) = b0 + b1*ses",
        "passed ~ Bernoulli(p)\nlogit(p) = b0 + b1*ses",
        "logit(P(passed_ij = 1)) = β_0j + β_1j ses_ij",
        "Prob(passed_ij=1|β_j) = φ_ij\nlog[φ_ij/(1 - φ_ij)] = η_ij\nη_ij = β_0j + β_1j*(ses_ij)",
        "logit(pi_ij) = γ_00 + γ_10 ses_ij + U_0j",
    ],
)
def test_any_of_the_usual_forms_is_right(text: str) -> None:
    assert mlm.check_equations(text, PASSED) == ()


@pytest.mark.parametrize(
    "text",
    [
        "log(lambda_ij) = log(area_ij) + β_0j + β_1j year_ij",
        "ticks_ij ~ Poisson(area_ij λ_ij)\nlog(λ_ij) = β_0j + β_1j year_ij",
        "λ_ij = area_ij exp(η_ij)\nη_ij = β_0j + β_1j year_ij",
    ],
)
def test_an_exposure_in_any_of_its_places_is_right(text: str) -> None:
    assert mlm.check_equations(text, TICKS) == ()


def test_the_linear_probability_model_is_not_the_logit() -> None:
    normal = Model("passed ~ ses", group="school")
    kinds = [d.kind for d in mlm.check_equations(BERNOULLI + LINE, normal)]
    assert kinds == ["distribution", "outcome", "missing"]
    text = "passed_ij = β_0j + β_1j ses_ij + ε_ij"
    assert mlm.check_equations(text, normal) == ()
    assert [d.kind for d in mlm.check_equations(text, PASSED)] == ["link", "residual"]


def test_an_event_is_taken_as_the_data_have_it() -> None:
    rows = pd.DataFrame({"y": ["1", "2"] * 4, "x": range(8), "g": [1, 1, 2, 2] * 2})
    text = "y[2] ~ Bernoulli(p)\nlogit(p) = b0 + b1*x\nb0 = g00 + u0\nb1 = g10"
    assert Model.from_equations(text, group="g").family.event == 2
    assert Model.from_equations(text, group="g", data=rows).family.event == "2"
    numbers = rows.assign(y=rows["y"].astype(int))
    event = Model.from_equations(text, group="g", data=numbers).family.event
    assert event == 2
    assert type(event) is int


def test_the_parts_of_a_text() -> None:
    text = "ticks ~ Poisson(λ)\nlog(λ) = log(area) + b0 + b1*year"
    statements, _ = read_statements(text, names={})
    assert [said.distribution for said in said_in(statements)] == ["Poisson"]
    assert mean_in(statements) == "λ"
    summands = statements[1].right[0]
    assert [is_offset(summand) for summand in summands] == [True, False, False]
    exposure, rest = offset_in(summands, Family("poisson", "log"))
    assert exposure is not None
    assert exposure.factor.variables == ("area",)
    assert rest == summands[1:]
    assert offset_in(summands, Family("binomial", "logit")) == (None, summands)
    assert list(slips(statements, Family("poisson", "log"), "λ")) == []


def test_a_family_is_told_by_its_link_where_no_distribution_is_written() -> None:
    assert read("E(y) = λ\nlog(λ) = b0\nb0 = g00 + u0").family == Family("poisson", "log")
    assert read("P(y = 1) = p\ncloglog(p) = b0\nb0 = g00 + u0").family.link == "cloglog"
