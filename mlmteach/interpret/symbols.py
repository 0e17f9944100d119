"""How a symbol is written in running text and in LaTeX."""

from __future__ import annotations

from typing import Literal, TypeAlias

from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.nodes import Role, Summand, Symbol
from mlmteach.equations.unicode import TextWriter
from mlmteach.model.notation import Glyph

__all__ = ["Colour", "written"]

Colour: TypeAlias = Literal["role", "coefficient"] | None
"""What colours tell apart, as in the equations."""


def written(
    glyph: Glyph, role: Role = "fixed", *, colour: Colour = None, q: int | None = None
) -> tuple[str, str]:
    r"""Write a symbol in Unicode and in LaTeX, as the equations do.

    Examples
    --------
    >>> written(Glyph(r"\gamma", "10"))
    ('γ₁₀', '\\gamma_{10}')
    """
    symbol = Symbol(glyph, role)
    latex = LatexWriter(colour=colour).sum((Summand((symbol,), q=q),))
    return TextWriter().node(symbol), latex
