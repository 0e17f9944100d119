"""Residuals, tests of assumptions and influence, against brute force and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import mlmteach as mlm
from mlmteach.fit.assumptions import distances, level1_residuals, level2_residuals
from mlmteach.fit.influence import without_each_group
from mlmteach.fit.moments import cross_products
from mlmteach.fit.profiled import solve
from tests.fit.handmade import design, fit_handmade, reference_fit


@pytest.fixture(scope="module")
def small():
    """A small unbalanced fit, and the matrices of its rows."""
    rng = np.random.default_rng(8)
    labels = np.repeat(np.arange(12), rng.integers(3, 9, 12))
    x = rng.standard_normal(len(labels))
    u = rng.standard_normal((12, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    y = 2 + x + u[labels, 0] + u[labels, 1] * x + rng.standard_normal(len(labels))
    return fit_handmade(design(y, {"one": 1, "x": x}, {"one": 1, "x": x}, labels))


def projection(fit):
    """Sigma and Sigma^-1 - Sigma^-1 X (X'Sigma^-1X)^-1 X'Sigma^-1, with n rows and columns."""
    z = np.zeros((fit.nobs, fit.ngroups, fit.moments.q))
    z[np.arange(fit.nobs), fit.design.codes] = fit.design.Z
    z = z.reshape(fit.nobs, -1)
    big = np.kron(np.eye(fit.ngroups), fit.cov_re.to_numpy())
    inverse = np.linalg.inv(z @ big @ z.T + fit.scale * np.eye(fit.nobs))
    x = fit.design.X
    middle = np.linalg.inv(x.T @ inverse @ x)
    return z, big, inverse - inverse @ x @ middle @ x.T @ inverse


def test_standard_deviations_of_residuals(small):
    """var(e) = sigma2^2 P and var(U) = T Z'P Z T, with P as of the rows."""
    z, big, p = projection(small)
    level1 = level1_residuals(small)
    assert level1["raw"].equals(small.resid.rename("raw"))
    sd = small.scale * np.sqrt(np.diag(p))
    assert_allclose(level1["standardised"], small.resid / sd, rtol=1e-6)
    whole = big @ z.T @ p @ z @ big
    level2 = level2_residuals(small)
    raw = small.random_effects.to_numpy()
    assert_allclose(
        level2.xs("standardised", axis=1, level=1),
        raw / np.sqrt(np.diag(whole)).reshape(raw.shape),
        rtol=1e-6,
    )
    for j, distance in enumerate(distances(small)):
        own = whole[2 * j : 2 * j + 2, 2 * j : 2 * j + 2]
        assert_allclose(distance, raw[j] @ np.linalg.solve(own, raw[j]), rtol=1e-6)


def test_residuals_of_a_singular_fit_stay_finite_or_missing():
    fit = reference_fit("dyestuff2_reml")
    assert level2_residuals(fit)["(Intercept)", "standardised"].isna().all()
    assert np.isfinite(level1_residuals(fit)["standardised"]).all()
    assert (distances(fit) == 0.0).all()


def test_normality_by_scipy():
    fit = reference_fit("sleep_corr_reml")
    found = fit.diagnostics.normality().set_index("residual")
    values = level1_residuals(fit)["standardised"]
    expected = stats.shapiro(values)
    assert_allclose(found.loc["level-1 residual", ["statistic", "p"]].astype(float), expected)
    assert_allclose(
        found.loc["U of Days", "skewness"],
        stats.skew(level2_residuals(fit)["Days", "standardised"]),
    )
    assert found["level"].tolist() == [1, 2, 2]
    large = reference_fit("hsb_null_reml").diagnostics.normality()
    assert large["test"].tolist() == ["D'Agostino–Pearson", "Shapiro–Wilk"]


def test_h_written_out():
    """Raudenbush & Bryk: H sums the squared standardised logarithms of the variances."""
    fit = reference_fit("hsb_null_reml")
    groups = pd.Series(fit.design.y).groupby(fit.design.codes)
    logs, df = np.log(groups.var()), groups.size() - 1
    standardised = (logs - (df * logs).sum() / df.sum()) / np.sqrt(2 / df)
    found = fit.diagnostics.equal_variance().set_index("test")
    assert_allclose(found.loc["H", "statistic"], (standardised**2).sum())
    assert_allclose(found.loc["H", "p"], stats.chi2.sf((standardised**2).sum(), 159))
    assert_allclose(fit.diagnostics.group_dispersion()["variance"], groups.var())


def test_brown_forsythe_is_scipys():
    fit = reference_fit("sleep_corr_reml")
    samples = [part for _, part in fit.resid.groupby(fit.design.codes)]
    found = fit.diagnostics.equal_variance().set_index("test").loc["Brown–Forsythe"]
    assert_allclose(found["statistic"], stats.levene(*samples, center="median").statistic)


def test_breusch_pagan_is_statsmodels():
    from statsmodels.stats.diagnostic import het_breuschpagan

    fit = reference_fit("seed_level1_reml")
    found = fit.diagnostics.equal_variance()
    row = found[found["test"] == "Breusch–Pagan"].iloc[0]
    expected = het_breuschpagan(level1_residuals(fit)["standardised"], fit.design.X)
    assert_allclose([row["statistic"], row["p"]], expected[:2], rtol=1e-8)
    assert row["df"] == 3


@pytest.mark.parametrize("what", ["groups", "x", "z"])
def test_unequal_variances_are_found(what):
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(60), 30)
    x, z = rng.standard_normal(1800), rng.standard_normal(60)
    spread = {"groups": np.exp(0.5 * z)[labels], "x": np.exp(0.5 * x), "z": np.ones(1800)}[what]
    u = rng.standard_normal(60) * (np.exp(1.5 * z) if what == "z" else 1.0)
    y = x + u[labels] + spread * rng.standard_normal(1800)
    fit = fit_handmade(design(y, {"one": 1, "x": x, "z": z[labels]}, {"one": 1}, labels))
    found = fit.diagnostics.equal_variance().set_index(["level", "test"])["p"]
    place = {"groups": (1, "H"), "x": (1, "Breusch–Pagan"), "z": (2, "Breusch–Pagan")}[what]
    assert found[place] < 0.001


