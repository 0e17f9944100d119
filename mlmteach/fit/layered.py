"""The profiled deviance of a model with two groupings, with its analytic gradient.

``V = I + Z_a Psi_a Z_a' + Z_b Psi_b Z_b'``, with a the grouping that is eliminated first.  In
blocks it is the penalised least-squares problem of Bates, Maechler, Bolker & Walker (2015, Journal
of Statistical Software 67(1), section 3).  Group by group of a, as in two levels
(:mod:`mlmteach.fit.profiled`), come ``D = (I + Z_a'Z_a Psi_a)^-1`` and, with ``F = D Z_a'Z_b``,

    M = Z_b'V_a^-1 Z_b = Z_b'Z_b - Z_b'Z_a Psi_a F
    H = Psi_b (I + M Psi_b)^-1

    Z_b'V^-1 W = (I + M Psi_b)^-1 Z_b'V_a^-1 W
    Z_a'V^-1 W = D Z_a'W - F Psi_b Z_b'V^-1 W
    Z_a'V^-1 Z_a = D Z_a'Z_a - F H F'

Where the groups of a lie within those of b, M is block diagonal, and one more step of the two-level
kind ends it: the cost grows with the number of groups.  Where they are crossed, M is dense, of the
size of the smaller grouping, and LAPACK factorises it.

The gradient in Psi is that of two levels.  In place of the Hessian there is the average of the
observed and the expected information (Gilmour, Thompson & Cullis 1995, Biometrics 51(4)), which
costs one more right-hand side ``Z_k dPsi Z_k'V^-1 (y - X gamma)`` for each element of Psi.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

from mlmteach.fit.layers import require_room
from mlmteach.fit.moments import Products
from mlmteach.fit.profiled import least_squares, no_residual, within
from mlmteach.fit.theta import lower_factor

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.layers import Cells, LayeredMoments

__all__ = ["LayeredSolution", "conditional_covariances", "predicted", "solve_layered"]


class Last(Protocol):
    """What is left when the first grouping is eliminated, solved; see the module for letters."""

    @property
    def log_det(self) -> float:
        """Log det(I + M Psi)."""

    @property
    def total(self) -> FloatArray:
        """(q, q): the sum over groups of the diagonal blocks of ``Z'V^-1 Z``."""

    @property
    def blocks(self) -> FloatArray:
        """(J, q, q): the diagonal blocks of H."""

    def through(self, values: FloatArray) -> FloatArray:
        """Multiply (q, c, J) by (I + M Psi)^-1."""

    def between(self, f: FloatArray) -> FloatArray:
        """Sum ``F H F'`` over the first groups, F of each cell, (q_a, q_b, m), to (q_a, q_a)."""

    def each_between(self, f: FloatArray) -> FloatArray:
        """The same for each first group, (q_a, q_a, J_a)."""


