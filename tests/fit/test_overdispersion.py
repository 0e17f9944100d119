"""Over-dispersion, residuals in bins, and frequencies of counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import chi2, nbinom, norm, poisson

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError
from mlmteach.fit.overdispersion import binned_residuals, count_frequencies, overdispersion
from mlmteach.fit.search import search
from tests.fit.families import fit_of
from tests.reference.glmer import frame


@pytest.fixture(scope="module")
def wide():
    """Counts that are negative binomial, fitted as Poisson and as what they are."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(25), 8)
    x = rng.standard_normal(200)
    mean = np.exp(0.8 + 0.4 * x + 0.5 * rng.standard_normal(25)[group])
    y = rng.poisson(rng.gamma(1.5, mean / 1.5))
    data = pd.DataFrame({"group": group, "x": x, "y": y})
    return {
        name: mlm.Model("y ~ x", group="group", family=name).fit(data)
        for name in ("poisson", "negbin")
    }


# --- over-dispersion ---------------------------------------------------------------------------


def test_pearson_chi_square_and_its_df(wide):
    fit = wide["poisson"]
    found = overdispersion(fit, n=60)
    assert_allclose(found.chi2, (fit.resid_pearson**2).sum(), rtol=1e-6)
    assert found.df == 200 - 3
    assert_allclose(found.ratio, found.chi2 / found.df)
    assert_allclose(found.p_chi2, chi2.sf(found.chi2, found.df), rtol=1e-6)
    assert found.simulated == 60


def test_counts_that_vary_too_much_are_named(wide):
    found = overdispersion(wide["poisson"], n=60)
    assert found.p == 1 / 61  # no simulated outcome varies as much
    assert "family='negbin'" in found.advice
    assert found.ratio > 1.5 * found.expected
    cured = overdispersion(wide["negbin"], n=60)
    assert cured.p > 0.05
    assert cured.advice == "The outcomes vary as the model says."
    assert str(cured).startswith("Pearson chi-square")


def test_the_p_value_is_that_of_chance():
    """About 5 % of true models are rejected: 6 % of 150, where the chi-square rejects 1 %."""
    rng = np.random.default_rng(6)
    group, p = np.repeat(np.arange(15), 5), []
    x = rng.standard_normal(75)
    model = mlm.Model("y ~ x", group="group", family="poisson")
    for _ in range(15):
        y = rng.poisson(np.exp(0.3 + 0.4 * x + 0.6 * rng.standard_normal(15)[group]))
        p.append(overdispersion(model.fit(pd.DataFrame({"y": y, "x": x, "group": group})), n=19).p)
    assert 0.25 < np.mean(p) < 0.75
    assert np.mean(np.array(p) < 0.15) < 0.5


def test_a_step_of_newton_stands_for_a_refit():
    """Full searches for the same draws differ by 3 % where many of them end at T = 0."""
    fit, n = fit_of("cbpp"), 25
    found = overdispersion(fit, n=n, seed=2)
    problem, parameters = fit.marginal.problem, fit.found.parameters
    gamma, factor = problem.parted(parameters)
    m, rng, ratios = factor.T @ problem.z, np.random.default_rng(2), []
    distribution = problem.distribution(parameters)
    for _ in range(n):  # as overdispersion draws
        b = rng.standard_normal((problem.q, problem.groups))
        eta = problem.offset + gamma @ problem.x + (m * b[:, problem.codes]).sum(axis=0)
        y = distribution.draw(eta, rng)
        marginal = replace(fit.marginal, problem=problem.with_outcome(y))
        eta = marginal.modes(search(marginal, parameters).parameters).eta
        squares = (y - distribution.mean(eta)) ** 2 / distribution.variance(eta)
        ratios.append(squares.sum() / found.df)
    assert_allclose(found.expected, np.mean(ratios), rtol=0.05)


def test_the_seed_decides(wide):
    first, again = (overdispersion(wide["negbin"], n=10, seed=3) for _ in range(2))
    assert first == again
    assert overdispersion(wide["negbin"], n=10, seed=4).expected != first.expected


def test_successes_can_vary_too_much_and_single_answers_cannot():
    found = overdispersion(fit_of("cbpp"), n=100)
    assert found.p < 0.05
    assert "betabinomial" in found.advice
    with pytest.raises(ModelError, match=r"cannot be seen.*diagnostics\.binned\(\)"):
        overdispersion(fit_of("cbpp_long"))


@pytest.mark.parametrize(("option", "value"), [("n", 0), ("n", 2.5), ("seed", -1)])
def test_numbers_that_are_none_are_refused(option, value):
    with pytest.raises(OptionError):
        overdispersion(fit_of("cbpp"), **{option: value})


# --- residuals in bins --------------------------------------------------------------------------


def test_bins_hold_means_of_residuals():
    fit = fit_of("contraception")
    table = binned_residuals(fit)
    assert table["n"].sum() == fit.nobs
    assert_allclose((table["residual"] * table["n"]).sum(), fit.resid.sum(), atol=1e-9)
    assert (np.diff(table["value"]) > 0).all()
    assert len(table) == pytest.approx(np.sqrt(fit.nobs), abs=3)
    first = np.argsort(fit.fittedvalues.to_numpy())[: int(table["n"].iloc[0])]
    p = fit.fittedvalues.to_numpy()[first]
    assert_allclose(
        table["residual"].iloc[0], (frame("contraception")["use"].to_numpy()[first] - p).mean()
    )
    half = 2.0 * np.sqrt((p * (1.0 - p)).sum()) / len(p)
    assert_allclose(table[["lower", "upper"]].iloc[0], [-half, half])


