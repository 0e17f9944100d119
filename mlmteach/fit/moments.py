"""The cross-products that the likelihood needs of the data, from one pass over the rows.

For a two-level Gaussian model everything that the likelihood needs is, for each group j,
``Z_j'Z_j``, ``Z_j'X_j`` and ``Z_j'y_j``, and over all rows ``X'X``, ``X'y`` and ``y'y``.  They are
sums over rows (:class:`RowSums`), which add up over the parts of the data.  :class:`Moments` has
them in internal units (columns centred and scaled), in which the arithmetic is safe whatever the
units of the data; :class:`Scaling` says how to get back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array

from mlmteach.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from mlmteach.fit.design import Design
    from mlmteach.fit.theta import Blocks

__all__ = [
    "Moments",
    "Origin",
    "RowSums",
    "Scaling",
    "cross_products",
    "moments_of",
    "origin_of",
    "outcome_products",
    "sums_about",
]


CHUNK = 1 << 17  # rows worked on at a time: bounds the memory that a pass takes


@dataclass(frozen=True, eq=False)
class Scaling:
    """How the internal units relate to the units of the data.

    With a star for internal units, ``X* = X @ x``, ``Z* = Z @ z`` and
    ``y* = (y - y_shift) / y_scale``; so a coefficient is
    ``gamma = y_scale * (x @ gamma*) + shift`` and a group effect ``U = y_scale * (z @ U*)``.

    Attributes
    ----------
    x : (p, p) array
    z : (q, q) array
    shift : (p,) array
        ``y_shift`` at the place of the fixed intercept, else 0.
    y_shift, y_scale : float
    """

    x: FloatArray
    z: FloatArray
    shift: FloatArray
    y_shift: float
    y_scale: float

    @cached_property
    def log_det_x(self) -> float:
        """The logarithm of the absolute determinant of ``x``."""
        return float(np.linalg.slogdet(self.x)[1])

    @property
    def z_inverse(self) -> FloatArray:
        """(q, q), from the data's units to internal ones."""
        return np.linalg.inv(self.z).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Moments:
    """Cross-products of one design, in internal units.

    Attributes
    ----------
    zz : (J, q, q) array
        ``Z_j'Z_j``.
    zw : (J, q, p + 1) array
        ``Z_j'[X_j, y_j]``.
    ww : (p + 1, p + 1) array
        ``[X, y]'[X, y]``.
    n : int
        Number of rows.
    blocks : tuple of tuple of int
        The random coefficients that may be correlated with one another.
    scaling : Scaling
    """

    zz: FloatArray
    zw: FloatArray
    ww: FloatArray
    n: int
    blocks: Blocks
    scaling: Scaling

    @property
    def groups(self) -> int:
        """J, the number of groups."""
        return int(self.zz.shape[0])

    @property
    def p(self) -> int:
        """The number of fixed coefficients."""
        return int(self.ww.shape[0]) - 1

    @property
    def q(self) -> int:
        """The number of random coefficients."""
        return int(self.zz.shape[1])

    def degrees(self, reml: bool) -> int:
        """Return the divisor of the residual sum of squares: n, or n - p under REML."""
        return self.n - self.p if reml else self.n

    def offset(self, reml: bool) -> float:
        """Return what the criterion in the data's units has over the one in internal units."""
        log_scale = 2.0 * self.degrees(reml) * float(np.log(self.scaling.y_scale))
        if not reml:
            return log_scale
        return log_scale - 2.0 * self.scaling.log_det_x

    def with_outcome(self, zy: FloatArray, wy: FloatArray) -> Moments:
        """Return the moments of the same design with another outcome, in the same internal units.

        Parameters
        ----------
        zy : (J, q) array
            ``Z_j'y_j``.
        wy : (p + 1,) array
            ``X'y`` and ``y'y``.
        """
        zw, ww = self.zw.copy(), self.ww.copy()
        zw[:, :, -1] = zy
        ww[:, -1] = ww[-1, :] = wy
        return replace(self, zw=zw, ww=ww)


@dataclass(frozen=True, eq=False)
class Origin:
    """What is taken off the columns before their products are summed.

    Attributes
    ----------
    z : (q,) array
    x : (p,) array
    y : float
    z_constant, x_constant : int or None
        The column that is 1 in every row.
    """

    z: FloatArray
    x: FloatArray
    y: float
    z_constant: int | None
    x_constant: int | None


@dataclass(frozen=True, eq=False)
class RowSums:
    """Sums of products about an origin; those of two parts of the data add up.

    Attributes
    ----------
    zv : (J, q, q + p + 1) array
        ``Z_j'[Z_j, X_j, y_j]`` of each group.
    ww : (p + 1, p + 1) array
        ``[X, y]'[X, y]``.
    n : int
        Number of rows.
    """

    zv: FloatArray
    ww: FloatArray
    n: int

    def __add__(self, other: RowSums) -> RowSums:
        """Add the sums of other rows of the same groups, about the same origin."""
        return RowSums(self.zv + other.zv, self.ww + other.ww, self.n + other.n)


def cross_products(design: Design) -> Moments:
    """Compute the moments of a design in one pass over its rows, in chunks.

    Parameters
    ----------
    design : Design
        ``y`` (n,), ``X`` (n, p), ``Z`` (n, q), ``codes`` (n,) with values 0..J-1.

    Returns
    -------
    Moments

    Notes
    -----
    Columns of X are centred when X holds a constant, columns of Z when they share a block of
    T with a constant; otherwise centring would change the model, and they are only scaled.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> moments = cross_products(fit.design)
    >>> moments.zz.shape, moments.zw.shape, moments.ww.shape
    ((18, 1, 1), (18, 1, 3), (3, 3))
    """
    origin = origin_of(design)
    return moments_of(sums_about(origin, design), origin, design.blocks)


