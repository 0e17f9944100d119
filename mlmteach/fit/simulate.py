"""New outcomes from a fitted model, and fits to them that reuse the design.

X'X, Z'Z and Z'X do not change with the outcome; a refit computes only Z'y, X'y and y'y anew, and
starts from the optimum of the first fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import DataError
from mlmteach.fit.draws import require_count, require_seed
from mlmteach.fit.messages import convergence_message, singular_messages
from mlmteach.fit.moments import outcome_products
from mlmteach.fit.optimum import minimise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.results import Fit
    from mlmteach.fit.verdict import Optimum

__all__ = ["draw", "refit", "reoptimise", "simulate"]

OFF_THE_BOUNDARY = 0.05  # added to Lambda's diagonal where a search starts from an optimum


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
    y = fit.fixed_part.copy()
    for k in range(fit.moments.q):
        y += design.Z[:, k] * effects[design.codes, k]
    y += sigma * generator.standard_normal(fit.nobs)
    return y


def simulate(fit: Fit, n: int, seed: int | np.random.Generator | None) -> pd.DataFrame:
    """Draw outcomes from the fitted model; see :meth:`mlmteach.fit.Fit.simulate`."""
    require_count(n)
    if not isinstance(seed, np.random.Generator):
        require_seed(seed)
    generator = np.random.default_rng(seed)
    draws = {f"sim_{i + 1}": draw(fit, generator) for i in range(n)}
    return pd.DataFrame(draws, index=fit.frame.index)


def reoptimise(fit: Fit, y: FloatArray) -> tuple[Moments, Optimum]:
    """Find the optimum of the same design for another outcome: the core of a bootstrap.

    Parameters
    ----------
    fit : Fit
    y : (n,) array

    Returns
    -------
    Moments
        In the internal units of ``fit.moments.scaling``.
    Optimum
    """
    moments = fit.moments.with_outcome(*outcome_products(fit.design, fit.moments.scaling, y))
    start = fit.optimum.factor + OFF_THE_BOUNDARY * np.eye(moments.q)
    return moments, minimise(moments, fit.reml, start)


def refit(fit: Fit, y: ArrayLike) -> Fit:
    """Fit the design to another outcome; see :meth:`mlmteach.fit.Fit.refit`."""
    if isinstance(y, pd.Series) and y.index.is_unique and fit.frame.index.isin(y.index).all():
        y = y[fit.frame.index]  # whatever its order, and whether rows were dropped or not
    try:
        values = np.asarray(y, dtype=float)
    except (TypeError, ValueError):
        raise DataError("The new outcome is not numeric.", "Give one number a row.") from None
    if values.shape != (fit.nobs,):
        raise DataError(
            f"The new outcome has shape {values.shape}, but the fit used {fit.nobs} rows.",
            "Give one value for each row of fit.frame.",
        )
    with np.errstate(over="ignore"):
        usable = np.isfinite(values @ values)
    if not usable:
        raise DataError(
            "The new outcome has missing, infinite or immense values.",
            "Give a number for each row.",
        )
    moments, optimum = reoptimise(fit, values)
    result = fit.with_changes(
        design=replace(fit.design, y=values),
        moments=moments,
        optimum=optimum,
        engine="profiled",
    )
    short = convergence_message(optimum)
    messages: tuple[str, ...] = () if short is None else (short,)
    if optimum.singular:
        messages += singular_messages(result.cov_re.to_numpy(), fit.design.z_names)
    return result.with_changes(messages=messages)
