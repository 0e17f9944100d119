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
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri  # for small matrices NumPy's checks cost more

from mlmteach.errors import FitError
from mlmteach.fit.moments import groups_last
from mlmteach.fit.theta import factor_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.layers import LayeredMoments
    from mlmteach.fit.moments import Moments, Products

__all__ = [
    "FixedPart",
    "Solution",
    "derivatives",
    "least_squares",
    "require_told",
    "solve",
    "within",
]

REPEATED = 1e-13  # an eigenvalue of X'X below this part of their sum is zero


@dataclass(frozen=True, eq=False)
class Solution:
    """gamma and sigma2 given Psi, and what the derivatives need; all in internal units.

    Attributes
    ----------
    psi : (q, q) array
        The relative covariance matrix, ``T / sigma2``.
    zvz : (q, q, J) array
        ``Z_j'V_j^-1 Z_j``, the groups last.
    zvw : (q, p + 1, J) array
        ``Z_j'V_j^-1 [X_j, y_j]``, the groups last.
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
    zvz: FloatArray
    zvw: FloatArray
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

    @property
    def P(self) -> FloatArray:
        """(J, q, q): ``Z_j'V_j^-1 Z_j``."""
        return self.zvz.transpose(2, 0, 1)

    @property
    def E(self) -> FloatArray:
        """(J, q, p): ``Z_j'V_j^-1 X_j``."""
        return self.zvw[:, :-1].transpose(2, 0, 1)

    @property
    def u(self) -> FloatArray:
        """(J, q): ``Z_j'V_j^-1 (y_j - X_j gamma)``."""
        u: FloatArray = (np.append(-self.gamma, 1.0) @ self.zvw).T  # (p+1,) @ (q, p+1, J)
        return u

    @property
    def uu(self) -> FloatArray:
        """(q, q): the sum of u u'; minus the derivative of rss in Psi."""
        uu: FloatArray = self.u.T @ self.u
        return uu

    @property
    def outer(self) -> FloatArray:
        """(q, q, p, p): the sum over groups of ``e e'``, with e = Z_j'V_j^-1 X root."""
        outer: FloatArray = self._sums[:, :-1, :, :-1].transpose(0, 2, 1, 3)
        return outer

    @property
    def whitened(self) -> FloatArray:
        """(J, q, p): E @ root, so that its outer product is E (X'V^-1X)^-1 E'."""
        return self._standard[:, :-1].transpose(2, 0, 1)

    @cached_property
    def _standard(self) -> FloatArray:
        """(q, p + 1, J): E @ root and, last, u / sigma."""
        p = len(self.gamma)
        change = np.zeros((p + 1, p + 1))
        change[:p, :p] = self.root.T
        change[p, :p] = self.gamma / -np.sqrt(self.sigma2)
        change[p, p] = 1.0 / np.sqrt(self.sigma2)
        standard: FloatArray = np.matmul(change, self.zvw)
        return standard

    @cached_property
    def _sums(self) -> FloatArray:
        """(q, p + 1, q, p + 1): sums over groups of the products of ``_standard``."""
        q, width, groups = self._standard.shape
        flat = self._standard.reshape(q * width, groups)
        sums: FloatArray = (flat @ flat.T).reshape(q, width, q, width)
        return sums

    @cached_property
    def _uu(self) -> FloatArray:
        """(q, q): the sum of u u' / sigma2; minus the derivative of rss in Psi, over sigma2."""
        uu: FloatArray = self._sums[:, -1, :, -1]
        return uu

    @cached_property
    def gradient(self) -> FloatArray:
        """(q, q): the derivative of the criterion with respect to Psi."""
        outer = np.trace(self._sums, axis1=1, axis2=3) if self.reml else self._uu
        gradient: FloatArray = self.zvz.sum(axis=2) - outer
        return gradient

    @cached_property
    def joint_hessian(self) -> FloatArray:
        """(q*q, q*q): second derivatives in Psi with sigma2 held fixed at its estimate."""
        q, p = self._standard.shape[0], len(self.gamma)
        parts = self._standard if self.reml else self._standard[:, -1:]
        outer = np.einsum("akj,bkj->abj", parts, parts)  # u u' / sigma2 + E (X'V^-1 X)^-1 E'
        hessian = kronecker(2.0 * outer - self.zvz, self.zvz)
        w = self._sums[:, :p, :, p].transpose(1, 0, 2).reshape(p, q * q)
        hessian -= 2.0 * (w.T @ w)
        if self.reml:
            c = self._sums[:, :p, :, :p].transpose(0, 2, 1, 3)  # (q, q, p, p)
            hessian -= c.reshape(q * q, p * p) @ c.swapaxes(2, 3).reshape(q * q, p * p).T
        return hessian

    @cached_property
    def hessian(self) -> FloatArray:
        """(q*q, q*q): second derivatives in Psi with sigma2 profiled out."""
        uu = self._uu.reshape(-1)
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
    q, p = moments.q, moments.p
    if moments.n <= p:  # a coefficient a row
        raise no_residual()
    zvz, zvw, log_det_v = within(psi, moments)
    held = (psi @ zvw.reshape(q, -1)).reshape(zvw.shape)  # (q, q) @ (q, (p+1) J)
    schur = moments.ww - (moments.by_coefficient @ held.swapaxes(1, 2)).sum(axis=0)
    fixed = least_squares(schur, log_det_v, moments, reml)
    return Solution(psi=psi, zvz=zvz, zvw=zvw, reml=reml, **fixed._asdict())


