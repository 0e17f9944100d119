"""Residuals, tests of assumptions and influence, against brute force and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import mlmteach as mlm
from mlmteach.fit.assumptions import distances, level1_residuals, level2_residuals
from tests.fit.handmade import design, fit_handmade, reference_fit


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
    assert_allclose(found.loc["level-1 residual", "kurtosis"], stats.kurtosis(values))
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


def test_what_cannot_be_tested_is_missing_under_the_same_names():
    """The H of groups of one row cannot be computed, nor can the test of two U's be made."""
    sleep = mlm.load("sleepstudy")
    fit = mlm.Model("Reaction ~ 1", group="Subject").fit(sleep.query("Subject in (308, 309)"))
    table = fit.diagnostics.normality().set_index("residual")
    names = ["skewness", "kurtosis", "statistic", "p"]
    assert table.loc["U of Intercept", names].isna().all()
    assert table.loc["level-1 residual", names].notna().all()
    assert list(table.columns) == ["level", "n", *names[:2], "test", *names[2:]]
    tests = fit.diagnostics.equal_variance()
    assert tests["level"].tolist() == [1] * len(tests)
    assert set(tests["residual"]) == {"level-1 residual"}
