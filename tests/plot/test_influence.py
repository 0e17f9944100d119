"""The influence of groups, on what is drawn."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.fit.influence import influence


def test_points_are_cooks_distances_and_the_largest_are_named(sleep: Fit) -> None:
    cook = influence(sleep, progress=False).cook
    figure = mlm.plot.influence(sleep, named=2)
    axes = figure.canvas.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), cook)
    largest = cook.sort_values(ascending=False).head(2)
    assert [text.get_text() for text in axes.texts] == [str(group) for group in largest.index]
    assert f"Subject {largest.index[0]} {largest.iloc[0]:.3f}" in figure.alt


def test_a_distance_is_that_of_a_refit_without_the_group(sleep: Fit) -> None:
    frame = mlm.load("sleepstudy")
    without = sleep.model.fit(frame[frame["Subject"] != 337])
    change = without.params - sleep.params
    expected = change @ np.linalg.solve(sleep.cov_params(), change) / 2
    drawn = np.asarray(mlm.plot.influence(sleep).canvas.axes[0].lines[0].get_ydata(), float)
    place = list(sleep.random_effects.index).index(337)
    assert drawn[place] == pytest.approx(expected, rel=1e-3)


def test_a_figure_says_how_the_groups_were_left_out(sleep: Fit) -> None:
    hsb = mlm.load("hsb")
    null = mlm.Model("mathach ~ 1", group="school").fit(hsb)
    expanded = int((~influence(null).searched).sum())
    assert f"Without {expanded} of the 160 groups" in mlm.plot.influence(null).caption
    assert "expansion" not in mlm.plot.influence(sleep).caption


def test_at_least_one_group_is_named(sleep: Fit) -> None:
    with pytest.raises(OptionError, match="Give 1 or more"):
        mlm.plot.influence(sleep, named=0)
