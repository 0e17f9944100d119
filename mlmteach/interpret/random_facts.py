"""What there is to say of U, τ and σ², as structure: every number, and not yet a word."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.interpret.curves import part_of
from mlmteach.interpret.gamma_facts import (
    ZERO,
    Located,
    identity,
    key_of,
    located,
    meaning_numbers,
    slope_conditions,
    spot_key,
)
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.support import outcome_kind
from mlmteach.model.places import Place, Spot
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.symbols import Coefficient

__all__ = [
    "CovarianceFacts",
    "EffectFacts",
    "Extreme",
    "ResidualFacts",
    "Stratum",
    "VarianceFacts",
    "covariance_facts",
    "effect_facts",
    "residual_facts",
    "variance_facts",
]


@dataclass(frozen=True)
class Extreme:
    """A group with its predicted U and the conditional standard deviation of that."""

    label: str
    value: float
    se: float


@dataclass(frozen=True)
class EffectFacts:
    """A random effect U_qj.

    Attributes
    ----------
    coefficient : Coefficient
    factors : tuple of Meaning
        Of the level-1 term.
    conditions : tuple of Meaning
        What is 0 where it is what it is: the level-1 predictors that share its term.
    predictors : tuple of Meaning
        Of the level-2 equation that it is left over from.
    lowest, highest : Extreme or None
        The groups with the smallest and the largest predicted value.
    clear : tuple of Extreme
        The groups whose interval does not include 0.
    groups : int or None
    alike : tuple of str
        The level-1 variables in which units are alike that are compared across groups.
    se : float or None
        The median conditional standard deviation, by which predicted values are rounded.
    boundary : bool
        Whether its variance is estimated to be 0.
    elsewhere : bool
        Whether the fixed part says its average by other columns: a curve, or contrasts.
    """

    coefficient: Coefficient
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    predictors: tuple[Meaning, ...] = ()
    lowest: Extreme | None = None
    highest: Extreme | None = None
    clear: tuple[Extreme, ...] = ()
    groups: int | None = None
    alike: tuple[str, ...] = ()
    se: float | None = None
    boundary: bool = False
    elsewhere: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        found: dict[str, float] = {}
        for name, extreme in (("lowest", self.lowest), ("highest", self.highest)):
            if extreme:
                found |= {name: extreme.value, f"{name} se": extreme.se}
        found |= {f"clear {extreme.label}": extreme.value for extreme in self.clear}
        if self.groups is not None:
            found |= {"clear": len(self.clear), "groups": self.groups}
        for meaning in self.conditions:
            found |= meaning_numbers(meaning)
        return found


@dataclass(frozen=True)
class VarianceFacts:
    """A variance τ_q² of the U's of one coefficient.

    Attributes
    ----------
    coefficient : Coefficient
    factors, conditions, predictors : tuple of Meaning
    variance : float or None
    centre : float or None
        The expected coefficient of a group whose level-2 predictors are at `places`.
    where : tuple of Located
        For which groups the range is given: numeric level-2 predictors at their mean over groups,
        categories at their reference.
    units : tuple of Meaning
        For which units: what is 0 where the slope is what it is, as in the sentence on its γ.
    lower, upper : float or None
        Between them lie 95 % of the groups.
    negative : float or None
        The share of groups whose slope is negative.
    icc : float or None
        The share of level 2 in the variance that the predictors leave over, for the intercept.
    averaged : bool
        Whether that is an average over the rows, as slopes differ between groups.
    residual : bool
        Whether the share is of the variance that predictors leave over.
    outside : tuple of Meaning
        The conditions whose zero lies outside the data.
    at_mean : tuple of Located
        Where those are at their means.
    mean_sd : float or None
        The standard deviation there.
    boundary : bool
    given : tuple of str
        The level-1 variables for which a mean is adjusted: all but those that have no means.
    beyond : bool
        Whether the range reaches beyond the values that such an outcome can have.
    empty : bool
        Whether the data hold no unit such as the range is given for.
    elsewhere : bool
        Whether the fixed part says its average by other columns, so that no range is given.
    """

    coefficient: Coefficient
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    predictors: tuple[Meaning, ...] = ()
    variance: float | None = None
    centre: float | None = None
    where: tuple[Located, ...] = ()
    units: tuple[Meaning, ...] = ()
    lower: float | None = None
    upper: float | None = None
    negative: float | None = None
    icc: float | None = None
    averaged: bool = False
    residual: bool = False
    outside: tuple[Meaning, ...] = ()
    at_mean: tuple[Located, ...] = ()
    mean_sd: float | None = None
    boundary: bool = False
    given: tuple[str, ...] = ()
    beyond: bool = False
    empty: bool = False
    elsewhere: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        named = {
            "variance": self.variance,
            "mean sd": self.mean_sd,
            "sd": None if self.variance is None else self.variance**0.5,
            "centre": self.centre,
            "lower": self.lower,
            "upper": self.upper,
            "negative": self.negative,
            "icc": self.icc,
        }
        found = {name: value for name, value in named.items() if value is not None}
        for meaning in (*self.conditions, *self.predictors, *self.units):
            found |= meaning_numbers(meaning)
        for where in (*self.where, *self.at_mean):
            found |= where.numbers
        return found


@dataclass(frozen=True)
class CovarianceFacts:
    """A covariance τ_qr of the U's of two coefficients.

    Attributes
    ----------
    first, second : Coefficient
    first_factors, second_factors : tuple of Meaning
    conditions : tuple of Meaning
        What is 0 where they are what they are.
    covariance, correlation : float or None
    narrowest : float or None
        For an intercept and the slope of one variable: where the groups' lines lie closest.
    others : tuple of Located
        Where the other predictors with a U are there.
    centred : float or None
        The correlation at the mean of that variable, where its zero lies outside the data.
    fan : "in", "out" or "both", or ""
        What the lines do as the variable increases over the data.
    boundary : bool
        Whether the correlation is not defined, or at -1 or 1, wherever predictors have their zero.
    deficient : bool
        Whether T has not full rank although no variance is 0 and no correlation -1 or 1.
    """

    first: Coefficient
    second: Coefficient
    first_factors: tuple[Meaning, ...]
    second_factors: tuple[Meaning, ...]
    covariance: float | None = None
    conditions: tuple[Meaning, ...] = ()
    correlation: float | None = None
    narrowest: float | None = None
    others: tuple[Located, ...] = ()
    centred: float | None = None
    fan: str = ""
    boundary: bool = False
    deficient: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        named = {
            "covariance": self.covariance,
            "correlation": self.correlation,
            "narrowest": self.narrowest,
            "centred": self.centred,
        }
        found = {name: value for name, value in named.items() if value is not None}
        for other in self.others:
            found |= other.numbers
        for meaning in (*self.first_factors, *self.second_factors, *self.conditions):
            found |= meaning_numbers(meaning)
        return found


@dataclass(frozen=True)
class Stratum:
    """A category whose rows have a residual variance of their own.

    Attributes
    ----------
    variable : str
    value, reference : object
        The category, and the one that comes first.
    level : int
        Of the variable.
    ratio : float or None
        Of its variance to that of the reference; None for the reference itself.
    """

    variable: str
    value: object
    reference: object
    level: int = 1
    ratio: float | None = None


@dataclass(frozen=True)
class ResidualFacts:
    """The residual variance σ²; ``band`` is the half-width that holds 95 % of the units.

    Attributes
    ----------
    variance : float or None
    predictors : bool
        Whether the model has some at level 1.
    beyond : float
        For which part of the units the band reaches below 0, or, of a share, above 1.
    stratum : Stratum or None
        The category whose variance it is, where each has its own.
    by : str
        The variable of which each category has its own.
    precision : str
        The known precision by which it is divided.
    """

    variance: float | None = None
    predictors: bool = False
    beyond: float = 0.0
    stratum: Stratum | None = None
    by: str = ""
    precision: str = ""

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        if self.variance is None:
            return {}
        sd = self.variance**0.5
        found = {"variance": self.variance, "sd": sd, "band": normal_width() * sd}
        if self.stratum and self.stratum.ratio is not None:
            found["ratio"] = self.stratum.ratio
        return found | ({"beyond": self.beyond} if self.beyond else {})


# --- from a model to the facts on its random effects, their variances, and the residual ---


def effect_facts(source: Source, c: Coefficient) -> EffectFacts:
    """Gather the facts on U_qj."""
    facts = EffectFacts(
        c,
        meanings(source, c.term, 1),
        _level1_conditions(source, c),
        _predictors(source, c),
        alike=_alike(source, c),
        boundary=_on_boundary(source, c),
        elsewhere=_is_elsewhere(source, c),
    )
    if source.fit is None:
        return facts
    effects = source.fit.random_effects[c.term.name]
    errors = source.fit.random_effects_se[c.term.name]
    order = np.argsort(effects.to_numpy())
    labels, values = effects.index[order], effects.to_numpy()[order]
    spans = errors.to_numpy()[order]

    def extreme(at: int) -> Extreme:
        return Extreme(str(labels[at]), float(values[at]), float(spans[at]))

    width = normal_width(source.level)
    clear = np.flatnonzero(np.abs(values) > width * spans)
    return replace(
        facts,
        lowest=extreme(0),
        highest=extreme(-1),
        clear=tuple(extreme(int(at)) for at in clear),
        groups=len(values),
        se=float(errors.median()),
    )


def variance_facts(source: Source, c: Coefficient) -> VarianceFacts:
    """Gather the facts on τ_q²."""
    factors = meanings(source, c.term, 1)
    conditions = _level1_conditions(source, c)
    predictors = _predictors(source, c)
    residual = len(source.model.gammas) > 1 or len(source.model.coefficients) > 1
    if source.estimates is None:
        return VarianceFacts(
            c, factors, conditions, predictors, residual=residual, given=_given(source, c)
        )
    elsewhere = _is_elsewhere(source, c)
    from mlmteach.fit.readings import icc, plausible_range, share_negative

    variance = _element(source.estimates, c, c)
    sums, name = source.sums, c.term.name
    found = plausible_range(sums, name)
    shared = None
    if not factors and source.model.family.is_normal:
        shared = icc(sums) if source.normal is None else source.normal.icc
    sloped = any(other.term for other in source.model.random)
    outside = tuple(m for m in conditions if m.zero_is_outside)
    at_mean, mean_sd = _at_the_mean(source, c, outside)
    kind, units = (
        outcome_kind(source),
        tuple(m for m in slope_conditions(source, c.term) if m.level == 1),
    )
    beyond = found.lower < 0.0 or (kind in {"binary", "share"} and found.upper > 1.0)
    where = located(source, found.place, predictors)
    return VarianceFacts(
        c,
        factors,
        conditions,
        predictors,
        variance=variance,
        centre=found.mean,
        where=where,
        units=units,
        lower=found.lower,
        upper=found.upper,
        negative=float(share_negative(sums, name))
        if factors and found.sd > 0 and not elsewhere and not all(m.is_own for m in factors)
        else None,
        icc=None if shared is None else float(shared),
        averaged=shared is not None and sloped and bool(shared.place.averaged),
        residual=residual,
        outside=outside,
        at_mean=at_mean,
        mean_sd=mean_sd,
        boundary=_on_boundary(source, c),
        given=_given(source, c),
        beyond=bool(kind) and not factors and beyond,
        empty=not source.places.has_case(_categories(where, (*units, *conditions))),
        elsewhere=elsewhere,
    )


def _is_elsewhere(source: Source, c: Coefficient) -> bool:
    """Tell whether the average of a coefficient with a U is said by other columns than its own.

    It is part of a curve of several columns, or the mean of a category that has a contrast.
    """
    factors = meanings(source, c.term, 1)
    own = not c.gammas and any(m.is_own for m in factors)
    return own or (bool(factors) and part_of(source, factors) is not None)


def _categories(where: tuple[Located, ...], units: tuple[Meaning, ...]) -> dict[str, float | str]:
    """Name the categories that a range is given for."""
    upper = {at.spot.name: at.spot.value for at in where if at.category is not None}
    return upper | {m.root: m.reference.value for m in units if m.reference is not None}


def _given(source: Source, c: Coefficient) -> tuple[str, ...]:
    """Name the level-1 variables for which the means of groups are adjusted."""
    if c.term:
        return ()
    every = [m for o in source.model.coefficients for m in meanings(source, o.term, 1)]
    return tuple(dict.fromkeys(m.root for m in every if m.form != "within"))


def _at_the_mean(
    source: Source, c: Coefficient, outside: tuple[Meaning, ...]
) -> tuple[tuple[Located, ...], float | None]:
    """Work out how much a coefficient varies at the mean of what has its zero outside the data."""
    from mlmteach.fit.readings import random_row

    spots = [source.places.spot(spot_key(source, m)) for m in outside]
    place = Place(tuple(spot for spot in spots if spot.origin == "mean"))
    if not place.spots:
        return (), None
    row = random_row(source.sums, [(1, factor) for factor in c.term.factors], place)
    assert source.estimates is not None
    t = source.estimates.covariances(source.model.random)
    return located(source, place, outside), float(row @ t @ row) ** 0.5


def covariance_facts(source: Source, a: Coefficient, b: Coefficient) -> CovarianceFacts:
    """Gather the facts on τ_qr."""
    first, second = meanings(source, a.term, 1), meanings(source, b.term, 1)
    if source.estimates is None:
        return CovarianceFacts(a, b, first, second)
    covariance = _element(source.estimates, a, b)
    if _on_boundary(source, a) or _on_boundary(source, b):
        return CovarianceFacts(a, b, first, second, covariance, boundary=True)
    facts = CovarianceFacts(
        a,
        b,
        first,
        second,
        covariance,
        tuple({key_of(m): m for c in (a, b) for m in _level1_conditions(source, c)}.values()),
        _correlation(source, a, b),
        boundary=_is_perfect(source, a, b),
        deficient=(a, b) == source.model.random[:2] and _is_deficient(source),
    )
    if not first and len(second) == 1 and second[0].is_numeric:
        return _with_lines(source, facts, second[0])
    return facts


def _correlation(source: Source, a: Coefficient, b: Coefficient, shift: float = 0.0) -> float:
    """Correlate two U's, the first of them with the zero of the second's predictor moved."""
    assert source.estimates is not None
    covariance = _element(source.estimates, a, b)
    va, vb = _element(source.estimates, a, a), _element(source.estimates, b, b)
    va += 2.0 * shift * covariance + shift**2 * vb
    covariance += shift * vb
    return covariance / (va * vb) ** 0.5 if va * vb > 0.0 else math.copysign(1.0, covariance)


def _is_singular(source: Source) -> bool:
    """Tell whether T has not full rank."""
    if source.fit is not None:
        return source.fit.singular
    assert source.estimates is not None
    t = source.estimates.covariances(source.model.random)
    sd = np.sqrt(np.diag(t))
    return bool(sd.min() <= 0.0 or np.linalg.eigvalsh(t / np.outer(sd, sd)).min() < 1e-7)


def _is_perfect(source: Source, a: Coefficient, b: Coefficient) -> bool:
    """Tell whether two U's determine each other: at every zero, not only at one far away."""
    if not _is_singular(source):
        return False
    if len(source.model.random) == 2:
        return True
    column = None
    if not a.term and len(b.term.factors) == 1:
        column = source.places.spread((1, b.term.factors[0].name))
    return abs(_correlation(source, a, b, column[0] if column else 0.0)) > 1 - 1e-4


