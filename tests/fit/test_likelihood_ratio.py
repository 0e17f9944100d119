"""Likelihood-ratio tests: what is nested in what, mixtures, and variance explained."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

import mlmteach as mlm
from mlmteach.errors import DataError, SingularFitWarning
from mlmteach.fit.likelihood_ratio import (
    by_ml,
    combination,
    likelihood_ratio,
    mean_is_nested,
    nested,
    prediction_error_reduction,
    require_same_rows,
    same_columns,
    variance_reduction,
)
from tests.fit.generalized_models import fit_of
from tests.fit.handmade import cases, reference_fit
from tests.fit.layered_models import frame_of, layered
from tests.reference.glmer import frame


def mixture(x, df):
    lower = chi2.sf(x, df - 1) if df > 1 else float(x <= 0)
    return 0.5 * lower + 0.5 * chi2.sf(x, df)


def deviance(key):
    """R: deviance(fit) of the ML fit, lme4 1.1-31."""
    return cases()[key]["r"]["deviance"]


@pytest.mark.parametrize(
    ("small", "large", "df", "reference"),
    [
        ("sleep_ri_ml", "sleep_uncorr_ml", 1, "0.5 χ²(0) + 0.5 χ²(1)"),
        ("sleep_ri_ml", "sleep_corr_ml", 2, "0.5 χ²(1) + 0.5 χ²(2)"),
        ("sleep_slope_only_ml", "sleep_corr_ml", 2, "0.5 χ²(1) + 0.5 χ²(2)"),
        ("sleep_uncorr_ml", "sleep_corr_ml", 1, "χ²(1)"),
    ],
)
def test_reference_distributions(small, large, df, reference):
    test = likelihood_ratio(reference_fit(small), reference_fit(large))
    assert (test.df, test.reference) == (df, reference)
    assert_allclose(test.statistic, deviance(small) - deviance(large), atol=1e-5)
    assert_allclose(test.pvalue_plain, chi2.sf(test.statistic, df), rtol=1e-6)
    expected = chi2.sf(test.statistic, 1) if "0.5" not in reference else mixture(test.statistic, df)
    assert_allclose(test.pvalue, expected, rtol=1e-6)
    assert ("half of the time" in test.note) == ("0.5" in reference)


def test_equal_models_are_not_tested():
    fit = reference_fit("sleep_ri_ml")
    assert likelihood_ratio(fit, fit) is None


def test_two_variances_at_once_are_tested_cautiously():
    rng = np.random.default_rng(3)
    frame = mlm.load("sleepstudy").assign(other=rng.standard_normal(180))
    one = mlm.Model("Reaction ~ Days + other", group="Subject").fit(frame, reml=False)
    three = mlm.Model(
        "Reaction ~ Days + other",
        group="Subject",
        level2={"Days": "1 + U", "other": "1 + U"},
        covariance="diagonal",
    )
    with pytest.warns(mlm.MlmteachWarning):
        large = three.fit(frame, reml=False)
    test = likelihood_ratio(one, large)
    assert test.reference == "χ²(2)"
    assert "too cautious" in test.note


def test_nesting_goes_by_what_models_allow_and_not_by_names():
    hsb = mlm.load("hsb")
    hsb["double"] = 2.0 * hsb["ses"] + 1.0
    hsb["cses"] = hsb["ses"] - hsb.groupby("school")["ses"].transform("mean")

    def fit(formula, **options):
        return mlm.Model(formula, group="school", **options).fit(hsb, reml=False)

    slope = fit("mathach ~ ses", level2={"ses": "1 + U"})
    double = fit("mathach ~ double", level2={"double": "1 + U"})
    centred = fit("mathach ~ cses", level2={"cses": "1 + U"})
    assert nested(slope, double)
    assert nested(double, slope)
    assert not nested(slope, centred)
    assert nested(fit("mathach ~ double"), slope)
    assert not nested(slope, fit("mathach ~ ses + female"))
    diagonal = {"level2": {"ses": "1 + U"}, "covariance": "diagonal"}
    assert nested(fit("mathach ~ ses", **diagonal), double)
    shifted = fit("mathach ~ double", level2={"double": "1 + U"}, covariance="diagonal")
    assert not nested(fit("mathach ~ ses", **diagonal), shifted)


def test_snijders_and_bosker_use_a_random_intercept_only():
    slope, intercept = reference_fit("seed_random_slope_ml"), reference_fit("seed_level1_ml")
    assert_allclose(
        prediction_error_reduction(slope), prediction_error_reduction(intercept), rtol=1e-6
    )


def test_without_a_constant_there_is_no_empty_model_to_improve_on():
    frame = mlm.load("sleepstudy")
    model = mlm.Model("Reaction ~ 0 + Days", group="Subject", level2={"Days": "1 + U"})
    with pytest.warns(mlm.MlmteachWarning):
        fit = model.fit(frame)
    assert np.isnan(prediction_error_reduction(fit)).all()


def test_combinations_of_columns():
    rng = np.random.default_rng(1)
    units = np.array([1.0, 1e6, 1e-6])
    wide = rng.normal(size=(20, 3)) * units
    weights = np.array([[1.0, 0.0], [2e-6, 1.0], [0.0, -3e6]])
    found = combination(wide @ weights, wide)
    assert found is not None
    contribution = units[:, None]  # of a weight to the result: what rounding is small against
    assert_allclose(found * contribution, weights * contribution, rtol=1e-6, atol=1e-9)
    assert combination(rng.normal(size=(20, 1)), wide) is None
    assert combination(wide, wide[:, :0]) is None
    assert combination(wide[:, :0], wide).shape == (3, 0)


def test_a_fit_by_ml_keeps_its_moments():
    reml = reference_fit("sleep_corr_reml")
    ml = by_ml(reml)
    assert_allclose(ml.criterion, deviance("sleep_corr_ml"), atol=1e-5)
    assert ml.moments is reml.moments
    assert not ml.reml
    assert by_ml(ml) is ml


def test_columns_are_the_same_by_their_values():
    ri, corr = reference_fit("sleep_ri_ml"), reference_fit("sleep_corr_ml")
    assert ri.design.X is not corr.design.X
    assert same_columns(ri, corr)
    assert not same_columns(reference_fit("hsb_null_ml"), reference_fit("seed_level1_ml"))
    assert mean_is_nested(reference_fit("hsb_null_ml"), reference_fit("seed_level1_ml"))
    assert not mean_is_nested(reference_fit("seed_level1_ml"), reference_fit("hsb_null_ml"))


def test_a_variance_of_zero_cannot_be_reduced():
    zero = reference_fit("dyestuff2_ml")
    found = variance_reduction(zero, [zero])
    assert np.isnan(found["var((Intercept))"])
    assert found["sigma2"] == 0.0


def test_other_rows_are_named():
    """The remedy names the columns of both, so that it can be copied."""
    sleep = mlm.load("sleepstudy")
    sleep["age"] = [None] * 30 + [1.0] * 75 + [2.0] * 75
    small = mlm.Model("Reaction ~ 1", group="Subject").fit(sleep)
    large = mlm.Model("Reaction ~ age", group="Subject").fit(sleep)
    with pytest.raises(DataError, match="A was fitted to 180 rows and B to 150") as raised:
        require_same_rows(small, large, ("A", "B"))
    assert "data.dropna(subset=['Reaction', 'Subject', 'age'])" in raised.value.remedy


def test_other_outcomes_are_named():
    """A difference in the seventh digit is another outcome, one in the tenth is rounding."""
    fit = reference_fit("sleep_ri_ml")
    y = fit.design.y
    near = fit.with_changes(design=replace(fit.design, y=y * (1 + 1e-10)))
    far = fit.with_changes(design=replace(fit.design, y=y * (1 + 1e-7)))
    require_same_rows(fit, near, ("A", "B"))
    with pytest.raises(DataError, match="outcome"):
        require_same_rows(fit, far, ("A", "B"))


def test_the_mixture_is_told_in_words():
    frame = mlm.load("sleepstudy")

    def fit(formula, **options):
        return mlm.Model(formula, group="Subject", **options).fit(frame, reml=False)

    slope = {"level2": {"Days": "1 + U"}}
    apart = fit("Reaction ~ Days", covariance="diagonal", **slope)
    alone = likelihood_ratio(fit("Reaction ~ Days"), apart)
    assert (alone.df, alone.reference) == (1, "0.5 χ²(0) + 0.5 χ²(1)")
    assert "sets a variance to 0." in alone.note
    assert "the statistic is 0, else it has 1 df" in alone.note
    both = likelihood_ratio(fit("Reaction ~ Days"), fit("Reaction ~ Days", **slope))
    assert (both.df, both.reference) == (2, "0.5 χ²(1) + 0.5 χ²(2)")
    assert "sets a variance and its covariances to 0." in both.note
    assert "the statistic has 1 df, else it has 2 df" in both.note
    fixed = likelihood_ratio(fit("Reaction ~ 1"), fit("Reaction ~ Days", **slope))
    assert (fixed.df, fixed.reference) == (3, "0.5 χ²(2) + 0.5 χ²(3)")
    assert "sets a variance and its covariances to 0." in fixed.note
    assert "sets a variance to 0." in likelihood_ratio(fit("Reaction ~ 1"), apart).note


# --- outcomes that are not normal ---------------------------------------------------------


@pytest.fixture(scope="module")
def counts():
    return frame("counts")


def count_model(family="poisson", exposure="time", **level2):
    """Counts with z in the intercept's equation, and more in that of the slope."""
    given = {"intercept": "z + U"} | level2
    return mlm.Model("y ~ x", group="group", level2=given, family=family, exposure=exposure)


