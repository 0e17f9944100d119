"""Outcomes that are not normal at three levels: two random intercepts, by Laplace's approximation.

With ``u_j = θ_a b_j`` for lower groups and ``v_k = θ_b c_k`` for the upper groups that hold them, b
and c standard normal, the likelihood of an upper group is an integral over its c and all b of its
lower groups.  About the mode of ``h(b, c) = log f(y | b, c) - b'b / 2 - c²/ 2``, and with the
curvature A there, it is

    ``log L_k = h(mode) - log|A| / 2``

A is an arrow: lower groups meet in their upper group alone.  With w the sum over the rows of a
lower group of the curvature W of the log-likelihood in η,

    ``d_j = 1 / (1 + θ_a² w_j)``,  ``s_k = Σ w_j d_j``,  ``e_k = 1 / (1 + θ_b² s_k)``,
    ``log|A| = -Σ log d_j - log e_k``

so that everything costs one pass over the rows.  It is what lme4's ``glmer`` maximises for
``(1 | a/b)`` (Bates et al., vignette "Computational methods for mixed models", section 3.6).
The gradient is analytic: the mode follows the parameters by the implicit function theorem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.distributions import NegativeBinomial
from mlmteach.fit.marginal import Problem, climb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.design import LayeredDesign
    from mlmteach.fit.moments import Scaling
    from mlmteach.model.family import Family

__all__ = ["NestedMarginal", "NestedModes", "nested_marginal"]


@dataclass(frozen=True, eq=False)
class NestedModes:
    """The modes at given parameters.

    Attributes
    ----------
    b : (J + K,) array
        Of the lower groups, and then of the upper ones.
    eta : (n,) array
        The linear predictor there.
    height : (K,) array
        h of each upper group, without the constants.
    """

    b: FloatArray
    eta: FloatArray
    height: FloatArray


@dataclass(frozen=True, eq=False)
class _Arrow:
    """The curvature ``I + Λ'Z'WZΛ``, from the sums w of W over the rows of lower groups."""

    w: FloatArray
    lower: float
    upper: float
    children: IntArray

    @cached_property
    def d(self) -> FloatArray:
        """(J,)."""
        d: FloatArray = 1.0 / (1.0 + self.lower**2 * self.w)
        return d

    @cached_property
    def s(self) -> FloatArray:
        """(K,)."""
        s: FloatArray = np.add.reduceat(self.w * self.d, self.children)
        return s

    @cached_property
    def e(self) -> FloatArray:
        """(K,)."""
        e: FloatArray = 1.0 / (1.0 + self.upper**2 * self.s)
        return e

    @property
    def parents(self) -> IntArray:
        """The number of lower groups of each upper one, (K,)."""
        return np.diff(self.children, append=len(self.w))

    def log_det(self) -> FloatArray:
        """Of each upper group, (K,)."""
        log_det: FloatArray = -np.add.reduceat(np.log(self.d), self.children) - np.log(self.e)
        return log_det

    def solve(self, own: FloatArray, shared: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Divide a right-hand side by it: (J,) and (K,) to (J,) and (K,)."""
        between = self.lower * self.upper * self.w * self.d
        top = self.e * (shared - np.add.reduceat(between * own, self.children))
        return self.d * own - between * np.repeat(top, self.parents), top

    def variances(self) -> tuple[FloatArray, FloatArray]:
        """The diagonal of its inverse, (J,) and (K,)."""
        between = self.lower * self.upper * self.w * self.d
        return self.d + between**2 * np.repeat(self.e, self.parents), self.e

    def weights(self) -> FloatArray:
        """The derivative of its log-determinant in w, (J,)."""
        shared = np.repeat(self.e, self.parents)
        weights: FloatArray = self.lower**2 * self.d + self.upper**2 * self.d**2 * shared
        return weights

    def slopes(self) -> tuple[FloatArray, FloatArray]:
        """The derivatives of the log-determinants in θ_a and in θ_b with w held, two (K,)."""
        by_lower = 2.0 * self.lower * np.add.reduceat(self.w * self.d, self.children)
        bent = np.add.reduceat((self.w * self.d) ** 2, self.children)
        by_lower -= 2.0 * self.lower * self.upper**2 * self.e * bent
        return by_lower, 2.0 * self.upper * self.s * self.e


