"""Quantities of a fit, against R's numbers, closed forms, and each other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm, t

import mlmteach as mlm
from mlmteach.errors import FitError, OptionError
from mlmteach.fit.readings import PlausibleRange
from mlmteach.model.places import Place, Spot
from tests.fit.handmade import cases, reference_fit


@pytest.fixture(scope="module")
def hsb():
    frame = mlm.load("hsb")
    frame["mean"] = frame.groupby("school")["ses"].transform("mean")
    return frame.assign(cses=frame["ses"] - frame["mean"])


@pytest.fixture(scope="module")
def cross_level(hsb):
    return mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    ).fit(hsb)


@pytest.mark.parametrize("key", ["dyestuff_ml", "dyestuff_reml", "hsb_null_ml", "hsb_null_reml"])
def test_reliability_of_means(key):
    """R: mean of tau2 / (tau2 + sigma2 / table(group)), from lme4's estimates."""
    found = reference_fit(key).quantities.reliability()
    assert_allclose(found["(Intercept)"].mean(), cases()[key]["r"]["reliability_mean"], rtol=1e-4)


def test_reliability_of_slopes_uses_each_groups_own_regression():
    fit = reference_fit("sleep_corr_reml")
    z = fit.design.Z[fit.design.codes == 0]
    noise = fit.scale * np.diag(np.linalg.inv(z.T @ z))
    tau = np.diag(fit.cov_re)
    assert_allclose(fit.quantities.reliability().iloc[0], tau / (tau + noise))


def test_reliability_is_unknown_where_the_predictor_does_not_vary(hsb):
    frame = hsb[(hsb["female"] == 1) | (hsb["school"] != hsb["school"].iloc[0])]
    fit = mlm.Model("mathach ~ female", group="school", level2={"female": "1 + U"}).fit(frame)
    found = fit.quantities.reliability()
    constant = frame.groupby("school")["female"].nunique() == 1
    assert constant.sum() > 0
    assert (found.isna().all(axis=1) == constant).all()


def test_design_effect(hsb):
    fit = reference_fit("hsb_null_reml")
    assert_allclose(fit.quantities.design_effect, 1 + (7185 / 160 - 1) * fit.icc)


def test_range_of_a_slope_without_predictors():
    fit = reference_model("ses")
    found = fit.quantities.plausible_range("ses")
    gamma, sd = fit.params["ses"], np.sqrt(fit.cov_re.loc["ses", "ses"])
    assert_allclose(found[:4], [gamma - 1.959964 * sd, gamma + 1.959964 * sd, gamma, sd], rtol=1e-6)
    assert_allclose(fit.quantities.share_negative("ses"), norm.cdf(-gamma / sd))


def reference_model(slope):
    return mlm.Model(f"mathach ~ {slope}", group="school", level2={slope: "1 + U"}).fit(
        mlm.load("hsb")
    )


def test_range_of_a_slope_at_values_of_its_predictor(cross_level):
    q, gamma = cross_level.quantities, cross_level.params
    size = mlm.load("hsb").groupby("school")["size"].first()
    mean = gamma["ses"] + gamma["size:ses"] * size
    sd = np.sqrt(cross_level.cov_re.loc["ses", "ses"])
    assert_allclose(q.plausible_range("ses").mean, mean.mean())
    assert_allclose(
        q.plausible_range("ses", at={"size": 500}).mean, gamma["ses"] + 500 * gamma["size:ses"]
    )
    assert_allclose(q.share_negative("ses"), norm.cdf(-mean.mean() / sd))
    assert_allclose(q.share_negative("ses", at="own"), norm.cdf(-mean / sd).mean())


def test_share_without_variance_is_none_or_all():
    frame = mlm.load("dyestuff2")
    with pytest.warns(mlm.MlmteachWarning):
        fit = mlm.Model("Yield ~ 1", group="Batch").fit(frame)
    assert fit.quantities.share_negative("Intercept") == 0.0
    with pytest.warns(mlm.MlmteachWarning):
        fit = mlm.Model("Yield ~ 1", group="Batch").fit(frame.assign(Yield=-frame["Yield"]))
    assert fit.quantities.share_negative("Intercept") == 1.0
    assert fit.quantities.plausible_range("Intercept").sd == 0.0


def test_simple_slopes(cross_level):
    found = cross_level.quantities.simple_slopes("ses", "size", [0, 1500])
    vcov, gamma = cross_level.cov_params(), cross_level.params
    names = ["ses", "size:ses"]
    for value, row in found.iterrows():
        weights = np.array([1.0, value])
        se = np.sqrt(weights @ vcov.loc[names, names] @ weights)
        assert_allclose(row["estimate"], weights @ gamma[names])
        assert_allclose(row["SE"], se)
        half = t.ppf(0.975, row["df"]) * se
        assert_allclose(row[["lower", "upper"]], row["estimate"] + np.array([-half, half]))
    assert_allclose(found["df"].iloc[0], cross_level.df["ses"])
    size = mlm.load("hsb").groupby("school")["size"].first()
    default = cross_level.quantities.simple_slopes("ses", "size")
    assert_allclose(default.index, size.mean() + size.std() * np.array([-1, 0, 1]))


