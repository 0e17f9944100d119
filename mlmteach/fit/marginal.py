"""The likelihood of outcomes that are not normal: an integral over the U's of each group.

With ``U_j = Λ b_j`` and b standard normal, the likelihood of group j is the integral of
``exp(h_j(b))``, where ``h_j(b) = log f(y_j | b) - b'b / 2 - q log(2π) / 2``.  About the mode of h
and with the curvature ``A = I + Λ'Z'WZΛ = LL'`` there, it is

    ``log L_j = -log|L| + log Σ_k ω_k exp(h_j(b_k) + x_k'x_k / 2)``,  ``b_k = mode + L⁻ᵀ x_k``,

with the nodes x and weights ω of Gauss and Hermite: adaptive quadrature (Pinheiro & Bates 1995,
*Journal of Computational and Graphical Statistics* 4(1), section 2.4), and Laplace's
approximation where x = 0 is the only node.  Both are one formula here, and so is their gradient.

Arrays hold the rows of the data last, and groups before: sums over the rows of a group are then
sums over what lies side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import logsumexp

from mlmteach.errors import OptionError
from mlmteach.fit.distributions import NegativeBinomial, distribution_of
from mlmteach.fit.theta import basis_of, factor_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.distributions import Distribution
    from mlmteach.fit.theta import Blocks
    from mlmteach.model.family import Family

__all__ = ["Grid", "Marginal", "Modes", "Problem", "grid"]

MOST = 101  # points of a rule in one dimension
CLOSE = 1e-9  # a promised gain after which one more Newton step has all digits


@dataclass(frozen=True, eq=False)
class Grid:
    """The nodes of a quadrature rule.

    Attributes
    ----------
    nodes : (K, q) array
    log_weights : (K,) array
        Of weights that sum to 1, with ``x'x / 2`` added.
    """

    nodes: FloatArray
    log_weights: FloatArray


def grid(points: int, q: int) -> Grid:
    """Make the product rule of Gauss and Hermite.

    Parameters
    ----------
    points : int
        In each dimension; with 1 it is Laplace's approximation.
    q : int
        How many U's a group has.

    Returns
    -------
    Grid

    Raises
    ------
    OptionError
        If there are too many dimensions for a product rule, or no such number of points.

    Examples
    --------
    >>> grid(3, 1).nodes.round(3).tolist()
    [[-1.732], [0.0], [1.732]]
    """
    given: object = points
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or not 1 <= points <= MOST:
        raise OptionError(
            f"points={points!r} is no number of quadrature points.",
            f"Use 1 for Laplace's approximation, or 2 to {MOST}; 7 to 15 are usual.",
        )
    if q > 2 and points > 1:
        raise OptionError(
            f"A group has {q} U's, and quadrature has {points}^{q} nodes for each group.",
            "Use points=1 (Laplace's approximation), or at most two U's.",
        )
    x, w = hermegauss(points)
    nodes = np.array(list(product(x, repeat=q)))  # (K, q)
    log_w = np.array([sum(row) for row in product(np.log(w / w.sum()), repeat=q)])
    return Grid(nodes, log_w + 0.5 * (nodes**2).sum(axis=1))


@dataclass(frozen=True, eq=False)
class Problem:
    """The rows of a model, group by group, in internal units.

    Attributes
    ----------
    family : Family
    y, trials, offset : (n,) array
    x : (p, n) array
    z : (q, n) array
    firsts : (J,) array of int
        The first row of each group.
    codes : (n,) array of int
        The group of each row, in order.
    blocks : tuple of tuple of int
        The U's that may correlate.
    """

    family: Family
    y: FloatArray
    trials: FloatArray
    offset: FloatArray
    x: FloatArray
    z: FloatArray
    firsts: IntArray
    codes: IntArray
    blocks: Blocks

    @property
    def p(self) -> int:
        """The number of γ."""
        return len(self.x)

    @property
    def q(self) -> int:
        """The number of U's of a group."""
        return len(self.z)

    @property
    def groups(self) -> int:
        """J."""
        return len(self.firsts)

    @cached_property
    def basis(self) -> FloatArray:
        """(k, q, q), of which Λ is a weighted sum."""
        return basis_of(self.blocks)

    @property
    def has_shape(self) -> bool:
        """Whether the distribution has a parameter of its own."""
        return self.family.name == "negbin"

    @property
    def size(self) -> int:
        """The number of parameters: γ, θ, and the logarithm of a shape."""
        return self.p + len(self.basis) + self.has_shape

    def distribution(self, parameters: FloatArray) -> Distribution:
        """The distribution of the rows."""
        shape = float(np.exp(np.clip(parameters[-1], -30.0, 30.0))) if self.has_shape else 1.0
        return distribution_of(self.family, self.y, self.trials, shape=shape)

    def parted(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """γ, (p,), and Λ, (q, q)."""
        theta = parameters[self.p : self.p + len(self.basis)]
        return parameters[: self.p], factor_of(theta, self.basis)

    def with_outcome(self, y: FloatArray) -> Problem:
        """The same with another outcome, in the order of these rows."""
        return replace(self, y=y)

    def by_group(self, rows: FloatArray) -> FloatArray:
        """Sum over the rows of each group: (..., n) to (..., J)."""
        sums: FloatArray = np.add.reduceat(rows, self.firsts, axis=-1)
        return sums


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes of the groups at given parameters.

    Attributes
    ----------
    b : (q, J) array
    eta : (n,) array
        The linear predictor there.
    m : (q, n) array
        The rows of ZΛ.
    height : (J,) array
        h at the mode, without the constants.
    """

    b: FloatArray
    eta: FloatArray
    m: FloatArray
    height: FloatArray


@dataclass(frozen=True, eq=False)
class Marginal:
    """The marginal likelihood of a problem, by a rule.

    Parameters
    ----------
    problem : Problem
    grid : Grid
    """

    problem: Problem
    grid: Grid

    def modes(self, parameters: FloatArray, start: FloatArray | None = None) -> Modes:
        """Find the mode of each group's integrand by Newton's method, for all groups at once.

        Parameters
        ----------
        parameters : (size,) array
        start : (q, J) array, optional
            Modes nearby.

        Returns
        -------
        Modes
        """
        problem = self.problem
        gamma, factor = problem.parted(parameters)
        distribution = problem.distribution(parameters)
        m = factor.T @ problem.z  # (q, q) @ (q, n)
        fixed = problem.offset + gamma @ problem.x
        pairs = _products(m)

        def height(b: FloatArray) -> tuple[FloatArray, FloatArray]:
            eta = fixed + np.einsum("qn,qn->n", m, b[:, problem.codes])
            rows = distribution.log_likelihood(eta)
            return eta, problem.by_group(rows) - 0.5 * np.einsum("qj,qj->j", b, b)

        b = np.zeros((problem.q, problem.groups)) if start is None else start
        eta, here = height(b)
        if start is not None and not np.isfinite(here).all():
            b = np.zeros_like(b)
            eta, here = height(b)
        for _ in range(100):
            score, observed = distribution.slope(eta)
            gradient = problem.by_group(m * score) - b  # (q, J)
            curvature = _square(problem.by_group(pairs * observed), problem.q)
            step = np.linalg.solve(curvature, gradient.T[:, :, None])[:, :, 0].T
            promise = np.einsum("qj,qj->j", gradient, step)
            trial = b + step
            eta_there, there = height(trial)
            last = float(promise.max()) < CLOSE
            worse = ~(there >= here - 1e-10 * (1.0 + np.abs(here)))
            if last:
                if not worse.any():
                    b, eta, here = trial, eta_there, there
                break
            for _ in range(60):
                if not worse.any():
                    break
                step = np.where(worse, step / 2.0, step)
                trial = b + step
                eta_there, there = height(trial)
                worse = ~(there >= here - 1e-10 * (1.0 + np.abs(here)))
            b, eta, here = trial, eta_there, there
        return Modes(b, eta, m, here)

    def criterion(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Compute -2 log-likelihood, and the modes."""
        modes = self.modes(parameters, start)
        curves = self.problem.distribution(parameters).curves(modes.eta)
        root, _ = self._root(modes, curves.expected)
        total = self._log_likelihoods(parameters, modes, root)[0]
        return -2.0 * (float(total.sum()) + self._constant(parameters)), modes.b

    def gradient(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray, FloatArray]:
        """Compute -2 log-likelihood, its gradient, and the modes.

        Returns
        -------
        criterion : float
        gradient : (size,) array
        b : (q, J) array
        """
        modes = self.modes(parameters, start)
        values, scores = self.scores(parameters, modes)
        criterion = -2.0 * (float(values.sum()) + self._constant(parameters))
        return criterion, -2.0 * scores.sum(axis=1), modes.b

    def scores(self, parameters: FloatArray, modes: Modes) -> tuple[FloatArray, FloatArray]:
        """Compute each group's log-likelihood, without the constants, and its derivatives.

        Returns
        -------
        values : (J,) array
        scores : (size, J) array
        """
        problem = self.problem
        q, codes, basis = problem.q, problem.codes, problem.basis
        _, factor = problem.parted(parameters)
        distribution = problem.distribution(parameters)
        curves = distribution.curves(modes.eta)
        pairs = _products(modes.m)
        root, _ = self._root(modes, curves.expected)  # L^-T, (J, q, q)
        shape = (
            distribution.shape_curves(modes.eta)
            if isinstance(distribution, NegativeBinomial)
            else None
        )

        # how η changes with each parameter while b stays, (size, n)
        turned = np.einsum("kab,bj->kaj", basis, modes.b)  # B b, (k, q, J)
        by_theta = np.einsum("an,kan->kn", problem.z, turned[:, :, codes])
        direct = np.concatenate([problem.x, by_theta])

        # how the modes follow: the derivative of h's gradient, by h's curvature
        pull = -problem.by_group(direct[:, None] * (modes.m * curves.observed))  # (·, q, J)
        z_score = problem.by_group(problem.z * curves.score)  # (q, J)
        pull[problem.p :] += np.einsum("kab,aj->kbj", basis, z_score)
        if shape is not None:
            direct = np.concatenate([direct, np.zeros((1, len(codes)))])
            pull = np.concatenate([pull, problem.by_group(modes.m * shape.score)[None]])
        inner = _square(problem.by_group(pairs * curves.observed), q)  # (J, q, q)
        moved = np.linalg.solve(inner[:, None], pull.transpose(2, 0, 1)[..., None])[..., 0]
        follow = moved.transpose(1, 2, 0)  # (size, q, J)
        total = direct + np.einsum("qn,sqn->sn", modes.m, follow[:, :, codes])

        # how the curvature A changes, (size, J, q, q)
        change = problem.by_group(pairs[None] * (total * curves.bend)[:, None])
        changed = _square(change, q, diagonal=0.0)
        z_weighted = _square(problem.by_group(_products(problem.z) * curves.expected), q, 0.0)
        crossed = np.einsum("kab,jac,cd->kjbd", basis, z_weighted, factor)
        at = slice(problem.p, problem.p + len(basis))
        changed[at] += crossed + crossed.swapaxes(-1, -2)
        if shape is not None:
            changed[-1] += _square(problem.by_group(pairs * shape.expected), q, 0.0)
        inward = root.swapaxes(-1, -2) @ changed @ root  # L^-1 dA L^-T
        log_root = 0.5 * np.einsum("sjaa->sj", inward)
        lower = np.tril(inward)
        lower[..., range(q), range(q)] /= 2.0
        root_change = -root @ lower.swapaxes(-1, -2)  # d(L^-T), (size, J, q, q)

        values, shares, nodes = self._log_likelihoods(parameters, modes, root)
        scores = -log_root
        for k, x in enumerate(self.grid.nodes):
            b, eta = nodes[k]
            at_node = distribution.curves(eta) if k or len(nodes) > 1 else curves
            row_score = at_node.score
            z_row = problem.by_group(problem.z * row_score)  # (q, J)
            own = np.concatenate(
                [
                    problem.by_group(problem.x * row_score),
                    np.einsum("aj,kab,bj->kj", z_row, basis, b),
                ]
            )
            if shape is not None:
                assert isinstance(distribution, NegativeBinomial)
                by_shape = distribution.shape_curves(eta).log_likelihood
                own = np.concatenate([own, problem.by_group(by_shape)[None]])
            slope = factor.T @ z_row - b  # (q, J)
            shift = follow + np.einsum("sjab,b->saj", root_change, x)
            scores = scores + shares[k] * (own + np.einsum("qj,sqj->sj", slope, shift))
        return values, scores

    def _root(self, modes: Modes, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``L⁻ᵀ`` with ``A = LL'``, and A, (J, q, q) each."""
        pairs = _products(modes.m) * expected
        a = _square(self.problem.by_group(pairs), self.problem.q)
        lower = np.linalg.cholesky(a)
        inverse = np.linalg.solve(lower, np.broadcast_to(np.eye(self.problem.q), lower.shape))
        return inverse.swapaxes(-1, -2), a

    def _log_likelihoods(
        self, parameters: FloatArray, modes: Modes, root: FloatArray
    ) -> tuple[FloatArray, FloatArray, list[tuple[FloatArray, FloatArray]]]:
        """The groups' log-likelihoods, the nodes' shares of them, (K, J), and b, η at each node."""
        problem, distribution = self.problem, self.problem.distribution(parameters)
        log_det = np.log(np.einsum("jaa->ja", root)).sum(axis=1)  # of L^-T
        if len(self.grid.nodes) == 1:
            return log_det + modes.height, np.ones((1, problem.groups)), [(modes.b, modes.eta)]
        nodes, heights = [], []
        for x, log_weight in zip(self.grid.nodes, self.grid.log_weights, strict=True):
            away = np.einsum("jab,b->aj", root, x)  # (q, J)
            b = modes.b + away
            eta = modes.eta + np.einsum("qn,qn->n", modes.m, away[:, problem.codes])
            rows = problem.by_group(distribution.log_likelihood(eta))
            heights.append(log_weight + rows - 0.5 * np.einsum("qj,qj->j", b, b))
            nodes.append((b, eta))
        stacked = np.array(heights)  # (K, J)
        whole = logsumexp(stacked, axis=0)
        return log_det + whole, np.exp(stacked - whole), nodes

    def _constant(self, parameters: FloatArray) -> float:
        return self.problem.distribution(parameters).constant

    def covariances(self, parameters: FloatArray, modes: Modes) -> FloatArray:
        """Approximate the covariance of b given the data, (J, q, q), by the curvature there."""
        curves = self.problem.distribution(parameters).curves(modes.eta)
        root, _ = self._root(modes, curves.expected)
        return root @ root.swapaxes(-1, -2)


def _products(m: FloatArray) -> FloatArray:
    """The products of pairs of rows of an array, (q, n) to (q(q+1)/2, n)."""
    a, b = np.triu_indices(len(m))
    return m[a] * m[b]


def _square(sums: FloatArray, q: int, diagonal: float = 1.0) -> FloatArray:
    """Lay out products of pairs, (..., q(q+1)/2, J), as matrices, (..., J, q, q), plus I."""
    a, b = np.triu_indices(q)
    square = np.empty((*sums.shape[:-2], sums.shape[-1], q, q))
    entries = np.moveaxis(sums, -2, -1)  # (..., J, pairs)
    square[..., a, b] = entries
    square[..., b, a] = entries
    square[..., range(q), range(q)] += diagonal
    return square
