"""Profile likelihoods, intervals and Wald tests of outcomes that are not normal."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import check_grad, minimize
from scipy.stats import chi2, norm

import mlmteach as mlm
from mlmteach.errors import IncompleteWarning, OptionError
from mlmteach.fit.generalized_intervals import GeneralizedProfile, wald_test
from mlmteach.fit.profile import CorrelationPath, SdPath, in_front
from mlmteach.fit.variances import standard_errors, variances
from tests.fit.generalized_models import fit_of, model_of
from tests.reference.glmer import cases, frame

# TIGHT, in R: glmerControl("bobyqa", optCtrl = list(rhoend = 1e-10, rhobeg = 1e-3),
# tolPwrss = 1e-13)


@pytest.fixture(scope="module")
def herds():
    return fit_of("cbpp")


@pytest.fixture(scope="module")
def counts():
    return fit_of("counts_slope")


@pytest.fixture(scope="module")
def ticks():
    case = cases()["grouseticks"]
    own = model_of(case)
    model = mlm.Model(
        own.level1_formula, group=own.group, level2=own.level2_formulas, family="negbin"
    )
    return model.fit(frame("grouseticks"))


# --- profile likelihood -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (
            "cbpp",
            [
                [-1.9011705069, -0.9477890930],
                [-1.6167390002, -0.4078061487],
                [-1.8009759405, -0.5115810600],
                [-2.5006940225, -0.8008034443],
                [0.3460929518, 1.0999364955],
            ],
        ),
        (
            "cbpp_agq9",
            [
                [-1.9046827829, -0.9462137216],
                [-1.6160831988, -0.4066109659],
                [-1.8004073672, -0.5104501874],
                [-2.5001907098, -0.7995921113],
                [0.3488017552, 1.1112942075],
            ],
        ),
    ],
)
def test_profile_intervals_are_glmers(key, expected):
    """R: confint(profile(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp,
    binomial, nAGQ = 1 or 9, control as in TIGHT), delta = 0.05, signames = FALSE)); R draws a
    spline through the profile."""
    found = fit_of(key).conf_int(method="profile", which="all", scale="sd")
    assert_allclose(found, expected, atol=1e-4)
    squared = fit_of(key).profile().conf_int(names=["var(Intercept)"])
    assert_allclose(squared.iloc[0], found.iloc[-1] ** 2, rtol=1e-5)


def test_profile_intervals_of_a_slope_are_glmers(counts):
    """R: confint(profile(glmer(y ~ x + z + (1 + x | group) + offset(log(time)), counts, poisson,
    control as in TIGHT), delta = 0.2, signames = FALSE)); R draws a spline through the profile."""
    expected = {
        "Intercept": [0.12850789355, 0.61921858128],
        "x": [0.01863572349, 0.38516068374],
        "z": [-0.59316834407, -0.03107295944],
        "sd(Intercept)": [0.57539839269, 0.95253143565],
        "cor(Intercept, x)": [0.37306551687, 0.83877714348],
        "sd(x)": [0.39749979529, 0.68403603797],
    }
    found = counts.conf_int(method="profile", which="all", scale="sd")
    assert_allclose(found.loc[list(expected)], list(expected.values()), atol=3e-4)


def test_a_held_shape_is_glmers_family(ticks):
    """R: -2 * logLik(glmer(TICKS ~ YEAR + cHEIGHT + (1 | BROOD), grouseticks,
    MASS::negative.binomial(theta), control as in TIGHT)), and with poisson."""
    shape = ticks.profile()._parameter("shape")
    expected = {1.5: 1803.194254, 3.0: 1780.268469, 8.0: 1802.218538, np.inf: 1978.075493}
    for value, criterion in expected.items():
        held = 0.0 if np.isinf(value) else shape.inward(value)
        assert_allclose(shape.deviance(held), criterion, atol=1e-4)


@pytest.mark.parametrize("name", ["Intercept", "var(Intercept)", "cov(Intercept, x)", "var(x)"])
def test_a_limit_is_where_the_deviance_rises_by_a_quantile(counts, name):
    """The least deviance with the parameter held is found anew, by sequential quadratic steps."""
    profile = counts.profile()
    lower, upper = profile.conf_int(0.9, names=[name]).loc[name]
    parameter = profile._parameter(name)
    rises = [parameter.deviance(parameter.inward(v)) - profile.least for v in (lower, upper)]
    assert_allclose(rises, chi2.ppf(0.9, 1), atol=2e-4)
    problem, scaling = counts.marginal.problem, counts.scaling
    place = {"var(Intercept)": (0, 0), "cov(Intercept, x)": (1, 0), "var(x)": (1, 1)}.get(name)

    def held(x):
        gamma, factor = problem.parted(x)
        inner = scaling.z @ factor
        return (scaling.x @ gamma)[0] if place is None else (inner @ inner.T)[place]

    found = minimize(
        lambda x: counts.marginal.gradient(x)[:2],
        counts.found.parameters,
        jac=True,
        method="SLSQP",
        constraints=[{"type": "eq", "fun": lambda x: held(x) - upper}],
        options={"ftol": 1e-9},
    )
    assert_allclose(held(found.x), upper, rtol=1e-6)
    assert_allclose(found.fun - profile.least, rises[1], atol=1e-4)


def test_the_curve_of_a_parameter(herds):
    profile = herds.profile()
    curve = profile.curve("period[T.2]", points=5, level=0.95)
    z = norm.ppf(0.975)
    assert_allclose(curve["zeta"].iloc[[0, -1]], [-z, z], atol=1e-5)
    assert_allclose(curve["deviance"], herds.criterion + curve["zeta"] ** 2)
    assert (curve["zeta"].diff().iloc[1:] > 0.0).all()
    assert repr(profile).startswith("<Profile of Intercept, period[T.2]")
    assert profile.names == (*herds.params.index, "var(Intercept)")


def test_a_variance_of_zero_has_the_lower_limit_zero():
    """R: -2 * (logLik(glm) - logLik(glmer)) is 0 at the boundary."""
    fit = fit_of("boundary")
    profile = fit.profile(scale="sd")
    lower, upper = profile.conf_int(names=["sd(Intercept)"]).iloc[0]
    assert lower == 0.0
    parameter = profile._parameter("sd(Intercept)")
    assert_allclose(parameter.deviance(0.0), fit.criterion, atol=1e-6)
    assert_allclose(parameter.deviance(upper) - fit.criterion, chi2.ppf(0.95, 1), atol=1e-4)
    assert fit.conf_int(which="random").isna().all(axis=None)


def test_what_is_left_of_t_where_a_variance_is_zero(counts):
    """The model without the slope's U is fitted anew."""
    model = mlm.Model(
        "y ~ x", group="group", level2={"intercept": "z + U"}, family="poisson", exposure="time"
    )
    without = model.fit(frame("counts"))
    found = counts.profile()._parameter("var(x)").deviance(0.0)
    assert_allclose(found, without.criterion, atol=1e-5)


