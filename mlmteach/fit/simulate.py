"""New outcomes from a fitted model, and fits to them that reuse the design.

X'X, Z'Z and Z'X do not change with the outcome; a refit computes only Z'y, X'y and y'y anew, and
starts from the optimum of the first fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from mlmteach.errors import DataError, FitError, OptionError
from mlmteach.fit.design import design_for_new
from mlmteach.fit.engines import convergence_message, singular_messages
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.moments import outcome_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.replication import require_count, require_seed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.optimum import Optimum

__all__ = ["draw", "predict", "refit", "reoptimise", "simulate"]

E = TypeVar("E", bound=Estimated)

OFF_THE_BOUNDARY = 0.05  # added to Lambda's diagonal where a search starts from an optimum


def draw(fit: Estimated, generator: np.random.Generator) -> FloatArray:
    """Draw one outcome from the fitted model.

    Parameters
    ----------
    fit : Estimated
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


def simulate(
    fit: Estimated, n: int = 1, seed: int | np.random.Generator | None = None
) -> pd.DataFrame:
    """Draw outcomes from the fitted model; see :meth:`mlmteach.Fit.simulate`."""
    require_count(n)
    if not isinstance(seed, np.random.Generator):
        require_seed(seed)
    generator = np.random.default_rng(seed)
    draws = {f"sim_{i + 1}": draw(fit, generator) for i in range(n)}
    return pd.DataFrame(draws, index=fit.frame.index)


def reoptimise(fit: Estimated, y: FloatArray) -> tuple[Moments, Optimum]:
    """Find the optimum of the same design for another outcome: the core of a bootstrap.

    Parameters
    ----------
    fit : Estimated
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


def refit(fit: E, y: ArrayLike) -> E:
    """Fit the design to another outcome; see :meth:`mlmteach.Fit.refit`."""
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


# --- predictions for new rows, in groups of the fit or in an average one ------------------


def predict(
    fit: Estimated, new: pd.DataFrame | None = None, *, groups: str = "known"
) -> pd.Series[float]:
    """Predict the outcome of new rows; see :meth:`mlmteach.Fit.predict`."""
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
