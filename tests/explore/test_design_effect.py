"""The panel on the design effect."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.explore.design_effect import SampleDesign, precision


def test_the_true_standard_error_is_that_of_the_two_levels() -> None:
    # Var(mean) = tau2/J + sigma2/(nJ) with tau2 = rho, sigma2 = 1 - rho
    state = SampleDesign(icc=0.3, n=12, groups=25)
    found = precision(state)
    assert found.true_se**2 == pytest.approx(0.3 / 25 + 0.7 / (12 * 25))
    assert found.effective == pytest.approx(1 / found.true_se**2)


def test_coverage_is_what_simulation_gives() -> None:
    state = SampleDesign(icc=0.25, n=10, groups=40)
    rng = np.random.default_rng(5)
    effects = rng.normal(0, np.sqrt(0.25), size=(4000, 40))
    means = effects.mean(axis=1) + rng.normal(0, np.sqrt(0.75 / 400), size=4000)
    covered = (np.abs(means) < 1.959964 / np.sqrt(400)).mean()
    assert precision(state).coverage == pytest.approx(covered, abs=0.025)


def test_without_correlation_nothing_is_lost() -> None:
    found = precision(SampleDesign(icc=0.0, n=30, groups=10))
    assert (found.effect, found.effective) == (1.0, 300.0)
    assert found.coverage == pytest.approx(0.95, abs=1e-6)


@pytest.mark.parametrize(("control", "value"), [("icc", 0.5), ("n", 50), ("groups", 100)])
def test_every_control_moves_everything(control: str, value: float) -> None:
    panel = mlm.explore.design_effect()
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert f"design effect is {precision(panel.state).effect:.2f}" in panel.shown.sentence
