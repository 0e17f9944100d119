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
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.design import Design, LayeredDesign
    from mlmteach.fit.distributions import Distribution
    from mlmteach.fit.theta import Blocks
    from mlmteach.model.family import Family

__all__ = ["Grid", "Marginal", "Modes", "Problem", "climb", "grid"]

MOST = 101  # points of a rule in one dimension
CLOSE = 1e-9  # a promised gain after which one more Newton step has all digits
ROUNDING = 1e-10  # a fall of h that is none


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
    change : (q, q) array, optional
        From the units of θ to those of z, where they are not the same.
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
    change: FloatArray | None = None

    @classmethod
    def of(
        cls,
        family: Family,
        design: Design | LayeredDesign,
        x: FloatArray,
        z: FloatArray,
        codes: IntArray,
        blocks: Blocks,
        order: IntArray,
    ) -> Problem:
        """Lay out a design for the likelihood.

        Parameters
        ----------
        family : Family
        design : Design or LayeredDesign
        x : (n, p) array
            In internal units.
        z : (n, q) array
            In internal units.
        codes : (n,) array of int
        blocks : tuple of tuple of int
        order : (n,) array of int
            In which the rows of a group follow one another.
        """
        own, n = codes[order], len(order)
        return cls(
            family,
            design.y[order],
            np.ones(n) if design.trials is None else design.trials[order],
            np.zeros(n) if design.offset is None else design.offset[order],
            np.ascontiguousarray(x[order].T),
            np.ascontiguousarray(z[order].T),
            np.flatnonzero(np.diff(own, prepend=-1)),
            own,
            blocks,
        )

    def of_rows(self, kept: NDArray[np.bool_]) -> Problem:
        """Keep some of the rows, in the same internal units, with the groups that they are of.

        Parameters
        ----------
        kept : (n,) array of bool

        Returns
        -------
        Problem
        """
        codes = np.unique(self.codes[kept], return_inverse=True)[1]
        return replace(
            self,
            y=self.y[kept],
            trials=self.trials[kept],
            offset=self.offset[kept],
            x=np.ascontiguousarray(self.x[:, kept]),
            z=np.ascontiguousarray(self.z[:, kept]),
            firsts=np.flatnonzero(np.diff(codes, prepend=-1)),
            codes=codes,
        )

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
        return basis_of(self.blocks, self.change)

    @cached_property
    def sizes(self) -> IntArray:
        """The number of rows of each group, (J,)."""
        return np.diff(self.firsts, append=len(self.y))

    @cached_property
    def zz(self) -> FloatArray:
        """The products of pairs of rows of z, (q(q+1)/2, n)."""
        a, b = np.triu_indices(self.q)
        pairs: FloatArray = self.z[a] * self.z[b]
        return pairs

    @cached_property
    def plain(self) -> Distribution:
        """The distribution of the rows, of which only a shape may change."""
        return distribution_of(self.family, self.y, self.trials)

    @property
    def has_shape(self) -> bool:
        """Whether the distribution has a parameter of its own."""
        return self.family.name == "negbin"

    @property
    def size(self) -> int:
        """The number of parameters: γ, θ, and the logarithm of a shape."""
        return self.p + len(self.basis) + self.has_shape

    @property
    def theta(self) -> slice:
        """Where θ stands among the parameters."""
        return slice(self.p, self.p + len(self.basis))

    def distribution(self, parameters: FloatArray) -> Distribution:
        """The distribution of the rows."""
        if not self.has_shape:
            return self.plain
        shape = float(np.exp(np.clip(parameters[-1], -30.0, 30.0)))
        return distribution_of(self.family, self.y, shape=shape)

    def parted(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """γ, (p,), and Λ, (q, q)."""
        return parameters[: self.p], factor_of(parameters[self.theta], self.basis)

    def with_outcome(self, y: FloatArray) -> Problem:
        """The same with another outcome, in the order of these rows."""
        return replace(self, y=y)

    def by_group(self, rows: FloatArray) -> FloatArray:
        """Sum over the rows of each group: (..., n) to (..., J)."""
        sums: FloatArray = np.add.reduceat(rows, self.firsts, axis=-1)
        return sums

    def products(self, weights: FloatArray) -> FloatArray:
        """``Z'WZ`` of each group, with a weight for each row: (n,) to (J, q, q)."""
        sums = self.by_group(self.zz * weights)  # (q(q+1)/2, J)
        square = np.empty((self.groups, self.q, self.q))
        for own, a, b in zip(sums, *np.triu_indices(self.q), strict=True):
            square[:, a, b] = square[:, b, a] = own
        return square

    def along(self, u: FloatArray) -> FloatArray:
        """What U's, (q, J), add to the linear predictor of each row, (n,)."""
        return np.asarray(
            sum(z * np.repeat(own, self.sizes) for z, own in zip(self.z, u, strict=True))
        )


def climb(
    height: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    newton: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
    zero: FloatArray,
    start: FloatArray | None = None,
    *,
    spread: Callable[[FloatArray], FloatArray] = lambda groups: groups,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Find the modes of the integrands of all groups at once by Newton's method.

    A step after which a group is lower than before is halved for this group.

    Parameters
    ----------
    height : function
        From b to η, (n,), and to h of each group, (J,).
    newton : function
        From b and η to the step of b, and to what it promises each group, (J,).
    zero : array
        b where nothing is known of it.
    start : array, optional
        b nearby.
    spread : function, optional
        From something of each group, (J,), to the same in the shape of b.

    Returns
    -------
    b, eta, height : array
        At the modes.
    """
    b = zero if start is None else start
    eta, here = height(b)
    if start is not None and not np.isfinite(here).all():
        b = zero
        eta, here = height(b)
    for _ in range(100):
        step, promise = newton(b, eta)
        last = float(promise.max()) < CLOSE
        trial = b + step
        eta_there, there = height(trial)
        worse = ~(there >= here - ROUNDING * (1.0 + np.abs(here)))
        if last and worse.any():
            break
        for _ in range(60):
            if not worse.any():
                break
            step = step * spread(np.where(worse, 0.5, 1.0))
            trial = b + step
            eta_there, there = height(trial)
            worse = ~(there >= here - ROUNDING * (1.0 + np.abs(here)))
        b, eta, here = trial, eta_there, there
        if last:
            break
    return b, eta, here


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes of the groups at given parameters.

    Attributes
    ----------
    b : (q, J) array
    eta : (n,) array
        The linear predictor there.
    height : (J,) array
        h at the mode, without the constants.
    """

    b: FloatArray
    eta: FloatArray
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

    def of_rows(self, kept: NDArray[np.bool_]) -> Marginal:
        """Keep some of the rows, with the groups that they are of."""
        return replace(self, problem=self.problem.of_rows(kept))

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
        fixed = problem.offset + gamma @ problem.x

        def height(b: FloatArray) -> tuple[FloatArray, FloatArray]:
            eta = fixed + problem.along(factor @ b)
            rows = problem.by_group(distribution.log_likelihood(eta))
            return eta, rows - 0.5 * (b * b).sum(axis=0)

        def newton(b: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
            score, observed = distribution.slope(eta)
            gradient = factor.T @ problem.by_group(problem.z * score) - b  # (q, J)
            inner = _curvature(problem.products(observed), factor)
            solved = np.linalg.solve(inner, gradient.T[:, :, None])  # (J, q, 1)
            step = np.asarray(solved[:, :, 0].T, dtype=np.float64)
            promise: FloatArray = (gradient * step).sum(axis=0)
            return step, promise

        zero = np.zeros((problem.q, problem.groups))
        return Modes(*climb(height, newton, zero, start))

    def draw(self, parameters: FloatArray, generator: np.random.Generator) -> FloatArray:
        """Draw the linear predictor of all rows, with new U's, (n,)."""
        problem = self.problem
        gamma, factor = problem.parted(parameters)
        b = generator.standard_normal((problem.q, problem.groups))
        eta: FloatArray = problem.offset + gamma @ problem.x + problem.along(factor @ b)
        return eta

    def criterion(
        self, parameters: FloatArray, start: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Compute -2 log-likelihood, and the modes, (q, J)."""
        problem, modes = self.problem, self.modes(parameters, start)
        _, factor = problem.parted(parameters)
        distribution = problem.distribution(parameters)
        root = _root(problem.products(distribution.curves(modes.eta).expected), factor)
        total = self._log_likelihoods(distribution, factor, modes, root)[0]
        return -2.0 * (float(total.sum()) + distribution.constant), modes.b

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
        constant = self.problem.distribution(parameters).constant
        return -2.0 * (float(values.sum()) + constant), -2.0 * scores.sum(axis=1), modes.b

    def scores(self, parameters: FloatArray, modes: Modes) -> tuple[FloatArray, FloatArray]:
        """Compute each group's log-likelihood, without the constants, and its derivatives.

        Parameters
        ----------
        parameters : (size,) array
        modes : Modes
            At these parameters.

        Returns
        -------
        values : (J,) array
        scores : (size, J) array

        Notes
        -----
        With a parameter, η changes directly, the mode follows (by the implicit function theorem),
        and with both the curvature A, its root, and the nodes.  What θ does is a sum over rows of
        products of z alone.
        """
        problem = self.problem
        q, basis = problem.q, problem.basis
        _, factor = problem.parted(parameters)
        distribution = problem.distribution(parameters)
        curves = distribution.curves(modes.eta)
        counts = distribution if isinstance(distribution, NegativeBinomial) else None
        shape = None if counts is None else counts.shape_curves(modes.eta)
        sums, products, z, x = problem.by_group, problem.products, problem.z, problem.x
        expected = products(curves.expected)  # Z'WZ, (J, q, q)
        root = _root(expected, factor)  # L^-T, (J, q, q)

        # how the modes follow: the derivative of h's gradient, by h's curvature
        turned = np.einsum("kab,bj->kja", basis, modes.b)  # B b, (k, J, q)
        observed = products(curves.observed)  # Z'wZ, (J, q, q)
        z_score = sums(z * curves.score).T  # (J, q)
        crossed = np.stack([sums(z * (row * curves.observed)).T for row in x])  # (p, J, q)
        pull = np.concatenate(
            [
                -crossed @ factor,
                -np.einsum("kja,jab,bc->kjc", turned, observed, factor)
                + np.einsum("kab,ja->kjb", basis, z_score),
            ]
        )
        if shape is not None:
            pull = np.concatenate([pull, (sums(z * shape.score).T @ factor)[None]])
        follow = np.linalg.solve(_curvature(observed, factor), pull[..., None])[
            ..., 0
        ]  # (size, J, q)

        # how the curvature A = I + Λ'Z'WZΛ changes, by W and by Λ
        third = np.stack([products(row * curves.bend) for row in z], axis=-1)
        change = np.einsum("jabc,sjc->sjab", third, follow @ factor.T)
        change[: problem.p] += np.stack([products(row * curves.bend) for row in x])
        change[problem.theta] += np.einsum("jabc,kjc->kjab", third, turned)
        if shape is not None:
            change[-1] += products(shape.expected)
        change = factor.T @ change @ factor  # (size, J, q, q)
        by_factor = np.einsum("kab,jac->kjbc", basis, expected @ factor)
        change[problem.theta] += by_factor + by_factor.swapaxes(-1, -2)
        inward = root.swapaxes(-1, -2) @ change @ root  # L^-1 dA L^-T

        values, shares, nodes = self._log_likelihoods(distribution, factor, modes, root)
        scores = -0.5 * np.einsum("sjaa->sj", inward)
        lower = np.tril(inward)
        lower[..., range(q), range(q)] /= 2.0
        root_change = -root @ lower.swapaxes(-1, -2)  # d(L^-T), (size, J, q, q)
        for node, share, (at_b, eta) in zip(self.grid.nodes, shares, nodes, strict=True):
            score = distribution.slope(eta)[0] if len(nodes) > 1 else curves.score
            own_z = sums(z * score)  # (q, J)
            own = [*sums(x * score), *np.einsum("aj,kab,bj->kj", own_z, basis, at_b)]
            if counts is not None:
                own.append(sums(counts.shape_curves(eta).log_likelihood))
            slope = factor.T @ own_z - at_b  # (q, J)
            shift = follow + root_change @ node  # (size, J, q)
            scores += share * (np.array(own) + np.einsum("qj,sjq->sj", slope, shift))
        return values, scores

    def covariances(self, parameters: FloatArray, modes: Modes) -> FloatArray:
        """Approximate the covariance of b given the data, (J, q, q), by the curvature there."""
        problem = self.problem
        _, factor = problem.parted(parameters)
        expected = problem.distribution(parameters).curves(modes.eta).expected
        root = _root(problem.products(expected), factor)
        return root @ root.swapaxes(-1, -2)

    def _log_likelihoods(
        self, distribution: Distribution, factor: FloatArray, modes: Modes, root: FloatArray
    ) -> tuple[FloatArray, FloatArray, list[tuple[FloatArray, FloatArray]]]:
        """The groups' log-likelihoods, the nodes' shares of them, (K, J), and b, η at each node."""
        problem = self.problem
        log_det = np.log(np.einsum("jaa->ja", root)).sum(axis=1)  # of L^-T
        if len(self.grid.nodes) == 1:
            return log_det + modes.height, np.ones((1, problem.groups)), [(modes.b, modes.eta)]
        nodes, heights = [], []
        for x, log_weight in zip(self.grid.nodes, self.grid.log_weights, strict=True):
            away = (root @ x).T  # (q, J)
            b, eta = modes.b + away, modes.eta + problem.along(factor @ away)
            rows = problem.by_group(distribution.log_likelihood(eta))
            heights.append(log_weight + rows - 0.5 * (b * b).sum(axis=0))
            nodes.append((b, eta))
        stacked = np.array(heights)  # (K, J)
        whole = logsumexp(stacked, axis=0)
        return log_det + whole, np.exp(stacked - whole), nodes


def _curvature(products: FloatArray, factor: FloatArray) -> FloatArray:
    """``I + Λ'Z'WZΛ``, (J, q, q), from ``Z'WZ``, (J, q, q)."""
    return np.eye(len(factor)) + factor.T @ products @ factor


def _root(products: FloatArray, factor: FloatArray) -> FloatArray:
    """``L⁻ᵀ`` with ``A = LL'``, (J, q, q), from ``Z'WZ``, (J, q, q)."""
    lower = np.linalg.cholesky(_curvature(products, factor))
    return np.linalg.inv(lower).swapaxes(-1, -2)
