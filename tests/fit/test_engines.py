"""What every fit goes through: checks, warnings, and the choice of the engine."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
import mlmteach.fit.via_statsmodels as second
from mlmteach.errors import (
    ConvergenceWarning,
    FitError,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from tests.fit.handmade import cases, design, fit_handmade, reference_design
from tests.laws.test_fits import data


def simple(y=None, scale=1.0, shift=0.0):
    values, x, _, codes = data(4)
    columns = {"Intercept": 1.0, "x": scale * x + shift}
    return design(values if y is None else y, columns, columns, codes)


def test_an_unknown_engine_is_an_error():
    with pytest.raises(OptionError, match="'profiled' or 'statsmodels'"):
        fit_handmade(simple(), engine="lme4")


def test_a_model_without_random_coefficients_is_an_error():
    y, _, _, codes = data(4)
    with pytest.raises(FitError, match="Add U to the equation"):
        fit_handmade(design(y, {"Intercept": 1.0}, {}, codes))


def test_models_without_fixed_intercept_and_without_fixed_part():
    y, x, _, codes = data(4)
    one = {"Intercept": 1.0}
    without = fit_handmade(design(y, {"x": x}, one, codes))
    assert list(without.params.index) == ["x"]
    assert without.converged
    nothing = fit_handmade(design(y, {}, one, codes))
    assert len(nothing.params) == 0
    assert nothing.converged
    # REML is ML when there is nothing fixed
    assert nothing.criterion == fit_handmade(design(y, {}, one, codes), reml=False).criterion


def test_a_singular_fit_warns_in_words():
    with pytest.warns(SingularFitWarning, match="variance of the random intercept is estimated as"):
        fit = fit_handmade(reference_design(cases()["dyestuff2_reml"]))
    assert fit.singular
    assert fit.converged
    assert "is estimated as zero" in str(fit.summary())


@pytest.mark.parametrize(("scale", "unit"), [(1e-8, "1e-8"), (1e8, "1e8")])
def test_a_unit_is_proposed_for_extreme_predictors(scale, unit):
    plain = fit_handmade(simple())
    with pytest.warns(ScaleWarning, match=f"'x'.*Divide it by {unit} "):
        fit = fit_handmade(simple(scale=scale))
    assert_allclose(fit.params * [1.0, scale], plain.params, rtol=1e-6)


def test_subtraction_is_proposed_for_far_away_predictors():
    plain = fit_handmade(simple())
    with pytest.warns(ScaleWarning, match=r"'x'.*Subtract 1e\+08"):
        fit = fit_handmade(simple(shift=1e8))
    assert fit.params["x"] == pytest.approx(plain.params["x"], rel=1e-6)
    assert fit.criterion == pytest.approx(plain.criterion, abs=1e-5)


def test_a_worse_optimum_of_statsmodels_is_named(monkeypatch):
    def stuck(*_):
        return 0.01 * np.eye(2), ["Maximum number of iterations has been exceeded."]

    monkeypatch.setattr(second, "_mixed_lm", stuck)
    with pytest.warns(ConvergenceWarning, match=r"above that of the profiled engine.*Maximum num"):
        fit = fit_handmade(simple(), engine="statsmodels")
    assert not fit.converged
    assert "above that of the profiled engine" in fit.summary().text


def test_statsmodels_without_estimates_is_an_error(monkeypatch):
    def failing(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(second, "_mixed_lm", failing)
    with pytest.raises(FitError, match=r"lbfgs: Singular matrix.*Use engine='profiled'"):
        fit_handmade(simple(), engine="statsmodels")


@pytest.mark.parametrize("covariance", ["unstructured", "diagonal"])
def test_the_engines_agree(covariance):
    y, x, w, codes = data(5, groups=25)
    fixed, random = {"Intercept": 1.0, "x": x, "w": w}, {"Intercept": 1.0, "x": x}
    d = design(y, fixed, random, codes, covariance)
    a, b = fit_handmade(d), fit_handmade(d, engine="statsmodels")
    assert b.criterion == pytest.approx(a.criterion, abs=1e-5)
    assert a.criterion <= b.criterion + 1e-8
    assert_allclose(b.params, a.params, rtol=1e-4)
    assert_allclose(b.cov_re, a.cov_re, rtol=1e-2, atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_criterion_is_never_above_that_of_statsmodels(seed):
    """Three random coefficients."""
    y, x, w, codes = data(seed, groups=30)
    columns = {"Intercept": 1.0, "x": x, "x2": np.random.default_rng(seed).normal(size=len(y))}
    d = design(y + 0.7 * w * columns["x2"], columns, columns, codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        ours, theirs = fit_handmade(d), fit_handmade(d, engine="statsmodels")
    assert ours.converged
    assert ours.criterion <= theirs.criterion + 1e-8


def test_statsmodels_fits_the_model_on_which_its_own_default_fails():
    """statsmodels' default search ends 100.4 log-likelihood units low on this model."""
    fit = fit_handmade(reference_design(cases()["hsb_random_coef"]), engine="statsmodels")
    expected = cases()["hsb_random_coef"]["r"]["reml_criterion"]
    assert fit.criterion == pytest.approx(expected, abs=1e-4)
    assert fit.converged


def test_a_model_and_a_frame():
    """lme4: sleep_corr_reml of the reference."""
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    expected = cases()["sleep_corr_reml"]["r"]
    assert fit.criterion == pytest.approx(expected["reml_criterion"], abs=1e-5)
    assert fit.params["Days"] == pytest.approx(expected["fixed"]["Days"]["est"], rel=1e-6)
    assert fit.model.bound
    assert len(fit.frame) == fit.nobs == 180
    assert fit.dropped == 0
