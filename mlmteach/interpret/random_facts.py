"""What there is to say of U, V, τ, φ and σ², as structure: every number, and not yet a word."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlmteach.interpret.curves import part_of
from mlmteach.interpret.gamma_facts import (
    ZERO,
    Located,
    factors_of,
    identity,
    key_of,
    located,
    meaning_numbers,
    slope_conditions,
    spot_key,
)
from mlmteach.interpret.grammar import GRAMMARS
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.support import outcome_kind
from mlmteach.model.places import Place, Spot
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Varying

__all__ = [
    "CovarianceFacts",
    "EffectFacts",
    "Extreme",
    "ResidualFacts",
    "Stratum",
    "VarianceFacts",
    "covariance_facts",
    "effect_facts",
    "group_label",
    "residual_facts",
    "variance_facts",
    "variance_parts",
]


@dataclass(frozen=True)
class Extreme:
    """A group with its predicted U and the conditional standard deviation of that."""

    label: str
    value: float
    se: float


@dataclass(frozen=True)
class EffectFacts:
    """A random effect: U_qj, or a V.

    Attributes
    ----------
    coefficient : Varying
    factors : tuple of Meaning
        Of the term that it multiplies.
    conditions : tuple of Meaning
        What is 0 where it is what it is: the predictors that share its term.
    predictors : tuple of Meaning
        Of the equation that it is left over from.
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

    coefficient: Varying
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
    """A variance τ_q² of the U's of one coefficient, or that of V's.

    Attributes
    ----------
    coefficient : Varying
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
        The share of the groups in the variance that the predictors leave over, for the intercept.
    correlation : float or None
        Where there are two groupings: that of two units that share all groups which they can have
        in common beside one of these; with three levels, a class and its school.
    both : float or None
        With crossed groupings: that of two units that share both groups.
    every_lower, every_upper : float or None
        With three levels and an effect at both: between them lie 95 % of the groups of level 2 of
        all groups of level 3.
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

    coefficient: Varying
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
    correlation: float | None = None
    both: float | None = None
    every_lower: float | None = None
    every_upper: float | None = None
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
            "correlation": self.correlation,
            "both": self.both,
            "every lower": self.every_lower,
            "every upper": self.every_upper,
            "upper share": None
            if self.icc is None or self.correlation is None
            else self.correlation - self.icc,
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
    first, second : Varying
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

    first: Varying
    second: Varying
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
    share : float or None
        Where there are two groupings: of the variance that the predictors leave over.
    residual : bool
        Whether there are any.
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
    share: float | None = None
    residual: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        if self.variance is None:
            return {}
        sd = self.variance**0.5
        found = {"variance": self.variance, "sd": sd, "band": normal_width() * sd}
        if self.share is not None:
            found["share"] = self.share
        if self.stratum and self.stratum.ratio is not None:
            found["ratio"] = self.stratum.ratio
        return found | ({"beyond": self.beyond} if self.beyond else {})


# --- from a model to the facts on its random effects, their variances, and the residual ---


def effect_facts(source: Source, c: Varying) -> EffectFacts:
    """Gather the facts on a U or a V."""
    facts = EffectFacts(
        c,
        _factors(source, c),
        _conditions(source, c),
        _predictors(source, c),
        alike=_alike(source, c),
        boundary=_on_boundary(source, c),
        elsewhere=_is_elsewhere(source, c),
    )
    if source.fit is None:
        return facts
    every, spread = source.effects(c.level)
    effects, errors = every[c.term.name], spread[c.term.name]
    order = np.argsort(effects.to_numpy())
    labels, values = effects.index[order], effects.to_numpy()[order]
    spans = errors.to_numpy()[order]

    def extreme(at: int) -> Extreme:
        return Extreme(group_label(source, labels[at]), float(values[at]), float(spans[at]))

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


def group_label(source: Source, label: object) -> str:
    """Name a group; one within another by both: "2 of school 7"."""
    if not isinstance(label, tuple):
        return str(label)
    upper, own = label
    book = source.codebook
    return f"{own} {GRAMMARS[book.language].at_group(book.level3, str(upper))}"


def variance_facts(source: Source, c: Varying) -> VarianceFacts:
    """Gather the facts on τ_q², or on the variance of V's."""
    factors = _factors(source, c)
    conditions = _conditions(source, c)
    predictors = _predictors(source, c)
    residual = len(source.model.gammas) > 1 or len(source.model.coefficients) > 1
    if source.estimates is None:
        return VarianceFacts(
            c, factors, conditions, predictors, residual=residual, given=_given(source, c)
        )
    elsewhere = _is_elsewhere(source, c)
    from scipy.special import ndtr

    from mlmteach.fit.readings import plausible_range

    variance = _element(source, c, c)
    found = plausible_range(
        source.sums, c.term.name, grouping=source.model.grouping.names[c.level - 2]
    )
    every = _sd_of_all(source, c, found.place)
    negative = float(ndtr(-found.mean / every)) if every > 0.0 else None
    shared = _shared(source, c)
    outside = tuple(m for m in conditions if m.zero_is_outside)
    at_mean, mean_sd = _at_the_mean(source, c, outside)
    kind, units = (
        outcome_kind(source),
        tuple(m for m in slope_conditions(source, c.level1, c.level2) if m.level == 1),
    )
    beyond = found.lower < 0.0 or (kind in {"binary", "share"} and found.upper > 1.0)
    others = [m for m in _all_meanings(source) if 1 < m.level != c.level]
    among = [*predictors, *(others if source.model.group3 else ())]
    where = located(source, found.place, among)
    half = normal_width() * every
    wider = every > found.sd > 0.0
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
        every_lower=found.mean - half if wider else None,
        every_upper=found.mean + half if wider else None,
        negative=negative
        if factors and found.sd > 0 and not elsewhere and not all(m.is_own for m in factors)
        else None,
        icc=shared.share,
        correlation=shared.correlation,
        both=shared.both,
        averaged=shared.averaged,
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