@dataclass(frozen=True, eq=False)
class LayeredSolution:
    """gamma and sigma2 given Psi, and what the derivatives need; all in internal units.

    Attributes
    ----------
    psi : (q, q) array
        The relative covariance matrices of both groupings, in the design's order, on its diagonal.
    moments : LayeredMoments
    zvz : (q_a, q_a, J_a) array
        ``D Z_a'Z_a``, of the grouping that is eliminated first.
    f : (q_a, q_b, m) array
        F of each cell.
    rest : Last
    zvw : tuple of two (q_k, p + 1, J_k) arrays
        ``Z_k'V^-1 [X, y]``, in the design's order.
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
    moments: LayeredMoments
    zvz: FloatArray
    f: FloatArray
    rest: Last
    zvw: tuple[FloatArray, FloatArray]
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
    def u(self) -> tuple[FloatArray, FloatArray]:
        """(J_k, q_k) of both groupings: ``Z_j'V^-1 (y - X gamma)``."""
        residual = np.append(-self.gamma, 1.0)
        one, other = ((residual @ zvw).T for zvw in self.zvw)  # (p+1,) @ (q, p+1, J)
        return one, other

    @cached_property
    def outer(self) -> FloatArray:
        """(q, q, p, p): the sums over groups of ``e e'``, with e = Z_j'V^-1 X root."""
        q, p = self.moments.q, len(self.gamma)
        sums = np.zeros((q, q, p, p))
        for place, zvw in zip(self.moments.places, self.zvw, strict=True):
            e = np.matmul(self.root.T, zvw[:, :-1])  # (q, p, J)
            flat = e.reshape(-1, e.shape[2])
            products = (flat @ flat.T).reshape(e.shape[:2] * 2)
            sums[place, place] = products.transpose(0, 2, 1, 3)
        return sums

    @cached_property
    def uu(self) -> FloatArray:
        """(q, q): the sums of u u'; minus the derivative of rss in Psi."""
        return self.moments.joined([u.T @ u for u in self.u])

    @cached_property
    def gradient(self) -> FloatArray:
        """(q, q): the derivative of the criterion with respect to Psi."""
        first = self.zvz.sum(axis=2) - self.rest.between(self.f)
        totals = [first, self.rest.total]
        gradient = self.moments.joined(totals[::-1] if self.moments.inner else totals)
        gradient -= self.uu / self.sigma2
        if self.reml:
            gradient -= np.trace(self.outer, axis1=2, axis2=3)
        return gradient

    @cached_property
    def joint_hessian(self) -> FloatArray:
        """(q*q, q*q): the average information in Psi, with sigma2 held fixed at its estimate."""
        q, (one, other) = self.moments.q, self.moments.places
        rows = [
            (k, a, b) for k, s in enumerate(self.moments.sizes) for a in range(s) for b in range(s)
        ]
        columns = [np.zeros((z.shape[0], len(rows), z.shape[2])) for z in self.zvw]
        for number, (k, a, b) in enumerate(rows):
            columns[k][a, number] = self.u[k][:, b]
        through = self.through(columns)
        whole = sum(
            np.einsum("adj,aej->de", r, v, optimize=True)
            for r, v in zip(columns, through, strict=True)
        )
        fixed = sum(
            np.einsum("adj,apj->dp", r, z[:, :-1], optimize=True)
            for r, z in zip(columns, self.zvw, strict=True)
        )
        part = fixed @ self.root
        information = (whole - part @ part.T) / self.sigma2
        starts = one.start, other.start
        places = [(starts[k] + a) * q + starts[k] + b for k, a, b in rows]
        hessian = np.zeros((q * q, q * q))
        hessian[np.ix_(places, places)] = (information + information.T) / 2.0
        return hessian

    @cached_property
    def hessian(self) -> FloatArray:
        """(q*q, q*q): the same with sigma2 profiled out."""
        uu = self.uu.reshape(-1) / self.sigma2
        hessian: FloatArray = self.joint_hessian - np.multiply.outer(uu, uu) / self.degrees
        return hessian

    def through(self, columns: list[FloatArray]) -> list[FloatArray]:
        """Multiply ``Z r`` by ``Z'V^-1``.

        Parameters
        ----------
        columns : two (q_k, c, J_k) arrays
            r, in the design's order.

        Returns
        -------
        two (q_k, c, J_k) arrays
        """
        moments, cells = self.moments, self.moments.cells
        a, b = moments.inner, 1 - moments.inner
        c = cells.products
        psi_a, psi_b = _parts(self.psi, moments)
        own = _products(moments.first.entries, columns[a])
        own += cells.to_first(_products(c, columns[b][..., cells.last]))
        own -= _products(self.zvz, _times(psi_a, own))  # D = I - D Z'Z Psi
        other = _products(moments.last.entries, columns[b])
        across = columns[a] - _times(psi_a, own)
        other += cells.to_last(_products(c.swapaxes(0, 1), across[..., cells.first]))
        solved = [own, own]
        solved[b] = self.rest.through(other)
        solved[a] = own - _to_first(self.f, _times(psi_b, solved[b]), cells)
        return solved


