"""Robust covariance matrices: clubSandwich's numbers, dense matrices of the rows, and laws."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import FewGroupsWarning, FitError, MlmteachWarning
from mlmteach.fit.sandwich import sandwich
from tests.fit.handmade import design, fit_handmade, small_design

KINDS = ("CR0", "CR1", "CR1S", "CR2")
REFERENCE = Path(__file__).parents[1] / "reference" / "club_sandwich.json"


# --- against clubSandwich ------------------------------------------------------------------


@cache
def data(name: str) -> pd.DataFrame:
    """The frames of tests/reference/club_sandwich.R."""
    hsb = mlm.load("hsb")
    hsb = hsb.assign(school=hsb["school"].astype(int), size_k=hsb["size"] / 1000)
    schools, place = np.sort(hsb["school"].unique()), hsb.groupby("school").cumcount() + 1
    if name == "few":
        chosen = hsb["school"].isin(schools[:12]) & (place <= hsb["school"] % 9 + 1)
        return hsb[chosen].assign(lone=(hsb["school"] == schools[2]).astype(float))
    if name == "unequal":
        return hsb[hsb["school"].isin(schools[::8]) & (place <= hsb["school"] % 40 + 2)]
    return hsb if name == "hsb" else mlm.load(name)


RB = "mathach ~ size_k*ses + sector + minority + female + (1 + ses | school)"
CASES = {
    "null": ("hsb", "mathach ~ 1 + (1 | school)", True),
    "level1": ("hsb", "mathach ~ ses + minority + female + (1 | school)", True),
    "level1_nlme_ml": ("hsb", "mathach ~ ses + minority + female + (1 | school)", False),
    "slope": ("hsb", "mathach ~ ses + minority + female + (1 + ses | school)", True),
    "cross_level": ("hsb", RB, True),
    "cross_level_ml": ("hsb", RB, False),
    "singular": ("dyestuff2", "Yield ~ 1 + (1 | Batch)", True),
    "six_groups": ("dyestuff", "Yield ~ 1 + (1 | Batch)", True),
    "categories_nlme_ml": (
        "exam",
        "normexam ~ standLRT + sex + schgend + (1 + standLRT | school)",
        False,
    ),
    "categories": ("exam", "normexam ~ standLRT*schgend + sex + (1 + standLRT | school)", True),
    "level2_only_unbalanced": ("unequal", "mathach ~ sector + size_k + (1 | school)", True),
    "diagonal": ("sleepstudy", "Reaction ~ Days + (Days || Subject)", True),
    "diagonal_nlme": ("sleepstudy", "Reaction ~ Days + (Days || Subject)", True),
    "slope_without_intercept": ("sleepstudy", "Reaction ~ Days + (0 + Days | Subject)", False),
    "growth_nlme": ("orthodont", "distance ~ Sex*age + (1 + age | Subject)", True),
    "tiny_groups": ("few", "mathach ~ ses + minority + sector + (1 | school)", True),
    "one_group_alone": ("few", "mathach ~ ses + lone + (1 | school)", True),
}


@cache
def reference() -> dict[str, dict]:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))["fits"]


def in_r(term: str) -> frozenset[str]:
    """The name that R gives to a term: "schgend[T.mixed]" is "schgendmixed"."""
    name = re.sub(r"\[T\.(.*?)\]", r"\1", term).replace("Intercept", "(Intercept)")
    return frozenset(name.split(":"))


@cache
def fitted(key: str, engine: str = "profiled") -> mlm.Fit:
    name, formula, reml = CASES[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        return mlm.Model.from_formula(formula, data=data(name)).fit(
            data(name), reml=reml, engine=engine
        )


def expected(key: str, fit: mlm.Fit) -> tuple[dict, list[int]]:
    """The numbers of R, and where our terms stand among them."""
    found = reference()[key]
    terms = [frozenset(name.split(":")) for name in np.atleast_1d(found["terms"]).tolist()]
    return found, [terms.index(in_r(term)) for term in fit.params.index]


def robustly(fit: mlm.Fit, kind: str) -> mlm.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewGroupsWarning)
        return fit.robust(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", CASES)
def test_against_club_sandwich(key, kind):
    """clubSandwich 0.5.8: coef_test(fit, vcov = kind, test = "Satterthwaite"), and conf_int."""
    fit = robustly(fitted(key), kind)
    found, order = expected(key, fit)
    numbers = {k: np.atleast_1d(v)[order] for k, v in found["robust"][kind].items()}
    near = 1e-4 * numbers["se"].min()  # where R's search ends
    assert_allclose(fit.params, np.atleast_1d(found["beta"])[order], rtol=1e-5, atol=near)
    assert_allclose(fit.bse, numbers["se"], rtol=2e-5)
    assert_allclose(fit.df, numbers["df"], rtol=5e-5)
    assert_allclose(fit.pvalues, numbers["p"], rtol=1e-3, atol=1e-12)
    interval = fit.conf_int()
    assert_allclose(interval["lower"], numbers["lower"], rtol=1e-4, atol=near)
    assert_allclose(interval["upper"], numbers["upper"], rtol=1e-4, atol=near)


@pytest.mark.parametrize("key", CASES)
def test_the_covariance_matrix_is_club_sandwichs(key):
    """clubSandwich 0.5.8: vcovCR(fit, type = "CR2")."""
    fit = robustly(fitted(key), "CR2")
    found, order = expected(key, fit)
    vcov = np.atleast_2d(found["vcov"])[np.ix_(order, order)]
    unit = np.sqrt(np.diag(vcov))
    assert_allclose(fit.cov_params() / np.outer(unit, unit), vcov / np.outer(unit, unit), atol=5e-5)


@pytest.mark.parametrize("key", [key for key, case in reference().items() if "test" in case])
def test_joint_tests_are_club_sandwichs(key):
    """clubSandwich 0.5.8: Wald_test(fit, constrain_zero(terms), vcov = "CR2", test = "HTZ")."""
    fit = robustly(fitted(key), "CR2")
    found, order = expected(key, fit)
    asked = [k - 1 for k in found["test"]["terms"]]
    test = fit.test([fit.params.index[order.index(k)] for k in asked])
    assert_allclose(test.statistic, found["test"]["F"], rtol=1e-4)
    assert test.df == found["test"]["df"]
    assert_allclose(test.df_residual, found["test"]["df_residual"], rtol=1e-4)
    assert_allclose(test.pvalue, found["test"]["p"], rtol=1e-3)


def test_both_engines_have_the_same():
    ours, theirs = (robustly(fitted("level1", e), "CR2") for e in ("profiled", "statsmodels"))
    assert_allclose(ours.bse, theirs.bse, rtol=1e-4)
    assert_allclose(ours.df, theirs.df, rtol=1e-3)


# --- against matrices with as many rows and columns as a group has rows ---------------------


def power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """A power of a symmetric matrix, the generalised one where it is singular."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-10 * values.max()
    return (vectors[:, kept] * values[kept] ** exponent) @ vectors[:, kept].T


