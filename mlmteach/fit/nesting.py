"""Whether two fits are to the same rows, and whether one model is a case of the other.

Names do not decide: a model is nested in another when each mean ``X gamma`` and each covariance
matrix ``Z T Z'`` that it allows is allowed by the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import DataError
from mlmteach.fit.information import directions_of

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["combination", "mean_is_nested", "nested", "require_same_rows", "same_columns"]

CLOSE = 1e-7  # what is left of a column, in its own length, when it lies in a span


def require_same_rows(first: Fit, second: Fit, names: tuple[str, str]) -> None:
    """Raise a DataError when two fits are not to the same outcome, rows and groups.

    Parameters
    ----------
    first, second : Fit
    names : tuple of str
        What the fits are called in the message.
    """
    a, b = names
    if first.nobs != second.nobs:
        raise DataError(
            f"{a} was fitted to {first.nobs} rows and {b} to {second.nobs}, so that they cannot be "
            "compared.",
            "Drop the rows with missing values in any of the variables, and fit both again.",
        )
    if not np.allclose(first.design.y, second.design.y, rtol=1e-9, atol=0.0):
        raise DataError(
            f"{a} and {b} were fitted to different outcomes, or to rows in a different order.",
            "Fit both to the same outcome in the same frame.",
        )
    both = (
        first.design.groups.take(first.design.codes),
        second.design.groups.take(second.design.codes),
    )
    if not both[0].equals(both[1]):
        raise DataError(
            f"{a} and {b} have different groups.", "Fit both with the same grouping variable."
        )


def same_columns(first: Fit, second: Fit) -> bool:
    """Whether two fits have the same X, column by column, so that REML can be compared."""
    a, b = first.design.X, second.design.X
    return a is b or (a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=0.0)))


def mean_is_nested(small: Fit, large: Fit) -> bool:
    """Whether the columns of one X lie in the span of the other's."""
    return combination(small.design.X, large.design.X) is not None


def nested(small: Fit, large: Fit) -> bool:
    """Whether each distribution that one model allows is allowed by the other.

    Parameters
    ----------
    small, large : Fit
        To the same rows.

    Returns
    -------
    bool
    """
    if not mean_is_nested(small, large):
        return False
    change = combination(small.design.Z, large.design.Z)  # (q_large, q_small)
    if change is None:
        return False
    allowed = np.abs(directions_of(large.moments.blocks)).sum(axis=0) > 0.0
    spread = np.sqrt(np.einsum("na,na->a", large.design.Z, large.design.Z))
    for direction in directions_of(small.moments.blocks):
        wanted = np.abs(change @ direction @ change.T) * np.multiply.outer(spread, spread)
        if np.any(wanted[~allowed] > CLOSE * wanted.max()):
            return False
    return True


def combination(columns: FloatArray, of: FloatArray) -> FloatArray | None:
    """Write columns as linear combinations of others.

    Parameters
    ----------
    columns : (n, a) array
    of : (n, b) array

    Returns
    -------
    (b, a) array or None
        C with ``columns = of @ C``; None when there is no such C.

    Examples
    --------
    >>> combination(np.array([[2.0], [4.0]]), np.array([[1.0], [2.0]])).round(6).tolist()
    [[2.0]]
    """
    if not columns.shape[1]:
        return np.zeros((of.shape[1], 0))
    if not of.shape[1]:
        return None
    unit, length = (np.sqrt(np.einsum("na,na->a", m, m)) for m in (of, columns))
    solved = np.linalg.lstsq(of / unit, columns / length, rcond=None)[0]
    rest = columns / length - (of / unit) @ solved
    if float(np.sqrt(np.einsum("na,na->a", rest, rest)).max()) > CLOSE:
        return None
    weights: FloatArray = solved / unit[:, None] * length
    return weights
