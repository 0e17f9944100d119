"""Within, between and contextual effects of a predictor that varies at both levels.

Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 5; Snijders & Bosker (2012),
*Multilevel Analysis*, section 4.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import OptionError
from mlmteach.fit.contrasts import slope_weights, test_rows
from mlmteach.fit.slopes import observed_values

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.fit.intervals import Df
    from mlmteach.fit.results import Fit

__all__ = ["contextual_effects", "is_centred"]

CENTRED = 0.01  # share of the variance between groups below which a predictor counts as centred


def is_centred(fit: Fit, name: str) -> bool:
    """Whether a predictor's means are the same in all groups, or all but the same."""
    values, codes = observed_values(fit, name), fit.design.codes
    if len(values) != len(codes):
        raise OptionError(
            f"The predictor '{name}' does not vary within groups.", "Name a level-1 predictor."
        )
    means = np.bincount(codes, weights=values) / np.bincount(codes)
    return bool(np.var(means[codes]) < CENTRED * np.var(values))


def contextual_effects(
    fit: Fit, within: str, between: str, *, level: float = 0.95, df: Df = "satterthwaite"
) -> pd.DataFrame:
    """Compute the within, between and contextual effects of a predictor.

    Parameters
    ----------
    fit : Fit
        Of a model with both predictors.
    within : str
        The level-1 predictor, raw or centred at the means of the groups.
    between : str
        The groups' mean of it.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        Rows ``within``, ``between`` and ``contextual`` (between minus within); columns as from
        ``combinations``.  With a raw predictor, γ of the mean is the contextual effect; with a
        centred one it is the effect between.  What interacts with them is taken at 0.

    Raises
    ------
    OptionError
        When one of them is not in the model, or is at the wrong level.
    """
    inner, outer = slope_weights(fit, within, {}), slope_weights(fit, between, {})
    if len(observed_values(fit, between)) != fit.ngroups:
        raise OptionError(
            f"The predictor '{between}' varies within groups.",
            "Name the level-2 predictor that holds the means of the groups.",
        )
    if is_centred(fit, within):
        rows = np.array([inner, outer, outer - inner])
    else:
        rows = np.array([inner, inner + outer, outer])
    return test_rows(fit, rows, ["within", "between", "contextual"], level, df)
