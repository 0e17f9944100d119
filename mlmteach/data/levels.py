"""At which level the columns of a frame stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlmteach.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["levels"]


def levels(frame: pd.DataFrame, *, group: str | None) -> dict[str, int | None]:
    """Find the level of every column: 2 where it is constant within every group, otherwise 1.

    Missing values are passed over.  Where no group has two values the level cannot be told, and
    is None; so it is without `group`.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    group : str or None

    Returns
    -------
    dict
        From column to 1, 2 or None.  The grouping column itself is at level 2.
    """
    import pandas as pd

    if group is None:
        return dict.fromkeys(frame.columns)
    codes = pd.factorize(frame[group])[0]
    found = {name: _level(_comparable(frame[name]), codes) for name in frame.columns}
    return found | {group: 2}


def _comparable(column: pd.Series[Any]) -> NDArray[Any]:
    """Give numbers that are equal where the values are, negative or NaN where they are missing."""
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy(dtype=float)
    try:
        codes = pd.factorize(column)[0].astype(float)
    except TypeError:  # values such as lists, which cannot be hashed
        codes = pd.factorize(column.astype(str))[0].astype(float)
    codes[codes < 0] = np.nan
    return codes


def _level(values: FloatArray, codes: IntArray) -> int | None:
    present = (codes >= 0) & ~np.isnan(values)
    if not present.all():
        values, codes = values[present], codes[present]
    if len(codes) == 0:
        return None
    first = np.full(codes.max() + 1, -1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last assignment stays: the first row
    if len(codes) == np.count_nonzero(first >= 0):
        return None  # no group has two values
    return 2 if bool((values == values[first[codes]]).all()) else 1
