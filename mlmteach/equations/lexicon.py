"""What variables are called in equations: by their names, or by letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from mlmteach.equations.nodes import Identifier, Role
from mlmteach.model.lettering import Kind, letters_of, shown_level, shown_variables, told
from mlmteach.model.notation import Glyph, Level, Notation
from mlmteach.model.structure import Structure
from mlmteach.model.terms import Factor

__all__ = ["Lexicon"]

_ROLES: dict[Level, Literal["level1", "level2", "level3"]] = {
    1: "level1",
    2: "level2",
    3: "level3",
}


@dataclass(frozen=True)
class Lexicon:
    """The variables of a model as an equation shows them.

    Parameters
    ----------
    model : Structure
    notation : Notation
    letters : bool
        Whether variables are shown as y, x_1, z_1 rather than by name.
    """

    model: Structure
    notation: Notation
    letters: bool

    def index(self, level: Level, at: Level) -> str:
        """Give the index of a variable of a level in an equation ``at`` a level."""
        if level == 1:
            return self.notation.unit
        return self.notation.index(self.notation.group if level == 2 else self.notation.third, at)

    def variable(self, name: str, *, suffix: str = "", level: Level, at: Level) -> Identifier:
        """Give a variable with its indices.

        Parameters
        ----------
        name, suffix : str
            The column, and what the encoding of a category adds to it.
        level : {1, 2, 3}
            The level of the variable, where neither codebook nor model know better.
        at : {1, 2, 3}
            The level of the equation in which it stands.
        """
        kind = self._kinds.get(name, _ROLES[level])
        role: Role
        if kind == "trials" or kind == "exposure":
            role = _ROLES[shown_level(self.model, name, 1)]
        else:
            role = kind
        own: Level = 3 if role == "level3" else 2 if role == "level2" else 1
        index = self.index(own, at)
        if not self.letters:
            return Identifier(self.word(name, suffix), True, index, role)
        glyph = self._glyphs[name, suffix]
        comma = "," if len(glyph.sub) > 1 else ""
        return Identifier(glyph.base, False, glyph.sub + comma + index, role, glyph.sup)

    def mean(
        self, variable: Identifier, *, name: str, of: Literal["group", "all"], at: Level
    ) -> Identifier:
        """Give the mean of a variable, over its group or over all units."""
        unit, group = self.notation.unit, self.notation.group
        dots = [r"\cdot" if i not in group or of == "all" else i for i in unit if i not in "()"]
        if group in unit:
            index = re.sub(r"(?<=cdot) (?=\\cdot)", "", " ".join(dots))
        else:
            index = self.notation.index(group, at) if of == "group" else ""
        own = self._glyphs[name, ""].sub if self.letters else ""
        return replace(variable, sub=own + index, statistic="mean")

    def spread(self, variable: Identifier, *, name: str) -> Identifier:
        """Give the standard deviation of a variable over all units."""
        own = self._glyphs[name, ""].sub if self.letters else ""
        return replace(variable, sub=own, statistic="sd")

    def word(self, name: str, suffix: str = "") -> str:
        """Give the codebook's symbol of a column, or its name, with the category."""
        category = Factor(name, suffix).level
        symbol = str(told(self.model.codebook, name, "symbol") or name)
        return f"{symbol}[{category}]" if category else symbol

    @property
    def entries(self) -> Iterator[tuple[Identifier, str, str]]:
        """Each variable with its column and its label: outcome, level 1, and so on."""
        for name, suffix in self._glyphs:
            label = str(told(self.model.codebook, name, "label") or name)
            category = Factor(name, suffix).level
            variable = self.variable(name, suffix=suffix, level=1, at=1)
            yield variable, name + suffix, f"{label}: {category}" if category else label

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        """The kind of each variable, whatever its category."""
        return {name: kind for (name, _), kind in shown_variables(self.model).items()}

    @cached_property
    def _glyphs(self) -> dict[tuple[str, str], Glyph]:
        return letters_of(self.model, self.notation)
