"""The second look at an optimum, which decides whether it is one.

Theta = 0 is a stationary point whatever the data, since the criterion depends on Lambda through
``Lambda Lambda'`` only; so a vanishing gradient in theta proves nothing at the boundary.  The
verdict is therefore reached in Psi: at a minimum over the positive semi-definite matrices the
gradient G of the criterion has no direction v, ``Psi + t v v'``, along which it falls (the
Karush-Kuhn-Tucker conditions of that cone).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.profiled import derivatives
from mlmteach.fit.theta import square_basis

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["Optimum", "appraise", "newton_step", "way_down"]

ARRIVED = 1e-5  # a point from which the criterion can fall no further than this is an optimum
SADDLE = 1e-4  # negative curvature up to this part of the largest is rounding
GROUND = 1e-10  # curvature below this part of the largest counts as none


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    factor : (q, q) array
        Lambda, lower triangular, in internal units.
    solution : Solution
        gamma, sigma2 and the criterion there.
    decrement : float
        The further decrease of the criterion that a Newton step promises.
    descent : float
        The further decrease that leaving the boundary promises.
    curvature : float
        The least curvature in theta as a part of the largest; negative at a saddle.
    evaluations : int
    """

    factor: FloatArray
    solution: Solution
    decrement: float
    descent: float
    curvature: float
    evaluations: int

    @property
    def converged(self) -> bool:
        """Whether neither a Newton step nor a step off the boundary leads further down."""
        return max(self.decrement, self.descent) < ARRIVED and self.curvature > -SADDLE

    @property
    def singular(self) -> bool:
        """Whether Psi is without full rank, or all but that."""
        return bool(np.any(np.diag(self.factor) < 1e-4))


def appraise(
    factor: FloatArray, solution: Solution, moments: Moments, evaluations: int = 1
) -> Optimum:
    """Take the second look at a point that any search, also a foreign one, ended at.

    Parameters
    ----------
    factor : (q, q) array
        Lambda, in internal units.
    solution : Solution
        At that Lambda.
    moments : Moments
    evaluations : int
        How many it took to get there.

    Returns
    -------
    Optimum
    """
    basis = square_basis(moments.blocks)
    theta = np.einsum("kab,ab->k", basis, factor)
    _, decrement, curvature = newton_step(theta, basis, solution)
    descent = way_down(solution, moments)[0]
    return Optimum(factor, solution, decrement, descent, curvature, evaluations)


def newton_step(
    theta: FloatArray, basis: FloatArray, here: Solution
) -> tuple[FloatArray, float, float]:
    """Compute Newton's step in theta, by the absolute curvature, so that it leads down.

    Parameters
    ----------
    theta : (k,) array
    basis : (k, q, q) array
    here : Solution
        At that theta.

    Returns
    -------
    step : (k,) array
    decrement : float
        The decrease of the criterion that the step promises.
    curvature : float
        The least curvature as a part of the largest.
    """
    gradient, hessian = derivatives(theta, basis, here.gradient, here.hessian)
    curvature, axes = np.linalg.eigh(hessian)
    largest = float(np.abs(curvature).max(initial=GROUND))
    size = np.maximum(np.abs(curvature), GROUND * largest)
    along = axes.T @ gradient
    decrement = float(along @ (along / size)) / 2.0
    return -axes @ (along / size), decrement, float(curvature[0]) / largest


def way_down(solution: Solution, moments: Moments) -> tuple[float, FloatArray, float]:
    """Find the direction v in which adding t v v' to Psi lowers the criterion most.

    Returns
    -------
    descent : float
        The predicted decrease; 0 where there is no such direction.
    direction : (q,) array
    step : float
        The predicted best t.
    """
    gradient, hessian = solution.gradient, solution.hessian
    candidates = np.zeros((moments.q, moments.q))
    for block in moments.blocks:
        candidates[np.ix_(block, block)] = np.linalg.eigh(gradient[np.ix_(block, block)])[1]
    best, direction, step = 0.0, np.zeros(moments.q), 0.0
    for v in candidates.T:
        slope = float(v @ gradient @ v)
        square = np.multiply.outer(v, v).reshape(-1)
        bend = abs(float(square @ hessian @ square))
        if slope < 0.0 and bend > 0.0 and slope**2 / (2.0 * bend) > best:
            best, direction, step = slope**2 / (2.0 * bend), v, -slope / bend
    return best, direction, step