def test_a_slope_that_may_not_vary_has_limits_at_the_ends():
    """R: confint(profile(glmer(above ~ standLRT + sex + schavg + (1 + standLRT | school), exam,
    binomial, control as in TIGHT but rhobeg = 1e-2), which = "theta_", signames = FALSE))."""
    found = fit_of("exam_slope").conf_int(method="profile", which="random", scale="sd")
    expected = [[0.50131225, 0.80733596], [-1.0, 1.0], [0.0, 0.46534126]]
    assert_allclose(found, expected, atol=2e-4)


def test_a_correlation_that_is_estimated_as_one_has_limits():
    fit = fit_of("hsb_slope")
    assert fit.singular
    name = "cor(Intercept, ses)"
    value = variances(fit, "sd")[name]
    lower, upper = fit.profile(scale="sd").conf_int(names=[name], progress=False).loc[name]
    assert lower < value + 1e-6
    assert upper >= value - 1e-6
    assert (abs(value), max(abs(lower), abs(upper))) == pytest.approx((1.0, 1.0), abs=1e-4)


def test_a_shape_has_limits_on_its_own_scale(ticks):
    lower, upper = ticks.profile().conf_int(names=["shape"]).iloc[0]
    assert lower < ticks.shape < upper
    curve = ticks.profile().curve("shape", points=3)
    assert (curve["value"].diff().iloc[1:] > 0.0).all()
    assert (curve["zeta"].diff().iloc[1:] > 0.0).all()
    wald = ticks.conf_int(which="random").loc["shape"]
    assert_allclose([lower, upper], wald, rtol=0.1)


def test_counts_that_may_be_poisson_have_no_upper_limit_of_a_shape():
    case = cases()["counts_slope"]
    own = model_of(case)
    model = mlm.Model(
        own.level1_formula,
        group=own.group,
        level2=own.level2_formulas,
        family="negbin",
        exposure="time",
    )
    fit = model.fit(frame(case["data"]))
    profile = fit.profile()
    lower, upper = profile.conf_int(names=["shape"]).iloc[0]
    assert upper == np.inf
    assert 0.0 < lower < fit.shape
    assert fit_of("counts_slope").criterion - fit.criterion < chi2.ppf(0.95, 1)
    curve = profile.curve("shape", points=4)
    assert np.isfinite(curve.to_numpy()).all()
    assert_allclose(curve["value"].iloc[0], profile.conf_int(0.99, names=["shape"]).iloc[0, 0])


