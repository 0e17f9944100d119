"""New outcomes from a fitted model, and fits to them that reuse the design.

X'X, Z'Z and Z'X do not change with the outcome; a refit computes only Z'y, X'y and y'y anew, and
starts from the optimum of the first fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import DataError
from mlmteach.fit.messages import convergence_message, singular_messages
from mlmteach.fit.moments import outcome_products
from mlmteach.fit.optimum import minimise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.optimum import Optimum
    from mlmteach.fit.results import Fit

__all__ = ["draw", "refit", "reoptimise", "simulate"]


def draw(fit: Fit, generator: np.random.Generator) -> FloatArray:
    """Draw one outcome from the fitted model.

    Parameters
    ----------
    fit : Fit
    generator : numpy.random.Generator

    Returns
    -------
    (n,) array
        ``X gamma + Z U + e`` with new U and new e.
    """
    design, sigma = fit.design, np.sqrt(fit.scale)
    effects = sigma * generator.standard_normal((fit.ngroups, fit.moments.q))
    effects = effects @ fit.relative_factor.T  # (J, q) @ (q, q)
    y = design.X @ fit.params.to_numpy()
    for k in range(fit.moments.q):
        y += design.Z[:, k] * effects[design.codes, k]
    y += sigma * generator.standard_normal(fit.nobs)
    return y


def simulate(fit: Fit, n: int, seed: int | np.random.Generator | None) -> pd.DataFrame:
    """Draw outcomes from the fitted model; see :meth:`mlmteach.fit.Fit.simulate`."""
    generator = np.random.default_rng(seed)
    draws = {f"sim_{i + 1}": draw(fit, generator) for i in range(n)}
    return pd.DataFrame(draws, index=fit.frame.index)


def reoptimise(fit: Fit, y: FloatArray) -> Optimum:
    """The optimum of the same design for another outcome, from the first fit's optimum.

    Parameters
    ----------
    fit : Fit
    y : (n,) array

    Returns
    -------
    Optimum
        In the internal units of ``fit.moments.scaling``.
    """
    moments = fit.moments.with_outcome(*outcome_products(fit.design, fit.moments.scaling, y))
    start = fit.optimum.factor + 0.05 * np.eye(moments.q)  # off the boundary
    return minimise(moments, fit.reml, start)


def refit(fit: Fit, y: ArrayLike) -> Fit:
    """Fit the design to another outcome; see :meth:`mlmteach.fit.Fit.refit`."""
    values = np.asarray(y, dtype=float)
    if values.shape != (fit.nobs,):
        raise DataError(
            f"The new outcome has shape {values.shape}, but the fit used {fit.nobs} rows.",
            "Give one value for each row of fit.frame.",
        )
    if not np.all(np.isfinite(values)):
        raise DataError(
            "The new outcome has missing or infinite values.", "Give a number for each row."
        )
    from dataclasses import replace

    moments = fit.moments.with_outcome(*outcome_products(fit.design, fit.moments.scaling, values))
    optimum = minimise(moments, fit.reml, fit.optimum.factor + 0.05 * np.eye(moments.q))
    result = fit.with_changes(
        design=replace(fit.design, y=values),
        moments=moments,
        optimum=optimum,
        engine="profiled",
        messages=(),
    )
    short = convergence_message(optimum)
    messages = () if short is None else (short,)
    if optimum.singular:
        messages += singular_messages(result.cov_re.to_numpy(), fit.design.z_names)
    return result.with_changes(messages=messages)
