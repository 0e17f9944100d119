"""Robust fits: what is robust in them, what is not, what is refused, and what is said."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import FewGroupsWarning, FitError, MlmteachWarning, OptionError
from mlmteach.fit.robust import robust, robustness

MODEL = mlm.Model(
    "mathach ~ ses + minority", group="school", level2={"intercept": "size + U", "ses": "size + U"}
)


@pytest.fixture(scope="module")
def fit() -> mlm.Fit:
    return MODEL.fit(mlm.load("hsb"))


@pytest.fixture(scope="module")
def other(fit: mlm.Fit) -> mlm.Fit:
    return fit.robust()


@pytest.fixture(scope="module")
def wrong() -> mlm.Fit:
    """A random slope is missing."""
    return mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))


def test_the_estimates_stay_and_their_precision_changes(fit, other):
    for name in ("params", "cov_re", "random_effects", "fittedvalues", "random_effects_se"):
        assert getattr(other, name).equals(getattr(fit, name))
    assert (other.scale, other.criterion, other.aic) == (fit.scale, fit.criterion, fit.aic)
    for name in ("bse", "df", "tvalues", "pvalues"):
        assert not np.allclose(getattr(other, name), getattr(fit, name), rtol=1e-3, atol=0)
    assert_allclose(np.sqrt(np.diag(other.cov_params())), other.bse)
    assert other.estimates.bse is not None
    assert other.estimates.bse.equals(other.bse)
    assert not fit.is_robust
    assert other.is_robust


def test_what_follows_from_the_covariances_is_robust_too(fit, other):
    slopes = [f.quantities.simple_slopes("ses", "size", [500.0]) for f in (fit, other)]
    row = np.array([0.0, 0.0, 1.0, 500.0, 0.0])
    assert_allclose(slopes[1]["SE"], np.sqrt(row @ other.cov_params() @ row))
    assert_allclose(slopes[1]["df"], other.contrast_df(row))
    assert slopes[0]["SE"].iloc[0] != slopes[1]["SE"].iloc[0]
    assert other.quantities.johnson_neyman("ses", "size").bounds != (
        fit.quantities.johnson_neyman("ses", "size").bounds
    )


def test_the_kind_is_said_in_repr_summary_sentences_and_report(other):
    assert repr(other).startswith("<Fit by REML, robust standard errors CR2: 7185 rows")
    summary = str(other.summary())
    assert "Standard errors, df, t and p are robust (CR2, by school)." in summary
    assert "Robust SE" in summary
    assert "robust 95 % interval" in other.interpret("ses").rows[0].full
    assert "robustes 95-%-Intervall" in other.interpret("ses", language="de").rows[0].full
    assert "are robust (CR2, clustered by schools)" in other.report().methods
    assert "after Bell and McCaffrey (2002)" in other.report().methods
    assert "robust (CR2, geclustert nach Schulen)" in other.report(language="de").methods


def test_a_model_based_fit_says_nothing_of_it(fit):
    texts = (repr(fit), str(fit.summary()), str(fit.interpret(detail="full")), str(fit.report()))
    assert not any("robust" in text.lower() for text in texts)


def test_pictures_say_it(fit, other):
    def said(figure):
        return f"{figure.caption} {figure.alt}"

    assert "robust 95 % intervals" in said(mlm.plot.coefficients(other))
    assert "95 % intervals (robust: Model 2)" in said(mlm.plot.coefficients(fit, other))
    assert "robust" not in said(mlm.plot.coefficients(fit))
    assert "pointwise robust 95 % band" in said(mlm.plot.johnson_neyman(other, "size:ses"))
    assert "pointwise robust 95 % bands" in said(mlm.plot.cross_level(other, "size:ses"))


def test_scripts_ask_for_it(other):
    assert 'coef_test(model, vcov = "CR2")' in str(other.code("lme4"))
    assert "library(clubSandwich)" in str(other.code("nlme"))
    assert "mle vce(robust)" in str(other.code("stata"))
    assert "dfmethod" not in str(other.code("stata"))
    assert "empirical;" in str(other.code("sas"))
    assert "satterthwaite" not in str(other.code("sas"))
    for program in ("spss", "statsmodels", "mixedmodels.jl"):
        assert str(other.code(program)) != str(other.model.code(program))
    with pytest.raises(OptionError, match="no robust standard errors 'CR9'"):
        MODEL.code("lme4", robust="CR9")


def test_a_script_is_by_the_method_of_the_fit(fit):
    assert str(fit.code("lme4")) == str(fit.model.code("lme4"))
    by_ml = MODEL.fit(mlm.load("hsb"), reml=False)
    assert "REML = FALSE" in str(by_ml.code("lme4"))


def test_another_kind_replaces_the_first(fit, other):
    again = other.robust("CR0")
    assert again.cov_type == "CR0"
    assert_allclose(again.bse, fit.robust("CR0").bse)
    assert_allclose(fit.robust("CR1").bse, again.bse * np.sqrt(160 / 159))


def test_it_goes_through_refits_pickles_and_ml(fit, other):
    y = fit.simulate(1, seed=1)["sim_1"]
    assert_allclose(other.refit(y).bse, fit.refit(y).robust().bse)
    assert_allclose(pickle.loads(pickle.dumps(other)).bse, other.bse)
    both = mlm.compare(other, mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb")))
    by_ml = MODEL.fit(mlm.load("hsb"), reml=False).robust()
    assert_allclose(both.fits[0].bse, by_ml.bse, rtol=1e-4)


def test_what_rests_on_the_model_is_refused(other):
    with pytest.raises(FitError, match="standard errors of the model.*robust .CR2"):
        other.kenward_roger  # noqa: B018 - it is computed when it is asked for
    for ask in (
        other.summary(df="kenward-roger").__str__,
        lambda: other.conf_int(df="kenward-roger"),
    ):
        with pytest.raises(FitError, match="before .robust"):
            ask()
    for method in ("profile", "bootstrap"):
        with pytest.raises(OptionError, match=f"method='{method}' rest on the model"):
            other.conf_int(method=method)
    with pytest.raises(OptionError, match="no robust standard errors 'HC3'. Choose one of: CR0"):
        other.robust("HC3")
    with pytest.raises(OptionError, match="Did you mean 'CR2'"):
        other.robust("cr2")


def test_intervals_of_variances_stay(fit, other):
    whole = other.conf_int(which="all")
    assert_allclose(whole.iloc[5:], fit.conf_int(which="random"))
    assert_allclose(whole.iloc[:5], other.conf_int())


def test_influence_is_measured_by_the_model():
    few = mlm.load("orthodont").query("Subject in ['M01', 'M02', 'F01', 'F02']")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        small = mlm.Model("distance ~ age", group="Subject").fit(few)
        assert_allclose(
            small.robust().diagnostics.influence(progress=False).cook,
            small.diagnostics.influence(progress=False).cook,
        )


# --- few groups ----------------------------------------------------------------------------


def test_the_plain_sandwich_wants_many_groups(wrong):
    with pytest.warns(FewGroupsWarning, match="18 groups, and CR0 .* need about 50.*CR2"):
        found = wrong.robust("CR0")
    assert found.messages == ()
    assert "Note: There are 18 groups" in str(found.summary())
    assert wrong.robust("CR2").notes == ()


def test_few_df_are_named():
    data = mlm.load("orthodont").query("Subject in ['M01', 'M02', 'M03', 'F01', 'F02']")
    fit = mlm.Model("distance ~ age", group="Subject", level2={"intercept": "Sex + U"}).fit(data)
    with pytest.warns(FewGroupsWarning, match=r"Fewer than 4 df .* of 'Intercept', 'Sex\[T.Fema"):
        robust(fit)


def test_a_coefficient_of_one_group_is_named():
    data = mlm.load("hsb")
    chosen = data["school"].unique()[:20]
    data = data[data["school"].isin(chosen)].assign(alone=data["school"] == chosen[2])
    fit = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "alone + U"}).fit(data)
    name = fit.params.index[1]
    with pytest.warns(FewGroupsWarning, match="What a single group has determines 'alone"):
        found = fit.robust()
    assert found.bse[name] < 0.5 * fit.bse[name]


def test_the_warning_stands_at_the_line_that_asked(wrong):
    with pytest.warns(FewGroupsWarning) as caught:
        wrong.robust("CR1")
    assert caught[0].filename == __file__


# --- robust standard errors beside those of the model ---------------------------------------


def test_a_missing_random_slope_is_seen(wrong):
    found = robustness(wrong)
    assert found.outside == ("Days",)
    assert_allclose(found.table["ratio"], wrong.robust().bse / wrong.bse)
    assert "something in the model is wrong" in str(found)
    right = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    found = right.fit(mlm.load("sleepstudy")).diagnostics.robustness()
    assert found.outside == ()
    assert "None differs by more than chance." in found.markdown


def test_it_takes_a_robust_fit_and_its_kind(wrong):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewGroupsWarning)
        found = robustness(wrong.robust("CR1"))
    assert_allclose(found.table["SE model"], wrong.bse)
    assert found.robust.cov_type == "CR1"
    assert "need about 50" in found.text  # said, and no warning a second time
    assert robustness(found.robust, "CR2").robust.cov_type == "CR2"


def test_ratios_lie_in_their_range_when_the_model_is_right():
    """Of 60 samples of 30 groups: at least 95 %, but for chance."""
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(30), rng.integers(3, 12, 30))
    frame = pd.DataFrame({"g": codes, "x": rng.normal(size=len(codes))})
    frame["w"] = rng.normal(size=30)[codes]
    frame["y"] = rng.normal(size=30)[codes] + rng.normal(size=len(codes))
    fit = mlm.Model("y ~ x", group="g", level2={"intercept": "w + U"}).fit(frame)
    outside = [len(robustness(fit.refit(y)).outside) for y in fit.simulate(60, seed=3).T.to_numpy()]
    assert sum(outside) <= 0.05 * 180 + 4


def test_a_comparison_has_both(wrong):
    both = mlm.compare(wrong, wrong.robust(), names=["model", "robust"])
    assert_allclose(both.table.loc["γ"]["robust", "SE"], wrong.robust().bse)
    assert both.tests.empty
    assert "not nested" not in both.text
    assert "Neither" not in both.text
    assert "Standard errors of robust are robust (CR2)." in both.text
    assert "something in the model is wrong" in both.text
    assert "are robust (CR2) in: robust." in str(both.publication())
    assert "sind robust (CR2) in: robust." in str(both.publication(language="de"))
