"""What a fit of each kind has, by one name."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.fit.fitted import Fitted
from tests.fit.generalized_models import fit_of


@pytest.fixture(scope="module", params=["normal", "binomial"])
def fit(request):
    if request.param == "binomial":
        return fit_of("cbpp")
    return mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"), reml=False)


def test_the_same_names(fit):
    assert isinstance(fit, Fitted)
    assert_allclose(fit.bse**2, np.diag(fit.cov_params()))
    assert_allclose(fit.tvalues, fit.params / fit.bse)
    assert_allclose(fit.llf, -fit.criterion / 2.0)
    assert_allclose(fit.aic, fit.criterion + 2.0 * fit.n_parameters)
    assert_allclose(fit.bic, fit.criterion + np.log(fit.nobs) * fit.n_parameters)
    assert list(fit.params.index) == list(fit.design.x_names)
    assert fit.random_effects.shape == (fit.ngroups, len(fit.cov_re))
    assert_allclose(fit.random_effects_se**2, np.einsum("jaa->ja", fit.random_effects_cov))
    assert fit.random_effects.index.name == fit.model.group
    assert (fit.dropped, fit.notes) == (0, fit.messages)
    assert_allclose(fit.fixed_part, fit.design.X @ fit.params)


def test_without_df_the_tests_are_z_tests():
    fit = fit_of("cbpp")
    assert_allclose(fit.pvalues, 2.0 * norm.sf(np.abs(fit.tvalues)), rtol=1e-10)
