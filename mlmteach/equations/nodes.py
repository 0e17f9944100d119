"""What an equation on paper consists of: symbols, variables, numbers, and how they are joined.

These are structures; the writers for LaTeX, Unicode text and speech turn them into strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mlmteach.model.family import DistributionName, Link
from mlmteach.model.notation import Glyph
from mlmteach.numbers import Rounded

__all__ = [
    "Block",
    "Bracket",
    "Call",
    "Distributed",
    "Fraction",
    "Identifier",
    "Line",
    "Linked",
    "Matrix",
    "Measure",
    "Node",
    "Normal",
    "Numeral",
    "Part",
    "Raised",
    "Role",
    "Sum",
    "Summand",
    "Symbol",
    "Vector",
    "Wrap",
    "broken",
]

Role = Literal["outcome", "level1", "level2", "level3", "fixed", "random", "residual"]
Part = Literal["", "fixed", "random"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter with indices that stands for a number: β_0j, γ_10, U_0j, V_00k, ε_ij, τ_0²."""

    glyph: Glyph
    role: Role


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, with its standard error where that is shown."""

    value: Rounded
    role: Role
    error: Rounded | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A variable with its indices, SES_ij or x_1ij, or a statistic of it.

    ``base`` is a name when ``text`` is set, otherwise a letter in LaTeX.
    """

    base: str
    text: bool
    sub: str
    role: Role
    sup: str = ""
    statistic: Literal["", "mean", "sd"] = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    """A sum in brackets."""

    inner: Sum


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, of a sum: log(size_j)."""

    function: str
    inner: Sum


@dataclass(frozen=True, slots=True)
class Raised:
    """A node raised to a power."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Fraction:
    """One sum over another."""

    top: Sum
    bottom: Sum


@dataclass(frozen=True, slots=True)
class Vector:
    """A column of nodes in brackets."""

    entries: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of summands in brackets: entries of a covariance matrix may be negative."""

    rows: tuple[tuple[Summand, ...], ...]


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution, by its mean and its variance."""

    mean: Sum
    variance: Sum


@dataclass(frozen=True, slots=True)
class Distributed:
    """A distribution that is not normal, by its name and what it hangs on: Binomial(n_ij, π_ij)."""

    name: DistributionName
    arguments: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """The link of an expected outcome; ``"odds"`` is a logit as the logarithm of the odds."""

    link: Link | Literal["odds"]
    inner: Symbol


Node = (
    Symbol
    | Numeral
    | Identifier
    | Bracket
    | Call
    | Raised
    | Fraction
    | Vector
    | Matrix
    | Normal
    | Distributed
    | Linked
)


@dataclass(frozen=True, slots=True)
class Summand:
    """A product with its sign; ``part`` and ``q`` say what it belongs to."""

    factors: tuple[Node, ...]
    negative: bool = False
    part: Part = ""
    q: int | None = None


Sum = tuple[Summand, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """``left = right`` or ``left ∼ right``; a distribution is a single summand."""

    left: Node
    relation: Literal["=", "~"]
    right: Sum
    q: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under a heading, with a sentence about them where there is something to say.

    ``parted`` says that a fixed and a random part can be told apart in them.
    """

    heading: str
    lines: tuple[Line, ...]
    note: str = ""
    parted: bool = False


# --- where a long equation breaks into rows -----------------------------------------------

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
