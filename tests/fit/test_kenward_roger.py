"""Kenward and Roger's method: pbkrtest's numbers, exact cases, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import f as f_distribution

import mlmteach as mlm
from mlmteach.errors import FitError, OptionError
from mlmteach.fit.kenward_roger import information
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from tests.fit.handmade import cases, design, frame, reference_fit, two_level_ids
from tests.fit.layered_models import layered

REML = [key for key in two_level_ids() if cases()[key]["REML"]]


@pytest.mark.parametrize("key", REML)
def test_against_pbkrtest(key):
    """R: lmerTest 3.1-3 with pbkrtest 0.5.2, summary(fit, ddf = "Kenward-Roger")."""
    rows = cases()[key]["r"]["fixed"].values()
    found = reference_fit(key).kenward_roger
    assert_allclose(found.df, [row["df_kr"] for row in rows], rtol=5e-5)
    assert_allclose(found.bse, [row["se_kr"] for row in rows], rtol=1e-5)
    assert_allclose(found.pvalues, [row["p_kr"] for row in rows], rtol=1e-3, atol=1e-12)


def test_balanced_one_way_layout_has_groups_minus_one_df():
    """Balanced: the t test of the mean is exact, with 6 - 1 df and the usual standard error."""
    data = frame("dyestuff")
    means = data.groupby("Batch")["Yield"].mean()
    found = mlm.Model("Yield ~ 1", group="Batch").fit(data).kenward_roger
    assert_allclose(found.df, [5.0])
    assert_allclose(found.bse, [means.std(ddof=1) / np.sqrt(6)], rtol=1e-6)


def test_joint_test_of_balanced_growth_is_hotellings():
    """Sleepstudy is balanced: the test of both coefficients is Hotelling's T2 of the OLS lines."""
    data = frame("sleepstudy")
    lines = np.array(
        [np.polyfit(d["Days"], d["Reaction"], 1)[::-1] for _, d in data.groupby("Subject")]
    )
    centre, j = lines.mean(axis=0), len(lines)
    t2 = j * centre @ np.linalg.solve(np.cov(lines.T), centre)
    test = reference_fit("sleep_corr_reml").kenward_roger.f_test(np.eye(2))
    assert (test.df, round(test.df_residual, 6)) == (2.0, 16.0)
    assert_allclose(test.statistic, t2 * (j - 2) / (2 * (j - 1)), rtol=1e-6)
    assert_allclose(test.pvalue, f_distribution.sf(test.statistic, 2, 16), rtol=1e-6)


def test_one_combination_is_the_square_of_t():
    fit = reference_fit("seed_cross_level_reml")
    found = fit.kenward_roger
    for k in range(len(fit.params)):
        test = found.f_test(np.eye(len(fit.params))[k])
        assert_allclose(test.statistic, found.tvalues.iloc[k] ** 2)
        assert_allclose(test.df_residual, found.df.iloc[k])
        assert_allclose(test.pvalue, found.pvalues.iloc[k], rtol=1e-6, atol=1e-290)


EXAM = {
    # R: KRmodcomp(f, update(f, . ~ . - schgend)) of pbkrtest 0.5.2, for the lmer fit f of
    # normexam ~ standLRT + sex + schgend + (standLRT | school): F scaled, df and p
    "all": (["schgend"], 3.050664603, 2, 66.88802928, 0.05396337163),
    # every fourth school, normexam ~ standLRT * schgend + (standLRT | school)
    "slopes of few": (["standLRT:schgend"], 0.4413811116, 2, 15.25807155, 0.6511045757),
    "all of few": (["schgend", "schgend:standLRT"], 0.6379182716, 4, 16.0376876, 0.6429479973),
}


@pytest.mark.parametrize("case", EXAM)
def test_a_term_is_tested_as_by_pbkrtest(case):
    terms, *expected = EXAM[case]
    exam, level2 = mlm.load("exam"), {"intercept": "schgend + U", "standLRT": "U"}
    if case != "all":
        exam = exam[exam["school"].isin(exam["school"].unique()[::4])]
        level2["standLRT"] = "schgend + U"
    level1 = "normexam ~ standLRT + sex" if case == "all" else "normexam ~ standLRT"
    found = mlm.Model(level1, group="school", level2=level2).fit(exam).test(terms)
    assert_allclose([found.statistic, found.df, found.df_residual, found.pvalue], expected, 1e-4)