class FixedPart(NamedTuple):
    """gamma, the residual sum of squares and the criterion, as :class:`Solution` has them."""

    gamma: FloatArray
    root: FloatArray
    rss: float
    criterion: float
    degrees: int


def least_squares(
    schur: FloatArray, log_det_v: float, moments: Moments | LayeredMoments, reml: bool
) -> FixedPart:
    """Solve for gamma and sigma2 from ``[X, y]'V^-1 [X, y]`` and log det V.

    Parameters
    ----------
    schur : (p + 1, p + 1) array
    log_det_v : float
    moments : Moments or LayeredMoments
    reml : bool

    Returns
    -------
    FixedPart

    Raises
    ------
    FitError
        When the fixed part is collinear, or the model fits the data without any residual.
    """
    p = moments.p
    lower, failed = dpotrf(schur, lower=1, clean=1)
    if failed:
        require_told(moments)
        raise no_residual()
    root = dtrtri(lower[:p, :p], lower=1)[0].T if p else np.zeros((0, 0))
    rss = float(lower[p, p] ** 2)
    degrees = moments.degrees(reml)
    criterion = log_det_v + degrees * (1.0 + np.log(2.0 * np.pi * rss / degrees))
    if reml:
        criterion += 2.0 * float(np.log(np.diag(lower)[:p]).sum())
    criterion = float(criterion) + moments.offset(reml)
    return FixedPart(root @ lower[p, :p], root, rss, criterion, degrees)


# --- (I + Z'Z Psi)^-1 [Z'Z, Z'X, Z'y] of all groups at once, and the sum of log det V -----
# One and two random coefficients have closed forms, in which nothing is subtracted that is not
# subtracted in any other way: by the rules of Cauchy and Binet,
#
#     det(I + A Psi) = 1 + tr(A Psi) + det A det Psi
#     (I + A Psi)^-1 A = (A + det A adj Psi) / det(I + A Psi)
#     (I + A Psi)^-1 b = (b + adj Psi adj A b) / det(I + A Psi)

Solved: TypeAlias = "tuple[FloatArray, FloatArray, float]"
"""Z'V^-1 Z, (q, q, J), Z'V^-1 [X, y], (q, p + 1, J), and the sum of log det V."""


def within(psi: FloatArray, moments: Products) -> Solved:
    """Return ``Z'V^-1 Z`` and ``Z'V^-1 W`` of all groups, and the sum of log det V."""
    return _BY_SIZE.get(moments.q, _by_lapack)(psi, moments)


def _by_one(psi: FloatArray, moments: Products) -> Solved:
    det = 1.0 + psi[0, 0] * moments.minors[0]  # (J,)
    zvz = (moments.minors / det)[:, None]  # (1, 1, J)
    return zvz, moments.by_coefficient / det, float(np.log(det).sum())


def _by_two(psi: FloatArray, moments: Products) -> Solved:
    (a, b), (_, c) = psi
    det = 1.0 + np.array([a, b, b, c, a * c - b * b]) @ moments.minors  # (5,) @ (5, J)
    adjugate = np.array([[c, -b], [-b, a]])
    zvz = moments.minors[:4] + np.multiply.outer(adjugate.reshape(-1), moments.minors[4])
    zvz /= det
    zvw = (adjugate @ moments.adjugated.reshape(2, -1)).reshape(moments.adjugated.shape)
    zvw += moments.by_coefficient
    zvw /= det
    return zvz.reshape(2, 2, -1), zvw, float(np.log(det).sum())


def _by_lapack(psi: FloatArray, moments: Products) -> Solved:
    inner = np.eye(moments.q) + moments.zz @ psi  # (J, q, q) @ (q, q)
    inverse = np.linalg.inv(inner)
    log_det_v = float(np.linalg.slogdet(inner)[1].sum())
    zvz, zvw = inverse @ moments.zz, inverse @ moments.zw
    return groups_last(zvz), groups_last(zvw), log_det_v


_BY_SIZE = {1: _by_one, 2: _by_two}


def require_told(moments: Moments | LayeredMoments) -> None:
    """Raise a FitError when a column of X repeats others, as when the group that told it is out."""
    gram = moments.ww[:-1, :-1]
    if np.linalg.eigvalsh(gram).min(initial=np.inf) <= REPEATED * np.trace(gram):
        raise FitError(
            "The fixed coefficients have no unique estimates: columns of X repeat one another.",
            "Leave out predictors that can be computed from the others.",
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
    k = len(theta)
    jacobian = psi_jacobian(factor_of(theta, basis), basis)
    bent = (gradient @ basis).reshape(k, -1) @ basis.reshape(k, -1).T
    return jacobian @ gradient.reshape(-1), jacobian @ hessian @ jacobian.T + 2.0 * bent


def psi_jacobian(factor: FloatArray, basis: FloatArray) -> FloatArray:
    """(k, q*q): the derivative of vec(Psi) with respect to each element of theta."""
    half = basis @ factor.T
    return (half + half.swapaxes(1, 2)).reshape(len(basis), -1)


def kronecker(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the sum over groups of the Kronecker products of (q, q, J) arrays, (q*q, q*q)."""
    q, _, groups = left.shape
    products = left.reshape(q * q, groups) @ right.reshape(q * q, groups).T
    return products.reshape(q, q, q, q).transpose(0, 2, 1, 3).reshape(q * q, q * q)
