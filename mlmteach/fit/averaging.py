"""From the scale of a link to the outcome: in a group with a given η, and averaged over groups.

A group's linear predictor is ``η = x'γ + z'U`` with U normal, so that over groups it is normal with
the mean ``x'γ`` and the variance ``z'Tz``: all that is averaged over U is an integral over one
dimension.  Where the link is curved, the average outcome is not the outcome of the average group
(Zeger, Liang & Albert 1988, *Biometrics* 44, 1049-1060).
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.distributions import distribution_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.model.family import Family

__all__ = ["average_mean", "latent_variance", "mean_at", "median_ratio_of"]

LATENT = {"logit": math.pi**2 / 3.0, "probit": 1.0, "cloglog": math.pi**2 / 6.0}
"""Variances of the distributions whose distribution functions the links are inverses of."""


def mean_at(family: Family, eta: ArrayLike) -> FloatArray:
    """Give the expected outcome at a linear predictor: of one trial, or one unit of exposure.

    Parameters
    ----------
    family : Family
        Not the normal one.
    eta : array_like

    Returns
    -------
    ndarray
        Of the shape of ``eta``.

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> mean_at(Family("binomial", "logit"), [0.0, 1.0]).round(3)
    array([0.5  , 0.731])
    """
    values = np.asarray(eta, dtype=np.float64)
    return np.asarray(distribution_of(family, np.zeros_like(values)).mean(values))


def average_mean(family: Family, eta: ArrayLike, variance: ArrayLike) -> FloatArray:
    """Average the expected outcome over a normal distribution of the linear predictor.

    Parameters
    ----------
    family : Family
        Not the normal one.
    eta : array_like
        The means of the linear predictor: x'γ.
    variance : array_like
        Its variances over groups, z'Tz; of a shape that goes with that of ``eta``.

    Returns
    -------
    ndarray
        Of the shape that both have together.

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> average_mean(Family("binomial", "logit"), 1.0, [0.0, 1.0, 4.0]).round(3)
    array([0.731, 0.697, 0.648])
    >>> average_mean(Family("poisson", "log"), [0.0], 1.0).round(3)  # exp(1/2)
    array([1.649])
    """
    centre, spread = np.broadcast_arrays(
        np.asarray(eta, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    )
    if family.link == "log":
        return mean_at(family, centre + spread / 2.0)
    if family.link == "probit":
        return mean_at(family, centre / np.sqrt(1.0 + spread))
    points, weights = _rule()
    values = centre[..., None] + np.sqrt(spread)[..., None] * points  # (..., m)
    return np.asarray(mean_at(family, values) @ weights)


@cache
def _rule() -> tuple[FloatArray, FloatArray]:
    """Points and weights for a standard normal, (m,) each: the trapezoidal rule.

    For a bell it converges faster than any power of the step, and here to all digits that a float
    has, where Gauss-Hermite with 50 points has four when groups differ by an SD of 3 (Trefethen &
    Weideman 2014, *SIAM Review* 56, 385-458, section 5).
    """
    points = np.linspace(-8.5, 8.5, 171)
    weights = np.exp(-(points**2) / 2.0)
    return points, weights / weights.sum()


def latent_variance(family: Family, mean: float = 1.0, shape: float | None = None) -> float:
    """Give the variance of level 1 on the scale of the link.

    Parameters
    ----------
    family : Family
    mean : float
        The expected count, averaged over groups; of no importance to yes/no outcomes.
    shape : float, optional
        Of a negative binomial.

    Returns
    -------
    float
        Of a yes/no outcome, the variance of the logistic, normal or extreme-value distribution
        that the link stands for, of which the outcome says whether it exceeds 0 (Snijders & Bosker
        2012, *Multilevel Analysis*, section 17.3).  Of counts, the variance of their logarithm if
        it were normal: ``log(1 + 1/λ)``, or ``log(1 + 1/λ + 1/shape)`` (Nakagawa, Johnson &
        Schielzeth 2017, *Journal of the Royal Society Interface* 14(134), whose equation 5.8 has
        the λ that is meant here).

    Notes
    -----
    For counts, Nakagawa et al. also have ``1/λ`` by the delta method and the trigamma function of
    λ; both are larger, and all agree where λ is large.

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> round(latent_variance(Family("binomial", "logit")), 3)
    3.29
    >>> round(latent_variance(Family("poisson", "log"), mean=4.0), 3)
    0.223
    """
    if family.is_binomial:
        return float(LATENT[family.link])
    return float(np.log1p(1.0 / mean + (1.0 / shape if shape else 0.0)))


def median_ratio_of(variance: float) -> float:
    """Give the median odds ratio, or rate ratio, of a variance between groups.

    Of two groups drawn at random, the ratio of the larger odds to the smaller is above it as often
    as below: ``exp(√(2 τ²) Φ⁻¹(0.75))`` (Larsen & Merlo 2005, *American Journal of Epidemiology*
    161, 81-88).

    Examples
    --------
    >>> round(median_ratio_of(1.0), 2)
    2.6
    """
    return math.exp(math.sqrt(2.0 * variance) * NormalDist().inv_cdf(0.75))