def _is_deficient(source: Source) -> bool:
    """Tell whether T has not full rank, and neither a variance nor a correlation shows it."""
    random = source.model.random
    pairs = [
        (random[i], random[j]) for block in source.model.blocks for i, j in combinations(block, 2)
    ]
    return (
        _is_singular(source)
        and not any(_on_boundary(source, c) for c in random)
        and not any(_is_perfect(source, *pair) for pair in pairs)
    )


def _with_lines(source: Source, facts: CovarianceFacts, own: Meaning) -> CovarianceFacts:
    """Say where the groups' lines lie closest; nothing where they are curves."""
    from mlmteach.fit.readings import random_row

    sums, random = source.sums, source.model.random
    others = [(1, f) for c in random for f in c.term.factors if f != own.factor]
    if own.zero_is_outside and own.spread is not None and not facts.boundary:
        shift = (own.spread.mean - own.shape.zero) / own.step
        facts = replace(facts, centred=_correlation(source, facts.first, facts.second, shift))
    if any(set(f.variables) & set(own.factor.variables) for _, f in others):
        return facts
    place = source.places.typical(others)
    steps = [place.moved(Spot(*identity(own), at, "given")) for at in (0.0, 1.0)]
    base, end = (random_row(sums, (), at) for at in steps)
    assert source.estimates is not None
    t = source.estimates.covariances(random)
    slope = end - base
    if slope @ t @ slope <= 0.0:
        return facts
    at = -float(base @ t @ slope) / float(slope @ t @ slope)  # there Var(z'U) is smallest
    if own.form == "within":
        sd = own.spread.sd if own.spread else None
        narrowest, ends = at, (None if sd is None else (-2 * sd, 2 * sd))
    else:
        narrowest = (own.zero or 0.0) + own.step * at
        ends = (own.spread.minimum, own.spread.maximum) if own.spread else None
    fan = ""
    if ends:
        fan = "out" if narrowest <= ends[0] else "in" if narrowest >= ends[1] else "both"
    every = [m for c in random for m in meanings(source, c.term, 1)]
    return replace(facts, narrowest=narrowest, fan=fan, others=located(source, place, every))