def test_a_factor_is_tested_as_by_anova():
    """R: anova(glmer(cbind(incidence, size - incidence) ~ 1 + (1 | herd), cbpp, binomial), m) with
    glmerControl("bobyqa", optCtrl = list(rhoend = 1e-10, rhobeg = 1e-3), tolPwrss = 1e-13)."""
    model = mlm.Model("incidence ~ 1", group="herd", family="binomial", trials="size")
    small = model.fit(mlm.load("cbpp"))
    test = likelihood_ratio(small, fit_of("cbpp"))
    assert (test.df, test.reference, test.note) == (3, "χ²(3)", "")
    assert_allclose(test.statistic, 25.61006, atol=1e-4)
    assert_allclose(test.pvalue, 1.1509e-05, rtol=1e-3)
    assert by_ml(small) is small


def test_a_slope_of_counts_has_the_mixture(counts):
    small = count_model().fit(counts)
    test = likelihood_ratio(small, fit_of("counts_slope"))
    assert (test.df, test.reference) == (2, "0.5 χ²(1) + 0.5 χ²(2)")
    assert_allclose(test.pvalue, mixture(test.statistic, 2))
    assert "sets a variance and its covariances to 0" in test.note


def test_poisson_is_a_negative_binomial_at_the_edge(counts):
    poisson, negbin = fit_of("counts_slope"), count_model("negbin", x="U").fit(counts)
    test = likelihood_ratio(poisson, negbin)
    assert (test.df, test.reference) == (1, "0.5 χ²(0) + 0.5 χ²(1)")
    assert_allclose(test.statistic, poisson.criterion - negbin.criterion)
    assert_allclose(test.pvalue, 0.5 * chi2.sf(test.statistic, 1))
    assert "1/shape = 0" in test.note
    assert likelihood_ratio(negbin, poisson) is None
    both = likelihood_ratio(count_model().fit(counts), negbin)
    assert (both.df, both.reference) == (3, "χ²(3)")
    assert "sets 1/shape and a variance to 0" in both.note


