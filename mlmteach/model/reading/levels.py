"""At which level each predictor of a full equation stands."""

from __future__ import annotations

from collections.abc import Iterable

from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Summand, Variable
from mlmteach.model.terms import Term

__all__ = ["Levels"]


class Levels:
    """What is known of the levels of variables.

    An index decides; then the data or the user's list; then the place in the equation, since the
    predictors of γ_0s stand at level 2, and those of γ_q0 and of U_qj at level 1.

    Parameters
    ----------
    source : Source
        For errors.
    level2 : iterable of str
        Columns known to stand at level 2.
    complete : bool
        Whether all other columns are known to stand at level 1.
    summands : iterable of Summand
        The right side of the full equation.
    """

    def __init__(
        self, source: Source, level2: Iterable[str], *, complete: bool, summands: Iterable[Summand]
    ) -> None:
        self.source = source
        self.upper = set(level2)
        self.complete = complete
        self.by_place: dict[str, int] = {}
        for summand in summands:
            level = _level_by_place(summand)
            for variable in summand.variables if level else ():
                self.by_place.setdefault(variable.factor.name, level)

    def split(self, summand: Summand) -> tuple[Term, Term]:
        """Part the predictors of a summand into those of level 1 and those of level 2."""
        levels = [(self.level(variable), variable.factor) for variable in summand.variables]
        lower = tuple(factor for level, factor in levels if level == 1)
        return Term(lower), Term(tuple(factor for level, factor in levels if level == 2))

    def level(self, variable: Variable) -> int:
        """Say at which level a variable stands."""
        if variable.index:
            return 1 if "i" in variable.index else 2
        if variable.factor.function == "group_mean":
            return 2
        names = variable.factor.variables
        if names and all(name in self.upper for name in names):
            return 2
        if self.complete:
            return 1
        known = self.by_place.get(variable.factor.name)
        if known is None:
            raise self.source.error(
                variable.start,
                f"The level of '{variable.shown or variable.factor.name}' is not known.",
                f"Write its index, such as '{names[0] if names else 'x'}_ij' or '_j', name the "
                "level-2 columns in `level2`, or give `data`.",
            )
        return known


def _level_by_place(summand: Summand) -> int:
    for letter in summand.letters:
        if letter.role == "effect":
            return 1
        if letter.role == "gamma" and letter.q == 0:
            return 2
        if letter.role == "gamma" and letter.s == 0:
            return 1
    return 0
