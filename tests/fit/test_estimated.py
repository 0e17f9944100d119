"""The names and shapes of a fit."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import DataError, FitError, OptionError
from tests.fit.handmade import design, fit_handmade
from tests.laws.test_fits import data


@pytest.fixture(scope="module")
def frame():
    return mlm.load("sleepstudy")


@pytest.fixture(scope="module")
def fit(frame):
    return mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(frame)


def test_frozen(fit):
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.reml = False


def test_tables_are_named_by_term(fit):
    for series in (fit.params, fit.bse, fit.df, fit.tvalues, fit.pvalues):
        assert list(series.index) == ["Intercept", "Days"]
    assert list(fit.cov_re.index) == list(fit.cov_re.columns) == ["Intercept", "Days"]
    assert list(fit.cov_params().columns) == ["Intercept", "Days"]
    assert fit.random_effects.shape == fit.random_effects_se.shape == (18, 2)
    assert fit.random_effects.index.name == "Subject"
    assert list(fit.conf_int().columns) == ["lower", "upper"]


def test_confidence_level(fit):
    """With 17 df, the 97.5 % quantile of t is 2.110 and the 95 % quantile 1.740."""
    half = (fit.conf_int()["upper"] - fit.params) / fit.bse
    assert_allclose(half, 2.1098, atol=1e-3)
    half = (fit.conf_int(0.90)["upper"] - fit.params) / fit.bse
    assert_allclose(half, 1.7396, atol=1e-3)
    with pytest.raises(OptionError):
        fit.conf_int(95)


def test_df_of_a_contrast(fit):
    assert_allclose(fit.contrast_df(np.eye(2)), fit.df)
    assert_allclose(fit.contrast_df([[2.0, 0.0]]), fit.df.iloc[:1])


def test_theta_gives_the_covariance_matrix(fit):
    factor = np.array([[fit.theta[0], 0.0], [fit.theta[1], fit.theta[2]]])
    assert_allclose(fit.cov_re, fit.scale * factor @ factor.T)


def test_predictions(fit, frame):
    known = fit.predict(frame)
    assert_allclose(known, fit.fittedvalues)
    assert_allclose(fit.predict(), fit.fittedvalues)
    average = fit.predict(frame.head(3), groups="average")
    expected = fit.params["Intercept"] + fit.params["Days"] * frame["Days"].head(3)
    assert_allclose(average, expected)
    assert list(average.index) == [0, 1, 2]


def test_predictions_for_unknown_groups(fit):
    new = pd.DataFrame({"Days": [0.0, 1.0], "Subject": [308, 999]})
    with pytest.raises(DataError, match=r"group 999.*groups='average'"):
        fit.predict(new)
    assert len(fit.predict(new, groups="average")) == 2
    with pytest.raises(OptionError, match="'known' or 'average'"):
        fit.predict(new, groups="all")


def test_predictions_need_a_model():
    y, x, _, codes = data(2)
    bare = fit_handmade(design(y, {"Intercept": 1.0}, {"Intercept": 1.0}, codes))
    assert len(bare.predict()) == len(y)
    with pytest.raises(FitError, match="bare arrays"):
        bare.predict(pd.DataFrame({"x": x}))


def test_rows_keep_the_index_of_the_frame(frame):
    gaps = frame.copy()
    gaps.loc[5, "Reaction"] = np.nan
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(gaps)
    assert fit.dropped == 1
    assert 5 not in fit.resid.index
    assert 6 in fit.resid.index
    assert "1 rows with missing values left out" in fit.summary().text


def test_estimates_are_what_is_shown(fit):
    shown = fit.estimates
    assert_allclose(shown.params, fit.params)
    assert_allclose(shown.bse, fit.bse)
    assert_allclose(shown.cov_re, fit.cov_re)
    assert shown.scale == fit.scale


def test_repr_leads_on(fit):
    assert repr(fit) == (
        "<Fit by REML: 180 rows in 18 groups, criterion 1743.6283; see .summary()>"
    )


@pytest.mark.parametrize("level", [0, 1, 95, "0.95", None, True])
def test_levels_that_are_none(fit, level):
    with pytest.raises(OptionError, match="between 0 and 1"):
        fit.conf_int(level)


def test_predictions_from_columns_that_cannot_be_used(fit, frame):
    with pytest.raises(DataError, match="no column 'Subject'"):
        fit.predict(frame.drop(columns="Subject"))
    with pytest.raises(DataError, match="infinite"):
        fit.predict(frame.assign(Days=np.inf))


def test_reml_is_true_or_false(frame):
    with pytest.raises(OptionError, match="reml='ML'"):
        mlm.Model("Reaction ~ Days", group="Subject").fit(frame, reml="ML")
