"""What is worked out from estimates is what predictions and other parametrisations give."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.predictors import shape_of
from mlmteach.interpret.source import source_of
from mlmteach.model.terms import Factor

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


def test_the_lines_lie_closest_where_it_is_said() -> None:
    fitted = fit("mathach ~ ses", ses="U")
    row = fitted.interpret("tau_01").rows[0]
    t = fitted.cov_re.to_numpy()
    grid = np.linspace(-6, 6, 4001)
    spread = t[0, 0] + 2 * t[0, 1] * grid + t[1, 1] * grid**2
    assert row.numbers["narrowest"] == pytest.approx(grid[spread.argmin()], abs=0.01)


@pytest.mark.parametrize(
    ("expression", "zero", "step"),
    [
        ("x", 0.0, 1.0),
        ("I(x - 3)", 3.0, 1.0),
        ("I((x - 3) / 10)", 3.0, 10.0),
        ("I(x / 10)", 0.0, 10.0),
        ("I(x * 2 + 4)", -2.0, 0.5),
        ("I((x + 1) ** 2)", -1.0, 1.0),
    ],
)
def test_expressions_are_read(expression: str, zero: float, step: float) -> None:
    shape = shape_of(Factor(expression).tree)
    assert (shape.variable, shape.zero, shape.step) == ("x", zero, step)
    values = pd.Series([-1.5, 0.0, 7.0])
    truth = eval(expression.removeprefix("I"), {"x": values})
    np.testing.assert_allclose(((values - zero) / step) ** shape.power, truth)


@pytest.mark.parametrize(
    "expression", ["I(x * z)", "exp(x)", "I(2 ** x)", "poly(x, 2)", "log(x - 1)", "I(x * -2)"]
)
def test_what_has_no_reading_of_its_own(expression: str) -> None:
    assert shape_of(Factor(expression).tree).form == "other"


def test_the_slope_of_a_shifted_curve_holds_where_the_square_is_zero() -> None:
    fitted = fit("mathach ~ ses + I((ses - 3)**2)")
    assert "this is the slope of SES only for students with an SES of 3" in (
        fitted.interpret("ses").rows[0].full
    )
    step = 1e-4
    slope = (predicted(fitted, ses=3.0 + step) - predicted(fitted, ses=3.0 - step)) / (2 * step)
    assert fitted.params["ses"] == pytest.approx(slope, rel=1e-6)


def test_the_share_between_groups_is_of_unbiased_variances() -> None:
    """Two rows a group, of pure noise: the share within is 1, and not 1/2."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"g": np.repeat(np.arange(4000), 2), "x": rng.normal(size=8000)})
    frame["y"] = frame["x"] + rng.normal(size=8000)
    source = source_of(mlm.Model("y ~ x", group="g"), data=frame)
    assert source.between_share("x") < 0.05
    mixed = frame.assign(x=frame["x"] + np.repeat(rng.normal(size=4000), 2))
    source = source_of(mlm.Model("y ~ x", group="g"), data=mixed)
    assert source.between_share("x") == pytest.approx(0.5, abs=0.04)


def test_a_slope_that_depends_on_two_moderators_is_what_predictions_say() -> None:
    """Along a curve, and in a category, the other moderators are where the sentence says."""
    fitted = fit("mathach ~ ses + I(ses**2)", ses="size + sector")
    found = facts(fitted, "ses")
    schools = fitted.frame.groupby("school")["size"].first()
    at, step = found["above ses at"], 1e-4
    places = {"size": float(schools.mean()), "sector": 0}
    rise = predicted(fitted, ses=at + step, **places) - predicted(fitted, ses=at - step, **places)
    assert found["above ses value"] == pytest.approx(rise / (2 * step), rel=1e-5)
