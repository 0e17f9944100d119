"""The second engine, judged by the first one's criterion."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach.fit.via_statsmodels as second
from mlmteach.errors import ConvergenceWarning, FitError, SingularFitWarning
from tests.fit.handmade import cases, data, design, fit_handmade, reference_design, simple_design


def test_a_worse_optimum_of_statsmodels_is_named(monkeypatch):
    def stuck(*_):
        return 0.01 * np.eye(2), ["Maximum number of iterations has been exceeded."]

    monkeypatch.setattr(second, "_mixed_lm", stuck)
    with pytest.warns(ConvergenceWarning, match=r"above that of the profiled engine.*Maximum num"):
        fit = fit_handmade(simple_design(), engine="statsmodels")
    assert not fit.converged
    assert "above that of the profiled engine" in fit.summary().text


def test_statsmodels_without_estimates_is_an_error(monkeypatch):
    def failing(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(second, "_mixed_lm", failing)
    with pytest.raises(FitError, match=r"lbfgs: Singular matrix.*Use engine='profiled'"):
        fit_handmade(simple_design(), engine="statsmodels")


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