@pytest.mark.parametrize("name", ["x", "sd(x)", "cor(Intercept, x)"])
def test_gradients_on_the_paths(counts, name):
    profile, blocks = counts.profile(scale="sd"), counts.design.blocks
    paths = {"sd(x)": SdPath(in_front(blocks, 1))}
    paths["cor(Intercept, x)"] = CorrelationPath(in_front(blocks, 0, 1))
    held = profile._along(paths[name]) if name in paths else profile._parameter(name).deviance
    value = 0.3
    start = held.constraint.starts(value)[0] + 0.05

    def point(free):
        return held.constraint.parameters(free, value)

    def gradient(free):
        parameters, jacobian = point(free)
        return jacobian @ held.marginal.gradient(parameters)[1]

    error = check_grad(lambda free: held.marginal.criterion(point(free)[0])[0], gradient, start)
    assert error < 1e-4 * np.abs(gradient(start)).max()


def test_an_interrupt_keeps_the_intervals_that_were_found(herds, monkeypatch):
    honest = GeneralizedProfile._limits

    def interrupted(profile, parameter, reach):
        signal.raise_signal(signal.SIGINT)
        return honest(profile, parameter, reach)

    monkeypatch.setattr(GeneralizedProfile, "_limits", interrupted)
    with pytest.warns(IncompleteWarning, match="1 of 5 intervals"):
        found = herds.profile().conf_int()
    assert found.notna().all(axis=1).sum() == 1


def test_there_is_no_such_parameter(herds):
    with pytest.raises(OptionError, match="no parameter 'sigma2'"):
        herds.profile().conf_int(names=["sigma2"])
    with pytest.raises(OptionError, match="no scale 'odds'"):
        herds.profile(scale="odds")


# --- Wald ---------------------------------------------------------------------------------


def test_wald_intervals_are_those_of_the_normal_distribution(herds):
    half = (herds.conf_int(0.9)["upper"] - herds.params) / herds.bse
    assert_allclose(half, norm.ppf(0.95))
    both = herds.conf_int(which="all", scale="sd")
    assert both.iloc[:-1].equals(herds.conf_int())
    assert both.index[-1] == "sd(Intercept)"
    with pytest.raises(OptionError, match="tests of this fit are z tests"):
        herds.conf_int(df="kenward-roger")


@pytest.mark.parametrize("key", ["cbpp", "cbpp_agq25", "cbpp_probit", "grouseticks"])
def test_the_standard_error_of_an_sd_is_glmers(key):
    """R: of theta, by the Hessian of the deviance; see tests/reference/README.md."""
    fit = fit_of(key)
    sd = float(variances(fit, "sd").iloc[0])
    se = float(standard_errors(fit).iloc[0]) / (2.0 * sd)
    assert_allclose(se, np.ravel(cases()[key]["se_theta"])[0], rtol=2e-3)
    lower, upper = fit.conf_int(which="random", scale="sd").iloc[0]
    assert_allclose(np.log(upper / lower), 2.0 * norm.ppf(0.975) * se / sd)


def test_standard_errors_of_t_do_not_depend_on_where_a_predictor_is_zero(counts):
    """A shift of x turns the intercept's U; the slope's U stays, and its covariance follows."""
    case = cases()["counts_slope"]
    data = frame(case["data"])
    moved = model_of(case).fit(data.assign(x=data["x"] - 0.5))
    assert_allclose(standard_errors(moved)["var(x)"], standard_errors(counts)["var(x)"], rtol=1e-3)
    t, at = counts.cov_re.to_numpy(), np.array([1.0, 0.5])
    assert_allclose(variances(moved)["var(Intercept)"], at @ t @ at, rtol=1e-4)


def test_the_wald_test_of_a_factor(herds):
    """R: b <- fixef(m)[2:4]; c(b %*% solve(vcov(m)[2:4, 2:4], b)), control as in TIGHT."""
    test = herds.test("period")
    assert_allclose(test.statistic, 24.94862497, atol=1e-3)
    assert_allclose(test.pvalue, chi2.sf(test.statistic, 3))
    assert test.names == tuple(herds.params.index[1:])
    assert str(test) == "χ²(3) = 24.95, p < 0.001"
    one = wald_test(herds, "period[T.2]")
    assert_allclose(one.statistic, herds.tvalues.iloc[1] ** 2)
    assert_allclose(one.pvalue, herds.pvalues.iloc[1])
    with pytest.raises(OptionError, match="no term 'season'"):
        herds.test("season")
