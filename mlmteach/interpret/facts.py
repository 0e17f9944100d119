"""What there is to say of a model's symbols, as structure: every number, and not yet a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mlmteach.interpret.predictors import Meaning
    from mlmteach.model.symbols import Coefficient, Gamma

__all__ = [
    "CovarianceFacts",
    "EffectFacts",
    "Estimate",
    "GammaFacts",
    "Reading",
    "ResidualFacts",
    "VarianceFacts",
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
    curve : Gamma or None
        The coefficient of the square of the same variable.
    relation : str
        To the other coefficient of the same variable: within, between or contextual.
    other : float or None
        The contextual or between effect that follows from both.
    estimate : Estimate or None
    readings : tuple of Reading
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
    curve: Gamma | None = None
    relation: Relation = ""
    other: float | None = None
    estimate: Estimate | None = None
    readings: tuple[Reading, ...] = ()
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
    boundary : bool
        Whether its variance is estimated to be 0.
    """

    coefficient: Coefficient
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    predictors: tuple[Meaning, ...] = ()
    lowest: Extreme | None = None
    highest: Extreme | None = None
    clear: tuple[Extreme, ...] = ()
    groups: int | None = None
    boundary: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        found: dict[str, float] = {}
        for name, extreme in (("lowest", self.lowest), ("highest", self.highest)):
            if extreme:
                found |= {name: extreme.value, f"{name} se": extreme.se}
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
    places : tuple of Reading
        Where the range is given: numeric level-2 predictors at their mean, the others at 0.
    lower, upper : float or None
        Between them lie 95 % of the groups.
    negative : float or None
        The share of groups whose slope is negative.
    icc : float or None
        τ_0² / (τ_0² + σ²), for the intercept.
    residual : bool
        Whether the share is of the variance that predictors leave over.
    boundary : bool
    """

    coefficient: Coefficient
    factors: tuple[Meaning, ...]
    conditions: tuple[Meaning, ...] = ()
    predictors: tuple[Meaning, ...] = ()
    variance: float | None = None
    centre: float | None = None
    places: tuple[Reading, ...] = ()
    lower: float | None = None
    upper: float | None = None
    negative: float | None = None
    icc: float | None = None
    residual: bool = False
    random_slopes: bool = False
    boundary: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        named = {
            "variance": self.variance,
            "sd": None if self.variance is None else self.variance**0.5,
            "centre": self.centre,
            "lower": self.lower,
            "upper": self.upper,
            "negative": self.negative,
            "icc": self.icc,
        }
        found = {name: value for name, value in named.items() if value is not None}
        for meaning in (*self.conditions, *self.predictors):
            found |= meaning_numbers(meaning)
        return found


@dataclass(frozen=True)
class CovarianceFacts:
    """A covariance τ_qr of the U's of two coefficients.

    Attributes
    ----------
    first, second : Coefficient
    first_factors, second_factors : tuple of Meaning
    covariance, correlation : float or None
    narrowest : float or None
        For an intercept and the slope of one variable: where the groups' lines lie closest.
    fan : "in", "out" or "both", or ""
        What the lines do as the variable increases over the data.
    boundary : bool
        Whether the correlation is not defined, or at -1 or 1.
    """

    first: Coefficient
    second: Coefficient
    first_factors: tuple[Meaning, ...]
    second_factors: tuple[Meaning, ...]
    covariance: float | None = None
    correlation: float | None = None
    narrowest: float | None = None
    fan: str = ""
    boundary: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        named = {
            "covariance": self.covariance,
            "correlation": self.correlation,
            "narrowest": self.narrowest,
        }
        found = {name: value for name, value in named.items() if value is not None}
        for meaning in (*self.first_factors, *self.second_factors):
            found |= meaning_numbers(meaning)
        return found


@dataclass(frozen=True)
class ResidualFacts:
    """The residual variance σ²; ``band`` is the half-width that holds 95 % of the units."""

    variance: float | None = None
    predictors: bool = False

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on it may hold, by name."""
        if self.variance is None:
            return {}
        sd = self.variance**0.5
        return {"variance": self.variance, "sd": sd, "band": 1.96 * sd}