def test_estimates_without_a_group_are_those_of_a_new_fit():
    frame = mlm.load("sleepstudy").astype({"Subject": str})
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "1 + U"})
    fit = model.fit(frame)
    found = fit.diagnostics.influence()
    for subject in ("308", "337", "372"):
        other = model.fit(frame[frame["Subject"] != subject])
        assert_allclose(found.params.loc[subject], other.params, rtol=1e-6)
        t = other.cov_re.to_numpy()
        expected = [t[0, 0], t[1, 0], t[1, 1], other.scale]
        assert_allclose(found.variances.loc[subject], expected, rtol=1e-4, atol=1e-3)
        change = (other.params - fit.params).to_numpy()
        cook = change @ np.linalg.solve(fit.cov_params(), change) / 2
        assert_allclose(found.cook[subject], cook, rtol=1e-4)
    assert found.table.index[0] == found.cook.idxmax()
    assert list(found.table.columns[:2]) == ["cook", "cook_variances"]
    assert_allclose(found.dfbetas.loc["308"], (fit.params - found.params.loc["308"]) / fit.bse)


def test_moments_without_each_group_are_those_of_the_rest(small):
    psi = small.optimum.solution.psi
    for j, moments in enumerate(without_each_group(small)):
        rest = small.design.codes != j
        x = {"one": 1, "x": small.design.X[rest, 1]}
        other = cross_products(design(small.design.y[rest], x, x, small.design.codes[rest]))
        change = other.scaling.z_inverse @ small.moments.scaling.z
        same = solve(change @ psi @ change.T, other, True)
        assert_allclose(solve(psi, moments, True).criterion, same.criterion, rtol=1e-9)


def test_distance_of_variances_does_not_depend_on_units(small):
    x = small.design.X[:, 1]
    scaled = fit_handmade(
        design(
            1000 * small.design.y,
            {"one": 1, "x": x / 10 + 3},
            {"one": 1, "x": x / 10 + 3},
            small.design.codes,
        )
    )
    first, second = small.diagnostics.influence(), scaled.diagnostics.influence()
    assert_allclose(first.cook_variances, second.cook_variances, rtol=1e-2)
    assert_allclose(first.cook, second.cook, rtol=1e-3)


def test_a_group_without_which_there_is_no_fit_is_missing():
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(8), 6)
    only = (labels == 3).astype(float)
    y = only + rng.standard_normal(8)[labels] + rng.standard_normal(48)
    fit = fit_handmade(design(y, {"one": 1, "only": only}, {"one": 1}, labels))
    found = fit.diagnostics.influence()
    assert found.params.isna().all(axis=1).tolist() == [j == 3 for j in range(8)]
