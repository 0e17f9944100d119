"""Profile plots, on the curves that are drawn."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError


def test_the_curve_is_the_profile(sleep: Fit) -> None:
    figure = mlm.plot.profile(sleep, ["Days", "sigma"], points=9)
    traced = sleep.profile(scale="sd")
    for axes, name in zip(figure.canvas.axes, ["Days", "sigma"], strict=True):
        curve = traced.curve(name, points=9)
        np.testing.assert_allclose(axes.lines[0].get_xdata(), curve["value"])
        np.testing.assert_allclose(axes.lines[0].get_ydata(), curve["zeta"] ** 2)
    # R: confint(lmer(Reaction ~ Days + (Days | Subject), sleepstudy)) of lme4 gives
    # 22.89826688 and 28.85799651 for .sigma
    assert "95 % interval 22.9 to 28.9" in figure.alt


def test_unknown_parameters_are_refused(sleep: Fit) -> None:
    with pytest.raises(OptionError, match="no parameter 'x'"):
        mlm.plot.profile(sleep, ["x"])
