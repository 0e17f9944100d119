"""What the data hold: what can stay the same in a comparison, and which values an outcome has."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.interpret.predictors import meanings
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.support import Apart, outcome_kind, parted

N = 240
RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {
        "g": np.repeat(np.arange(12), 20),
        "x": RNG.uniform(1.0, 5.0, N),
        "arm": RNG.choice(["control", "drug"], N),
        "sex": RNG.choice(["f", "m"], N),
        "y": np.repeat(RNG.normal(size=12), 20) + RNG.normal(size=N),
    }
)


def apart(frame: pd.DataFrame, formula: str, term: str) -> dict[str, Apart]:
    """Look what the data part from one predictor of a model."""
    fit = mlm.Model(formula, group="g").fit(frame)
    source = source_of(fit)
    c = next(c for c in fit.model.coefficients if c.term and c.term.name == term)
    names = [name for name in fit.model.variables if name not in {"g", "y"} and name not in term]
    found = parted(source, meanings(source, c.term, 1), names)
    return {one.name: one for one in found}


def test_what_has_one_value_in_a_category_is_held_there_alone() -> None:
    dose = np.where(FRAME["arm"] == "drug", RNG.integers(1, 4, N) - 1.0, 0.0)
    found = apart(FRAME.assign(dose=dose), "y ~ arm + dose", "arm[T.drug]")
    assert (found["dose"].why, found["dose"].value) == ("single", 0.0)
    within = found["dose"].within
    assert within is not None
    assert within.value == "control"


def test_what_has_no_value_in_common_cannot_be_held() -> None:
    below = FRAME.assign(age=np.where(FRAME["arm"] == "drug", 50.0, 10.0) + FRAME["x"])
    assert apart(below, "y ~ arm + age", "arm[T.drug]")["age"].why == "apart"
    between = FRAME.assign(age=np.where(FRAME["arm"] == "drug", 2.0, 0.0) + FRAME["x"])
    assert apart(between, "y ~ arm + age", "arm[T.drug]") == {}  # they overlap
    kinds = RNG.choice(["a", "b", "c"], N)
    arm = np.select([kinds == "a", kinds == "b"], ["control", "drug"], FRAME["arm"])
    three = FRAME.assign(kind=kinds, arm=arm)
    assert apart(three, "y ~ kind + arm", "kind[T.b]")["arm"].why == "apart"
    assert apart(three, "y ~ kind + arm", "kind[T.c]")["arm"].why == "single"
    assert apart(FRAME, "y ~ arm + sex + x", "arm[T.drug]") == {}


@pytest.mark.parametrize("curve", [np.square, np.log, np.sqrt, np.reciprocal, lambda x: x**3])
def test_a_column_of_the_frame_that_is_a_curve_moves_along(curve: np.ufunc) -> None:
    frame = FRAME.assign(other=curve(FRAME["x"]), free=RNG.normal(size=N))
    found = apart(frame, "y ~ x + other + free", "x")
    assert {name: one.why for name, one in found.items()} == {"other": "tied"}
    assert set(apart(frame, "y ~ x + other + free", "other")) == {"x"}


def test_a_column_of_the_frame_that_is_a_product_moves_along() -> None:
    z = RNG.normal(size=N)
    frame = FRAME.assign(z=z, both=FRAME["x"] * z)
    assert set(apart(frame, "y ~ x + z + both", "x")) == {"both"}
    assert set(apart(frame, "y ~ x + z + both", "both")) == {"x", "z"}


def test_few_values_are_no_curve() -> None:
    """Through four points there is always one of the third degree."""
    x, free = RNG.integers(0, 4, N).astype(float), RNG.integers(0, 2, 4)
    frame = FRAME.assign(x=x, phase=free[x.astype(int)] + 0.0 * x, noise=RNG.normal(size=N))
    if frame["phase"].nunique() == 1:
        frame["phase"] = (frame["x"] > 1) * 1.0
    assert apart(frame, "y ~ x + noise", "x") == {}


def kind(values: object, **entry: object) -> str:
    model = mlm.Model("y ~ x", group="g", codebook={"y": entry} if entry else None)
    source = source_of(model, data=FRAME.assign(y=values))
    return outcome_kind(source)


def test_zeros_and_ones_are_binary_and_whole_numbers_near_zero_may_be_counts() -> None:
    rng = np.random.default_rng(5)
    assert kind(rng.integers(0, 2, N)) == kind(rng.integers(0, 2, N).astype(float)) == "binary"
    assert kind(rng.poisson(1.5, N)) == "count"
    assert kind(rng.poisson(1.5, N), kind="continuous") == ""  # the codebook knows better
    assert kind(rng.poisson(40.0, N)) == ""  # a normal distribution does not reach below 0
    assert kind(rng.integers(1, 6, N)) == ""  # a scale from 1 to 5
    assert kind(rng.integers(0, 3, N) - 1) == ""
    assert kind(rng.normal(size=N)) == ""


def test_without_data_the_codebook_says_what_an_outcome_is() -> None:
    def said(model: mlm.Model) -> str:
        found: Source = source_of(model)
        return outcome_kind(found)

    hsb = mlm.load("hsb")
    assert said(mlm.Model("minority ~ ses", group="school", data=hsb)) == "binary"
    assert said(mlm.Model("mathach ~ ses", group="school", data=hsb)) == ""
    assert said(mlm.Model("minority ~ ses", group="school")) == ""
    logged = mlm.Model("log(y) ~ x", group="g")
    assert outcome_kind(source_of(logged, data=FRAME.assign(y=1 + FRAME["x"]))) == ""
