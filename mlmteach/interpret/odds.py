"""What γ, U and τ of a yes/no outcome or a count say of ratios and of expected outcomes.

Numbers on the scale of the link come with :mod:`gamma_facts` and :mod:`random_facts`, as for any
outcome.  Here they are brought to the scales that a reader thinks in: the odds ratio (rate ratio,
hazard ratio) ``exp(γ)``, and probabilities or expected counts at places, with U = 0 and averaged
over groups.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.interpret.curves import factors_of
from mlmteach.interpret.gamma_facts import (
    ZERO,
    GammaFacts,
    Located,
    Reading,
    located,
    spot_key,
    spots_along,
)
from mlmteach.interpret.predictors import Meaning
from mlmteach.model.places import Place
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.fit.combinations import WeightedSums
    from mlmteach.interpret.random_facts import EffectFacts, VarianceFacts
    from mlmteach.interpret.source import Source
    from mlmteach.model.family import Family
    from mlmteach.model.structure import Structure
    from mlmteach.model.symbols import Varying

__all__ = [
    "Between",
    "Odds",
    "between_facts",
    "effect_ratios",
    "is_level",
    "odds_facts",
    "only_intercepts",
    "ratio_of",
]

LARGEST = 300.0
"""Beyond e to this power there is nothing to read."""


def ratio_of(value: float) -> float:
    """Give exp(γ), finite whatever γ is."""
    return math.exp(min(value, LARGEST))


@dataclass(frozen=True)
class Odds:
    """A fixed coefficient on the scale of the outcome.

    Attributes
    ----------
    ratio, lower, upper : float or None
        exp(γ) of the difference that sentences speak of, with its interval; None for an intercept.
    typical, typical_lower, typical_upper : float or None
        For an intercept: the expected outcome where it holds and U = 0, with its interval.
    averaged : float or None
        The same averaged over groups, or where `at_mean` is, if that is known; None where groups
        do not differ there.
    at_mean : float or None
        The expected outcome at the mean of what has its zero outside the data, with U = 0.
    observed : float or None
        For a model without predictors: the mean of the outcome of all rows.
    chances : tuple of Reading
        Expected outcomes with U = 0 at places of a single predictor; the others are where they are
        when nobody says otherwise.
    steps : mapping of str to float
        Ratios that go with 1 % more and with twice as much of what a logarithm is taken of, with
        one SD of a predictor in units that are far too small, and with one step along a curve.
    """

    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    typical: float | None = None
    typical_lower: float | None = None
    typical_upper: float | None = None
    averaged: float | None = None
    at_mean: float | None = None
    observed: float | None = None
    chances: tuple[Reading, ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)

    def numbers(self, facts: GammaFacts) -> dict[str, float]:
        """Every number that a sentence may hold, by name, beside those of the facts."""
        named = {
            "ratio": self.ratio,
            "ratio lower": self.lower,
            "ratio upper": self.upper,
            "typical": self.typical,
            "typical lower": self.typical_lower,
            "typical upper": self.typical_upper,
            "averaged": self.averaged,
            "typical at mean": self.at_mean,
            "observed": self.observed,
        }
        found = {name: value for name, value in named.items() if value is not None}
        found |= {f"{name} ratio": value for name, value in self.steps.items()}
        for reading in facts.readings:
            name = f"{reading.at.spot.origin} {reading.at.meaning.factor.name} ratio"
            found[name] = ratio_of(reading.value)
        for reading in self.chances:
            spot = reading.at.spot
            name = f"{spot.origin} {spot.name}"
            found[f"{name} {spot.value} expected"] = reading.value
            for place in (reading.at, *reading.others):
                found |= place.numbers
        if facts.related is not None:
            for name in ("within", "between", "contextual"):
                found[f"{name} ratio"] = ratio_of(getattr(facts.related, name))
        return found


@dataclass(frozen=True)
class Between:
    """How groups differ, on the scale of the outcome.

    Attributes
    ----------
    median_ratio : float or None
        Of two groups drawn at random, for an intercept that is read by ratios.
    latent : float or None
        The variance of level 1 on the scale of the link; of counts, at their mean.
    icc : float or None
        The share of the variance on that scale that lies between groups.
    correlation : float or None
        With three levels: that of two units that share a group of the level, and all above it.
    both_ratio : float or None
        With three levels: the median ratio of two groups of level 2 that lie in different groups of
        level 3.
    lower, upper : float or None
        Between them lie the expected outcomes of 95 % of the groups, or the ratios of a slope; with
        three levels, where the effect of the other level is 0.
    every_lower, every_upper : float or None
        With three levels: those of the groups of level 2 in all groups of level 3.
    where : tuple of Located
        Where the predictors are, for the expected outcomes.
    positive : float or None
        The share of groups in which the ratio of a slope is above 1.
    """

    median_ratio: float | None = None
    latent: float | None = None
    icc: float | None = None
    correlation: float | None = None
    both_ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    every_lower: float | None = None
    every_upper: float | None = None
    where: tuple[Located, ...] = ()
    positive: float | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence may hold, by name, beside those of the facts."""
        named = {
            "median ratio": self.median_ratio,
            "latent variance": self.latent,
            "latent icc": self.icc,
            "latent correlation": self.correlation,
            "upper share": None
            if self.icc is None or self.correlation is None
            else self.correlation - self.icc,
            "median ratio of both": self.both_ratio,
            "expected lower": self.lower,
            "expected upper": self.upper,
            "every expected lower": self.every_lower,
            "every expected upper": self.every_upper,
            "positive": self.positive,
        }
        found = {name: value for name, value in named.items() if value is not None}
        if self.latent is not None:  # said where it is π² / 3 or π² / 6
            found["latent divisor"] = math.pi**2 / self.latent
        for place in self.where:
            found |= place.numbers
        return found