def test_links_exposures_and_families_decide_too(counts):
    logit, probit = fit_of("cbpp"), fit_of("cbpp_probit")
    assert not nested(logit, probit)
    assert nested(logit, logit)
    with_time = count_model().fit(counts)
    assert not nested(count_model(exposure=None).fit(counts), with_time)
    rescaled = count_model(exposure="hours").fit(counts.assign(hours=60.0 * counts["time"]))
    assert nested(rescaled, with_time)
    assert_allclose(rescaled.criterion, with_time.criterion, atol=1e-6)
    negbin = count_model("negbin").fit(counts)
    assert nested(with_time, negbin)
    assert not nested(negbin, with_time)


def test_likelihoods_of_unlike_kinds_are_refused(counts):
    """A density against a probability, unlike approximations, and unlike limits."""
    herds = mlm.load("cbpp")
    with pytest.warns(SingularFitWarning):
        normal = mlm.Model("incidence ~ period", group="herd").fit(herds, reml=False)
    with pytest.raises(DataError, match="A has a normal outcome and B has not"):
        require_same_rows(normal, fit_of("cbpp"), ("A", "B"))
    with pytest.raises(DataError, match="B has a normal outcome and A has not"):
        require_same_rows(fit_of("cbpp"), normal, ("A", "B"))
    with pytest.raises(DataError, match="points=1 and B with points=9"):
        require_same_rows(fit_of("cbpp"), fit_of("cbpp_agq9"), ("A", "B"))
    poisson = mlm.Model("incidence ~ period", group="herd", family="poisson").fit(herds)
    with pytest.raises(DataError, match="outcome of B is a count without an upper limit"):
        require_same_rows(fit_of("cbpp"), poisson, ("A", "B"))
    larger = herds.assign(size=herds["size"] + 1)
    model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    with pytest.raises(DataError, match="different numbers of trials"):
        require_same_rows(fit_of("cbpp"), model.fit(larger), ("A", "B"))


