"""What there is to say of a γ, as structure: every number, and not yet a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mlmteach.interpret.predictors import Meaning
    from mlmteach.model.symbols import Gamma

__all__ = ["Estimate", "GammaFacts", "Reading", "meaning_numbers"]

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
