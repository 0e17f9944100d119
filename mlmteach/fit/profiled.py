"""The profiled deviance of a two-level model, with its analytic gradient and Hessian.

With ``Psi = Lambda Lambda'`` and ``V_j = I + Z_j Psi Z_j'``, gamma and sigma2 have closed forms,
and what is left is a function of Psi alone (Bates, Maechler, Bolker & Walker 2015, Journal of
Statistical Software 67(1), section 3; the same function, through ``(I + Z'Z Psi)^-1`` in place of
the Cholesky factor of ``Lambda'Z'Z Lambda + I``, which needs no Lambda and stays exact for large
Psi).

The derivatives are taken in Psi, where they are short::

    d Z'V^-1 Z = -P dPsi P      P_j = Z_j'V_j^-1 Z_j
    d Z'V^-1 X = -P dPsi E      E_j = Z_j'V_j^-1 X_j
    d rss      = -sum u'dPsi u  u_j = Z_j'V_j^-1 (y_j - X_j gamma)

and are carried over to theta by the chain rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import FitError
from mlmteach.fit.theta import factor_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.moments import Moments

__all__ = ["Solution", "derivatives", "solve"]


@dataclass(frozen=True, eq=False)
class Solution:
    """gamma and sigma2 given Psi, and what the derivatives need; all in internal units.

    Attributes
    ----------
    psi : (q, q) array
        The relative covariance matrix, ``T / sigma2``.
    P : (J, q, q) array
        ``Z_j'V_j^-1 Z_j``.
    E : (J, q, p) array
        ``Z_j'V_j^-1 X_j``.
    u : (J, q) array
        ``Z_j'V_j^-1 (y_j - X_j gamma)``.
    gamma : (p,) array
    root : (p, p) array
        ``root @ root.T`` is the inverse of ``X'V^-1 X``; upper triangular.
    rss : float
        ``(y - X gamma)'V^-1 (y - X gamma)``.
    criterion : float
        -2 log-likelihood, or the REML criterion, in the data's units.
    degrees : int
        n, or n - p under REML.
    reml : bool
    """

    psi: FloatArray
    P: FloatArray
    E: FloatArray
    u: FloatArray
    gamma: FloatArray
    root: FloatArray
    rss: float
    criterion: float
    degrees: int
    reml: bool

    @property
    def sigma2(self) -> float:
        """The residual variance, in internal units."""
        return self.rss / self.degrees

    @cached_property
    def whitened(self) -> FloatArray:
        """(J, q, p): E @ root, so that its outer product is E (X'V^-1X)^-1 E'."""
        whitened: FloatArray = np.matmul(self.E, self.root)
        return whitened

    @cached_property
    def _outer(self) -> FloatArray:
        """(J, q, q): u u' / sigma2, and under REML plus E (X'V^-1 X)^-1 E'."""
        parts = self.u[:, :, None] / np.sqrt(self.sigma2)  # (J, q, 1)
        if self.reml:
            parts = np.concatenate([parts, self.whitened], axis=2)
        outer: FloatArray = parts @ parts.swapaxes(1, 2)
        return outer

    @cached_property
    def gradient(self) -> FloatArray:
        """(q, q): the derivative of the criterion with respect to Psi."""
        gradient: FloatArray = (self.P - self._outer).sum(axis=0)
        return gradient

    @cached_property
    def joint_hessian(self) -> FloatArray:
        """(q*q, q*q): second derivatives in Psi with sigma2 held fixed at its estimate."""
        groups, q, p = self.E.shape
        hessian = kronecker(2.0 * self._outer - self.P, self.P)
        white = self.whitened.reshape(groups, q * p)
        w = (white.T @ self.u).reshape(q, p, q).transpose(1, 0, 2).reshape(p, q * q)
        hessian -= (2.0 / self.sigma2) * (w.T @ w)
        if self.reml:
            c = (white.T @ white).reshape(q, p, q, p).transpose(0, 2, 1, 3)  # (q, q, p, p)
            hessian -= c.reshape(q * q, p * p) @ c.swapaxes(2, 3).reshape(q * q, p * p).T
        return hessian

    @cached_property
    def hessian(self) -> FloatArray:
        """(q*q, q*q): second derivatives in Psi with sigma2 profiled out."""
        uu = (self.u.T @ self.u).reshape(-1) / self.sigma2
        hessian: FloatArray = self.joint_hessian - np.multiply.outer(uu, uu) / self.degrees
        return hessian


