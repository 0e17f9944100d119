"""Residual plots, on what is drawn."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.residuals import normal_points, spread_table


def test_normal_values_lie_on_the_line() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 20_000)
    points = normal_points(values)
    inner = np.abs(points[:, 0]) < 2
    np.testing.assert_allclose(points[inner, 0], points[inner, 1], atol=0.06)


def test_there_are_axes_for_each_residual(full: Fit) -> None:
    figure = mlm.plot.residual_qq(full)
    titles = [axes.get_title(loc="left") for axes in figure.canvas.axes]
    assert titles == ["Level 1: εᵢⱼ", "Level 2: U₀ⱼ", "Level 2: U₁ⱼ"]
    points = figure.canvas.axes[2].lines[1].get_xydata()
    u = np.sort(full.random_effects["ses"])
    np.testing.assert_allclose(points[:, 1], (u - u.mean()) / u.std())


def test_the_range_of_a_spread_is_that_of_chi_square(full: Fit) -> None:
    table = spread_table(full)
    row = table.loc[1317]
    own = full.resid[full.frame["school"] == 1317]
    assert row["sd"] == pytest.approx(own.std())
    # R: qchisq(c(0.025, 0.975), 47) / 47 is 0.63736587 1.44299249
    assert row["n"] == 48
    ratio = np.array([row["lower"], row["upper"]]) ** 2 / full.scale
    np.testing.assert_allclose(ratio, [0.63736587, 1.44299249], rtol=1e-7)
    apart = int(((table["sd"] < table["lower"]) | (table["sd"] > table["upper"])).sum())
    assert f"{apart} lie outside" in mlm.plot.residual_spread(full).alt


def test_the_level_of_the_predictor_decides(full: Fit) -> None:
    upper = mlm.plot.residual_predictor(full, "size")
    assert upper.alt.startswith("Residuals U₀ⱼ of 160 schools against size")
    sizes = full.frame.groupby("school")["size"].first()
    points = np.asarray(upper.canvas.axes[0].collections[0].get_offsets())
    np.testing.assert_allclose(points[:, 0], sizes)
    assert "Each dot is one of the schools." in upper.caption
    lower = mlm.plot.residual_predictor(full, "female")
    means = full.resid.groupby(full.frame["female"]).mean()
    drawn = lower.canvas.axes[0].containers[0].lines[0].get_xydata()
    np.testing.assert_allclose(drawn[:, 1], means)
    shades = lower.canvas.axes[0].collections[0].get_array()
    assert shades is not None
    assert shades.sum() == 7185  # every row is in one of the places
    assert "The darker a place, the more rows." in lower.caption


def test_unknown_predictors_are_refused(full: Fit) -> None:
    with pytest.raises(OptionError, match="Did you mean 'ses'"):
        mlm.plot.residual_predictor(full, "sess")


def test_groups_of_one_row_have_no_spread() -> None:
    frame = mlm.load("sleepstudy")
    frame = pd.concat([frame, frame.head(1).assign(Subject=999)], ignore_index=True)
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    assert 999 not in spread_table(fit).index
