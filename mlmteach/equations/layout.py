"""Where a long equation breaks into rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from mlmteach.equations.nodes import Line, Node, Normal, Sum, Summand

__all__ = ["Measure", "Wrap", "broken"]

Wrap = int | Literal["auto"] | None
"""How many terms stand on a row; ``"auto"``: as many as there is room for; None: all."""

_ROOM = 105
"""The characters that a row of a notebook holds, roughly."""


class Measure(Protocol):
    """What tells how long things are: a writer of plain text."""

    def node(self, node: Node) -> str:
        """Write a node."""

    def width(self, summand: Summand) -> int:
        """Give the characters that a product takes, without its sign."""


def broken(line: Line, wrap: Wrap, measure: Measure) -> Sequence[Sum]:
    """Break the right side of a line, or the mean of a distribution there, into rows.

    Parameters
    ----------
    line : Line
    wrap : int, "auto" or None
    measure : Measure
        Gives the lengths of terms, for ``"auto"``.

    Returns
    -------
    sequence of tuple of Summand
        Where there is room for as many terms as come, the random part still stands on a row of
        its own if it would not fit behind the fixed part.
    """
    normal = line.right[0].factors[0]
    summands = normal.mean if isinstance(normal, Normal) else line.right
    if wrap is None:
        return [summands]
    if wrap != "auto":
        return [summands[i : i + wrap] for i in range(0, len(summands), wrap)]
    room = _ROOM - len(measure.node(line.left))
    widths = [measure.width(summand) + 3 for summand in summands]
    last = max((i for i, summand in enumerate(summands) if summand.part == "fixed"), default=-1)
    rows: list[list[Summand]] = [[]]
    used = 0
    for place, summand in enumerate(summands):
        turns = place == last + 1
        ahead = sum(widths[place:]) if turns else widths[place]
        if rows[-1] and used + ahead > room:
            rows.append([])
            used = 0
        rows[-1].append(summand)
        used += widths[place]
    return [tuple(row) for row in rows]