@dataclass(frozen=True, eq=False)
class NestedMarginal:
    """The marginal likelihood of two random intercepts, one within the other.

    Parameters
    ----------
    problem : Problem
        Its rows in the order of upper and, in them, of lower groups.  Its two U's are the lower and
        the upper intercept, and its groups the upper ones.
    firsts : (J,) array of int
        The first row of each lower group.
    children : (K,) array of int
        The first lower group of each upper one.
    """

    problem: Problem
    firsts: IntArray
    children: IntArray

    @classmethod
    def of(cls, problem: Problem, lower: IntArray) -> NestedMarginal:
        """Find where groups begin, by the codes of the lower groups in the order of the rows."""
        upper = problem.codes
        firsts = np.flatnonzero(np.diff(lower, prepend=-1) | np.diff(upper, prepend=-1))
        return cls(problem, firsts, np.flatnonzero(np.diff(upper[firsts], prepend=-1)))

    def of_rows(self, kept: NDArray[np.bool_]) -> NestedMarginal:
        """Keep some of the rows, with the groups that they are of."""
        lower = np.repeat(np.arange(len(self.firsts)), self.sizes)
        return NestedMarginal.of(self.problem.of_rows(kept), lower[kept])

    @cached_property
    def sizes(self) -> IntArray:
        """The number of rows of each lower group, (J,)."""
        return np.diff(self.firsts, append=len(self.problem.y))

    @cached_property
    def parents(self) -> IntArray:
        """The number of lower groups of each upper one, (K,)."""
        return np.diff(self.children, append=len(self.firsts))

    def to_lower(self, rows: FloatArray) -> FloatArray:
        """Sum over the rows of each lower group, (..., n) to (..., J)."""
        sums: FloatArray = np.add.reduceat(rows, self.firsts, axis=-1)
        return sums

    def to_upper(self, lower: FloatArray) -> FloatArray:
        """Sum over the lower groups of each upper one, (..., J) to (..., K)."""
        sums: FloatArray = np.add.reduceat(lower, self.children, axis=-1)
        return sums

    def _along(self, own: FloatArray, shared: FloatArray) -> FloatArray:
        """Give the lower and the upper groups' values, (J,) and (K,), to the rows, (n,)."""
        return np.repeat(own + np.repeat(shared, self.parents), self.sizes)

    def sizes_of_effects(self, parameters: FloatArray) -> tuple[float, float]:
        """θ_a and θ_b: what the standard normal b of lower groups and c of upper ones are times."""
        lower, upper = np.diag(self.problem.parted(parameters)[1])
        return float(lower), float(upper)

    def _arrow(self, weights: FloatArray, parameters: FloatArray) -> _Arrow:
        lower, upper = self.sizes_of_effects(parameters)
        return _Arrow(self.to_lower(weights), lower, upper, self.children)

    def modes(self, parameters: FloatArray, start: FloatArray | None = None) -> NestedModes:
        """Find the mode of each upper group's integrand by Newton's method, for all at once.

        Parameters
        ----------
        parameters : (size,) array
        start : (J + K,) array, optional
            Modes nearby.

        Returns
        -------
        NestedModes
        """
        problem, groups = self.problem, len(self.firsts)
        gamma = parameters[: problem.p]
        lower, upper = self.sizes_of_effects(parameters)
        distribution = problem.distribution(parameters)
        fixed = problem.offset + gamma @ problem.x

        def height(b: FloatArray) -> tuple[FloatArray, FloatArray]:
            eta = fixed + self._along(lower * b[:groups], upper * b[groups:])
            own = self.to_lower(distribution.log_likelihood(eta)) - 0.5 * b[:groups] ** 2
            return eta, self.to_upper(own) - 0.5 * b[groups:] ** 2

        def newton(b: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
            score, observed = distribution.slope(eta)
            sums = self.to_lower(score)
            own, shared = lower * sums - b[:groups], upper * self.to_upper(sums) - b[groups:]
            step = np.concatenate(self._arrow(observed, parameters).solve(own, shared))
            return step, self.to_upper(own * step[:groups]) + shared * step[groups:]

        def spread(uppers: FloatArray) -> FloatArray:
            return np.append(np.repeat(uppers, self.parents), uppers)

        zero = np.zeros(groups + len(self.children))
        return NestedModes(*climb(height, newton, zero, start, spread=spread))

    def draw(self, parameters: FloatArray, generator: np.random.Generator) -> FloatArray:
        """Draw the linear predictor of all rows, with new effects of all groups, (n,)."""
        problem = self.problem
        lower, upper = self.sizes_of_effects(parameters)
        own = lower * generator.standard_normal(len(self.firsts))
        shared = upper * generator.standard_normal(len(self.children))
        eta: FloatArray = problem.offset + parameters[: problem.p] @ problem.x
        return eta + self._along(own, shared)

    def criterion(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Compute -2 log-likelihood, and the modes, (J + K,)."""
        modes = self.modes(parameters, start)
        distribution = self.problem.distribution(parameters)
        arrow = self._arrow(distribution.curves(modes.eta).expected, parameters)
        total = float((modes.height - arrow.log_det() / 2.0).sum())
        return -2.0 * (total + distribution.constant), modes.b

    def gradient(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray, FloatArray]:
        """Compute -2 log-likelihood, its gradient, and the modes.

        Returns
        -------
        criterion : float
        gradient : (size,) array
        b : (J + K,) array
        """
        modes = self.modes(parameters, start)
        values, scores = self.scores(parameters, modes)
        constant = self.problem.distribution(parameters).constant
        return -2.0 * (float(values.sum()) + constant), -2.0 * scores.sum(axis=1), modes.b

    def scores(self, parameters: FloatArray, modes: NestedModes) -> tuple[FloatArray, FloatArray]:
        """Compute each upper group's log-likelihood, without constants, and its derivatives.

        Parameters
        ----------
        parameters : (size,) array
        modes : NestedModes
            At these parameters.

        Returns
        -------
        values : (K,) array
        scores : (size, K) array

        Notes
        -----
        A parameter changes h with the mode held; the log-determinant, with w held; w, by η; and the
        mode, and through it η once more.  This last effect is the derivative of the log-determinant
        in the mode, by the curvature of h, by how the parameter changes the gradient of h.
        """
        problem, groups = self.problem, len(self.firsts)
        lower, upper = self.sizes_of_effects(parameters)
        b, c = modes.b[:groups], np.repeat(modes.b[groups:], self.parents)  # both (J,)
        distribution = problem.distribution(parameters)
        curves = distribution.curves(modes.eta)
        arrow = self._arrow(curves.expected, parameters)
        weights = arrow.weights()  # of the log-determinant in w, (J,)
        pull = weights * self.to_lower(curves.bend)  # and in what η of a lower group gains

        # what a unit more of η in all rows of a lower group does by way of the mode
        curved = self._arrow(curves.observed, parameters)
        own, shared = curved.solve(lower * pull, upper * self.to_upper(pull))
        follow = lower * own + upper * np.repeat(shared, self.parents)  # (J,)

        score, observed = self.to_lower(curves.score), curved.w
        by_x = self.to_upper(
            self.to_lower(problem.x * curves.score)
            - 0.5 * weights * self.to_lower(problem.x * curves.bend)
            + 0.5 * follow * self.to_lower(problem.x * curves.observed)
        )  # (p, K)
        direct = score - 0.5 * pull + 0.5 * follow * observed  # of η's gain in a lower group, (J,)
        by_lower, by_upper = arrow.slopes()
        by_lower = self.to_upper(direct * b - 0.5 * own * score) - 0.5 * by_lower
        by_upper = self.to_upper(direct * c) - 0.5 * (shared * self.to_upper(score) + by_upper)
        by_theta = np.einsum("kaa,aj->kj", problem.basis, np.array([by_lower, by_upper]))
        rows = [*by_x, *by_theta]
        if isinstance(distribution, NegativeBinomial):
            shape = distribution.shape_curves(modes.eta)
            by_shape = (
                self.to_lower(shape.log_likelihood)
                - 0.5 * weights * self.to_lower(shape.expected)
                - 0.5 * follow * self.to_lower(shape.score)
            )
            rows.append(self.to_upper(by_shape))
        return modes.height - 0.5 * arrow.log_det(), np.array(rows)

    def variances(
        self, parameters: FloatArray, modes: NestedModes
    ) -> tuple[FloatArray, FloatArray]:
        """Approximate the variances of u, (J,), and of v, (K,), given the data."""
        lower, upper = self.sizes_of_effects(parameters)
        expected = self.problem.distribution(parameters).curves(modes.eta).expected
        own, shared = self._arrow(expected, parameters).variances()
        return lower**2 * own, upper**2 * shared


def nested_marginal(family: Family, design: LayeredDesign, scaling: Scaling) -> NestedMarginal:
    """Lay out the rows of a model with two random intercepts, one within the other.

    Parameters
    ----------
    family : Family
    design : LayeredDesign
        The lower grouping first, each with the random intercept alone.
    scaling : Scaling
        The internal units of X.

    Returns
    -------
    NestedMarginal
        Its lower and upper groups have the order in which ``np.lexsort`` of their codes has them.
    """
    lower, upper = design.layers
    order = np.lexsort((lower.codes, upper.codes))
    x, z = design.X @ scaling.x, np.ones((len(order), 2))
    problem = Problem.of(family, design, x, z, upper.codes, ((0,), (1,)), order)
    return NestedMarginal.of(problem, lower.codes[order])
