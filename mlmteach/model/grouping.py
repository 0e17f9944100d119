"""By which columns the units are grouped: one, two that are nested, or two that are crossed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mlmteach.errors import FormulaError, ModelError
from mlmteach.model.terms import Factor

__all__ = ["LETTERS", "MATRICES", "Grouping", "parse_grouping", "too_many"]

LETTERS = "UV"  # of the effects of each grouping
MATRICES = "TΦ"  # their covariance matrices

_PIECE = re.compile(r"`[^`]*`|[/*:+|]|[^`/*:+|]+")
_SIGNS = frozenset("/*:+|")


@dataclass(frozen=True)
class Grouping:
    """The grouping columns of a model.

    Parameters
    ----------
    names : tuple of str
        That of level 2 comes first; with three levels, that of level 3 follows.  Of two crossed
        groupings, the one that was written first.
    crossed : bool
        Whether there are two and neither lies within the other.

    Examples
    --------
    >>> Grouping(("class", "school")).formula
    'school/class'
    """

    names: tuple[str, ...]
    crossed: bool = False

    @property
    def is_nested(self) -> bool:
        """Whether there are three levels."""
        return len(self.names) == 2 and not self.crossed

    @property
    def design(self) -> Literal["single", "nested", "crossed"]:
        """Which of the three kinds it is."""
        if len(self.names) == 1:
            return "single"
        return "crossed" if self.crossed else "nested"

    @property
    def formula(self) -> str:
        """As ``group`` of a model takes it; an odd name stands in backticks."""
        bare = [Factor(name).formula for name in self.names]
        if self.crossed:
            return " * ".join(bare)
        return "/".join(reversed(bare))

    @property
    def bars(self) -> tuple[str, ...]:
        """What stands behind the bar of a random term of each grouping, as lme4 writes it."""
        bare = [Factor(name).formula for name in self.names]
        return (f"{bare[1]}:{bare[0]}", bare[1]) if self.is_nested else tuple(bare)


def parse_grouping(text: str) -> Grouping:
    """Read ``"school"``, ``"school/class"`` (nested) or ``"primary * second"`` (crossed).

    Parameters
    ----------
    text : str
        ``a/b`` reads "b within a", as in lme4 and nlme.  A name with such a sign in it stands in
        backticks.

    Returns
    -------
    Grouping

    Raises
    ------
    FormulaError
        If it cannot be read.
    ModelError
        If it names more than two groupings, or one twice.

    Examples
    --------
    >>> parse_grouping("school/class").names
    ('class', 'school')
    >>> parse_grouping("primary * second")
    Grouping(names=('primary', 'second'), crossed=True)
    """
    pieces = [piece.strip() for piece in _PIECE.findall(text) if piece.strip()]
    names = [piece.strip("`") for piece in pieces[::2]]
    signs = pieces[1::2]
    alternate = all(piece not in _SIGNS for piece in pieces[::2]) and all(
        s in _SIGNS for s in signs
    )
    if not pieces or not alternate or len(names) == len(signs) or not all(names):
        raise FormulaError(
            f"group='{text}' cannot be read.",
            "Name one column, or two: 'school/class' for classes within schools, "
            "'primary * second' for groupings that cross.",
        )
    if any(sign not in "/*" for sign in signs):
        odd = next(sign for sign in signs if sign not in "/*")
        raise FormulaError(
            f"group='{text}' has a '{odd}'.",
            "Write 'a/b' for b within a, 'a * b' for crossed groupings; a column with such a sign "
            "in its name stands in backticks.",
        )
    if len(names) > 2:
        raise too_many(names)
    if len(set(names)) < len(names):
        raise ModelError(f"group='{text}' names one column twice.", "Name it once.")
    if signs == ["/"]:
        return Grouping((names[1], names[0]))
    return Grouping(tuple(names), crossed=bool(signs))


def too_many(names: list[str]) -> ModelError:
    """Say that a model has more groupings than there can be."""
    return ModelError(
        f"{len(names)} groupings, {', '.join(names[:-1])} and {names[-1]}, are too many.",
        "mlmteach has models with up to two: three levels, or two crossed groupings. Leave out "
        "those between which the outcome varies least.",
    )
