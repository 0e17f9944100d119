"""What there is to say of a γ, as structure: every number, and not yet a word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlmteach.data.codebook import Category
from mlmteach.interpret.cells import Cells, cells_of
from mlmteach.interpret.curves import (
    Part,
    beside,
    factors_of,
    multiplied_elsewhere,
    part_of,
    polynomial,
    seen,
    settled,
    slope_along,
)
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.ratios import STEPS, before_the_logarithm, ratio_of_ratios
from mlmteach.interpret.support import Apart, parted
from mlmteach.model.places import NOWHERE, Key, Place, Spot
from mlmteach.model.places import factors_of as levels_of
from mlmteach.model.symbols import Gamma
from mlmteach.model.terms import INTERCEPT, Factor, Term

if TYPE_CHECKING:
    from mlmteach.fit.combinations import Combination
    from mlmteach.interpret.source import Source

__all__ = [
    "BLEND",
    "ZERO",
    "GammaFacts",
    "Located",
    "Reading",
    "Related",
    "factors_of",
    "gamma_facts",
    "identity",
    "key_of",
    "located",
    "meaning_numbers",
    "slope_conditions",
    "spot_key",
    "spots_along",
]

Relation = Literal["", "within", "within_raw", "blend", "between", "contextual", "between_only"]


@dataclass(frozen=True)
class Located:
    """Where a predictor is, and what it means."""

    meaning: Meaning
    spot: Spot

    @property
    def category(self) -> Category | None:
        """The category that it is in."""
        m, value = self.meaning, self.spot.value
        if self.spot.origin in {"zero", "reference"} and m.reference is not None:
            return m.reference
        if m.category is None or m.variable is None:
            return None
        return next((c for c in m.variable.categories if _same(c.value, value)), m.category)

    @property
    def numbers(self) -> dict[str, float]:
        """The value by name, where it is a number."""
        value = self.spot.value
        return {} if isinstance(value, str) else {f"{self.spot.name} at": value}


def _same(code: object, value: float | str) -> bool:
    return str(code) == str(value) or (isinstance(code, int | float) and code == value)


@dataclass(frozen=True)
class Reading:
    """What a slope or an intercept is at a chosen place.

    Attributes
    ----------
    at : Located
        The moderator: at its mean or one SD from it, or in a category.
    value : float
        What the slope is there.
    se : float or None
    others : tuple of Located
        Where the other moderators are.
    """

    at: Located
    value: float
    se: float | None
    others: tuple[Located, ...] = ()


@dataclass(frozen=True)
class Related:
    """The effects of a variable within and between groups, where its means are a predictor too.

    Attributes
    ----------
    within, between, contextual : float
    where : tuple of Located
        What they interact with, and where that is.
    """

    within: float
    between: float
    contextual: float
    where: tuple[Located, ...] = ()


@dataclass(frozen=True)
class Changed:
    """What a slope or a difference is before and after one step of what it interacts with.

    Attributes
    ----------
    mover : Located
        What takes the step, where it starts: at its mean, its zero or its reference.
    before, after : float
    others : tuple of Located
        Where the other moderators are.
    """

    mover: Located
    before: float
    after: float
    others: tuple[Located, ...] = ()


@dataclass(frozen=True)
class GammaFacts:
    """A fixed coefficient γ_qs.

    Attributes
    ----------
    gamma : Gamma
    factors : tuple of Meaning
        Of its term, level 2 first; none for γ_00.
    conditions : tuple of Meaning
        What has to be 0 for it to be what it is.
    outside : tuple of Meaning
        Those conditions whose zero lies outside the data.
    held : tuple of str
        The variables that stay the same; the group's name first, where it does.
    apart : tuple of Apart
        The variables that in these data stay the same for some units only, or for none.
    over : tuple of int
        The levels between whose groups its coefficient differs alike, so that it is an average.
    same : tuple of int
        The levels whose groups those that are compared have in common: a school.
    null : bool
        Whether it is the intercept of a model without predictors.
    weights : {"", "equal", "more", "rows"}
        How the means of groups enter that: each once; those of more units more; or each as many
        times as it has units, where the intercepts do not vary.
    empty : bool
        Whether the data hold no unit of the categories that it is about.
    curve : Meaning or None
        The square of the same variable; beside a square, a higher power.
    part : Part or None
        The curve that it is a part of, where it has no reading of its own.
    nowhere : tuple of tuple of Meaning
        The columns that have to be 0 together, and nowhere are.
    relation : str
        To the other coefficient of the same variable: within, between or contextual.
    related : Related or None
        The effects within and between groups, and the contextual effect.
    upper : int
        The level of the groups within and between which that is.
    blended : tuple of Meaning
        Where its slope mixes the effects within and between groups: all in the model that do.
    mixed : tuple of int
        The levels of those groups.
    estimate : Combination or None
    cells : Cells or None
        What it compares, where it is the coefficient of cells of several variables.
    readings : tuple of Reading
    changed : tuple of Changed
        For an interaction: what its two readings go from and to.
    general : tuple of (Gamma, tuple of Meaning)
        The γ's that make up the slope or the difference, each with what it is multiplied by.
    derived : mapping of str to float
        What follows from the estimate: ``one_percent`` and ``doubling`` for a logarithm, ``bend``
        for a square, ``sd`` and ``per_sd``; for the logarithm of an outcome ``ratio``,
        ``bend_ratio`` or ``elasticity``; ``unit_mean`` for the mean of all units.
    """

    gamma: Gamma
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    outside: tuple[Meaning, ...] = ()
    held: tuple[str, ...] = ()
    apart: tuple[Apart, ...] = ()
    over: tuple[int, ...] = ()
    same: tuple[int, ...] = ()
    null: bool = False
    weights: Literal["", "equal", "more", "rows"] = ""
    empty: bool = False
    curve: Meaning | None = None
    part: Part | None = None
    nowhere: tuple[tuple[Meaning, ...], ...] = ()
    relation: Relation = ""
    related: Related | None = None
    upper: int = 2
    blended: tuple[Meaning, ...] = ()
    mixed: tuple[int, ...] = ()
    estimate: Combination | None = None
    cells: Cells | None = None
    readings: tuple[Reading, ...] = ()
    changed: tuple[Changed, ...] = ()
    general: tuple[tuple[Gamma, tuple[Meaning, ...]], ...] = ()
    derived: Mapping[str, float] = field(default_factory=dict)

    @property
    def averaged(self) -> bool:
        """Whether it is an average over groups."""
        return bool(self.over)

    @property
    def scale(self) -> float:
        """How many times the difference it is that a sentence speaks of."""
        return math.prod(m.contrast.scale for m in self.factors if m.contrast)

    @property
    def compares_cells(self) -> bool:
        """Whether it compares cells that differ in several variables, or weighs them."""
        return self.cells is not None and bool(self.cells.pair or self.cells.weighted)

    @property
    def weighted(self) -> Meaning | None:
        """The category whose coefficient is a weighted sum, and no difference; None if none is."""
        return next((m for m in self.factors if m.contrast and not m.contrast.above), None)

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        found = dict(self.estimate.numbers) if self.estimate else {}
        if self.estimate is not None and self.scale != 1.0:
            found |= {"scale": self.scale, "difference": self.estimate.value / self.scale}
        if self.scale != 1.0:  # in symbols
            found["per symbol"] = 1.0 / self.scale
        for cell, weight in self.cells.weighted if self.cells else ():
            found["weight " + " ".join(m.category.label for m in cell if m.category)] = weight
        found |= self.derived
        if self.related is not None:
            for name in ("within", "between", "contextual"):
                found[name] = getattr(self.related, name)
            for other in self.related.where:
                found |= other.numbers
        for way, changed in zip(("one", "other"), self.changed, strict=False):
            found |= {f"{way} before": changed.before, f"{way} after": changed.after}
            moved = (changed.mover,) if changed.mover.spot.origin == "mean" else ()
            for place in (*moved, *changed.others):
                found |= place.numbers
        for reading in self.readings:
            spot = reading.at.spot
            name = f"{spot.origin} {reading.at.meaning.factor.name}"
            found[f"{name} value"] = reading.value
            if not isinstance(spot.value, str):
                found[f"{name} at"] = spot.value
            for other in reading.others:
                found |= other.numbers
        for meaning in (*self.factors, *self.conditions, *(m for g in self.nowhere for m in g)):
            found |= meaning_numbers(meaning)
        for apart in self.apart:
            if isinstance(apart.value, float):
                found[f"{apart.name} in {apart.own.factor.name}"] = apart.value
        return found


def meaning_numbers(meaning: Meaning) -> dict[str, float]:
    """Give the numbers that belong to a predictor."""
    name = meaning.factor.name
    found = {f"{name} step": meaning.step}
    if meaning.contrast is not None and not meaning.contrast.above:  # a weighted sum
        pairs = zip(meaning.contrast.categories, meaning.contrast.weights, strict=True)
        found |= {f"{name} weight of {category.label}": weight for category, weight in pairs}
    if meaning.zero is not None:
        found[f"{name} zero"] = meaning.zero
    if meaning.spread is not None:
        found[f"{name} minimum"] = meaning.spread.minimum
        found[f"{name} maximum"] = meaning.spread.maximum
        found[f"{name} mean"] = meaning.spread.mean
        found[f"{name} sd"] = meaning.spread.sd
    return found


# --- predictors, by name and at places ----------------------------------------------------------


def key_of(meaning: Meaning) -> Key:
    """Name the variable of a predictor by level and name."""
    return meaning.level, meaning.root


def identity(meaning: Meaning) -> tuple[int, str]:
    """Tell a factor from all others."""
    return meaning.level, meaning.factor.name


def spot_key(source: Source, meaning: Meaning) -> Key:
    """Name what a predictor is made from, as places name it."""
    keys = source.places.keys(meaning.level, meaning.factor)
    return keys[0] if len(keys) == 1 else identity(meaning)


def located(source: Source, place: Place, among: Iterable[Meaning]) -> tuple[Located, ...]:
    """Say what the predictors that are at a place mean, in the order of the predictors."""
    spots = {spot.key: spot for spot in place.spots}
    found: dict[Key, Located] = {}
    for meaning in among:
        key = spot_key(source, meaning)
        if key in spots:
            better = key not in found or found[key].meaning.form in {"power", "other"}
            if better:
                found[key] = Located(meaning, spots[key])
    return tuple(found.values())


# --- from a model to the facts on its fixed coefficients ----------------------------------

ZERO = 1e-8
"""From this share of σ² on, a variance is not 0."""

BLEND = 0.05
"""From this share of its variance between groups on, a slope mixes within and between."""


def gamma_facts(source: Source) -> tuple[GammaFacts, ...]:
    """Gather the facts on every γ, in the order of the model."""
    gammas = source.model.gammas
    estimates: Iterable[Combination | None] = [None] * len(gammas)
    if source.estimates is not None:
        p = len(gammas)
        estimates = source.sums.tests(np.eye(p), [NOWHERE] * p, source.level)
    return tuple(_facts(source, *pair) for pair in zip(gammas, estimates, strict=True))


def _facts(source: Source, gamma: Gamma, estimate: Combination | None) -> GammaFacts:
    factors = factors_of(source, gamma)
    part = part_of(source, factors)
    conditions, nowhere = _conditions(source, gamma, factors)
    cells = cells_of(source, gamma)
    among = tuple(replace(m, reference=m.category) for m in factors if m.is_own)
    if cells is not None:
        factors, conditions = cells.factors, (*conditions, *cells.among)
    elif len(among) < len(factors):  # a slope in one category, with that as its condition
        factors = tuple(m for m in factors if not m.is_own)
        conditions = (*conditions, *among)
    held, apart = _staying(source, factors, conditions)
    facts = GammaFacts(
        cells=cells,
        gamma=gamma,
        factors=factors,
        conditions=conditions,
        outside=tuple(m for m in conditions if m.zero_is_outside),
        held=held,
        apart=apart,
        over=_over(source, gamma),
        same=_same_groups(source, factors),
        null=not factors and len(source.model.gammas) == len(source.model.coefficients) == 1,
        empty=not _has_case(source, factors, conditions),
        curve=None if part else _curve(source, factors),
        part=part,
        nowhere=nowhere,
        estimate=estimate,
    )
    if facts.null:
        facts = replace(facts, weights=_weights(source))
    facts = _related(source, facts)
    if source.estimates is None:
        return replace(facts, general=_general(source, factors)) if factors else facts
    return replace(
        facts,
        readings=_scaled(_readings(source, facts), facts.scale),
        changed=_changed(source, facts),
        derived=_derived(source, facts),
    )


def _over(source: Source, gamma: Gamma) -> tuple[int, ...]:
    """List the levels between whose groups the coefficient of a γ's term differs by a U or V."""
    (c,) = [c for c in source.model.coefficients if c.index == gamma.q]
    lower = (2,) if c.random and not (gamma.level2 or gamma.level3) else ()
    if gamma.level3 or not source.model.group3:
        return lower
    if c.second:
        return (*lower, 3) if c.second.random and not gamma.level2 else lower
    varies = any(u.random and u.index == gamma.s for u in c.upper)
    return (*lower, 3) if varies else lower


