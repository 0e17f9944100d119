"""Equations that a student writes, held against a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlmteach.errors import MlmteachError
from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.plain import Plain
from mlmteach.model.spec import Model

__all__ = ["EquationLines"]

_LONGEST = 4_000  # characters
_PARTS = {
    "level1": "level-1 equation",
    "level2": "level-2 equation of each coefficient",
    "full": "full equation",
}


@dataclass(frozen=True)
class EquationLines(Kind):
    """The equations of a model, level by level or as one, plain or in LaTeX.

    Parameters
    ----------
    formula : str
        The model as an lme4 formula.
    level2 : tuple of str
        Its level-2 variables.
    parts : tuple of str
        The equations that are asked for: ``"level1"``, ``"level2"``, ``"full"``.
    """

    formula: str = ""
    level2: tuple[str, ...] = ()
    parts: tuple[str, ...] = ("full",)
    asked: ClassVar[str] = "a text with equations"
    takes: ClassVar[tuple[str, ...]] = ("text",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer cannot be read as equations."""
        if found := super().misfit(given):
            return found
        if len(given["value"]) > _LONGEST:
            return f"The equations have more than {_LONGEST} characters. Write them shorter."
        try:
            self._differences(given)
        except MlmteachError as error:
            return f"The equations cannot be read: {error}"
        except (RecursionError, MemoryError, ValueError):
            return "The equations cannot be read. Write them in fewer brackets."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Hold equations against the model; the expected text is one way to write it."""
        if given["value"] == expected["value"]:
            return Comparison(1.0)
        differences = self._differences(given)
        if not differences:
            return Comparison(1.0)
        # One slip in equations that are otherwise right is worth half.
        share = 0.5 if len(differences) == 1 else 0.0
        return Comparison(share, " ".join(differences))

    def _differences(self, given: Plain) -> tuple[str, ...]:
        from mlmteach.model.reading import read_statements
        from mlmteach.model.reading.build import kind_of
        from mlmteach.model.reading.differences import check_equations

        statements, _ = read_statements(given["value"])
        written = {kind_of(statement) for statement in statements}
        missing = [part for part in self.parts if part not in written]
        if missing:
            return tuple(f"The {_PARTS[part]} is missing." for part in missing)
        model = Model.from_formula(self.formula, level2=self.level2)
        return tuple(str(difference) for difference in check_equations(given["value"], model))
