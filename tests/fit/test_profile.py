"""Profile-likelihood intervals: lme4's numbers, closed forms, boundaries and laws."""

from __future__ import annotations

import re
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.stats import chi2

import mlmteach as mlm
from mlmteach.errors import ConvergenceWarning, IncompleteWarning, OptionError
from mlmteach.fit.profile import (
    CorrelationPath,
    CovariancePath,
    Parameters,
    SdPath,
    SigmaPath,
    _deviance,
    in_front,
)
from mlmteach.fit.theta import basis_of, factor_of
from tests.fit.handmade import cases, design, fit_handmade, reference_fit, two_level_ids
from tests.fit.layered_models import layered

# lme4 interpolates its profile between few points, which fails where it bends sharply near a
# boundary.  These limits were found on lme4's own deviance instead; R 4.2.2, lme4 1.1-31:
#   dd <- lme4:::devfun2(update(fit, REML = FALSE), useSc = TRUE, signames = FALSE)
# minimised by optim() over the other parameters: at each limit the rise is 3.84146.
EXACT = {
    ("orthodont_slope_reml", "cor((Intercept), age11)", "lower"): -0.1417,
    ("orthodont_slope_reml", "sd(age11)", "lower"): 0.00639853,
    ("seed_random_slope_ml", "cor((Intercept), ses)", "upper"): 0.0665895,
    ("seed_random_slope_ml", "sd(ses)", "lower"): 0.0412936,
    ("seed_random_slope_reml", "cor((Intercept), ses)", "upper"): 0.0665895,
    ("seed_random_slope_reml", "sd(ses)", "lower"): 0.0412936,
}


def our_name(name: str) -> str:
    """cor_ses.(Intercept)|school -> cor((Intercept), ses)."""
    found = re.fullmatch(r"(sd|cor)_(.*)\|.*", name)
    if not found:
        return name
    return f"{found[1]}({', '.join(reversed(found[2].split('.')))})"


@pytest.mark.parametrize("key", two_level_ids())
def test_against_lme4(key):
    """R: confint(fit, method = "profile"), lme4 1.1-31."""
    expected = cases()[key]["r"]["confint_profile"]
    found = reference_fit(key).profile(scale="sd").conf_int()
    assert set(found.index) == {our_name(name) for name in expected}
    for name, limits in expected.items():
        for side, value in limits.items():
            exact = EXACT.get((key, our_name(name), side))
            if exact is not None:
                assert_allclose(found.loc[our_name(name), side], exact, rtol=1e-3)
            else:
                assert_allclose(found.loc[our_name(name), side], value, rtol=2e-3, atol=1e-6)


def test_boundary_limits_are_exact():
    found = reference_fit("hsb_full_rb").profile(scale="sd").conf_int()
    assert found.loc["sd(cses)", "lower"] == 0.0
    assert found.loc["cor((Intercept), cses)"].tolist() == [-1.0, 1.0]


def test_balanced_one_way_layout():
    """The deviance of a balanced one-way layout, written out and profiled by hand."""
    fit = reference_fit("dyestuff_ml")
    y = fit.design.y.reshape(6, 5)
    within = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum()
    between = 5 * ((y.mean(axis=1) - y.mean()) ** 2).sum()

    def deviance(sigma2, mean_square):
        logs = 24 * np.log(sigma2) + 6 * np.log(mean_square)
        return logs + within / sigma2 + between / mean_square + 30 * np.log(2 * np.pi)

    best = deviance(within / 24, between / 6)
    assert_allclose(fit.criterion, best, atol=1e-8)

    # as long as between / 6 > sigma2, the mean square between stays at its estimate
    def rise(sigma2):
        return deviance(sigma2, between / 6) - best - chi2.ppf(0.95, 1)

    limits = fit.profile().conf_int(names=["sigma2"]).loc["sigma2"]
    assert_allclose(limits["lower"], brentq(rise, within / 60, within / 24), rtol=1e-6)
    assert_allclose(limits["upper"], brentq(rise, within / 24, between / 6), rtol=1e-6)


@pytest.mark.parametrize("key", ["sleep_corr_reml", "seed_random_slope_ml", "dyestuff2_reml"])
def test_scales_agree(key):
    fit = reference_fit(key)
    sd, variance = fit.profile(scale="sd").conf_int(), fit.profile().conf_int()
    for name in sd.index:
        if name.startswith("sd("):
            assert_allclose(variance.loc[f"var{name[2:]}"], sd.loc[name] ** 2, rtol=1e-6)
    assert_allclose(variance.loc["sigma2"], sd.loc["sigma"] ** 2, rtol=1e-6)


