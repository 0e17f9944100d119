"""Groups of made-up units whose variances are exactly those that a picture speaks of."""

from __future__ import annotations

import numpy as np

from mlmteach.arrays import FloatArray

__all__ = ["standard_effects", "standard_units"]


def standard_effects(groups: int, columns: int, *, seed: int = 1) -> FloatArray:
    """Draw effects with mean 0, variance 1 and no correlation, exactly.

    Parameters
    ----------
    groups, columns : int
    seed : int

    Returns
    -------
    (groups, columns) array
        With the divisor ``groups``.
    """
    drawn = np.random.default_rng(seed).normal(size=(groups, columns))
    drawn -= drawn.mean(axis=0)
    factor = np.linalg.cholesky(drawn.T @ drawn / groups)
    effects: FloatArray = np.linalg.solve(factor, drawn.T).T
    return effects


def standard_units(groups: int, size: int, *, seed: int = 2) -> FloatArray:
    """Draw residuals with mean 0 in each group and variance 1 within groups, exactly.

    Parameters
    ----------
    groups, size : int
    seed : int

    Returns
    -------
    (groups, size) array
        With the divisor ``groups * (size - 1)``.
    """
    drawn = np.random.default_rng(seed).normal(size=(groups, size))
    drawn -= drawn.mean(axis=1, keepdims=True)
    units: FloatArray = drawn / np.sqrt((drawn**2).sum() / (groups * (size - 1)))
    return units
