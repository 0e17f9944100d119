"""The letters y, x and z that textbooks write in place of names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlmteach.model.notation import Notation
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    from mlmteach.model.spec import Model

__all__ = ["generic_names"]


def generic_names(model: Model, notation: Notation) -> dict[str, str]:
    """Which variable each letter stands for: numbered within its level, where there are several.

    Parameters
    ----------
    model : Model
    notation : Notation
        Names the letters: y, x and z, or Y, X and W.

    Returns
    -------
    dict of str to str
        From letters to columns, with the category of a contrast.

    Examples
    --------
    >>> from mlmteach import Model
    >>> from mlmteach.model.notation import PRESETS
    >>> model = Model("mathach ~ ses + female", group="school", level2={"ses": "size + U"})
    >>> generic_names(model, PRESETS["slides"])
    {'y': 'mathach', 'x1': 'ses', 'x2': 'female', 'z': 'size'}
    """
    outcome = model.outcome.variables
    lower: dict[str, None] = {}
    upper: dict[str, None] = {}
    for c in model.coefficients:
        lower |= dict.fromkeys(_variables(c.term))
    for c in model.coefficients:
        for term in c.predictors:
            for factor in term.factors:
                found = lower if factor.function == "group_mean" else upper
                found |= dict.fromkeys(_variables(Term((factor,))))
    names: dict[str, str] = {}
    for kind, columns in (("outcome", outcome), ("level1", lower), ("level2", upper)):
        for number, column in enumerate(columns, 1):
            several = len(columns) > 1 and "q" in getattr(notation, kind)
            letter = notation.glyph(kind).base
            names.setdefault(f"{letter}{number}" if several else letter, column)
    return names


def _variables(term: Term) -> Iterator[str]:
    for factor in term.factors:
        plain = Factor(factor.expression).variables
        for name in plain[:1] if factor.suffix else plain:
            yield name + factor.suffix
