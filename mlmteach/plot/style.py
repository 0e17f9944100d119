"""The one look of all figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlmteach.palette import ROLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["canvas"]

_STYLE = {
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.size": 10.0,
    "grid.color": "#e4e4e4",
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "text.color": ROLES["outcome"],
}


@contextmanager
def canvas(width: float = 7.0, height: float = 4.2) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes in the house style.

    No figure is registered with pyplot, so that none is left open.

    Parameters
    ----------
    width, height : float
        In inches.

    Yields
    ------
    tuple of (matplotlib.figure.Figure, matplotlib.axes.Axes)
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):  # type: ignore[arg-type]  # the stubs list every key by name
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        axes.set_axisbelow(True)
        yield figure, axes