def test_covariance_of_zero_is_a_correlation_of_zero():
    fit = reference_fit("sleep_corr_ml")
    uncorrelated = reference_fit("sleep_uncorr_ml").criterion
    parameters = fit.profile().parameters
    assert_allclose(parameters.covariance(0, 1).deviance(0.0), uncorrelated, atol=1e-6)
    assert_allclose(parameters.correlation(0, 1).deviance(0.0), uncorrelated, atol=1e-6)


def test_sd_of_zero_is_the_model_without_the_slope():
    parameters = reference_fit("sleep_corr_ml").profile().parameters
    without = reference_fit("sleep_ri_ml").criterion
    assert_allclose(parameters.sd(1).deviance(0.0), without, atol=1e-6)
    assert_allclose(parameters.sd(1).deviance(1e-4), without, atol=1e-2)


@pytest.mark.parametrize("scale", ["sd", "variance"])
def test_limits_lie_where_the_curve_reaches_the_quantile(scale):
    profile = reference_fit("sleep_corr_reml").profile(scale=scale)
    for name in profile.names:
        curve = profile.curve(name, points=7, level=0.9)
        assert_allclose(curve["zeta"].iloc[[0, -1]], [-1.644854, 1.644854], atol=1e-4)
        assert curve["zeta"].is_monotonic_increasing
        assert curve["value"].is_monotonic_increasing


def test_wider_level_wider_interval():
    profile = reference_fit("seed_cross_level_ml").profile()
    narrow, wide = profile.conf_int(0.5), profile.conf_int(0.99)
    assert (wide["lower"] <= narrow["lower"]).all()
    assert (wide["upper"] >= narrow["upper"]).all()
    assert (wide["upper"] > narrow["upper"]).sum() >= 10


def test_a_lower_deviance_elsewhere_is_reported():
    """A fit that is not at the best peak of its likelihood: here, one that claims a worse one."""
    profile = reference_fit("sleep_corr_ml").profile()
    optimum = profile.parameters.optimum
    solution = replace(optimum.solution, criterion=optimum.solution.criterion + 0.5)
    worse = Parameters(profile.fit.moments, replace(optimum, solution=solution))
    profile.__dict__["parameters"] = worse
    with pytest.warns(ConvergenceWarning, match="more than one peak"):
        profile.conf_int(names=["sigma2"])


def test_refusals():
    fit = reference_fit("dyestuff_ml")
    with pytest.raises(OptionError, match="no parameter 'tau'"):
        fit.profile().conf_int(names=["tau"])
    with pytest.raises(OptionError, match="between 0 and 1"):
        fit.profile().conf_int(95)
    with pytest.raises(OptionError, match="no scale 'log'"):
        fit.profile(scale="log")


BLOCKS = ((0, 1, 2),)


PATHS = {
    "sd": (SdPath(in_front(BLOCKS, 1)), 0.7, lambda t, _: np.sqrt(t[1, 1])),
    "sigma": (SigmaPath(BLOCKS), 1.3, lambda _, sigma: sigma),
    "covariance": (CovariancePath(in_front(BLOCKS, 0, 2)), -0.3, lambda t, _: t[0, 2]),
    "correlation": (
        CorrelationPath(in_front(BLOCKS, 2, 1)),
        0.6,
        lambda t, _: t[1, 2] / np.sqrt(t[1, 1] * t[2, 2]),
    ),
}


X = np.array([0.9, 0.3, 0.2, 0.8, 0.1, 0.2])  # one number fewer than (c, v) has


@pytest.mark.parametrize("name", PATHS)
def test_the_value_is_held(name):
    path, value, read = PATHS[name]
    point = path.map(X, value)[0]
    factor = factor_of(point[:-1], basis_of(path.blocks))
    sigma = np.exp(point[-1])
    assert_allclose(read(sigma**2 * factor @ factor.T, sigma), value)


@pytest.mark.parametrize("name", PATHS)
def test_derivatives_of_the_map(name):
    path, value, _ = PATHS[name]
    _, first, second = path.map(X, value)
    for i in range(len(X)):
        step = np.zeros(len(X))
        step[i] = 1e-6
        up, down = path.map(X + step, value), path.map(X - step, value)
        assert_allclose(first[i], (up[0] - down[0]) / 2e-6, atol=1e-8)
        assert_allclose(second[i], (up[1] - down[1]) / 2e-6, atol=1e-7)