# --- two groupings --------------------------------------------------------------------------------


def test_a_model_without_a_level_is_tested_by_the_mixture():
    """φ² = 0 lies at the edge: half of the time the estimate is 0."""
    large = layered("pastes")
    small = mlm.Model("strength ~ 1", group="cask").fit(
        frame_of("pastes").assign(cask=lambda d: d["batch"].astype(str) + d["cask"].astype(str))
    )
    found = likelihood_ratio(small, large)
    assert found is not None
    assert (found.df, found.reference) == (1, "0.5 χ²(0) + 0.5 χ²(1)")
    assert_allclose(found.statistic, small.criterion - large.criterion, atol=1e-8)
    assert_allclose(found.pvalue, mixture(found.statistic, 1))


def test_a_grouping_with_slopes_is_more_than_one_variance():
    large = by_ml(layered("egsingle"))
    told = {"level2": {"intercept": "female + U", "year": "U"}}
    small = mlm.Model("math ~ year", group="childid", **told).fit(frame_of("egsingle"), reml=False)
    require_same_rows(small, large, ("small", "large"))
    found = likelihood_ratio(small, large)
    assert found is not None
    assert found.df == 5  # two γ, two variances, a covariance
    assert "2 variances" in found.note
    assert not nested(large, small)


def test_crossed_against_one_of_the_groupings():
    large = layered("penicillin")
    for name in ("plate", "sample"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SingularFitWarning)
            small = mlm.Model("diameter ~ 1", group=name).fit(frame_of("penicillin"), reml=False)
        assert nested(small, large)
        assert not nested(large, small)
    one = mlm.Model("diameter ~ 1", group="sample * plate").fit(frame_of("penicillin"), reml=False)
    assert nested(one, large)
    assert nested(large, one)


def test_ids_that_are_used_again_make_other_groups():
    with pytest.warns(SingularFitWarning):
        small = mlm.Model("strength ~ 1", group="cask").fit(frame_of("pastes"))
    assert not nested(small, layered("pastes"))
    with pytest.raises(DataError, match="groups of 'cask' are others in B than in A"):
        require_same_rows(small, layered("pastes"), ("A", "B"))


def test_variances_of_other_groupings_are_no_reduction():
    large = layered("pastes")
    small = mlm.Model("strength ~ 1", group="batch").fit(frame_of("pastes"))
    assert (variance_reduction(large, [small, large]) == 0.0).all()
