"""Satterthwaite's degrees of freedom of linear combinations of gamma.

The variance of ``l'gamma`` is an estimate itself; its own variance follows by the delta method
from the curvature of the criterion in (theta, sigma), and the df are those of the chi-square with
the same two moments (Kuznetsova, Brockhoff & Christensen 2017, Journal of Statistical Software
82(13)).
All derivatives are analytic, but for second ones in the ratios of the variances of categories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.profiled import derivatives, psi_jacobian
from mlmteach.fit.ratios import joint_bends, shares
from mlmteach.fit.theta import basis_of, factor_of, theta_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["contrast_variance_gradient", "satterthwaite", "variance_parameter_covariance"]

FLAT = 1e-8  # curvature below this is no information


def variance_parameter_covariance(
    theta: FloatArray, moments: Moments, solution: Solution
) -> FloatArray:
    """Compute the asymptotic covariance matrix of (theta, sigma), theta in the data's units.

    Parameters
    ----------
    theta : (k,) array
    moments : Moments
    solution : Solution
        At that theta.

    Returns
    -------
    (k + 1, k + 1) array
        Twice the inverse Hessian of the criterion; directions without curvature are left
        out.  The last row and column are those of sigma, in internal units of y.  Where
        categories have variances of their own, (k + K, k + K): those of the logarithms of their
        ratios to the first follow.
    """
    basis = basis_of(moments.blocks, moments.scaling.z_inverse)
    k, sigma = len(theta), np.sqrt(solution.sigma2)
    size = k + (1 if moments.strata is None else len(moments.strata.n))
    hessian = np.empty((size, size))
    hessian[:k, :k] = derivatives(theta, basis, solution.gradient, solution.joint_hessian)[1]
    uu = (solution.u.T @ solution.u).reshape(-1)  # minus the derivative of rss in Psi
    jacobian = psi_jacobian(factor_of(theta, basis), basis)
    hessian[:k, k] = hessian[k, :k] = 2.0 * (jacobian @ uu) / sigma**3
    hessian[k, k] = 4.0 * solution.degrees / solution.sigma2
    if moments.strata is not None:
        bends = joint_bends(theta, basis, moments, solution.reml, solution.sigma2)
        hessian[k + 1 :], hessian[:, k + 1 :] = bends, bends.T
    bend = np.sqrt(np.abs(np.diag(hessian)))
    unit = np.where(bend > 0.0, bend, 1.0)  # so that the units of Z do not matter
    values, vectors = np.linalg.eigh(hessian / np.multiply.outer(unit, unit))
    kept = vectors[:, values > FLAT] / unit[:, None]
    inverse: FloatArray = (kept / values[values > FLAT]) @ kept.T
    return 2.0 * inverse


def contrast_variance_gradient(
    contrasts: FloatArray, theta: FloatArray, moments: Moments, solution: Solution
) -> tuple[FloatArray, FloatArray]:
    """Compute the variance of each ``l'gamma`` and its gradient in (theta, sigma).

    Parameters
    ----------
    contrasts : (m, p) array
        In the data's units.
    theta : (k,) array
    moments : Moments
    solution : Solution

    Returns
    -------
    variance : (m,) array
        In squared internal units of y.
    gradient : (m, k + 1) array
        Or (m, k + K), with the logarithms of the ratios of variances.
    """
    basis = basis_of(moments.blocks, moments.scaling.z_inverse)
    jacobian = psi_jacobian(factor_of(theta, basis), basis)  # (k, q*q)
    left = contrasts @ moments.scaling.x @ solution.root  # (m, p)
    ones = np.einsum("mp,mp->m", left, left)
    e = solution.whitened @ left.T  # (J, q, p) @ (p, m)
    outer = np.einsum("jam,jbm->mab", e, e).reshape(len(contrasts), e.shape[1] ** 2)
    in_theta = solution.sigma2 * outer @ jacobian.T
    in_sigma = 2.0 * np.sqrt(solution.sigma2) * ones
    gradient = np.column_stack([in_theta, in_sigma])
    if moments.strata is not None:
        own = shares(moments, solution).of_gamma(solution.root)[1:]  # (K - 1, p, p)
        weights = solution.sigma2 * np.exp(-moments.strata.log_ratios[1:])
        gradient = np.column_stack(
            [gradient, np.einsum("mp,kpr,mr,k->mk", left, own, left, weights)]
        )
    return solution.sigma2 * ones, gradient


def satterthwaite(
    contrasts: FloatArray, factor: FloatArray, moments: Moments, solution: Solution
) -> FloatArray:
    """Compute Satterthwaite's df of linear combinations of gamma.

    Parameters
    ----------
    contrasts : (m, p) array
        One row a combination, in the data's units; the identity for gamma itself.
    factor : (q, q) array
        Lambda in the data's units.
    moments : Moments
    solution : Solution

    Returns
    -------
    (m,) array

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> args = fit.relative_factor, fit.moments, fit.optimum.solution
    >>> satterthwaite(np.eye(2), *args).round(2)
    array([ 22.81, 161.  ])
    """
    theta = theta_of(factor, moments.blocks)
    covariance = variance_parameter_covariance(theta, moments, solution)
    variance, gradient = contrast_variance_gradient(contrasts, theta, moments, solution)
    spread = np.einsum("mk,kl,ml->m", gradient, covariance, gradient)
    df: FloatArray = 2.0 * variance**2 / spread
    return df
