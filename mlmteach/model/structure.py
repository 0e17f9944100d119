"""What follows from a model's coefficients alone: γ's, U's, formulas and equations."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlmteach.model.formula import join
from mlmteach.model.symbols import (
    Coefficient,
    Covariance,
    Equation,
    Gamma,
    full_equation,
    level1_equation,
    level2_equations,
)
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook

__all__ = ["Structure"]


@dataclass(frozen=True)
class Structure:
    """The coefficients of a two-level model, and what can be read off them.

    Attributes
    ----------
    outcome : Factor
    group : str
    bare : tuple of Coefficient
        As they were written, one a term.
    covariance : {"unstructured", "diagonal"} or tuple of tuple of str
    coefficients : tuple of Coefficient
        As they are estimated: in a bound model, one a contrast.
    codebook : Codebook or None
    bound : bool
        Whether the model was held against data.
    """

    outcome: Factor
    group: str
    bare: tuple[Coefficient, ...]
    covariance: Covariance
    coefficients: tuple[Coefficient, ...] = field(compare=False)
    codebook: Codebook | None = field(compare=False)
    bound: bool = field(compare=False)

    @cached_property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs, in order of q and s."""
        return tuple(gamma for c in self.coefficients for gamma in c.gammas)

    @cached_property
    def random(self) -> tuple[Coefficient, ...]:
        """The level-1 coefficients that have a U."""
        return tuple(c for c in self.coefficients if c.random)

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The U's that may correlate with each other, as positions in :attr:`random`."""
        if self.covariance == "unstructured":
            return (tuple(range(len(self.random))),)
        if self.covariance == "diagonal":
            return tuple((position,) for position in range(len(self.random)))
        return tuple(
            tuple(i for i, c in enumerate(self.random) if c.term.bare.name in block)
            for block in self.covariance
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """The data's columns that the model uses: outcome, predictors, group."""
        names = list(self.outcome.variables)
        for c in self.bare:
            names += [*c.term.variables, *(v for t in c.predictors for v in t.variables)]
        return tuple(dict.fromkeys([*names, self.group]))

    @property
    def level1_formula(self) -> str:
        """The level-1 equation as a formula, such as ``"mathach ~ 1 + ses"``."""
        return f"{self.outcome.formula} ~ {join(c.term for c in self.bare)}"

    @property
    def level2_formulas(self) -> dict[str, str]:
        """The level-2 equations as the ``level2`` argument takes them."""
        return {c.key: join(c.predictors, random=c.random) for c in self.bare}

    @property
    def formula(self) -> str:
        """The full model as an lme4 formula."""
        fixed = [(predictor * c.term).formula for c in self.bare for predictor in c.predictors]
        if "1" not in fixed:
            fixed.insert(0, "0")
        return f"{self.outcome.formula} ~ {' + '.join([*fixed, *self._random_formulas()])}"

    def _random_formulas(self) -> list[str]:
        random = [c for c in self.bare if c.random]
        if self.covariance == "unstructured":
            parts = [random]
        elif self.covariance == "diagonal":
            parts = [[c] for c in random]
        else:
            parts = [[c for c in random if c.term.name in block] for block in self.covariance]
        group = Factor(self.group).formula
        return [f"({join(c.term for c in part)} | {group})" for part in parts]

    @property
    def level1_equation(self) -> Equation:
        """The level-1 equation as structure."""
        return level1_equation(self.outcome, self.coefficients)

    @property
    def level2_equations(self) -> tuple[Equation, ...]:
        """The level-2 equations as structure, one a coefficient."""
        return level2_equations(self.coefficients)

    @property
    def full_equation(self) -> Equation:
        """The full equation as structure."""
        return full_equation(self.outcome, self.coefficients)
