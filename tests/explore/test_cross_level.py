"""The panel on a cross-level interaction."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError
from mlmteach.explore.cross_level import line_at
from mlmteach.explore.defaults import default_fit


def test_the_line_has_the_simple_slope() -> None:
    fit = default_fit("full")
    line = line_at(fit, "ses", "size", 700.0)
    slope = np.polyfit(line["ses"], line["predicted"], 1)[0]
    assert slope == pytest.approx(fit.params["ses"] + 700 * fit.params["size:ses"])


def test_the_moderator_moves_everything() -> None:
    fit = default_fit("full")
    panel = mlm.explore.cross_level(fit)
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls["moderator"].value = 300
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    slope = fit.params["ses"] + panel.state.moderator * fit.params["size:ses"]
    assert f"the slope of SES is {slope:.2f}" in panel.shown.sentence
    assert f"{slope:.2f}" in panel.equation.value


def test_it_needs_an_interaction() -> None:
    with pytest.raises(ModelError, match="no cross-level interaction"):
        mlm.explore.cross_level(default_fit("level 1"))
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        mlm.explore.cross_level(default_fit("full"), "size:sess")


def test_a_region_inside_the_data_is_told() -> None:
    model = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "sector + U", "ses": "sector"}
    )
    panel = mlm.explore.cross_level(model.fit(mlm.load("hsb")))
    assert "at every sector in the data" in panel.shown.sentence
