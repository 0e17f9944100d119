"""The reference by glmer is what it says: its log-likelihoods by integration on a fine grid.

This needs no code of the package but the data sets.  It shows that a log-likelihood has all its
constants, that the data are derived as in R, and that the shape of a negative binomial is meant.
"""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import expit, logsumexp

from tests.reference.glmer import HERE, cases, frame, terms

# Integrals over one coefficient: those that glmer takes by quadrature are exact to 7e-4 (9 points,
# counts of ticks) or better.
EXACT = [key for key, case in cases().items() if case["nAGQ"] > 1]
# A variance of 0 in data that were made so; a T of rank 1 in slopes on SES.
SINGULAR = {
    "boundary",
    "boundary_agq9",
    "boundary_counts",
    "hsb_slope",
    "hsb_diagonal",
    "hsb_cross",
}
LINKS = {"logit": expit, "probit": stats.norm.cdf, "cloglog": lambda eta: -np.expm1(-np.exp(eta))}
OUTCOMES = {"cbind(incidence, size - incidence)": "incidence"}


def log_density(case, data, eta):
    y = data[OUTCOMES.get(outcome := case["formula"].split(" ~ ")[0], outcome)].to_numpy()[:, None]
    if case["family"] == "binomial":
        trials = data["size"].to_numpy()[:, None] if outcome in OUTCOMES else 1
        return stats.binom.logpmf(y, trials, LINKS[case["link"]](eta))
    mean = np.exp(eta)
    if case["family"] == "poisson":
        return stats.poisson.logpmf(y, mean)
    shape = case["shape"]
    return stats.nbinom.logpmf(y, shape, shape / (shape + mean))


def log_likelihood(case):
    """Sum over a fine grid of U / sd, from -7 to 7: the trapezoid rule is exact to rounding."""
    data = frame(case["data"])
    group = data[case["formula"].split(" | ")[1].rstrip(")")].to_numpy()
    u = np.linspace(-7, 7, 701)
    linear = terms(case, data) @ np.array(case["gamma"])
    by_row = log_density(case, data, linear[:, None] + case["theta"][0] * u)  # (n, 701)
    weight = -(u**2) / 2 - math.log(2 * math.pi) / 2 + math.log(u[1] - u[0])
    return sum(logsumexp(by_row[group == j].sum(axis=0) + weight) for j in np.unique(group))


@pytest.mark.parametrize("key", EXACT)
def test_log_likelihood_by_a_fine_grid(key):
    case = cases()[key]
    assert_allclose(case["logLik"], log_likelihood(case), atol=1e-3)


@pytest.mark.parametrize("key", list(cases()))
def test_glmer_agrees_with_plain_r(key):
    case = cases()[key]
    assert_allclose(case["logLik"], case["logLik_by_hand"], atol=1e-5)
    assert case["max_gradient"] < 1e-2  # of the deviance, where parameters differ in scale
    assert case["singular"] == (key in SINGULAR)


@pytest.mark.parametrize("key", list(cases()))
def test_shapes(key):
    case = cases()[key]
    q, k = len(case["random"]), len(case["gamma"])
    assert np.shape(case["T"]) == (q, q)
    assert np.shape(case["modes"]) == np.shape(case["sds"]) == (len(case["groups"]), q)
    if not case["singular"]:
        assert_allclose(np.sqrt(np.diag(case["vcov"])), case["se"], rtol=1e-8)
        assert len(case["se"]) == k
    data = frame(case["data"])
    assert len(data) == case["n"]
    assert terms(case, data).shape == (case["n"], k)


def test_stata_prints_the_same():
    printed = json.loads((HERE / "stata_melogit.json").read_text())
    case = cases()[printed["as_glmer"].split()[0]]
    assert_allclose(case["logLik"], printed["log_likelihood"], atol=6e-5)
    gamma, vcov = np.array(case["gamma"])[1:], np.array(case["vcov"])[1:, 1:]
    assert_allclose(gamma @ np.linalg.solve(vcov, gamma), printed["wald_chi2"], atol=0.006)
    sizes = frame(case["data"]).groupby("district").size()
    assert (sizes.sum(), len(sizes)) == (printed["observations"], printed["groups"])
    assert (sizes.min(), sizes.max()) == (printed["smallest"], printed["largest"])
    assert round(sizes.mean(), 1) == printed["mean_size"]
