"""The free elements of T, and sigma2 or a shape: their names, their values, their Wald intervals.

Two scales are in use.  ``"variance"`` has the elements themselves: ``var(Intercept)``,
``cov(Intercept, ses)``, ``sigma2``.  ``"sd"`` has standard deviations and correlations:
``sd(Intercept)``, ``cor(Intercept, ses)``, ``sigma``.  Where categories have variances of their
own, sigma2 is ``sigma2[F]``, ``sigma2[M]``, and the list is longer: k elements of T, then K.
With two groupings each coefficient says whose it is: ``var(Intercept | school)``.
Yes/no outcomes and counts have no sigma2 (K is 0), but a negative binomial has its ``shape``, on
both scales (K is 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Linear
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.profiled import psi_jacobian
from mlmteach.fit.satterthwaite import variance_parameter_covariance
from mlmteach.fit.theta import basis_of, places

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.marginal import Problem
    from mlmteach.fit.moments import Scaling
    from mlmteach.fit.optimum import AnyMoments, Found
    from mlmteach.fit.theta import Blocks

__all__ = [
    "Scale",
    "covariance_of",
    "generalized_values",
    "names_of",
    "parameter_values",
    "require_level",
    "require_scale",
    "standard_errors",
    "to_sd_scale",
    "variance_names",
    "variance_values",
    "variances",
    "wald",
]

Scale: TypeAlias = Literal["sd", "variance"]


def require_level(level: object) -> None:
    """Raise an OptionError for a confidence level that is not between 0 and 1."""
    if not (isinstance(level, int | float | np.floating) and 0.0 < level < 1.0):
        raise OptionError(
            f"A confidence level of {level!r} is not between 0 and 1.", "Use 0.95 for 95 %."
        )


def require_scale(scale: str) -> None:
    """Raise an OptionError for a scale that does not exist."""
    if scale not in ("sd", "variance"):
        raise OptionError(
            f"There is no scale '{scale}'.",
            "Use 'variance', or 'sd' for standard deviations and correlations.",
        )


def variance_names(z_names: tuple[str, ...], blocks: Blocks, scale: Scale) -> list[str]:
    """Name the free elements of T, in the order of theta.

    Examples
    --------
    >>> variance_names(("Intercept", "ses"), ((0, 1),), "sd")
    ['sd(Intercept)', 'cor(Intercept, ses)', 'sd(ses)']
    """
    own, shared = ("sd", "cor") if scale == "sd" else ("var", "cov")
    return [
        f"{own}({z_names[row]})"
        if row == column
        else f"{shared}({z_names[column]}, {z_names[row]})"
        for row, column in places(blocks)
    ]


def variance_values(
    covariance: FloatArray, sigma2: float | FloatArray, blocks: Blocks
) -> FloatArray:
    """List the free elements of T, and sigma2 or a shape, on the variance scale, (k + K,)."""
    return np.append([covariance[place] for place in places(blocks)], sigma2)


def parameter_values(optimum: Found[Any], moments: AnyMoments) -> FloatArray:
    """List γ, the free elements of T, and σ² at an optimum, in the data's units, (p + k + K,)."""
    scaling, solution = moments.scaling, optimum.solution
    gamma = scaling.y_scale * (scaling.x @ solution.gamma) + scaling.shift
    sigma2 = scaling.y_scale**2 * solution.sigma2
    covariance = sigma2 * (scaling.z @ solution.psi @ scaling.z.T)
    ratios = 1.0 if optimum.log_ratios is None else np.exp(optimum.log_ratios)
    return np.concatenate([gamma, variance_values(covariance, sigma2 * ratios, moments.blocks)])


def generalized_values(problem: Problem, scaling: Scaling, parameters: FloatArray) -> FloatArray:
    """List γ, the free elements of T, and a shape, in the data's units, (p + k + K,)."""
    gamma, factor = problem.parted(parameters)
    inner = scaling.z @ factor
    own = np.exp(parameters[len(parameters) - problem.has_shape :])
    return np.append(scaling.x @ gamma, variance_values(inner @ inner.T, own, problem.blocks))


