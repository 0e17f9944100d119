"""Facts on the U's, their variances and covariances: against the fit, and by simulation."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
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
from tests.interpret.checking import unexplained
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
    return next(c for c in fitted.model.varying(2) if c.term.name == name)


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
    facts = effect_facts(source, model.varying(2)[0])
    assert facts.lowest is facts.highest is facts.groups is None
    assert {m.root for m in facts.predictors} == {"size", "sector"}
    assert variance_facts(source, model.varying(2)[1]).variance is None
    assert covariance_facts(source, *model.varying(2)).covariance is None
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
    facts = covariance_facts(source_of(fitted.model, estimates=numbers), *fitted.model.varying(2))
    assert facts.boundary
    assert facts.correlation is None
    assert "correlation" not in facts.numbers


def test_the_residual_band_holds_95_percent() -> None:
    facts = residual_facts(source_of(seed("level-1")))
    draws = np.random.default_rng(4).normal(scale=np.sqrt(facts.variance), size=200_000)
    assert (np.abs(draws) < facts.numbers["band"]).mean() == pytest.approx(0.95, abs=0.002)


# --- what T says does not hang on where predictors have their zero -----------------------------


@cache
def panel(number: int, correlation: float) -> pd.DataFrame:
    """Firms over years far from 0, with a second predictor far from 0 too."""
    rng = np.random.default_rng(number)
    firms = np.repeat(np.arange(30), 8)
    year = 2010.0 + np.tile(np.arange(8), 30)
    u = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=30)
    hours = (7.0 + rng.normal(size=240)).round(2)
    noise = 0.5 * rng.normal(size=240) + 0.4 * rng.normal(size=30)[firms] * (hours - 7)
    y = 3.0 + u[firms, 0] + (0.3 * u[firms, 1] + 0.2) * (year - 2014) + noise
    return pd.DataFrame({"firm": firms, "year": year, "hours": hours, "y": y.round(3)})


def with_year(seed: int, correlation: float, year: str, *more: str) -> Fit:
    level2 = dict.fromkeys((year, *more), "U")
    formula = f"y ~ {' + '.join(level2)}"
    return mlm.Model(formula, group="firm", level2=level2).fit(panel(seed, correlation))


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("correlation", [-0.4, 0.5, 1.0])
def test_the_boundary_is_that_of_t_whatever_the_zero(seed: int, correlation: float) -> None:
    """A correlation of -0.99999 at year 0 was once called one at the boundary."""
    far = with_year(seed, correlation, "year")
    near = with_year(seed, correlation, "I(year - 2010)")
    assert far.criterion == pytest.approx(near.criterion, abs=1e-5)
    assert far.singular == near.singular == (correlation == 1.0)
    rows = [fit.interpret("tau_01").rows[0] for fit in (far, near)]
    for fit, row in zip((far, near), rows, strict=True):
        assert ("at the boundary" in row.full) == fit.singular, row.full
        assert ("tends to be" in row.full) == (not fit.singular)
        assert ("the correlation is 1 or −1 at every zero" in row.full) == fit.singular
    assert "0 lies outside" in far.interpret("tau_0^2").rows[0].full
    assert "lies outside" not in rows[1].full
    if not far.singular:
        middle = with_year(seed, correlation, "I(year - 2013.5)").cov_re.to_numpy()
        numbers = rows[0].numbers
        announced = middle[0, 1] / np.sqrt(middle[0, 0] * middle[1, 1])
        assert numbers["centred"] == pytest.approx(announced, abs=1e-3)
        assert f"the correlation is {announced:.2f}".replace("-", "−") in rows[0].full
    spread = far.interpret("tau_0^2").rows[0].numbers["mean sd"]
    middle = with_year(seed, correlation, "I(year - 2013.5)")
    assert spread == pytest.approx(np.sqrt(middle.cov_re.iloc[0, 0]), rel=1e-3)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_small_variance_is_not_a_zero_one(unit: float) -> None:
    frame = panel(1, 0.5).assign(year=lambda d: (d["year"] - 2010) * unit)
    fit = mlm.Model("y ~ year", group="firm", level2={"year": "U"}).fit(frame)
    assert not fit.singular
    assert all("boundary" not in row.full for row in fit.interpret())


def test_lines_lie_closest_where_their_variance_is_smallest() -> None:
    """With several random slopes that hangs on the others, which once were at 0 without a word."""
    fit = with_year(2, 0.5, "I(year - 2010)", "hours")
    row, t, hours = (
        fit.interpret("tau_01").rows[0],
        fit.cov_re.to_numpy(),
        fit.frame["hours"].mean(),
    )
    at = np.linspace(-30, 30, 600_001)
    z = np.stack([np.ones_like(at), at, np.full_like(at, hours)])
    smallest = at[np.argmin(np.einsum("qm,qr,rm->m", z, t, z))]
    assert row.numbers["narrowest"] - 2010 == pytest.approx(smallest, abs=1e-3)
    assert "The lines of the firms, at the mean of hours (6.9), lie closest" in row.full
    assert unexplained(row.full, row.numbers) == []


def test_a_t_without_full_rank_says_so_once() -> None:
    fit = with_year(2, 0.5, "I(year - 2010)", "hours")
    t = fit.cov_re.to_numpy()
    values, vectors = np.linalg.eigh(t)
    flat = pd.DataFrame(vectors[:, 1:] * values[1:] @ vectors[:, 1:].T, *[fit.cov_re.index] * 2)
    rows = fit.model.interpret(estimates=replace(fit.estimates, cov_re=flat), data=fit.frame)
    said = [row.symbol for row in rows if "some combination of the random effects" in row.full]
    assert said == ["τ₀₁"]
    full = fit.model.interpret(estimates=fit.estimates, data=fit.frame)
    assert not any("boundary" in row.full for row in full)
