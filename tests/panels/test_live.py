"""Values that a page computes again."""

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from mlmteach.errors import MlmteachError
from mlmteach.panels.live import Graph, Live, draws, is_live, numbers, plain, taken

X = 3.0
A = np.arange(6.0).reshape(2, 3)

FORMS = {
    "arithmetic": lambda x: (2.0 - x) ** 2 / (x + A) - -x,
    "functions": lambda x: np.sqrt(np.exp(-x)) + np.log1p(np.abs(A - x)) + ndtr(A - x),
    "comparisons": lambda x: np.where((x > A) & ~(A < 1.0), A, np.nan),
    "sums": lambda x: (x * A).sum(axis=1) + (x * A).max(axis=-1) - np.min(x * A) + (x * A).mean(),
    "slices": lambda x: (x * A)[:, None, 1:] + (x * A)[-1, ::2],
    "ellipsis": lambda x: (x * A)[..., 0],
    "products": lambda x: (x * A) @ np.array([1.0, 2.0, 3.0]) + (A.T @ (x * A))[0, :2],
    "shapes": lambda x: np.stack([x * A[0], A[1]], axis=1).reshape(-1) + (x * A.T).ravel(),
    "outer": lambda x: np.multiply.outer(x * A[0], A[1]) + np.add.outer(A[0], x * A[0]),
    "sorted": lambda x: np.sort(np.concatenate([x - A[0], A[1]])),
    "clipped": lambda x: np.clip(x * A, 1.0, x),
    "taken": lambda x: taken(A, np.array([1, 0])) * x + taken(x * A, 1),
    "stretched": lambda x: np.broadcast_to(x, (2, 3)) * A,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_live_value_is_what_numpy_computes(name: str) -> None:
    form = FORMS[name]
    live = form(Live.input("x", X))
    assert is_live(live)
    np.testing.assert_allclose(live.value, form(X))
    assert live.shape == np.shape(form(X))


def test_a_step_is_listed_once_and_after_what_it_needs() -> None:
    x = Live.input("x", X)
    graph = Graph()
    square = x * x
    first = graph.leaf(square + 1.0)
    again = graph.leaf(square + 1.0)
    assert first == again
    for place, (op, inputs, *_) in enumerate(graph.nodes):
        if op not in ("const", "input"):
            assert all(one < place for one in inputs)
    assert [node[0] for node in graph.nodes].count("multiply") == 1
    assert graph.leaf(np.array([1.0, np.nan])) == [1, None]


BRANCHES: dict[str, Any] = {
    "if": lambda x: 1 if x > 2 else 0,
    "float": float,
    "string": lambda x: f"{x:.2f}",
    "unknown function": np.arctan,
    "unknown reduction": np.multiply.accumulate,
    "median": np.median,
}


@pytest.mark.parametrize("name", BRANCHES)
def test_what_a_page_cannot_do_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(MlmteachError, match="Use"):
        BRANCHES[name](Live.input("x", np.array(X) if name != "median" else A))


def test_draws_are_normal_and_depend_on_the_seed_alone() -> None:
    drawn = draws(3, 20_000)
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    assert abs(np.mean(drawn**4) - 3) < 0.15
    np.testing.assert_array_equal(draws(3, 5), drawn[:5])
    assert abs(np.corrcoef(draws(3, 2000), draws(4, 2000))[0, 1]) < 0.06
    np.testing.assert_array_equal(plain(draws(Live.input("s", 3), 5)), drawn[:5])


def test_numbers_keep_what_they_differ_by() -> None:
    years = 2_000_000 + np.arange(8) / 8
    assert numbers(years) == years.tolist()
    assert numbers(np.arange(8) / 3)[:3] == [0, 0.3333333, 0.6666667]
    assert numbers(1e6 + 1 / 3) == 1000000.33333333
    assert numbers(np.array([1 / 3, -2.0])) == [0.333333333333333, -2]
    assert numbers(np.full(9, np.inf)) == [None] * 9
    assert numbers(np.full(9, 7.0)) == [7] * 9
    assert numbers(np.array([True, False])) == [True, False]
    assert numbers(np.array([])) == []
