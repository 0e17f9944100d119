"""What an equation on paper consists of: symbols, variables, numbers, and how they are joined.

These are structures; the writers for LaTeX, Unicode text and speech turn them into strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlmteach.model.notation import Glyph
from mlmteach.numbers import Rounded

__all__ = [
    "Block",
    "Bracket",
    "Call",
    "Fraction",
    "Line",
    "Matrix",
    "Node",
    "Normal",
    "Number",
    "Part",
    "Power",
    "Role",
    "Root",
    "Sum",
    "Summand",
    "Symbol",
    "Variable",
    "Vector",
]

Role = Literal["outcome", "level1", "level2", "fixed", "random", "residual"]
Part = Literal["", "fixed", "random"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter with indices that stands for a number: β_0j, γ_10, U_0j, ε_ij, τ_0²."""

    glyph: Glyph
    role: Role


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with its standard error where that is shown."""

    value: Rounded
    role: Role
    error: Rounded | None = None


@dataclass(frozen=True, slots=True)
class Variable:
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
    """A function of a sum: log(size_j)."""

    function: str
    inner: Sum


@dataclass(frozen=True, slots=True)
class Power:
    """A node raised to a power."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    inner: Sum


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


Node = (
    Symbol | Number | Variable | Bracket | Call | Power | Root | Fraction | Vector | Matrix | Normal
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
