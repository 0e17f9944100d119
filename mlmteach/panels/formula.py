"""Formulas of panels in MathML, whose symbols carry tags and whose numbers may be live."""

from __future__ import annotations

from typing import Any

from mlmteach.panels.scene import Amount, Element, Part, Role, Words

__all__ = ["formula", "frac", "num", "op", "power", "root", "row", "spread", "sym", "table"]


def sym(
    base: str, sub: str = "", sup: str = "", *, tag: str = "", role: Role | None = None
) -> Element:
    """Write a symbol with its indices; the tag makes it light up with its mark and its words.

    Examples
    --------
    >>> sym("τ", "0", "2", tag="tau_00", role="random").tags
    ('tau_00',)
    """
    inner: Element = Element("mi", (base,))
    if sub and sup:
        inner = Element("msubsup", (inner, _index(sub), _index(sup)))
    elif sub or sup:
        inner = Element("msub" if sub else "msup", (inner, _index(sub or sup)))
    return Element("mrow", (inner,), (tag,) if tag else (), role)


def _index(text: str) -> Element:
    return Element("mn" if text.isdigit() else "mi", (text,))


def num(value: Any, digits: int = 2, *, tag: str = "", role: Role | None = None) -> Element:
    """Write a number; one below zero in brackets is the caller's affair."""
    return Element("mn", (Amount(value, digits),), (tag,) if tag else (), role)


def op(sign: str) -> Element:
    """Write a sign such as = or +."""
    return Element("mo", (sign,))


def row(*parts: Part) -> Element:
    """Write parts side by side; a string of one of + − = × / ( ) , is a sign, others are text."""
    return Element("mrow", _parts(parts))


def frac(top: Part | Words, bottom: Part | Words) -> Element:
    """Write one thing over another."""
    return Element("mfrac", (row(*_several(top)), row(*_several(bottom))))


def root(inner: Part | Words) -> Element:
    """Write a square root."""
    return Element("msqrt", _parts(_several(inner)))


def power(base: Part, exponent: Part) -> Element:
    """Raise something to a power."""
    return Element("msup", (row(base), row(exponent)))


def table(rows: tuple[tuple[Part | Words, ...], ...]) -> Element:
    """Write a matrix in brackets."""
    body = Element(
        "mtable",
        tuple(
            Element("mtr", tuple(Element("mtd", _parts(_several(cell))) for cell in cells))
            for cells in rows
        ),
    )
    return row("(", body, ")")


def formula(*parts: Part) -> Words:
    """Make a line of an equation."""
    return (Element("math", _parts(parts), attributes={"display": "block"}),)


_SIGNS = frozenset("+−-=×/(),·∼≈<>≤≥|∣")


def _several(parts: Part | Words) -> Words:
    return parts if isinstance(parts, tuple) else (parts,)


def spread(*parts: Part) -> Words:
    """Make parts of a line without the line around them, for what goes into `cases`."""
    return _parts(parts)


def _parts(parts: tuple[Part, ...]) -> Words:
    return tuple(
        (Element("mo" if part in _SIGNS else "mtext", (part,)) if isinstance(part, str) else part)
        for part in parts
    )
