"""Predictions for new rows, in groups of the fit or in an average one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import DataError, FitError, OptionError
from mlmteach.fit.design import design_for_new

if TYPE_CHECKING:
    from mlmteach.fit.results import Fit

__all__ = ["predict"]


def predict(fit: Fit, new: pd.DataFrame | None, groups: str) -> pd.Series[float]:
    """Predict the outcome of new rows; see :meth:`mlmteach.fit.Fit.predict`.

    Parameters
    ----------
    fit : Fit
    new : pandas.DataFrame, optional
        The rows of the fit when left out.
    groups : {"known", "average"}

    Returns
    -------
    pandas.Series
    """
    if groups not in ("known", "average"):
        raise OptionError(
            f"Predictions for groups='{groups}' do not exist.", "Use 'known' or 'average'."
        )
    if new is None:
        old = fit.fittedvalues.to_numpy() if groups == "known" else fit.fixed_part
        return pd.Series(old, index=fit.frame.index, name="predicted")
    if fit.design.encoding is None:
        raise FitError(
            "This fit was made from bare arrays, so that new rows cannot become columns.",
            "Fit a Model to a DataFrame.",
        )
    rows = design_for_new(fit.model, fit.design.encoding, new)
    values = rows.X @ fit.params.to_numpy()
    if groups == "known":
        if fit.model.group not in new:
            raise DataError(
                f"The new data have no column '{fit.model.group}'.",
                "Add it, or use groups='average' to predict for a group that is not known.",
            )
        labels = pd.Index(rows.labels)
        where = fit.design.groups.get_indexer(labels)
        if np.any(where < 0):
            raise DataError(
                f"The group {labels[where < 0].tolist()[0]!r} was not in the data of this fit.",
                "Use groups='average' to predict for a group that is not known.",
            )
        values = values + np.einsum("nq,nq->n", rows.Z, fit.random_effects.to_numpy()[where])
    return pd.Series(values, index=new.index, name="predicted")
