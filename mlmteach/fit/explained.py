"""How the variance of the outcome divides between X, the U, and the level-1 residual.

Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4(2), and for random slopes Johnson
(2014), Methods in Ecology and Evolution 5(9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["RSquared", "explained", "random_variance"]


class RSquared(NamedTuple):
    """Explained shares of the variance of the outcome."""

    marginal: float
    conditional: float


def random_variance(solution: Solution, moments: Moments) -> float:
    """Compute the variance that the U give to an outcome, averaged over the rows.

    Returns
    -------
    float
        The mean of ``z'Tz`` over rows z of Z, in units of sigma2.
    """
    return float(np.sum(solution.psi * moments.zz.sum(axis=0))) / moments.n


def explained(fixed_part: FloatArray, random: float, residual: float) -> RSquared:
    """Divide the variance.

    Parameters
    ----------
    fixed_part : (n,) array
        ``X gamma``.
    random, residual : float
        The variances of the U's part and of the level-1 residual.

    Returns
    -------
    RSquared
        ``marginal``: the share of X; ``conditional``: the share of X and the U together.
    """
    fixed = float(np.var(fixed_part, ddof=1))
    total = fixed + random + residual
    return RSquared(fixed / total, (fixed + random) / total)
