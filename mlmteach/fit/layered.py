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
    from mlmteach.fit.layers import LayeredMoments, SharedCells

__all__ = ["LayeredSolution", "conditional_covariances", "solve_layered"]


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
        """Multiply (I + M Psi)^-1 by (q, c, J)."""

    def held(self, values: FloatArray) -> FloatArray:
        """Multiply H by (q, c, J)."""

    def between(self, f: FloatArray) -> FloatArray:
        """Sum ``F H F'`` over the first groups, F of each cell, (q_a, q_b, m), to (q_a, q_a)."""

    def across(self, f: FloatArray) -> FloatArray:
        """(q_a, q_b, m): ``F H`` of each first group, in the columns of its cells."""


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

    @property
    def modes(self) -> tuple[FloatArray, FloatArray]:
        """(J_k, q_k) of both groupings: the predicted U, in internal units."""
        one, other = (
            u @ self.psi[place, place] for u, place in zip(self.u, self.moments.places, strict=True)
        )
        return one, other

    @cached_property
    def across(self) -> FloatArray:
        """(q_a, q_b, m): the covariance of the U of the two groups of each cell, over sigma2."""
        psi_a, _ = _parts(self.psi, self.moments)
        across: FloatArray = -_times(psi_a, self.rest.across(self.f))
        return across

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
        q, places = self.moments.q, self.moments.places
        directions = [
            (k, row - places[k].start, column - places[k].start)
            for block in self.moments.blocks
            for k in (0, 1)
            for i, row in enumerate(block)
            for column in block[: i + 1]
            if places[k].start <= row < places[k].stop
        ]
        columns = [np.zeros((len(z), len(directions), z.shape[2])) for z in self.zvw]
        for number, (k, a, b) in enumerate(directions):
            columns[k][a, number] += self.u[k][:, b] / 2.0
            columns[k][b, number] += self.u[k][:, a] / 2.0
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
        rows = [q * (places[k].start + a) + places[k].start + b for k, a, b in directions]
        mirrored = [q * (places[k].start + b) + places[k].start + a for k, a, b in directions]
        hessian = np.zeros((q * q, q * q))
        for one in (rows, mirrored):
            for other in (rows, mirrored):
                hessian[np.ix_(one, other)] = (information + information.T) / 2.0
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
        psi_a, _ = _parts(self.psi, moments)
        own = _products(moments.first.entries, columns[a])
        own += cells.to_first(_products(c, columns[b][..., cells.last]))
        own -= _products(self.zvz, _times(psi_a, own))  # D = I - D Z'Z Psi
        other = _products(moments.last.entries, columns[b])
        across = columns[a] - _times(psi_a, own)
        other += cells.to_last(_products(c.swapaxes(0, 1), across[..., cells.first]))
        solved = [own, own]
        solved[b] = self.rest.through(other)
        solved[a] = own - _to_first(self.f, self.rest.held(other), cells)
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
    held = rest.held(w)
    schur -= (w @ held.swapaxes(1, 2)).sum(axis=0)
    fixed = least_squares(schur, log_det + rest.log_det, moments, reml)
    own, other = zvw - _to_first(f, held, cells), rest.through(w)
    pair = (other, own) if moments.inner else (own, other)
    return LayeredSolution(psi, moments, zvz, f, rest, pair, reml=reml, **fixed._asdict())


def conditional_covariances(solution: LayeredSolution) -> tuple[FloatArray, FloatArray]:
    """Compute the covariance of the U of each group given the data and gamma, over sigma2.

    Parameters
    ----------
    solution : LayeredSolution

    Returns
    -------
    two (J_k, q_k, q_k) arrays
        In internal units, in the design's order.
    """
    moments, rest = solution.moments, solution.rest
    psi_a, _ = _parts(solution.psi, moments)
    inner = np.eye(len(psi_a)) + psi_a @ moments.first.zz
    alone = np.linalg.solve(inner, np.broadcast_to(psi_a, inner.shape))  # with the other U known
    each = _products(rest.across(solution.f), solution.f.swapaxes(0, 1))
    between = moments.cells.to_first(each).transpose(2, 0, 1)
    first = alone + psi_a @ between @ psi_a
    return (rest.blocks, first) if moments.inner else (first, rest.blocks)


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


def _to_first(f: FloatArray, values: FloatArray, cells: SharedCells) -> FloatArray:
    """Sum F times (q_b, c, J_b) over the cells of each first group, (q_a, c, J_a)."""
    return cells.to_first(_products(f, values[..., cells.last]))


# --- lower groups within upper ones: M is block diagonal -----------------------------------


