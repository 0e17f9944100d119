"""The level at which a variable stands: 2 if it is constant within the groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlmteach.arrays import IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["first_rows", "first_varying_row", "level2_variables"]


def first_rows(codes: IntArray) -> IntArray:
    """Find, for each row, the first row of its group.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1, each present.

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> first_rows(np.array([1, 0, 1, 0])).tolist()
    [0, 1, 0, 1]
    """
    first = np.empty(int(codes.max()) + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last write, the first row, stays
    return first[codes]


def first_varying_row(values: NDArray[Any], first: IntArray) -> int | None:
    """Find the first row whose value differs from the first one of its group.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value a row.
    first : ndarray of int, shape (n,)
        The first row of each row's group, from :func:`first_rows`.

    Returns
    -------
    int or None
        The position of the row; None if the values are constant within every group.

    Examples
    --------
    >>> first_varying_row(np.array([3, 3, 5, 6]), first_rows(np.array([0, 0, 1, 1])))
    3
    """
    differs = values != values[first]
    row = int(differs.argmax())
    return row if differs[row] else None


def level2_variables(data: pd.DataFrame, *, group: str, variables: Iterable[str]) -> set[str]:
    """Name the variables that are constant within every group, as far as data can tell.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    group : str
        The grouping column.
    variables : iterable of str
        The columns to look at; those that the data do not have are passed over.

    Returns
    -------
    set of str
        Empty when no group has two rows, since then nothing can be told.
    """
    import pandas as pd

    if group not in data:
        return set()
    rows = data[data[group].notna()]
    codes = pd.factorize(rows[group])[0]
    if len(codes) == 0 or len(codes) == codes.max() + 1:
        return set()
    constant = set()
    for name in variables:
        if name not in rows:
            continue
        values, present = pd.factorize(rows[name])[0], rows[name].notna().to_numpy()
        inside = pd.factorize(codes[present])[0]
        if present.any() and first_varying_row(values[present], first_rows(inside)) is None:
            constant.add(name)
    return constant
