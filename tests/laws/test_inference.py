"""Laws of tests and intervals, on random small data sets, singular fits among them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import chi2

import mlmteach as mlm
from mlmteach.fit.likelihood_ratio import by_ml, likelihood_ratio
from mlmteach.fit.profile import Profile
from mlmteach.fit.variances import variances
from tests.fit.handmade import data, fitted

few = settings(max_examples=10)
seeds = st.integers(0, 10_000)
REACH = chi2.ppf(0.95, 1)


@few
@given(seeds, st.booleans())
@example(3, True)
@example(5384, False)  # along sd(x) there are two minima
def test_an_interval_holds_its_estimate_and_ends_where_the_test_says(seed, reml):
    fit = fitted(*data(seed), reml=reml)
    profile = Profile(fit, "sd")
    intervals = profile.conf_int()
    ml = by_ml(fit)
    estimates = np.concatenate([ml.params, variances(ml, "sd")])
    known = ~np.isnan(estimates)
    slack = 1e-4 * (1.0 + np.abs(estimates))
    assert (intervals["lower"] <= estimates + slack)[known].all()
    assert (intervals["upper"] >= estimates - slack)[known].all()
    least = profile.parameters.optimum.solution.criterion
    for name, limits in intervals.iterrows():
        parameter = profile._parameter(str(name))
        for limit in limits:
            rise = parameter.deviance(limit) - least
            if limit in (parameter.least, parameter.greatest):
                assert rise <= REACH + 1e-6
            else:
                assert rise == pytest.approx(REACH, abs=1e-3)


@few
@given(seeds, st.sampled_from([1e-6, 3.0, 1e6]), st.floats(-3.0, 3.0))
@example(5, 1e6, 1.0)
def test_profile_follows_the_units(seed, unit, shift):
    y, x, w, codes = data(seed)
    a = Profile(fitted(y, x, w, codes), "sd").conf_int()
    b = Profile(fitted(unit * (y + shift), x, w, codes), "sd").conf_int()
    factor = np.where([name.startswith("cor(") for name in a.index], 1.0, unit)
    change = np.zeros(len(a))
    change[0] = shift
    for side in ("lower", "upper"):
        assert_allclose(b[side] / factor, a[side] + change, rtol=2e-3, atol=2e-3)


@few
@given(seeds, st.sampled_from([1e-6, 3.0, 1e6]))
@example(5, 1e-6)
def test_kenward_roger_follows_the_units(seed, unit):
    y, x, w, codes = data(seed)
    a = fitted(y, x, w, codes).kenward_roger
    b = fitted(unit * y, x / unit, w, codes).kenward_roger
    factor = np.array([1.0, unit, 1.0]) * unit
    assert_allclose(b.bse / factor, a.bse, rtol=1e-3)
    assert_allclose(b.df, a.df, rtol=1e-2)
    test = a.f_test(np.eye(3)[1:])
    other = b.f_test(np.eye(3)[1:])
    assert_allclose([other.statistic, other.df_residual], [test.statistic, test.df_residual], 1e-2)


@few
@given(seeds)
def test_a_larger_model_fits_no_worse(seed):
    y, x, w, codes = data(seed)
    diagonal = fitted(y, x, w, codes, "diagonal", reml=False)
    whole = fitted(y, x, w, codes, reml=False)
    test = likelihood_ratio(diagonal, whole)
    assert test.df == 1
    assert 0.0 <= test.pvalue <= 1.0
    assert diagonal.criterion - whole.criterion > -1e-6
    assert likelihood_ratio(whole, diagonal) is None


@few
@given(seeds)
def test_reml_of_the_same_fixed_part_gives_nearly_the_test_of_ml(seed):
    y, x, w, codes = data(seed, groups=40)
    pair = [fitted(y, x, w, codes, kind) for kind in ("diagonal", "unstructured")]
    by_reml = mlm.compare(*pair).tests["statistic"].iloc[0]
    ml = mlm.compare(*map(by_ml, pair)).tests["statistic"].iloc[0]
    assert by_reml == pytest.approx(ml, abs=1.0, rel=0.3)


@few
@given(seeds)
def test_influence_is_finite(seed):
    fit = fitted(*data(seed))
    found = fit.diagnostics.influence()
    assert np.isfinite(found.params.to_numpy()).all()
    assert (found.cook >= 0.0).all()
    assert (found.cook_variances >= -1e-9).all()
    assert (found.variances["sigma2"] > 0.0).all()


@few
@given(seeds)
def test_standardised_residuals_are_about_one(seed):
    fit = fitted(*data(seed, groups=40))
    level1 = fit.diagnostics.level1()["standardised"]
    assert 0.7 < np.sqrt(np.nanmean(level1**2)) < 1.3
    assert np.isfinite(fit.diagnostics.distances()).all()
