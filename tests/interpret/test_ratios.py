"""Ratios of an outcome whose logarithm is modelled are those of predictions."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from tests.interpret.checking import unexplained


@pytest.mark.parametrize("outcome", ["log(y)", "center(log(y))", "scale(log(y))", "log10(y)"])
def test_a_ratio_is_that_of_predictions_before_the_logarithm(outcome: str) -> None:
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(20), 15)
    data = pd.DataFrame({"g": g, "x": rng.normal(size=300), "sex": rng.choice(["f", "m"], 300)})
    log = 0.3 * data.x + 0.2 * (data.sex == "m") * (1 - data.x) + rng.normal(size=20)[g] / 3
    data["y"] = np.exp(log + rng.normal(size=300) / 2)
    fitted = mlm.Model.from_formula(f"{outcome} ~ x*sex + (1 | g)", data=data).fit(data)
    sd = np.log(data.y).std()
    base = {"scale(log(y))": np.exp(sd), "log10(y)": 10.0}.get(outcome, np.e)

    def before(**values: Any) -> float:
        row = data.iloc[[0]].assign(**values)
        return float(base ** fitted.predict(row, groups="average").iloc[0])

    ratios = {sex: before(x=1.0, sex=sex) / before(x=0.0, sex=sex) for sex in "fm"}
    rows = {row.name: row for row in fitted.interpret() if row.role == "γ"}
    assert rows["x"].numbers["ratio"] == pytest.approx(ratios["f"] - 1.0)
    factor = rows["x:sex[T.m]"].numbers["factor"]
    assert factor == pytest.approx(ratios["m"] / ratios["f"])
    assert "read either way, the ratio is multiplied by" in rows["x:sex[T.m]"].full
    assert unexplained(rows["x:sex[T.m]"].full, rows["x:sex[T.m]"].numbers) == []


def test_nothing_is_a_ratio_without_a_logarithm() -> None:
    fitted = mlm.Model("mathach ~ ses*minority", group="school").fit(mlm.load("hsb"))
    rows = [row for row in fitted.interpret() if row.role == "γ"]
    assert not any({"ratio", "factor", "elasticity"} & set(row.numbers) for row in rows)


@pytest.mark.parametrize("seed", range(4))
def test_a_report_keeps_what_a_coefficient_is_before_the_logarithm(seed: int) -> None:
    """It stands beside its coefficient, before what that is elsewhere."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(12), 15)
    x, sex = rng.uniform(20.0, 60.0, 180), rng.choice(["f", "m"], 180)
    size = rng.uniform(-0.02, 0.02) * x + 0.3 * (sex == "m") + rng.normal(0.0, 0.2, 12)[g]
    data = pd.DataFrame({"g": g, "x": x, "sex": sex, "y": np.exp(size + rng.normal(0, 0.1, 180))})
    fit = mlm.Model.from_formula("log(y) ~ x * sex + (1 | g)", data=data).fit(data)
    gap = fit.interpret("sex[T.m]").rows[0]
    assert gap.numbers["ratio"] == pytest.approx(np.expm1(fit.params["sex[T.m]"]))
    before, _, after = gap.full.partition("On the scale before the logarithm")
    assert "At the mean of x" not in before  # the ratio is at x = 0, as the coefficient
    assert "At the mean of x" in after
    assert fit.report().results.count("On the scale before the logarithm") == 2


@pytest.mark.parametrize("outcome", ["log(y + 1)", "log1p(y)", "log2(y - 0.5)"])
def test_the_logarithm_of_a_sum_says_no_ratio_of_what_is_added_to(outcome: str) -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"g": np.repeat(np.arange(10), 10), "x": rng.normal(size=100)})
    own = rng.normal(size=10)[data["g"]]
    data["y"] = np.exp(0.2 * data["x"] + own + rng.normal(size=100) / 3) + 1.0
    for code, told in ((outcome, False), ("log(y / 2)", True)):
        fitted = mlm.Model.from_formula(f"{code} ~ x + (1 | g)", data=data).fit(data)
        row = fitted.interpret("x").rows[0]
        assert ("ratio" in row.numbers) == told
        assert ("On the scale before the logarithm" in row.full) == told
