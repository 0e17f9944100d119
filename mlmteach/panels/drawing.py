"""Scenes on paper: the same marks, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.palette import ROLES
from mlmteach.panels.live import plain
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
    plain_text,
)
from mlmteach.plot.style import house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawn"]

_DASHES = {"": "solid", "dashed": "dashed", "dotted": "dotted"}
_SHAPES = {"circle": "o", "diamond": "D", "square": "s", "cross": "x", "bar": "_"}
_POINT = 0.72  # of a pixel of the page, in points of print


def drawn(scene: Scene, *, width: float = 6.8, height: float = 3.7) -> Figure:
    """Draw a scene.

    Parameters
    ----------
    scene : Scene
    width, height : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        shares = [view.share for view in scene.views]
        axes = figure.subplots(1, len(shares), width_ratios=shares, squeeze=False)[0]
        for view, panel in zip(scene.views, axes, strict=True):
            panel.set(xlim=(view.x.low, view.x.high), ylim=(view.y.low, view.y.high))
            panel.set(xlabel=view.x.label, ylabel=view.y.label)
            panel.set_title(view.title, loc="left")
            _ticks(panel.xaxis, view.x)
            _ticks(panel.yaxis, view.y)
            panel.autoscale(False)
            for mark in view.marks:
                _draw(panel, mark)
        handles, labels = [], []
        for panel in axes:
            for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
                handles.append(handle)
                labels.append(label)
        if handles:
            figure.legend(
                handles, labels, loc="outside lower left", ncols=4, fontsize="small", frameon=False
            )
    return figure


def _ticks(side: Any, axis: Axis) -> None:
    if axis.ticks is not None:
        side.set_ticks(list(axis.ticks), labels=list(axis.ticks.values()))


def _draw(axes: Axes, mark: Trace) -> None:
    look: dict[str, Any] = {
        "color": ROLES.get(mark.role, "#000000"),
        "alpha": mark.opacity,
        "linewidth": mark.width * _POINT,
        "linestyle": _DASHES[mark.dash],
        "label": mark.label or None,
    }
    _DRAWN[type(mark)](axes, mark, look)


def _array(value: Any) -> Any:
    return np.atleast_1d(np.asarray(plain(value), dtype=float))


def _points(axes: Axes, mark: Points, look: dict[str, Any]) -> None:
    x, y = np.broadcast_arrays(_array(mark.x), _array(mark.y))
    face = "white" if mark.hollow else look["color"]
    plain_look = {**look, "linestyle": "none"}
    axes.plot(
        x,
        y,
        marker=_SHAPES[mark.shape],
        markersize=mark.size * _POINT,
        markerfacecolor=face,
        markeredgewidth=mark.width * _POINT,
        **plain_look,
    )


def _lines(axes: Axes, mark: Lines, look: dict[str, Any]) -> None:
    x, y = np.broadcast_arrays(_array(mark.x), _array(mark.y))
    for row, (one, other) in enumerate(zip(np.atleast_2d(x), np.atleast_2d(y), strict=True)):
        if mark.closed:
            one, other = np.append(one, one[0]), np.append(other, other[0])
        axes.plot(one, other, **{**look, "label": None if row else look["label"]})
        if mark.filled:
            axes.fill(one, other, color=look["color"], alpha=0.22, linewidth=0)


def _segments(axes: Axes, mark: Segments, look: dict[str, Any]) -> None:
    from matplotlib.collections import LineCollection

    ends = np.broadcast_arrays(*map(_array, (mark.x0, mark.y0, mark.x1, mark.y1)))
    if mark.arrow:
        for x0, y0, x1, y1 in zip(*ends, strict=True):
            if np.isfinite([x0, y0, x1, y1]).all() and (x0, y0) != (x1, y1):
                arrow = {"arrowstyle": "->", "color": look["color"], "linewidth": look["linewidth"]}
                arrow |= {"shrinkA": 0, "shrinkB": 0, "alpha": look["alpha"]}
                axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
        if look["label"]:
            axes.plot([], [], **look)
        return
    rows = np.stack(ends, axis=1).reshape(-1, 2, 2)
    shown = [row for row in rows if np.isfinite(row).all()]
    axes.add_collection(
        LineCollection(
            shown,
            colors=look["color"],
            linewidths=look["linewidth"],
            linestyles=look["linestyle"],
            alpha=look["alpha"],
            label=look["label"],
        ),
        autolim=False,
    )


def _area(axes: Axes, mark: Area, look: dict[str, Any]) -> None:
    low, high = _array(mark.low), _array(mark.high)
    axes.fill_between(
        _array(mark.x), low, high, color=look["color"], alpha=0.22, label=look["label"]
    )


def _bars(axes: Axes, mark: Bars, look: dict[str, Any]) -> None:
    x0, y0, x1, y1 = np.broadcast_arrays(*map(_array, (mark.x0, mark.y0, mark.x1, mark.y1)))
    axes.bar(
        x0,
        y1 - y0,
        width=x1 - x0,
        bottom=y0,
        align="edge",
        color=look["color"],
        alpha=0.35,
        edgecolor=look["color"],
        label=look["label"],
    )


def _rule(axes: Axes, mark: Rule, look: dict[str, Any]) -> None:
    if mark.x is None:
        axes.axhline(float(plain(mark.y)), **look)
    else:
        axes.axvline(float(plain(mark.x)), **look)


def _note(axes: Axes, mark: Inscription, look: dict[str, Any]) -> None:
    place = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    words = plain_text(mark.words)
    at = float(plain(mark.x)), float(plain(mark.y))
    axes.text(*at, words, ha=place, color=look["color"], fontsize="small")


def _handle(axes: Axes, mark: Handle, look: dict[str, Any]) -> None:
    as_point = Points(
        x=mark.x, y=mark.y, shape=mark.shape, size=11, role=mark.role, label=mark.label
    )
    _points(axes, as_point, look)


_DRAWN: dict[type[Trace], Callable[[Axes, Any, dict[str, Any]], None]] = {
    Points: _points,
    Lines: _lines,
    Segments: _segments,
    Area: _area,
    Bars: _bars,
    Rule: _rule,
    Inscription: _note,
    Handle: _handle,
}