# --- γ ------------------------------------------------------------------------------------------


def odds_facts(source: Source, facts: GammaFacts) -> Odds:
    """Bring a coefficient to the scale of the outcome; nothing where its value is not known."""
    estimate = facts.estimate
    if estimate is None:
        return Odds()
    if is_level(facts):
        return _level(source, facts)
    limits = [estimate.lower, estimate.upper]
    known = [None if x is None else ratio_of(x / facts.scale) for x in limits]
    lower, upper = known if facts.scale > 0 else known[::-1]
    return Odds(
        ratio=ratio_of(estimate.value / facts.scale),
        lower=lower,
        upper=upper,
        chances=_chances(source, facts),
        steps=_steps(facts),
    )


def is_level(facts: GammaFacts) -> bool:
    """Tell whether a coefficient is an expected outcome on the link, and no difference of two."""
    if facts.compares_cells or facts.part:
        return False
    return all(m.is_own for m in facts.factors)


def _level(source: Source, facts: GammaFacts) -> Odds:
    """Bring an intercept to the scale of the outcome: where predictors are 0, with U = 0."""
    from mlmteach.fit.averaging import average_mean, mean_at

    family, estimate = source.model.family, facts.estimate
    assert estimate is not None

    def expected(eta: float | None) -> float | None:
        return None if eta is None else float(mean_at(family, eta))

    averaged = None
    if facts.gamma.name == "Intercept":
        place = Place(tuple(reading.at.spot for reading in facts.readings))
        eta = facts.readings[0].value if facts.readings else estimate.value
        variance = sum(_variances(source, place))
        averaged = float(average_mean(family, eta, variance)) if variance > 0 else None
    observed = None
    if facts.null and source.generalized is not None:
        design = source.generalized.design
        y = design.y
        amount = design.trials
        if design.offset is not None:
            amount = np.exp(design.offset)
        observed = float(y.sum() / (len(y) if amount is None else amount.sum()))
    return Odds(
        typical=expected(estimate.value),
        typical_lower=expected(estimate.lower),
        typical_upper=expected(estimate.upper),
        averaged=averaged,
        at_mean=expected(facts.readings[0].value) if facts.readings else None,
        observed=observed,
    )


def _variances(source: Source, place: Place) -> tuple[float, ...]:
    """Give the variances that the groups of each level give to the linear predictor at a place."""
    from mlmteach.fit.readings import random_row

    assert source.estimates is not None
    found = []
    for level in range(2, len(source.model.grouping.names) + 2):
        row = random_row(source.sums, (), place, level)
        t = source.estimates.covariances(source.model.varying(level), level)
        found.append(float(row @ t @ row))
    return tuple(found)


def _steps(facts: GammaFacts) -> dict[str, float]:
    names = {"one_percent", "doubling", "per_sd", "bend"}
    return {name: ratio_of(x) for name, x in facts.derived.items() if name in names}


