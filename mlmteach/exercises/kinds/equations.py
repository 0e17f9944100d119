"""The full equation as a student writes it, held against a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from mlmteach.errors import MlmteachError
from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.plain import Plain
from mlmteach.model.spec import Model

__all__ = ["EquationLines"]

_LONGEST = 4_000  # characters
_NOT_FULL = "In the full equation no β is left: put the level-2 equations in."
_MISSING = "The full equation is missing."
_BETA = re.compile(r"β|beta|\bb_?\{?\d")


@dataclass(frozen=True)
class EquationLines(Kind):
    """The full equation of a model, plain or in LaTeX.

    Parameters
    ----------
    formula : str
        The model as an lme4 formula.
    level2 : tuple of str
        Its level-2 variables.
    """

    formula: str = ""
    level2: tuple[str, ...] = ()
    asked: ClassVar[str] = "a text with an equation"
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
        slip = len(differences) == 1 and differences[0] not in (_NOT_FULL, _MISSING)
        share = 0.5 if slip else 0.0
        return Comparison(share, " ".join(differences))

    def _differences(self, given: Plain) -> tuple[str, ...]:
        from mlmteach.model.reading.check import check_equations

        text = given["value"]
        if _BETA.search(text):
            return (_NOT_FULL,)
        outcome, _, rest = self.formula.partition("~")
        if not _found(check_equations, text, f"{outcome.strip()}_else ~ {rest}", self.level2):
            return (_MISSING,)
        model = Model.from_formula(self.formula, level2=self.level2)
        return tuple(str(difference) for difference in check_equations(text, model))


def _found(
    differences: Callable[[str, Model], object], text: str, formula: str, level2: tuple[str, ...]
) -> bool:
    """Whether a text has an equation of the outcome: another outcome makes a difference."""
    try:
        return bool(differences(text, Model.from_formula(formula, level2=level2)))
    except MlmteachError:
        return True
