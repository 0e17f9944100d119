"""Three-level fits of yes/no outcomes and counts, as people ask for them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.errors import (
    DataError,
    MlmteachError,
    ModelError,
    OptionError,
    SingularFitWarning,
)
from mlmteach.fit.averaging import average_mean
from mlmteach.plot.caterpillar import group_outcomes
from mlmteach.plot.probability_curves import curves_along, curves_of_groups
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
    ratio = fit.quantities.median_ratio()["community"]
    assert ratio == pytest.approx(np.exp(np.sqrt(2.0 * upper) * 0.6744897501960817))
    with pytest.raises(ModelError, match="no odds"):
        fit_of("immunized_probit").quantities.median_ratio()


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
    with pytest.raises(OptionError, match="'average', 'population', 'childid' or 'schoolid'"):
        fit.predict(groups="class")
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
        (
            {"group": "a/b", "level2": {"x": "U"}}, small(), ModelError,
            "the slope of 'x' varies between groups of 'b'.* Take the U out .* group='b'",
        ),
        (
            {"group": "a/b", "level3": {"x": "V"}}, small(), ModelError,
            "the slope of 'x' varies between groups of 'a'.* Take the V out .* group='a'",
        ),
        ({"group": "a * b"}, small(b=np.arange(120) % 7), ModelError, "'a' and 'b' are crossed"),
        ({"group": "a * b"}, small(), ModelError, "each of 'b' lies within .* group='a/b'"),
        ({"group": "b * a"}, small(), ModelError, "each of 'b' lies within .* group='a/b'"),
    ],
    ids=["a slope", "a slope at level 3", "crossed", "nested in truth", "and the other way"],
)  # fmt: skip
def test_what_cannot_be_fitted_is_named(told, frame, error, match) -> None:
    with pytest.raises(error, match=match):
        mlm.Model("y ~ x", family="binomial", **told).fit(frame)


def test_points_are_for_one_grouping() -> None:
    with pytest.raises(OptionError, match="Laplace's approximation"):
        mlm.Model("y ~ x", group="a/b", family="binomial").fit(small(), points=7)


def test_no_figure_takes_it_for_a_normal_outcome() -> None:
    fit = fit_of("egsingle")
    for draw in (mlm.plot.fitted, mlm.plot.residual_qq, mlm.plot.residual_spread):
        with pytest.raises(ModelError, match=r"Use mlm\.plot\.binned_residuals\(fit"):
            draw(fit)
    assert "bins" in mlm.plot.binned_residuals(fit).alt


def test_curves_are_those_of_groups_of_either_level() -> None:
    fit = fit_of("egsingle")
    known = curves_of_groups(fit, "year", points=3)
    row = fit.frame.iloc[[40]]
    label = tuple(row[["schoolid", "childid"]].iloc[0])
    own = known[[one == label for one in known["childid"]]]
    resting = fit.places.typical(fit.places.factors).values
    new = pd.concat([row] * 3).assign(year=own["year"].to_numpy())
    new = new.assign(female=resting[2, "female"])
    assert_allclose(own["expected"], fit.predict(new))
    upper = curves_of_groups(fit, "year", points=3, grouping="schoolid")
    upper = upper[upper["schoolid"] == label[0]]
    assert_allclose(
        upper["expected"], fit.predict(new.assign(year=upper["year"].to_numpy()), groups="schoolid")
    )
    figure = mlm.plot.probability_curves(fit, "year", grouping="schoolid")
    assert len(figure.canvas.axes[0].lines) == fit.ngroups["schoolid"] + 3
    assert "averaged over children and schools" in figure.alt
    table, _ = curves_along(fit, "year", np.array([0.0, 1.0]))
    for _, one in table.iterrows():
        found = fit.quantities.expected(at={"year": one["year"]})
        assert_allclose(one[["typical", "average"]], [found.typical, found.average])


# --- expected outcomes ------------------------------------------------------------------------

R = """
m <- glmer(immun ~ old + rural + indigenous + (1 | community/mother), immunized, binomial)
p0 <- c(getME(m, "theta"), fixef(m))
V <- 2 * solve(numDeriv::hessian(update(m, devFunOnly = TRUE), p0))
at <- function(p, x, g = plogis) {  # x a row of model.matrix(m)
  s <- sqrt(sum(p[1:2]^2))
  integrate(function(z) g(sum(x * p[-(1:2)]) + s * z) * dnorm(z), -8.5, 8.5, rel.tol = 1e-11)$value
}
with_se <- function(f) {
  j <- numDeriv::jacobian(f, p0); c(f(p0), sqrt(j %*% V %*% t(j)))
}
# expected:    with_se(function(p) at(p, x0)), x0 at old 1, rural 0, indigenous 0.5
# old, rural:  the mean over rows of at(1) - at(0)
# indigenous:  the mean over rows of p["indigenous"] * at(p, x, dlogis)
"""
EXPECTED = (0.58823546089, 0.02986909103)
EFFECTS = {
    "old": (0.21082964636, 0.02226244639),
    "rural": (-0.13736379960, 0.03360761095),
    "indigenous": (-0.20573622293, 0.03879743039),
}


def test_expected_outcomes_are_those_of_r() -> None:
    value, se = EXPECTED
    found = fit_of("immunized").quantities.expected(at={"old": 1, "rural": 0, "indigenous": 0.5})
    assert_allclose(found.average, value, rtol=1e-4)
    lower, upper = logit(found.average_interval)
    assert_allclose((upper - lower) / 2.0, norm.ppf(0.975) * se / (value * (1 - value)), rtol=2e-3)


@pytest.mark.parametrize("name", EFFECTS)
def test_average_effects_are_those_of_r(name: str) -> None:
    value, se = EFFECTS[name]
    found = fit_of("immunized").quantities.average_effects().loc[name].iloc[0]
    assert_allclose(found["effect"], value, atol=1e-3 * se)
    assert_allclose(found["SE"], se, rtol=2e-3)


def test_expected_outcomes_are_the_means_of_simulated_ones() -> None:
    """In groups of both levels drawn anew; the ranges are quantiles of the same draws."""
    fit, rng = fit_of("immunized"), np.random.default_rng(4)
    at = {"old": 1, "rural": 0, "indigenous": 0.5}
    found = fit.quantities.expected(at=at)
    u, v = rng.normal(0.0, np.sqrt(np.diag(fit.covariance))[:, None], (2, 400_000))
    eta = float(fit.params[["Intercept", "old"]].sum() + 0.5 * fit.params["indigenous"])
    assert found.typical == pytest.approx(expit(eta))
    assert found.average == pytest.approx(expit(eta + u + v).mean(), abs=0.002)
    for ends, drawn in (
        (found.groups, u + v),
        (found.by_grouping["mother"], u),
        (found.by_grouping["community"], v),
    ):
        assert_allclose(ends, np.quantile(expit(eta + drawn), (0.025, 0.975)), atol=0.004)
    row = fit.frame.head(1).assign(**at)
    for groups, value in (("average", found.typical), ("population", found.average)):
        assert float(fit.predict(row, groups=groups).iloc[0]) == pytest.approx(value)
    assert "within a typical group of 'community'" in str(found)


def test_sums_of_gamma_have_their_places() -> None:
    fit = fit_of("ticks")
    found = fit.quantities.coefficient("high")
    assert (found.value, found.se) == pytest.approx((fit.params["high"], fit.bse["high"]))
    lower, upper = (fit.quantities.plausible_range("Intercept", grouping=g) for g in fit.cov_re)
    assert (lower.sd**2, upper.sd**2) == pytest.approx(tuple(np.diag(fit.covariance)))
    assert repr(fit.quantities).startswith("<Quantities of a fit: average_effects, ")
    assert repr(fit.diagnostics) == "<Diagnostics of a fit: binned, influence, overdispersion>"


# --- without a group --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grouping", "group", "gamma", "variances"),
    [
        (
            None, 7, [0.41785437, -1.08140002, 1.27167275, -0.85801242], [0.60805635, 0.19763597],
        ),
        (
            "BROOD", (24, 626), [0.52599529, -1.15742922, 1.10031789, -0.97819970],
            [0.56531161, 0.28337173],
        ),
    ],
    ids=["of a location", "of a brood"],
)  # fmt: skip
def test_influence_is_a_fit_to_the_other_rows(grouping, group, gamma, variances) -> None:
    """lme4: fixef and VarCorr of
    glmer(TICKS ~ high + YEAR + (1 | LOCATION/BROOD), subset(grouseticks, LOCATION != 7), poisson),
    and the same with BROOD != 626."""
    fit = fit_of("ticks")
    found = fit.diagnostics.influence(grouping, progress=False)
    own = fit.effects_of(grouping or "LOCATION")
    assert found.searched.all()
    assert list(found.params.index) == list(own.labels)
    (label,) = [one for one in own.labels if one == group]
    names = ["Intercept", "high", "YEAR[T.96]", "YEAR[T.97]"]
    assert_allclose(found.params.loc[[label], names].iloc[0], gamma, rtol=2e-3, atol=2e-4)
    assert_allclose(found.variances.loc[[label]].iloc[0], variances, rtol=5e-3)
    assert "np." not in repr(found)


def test_influence_is_drawn_by_its_grouping() -> None:
    fit = fit_of("ticks")
    assert "63 locations. The largest: LOCATION 7" in mlm.plot.influence(fit).alt
    with pytest.raises(OptionError, match="no grouping 'YEAR'"):
        fit.diagnostics.influence("YEAR", progress=False)


def test_outcomes_of_groups_are_drawn_in_typical_ones_of_the_other_grouping() -> None:
    fit = fit_of("ticks")
    typical = fit.quantities.expected().typical
    for name, other in (("LOCATION", "broods"), ("BROOD", "locations")):
        table, line, _ = group_outcomes(fit, grouping=name)
        assert line == pytest.approx(typical)
        own = fit.random_effects[name]["Intercept"].sort_values().to_numpy()
        assert_allclose(table["predicted"], typical * np.exp(own))
        figure = mlm.plot.caterpillar(fit, scale="response", grouping=name)
        assert f"where the {other} are typical" in figure.alt
