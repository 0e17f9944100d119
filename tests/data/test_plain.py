"""Columns and labels of every type become plain ones, or are refused in our words."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlmteach.data.centering import group_mean, standardize
from mlmteach.data.inspection import codebook_for
from mlmteach.data.levels import levels
from mlmteach.data.plain import (
    LARGEST,
    group_codes,
    is_number,
    plain_column,
    plain_frame,
    plain_labels,
    refuse_extremes,
    told_apart,
)
from mlmteach.errors import DataError


def objects(*values: object) -> "pd.Series[Any]":
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return pd.Series(made, name="c", dtype=object)


NUMBERS: dict[str, "pd.Series[Any]"] = {
    kind: pd.Series([1, 2, 5], name="c").astype(kind)
    for kind in (
        "int8",
        "uint64",
        "float16",
        "float32",
        "longdouble",
        "Int64",
        "UInt8",
        "Float32",
        "int64[pyarrow]",
        "float[pyarrow]",
        "Sparse[int]",
        "object",
    )
} | {
    "decimals": objects(Decimal(1), Decimal("2.0"), Decimal(5)),
    "fractions": objects(Fraction(1), Fraction(4, 2), Fraction(5)),
    "of many types": objects(True, np.float32(2), Fraction(5)),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_any_type_are_numbers_of_numpy(kind: str) -> None:
    made = plain_column(NUMBERS[kind])
    assert is_number(made)
    assert made.tolist() == [1, 2, 5]
    assert made.name == "c"


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int64[pyarrow]", "double[pyarrow]"])
def test_a_missing_number_is_nan(kind: str) -> None:
    made = plain_column(pd.Series([1, None, 3], dtype=kind))
    assert made.dtype == float
    np.testing.assert_array_equal(made, [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(
        plain_column(objects(Decimal(1), None, pd.NA)), [1, np.nan, np.nan]
    )


@pytest.mark.parametrize("kind", ["bool", "boolean", "bool[pyarrow]", "object", "Sparse[bool]"])
def test_truth_values_of_any_type_are_those_of_numpy(kind: str) -> None:
    made = plain_column(pd.Series([True, False]).astype(kind))
    assert made.dtype == bool
    assert made.tolist() == [True, False]


def test_a_missing_truth_value_stays_one() -> None:
    for column in (objects(True, None), pd.Series([True, None], dtype="bool[pyarrow]")):
        made = plain_column(column)
        assert made.dtype == "boolean"
        assert made.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda x: pd.cut(x, [0, 1, 5]),
        lambda x: pd.Series(pd.arrays.IntervalArray(pd.cut(x, [0, 1, 5]))),
        lambda x: pd.cut(x, [0, 1, 5]).astype(object),
    ],
)
def test_intervals_are_categories_in_their_order(change: Callable[[Any], Any]) -> None:
    made = plain_column(change(pd.Series([4, 1, 5])))
    assert list(made.cat.categories) == ["(0, 1]", "(1, 5]"]
    assert made.tolist() == ["(1, 5]", "(0, 1]", "(1, 5]"]


def test_categories_keep_their_order_and_their_numbers() -> None:
    for kind in ("int64", "Int64", "float32", "object"):
        column = pd.Series(pd.Categorical([1, 2], pd.Index([2, 1], dtype=kind), ordered=True))
        made = plain_column(column)
        assert made.cat.categories.dtype.kind in "if"
        assert made.cat.categories.tolist() == [2, 1]
        assert made.cat.ordered
    dates = pd.Series(pd.to_datetime(["2026-01-02", "2026-01-01"])).astype("category")
    assert plain_column(dates).cat.categories.tolist() == [
        "2026-01-01 00:00:00",
        "2026-01-02 00:00:00",
    ]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (objects(0, 1, ""), "'c' holds numbers and text, such as 0 and ''"),
        (objects(True, False, "n/a"), "'c' holds numbers and text, such as True and 'n/a'"),
        (objects([1], [2]), r"neither real numbers nor texts, such as \[1\] of the type list"),
        (objects(1 + 1j, 2.0), "such as .* of the type complex"),
        (objects(b"a", b"b"), "of the type bytes"),
        (pd.Series(pd.Categorical(objects(1, "1", "a")), name="c"), "1 and '1', which are written"),
    ],
)
def test_what_is_neither_number_nor_category_is_refused(column: Any, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        plain_column(column)
    assert "data['c']" in caught.value.remedy


def test_where_nothing_is_refused_texts_stand_for_values() -> None:
    made = plain_column(objects([1], None, "a"), refuse=False)
    assert made.tolist() == ["[1]", None, "a"]


def test_texts_and_dates_stay_what_they_are() -> None:
    for column in (objects("a", None), pd.Series(["a", None], dtype="string")):
        made = plain_column(column)
        assert made.iloc[0] == "a"
        assert made.isna().tolist() == [False, True]
    assert (
        plain_column(pd.Series(pd.period_range("2026", periods=2, freq="Y"))).dtype
        == "period[Y-DEC]"
    )


# --- labels ---------------------------------------------------------------------------------


LABELS: dict[str, "pd.Series[Any]"] = {
    "integers": pd.Series([3, 1, 3]),
    "nullable": pd.Series([3, 1, 3], dtype="Int64"),
    "arrow": pd.Series([3, 1, 3], dtype="int64[pyarrow]"),
    "sparse": pd.Series([3, 1, 3], dtype="Sparse[int]"),
    "longdouble": pd.Series([3, 1, 3]).astype(np.longdouble),
    "decimals": objects(Decimal(3), Decimal(1), Decimal(3)),
    "texts": objects("c", "a", "c"),
    "arrow texts": pd.Series(["c", "a", "c"], dtype="string[pyarrow]"),
    "tuples": objects((3, "x"), (1, "y"), (3, "x")),
    "intervals": pd.cut(pd.Series([3, 1, 3]), [0, 2, 4]),
    "periods": pd.Series(pd.PeriodIndex(["2026-03", "2026-01", "2026-03"], freq="M")),
    "dates": pd.Series(pd.to_datetime(["2026-03-01", "2026-01-01", "2026-03-01"])),
    "mixed": objects("a", 7, "a"),
    "categories of two types": pd.Series(pd.Categorical(objects("a", 7, "a"))),
}


@pytest.mark.parametrize("kind", LABELS)
def test_groups_are_numbered_in_the_order_of_their_labels(kind: str) -> None:
    codes, groups = group_codes(LABELS[kind].rename("g"))
    assert codes.tolist() == [1, 0, 1]
    assert groups.name == "g"
    again = pd.Index(plain_labels(LABELS[kind].iloc[[1]]))  # each label for itself
    assert groups.get_indexer(again).tolist() == [0]


def test_a_row_of_no_group_has_none() -> None:
    for labels in (objects("b", None, "a"), pd.Series([2, None, 1], dtype="Int64")):
        assert group_codes(labels)[0].tolist() == [1, -1, 0]
    assert group_codes(objects("b", None, 1, "a"))[0].tolist() == [2, -1, 0, 1]
    assert group_codes(pd.Series([], dtype=int))[0].tolist() == []


def test_large_labels_beside_missing_ones_keep_their_digits() -> None:
    large = 2**53
    codes, _ = group_codes(pd.Series([large, large + 1, None], dtype="Int64"))
    assert codes.tolist() == [0, 1, -1]


def test_labels_without_hash_or_written_alike_are_refused() -> None:
    for label in ([1], {"a": 1}, {1}):
        with pytest.raises(DataError, match="labels in 'c' cannot be told apart") as caught:
            group_codes(objects(label, label))
        assert "astype(str)" in caught.value.remedy
    with pytest.raises(DataError, match="'c' holds 1 and '1', which are written alike"):
        group_codes(objects(1, "1", 2))
    assert told_apart([1, "a"], "c") == ["1", "a"]


# --- who asks -------------------------------------------------------------------------------


@pytest.fixture
def odd() -> pd.DataFrame:
    frame = pd.DataFrame({"g": list("aabb"), "x": objects(*map(Decimal, (1, 3, 5, 5)))})
    frame["lists"] = objects([1], [1], [2], [2])
    return frame.set_index("g", drop=False)


def test_a_frame_is_made_plain(odd: pd.DataFrame) -> None:
    made = plain_frame(odd.rename(columns={"x": 7}), group="g")
    assert list(made) == ["g", "7", "lists"]
    assert made.index.names == [None]
    assert made["lists"].tolist() == ["[1]", "[1]", "[2]", "[2]"]
    with pytest.raises(DataError, match="two columns 'x'"):
        plain_frame(pd.concat([odd, odd[["x"]]], axis=1))


def test_levels_centring_and_codebooks_take_odd_columns(odd: pd.DataFrame) -> None:
    assert levels(odd, group="g") == {"g": 2, "x": 1, "lists": 2}
    assert group_mean(odd, "x", group="g").tolist() == [2, 2, 5, 5]
    assert standardize(odd, "x").std() == pytest.approx(1.0)
    book = codebook_for(odd, group="g")
    assert (book["x"].kind, book["lists"].level) == ("count", 2)


def test_what_cannot_be_squared_is_refused() -> None:
    for fine in (0.0, 1.0, LARGEST, 1.0 / LARGEST):
        refuse_extremes("x", fine)
    with pytest.raises(DataError, match="The values of x are too large"):
        refuse_extremes("x", 10.0 * LARGEST)
    with pytest.raises(DataError, match="The values of x are too small"):
        refuse_extremes("x", 0.1 / LARGEST)
