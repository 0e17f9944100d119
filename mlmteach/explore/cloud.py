"""Groups of made-up units whose variances are exactly those that a picture speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlmteach.panels.live import draws

__all__ = ["standard_effects", "standard_units"]


def standard_effects(groups: int, columns: int, *, seed: Any = 1) -> Any:
    """Draw effects with mean 0, variance 1 and no correlation, exactly.

    Parameters
    ----------
    groups, columns : int
    seed : int or Live

    Returns
    -------
    (groups, columns) array
        With the divisor ``groups``.
    """
    drawn = draws(seed, groups * columns).reshape(columns, groups)
    made: list[Any] = []
    for place in range(columns):
        column = drawn[place] - drawn[place].mean()
        for other in made:  # Gram and Schmidt
            column = column - (column * other).mean() * other
        made.append(column / np.sqrt((column * column).mean()))
    return np.stack(made, axis=1)


def standard_units(groups: int, size: int, *, seed: Any = 2) -> Any:
    """Draw residuals with mean 0 in each group and variance 1 within groups, exactly.

    Parameters
    ----------
    groups, size : int
    seed : int or Live

    Returns
    -------
    (groups, size) array
        With the divisor ``groups * (size - 1)``.
    """
    drawn = draws(seed, groups * size).reshape(groups, size)
    drawn = drawn - drawn.mean(axis=1)[:, None]
    return drawn / np.sqrt((drawn * drawn).sum() / (groups * (size - 1)))
