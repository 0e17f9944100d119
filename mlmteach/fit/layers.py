"""Two groupings of the same rows: their arrays, and the cross-products of a layered model.

Three levels (pupils in classes in schools) and crossed groups (pupils of a primary and of a
secondary school) are the same model, ``y = X γ + Z_1 U_1 + Z_2 U_2 + ε``, with a U for each group
of either grouping.  What the likelihood needs of the data is what it needs of two two-level models
(:class:`~mlmteach.fit.moments.Moments` of each grouping), and ``Z_1'Z_2`` besides: a small matrix
for each *cell*, that is each pair of groups that have rows in common.  Where groups are nested,
each lower group lies in one cell, and this alone makes the model one of three levels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.errors import FitError
from mlmteach.fit.design import Design
from mlmteach.fit.moments import (
    Moments,
    Origin,
    Products,
    Scaling,
    moments_of,
    origin_of,
    outcome_products,
    sums_about,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.moments import Sums
    from mlmteach.fit.theta import Blocks
    from mlmteach.model.encoding import Encoding

__all__ = [
    "Cells",
    "Layer",
    "LayeredDesign",
    "LayeredMoments",
    "layered_moments",
    "require_room",
    "with_new_layered_outcome",
]

LARGEST = 20_000  # columns of a dense matrix of 3.2 GB; two of them are needed at a time


@dataclass(frozen=True, eq=False)
class Layer:
    """One grouping, and what varies between its groups.

    Parameters
    ----------
    name : str
        The grouping, as the model writes it.
    Z : (n, q) array
        One column a random coefficient.
    codes : (n,) array of int
        The group of each row, 0 ... J-1; every group has a row.
    groups : pandas.Index
        The labels of the groups, (J,).
    z_names : tuple of str
    blocks : tuple of tuple of int
        Which columns of Z have effects that may correlate with each other.
    """

    name: str
    Z: FloatArray
    codes: IntArray
    groups: pd.Index[Any]
    z_names: tuple[str, ...]
    blocks: Blocks


@dataclass(frozen=True, eq=False)
class LayeredDesign:
    """The arrays of a model with two groupings.

    Parameters
    ----------
    y : (n,) array
    X : (n, p) array
    x_names : tuple of str
    layers : (Layer, Layer)
        Level 2 and level 3, or two crossed groupings.
    crossed : bool
        Whether the model says so; the arithmetic goes by the data.
    dropped : int
        How many rows were left out because of missing values.
    lost : tuple
        The labels of the groups of level 2 of which no row is left.
    encoding : Encoding, optional
        How new data become columns.
    """

    y: FloatArray
    X: FloatArray
    x_names: tuple[str, ...]
    layers: tuple[Layer, Layer]
    crossed: bool = False
    dropped: int = 0
    lost: tuple[object, ...] = ()
    encoding: Encoding | None = None

    @property
    def census(self) -> None:
        """None: the rows are in memory."""
        return None

    @property
    def z_names(self) -> tuple[str, ...]:
        """The random coefficients of both groupings, each with its grouping: ``ses | school``."""
        return tuple(f"{name} | {layer.name}" for layer in self.layers for name in layer.z_names)

    @property
    def blocks(self) -> Blocks:
        """Which of them have effects that may correlate with each other."""
        one, other = self.layers
        q = len(one.z_names)
        return one.blocks + tuple(tuple(q + k for k in block) for block in other.blocks)

    def alone(self, k: int) -> Design:
        """Give the design of the two-level model with the grouping k only."""
        layer = self.layers[k]
        return Design(
            y=self.y,
            X=self.X,
            Z=layer.Z,
            codes=layer.codes,
            groups=layer.groups,
            x_names=self.x_names,
            z_names=layer.z_names,
            blocks=layer.blocks,
            dropped=self.dropped,
        )


@dataclass(frozen=True, eq=False)
class Cells:
    """The pairs of groups that have rows in common, ordered by the last and the first grouping.

    Attributes
    ----------
    first, last : (m,) arrays of int
        The group of each cell in the grouping that is eliminated first, and in the other.
    products : (q_first, q_last, m) array
        ``Z_first'Z_last`` over the rows of each cell.
    """

    first: IntArray
    last: IntArray
    products: FloatArray

    @cached_property
    def starts_of_last(self) -> IntArray:
        """Where the cells of each last group begin, (J_last,)."""
        return _starts(self.last)

    @cached_property
    def by_first(self) -> IntArray:
        """The order in which the cells of a first group lie together, (m,)."""
        return np.argsort(self.first, kind="stable")

    @cached_property
    def starts_of_first(self) -> IntArray:
        """Where the cells of each first group begin in that order, (J_first,)."""
        return _starts(self.first[self.by_first])

    def to_last(self, values: FloatArray) -> FloatArray:
        """Sum over the cells of each last group, (..., m) to (..., J_last)."""
        sums: FloatArray = np.add.reduceat(values, self.starts_of_last, axis=-1)
        return sums

    def to_first(self, values: FloatArray) -> FloatArray:
        """Sum over the cells of each first group, (..., m) to (..., J_first)."""
        if len(self.starts_of_first) == len(self.first):  # one cell each
            return values[..., self.by_first]
        sums: FloatArray = np.add.reduceat(
            values[..., self.by_first], self.starts_of_first, axis=-1
        )
        return sums


def _starts(codes: IntArray) -> IntArray:
    """Where each value of a sorted array begins."""
    return np.append(0, np.flatnonzero(np.diff(codes)) + 1)


@dataclass(frozen=True, eq=False)
class LayeredMoments:
    """Cross-products of a model with two groupings, in internal units.

    Attributes
    ----------
    layers : (Moments, Moments)
        Of the two-level models with one of the groupings, in the order of the design; those of X
        and y are the same in both.
    cells : Cells
    inner : int
        The grouping that is eliminated first: the lower one, or of crossed ones that with more
        columns.
    nested : bool
        Whether each group of it lies in one group of the other.
    names : (str, str)
        What the groupings are called.
    """

    layers: tuple[Moments, Moments]
    cells: Cells
    inner: int
    nested: bool
    names: tuple[str, str]

    @property
    def first(self) -> Moments:
        """Those of the grouping that is eliminated first."""
        return self.layers[self.inner]

    @property
    def last(self) -> Moments:
        """Those of the other."""
        return self.layers[1 - self.inner]

    @cached_property
    def by_cell(self) -> Products:
        """The products of the first Z, for each cell, with themselves and with the other Z."""
        return Products(self.first.zz[self.cells.first], self.cells.products.transpose(2, 0, 1))

    @property
    def sizes(self) -> tuple[int, int]:
        """The numbers of random coefficients of the two groupings."""
        return self.layers[0].q, self.layers[1].q

    @property
    def places(self) -> tuple[slice, slice]:
        """Where the coefficients of each grouping stand among all."""
        q = self.layers[0].q
        return slice(0, q), slice(q, self.q)

    @property
    def q(self) -> int:
        """The number of random coefficients of both groupings."""
        return sum(self.sizes)

    @property
    def p(self) -> int:
        """The number of fixed coefficients."""
        return self.first.p

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.first.n

    @property
    def ww(self) -> FloatArray:
        """(p + 1, p + 1): ``[X, y]'[X, y]``."""
        return self.first.ww

    @property
    def groups(self) -> int:
        """The number of groups of the grouping that has fewer."""
        return min(layer.groups for layer in self.layers)

    @property
    def strata(self) -> None:
        """All rows have the same σ²."""
        return None

    @cached_property
    def blocks(self) -> Blocks:
        """The random coefficients of both groupings that may be correlated with one another."""
        one, other = self.layers
        return one.blocks + tuple(tuple(one.q + k for k in block) for block in other.blocks)

    @cached_property
    def scaling(self) -> Scaling:
        """How internal units relate to those of the data; ``z`` is that of both groupings."""
        return replace(self.first.scaling, z=self.joined([m.scaling.z for m in self.layers]))

    def joined(self, parts: list[FloatArray]) -> FloatArray:
        """(q, q) with the matrices of the two groupings, in the design's order, on its diagonal."""
        whole = np.zeros((self.q, self.q))
        for place, part in zip(self.places, parts, strict=True):
            whole[place, place] = part
        return whole

    def degrees(self, reml: bool) -> int:
        """Return the divisor of the residual sum of squares: n, or n - p under REML."""
        return self.first.degrees(reml)

    def offset(self, reml: bool) -> float:
        """Return what the criterion in the data's units has over the one in internal units."""
        return self.first.offset(reml)

    @cached_property
    def totals(self) -> FloatArray:
        """(q, q): the sums over groups of ``Z_j'Z_j``, for both groupings."""
        return self.joined([m.totals for m in self.layers])

    @cached_property
    def pairs(self) -> FloatArray:
        """(q*q, q*q): the trace of ``Z dT Z'Z dS Z'`` as a form in vec(dT) and vec(dS)."""
        whole = np.zeros((self.q,) * 4)
        for place, layer in zip(self.places, self.layers, strict=True):
            whole[place, place, place, place] = layer.pairs.reshape((layer.q,) * 4)
        c = self.cells.products
        across = np.einsum("adm,bcm->abcd", c, c, optimize=True)
        a, b = self.places[self.inner], self.places[1 - self.inner]
        whole[a, a, b, b] = across
        whole[b, b, a, a] = across.transpose(2, 3, 0, 1)
        return whole.reshape(self.q**2, self.q**2)

    def squares(self, residual: FloatArray) -> FloatArray:
        """(q, q): the sums of ``Z_j'e e'Z_j`` with e = [X, y] times a vector (p + 1,)."""
        return self.joined([m.squares(residual) for m in self.layers])

    def changed(
        self, change: Callable[[FloatArray, FloatArray, FloatArray], Sums]
    ) -> LayeredMoments:
        """Change the columns of X and y, as :meth:`Moments.changed` does; not those of Z."""
        one, other = (layer.changed(change) for layer in self.layers)
        return replace(self, layers=(one, other))

    def with_outcome(self, zy: tuple[FloatArray, FloatArray], wy: FloatArray) -> LayeredMoments:
        """Return the moments of the same design with another outcome, in the same internal units.

        Parameters
        ----------
        zy : ((J_1, q_1) array, (J_2, q_2) array)
            ``Z_k'y`` of each group.
        wy : (p + 1,) array
            ``X'y`` and ``y'y``.
        """
        one, other = (m.with_outcome(z, wy) for m, z in zip(self.layers, zy, strict=True))
        return replace(self, layers=(one, other))