def solve_layered(psi: FloatArray, moments: LayeredMoments, reml: bool) -> LayeredSolution:
    """Solve for gamma and sigma2 given the relative covariance matrices.

    Parameters
    ----------
    psi : (q, q) array
        ``T / sigma2`` of both groupings in internal units, in the design's order, on the diagonal;
        positive semi-definite.
    moments : LayeredMoments
    reml : bool

    Returns
    -------
    LayeredSolution

    Raises
    ------
    FitError
        When the fixed part is collinear, the model fits the data without any residual, or crossed
        groups are too many.
    """
    if moments.n <= moments.p:  # a coefficient a row
        raise no_residual()
    require_room(moments)
    cells, first, last = moments.cells, moments.first, moments.last
    psi_a, psi_b = _parts(psi, moments)
    zvz, zvw, log_det = within(psi_a, first)
    f = within(psi_a, moments.by_cell)[1]  # (q_a, q_b, m)
    held = _times(psi_a, zvw)
    across = _products(cells.products.swapaxes(0, 1), held[..., cells.first])
    w = last.by_coefficient - cells.to_last(across)  # (q_b, p + 1, J_b)
    schur = moments.ww - (first.by_coefficient @ held.swapaxes(1, 2)).sum(axis=0)
    rest: Last
    rest = (_nested if moments.nested else _crossed)(psi_a, psi_b, f, moments)
    solved = rest.through(w)
    schur -= (w @ _times(psi_b, solved).swapaxes(1, 2)).sum(axis=0)
    fixed = least_squares(schur, log_det + rest.log_det, moments, reml)
    own = zvw - _to_first(f, _times(psi_b, solved), cells)
    pair = (solved, own) if moments.inner else (own, solved)
    return LayeredSolution(psi, moments, zvz, f, rest, pair, reml=reml, **fixed._asdict())


def predicted(solution: LayeredSolution) -> tuple[FloatArray, FloatArray]:
    """Compute the predicted U (empirical Bayes) of each group, in the data's units.

    Parameters
    ----------
    solution : LayeredSolution

    Returns
    -------
    two (J_k, q_k) arrays
        In the design's order.
    """
    moments = solution.moments
    size = moments.scaling.y_scale
    one, other = (
        size * u @ solution.psi[place, place] @ layer.scaling.z.T
        for u, place, layer in zip(solution.u, moments.places, moments.layers, strict=True)
    )
    return one, other


def conditional_covariances(solution: LayeredSolution) -> tuple[FloatArray, FloatArray]:
    """Compute the covariance of the U of each group given the data, in the data's units.

    Parameters
    ----------
    solution : LayeredSolution

    Returns
    -------
    two (J_k, q_k, q_k) arrays
        At the estimated gamma and T, in the design's order.
    """
    moments, rest = solution.moments, solution.rest
    psi_a, _ = _parts(solution.psi, moments)
    inner = np.eye(len(psi_a)) + psi_a @ moments.first.zz
    alone = np.linalg.solve(inner, np.broadcast_to(psi_a, inner.shape))  # with the other U known
    between = rest.each_between(solution.f).transpose(2, 0, 1)
    pair = alone + psi_a @ between @ psi_a, rest.blocks
    size = solution.sigma2 * moments.scaling.y_scale**2
    one, other = (
        size * layer.scaling.z @ relative @ layer.scaling.z.T
        for layer, relative in zip(moments.layers, pair[:: 1 - 2 * moments.inner], strict=True)
    )
    return one, other


def _parts(psi: FloatArray, moments: LayeredMoments) -> tuple[FloatArray, FloatArray]:
    """Psi of the grouping that is eliminated first, and of the other."""
    a, b = moments.places[moments.inner], moments.places[1 - moments.inner]
    return psi[a, a], psi[b, b]


def _times(matrix: FloatArray, values: FloatArray) -> FloatArray:
    """Multiply a (q, q) matrix by (q, c, J)."""
    result: FloatArray = (matrix @ values.reshape(len(matrix), -1)).reshape(values.shape)
    return result


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    """Multiply (a, b, m) by (b, c, m), for each of the last axis."""
    result: FloatArray = left[:, 0, None] * right[None, 0]
    for k in range(1, len(right)):
        result += left[:, k, None] * right[None, k]
    return result