def test_equal_values_stay_together():
    fit = fit_of("contraception")
    table = binned_residuals(fit, "age", bins=20)
    ages = frame("contraception")["age"]
    assert not (table["n"] < 0.5 * fit.nobs / 20).any()
    ends = np.cumsum(table["n"])
    ordered = np.sort(ages.to_numpy())
    assert all(ordered[end - 1] < ordered[end] for end in ends[:-1])
    two = binned_residuals(fit, "urban")
    assert list(two["value"]) == [0.0, 1.0]


def test_95_percent_of_the_means_lie_in_the_band():
    rng = np.random.default_rng(8)
    group, x = np.repeat(np.arange(60), 50), rng.standard_normal(3000)
    eta = 0.2 + 0.7 * x + 0.6 * rng.standard_normal(60)[group]
    y = rng.binomial(1, 1.0 / (1.0 + np.exp(-eta)))
    data = pd.DataFrame({"y": y, "x": x, "group": group})
    fit = mlm.Model("y ~ x", group="group", family="binomial").fit(data)
    table = binned_residuals(fit, "x", bins=50)
    outside = (table["residual"].abs() > table["upper"]).sum()
    assert outside <= 6  # P = 0.98 with 5 %
    bent = mlm.Model("y ~ 1", group="group", family="binomial").fit(data)
    assert "x" not in bent.frame  # what is not in the model is not in its rows


def test_a_curve_that_is_missing_is_seen():
    data = frame("contraception")
    straight = mlm.Model("use ~ age", group="district", family="binomial").fit(data)
    curved = fit_of("contraception")

    def outside(fit):
        table = binned_residuals(fit, "age", bins=12)
        return int((table["residual"].abs() > table["upper"]).sum())

    assert outside(straight) > outside(curved) + 3


def test_trials_count_in_the_means():
    fit = fit_of("cbpp")
    table = binned_residuals(fit, bins=1)
    data = frame("cbpp")
    expected = (data["incidence"] - fit.fittedvalues).sum() / data["size"].sum()
    assert_allclose(table["residual"], expected, atol=1e-12)
    assert len(binned_residuals(fit)) == 10


def test_what_cannot_be_binned_is_told():
    fit = fit_of("cbpp")
    with pytest.raises(OptionError, match="Did you mean 'incidence'"):
        binned_residuals(fit, "incidense")
    with pytest.raises(OptionError, match="numeric column"):
        binned_residuals(fit, "period" if frame("cbpp")["period"].dtype == "category" else "herd")
    for bins in (0, 57, 2.5, True):
        with pytest.raises(OptionError, match="no number of bins"):
            binned_residuals(fit, bins=bins)


# --- frequencies of counts ---------------------------------------------------------------------


@pytest.mark.parametrize("family", ["poisson", "negbin"])
def test_expected_frequencies_are_integrals(wide, family):
    fit = wide[family]
    table = count_frequencies(fit)
    eta, tau = fit.fixed_part, float(np.sqrt(fit.cov_re.iloc[0, 0]))

    def mass(k, rate):
        if fit.shape is None:
            return poisson.pmf(k, rate)
        return nbinom.pmf(k, fit.shape, fit.shape / (fit.shape + rate))

    for k in (0, 3, 9):
        found, _ = quad(
            lambda z, k=k: mass(k, np.exp(eta + tau * z)).sum() * norm.pdf(z), -8.0, 8.0
        )
        assert_allclose(table["expected"].iloc[k], found, rtol=1e-6)
    assert_allclose(table["expected"].sum(), 200)
    assert list(table["observed"].iloc[:3]) == [(fit.design.y == k).sum() for k in range(3)]
    assert table["observed"].sum() == 200


def test_exposures_and_slopes_are_in_the_frequencies():
    fit = fit_of("counts_slope")
    table = count_frequencies(fit)
    rng = np.random.default_rng(0)
    sd, eta = np.sqrt(fit.row_variances), fit.offset + fit.fixed_part
    draws = rng.poisson(np.exp(eta + sd * rng.standard_normal((2000, fit.nobs))))
    zeros = (draws == 0).sum(axis=1)
    assert_allclose(table["expected"].iloc[0], zeros.mean(), atol=5 * zeros.std() / np.sqrt(2000))


def test_large_counts_are_put_in_classes():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(30), 100)
    y = rng.poisson(np.exp(5.0 + 0.3 * rng.standard_normal(30)[group]))
    data = pd.DataFrame({"y": y, "group": group})
    table = count_frequencies(mlm.Model("y ~ 1", group="group", family="poisson").fit(data))
    assert len(table) <= 41
    assert list(table["high"].iloc[:-1] + 1) == list(table["low"].iloc[1:])
    assert table["high"].iloc[-1] == np.inf
    assert_allclose(table[["observed", "expected"]].sum(), 3000)
    assert_allclose(table["expected"], table["observed"], atol=120)


def test_a_yes_has_no_frequencies():
    with pytest.raises(ModelError, match="no count"):
        count_frequencies(fit_of("hsb"))