def layered_moments(design: LayeredDesign) -> LayeredMoments:
    """Compute the moments of a model with two groupings.

    Parameters
    ----------
    design : LayeredDesign

    Returns
    -------
    LayeredMoments

    Examples
    --------
    >>> import mlmteach as mlm
    >>> data = mlm.load("penicillin")
    >>> one = np.ones((144, 1))
    >>> layers = []
    >>> for name in ("plate", "sample"):
    ...     codes, groups = pd.factorize(data[name].astype(str), sort=True)
    ...     layers.append(Layer(name, one, codes, groups, ("Intercept",), ((0,),)))
    >>> y = data["diameter"].to_numpy(float)
    >>> moments = layered_moments(LayeredDesign(y, one, ("Intercept",), tuple(layers)))
    >>> moments.nested, moments.cells.products.shape
    (False, (1, 1, 144))
    """
    parts, origins = [], []
    for k in (0, 1):
        alone = design.alone(k)
        origins.append(origin_of(alone))
        parts.append(moments_of(sums_about(origins[k], alone), origins[k], alone.blocks))
    inner, nested = _inner(design)
    cells = _cells(design, inner, origins, parts)
    names = (design.layers[0].name, design.layers[1].name)
    return LayeredMoments((parts[0], parts[1]), cells, inner, nested, names)


