"""What variables are called in equations: by their names, or by letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from mlmteach.equations.factors import Speller
from mlmteach.equations.nodes import Identifier, Role
from mlmteach.model.notation import Glyph, Notation
from mlmteach.model.structure import Structure
from mlmteach.model.terms import Factor

__all__ = ["Lexicon"]


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

    def index(self, level: Literal[1, 2], at: Literal[1, 2]) -> str:
        """Give the index of a variable of a level in an equation ``at`` a level."""
        if level == 1:
            return self.notation.unit
        return self.notation.index(self.notation.group, at)

    def variable(
        self, name: str, *, suffix: str = "", level: Literal[1, 2], at: Literal[1, 2]
    ) -> Identifier:
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
        if name in self._outcome:
            role = "outcome"
        index = self.index(level, at)
        if not self.letters:
            return Identifier(self.word(name, suffix), True, index, role)
        glyph = self._glyphs[name, suffix]
        comma = "," if len(glyph.sub) > 1 else ""
        return Identifier(glyph.base, False, glyph.sub + comma + index, role, glyph.sup)

    def mean(
        self, variable: Identifier, *, name: str, of: Literal["group", "all"], at: Literal[1, 2]
    ) -> Identifier:
        """Give the mean of a variable, over its group or over all units."""
        unit, group = self.notation.unit, self.notation.group
        dots = [r"\cdot" if i != group or of == "all" else i for i in unit]
        if group in unit:
            index = " ".join(dots).replace(r"\cdot \cdot", r"\cdot\cdot")
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
        symbol = str(self._told(name, "symbol") or name)
        return f"{symbol}[{category}]" if category else symbol

    @property
    def entries(self) -> Iterator[tuple[Identifier, str, str]]:
        """Each variable with its column and its label: outcome, level 1, level 2."""
        for name, suffix in self._glyphs:
            label = str(self._told(name, "label") or name)
            category = Factor(name, suffix).level
            variable = self.variable(name, suffix=suffix, level=1, at=1)
            yield variable, name + suffix, f"{label}: {category}" if category else label

    def _told(self, name: str, key: str) -> Any:
        """What the codebook tells of a column; a codebook may still be a plain mapping."""
        book: Any = self.model.codebook
        if not isinstance(book, Mapping) or name not in book:
            return None
        entry = book[name]
        return entry.get(key) if isinstance(entry, Mapping) else getattr(entry, key)

    @cached_property
    def _used(self) -> tuple[tuple[str, str, Literal[1, 2]], ...]:
        """The variables with the level of their place: outcome, level 1, level 2."""
        terms = [(c.term, 1) for c in self.model.coefficients]
        terms += [(term, 2) for c in self.model.coefficients for term in c.predictors]
        found = list(_named(self.model.outcome, 1))
        for term, level in terms:
            for factor in term.factors:
                found += _named(factor, 1 if level == 1 else 2)
        return tuple(found)

    @cached_property
    def _outcome(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in _named(self.model.outcome, 1))

    @cached_property
    def _levels(self) -> dict[str, Literal[1, 2]]:
        """The level of each variable: by its place in the model, or by the codebook."""
        levels: dict[str, Literal[1, 2]] = {}
        for name, _, level in self._used:
            known = self._told(name, "level")
            levels[name] = known if known in (1, 2) else min(level, levels.get(name, level))
        return levels

    @cached_property
    def _glyphs(self) -> dict[tuple[str, str], Glyph]:
        """A letter for each variable, numbered within its level where there are several."""
        kinds: dict[str, list[tuple[str, str]]] = {"outcome": [], "level1": [], "level2": []}
        for name, suffix in dict.fromkeys((name, suffix) for name, suffix, _ in self._used):
            kind = "outcome" if name in self._outcome else f"level{self._levels[name]}"
            kinds[kind].append((name, suffix))
        glyphs: dict[tuple[str, str], Glyph] = {}
        for kind, keys in kinds.items():
            for number, key in enumerate(keys, 1):
                glyph = self.notation.glyph(kind, q=number)
                alone = len(keys) == 1 and "q" in getattr(self.notation, kind)
                glyphs[key] = replace(glyph, sub="") if alone else glyph
        return glyphs


class _Record:
    """Keeps a list of the variables that a factor is spelled with."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Literal[1, 2]]] = []

    def variable(
        self, name: str, *, suffix: str = "", level: Literal[1, 2], at: Literal[1, 2]
    ) -> Identifier:
        self.seen.append((name, suffix, level))
        return Identifier(name, True, str(at), "outcome")

    def mean(self, variable: Identifier, **_: object) -> Identifier:
        return variable

    def spread(self, variable: Identifier, **_: object) -> Identifier:
        return variable


def _named(factor: Factor, level: Literal[1, 2]) -> list[tuple[str, str, Literal[1, 2]]]:
    """The variables by which a factor is shown; itself, if it has no mathematical form."""
    record = _Record()
    Speller(record, level, level).spell(factor)
    whole = record.seen[-1:]
    return whole if whole and whole[0][0] == factor.expression else record.seen
