"""The text that is read, its places, and errors that point at them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mlmteach.errors import EquationError
from mlmteach.model.reading.drawn import flattened
from mlmteach.model.reading.layout import without_headings

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """A text of one or more lines.

    Parameters
    ----------
    text : str
        As it was given.  Positions count the characters of :attr:`plain`.
    """

    text: str

    @cached_property
    def plain(self) -> str:
        """The text to be read: without headings, its matrices on one line."""
        return without_headings(self._flattened[0])

    @cached_property
    def _flattened(self) -> tuple[str, tuple[int, ...]]:
        return flattened(self.text)

    def place(self, position: int) -> tuple[int, int]:
        r"""Line and column of a position, both counted from one.

        Examples
        --------
        >>> Source("b0 = g00\nb1 = g10").place(14)
        (2, 6)
        """
        before = self.text[: self._flattened[1][position]]
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    def pointer(self, position: int) -> str:
        """The line of a position, and a caret beneath the place."""
        line, column = self.place(position)
        shown = self.text.split("\n")[line - 1].rstrip("\r")
        return f"    {shown.expandtabs(1)}\n    {' ' * (column - 1)}^"

    def error(self, position: int, problem: str, remedy: str) -> EquationError:
        """An error that shows the place.

        Parameters
        ----------
        position : int
            Where in the text.
        problem : str
            What is wrong, as a full sentence.
        remedy : str
            What to do, as a full sentence.
        """
        line, column = self.place(position)
        where = f"Line {line}, column {column}: {problem}\n{self.pointer(position)}\n"
        return EquationError(where, remedy)
