"""The derivatives of the criterion in the ratios of the variances of categories.

With ``δ_k = log(σ_k² / σ_1²)``, the rows of category k count times ``r_k = exp(-δ_k)``.  At fixed T
and σ_1² the criterion has the derivative ::

    n_k - r_k (tr(G Z_k'Z_k) + e_k'e_k / σ_1² + tr((X'V^-1 X)^-1 A_k))

where ``G_j = Psi (I + Z_j'Z_j Psi)^-1``, e are the residuals with the U's taken off, and A_k is the
part of the rows of category k in ``X'V^-2 X``; its last term is there under REML only.  All of it
follows from the sums of the categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.fit.profiled import derivatives, solve
from mlmteach.fit.theta import factor_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["Shares", "held", "joint_bends", "least_over_ratios", "ratio_gradient", "shares"]

STEP = 1e-4  # in the logarithm of a ratio, for second derivatives by central differences


@dataclass(frozen=True, eq=False)
class Shares:
    """What the rows of each category have in the sums of squares, unweighted.

    Attributes
    ----------
    traces : (K,) array
        ``tr(G Z_k'Z_k)``, summed over groups.
    squares : (K,) array
        ``e_k'e_k``, in internal units.
    inner : (K, p, p) array
        ``A_k``: what is left of X'X when the U's are taken off X as off y.
    """

    traces: FloatArray
    squares: FloatArray
    inner: FloatArray

    def of_gamma(self, root: FloatArray) -> FloatArray:
        """(K, p, p): ``root' A_k root``, in which the weighted sum over k is below the identity."""
        shares: FloatArray = root.T @ self.inner @ root
        return shares


def shares(moments: Moments, solution: Solution) -> Shares:
    """Divide the sums of squares among the categories.

    Parameters
    ----------
    moments : Moments
        With categories.
    solution : Solution
        At these moments.

    Returns
    -------
    Shares
    """
    strata = moments.strata
    assert strata is not None
    q, psi = moments.q, solution.psi
    kernel = psi @ np.linalg.inv(np.eye(q) + moments.zz @ psi)  # (J, q, q)
    y = solution.u + solution.E @ solution.gamma  # Z'V^-1 y, (J, q)
    taken = psi @ np.concatenate([solution.E, y[:, :, None]], axis=2)  # (J, q, p + 1)
    crossed = np.einsum("kjaw,jav->kwv", strata.zw, taken, optimize=True)
    left = strata.ww - crossed - crossed.swapaxes(1, 2)
    left += np.einsum("jaw,kjab,jbv->kwv", taken, strata.zz, taken, optimize=True)
    residual = np.append(-solution.gamma, 1.0)
    return Shares(
        traces=np.einsum("jab,kjab->k", kernel, strata.zz),
        squares=np.einsum("w,kwv,v->k", residual, left, residual),
        inner=left[:, :-1, :-1],
    )


def ratio_gradient(moments: Moments, solution: Solution) -> FloatArray:
    """Compute the derivative of the criterion in the ratios but the first, (K - 1,)."""
    strata = moments.strata
    assert strata is not None
    parts = shares(moments, solution)
    spent = parts.traces + parts.squares / solution.sigma2
    if solution.reml:
        spent = spent + np.einsum("kpp->k", parts.of_gamma(solution.root))
    gradient: FloatArray = (strata.n - np.exp(-strata.log_ratios) * spent)[1:]
    return gradient


def held(solution: Solution, sigma2: float) -> Solution:
    """Return the solution as seen from another σ², in internal units, for its derivatives."""
    return replace(solution, rss=sigma2 * solution.degrees)


def joint_bends(
    theta: FloatArray, basis: FloatArray, moments: Moments, reml: bool, sigma2: float | None = None
) -> FloatArray:
    """Compute the second derivatives in the ratios, by differences of the analytic gradient.

    Parameters
    ----------
    theta : (k,) array
    basis : (k, q, q) array
    moments : Moments
        With categories.
    reml : bool
    sigma2 : float, optional
        σ_1² in internal units, held fixed; profiled out when left out.

    Returns
    -------
    (K - 1, k + 1 + K - 1) array
        In theta, σ_1 (0 where it is profiled out) and the ratios.
    """
    strata = moments.strata
    assert strata is not None
    factor = factor_of(theta, basis)
    psi = factor @ factor.T

    def gradient(log_ratios: FloatArray) -> FloatArray:
        there = moments.at(log_ratios)
        solution = solve(psi, there, reml)
        own = solution if sigma2 is None else held(solution, sigma2)
        in_theta = derivatives(theta, basis, own.gradient, own.joint_hessian)[0]
        in_sigma = 0.0 if sigma2 is None else -2.0 * solution.rss / sigma2**1.5
        return np.concatenate([in_theta, [in_sigma], ratio_gradient(there, own)])

    rows = []
    for k in range(1, len(strata.n)):
        step = STEP * (np.arange(len(strata.n)) == k)
        ends = [gradient(strata.log_ratios + side * step) for side in (1.0, -1.0)]
        rows.append((ends[0] - ends[1]) / (2.0 * STEP))
    return np.array(rows)


def least_over_ratios(
    evaluate: Callable[[Moments], tuple[float, FloatArray]], moments: Moments
) -> float:
    """Find the least value of a function of the moments over the ratios of variances.

    Parameters
    ----------
    evaluate : callable
        From moments to the value and its gradient in the ratios but the first.
    moments : Moments
        Where the search begins; without categories, it ends there too.

    Returns
    -------
    float
    """
    from scipy import optimize

    strata = moments.strata
    if strata is None:
        return evaluate(moments)[0]
    search: Any = optimize.minimize  # whose stubs do not know jac=True
    found = search(
        lambda x: evaluate(moments.at(np.append(0.0, x))),
        strata.log_ratios[1:],
        jac=True,
        method="BFGS",
        options={"gtol": 1e-4},
    )
    return float(found.fun)
