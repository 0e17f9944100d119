"""A predictor is one tree: read, written, compared and computed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmteach.model.predictor import (
    FUNCTIONS,
    VERBATIM,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Contrast,
    Expression,
    FormulaFunction,
    Negative,
    Verbatim,
    canonical,
    columns_of,
    evaluate,
    find_function,
    folded,
    is_mathematical,
    read_expression,
    unknown_part,
    with_parts,
    write_expression,
)

NAMES = ("x", "z", "größe", "my size", "a.b", "50 %", "1st", "β", "class", "µ")
FRAME = pd.DataFrame({name: np.linspace(1, 2 + i, 7) for i, name in enumerate(NAMES)})
GROUPS = pd.Series([1, 1, 2, 2, 2, 3, 3])


def moment(row: FormulaFunction, values: pd.Series) -> pd.Series | float:
    """Means and standard deviations as pandas has them."""
    values = pd.Series(values)
    if row.within:
        return values.groupby(GROUPS).transform(row.moment)
    return values.agg(row.moment)


COLUMNS = st.sampled_from(NAMES).map(Column)
NUMBERS = (st.integers(0, 9) | st.sampled_from([0.5, 1e-7, 2.0, 1e20])).map(Constant)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner)
        | st.builds(Negative, inner)
        | st.builds(Applied, st.sampled_from(list(FUNCTIONS)), inner)
    )


MATHEMATICS = st.recursive(COLUMNS | NUMBERS, _larger, max_leaves=12)
WHOLE = MATHEMATICS | st.sampled_from(
    [
        Verbatim("poly(x, 2)", ("x",)),
        Verbatim("bs(`my size`, df=3)", ("my size",)),
        Verbatim("x > `50 %`", ("x", "50 %")),
        Contrast(Column("my size")),
        Contrast(Column("x"), "contr.treatment(base='M')"),
        Arithmetic("*", Constant(2), Verbatim("x % 2", ("x",))),
    ]
)


@given(WHOLE)
def test_what_is_written_reads_back(tree: Expression) -> None:
    assert read_expression(write_expression(tree)) == tree


@given(WHOLE)
def test_the_columns_are_those_that_are_written(tree: Expression) -> None:
    written = write_expression(tree)
    assert [name for name in NAMES if name in columns_of(tree)] == [
        name
        for name in NAMES
        if (name in {"x", "z", "größe", "β"} and _holds(written, name)) or f"`{name}`" in written
    ]


def _holds(text: str, name: str) -> bool:
    pieces = text.replace("(", " ").replace(")", " ").replace(",", " ").replace("-", " ")
    return name in pieces.split()


@given(MATHEMATICS, MATHEMATICS)
def test_a_sum_and_a_product_are_the_same_in_either_order(a: Expression, b: Expression) -> None:
    for sign in "+*":
        one, other = canonical(Arithmetic(sign, a, b)), canonical(Arithmetic(sign, b, a))
        assert one == other
        assert hash(one) == hash(other)
    assert canonical(Negative(Negative(a))) == canonical(a)
    assert canonical(Arithmetic("-", a, b)) == canonical(Arithmetic("+", a, Negative(b)))


@given(MATHEMATICS, st.sampled_from("+*"), MATHEMATICS, MATHEMATICS)
def test_brackets_in_a_sum_and_in_a_product_mean_nothing(
    a: Expression, sign: str, b: Expression, c: Expression
) -> None:
    left = Arithmetic(sign, Arithmetic(sign, a, b), c)
    right = Arithmetic(sign, a, Arithmetic(sign, b, c))
    assert canonical(left) == canonical(right)


def turned(tree: Expression) -> Expression:
    """The same sums and products, written from right to left."""
    if isinstance(tree, Arithmetic) and tree.operator in {"+", "*"}:
        return Arithmetic(tree.operator, turned(tree.right), turned(tree.left))
    return with_parts(tree, turned)


@given(MATHEMATICS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_tree_that_is_turned_is_the_same(tree: Expression) -> None:
    assert canonical(turned(tree)) == canonical(tree)
    values = [evaluate(one, FRAME, moment) for one in (tree, turned(tree))]
    np.testing.assert_array_equal(*values)


@given(MATHEMATICS)
def test_folding_changes_the_spelling_only(tree: Expression) -> None:
    assert canonical(folded(tree)) == canonical(tree)


@given(MATHEMATICS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_the_same_has_the_same_values(tree: Expression) -> None:
    values = [evaluate(one, FRAME, moment) for one in (tree, folded(tree))]
    np.testing.assert_allclose(*values, rtol=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("np.log(x)", "log(x)"),
        ("ln(x)", "log(x)"),
        ("np.sqrt(x)", "sqrt(x)"),
        ("np.abs(x)", "abs(x)"),
        ("np.log1p(x)", "log(x + 1)"),
        ("standardize(x)", "scale(x)"),
        ("scale(x)", "I((x - mean(x)) / sd(x))"),
        ("center_within(x)", "I(x - group_mean(x))"),
        ("I(x*z)", "I(z * x)"),
        ("I(x)", "x"),
        ("I((x) ** 2.0)", "I(x**2)"),
        ("I(-(x - 3))", "I(3 - x)"),
        ("Q('my size')", "`my size`"),
        ("poly(x,2)", "poly( x, 2 )"),
        ("I(+x / 10)", "I(x / 10)"),
    ],
)
def test_two_spellings_of_one_predictor(one: str, other: str) -> None:
    assert canonical(read_expression(one)) == canonical(read_expression(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "z"),
        ("log(x)", "log2(x)"),
        ("center(x)", "center_within(x)"),
        ("I(x / z)", "I(z / x)"),
        ("I(x - z)", "I(z - x)"),
        ("I(x ** 2)", "I(2 ** x)"),
        ("poly(x, 2)", "poly(x, 3)"),
        ("C(x)", "x"),
        ("C(x)", "C(x, contr.sum)"),
        ("I(x * (z + 1))", "I(x * z + 1)"),
        ("I(-x)", "x"),
    ],
)
def test_two_predictors(one: str, other: str) -> None:
    assert canonical(read_expression(one)) != canonical(read_expression(other))


@pytest.mark.parametrize("name", [name for row in FUNCTIONS.values() for name in row.names])
def test_each_name_of_a_function_is_known(name: str) -> None:
    row = find_function(name)
    assert row is not None
    assert read_expression(f"{name}(x)") == Applied(row.name, Column("x"))


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_each_row_tells_its_value(row: FormulaFunction) -> None:
    x = FRAME["my size"]
    values = evaluate(Applied(row.name, Column("my size")), FRAME, moment)
    expected = {
        "mean": x.mean(),
        "sd": x.std(),
        "group_mean": x.groupby(GROUPS).transform("mean"),
        "center": x - x.mean(),
        "center_within": x - x.groupby(GROUPS).transform("mean"),
        "scale": (x - x.mean()) / x.std(),
        "ln": np.log(x),
    }.get(row.name)
    if expected is None:
        expected = getattr(np, row.name)(x)
    np.testing.assert_allclose(values, expected)
    if row.value is not None and row.definition is not None:
        spelled = evaluate(row.definition(Column("my size")), FRAME, moment)
        np.testing.assert_allclose(values, spelled)


def test_a_formula_of_several_columns() -> None:
    tree = read_expression("I((`my size` - 3) ** 2 / -z + np.exp(x * 2))")
    x, z, size = FRAME["x"], FRAME["z"], FRAME["my size"]
    np.testing.assert_allclose(evaluate(tree, FRAME, moment), (size - 3) ** 2 / -z + np.exp(x * 2))


def test_what_has_no_form_says_which_part_has_none() -> None:
    part = unknown_part(read_expression("I(2 * (`my size` > 3))"))
    assert part == Verbatim("`my size` > 3", ("my size",))
    assert unknown_part(read_expression("I(2 * log(x))")) is None
    assert isinstance(unknown_part(read_expression("center(x, y)")), Verbatim)
    assert all(isinstance(read_expression(f"{name}(x)"), Verbatim) for name in VERBATIM)


def test_means_are_shown_for_columns() -> None:
    texts = ["center(x)", "center(log(x))", "I(x > 3)", "log(x)", "log(center(x))", "C(x)"]
    shown = [is_mathematical(read_expression(text)) for text in texts]
    assert shown == [True, False, False, True, True, False]


@pytest.mark.parametrize("text", ["x +", "", "log(x", "x y"])
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(SyntaxError):
        read_expression(text)
