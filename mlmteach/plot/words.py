"""The words of a figure: how its axes name the groups and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlmteach.fit import Fit

__all__ = ["Words", "number", "symbol", "words"]


@dataclass(frozen=True)
class Words:
    """What the axes call the groups ("schools") and the outcome's unit ("points of mathach")."""

    groups: str
    outcome: str


def words(fit: Fit) -> Words:
    """Find the words in the codebook, or make them of the columns' names."""
    codebook = fit.model.codebook
    outcome = fit.model.outcome.name
    if codebook is None:
        return Words(f"groups ({fit.model.group})", f"units of {outcome}")
    unit = codebook[outcome].unit.plural if outcome in codebook else "units"
    return Words(codebook.level2.plural, f"{unit} of {outcome}")


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign.

    >>> number(-7.4)
    '−7.40'
    """
    return f"{value:.{digits}f}".replace("-", "−")


def symbol(fit: Fit, name: str) -> str:
    """Return the symbol of a variable as equations show it."""
    codebook = fit.model.codebook
    return codebook[name].symbol if codebook is not None and name in codebook else name
