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
    *rows, diamonds = figure.canvas.axes[0].collections
    assert [len(row.get_offsets()) for row in rows] == list(chosen["n"])
    np.testing.assert_allclose(np.asarray(diamonds.get_offsets())[:, 0], chosen["mean"])
    assert "4 schools" in figure.alt


def test_mistakes_are_refused() -> None:
    with pytest.raises(OptionError, match="not numeric"):
        mlm.plot.strips(mlm.load("exam"), "sex", group="school")
    with pytest.raises(OptionError, match="too few"):
        mlm.plot.strips(mlm.load("exam"), "normexam", group="school", groups=1)
