"""A sum of terms spans what it spans in R, whatever is crossed with what."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmteach.model.coding import coded
from mlmteach.model.columns import Coding
from mlmteach.model.terms import Factor, Term

SIZES = {"a": 2, "b": 3, "c": 2, "x": 1, "z": 1}


def coding(factor: Factor, full: bool) -> Coding:
    size = SIZES[factor.expression]
    if size == 1:
        return Coding(factor, ("",))
    suffixes = [f"[{k}]" if full else f"[T.{k}]" for k in range(size)]
    return Coding(factor, tuple(suffixes if full else suffixes[1:]), categorical=True)


CELLS = np.array(list(product(*(range(max(size, 3)) for size in SIZES.values()))))
ROWS = {
    name: (CELLS[:, k] + 0.5) ** (k + 1) if SIZES[name] == 1 else CELLS[:, k] % SIZES[name]
    for k, name in enumerate(SIZES)
}


def column(term: Term) -> np.ndarray:
    value = np.ones(len(CELLS))
    for factor in term.factors:
        rows = ROWS[factor.expression]
        value = value * (rows if not factor.suffix else rows == int(str(factor.level)))
    return value


TERMS = st.lists(
    st.sets(st.sampled_from(sorted(SIZES)), max_size=3).map(sorted),
    min_size=1,
    max_size=6,
    unique_by=tuple,
)


@given(TERMS)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_a_sum_spans_all_cells_of_its_products_without_a_column_too_many(names: list) -> None:
    terms = [Term.of(*factors) for factors in names]
    columns = np.column_stack([column(t) for own in coded(terms, coding) for t in own])
    cells = [
        column(Term(tuple(factors)))
        for term in terms
        for factors in product(*(coding(f, full=True).columns for f in term.factors))
    ]
    rank = np.linalg.matrix_rank(np.column_stack(cells))
    assert columns.shape[1] == np.linalg.matrix_rank(columns) == rank
    assert np.linalg.matrix_rank(np.column_stack([columns, *cells])) == rank


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["", "a"], ["Intercept", "a[T.1]"]),
        (["a"], ["a[0]", "a[1]"]),
        (["", "a", "a:x"], ["Intercept", "a[T.1]", "a[0]:x", "a[1]:x"]),
        (["", "x", "a:x"], ["Intercept", "x", "a[T.1]:x"]),
        (["", "a", "a:c"], ["Intercept", "a[T.1]", "a[0]:c[T.1]", "a[1]:c[T.1]"]),
        (["", "a:c"], ["Intercept", "a[1]:c[0]", "a[0]:c[1]", "a[1]:c[1]"]),
    ],
)
def test_a_category_has_contrasts_where_the_rest_of_its_product_is_there(
    names: list[str], expected: list[str]
) -> None:
    terms = [Term.of(*name.split(":")) if name else Term(()) for name in names]
    assert [t.name for own in coded(terms, coding) for t in own] == expected
