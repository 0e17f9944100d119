"""Every number of the reference with two groupings.

R's calls and versions are in tests/reference/layered.json, and layered.R is the script; each test
names the R function behind the numbers that it compares.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.fit.layered import conditional_covariances
from mlmteach.fit.layers import LayeredMoments, layered_moments
from mlmteach.fit.optimum import LayeredOptimum, minimise, require_identified
from mlmteach.fit.satterthwaite import satterthwaite
from mlmteach.fit.theta import canonical
from tests.reference.layered import MODELS, cases, design

KEYS = [key for key in cases() if key.rpartition("_")[0] in MODELS]
# A lower criterion than the reference is no failure. Cases where ours is lower by more than 1e-5:
BETTER_THAN_LME4: set[str] = set()


@cache
def found(key: str) -> tuple[LayeredMoments, LayeredOptimum]:
    moments = layered_moments(design(key))
    require_identified(moments)
    return moments, minimise(moments, reml=cases()[key]["REML"])


def factor(key: str) -> np.ndarray:
    """Lambda of both groupings, in the data's units."""
    moments, optimum = found(key)
    return canonical(moments.scaling.z @ optimum.factor, moments.blocks)


def sigma2(key: str) -> float:
    moments, optimum = found(key)
    return optimum.solution.sigma2 * moments.scaling.y_scale**2


def order(key: str) -> list[int]:
    """Where the coefficients of each grouping stand in the order of lme4."""
    names = [f"{layer.name} {name}" for layer in design(key).layers for name in layer.z_names]
    effects = cases()[key]["effects"]
    return [
        names.index(f"{group} {name}")
        for group, entry in effects.items()
        for name in np.atleast_1d(entry["coefficients"])
    ]


def test_every_case_is_tested():
    """The others have one grouping, and are compared where fits of formulas are."""
    assert set(cases()) - set(KEYS) == {"machines_slopes_reml", "machines_slopes_ml"}
    assert len(KEYS) == 30


@pytest.mark.parametrize("key", KEYS)
def test_criterion(key):
    """lme4: REMLcrit(fit), or deviance(fit), the better of two searches."""
    reference, (moments, optimum) = cases()[key], found(key)
    assert optimum.converged
    assert optimum.solution.criterion <= reference["criterion"] + 1e-5
    better = optimum.solution.criterion < reference["criterion"] - 1e-5
    assert better == (key in BETTER_THAN_LME4)
    assert optimum.singular == reference["singular"]
    assert moments.n == reference["n"]
    groups = {k.name: m.groups for k, m in zip(design(key).layers, moments.layers, strict=True)}
    assert groups == {name: reference["groups"][name] for name in groups}


@pytest.mark.parametrize("key", KEYS)
def test_gamma_and_standard_errors(key):
    """lme4: fixef(fit), vcov(fit)."""
    fixed, (moments, optimum) = cases()[key]["fixed"], found(key)
    scaling, solution = moments.scaling, optimum.solution
    gamma = scaling.y_scale * (scaling.x @ solution.gamma) + scaling.shift
    root = scaling.x @ solution.root
    assert list(design(key).x_names) == list(np.atleast_1d(fixed["terms"]))
    assert_allclose(gamma, fixed["gamma"], rtol=1e-4)
    size = np.multiply.outer(fixed["se"], fixed["se"]).reshape(len(gamma), -1)
    vcov = np.reshape(fixed["vcov"], size.shape)
    assert_allclose(sigma2(key) * (root @ root.T) / size, vcov / size, atol=2e-4)


@pytest.mark.parametrize("key", KEYS)
def test_variances(key):
    """lme4: VarCorr(fit), sigma(fit)."""
    reference, lambda_ = cases()[key], factor(key)
    t = sigma2(key) * (lambda_ @ lambda_.T)[np.ix_(order(key), order(key))]
    expected, at = np.zeros_like(t), 0
    for block in map(np.atleast_2d, reference["T"].values()):
        expected[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    largest = max(expected.max(), reference["sigma2"])
    assert_allclose(t, expected, atol=1e-3 * largest)
    assert_allclose(np.diag(t), np.diag(expected), rtol=1e-3, atol=1e-6 * largest)
    assert_allclose(sigma2(key), reference["sigma2"], rtol=1e-4)


@pytest.mark.parametrize("key", [key for key in KEYS if not cases()[key]["singular"]])
def test_degrees_of_freedom(key):
    """lmerTest: summary(fit, ddf = "Satterthwaite")."""
    moments, optimum = found(key)
    df = satterthwaite(np.eye(moments.p), factor(key), moments, optimum.solution)
    assert_allclose(df, cases()[key]["fixed"]["df"], rtol=1e-2)


@pytest.mark.parametrize("key", KEYS)
def test_group_effects(key):
    """lme4: ranef(fit, condVar = TRUE), the first five groups and the last."""
    moments, optimum = found(key)
    size = moments.scaling.y_scale
    covariances = conditional_covariances(optimum.solution)
    for k, layer in enumerate(design(key).layers):
        entry, z = cases()[key]["effects"][layer.name], moments.layers[k].scaling.z
        names = [layer.z_names.index(name) for name in np.atleast_1d(entry["coefficients"])]
        rows = layer.groups.get_indexer(entry["groups"])
        modes = (size * optimum.solution.modes[k] @ z.T)[:, names]
        covariance = size**2 * optimum.solution.sigma2 * (z @ covariances[k] @ z.T)
        sds = np.sqrt(np.einsum("jaa->ja", covariance))[:, names]
        spread = np.sqrt(np.atleast_1d(entry["squares"]) / len(modes)) + 1e-6
        assert (rows >= 0).all()
        for ours, theirs in ((modes[rows], entry["modes"]), (sds[rows], entry["sds"])):
            assert_allclose(ours / spread, np.asarray(theirs) / spread, rtol=1e-3, atol=1e-3)
        assert_allclose((modes**2).sum(axis=0), entry["squares"], rtol=1e-3)
