"""The panel on the intraclass correlation."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.explore.icc import ICC, SIZE, Strips, intraclass


def test_rho_agrees_with_a_fit() -> None:
    fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    state = ICC(tau2=float(fit.cov_re.iloc[0, 0]), sigma2=fit.scale)
    assert intraclass(state) == pytest.approx(fit.icc)
    assert intraclass(ICC(0.0, 0.0)) == 0
    assert intraclass(ICC(2.0, 0.0)) == 1


def test_the_strips_have_the_variances_of_the_state() -> None:
    strips = Strips(30.0)
    strips.move(ICC(tau2=4.0, sigma2=9.0))
    drawn = np.asarray(strips._points.get_ydata()).reshape(-1, SIZE)
    assert drawn.mean(axis=1).var() == pytest.approx(4.0)
    within = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum() / (len(drawn) * (SIZE - 1))
    assert within == pytest.approx(9.0)


@pytest.mark.parametrize(("control", "value"), [("tau2", 20.0), ("sigma2", 5.0)])
def test_every_control_moves_everything(control: str, value: float) -> None:
    panel = mlm.explore.icc()
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    rho = intraclass(panel.state)
    assert f"= {rho:.2f}." in panel.shown.sentence
    assert f"{rho:.2f}" in panel.equation.value


def test_no_variance_at_all() -> None:
    panel = mlm.explore.icc()
    panel.controls["tau2"].value = 0.0
    assert panel.shown.sentence.startswith("Nothing of the variance")
    panel.controls["sigma2"].value = 0.0
    assert panel.message.value == ""


def test_a_fit_is_where_it_begins() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    panel = mlm.explore.icc(fit)
    assert panel.state.sigma2 == pytest.approx(fit.scale, abs=5)