def residual_facts(source: Source, category: object = None) -> ResidualFacts:
    """Gather the facts on σ², or on that of a category."""
    model, estimates = source.model, source.estimates
    by, precision = model.sigma2, model.precision or ""
    own = any(c.term for c in model.coefficients)
    stratum, known = None, None if estimates is None else estimates.residual
    variance = None if estimates is None else float(estimates.scale)
    if by is not None:
        variance = None
        if category is not None and known is not None:
            variance = float(known[category])  # type: ignore[call-overload]
    if by is not None and category is not None:
        first = by.categories[0]
        ratio = None
        if variance is not None and known is not None and category != first:
            ratio = variance / float(known.iloc[0])
        book = source.codebook
        level = book[by.variable].level if by.variable in book else 1
        stratum = Stratum(by.variable, category, first, 2 if level == 2 else 1, ratio)
    beyond = 0.0
    kind = outcome_kind(source)
    fit = source.normal
    kept = fit is not None and fit.design.census is None  # the rows
    if kind in {"count", "share"} and fit is not None and kept and variance is not None:
        fitted, band = fit.fittedvalues.to_numpy(), normal_width() * variance**0.5
        if fit.design.precision is not None:
            band = band / np.sqrt(fit.design.precision)
        outside = (fitted < band) | ((kind == "share") & (fitted > 1.0 - band))
        if by is not None and fit.design.strata is not None:
            outside = outside[fit.design.strata == by.categories.index(category)]
        beyond = float(outside.mean())
    return ResidualFacts(variance, own, beyond, stratum, by.variable if by else "", precision)