def _same_groups(source: Source, factors: tuple[Meaning, ...]) -> tuple[int, ...]:
    """List the levels whose groups are the same on both sides of a comparison."""
    if not factors:
        return ()
    levels, crossed = {_level_in_data(source, m) for m in factors}, source.model.grouping.crossed
    upper = tuple(range(2, len(source.model.grouping.names) + 2))
    if crossed:
        return upper if 1 in levels else tuple(at for at in upper if at not in levels)
    return tuple(at for at in upper if at == min(levels) + 1)


def _level_in_data(source: Source, meaning: Meaning) -> int:
    """The level of a predictor in the data, of crossed groupings.

    A condition of items stands at level 1 where its slope differs between subjects.
    """
    crossed = source.model.grouping.crossed and meaning.level == 1
    return source.places.level_of(meaning.root) if crossed else meaning.level


def _weights(source: Source) -> Literal["", "equal", "more", "rows"]:
    """Say how the means of the groups enter the intercept of a null model: by 1 / (τ² + σ²/n)."""
    frame = source.places.frame
    if frame is None or source.estimates is None or source.model.group3:
        return ""
    sizes = (
        frame.groupby(source.model.group, observed=True).size().to_numpy()
        if source.fit is None
        else source.sizes(2)
    )
    if np.ptp(sizes) == 0:
        return "equal"
    (variance,) = source.estimates.cov_re.to_numpy().ravel()
    return "more" if variance > ZERO * source.level1_variance else "rows"


