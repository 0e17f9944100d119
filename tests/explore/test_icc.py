"""The panel on the intraclass correlation."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.explore.icc import GROUPS, ICC, SIZE, intraclass, scene
from mlmteach.panels.scene import Handle, Points, Segments


def test_rho_agrees_with_a_fit() -> None:
    fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    state = ICC(tau2=float(fit.cov_re.iloc[0, 0]), sigma2=fit.scale)
    assert float(intraclass(state)) == pytest.approx(fit.icc)
    assert float(intraclass(ICC(2.0, 0.0))) == 1
    assert np.isnan(intraclass(ICC(0.0, 0.0)))


def test_the_strips_have_the_variances_of_the_state() -> None:
    strips = scene(ICC(tau2=4.0, sigma2=9.0, sample=5), top=60.0).views[0].marks
    (points,) = (mark for mark in strips if isinstance(mark, Points))
    (means,) = (mark for mark in strips if isinstance(mark, Segments))
    drawn = points.y.reshape(GROUPS, SIZE)
    np.testing.assert_allclose(drawn.mean(axis=1), means.y0)
    assert drawn.mean(axis=1).var() == pytest.approx(4.0)
    within = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum() / (GROUPS * (SIZE - 1))
    assert within == pytest.approx(9.0)


def test_a_share_of_nothing_is_not_told() -> None:
    panel = mlm.explore.icc()
    panel.move(tau2=0.0)
    assert panel.sentence.startswith("Nothing of the variance")
    panel.move(sigma2=0.0)
    assert panel.sentence.startswith("There is no variance, and so no share of it")
    assert "0/0" not in panel.alt


def test_the_highest_group_can_be_dragged_to_any_variance() -> None:
    """What the handle sets at its own place is the state that it stands for."""
    panel = mlm.explore.icc()
    for tau2 in (1.0, 25.0):
        panel.move(tau2=tau2)
        handle = next(mark for mark in panel.scene.marks if isinstance(mark, Handle))
        height = float(handle.y)
        effect = height / np.sqrt(tau2)
        assert (height / effect) ** 2 == pytest.approx(tau2)
        assert handle.sets["tau2"].inputs  # a page computes it from the pointer


def test_a_fit_is_where_it_begins() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    panel = mlm.explore.icc(fit)
    assert panel.values["sigma2"] == pytest.approx(fit.scale, abs=5)