def _chances(source: Source, facts: GammaFacts) -> tuple[Reading, ...]:
    """Work out expected outcomes along a single predictor, with U = 0."""
    if len(facts.factors) != 1 or facts.part or facts.weighted or facts.cells:
        return ()
    own = facts.factors[0]
    if source.places.frame is None or own.is_own or own.form == "power":
        return ()
    from mlmteach.fit.averaging import mean_at

    sums: WeightedSums = source.sums
    key = spot_key(source, own)
    typical = sums.typical(())
    own_cases = {spot_key(source, m): m.reference for m in facts.conditions if m.reference}
    spots = (
        source.places.given(spot.key, _plain(own_cases[spot.key].value))
        if spot.key in own_cases and source.places.is_category(*spot.key)
        else spot
        for spot in typical.spots
    )
    elsewhere = Place(tuple(spot for spot in spots if spot.key != key))
    others = _once(located(source, elsewhere, _every(source)))
    found = []
    for spot in spots_along(source, own):
        row = sums.coefficient((), elsewhere.moved(spot))
        value = float(mean_at(source.model.family, row @ sums.gamma))
        found.append(Reading(Located(own, spot), value, None, others))
    return tuple(found)


def _plain(value: object) -> float | str:
    """Give the code of a category as places take it."""
    return float(value) if isinstance(value, bool | int | float) else str(value)


def _every(source: Source) -> list[Meaning]:
    return [m for gamma in source.model.gammas for m in factors_of(source, gamma)]


def _once(places: tuple[Located, ...]) -> tuple[Located, ...]:
    """Name a category once, of which several columns are made."""
    return tuple({(at.spot.level, at.spot.name): at for at in places}.values())


# --- U and τ ------------------------------------------------------------------------------------


def effect_ratios(facts: EffectFacts) -> dict[str, float]:
    """Give what the smallest and the largest predicted U multiply odds or rates by."""
    ends = (("lowest", facts.lowest), ("highest", facts.highest))
    return {f"{name} ratio": ratio_of(end.value) for name, end in ends if end is not None}


def between_facts(source: Source, c: Varying, facts: VarianceFacts) -> Between:
    """Say how groups differ, on the scale of the outcome."""
    from mlmteach.fit.averaging import latent_variance, median_ratio_of

    family = source.model.family
    latent = None if family.is_count else latent_variance(family)
    if facts.variance is None or facts.boundary or source.estimates is None:
        return Between(latent=latent)
    if c.term:
        if facts.lower is None or facts.upper is None or family.link == "probit":
            return Between(latent=latent)
        positive = None if facts.negative is None else 1.0 - facts.negative
        lower, upper = ratio_of(facts.lower), ratio_of(facts.upper)
        return Between(lower=lower, upper=upper, latent=latent, positive=positive)
    fit = source.generalized
    if fit is not None and family.is_count and only_intercepts(source.model):
        latent = fit.latent_variance  # at the mean count
    sums: WeightedSums = source.sums
    place = sums.typical(())
    centre = float(sums.coefficient((), place) @ sums.gamma)
    variances = _variances(source, place)
    own, every = variances[c.level - 2], sum(variances)
    nested, by_ratio = source.model.grouping.is_nested, family.link != "probit"
    wider = every > own + ZERO  # the other level varies too
    lower, upper = _range(family, centre, own)
    below, above = _range(family, centre, every) if wider and c.level == 2 else (None, None)
    whole = None if latent is None else latent + (every if nested else facts.variance)
    return Between(
        median_ratio=median_ratio_of(facts.variance) if by_ratio else None,
        both_ratio=median_ratio_of(every) if by_ratio and wider and c.level == 3 else None,
        latent=latent,
        icc=None if whole is None else facts.variance / whole,
        correlation=None
        if whole is None or not nested
        else (every if c.level == 2 else own) / whole,
        lower=lower,
        upper=upper,
        every_lower=below,
        every_upper=above,
        where=_once(located(source, place, _every(source))),
    )


def only_intercepts(model: Structure) -> bool:
    """Tell whether groups differ in their intercepts alone."""
    levels = range(2, len(model.grouping.names) + 2)
    return not any(v.term for level in levels for v in model.varying(level))


def _range(family: Family, centre: float, variance: float) -> tuple[float, float]:
    """Give expected outcomes of the middle 95 % of groups that vary about a linear predictor."""
    from mlmteach.fit.averaging import mean_at

    half = normal_width() * variance**0.5
    lower, upper = (float(mean_at(family, centre + x)) for x in (-half, half))
    return lower, upper