def _is_one_step(meaning: Meaning) -> bool:
    """Tell whether a step of a category's column, from 0 to 1, is what its coefficient compares."""
    contrast = meaning.contrast
    if contrast is None or contrast.scale != 1.0:
        return contrast is None
    return contrast.with_all or contrast.below == (meaning.reference,)


def _scaled(readings: tuple[Reading, ...], scale: float) -> tuple[Reading, ...]:
    """Give readings of a coefficient in units of the difference that sentences speak of."""
    return tuple(
        replace(r, value=r.value / scale, se=None if r.se is None else r.se / abs(scale))
        for r in readings
    )


def _changed(source: Source, facts: GammaFacts) -> tuple[Changed, ...]:
    """Work out the two readings of an interaction, before and after one step; not along curves."""
    own_terms = len(levels_of(facts.gamma))
    if (
        own_terms != 2
        or len(facts.factors) != 2
        or facts.cells
        or not all(map(_is_one_step, facts.factors))
    ):
        return ()
    if any(m.form == "power" or source.sums.curves((m.level, m.factor)) for m in facts.factors):
        return ()
    zero = {spot_key(source, m) for m in facts.conditions}
    every = [m for gamma in source.model.gammas for m in factors_of(source, gamma)]
    found = []
    for mover, own in (facts.factors, facts.factors[::-1]):
        kept, key = ((own.level, own.factor),), spot_key(source, mover)
        typical = source.sums.typical(kept)
        start = Spot(*key, 0.0, "zero")
        if mover.category is None and mover.has_places:
            start = source.places.spot(key)
        others = Place(tuple(s for s in typical.spots if s.key not in zero | {key}))
        if start.origin == "mean" and not isinstance(start.value, str):
            there = source.places.value(mover.level, mover.factor, {key: start.value})
        else:
            there = 0.0
        values = [
            source.sums.value(
                source.sums.coefficient(
                    kept, others.moved(Spot(*identity(mover), float(there) + step, "given"))
                )
            )[0]
            for step in (0.0, 1.0)
        ]
        rest = tuple(at for at in located(source, others, every) if at.meaning is not own)
        found.append(Changed(Located(mover, start), values[0], values[1], rest))
    return tuple(found)


