"""Weighted sums of γ: against predictions, against w'Vw, and by the laws of linear algebra."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import norm, t

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import FitError, OptionError
from mlmteach.fit.combinations import PlacedTable, WeightedSums, sums_of
from mlmteach.fit.readings import simple_slopes
from mlmteach.model.places import NOWHERE, Place, Placed, Spot
from tests.fit.handmade import reference_fit

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

MODERATED = [
    "size",
    "center(size)",
    "scale(size)",
    "log(size)",
    "I((size - 1000) / 100)",
    "I(size ** 2)",
    "poly(size, 2)",
    "sector",
    "kind",
    "C(sector)",
    "meanses",
]


@cache
def hsb():
    frame = mlm.load("hsb")
    return frame.assign(kind=np.where(frame["sector"] == 1, "catholic", "public"))


@cache
def moderated(by: str, formula: str = "mathach ~ ses + female") -> Fit:
    level2 = {"intercept": f"{by} + U", "ses": by}
    return mlm.Model(formula, group="school", level2=level2).fit(hsb())


def predicted(fit: Fit, **values: Any) -> float:
    row = fit.frame.iloc[[0]].assign(**values)
    return float(fit.predict(row, groups="average").iloc[0])


# --- weights ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", MODERATED)
def test_a_slope_at_a_place_is_a_difference_of_predictions(by: str) -> None:
    fit = moderated(by)
    sums = sums_of(fit)
    own = sums.factor("ses")
    name = {"kind": "kind", "C(sector)": "sector", "sector": "sector", "meanses": "meanses"}
    moderator = name.get(by, "size")
    values: dict[str, tuple[Any, ...]] = {"kind": ("public", "catholic"), "sector": (0, 1)}
    for value in values.get(moderator, (300.0, 1234.5) if moderator == "size" else (-0.4, 0.3)):
        place = sums.typical([own], {moderator: value})
        slope, _ = sums.value(sums.slope(own, place))
        there = {moderator: value}
        difference = predicted(fit, ses=1.5, **there) - predicted(fit, ses=0.5, **there)
        assert slope == pytest.approx(difference, rel=1e-8), place


@pytest.mark.parametrize("by", MODERATED)
def test_the_whole_fixed_part_at_a_place_is_a_prediction(by: str) -> None:
    fit = moderated(by)
    sums = sums_of(fit)
    at = {"ses": 0.7, "female": 1}
    place = sums.typical((), at)
    where = {
        name: value
        for (_, name), value in place.values.items()
        if name in fit.frame or name == "meanses"
    }
    assert sums.value(sums.coefficient((), place))[0] == pytest.approx(predicted(fit, **where))


def test_what_a_place_says_nothing_of_is_zero() -> None:
    fit = moderated("center(size)")
    sums = sums_of(fit)
    for k, gamma in enumerate(fit.model.gammas):
        kept = [pair for pair in sums.places.factors if pair[1].name in gamma.name.split(":")]
        assert sums.coefficient(kept, NOWHERE).tolist() == np.eye(len(sums.names))[k].tolist()


@pytest.mark.parametrize(
    "curve", ["I(ses ** 2)", "I((ses - 3) ** 2)", "I((ses + 1) ** 2)", "exp(ses)"]
)
@pytest.mark.parametrize("at", [-1.0, 0.0, 2.0])
def test_the_slope_along_a_curve_is_that_of_predictions(curve: str, at: float) -> None:
    fit = mlm.Model(f"mathach ~ ses + {curve}", group="school").fit(hsb())
    sums = sums_of(fit)
    own = sums.factor("ses")
    found, _ = sums.value(sums.slope(own, Place((Spot(1, "ses", at, "given"),))))
    step = 1e-3
    ends = predicted(fit, ses=at + step), predicted(fit, ses=at - step)
    assert found == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_the_slope_along_a_curve_is_in_the_steps_of_the_predictor() -> None:
    formula = "mathach ~ I(ses / 2) + I(ses ** 2)"
    fit = mlm.Model(formula, group="school").fit(hsb())
    sums = sums_of(fit)
    own = sums.factor("I(ses / 2)")
    row = sums.slope(own, Place((Spot(1, "ses", 0.5, "given"),)))
    assert_allclose(row, [0.0, 1.0, 2.0 * 0.5 * 2.0], rtol=1e-8)


def test_a_mean_of_groups_is_no_curve_in_its_variable() -> None:
    fit = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "group_mean(ses) + U"}
    ).fit(hsb())
    sums = sums_of(fit)
    assert sums.curves(sums.factor("ses")) == ()
    assert sums.slope(sums.factor("ses"), NOWHERE).tolist() == [0.0, 0.0, 1.0]


def test_a_curve_has_no_slope_of_its_own() -> None:
    fit = mlm.Model("mathach ~ ses + I(ses ** 2)", group="school").fit(hsb())
    sums = sums_of(fit)
    with pytest.raises(OptionError, match="not one number.*at=") as caught:
        sums.slope(sums.factor("ses"), NOWHERE)
    assert "I(ses ** 2)" in str(caught.value)


def test_predictors_are_found_by_name() -> None:
    sums = sums_of(moderated("log(size)", "mathach ~ ses + female"))
    assert sums.factor("log(size)")[0] == 2
    with pytest.raises(OptionError, match="not one number, since the model has 'log"):
        sums.factor("size")
    with pytest.raises(OptionError, match="no predictor 'sizes'"):
        sums.factor("sizes")
    kinds = sums_of(moderated("kind"))
    assert kinds.factor("kind") == kinds.factor("kind[T.public]")


# --- precision ---------------------------------------------------------------------------------

weights = st.lists(st.floats(-1e3, 1e3, allow_subnormal=False), min_size=5, max_size=5)


@given(weights, weights, st.floats(-5, 5))
@settings(max_examples=50, deadline=None)
def test_sums_are_linear(first: list[float], second: list[float], factor: float) -> None:
    fit = moderated("size")
    sums = sums_of(fit)
    a, b = np.array(first), np.array(second)
    value, se = sums.value(a + factor * b)
    expected = sums.value(a)[0] + factor * sums.value(b)[0]
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-6)
    v = fit.cov_params().to_numpy()
    w = a + factor * b
    assert se == pytest.approx(math.sqrt(max(w @ v @ w, 0.0)), rel=1e-9)
    assert se is not None
    assert se <= sums.value(a)[1] + abs(factor) * sums.value(b)[1] + 1e-6  # type: ignore[operator]


@pytest.mark.parametrize("df", ["satterthwaite", "kenward-roger"])
def test_a_test_of_one_gamma_is_the_fit_s(df: Any) -> None:
    fit = moderated("size")
    by = fit if df == "satterthwaite" else fit.kenward_roger
    sums = sums_of(fit, df)
    for k, name in enumerate(fit.params.index):
        found = sums.test(np.eye(5)[k])
        assert found.value == fit.params[name]
        assert (found.se, found.df) == pytest.approx((by.bse[name], by.df[name]), rel=1e-12)
        assert (found.t, found.p) == pytest.approx((by.tvalues[name], by.pvalues[name]))
        half = t.ppf(0.975, by.df[name]) * by.bse[name]
        assert found.upper == pytest.approx(fit.params[name] + half)
        assert found.lower == pytest.approx(fit.params[name] - half)


@given(st.floats(-100, 100).filter(lambda w: abs(w) > 1e-3))
@settings(max_examples=20, deadline=None)
def test_without_covariances_one_gamma_alone_has_a_standard_error(weight: float) -> None:
    fit = moderated("size")
    estimates = replace(fit.estimates, vcov=None, df=None)
    sums = WeightedSums(fit.model, estimates, fit.places)
    one = sums.test(weight * np.eye(5)[2])
    assert one.se == pytest.approx(abs(weight) * fit.bse.iloc[2])
    assert one.lower is not None
    assert one.lower < one.value
    assert one.lower == pytest.approx(one.value - norm.ppf(0.975) * one.se)
    assert (one.df, one.p) == (None, None)
    two = sums.test(np.ones(5))
    assert (two.se, two.lower, two.upper) == (None, None, None)
    assert set(two.numbers) == {"estimate"}
    bare = WeightedSums(fit.model, replace(estimates, bse=None), fit.places)
    assert bare.value(weight * np.eye(5)[2])[1] is None


def test_the_estimates_may_be_in_any_order() -> None:
    fit = moderated("size")
    turned = fit.params.index[::-1]
    estimates = replace(
        fit.estimates, params=fit.params[turned], vcov=fit.cov_params().loc[turned, turned]
    )
    row = np.arange(5.0)
    found = WeightedSums(fit.model, estimates, fit.places).value(row)
    assert found == pytest.approx(sums_of(fit).value(row))


def test_refusals() -> None:
    with pytest.raises(OptionError, match="no df 'kr'"):
        sums_of(moderated("size"), "kr")  # type: ignore[arg-type]
    with pytest.raises(FitError, match="bare arrays"):
        sums_of(reference_fit("seed_cross_level_ml"))


# --- numbers that say where they hold -----------------------------------------------------------


def test_a_placed_number_is_a_float() -> None:
    place = Place(averaged="rows")
    placed = Placed(0.25, place)
    assert f"{placed:.3f}" == "0.250"
    assert str(placed) == "0.25"
    assert repr(placed) == "0.25 (averaged over the rows)"
    assert type(placed + 1.0) is float
    assert round(placed, 1) == 0.2
    copy = pickle.loads(pickle.dumps(placed))
    assert (copy, copy.place) == (placed, place)
    assert repr(Placed(0.25)) == "0.25"


def test_a_placed_table_says_where_it_holds() -> None:
    fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + sector"}).fit(hsb())
    table = simple_slopes(fit, "ses", "size")
    assert str(table.place) == "at sector = 0 (the reference)"
    assert repr(table).endswith("at sector = 0 (the reference)")
    assert "at sector = 0" in table._repr_html_()
    assert str(table.round(2).place) == str(table.place)


def test_a_table_without_a_place_is_a_plain_table() -> None:
    table = pd.DataFrame({"estimate": [1.0]})
    plain, placed = PlacedTable.of(table, Place()), PlacedTable.of(table, Place(averaged="rows"))
    assert repr(plain) == repr(table)
    assert repr(placed) == f"{table!r}\naveraged over the rows"
    assert plain._repr_html_() == table._repr_html_()
    assert placed._repr_html_() == f"{table._repr_html_()}<p>averaged over the rows</p>"


def test_a_slope_where_predictors_of_both_crossed_groupings_multiply() -> None:
    """The slope of z is γ_z + γ_wz w, at the mean of w over the groups of b; and as categories."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.integers(0, 15, (300, 2)), columns=["a", "b"])
    data["z"], data["w"] = rng.normal(size=15)[data["a"]], rng.normal(size=15)[data["b"]]
    data["kind"] = np.array(["new", "old"])[data["a"] % 2]
    effects = rng.normal(size=(2, 15))
    data["y"] = effects[0, data["a"]] + effects[1, data["b"]] + rng.normal(size=300)
    fit = mlm.Model.from_formula("y ~ z * w + kind * w + (1 | a) + (1 | b)", data=data).fit(data)
    gamma, w = fit.params, data.groupby("b")["w"].first().mean()
    found = fit.quantities.coefficient("z")
    assert found.value == pytest.approx(gamma["z"] + gamma["w:z"] * w)
    assert str(found.place) == f"at w = {w:.4g} (the mean over the groups of b)".replace("-", "−")
    old = fit.quantities.coefficient("kind[T.old]")
    assert old.value == pytest.approx(gamma["kind[T.old]"] + gamma["w:kind[T.old]"] * w)
    slopes = fit.quantities.simple_slopes("w", "z")
    z = data.groupby("a")["z"].first()
    assert slopes.index.to_numpy() == pytest.approx(
        [z.mean() - z.std(), z.mean(), z.mean() + z.std()]
    )
    assert "in b groups with z" not in str(fit.interpret())