def to_sd_scale(values: FloatArray, blocks: Blocks, *, shape: bool = False) -> FloatArray:
    """Turn variances and covariances into standard deviations and correlations.

    Parameters
    ----------
    values : (..., k + K) array
        As from :func:`variance_values`.
    blocks : tuple of tuple of int
    shape : bool
        Whether the last is a shape, which stays.

    Returns
    -------
    (..., k + K) array
        A correlation with a variance of zero is not defined: NaN.
    """
    where = places(blocks)
    position = {place: m for m, place in enumerate(where)}
    result = np.empty_like(values)
    rest = values[..., len(where) :]
    result[..., len(where) :] = rest if shape else np.sqrt(rest)
    for m, (row, column) in enumerate(where):
        if row == column:
            result[..., m] = np.sqrt(values[..., m])
            continue
        product = values[..., position[row, row]] * values[..., position[column, column]]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = values[..., m] / np.sqrt(product)
        result[..., m] = np.where(product > 0.0, np.clip(ratio, -1.0, 1.0), np.nan)
    return result


def variances(fit: Fitted, scale: Scale = "variance", *, grouped: bool = False) -> pd.Series[float]:
    """List the estimates of the free elements of T, and of sigma2 or a shape.

    Parameters
    ----------
    fit : Fitted
    scale : {"variance", "sd"}
    grouped : bool
        Whether names say of which grouping they are, where it is the only one too.

    Returns
    -------
    pandas.Series
    """
    require_scale(scale)
    values = _values(fit)
    return pd.Series(_on_scale(values, fit, scale), index=names_of(fit, scale, grouped=grouped))


def names_of(fit: Fitted, scale: Scale, *, grouped: bool = False) -> list[str]:
    """Name the free elements of T, and sigma2 or a shape, of a fit."""
    z_names = fit.design.z_names
    if grouped and len(fit.effects) == 1:
        z_names = tuple(f"{name} | {fit.model.group}" for name in z_names)
    names = variance_names(z_names, fit.design.blocks, scale)
    if not isinstance(fit, Linear):
        return names if fit.shape is None else [*names, "shape"]
    own, strata = "sigma" if scale == "sd" else "sigma2", fit.moments.strata
    return [*names, *([own] if strata is None else [f"{own}[{name}]" for name in strata.names])]


def _values(fit: Fitted) -> FloatArray:
    own = fit.residual_variances if fit.shape is None else [fit.shape]
    return variance_values(fit.covariance, np.asarray(own, dtype=np.float64), fit.design.blocks)


def _on_scale(values: FloatArray, fit: Fitted, scale: Scale) -> FloatArray:
    if scale == "variance":
        return values
    return to_sd_scale(values, fit.design.blocks, shape=fit.shape is not None)


def standard_errors(fit: Fitted) -> pd.Series[float]:
    """Standard errors of the variances, by the delta method from the curvature of the criterion.

    Parameters
    ----------
    fit : Fitted

    Returns
    -------
    pandas.Series
        On the variance scale; all NaN when T is singular, where the method does not hold.
    """
    covariance = covariance_of(fit)
    return pd.Series(np.sqrt(np.diag(covariance)), index=names_of(fit, "variance"))


def wald(fit: Fitted, level: float, scale: Scale) -> pd.DataFrame:
    """Wald intervals of the variances, on scales on which they are nearer to symmetric.

    Parameters
    ----------
    fit : Fitted
    level : float
        Between 0 and 1.
    scale : {"variance", "sd"}

    Returns
    -------
    pandas.DataFrame
        Columns ``lower`` and ``upper``.  Standard deviations get theirs on the scale of the
        logarithm and correlations on Fisher's, as in Pinheiro & Bates (2000), *Mixed-Effects
        Models in S and S-PLUS*, section 2.4.  All NaN when T is singular.
    """
    require_scale(scale)
    values = np.asarray(variances(fit, scale), dtype=np.float64)
    blocks = fit.design.blocks
    jacobian = np.eye(len(values))
    if scale == "sd":
        jacobian = _sd_jacobian(_values(fit), blocks, shape=fit.shape is not None)
    se = np.sqrt(np.diag(jacobian @ covariance_of(fit) @ jacobian.T))
    half = float(ndtri(0.5 + level / 2.0)) * se
    lower, upper = np.empty_like(values), np.empty_like(values)
    off = np.array([row != column for row, column in places(blocks)])
    off = np.append(off, np.zeros(len(values) - len(off), dtype=bool))
    with np.errstate(all="ignore"):  # a variance of which nothing is known may be any
        factor = np.exp(half[~off] / values[~off])
        lower[~off], upper[~off] = values[~off] / factor, values[~off] * factor
        if scale == "sd":
            middle, reach = np.arctanh(values[off]), half[off] / (1.0 - values[off] ** 2)
            lower[off], upper[off] = np.tanh(middle - reach), np.tanh(middle + reach)
        else:
            lower[off], upper[off] = values[off] - half[off], values[off] + half[off]
    return pd.DataFrame({"lower": lower, "upper": upper}, index=names_of(fit, scale))


