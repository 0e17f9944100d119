"""How much variance the predictors of a model explain at each level.

Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 4: the reduction of a variance
from one model to another.  Snijders & Bosker (2012), *Multilevel Analysis*, chapter 7: the
reduction of the error with which a value, or a group's mean, is predicted; for models with random
slopes it is computed from the same model with a random intercept only, as they advise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from mlmteach.fit.moments import cross_products
from mlmteach.fit.nesting import combination
from mlmteach.fit.optimum import minimise
from mlmteach.fit.variances import variances

if TYPE_CHECKING:
    from mlmteach.fit.design import Design
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["NEGATIVE", "PredictionError", "prediction_error_reduction", "variance_reduction"]

NEGATIVE = (
    "A share of explained variance is negative. That is possible: a predictor that varies within "
    "groups lowers the variance within, so that less of the observed variation between groups is "
    "put down to chance, and the estimated variance between groups rises. It can also be chance, "
    "or a sign that the fixed part of the model is wrong."
)


class PredictionError(NamedTuple):
    """Snijders and Bosker's shares of explained variance.

    ``level1`` is the reduction of the error for a single value, ``level2`` for a group's mean.
    """

    level1: float
    level2: float


def variance_reduction(fit: Fit, fits: Sequence[Fit]) -> pd.Series[float]:
    """Compute the share by which each variance is smaller than in an earlier model.

    Parameters
    ----------
    fit : Fit
    fits : sequence of Fit
        A variance is compared with that of the first of them that has it.

    Returns
    -------
    pandas.Series
        One entry a variance of the fit, such as ``sigma2`` and ``var(Intercept)``; NaN where the
        earlier one is 0.
    """
    now, shares = variances(fit), {}
    for name in now.index[~now.index.str.startswith("cov(")]:
        before = next((v[name] for v in map(variances, fits) if name in v.index), now[name])
        shares[str(name)] = 1.0 - now[name] / before if before > 0.0 else np.nan
    return pd.Series(shares, dtype=float)


def prediction_error_reduction(fit: Fit) -> PredictionError:
    """Compute Snijders and Bosker's shares of explained variance, against the empty model.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    PredictionError
        A group's mean is that of a group of representative size, the harmonic mean of the sizes.
        NaN when the fixed part holds no constant, since the empty model is then no case of it.
    """
    sizes = np.bincount(fit.design.codes)
    size = len(sizes) / float(np.sum(1.0 / sizes))
    one = np.ones((fit.nobs, 1))
    if combination(one, fit.design.X) is None:
        return PredictionError(np.nan, np.nan)
    tau, sigma2 = _random_intercept(fit.design, fit.design.X, fit.design.x_names, fit.reml)
    tau0, sigma20 = _random_intercept(fit.design, one, ("Intercept",), fit.reml)
    return PredictionError(
        1.0 - (sigma2 + tau) / (sigma20 + tau0),
        1.0 - (sigma2 / size + tau) / (sigma20 / size + tau0),
    )


def _random_intercept(
    design: Design, x: FloatArray, names: tuple[str, ...], reml: bool
) -> tuple[float, float]:
    """Return tau_00 and sigma2 of the model with these columns of X and a random intercept."""
    one = np.ones((len(design.y), 1))
    simple = replace(design, X=x, Z=one, x_names=names, z_names=("Intercept",), blocks=((0,),))
    moments = cross_products(simple)
    solution = minimise(moments, reml).solution
    sigma2 = solution.sigma2 * moments.scaling.y_scale**2
    z = float(moments.scaling.z[0, 0])
    return sigma2 * z**2 * float(solution.psi[0, 0]), sigma2
