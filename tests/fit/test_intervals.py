"""Confidence intervals, by each method."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm, t

from mlmteach.errors import OptionError
from mlmteach.fit.profile import Profile
from mlmteach.fit.variances import variances
from tests.fit.handmade import reference_fit


def test_confidence_level(growth):
    """With 17 df, the 97.5 % quantile of t is 2.110 and the 95 % quantile 1.740."""
    half = (growth.conf_int()["upper"] - growth.params) / growth.bse
    assert_allclose(half, 2.1098, atol=1e-3)
    half = (growth.conf_int(0.90)["upper"] - growth.params) / growth.bse
    assert_allclose(half, 1.7396, atol=1e-3)
    with pytest.raises(OptionError, match="between 0 and 1"):
        growth.conf_int(95)


@pytest.mark.parametrize("level", [0, 1, 95, "0.95", None, True])
def test_levels_that_are_none(growth, level):
    with pytest.raises(OptionError, match="between 0 and 1"):
        growth.conf_int(level)


def test_wald_intervals():
    fit = reference_fit("sleep_corr_reml")
    both = fit.conf_int(which="all", scale="sd")
    assert list(both.index[:2]) == ["(Intercept)", "Days"]
    assert both.iloc[:2].equals(fit.conf_int())
    random = fit.conf_int(which="random", scale="sd")
    middle = variances(fit, "sd")
    assert_allclose(np.sqrt(random.loc["sigma"].prod()), middle["sigma"])
    assert ((random["lower"] < middle) & (middle < random["upper"])).all()
    assert_allclose(
        np.arctanh(random.loc["cor((Intercept), Days)"]).mean(),
        np.arctanh(middle["cor((Intercept), Days)"]),
    )
    squared = fit.conf_int(which="random").loc["var(Days)"]
    assert_allclose(np.sqrt(squared), random.loc["sd(Days)"], rtol=1e-6)


def test_there_is_no_wald_interval_at_the_boundary():
    assert reference_fit("dyestuff2_ml").conf_int(which="random").isna().all(axis=None)


def test_intervals_on_request():
    fit = reference_fit("sleep_uncorr_reml")
    interval = fit.conf_int(df="kenward-roger")
    half = (interval["upper"] - interval["lower"]) / 2
    assert_allclose(half, fit.kenward_roger.bse * t.ppf(0.975, fit.kenward_roger.df), rtol=1e-8)


def test_conf_int_of_a_fit():
    fit = reference_fit("sleep_corr_ml")
    assert list(fit.conf_int(method="profile").index) == ["(Intercept)", "Days"]
    both = fit.conf_int(method="profile", which="all")
    assert both.equals(Profile(fit).conf_int())
    assert list(fit.conf_int(method="profile", which="random", scale="sd").index) == [
        "sd((Intercept))",
        "cor((Intercept), Days)",
        "sd(Days)",
        "sigma",
    ]


@pytest.mark.parametrize(
    ("level", "intercept", "slope", "sigma"),
    [
        (0.95, (15.518, 39.444), (3.9042, 8.9830), (22.797, 28.729)),
        (0.80, (18.237, 33.563), (4.5098, 7.7766), (23.728, 27.602)),
    ],
)
def test_wald_intervals_of_standard_deviations_are_those_of_nlme(level, intercept, slope, sigma):
    """R, nlme 3.1-162: ``intervals(lme(Reaction ~ Days, ~ Days | Subject), level, "var-cov")``.

    It takes logarithms too, and differentiates numerically.
    """
    found = reference_fit("sleep_corr_reml").conf_int(level, which="random", scale="sd")
    assert_allclose(found.loc["sd((Intercept))"], intercept, rtol=6e-3)
    assert_allclose(found.loc["sd(Days)"], slope, rtol=6e-3)
    assert_allclose(found.loc["sigma"], sigma, rtol=6e-3)


def test_wald_interval_of_a_correlation_is_about_as_wide_as_refits_say():
    fit = reference_fit("sleep_corr_reml")
    name = "cor((Intercept), Days)"
    refits = fit.bootstrap(300, seed=2, progress=False).on_scale("sd")[name]
    low, high = np.arctanh(np.quantile(refits, [0.25, 0.75]))  # the tails are long
    lower, upper = np.arctanh(fit.conf_int(which="random", scale="sd").loc[name])
    assert_allclose((upper - lower) / norm.ppf(0.975), (high - low) / norm.ppf(0.75), rtol=0.25)
