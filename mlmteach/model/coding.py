"""Which columns a product of predictors has: how its categories are coded beside other terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from mlmteach.arrays import FloatArray
from mlmteach.model.columns import Coding
from mlmteach.model.terms import Factor, Term

__all__ = ["Compared", "coded", "compared", "weights_of_means"]

Subset = frozenset[Factor]


def coded(
    terms: Sequence[Term], coding: Callable[[Factor, bool], Coding]
) -> tuple[tuple[Term, ...], ...]:
    """Say which columns each term of a sum has.

    A product spans what its categories can tell apart, less what the other terms tell already: a
    category is coded by contrasts where the rest of its product is in the sum too, and has a column
    for each of its values where it is not.  The sum as a whole then spans what it does in R.

    Parameters
    ----------
    terms : sequence of Term
        All that are added, without contrasts.
    coding : callable
        Gives the coding of a factor, by contrasts (False) or in full (True).

    Returns
    -------
    tuple of tuple of Term
        For each term those of its columns, the categories of its first factor running fastest.

    References
    ----------
    Chambers & Hastie (1992), *Statistical Models in S*, section 2.4.1.

    Examples
    --------
    >>> def coding(factor, full):
    ...     suffixes = ("[f]", "[m]")[not full :] if factor.expression == "sex" else ("",)
    ...     return Coding(factor, suffixes, categorical=factor.expression == "sex")
    >>> sum_of_terms = (Term(()), Term.of("sex"), Term.of("sex", "x"))
    >>> [[column.name for column in columns] for columns in coded(sum_of_terms, coding)]
    [['Intercept'], ['sex[m]'], ['sex[f]:x', 'sex[m]:x']]
    """
    told: dict[Subset, set[Subset]] = {}  # by the numbers of a product, what its categories tell
    found: dict[int, tuple[Term, ...]] = {}
    for place in sorted(range(len(terms)), key=lambda place: len(terms[place].factors)):
        term = terms[place]
        categories = [f for f in term.factors if coding(f, False).categorical]
        known = told.setdefault(frozenset(term.factors) - frozenset(categories), set())
        spanned = set(_subsets(categories))
        new = spanned - known
        apart = frozenset.intersection(*new) if new else frozenset()
        simple = new == {subset for subset in spanned if apart <= subset}
        columns = [coding(f, f not in apart or not simple).columns for f in term.factors]
        cells = [Term(tuple(reversed(cell))) for cell in product(*reversed(columns))]
        if not simple:
            numbers = frozenset(term.factors) - frozenset(categories)
            margins = [subset | numbers for subset in known & spanned]
            kept = _independent([len(c) for c in columns], term.factors, margins)
            cells = [cell for cell, keep in zip(cells, kept, strict=True) if keep]
        found[place] = tuple(cells)
        known |= spanned
    return tuple(found[place] for place in range(len(terms)))


def _subsets(factors: Iterable[Factor]) -> Iterator[Subset]:
    factors = tuple(factors)
    for size in range(len(factors) + 1):
        yield from map(frozenset, combinations(factors, size))


def _independent(
    sizes: Sequence[int], factors: Sequence[Factor], known: Iterable[Subset]
) -> list[bool]:
    """Mark the cells that other terms do not tell; the first ones are left out as references.

    Parameters
    ----------
    sizes : sequence of int
        The number of columns of each factor.
    factors : sequence of Factor
        Those of the product.
    known : iterable of set of Factor
        The margins of its cells that other terms span.
    """
    cells = [cell[::-1] for cell in product(*(range(size) for size in reversed(sizes)))]
    spanned: list[FloatArray] = []

    def is_new(column: FloatArray) -> bool:
        for direction in spanned:
            column = column - (direction @ column) * direction
        length = float(np.linalg.norm(column))
        if length > 1e-8:
            spanned.append(column / length)
        return length > 1e-8

    for margin in known:
        own = [
            tuple(k for k, f in zip(cell, factors, strict=True) if f in margin) for cell in cells
        ]
        for value in dict.fromkeys(own):
            is_new(np.array([float(one == value) for one in own]))
    kept = [is_new(unit) for unit in np.eye(len(cells))[::-1]]
    return kept[::-1]


# --- what a coefficient of categories says --------------------------------------------------


def weights_of_means(columns: FloatArray) -> FloatArray:
    """Say how each coefficient weighs the expected outcomes of the categories.

    They are ``columns @ coefficients``, so that the coefficients are the inverse of the columns
    times the expected outcomes.

    Parameters
    ----------
    columns : ndarray, shape (k, p)
        What the columns of X are in each category, the constant among them.

    Returns
    -------
    ndarray, shape (p, k)

    Examples
    --------
    >>> weights_of_means(np.array([[1.0, 0.0], [1.0, 1.0]])).round(3) + 0.0  # a reference category
    array([[ 1.,  0.],
           [-1.,  1.]])
    """
    weights: FloatArray = np.asarray(np.linalg.pinv(columns), dtype=np.float64)
    return weights


@dataclass(frozen=True)
class Compared:
    """Weights that add up to 0, as the mean of some categories less that of others.

    Attributes
    ----------
    above, below : tuple of int
    scale : float
        How much of that difference the weights are.
    """

    above: tuple[int, ...]
    below: tuple[int, ...]
    scale: float = 1.0


def compared(weights: FloatArray) -> Compared | None:
    """Read weights of categories as one difference; None where they are none.

    Examples
    --------
    >>> compared(np.array([-1.0, 1.0, 0.0]))  # one and its reference, or the one before
    Compared(above=(1,), below=(0,), scale=1.0)
    >>> compared(np.array([2.0, -1.0, -1.0]) / 3.0)  # one and the mean of all
    Compared(above=(0,), below=(0, 1, 2), scale=1.0)
    >>> compared(np.array([-0.25, -0.25, 0.5]))  # half of: one and the mean of those before
    Compared(above=(2,), below=(0, 1), scale=0.5)
    """
    k = len(weights)
    w = np.where(np.abs(weights) < 1e-9 * np.abs(weights).max(initial=0.0), 0.0, weights)
    for one in range(k):
        if np.allclose(w, np.eye(k)[one] - 1.0 / k):
            return Compared((one,), tuple(range(k)))
    up, down = np.flatnonzero(w > 0), np.flatnonzero(w < 0)
    if not (len(up) and len(down) and np.isclose(w.sum(), 0.0, atol=1e-9)):
        return None
    if not (np.allclose(w[up], w[up[0]]) and np.allclose(w[down], w[down[0]])):
        return None
    scale = float(w[up].sum())
    scale = 1.0 if math.isclose(scale, 1.0) else scale
    return Compared(tuple(up.tolist()), tuple(down.tolist()), scale)
