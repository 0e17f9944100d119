"""Tables as text: numbers as words, columns in line, and the same in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mlmteach.numbers import rounded

__all__ = ["Row", "number", "p_value", "pipes", "plain"]

Row: TypeAlias = tuple[str, ...]


def number(value: float, *, se: float | None = None, digits: int | None = None) -> str:
    """Write a number as equations and sentences write it; see :func:`mlmteach.numbers.rounded`.

    Examples
    --------
    >>> number(14.1463, se=0.1969), number(0.000890, se=0.000253)
    ('14.15', '0.00089')
    """
    return str(rounded(value, se=se, digits=digits))


def p_value(p: float) -> str:
    """Write a p-value with three decimals.

    Examples
    --------
    >>> p_value(0.00001)
    '< 0.001'
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def plain(rows: Sequence[Sequence[str]]) -> str:
    """Write columns of text, the header first: names to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def pipes(rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table, the header first; a bar in a name is escaped."""
    lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    rule = "|---|" + "---:|" * (len(rows[0]) - 1)
    return "\n".join([lines[0], rule, *lines[1:]])
