"""Strips of points, checked on what they draw."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.plot.strips import evenly_spread


def test_groups_are_spread_from_the_lowest_mean_to_the_highest() -> None:
    hsb = mlm.load("hsb")
    means = hsb.groupby("school")["mathach"].mean().sort_values()
    chosen = evenly_spread(hsb, "mathach", group="school", groups=5)
    assert chosen.index[0] == means.index[0]
    assert chosen.index[-1] == means.index[-1]
    np.testing.assert_allclose(chosen["mean"], means.loc[chosen.index])
    assert chosen["mean"].is_monotonic_increasing


def test_every_point_and_mean_is_drawn() -> None:
    hsb = mlm.load("hsb")
    figure = mlm.plot.strips(hsb, "mathach", group="school", groups=4)
    chosen = evenly_spread(hsb, "mathach", group="school", groups=4)
    axes = figure.canvas.axes[0]
    rows = axes.collections[::-1]  # drawn from the top, the highest mean first
    for row, school in zip(rows, chosen.index, strict=True):
        drawn = np.sort(np.asarray(row.get_offsets())[:, 0])
        np.testing.assert_allclose(drawn, hsb.loc[hsb["school"] == school, "mathach"].sort_values())
    (diamonds,) = axes.lines
    np.testing.assert_allclose(np.asarray(diamonds.get_xdata())[::-1], chosen["mean"])
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[::-1] == [str(school) for school in chosen.index]
    assert "4 schools" in figure.alt
    assert "evenly from the order of the 160 means" in figure.caption


def test_nothing_is_said_of_a_choice_where_all_groups_are_drawn() -> None:
    figure = mlm.plot.strips(mlm.load("sleepstudy"), "Reaction", group="Subject", groups=18)
    assert "at random" not in figure.caption


def test_a_picture_is_the_same_every_time() -> None:
    exam = mlm.load("exam")
    first, second = (mlm.plot.strips(exam, "normexam", group="school").png for _ in range(2))
    assert first == second


def test_mistakes_are_refused() -> None:
    with pytest.raises(OptionError, match="not numeric"):
        mlm.plot.strips(mlm.load("exam"), "sex", group="school")
    with pytest.raises(OptionError, match="too few"):
        mlm.plot.strips(mlm.load("exam"), "normexam", group="school", groups=1)