def _general(
    source: Source, kept: tuple[Meaning, ...]
) -> tuple[tuple[Gamma, tuple[Meaning, ...]], ...]:
    """Find the γ's that make up the coefficient of a product, in the order of the model."""
    names = {identity(m) for m in kept}
    found = []
    for gamma in source.model.gammas:
        theirs = factors_of(source, gamma)
        if names <= {identity(m) for m in theirs}:
            found.append((gamma, tuple(m for m in theirs if identity(m) not in names)))
    return tuple(found)


def _derived(source: Source, facts: GammaFacts) -> dict[str, float]:
    """Work out what helps to read the estimate."""
    assert facts.estimate is not None
    value = facts.estimate.value / facts.scale
    found: dict[str, float] = {}
    if facts.null:
        known = source.spread(source.model.outcome.expression, 1)
        if known is not None:
            found["unit_mean"] = known.mean
    far = next((m for m in facts.factors if m.is_far), None)
    spread = None if far is None else source.places.spread(spot_key(source, far))
    if far is not None and spread is not None:
        found["sd"] = spread[1]  # over the units of its level, whatever it is centred at
        found["per_sd"] = value * spread[1] / far.step
    if len(facts.factors) == 2:
        read = not (facts.part or facts.cells or facts.weighted)
        ratios = ratio_of_ratios(source, (*facts.factors, *facts.conditions), value)
        return found | (ratios if read else {})
    if len(facts.factors) != 1 or facts.part is not None or facts.weighted:
        return found
    (own,) = facts.factors
    if own.form == "log":
        per_unit = value / math.log(own.shape.base)
        found |= {name: per_unit * math.log(x) for name, x in STEPS.items()}
    if own.form == "power" and own.shape.power == 2:
        found["bend"] = 2 * value  # in steps of the factor
    return found | before_the_logarithm(source, own, value)


