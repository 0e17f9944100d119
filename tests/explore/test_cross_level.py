"""The panel on a cross-level interaction."""

from functools import cache

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError, OptionError
from mlmteach.explore.cross_level import interaction_of, own_slopes
from mlmteach.explore.defaults import default_fit
from mlmteach.panels.scene import Area, Inscription, Rule
from mlmteach.plot.typical import general_line


@cache
def minority() -> Fit:
    """A slope that differs from 0 in a part of the schools only."""
    model = mlm.Model("mathach ~ minority", group="school", level2={"minority": "disclim"})
    return model.fit(mlm.load("hsb"))


def test_line_and_slope_are_those_of_the_fit() -> None:
    fit = default_fit("full")
    panel = mlm.explore.cross_level(fit)
    left, right = panel.move(moderator=733).views
    size = panel.state.moderator
    slope = fit.params["ses"] + size * fit.params["size:ses"]
    assert f"the slope of SES is {slope:.2f}" in panel.sentence
    band, line = left.marks[-2:]
    moving = {"size": np.full(len(line.x), size), "ses": line.x}
    exact = general_line(fit, moving)[0]
    np.testing.assert_allclose(line.y, exact["predicted"])
    np.testing.assert_allclose(band.low, exact["lower"], atol=1e-3)  # between two places
    assert right.marks[-1].y == pytest.approx(slope)


def test_own_slopes_are_those_of_least_squares() -> None:
    model = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size"})
    fit = model.fit(mlm.load("hsb"))
    at, slopes = own_slopes(fit, "ses", "size")
    school = fit.frame[fit.frame["school"] == sorted(fit.frame["school"].unique())[0]]
    assert at[0] == school["size"].iloc[0]
    assert slopes[0] == pytest.approx(np.polyfit(school["ses"], school["mathach"], 1)[0])


def test_the_region_is_shaded_and_its_bound_named() -> None:
    panel = mlm.explore.cross_level(minority())
    (bound,) = (b for b in interaction_of(minority(), "disclim:minority").region.bounds if b > -2.4)
    right = panel.scene.views[1]
    covers, sure = (m for m in right.marks if isinstance(m, Area))
    assert (covers.label, sure.label) == ("band covers 0", "band leaves 0 out")
    assert covers.x[-1] == sure.x[0] == pytest.approx(bound)
    (rule,) = (m for m in right.marks if isinstance(m, Rule) and m.x is not None)
    (note,) = (m for m in right.marks if isinstance(m, Inscription))
    assert rule.x == pytest.approx(bound)
    assert f"{bound:.4g}".replace("-", "−") in "".join(map(str, note.words))
    assert "it covers 0" in panel.move(moderator=-2.4).told
    assert "it leaves 0 out" in panel.move(moderator=1.0).told


def test_every_symbol_is_in_picture_equation_and_sentence() -> None:
    scene = mlm.explore.cross_level(default_fit("full")).scene
    for where in ("picture", "equation", "sentence"):
        assert scene.tags(where) >= {"gamma_10", "gamma_11", "slope"}


def test_it_needs_an_interaction() -> None:
    with pytest.raises(ModelError, match="no cross-level interaction"):
        mlm.explore.cross_level(default_fit("level 1"))
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        mlm.explore.cross_level(default_fit("full"), "size:sess")


def test_a_moderator_of_two_values_has_them_alone() -> None:
    model = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "sector + U", "ses": "sector"}
    )
    panel = mlm.explore.cross_level(model.fit(mlm.load("hsb")))
    assert "at every sector in the data" in panel.sentence
    assert panel.controls["moderator"].values == (0.0, 1.0)


def test_a_yes_or_no_outcome_has_no_own_slopes() -> None:
    model = mlm.Model("use ~ age", group="district", level2={"age": "share"}, family="binomial")
    data = mlm.load("contraception")
    data["share"] = data.groupby("district")["urban"].transform("mean")
    panel = mlm.explore.cross_level(model.fit(data))
    assert "own" not in panel.scene.tags("picture") | panel.scene.tags("sentence")
    assert panel.scene.views[0].y.label == "predicted, in log-odds of use"


def test_a_hyphen_in_a_name_is_no_minus() -> None:
    data = mlm.load("hsb").rename(columns={"disclim": "dis-clim"})
    model = mlm.Model("mathach ~ minority", group="school", level2={"minority": "`dis-clim`"})
    panel = mlm.explore.cross_level(model.fit(data))
    assert "dis-clim" in panel.alt
    assert "dis−clim" not in panel.alt
    labels = [getattr(mark, "label", "") for mark in panel.scene.marks]
    assert not any("dis−clim" in label for label in labels)
    assert "from −2.416" in panel.alt  # while the least value has a minus sign