def solve(psi: FloatArray, moments: Moments, reml: bool) -> Solution:
    """Solve for gamma and sigma2 given the relative covariance matrix.

    Parameters
    ----------
    psi : (q, q) array
        ``T / sigma2`` in internal units, positive semi-definite.
    moments : Moments
    reml : bool

    Returns
    -------
    Solution

    Raises
    ------
    FitError
        When the fixed part is collinear, or the model fits the data without any residual.
    """
    groups, q, p = moments.groups, moments.q, moments.p
    inner = np.eye(q) + moments.zz @ psi  # (J, q, q) @ (q, q)
    inverse = np.linalg.inv(inner)
    log_det_v = float(np.linalg.slogdet(inner)[1].sum())
    p_matrix, e = inverse @ moments.zz, inverse @ moments.zw  # (J, q, q), (J, q, p + 1)
    flat = moments.zw.reshape(groups * q, p + 1)
    schur = moments.ww - flat.T @ (psi @ e).reshape(groups * q, p + 1)  # [X, y]'V^-1[X, y]
    try:
        lower = np.linalg.cholesky((schur + schur.T) / 2.0)
    except np.linalg.LinAlgError:
        if np.linalg.eigvalsh(moments.ww[:p, :p]).min(initial=np.inf) > 1e-12 * moments.n:
            raise no_residual() from None
        raise FitError(
            "The fixed coefficients have no unique estimates: columns of X repeat one another.",
            "Leave out predictors that can be computed from the others.",
        ) from None
    root = np.linalg.inv(lower[:p, :p]).T if p else np.zeros((0, 0))
    gamma = root @ lower[p, :p]
    rss = float(lower[p, p] ** 2)
    degrees = moments.degrees(reml)
    criterion = log_det_v + degrees * (1.0 + np.log(2.0 * np.pi * rss / degrees))
    if reml:
        criterion += 2.0 * float(np.log(np.diag(lower)[:p]).sum())
    return Solution(
        psi=psi,
        P=p_matrix,
        E=e[:, :, :p],
        u=e[:, :, p] - e[:, :, :p] @ gamma,
        gamma=gamma,
        root=root,
        rss=rss,
        criterion=float(criterion) + moments.offset(reml),
        degrees=degrees,
        reml=reml,
    )


def no_residual() -> FitError:
    """Return the error of a model that leaves no residual variance."""
    return FitError(
        "The model fits the data without any residual, so that nothing is left to estimate from.",
        "Check that the outcome varies within groups and is no predictor in disguise; else use a "
        "simpler random part.",
    )


def derivatives(
    theta: FloatArray, basis: FloatArray, gradient: FloatArray, hessian: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry derivatives in Psi over to theta.

    Parameters
    ----------
    theta : (k,) array
    basis : (k, q, q) array
    gradient : (q, q) array
        :attr:`Solution.gradient`.
    hessian : (q*q, q*q) array
        :attr:`Solution.hessian` or :attr:`Solution.joint_hessian`.

    Returns
    -------
    gradient : (k,) array
    hessian : (k, k) array
    """
    factor = factor_of(theta, basis)
    jacobian = psi_jacobian(factor, basis)
    bent = np.einsum("ab,mbc,lac->ml", gradient, basis, basis)
    return jacobian @ gradient.reshape(-1), jacobian @ hessian @ jacobian.T + 2.0 * bent


def psi_jacobian(factor: FloatArray, basis: FloatArray) -> FloatArray:
    """(k, q*q): the derivative of vec(Psi) with respect to each element of theta."""
    half = basis @ factor.T
    return (half + half.swapaxes(1, 2)).reshape(len(basis), -1)


def kronecker(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the sum over groups of the Kronecker products of (J, q, q) arrays, (q*q, q*q)."""
    groups, q, _ = left.shape
    products = left.reshape(groups, q * q).T @ right.reshape(groups, q * q)
    return products.reshape(q, q, q, q).transpose(0, 2, 1, 3).reshape(q * q, q * q)
