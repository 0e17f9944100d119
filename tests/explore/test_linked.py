"""A fit in one view."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit, GeneralizedFit
from mlmteach.errors import OptionError, SingularFitWarning
from mlmteach.explore.defaults import default_fit
from mlmteach.explore.linked import Along, Display
from mlmteach.explore.panel import Panel
from mlmteach.explore.scene import Lines, Points, Scene, Segments


@cache
def full() -> Panel[Along]:
    fit: Fit = default_fit("full")
    panel: Panel[Along] = fit.explore()
    return panel


@cache
def yes_or_no() -> GeneralizedFit:
    model = mlm.Model(
        "use ~ age + urban", group="district", level2={"urban": "U"}, family="binomial"
    )
    fit: GeneralizedFit = model.fit(mlm.load("contraception"))
    return fit


def arrow(scene: Scene, tag: str) -> Segments:
    return next(m for m in scene.marks if isinstance(m, Segments) and m.arrow and tag in m.tags)


def test_every_symbol_is_in_equation_picture_and_words() -> None:
    for panel in (full(), yes_or_no().explore()):
        scene = panel.scene
        for where in ("picture", "equation", "sentence"):
            assert scene.tags(where) == scene.tags("equation") != set()
    assert {"gamma_11", "U_1", "tau_01", "sigma2", "epsilon"} <= full().scene.tags("picture")


def test_each_gamma_has_a_row_and_a_tag() -> None:
    fit = default_fit("full")
    tags = [Display(fit).tag_of(row) for row in fit.interpret().rows]
    assert tags[:7] == [
        *("gamma_00", "gamma_01", "gamma_02", "gamma_10", "gamma_11", "gamma_20", "gamma_30"),
    ]
    assert tags[7:] == ["U_0", "U_1", "tau_00", "tau_11", "tau_01", "sigma2"]


def test_arrows_are_as_long_as_what_they_stand_for() -> None:
    fit, scene = default_fit("full"), full().move(over="SES", group="1224")
    minority = arrow(scene, "gamma_20")
    assert minority.y1 - minority.y0 == pytest.approx(fit.params["minority"])
    size = arrow(scene, "gamma_01")  # a standard deviation of it
    sd = mlm.load("hsb").groupby("school")["size"].first().std()
    assert size.y1 - size.y0 == pytest.approx(sd * fit.params["size"])
    effects: Any = fit.random_effects.loc[1224]
    intercept, slope = arrow(scene, "U_0"), arrow(scene, "U_1")
    assert intercept.y1 - intercept.y0 == pytest.approx(effects["Intercept"])
    assert slope.y1 - slope.y0 == pytest.approx(effects["ses"] * slope.x0)
    assert "The picked group is 1224" in scene.told


def test_units_lie_around_the_line_of_their_group() -> None:
    fit, scene = default_fit("null"), default_fit("null").explore().move(group="1224")
    line = next(m for m in scene.marks if isinstance(m, Lines) and m.label == "picked group")
    units = next(m for m in scene.marks if isinstance(m, Points) and m.tags == ("epsilon",))
    drawn = np.asarray(units.y)[np.isfinite(units.y)]
    own = fit.resid[fit.frame["school"] == 1224].to_numpy()
    assert np.isin(np.round(drawn - line.y[0], 6), np.round(own, 6)).all()
    assert len(drawn) == min(len(own), 25)


def test_along_a_level_2_predictor_groups_are_points() -> None:
    fit, scene = default_fit("full"), full().move(over="size", group="1224")
    schools = next(m for m in scene.marks if isinstance(m, Points) and m.chooses)
    sizes = fit.frame.groupby("school")["size"].first()
    np.testing.assert_allclose(schools.x, sizes)
    assert arrow(scene, "U_0").x0 == sizes.loc[1224]


def test_a_yes_or_no_outcome_is_drawn_on_both_scales() -> None:
    fit = yes_or_no()
    scene = fit.explore().scene
    assert [view.y.label for view in scene.views[:2]] == [
        "log-odds of use",
        "probability of use",
    ]
    line = next(m for m in scene.views[1].marks if isinstance(m, Lines))
    eta = next(m for m in scene.views[0].marks if isinstance(m, Lines) and "general" in m.label)
    np.testing.assert_allclose(line.y, 1.0 / (1.0 + np.exp(-eta.y)))
    assert "sigma2" not in scene.tags("equation")


def test_what_it_does_not_show_is_refused() -> None:
    casks = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    with pytest.raises(OptionError, match=r"and not a LayeredFit\. Use fit\.equations\(\)"):
        casks.explore()


def test_a_fit_without_variance_between_groups_is_drawn() -> None:
    """All U are 0; their axes had no width, and a page could not draw the picture."""
    data = pd.DataFrame(
        {"y": [1.0, -1.0, 0.5, -0.5] * 8, "x": range(32), "g": sorted([*range(8)] * 4)}
    )
    with pytest.warns(SingularFitWarning):
        fit = mlm.Model("y ~ x", group="g", level2={"x": "U"}).fit(data)
    for view in mlm.explore.linked.linked(fit).scene.views:
        assert view.x.high - view.x.low > 0.1
        assert view.y.high - view.y.low > 0.1