def covariance_of(fit: Fitted) -> FloatArray:
    """Compute the asymptotic covariance of the variances, and of a shape, in the data's units.

    Parameters
    ----------
    fit : Fitted

    Returns
    -------
    (k + K, k + K) array
        All NaN when T is singular.
    """
    size = len(names_of(fit, "variance"))
    if fit.singular:
        return np.full((size, size), np.nan)
    if isinstance(fit, NonNormal):
        return _generalized_covariance(fit)
    assert isinstance(fit, Linear)
    return _covariance(fit)


def _generalized_covariance(fit: NonNormal) -> FloatArray:
    problem, z = fit.marginal.problem, fit.scaling.z
    raw = fit.parameter_cov[problem.p :, problem.p :]
    _, factor = problem.parted(fit.found.parameters)
    half = z @ problem.basis @ factor.T @ z.T  # (k, q, q)
    changes = half + half.swapaxes(1, 2)  # of T in theta
    k = len(changes)
    jacobian = np.zeros((len(raw), len(raw)))
    for m, (row, column) in enumerate(places(fit.design.blocks)):
        jacobian[m, :k] = changes[:, row, column]
    if fit.shape is not None:
        jacobian[k, k] = fit.shape  # the parameter is its logarithm
    covariance: FloatArray = jacobian @ raw @ jacobian.T
    return covariance


def _covariance(fit: Linear) -> FloatArray:
    blocks, q, own = fit.moments.blocks, fit.moments.q, fit.residual_variances.to_numpy()
    k, size = len(fit.theta), len(fit.theta) + len(own)
    raw = variance_parameter_covariance(fit.theta, fit.moments, fit.optimum.solution)
    sigma = np.sqrt(fit.scale)
    jacobian = np.zeros((size, size))  # of (T, sigma2) in (theta, sigma, logarithms of ratios)
    changes = psi_jacobian(fit.relative_factor, basis_of(blocks)).reshape(-1, q, q)
    where = places(blocks)
    for m, place in enumerate(where):
        jacobian[m, :k] = fit.scale * changes[:, place[0], place[1]]
        jacobian[m, k] = 2.0 * fit.covariance[place] / sigma
    jacobian[k:, k] = 2.0 * own / sigma
    jacobian[k + 1 :, k + 1 :] = np.diag(own[1:])
    unit = np.where(np.arange(size) == k, fit.moments.scaling.y_scale, 1.0)
    covariance: FloatArray = jacobian @ (raw * np.multiply.outer(unit, unit)) @ jacobian.T
    return covariance


def _sd_jacobian(values: FloatArray, blocks: Blocks, *, shape: bool) -> FloatArray:
    """(k + K, k + K): derivative of the sd scale in the variance scale."""
    where = places(blocks)
    position = {place: m for m, place in enumerate(where)}
    jacobian = np.zeros((len(values), len(values)))
    rest = values[len(where) :]
    jacobian[len(where) :, len(where) :] = np.diag(np.ones(1) if shape else 0.5 / np.sqrt(rest))
    for m, (row, column) in enumerate(where):
        a, b = position[row, row], position[column, column]
        if a == b:
            jacobian[m, m] = 0.5 / np.sqrt(values[m]) if values[m] > 0.0 else np.nan
            continue
        product = np.sqrt(values[a] * values[b])
        jacobian[m, m] = 1.0 / product if product > 0.0 else np.nan
        for side in (a, b):
            jacobian[m, side] = -0.5 * jacobian[m, m] * values[m] / values[side]
    return jacobian
