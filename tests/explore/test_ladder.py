"""The panel on the ladder of models."""

from typing import Any

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import DataError, OptionError, SingularFitWarning
from mlmteach.explore.defaults import LADDER, default_fit
from mlmteach.explore.ladder import ladder_table
from mlmteach.panels.scene import Bars, Element, Press, Segments, plain_text


def presses(words: Any) -> list[Press]:
    (row,) = words
    assert isinstance(row, Element)
    return [part for part in row.parts if isinstance(part, Press)]


def test_shares_are_those_of_compare() -> None:
    fits = {name: default_fit(name) for name in ("null", "level 1")}
    table = ladder_table(fits)
    ml = mlm.compare(*fits.values()).fits
    assert table.loc["level 1", "between"] == pytest.approx(
        1 - ml[1].cov_re.iloc[0, 0] / ml[0].cov_re.iloc[0, 0], abs=0.01
    )
    assert table.loc["null", ["between", "within"]].tolist() == [0, 0]


def test_each_step_has_its_equation_and_its_bars() -> None:
    panel = mlm.explore.ladder()
    for step, name in enumerate(LADDER, start=1):
        scene, fit = panel.move(step=step), default_fit(name)
        assert f"Step {step}, {name}" in scene.told
        assert f"σ² {fit.scale:.2f}" in scene.described
        between, within = (m for m in scene.marks if isinstance(m, Bars))
        assert len(between.y1) == step
        assert within.y1[-1] == pytest.approx(fit.scale)
    assert "size:ses" in scene.told


def test_terms_are_clicked_in_and_out() -> None:
    panel = mlm.explore.ladder()
    found = presses(panel.move(step=2).equation[0])
    back = [plain_text(one.parts) for one in found if one.sets == {"step": 0}]
    assert [text.split("γ")[1][:2] for text in back] == ["10", "20", "30"]
    assert all(one.pressed for one in found if one.sets == {"step": 0})
    (slope,) = (one for one in found if one.sets == {"step": 2})
    assert slope.label == "U of ses: comes in step 3, random slope; go there"
    assert not slope.pressed


def test_a_term_lights_up_the_arrow_of_its_step() -> None:
    scene = mlm.explore.ladder().move(step=4)
    arrows = [m for m in scene.views[0].marks if isinstance(m, Segments)]
    assert [arrow.tags for arrow in arrows] == [
        ("gamma_10", "gamma_20", "gamma_30"),
        ("U_1",),
        ("gamma_01", "gamma_02", "gamma_11"),
    ]
    assert arrows[-1].y1 == pytest.approx(float(default_fit("full").cov_re.iloc[0, 0]))
    assert {"gamma_11", "tau_00", "sigma2"} <= scene.tags("sentence")
    assert "gamma_11" in scene.tags("equation") <= scene.tags("picture")


def test_without_variance_there_is_no_share_of_it() -> None:
    rng = np.random.default_rng(0)
    hsb = mlm.load("hsb").assign(y=rng.normal(size=7185))
    hsb["y"] -= hsb.groupby("school")["y"].transform("mean")
    with pytest.warns(SingularFitWarning):
        first = mlm.Model("y ~ 1", group="school").fit(hsb)
    with pytest.warns(SingularFitWarning):
        second = mlm.Model("y ~ female", group="school").fit(hsb)
    told = mlm.explore.ladder({"null": first, "female": second}).move(step=2).told
    assert "τ₀² is 0 in the first model, of which there is no share" in told
    assert "nan" not in told


def test_ladders_that_are_none_are_refused() -> None:
    with pytest.raises(OptionError, match="two fits or more"):
        mlm.explore.ladder({"null": default_fit("null")})
    fits: Any = [default_fit("null"), default_fit("full")]
    with pytest.raises(OptionError, match="have no names"):
        mlm.explore.ladder(fits)
    with pytest.raises(OptionError, match="no fit of a normal outcome"):
        mlm.explore.ladder({"null": default_fit("null"), "model": LADDER["full"]})  # type: ignore[dict-item]


def test_fits_to_other_rows_are_no_steps() -> None:
    other = mlm.Model("strength ~ 1", group="batch").fit(mlm.load("pastes"))
    with pytest.raises(DataError, match="'other'"):
        mlm.explore.ladder({"null": default_fit("null"), "other": other})