@pytest.mark.parametrize("name", PATHS)
def test_derivatives_of_the_deviance(name):
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(15), 6)
    z = {"one": 1.0, "a": rng.normal(size=90), "b": rng.normal(size=90)}
    u = rng.normal(size=(15, 3))[labels]
    y = u[:, 0] + u[:, 1] * z["a"] + u[:, 2] * z["b"] + rng.normal(size=90)
    moments = fit_handmade(design(y, z, z, labels)).moments
    path, value, _ = PATHS[name]
    basis = basis_of(path.blocks, moments.scaling.z_inverse)
    _, gradient, hessian = _deviance(path, value, X, basis, moments)
    for i in range(len(X)):
        step = np.zeros(len(X))
        step[i] = 1e-5
        up = _deviance(path, value, X + step, basis, moments)
        down = _deviance(path, value, X - step, basis, moments)
        assert_allclose(gradient[i], (up[0] - down[0]) / 2e-5, rtol=1e-5, atol=1e-4)
        assert_allclose(hessian[i], (up[1] - down[1]) / 2e-5, rtol=1e-4, atol=1e-2)


def test_an_interrupt_keeps_the_intervals_that_were_found(growth, monkeypatch):
    profile, calls = growth.profile(), []
    honest = type(profile)._limits

    def interrupted(self, name, reach):
        calls.append(name)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return honest(self, name, reach)

    monkeypatch.setattr(type(profile), "_limits", interrupted)
    with pytest.warns(IncompleteWarning, match=r"2 of 6 intervals .* names=\['var\(Intercept\)'"):
        found = profile.conf_int()
    assert found.notna().all(axis=1).tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("name", "key"), [("pastes", "pastes_nested_reml"), ("penicillin", "penicillin_ml")]
)
def test_two_groupings_against_lme4(name, key):
    """R: confint(profile(fit)); lme4 interpolates its profile, so that 1e-4 is not reached."""
    fit = layered(name)
    found = fit.conf_int(method="profile", which="all", scale="sd")
    expected = {
        name.replace("(Intercept)", "Intercept").replace("cask:batch", "cask"): limits
        for name, limits in cases()[key]["r"]["confint_profile"].items()
    }
    for row, (lower, upper) in zip(found.index, found.to_numpy(), strict=True):
        known = expected[re.sub(r"^sd\((\w+) \| (\w+)\)$", r"sd_\1|\2", row)]
        assert_allclose([lower, upper], [known["lower"], known["upper"]], rtol=3e-4, atol=1e-4)


def test_the_profile_of_a_slope_at_the_upper_level():
    """Held at a value, the SD of a V leaves a deviance that a fit without it does not undercut."""
    fit = layered("egsingle").refit(layered("egsingle").design.y)
    profile = replace(fit, reml=False).profile(scale="sd")
    position = profile.names.index("sd(year | schoolid)")
    parameter = profile._parameter_at(position)
    without = mlm.Model(
        "math ~ year",
        group="schoolid/childid",
        level2={"intercept": "female + U", "year": "U"},
        level3={"intercept": "lowinc + V", "year": "lowinc"},
    ).fit(mlm.load("egsingle"), reml=False)
    assert parameter.deviance(0.0) == pytest.approx(without.criterion, abs=1e-4)
    assert parameter.deviance(parameter.estimate) == pytest.approx(profile.least, abs=1e-6)
    near = [parameter.deviance(parameter.estimate * factor) for factor in (0.8, 1.2)]
    assert all(profile.least < one < parameter.deviance(0.0) for one in near)


def test_a_search_leaves_the_edge_at_which_its_neighbour_ended():
    """With persons and items crossed, the last value's optimum is the next one's start."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"person": np.repeat(range(8), 6), "item": np.tile(range(6), 8)})
    frame["x"] = rng.normal(size=48)
    u = rng.normal(size=(6, 2)) @ np.array([[1.5, 0.8], [0.0, 0.1]])
    own = u[frame["item"]]
    frame["y"] = rng.normal(size=8)[frame["person"]] + own[:, 0] + own[:, 1] * frame["x"]
    frame["y"] += rng.normal(size=48)
    fit = mlm.Model("y ~ x", group="person * item", level3={"x": "V"}).fit(frame, reml=False)
    parameters = fit.profile().parameters
    along = parameters.sd(2).deviance
    for value in (0.05, 0.6, 1.2):  # at the first one the correlation is 1
        assert along(value) == pytest.approx(parameters.sd(2).deviance(value), abs=1e-6)