def _inner(design: LayeredDesign) -> tuple[int, bool]:
    """Find the grouping that is eliminated first, and whether it lies within the other."""
    one, other = design.layers
    counts = len(one.groups), len(other.groups)
    pairs = len(pd.unique(other.codes.astype(np.int64) * counts[0] + one.codes))
    if pairs in counts:
        return counts.index(pairs), True
    return int(counts[0] * one.Z.shape[1] < counts[1] * other.Z.shape[1]), False


def _cells(design: LayeredDesign, inner: int, origins: list[Origin], parts: list[Moments]) -> Cells:
    """Sum the products of the two Z over the rows of each pair of groups."""
    first, last = design.layers[inner], design.layers[1 - inner]
    size = len(first.groups)
    key = last.codes.astype(np.int64) * size + first.codes
    number, pairs = pd.factorize(key, sort=True)
    z_first = (first.Z - origins[inner].z) / _scales(parts[inner])
    z_last = (last.Z - origins[1 - inner].z) / _scales(parts[1 - inner])
    products = np.empty((z_first.shape[1], z_last.shape[1], len(pairs)))
    for a, column in enumerate(z_first.T):
        for b, other in enumerate(z_last.T):
            products[a, b] = np.bincount(number, weights=column * other, minlength=len(pairs))
    of_first, of_last = (np.asarray(x, dtype=np.intp) for x in (pairs % size, pairs // size))
    return Cells(of_first, of_last, products)


def _scales(moments: Moments) -> FloatArray:
    """What the columns of Z are divided by, (q,)."""
    scales: FloatArray = 1.0 / np.diag(moments.scaling.z)
    return scales


def with_new_layered_outcome(
    moments: LayeredMoments, design: LayeredDesign, y: FloatArray
) -> LayeredMoments:
    """Return the moments of a design of which only the outcome is another.

    Parameters
    ----------
    moments : LayeredMoments
        Of the design with its own outcome, whose internal units are kept.
    design : LayeredDesign
    y : (n,) array
        The new outcome.
    """
    (one, wy), (other, _) = (
        outcome_products(design.alone(k), moments.layers[k].scaling, y) for k in (0, 1)
    )
    return moments.with_outcome((one, other), wy)


def require_room(moments: LayeredMoments) -> None:
    """Raise a FitError where crossed groups leave a matrix that is too large for memory.

    Parameters
    ----------
    moments : LayeredMoments

    Raises
    ------
    FitError
    """
    columns = moments.last.groups * moments.last.q
    if moments.nested or columns <= LARGEST:
        return
    name = moments.names[1 - moments.inner]
    raise FitError(
        f"The groupings {moments.names[0]} and {moments.names[1]} are crossed, and the smaller of "
        f"them, {name}, has {columns:,} random coefficients: the matrix that links them all would "
        f"take {columns**2 * 8 / 1e9:.0f} GB.",
        f"Fit the model to fewer groups of {name}, or leave one of the two groupings out.",
    )
