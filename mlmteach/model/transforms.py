"""The functions that formulas know beside those of formulaic, first of all centring in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["group_functions"]


def group_functions(labels: pd.Series[Any]) -> dict[str, Callable[..., Any]]:
    """``group_mean(x)`` and ``center_within(x)`` for rows of these groups; ``sqrt(x)``, ``abs(x)``.

    The means are those of the data in which the function was used first; a group that was not
    among them gets the mean of its own rows.

    Parameters
    ----------
    labels : pandas.Series, shape (n,)
        The group of each row.

    Returns
    -------
    dict of str to callable
        The names as formulas use them.
    """
    from formulaic.transforms import stateful_transform

    def means(values: pd.Series[Any], state: dict[str, Any]) -> pd.Series[Any]:
        here = values.groupby(labels.to_numpy()).mean()
        known = state.setdefault("means", here)
        return labels.map(known.combine_first(here)).astype(float).set_axis(values.index)

    def group_mean(data: Any, _state: Any = None) -> Any:
        return means(data.astype(float), _state)

    def center_within(data: Any, _state: Any = None) -> Any:
        return data.astype(float) - means(data.astype(float), _state)

    return {
        "sqrt": np.sqrt,  # formulaic has log and exp
        "abs": np.abs,
        "group_mean": stateful_transform(group_mean),
        "center_within": stateful_transform(center_within),
    }
