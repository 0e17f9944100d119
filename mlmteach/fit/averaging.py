"""From the scale of a link to the outcome: in a group with a given η, and averaged over groups.

A group's linear predictor is ``η = x'γ + z'U`` with U normal, so that over groups it is normal with
the mean ``x'γ`` and the variance ``z'Tz``: all that is averaged over U is an integral over one
dimension.  Where the link is curved, the average outcome is not the outcome of the average group
(Zeger, Liang & Albert 1988, *Biometrics* 44, 1049-1060).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import logit, ndtri

from mlmteach.fit.distributions import distribution_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.model.family import Family

__all__ = [
    "Integral",
    "average_mean",
    "integral",
    "latent_variance",
    "linked",
    "mean_at",
    "median_ratio_of",
    "normal_points",
]

LATENT = {"logit": math.pi**2 / 3.0, "probit": 1.0, "cloglog": math.pi**2 / 6.0}
"""Variances of the distributions whose distribution functions the links are inverses of."""


def linked(family: Family, mean: FloatArray | float) -> FloatArray:
    """Bring expected outcomes of one trial, or one unit of exposure, to the scale of the link.

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> linked(Family("binomial", "logit"), 0.5)
    array(0.)
    """
    given = np.asarray(mean, dtype=np.float64)
    if family.link == "cloglog":
        return np.asarray(np.log(-np.log1p(-given)))
    function: Any = {"logit": logit, "probit": ndtri, "log": np.log}[family.link]
    return np.asarray(function(given))


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
    return integral(family, centre.ravel(), spread.ravel()).mean.reshape(centre.shape)


class Integral(NamedTuple):
    """Expected outcomes averaged over groups, (...), and their derivatives.

    Attributes
    ----------
    mean : ndarray
    by_eta : ndarray
        The derivative in the linear predictor of the typical group.
    by_variance : ndarray
        That in the variance that the U give to it; 0 where that variance is 0, at the end of its
        range.
    """

    mean: FloatArray
    by_eta: FloatArray
    by_variance: FloatArray


def integral(family: Family, eta: FloatArray, variance: FloatArray) -> Integral:
    """Average expected outcomes over groups.

    Parameters
    ----------
    family : Family
    eta : (m,) array
        The linear predictors of the typical group.
    variance : (m,) array
        The variances that the U give to them.

    Returns
    -------
    Integral

    Notes
    -----
    With the logarithm as the link the integral is ``exp(η + variance / 2)``.  With the others it is
    a sum over evenly spaced points, which for a smooth function times a normal density is exact to
    rounding (Trefethen & Weideman 2014, *SIAM Review* 56(3)); the larger the variance, the closer
    the points.

    Examples
    --------
    >>> from mlmteach.model.family import Family
    >>> passing = Family("binomial", "logit")
    >>> integral(passing, np.array([2.0, 2.0]), np.array([0.0, 4.0])).mean.round(3)
    array([0.881, 0.775])
    """
    if family.is_count:
        mean = np.exp(eta + variance / 2.0)
        return Integral(mean, mean, mean / 2.0)
    curve, sd = distribution_of(family, np.zeros(1)), np.sqrt(variance)
    mean, by_eta, by_sd = np.zeros((3, len(eta)))
    widest = 0.3 if family.link == "cloglog" else 0.6  # by how far off the real line it is smooth
    for node, weight in normal_points(widest / max(1.0, float(sd.max(initial=0.0)))):
        at = eta + node * sd
        here = curve.mean(at)
        steepness = -curve.slope(at)[0] * (1.0 - here)  # dμ/dη, by the score of a 0
        mean += weight * here
        by_eta += weight * steepness
        by_sd += weight * node * steepness
    with np.errstate(divide="ignore", invalid="ignore"):
        by_variance = np.where(sd > 0.0, by_sd / (2.0 * sd), 0.0)
    return Integral(mean, by_eta, by_variance)


def normal_points(step: float) -> Iterator[tuple[float, float]]:
    """Give evenly spaced points of the standard normal distribution, with weights that sum to 1."""
    z = step * np.arange(-np.ceil(8.5 / step), np.ceil(8.5 / step) + 1.0)
    weights = np.exp(-0.5 * z**2)
    yield from zip(z, weights / weights.sum(), strict=True)


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
