"""Linear combinations of γ: their estimates, standard errors, tests and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from mlmteach.errors import FitError, OptionError
from mlmteach.fit.variances import require_level

if TYPE_CHECKING:
    from mlmteach.fit.intervals import Df
    from mlmteach.fit.kenward_roger import KenwardRoger
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit
    from mlmteach.model.symbols import Gamma

__all__ = ["combinations", "gammas_of", "slope_weights", "test_rows", "tests_of"]


def combinations(
    fit: Fit,
    weights: Mapping[str, Mapping[str, float]],
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> pd.DataFrame:
    """Estimate and test linear combinations of γ.

    Parameters
    ----------
    fit : Fit
    weights : mapping of str to mapping of str to float
        For each combination, which is called by its key, the weights of the terms of γ; terms
        that are left out have none.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        One row a combination; columns ``estimate``, ``SE``, ``df``, ``t``, ``p``, ``lower`` and
        ``upper``.

    Raises
    ------
    OptionError
        When there is no such term.
    """
    names = list(fit.params.index)
    rows = np.zeros((len(weights), len(names)))
    for row, (_, terms) in zip(rows, weights.items(), strict=True):
        for term, weight in terms.items():
            if term not in names:
                raise OptionError(f"There is no term '{term}'.", f"Use {', '.join(names)}.")
            row[names.index(term)] = weight
    return test_rows(fit, rows, list(weights), level, df)


def test_rows(
    fit: Fit, rows: FloatArray, index: list[str] | pd.Index[float], level: float, df: Df
) -> pd.DataFrame:
    """Estimate and test combinations that are given as rows of weights, (m, p)."""
    require_level(level)
    by = tests_of(fit, df)
    vcov = by.cov_params().to_numpy()
    estimate = rows @ fit.params.to_numpy()  # (m, p) @ (p,)
    se = np.sqrt(np.einsum("mp,pq,mq->m", rows, vcov, rows))
    degrees = by.contrast_df(rows)
    t = estimate / se
    half = se * np.asarray(stdtrit(degrees, 0.5 + level / 2.0))
    return pd.DataFrame(
        {
            "estimate": estimate,
            "SE": se,
            "df": degrees,
            "t": t,
            "p": 2.0 * np.asarray(stdtr(degrees, -np.abs(t))),
            "lower": estimate - half,
            "upper": estimate + half,
        },
        index=index,
    )


def tests_of(fit: Fit, df: Df) -> Fit | KenwardRoger:
    """Return what has the standard errors, df, t and p of γ by a method.

    Raises
    ------
    OptionError
        When there is no such method.
    """
    if df == "satterthwaite":
        return fit
    if df == "kenward-roger":
        return fit.kenward_roger
    raise OptionError(f"There are no df '{df}'.", "Use 'satterthwaite' or 'kenward-roger'.")


def gammas_of(fit: Fit) -> tuple[Gamma, ...]:
    """Return the γ of the fitted model with their terms.

    Raises
    ------
    FitError
        When the fit was made from bare arrays.
    """
    gammas: tuple[Gamma, ...] | None = getattr(fit.model, "gammas", None)
    if gammas is None:
        raise FitError(
            "This fit was made from bare arrays, so that its columns are not terms of a model.",
            "Fit a Model to a DataFrame.",
        )
    return gammas


def slope_weights(fit: Fit, predictor: str, at: Mapping[str, float]) -> FloatArray:
    """Weights of γ in the slope of a predictor.

    Parameters
    ----------
    fit : Fit
    predictor : str
        A variable, or a contrast such as ``"sex[T.F]"``.
    at : mapping of str to float
        Values of the variables that it interacts with; 0 where nothing is said.

    Returns
    -------
    (p,) array

    Raises
    ------
    OptionError
        When the predictor, or one that values are given for, is not in the model, or when the
        slope is not the same at all values of the predictor.
    """
    gammas = gammas_of(fit)
    weights = np.zeros(len(gammas))
    partners = set()
    for k, gamma in enumerate(gammas):
        factors = (gamma.level2 * gamma.level1).factors
        names = [factor.name for factor in factors]
        if names.count(predictor) != 1:
            used = any(predictor in factor.variables and not factor.suffix for factor in factors)
            if predictor in names or used:
                raise OptionError(
                    f"The slope of '{predictor}' is not one number, since the model has "
                    f"'{gamma.name}'.",
                    "Ask for it in a model in which the predictor enters linearly.",
                )
            continue
        names.remove(predictor)
        partners.update(names)
        weights[k] = np.prod([at.get(name, 0.0) for name in names])
    if not weights.any() and not partners:
        single = sorted({f.name for gamma in gammas for f in (gamma.level2 * gamma.level1).factors})
        raise OptionError(
            f"There is no predictor '{predictor}' in the model.", f"Use {', '.join(single)}."
        )
    strangers = set(at) - partners
    if strangers:
        choices = ", ".join(sorted(partners)) or "no variable"
        raise OptionError(
            f"The slope of '{predictor}' does not depend on '{sorted(strangers)[0]}'.",
            f"In this model it depends on {choices}.",
        )
    return weights
