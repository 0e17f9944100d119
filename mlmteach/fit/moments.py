"""The cross-products that the likelihood needs of the data, from one pass over the rows.

For a two-level Gaussian model everything that the likelihood needs is, for each group j,
``Z_j'Z_j``, ``Z_j'X_j`` and ``Z_j'y_j``, and over all rows ``X'X``, ``X'y`` and ``y'y``.  They are
sums over rows (:class:`RowSums`), which add up over the parts of the data.  :class:`Moments` has
them in internal units (columns centred and scaled), in which the arithmetic is safe whatever the
units of the data; :class:`Scaling` says how to get back.

Where rows have known precisions w, or categories a σ² of their own, each row counts times the
inverse of its variance in units of σ²: the sums of weighted rows are those of a model with equal
variances, and the criterion has the sum of the logarithms of these variances besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.sparse import csc_array

from mlmteach.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from mlmteach.fit.design import Design
    from mlmteach.fit.theta import Blocks

__all__ = [
    "Moments",
    "Origin",
    "Products",
    "RowSums",
    "Scaling",
    "Strata",
    "cross_products",
    "groups_last",
    "moments_of",
    "origin_of",
    "outcome_products",
    "parts_of",
    "sums_about",
    "with_new_outcome",
]


Sums: TypeAlias = "tuple[FloatArray, FloatArray, FloatArray]"

CHUNK = 1 << 17  # rows worked on at a time: bounds the memory that a pass takes
DIGITS = 1e-15  # a determinant below this part of the product of the diagonal is rounding


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
class Strata:
    """The sums of each category of rows that has a σ² of its own, in the units of the whole.

    Attributes
    ----------
    zz : (K, J, q, q) array
    zw : (K, J, q, p + 1) array
    ww : (K, p + 1, p + 1) array
        As in :class:`Moments`, of the rows of one category, unweighted by its variance.
    n : (K,) array
        Numbers of rows.
    log_ratios : (K,) array
        ``log(σ_k² / σ_1²)`` by which the whole is weighted; the first is 0.
    names : tuple of str
    """

    zz: FloatArray
    zw: FloatArray
    ww: FloatArray
    n: FloatArray
    log_ratios: FloatArray
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Products:
    """The products of Z, group by group, with themselves and with other columns.

    Attributes
    ----------
    zz : (J, q, q) array
        ``Z_j'Z_j``.
    zw : (J, q, m) array
        ``Z_j'W_j``.
    """

    zz: FloatArray
    zw: FloatArray

    @property
    def groups(self) -> int:
        """J, the number of groups."""
        return int(self.zz.shape[0])

    @property
    def q(self) -> int:
        """The number of random coefficients."""
        return int(self.zz.shape[1])

    @cached_property
    def by_coefficient(self) -> FloatArray:
        """(q, m, J): ``zw`` with the groups last, over which an evaluation runs."""
        return groups_last(self.zw)

    @cached_property
    def entries(self) -> FloatArray:
        """(q, q, J): ``zz`` with the groups last."""
        return groups_last(self.zz)

    @cached_property
    def minors(self) -> FloatArray:
        """(q*q, J): the elements of ``zz``, the groups last; for q = 2 with a fifth row, det.

        A determinant that is all rounding, as that of a group of one row, is zero.
        """
        entries = self.entries.reshape(-1, self.groups)
        if self.q != 2:
            return entries
        product = entries[0] * entries[3]
        det = product - entries[1] * entries[2]
        return np.vstack([entries, np.where(det > DIGITS * product, det, 0.0)])

    @cached_property
    def adjugated(self) -> FloatArray:
        """(2, m, J): for q = 2, the adjugate of ``zz`` times ``zw``, the groups last."""
        (a, b, _, c), (first, second) = self.minors[:4], self.by_coefficient
        return np.stack([c * first - b * second, a * second - b * first])


@dataclass(frozen=True, eq=False)
class Moments(Products):
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
    log_spread : float
        The sum over rows of the logarithm of ``Var(ε_ij) / σ²``.
    strata : Strata, optional
        Where σ² is that of the first category, and others have their own.
    """

    ww: FloatArray
    n: int
    blocks: Blocks
    scaling: Scaling
    log_spread: float = 0.0
    strata: Strata | None = None

    @property
    def p(self) -> int:
        """The number of fixed coefficients."""
        return int(self.ww.shape[0]) - 1

    @cached_property
    def totals(self) -> FloatArray:
        """(q, q): the sum over groups of ``Z_j'Z_j``."""
        totals: FloatArray = self.zz.sum(axis=0)
        return totals

    @cached_property
    def pairs(self) -> FloatArray:
        """(q*q, q*q): the trace of ``Z dT Z'Z dS Z'`` as a form in vec(dT) and vec(dS)."""
        q = self.q
        entries = self.minors[: q * q]
        products = (entries @ entries.T).reshape(q, q, q, q)
        return products.transpose(0, 2, 1, 3).reshape(q * q, q * q)

    def squares(self, residual: FloatArray) -> FloatArray:
        """(q, q): the sum of ``Z_j'e e'Z_j`` with e = [X, y] times a vector (p + 1,)."""
        e = residual @ self.by_coefficient  # (p+1,) @ (q, p+1, J)
        squares: FloatArray = e @ e.T
        return squares

    def degrees(self, reml: bool) -> int:
        """Return the divisor of the residual sum of squares: n, or n - p under REML."""
        return self.n - self.p if reml else self.n

    def offset(self, reml: bool) -> float:
        """Return what the criterion in the data's units has over the one in internal units."""
        log_scale = 2.0 * self.degrees(reml) * float(np.log(self.scaling.y_scale))
        log_scale += self.log_spread
        if not reml:
            return log_scale
        return log_scale - 2.0 * self.scaling.log_det_x

    def at(self, log_ratios: FloatArray | None) -> Moments:
        """Weight the categories by other ratios of their variances.

        Parameters
        ----------
        log_ratios : (K,) array or None
            ``log(σ_k² / σ_1²)``; None leaves all as it is.
        """
        strata = self.strata
        if strata is None or log_ratios is None:
            return self
        weights = np.exp(-log_ratios)
        return replace(
            self,
            zz=np.tensordot(weights, strata.zz, 1),
            zw=np.tensordot(weights, strata.zw, 1),
            ww=np.tensordot(weights, strata.ww, 1),
            log_spread=self.log_spread + float(strata.n @ (log_ratios - strata.log_ratios)),
            strata=replace(strata, log_ratios=log_ratios),
        )

    def changed(self, change: Callable[[FloatArray, FloatArray, FloatArray], Sums]) -> Moments:
        """Change the sums, and those of the categories in the same way.

        Parameters
        ----------
        change : callable
            From ``zz``, ``zw`` and ``ww``, with any number of axes before theirs, to new ones.
        """
        zz, zw, ww = change(self.zz, self.zw, self.ww)
        strata = self.strata
        if strata is not None:
            own_zz, own_zw, own_ww = change(strata.zz, strata.zw, strata.ww)
            strata = replace(strata, zz=own_zz, zw=own_zw, ww=own_ww)
        return replace(self, zz=zz, zw=zw, ww=ww, strata=strata)

    def with_outcome(self, zy: FloatArray, wy: FloatArray) -> Moments:
        """Return the moments of the same design with another outcome, in the same internal units.

        Parameters
        ----------
        zy : (J, q) array
            ``Z_j'y_j``.
        wy : (p + 1,) array
            ``X'y`` and ``y'y``.
        """
        zw, ww = _with_last(self.zw, self.ww, zy, wy)
        return replace(self, zw=zw, ww=ww)

    def with_outcomes(self, products: Sequence[tuple[FloatArray, FloatArray]]) -> Moments:
        """Do the same where there are categories, from the products of each of them."""
        assert self.strata is not None
        zy, wy = (np.stack(part) for part in zip(*products, strict=True))
        zw, ww = _with_last(self.strata.zw, self.strata.ww, zy, wy)
        return replace(self, strata=replace(self.strata, zw=zw, ww=ww)).at(self.strata.log_ratios)


