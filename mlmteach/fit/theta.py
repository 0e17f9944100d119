"""The relative covariance factor: Lambda = sum of theta_m times a basis matrix.

``T = sigma2 * Lambda @ Lambda.T``.  T has blocks: random coefficients of the same block may be
correlated (one block is an unstructured T, blocks of one a diagonal T).  Theta holds the lower
triangle of each block of Lambda, column by column, which is lme4's order.  Everything else treats
all structures alike, through the basis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.linalg.lapack import dgeqrf, dsyevd  # for small matrices NumPy's checks cost more

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray

__all__ = [
    "Blocks",
    "basis_of",
    "canonical",
    "factor_of",
    "lower_factor",
    "off_the_boundary",
    "places",
    "square_basis",
    "theta_of",
]

Blocks: TypeAlias = tuple[tuple[int, ...], ...]


def places(blocks: Blocks) -> list[tuple[int, int]]:
    """Row and column in Lambda of each element of theta.

    Examples
    --------
    >>> places(((0, 1),))
    [(0, 0), (1, 0), (1, 1)]
    """
    return [
        (row, column) for block in blocks for k, column in enumerate(block) for row in block[k:]
    ]


def basis_of(blocks: Blocks, change: FloatArray | None = None) -> FloatArray:
    """Make the basis of the relative covariance factor.

    Parameters
    ----------
    blocks : tuple of tuple of int
        The random coefficients, as positions, that may be correlated with one another.
    change : (q, q) array, optional
        A change of units: with ``scaling.z_inverse``, theta is in the data's units and
        Lambda in internal ones.

    Returns
    -------
    (k, q, q) array

    Examples
    --------
    >>> basis_of(((0,), (1,))).shape
    (2, 2, 2)
    """
    where, q = places(blocks), sum(map(len, blocks))
    basis = np.zeros((len(where), q, q))
    for m, (row, column) in enumerate(where):
        basis[m, row, column] = 1.0
    return basis if change is None else change @ basis


def square_basis(blocks: Blocks) -> FloatArray:
    """Make the basis of a Lambda whose blocks are square instead of lower triangular.

    It has more coordinates than needed, and for that no corners: where T is singular, the lower
    triangle is not a smooth function of T, and a search in it creeps.

    Parameters
    ----------
    blocks : tuple of tuple of int

    Returns
    -------
    (k, q, q) array
        The coordinate of entry (a, b) of Lambda stands at the place of (a, b) among the entries of
        all blocks, block by block and row by row.

    Examples
    --------
    >>> square_basis(((0, 1),)).shape
    (4, 2, 2)
    """
    where = [(row, column) for block in blocks for row in block for column in block]
    q = sum(map(len, blocks))
    basis = np.zeros((len(where), q, q))
    for m, (row, column) in enumerate(where):
        basis[m, row, column] = 1.0
    return basis


def factor_of(theta: FloatArray, basis: FloatArray) -> FloatArray:
    """Lambda, (q, q), from theta, (k,)."""
    q = basis.shape[-1]
    factor: FloatArray = (theta @ basis.reshape(-1, q * q)).reshape(q, q)
    return factor


def theta_of(factor: FloatArray, blocks: Blocks) -> FloatArray:
    """Theta, (k,), from a Lambda, (q, q), with lower triangular blocks."""
    return np.array([factor[place] for place in places(blocks)])


def off_the_boundary(factor: FloatArray) -> FloatArray:
    """Move a Lambda away from zeros in it: where a search starts from an optimum, (q, q).

    Examples
    --------
    >>> off_the_boundary(np.zeros((1, 1)))
    array([[0.05]])
    """
    return factor + 0.05 * np.eye(len(factor))


def canonical(factor: FloatArray, blocks: Blocks) -> FloatArray:
    """Return the Lambda with lower triangular blocks, diagonal >= 0, of the same product.

    It exists for singular products too, where a Cholesky decomposition fails.
    """
    if blocks == (tuple(range(len(factor))),):  # one block, in the order of the rows
        return _lower(factor)
    result = np.zeros_like(factor)
    for block in blocks:
        result[np.ix_(block, block)] = _lower(factor[list(block)])
    return result


def _lower(rows: FloatArray) -> FloatArray:
    lower = dgeqrf(rows.T)[0][: len(rows)].T  # (rows, rows), with Householder's vectors above
    signs = np.where(np.diag(lower) < 0.0, -1.0, 1.0)
    return np.tril(lower * signs)


def lower_factor(psi: FloatArray, blocks: Blocks) -> FloatArray:
    """Return the Lambda of a positive semi-definite matrix, (q, q), with these blocks."""
    values, vectors, _ = dsyevd(psi)
    return canonical(vectors * np.sqrt(np.clip(values, 0.0, None)), blocks)
