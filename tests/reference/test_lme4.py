"""Every number of the two-level reference cases, by both engines.

The values and their provenance (R call, versions, sources) are in tests/reference/lme4.json and its
README; each test names the R function behind the numbers it compares.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import SingularFitWarning
from tests.fit.handmade import cases, frame, reference_fit, two_level_ids

IDS = two_level_ids()
TWO_GROUPINGS = ("pastes_nested_reml", "penicillin_ml")
FOUR_FIGURES = [i for i in IDS if i.startswith(("seed_", "hsb_null_"))]

# A lower criterion than the reference is no failure.  Cases where ours is lower by more than 1e-5:
BETTER_THAN_LME4: set[str] = set()


def reference(key: str) -> dict:
    return cases()[key]["r"]


def fixed(key: str, name: str) -> np.ndarray:
    return np.array([row[name] for row in reference(key)["fixed"].values()])


def covariance(key: str, names: list[str]) -> np.ndarray:
    """T from lme4's VarCorr."""
    t = np.zeros((len(names), len(names)))
    for row in reference(key)["varcorr"]:
        if row["group"] != "Residual":
            i = names.index(row["var1"])
            k = i if row["var2"] is None else names.index(row["var2"])
            t[i, k] = t[k, i] = row["vcov"]
    return t


def criterion(key: str) -> float:
    r = reference(key)
    return r["reml_criterion"] if cases()[key]["REML"] else r["deviance"]


def test_every_two_level_case_is_tested():
    assert set(cases()) - set(IDS) == set(TWO_GROUPINGS)
    assert len(IDS) == 29
    assert len(FOUR_FIGURES) == 10


@pytest.mark.parametrize("key", IDS)
def test_criterion(key):
    """lme4: REMLcrit(fit), or deviance(fit), the better of its two searches."""
    found = reference_fit(key).criterion
    assert found <= criterion(key) + 1e-5
    assert (found < criterion(key) - 1e-5) == (key in BETTER_THAN_LME4)


@pytest.mark.parametrize("key", IDS)
def test_converged_and_singular(key):
    """lme4: isSingular(fit)."""
    fit = reference_fit(key)
    assert fit.converged
    assert fit.singular == reference(key)["singular"]
    assert bool(fit.messages) == fit.singular


@pytest.mark.parametrize("key", IDS)
def test_gamma_and_standard_errors(key):
    """lme4: fixef(fit), vcov(fit)."""
    fit = reference_fit(key)
    assert list(fit.params.index) == list(reference(key)["fixed"])
    assert_allclose(fit.params, fixed(key, "est"), rtol=1e-4)
    assert_allclose(fit.bse, fixed(key, "se"), rtol=1e-4)
    size = np.multiply.outer(fixed(key, "se"), fixed(key, "se"))
    assert_allclose(fit.cov_params() / size, reference(key)["vcov_fixed"] / size, atol=2e-4)


