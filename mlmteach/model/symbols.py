"""The symbols of a multilevel model and the equations that they form.

A model is a tuple of level-1 coefficients.  From it come the level-1 equation, one level-2
equation for each coefficient, and, by substitution, the full equation.  Everything here is
structure: sums of products of symbols and predictors.  How it looks is decided elsewhere.

With three levels, the coefficients of level 2 have equations of their own, and substitution is
done twice.  With two crossed groupings, the equation of a level-1 coefficient has predictors and an
effect of each.

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
    "Delta",
    "Epsilon",
    "Equation",
    "Gamma",
    "Offset",
    "Predictor",
    "Product",
    "RandomEffect",
    "Second",
    "Upper",
    "UpperEffect",
    "Varying",
    "first_index",
    "full_equation",
    "level1_equation",
    "level2_equations",
    "level3_equations",
]

Covariance = Literal["unstructured", "diagonal"] | tuple[tuple[str, ...], ...]
"""How the U's of a group may correlate: all, none, or within blocks of named coefficients."""


@dataclass(frozen=True)
class Upper:
    """A level-2 coefficient δ_qsk of a model with three levels, with its level-3 equation.

    Parameters
    ----------
    index : int
        s: 0 for the mean, then 1, 2, … in the order of the level-2 equation.
    level1, level2 : Term
        The level-1 predictor whose coefficient's equation it stands in, and the level-2 predictor
        that it multiplies there; the empty term for the mean.
    predictors : tuple of Term
        The level-3 predictors; the empty term, which comes first, stands for the mean γ_qs0.
    random : bool
        Whether the equation has a V_qsk.
    """

    index: int
    level1: Term
    level2: Term
    predictors: tuple[Term, ...]
    random: bool

    @property
    def term(self) -> Term:
        """The product that it multiplies in the full equation."""
        return self.level2 * self.level1

    @property
    def key(self) -> str:
        """The name under which ``level3`` of a model lists it."""
        return self.term.formula if self.term else "intercept"


@dataclass(frozen=True)
class Second:
    """What a second grouping, crossed with the first, adds to the equation of a coefficient.

    Parameters
    ----------
    predictors : tuple of Term
        Those of the second grouping, and their products with those of the first.
    random : bool
        Whether the equation has a V_qk.
    first : frozenset of str
        The variables of the first grouping, which stand in such products.
    """

    predictors: tuple[Term, ...] = ()
    random: bool = False
    first: frozenset[str] = frozenset()

    @property
    def parted(self) -> tuple[tuple[Term, Term], ...]:
        """Each predictor as what is of the first grouping and what is of the second."""
        return tuple((self._part(t, own=False), self._part(t, own=True)) for t in self.predictors)

    def _part(self, term: Term, *, own: bool) -> Term:
        return Term(tuple(f for f in term.factors if self.first.isdisjoint(f.variables) == own))


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
    upper : tuple of Upper
        With three levels, the coefficients of the equation, one a predictor.
    second : Second or None
        With crossed groupings, what the second one adds.
    """

    index: int
    term: Term
    predictors: tuple[Term, ...]
    random: bool
    upper: tuple[Upper, ...] = ()
    second: Second | None = None

    @property
    def key(self) -> str:
        """The name under which ``level2`` of a model lists it."""
        return self.term.formula if self.term else "intercept"

    @property
    def is_random(self) -> bool:
        """Whether it differs between groups of any kind: by a U or by a V."""
        return self.random or bool(self.upper_effects)

    @property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs of its equation; with three levels γ_qsp of its equations."""
        if self.upper:
            return tuple(
                Gamma(self.index, upper.index, self.term, upper.level2, p, predictor)
                for upper in self.upper
                for p, predictor in enumerate(upper.predictors, first_index(upper.predictors))
            )
        start = first_index(self.predictors)
        own = [
            Gamma(self.index, s, self.term, predictor)
            for s, predictor in enumerate(self.predictors, start)
        ]
        others = self.second.parted if self.second else ()
        return (
            *own,
            *(
                Gamma(self.index, s, self.term, level2, level3=level3)
                for s, (level2, level3) in enumerate(others, start + len(own))
            ),
        )

    @property
    def upper_effects(self) -> tuple[UpperEffect, ...]:
        """The V's of its equations."""
        if self.second:
            return (UpperEffect(self.index, None, self.term),) if self.second.random else ()
        return tuple(UpperEffect(self.index, u.index, u.term) for u in self.upper if u.random)


def first_index(predictors: tuple[Term, ...]) -> int:
    """The index of the first predictor of an equation: 0 is that of the mean."""
    return 0 if INTERCEPT in predictors else 1


@dataclass(frozen=True)
class Beta:
    """β_qj: the coefficient of a level-1 predictor in group j."""

    q: int
    term: Term


@dataclass(frozen=True)
class Delta:
    """δ_qsk: with three levels, the coefficient of a level-2 predictor in the equation of β_qjk."""

    q: int
    s: int
    term: Term


