"""A figure that cannot be made without its alt text."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlmteach import display
from mlmteach.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

__all__ = ["Figure"]

DPI = 110  # of a picture in a notebook


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture with its caption and a description for those who cannot see it.

    Parameters
    ----------
    canvas : matplotlib.figure.Figure
        The picture.
    caption : str
        What to see in it, in a sentence or two.
    alt : str
        What it shows, with its numbers.

    Raises
    ------
    OptionError
        If caption or alt text is missing.
    """

    canvas: MatplotlibFigure
    caption: str
    alt: str

    def __post_init__(self) -> None:
        for name in ("caption", "alt"):
            if not getattr(self, name).strip():
                raise OptionError(
                    f"The figure has no {name}.", "Say in a sentence what the figure shows."
                )

    @cached_property
    def png(self) -> bytes:
        """The picture as a PNG file.

        It has the 256 colours nearest to its own: a notebook holds it twice, and so it takes a
        third of the room.
        """
        from PIL import Image

        drawn, packed = io.BytesIO(), io.BytesIO()
        self.canvas.savefig(drawn, format="png", dpi=DPI)
        picture = Image.open(drawn).convert("RGB")
        # of Pillow's ways to choose colours, this keeps those of a single thin line too
        few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(packed, format="PNG", optimize=True, dpi=(DPI, DPI))
        return packed.getvalue()

    @property
    def html(self) -> str:
        """The picture, its alt text and its caption as HTML that needs no other file."""
        source = base64.b64encode(self.png).decode("ascii")
        return (
            f'<figure style="margin:0"><img alt="{html.escape(self.alt)}" '
            f'style="max-width:100%" src="data:image/png;base64,{source}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def save(self, path: str | Path) -> Path:
        """Write the picture to a new file, in the format that its name ends in.

        Parameters
        ----------
        path : str or Path
            Such as ``"figure.png"``, ``"figure.svg"`` or ``"figure.pdf"``.

        Returns
        -------
        Path

        Raises
        ------
        OptionError
            If the file is there already, or its format is unknown.
        """
        target = Path(path)
        known = self.canvas.canvas.get_supported_filetypes()
        if target.suffix.lstrip(".").lower() not in known:
            raise OptionError(
                f"A figure cannot be saved as '{target.name}'.",
                "End the name in .png, .svg or .pdf.",
            )
        if target.exists():
            raise OptionError(
                f"The file '{target}' is there already.", "Choose another name, or delete it."
            )
        self.canvas.savefig(target)
        return target

    def __repr__(self) -> str:
        return f"<Figure: {self.alt}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return display.bundle(text=self.alt, html=self.html, png=self.png)