@pytest.mark.parametrize("key", IDS)
def test_variances(key):
    """lme4: VarCorr(fit), sigma(fit), getME(fit, "theta")."""
    fit = reference_fit(key)
    t = covariance(key, list(fit.cov_re.columns))
    largest = max(t.max(), reference(key)["sigma2"])
    assert_allclose(fit.cov_re, t, atol=1e-3 * largest)
    assert_allclose(fit.scale, reference(key)["sigma2"], rtol=1e-3)
    assert_allclose(fit.theta, list(reference(key)["theta"].values()), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("key", IDS)
def test_degrees_of_freedom(key):
    """lmerTest: summary(fit, ddf = "Satterthwaite")."""
    fit = reference_fit(key)
    assert_allclose(fit.df, fixed(key, "df_satt"), rtol=5e-3)
    assert_allclose(fit.tvalues, fixed(key, "t"), rtol=2e-4)
    p, expected = (np.clip(v, 1e-300, 1.0) for v in (fit.pvalues, fixed(key, "p_satt")))
    assert_allclose(np.log(p), np.log(expected), rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize("key", IDS)
def test_group_effects(key):
    """lme4: ranef(fit, condVar = TRUE), the first three groups."""
    fit = reference_fit(key)
    (groups,) = reference(key)["ranef"].values()
    largest = max(1e-8, np.sqrt(np.diag(fit.cov_re)).max())
    for label, row in groups.items():
        for name, value in row.items():
            mode, sd = fit.random_effects.loc[label, name], fit.random_effects_se.loc[label, name]
            assert mode == pytest.approx(value["condval"], rel=1e-3, abs=1e-4 * largest)
            assert sd == pytest.approx(value["condsd"], rel=1e-3, abs=1e-4 * largest)


@pytest.mark.parametrize("key", IDS)
def test_rows(key):
    """lme4: fitted(fit), predict(fit, re.form = NA), the first three rows."""
    fit = reference_fit(key)
    r = reference(key)
    assert_allclose(fit.fittedvalues[:3], r["fitted_first3"], rtol=1e-4)
    assert_allclose(fit.predict(groups="average")[:3], r["fixed_only_first3"], rtol=1e-4)
    assert_allclose(fit.fittedvalues + fit.resid, fit.design.y)


@pytest.mark.parametrize("key", IDS)
def test_explained_variance(key):
    """Nakagawa & Schielzeth 2013, Johnson 2014, in R; for the seed cases performance::r2, icc."""
    fit = reference_fit(key)
    values = reference(key).get("johnson") or reference(key)
    assert fit.icc == pytest.approx(values["icc_adjusted"], rel=1e-4)
    assert fit.r2.marginal == pytest.approx(values["r2_marginal"], rel=1e-4, abs=1e-12)
    assert fit.r2.conditional == pytest.approx(values["r2_conditional"], rel=1e-4)


@pytest.mark.parametrize("key", IDS)
def test_information_criteria(key):
    """lme4: logLik(fit), AIC(fit), BIC(fit), nobs(fit), ngrps(fit)."""
    fit, r = reference_fit(key), reference(key)
    assert fit.llf == pytest.approx(r["loglik"], abs=1e-5)
    assert fit.aic == pytest.approx(r["AIC"], abs=1e-4)
    assert fit.bic == pytest.approx(r["BIC"], abs=1e-4)
    assert (fit.nobs, fit.ngroups) == (r["n_obs"], *r["n_groups"].values())


@pytest.mark.parametrize("key", IDS)
def test_formula_and_frame(key):
    """The same criterion and the same coefficients from lme4's formula and a frame."""
    case = cases()[key]
    data = frame(case["dataset"]).copy()
    for name, levels in dict(case["factor_levels"]).items():
        data[name] = pd.Categorical(data[name].astype(str), categories=levels)
    model = mlm.Model.from_formula(case["formula"], data=data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        fit = model.fit(data, reml=case["REML"])
    assert fit.criterion == pytest.approx(criterion(key), abs=1e-5)
    assert_allclose(sorted(fit.params), sorted(fixed(key, "est")), rtol=1e-4)


@pytest.mark.parametrize("key", TWO_GROUPINGS)
def test_two_groupings_from_the_formula(key):
    """lme4: REMLcrit(fit) or deviance(fit), fixef(fit), vcov(fit), VarCorr(fit)."""
    case, r = cases()[key], reference(key)
    data = frame(case["dataset"])
    model = mlm.Model.from_formula(case["formula"], data=data)
    fit = model.fit(data, reml=case["REML"])
    assert fit.criterion == pytest.approx(criterion(key), abs=1e-5)
    assert_allclose(fit.params, fixed(key, "est"), rtol=1e-4)
    assert_allclose(fit.bse, fixed(key, "se"), rtol=1e-4)
    theirs = {row["group"].split(":")[0]: row["vcov"] for row in r["varcorr"]}
    assert fit.scale == pytest.approx(theirs.pop("Residual"), rel=1e-4)
    ours = {name: float(matrix.iloc[0, 0]) for name, matrix in fit.cov_re.items()}
    assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("key", FOUR_FIGURES)
def test_statsmodels_to_four_significant_figures(key):
    """lme4 again; statsmodels' MixedLM behind the same Fit."""
    fit = reference_fit(key, "statsmodels")
    assert fit.engine == "statsmodels"
    assert fit.converged
    assert fit.messages == ()
    assert fit.llf == pytest.approx(reference(key)["loglik"], rel=5e-5)
    assert_allclose(fit.params, fixed(key, "est"), rtol=5e-5)
    assert_allclose(fit.bse, fixed(key, "se"), rtol=5e-5)
    assert_allclose(fit.cov_re, covariance(key, list(fit.cov_re.columns)), rtol=5e-5)
    assert fit.scale == pytest.approx(reference(key)["sigma2"], rel=5e-5)
