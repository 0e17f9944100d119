"""Curves: several columns of one variable, none of which has a slope of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import ModelError
from mlmteach.interpret.predictors import Meaning, Shape, meanings, shape_of
from mlmteach.model.places import Key, Place, Spot
from mlmteach.model.predictor import (
    Arithmetic,
    Column,
    columns_of,
    evaluate,
    is_truth,
    unknown_part,
)
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Gamma

__all__ = [
    "Part",
    "beside",
    "factors_of",
    "multiplied_elsewhere",
    "part_of",
    "polynomial",
    "seen",
    "settled",
    "slope_along",
]


@dataclass(frozen=True)
class Part:
    """What a coefficient is a part of, where columns of one variable make up a curve together.

    Attributes
    ----------
    own : Meaning
        The variable as it is.
    columns : tuple of Meaning
        All that the curve is made of, in the order of the model.
    first : bool
        Whether the coefficient is the first of the curve, where its slopes are said.
    """

    own: Meaning
    columns: tuple[Meaning, ...]
    first: bool


# --- the factors of a term, products within I() among them ---------------------------------------


def factors_of(source: Source, gamma: Gamma) -> tuple[Meaning, ...]:
    """Say what each factor of a γ's term stands for, upper levels first; ``I(x * t)`` is two."""
    key = ("factors", gamma.level3, gamma.level2, gamma.level1)
    if key not in source.remembered:
        source.remembered[key] = _factors(source, gamma)
    known: tuple[Meaning, ...] = source.remembered[key]
    return known


def _factors(source: Source, gamma: Gamma) -> tuple[Meaning, ...]:
    level3, level2, level1 = (
        meanings(source, _multiplied(term), level)
        for term, level in ((gamma.level3, 3), (gamma.level2, 2), (gamma.level1, 1))
    )
    moved = tuple(m for m in level1 if _is_of_groups(source, m, gamma.level1))
    moved_up = tuple(
        own
        for m in moved
        for own in meanings(source, Term((m.factor,)), source.places.level_of(m.root))
    )
    return level3 + level2 + moved_up + tuple(m for m in level1 if m not in moved)


def _multiplied(term: Term) -> Term:
    """Take products of two columns apart."""
    found: list[Factor] = []
    for factor in term.factors:
        match factor.tree:
            case Arithmetic("*", Column(one), Column(other)) if one != other:
                found += [Factor(one), Factor(other)]
            case _:
                found.append(factor)
    return Term(tuple(dict.fromkeys(found)))


def _is_of_groups(source: Source, meaning: Meaning, term: Term) -> bool:
    """Tell whether a factor of a product within ``I()`` has one value in each group."""
    return meaning.factor not in term.factors and not source.places.varies(meaning.root)


# --- which columns make up a curve -----------------------------------------------------------


def beside(source: Source, own: Meaning) -> tuple[Meaning, ...]:
    """List the other columns of a predictor's variable at its own level; none for a category."""
    if own.category is not None:
        return ()
    remembered = ("beside", own.level, own.factor)
    if remembered in source.remembered:
        known: tuple[Meaning, ...] = source.remembered[remembered]
        return known
    keys = set(source.places.keys(own.level, own.factor))
    found = {
        (m.level, m.factor): m
        for gamma in source.model.gammas
        for m in factors_of(source, gamma)
        if m.level == own.level and m.factor != own.factor and m.category is None
        if keys & set(source.places.keys(m.level, m.factor))
    }
    source.remembered[remembered] = tuple(found.values())
    return tuple(found.values())


def polynomial(own: Meaning, others: Iterable[Meaning]) -> bool:
    """Tell whether a column and others are powers of one thing, or a step of it, with one zero."""
    every = (own, *others)
    powers = [m for m in every if m.form == "power"]
    plain = [m for m in every if m.form != "power"]
    return (
        len(plain) <= 1
        and all(m.is_numeric or m.form == "log" for m in plain)
        and len({(_inner(m), m.shape.zero) for m in powers}) == 1
        and all(_inner(m) in {_inner(powers[0])} for m in plain)
    )