def _sd_of_all(source: Source, c: Varying, place: Place) -> float:
    """Give the SD of a coefficient over all groups of its level, of whatever upper group."""
    from mlmteach.fit.readings import random_row

    variance = _element(source, c, c)
    if c.level == 2 and source.model.grouping.is_nested:
        row = random_row(source.sums, c.factors, place, 3)
        variance += float(row @ _matrix(source, 3) @ row)
    return float(variance**0.5)


class _Shared(NamedTuple):
    """A share of variance, what it is the correlation of, and if they are averages over rows."""

    share: float | None = None
    correlation: float | None = None
    both: float | None = None
    averaged: bool = False


def _shared(source: Source, c: Varying) -> _Shared:
    """Work out which share of the variance that the predictors leave lies between groups."""
    from mlmteach.fit.readings import icc

    model = source.model
    if c.term or not model.family.is_normal:
        return _Shared()
    if not model.group3:
        found = icc(source.sums) if source.normal is None else source.normal.icc
        sloped = any(v.term for v in model.varying(2))
        return _Shared(float(found), averaged=sloped and bool(found.place.averaged))
    parts, averaged = variance_parts(source)
    share, both = parts[c.level - 2] / sum(parts), (parts[0] + parts[1]) / sum(parts)
    if model.grouping.crossed:
        return _Shared(share, share, both, averaged)
    return _Shared(share, both if c.level == 2 else share, averaged=averaged)


def variance_parts(source: Source) -> tuple[tuple[float, float, float], bool]:
    """Give the variances of level 2, level 3 and σ², and whether they are averages over the rows.

    Without data they are those where all predictors are 0.
    """
    assert source.estimates is not None
    model, found, averaged = source.model, [], False
    for level in (2, 3):
        varying = model.varying(level)
        t = source.estimates.covariances(varying, level)
        products = np.zeros_like(t)
        products[0, 0] = 1.0
        if any(v.term for v in varying) and source.places.frame is not None:
            products = source.places.mean_products(v.factors for v in varying)
            averaged = True
        elif varying[0].term:
            products[0, 0] = 0.0
        found.append(float(np.sum(t * products)))
    return (found[0], found[1], source.level1_variance), averaged


def _all_meanings(source: Source) -> list[Meaning]:
    return [m for gamma in source.model.gammas for m in factors_of(source, gamma)]


def _factors(source: Source, c: Varying) -> tuple[Meaning, ...]:
    """Say what each factor of the term of a U or a V stands for."""
    return (*meanings(source, c.level2, 2), *meanings(source, c.level1, 1))