def _conditions(
    source: Source, gamma: Gamma, factors: tuple[Meaning, ...]
) -> tuple[tuple[Meaning, ...], tuple[tuple[Meaning, ...], ...]]:
    """Find what has to be 0: what multiplies the γ's term in other terms of the model.

    The intercept is multiplied in all of them, so everything has to be 0.  What is 0 nowhere is
    given apart.
    """
    own = {identity(m) for m in factors}
    found: dict[tuple[int, str], Meaning] = {}
    for other in source.model.gammas:
        theirs = factors_of(source, other)
        names = {identity(m) for m in theirs}
        each = {(m.level, m.factor.bare) for m in theirs if m.is_own}  # has all categories
        left = {identity(m) for m in factors if (m.level, m.factor.bare) not in each}
        bend = _bend_of(factors, theirs)
        if bend is not None:
            found[identity(bend)] = bend
        if other.name == gamma.name or not (own < names or (each and left < names)):
            continue
        found.update({identity(m): m for m in theirs if identity(m) not in own and not m.is_own})
    found.update({identity(m): m for m in multiplied_elsewhere(source, factors)})
    places, nowhere = settled(source, found.values())
    conditions = _once({identity(m): m for m in places})
    if factors:  # said, as a slope has to say where it holds
        conditions = (*conditions, *(m for group in nowhere for m in group))
    return conditions, nowhere


def _bend_of(factors: tuple[Meaning, ...], theirs: tuple[Meaning, ...]) -> Meaning | None:
    """Find the power that makes a product of factors a curve: t² in ``w:t²``, beside ``w:t``."""
    own = {identity(m): m for m in factors}
    names = {identity(m) for m in theirs}
    left = [m for name, m in own.items() if name not in names]
    new = [m for m in theirs if identity(m) not in own]
    if len(factors) < 2 or len(left) != 1 or len(new) != 1:
        return None
    (base,), (power,) = left, new
    same = key_of(base) == key_of(power) and base.form == "number"
    return power if same and power.form == "power" else None


def slope_conditions(source: Source, term: Term, level2: Term = INTERCEPT) -> tuple[Meaning, ...]:
    """Find what has to be 0 for the slope of a term to be what it is; none without one."""
    if not (term or level2):
        return ()
    gamma = Gamma(0, 0, term, level2)
    factors = factors_of(source, gamma)
    curve = _curve(source, factors)
    return (*_conditions(source, gamma, factors)[0], *((curve,) if curve else ()))


