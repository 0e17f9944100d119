"""Curves: what is said of their columns, places and zeros is what the model predicts."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.curves import polynomial
from mlmteach.interpret.gamma_facts import GammaFacts, gamma_facts
from mlmteach.interpret.source import source_of
from tests.interpret.checking import faults, unexplained

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(24), 15)
    frame = pd.DataFrame({"g": g, "sex": rng.choice(["f", "m"], 360)})
    frame["x"] = (rng.normal(0.5, 1.0, 360) + rng.normal(0.0, 0.5, 24)[g]).round(3)
    frame["t"] = rng.uniform(0.5, 4.0, 360).round(3)
    frame["q"] = rng.normal(2.0, 1.0, 24).round(3)[g]
    noise = rng.normal(0.0, 0.3, 24)[g] + rng.normal(0.0, 0.5, 360)
    frame["y"] = 0.3 * frame.t**2 - frame.t + 0.4 * frame.x * frame.t + noise
    return frame


@cache
def fitted(fixed: str) -> Fit:
    return mlm.Model.from_formula(f"y ~ {fixed} + (1 | g)", data=data()).fit(data())


@cache
def facts(fixed: str) -> tuple[GammaFacts, ...]:
    return gamma_facts(source_of(fitted(fixed)))


def predicted(fit: Fit, **values: object) -> float:
    row = data().iloc[[0]].assign(**{"sex": "f", "x": 0.0, "t": 1.0, "q": 0.0} | values)
    return float(fit.predict(row, groups="average").iloc[0])


FIXED = [
    "t + exp(t)",
    "t + log(t)",
    "poly(t, 2)",
    "poly(t, 2)*sex",
    "bs(t, df=4)",
    "t + I(t**2)",
    "x + I(x**2) + I(x**3)",
    "scale(x) + I(scale(x)**2)",
    "log(t) + I(log(t)**2)",
    "sqrt(t)",
    "sqrt(t)*sex",
    "abs(x)",
    "I(1/t)",
    "exp(t)*sex",
    "x + I(x*t)",
    "x + t + I(x*t)",
    "x*I(x**2)",
    "q + exp(q) + x",
    "I((t - 1)**2) + t",
    "sqrt(I(t + 1))",
    "I(x > 0)*sex",
    "x + t + t:I(x**2)",
    "log(t) + x + x:log2(t)",
]


@pytest.mark.parametrize("fixed", FIXED)
def test_the_case_of_the_intercept_is_predicted(fixed: str) -> None:
    fit = fitted(fixed)
    intercept = facts(fixed)[0]
    assert intercept.estimate is not None
    at = {m.root: m.zero for m in intercept.conditions if m.zero is not None}
    if intercept.nowhere:
        (reading,) = {reading.value for reading in intercept.readings}
        at |= {r.at.meaning.root: float(r.at.spot.value) for r in intercept.readings}
        assert reading == pytest.approx(predicted(fit, **at), rel=1e-6, abs=1e-8)
        assert "in these data has that" in fit.interpret("Intercept").rows[0].full
    else:
        value = intercept.estimate.value
        assert value == pytest.approx(predicted(fit, **at), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("fixed", FIXED)
def test_the_columns_that_are_zero_nowhere_are(fixed: str) -> None:
    for found in facts(fixed):
        for group in found.nowhere:
            name = group[0].factor.variables[0]
            names = [g.name for g in fitted(fixed).model.gammas]
            at = [names.index(m.factor.name) for m in group]
            columns = fitted(fixed).design.X[:, at]
            assert np.abs(columns).max(axis=1).min() > 1e-9, name


@pytest.mark.parametrize("fixed", FIXED)
def test_a_slope_at_a_place_is_the_difference_quotient(fixed: str) -> None:
    fit = fitted(fixed)
    for found in facts(fixed):
        own = found.part.own if found.part else found.factors[0] if found.factors else None
        if own is None or len(found.factors) != 1 or not own.is_numeric:
            continue
        for reading in found.readings:
            spot = reading.at.spot
            others = [*reading.others, *([] if spot.name == own.root else [reading.at])]
            at = {o.spot.name: o.spot.value for o in others if not isinstance(o.spot.value, str)}
            x = float(spot.value) if spot.name == own.root else float(at.get(own.root, 0.3))
            sexes = {o.spot.name: o.spot.value for o in others if isinstance(o.spot.value, str)}
            high = predicted(fit, **at | sexes | {own.root: x + 1e-4})
            low = predicted(fit, **at | sexes | {own.root: x - 1e-4})
            slope = (high - low) / 2e-4 * own.step
            assert reading.value == pytest.approx(slope, rel=1e-4, abs=1e-6), found.gamma.name


@pytest.mark.parametrize(
    ("fixed", "name", "said"),
    [
        ("t + exp(t)", "t", "t and exp(t) make up together"),
        ("poly(t, 2)", "poly(t, 2)[2]", "poly(t, 2)[1] and poly(t, 2)[2] make up together"),
        ("x + I(x**2) + I(x**3)", "I(x ** 2)", "the slope of x changes like this only"),
        ("scale(x) + I(scale(x)**2)", "scale(x)", "only for observations at the mean of x"),
        ("x + I(x*t)", "x", "for observations with t equal to 0"),
        ("x + I(x*t)", "I(x * t)", "For each additional unit of x, the slope of t is"),
        ("exp(t)*sex", "sex[T.m]", "No value of t in these data has exp(t) at 0."),
        ("sqrt(t)*sex", "sex[T.m]", "for observations with t equal to 0"),
        ("I(x > 0)", "I(x > 0)", "where x > 0 holds, the expected y is"),
        ("I(x > 0)*sex", "sex[T.m]", "for observations for which x > 0 does not hold"),
    ],
)
def test_what_is_said_of_the_columns(fixed: str, name: str, said: str) -> None:
    assert said in fitted(fixed).interpret(name).rows[0].full


def test_departures_from_the_mean_are_curves_too() -> None:
    found = facts("center_within(x) + I(center_within(x)**2)")
    assert found[0].nowhere == ()
    middle, bend = found[1], found[2]
    assert middle.curve is not None
    assert bend.estimate is not None
    assert bend.derived["bend"] == pytest.approx(2 * bend.estimate.value)
    below, mean, above = middle.readings
    distance = float(above.at.spot.value) - float(mean.at.spot.value)
    assert above.value - mean.value == pytest.approx(distance * bend.derived["bend"], rel=1e-6)
    assert mean.value - below.value == pytest.approx(distance * bend.derived["bend"], rel=1e-6)


def test_powers_of_one_thing_with_one_zero_are_a_polynomial() -> None:
    def own(fixed: str) -> bool:
        first, *others = (f.factors[0] for f in facts(fixed)[1:])
        return polynomial(first, others)

    assert own("t + I(t**2)")
    assert own("scale(x) + I(scale(x)**2)")
    assert not own("t + exp(t)")
    assert not own("scale(x) + I(x**2)")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("fixed", FIXED)
def test_the_sentences_hold_their_numbers(fixed: str, language: str) -> None:
    for row in fitted(fixed).interpret(language=language):
        if row.role == "γ":
            assert unexplained(row.full, row.numbers, language) == [], row.full
            assert list(faults(row.full, language)) == [], row.full


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_no_slope_is_told_where_the_data_do_not_reach(seed: int, sign: float) -> None:
    rng = np.random.default_rng(seed)
    x, w = sign * np.exp(rng.normal(0.0, 1.2, 200)), rng.normal(size=200)
    data = pd.DataFrame({"g": np.repeat(np.arange(20), 10), "x": x, "w": w})
    data["y"] = w * (1 + 0.1 * x) + rng.normal(0.0, 1.0, 20)[data["g"]] + rng.normal(size=200)
    for formula in ("y ~ w * x + (1 | g)", "y ~ w + x + I(x**2) + (1 | g)"):
        fitted = mlm.Model.from_formula(formula, data=data).fit(data)
        row = fitted.interpret("w" if "*" in formula[:9] else "x").rows[0]
        told = {key.split(" ")[0] for key in row.numbers if key.endswith(" at")}
        far = {"below": x.mean() - x.std(ddof=1), "above": x.mean() + x.std(ddof=1)}
        near = 0.1 * x.std()
        reached = {k for k, at in far.items() if x.min() - near <= at <= x.max() + near}
        assert told & {"below", "above"} == reached
        for side in ("below", "above"):
            assert (f"one standard deviation {side}" in row.full or f"one {side}" in row.full) == (
                side in reached
            )
