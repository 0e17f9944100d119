"""The panel on the design effect."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.explore.design_effect import SAMPLES, SampleDesign, precision
from mlmteach.panels.scene import Segments


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


def test_the_misses_are_counted() -> None:
    panel = mlm.explore.design_effect()
    scene = panel.move(icc=0.5, sample=3)
    lines = [mark for mark in scene.marks if isinstance(mark, Segments)]
    hit, missed = (int(np.isfinite(mark.y0).sum()) for mark in lines)
    assert hit + missed == SAMPLES
    assert f"Of these 100, {missed} miss it" in panel.sentence
    for mark, inside in zip(lines, (True, False), strict=True):
        rows = np.isfinite(mark.y0)
        assert set((mark.x0[rows] <= 0) & (mark.x1[rows] >= 0)) == {inside}


def test_over_many_samples_the_misses_are_as_many_as_promised() -> None:
    panel = mlm.explore.design_effect()
    counts = []
    for sample in range(60):
        scene = panel.move(icc=0.18, sample=sample)
        miss = next(m for m in scene.marks if isinstance(m, Segments) and m.role == "fixed")
        counts.append(np.isfinite(miss.y0).sum())
    expected = 100 * (1 - float(precision(panel.state).coverage))
    assert np.mean(counts) == pytest.approx(expected, abs=2)