@dataclass(frozen=True)
class Gamma:
    """γ_qs: the fixed coefficient of the s-th level-2 predictor in the equation of β_qj.

    With three levels γ_qsp, that of the p-th level-3 predictor in the equation of δ_qsk.  With
    crossed groupings, a predictor of the second one is ``level3``, and there is no p.
    """

    q: int
    s: int
    level1: Term
    level2: Term
    p: int | None = None
    level3: Term = INTERCEPT

    @property
    def term(self) -> Term:
        """The product that it multiplies: the upper levels before level 1."""
        return self.level3 * self.level2 * self.level1

    @property
    def name(self) -> str:
        """The name of its term, as statsmodels and lme4 write it: level 2 before level 1."""
        return self.term.name


@dataclass(frozen=True)
class RandomEffect:
    """U_qj: what is left of β_qj in group j."""

    q: int
    term: Term


@dataclass(frozen=True)
class UpperEffect:
    """V_qsk: what is left of δ_qsk in unit k of level 3; V_qk with crossed groupings, without s."""

    q: int
    s: int | None
    term: Term


@dataclass(frozen=True)
class Varying:
    """A coefficient that differs between the groups of one grouping, by a U or by a V.

    What is said of the one is said of the other, so that both have this form.

    Attributes
    ----------
    level : int
        2 for a U; 3 for a V, also of the second of two crossed groupings.
    index : int
        q.
    s : int
        With three levels, the s of a V_qsk; 0 for all else.
    level1, level2 : Term
        The predictors that it multiplies in the full equation.
    predictors : tuple of Term
        Of the equation that the effect is left over from, those of its level; the empty term stands
        for a mean.
    gammas : tuple of Gamma
        Of that equation.
    """

    level: int
    index: int
    s: int
    level1: Term
    level2: Term
    predictors: tuple[Term, ...]
    gammas: tuple[Gamma, ...]

    @property
    def term(self) -> Term:
        """The product that it multiplies in the full equation."""
        return self.level2 * self.level1

    @property
    def factors(self) -> tuple[tuple[int, Factor], ...]:
        """The factors of that product with their levels."""
        upper = tuple((2, factor) for factor in self.level2.factors)
        return upper + tuple((1, factor) for factor in self.level1.factors)


@dataclass(frozen=True)
class Epsilon:
    """ε_ij: what is left of the outcome of unit i in group j."""


@dataclass(frozen=True)
class Offset:
    """What stands before the logarithm of an exposure: a coefficient that is known to be 1."""


Symbol = Beta | Delta | Gamma | RandomEffect | UpperEffect | Epsilon | Offset


@dataclass(frozen=True)
class Predictor:
    """A term as it stands in an equation, with its level: x_ij (1), z_j (2) or w_k (3).

    With crossed groupings, 3 stands for the second of them.
    """

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
    """``left = right``: the left side is the outcome, a β or a δ, the right side a sum."""

    left: Factor | Beta | Delta
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
    """Write the equations of the groups: each β from γ's (or δ's), level-2 predictors and U.

    With crossed groupings, the predictors and the effect of the second one follow.
    """
    equations = []
    for c in coefficients:
        if c.upper:
            products = [
                Product(Delta(c.index, u.index, u.term)).times(Predictor(u.level2, 2))
                for u in c.upper
            ]
        else:
            products = [
                Product(g).times(Predictor(g.level3 * g.level2, 3 if g.level3 else 2))
                for g in c.gammas
            ]
        if c.random:
            products.append(Product(RandomEffect(c.index, c.term)))
        if c.second:
            products += [Product(effect) for effect in c.upper_effects]
        equations.append(Equation(Beta(c.index, c.term), tuple(products)))
    return tuple(equations)


def level3_equations(coefficients: Iterable[Coefficient]) -> tuple[Equation, ...]:
    """Write the equations of three levels' uppermost units: each δ from γ's, predictors and V."""
    equations = []
    for c in coefficients:
        for u in c.upper:
            gammas = [g for g in c.gammas if g.s == u.index]
            products = [Product(g).times(Predictor(g.level3, 3)) for g in gammas]
            if u.random:
                products.append(Product(UpperEffect(c.index, u.index, u.term)))
            equations.append(Equation(Delta(c.index, u.index, u.term), tuple(products)))
    return tuple(equations)


def full_equation(
    outcome: Factor, coefficients: Iterable[Coefficient], family: Family = NORMAL
) -> Equation:
    """Substitute level 3 into level 2 and level 2 into level 1: the fixed part first.

    The effects follow, those of the uppermost units first, then ε.  Each is multiplied by the
    predictors of its coefficient, as substitution demands.
    """
    coefficients = tuple(coefficients)
    expanded: dict[Symbol | Factor, tuple[Product, ...]] = {
        equation.left: equation.right
        for equation in (*level2_equations(coefficients), *level3_equations(coefficients))
    }
    products = level1_equation(outcome, coefficients, family).right
    for _ in range(2):
        products = tuple(
            Product(inner.symbol, inner.predictors + outer.predictors)
            for outer in products
            for inner in expanded.get(outer.symbol, (Product(outer.symbol),))
        )
    crossed = any(c.second for c in coefficients)
    effects = (RandomEffect, UpperEffect) if crossed else (UpperEffect, RandomEffect)
    kinds = (Offset, Gamma, *effects, Epsilon)
    ordered = sorted(products, key=lambda product: kinds.index(type(product.symbol)))  # stable
    return Equation(outcome, tuple(ordered))
