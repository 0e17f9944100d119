"""The expected information about the variances, with what the fixed part takes from it.

With ``Sigma = sum_r nu_r G_r``, nu the free elements of T and then sigma2, what is needed of the
n rows follows from the moments of the groups: with ``K_j = (I + Z_j'Z_j Psi)^-1``,
``Z_j'V_j^-2 Z_j = K_j P_j`` and ``Z_j'V_j^-2 X_j = K_j E_j``.

Kenward & Roger (1997), Biometrics 53(3), 983-997, whose P, Q and W these are; Sigma is linear in
nu, so that their R vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.theta import basis_of

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.profiled import Solution
    from mlmteach.fit.theta import Blocks

__all__ = ["Information", "directions_of", "information"]

FLAT = 1e-10  # an eigenvalue of the information below this is no information, as in pbkrtest


@dataclass(frozen=True, eq=False)
class Information:
    """What the data say about the variances; all in internal units.

    The k + 1 parameters are the free elements of T in the order of theta, and sigma2.

    Attributes
    ----------
    phi : (p, p) array
        ``(X'Sigma^-1 X)^-1``, the covariance matrix of gamma.
    P : (k + 1, p, p) array
        ``-X'Sigma^-1 G_r Sigma^-1 X``.
    Q : (k + 1, k + 1, p, p) array
        ``X'Sigma^-1 G_r Sigma^-1 G_s Sigma^-1 X``.
    traces : (k + 1, k + 1) array
        ``tr(Sigma^-1 G_r Sigma^-1 G_s)``.
    reml : bool
    """

    phi: FloatArray
    P: FloatArray
    Q: FloatArray
    traces: FloatArray
    reml: bool

    @cached_property
    def spent(self) -> FloatArray:
        """(k + 1, p, p): ``P_r phi``."""
        spent: FloatArray = self.P @ self.phi
        return spent

    @cached_property
    def W(self) -> FloatArray:
        """(k + 1, k + 1): the asymptotic covariance matrix of the estimated variances."""
        twice = self.traces.copy()
        if self.reml:
            twice -= 2.0 * np.einsum("rsab,ba->rs", self.Q, self.phi)
            twice += np.einsum("rab,sba->rs", self.spent, self.spent)
        unit = 1.0 / np.sqrt(np.diag(self.traces))
        scaled = np.linalg.pinv(twice * np.multiply.outer(unit, unit), FLAT, hermitian=True)
        return np.asarray(2.0 * scaled * np.multiply.outer(unit, unit), dtype=np.float64)


def directions_of(blocks: Blocks) -> FloatArray:
    """(k, q, q): what each free element of T multiplies, symmetric.

    Examples
    --------
    >>> directions_of(((0, 1),)).astype(int).tolist()
    [[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]]
    """
    basis = basis_of(blocks)
    return np.maximum(basis, basis.swapaxes(1, 2))


def information(moments: Moments, solution: Solution, reml: bool) -> Information:
    """Compute the expected information about the variances, from the moments alone.

    Parameters
    ----------
    moments : Moments
    solution : Solution
        At the estimates.
    reml : bool
        Whether the degrees of freedom that gamma takes are accounted for.

    Returns
    -------
    Information
    """
    groups, q, p = solution.E.shape
    psi, sigma2 = solution.psi, solution.sigma2
    directions = directions_of(moments.blocks)
    k = len(directions)

    kernel = np.linalg.inv(np.eye(q) + moments.zz @ psi)  # (J, q, q)
    a1, b1 = solution.P, solution.E  # Z'V^-1 Z, Z'V^-1 X
    a2, b2 = kernel @ a1, kernel @ b1  # Z'V^-2 Z, Z'V^-2 X
    flat1, flat2 = b1.reshape(groups * q, p), b2.reshape(groups * q, p)
    inverse_root = np.linalg.inv(solution.root) if p else np.zeros((0, 0))
    c1 = inverse_root.T @ inverse_root  # X'V^-1 X
    c2 = c1 - flat1.T @ (psi @ b1).reshape(groups * q, p)  # X'V^-2 X
    c3 = c2 - flat2.T @ (psi @ b1).reshape(groups * q, p)  # X'V^-3 X

    bb = np.einsum("jap,jbs->abps", b1, b1, optimize=True)
    bb2 = np.einsum("jap,jbs->abps", b2, b1, optimize=True)
    bab = np.einsum("jap,jbc,jds->abcdps", b1, a1, b1, optimize=True)
    aa = np.einsum("jab,jcd->abcd", a1, a1, optimize=True)

    P = np.empty((k + 1, p, p))
    P[:k] = -np.einsum("rab,abps->rps", directions, bb)
    P[k] = -c2
    Q = np.empty((k + 1, k + 1, p, p))
    Q[:k, :k] = np.einsum("rab,abcdps,tcd->rtps", directions, bab, directions, optimize=True)
    Q[k, :k] = np.einsum("rab,abps->rps", directions, bb2)
    Q[:k, k] = Q[k, :k].swapaxes(1, 2)
    Q[k, k] = c3
    traces = np.empty((k + 1, k + 1))
    traces[:k, :k] = np.einsum("rab,bcda,tcd->rt", directions, aa, directions, optimize=True)
    traces[k, :k] = traces[:k, k] = np.einsum("rab,jba->r", directions, a2)
    traces[k, k] = moments.n - np.sum(psi * a1.sum(axis=0)) - np.sum(psi * a2.sum(axis=0))
    return Information(
        phi=sigma2 * solution.root @ solution.root.T,
        P=P / sigma2**2,
        Q=Q / sigma2**3,
        traces=traces / sigma2**2,
        reml=reml,
    )
