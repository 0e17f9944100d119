"""The one look of all figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.palette import ROLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

__all__ = ["canvas", "cloud", "grid", "house_style"]

MANY = 500  # points; more of them cover one another

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
def house_style() -> Iterator[None]:
    """Draw in the house style for as long as it lasts."""
    from matplotlib import rc_context

    with rc_context(_STYLE):  # type: ignore[arg-type]  # the stubs list every key by name
        yield


@contextmanager
def grid(
    rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 4.2
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Give a figure with rows and columns of axes in the house style.

    No figure is registered with pyplot, so that none is left open.

    Parameters
    ----------
    rows, columns : int
    width, height : float
        Of the whole figure, in inches.

    Yields
    ------
    tuple of (matplotlib.figure.Figure, list of matplotlib.axes.Axes)
        The axes row by row.
    """
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = [figure.add_subplot(rows, columns, k + 1) for k in range(rows * columns)]
        for pair in axes:
            pair.set_axisbelow(True)
        yield figure, axes


@contextmanager
def canvas(width: float = 7.0, height: float = 4.2) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes in the house style; see :func:`grid`.

    Parameters
    ----------
    width, height : float
        In inches.

    Yields
    ------
    tuple of (matplotlib.figure.Figure, matplotlib.axes.Axes)
    """
    with grid(width=width, height=height) as (figure, (axes,)):
        yield figure, axes


def cloud(axes: Axes, x: ArrayLike, y: ArrayLike, role: str, units: str) -> str:
    """Draw points, or, where they would cover each other, how many there are in each place.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x, y : array_like, shape (n,)
    role : str
        Of :data:`~mlmteach.palette.ROLES`: whose colour they have.
    units : str
        What the points are: "students".

    Returns
    -------
    str
        How to read them, for the caption.
    """
    import seaborn as sns

    if np.size(x) > MANY:
        shades = sns.light_palette(ROLES[role], as_cmap=True)
        sns.histplot(x=x, y=y, bins=50, cmap=shades, ax=axes)
        return f"The darker a place, the more {units}."
    sns.scatterplot(x=x, y=y, s=14, alpha=0.7, linewidth=0, color=ROLES[role], ax=axes)
    return f"Each dot is one of the {units}."