def _inner(meaning: Meaning) -> str:
    """Name what a power is taken of; a number that is centred already is a number."""
    shape = shape_of(meaning.factor.tree)
    return shape.of if shape.form == "power" else shape.form


def _exchanged(
    source: Source, factors: Sequence[Meaning]
) -> tuple[tuple[Meaning, Meaning, frozenset[Meaning]], ...]:
    """Give a product with one column exchanged for another of the same variable, in all ways.

    Returns
    -------
    tuple of (Meaning, Meaning, frozenset of Meaning)
        A factor, what it is exchanged for, and the product with that.
    """
    return tuple(
        (own, other, frozenset(other if m is own else m for m in factors))
        for own in factors
        for other in beside(source, own)
    )


def multiplied_elsewhere(source: Source, factors: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """Find what multiplies another column of the same variable, where that stands in no sum.

    As ``w`` does beside ``log(x)`` and ``w:log2(x)``.
    """
    every = _terms(source)
    alone = [term for *_, term in _exchanged(source, factors) if term not in every]
    found = [m for other in every for term in alone if term < other for m in other - term]
    found.sort(key=_in_order(source).index)
    return tuple(dict.fromkeys(found))


def part_of(source: Source, factors: Sequence[Meaning]) -> Part | None:
    """Find the curve that a coefficient is a part of, if it has no reading of its own."""
    every = _terms(source)
    for own in factors:
        known = _exchanged(source, factors)
        others = tuple(other for m, other, term in known if m is own and term in every)
        if not others:
            continue
        smooth = polynomial(own, others) and _inner(own) != "log"
        if smooth and (own.form != "power" or own.shape.power == 2 or len(factors) > 1):
            continue
        columns = tuple(m for m in _in_order(source) if m in (own, *others))
        name = own.root if own.shape.variable else own.factor.variables[0]
        (plain,) = meanings(source, Term((Factor(name),)), own.level)
        return Part(plain, columns, len(factors) == 1 and columns[0] is own)
    return None


def _terms(source: Source) -> dict[frozenset[Meaning], None]:
    """Give the terms of the fixed part, each as its factors, in order."""
    if "terms" not in source.remembered:
        terms = (frozenset(factors_of(source, gamma)) for gamma in source.model.gammas)
        source.remembered["terms"] = dict.fromkeys(terms)
    known: dict[frozenset[Meaning], None] = source.remembered["terms"]
    return known


def _in_order(source: Source) -> tuple[Meaning, ...]:
    every = (m for gamma in source.model.gammas for m in factors_of(source, gamma))
    return tuple(dict.fromkeys(every))


def slope_along(
    source: Source, part: Part
) -> tuple[Place, tuple[tuple[Spot, float, float | None], ...]]:
    """Work out the slope of a curve at its variable's mean and one SD to either side.

    Returns
    -------
    Place, tuple of (Spot, float, float or None)
        Where the others are, and the slopes with their standard errors.
    """
    sums, places = source.sums, source.places
    key: Key = places.keys(part.columns[0].level, part.columns[0].factor)[0]
    columns = {(m.level, m.factor) for m in part.columns}
    partners = [p for column in columns for p in sums.partners([column]) if p not in columns]
    place = places.typical(partners) if partners else Place()
    found = []
    for spot in seen(source, places.around(key)):
        value, se = sums.value(sums.along(key, place.moved(spot)))
        found.append((spot, value, se))
    return place, tuple(found)


def seen(source: Source, spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """Leave out what lies one SD from the mean where the data of a skewed variable do not reach."""
    found = []
    for spot in spots:
        values = source.places.described(spot.key) if spot.origin in {"below", "above"} else None
        if values is not None and not isinstance(spot.value, str):
            near = 0.1 * values.sd  # a value more or less
            if not values.minimum - near <= spot.value <= values.maximum + near:
                continue
        found.append(spot)
    centred = any(spot.origin == "within" for spot in spots)
    return tuple(spots) if centred or len(found) < 2 else tuple(found)


# --- where all columns of a variable are 0 -----------------------------------------------------


def settled(
    source: Source, conditions: Iterable[Meaning]
) -> tuple[tuple[Meaning, ...], tuple[tuple[Meaning, ...], ...]]:
    """Say where all that has to be 0 is 0: one condition a variable.

    Returns
    -------
    tuple of Meaning, tuple of tuple of Meaning
        The conditions, and the columns that are 0 together nowhere.
    """
    groups: dict[object, list[Meaning]] = {}
    for m in conditions:
        keys = source.places.keys(m.level, m.factor)
        single = m.category is None and len(keys) == 1
        groups.setdefault(keys[0] if single else (m.level, m.factor.name, ""), []).append(m)
    found: list[Meaning] = []
    nowhere: list[tuple[Meaning, ...]] = []
    for group in groups.values():
        (first, *more) = group
        if is_truth(first.factor.tree):
            found += group
            continue
        if not more and (first.form not in {"power", "other"} or len(first.factor.variables) != 1):
            found.append(first)
            continue
        if first.category is not None:
            found += group
            continue
        name = ("settled", *((m.level, m.factor) for m in group))
        if name not in source.remembered:
            source.remembered[name] = _settled(source, group)
        one: Meaning | None = source.remembered[name]
        if one is not None:
            found.append(one)
        elif source.places.frame is None or not first.factor.variables:
            found += group
        else:
            nowhere.append(tuple(group))
    return tuple(found), tuple(nowhere)


def _settled(source: Source, group: Sequence[Meaning]) -> Meaning | None:
    """Give the one condition under which all columns of a variable are 0; None without one."""
    plain = [m for m in group if m.form not in {"power", "other"}]
    powers = [m for m in group if m.form == "power"]
    alike = len(plain) <= 1 and len(plain) + len(powers) == len(group)
    if alike and len({m.shape.zero for m in group}) == 1 and polynomial(group[0], group[1:]):
        return plain[0] if plain else powers[0]
    (name,) = {v for m in group for v in m.factor.variables}
    columns = [_function(source, m) for m in group]
    tried = [0.0, 1.0, *(m.zero for m in group if m.zero is not None)]
    tried += _roots(source, group[0], columns[0], name)
    for z in dict.fromkeys(tried):
        values = [column(z) for column in columns]
        if all(v is not None and abs(v) < 1e-9 for v in values):
            fitting = [m for m in plain if m.form in {"number", "log"} and m.zero == z]
            return fitting[0] if fitting else _at(source, group[0], name, z)
    return None


def _at(source: Source, meaning: Meaning, name: str, zero: float) -> Meaning:
    """Say that a variable has a value, in place of a column that is 0 there."""
    shape = Shape("number", name, zero=zero)
    spread = source.spread(name, meaning.level)
    variable = source.codebook.get(name)
    return replace(meaning, shape=shape, variable=variable, spread=spread)


def _function(source: Source, meaning: Meaning) -> Callable[[float], float | None]:
    """Give a column as a function of its variable; None where it has no value."""
    places, tree = source.places, meaning.factor.tree
    (key,) = places.keys(meaning.level, meaning.factor)

    def column(z: float) -> float | None:
        try:
            if places.frame is not None:
                return float(places.value(meaning.level, meaning.factor, {key: z}))
            if unknown_part(tree) is not None:
                return None
            with np.errstate(all="ignore"):
                value = float(evaluate(tree, {columns_of(tree)[0]: np.float64(z)}, _unknown))
        except ModelError:
            return None
        return value if np.isfinite(value) else None

    return column


def _unknown(*_: object) -> float:
    return float("nan")


def _roots(
    source: Source, meaning: Meaning, column: Callable[[float], float | None], name: str
) -> list[float]:
    """Find where a column is 0 over the data."""
    from scipy.optimize import brentq

    spread = source.spread(name, meaning.level)
    if spread is None:
        return []
    grid = np.linspace(spread.minimum, spread.maximum, 33)
    values = [column(float(x)) for x in grid]
    found = [float(x) for x, v in zip(grid, values, strict=True) if v is not None and v == 0.0]
    for (start, low), (end, high) in pairwise(zip(grid, values, strict=True)):
        if low is not None and high is not None and low * high < 0.0:
            found.append(float(brentq(lambda x: column(x) or 0.0, start, end, xtol=1e-14)))
    return found