def _element(estimates: Estimates, a: Coefficient, b: Coefficient) -> float:
    """Give an element of T."""
    return float(estimates.cov_re[a.term.name][b.term.name])


def _level1_conditions(source: Source, c: Coefficient) -> tuple[Meaning, ...]:
    """Find the level-1 predictors with a U of their own that multiply the coefficient's term."""
    own = {identity(m) for m in meanings(source, c.term, 1)}
    found: dict[tuple[int, str], Meaning] = {}
    for other in source.model.random:
        theirs = meanings(source, other.term, 1)
        bends = len(theirs) == 1 and _bends(meanings(source, c.term, 1), theirs[0])
        if bends:
            found.setdefault(key_of(theirs[0]), theirs[0])
        if other.index != c.index and own < {identity(m) for m in theirs}:
            for m in theirs:  # several dummies of one variable are one condition
                if identity(m) not in own:
                    found.setdefault(key_of(m), m)
    return tuple(found.values())


def _bends(factors: tuple[Meaning, ...], power: Meaning) -> bool:
    """Tell whether a power makes a curve of the slope of a variable."""
    if len(factors) != 1 or power.form != "power":
        return False
    return factors[0].form == "number" and key_of(factors[0]) == key_of(power)


def _alike(source: Source, c: Coefficient) -> tuple[str, ...]:
    """Name the level-1 variables that are held fixed when intercepts are compared."""
    if c.term:
        return ()
    conditions = {m.root for m in _level1_conditions(source, c)}
    names = [m.root for o in source.model.coefficients for m in meanings(source, o.term, 1)]
    return tuple(dict.fromkeys(name for name in names if name not in conditions))


def _predictors(source: Source, c: Coefficient) -> tuple[Meaning, ...]:
    found: dict[tuple[int, str], Meaning] = {}
    for term in c.predictors:
        for meaning in meanings(source, term, 2):
            found.setdefault(identity(meaning), meaning)
    return tuple(found.values())


def _on_boundary(source: Source, c: Coefficient) -> bool:
    """Tell whether a variance is 0, in whichever unit its predictor is measured."""
    if source.estimates is None:
        return False
    sd = 1.0
    for factor in c.term.factors:
        spread = source.places.spread((1, factor.name))
        sd *= spread[1] if spread and spread[1] > 0.0 else 1.0
    return _element(source.estimates, c, c) * sd**2 <= ZERO * source.level1_variance
