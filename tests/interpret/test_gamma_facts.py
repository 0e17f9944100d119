"""What is worked out from estimates is what predictions and other parametrisations give."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from tests.interpret.seeds import SEED, seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@cache
def fit(formula: str, **level2: str) -> Fit:
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def predicted(fitted: Fit, **values: Any) -> float:
    row = fitted.frame.iloc[[0]].assign(**values)
    return float(fitted.predict(row, groups="average").iloc[0])


def facts(fitted: Fit, which: str) -> dict[str, float]:
    return dict(fitted.interpret(which).rows[0].numbers)


def test_within_between_and_contextual_agree() -> None:
    centred = fit("mathach ~ center_within(ses)", intercept="group_mean(ses) + U")
    raw = fit("mathach ~ ses", intercept="group_mean(ses) + U")
    between, within = centred.params["group_mean(ses)"], centred.params["center_within(ses)"]
    contextual = raw.params["group_mean(ses)"]
    assert contextual == pytest.approx(between - within, rel=1e-4)
    assert facts(centred, "group_mean(ses)")["contextual"] == pytest.approx(contextual, rel=1e-4)
    assert facts(raw, "group_mean(ses)")["between"] == pytest.approx(between, rel=1e-4)
    assert "the contextual effect" in raw.interpret("group_mean(ses)").rows[0].full
    assert "slope between schools" in centred.interpret("group_mean(ses)").rows[0].full
    assert "slope within schools" in raw.interpret("ses").rows[0].full


def test_a_logarithm_is_read_by_predictions() -> None:
    fitted = fit("mathach ~ ses", intercept="log(size) + U")
    found = facts(fitted, "log(size)")
    base = predicted(fitted, size=1000.0)
    assert found["doubling"] == pytest.approx(predicted(fitted, size=2000.0) - base)
    assert found["one_percent"] == pytest.approx(predicted(fitted, size=1010.0) - base)


@pytest.mark.parametrize("curve", ["I(ses**2)", "I((ses - 3)**2)", "I((ses + 1)**2)"])
def test_a_curve_has_the_slope_of_its_predictions(curve: str) -> None:
    fitted = fit(f"mathach ~ ses + {curve}")
    found = facts(fitted, "ses")
    for place in ("below", "mean", "above"):
        at, step = found[f"{place} ses at"], 1e-4
        slope = predicted(fitted, ses=at + step) - predicted(fitted, ses=at - step)
        assert found[f"{place} ses value"] == pytest.approx(slope / (2 * step), rel=1e-6)


def test_the_bend_of_a_curve_is_that_of_its_predictions() -> None:
    fitted = fit("mathach ~ ses + I(ses**2)")
    bend = predicted(fitted, ses=2.0) - 2 * predicted(fitted, ses=1.0) + predicted(fitted, ses=0.0)
    assert facts(fitted, "I(ses**2)")["bend"] == pytest.approx(bend, rel=1e-6)


def test_slopes_in_categories_are_those_of_predictions() -> None:
    fitted = fit("mathach ~ ses", ses="sector + size + U", intercept="sector + size + U")
    found = facts(fitted, "ses")
    schools = fitted.frame.groupby("school")["size"].first()
    for place, sector in (("reference", 0), ("category", 1)):
        at = {"sector": sector, "size": float(schools.mean())}
        slope = predicted(fitted, ses=1.0, **at) - predicted(fitted, ses=0.0, **at)
        assert found[f"{place} sector value"] == pytest.approx(slope, rel=1e-9)


def test_one_standard_deviation_is_that_of_the_schools() -> None:
    fitted = fit("mathach ~ 1", intercept="size + U")
    schools = fitted.frame.groupby("school")["size"].first()
    found = facts(fitted, "size")
    assert found["per_sd"] == pytest.approx(fitted.params["size"] * schools.std())
    assert found["size minimum"] == schools.min()
    assert found["size maximum"] == schools.max()


def test_a_logarithmic_outcome_is_read_as_a_ratio() -> None:
    fitted = mlm.Model("log(Reaction) ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    assert facts(fitted, "Days")["ratio"] == pytest.approx(np.exp(fitted.params["Days"]) - 1)


def test_the_slope_of_a_shifted_curve_holds_where_the_square_is_zero() -> None:
    fitted = fit("mathach ~ ses + I((ses - 3)**2)")
    assert "this is the slope of SES only for students with an SES of 3" in (
        fitted.interpret("ses").rows[0].full
    )
    step = 1e-4
    slope = (predicted(fitted, ses=3.0 + step) - predicted(fitted, ses=3.0 - step)) / (2 * step)
    assert fitted.params["ses"] == pytest.approx(slope, rel=1e-6)


def test_a_slope_that_depends_on_two_moderators_is_what_predictions_say() -> None:
    """Along a curve, and in a category, the other moderators are where the sentence says."""
    fitted = fit("mathach ~ ses + I(ses**2)", ses="size + sector")
    found = facts(fitted, "ses")
    schools = fitted.frame.groupby("school")["size"].first()
    at, step = found["above ses at"], 1e-4
    places = {"size": float(schools.mean()), "sector": 0}
    rise = predicted(fitted, ses=at + step, **places) - predicted(fitted, ses=at - step, **places)
    assert found["above ses value"] == pytest.approx(rise / (2 * step), rel=1e-5)


@pytest.mark.parametrize("name", SEED)
def test_numbers_of_a_coefficient_are_the_fit_s(name: str) -> None:
    fit = seed(name)
    intervals = fit.conf_int()
    for term in fit.params.index:
        found = fit.interpret(term).rows[0].numbers
        assert found["estimate"] == fit.params[term]
        assert found["se"] == fit.bse[term]
        assert found["lower"] == intervals["lower"][term]
        assert found["upper"] == intervals["upper"][term]
        assert found["p"] == fit.pvalues[term]
        assert found["df"] == fit.df[term]


def test_readings_of_a_slope_are_refits_with_a_moved_moderator() -> None:
    fit = seed("cross-level")
    found = fit.interpret("ses").rows[0].numbers
    for place in ("below", "mean", "above"):
        at = found[f"{place} size at"]
        moved = mlm.Model(
            "mathach ~ ses + minority + female",
            group="school",
            level2={"intercept": f"I(size - {at}) + sector + U", "ses": f"I(size - {at}) + U"},
        ).fit(mlm.load("hsb"))
        assert found[f"{place} size value"] == pytest.approx(moved.params["ses"], rel=1e-3)


def test_a_category_that_is_coded_in_full_in_a_product_is_a_case() -> None:
    """ses + minority:size has a slope of size for each category, and a gap that holds at size 0."""
    frame = mlm.load("hsb")
    frame["size"] = frame["size"] / 1000
    text = "mathach ~ C(minority) + C(minority):size + (1 | school)"
    fitted = mlm.Model.from_formula(text, data=frame).fit(frame)
    names = ["Intercept", "C(minority)[T.1]", "size:C(minority)[0]", "size:C(minority)[1]"]
    assert list(fitted.params.index) == names
    rows = {name: fitted.interpret(name).rows[0] for name in names}
    assert "size equal to 0" in rows[names[0]].full
    assert "mean of all categories" not in " ".join(row.full for row in rows.values())
    for name, other in zip(names[2:], (0, 1), strict=True):
        slope = predicted(fitted, minority=other, size=2.0) - predicted(
            fitted, minority=other, size=1.0
        )
        assert fitted.params[name] == pytest.approx(slope)
    gap = predicted(fitted, minority=1, size=1.5) - predicted(fitted, minority=0, size=1.5)
    found = fitted.quantities.coefficient("C(minority)[T.1]", at={"size": 1.5})
    assert found.value == pytest.approx(gap)
