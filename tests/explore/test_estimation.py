"""The panel on ML and REML: the closed form against the engine."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.explore.estimation import Balanced, deviances, draw, least, sums_of_squares

STATES = [Balanced(6, 10, 0.5, 1), Balanced(40, 5, 1.0, 3), Balanced(4, 8, 0.9, 7)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("reml", [True, False])
def test_the_closed_form_is_what_the_engine_minimises(state: Balanced, reml: bool) -> None:
    sample = draw(state)
    frame = pd.DataFrame({"y": sample.ravel(), "g": np.repeat(np.arange(state.groups), state.n)})
    fit = mlm.Model("y ~ 1", group="g").fit(frame, reml=reml)
    sums = sums_of_squares(sample)
    best = least(sums, reml=reml)
    assert best == pytest.approx(fit.theta[0], abs=1e-4)
    criterion = deviances(np.array([best]), sums, reml=reml)[0]
    assert criterion == pytest.approx(fit.criterion, abs=1e-6)


def test_the_minimum_is_the_least_of_the_curve() -> None:
    sums = sums_of_squares(draw(STATES[0]))
    grid = np.linspace(0, 2, 401)
    for reml in (True, False):
        curve = deviances(grid, sums, reml=reml)
        assert grid[curve.argmin()] == pytest.approx(least(sums, reml=reml), abs=0.006)


def test_ml_is_below_reml() -> None:
    for sample in range(1, 20):
        sums = sums_of_squares(draw(Balanced(5, 10, 0.6, sample)))
        assert least(sums, reml=False) <= least(sums, reml=True)


@pytest.mark.parametrize(
    ("control", "value"), [("groups", 50), ("n", 30), ("theta", 1.0), ("sample", 9)]
)
def test_every_control_moves_everything(control: str, value: float) -> None:
    panel = mlm.explore.estimation()
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_an_estimate_of_zero_is_told() -> None:
    panel = mlm.explore.estimation()
    panel.controls["theta"].value = 0.0
    found = []
    for sample in range(1, 15):
        panel.controls["sample"].value = sample
        found.append("estimated as 0" in panel.shown.sentence)
    assert any(found)
    assert not all(found)
