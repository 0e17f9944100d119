"""The way from the equations of two levels to the full one: substitute, expand, collect."""

from __future__ import annotations

from dataclasses import replace

from mlmteach.equations.lines import Scribe
from mlmteach.equations.nodes import Block, Bracket, Sum, Summand
from mlmteach.model.symbols import Beta

__all__ = ["step_blocks"]

NOTES = {
    "Start": "The level-1 equation, and a level-2 equation for each of its coefficients.",
    "Substitute": "Put the right side of each level-2 equation in place of its coefficient.",
    "Expand": "Multiply out, so that each term of a bracket meets the predictor behind it.",
    "Collect": "The fixed part comes first, then the random part: this is the full equation.",
}


def step_blocks(scribe: Scribe) -> tuple[Block, ...]:
    """Write the steps, each under a sentence that says what is done.

    Parameters
    ----------
    scribe : Scribe

    Returns
    -------
    tuple of Block
        The last one is the full equation.
    """
    level1, equations = scribe.model.level1_equation, scribe.model.level2_equations
    level2 = {equation.left: equation.right for equation in equations}
    start = (*scribe.level1(), *(scribe.of_groups(e, residual=True) for e in equations))
    substituted: list[Summand] = []
    expanded: list[Summand] = []
    for product in level1.right:
        term = scribe.product(product, at=1)
        if not isinstance(product.symbol, Beta):
            substituted.append(term)
            expanded.append(term)
            continue
        inner = level2[product.symbol]
        substituted.append(_substitute(term, tuple(scribe.product(p, at=1) for p in inner)))
        for p in inner:
            whole = replace(p, predictors=p.predictors + product.predictors)
            expanded.append(scribe.product(whole, at=1))
    lines = (
        start,
        (scribe.of_units(tuple(substituted)),),
        (scribe.of_units(tuple(expanded)),),
        scribe.full(),
    )
    return tuple(
        Block(heading, found, note, parted=heading == "Collect")
        for (heading, note), found in zip(NOTES.items(), lines, strict=True)
    )


def _substitute(term: Summand, inner: Sum) -> Summand:
    """Put a sum in place of the β of a term; brackets hold more than one summand together."""
    if len(inner) > 1:
        return replace(term, factors=(Bracket(inner), *term.factors[1:]))
    return replace(inner[0], factors=(*inner[0].factors, *term.factors[1:]), q=term.q)
