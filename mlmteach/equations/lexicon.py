"""What variables are called in equations: by their names, or by letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from mlmteach.equations.nodes import Role, Variable
from mlmteach.model.notation import Glyph, Notation
from mlmteach.model.spec import Model
from mlmteach.model.terms import Factor, Term

__all__ = ["Lexicon"]


@dataclass(frozen=True)
class Lexicon:
    """The variables of a model as an equation shows them.

    Parameters
    ----------
    model : Model
    notation : Notation
    letters : bool
        Whether variables are shown as y, x_1, z_1 rather than by name.
    """

    model: Model
    notation: Notation
    letters: bool

    def index(self, level: Literal[1, 2], at: Literal[1, 2]) -> str:
        """Give the index of a variable of a level in an equation ``at`` a level."""
        if level == 1:
            return self.notation.unit
        return self.notation.index(self.notation.group, at)

    def variable(
        self, name: str, *, suffix: str = "", level: Literal[1, 2], at: Literal[1, 2]
    ) -> Variable:
        """Give a variable with its indices.

        Parameters
        ----------
        name, suffix : str
            The column, and what the encoding of a category adds to it.
        level : {1, 2}
            The level of the variable, where neither codebook nor model know better.
        at : {1, 2}
            The level of the equation in which it stands.
        """
        level = self._levels.get(name, level)
        role: Role = "level1" if level == 1 else "level2"
        if name in self.model.outcome.variables:
            role = "outcome"
        index = self.index(level, at)
        if not self.letters:
            return Variable(self.word(name, suffix), True, index, role)
        glyph = self._glyphs[name, suffix]
        comma = "," if len(glyph.sub) > 1 else ""
        return Variable(glyph.base, False, glyph.sub + comma + index, role, glyph.sup)

    def mean(
        self, variable: Variable, *, name: str, of: Literal["group", "all"], at: Literal[1, 2]
    ) -> Variable:
        """Give the mean of a variable, over its group or over all units."""
        unit, group = self.notation.unit, self.notation.group
        dots = [r"\cdot" if i != group or of == "all" else i for i in unit]
        if group in unit:
            index = " ".join(dots).replace(r"\cdot \cdot", r"\cdot\cdot")
        else:
            index = self.notation.index(group, at) if of == "group" else ""
        own = self._glyphs[name, ""].sub if self.letters else ""
        return replace(variable, sub=own + index, statistic="mean")

    def spread(self, variable: Variable, *, name: str) -> Variable:
        """Give the standard deviation of a variable over all units."""
        own = self._glyphs[name, ""].sub if self.letters else ""
        return replace(variable, sub=own, statistic="sd")

    def word(self, name: str, suffix: str = "") -> str:
        """Give the codebook's symbol of a column, or its name, with the category."""
        book: Any = self.model.codebook
        symbol = name
        if isinstance(book, Mapping) and name in book:
            entry = book[name]
            symbol = entry.get("symbol", name) if isinstance(entry, Mapping) else entry.symbol
        category = Factor(name, suffix).level
        return f"{symbol}[{category}]" if category else symbol

    @property
    def entries(self) -> Iterator[tuple[Variable, str, str]]:
        """Each variable with its column and its label: outcome, level 1, level 2."""
        book: Any = self.model.codebook
        for name, suffix in self._glyphs:
            entry = book[name] if isinstance(book, Mapping) and name in book else None
            label = getattr(entry, "label", name)
            category = Factor(name, suffix).level
            variable = self.variable(name, suffix=suffix, level=1, at=1)
            yield variable, name + suffix, f"{label}: {category}" if category else label

    @cached_property
    def _levels(self) -> dict[str, Literal[1, 2]]:
        """The level of each variable: by its place in the model, or by the codebook."""
        levels: dict[str, Literal[1, 2]] = {}
        book: Any = self.model.codebook
        for name, _, level in self._used():
            entry = book[name] if isinstance(book, Mapping) and name in book else None
            known = getattr(entry, "level", None)
            # what is a group's mean at level 2 is a variable of the units
            levels[name] = known if known in (1, 2) else min(level, levels.get(name, level))
        return levels

    @cached_property
    def _glyphs(self) -> dict[tuple[str, str], Glyph]:
        """A letter for each variable, numbered within its level where there are several."""
        found: dict[tuple[str, str], Literal["outcome", "level1", "level2"]] = {}
        for name, suffix, _ in self._used():
            kind: Literal["outcome", "level1", "level2"] = (
                "level1" if self._levels[name] == 1 else "level2"
            )
            if name in self.model.outcome.variables:
                kind = "outcome"
            found.setdefault((name, suffix), kind)
        glyphs: dict[tuple[str, str], Glyph] = {}
        for kind in ("outcome", "level1", "level2"):
            keys = [key for key, of in found.items() if of == kind]
            for number, key in enumerate(keys, 1):
                glyph = self.notation.glyph(kind, q=number)
                if len(keys) == 1:
                    template = getattr(self.notation, kind)
                    glyph = replace(glyph, sub="" if "q" in template else glyph.sub)
                glyphs[key] = glyph
        return glyphs

    def _used(self) -> Iterator[tuple[str, str, Literal[1, 2]]]:
        """Go through the variables with the level of the place where they stand."""
        for name in self.model.outcome.variables:
            yield name, "", 1
        for c in self.model.coefficients:
            yield from _variables(c.term, 1)
        for c in self.model.coefficients:
            for term in c.predictors:
                yield from _variables(term, 2)


def _variables(term: Term, level: Literal[1, 2]) -> Iterator[tuple[str, str, Literal[1, 2]]]:
    for factor in term.factors:
        for name in factor.variables[:1] if factor.suffix else factor.variables:
            yield name, factor.suffix, 1 if factor.function == "group_mean" else level
