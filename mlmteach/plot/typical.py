"""Rows for a line in a figure: one predictor moves, the others rest at a typical value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError, suggest

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Estimated

__all__ = ["numeric_predictor", "resting", "typical_values"]


def typical_values(fit: Estimated) -> dict[str, Any]:
    """Give each predictor a typical value: the mean of a number, the commonest category.

    A level-2 predictor is averaged over groups, not over rows.

    Parameters
    ----------
    fit : Estimated
        A fitted model.

    Returns
    -------
    dict of str to value
    """
    frame, model = fit.frame, fit.model
    upper = {v for c in model.bare for t in c.predictors for v in t.variables}
    groups = frame.drop_duplicates(model.group)
    values: dict[str, Any] = {}
    for name in predictors(fit):
        column = groups[name] if name in upper else frame[name]
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        values[name] = float(column.mean()) if numeric else column.mode().iloc[0]
    return values


def predictors(fit: Estimated) -> list[str]:
    """List the columns that the model uses as predictors."""
    model = fit.model
    return [v for v in model.variables if v != model.group and v not in model.outcome.variables]


def numeric_predictor(fit: Estimated, name: str) -> str:
    """Check that a name is a numeric predictor of the model.

    Raises
    ------
    OptionError
        If it is not.
    """
    known = [v for v in predictors(fit) if pd.api.types.is_numeric_dtype(fit.frame[v].dtype)]
    if name not in known:
        raise OptionError(
            f"'{name}' is no numeric predictor of the model.",
            suggest(name, known) if known else "Choose a model that has one.",
        )
    return name


def resting(fit: Estimated, moving: dict[str, Any]) -> pd.DataFrame:
    """Make rows in which some predictors take given values and the others rest.

    Parameters
    ----------
    fit : Estimated
        A fitted model.
    moving : dict of str to array of shape (m,)
        The values of the predictors that move.

    Returns
    -------
    pandas.DataFrame, m rows
    """
    length = len(np.atleast_1d(next(iter(moving.values()))))
    still = {name: v for name, v in typical_values(fit).items() if name not in moving}
    return pd.DataFrame({**moving, **{name: [value] * length for name, value in still.items()}})