def _to_first(f: FloatArray, values: FloatArray, cells: Cells) -> FloatArray:
    """Sum F times (q_b, c, J_b) over the cells of each first group, (q_a, c, J_a)."""
    return cells.to_first(_products(f, values[..., cells.last]))


# --- lower groups within upper ones: M is block diagonal -----------------------------------


@dataclass(frozen=True, eq=False)
class _Nested:
    """See :class:`Last`.  Each lower group is one cell."""

    psi: FloatArray
    zvz: FloatArray
    log_det: float
    cells: Cells

    @property
    def total(self) -> FloatArray:
        total: FloatArray = self.zvz.sum(axis=2)
        return total

    @cached_property
    def _h(self) -> FloatArray:
        """(q, q, J): ``H = Psi - Psi Z'V^-1 Z Psi``."""
        psi = self.psi
        h: FloatArray = psi[..., None] - np.einsum(
            "ab,bcj,cd->adj", psi, self.zvz, psi, optimize=True
        )
        return h

    @property
    def blocks(self) -> FloatArray:
        return self._h.transpose(2, 0, 1)

    def through(self, values: FloatArray) -> FloatArray:
        return values - _products(self.zvz, _times(self.psi, values))

    def between(self, f: FloatArray) -> FloatArray:
        between: FloatArray = self._each(f).sum(axis=2)
        return between

    def each_between(self, f: FloatArray) -> FloatArray:
        return self.cells.to_first(self._each(f))

    def _each(self, f: FloatArray) -> FloatArray:
        return _products(_products(f, self._h[..., self.cells.last]), f.swapaxes(0, 1))


def _nested(
    psi_a: FloatArray, psi_b: FloatArray, f: FloatArray, moments: LayeredMoments
) -> _Nested:
    cells = moments.cells
    held = cells.to_last(_products(cells.products.swapaxes(0, 1), _times(psi_a, f)))
    m = (moments.last.entries - held).transpose(2, 0, 1)
    zvz, _, log_det = within(psi_b, Products(m, m[..., :0]))
    return _Nested(psi_b, zvz, log_det, cells)


# --- crossed groups: M is dense -------------------------------------------------------------

WEAK = 1e-4  # where Lambda'M Lambda is less than this, I - (I + Lambda'M Lambda)^-1 is rounding
CHUNK = 1 << 22  # elements of a dense part of F H


