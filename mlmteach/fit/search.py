"""The optimum of a marginal likelihood, over γ, θ and a shape together.

A quasi-Newton search with the analytic gradient (BFGS of SciPy) comes near, and Newton's method
ends it, with a Hessian made of differences of gradients.  The inverse of half of it is the
covariance matrix of all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.optimize import linprog, minimize

from mlmteach.errors import FitError
from mlmteach.fit.theta import lower_factor, theta_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.marginal import Problem

__all__ = [
    "Evaluations",
    "Integrated",
    "MarginalOptimum",
    "first_guess",
    "hessian_of",
    "refuse_separation",
    "rough_curvature",
    "search",
]

START = 0.5  # Λ's diagonal at the start, in units in which columns of Z have mean square 1
STEP = 1e-4  # of differences of gradients
NEAR = 1e-4
TOLERANCE = 1e-9  # a promised fall of the criterion that ends the search
ZERO = 1e-5  # eigenvalues of ΛΛ' below this may be zero
FAR = 15.0  # a linear predictor beyond ±15 is that of a certain outcome
ROUNDS = 30


@dataclass(frozen=True, eq=False)
class MarginalOptimum:
    """An optimum.

    Attributes
    ----------
    parameters : (size,) array
        γ, θ and the logarithm of a shape, in internal units.
    criterion : float
        -2 log-likelihood.
    hessian : (size, size) array
        Of the criterion.
    b : (q, J) array
        The modes.
    decrement : float
        By how much the criterion could still fall, as Newton's step promises.
    evaluations : int
    """

    parameters: FloatArray
    criterion: float
    hessian: FloatArray
    b: FloatArray
    decrement: float
    evaluations: int

    @property
    def converged(self) -> bool:
        """Whether it is an optimum."""
        return self.decrement < 1e-5


class Integrated(Protocol):
    """A likelihood from which the U's are integrated out, with one grouping or with two."""

    @property
    def problem(self) -> Problem:
        """The rows, and what its parameters are."""

    def modes(self, parameters: FloatArray, start: FloatArray | None = None) -> Any:
        """The modes of the integrands."""

    def criterion(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """-2 log-likelihood, and the modes."""

    def gradient(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray, FloatArray]:
        """The criterion, its gradient, and the modes."""

    def scores(self, parameters: FloatArray, modes: Any) -> tuple[FloatArray, FloatArray]:
        """The log-likelihood of each part that is independent of others, and its derivatives."""


def first_guess(problem: Problem) -> FloatArray:
    """Fit the model without U's by Fisher scoring, and add a middling Λ.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    (size,) array
    """
    parameters = np.zeros(problem.size)
    parameters[problem.theta] = theta_of(START * np.eye(problem.q), problem.blocks)
    distribution = problem.distribution(parameters)

    def height(gamma: FloatArray) -> float:
        return float(distribution.log_likelihood(problem.offset + gamma @ problem.x).sum())

    gamma = np.zeros(problem.p)
    here = height(gamma)
    for _ in range(50):
        curves = distribution.curves(problem.offset + gamma @ problem.x)
        gradient = problem.x @ curves.score
        information = (problem.x * curves.expected) @ problem.x.T
        information += 1e-10 * np.trace(information) * np.eye(problem.p)
        step = np.linalg.lstsq(information, gradient, rcond=1e-14)[0]
        promise = float(gradient @ step)
        for _ in range(60):
            there = height(gamma + step)
            if there >= here:
                break
            step = step / 2.0
        else:
            break
        gamma, here = gamma + step, there
        if promise < 1e-8:
            break
    parameters[: problem.p] = gamma
    return parameters


def refuse_separation(problem: Problem, gamma: FloatArray, names: Sequence[str]) -> None:
    """Refuse data in which predictors tell an outcome for certain, so that some γ has no end.

    Parameters
    ----------
    problem : Problem
    gamma : (p,) array
        Of the model without U's, in internal units.
    names : sequence of str
        Of the γ.

    Raises
    ------
    FitError
        Names the predictors.

    Notes
    -----
    Some direction of γ never lowers the likelihood of any row and raises that of one, which a
    linear program finds (Konis 2007, *Linear programming algorithms for detecting separated data in
    binary logistic regression models*, chapter 3).
    """
    eta = gamma @ problem.x
    if np.abs(eta - eta.mean()).max() < FAR:
        return
    rows = problem.x.T
    if problem.family.is_binomial:
        yes, no = problem.y == problem.trials, problem.y == 0.0
        signed = np.where(yes, 1.0, -1.0)[:, None] * rows
        one_sided, fixed = signed[yes | no], rows[~(yes | no)]
    else:
        one_sided, fixed = -rows[problem.y == 0.0], rows[problem.y > 0.0]
    direction = _direction(one_sided, fixed)
    if direction is None:
        return
    guilty = np.flatnonzero((np.abs(direction) > 1e-6) & (np.ptp(rows, axis=0) > 0.0))
    constant = np.flatnonzero(np.ptp(rows, axis=0) == 0.0)
    alone = [
        k
        for k in guilty
        if _direction(one_sided[:, [*constant, k]], fixed[:, [*constant, k]]) is not None
    ]
    without = [names[int(k)] for k in (alone or guilty)] or ["Intercept"]
    what = "the event or its absence" if problem.family.is_binomial else "a count of 0"
    raise FitError(
        f"The predictors tell {what} for certain in some rows ({', '.join(without)}): the larger "
        "the coefficient, the higher the likelihood, so that it has no estimate (separation).",
        "Look at a table of the outcome by these predictors; join categories, or leave one out.",
    )


def _direction(one_sided: FloatArray, fixed: FloatArray) -> FloatArray | None:
    """Find γ that is >= 0 along all rows of the first, 0 along those of the second, and not all 0.

    Parameters
    ----------
    one_sided : (m, p) array
    fixed : (r, p) array

    Returns
    -------
    (p,) array or None
        None where there is no such γ.
    """
    one_sided, fixed = np.unique(one_sided, axis=0), np.unique(fixed, axis=0)
    found = linprog(
        -one_sided.sum(axis=0),
        A_ub=-one_sided,
        b_ub=np.zeros(len(one_sided)),
        A_eq=fixed if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=(-1.0, 1.0),
    )
    largest = float(np.abs(one_sided).max(initial=1.0))
    rises = found.status == 0 and found.fun is not None and -found.fun > 1e-6 * largest
    return np.asarray(found.x, dtype=np.float64) if rises else None


def search(marginal: Integrated, start: FloatArray) -> MarginalOptimum:
    """Find the optimum.

    Parameters
    ----------
    marginal : Integrated
    start : (size,) array

    Returns
    -------
    MarginalOptimum

    Raises
    ------
    FitError
        When the likelihood cannot be computed at the start.
    """
    run = Evaluations(marginal)
    x = run.with_zeros(run.descend(start))
    criterion, gradient = run(x)
    hessian = run.hessian(x)
    decrement = np.inf
    for _ in range(ROUNDS):
        values, vectors = np.linalg.eigh(hessian)
        size = np.maximum(np.abs(values), 1e-10 * np.abs(values).max())
        along = vectors.T @ gradient
        decrement = float((along**2 / size).sum()) / 2.0
        if decrement < TOLERANCE:
            if values[0] >= -1e-5 * values[-1]:
                break
            # a saddle, as Λ = 0 is by symmetry
            x = run.with_zeros(run.descend(run.off(x, vectors[:, 0], criterion)))
            (criterion, gradient), hessian = run(x), run.hessian(x)
            continue
        step = -vectors @ (along / size)
        step *= min(1.0, 1.0 / float(np.abs(step).max()))
        for _ in range(40):
            there = run(x + step)
            if there[0] <= criterion + 1e-12 * abs(criterion):
                break
            step = step / 2.0
        else:
            break
        near = decrement < NEAR  # so near that the Hessian stays the same
        x = x + step
        if not near:
            x = run.with_zeros(x)
            hessian = run.hessian(x)
        criterion, gradient = run(x)
    assert run.b is not None
    return MarginalOptimum(x, criterion, hessian, run.b, decrement, run.count)


def hessian_of(marginal: Integrated, x: FloatArray, b: FloatArray | None = None) -> FloatArray:
    """Make the Hessian of the criterion of central differences of its gradient.

    Parameters
    ----------
    marginal : Integrated
    x : (size,) array
    b : (q, J) array, optional
        Modes nearby.

    Returns
    -------
    (size, size) array
    """
    size = len(x)
    hessian = np.empty((size, size))
    for k in range(size):
        step = np.zeros(size)
        step[k] = STEP * max(1.0, abs(float(x[k])))
        ahead, behind = (marginal.gradient(x + sign * step, b)[1] for sign in (1.0, -1.0))
        hessian[k] = (ahead - behind) / (2.0 * step[k])
    return (hessian + hessian.T) / 2.0


def rough_curvature(scores: FloatArray) -> FloatArray:
    """Guess the Hessian of the criterion by the products of the groups' scores, (m, J) to (m, m).

    It is positive definite, whatever the scores.
    """
    curvature: FloatArray = 2.0 * scores @ scores.T
    curvature += (1e-3 * np.trace(curvature) / len(scores) + 1e-6) * np.eye(len(scores))
    return curvature


class Evaluations:
    """Those of one search: the next begins from the modes of the last, and none is made twice.

    Parameters
    ----------
    marginal : Integrated
    """

    def __init__(self, marginal: Integrated) -> None:
        self.marginal = marginal
        self.b: FloatArray | None = None
        self.count = 0
        self._last: tuple[FloatArray, float, FloatArray] | None = None

    def __call__(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Compute the criterion and its gradient; infinite and 0 where there are none."""
        if self._last is not None and np.array_equal(x, self._last[0]):
            return self._last[1:]
        self.count += 1
        with np.errstate(all="ignore"):  # a step too far: the search takes a shorter one
            try:
                criterion, gradient, b = self.marginal.gradient(x, self.b)
            except np.linalg.LinAlgError:
                return np.inf, np.zeros(len(x))
        if not (np.isfinite(criterion) and np.isfinite(gradient).all()):
            return np.inf, np.zeros(len(x))
        self.b, self._last = b, (x.copy(), criterion, gradient)
        return criterion, gradient

    def descend(self, x: FloatArray) -> FloatArray:
        """Come near an optimum by BFGS, which begins with the curvature of the groups' scores."""
        criterion = self(x)[0]
        if not np.isfinite(criterion):
            raise FitError(
                "The likelihood cannot be computed where the search begins.",
                "Look for outcomes or exposures that are extremely large.",
            )
        scores = self.marginal.scores(x, self.marginal.modes(x, self.b))[1]
        curvature = rough_curvature(scores)
        inverse = np.linalg.inv(curvature)
        options: Any = {
            "gtol": 1e-4 * np.sqrt(np.trace(curvature)),
            "maxiter": 500,
            "hess_inv0": (inverse + inverse.T) / 2.0,
        }
        function: Any = self  # SciPy calls it with x, and takes value and gradient
        found = minimize(
            function,
            x,
            jac=True,
            method="BFGS",
            options=options,
        )
        return np.asarray(found.x, dtype=np.float64)

    def hessian(self, x: FloatArray) -> FloatArray:
        """See :func:`hessian_of`."""
        self.count += 2 * len(x)
        return hessian_of(self.marginal, x, self.b)

    def with_zeros(self, x: FloatArray) -> FloatArray:
        """Replace eigenvalues of ΛΛ' that are all but zero by zeros, if nothing is lost by it."""
        problem = self.marginal.problem
        _, factor = problem.parted(x)
        values, vectors = np.linalg.eigh(factor @ factor.T)
        small = values < ZERO * max(1.0, float(values[-1]))
        if not small.any() or not (values[small] != 0.0).any():
            return x
        exact = lower_factor((vectors * np.where(small, 0.0, values)) @ vectors.T, problem.blocks)
        there = x.copy()
        theta = theta_of(exact, problem.blocks)
        there[problem.theta] = np.where(np.abs(theta) < 1e-9, 0.0, theta)
        return there if self(there)[0] <= self(x)[0] + 1e-7 else x

    def off(self, x: FloatArray, direction: FloatArray, criterion: float) -> FloatArray:
        """Step off a saddle, as far as the criterion falls."""
        best, least = x, criterion
        for length in 0.5 ** np.arange(0, 10):
            for sign in (1.0, -1.0):
                there = x + sign * length * direction
                value = self(there)[0]
                if value < least:
                    best, least = there, value
        return best
