"""Which columns a product of predictors has: how its categories are coded beside other terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, product

import numpy as np

from mlmteach.arrays import FloatArray
from mlmteach.model.columns import Coding
from mlmteach.model.terms import Factor, Term

__all__ = ["coded"]

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