@dataclass(frozen=True, eq=False)
class _Nested:
    """See :class:`Last`.  Each lower group is one cell."""

    zvz: FloatArray
    inverse: FloatArray
    h: FloatArray
    log_det: float
    cells: SharedCells

    @property
    def total(self) -> FloatArray:
        total: FloatArray = self.zvz.sum(axis=2)
        return total

    @property
    def blocks(self) -> FloatArray:
        return self.h.transpose(2, 0, 1)

    def through(self, values: FloatArray) -> FloatArray:
        return _products(self.inverse, values)

    def held(self, values: FloatArray) -> FloatArray:
        return _products(self.h, values)

    def between(self, f: FloatArray) -> FloatArray:
        between: FloatArray = _products(self.across(f), f.swapaxes(0, 1)).sum(axis=2)
        return between

    def across(self, f: FloatArray) -> FloatArray:
        return _products(f, self.h[..., self.cells.last])


def _nested(
    psi_a: FloatArray, psi_b: FloatArray, f: FloatArray, moments: LayeredMoments
) -> _Nested:
    cells = moments.cells
    held = cells.to_last(_products(cells.products.swapaxes(0, 1), _times(psi_a, f)))
    m = (moments.last.entries - held).transpose(2, 0, 1)
    left = Products(m, np.broadcast_to(np.eye(len(psi_b)), m.shape))
    zvz, inverse, log_det = within(psi_b, left)
    return _Nested(zvz, inverse, _times(psi_b, inverse), log_det, cells)


# --- crossed groups: M is dense -------------------------------------------------------------

WEAK = 1e-4  # where Lambda'M Lambda is less than this, I - (I + Lambda'M Lambda)^-1 loses digits
CHUNK = 1 << 22  # elements of a dense part of F H
STRIP = 256  # rows that are mirrored at a time


