"""What T and σ² say about groups: design effect, reliability, the spread of slopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from mlmteach.errors import OptionError
from mlmteach.fit.contrasts import gammas_of
from mlmteach.fit.variances import require_level

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["PlausibleRange", "design_effect", "plausible_range", "reliability", "share_negative"]


class PlausibleRange(NamedTuple):
    """The range in which a coefficient lies in most groups."""

    lower: float
    upper: float
    mean: float
    sd: float


def design_effect(fit: Fit) -> float:
    """How much larger clustering makes the variance of a mean: 1 + (n - 1) ICC.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    float
        With n the average size of the groups (Kish 1965, *Survey Sampling*).
    """
    return 1.0 + (fit.nobs / fit.ngroups - 1.0) * fit.icc


def reliability(fit: Fit) -> pd.DataFrame:
    """How reliably each group's own coefficients are measured.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    pandas.DataFrame
        One row a group, one column a U: ``τ_qq / (τ_qq + v_qqj)`` with v the sampling variance of
        the group's own least-squares estimate (Raudenbush & Bryk 2002, chapter 3).  In the model
        with a random intercept only it is the reliability of a group's mean,
        ``τ_00 / (τ_00 + σ² / n_j)``.  NaN where a group cannot tell its coefficients apart.
    """
    back = fit.moments.scaling.z_inverse
    zz = back.T @ fit.moments.zz @ back  # (J, q, q) in the data's units
    unit = np.sqrt(np.einsum("jaa->a", zz))
    scaled = zz / np.multiply.outer(unit, unit)
    least, most = np.linalg.eigvalsh(scaled)[:, [0, -1]].T
    known = least > 1e-10 * most
    noise = np.full((fit.ngroups, fit.moments.q), np.nan)
    inverse = np.linalg.inv(scaled[known])
    noise[known] = fit.scale * np.einsum("jaa->ja", inverse) / unit**2
    tau = np.diag(fit.cov_re)
    index = fit.design.groups.rename(fit.model.group)
    return pd.DataFrame(tau / (tau + noise), index=index, columns=list(fit.design.z_names))


def plausible_range(
    fit: Fit, coefficient: str, *, at: Mapping[str, float] | None = None, level: float = 0.95
) -> PlausibleRange:
    """Compute the range in which a random coefficient lies in most groups.

    Parameters
    ----------
    fit : Fit
    coefficient : str
        A random coefficient: ``"Intercept"``, or a level-1 predictor with a U.
    at : mapping of str to float, optional
        Values of the level-2 predictors of this coefficient; their means over groups where
        nothing is said.
    level : float
        The share of the groups.

    Returns
    -------
    PlausibleRange
        The mean of the coefficient plus and minus a normal quantile times √τ_qq (Raudenbush &
        Bryk 2002, chapter 4).
    """
    require_level(level)
    mean, sd = float(_means(fit, coefficient, at or {}).mean()), _sd(fit, coefficient)
    half = float(ndtri(0.5 + level / 2.0)) * sd
    return PlausibleRange(mean - half, mean + half, mean, sd)


def share_negative(fit: Fit, coefficient: str, *, at: Mapping[str, float] | None = None) -> float:
    """Estimate in which share of groups a random coefficient is negative.

    Parameters
    ----------
    fit : Fit
    coefficient : str
    at : mapping of str to float, optional
        Values of the level-2 predictors of this coefficient.  Where nothing is said, each group
        has its own, and the shares are averaged.

    Returns
    -------
    float
        By the normal distribution of the U.
    """
    means, sd = _means(fit, coefficient, at or {}), _sd(fit, coefficient)
    if sd == 0.0:
        return float(np.mean(means < 0.0))
    return float(np.mean(ndtr(-means / sd)))


def _position(fit: Fit, coefficient: str) -> int:
    if coefficient not in fit.design.z_names:
        raise OptionError(
            f"The coefficient '{coefficient}' is not random in this model.",
            f"Use {' or '.join(fit.design.z_names)}.",
        )
    return fit.design.z_names.index(coefficient)


def _sd(fit: Fit, coefficient: str) -> float:
    k = _position(fit, coefficient)
    return float(np.sqrt(fit.cov_re.to_numpy()[k, k]))


def _means(fit: Fit, coefficient: str, at: Mapping[str, float]) -> FloatArray:
    """The level-2 equation without U, one value a group, (J,)."""
    z = fit.design.Z[:, _position(fit, coefficient)]
    codes = fit.design.codes
    squares = np.bincount(codes, weights=z**2)
    known = squares > 0.0
    means = np.zeros(int(known.sum()))
    unused = set(at)
    for k, gamma in enumerate(gammas_of(fit)):
        if gamma.level1.name != coefficient:
            continue
        names = [factor.name for factor in gamma.level2.factors]
        unused -= set(names)
        if names and all(name in at for name in names):
            values = np.full(len(means), float(np.prod([at[name] for name in names])))
        else:  # the column of X is the level-2 predictor times z
            products = np.bincount(codes, weights=z * fit.design.X[:, k])
            values = products[known] / squares[known]
        means += float(fit.params.iloc[k]) * values
    if unused:
        raise OptionError(
            f"The coefficient '{coefficient}' does not depend on '{sorted(unused)[0]}'.",
            "Leave it out, or add it to the level-2 equation.",
        )
    return means
