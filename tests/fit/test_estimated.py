"""The names and shapes of a fit."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from tests.fit.handmade import reference_fit


def test_frozen(growth):
    with pytest.raises(dataclasses.FrozenInstanceError):
        growth.reml = False


def test_tables_are_named_by_term(growth):
    for series in (growth.params, growth.bse, growth.df, growth.tvalues, growth.pvalues):
        assert list(series.index) == ["Intercept", "Days"]
    assert list(growth.cov_re.index) == list(growth.cov_re.columns) == ["Intercept", "Days"]
    assert list(growth.cov_params().columns) == ["Intercept", "Days"]
    assert growth.random_effects.shape == growth.random_effects_se.shape == (18, 2)
    assert growth.random_effects.index.name == "Subject"
    assert list(growth.conf_int().columns) == ["lower", "upper"]


def test_df_of_a_contrast(growth):
    assert_allclose(growth.contrast_df(np.eye(2)), growth.df)
    assert_allclose(growth.contrast_df([[2.0, 0.0]]), growth.df.iloc[:1])


def test_theta_gives_the_covariance_matrix(growth):
    factor = np.array([[growth.theta[0], 0.0], [growth.theta[1], growth.theta[2]]])
    assert_allclose(growth.cov_re, growth.scale * factor @ factor.T)


def test_rows_keep_the_index_of_the_frame(frame):
    gaps = frame.copy()
    gaps.loc[5, "Reaction"] = np.nan
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(gaps)
    assert fit.dropped == 1
    assert 5 not in fit.resid.index
    assert 6 in fit.resid.index
    assert "1 rows with missing values left out" in fit.summary().text


def test_estimates_are_what_is_shown(growth):
    shown = growth.estimates
    assert_allclose(shown.params, growth.params)
    assert_allclose(shown.bse, growth.bse)
    assert_allclose(shown.cov_re, growth.cov_re)
    assert shown.scale == growth.scale


def test_repr_leads_on(growth):
    assert repr(growth) == (
        "<Fit by REML: 180 rows in 18 groups, criterion 1743.6283; see .summary()>"
    )


@pytest.mark.parametrize(("key", "kind"), [("sleep_ri_ml", "ML"), ("sleep_ri_reml", "REML")])
def test_a_fit_says_how_it_was_made(key, kind):
    fit = reference_fit(key)
    assert repr(fit) == (
        f"<Fit by {kind}: 180 rows in 18 groups, criterion {fit.criterion:.4f}; see .summary()>"
    )
