"""The distributions of the U's and of ε, with the covariance matrix T."""

from __future__ import annotations

from mlmteach.equations.lines import Scribe, normal
from mlmteach.equations.nodes import Line, Matrix, Number, Summand, Symbol, Vector
from mlmteach.numbers import Rounded

__all__ = ["distribution_lines"]

_NIL = Number(Rounded(False, "0"), "outcome")


def distribution_lines(scribe: Scribe) -> tuple[Line, ...]:
    """Write how the U's and ε are distributed.

    A layout that names the distribution of each coefficient and of the outcome has said all but
    the covariances.

    Parameters
    ----------
    scribe : Scribe
        The model with its notation, and with estimates where these are shown.

    Returns
    -------
    tuple of Line
        None, if everything has been said.
    """
    named = scribe.notation.layout == "distributional"
    count = len(scribe.model.random)
    lines = []
    if count > 1 or not named:
        lines.append(_of_effects(scribe, count))
    if not named:
        residual = Symbol(scribe.notation.glyph("residual"), "residual")
        lines.append(Line(residual, "~", normal((), scribe.residual_variance())))
    return tuple(lines)


def _of_effects(scribe: Scribe, count: int) -> Line:
    effects = tuple(
        Symbol(scribe.notation.glyph("effect", q=c.index, level=2), "random")
        for c in scribe.model.random
    )
    if count == 1:
        return Line(effects[0], "~", normal((), scribe.covariance(0, 0)))
    zeros = (Summand((Vector((_NIL,) * count),)),)
    entries = tuple(tuple(scribe.covariance(i, k) for k in range(count)) for i in range(count))
    return Line(Vector(effects), "~", normal(zeros, Summand((Matrix(entries),))))
