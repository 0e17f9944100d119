"""Scenes on paper."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from mlmteach.panels.drawing import drawn
from mlmteach.panels.live import Live
from mlmteach.panels.scene import (
    Area,
    Axis,
    Bars,
    Handle,
    Inscription,
    Lines,
    Points,
    Rule,
    Scene,
    Segments,
    Trace,
    View,
)

AXIS = Axis(label="side", low=0, high=10, ticks={0: "none", 10: "all"})
TWO = np.array([1.0, 2.0])
MARKS: dict[str, Trace] = {
    "points": Points(x=TWO, y=Live.input("y", 5.0), hollow=True, label="p"),
    "cross": Points(x=1, y=2, shape="cross"),
    "lines": Lines(x=TWO, y=np.array([[1.0, 2.0], [3.0, np.nan]]), closed=True, filled=True),
    "segments": Segments(x0=TWO, y0=0, x1=TWO, y1=np.array([3.0, np.nan]), dash="dotted"),
    "arrows": Segments(x0=TWO, y0=0, x1=TWO, y1=3, arrow=True, label="a"),
    "area": Area(x=TWO, low=np.zeros(2), high=TWO, label="band"),
    "bars": Bars(x0=0, x1=1, y0=0, y1=4),
    "rule": Rule(x=3),
    "level": Rule(y=3),
    "note": Inscription(x=1, y=1, words=("words",), anchor="end"),
    "handle": Handle(x=1, y=1, sets={}, name="h", shape="square"),
}


def scene(*marks: Trace) -> Scene:
    view = View(title="title", x=AXIS, y=AXIS, marks=marks)
    return Scene(views=(view, view), sentence=(), alt=("x",))


@pytest.mark.parametrize("name", MARKS)
def test_every_mark_is_drawn_in_every_view(name: str) -> None:
    figure = drawn(scene(MARKS[name]))
    for axes in figure.axes:
        artists = [*axes.lines, *axes.collections, *axes.patches, *axes.texts]
        assert artists
        assert axes.get_xlim() == (0, 10)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["none", "all"]
    assert len(figure.legends) == bool(MARKS[name].label)


def test_what_is_drawn_are_the_numbers_of_the_scene() -> None:
    axes = drawn(scene(MARKS["points"], MARKS["segments"])).axes[0]
    assert np.asarray(axes.lines[0].get_xydata()).tolist() == [[1, 5], [2, 5]]
    (lines,) = (one for one in axes.collections if isinstance(one, LineCollection))
    assert len(lines.get_segments()) == 1  # the other one ends nowhere