def test_simple_slopes_of_two_kinds_of_groups(hsb):
    fit = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "sector + U", "ses": "sector"}
    ).fit(hsb)
    found = fit.quantities.simple_slopes("ses", "sector")
    assert found.index.tolist() == [0.0, 1.0]
    turned = hsb.assign(sector=1 - hsb["sector"])
    other = fit.model.fit(turned).params["ses"]
    assert_allclose(found["estimate"], [fit.params["ses"], other], rtol=1e-7)


def test_within_between_contextual(hsb):
    """The same three effects whether the predictor is centred or not (Snijders & Bosker 4.6)."""
    centred = mlm.Model("mathach ~ cses", group="school", level2={"intercept": "mean + U"})
    raw = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "mean + U"})
    first = centred.fit(hsb).quantities.contextual_effects("cses", "mean")
    second = raw.fit(hsb).quantities.contextual_effects("ses", "mean")
    assert_allclose(first, second, rtol=1e-4)
    assert_allclose(first.loc["within", "estimate"], centred.fit(hsb).params["cses"])
    assert_allclose(
        first.loc["contextual", "estimate"],
        first.loc["between", "estimate"] - first.loc["within", "estimate"],
    )


def test_combinations(cross_level):
    q = cross_level.quantities
    found = q.combinations({"ses": {"ses": 1}, "sum": {"ses": 1, "female": 2}})
    assert_allclose(found.loc["ses", "SE"], cross_level.bse["ses"])
    assert_allclose(found.loc["ses", "p"], cross_level.pvalues["ses"])
    assert_allclose(
        found.loc["sum", "estimate"], cross_level.params["ses"] + 2 * cross_level.params["female"]
    )
    other = q.combinations({"ses": {"ses": 1}}, df="kenward-roger")
    assert_allclose(other["SE"], cross_level.kenward_roger.bse["ses"])
    assert_allclose(other["df"], cross_level.kenward_roger.df["ses"])


def test_refusals(hsb, cross_level):
    q = cross_level.quantities
    with pytest.raises(OptionError, match="does not depend on 'sector'"):
        q.simple_slopes("ses", "sector")
    with pytest.raises(OptionError, match="no predictor 'sess'"):
        q.simple_slopes("sess", "size")
    with pytest.raises(OptionError, match="does not depend on 'female'"):
        q.simple_slopes("ses", "size", at={"female": 1})
    with pytest.raises(OptionError, match="'female' is not random"):
        q.plausible_range("female")
    with pytest.raises(OptionError, match="does not depend on 'sector'"):
        q.plausible_range("ses", at={"sector": 1})
    with pytest.raises(OptionError, match="no df 'kr'"):
        q.simple_slopes("ses", "size", df="kr")
    with pytest.raises(OptionError, match="no term 'sess'"):
        q.combinations({"a": {"sess": 1}})
    with pytest.raises(OptionError, match="does not vary within groups"):
        q.contextual_effects("sector", "size")
    with pytest.raises(OptionError, match="varies within groups"):
        q.contextual_effects("ses", "female")
    with pytest.raises(FitError, match="bare arrays"):
        reference_fit("seed_cross_level_ml").quantities.simple_slopes("ses", "size")
    squares = mlm.Model(
        "mathach ~ ses + I(ses ** 2)", group="school", level2={"intercept": "mean + U"}
    ).fit(hsb)
    with pytest.raises(OptionError, match="not one number"):
        squares.quantities.contextual_effects("ses", "mean")
    with pytest.raises(OptionError, match="varies within groups"):
        squares.quantities.contextual_effects("ses", "ses")


@pytest.mark.parametrize("within", ["ses", "center_within(ses)", "cses"])
@pytest.mark.parametrize("between", ["group_mean(ses)", "mean"])
def test_the_three_effects_in_every_idiom(hsb, within, between):
    """However the predictor is written, the effects are those of the raw one and its means."""
    fit = mlm.Model(f"mathach ~ {within}", group="school", level2={"intercept": f"{between} + U"})
    found = fit.fit(hsb).quantities.contextual_effects(within, between)
    raw = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "mean + U"}).fit(hsb)
    slope, context = raw.params["ses"], raw.params["mean"]
    assert_allclose(found["estimate"], [slope, slope + context, context], rtol=1e-4)
    assert not found.place


def test_the_three_effects_are_in_units_of_the_means(hsb):
    fit = mlm.Model("mathach ~ scale(ses)", group="school", level2={"intercept": "mean + U"})
    found = fit.fit(hsb).quantities.contextual_effects("scale(ses)", "mean")
    raw = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "mean + U"}).fit(hsb)
    assert_allclose(found, raw.quantities.contextual_effects("ses", "mean"), rtol=1e-4)


