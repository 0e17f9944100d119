"""Facts on the U's, their variances and covariances: against the fit, and by simulation."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.random_facts import (
    covariance_facts,
    effect_facts,
    residual_facts,
    variance_facts,
)
from mlmteach.interpret.source import source_of
from mlmteach.model.symbols import Coefficient
from tests.interpret.seeds import seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


def test_icc_and_correlation_are_the_fit_s() -> None:
    fit = seed("null")
    row = fit.interpret("tau_0").rows[0]
    assert row.numbers["icc"] == pytest.approx(fit.icc)
    slope = seed("random slope")
    t = slope.cov_re.to_numpy()
    row = slope.interpret("tau_01").rows[0]
    assert row.numbers["correlation"] == pytest.approx(t[0, 1] / np.sqrt(t[0, 0] * t[1, 1]))
    assert "depends on the origin" in row.full


def test_the_share_of_negative_slopes() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    draws = np.random.default_rng(1).normal(
        fit.params["Days"], np.sqrt(fit.cov_re["Days"]["Days"]), 200_000
    )
    row = fit.interpret("tau_1").rows[0]
    assert row.numbers["negative"] == pytest.approx((draws < 0).mean(), abs=0.002)
    inside = (draws > row.numbers["lower"]) & (draws < row.numbers["upper"])
    assert inside.mean() == pytest.approx(0.95, abs=0.003)


@cache
def fit(formula: str, **level2: str) -> Fit:
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def test_the_lines_lie_closest_where_it_is_said() -> None:
    fitted = fit("mathach ~ ses", ses="U")
    row = fitted.interpret("tau_01").rows[0]
    t = fitted.cov_re.to_numpy()
    grid = np.linspace(-6, 6, 4001)
    spread = t[0, 0] + 2 * t[0, 1] * grid + t[1, 1] * grid**2
    assert row.numbers["narrowest"] == pytest.approx(grid[spread.argmin()], abs=0.01)


def by_name(fitted: Fit, name: str) -> Coefficient:
    return next(c for c in fitted.model.random if c.term.name == name)


def test_the_extremes_and_those_that_are_clear_are_the_fit_s() -> None:
    fitted = seed("null")
    facts = effect_facts(source_of(fitted), by_name(fitted, "Intercept"))
    u, se = fitted.random_effects["Intercept"], fitted.random_effects_se["Intercept"]
    assert (facts.lowest.label, facts.highest.label) == (str(u.idxmin()), str(u.idxmax()))
    assert (facts.lowest.value, facts.highest.value) == (u.min(), u.max())
    assert len(facts.clear) == ((u.abs() / se) > 1.959964).sum()
    assert facts.groups == 160
    assert facts.se == se.median()
    assert facts.numbers["clear"] == len(facts.clear)


def test_before_a_fit_there_are_conditions_and_no_numbers() -> None:
    model = seed("cross-level").model
    source = source_of(model)
    facts = effect_facts(source, model.random[0])
    assert facts.lowest is facts.highest is facts.groups is None
    assert {m.root for m in facts.predictors} == {"size", "sector"}
    assert variance_facts(source, model.random[1]).variance is None
    assert covariance_facts(source, *model.random).covariance is None
    assert residual_facts(source).numbers == {}


def test_variances_and_their_range_are_the_fit_s() -> None:
    fitted = seed("random slope")
    facts = variance_facts(source_of(fitted), by_name(fitted, "ses"))
    t, gamma = fitted.cov_re.loc["ses", "ses"], fitted.params["ses"]
    assert facts.variance == t
    assert facts.numbers["sd"] == np.sqrt(t)
    assert facts.centre == pytest.approx(gamma)
    half = 1.959964 * np.sqrt(t)
    assert (facts.lower, facts.upper) == pytest.approx((gamma - half, gamma + half))
    assert facts.icc is None  # of a slope
    intercept = variance_facts(source_of(fitted), by_name(fitted, "Intercept"))
    assert intercept.negative is None
    assert intercept.averaged  # as slopes differ, the share depends on where


def test_an_edge_has_no_correlation() -> None:
    fitted = seed("random slope")
    zero = fitted.cov_re.copy()
    zero.loc["ses", :] = zero.loc[:, "ses"] = 0.0
    numbers = replace(fitted.estimates, cov_re=zero)
    facts = covariance_facts(source_of(fitted.model, estimates=numbers), *fitted.model.random)
    assert facts.boundary
    assert facts.correlation is None
    assert "correlation" not in facts.numbers


def test_the_residual_band_holds_95_percent() -> None:
    facts = residual_facts(source_of(seed("level-1")))
    draws = np.random.default_rng(4).normal(scale=np.sqrt(facts.variance), size=200_000)
    assert (np.abs(draws) < facts.numbers["band"]).mean() == pytest.approx(0.95, abs=0.002)
