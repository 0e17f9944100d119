"""The panel on the average over groups."""

import numpy as np
import pytest
from scipy.special import expit

import mlmteach as mlm
from mlmteach.explore.averaging import GROUPS, Averaging, curves, scene
from mlmteach.fit.averaging import average_mean
from mlmteach.model.family import Family
from mlmteach.panels.scene import Lines


def test_the_average_is_that_of_many_groups() -> None:
    x = np.array([-2.0, 0.0, 1.0])
    state = Averaging(tau2=3.0, intercept=-0.5, slope=1.2)
    both = curves(state, x)
    u = np.sqrt(3.0) * np.random.default_rng(2).standard_normal((200_000, 1))
    np.testing.assert_allclose(both.typical, expit(-0.5 + 1.2 * x))
    np.testing.assert_allclose(both.average, expit(-0.5 + 1.2 * x + u).mean(axis=0), atol=3e-3)


@pytest.mark.parametrize("tau2", [0.0, 1.0, 10.0])
def test_the_points_of_the_page_are_close_enough(tau2: float) -> None:
    x = np.linspace(-4.0, 4.0, 9)
    both = curves(Averaging(tau2, -4.0, 3.0), x)
    exact = average_mean(Family("binomial", "logit"), -4.0 + 3.0 * x, tau2)
    np.testing.assert_allclose(both.average, exact, atol=1e-8)


def test_the_picture_shows_the_state() -> None:
    state = Averaging(tau2=4.0, intercept=1.0, slope=-0.5)
    groups, average, typical = (m for m in scene(state).views[0].marks if isinstance(m, Lines))
    both = curves(state, average.x)
    np.testing.assert_allclose(typical.y, both.typical)
    np.testing.assert_allclose(average.y, both.average)
    np.testing.assert_allclose(groups.y[GROUPS // 2], both.typical)  # the group in the middle
    # fifteen groups stand for all: their mean is near the average over all
    np.testing.assert_allclose(groups.y.mean(axis=0), both.average, atol=0.01)


def test_the_numbers_of_the_sentence() -> None:
    panel = mlm.explore.averaging()
    typical, average = curves(panel.state, np.array([0.0, 1.0]))
    told = panel.sentence
    assert f"from {typical[0]:.2f} at x = 0 to {typical[1]:.2f} at x = 1" in told
    assert f"averaged over groups, from {average[0]:.2f} to {average[1]:.2f}" in told
    odds = average / (1.0 - average)
    within, between = np.exp(panel.state.slope), odds[1] / odds[0]
    assert f"multiplies the odds by {within:.2f}" in told
    assert f"by {between:.2f}. The second is nearer to 1" in told


def test_where_both_are_one_nothing_else_is_said() -> None:
    panel = mlm.explore.averaging()
    scene = panel.move(tau2=0.0)
    assert scene.told.startswith("Without variance between groups")
    assert scene.told.endswith("The two odds ratios agree.")
    assert panel.move(slope=0.0).told.endswith("x plays no part, in a group or on average.")


def test_every_symbol_is_in_picture_equation_and_sentence() -> None:
    scene = mlm.explore.averaging().scene
    for where in ("picture", "equation", "sentence"):
        assert scene.tags(where) >= {"gamma_00", "gamma_10", "U_0", "average"}


def test_a_hyphen_stays_a_hyphen() -> None:
    assert "log-odds" in mlm.explore.averaging().alt
    assert "From x = −4 to x = 4" in mlm.explore.averaging().alt
