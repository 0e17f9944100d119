"""Columns are computed by the table of functions, and remember what they learned."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.errors import ModelError
from mlmteach.model.columns import learn
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Expression,
    FormulaFunction,
    Negative,
    evaluate,
)
from mlmteach.model.terms import Factor

FRAME = pd.DataFrame({"x": [1.0, 2.5, 4.0, 3.0, 7.0, 5.0], "my x": [3.0, 1.0, 2.0, 2.0, 8.0, 9.0]})
GROUPS = pd.Series([1, 1, 2, 2, 3, 3])
NEW = pd.DataFrame({"x": [2.0, 6.0, 3.0], "my x": [1.0, 1.0, 4.0]})
NUMBERS = st.sampled_from([0.5, 2, 3, 10]).map(Constant)
NEW_GROUPS = pd.Series([1, 3, 3])


def computed(expression: str) -> tuple[np.ndarray, np.ndarray]:
    """The columns of the data in which an expression is used first, and of new data."""
    coding, values = learn(Factor(expression), FRAME, {}, GROUPS)
    return values[:, 0], coding.evaluate(NEW, NEW_GROUPS)[:, 0]


def moment(row: FormulaFunction, values: pd.Series) -> pd.Series | float:
    return values.groupby(GROUPS).transform(row.moment) if row.within else values.agg(row.moment)


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_each_function_is_computed_by_its_row(row: FormulaFunction) -> None:
    expected = evaluate(Applied(row.name, Column("x")), FRAME, moment)
    for name in row.names:
        np.testing.assert_allclose(computed(f"{name}(x)")[0], expected)
        doubled = computed(f"I(2 * {name}(x) + `my x`)")[0]
        np.testing.assert_allclose(doubled, 2 * expected + FRAME["my x"])


SIMPLE = st.recursive(
    st.sampled_from([Column("x"), Column("my x")]),
    lambda inner: (
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*"]), inner, inner)
        | st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, NUMBERS)
        | st.builds(Negative, inner)
        | st.builds(
            Applied, st.sampled_from(["center", "center_within", "group_mean", "abs"]), inner
        )
    ),
    max_leaves=8,
)


@given(SIMPLE)
@settings(max_examples=50)
def test_formulaic_and_the_tree_agree(tree: Expression) -> None:
    expected = evaluate(tree, FRAME, moment)
    values = computed(Factor.of(tree).expression)[0]
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("center(x)", NEW["x"] - FRAME["x"].mean()),
        ("standardize(x)", (NEW["x"] - FRAME["x"].mean()) / FRAME["x"].std()),
        ("group_mean(x)", [1.75, 6.0, 6.0]),
        ("center_within(x)", [0.25, 0.0, -3.0]),
        ("I(x / mean(x))", NEW["x"] / FRAME["x"].mean()),
        ("log1p(x)", np.log1p(NEW["x"])),
    ],
)
def test_new_rows_are_held_against_the_old_ones(expression: str, expected: object) -> None:
    np.testing.assert_allclose(computed(expression)[1], expected)


def test_both_names_of_one_function_give_the_same() -> None:
    for values in zip(computed("scale(x)"), computed("standardize(x)"), strict=True):
        np.testing.assert_array_equal(*values)


def test_options_are_for_formulaic() -> None:
    root = np.sqrt((FRAME["x"] ** 2).sum() / 5)
    np.testing.assert_allclose(computed("scale(x, center=False)")[0], FRAME["x"] / root)


def test_a_function_that_numpy_lacks() -> None:
    with pytest.raises(ModelError, match=r"np\.lgo\(x\)"):
        computed("np.lgo(x)")


def test_text_where_numbers_are_needed_is_named_with_what_to_do() -> None:
    data = pd.DataFrame({"y": range(4), "sex": list("bgbg"), "school": list("aabb")})
    with pytest.raises(ModelError, match=r"'sex' holds texts.*data\['sex'\].map\(\{'b': 0, 'g': 1"):
        mlm.Model("y ~ center_within(sex)", group="school").fit(data)


WHOLE = pd.DataFrame({"x": [100, 3, 40, 127, 7, 50], "t": [True, False, True, True, False, False]})


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int16", "uint64", "int64", "float32", "Int8", "uint8[pyarrow]"]
)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("I(x ** 2)", WHOLE.x.astype(float) ** 2),
        ("I(x ** 9)", WHOLE.x.astype(float) ** 9),
        ("I(x ** (-1))", 1 / WHOLE.x),
        ("I(x - 50)", WHOLE.x - 50.0),
        ("I(-x)", -1.0 * WHOLE.x),
        ("I(x + 200)", WHOLE.x + 200.0),
        ("log(x)", np.log(WHOLE.x.astype(float))),
        ("np.maximum(x - 50, 0)", np.maximum(WHOLE.x - 50.0, 0.0)),
        ("I(x - 50 > 0)", WHOLE.x > 50),
        ("C(x + x > 200)", WHOLE.x > 100),
        ("I(x * t)", WHOLE.x * WHOLE.t),
    ],
)
def test_numbers_are_computed_with_alike_whatever_they_are_held_in(kind, expression, expected):
    from mlmteach.data.plain import plain_frame

    held = plain_frame(WHOLE.astype({"x": kind}))
    coding, values = learn(Factor(expression), held, {}, GROUPS)
    np.testing.assert_allclose(values[:, 0], expected.astype(float), rtol=1e-14)
    again = coding.evaluate(held.iloc[:3], GROUPS[:3])
    np.testing.assert_array_equal(again, values[:3])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("I(t + u)", [2, 0, 1, 1, 1, 0]),
        ("I(t - u)", [0, 0, 1, 1, -1, 0]),
        ("I((t + u) ** 2)", [4, 0, 1, 1, 1, 0]),
        ("I(-t)", [-1, 0, -1, -1, 0, 0]),
        ("I(t * u)", [1, 0, 0, 0, 0, 0]),
    ],
)
def test_true_is_one_where_it_is_computed_with(expression: str, expected: list[int]) -> None:
    frame = WHOLE.assign(u=[True, False, False, False, True, False])
    assert learn(Factor(expression), frame, {}, GROUPS)[1][:, 0].tolist() == expected


@pytest.mark.parametrize(("expression", "last"), [("C(x)", "[T.127]"), ("C(x % 60)", "[T.50]")])
def test_categories_keep_their_names(expression: str, last: str) -> None:
    held = WHOLE.astype({"x": "int8"})
    assert learn(Factor(expression), held, {}, GROUPS)[0].suffixes[-1] == last
