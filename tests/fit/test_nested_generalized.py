"""Three-level fits of yes/no outcomes and counts, as people ask for them."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import (
    DataError,
    MlmteachError,
    ModelError,
    OptionError,
    SingularFitWarning,
)
from mlmteach.fit.averaging import average_mean
from tests.fit.test_nested_marginal import cases, data

FIXED = {
    "immunized": "old + rural + indigenous",
    "immunized_probit": "old + rural",
    "egsingle": "year + female",
    "ticks": "high + YEAR",
}
OUTCOMES = {
    "immunized": ("immun", "community/mother"),
    "immunized_probit": ("immun", "community/mother"),
    "egsingle": ("passed", "schoolid/childid"),
    "ticks": ("TICKS", "LOCATION/BROOD"),
}


@cache
def fit_of(key: str) -> mlm.NestedFit:
    case, (outcome, group) = cases()[key], OUTCOMES[key]
    upper, lower = group.split("/")
    formula = f"{outcome} ~ {FIXED[key]} + (1 | {upper}/{lower})"
    frame = data(case["data"])
    model = mlm.Model.from_formula(formula, data=frame, family=case["family"], link=case["link"])
    return model.fit(frame)


@pytest.mark.parametrize("key", FIXED)
def test_the_numbers_are_those_of_lme4(key: str) -> None:
    """lme4: fixef(fit), vcov(fit), VarCorr(fit), ranef(fit) of the call in nested_glmer.json."""
    fit, case = fit_of(key), cases()[key]
    assert isinstance(fit, mlm.NestedFit)
    assert fit.converged
    names = {"(Intercept)": "Intercept", "YEAR96": "YEAR[T.96]", "YEAR97": "YEAR[T.97]"}
    order = [names.get(name, name) for name in case["terms"]]
    assert set(order) == set(fit.params.index)
    assert_allclose(fit.params[order], case["gamma"], rtol=1e-3, atol=1e-4)
    assert_allclose(fit.bse[order], case["se"], rtol=2e-3)
    lower, upper = case["variances"].values()
    assert_allclose(np.diag(fit.covariance), [lower, upper], rtol=2e-3)
    assert list(fit.ngroups.values()) == list(case["groups"].values())
    for own, entry in zip(fit.random_effects.values(), case["effects"].values(), strict=True):
        assert_allclose((own.to_numpy() ** 2).sum(), entry["squares"], rtol=3e-3)
    assert fit.n_parameters == len(order) + 2


def test_labels_go_with_their_effects() -> None:
    """lme4: ranef(fit) of the first communities."""
    entry = cases()["immunized"]["effects"]["community"]
    own = fit_of("immunized").random_effects["community"]["Intercept"]
    own.index = own.index.astype(str)
    assert_allclose(own[entry["groups"]], entry["modes"], rtol=2e-3, atol=1e-3)
    sds = fit_of("immunized").random_effects_se["community"]["Intercept"]
    sds.index = sds.index.astype(str)
    assert_allclose(sds[entry["groups"]], entry["sds"], rtol=2e-3)


def test_shares_of_variance_on_the_scale_of_the_link() -> None:
    """Snijders & Bosker (2012), section 17.3.5: π²/3 within."""
    fit = fit_of("immunized")
    lower, upper = np.diag(fit.covariance)
    whole = lower + upper + np.pi**2 / 3.0
    assert fit.icc["community"] == pytest.approx(upper / whole)
    assert fit.icc["mother"] == pytest.approx((lower + upper) / whole)
    ratio = fit.quantities.median_ratios()["community"]
    assert ratio == pytest.approx(np.exp(np.sqrt(2.0 * upper) * 0.6744897501960817))
    with pytest.raises(ModelError, match="no odds"):
        fit_of("immunized_probit").quantities.median_ratios()


def test_predictions_in_known_typical_and_all_groups() -> None:
    fit = fit_of("egsingle")
    new = fit.frame.iloc[[0, 100]]
    assert_allclose(fit.predict(new), fit.fittedvalues.iloc[[0, 100]])
    assert_allclose(fit.predict(), fit.fittedvalues)
    average = fit.predict(new, groups="average", scale="link")
    assert_allclose(average, fit.fixed_part[[0, 100]])
    school = fit.effects_of("schoolid")
    in_school = fit.predict(new, groups="schoolid", scale="link")
    assert_allclose(in_school - average, school.per_row()[[0, 100]])
    whole = average_mean(fit.model.family, average, np.full(2, np.trace(fit.covariance)))
    assert_allclose(fit.predict(new, groups="population"), whole)
    with pytest.raises(OptionError, match="typical group"):
        fit.predict(groups="population", scale="link")
    with pytest.raises(DataError, match="was not in the data of this fit"):
        fit.predict(new.assign(schoolid=-1))


def test_exposure_is_an_offset_and_trials_multiply() -> None:
    ticks = data("grouseticks").assign(hours=lambda d: 1.0 + d["INDEX"] % 5)
    model = mlm.Model(
        "TICKS ~ 1", group="LOCATION/BROOD", level3={"intercept": "high + V"}, family="poisson",
        exposure="hours",
    )  # fmt: skip
    fit, case = model.fit(ticks), cases()["ticks_exposure"]
    assert_allclose(fit.params, case["gamma"], rtol=1e-3)
    new = ticks.iloc[:3]
    assert_allclose(fit.predict(new), fit.fittedvalues.iloc[:3])
    assert_allclose(fit.predict(new) / fit.predict(new.drop(columns="hours")), new["hours"])


def test_what_follows_from_a_fit() -> None:
    """Each in a few digits, so that all of them are one and the same fit."""
    fit = fit_of("ticks")
    assert fit.summary().facts[0].startswith("Three-level model of counts (Poisson)")
    assert "U₀ⱼₖ" in fit.equations().text
    again = fit.refit(fit.design.y)
    assert_allclose(again.params, fit.params, rtol=1e-3)
    intervals = fit.conf_int(which="all")
    assert (intervals["lower"] < intervals["upper"]).all()
    profile = fit.profile(scale="sd").conf_int(names=["sd(Intercept | LOCATION)"])
    sd = float(np.sqrt(fit.covariance[1, 1]))
    assert profile.iloc[0]["lower"] < sd < profile.iloc[0]["upper"]
    drawn = fit.simulate(200, seed=1)
    assert drawn.to_numpy().mean() == pytest.approx(fit.mean_count, rel=0.2)
    strapped = fit.bootstrap(4, seed=2, progress=False).conf_int(scale="sd")
    assert np.isfinite(strapped.loc["sd(Intercept | BROOD)"]).all()
    assert fit.diagnostics.binned()["n"].sum() == fit.nobs
    assert fit.diagnostics.overdispersion(n=20, progress=False).df == fit.nobs - fit.n_parameters
    for figure in (mlm.plot.variance_partition(fit), mlm.plot.rootogram(fit)):
        assert "nan" not in figure.alt


def test_what_is_refused_ends_in_a_model_that_there_is() -> None:
    """No slope can be random here, so that none is asked for."""
    fit = fit_of("egsingle")
    for ask in (
        lambda: mlm.plot.ellipse(fit),
        lambda: mlm.plot.variance_function(fit, "year"),
        fit.diagnostics.influence,
    ):
        with pytest.raises(MlmteachError) as caught:
            ask()
        assert caught.value.remedy.startswith("Fit the model with ")


def test_a_level_is_tested() -> None:
    """Snijders & Bosker (2012), section 6.2.1: the p-value is halved."""
    large, frame = fit_of("ticks"), data("grouseticks")
    model = mlm.Model.from_formula(
        "TICKS ~ high + YEAR + (1 | BROOD)", data=frame, family="poisson"
    )
    table = mlm.compare(model.fit(frame), large).tests
    statistic = model.fit(frame).criterion - large.criterion
    assert table.loc[0, "statistic"] == pytest.approx(statistic)
    assert table.loc[0, "pvalue"] == pytest.approx(table.loc[0, "pvalue_plain"] / 2.0)


def test_a_variance_of_zero_is_told_by_its_grouping() -> None:
    frame = data("grouseticks")
    model = mlm.Model(
        "TICKS ~ 1", group="LOCATION/BROOD", level3={"intercept": "HEIGHT + V"}, family="poisson"
    )
    with pytest.warns(SingularFitWarning, match="^LOCATION: The variance of the random intercept"):
        fit = model.fit(frame)
    assert fit.singular
    assert fit.cov_re["LOCATION"].iloc[0, 0] == pytest.approx(0.0, abs=1e-8)


def small(**changes: object) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": np.arange(120) // 12, "b": np.arange(120) // 4})
    frame = frame.assign(y=rng.integers(0, 2, 120), x=rng.normal(size=120))
    return frame.assign(**changes)


@pytest.mark.parametrize(
    ("told", "frame", "error", "match"),
    [
        ({"group": "a/b", "level2": {"x": "U"}}, small(), ModelError, "intercepts vary .* x"),
        ({"group": "a * b"}, small(b=np.arange(120) % 7), ModelError, "'a' and 'b' are crossed"),
    ],
    ids=["a slope", "crossed"],
)
def test_what_cannot_be_fitted_is_named(told, frame, error, match) -> None:
    with pytest.raises(error, match=match):
        mlm.Model("y ~ x", family="binomial", **told).fit(frame)


def test_points_are_for_one_grouping() -> None:
    with pytest.raises(OptionError, match="Laplace's approximation"):
        mlm.Model("y ~ x", group="a/b", family="binomial").fit(small(), points=7)


def test_no_figure_takes_it_for_a_normal_outcome() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        fit = mlm.Model("y ~ x", group="a/b", family="binomial").fit(small())
    with pytest.raises(ModelError, match="one grouping"):
        mlm.plot.probability_curves(fit, "x")
    with pytest.raises(ModelError, match="Leaving out each group"):
        mlm.plot.influence(fit)
    assert "bins" in mlm.plot.binned_residuals(fit).alt