def _once(found: Mapping[tuple[int, str], Meaning]) -> tuple[Meaning, ...]:
    """Leave out what says the same again."""
    kept: dict[tuple[int, str, str], Meaning] = {}
    for meaning in found.values():  # several dummies of one variable are one condition
        name = meaning.factor.name if meaning.form == "other" else meaning.root
        kept.setdefault((meaning.level, name, meaning.form), meaning)
    return tuple(kept.values())


def _categories(conditions: tuple[Meaning, ...]) -> dict[str, str]:
    return {m.root: str(m.reference.value) for m in conditions if m.reference is not None}


def _has_case(
    source: Source, factors: tuple[Meaning, ...], conditions: tuple[Meaning, ...]
) -> bool:
    """Tell whether the data hold the case that a γ is about: both sides of each difference."""
    named: list[dict[str, str]] = [_categories(conditions)]
    for own in factors:
        if own.category is None or own.reference is None:
            continue
        sides = (str(own.category.value), str(own.reference.value))
        named = [{**categories, own.root: side} for categories in named for side in sides]
    return all(source.places.has_case(categories) for categories in named)


def _staying(
    source: Source, factors: tuple[Meaning, ...], conditions: tuple[Meaning, ...]
) -> tuple[tuple[str, ...], tuple[Apart, ...]]:
    """Name what stays the same, by the model, and what the data do not let stay the same."""
    held = _held(source, factors, conditions)
    variables = [name for name in held if name not in source.model.grouping.names]
    apart = tuple(parted(source, factors, variables))
    moving = {found.name for found in apart if found.why != "single"}
    return tuple(name for name in held if name not in moving), apart


def _held(
    source: Source, factors: tuple[Meaning, ...], conditions: tuple[Meaning, ...]
) -> tuple[str, ...]:
    """Name what stays the same: the other predictors, or, between units, the group with its own."""
    if not factors:
        return ()
    own = {m.root for m in (*factors, *conditions)}
    own |= {v for m in factors for v in m.factor.variables}
    same = _same_groups(source, factors)
    held: list[str] = [source.model.grouping.names[level - 2] for level in same]
    nested = source.model.grouping.is_nested
    for gamma in source.model.gammas:
        for meaning in factors_of(source, gamma):
            level = _level_in_data(source, meaning)
            fixed = level >= min(same, default=9) if nested else level in same
            if meaning.root in own or fixed:
                continue
            if meaning.form == "other" and own & set(meaning.factor.variables):
                continue  # another column of the same curve
            held.append(meaning.root)
    # what is a function of the other, as x² is of x, or x of its departure from the mean, cannot
    # stay the same; a raw x beside its group's mean can
    if len(factors) == 1 and factors[0].form == "group_mean":
        held += [factors[0].root for m in _same_variable(source, factors[0]) if m.form == "number"]
    return tuple(dict.fromkeys(held))


def _curve(source: Source, factors: tuple[Meaning, ...]) -> Meaning | None:
    """Find the square of the same variable, or a higher power beside a square."""
    if len(factors) != 1 or not (factors[0].is_numeric or factors[0].form == "power"):
        return None
    (own,) = factors
    for gamma in source.model.gammas:
        theirs = factors_of(source, gamma)
        if len(theirs) != 1 or theirs[0].form != "power" or key_of(theirs[0]) != key_of(own):
            continue
        power = theirs[0].shape.power
        if polynomial(own, theirs) and (power == 2 if own.is_numeric else power > own.shape.power):
            return theirs[0]
    return None


def _same_variable(source: Source, meaning: Meaning) -> list[Meaning]:
    """Find the predictors at the other levels that are made from the same variable.

    With three levels, of the level above and of that below.
    """
    name = meaning.root
    if meaning.variable is not None and meaning.variable.group_mean_of:
        name = meaning.variable.group_mean_of
    nested = source.model.grouping.is_nested
    found = []
    for gamma in source.model.gammas:
        theirs = factors_of(source, gamma)
        if len(theirs) != 1 or theirs[0].level == meaning.level:
            continue
        other = theirs[0]
        if nested and abs(other.level - meaning.level) > 1:
            continue
        of = other.variable.group_mean_of if other.variable else ""
        is_mean = other.form == "group_mean" and other.root == name
        above = meaning.level > other.level
        if (above and other.root == name) or (not above and (is_mean or of == name)):
            found.append(other)
    return found