@dataclass(frozen=True, eq=False)
class _Crossed:
    """See :class:`Last`.  Rows and columns of M go by coefficient and, in it, by group.

    Where ``Psi^-1 - Psi^-1 H Psi^-1`` is more exact than the same matrix as ``M - M H M``, the
    inverse of Lambda is kept as ``back``, and M is not.
    """

    m: FloatArray | None
    h: FloatArray
    back: FloatArray | None
    total: FloatArray
    log_det: float
    cells: SharedCells

    @property
    def blocks(self) -> FloatArray:
        q, every = len(self.total), np.arange(len(self.h) // len(self.total))
        blocks: FloatArray = self.h.reshape(q, len(every), q, -1)[:, every, :, every]
        return blocks

    def through(self, values: FloatArray) -> FloatArray:
        held = self.held(values)
        if self.m is not None:
            return values - self._times_all(self.m, held)
        assert self.back is not None
        return _times(self.back.T @ self.back, held)

    def held(self, values: FloatArray) -> FloatArray:
        return self._times_all(self.h, values)

    def _times_all(self, matrix: FloatArray, values: FloatArray) -> FloatArray:
        q, c, groups = values.shape
        flat = matrix @ values.swapaxes(1, 2).reshape(q * groups, c)
        return np.ascontiguousarray(flat.reshape(q, groups, c).swapaxes(1, 2))

    def between(self, f: FloatArray) -> FloatArray:
        # The sum over first groups of f'H f is that of the elements of H times those of F'F.
        q_a, q_b, _ = f.shape
        between = np.zeros((q_a, q_a))
        whole = [_by_first(row[None], self.cells) for row in f.reshape(q_a * q_b, -1)]
        turned = [_by_last(row[None], self.cells) for row in f.reshape(q_a * q_b, -1)]
        for a, c, b, d in np.ndindex(q_a, q_a, q_b, q_b):
            if c <= a:
                product = turned[a * q_b + b] @ whole[c * q_b + d]
                part = self._part(b, d)
                rows = np.repeat(np.arange(len(part)), np.diff(product.indptr))
                between[a, c] += product.data @ part[rows, product.indices]
        return between + np.tril(between, -1).T

    def across(self, f: FloatArray) -> FloatArray:
        q_a, q_b, m = f.shape
        found = np.empty((q_a, q_b, m))
        ends = np.append(self.cells.starts_of_first, m)
        groups = len(self.cells.starts_of_first)
        step = max(1, CHUNK // len(self.h))
        whole = [[_by_first(f[a, b, None], self.cells) for b in range(q_b)] for a in range(q_a)]
        for start in range(0, groups, step):
            stop = min(start + step, groups)
            own = self.cells.by_first[ends[start] : ends[stop]]  # the cells of these groups
            rows, columns = self.cells.first[own] - start, self.cells.last[own]
            for a, d in np.ndindex(q_a, q_b):
                dense = sum(whole[a][b][start:stop] @ self._part(b, d) for b in range(q_b))
                found[a, d, own] = np.asarray(dense)[rows, columns]
        return found

    def _part(self, b: int, d: int) -> FloatArray:
        """H between the coefficients b and d, (J, J)."""
        groups = len(self.h) // len(self.total)
        return self.h[b * groups : (b + 1) * groups, d * groups : (d + 1) * groups]


def _by_first(values: FloatArray, cells: SharedCells) -> csr_array:
    """(k J_a, J_b): k matrices, one above the other, from a value for each cell, (k, m)."""
    k, m = values.shape
    order, starts = cells.by_first, cells.starts_of_first
    ends = np.append(np.add.outer(m * np.arange(k), starts).reshape(-1), k * m)
    data, columns = values[:, order].reshape(-1), np.tile(cells.last[order], k)
    return csr_array((data, columns, ends), shape=(k * len(starts), len(cells.starts_of_last)))


def _by_last(values: FloatArray, cells: SharedCells) -> csr_array:
    """(J_b, k J_a): k matrices side by side, from a value for each cell, (k, m)."""
    k, m = values.shape
    firsts, starts = len(cells.starts_of_first), cells.starts_of_last
    columns = np.add.outer(cells.first, firsts * np.arange(k)).reshape(-1)
    ends = k * np.append(starts, m)
    return csr_array((values.T.reshape(-1), columns, ends), shape=(len(starts), k * firsts))


def _crossed(
    psi_a: FloatArray, psi_b: FloatArray, f: FloatArray, moments: LayeredMoments
) -> _Crossed:
    cells, q = moments.cells, len(psi_b)
    groups = moments.last.groups
    held = _times(psi_a, f)
    m = np.zeros((groups * q, groups * q))
    every, whole = np.arange(groups), m.reshape(q, groups, q, groups)
    whole[:, every, :, every] = moments.last.zz
    for b in range(q):
        left = _by_last(cells.products[:, b], cells)
        for d in range(b + 1):
            whole[b, :, d] -= (left @ _by_first(held[:, d], cells)).toarray()
            if d < b:
                whole[d, :, b] = whole[b, :, d].T
    factor = lower_factor(psi_b, moments.layers[1 - moments.inner].blocks)
    inner = _both_sides(factor.T, m)
    inner[np.diag_indices_from(inner)] += 1.0
    lower, failed = dpotrf(inner.T, lower=1, clean=0, overwrite_a=1)  # in place, as what follows
    if failed:
        raise no_residual()
    log_det = 2.0 * float(np.log(np.diag(lower)).sum())
    inverse = dpotri(lower, lower=1, overwrite_c=1)[0]
    _mirror(inverse)
    weakest = float(np.linalg.eigvalsh(factor.T @ moments.last.totals @ factor)[0]) / groups
    if weakest > WEAK:
        back = np.asarray(np.linalg.inv(factor), dtype=np.float64)
        total = back.T @ (groups * np.eye(q) - _diagonal(inverse, q)) @ back
        return _Crossed(None, _both_sides(factor, inverse), back, total, log_det, cells)
    h = _both_sides(factor, inverse)
    total = _diagonal(m, q) - _diagonal_of_product(m @ h, m, q)
    return _Crossed(m, h, None, total, log_det, cells)


def _mirror(lower: FloatArray) -> None:
    """Copy what is below the diagonal of a matrix to above it, in strips."""
    for start in range(0, len(lower), STRIP):
        stop = start + STRIP
        square = lower[start:stop, start:stop]
        square[:] = np.tril(square) + np.tril(square, -1).T
        lower[start:stop, stop:] = lower[stop:, start:stop].T


def _both_sides(matrix: FloatArray, whole: FloatArray) -> FloatArray:
    """Multiply each block of a matrix by a (q, q) one on the left, its transpose on the right."""
    q, size = len(matrix), len(whole)
    if q == 1:
        return whole * float(matrix[0, 0]) ** 2
    both = np.zeros((size, size))
    old, new = (array.reshape(q, size // q, q, size // q) for array in (whole, both))
    for a, c, b, d in np.ndindex(q, q, q, q):  # BLAS is slow where one side is as short as q
        weight = matrix[a, b] * matrix[c, d]
        if weight != 0.0:
            new[a, :, c] += weight * old[b, :, d]
    return both


def _diagonal(whole: FloatArray, q: int) -> FloatArray:
    """The sum of the blocks on the diagonal, (q, q)."""
    diagonal: FloatArray = np.einsum("akbk->ab", whole.reshape(q, len(whole) // q, q, -1))
    return diagonal


def _diagonal_of_product(left: FloatArray, right: FloatArray, q: int) -> FloatArray:
    """The sum of the blocks on the diagonal of the product with a symmetric matrix, (q, q)."""
    groups = len(left) // q
    parts = [slice(a * groups, (a + 1) * groups) for a in range(q)]
    return np.array([[np.vdot(left[a], right[b]) for b in parts] for a in parts])
