"""The panel on the average over groups."""

import numpy as np
import pytest
from scipy.special import expit

import mlmteach as mlm
from mlmteach.explore.averaging import GROUPS, Averaging, GroupCurves, curves


def test_the_average_is_that_of_many_groups() -> None:
    x = np.array([-2.0, 0.0, 1.0])
    state = Averaging(tau2=3.0, intercept=-0.5, slope=1.2)
    both = curves(state, x)
    u = np.sqrt(3.0) * np.random.default_rng(2).standard_normal((200_000, 1))
    np.testing.assert_allclose(both.typical, expit(-0.5 + 1.2 * x))
    np.testing.assert_allclose(both.average, expit(-0.5 + 1.2 * x + u).mean(axis=0), atol=3e-3)


def test_the_curves_part_as_the_variance_grows() -> None:
    x = np.array([2.0])
    gaps = []
    for tau2 in (0.0, 1.0, 4.0, 9.0):
        both = curves(Averaging(tau2, 0.0, 1.0), x)
        gaps.append(float(both.typical[0] - both.average[0]))
    assert gaps[0] == pytest.approx(0.0, abs=1e-12)
    assert gaps == sorted(gaps)
    assert gaps[-1] > 0.1


def test_the_picture_shows_the_state() -> None:
    drawing = GroupCurves()
    state = Averaging(tau2=4.0, intercept=1.0, slope=-0.5)
    drawing.move(state)
    lines = drawing.picture.axes[0].lines
    assert len(lines) == GROUPS + 2
    drawn = np.array([np.asarray(line.get_ydata(), dtype=float) for line in lines])
    both = curves(state, drawing.x)
    np.testing.assert_allclose(drawn[-2], both.typical)
    np.testing.assert_allclose(drawn[-1], both.average)
    np.testing.assert_allclose(drawn[GROUPS // 2], both.typical)  # the group in the middle
    # fifteen groups stand for all: their mean is near the average over all
    np.testing.assert_allclose(drawn[:GROUPS].mean(axis=0), both.average, atol=0.01)


@pytest.mark.parametrize(("control", "value"), [("tau2", 6.0), ("intercept", 0.5), ("slope", -0.7)])
def test_every_control_moves_everything(control: str, value: float) -> None:
    panel = mlm.explore.averaging()
    before = (panel.image.value, panel.equation.value, panel.sentence.value, panel.shown.alt)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value, panel.shown.alt)
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_the_numbers_of_the_sentence() -> None:
    panel = mlm.explore.averaging()
    typical, average = curves(panel.state, np.array([0.0, 1.0]))
    text = panel.shown.sentence
    assert f"from {typical[0]:.2f} at x = 0 to {typical[1]:.2f} at x = 1" in text
    assert f"averaged over groups, from {average[0]:.2f} to {average[1]:.2f}" in text
    odds = average / (1.0 - average)
    within, between = np.exp(panel.state.slope), odds[1] / odds[0]
    assert f"multiplies the odds by {within:.2f}" in text
    assert f"by {between:.2f}. The second is nearer to 1" in text
    assert abs(np.log(between)) < abs(np.log(within))


def test_without_variance_both_are_one() -> None:
    panel = mlm.explore.averaging()
    panel.controls["tau2"].value = 0.0
    assert panel.shown.sentence.startswith("Without variance between groups")
    assert panel.shown.sentence.endswith("The two odds ratios agree.")
    panel.controls["slope"].value = 0.0
    assert panel.message.value == ""