def _with_last(
    zw: FloatArray, ww: FloatArray, zy: FloatArray, wy: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Copy the products and replace those with the outcome, which comes last."""
    zw, ww = zw.copy(), ww.copy()
    zw[..., -1] = zy
    ww[..., :, -1] = ww[..., -1, :] = wy
    return zw, ww


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
    origin, weight, log_spread = origin_of(design), None, 0.0
    if design.precision is not None:
        weight, log_spread = float(design.precision.sum()), -float(np.log(design.precision).sum())
    if design.strata is None:
        sums = sums_about(origin, design)
        whole = moments_of(sums, origin, design.blocks, weight)
        return replace(whole, log_spread=log_spread)
    parts = [sums_about(origin, part) for part in parts_of(design)]
    whole = moments_of(sum(parts[1:], parts[0]), origin, design.blocks, weight)
    z = np.diag(whole.scaling.z)
    w = np.append(np.diag(whole.scaling.x), 1.0 / whole.scaling.y_scale)
    q, count = len(z), len(parts)
    zv = np.stack([part.zv for part in parts])
    strata = Strata(
        zz=zv[..., :q] * np.multiply.outer(z, z),
        zw=zv[..., q:] * np.multiply.outer(z, w),
        ww=np.stack([part.ww for part in parts]) * np.multiply.outer(w, w),
        n=np.array([float(part.n) for part in parts]),
        log_ratios=np.zeros(count),
        names=design.strata_names,
    )
    return replace(whole, log_spread=log_spread, strata=strata)


def parts_of(design: Design) -> Iterator[Design]:
    """Give the rows of each category that has a σ² of its own, with the codes of all groups."""
    assert design.strata is not None
    for k in range(len(design.strata_names)):
        rows = np.flatnonzero(design.strata == k)
        weights = None if design.precision is None else design.precision[rows]
        yield replace(
            design,
            y=design.y[rows],
            X=design.X[rows],
            Z=design.Z[rows],
            codes=design.codes[rows],
            precision=weights,
            strata=None,
        )


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
        codes = design.codes[rows]
        v = np.empty((q + p + 1, len(codes)))  # [Z, X, y]', a variable a row
        np.subtract(design.Z[rows].T, origin.z[:, None], out=v[:q])
        np.subtract(design.X[rows].T, origin.x[:, None], out=v[q:-1])
        np.subtract(design.y[rows], origin.y, out=v[-1])
        if design.precision is not None:
            v *= np.sqrt(design.precision[rows])
        ww += v[q:] @ v[q:].T  # (p+1, rows) @ (rows, p+1)
        _add_group_sums(zv, v, codes)
    return RowSums(zv, ww, n)


def moments_of(
    sums: RowSums, origin: Origin, blocks: Blocks, weight: float | None = None
) -> Moments:
    """Bring sums to internal units.

    Parameters
    ----------
    sums : RowSums
        Over all rows.
    origin : Origin
        About which they were taken.
    blocks : tuple of tuple of int
        The random coefficients that may be correlated with one another.
    weight : float, optional
        What the rows count together, where it is not 1 each.

    Returns
    -------
    Moments
    """
    q, p, n = sums.zv.shape[1], len(sums.ww) - 1, sums.n
    weight = float(n) if weight is None else weight
    zz, zw = sums.zv[:, :, :q], sums.zv[:, :, q:]
    x_scale = _root_mean_square(np.diag(sums.ww)[:-1], weight)
    y_scale = _root_mean_square(sums.ww[-1, -1], weight)
    z_scale = _root_mean_square(np.einsum("jaa->a", zz), weight)
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


def with_new_outcome(moments: Moments, design: Design, y: FloatArray) -> Moments:
    """Return the moments of a design of which only the outcome is another.

    Parameters
    ----------
    moments : Moments
        Of the design with its own outcome, whose internal units are kept.
    design : Design
    y : (n,) array
        The new outcome.
    """
    scaling = moments.scaling
    if moments.strata is None:
        return moments.with_outcome(*outcome_products(design, scaling, y))
    parts = parts_of(replace(design, y=y))
    return moments.with_outcomes([outcome_products(part, scaling, part.y) for part in parts])


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
    weighted = star if design.precision is None else design.precision * star
    sums = np.empty((len(design.groups), design.Z.shape[1]))
    for a in range(design.Z.shape[1]):
        sums[:, a] = np.bincount(
            design.codes, weights=design.Z[:, a] * weighted, minlength=len(design.groups)
        )
    xy = design.X.T @ weighted  # (p, n) @ (n,)
    return sums @ scaling.z, np.append(scaling.x.T @ xy, star @ weighted)


def groups_last(array: FloatArray) -> FloatArray:
    """(J, a, b) to (a, b, J), in this order in memory."""
    return np.ascontiguousarray(array.transpose(1, 2, 0))


def _add_group_sums(zv: FloatArray, v: FloatArray, codes: IntArray) -> None:
    """Add to ``zv``, (J, q, m), the products within groups of the rows of ``v``, (m, rows)."""
    size, q, _ = zv.shape
    steps = np.diff(codes)
    if (steps >= 0).all():  # rows of a group lie together: each is a stretch
        starts = np.append(0, np.flatnonzero(steps) + 1)
        present = codes[starts]
        for a in range(q):
            zv[present, a] += np.add.reduceat(v * v[a], starts, axis=1).T
        return
    columns, ends = np.ascontiguousarray(v.T), np.arange(len(codes) + 1)
    for a in range(q):  # a sparse (J, rows) matrix sums in one pass, without sorting
        weights = csc_array((v[a], codes, ends), shape=(size, len(codes)))
        zv[:, a] += weights @ columns


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


def _root_mean_square(sum_of_squares: FloatArray, n: float) -> FloatArray:
    """Return the scale of a column; a column of zeros keeps its unit."""
    scale: FloatArray = np.sqrt(np.asarray(sum_of_squares) / n)
    return np.where(scale > 0.0, scale, 1.0)


def _to_internal(shift: FloatArray, scale: FloatArray, constant: int | None) -> FloatArray:
    """Return C with ``matrix @ C`` the matrix whose columns are (column - shift) / scale."""
    change = np.diag(1.0 / scale)
    if constant is not None:
        change[constant] -= shift / scale
    return change