def _related(source: Source, facts: GammaFacts) -> GammaFacts:
    """Tell within, between and contextual effects apart."""
    if len(facts.factors) != 1:
        return facts
    (own,) = facts.factors
    others = _same_variable(source, own)
    relation: Relation = ""
    uppers = [other for other in others if other.level > own.level]
    lowers = [other for other in others if other.level < own.level]
    blended, mixed = _blended(source, own)
    upper = own.level if own.level > 1 else 2
    if own.level == 1 and own.form == "within":
        relation = "within"
    elif own.is_numeric and uppers:
        relation, upper = "within_raw", uppers[0].level
    elif blended and own.form != "group_mean":
        relation = "blend"
    elif own.level > 1 and (
        own.form == "group_mean" or (own.variable is not None and own.variable.group_mean_of)
    ):
        forms = {other.form for other in lowers}
        if "within" in forms or any(source.places.is_centred(o.factor.name) for o in lowers):
            relation = "between"
        elif forms & {"number", "grand_mean", "standardized"}:
            relation = "contextual"
        elif not source.model.group3:
            relation = "between_only"
    facts = replace(facts, relation=relation, blended=blended, mixed=mixed, upper=upper)
    if relation not in {"between", "contextual"} or source.estimates is None:
        return facts
    return replace(facts, related=_effects(source, own, lowers))


def _blended(source: Source, own: Meaning) -> tuple[tuple[Meaning, ...], tuple[int, ...]]:
    """List the predictors that mix effects within and between the same groups as one of them does.

    They differ between groups, and their means are in no equation.
    """
    if "blended" not in source.remembered:
        alone = [f for f in (factors_of(source, g) for g in source.model.gammas) if len(f) == 1]
        source.remembered["blended"] = [(m, _mixed(source, m)) for (m,) in alone]
    known: list[tuple[Meaning, tuple[int, ...]]] = source.remembered["blended"]
    mixed = next((levels for m, levels in known if m == own), ())
    if not mixed:
        return (), ()
    return tuple(m for m, levels in known if levels == mixed), mixed


def _mixed(source: Source, own: Meaning) -> tuple[int, ...]:
    """List the levels between whose groups a predictor differs without their means beside it."""
    if not own.is_numeric or own.form == "within":
        return ()
    beside = {other.level for other in _same_variable(source, own)}
    uppers: tuple[int, ...] = (own.level + 1,)
    if source.model.grouping.crossed:
        constant = _level_in_data(source, own)
        uppers = tuple(at for at in (2, 3) if at != constant) if own.level == 1 else ()
    return tuple(
        upper
        for upper in uppers
        if upper < len(source.model.grouping.names) + 2 and upper not in beside
        if source.between_share(own.root, own.level, upper) > BLEND
    )


def _effects(source: Source, own: Meaning, others: list[Meaning]) -> Related | None:
    """Work out the effects within and between groups; None where one of them is a curve."""
    from mlmteach.fit.readings import contextual_rows

    sums = source.sums
    between = (own.level, own.factor)
    slope = next((m for m in others if m.form == "within"), others[0])
    within = (slope.level, slope.factor)
    if sums.curves(within) or sums.curves(between):
        return None
    rows, place = contextual_rows(sums, within, between)
    every = [m for gamma in source.model.gammas for m in factors_of(source, gamma)]
    inner, outer, difference = (sums.value(row)[0] for row in rows)
    return Related(inner, outer, difference, located(source, place, every))


