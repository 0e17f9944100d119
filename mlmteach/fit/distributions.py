"""The distributions of outcomes that are not normal, as functions of the linear predictor η.

Each row's log-likelihood, its derivatives in η, and the expected curvature W that stands in the
determinant of Laplace's approximation, as in lme4 (for the canonical links it is the curvature
itself).  All are concave in η, so that the mode of a group's U's is one.
McCullagh & Nelder (1989), *Generalized Linear Models*, chapters 2, 4 and 6.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from scipy.special import digamma, expit, gammaln, log_ndtr, ndtr

from mlmteach.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlmteach.arrays import FloatArray
    from mlmteach.model.family import Family

__all__ = ["Derivatives", "Distribution", "ShapeDerivatives", "distribution_of"]


class Derivatives(NamedTuple):
    """Derivatives in η, each of the shape of η.

    Attributes
    ----------
    score : ndarray
        The first derivative of the log-likelihood.
    observed : ndarray
        Minus the second one.
    expected : ndarray
        W, what it is on average.
    bend : ndarray
        The derivative of W.
    """

    score: FloatArray
    observed: FloatArray
    expected: FloatArray
    bend: FloatArray


class ShapeDerivatives(NamedTuple):
    """Derivatives in the logarithm of the shape: of the log-likelihood, its score, and W."""

    log_likelihood: FloatArray
    score: FloatArray
    expected: FloatArray


class Distribution(Protocol):
    """The outcome of rows, (n,), as a function of η, (..., n)."""

    @property
    def y(self) -> FloatArray:
        """The outcome, (n,): successes or counts."""

    @property
    def constant(self) -> float:
        """What the log-likelihood of all rows has that no η changes."""

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """Of each row, without the constant."""

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Score and observed curvature, for a Newton step."""

    def curves(self, eta: FloatArray) -> Derivatives:
        """All derivatives in η."""

    def mean(self, eta: FloatArray) -> FloatArray:
        """The expected outcome."""

    def variance(self, eta: FloatArray) -> FloatArray:
        """The variance of the outcome, at this η."""

    def draw(self, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw outcomes."""


def _choose(trials: FloatArray, y: FloatArray) -> float:
    return float((gammaln(trials + 1.0) - gammaln(y + 1.0) - gammaln(trials - y + 1.0)).sum())


@dataclass(frozen=True, eq=False)
class _Binomial(ABC):
    """Successes y of m trials; what the links have in common."""

    y: FloatArray
    trials: FloatArray

    @cached_property
    def constant(self) -> float:
        return _choose(self.trials, self.y)

    @abstractmethod
    def probability(self, eta: FloatArray) -> FloatArray:
        """π."""

    @abstractmethod
    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""

    @abstractmethod
    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""

    @abstractmethod
    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""

    def mean(self, eta: FloatArray) -> FloatArray:
        return self.trials * self.probability(eta)

    def variance(self, eta: FloatArray) -> FloatArray:
        p = self.probability(eta)
        return self.trials * p * (1.0 - p)

    def draw(self, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        return rng.binomial(self.trials.astype(np.int64), self.probability(eta)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Logit(_Binomial):
    """``log(π / (1 - π)) = η``, canonical."""

    def probability(self, eta: FloatArray) -> FloatArray:
        """π."""
        return np.asarray(expit(eta))

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""
        # -log(1 - π) without overflow; written out, as it is what a search does most
        away = np.maximum(eta, 0.0) + np.log(1.0 + np.exp(-np.abs(eta)))
        log_likelihood: FloatArray = self.y * eta - self.trials * away
        return log_likelihood

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""
        p = expit(eta)
        return self.y - self.trials * p, self.trials * p * (1.0 - p)

    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""
        p = expit(eta)
        w = self.trials * p * (1.0 - p)
        return Derivatives(self.y - self.trials * p, w, w, w * (1.0 - 2.0 * p))


@dataclass(frozen=True, eq=False)
class Probit(_Binomial):
    """``Φ⁻¹(π) = η``."""

    def probability(self, eta: FloatArray) -> FloatArray:
        """π."""
        return np.asarray(ndtr(eta))

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""
        return np.asarray(self.y * log_ndtr(eta) + (self.trials - self.y) * log_ndtr(-eta))

    @staticmethod
    def _ratios(eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """φ/Φ at η and at -η, (2, ..., n)."""
        log_density = -0.5 * (np.log(2.0 * np.pi) + eta**2)
        return np.exp(log_density - log_ndtr(eta)), np.exp(log_density - log_ndtr(-eta))

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""
        return self.curves(eta)[:2]

    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""
        yes, no = self._ratios(eta)
        y, rest = self.y, self.trials - self.y
        expected = self.trials * yes * no
        return Derivatives(
            y * yes - rest * no,
            y * yes * (yes + eta) + rest * no * (no - eta),
            expected,
            expected * (no - yes - 2.0 * eta),
        )


@dataclass(frozen=True, eq=False)
class Cloglog(_Binomial):
    """``log(-log(1 - π)) = η``."""

    def probability(self, eta: FloatArray) -> FloatArray:
        """π."""
        return -np.expm1(-np.exp(np.minimum(eta, HIGHEST)))

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""
        rate = np.exp(np.minimum(eta, HIGHEST))
        yes = np.log(-np.expm1(-np.maximum(rate, LEAST)))
        return self.y * yes - (self.trials - self.y) * rate

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""
        return self.curves(eta)[:2]

    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""
        rate = np.maximum(np.exp(np.minimum(eta, HIGHEST)), LEAST)
        yes = rate / np.expm1(np.minimum(rate, LARGEST))  # the derivative of log π
        y, rest = self.y, self.trials - self.y
        expected = self.trials * rate * yes
        # for small rates, yes + rate - 1 is rate/2: the difference keeps its digits by a series
        lean = np.where(rate < SMALL, rate / 2.0 + rate**2 / 12.0, yes + rate - 1.0)
        return Derivatives(
            y * yes - rest * rate,
            y * yes * lean + rest * rate,
            expected,
            expected * (1.0 - lean),
        )


MOST = 1e15  # counts beyond lose their last digit
HIGHEST = 30.0  # a rate of exp(30) leaves nothing to chance
LARGEST = 500.0  # beyond it exp overflows, and the term is 0
LEAST = 1e-300
SMALL = 1e-4


@dataclass(frozen=True, eq=False)
class Poisson:
    """Counts with ``log(λ) = η``, canonical."""

    y: FloatArray

    @cached_property
    def constant(self) -> float:
        """See :class:`Distribution`."""
        return -float(gammaln(self.y + 1.0).sum())

    def mean(self, eta: FloatArray) -> FloatArray:
        """λ."""
        return _exp(eta)

    def variance(self, eta: FloatArray) -> FloatArray:
        """λ too."""
        return _exp(eta)

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""
        return self.y * eta - _exp(eta)

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""
        rate = _exp(eta)
        return self.y - rate, rate

    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""
        rate = _exp(eta)
        return Derivatives(self.y - rate, rate, rate, rate)

    def draw(self, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """See :class:`Distribution`."""
        return _drawn(_exp(eta), rng)


@dataclass(frozen=True, eq=False)
class NegativeBinomial:
    """Counts with ``log(λ) = η`` and the variance ``λ + λ²/shape``, lme4's ``glmer.nb``."""

    y: FloatArray
    shape: float

    @property
    def constant(self) -> float:
        """See :class:`Distribution`."""
        r = self.shape
        own = gammaln(self.y + r) - gammaln(r) - gammaln(self.y + 1.0) + r * np.log(r)
        return float(own.sum())

    def mean(self, eta: FloatArray) -> FloatArray:
        """λ."""
        return _exp(eta)

    def variance(self, eta: FloatArray) -> FloatArray:
        """``λ + λ²/shape``."""
        rate = _exp(eta)
        return rate * (1.0 + rate / self.shape)

    def log_likelihood(self, eta: FloatArray) -> FloatArray:
        """See :class:`Distribution`."""
        return self.y * eta - (self.y + self.shape) * np.logaddexp(np.log(self.shape), eta)

    def slope(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`Distribution`."""
        share = expit(eta - np.log(self.shape))  # λ / (shape + λ)
        total = self.y + self.shape
        return self.y - total * share, total * share * (1.0 - share)

    def curves(self, eta: FloatArray) -> Derivatives:
        """See :class:`Distribution`."""
        score, observed = self.slope(eta)
        share = expit(eta - np.log(self.shape))
        expected = self.shape * share
        return Derivatives(score, observed, expected, expected * (1.0 - share))

    def shape_curves(self, eta: FloatArray) -> ShapeDerivatives:
        """Differentiate in ``log(shape)``; the constant's derivative is in the first."""
        r, y = self.shape, self.y
        share = expit(eta - np.log(r))
        own = digamma(y + r) - digamma(r) + np.log(r) + 1.0 - np.logaddexp(np.log(r), eta)
        own = r * own - (y + r) * (1.0 - share)
        return ShapeDerivatives(own, share * (y * (1.0 - share) - r * share), r * share**2)

    def draw(self, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """See :class:`Distribution`."""
        mean = rng.gamma(self.shape, _exp(eta) / self.shape)
        return _drawn(mean, rng)


def _drawn(rate: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw Poisson counts, as long as they are numbers that a machine can count to."""
    if rate.max(initial=0.0) > MOST:
        raise FitError(
            f"Counts of about {rate.max():.0e} would be drawn.",
            "On the scale of the logarithm, γ and T of this model are too large.",
        )
    return rng.poisson(rate).astype(np.float64)


def _exp(eta: FloatArray) -> FloatArray:
    """``exp(η)``, finite whatever a step of a search tries."""
    return np.asarray(np.exp(np.minimum(eta, 300.0)))


_LINKS: dict[str, Callable[[FloatArray, FloatArray], Distribution]] = {
    "logit": Logit,
    "probit": Probit,
    "cloglog": Cloglog,
}


def distribution_of(
    family: Family, y: FloatArray, trials: FloatArray | None = None, *, shape: float = 1.0
) -> Distribution:
    """Return the distribution of rows.

    Parameters
    ----------
    family : Family
        Not the normal one.
    y : (n,) array
        Successes or counts.
    trials : (n,) array, optional
        One trial a row when left out.
    shape : float
        Of a negative binomial.

    Returns
    -------
    Distribution

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> toss = distribution_of(Family("binomial", "logit"), np.array([1.0]))
    >>> toss.log_likelihood(np.array([0.0])).round(4)
    array([-0.6931])
    """
    if family.is_binomial:
        return _LINKS[family.link](y, np.ones_like(y) if trials is None else trials)
    return Poisson(y) if family.name == "poisson" else NegativeBinomial(y, shape)
