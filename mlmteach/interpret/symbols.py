"""How a symbol is written in running text and in LaTeX."""

from __future__ import annotations

from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.nodes import Symbol
from mlmteach.equations.unicode import TextWriter
from mlmteach.model.notation import Glyph

__all__ = ["written"]


def written(glyph: Glyph) -> tuple[str, str]:
    r"""Write a symbol in Unicode and in LaTeX, as the equations do.

    Examples
    --------
    >>> written(Glyph(r"\gamma", "10"))
    ('γ₁₀', '\\gamma_{10}')
    """
    symbol = Symbol(glyph, "fixed")
    return TextWriter().node(symbol), LatexWriter().node(symbol)
