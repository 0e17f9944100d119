"""The symbols of a two-level model and the equations that they form.

A model is a tuple of level-1 coefficients.  From it come the level-1 equation, one level-2
equation for each coefficient, and, by substitution, the full equation.  Everything here is
structure: sums of products of symbols and predictors.  How it looks is decided elsewhere.

Where the outcome is not normal, the left side is its linear predictor, and there is no ε.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mlmteach.model.family import NORMAL, Family
from mlmteach.model.predictor import Applied, Column
from mlmteach.model.terms import INTERCEPT, Factor, Term

__all__ = [
    "Beta",
    "Coefficient",
    "Covariance",
    "Epsilon",
    "Equation",
    "Gamma",
    "Offset",
    "Predictor",
    "Product",
    "RandomEffect",
    "full_equation",
    "level1_equation",
    "level2_equations",
]

Covariance = Literal["unstructured", "diagonal"] | tuple[tuple[str, ...], ...]
"""How the U's of a group may correlate: all, none, or within blocks of named coefficients."""


@dataclass(frozen=True)
class Coefficient:
    """A level-1 coefficient β_qj with its level-2 equation.

    Parameters
    ----------
    index : int
        q: 0 for the intercept, then 1, 2, … in the order of the formula.
    term : Term
        The level-1 predictor; the empty term for the intercept.
    predictors : tuple of Term
        The level-2 predictors; the empty term, which comes first, stands for the mean γ_q0.
    random : bool
        Whether the equation has a U_qj.
    """

    index: int
    term: Term
    predictors: tuple[Term, ...]
    random: bool

    @property
    def key(self) -> str:
        """The name under which ``level2`` of a model lists it."""
        return self.term.formula if self.term else "intercept"

    @property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs of its equation."""
        start = 0 if INTERCEPT in self.predictors else 1
        return tuple(
            Gamma(self.index, s, self.term, predictor)
            for s, predictor in enumerate(self.predictors, start)
        )


@dataclass(frozen=True)
class Beta:
    """β_qj: the coefficient of a level-1 predictor in group j."""

    q: int
    term: Term


@dataclass(frozen=True)
class Gamma:
    """γ_qs: the fixed coefficient of the s-th level-2 predictor in the equation of β_qj."""

    q: int
    s: int
    level1: Term
    level2: Term

    @property
    def name(self) -> str:
        """The name of its term, as statsmodels and lme4 write it: level 2 before level 1."""
        return (self.level2 * self.level1).name


@dataclass(frozen=True)
class RandomEffect:
    """U_qj: what is left of β_qj in group j."""

    q: int
    term: Term


@dataclass(frozen=True)
class Epsilon:
    """ε_ij: what is left of the outcome of unit i in group j."""


@dataclass(frozen=True)
class Offset:
    """What stands before the logarithm of an exposure: a coefficient that is known to be 1."""


Symbol = Beta | Gamma | RandomEffect | Epsilon | Offset


@dataclass(frozen=True)
class Predictor:
    """A term as it stands in an equation, with its level: x_ij (1) or z_j (2)."""

    term: Term
    level: int


@dataclass(frozen=True)
class Product:
    """A symbol times the predictors that it multiplies."""

    symbol: Symbol
    predictors: tuple[Predictor, ...] = ()

    def times(self, predictor: Predictor) -> Product:
        """Multiply by one more predictor; the intercept multiplies by one."""
        if not predictor.term:
            return self
        return Product(self.symbol, (*self.predictors, predictor))


@dataclass(frozen=True)
class Equation:
    """``left = right``: the left side is the outcome or a β, the right side a sum."""

    left: Factor | Beta
    right: tuple[Product, ...]


def level1_equation(
    outcome: Factor, coefficients: Iterable[Coefficient], family: Family = NORMAL
) -> Equation:
    """Write the equation of the units: the outcome from β's, level-1 predictors and ε."""
    products = [Product(Beta(c.index, c.term)).times(Predictor(c.term, 1)) for c in coefficients]
    if family.is_normal:
        return Equation(outcome, (*products, Product(Epsilon())))
    if family.exposure:
        amount = Term((Factor.of(Applied("log", Column(family.exposure))),))
        products.insert(0, Product(Offset()).times(Predictor(amount, 1)))
    return Equation(outcome, tuple(products))


def level2_equations(coefficients: Iterable[Coefficient]) -> tuple[Equation, ...]:
    """Write the equations of the groups: each β from γ's, level-2 predictors and U."""
    equations = []
    for c in coefficients:
        products = [Product(g).times(Predictor(g.level2, 2)) for g in c.gammas]
        if c.random:
            products.append(Product(RandomEffect(c.index, c.term)))
        equations.append(Equation(Beta(c.index, c.term), tuple(products)))
    return tuple(equations)


def full_equation(
    outcome: Factor, coefficients: Iterable[Coefficient], family: Family = NORMAL
) -> Equation:
    """Substitute level 2 into level 1: the fixed part first, then the U's, then ε.

    Each U is multiplied by the predictor of its coefficient, as substitution demands.
    """
    coefficients = tuple(coefficients)
    expanded: dict[Symbol | Factor, tuple[Product, ...]] = {
        equation.left: equation.right for equation in level2_equations(coefficients)
    }
    level1 = level1_equation(outcome, coefficients, family)
    products = [
        Product(inner.symbol, inner.predictors + outer.predictors)
        for outer in level1.right
        for inner in expanded.get(outer.symbol, (Product(outer.symbol),))
    ]
    kinds = (Offset, Gamma, RandomEffect, Epsilon)
    products.sort(key=lambda product: kinds.index(type(product.symbol)))  # a stable sort
    return Equation(outcome, tuple(products))
