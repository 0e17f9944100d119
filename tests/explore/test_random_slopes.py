"""The panel on random slopes and the origin of x."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError
from mlmteach.explore.random_slopes import RandomSlopes, at_origin, variance_at


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


def test_another_origin_is_a_refit_with_moved_data(fit: Fit) -> None:
    sleep = mlm.load("sleepstudy")
    moved = fit.model.fit(sleep.assign(Days=sleep["Days"] - 4))
    assert moved.criterion == pytest.approx(fit.criterion)
    np.testing.assert_allclose(
        at_origin(fit.cov_re.to_numpy(), 4.0), moved.cov_re.to_numpy(), rtol=1e-4
    )


def test_the_variance_at_a_point_is_tau_00_with_the_origin_there(fit: Fit) -> None:
    covariance = fit.cov_re.to_numpy()
    for x in (-1.0, 0.0, 7.5):
        expected = at_origin(covariance, x)[0, 0]
        assert variance_at(covariance, np.array([x]))[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("control", "value"), [("tau0", 6.0), ("tau1", 1.5), ("tau01", 0.5), ("origin", 1.0)]
)
def test_every_control_moves_everything(control: str, value: float) -> None:
    panel = mlm.explore.random_slopes()
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    moved = at_origin(panel.state.covariance, panel.state.origin)
    assert f"τ₀² = {moved[0, 0]:.2f}" in panel.shown.sentence


def test_an_impossible_matrix_is_explained_and_can_be_left() -> None:
    panel = mlm.explore.random_slopes()
    panel.controls["tau0"].value = 0.5
    assert "a correlation cannot pass 1" in panel.message.value
    assert "between −0.71 and 0.71" in panel.message.value
    panel.controls["tau01"].value = 0.2
    assert panel.message.value == ""
    assert panel.state.tau01 == pytest.approx(0.2)


def test_a_fit_is_where_it_begins(fit: Fit) -> None:
    panel = mlm.explore.random_slopes(fit)
    np.testing.assert_allclose(panel.state.covariance, fit.cov_re, rtol=0.2)
    null = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    with pytest.raises(ModelError, match="one random slope"):
        mlm.explore.random_slopes(null)
    with pytest.raises(ModelError, match="cannot pass 1"):
        RandomSlopes(1.0, 1.0, 1.1)
