"""The panel on ML and REML: the closed form against the engine."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.explore.estimation import (
    Balanced,
    Sums,
    deviances,
    draw,
    least,
    repeated,
    sums_of_squares,
    variance,
)
from mlmteach.panels.scene import Lines, Points

STATES = [Balanced(6, 10, 0.5, 1), Balanced(40, 5, 1.0, 3), Balanced(4, 8, 0.9, 7)]


def sums_of(state: Balanced) -> Sums:
    return sums_of_squares(draw(state), state.groups, state.n)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("reml", [True, False])
def test_the_closed_form_is_what_the_engine_minimises(state: Balanced, reml: bool) -> None:
    sample = draw(state)[: state.groups, : state.n]
    frame = pd.DataFrame({"y": sample.ravel(), "g": np.repeat(np.arange(state.groups), state.n)})
    fit = mlm.Model("y ~ 1", group="g").fit(frame, reml=reml)
    sums = sums_of(state)
    best = least(sums, reml=reml)
    assert best == pytest.approx(fit.theta[0], abs=1e-4)
    assert variance(sums, reml=reml) == pytest.approx(fit.cov_re.iloc[0, 0], abs=1e-3)
    criterion = deviances(np.array([best]), sums, reml=reml)[0]
    assert criterion == pytest.approx(fit.criterion, abs=1e-6)


def test_the_minimum_is_the_least_of_the_curve() -> None:
    scene = mlm.explore.estimation().move(groups=30)
    curves = [m for m in scene.marks if isinstance(m, Lines)]
    dots = [m for m in scene.marks if isinstance(m, Points)][:2]
    for curve, dot in zip(curves, dots, strict=True):
        assert curve.y.min() == pytest.approx(0.0, abs=0.05)
        assert curve.x[curve.y.argmin()] == pytest.approx(dot.x, abs=0.02)


@pytest.mark.parametrize(("groups", "n"), [(3, 2), (12, 30)])
def test_repeated_samples_are_as_theory_says(groups: int, n: int) -> None:
    means, theta = [], 0.8
    for sample in range(25):
        many = repeated(Balanced(groups, n, theta, sample))
        means.append([many.between.mean(), many.within.mean(), many.within.var()])
    between, within, spread = np.mean(means, axis=0)
    # 5,000 draws of (1 + n θ²) χ²(J - 1) and of χ²(J (n - 1))
    assert between == pytest.approx((1 + n * theta**2) * (groups - 1), rel=0.06)
    assert within == pytest.approx(groups * (n - 1), rel=0.03)
    assert spread == pytest.approx(2 * groups * (n - 1), rel=0.1)


def test_an_estimate_of_zero_is_told_and_nothing_false_beside_it() -> None:
    panel = mlm.explore.estimation()
    panel.move(theta=0.0)
    found = set()
    for sample in range(1, 25):
        told = panel.move(sample=sample).told
        sums = sums_of(panel.state)
        zeros = [variance(sums, reml=reml) <= 0 for reml in (True, False)]
        found.add(tuple(zeros))
        assert ("0 either way" in told) == zeros[0]
        assert ("So ML's τ₀² is smaller" in told) == (not zeros[1])
        assert ("to say 0" in told) == (zeros == [False, True])
    assert {(True, True), (False, False)} <= found


def test_a_theta_is_dragged_along_the_curves() -> None:
    panel = mlm.explore.estimation()
    scene = panel.move(at=0.3)
    sums = sums_of(panel.state)
    rise = deviances(0.3, sums, reml=True) - deviances(least(sums, reml=True), sums, reml=True)
    assert f"At θ = 0.30 the criterion lies {rise:.2f} above its minimum by REML" in scene.told
    assert {"reml", "ml", "theta"} <= scene.tags("picture") & scene.tags("equation")
