"""Text in two dimensions: columns in brackets, standard errors and braces beneath a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Row", "beside", "bracketed", "columns"]

_CORNERS = {  # the upper, middle and lower piece of each side
    "[": (("⎡", "⎤"), ("⎢", "⎥"), ("⎣", "⎦")),
    "(": (("⎛", "⎞"), ("⎜", "⎟"), ("⎝", "⎠")),
}


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set entries in columns that are aligned on the right.

    >>> columns([["4.8", "−0.1"], ["−0.1", "0.4"]])
    [' 4.8  −0.1', '−0.1   0.4']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(e.rjust(w) for e, w in zip(row, widths, strict=True)) for row in rows]


def bracketed(rows: Sequence[str], kind: str = "[") -> list[str]:
    r"""Put brackets around rows of one width.

    >>> print("\n".join(bracketed(["a", "b"])))
    ⎡a⎤
    ⎣b⎦
    """
    upper, middle, lower = _CORNERS[kind]
    sides = [upper, *[middle] * (len(rows) - 2), lower]
    return [left + row + right for (left, right), row in zip(sides, rows, strict=True)]


def beside(*boxes: Sequence[str]) -> list[str]:
    """Put boxes beside each other, at the height of their middles."""
    height = max(map(len, boxes))
    padded = []
    for box in boxes:
        width = max(map(len, box))
        above = (height - len(box)) // 2
        lines = [""] * above + list(box) + [""] * (height - len(box) - above)
        padded.append([line.ljust(width) for line in lines])
    return ["".join(parts).rstrip() for parts in zip(*padded, strict=True)]


@dataclass
class Row:
    """A row of terms with what stands beneath them.

    Parameters
    ----------
    top : str
        The row itself, to which terms are added.
    """

    top: str = ""
    _beneath: str = ""
    _spans: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, text: str, *, beneath: str = "", brace: str = "") -> None:
        """Add text; ``beneath`` is centred below it, a brace spans all text of its name."""
        start = len(self.top)
        width = max(len(text), len(beneath))
        self.top += text.center(width) if beneath else text
        if beneath:
            self._beneath = self._beneath.ljust(start) + beneath.center(width)
        if not brace:
            return
        if self._spans and self._spans[-1][0] == brace:
            start = self._spans.pop()[1]
        self._spans.append((brace, start, len(self.top)))

    @property
    def lines(self) -> Iterable[str]:
        """The row, the numbers beneath it and the braces, as far as there are any."""
        braces = ""
        for name, start, stop in self._spans:
            # a short part has a label that is wider than itself
            label = f" {name} " if stop - start > len(name) + 3 else ""
            rule = label.center(stop - start - 2, "─")
            braces = braces.ljust(start) + f"╰{rule}╯" + ("" if label else f" {name}")
        return [line.rstrip() for line in (self.top, self._beneath, braces) if line.strip()]
