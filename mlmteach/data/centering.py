"""Centring: on the mean of all rows, or on the mean of each group.

In a two-level model these ask different questions.  Centred within groups, a level-1 predictor
has the within-group slope alone; its group mean, put in at level 2, has the between-group one.
Centred on the grand mean, the slope is a blend of the two, unless the group mean is in the model.
See Enders, C. K., & Tofighi, D. (2007). Centering predictor variables in cross-sectional
multilevel models: a new look at an old issue. Psychological Methods, 12, 121-138, who call the
two CWC and CGM.

The functions on arrays come first; those on data frames return a column of the same index.
Missing values stay missing, and no mean takes them in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.plain import group_codes, plain_column
from mlmteach.data.sources import refuse_twins
from mlmteach.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "center_grand",
    "center_within",
    "grand_mean",
    "group_mean",
    "group_means",
    "standardize",
]


def grand_mean(x: ArrayLike) -> float:
    """Give the mean of all values that are there.

    Parameters
    ----------
    x : array_like, shape (n,)

    Returns
    -------
    float
        NaN when there is no value.

    Examples
    --------
    >>> grand_mean([1, 2, float("nan"), 6])
    3.0
    """
    values = np.asarray(x, dtype=float)
    present = values[~np.isnan(values)]
    return float(present.mean()) if len(present) else float("nan")


def group_means(x: ArrayLike, codes: ArrayLike) -> FloatArray:
    """Give the mean of each group.

    Parameters
    ----------
    x : array_like, shape (n,)
    codes : array_like of int, shape (n,)
        The group of each row, 0 to J - 1; negative where it is missing.

    Returns
    -------
    ndarray, shape (J,)
        NaN for a group without a value.  ``group_means(x, codes)[codes]`` has a mean a row.

    Examples
    --------
    >>> group_means([1, 3, 10], [0, 0, 1])
    array([ 2., 10.])
    """
    values, groups = np.asarray(x, dtype=float), np.asarray(codes, dtype=np.intp)
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    present = ~np.isnan(values) & (groups >= 0)
    values, groups = values[present], groups[present]
    counts = np.bincount(groups, minlength=n_groups)  # (J,)
    # A group of equal values has exactly that mean: sums are taken of departures from a first one.
    origin = np.zeros(n_groups)
    origin[groups[::-1]] = values[::-1]
    sums = np.bincount(groups, weights=values - origin[groups], minlength=n_groups)
    means = np.full(n_groups, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    means += origin
    return means


def group_mean(frame: pd.DataFrame, column: str, *, group: str) -> pd.Series[float]:
    """Give every row the mean of its group, for use as a level-2 predictor.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    column, group : str
        A numeric column, and that of the groups.

    Returns
    -------
    pandas.Series, shape (n,)
        In the unit of the column; missing where the group is.

    Raises
    ------
    DataError
        When a column is not there or is not numeric.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"school": ["a", "a", "b"], "ses": [1.0, 3.0, 10.0]})
    >>> group_mean(frame, "ses", group="school").tolist()
    [2.0, 2.0, 10.0]
    """
    values, codes = _numbers(frame, column), _codes(frame, group)
    means = np.append(group_means(values, codes), np.nan)  # code -1, a missing group, takes NaN
    return _series(means[codes], frame, f"{column}_mean")


def center_within(frame: pd.DataFrame, column: str, *, group: str) -> pd.Series[float]:
    """Subtract the mean of the group: 0 is the mean of the row's own group (CWC).

    Parameters, errors and missing values are those of :func:`group_mean`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"school": ["a", "a", "b"], "ses": [1.0, 3.0, 10.0]})
    >>> center_within(frame, "ses", group="school").tolist()
    [-1.0, 1.0, 0.0]
    """
    means = group_mean(frame, column, group=group).to_numpy()
    return _series(_numbers(frame, column) - means, frame, f"{column}_within")


def center_grand(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Subtract the mean of all rows: 0 is the overall mean (CGM).

    Examples
    --------
    >>> import pandas as pd
    >>> center_grand(pd.DataFrame({"ses": [1.0, 3.0, 11.0]}), "ses").tolist()
    [-4.0, -2.0, 6.0]
    """
    values = _numbers(frame, column)
    return _series(values - grand_mean(values), frame, f"{column}_centered")


def standardize(frame: pd.DataFrame, column: str, *, ddof: int = 1) -> pd.Series[float]:
    """Subtract the mean of all rows and divide by the standard deviation.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    column : str
        A numeric column.
    ddof : int
        The variance divides by n - ddof.

    Returns
    -------
    pandas.Series, shape (n,)
        In standard deviations.

    Raises
    ------
    DataError
        When the column is not there, is not numeric or does not vary.

    Examples
    --------
    >>> import pandas as pd
    >>> standardize(pd.DataFrame({"ses": [1.0, 2.0, 3.0]}), "ses").tolist()
    [-1.0, 0.0, 1.0]
    """
    values = _numbers(frame, column)
    present = values[~np.isnan(values)]
    if len(present) <= ddof or (present == present[0]).all():
        raise DataError(
            f"The column '{column}' does not vary, so it has no standard deviation to divide by.",
            "Leave it out, or use it as it is.",
        )
    deviation = float(present.std(ddof=ddof))
    return _series((values - grand_mean(values)) / deviation, frame, f"{column}_standardized")


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    refuse_twins(frame)
    if name not in frame.columns:
        raise DataError(
            f"There is no column '{name}'.",
            f"{did_you_mean(name, list(map(str, frame.columns)))}"
            f"The columns are: {', '.join(map(str, frame.columns))}.",
        )
    return frame[name]


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    column = plain_column(_column(frame, name))
    if column.dtype.kind not in "fiub":
        raise DataError(
            f"The column '{name}' holds {column.dtype} values, which have no mean.",
            "Choose a numeric column, or code its categories as 0 and 1.",
        )
    return column.to_numpy(dtype=float)


def _codes(frame: pd.DataFrame, group: str) -> IntArray:
    return group_codes(_column(frame, group))[0]


def _series(values: FloatArray, frame: pd.DataFrame, name: str) -> pd.Series[float]:
    import pandas as pd

    return pd.Series(values, index=frame.index, name=name)
