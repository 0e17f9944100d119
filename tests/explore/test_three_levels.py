"""The panel on three levels."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.explore.three_levels import CLASSES, PUPILS, SCHOOLS, ThreeLevels, alike, scene
from mlmteach.panels.scene import Points, Segments


def test_the_correlations_agree_with_a_fit() -> None:
    fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    tau2, phi2 = (float(matrix.iloc[0, 0]) for matrix in fit.cov_re.values())
    rho = alike(ThreeLevels(phi2, tau2, fit.scale))
    assert rho.school == pytest.approx(fit.icc["batch"])
    assert rho.group == pytest.approx(fit.icc["cask"])
    assert rho.classes == pytest.approx(fit.icc["batch"] / fit.icc["cask"])


def test_what_is_drawn_has_the_variances_of_the_state() -> None:
    shown = scene(ThreeLevels(phi2=1.0, tau2=4.0, sigma2=9.0), top=12.0)
    points = [mark for mark in shown.views[0].marks if isinstance(mark, Points)]
    pupils = np.asarray(points[0].y).reshape(SCHOOLS, CLASSES, PUPILS)
    classes, schools = (
        np.asarray(mark.y0) for mark in shown.views[0].marks if isinstance(mark, Segments)
    )
    within = ((pupils - pupils.mean(axis=2, keepdims=True)) ** 2).sum()
    assert within / (SCHOOLS * CLASSES * (PUPILS - 1)) == pytest.approx(9.0)
    np.testing.assert_allclose(pupils.mean(axis=2).ravel(), classes)
    within = ((classes.reshape(SCHOOLS, CLASSES) - schools[:, None]) ** 2).sum()
    assert within / (SCHOOLS * (CLASSES - 1)) == pytest.approx(4.0)
    assert schools.var() == pytest.approx(1.0)


def test_picture_equation_and_sentence_show_the_same_symbols() -> None:
    shown = mlm.explore.three_levels().scene
    variances = {"phi_00", "tau_00", "sigma2"}
    assert variances <= shown.tags("picture")
    correlations = {"rho_school", "rho_class", "rho_classes"}
    assert shown.tags("equation") == shown.tags("sentence") == variances | correlations


def test_without_variance_no_correlation_is_claimed() -> None:
    panel = mlm.explore.three_levels()
    panel.move(phi2=0.0, tau2=0.0)
    assert "Two pupils of one class correlate 0.00" in panel.sentence
    assert "Two classes of one school" not in panel.sentence
    panel.move(sigma2=0.0)
    assert "a correlation is not defined" in panel.sentence
    assert "correlate " not in panel.sentence


def test_a_fit_is_where_it_begins() -> None:
    fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    panel = mlm.explore.three_levels(fit)
    assert panel.values["tau2"] == pytest.approx(fit.cov_re["cask"].iloc[0, 0], abs=0.05)
    crossed = mlm.Model("diameter ~ 1", group="plate * sample").fit(mlm.load("penicillin"))
    with pytest.raises(OptionError, match="three levels"):
        mlm.explore.three_levels(crossed)
