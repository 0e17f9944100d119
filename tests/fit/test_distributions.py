"""Distributions of yes/no outcomes and counts, against SciPy's and against differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import expit

from mlmteach.fit.distributions import NegativeBinomial, distribution_of
from mlmteach.model.family import Family

ETA = np.linspace(-6.0, 2.0, 41)  # where 1 - probability has digits enough for SciPy
TRIALS = np.tile([1.0, 4.0, 7.0], 14)[:41]
Y = np.minimum(np.arange(41.0) % 5, TRIALS)
FAMILIES = {
    "logit": Family("binomial", "logit"),
    "probit": Family("binomial", "probit"),
    "cloglog": Family("binomial", "cloglog"),
    "poisson": Family("poisson", "log"),
    "negbin": Family("negbin", "log"),
}
INVERSE = {
    "logit": expit,
    "probit": stats.norm.cdf,
    "cloglog": lambda eta: -np.expm1(-np.exp(eta)),
}


def made(name):
    return distribution_of(FAMILIES[name], Y, TRIALS, shape=1.7)


@pytest.mark.parametrize("name", FAMILIES)
def test_log_likelihood_is_that_of_scipy(name):
    distribution = made(name)
    if name in INVERSE:
        expected = stats.binom.logpmf(Y, TRIALS, INVERSE[name](ETA))
    elif name == "poisson":
        expected = stats.poisson.logpmf(Y, np.exp(ETA))
    else:
        expected = stats.nbinom.logpmf(Y, 1.7, 1.7 / (1.7 + np.exp(ETA)))
    ours = distribution.log_likelihood(ETA).sum() + distribution.constant
    assert_allclose(ours, expected.sum(), rtol=1e-10)


@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_are_those_of_differences(name):
    distribution, h = made(name), 1e-5
    curves = distribution.curves(ETA)

    def slope(function):
        return (function(ETA + h) - function(ETA - h)) / (2.0 * h)

    close = {"rtol": 1e-6, "atol": 1e-7}
    assert_allclose(curves.score, slope(distribution.log_likelihood), **close)
    assert_allclose(curves.observed, -slope(lambda eta: distribution.curves(eta).score), **close)
    assert_allclose(curves.bend, slope(lambda eta: distribution.curves(eta).expected), **close)
    assert_allclose(distribution.slope(ETA)[0], curves.score)
    assert_allclose(distribution.slope(ETA)[1], curves.observed)


@pytest.mark.parametrize("name", FAMILIES)
def test_expected_curvature_is_the_mean_of_the_observed(name):
    """Over all outcomes that a row may have, weighted by their probabilities."""
    eta, trials = 0.4, 6.0
    outcomes = np.arange(7.0) if name in INVERSE else np.arange(400.0)
    rows = np.full(len(outcomes), eta)
    distribution = distribution_of(
        FAMILIES[name], outcomes, np.full(len(outcomes), trials), shape=1.7
    )
    if name in INVERSE:
        weights = stats.binom.pmf(outcomes, trials, INVERSE[name](eta))
    elif name == "poisson":
        weights = stats.poisson.pmf(outcomes, np.exp(eta))
    else:
        weights = stats.nbinom.pmf(outcomes, 1.7, 1.7 / (1.7 + np.exp(eta)))
    curves = distribution.curves(rows)
    assert_allclose(weights @ curves.observed, curves.expected[0], rtol=1e-8)
    assert_allclose(weights @ curves.score, 0.0, atol=1e-9)
    mean = weights @ outcomes
    assert_allclose(mean, distribution.mean(rows)[0], rtol=1e-8)
    assert_allclose(weights @ (outcomes - mean) ** 2, distribution.variance(rows)[0], rtol=1e-7)


def test_derivatives_in_the_shape():
    h, log_shape = 1e-5, np.log(1.7)

    def at(change):
        return NegativeBinomial(Y, float(np.exp(log_shape + change)))

    ours = at(0.0).shape_curves(ETA)
    above, below = at(h), at(-h)
    whole = above.log_likelihood(ETA).sum() + above.constant
    whole -= below.log_likelihood(ETA).sum() + below.constant
    assert_allclose(ours.log_likelihood.sum(), whole / (2.0 * h), rtol=1e-6)
    score = (above.slope(ETA)[0] - below.slope(ETA)[0]) / (2.0 * h)
    assert_allclose(ours.score, score, atol=1e-8)
    expected = (above.curves(ETA).expected - below.curves(ETA).expected) / (2.0 * h)
    assert_allclose(ours.expected, expected, atol=1e-8)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("eta", [-700.0, -40.0, 40.0, 700.0])
def test_extreme_predictors_stay_finite(name, eta):
    rows = np.full(41, eta)
    distribution = made(name)
    assert np.isfinite(distribution.log_likelihood(rows)).all()
    assert all(np.isfinite(part).all() for part in distribution.curves(rows))


@pytest.mark.parametrize("name", FAMILIES)
def test_draws_have_mean_and_variance(name):
    rng = np.random.default_rng(1)
    distribution = distribution_of(
        FAMILIES[name], np.zeros(200_000), np.full(200_000, 5.0), shape=2.0
    )
    eta = np.full(200_000, 0.3)
    drawn = distribution.draw(eta, rng)
    mean, variance = distribution.mean(eta)[0], distribution.variance(eta)[0]
    assert_allclose(drawn.mean(), mean, atol=5.0 * np.sqrt(variance / 200_000))
    assert_allclose(drawn.var(), variance, rtol=0.03)