def _readings(source: Source, facts: GammaFacts) -> tuple[Reading, ...]:
    """Evaluate a slope at its moderators' mean and one SD around it, or in their categories.

    Other moderators are where they are when nobody says otherwise; an intercept is evaluated
    at the mean of what has its zero outside the data.
    """
    if facts.cells and facts.gamma.name != "Intercept":
        return ()
    if facts.part is not None:
        if not facts.part.first:
            return ()
        place, slopes = slope_along(source, facts.part)
        others = located(source, place, facts.conditions)
        return tuple(Reading(Located(facts.part.own, at), v, se, others) for at, v, se in slopes)
    sums, places = source.sums, source.places
    kept = tuple((m.level, m.factor) for m in facts.factors)
    if not kept:
        far = (*facts.outside, *(_variable(source, group[0]) for group in facts.nowhere))
        keys = dict.fromkeys(spot_key(source, m) for m in far)
        spots = [s for s in (places.spot(key) for key in keys) if s.origin == "mean"]
        place = Place(tuple(spots))
        value, se = sums.value(sums.coefficient(kept, place))
        return tuple(Reading(at, value, se) for at in located(source, place, far))
    if len(levels_of(facts.gamma)) != len(kept):
        return ()  # a product within I()
    place, along = sums.typical(kept), NOWHERE
    found: list[Reading] = []
    here: tuple[Located, ...] = ()
    plain = len(kept) == 1 and facts.curve is None and facts.factors[0].form != "power"
    if plain and sums.curves(kept[0]):  # products within I()
        (own,) = facts.factors
        spot = places.spot(spot_key(source, own))
        along = Place((spot,))
        here = (Located(own, spot),) if beside(source, own) else ()
    if facts.curve is not None and not facts.factors[0].is_numeric:
        return ()
    if facts.curve is not None:
        (own,) = facts.factors
        others = located(source, place, facts.conditions)
        for spot in seen(source, places.around(spot_key(source, own))):
            value, se = sums.value(sums.slope(kept[0], place.moved(spot)))
            found.append(Reading(Located(own, spot), value, se, others))
        around = [reading.at.spot for reading in found]
        middle = [spot for spot in around if spot.origin in {"mean", "within"}]
        along, here = Place(tuple(middle)), tuple(Located(own, spot) for spot in middle)
    apart = {identity(m) for group in facts.nowhere for m in group}
    moving = [m for m in facts.conditions if identity(m) not in apart]
    for meaning in (*moving, *(_variable(source, group[0]) for group in facts.nowhere)):
        key = spot_key(source, meaning)
        moderators = _dummies(source, meaning) if meaning.category else [meaning]
        elsewhere = Place(tuple(spot for spot in place.spots if spot.key != key))
        others = located(source, elsewhere, facts.conditions)
        for spot in spots_along(source, meaning):
            at = elsewhere.moved(spot, *along.spots)
            row = sums.slope(kept[0], at) if along else sums.coefficient(kept, at)
            value, se = sums.value(row)
            named = next((m for m in moderators if _stands_for(m, spot)), meaning)
            found.append(Reading(Located(named, spot), value, se, (*here, *others)))
    return tuple(found)


def _variable(source: Source, column: Meaning) -> Meaning:
    """Give the variable of a column as it is."""
    (name,) = column.factor.variables
    return meanings(source, Term((Factor(name),)), column.level)[0]


def _stands_for(meaning: Meaning, spot: Spot) -> bool:
    """Tell whether a dummy variable is the one of the category that a spot is in."""
    if meaning.category is None or spot.origin == "zero":
        return False
    own = identity(meaning) == spot.key and spot.value == 1.0
    return own or _same(meaning.category.value, spot.value)


def spots_along(source: Source, meaning: Meaning) -> tuple[Spot, ...]:
    """Choose where to evaluate a slope along a moderator."""
    places, key = source.places, spot_key(source, meaning)
    if meaning.category is not None:
        if meaning.reference is None:
            return ()
        if places.is_category(*key) and places.frame is not None:
            return places.around(key)
        reference = Spot(*key, 0.0, "zero")  # without data, the contrasts themselves are set
        dummies = [m for m in _dummies(source, meaning) if m.category is not None]
        return (reference, *(Spot(*identity(m), 1.0, "category") for m in dummies))
    if meaning.spread is None or places.is_category(*key):
        return ()
    if not (meaning.has_places or meaning.form == "within"):
        return ()
    return seen(source, places.around(key))


def _dummies(source: Source, meaning: Meaning) -> list[Meaning]:
    """Give all dummy variables of a categorical moderator."""
    found = {}
    for gamma in source.model.gammas:
        for m in factors_of(source, gamma):
            if m.factor.bare == meaning.factor.bare and m.level == meaning.level:
                found[identity(m)] = m
    return list(found.values())