@dataclass(frozen=True, eq=False)
class _Crossed:
    """See :class:`Last`.  Rows and columns of M go by group and, in it, by coefficient."""

    psi: FloatArray
    m: FloatArray
    h: FloatArray
    total: FloatArray
    log_det: float
    cells: Cells

    @property
    def blocks(self) -> FloatArray:
        q = len(self.psi)
        groups = np.arange(len(self.h) // q)
        blocks: FloatArray = self.h.reshape(len(groups), q, -1, q)[groups, :, groups]
        return blocks

    def through(self, values: FloatArray) -> FloatArray:
        q, c, groups = values.shape
        flat = values.transpose(2, 0, 1).reshape(groups * q, c)
        solved = flat - self.m @ (self.h @ flat)
        return np.ascontiguousarray(solved.reshape(groups, q, c).transpose(1, 2, 0))

    def between(self, f: FloatArray) -> FloatArray:
        # The sum over first groups of f'H f is that of the elements of H times those of F'F.
        q_a, q_b, _ = f.shape
        between = np.zeros((q_a, q_a))
        by_first = [[_by_first(f[a, b], self.cells) for b in range(q_b)] for a in range(q_a)]
        by_last = [[_by_last(f[a, b], self.cells) for b in range(q_b)] for a in range(q_a)]
        for a in range(q_a):
            for c in range(a + 1):
                for b in range(q_b):
                    for d in range(q_b):
                        product = by_last[a][b] @ by_first[c][d]
                        part = self.h[b::q_b, d::q_b]
                        rows = np.repeat(np.arange(len(part)), np.diff(product.indptr))
                        between[a, c] += product.data @ part[rows, product.indices]
                between[c, a] = between[a, c]
        return between

    def each_between(self, f: FloatArray) -> FloatArray:
        q_a, q_b, _ = f.shape
        groups = len(self.cells.starts_of_first)
        each = np.zeros((q_a, q_a, groups))
        step = max(1, CHUNK // len(self.h))
        by_first = [[_by_first(f[a, b], self.cells) for b in range(q_b)] for a in range(q_a)]
        for start in range(0, groups, step):
            rows = slice(start, start + step)
            for a in range(q_a):
                for d in range(q_b):
                    dense = sum(by_first[a][b][rows] @ self.h[b::q_b, d::q_b] for b in range(q_b))
                    for c in range(q_a):
                        product = by_first[c][d][rows].multiply(dense)
                        each[a, c, rows] += np.asarray(product.sum(axis=1)).reshape(-1)
        return each


def _by_first(values: FloatArray, cells: Cells) -> csr_array:
    """(J_a, J_b), from a value for each cell."""
    order, ends = cells.by_first, np.append(cells.starts_of_first, len(values))
    shape = len(cells.starts_of_first), len(cells.starts_of_last)
    return csr_array((values[order], cells.last[order], ends), shape=shape)


def _by_last(values: FloatArray, cells: Cells) -> csr_array:
    """(J_b, J_a), from a value for each cell."""
    ends = np.append(cells.starts_of_last, len(values))
    shape = len(cells.starts_of_last), len(cells.starts_of_first)
    return csr_array((values, cells.first, ends), shape=shape)


def _crossed(
    psi_a: FloatArray, psi_b: FloatArray, f: FloatArray, moments: LayeredMoments
) -> _Crossed:
    cells, q = moments.cells, len(psi_b)
    groups = moments.last.groups
    held = _times(psi_a, f)
    m = np.zeros((groups * q, groups * q))
    every = np.arange(groups)
    m.reshape(groups, q, groups, q)[every, :, every] = moments.last.zz
    for b in range(q):
        for d in range(q):
            for a in range(len(psi_a)):
                left = _by_last(cells.products[a, b], cells)
                m[b::q, d::q] -= (left @ _by_first(held[a, d], cells)).toarray()
    factor = lower_factor(psi_b, moments.layers[1 - moments.inner].blocks)
    inner = _both_sides(factor.T, m)
    inner[np.diag_indices_from(inner)] += 1.0
    weakest = float(np.linalg.eigvalsh(factor.T @ moments.last.totals @ factor)[0]) / groups
    lower, failed = dpotrf(inner.T, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise no_residual()
    log_det = 2.0 * float(np.log(np.diag(lower)).sum())
    inverse, _ = dpotri(lower, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    h = _both_sides(factor, inverse)
    if weakest > WEAK:
        back = np.linalg.inv(factor)
        own = _diagonal(inverse, q)
        total = back.T @ (groups * np.eye(q) - own) @ back
    else:
        total = _diagonal(m, q) - _diagonal_of_product(m @ h, m, q)
    return _Crossed(psi_b, m, h, total, log_det, cells)


def _both_sides(matrix: FloatArray, whole: FloatArray) -> FloatArray:
    """Multiply each block of a matrix by a (q, q) one on the left, its transpose on the right."""
    q, size = len(matrix), len(whole)
    if q == 1:
        return whole * float(matrix[0, 0]) ** 2
    right = whole.reshape(-1, q) @ matrix.T
    both: FloatArray = np.matmul(matrix, right.reshape(size // q, q, size)).reshape(size, size)
    return both


def _diagonal(whole: FloatArray, q: int) -> FloatArray:
    """The sum of the blocks on the diagonal, (q, q)."""
    return np.array([[np.trace(whole[a::q, b::q]) for b in range(q)] for a in range(q)])


def _diagonal_of_product(left: FloatArray, right: FloatArray, q: int) -> FloatArray:
    """The sum of the blocks on the diagonal of the product with a symmetric matrix, (q, q)."""
    return np.array([[np.vdot(left[a::q], right[b::q]) for b in range(q)] for a in range(q)])