def _is_elsewhere(source: Source, c: Varying) -> bool:
    """Tell whether the average of a coefficient with a U is said by other columns than its own.

    It is part of a curve of several columns, or the mean of a category that has a contrast.
    """
    factors = _factors(source, c)
    own = not c.gammas and any(m.is_own for m in factors)
    return own or (bool(factors) and part_of(source, factors) is not None)


def _categories(where: tuple[Located, ...], units: tuple[Meaning, ...]) -> dict[str, float | str]:
    """Name the categories that a range is given for."""
    upper = {at.spot.name: at.spot.value for at in where if at.category is not None}
    return upper | {m.root: m.reference.value for m in units if m.reference is not None}


def _given(source: Source, c: Varying) -> tuple[str, ...]:
    """Name the level-1 variables for which the means of groups are adjusted."""
    if c.term:
        return ()
    every = [m for o in source.model.coefficients for m in meanings(source, o.term, 1)]
    if c.level == 3 and source.model.grouping.is_nested:
        every += [m for m in _all_meanings(source) if m.level == 2]
    return tuple(dict.fromkeys(m.root for m in every if m.form != "within"))


def _at_the_mean(
    source: Source, c: Varying, outside: tuple[Meaning, ...]
) -> tuple[tuple[Located, ...], float | None]:
    """Work out how much a coefficient varies at the mean of what has its zero outside the data."""
    from mlmteach.fit.readings import random_row

    spots = [source.places.spot(spot_key(source, m)) for m in outside]
    place = Place(tuple(spot for spot in spots if spot.origin == "mean"))
    if not place.spots:
        return (), None
    row = random_row(source.sums, c.factors, place, c.level)
    t = _matrix(source, c.level)
    return located(source, place, outside), float(row @ t @ row) ** 0.5


def covariance_facts(source: Source, a: Varying, b: Varying) -> CovarianceFacts:
    """Gather the facts on τ_qr."""
    first, second = _factors(source, a), _factors(source, b)
    if source.estimates is None:
        return CovarianceFacts(a, b, first, second)
    covariance = _element(source, a, b)
    if _on_boundary(source, a) or _on_boundary(source, b):
        return CovarianceFacts(a, b, first, second, covariance, boundary=True)
    facts = CovarianceFacts(
        a,
        b,
        first,
        second,
        covariance,
        tuple({key_of(m): m for c in (a, b) for m in _conditions(source, c)}.values()),
        _correlation(source, a, b),
        boundary=_is_perfect(source, a, b),
        deficient=(a, b) == source.model.varying(a.level)[:2] and _is_deficient(source, a.level),
    )
    if not first and len(second) == 1 and second[0].is_numeric:
        return _with_lines(source, facts, second[0])
    return facts


def _correlation(source: Source, a: Varying, b: Varying, shift: float = 0.0) -> float:
    """Correlate two U's, the first of them with the zero of the second's predictor moved."""
    assert source.estimates is not None
    covariance = _element(source, a, b)
    va, vb = _element(source, a, a), _element(source, b, b)
    va += 2.0 * shift * covariance + shift**2 * vb
    covariance += shift * vb
    return covariance / (va * vb) ** 0.5 if va * vb > 0.0 else math.copysign(1.0, covariance)


def _matrix(source: Source, level: int) -> FloatArray:
    """Give T, or the covariance matrix of the V's."""
    assert source.estimates is not None
    return source.estimates.covariances(source.model.varying(level), level)


def _is_singular(source: Source, level: int) -> bool:
    """Tell whether T, or the matrix of the V's, has not full rank."""
    if source.fit is not None and not (source.model.group3 and source.fit.singular):
        return source.fit.singular
    t = _matrix(source, level)
    sd = np.sqrt(np.diag(t))
    return bool(sd.min() <= 0.0 or np.linalg.eigvalsh(t / np.outer(sd, sd)).min() < 1e-7)


def _is_perfect(source: Source, a: Varying, b: Varying) -> bool:
    """Tell whether two U's determine each other: at every zero, not only at one far away."""
    if not _is_singular(source, a.level):
        return False
    if len(source.model.varying(a.level)) == 2:
        return True
    column = None
    if not a.term and len(b.factors) == 1:
        ((level, factor),) = b.factors
        column = source.places.spread((level, factor.name))
    return abs(_correlation(source, a, b, column[0] if column else 0.0)) > 1 - 1e-4


