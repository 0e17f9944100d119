"""A picture whose ground is drawn once, and whose moving parts are drawn anew at each move."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mlmteach.plot.style import house_style

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Picture"]

DPI = 100
A = TypeVar("A", bound="Artist")


class Picture:
    """Axes, and the artists in them that move.

    Drawing axes takes most of the time of a figure.  They are drawn once and kept as pixels;
    a move draws the moving artists on top of them.

    Parameters
    ----------
    *boxes : tuple of float
        Left, bottom, width and height of each pair of axes, as shares of the whole.
    width, height : float
        In inches.

    Attributes
    ----------
    axes : tuple of matplotlib.axes.Axes
    """

    def __init__(
        self,
        *boxes: tuple[float, float, float, float],
        width: float = 6.8,
        height: float = 3.7,
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with house_style():
            self.figure = Figure(figsize=(width, height), dpi=DPI)
            self._canvas: Any = FigureCanvasAgg(self.figure)  # it publishes no types
            self.axes: tuple[Axes, ...] = tuple(
                self.figure.add_axes(box, axisbelow=True)
                for box in boxes or ((0.12, 0.15, 0.86, 0.74),)
            )
        self._moving: list[Artist] = []
        self._ground: object | None = None

    def style(self) -> AbstractContextManager[None]:
        """Draw in the house style, for what is added later."""
        return house_style()

    def moving(self, artist: A) -> A:
        """Say that an artist moves, and return it."""
        artist.set_animated(True)
        self._moving.append(artist)
        return artist

    def renew(self) -> None:
        """Draw the ground anew at the next move: its axes or labels have changed."""
        self._ground = None

    def png(self) -> bytes:
        """Draw the moving artists where they are now, and return a PNG file."""
        from matplotlib.image import imsave

        if self._ground is None:
            self._canvas.draw()
            self._ground = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._ground)
        for artist in self._in_order():
            if artist.axes is not None:
                artist.axes.draw_artist(artist)
        pixels = np.asarray(self._canvas.buffer_rgba())  # (height, width, 4)
        buffer = io.BytesIO()
        imsave(buffer, pixels, format="png", pil_kwargs={"compress_level": 1})
        return buffer.getvalue()

    def html(self, alt: str) -> str:
        """Draw the picture as an element of HTML with its alt text.

        ``decoding="sync"`` lets the browser change pixels and text in one step.
        """
        width, height = (round(inches * DPI) for inches in self.figure.get_size_inches())
        source = base64.b64encode(self.png()).decode("ascii")
        return (
            f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" decoding="sync" '
            f'style="max-width:100%;height:auto" src="data:image/png;base64,{source}">'
        )

    def _in_order(self) -> Iterator[Artist]:
        return iter(sorted(self._moving, key=lambda artist: artist.get_zorder()))