def test_a_test_does_not_depend_on_the_reference_category():
    exam = mlm.load("exam")
    model = mlm.Model("normexam ~ standLRT", group="school", level2={"intercept": "schgend + U"})
    first = model.fit(exam)
    exam["schgend"] = exam["schgend"].cat.reorder_categories(["mixed", "boys", "girls"])
    second = model.fit(exam)
    one, other = first.test("schgend"), second.test("schgend")
    assert_allclose([one.statistic, one.df_residual], [other.statistic, other.df_residual], 1e-6)
    assert one.names == ("schgend[T.mixed]", "schgend[T.boys]")
    assert repr(other).startswith("<Kenward-Roger test of schgend[T.boys] = schgend[T.girls] = 0:")


def test_one_coefficient_has_the_p_value_of_its_row():
    exam = mlm.load("exam")
    fit = mlm.Model("normexam ~ standLRT + sex", group="school").fit(exam)
    for name in fit.params.index:
        assert_allclose(fit.test(name).pvalue, fit.kenward_roger.pvalues[name], rtol=1e-8)


def test_information_from_moments_is_that_of_the_rows():
    """The traces and products, against matrices with n rows and columns."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(7), [1, 2, 3, 4, 5, 6, 9])
    x = rng.standard_normal(len(labels))
    y = 1 + x + rng.standard_normal(7)[labels] * (1 + x) + rng.standard_normal(len(labels))
    made = design(y, {"Intercept": 1, "x": x}, {"Intercept": 1, "x": x}, labels)
    moments = cross_products(made)
    solution = minimise(moments, True).solution
    found = information(moments, solution, True)

    xs, zs = made.X @ moments.scaling.x, made.Z @ moments.scaling.z
    same = np.equal.outer(labels, labels)
    outer = [
        np.outer(zs[:, 0], zs[:, 0]) * same,
        (np.outer(zs[:, 0], zs[:, 1]) + np.outer(zs[:, 1], zs[:, 0])) * same,
        np.outer(zs[:, 1], zs[:, 1]) * same,
        np.eye(len(y)),
    ]
    sigma = solution.sigma2 * ((zs @ solution.psi @ zs.T) * same + np.eye(len(y)))
    inverse = np.linalg.inv(sigma)
    assert_allclose(found.phi, np.linalg.inv(xs.T @ inverse @ xs), rtol=1e-8)
    for r, first in enumerate(outer):
        assert_allclose(found.P[r], -xs.T @ inverse @ first @ inverse @ xs, rtol=1e-7, atol=1e-9)
        for s, second in enumerate(outer):
            both = inverse @ first @ inverse @ second
            assert_allclose(found.traces[r, s], np.trace(both), rtol=1e-7)
            assert_allclose(found.Q[r, s], xs.T @ both @ inverse @ xs, rtol=1e-7, atol=1e-9)


def test_refusals():
    with pytest.raises(FitError, match="reml=True"):
        _ = reference_fit("sleep_corr_ml").kenward_roger
    with pytest.raises(OptionError, match="depend on one another"):
        reference_fit("sleep_corr_reml").kenward_roger.f_test([[1, 0], [2, 0]])
    model = mlm.Model("Reaction ~ Days", group="Subject")
    with pytest.raises(OptionError, match="no term 'days'. Did you mean 'Days'"):
        model.fit(mlm.load("sleepstudy")).test("days")
    with pytest.raises(OptionError, match="No term is named"):
        model.fit(mlm.load("sleepstudy")).test([])
    with pytest.raises(FitError, match="reml=True"):
        model.fit(mlm.load("sleepstudy"), reml=False).test("Days")


def test_several_terms_with_two_groupings():
    """R: anova(m) and contestMD(o, diag(4)[2:4, ]) of lmerTest 3.1-3, where
    m <- lmer(score ~ Machine + (1 | Worker/Machine), machines)
    o <- lmer(yield ~ nitro + Variety + (1 | Block/Variety), oats)"""
    found = layered("machines").test("Machine")
    assert (found.df, found.method) == (2.0, "Satterthwaite")
    assert_allclose([found.statistic, found.df_residual], [20.57608, 9.9999999], rtol=1e-5)
    assert_allclose(found.pvalue, 0.00028555, rtol=1e-3)
    model = mlm.Model.from_formula("yield ~ nitro + Variety + (1 | Block/Variety)")
    found = model.fit(mlm.load("oats")).test(["nitro", "Variety"])
    assert_allclose([found.statistic, found.df_residual], [40.324587, 13.127205], rtol=2e-5)
    one = layered("machines").test("Machine[T.B]")
    assert_allclose(one.statistic, layered("machines").tvalues["Machine[T.B]"] ** 2)


def test_with_two_groupings_there_is_none():
    with pytest.raises(OptionError, match="Satterthwaite"):
        _ = layered("pastes").kenward_roger
    with pytest.raises(OptionError, match="one grouping"):
        layered("pastes").conf_int(df="kenward-roger")