def origin_of(design: Design) -> Origin:
    """Find the means of the columns that may be centred without changing the model."""
    x_constant, z_constant = _constant_column(design.X), _constant_column(design.Z)
    x_shift, z_shift = _shifts(design.X, x_constant), _shifts(design.Z, z_constant)
    for block in design.blocks:
        if z_constant not in block:
            z_shift[list(block)] = 0.0
    y_shift = float(design.y.mean()) if x_constant is not None else 0.0
    return Origin(z_shift, x_shift, y_shift, z_constant, x_constant)


def sums_about(origin: Origin, design: Design) -> RowSums:
    """Sum the products of a design, in chunks of rows.

    Parameters
    ----------
    origin : Origin
        Near the means; any will do but for rounding.
    design : Design
        All rows, or some of them with the codes of all groups.

    Returns
    -------
    RowSums
    """
    n, p = design.X.shape
    q, size = design.Z.shape[1], len(design.groups)
    zv = np.zeros((size, q, q + p + 1))
    ww = np.zeros((p + 1, p + 1))
    step = max(CHUNK, 2 * size)
    for start in range(0, n, step):
        rows = slice(start, start + step)
        v = np.column_stack(
            [design.Z[rows] - origin.z, design.X[rows] - origin.x, design.y[rows] - origin.y]
        )
        ww += v[:, q:].T @ v[:, q:]  # (p+1, rows) @ (rows, p+1)
        for a in range(q):
            zv[:, a] += _group_sums(v, v[:, a], design.codes[rows], size)
    return RowSums(zv, ww, n)


def moments_of(sums: RowSums, origin: Origin, blocks: Blocks) -> Moments:
    """Bring sums to internal units.

    Parameters
    ----------
    sums : RowSums
        Over all rows.
    origin : Origin
        About which they were taken.
    blocks : tuple of tuple of int
        The random coefficients that may be correlated with one another.

    Returns
    -------
    Moments
    """
    q, p, n = sums.zv.shape[1], len(sums.ww) - 1, sums.n
    zz, zw = sums.zv[:, :, :q], sums.zv[:, :, q:]
    x_scale = _root_mean_square(np.diag(sums.ww)[:-1], n)
    y_scale = _root_mean_square(sums.ww[-1, -1], n)
    z_scale = _root_mean_square(np.einsum("jaa->a", zz), n)
    w_scale = np.append(x_scale, y_scale)
    shift = np.zeros(p)
    if origin.x_constant is not None:
        shift[origin.x_constant] = origin.y
    return Moments(
        zz=zz / np.multiply.outer(z_scale, z_scale),
        zw=zw / np.multiply.outer(z_scale, w_scale),
        ww=sums.ww / np.multiply.outer(w_scale, w_scale),
        n=n,
        blocks=blocks,
        scaling=Scaling(
            x=_to_internal(origin.x, x_scale, origin.x_constant),
            z=_to_internal(origin.z, z_scale, origin.z_constant),
            shift=shift,
            y_shift=origin.y,
            y_scale=float(y_scale),
        ),
    )


def outcome_products(
    design: Design, scaling: Scaling, y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Compute the part of the moments that depends on the outcome, for a new outcome.

    Parameters
    ----------
    design : Design
    scaling : Scaling
        The internal units of the design's moments.
    y : (n,) array

    Returns
    -------
    zy : (J, q) array
    wy : (p + 1,) array
        To be handed to :meth:`Moments.with_outcome`.
    """
    star = (y - scaling.y_shift) / scaling.y_scale
    sums = np.empty((len(design.groups), design.Z.shape[1]))
    for a in range(design.Z.shape[1]):
        sums[:, a] = np.bincount(
            design.codes, weights=design.Z[:, a] * star, minlength=len(design.groups)
        )
    xy = design.X.T @ star  # (p, n) @ (n,)
    return sums @ scaling.z, np.append(scaling.x.T @ xy, star @ star)


def _group_sums(v: FloatArray, weights: FloatArray, codes: IntArray, size: int) -> FloatArray:
    """Sum the rows of ``v``, each times its weight, within groups: (J, columns).

    A sparse (J, n) matrix with one entry a column does it in one pass, without sorting.
    """
    rows = len(weights)
    indicator = csc_array((weights, codes, np.arange(rows + 1)), shape=(size, rows))
    return np.asarray(indicator @ v, dtype=np.float64)


def _constant_column(matrix: FloatArray) -> int | None:
    """Find the first column that is 1 in every row."""
    for k in range(matrix.shape[1]):
        if matrix[0, k] == 1.0 and matrix[-1, k] == 1.0 and bool(np.all(matrix[:, k] == 1.0)):
            return k
    return None


def _shifts(matrix: FloatArray, constant: int | None) -> FloatArray:
    """Return the means to take off the columns: none off the constant, none without one."""
    if constant is None:
        return np.zeros(matrix.shape[1])
    shifts: FloatArray = matrix.mean(axis=0)
    shifts[constant] = 0.0
    return shifts


def _root_mean_square(sum_of_squares: FloatArray, n: int) -> FloatArray:
    """Return the scale of a column; a column of zeros keeps its unit."""
    scale: FloatArray = np.sqrt(np.asarray(sum_of_squares) / n)
    return np.where(scale > 0.0, scale, 1.0)


def _to_internal(shift: FloatArray, scale: FloatArray, constant: int | None) -> FloatArray:
    """Return C with ``matrix @ C`` the matrix whose columns are (column - shift) / scale."""
    change = np.diag(1.0 / scale)
    if constant is not None:
        change[constant] -= shift / scale
    return change