def test_the_three_effects_at_a_place(hsb):
    """With products they are slopes of predictions at that place."""
    fit = mlm.Model(
        "mathach ~ ses",
        group="school",
        level2={"intercept": "mean*sector + U", "ses": "mean + size"},
    ).fit(hsb)
    found = fit.quantities.contextual_effects("ses", "mean", at={"sector": 1, "mean": 0.4})

    def predicted(ses, mean):
        size = hsb.groupby("school")["size"].first().mean()
        row = fit.frame.iloc[[0]].assign(ses=ses, mean=mean, sector=1, size=size)
        return float(fit.predict(row, groups="average").iloc[0])

    step = 1e-3
    within = (predicted(0.4 + step, 0.4) - predicted(0.4 - step, 0.4)) / (2 * step)
    between = (predicted(0.4 + step, 0.4 + step) - predicted(0.4 - step, 0.4 - step)) / (2 * step)
    assert_allclose(found["estimate"], [within, between, between - within], rtol=1e-6)
    assert "sector = 1" in str(found.place)
    assert "size = 1,098 (the mean over groups)" in str(found.place)


def test_a_slope_is_typical_where_nobody_says_otherwise(hsb):
    """Numbers at the mean over groups, categories at the reference, in all quantities alike."""
    model = mlm.Model(
        "mathach ~ ses + minority",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + sector + U"},
    )
    q, gamma = model.fit(hsb).quantities, model.fit(hsb).params
    size = hsb.groupby("school")["size"].first()
    mean = gamma["ses"] + size.mean() * gamma["size:ses"]
    assert_allclose(q.plausible_range("ses").mean, mean)
    assert_allclose(q.coefficient("ses").value, mean)
    assert_allclose(q.simple_slopes("ses", "size").loc[size.mean(), "estimate"], mean)
    assert_allclose(q.simple_slopes("ses", "sector").loc[0.0, "estimate"], mean)
    there = str(q.plausible_range("ses").place)
    assert there == "at size = 1,098 (the mean over groups) and sector = 0 (the reference)"
    assert str(q.share_negative("ses").place) == there
    assert str(q.coefficient("ses").place) == there
    assert "sector = 0 (the reference)" in str(q.johnson_neyman("ses", "size"))


def test_the_icc_of_random_slopes_says_where_it_holds(hsb):
    fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "U"}).fit(hsb)
    z = np.column_stack([np.ones(len(hsb)), hsb["ses"]])
    t = fit.cov_re.to_numpy()
    random = np.einsum("np,pq,nq->n", z, t, z)
    assert_allclose(fit.icc, random.mean() / (random.mean() + fit.scale))
    assert_allclose(fit.quantities.icc(), fit.icc)
    assert str(fit.icc.place) == "averaged over the rows"
    at = fit.quantities.icc(at={"ses": 2.0})
    there = np.array([1.0, 2.0]) @ t @ np.array([1.0, 2.0])
    assert_allclose(at, there / (there + fit.scale))
    assert str(at.place) == "at ses = 2"
    assert str(fit.quantities.design_effect.place) == "averaged over the rows"
    assert not mlm.Model("mathach ~ ses", group="school").fit(hsb).icc.place
    with pytest.raises(OptionError, match="does not depend on 'size'"):
        fit.quantities.icc(at={"size": 1})


def test_a_moderator_may_be_named_by_its_variable(hsb):
    """At 1,098 students, the mean over schools, whatever function of size the model has."""
    size = hsb.groupby("school")["size"].first()
    for by, value in [("center(size)", hsb["size"].mean()), ("I(size / 100)", 0.0)]:
        fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": by}).fit(hsb)
        found = fit.quantities.simple_slopes("ses", "size")
        assert_allclose(found.index[1], size.mean())
        unit = 100.0 if by.startswith("I") else 1.0
        expected = fit.params["ses"] + fit.params[f"{by}:ses"] * (size.mean() - value) / unit
        assert_allclose(found["estimate"].iloc[1], expected)


def test_slopes_along_a_curve_and_in_categories(hsb):
    frame = hsb.assign(kind=np.where(hsb["sector"] == 1, "catholic", "public"))
    fit = mlm.Model("mathach ~ ses + I((ses - 3)**2)", group="school", level2={"ses": "kind"}).fit(
        frame
    )
    found = fit.quantities.simple_slopes("ses", "ses", [1.0])
    expected = fit.params["ses"] + 2 * (1.0 - 3.0) * fit.params["I((ses - 3) ** 2)"]
    assert_allclose(found["estimate"].iloc[0], expected, rtol=1e-6)
    assert str(found.place) == "at kind = catholic (the reference)"
    kinds = fit.quantities.simple_slopes("ses", "kind", at={"ses": 3.0})
    assert kinds.index.tolist() == ["catholic", "public"]
    assert_allclose(kinds["estimate"].iloc[0], fit.params["ses"], rtol=1e-6)


def test_a_range_prints_its_place() -> None:
    place = Place((Spot(2, "size", 1098.0, "mean"),))
    shown = repr(PlausibleRange(1.115, 3.017, 2.066, 0.485, place))
    assert shown == f"<from 1.115 to 3.017, {place}; mean 2.066, SD 0.485>"
    assert repr(PlausibleRange(-1.0, 1.0, 0.0, 0.5, Place())) == "<from -1 to 1; mean 0, SD 0.5>"