def dense(fit: mlm.Fit, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The covariance matrix and df of γ, with V_j and A_j written out as in the sources."""
    x, z, codes = fit.design.X, fit.design.Z, fit.design.codes
    relative = fit.relative_factor @ fit.relative_factor.T
    e = fit.design.y - x @ fit.params.to_numpy()
    groups = [np.flatnonzero(codes == j) for j in range(fit.ngroups)]
    v = [np.eye(len(rows)) + z[rows] @ relative @ z[rows].T for rows in groups]
    w = [np.linalg.inv(own) for own in v]
    bread = np.linalg.inv(
        sum(x[r].T @ own @ x[r] for r, own in zip(groups, w, strict=True))  # type: ignore[misc]
    )
    weights = []  # of the residuals of each group
    for rows, own, inverse in zip(groups, v, w, strict=True):
        left = bread @ x[rows].T @ inverse
        if kind == "CR2":
            root = power(own, 0.5)
            inner = root @ (own - x[rows] @ bread @ x[rows].T) @ root
            left = left @ root @ power(inner, -0.5) @ root
        weights.append(left)
    scores = [left @ e[rows] for left, rows in zip(weights, groups, strict=True)]
    j, n, p = fit.ngroups, fit.nobs, x.shape[1]
    factor = {"CR1": j / (j - 1), "CR1S": j * (n - 1) / ((j - 1) * (n - p))}.get(kind, 1.0)
    # with B_k = sum_j g_j g_j', where g_j weights y: tr(BV)^2 / tr(BVBV)
    whole = np.zeros((n, n))
    hat = x @ bread
    for rows, own in zip(groups, v, strict=True):
        whole[np.ix_(rows, rows)] = own
    gls = hat @ np.hstack([x[r].T @ i for r, i in zip(groups, w, strict=True)])
    gls = gls[:, np.argsort(np.concatenate(groups))]
    df = []
    for k in range(p):
        g = np.zeros((j, n))
        for at, (left, rows) in enumerate(zip(weights, groups, strict=True)):
            g[at] = left[k] @ (np.eye(n) - gls)[rows]
        form = g @ whole @ g.T
        df.append(np.trace(form) ** 2 / np.sum(form**2))
    return factor * sum(np.outer(s, s) for s in scores), np.array(df)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_against_dense_matrices(seed, kind):
    q = 1 + seed % 3
    covariance = "diagonal" if seed % 4 == 3 else "unstructured"
    made = small_design(q, covariance, seed, groups=9 + seed % 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        fit = fit_handmade(made, reml=bool(seed % 2))
    vcov, df = dense(fit, kind)
    found = sandwich(fit.design, fit.moments, fit.optimum.solution, kind)
    unit = np.sqrt(np.diag(vcov))
    assert_allclose(found.vcov / np.outer(unit, unit), vcov / np.outer(unit, unit), atol=1e-6)
    assert_allclose(found.df(np.eye(len(df))), df, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_that_alone_tells_a_coefficient(kind):
    """Its residuals are zero in that direction, and A_j is a generalised inverse."""
    fit = fitted("one_group_alone")
    vcov, df = dense(fit, kind)
    found = sandwich(fit.design, fit.moments, fit.optimum.solution, kind)
    assert_allclose(found.vcov, vcov, rtol=1e-6, atol=1e-9)
    assert_allclose(found.df(np.eye(3)), df, rtol=1e-6)
    assert_allclose(found.untold.round(2), [0.0, 0.98, 0.0], atol=0.01)


def test_cr2_is_exact_when_the_model_is_right():
    """Balanced one-way layout: the mean of means, its variance that of the means, and J - 1 df."""
    means = mlm.load("dyestuff").groupby("Batch")["Yield"].mean()
    fit = robustly(fitted("six_groups"), "CR2")
    assert_allclose(fit.bse, [means.std(ddof=1) / np.sqrt(6)], rtol=1e-6)
    assert_allclose(fit.df, [5.0])


# --- laws ----------------------------------------------------------------------------------


def balanced(seed: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(14), rng.integers(2, 9, 14))
    x, w = rng.normal(size=len(codes)), rng.normal(size=14)[codes]
    y = 1 + x + w + rng.normal(size=14)[codes] + rng.normal(size=len(codes)) * (1 + np.abs(x))
    return y, x, w, codes


def made(y, x, w, codes) -> mlm.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        columns = {"one": 1.0, "x": x, "w": w}
        return fit_handmade(design(y, columns, {"one": 1.0, "x": x}, codes))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("a", "b"), [(1e3, 1.0), (1.0, 1e-4), (1e-6, 1e5)])
def test_units_only_change_units(kind, a, b):
    y, x, w, codes = balanced()
    one, other = (robustly(f, kind) for f in (made(y, x, w, codes), made(a * y, b * x, w, codes)))
    assert_allclose(other.bse / one.bse, [a, a / b, a], rtol=1e-5)
    assert_allclose(other.df, one.df, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_names_of_rows_and_groups_do_not_matter(kind):
    y, x, w, codes = balanced()
    order = np.random.default_rng(1).permutation(len(y))
    one = robustly(made(y, x, w, codes), kind)
    other = robustly(made(y[order], x[order], w[order], (codes[order] * 5) % 14), kind)
    assert_allclose(other.bse, one.bse, rtol=1e-6)
    assert_allclose(other.df, one.df, rtol=1e-6)


def test_an_origin_of_a_predictor_moves_the_intercept_alone():
    y, x, w, codes = balanced()
    one, other = (robustly(made(y, v, w, codes), "CR2") for v in (x, x + 100.0))
    assert_allclose(other.bse.iloc[1:], one.bse.iloc[1:], rtol=1e-5)
    shift = np.array([1.0, -100.0, 0.0])  # the old intercept is there
    assert_allclose(shift @ one.cov_params() @ shift, other.bse.iloc[0] ** 2, rtol=1e-4)
    assert_allclose(one.contrast_df(shift), other.df.iloc[0], rtol=1e-4)


def test_chunks_add_up(monkeypatch):
    fit = fitted("slope")
    whole = sandwich(fit.design, fit.moments, fit.optimum.solution, "CR2")
    monkeypatch.setattr("mlmteach.fit.sandwich.CHUNK", 1000)
    monkeypatch.setattr("mlmteach.fit.sandwich.GROUPS", 7)
    parts = sandwich(fit.design, fit.moments, fit.optimum.solution, "CR2")
    assert_allclose(parts.vcov, whole.vcov, rtol=1e-9)


def test_one_combination_is_the_square_of_t():
    fit = robustly(fitted("categories"), "CR2")
    for k, name in enumerate(fit.params.index):
        test = fit.test(name)
        assert_allclose(test.statistic, fit.tvalues.iloc[k] ** 2)
        assert_allclose(test.df_residual, fit.df.iloc[k])
        assert_allclose(test.pvalue, fit.pvalues.iloc[k], rtol=1e-6, atol=1e-290)


def test_too_many_coefficients_for_so_few_groups():
    few = mlm.load("orthodont").query("Subject in ['M01', 'F01', 'F02']")
    fit = mlm.Model("distance ~ age", group="Subject", level2={"intercept": "Sex + U"}).fit(few)
    with pytest.raises(FitError, match="3 groups are too few for a robust test of 3 coefficients"):
        robustly(fit, "CR2").test(["Intercept", "Sex", "age"])


def test_a_combination_without_variance_has_no_df():
    found = robustly(fitted("null"), "CR2").contrast_df([[0.0]])
    assert np.isnan(found).all()


@pytest.mark.parametrize(("a", "b"), [(1e-100, 1.0), (1.0, 1e-4), (1e6, 1e5)])
def test_units_do_not_change_a_joint_test(a, b):
    y, x, w, codes = balanced()
    rows = np.eye(3)[1:]
    one, other = (robustly(f, "CR2") for f in (made(y, x, w, codes), made(a * y, b * x, w, codes)))
    found = [f.sandwich.f_test(rows, rows @ f.params.to_numpy()) for f in (one, other)]
    assert_allclose(found[1], found[0], rtol=1e-5)


def test_a_model_without_gamma_has_nothing_to_be_robust():
    y, _, _, codes = balanced()
    fit = fit_handmade(design(y, {}, {"one": 1.0}, codes)).robust()
    assert fit.bse.empty
    assert fit.df.empty
    assert fit.notes == ()
