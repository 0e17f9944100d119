"""What there is to say of a γ, as structure: every number, and not yet a word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlmteach.fit.intervals import conf_int
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.model.predictor import Applied

if TYPE_CHECKING:
    from mlmteach.interpret.predictors import Meaning
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Gamma
    from mlmteach.model.terms import Factor

__all__ = [
    "BLEND",
    "Estimate",
    "GammaFacts",
    "Place",
    "Reading",
    "combine",
    "estimate_of",
    "factor_value",
    "factors_of",
    "gamma_facts",
    "key_of",
    "meaning_numbers",
    "value_at",
]

Relation = Literal["", "within", "within_raw", "blend", "between", "contextual", "between_only"]


@dataclass(frozen=True)
class Estimate:
    """An estimate with what is known of its precision; None where it is not known."""

    value: float
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    df: float | None = None
    p: float | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers by name, without those that are not known."""
        named = {
            "estimate": self.value,
            "se": self.se,
            "lower": self.lower,
            "upper": self.upper,
            "df": self.df,
            "p": self.p,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class Reading:
    """What a slope or an intercept is at a chosen place.

    Attributes
    ----------
    place : "low", "mean", "high", "category" or "reference"
        One SD below the mean of the moderator, its mean, one SD above; or a category of it.
    meaning : Meaning
        The moderator.
    at : float or None
        Its value; None for a category.
    value : float
        What the slope is there.
    se : float or None
    """

    place: str
    meaning: Meaning
    at: float | None
    value: float
    se: float | None


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
    averaged : bool
        Whether its coefficient differs between groups alike, so that it is an average.
    null : bool
        Whether it is the intercept of a model without predictors.
    empty : bool
        Whether the data hold no unit of the reference categories.
    curve : Gamma or None
        The coefficient of the square of the same variable.
    relation : str
        To the other coefficient of the same variable: within, between or contextual.
    other : float or None
        The contextual or between effect that follows from both.
    estimate : Estimate or None
    readings : tuple of Reading
    general : tuple of (Gamma, tuple of Meaning)
        The γ's that make up the slope or the difference, each with what it is multiplied by.
    derived : mapping of str to float
        What follows from the estimate: ``one_percent`` and ``doubling`` for a logarithm, ``bend``
        for a square, ``per_sd``, ``ratio`` for the logarithm of an outcome, ``unit_mean`` for
        the mean of all units.
    """

    gamma: Gamma
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    outside: tuple[Meaning, ...] = ()
    held: tuple[str, ...] = ()
    averaged: bool = False
    null: bool = False
    empty: bool = False
    curve: Gamma | None = None
    relation: Relation = ""
    other: float | None = None
    estimate: Estimate | None = None
    readings: tuple[Reading, ...] = ()
    general: tuple[tuple[Gamma, tuple[Meaning, ...]], ...] = ()
    derived: Mapping[str, float] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        found = dict(self.estimate.numbers) if self.estimate else {}
        found |= self.derived
        if self.other is not None:
            found["other"] = self.other
        for reading in self.readings:
            name = f"{reading.place} {reading.meaning.factor.name}"
            found[f"{name} value"] = reading.value
            if reading.at is not None:
                found[f"{name} at"] = reading.at
        for meaning in (*self.factors, *self.conditions):
            found |= meaning_numbers(meaning)
        return found


def meaning_numbers(meaning: Meaning) -> dict[str, float]:
    """Give the numbers that belong to a predictor."""
    name = meaning.factor.name
    found = {f"{name} step": meaning.step}
    if meaning.zero is not None:
        found[f"{name} zero"] = meaning.zero
    if meaning.spread is not None:
        found[f"{name} minimum"] = meaning.spread.minimum
        found[f"{name} maximum"] = meaning.spread.maximum
        found[f"{name} mean"] = meaning.spread.mean
        found[f"{name} sd"] = meaning.spread.sd
    return found


# --- values of intercepts and slopes at chosen places, from the estimates of a model ------

Key = tuple[int, str]
Place = Mapping[tuple[int, str], "float | str"]
"""From (level, variable) to a value of the variable, or to a category."""


def key_of(meaning: Meaning) -> Key:
    """Name the variable of a predictor by level and name."""
    return meaning.level, meaning.root


def factors_of(source: Source, gamma: Gamma) -> tuple[Meaning, ...]:
    """Say what each factor of a γ's term stands for, level 2 first."""
    return meanings(source, gamma.level2, 2) + meanings(source, gamma.level1, 1)


def identity(meaning: Meaning) -> tuple[int, str]:
    """Tell a factor from all others."""
    return meaning.level, meaning.factor.name


def factor_value(meaning: Meaning, value: float | str) -> float:
    """Give the value of a factor where its variable has a value or a category."""
    if meaning.category is not None:
        return float(str(meaning.category.value) == str(value))
    assert not isinstance(value, str)
    if meaning.form == "log":
        return math.log(value / meaning.shape.zero) / math.log(meaning.shape.base)
    zero = 0.0 if meaning.zero is None else meaning.zero
    if meaning.form == "within":  # the variable is given as its departure from the group's mean
        return value
    return float(((value - zero) / meaning.step) ** meaning.shape.power)


def weights(source: Source, kept: tuple[Meaning, ...], place: Place) -> dict[str, float]:
    """Give the weight of each γ in the coefficient of the product of `kept`, at a place.

    A predictor that `place` does not name is 0.
    """
    names = {identity(meaning) for meaning in kept}
    found: dict[str, float] = {}
    for gamma in source.model.gammas:
        factors = factors_of(source, gamma)
        if not names <= {identity(m) for m in factors}:
            continue
        weight = 1.0
        for meaning in factors:
            if identity(meaning) not in names:
                given = place.get(key_of(meaning))
                weight *= 0.0 if given is None else factor_value(meaning, given)
        if weight:
            found[gamma.name] = weight
    return found


def combine(source: Source, found: Mapping[str, float]) -> tuple[float, float | None]:
    """Give a weighted sum of γ's and its standard error, where that is known."""
    assert source.estimates is not None
    value = sum(weight * float(source.estimates.params[name]) for name, weight in found.items())
    if source.fit is not None:
        names = list(found)
        w = np.array([found[name] for name in names])  # (k,)
        vcov = source.fit.cov_params().loc[names, names].to_numpy()  # (k, k)
        return value, float(np.sqrt(max(w @ vcov @ w, 0.0)))
    bse = source.estimates.bse
    if bse is None or len(found) != 1:
        return value, None
    ((name, weight),) = found.items()
    return value, abs(weight) * float(bse[name])


def value_at(source: Source, kept: tuple[Meaning, ...], place: Place) -> tuple[float, float | None]:
    """Give the coefficient of the product of `kept` at a place, with its standard error."""
    return combine(source, weights(source, kept, place))


def estimate_of(source: Source, name: str) -> Estimate | None:
    """Give the estimate of a γ with its interval, its df and its p-value."""
    if source.estimates is None:
        return None
    value = float(source.estimates.params[name])
    if source.fit is not None:
        fit = source.fit
        interval = conf_int(fit, source.level)
        return Estimate(
            value,
            float(fit.bse[name]),
            float(interval["lower"][name]),
            float(interval["upper"][name]),
            float(fit.df[name]),
            float(fit.pvalues[name]),
        )
    if source.estimates.bse is None:
        return Estimate(value)
    from statistics import NormalDist

    se = float(source.estimates.bse[name])
    half = NormalDist().inv_cdf(0.5 + source.level / 2) * se
    return Estimate(value, se, value - half, value + half)


# --- from a model to the facts on its fixed coefficients ----------------------------------

BLEND = 0.05
"""From this share of its variance between groups on, a slope mixes within and between."""


def gamma_facts(source: Source) -> tuple[GammaFacts, ...]:
    """Gather the facts on every γ, in the order of the model."""
    return tuple(_facts(source, gamma) for gamma in source.model.gammas)


def _facts(source: Source, gamma: Gamma) -> GammaFacts:
    factors = factors_of(source, gamma)
    conditions = _conditions(source, gamma, factors)
    facts = GammaFacts(
        gamma=gamma,
        factors=factors,
        conditions=conditions,
        outside=tuple(m for m in conditions if m.zero_is_outside),
        held=_held(source, factors, conditions),
        averaged=any(c.random and c.index == gamma.q for c in source.model.coefficients),
        null=not factors and len(source.model.gammas) == len(source.model.coefficients) == 1,
        empty=not factors and not source.has_case(_categories(conditions)),
        curve=_curve(source, factors),
        estimate=estimate_of(source, gamma.name),
    )
    facts = _related(source, facts)
    if source.estimates is None:
        return replace(facts, general=_general(source, factors)) if factors else facts
    return replace(facts, readings=_readings(source, facts), derived=_derived(source, facts))


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


def _is_logged(outcome: Factor) -> bool:
    return isinstance(outcome.tree, Applied) and outcome.tree.function == "log"


def _derived(source: Source, facts: GammaFacts) -> dict[str, float]:
    """Work out what helps to read the estimate."""
    assert facts.estimate is not None
    value = facts.estimate.value
    found: dict[str, float] = {}
    if facts.null:
        mean = source.values(source.model.outcome.expression, 1)
        if mean is not None:
            found["unit_mean"] = float(mean.mean())
    elif (
        _is_logged(source.model.outcome)
        and len(facts.factors) == 1
        and abs(value) < 3  # beyond, a percentage says nothing
    ):
        found["ratio"] = math.expm1(value)
    far = next((m for m in facts.factors if m.is_far), None)
    if far is not None and far.spread is not None:
        found["per_sd"] = value * far.spread.sd / far.step
    if len(facts.factors) != 1:
        return found
    (own,) = facts.factors
    if own.form == "log":
        per_unit = value / math.log(own.shape.base)
        found |= {"one_percent": per_unit * math.log(1.01), "doubling": per_unit * math.log(2)}
    if own.form == "power" and own.shape.power == 2:
        found["bend"] = 2 * value  # in steps of the factor
    return found


def _conditions(source: Source, gamma: Gamma, factors: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """Find what has to be 0: what multiplies the γ's term in other terms of the model.

    The intercept is multiplied in all of them, so everything has to be 0.
    """
    own = {identity(m) for m in factors}
    found: dict[tuple[int, str], Meaning] = {}
    for other in source.model.gammas:
        theirs = factors_of(source, other)
        names = {identity(m) for m in theirs}
        if other is gamma or not own < names:
            continue
        found.update({identity(m): m for m in theirs if identity(m) not in own})
    kept: dict[tuple[int, str, str], Meaning] = {}
    for meaning in found.values():  # several dummies of one variable are one condition
        if meaning.form in {"power", "other"} and _has_plain(meaning, found):
            continue  # x squared is 0 where x is
        mark = (*key_of(meaning), meaning.form)
        kept.setdefault(mark, meaning)
    return tuple(kept.values())


def _has_plain(meaning: Meaning, found: dict[tuple[int, str], Meaning]) -> bool:
    return any(
        key_of(other) == key_of(meaning) and other.form == "number" for other in found.values()
    )


def _categories(conditions: tuple[Meaning, ...]) -> dict[str, str]:
    return {m.root: str(m.reference.value) for m in conditions if m.reference is not None}


def _held(
    source: Source, factors: tuple[Meaning, ...], conditions: tuple[Meaning, ...]
) -> tuple[str, ...]:
    """Name what stays the same: the other predictors, or, between units, the group with its own."""
    if not factors:
        return ()
    own = {m.root for m in (*factors, *conditions)}
    own |= {v for m in factors for v in m.factor.variables}
    level1 = any(m.level == 1 for m in factors)
    held: list[str] = [source.model.group] if level1 else []
    for gamma in source.model.gammas:
        for meaning in factors_of(source, gamma):
            if meaning.root in own or (level1 and meaning.level == 2):
                continue
            if meaning.form == "other" and own & set(meaning.factor.variables):
                continue  # another column of the same curve
            held.append(meaning.root)
    # what is a function of the other, as x² is of x, or x of its departure from the mean, cannot
    # stay the same; a raw x beside its group's mean can
    if len(factors) == 1 and factors[0].form == "group_mean":
        held += [factors[0].root for m in _same_variable(source, factors[0]) if m.form == "number"]
    return tuple(dict.fromkeys(held))


def _curve(source: Source, factors: tuple[Meaning, ...]) -> Gamma | None:
    """Find the γ of the square of the same variable."""
    if len(factors) != 1 or not factors[0].is_numeric:
        return None
    for gamma in source.model.gammas:
        theirs = factors_of(source, gamma)
        if (
            len(theirs) == 1
            and theirs[0].form == "power"
            and key_of(theirs[0]) == key_of(factors[0])
            and theirs[0].shape.power == 2
        ):
            return gamma
    return None


def _same_variable(source: Source, meaning: Meaning) -> list[Meaning]:
    """Find the predictors at the other level that are made from the same variable."""
    name = meaning.root
    if meaning.variable is not None and meaning.variable.group_mean_of:
        name = meaning.variable.group_mean_of
    found = []
    for gamma in source.model.gammas:
        theirs = factors_of(source, gamma)
        if len(theirs) != 1 or theirs[0].level == meaning.level:
            continue
        other = theirs[0]
        of = other.variable.group_mean_of if other.variable else ""
        is_mean = other.form == "group_mean" and other.root == name
        if (meaning.level == 2 and other.root == name) or (
            meaning.level == 1 and (is_mean or of == name)
        ):
            found.append(other)
    return found


def _related(source: Source, facts: GammaFacts) -> GammaFacts:
    """Tell within, between and contextual effects apart."""
    if len(facts.factors) != 1:
        return facts
    (own,) = facts.factors
    others = _same_variable(source, own)
    relation: Relation = ""
    if own.level == 1 and own.form == "within":
        relation = "within"
    elif own.level == 1 and own.is_numeric and others:
        relation = "within_raw"
    elif own.level == 1 and own.is_numeric and source.between_share(own.root) > BLEND:
        relation = "blend"
    elif own.level == 2 and (
        own.form == "group_mean" or (own.variable is not None and own.variable.group_mean_of)
    ):
        forms = {other.form for other in others}
        if "within" in forms:
            relation = "between"
        elif forms & {"number", "grand_mean", "standardized"}:
            relation = "contextual"
        else:
            relation = "between_only"
    facts = replace(facts, relation=relation)
    if relation not in {"between", "contextual"} or source.estimates is None:
        return facts
    slope = next(
        g.name
        for g in source.model.gammas
        for m in (factors_of(source, g),)
        if len(m) == 1 and m[0].level == 1 and any(identity(m[0]) == identity(o) for o in others)
    )
    sign = -1.0 if relation == "between" else 1.0
    step = next(o.step for o in others) / own.step
    weights = {facts.gamma.name: 1.0, slope: sign / step}
    return replace(facts, other=combine(source, weights)[0])


def _readings(source: Source, facts: GammaFacts) -> tuple[Reading, ...]:
    """Evaluate a slope at its moderators' mean and one SD around it, or in their categories.

    Other numeric moderators are at their means meanwhile; an intercept is evaluated where its
    zero lies outside the data.
    """
    means = {
        key_of(m): m.spread.mean for m in facts.conditions if m.spread is not None and m.has_places
    }
    found: list[Reading] = []
    if not facts.factors:
        outside = {key_of(m): means[key_of(m)] for m in facts.outside if key_of(m) in means}
        if not outside:
            return ()
        value, se = value_at(source, (), outside)
        return tuple(Reading("mean", m, outside[key_of(m)], value, se) for m in facts.outside)
    if facts.curve is not None:
        found += _along(source, facts)
    for meaning in facts.conditions:
        others = {key: mean for key, mean in means.items() if key != key_of(meaning)}
        for place, label, at in _places(source, meaning):
            value, se = value_at(source, facts.factors, {**others, key_of(meaning): at})
            number = at if isinstance(at, float) else None
            found.append(Reading(place, label, number, value, se))
    return tuple(found)


def _places(source: Source, meaning: Meaning) -> list[tuple[str, Meaning, float | str]]:
    """Choose where to evaluate a slope along a moderator."""
    if meaning.category is not None and meaning.reference is not None:
        dummies = [m for m in _dummies(source, meaning) if m.category is not None]
        reference = str(meaning.reference.value)
        return [
            ("reference", meaning, reference),
            *(("category", m, str(m.category.value)) for m in dummies if m.category),
        ]
    if meaning.spread is None or not (meaning.has_places or meaning.form == "within"):
        return []
    sd = meaning.spread.sd
    mean = 0.0 if meaning.form == "within" else meaning.spread.mean
    places = [("low", meaning, mean - sd), ("mean", meaning, mean), ("high", meaning, mean + sd)]
    return [p for p in places if meaning.form != "log" or p[2] > 0]


def _dummies(source: Source, meaning: Meaning) -> list[Meaning]:
    """Give all dummy variables of a categorical moderator."""
    found = {}
    for gamma in source.model.gammas:
        for m in factors_of(source, gamma):
            if m.factor.bare == meaning.factor.bare and m.level == meaning.level:
                found[identity(m)] = m
    return list(found.values())


def _along(source: Source, facts: GammaFacts) -> list[Reading]:
    """Give the slope of a curve at the mean of its variable and one SD around it."""
    (own,) = facts.factors
    assert facts.curve is not None
    (square,) = factors_of(source, facts.curve)
    if own.spread is None:
        return []
    found = []
    for place, steps in (("low", -1.0), ("mean", 0.0), ("high", 1.0)):
        at = own.spread.mean + steps * own.spread.sd
        inner = 2.0 * (at - square.shape.zero) / square.shape.step**2
        weights = {facts.gamma.name: 1.0, facts.curve.name: inner * own.step}
        value, se = combine(source, weights)
        found.append(Reading(place, own, at, value, se))
    return found