def _is_deficient(source: Source, level: int) -> bool:
    """Tell whether T has not full rank, and neither a variance nor a correlation shows it."""
    random, model = source.model.varying(level), source.model
    blocks = model.blocks if level == 2 else model.upper_blocks
    pairs = [(random[i], random[j]) for block in blocks for i, j in combinations(block, 2)]
    return (
        _is_singular(source, level)
        and not any(_on_boundary(source, c) for c in random)
        and not any(_is_perfect(source, *pair) for pair in pairs)
    )


def _with_lines(source: Source, facts: CovarianceFacts, own: Meaning) -> CovarianceFacts:
    """Say where the groups' lines lie closest; nothing where they are curves."""
    from mlmteach.fit.readings import random_row

    level = facts.first.level
    sums, random = source.sums, source.model.varying(level)
    others = [pair for c in random for pair in c.factors if pair[1] != own.factor]
    if own.zero_is_outside and own.spread is not None and not facts.boundary:
        shift = (own.spread.mean - own.shape.zero) / own.step
        facts = replace(facts, centred=_correlation(source, facts.first, facts.second, shift))
    if any(set(f.variables) & set(own.factor.variables) for _, f in others):
        return facts
    place = source.places.typical(others)
    steps = [place.moved(Spot(*identity(own), at, "given")) for at in (0.0, 1.0)]
    base, end = (random_row(sums, (), at, level) for at in steps)
    t = _matrix(source, level)
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
    every = [m for c in random for m in _factors(source, c)]
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
    share = None
    if model.group3 and variance is not None:
        parts = variance_parts(source)[0]
        share = parts[2] / sum(parts)
    variable = by.variable if by else ""
    residual = any(gamma.term for gamma in model.gammas)
    return ResidualFacts(variance, own, beyond, stratum, variable, precision, share, residual)


def _element(source: Source, a: Varying, b: Varying) -> float:
    """Give an element of T, or of the covariance matrix of the V's."""
    assert source.estimates is not None
    return float(source.estimates.of_level(a.level)[a.term.name][b.term.name])


def _conditions(source: Source, c: Varying) -> tuple[Meaning, ...]:
    """Find the predictors with an effect of their own that multiply the coefficient's term."""
    mine = _factors(source, c)
    own = {identity(m) for m in mine}
    found: dict[tuple[int, str], Meaning] = {}
    for other in source.model.varying(c.level):
        theirs = _factors(source, other)
        bends = len(theirs) == 1 and _bends(mine, theirs[0])
        if bends:
            found.setdefault(key_of(theirs[0]), theirs[0])
        if other.term != c.term and own < {identity(m) for m in theirs}:
            for m in theirs:  # several dummies of one variable are one condition
                if identity(m) not in own:
                    found.setdefault(key_of(m), m)
    return tuple(found.values())


def _bends(factors: tuple[Meaning, ...], power: Meaning) -> bool:
    """Tell whether a power makes a curve of the slope of a variable."""
    if len(factors) != 1 or power.form != "power":
        return False
    return factors[0].form == "number" and key_of(factors[0]) == key_of(power)


def _alike(source: Source, c: Varying) -> tuple[str, ...]:
    """Name the variables of lower levels that are held fixed when intercepts are compared."""
    if c.term:
        return ()
    conditions = {m.root for m in _conditions(source, c)}
    names = [m.root for o in source.model.coefficients for m in meanings(source, o.term, 1)]
    if c.level == 3 and source.model.grouping.is_nested:
        names += [m.root for m in _all_meanings(source) if m.level == 2]
    return tuple(dict.fromkeys(name for name in names if name not in conditions))


def _predictors(source: Source, c: Varying) -> tuple[Meaning, ...]:
    found: dict[tuple[int, str], Meaning] = {}
    for term in c.predictors:
        for meaning in meanings(source, term, c.level):
            found.setdefault(identity(meaning), meaning)
    return tuple(found.values())


def _on_boundary(source: Source, c: Varying) -> bool:
    """Tell whether a variance is 0, in whichever unit its predictor is measured."""
    if source.estimates is None:
        return False
    sd = 1.0
    for level, factor in c.factors:
        spread = source.places.spread((level, factor.name))
        sd *= spread[1] if spread and spread[1] > 0.0 else 1.0
    return _element(source, c, c) * sd**2 <= ZERO * source.level1_variance
