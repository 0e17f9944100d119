"""Tables as text: numbers as words, columns in line, and the same in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Row", "number", "p_value", "pipes", "plain"]

Row: TypeAlias = tuple[str, ...]


def number(value: float) -> str:
    """Write four decimals, or four significant digits where that would show nothing.

    Examples
    --------
    >>> number(2.1), number(0.000714)
    ('2.1000', '7.140e-04')
    """
    size = abs(float(value))
    return f"{value:.4f}" if size == 0.0 or 0.01 <= size < 1e6 else f"{value:.3e}"


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
