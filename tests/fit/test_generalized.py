"""Fits of yes/no outcomes and counts, against glmer's (its calls stand in tests/reference)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import ConvergenceWarning, DataError, FitError, ModelError, OptionError
from mlmteach.fit.generalized import Generalized
from tests.fit.generalized_models import fit_of, term_in_r
from tests.reference.glmer import cases, frame


@pytest.mark.parametrize("key", list(cases()))
def test_it_is_glmer(key):
    case, fit = cases()[key], fit_of(key)
    names = [term_in_r(name) for name in fit.params.index]
    order = [names.index(term_in_r(name)) for name in case["terms"]]
    bse = fit.bse.to_numpy()[order]
    se = np.array(case["se_theta_fixed"] if case["singular"] else case["se"])
    assert_allclose(fit.llf, case["logLik"], atol=1e-4)
    assert_allclose((fit.params.to_numpy()[order] - case["gamma"]) / se, 0.0, atol=1e-3)
    if case["singular"] and np.any(case["T"]):  # R holds all of θ, we what is at its boundary
        assert (bse > 0.999 * se).all()
    elif "shape" in case:  # glmer.nb takes the shape as known
        assert_allclose(bse, se, rtol=5e-3)
        assert (bse > 0.999 * se).all()
    else:
        assert_allclose(bse, se, rtol=1e-3)
    assert_allclose(fit.cov_re, case["T"], atol=1e-3)
    groups = [str(label) for label in fit.random_effects.index]
    rows = [groups.index(str(label)) for label in case["groups"]]
    shape = (len(rows), len(fit.cov_re))
    assert_allclose(
        fit.random_effects.to_numpy()[rows], np.reshape(case["modes"], shape), atol=1e-3
    )
    sds = np.reshape(case["sds"], shape)
    assert_allclose(fit.random_effects_se.to_numpy()[rows], sds, atol=1e-3)
    assert fit.converged
    smallest = float(np.linalg.eigvalsh(case["T"])[0])  # glmer ends at 1e-9 in one of the cases
    assert fit.singular == (case["singular"] or smallest < 1e-7)
    if "shape" in case:
        assert_allclose(fit.shape, case["shape"], rtol=1e-3)


@pytest.fixture(scope="module")
def herds():
    return fit_of("cbpp")


def test_rows_of_one_trial_have_the_same_gamma(herds):
    long = fit_of("cbpp_long")
    assert_allclose(long.params, herds.params, atol=1e-6)
    assert_allclose(long.bse, herds.bse, rtol=1e-4)
    assert_allclose(long.cov_re, herds.cov_re, atol=1e-6)
    assert long.llf < herds.llf  # of another outcome: the order of the cases is one of many


def test_residuals_and_fitted_values(herds):
    data = frame("cbpp")
    assert_allclose(herds.resid + herds.fittedvalues, data["incidence"])
    share = herds.fittedvalues / data["size"]
    assert share.between(0.0, 1.0).all()
    assert_allclose(np.log(share / (1.0 - share)), herds.linear_predictor)
    spread = np.sqrt(data["size"] * share * (1.0 - share))
    assert_allclose(herds.resid_pearson, herds.resid / spread)


def test_what_there_is_not(herds):
    assert np.isinf(herds.df).all()
    assert np.isnan(herds.estimates.scale)
    assert not herds.reml
    assert isinstance(herds, Generalized)
    assert "binomial, logit" in repr(herds)


def groups_of(outcome, seed=3, size=8):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(outcome)), size)
    x = rng.normal(size=len(codes))
    y = (rng.random(len(codes)) < np.asarray(outcome)[codes]).astype(int)
    return pd.DataFrame({"y": y, "x": x, "g": codes})


def logit(formula="y ~ x", **options):
    return mlm.Model(formula, group="g", family="binomial", **options)


def test_groups_that_are_all_yes_or_all_no():
    data = groups_of([0.0, 1.0] * 6)
    fit = logit().fit(data)
    assert fit.converged
    assert np.isfinite(fit.bse).all()
    assert fit.cov_re.iloc[0, 0] > 4.0  # the groups say nearly all
    assert (np.sign(fit.random_effects["Intercept"]) == np.tile([-1, 1], 6)).all()


def test_separation_names_the_predictor():
    data = groups_of([0.3, 0.5, 0.7] * 4).assign(clear=lambda d: d["y"] + 0.1 * d["x"].abs() / 9)
    with pytest.raises(FitError, match=r"\(clear\).*separation"):
        logit("y ~ x + clear").fit(data)


def test_a_category_without_an_event_is_separation():
    data = groups_of([0.3, 0.5, 0.7] * 4)
    data["kind"] = np.where((data.index % 8 == 0) & (data["y"] == 0), "rare", "usual")
    data.loc[data["kind"] == "rare", "y"] = 0
    with pytest.raises(FitError, match="kind"):
        logit("y ~ x + kind").fit(data)
    counts = data.assign(y=data["y"] * 3)
    with pytest.raises(FitError, match="a count of 0"):
        mlm.Model("y ~ x + kind", group="g", family="poisson").fit(counts)


def test_separation_within_groups_only_is_no_separation():
    fit = logit().fit(groups_of([0.1, 0.9] * 8, seed=5))
    assert fit.converged


def test_huge_exposures_move_the_intercept_alone():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"g": np.repeat(np.arange(15), 6), "x": rng.normal(size=90)})
    data["time"] = rng.uniform(1.0, 3.0, 90)
    data["y"] = rng.poisson(data["time"] * np.exp(0.2 + 0.3 * data["x"]))
    model = mlm.Model("y ~ x", group="g", family="poisson", exposure="time")
    small, large = model.fit(data), model.fit(data.assign(time=data["time"] * 1e12))
    assert_allclose(small.params["Intercept"] - large.params["Intercept"], np.log(1e12), rtol=1e-6)
    assert_allclose(small.params["x"], large.params["x"], rtol=1e-5)
    assert_allclose(small.criterion, large.criterion, rtol=1e-8)


def test_event_turns_the_signs():
    data = groups_of([0.3, 0.5, 0.7] * 4)
    data["said"] = np.where(data["y"] == 1, "yes", "no")
    yes = mlm.Model("said ~ x", group="g", family="binomial", event="yes").fit(data)
    no = mlm.Model("said ~ x", group="g", family="binomial", event="no").fit(data)
    assert_allclose(yes.params, logit().fit(data).params)
    assert_allclose(yes.params, -no.params, atol=1e-6)
    assert yes.model.family.categories == ("no", "yes")


@pytest.mark.filterwarnings("ignore::mlmteach.errors.SingularFitWarning")
@pytest.mark.filterwarnings("ignore::mlmteach.errors.ScaleWarning")
def test_units_and_order_of_rows_do_not_matter():
    data = groups_of([0.3, 0.5, 0.7] * 5, seed=8)
    model = logit(level2={"x": "U"})
    fit = model.fit(data)
    other = model.fit(data.assign(x=1000.0 * data["x"] + 5.0).sample(frac=1.0, random_state=1))
    assert_allclose(other.params["x"] * 1000.0, fit.params["x"], rtol=1e-4)
    assert_allclose(other.criterion, fit.criterion, atol=1e-6)


@pytest.mark.filterwarnings("ignore::mlmteach.errors.SingularFitWarning")
def test_a_count_that_varies_no_more_than_poisson():
    rng = np.random.default_rng(9)
    data = pd.DataFrame({"g": np.repeat(np.arange(20), 10), "x": rng.normal(size=200)})
    data["y"] = rng.binomial(4, 0.5, 200)  # under-dispersed
    with pytest.warns(ConvergenceWarning, match="family='poisson'"):
        fit = mlm.Model("y ~ x", group="g", family="negbin").fit(data)
    poisson = mlm.Model("y ~ x", group="g", family="poisson").fit(data)
    assert_allclose(fit.criterion, poisson.criterion, atol=1e-2)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"reml": True}, "no REML"),
        ({"engine": "statsmodels"}, "normal outcomes only"),
        ({"points": 0}, "quadrature points"),
    ],
)
def test_options_that_do_not_go_with_it(options, error):
    with pytest.raises(OptionError, match=error):
        logit().fit(groups_of([0.3, 0.6] * 4), **options)
    if "points" in options:
        with pytest.raises(OptionError, match="exact"):
            mlm.Model("y ~ x", group="g").fit(groups_of([0.3, 0.6] * 4), points=7)


def test_chunks_are_refused():
    data = groups_of([0.3, 0.6] * 4)
    with pytest.raises(DataError, match="rows in memory"):
        logit().fit([data, data])


def test_no_variance_of_rows():
    with pytest.raises(ModelError, match="σ²"):
        logit(sigma2=mlm.by("x"))


def test_each_row_of_counts_or_successes_may_be_a_group():
    """Then the U's are over-dispersion.  R: glmer(TICKS ~ YEAR + HEIGHT + (1 | INDEX), poisson)
    with HEIGHT centred, and glmer(cbind(incidence, size - incidence) ~ period + (1 | obs),
    cbpp, binomial)."""
    ticks = frame("grouseticks")
    model = mlm.Model(
        "TICKS ~ 1", group="INDEX", level2={"intercept": "YEAR + cHEIGHT + U"}, family="poisson"
    )
    assert_allclose(model.fit(ticks).llf, -957.3997, atol=1e-3)
    data = frame("cbpp").assign(obs=range(56), one=1)
    options = {"group": "obs", "level2": {"intercept": "period + U"}, "family": "binomial"}
    fit = mlm.Model("incidence ~ 1", trials="size", **options).fit(data)
    assert_allclose(fit.llf, -87.3283, atol=1e-3)
    assert_allclose(fit.cov_re, 0.9153**2, rtol=1e-3)
    with pytest.raises(DataError, match="Each row is a group of its own"):
        mlm.Model("one ~ 1", **options).fit(data.assign(one=data["incidence"] > 0))
