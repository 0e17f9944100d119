"""What there is to say of U, τ and σ², as structure: every number, and not yet a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.interpret.facts import Reading, meaning_numbers

if TYPE_CHECKING:
    from mlmteach.interpret.predictors import Meaning
    from mlmteach.model.symbols import Coefficient

__all__ = ["CovarianceFacts", "EffectFacts", "Extreme", "ResidualFacts", "VarianceFacts"]


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
