"""Ratios and expected outcomes, from γ and T."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import mlmteach as mlm
from mlmteach.interpret.gamma_facts import gamma_facts
from mlmteach.interpret.odds import Odds, between_facts, effect_ratios, odds_facts, ratio_of
from mlmteach.interpret.random_facts import effect_facts, variance_facts
from mlmteach.interpret.source import Source, source_of
from mlmteach.model.estimates import Estimates


def source(formula: str = "passed ~ ses", options: dict[str, object] | None = None) -> Source:
    model = mlm.Model(formula, group="school", **(options or {"family": "binomial"}))  # type: ignore[arg-type]
    names = [g.name for g in model.gammas]
    values = pd.Series(np.linspace(-0.8, 0.7, len(names)), index=names)
    estimates = Estimates(
        values,
        pd.DataFrame([[0.64]], ["Intercept"], ["Intercept"]),
        scale=math.nan,
        bse=pd.Series(0.1, index=names),
    )
    return source_of(model, estimates=estimates)


def test_a_slope_is_a_ratio_with_its_interval() -> None:
    own = source()
    odds = odds_facts(own, gamma_facts(own)[1])
    assert odds.ratio == pytest.approx(math.exp(0.7))
    assert odds.lower == pytest.approx(math.exp(0.7 - 1.959964 * 0.1))
    assert odds.upper == pytest.approx(math.exp(0.7 + 1.959964 * 0.1))
    assert odds.typical is None


def test_an_intercept_is_a_probability_typical_and_averaged() -> None:
    own = source()
    odds = odds_facts(own, gamma_facts(own)[0])
    assert odds.ratio is None
    assert odds.typical == pytest.approx(expit(-0.8))
    draws = np.random.default_rng(1).normal(-0.8, 0.8, 400_000)
    assert odds.averaged == pytest.approx(expit(draws).mean(), abs=0.001)
    assert odds.typical is not None
    assert odds.averaged is not None
    assert odds.typical < odds.averaged < 0.5


def test_a_model_without_numbers_has_none() -> None:
    own = source_of(mlm.Model("passed ~ ses", group="school", family="binomial"))
    assert [odds_facts(own, facts) for facts in gamma_facts(own)] == [Odds(), Odds()]
    (c,) = own.model.varying(2)
    between = between_facts(own, c, variance_facts(own, c))
    assert between.median_ratio is None
    assert between.latent == pytest.approx(math.pi**2 / 3)


def test_a_logarithm_has_ratios_for_its_steps() -> None:
    own = source("ticks ~ log(area)", {"family": "poisson"})
    steps = odds_facts(own, gamma_facts(own)[1]).steps
    assert steps["doubling"] == pytest.approx(2**0.7)
    assert steps["one_percent"] == pytest.approx(1.01**0.7)


def test_a_variance_is_a_median_ratio_and_a_share_of_the_latent_variance() -> None:
    # Merlo et al. 2006, J Epidemiol Community Health 60, 290-297: MOR = exp(0.95 sqrt(variance))
    own = source()
    (c,) = own.model.varying(2)
    between = between_facts(own, c, variance_facts(own, c))
    assert between.median_ratio == pytest.approx(math.exp(0.954 * 0.8), rel=1e-3)
    assert between.icc == pytest.approx(0.64 / (0.64 + 3.29), rel=1e-3)
    counts = source("ticks ~ 1", {"family": "poisson"})
    (c,) = counts.model.varying(2)
    assert between_facts(counts, c, variance_facts(counts, c)).icc is None


@pytest.fixture(scope="module")
def fitted() -> mlm.api.GeneralizedFit:
    fit = mlm.Model("use ~ age + urban", group="district", family="binomial").fit(
        mlm.load("contraception")
    )
    assert isinstance(fit, mlm.api.GeneralizedFit)
    return fit


def test_chances_are_at_places_of_one_predictor(fitted: mlm.api.GeneralizedFit) -> None:
    own = source_of(fitted)
    facts = next(f for f in gamma_facts(own) if f.gamma.name == "urban")
    odds = odds_facts(own, facts)
    eta = fitted.params["Intercept"] + fitted.params["age"] * fitted.frame["age"].mean()
    expected = [expit(eta), expit(eta + fitted.params["urban"])]
    assert [reading.value for reading in odds.chances] == pytest.approx(expected)
    (other,) = odds.chances[0].others
    assert other.spot.name == "age"
    numbers = odds.numbers(facts)
    assert set(expected) <= {value for name, value in numbers.items() if "expected" in name}


def test_the_observed_share_is_that_of_all_rows() -> None:
    data = mlm.load("cbpp")
    null = mlm.Model("incidence ~ 1", group="herd", family="binomial", trials="size").fit(data)
    own = source_of(null)
    observed = odds_facts(own, gamma_facts(own)[0]).observed
    assert observed == pytest.approx(data["incidence"].sum() / data["size"].sum())


def test_effects_are_factors(fitted: mlm.api.GeneralizedFit) -> None:
    own = source_of(fitted)
    (c,) = own.model.varying(2)
    found = effect_ratios(effect_facts(own, c))
    column = fitted.random_effects["Intercept"]
    assert found["lowest ratio"] == pytest.approx(math.exp(column.min()))
    assert found["highest ratio"] == pytest.approx(math.exp(column.max()))


def test_a_ratio_is_finite() -> None:
    assert ratio_of(0.0) == 1.0
    assert math.isfinite(ratio_of(1e6))
