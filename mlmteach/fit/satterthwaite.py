"""Satterthwaite's degrees of freedom of linear combinations of gamma.

The variance of ``l'gamma`` is an estimate itself; its own variance follows by the delta method
from the curvature of the criterion in (theta, sigma), and the df are those of the chi-square with
the same two moments (Kuznetsova, Brockhoff & Christensen 2017, Journal of Statistical Software
82(13)).
All derivatives are analytic, but for second ones in the ratios of the variances of categories, and
with two groupings: these are differences of first ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.layered import LayeredSolution, solve_layered
from mlmteach.fit.layers import LayeredMoments
from mlmteach.fit.profiled import Solution, derivatives, psi_jacobian
from mlmteach.fit.ratios import joint_bends, shares
from mlmteach.fit.theta import basis_of, factor_of, theta_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.optimum import AnyMoments, AnySolution

__all__ = ["contrast_variance_gradient", "satterthwaite", "variance_parameter_covariance"]

FLAT = 1e-8  # curvature below this is no information
STEP = 1e-4  # of a difference, as a part of the size of Lambda
LEAST = 0.01  # and that size, where Lambda is smaller


def variance_parameter_covariance(
    theta: FloatArray, moments: AnyMoments, solution: AnySolution
) -> FloatArray:
    """Compute the asymptotic covariance matrix of (theta, sigma), theta in the data's units.

    Parameters
    ----------
    theta : (k,) array
    moments : Moments or LayeredMoments
    solution : Solution or LayeredSolution
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
    if isinstance(solution, LayeredSolution):
        hessian[:k, :k] = _bends(theta, basis, solution)
    else:
        hessian[:k, :k] = derivatives(theta, basis, solution.gradient, solution.joint_hessian)[1]
    jacobian = psi_jacobian(factor_of(theta, basis), basis)
    hessian[:k, k] = hessian[k, :k] = 2.0 * (jacobian @ solution.uu.reshape(-1)) / sigma**3
    hessian[k, k] = 4.0 * solution.degrees / solution.sigma2
    if not isinstance(moments, LayeredMoments) and moments.strata is not None:
        assert isinstance(solution, Solution)
        bends = joint_bends(theta, basis, moments, solution.reml, solution.sigma2)
        hessian[k + 1 :], hessian[:, k + 1 :] = bends, bends.T
    bend = np.sqrt(np.abs(np.diag(hessian)))
    unit = np.where(bend > 0.0, bend, 1.0)  # so that the units of Z do not matter
    values, vectors = np.linalg.eigh(hessian / np.multiply.outer(unit, unit))
    kept = vectors[:, values > FLAT] / unit[:, None]
    inverse: FloatArray = (kept / values[values > FLAT]) @ kept.T
    return 2.0 * inverse


def _bends(theta: FloatArray, basis: FloatArray, solution: LayeredSolution) -> FloatArray:
    """(k, k): second derivatives in theta with sigma2 held fixed, by differences of first ones."""
    factor = factor_of(theta, basis)
    length = max(float(np.abs(factor).max()), LEAST) / np.sqrt((basis**2).sum(axis=(1, 2)))
    bends = np.empty((len(theta), len(theta)))
    for m, step in enumerate(STEP * length):
        first, last = (
            _slopes(theta + shift * np.eye(len(theta))[m], basis, solution)
            for shift in (-step, step)
        )
        bends[m] = (last - first) / (2.0 * step)
    return (bends + bends.T) / 2.0


def _slopes(theta: FloatArray, basis: FloatArray, here: LayeredSolution) -> FloatArray:
    """(k,): first derivatives in theta, with sigma2 held at that of another solution."""
    factor = factor_of(theta, basis)
    there = solve_layered(factor @ factor.T, here.moments, here.reml)
    held = replace(there, rss=here.sigma2 * there.degrees)
    slopes: FloatArray = psi_jacobian(factor, basis) @ held.gradient.reshape(-1)
    return slopes


def contrast_variance_gradient(
    contrasts: FloatArray, theta: FloatArray, moments: AnyMoments, solution: AnySolution
) -> tuple[FloatArray, FloatArray]:
    """Compute the variance of each ``l'gamma`` and its gradient in (theta, sigma).

    Parameters
    ----------
    contrasts : (m, p) array
        In the data's units.
    theta : (k,) array
    moments : Moments or LayeredMoments
    solution : Solution or LayeredSolution

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
    # of gamma's variance in Psi: the sum of e e', with e = Z_j'V_j^-1 X root left'
    outer = np.einsum("mp,abpr,mr->mab", left, solution.outer, left, optimize=True)
    outer = outer.reshape(len(contrasts), moments.q**2)
    in_theta = solution.sigma2 * outer @ jacobian.T
    in_sigma = 2.0 * np.sqrt(solution.sigma2) * ones
    gradient = np.column_stack([in_theta, in_sigma])
    if not isinstance(moments, LayeredMoments) and moments.strata is not None:
        assert isinstance(solution, Solution)
        own = shares(moments, solution).of_gamma(solution.root)[1:]  # (K - 1, p, p)
        weights = solution.sigma2 * np.exp(-moments.strata.log_ratios[1:])
        gradient = np.column_stack(
            [gradient, np.einsum("mp,kpr,mr,k->mk", left, own, left, weights)]
        )
    return solution.sigma2 * ones, gradient


def satterthwaite(
    contrasts: FloatArray,
    factor: FloatArray,
    moments: AnyMoments,
    solution: AnySolution,
    *,
    covariance: FloatArray | None = None,
) -> FloatArray:
    """Compute Satterthwaite's df of linear combinations of gamma.

    Parameters
    ----------
    contrasts : (m, p) array
        One row a combination, in the data's units; the identity for gamma itself.
    factor : (q, q) array
        Lambda in the data's units; of two groupings, that of each on the diagonal.
    moments : Moments or LayeredMoments
    solution : Solution or LayeredSolution
    covariance : array, optional
        From :func:`variance_parameter_covariance`, where it is known already.

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
    if covariance is None:
        covariance = variance_parameter_covariance(theta, moments, solution)
    variance, gradient = contrast_variance_gradient(contrasts, theta, moments, solution)
    spread = np.einsum("mk,kl,ml->m", gradient, covariance, gradient)
    df: FloatArray = 2.0 * variance**2 / spread
    return df
