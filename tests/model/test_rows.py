"""Which rows are used, and which data are refused."""

import numpy as np
import pandas as pd
import pytest

from mlmteach import Model
from mlmteach.errors import DataError, MlmteachError
from mlmteach.fit.design import build_design


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {"y": rng.normal(size=12), "x": rng.normal(size=12), "g": np.repeat(list("abcd"), 3)}
    )


MODEL = Model("y ~ x", group="g")


def test_rows_with_missing_values_are_dropped_and_counted(frame: pd.DataFrame) -> None:
    frame.loc[[0, 5], "x"] = np.nan
    frame.loc[7, "g"] = None
    frame["unused"] = np.nan
    _, design, used = build_design(MODEL, frame)
    assert design.dropped == 3
    assert list(used.index) == [1, 2, 3, 4, 6, 8, 9, 10, 11]


def test_the_users_frame_is_left_alone(frame: pd.DataFrame) -> None:
    before = frame.copy()
    build_design(MODEL, frame)
    pd.testing.assert_frame_equal(frame, before)


def test_groups_are_numbered_in_the_order_of_their_labels(frame: pd.DataFrame) -> None:
    _, design, _ = build_design(MODEL, frame.iloc[::-1])
    assert list(design.groups) == list("abcd")
    assert list(design.codes[:3]) == [3, 3, 3]


def broken(frame: pd.DataFrame, **columns: object) -> pd.DataFrame:
    return frame.assign(**columns)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"x": np.inf}, "infinite in 12 rows"),
        ({"y": [-np.inf, *range(11)]}, "'y' is infinite in 1 rows, first in row 0"),
        ({"g": "a"}, "All rows belong to one group: g a."),
        ({"g": range(12)}, "Each row is a group of its own"),
        ({"y": 3.5}, "is 3.5 in every row"),
        ({"y": [*"abcdefghijkl"]}, "not numeric"),
        ({"x": np.nan}, "'x' is missing in 100% of the rows"),
        ({"x": pd.date_range("2020-01-01", periods=12)}, "has the type datetime64"),
        ({"x": 0.0}, "has one value in each 'g'"),
    ],
)
def test_data_that_are_refused(frame: pd.DataFrame, columns: dict[str, object], says: str) -> None:
    with pytest.raises(MlmteachError) as caught:
        build_design(MODEL, broken(frame, **columns))
    assert says in str(caught.value)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize("data", [None, {"y": [1.0]}, "hsb", np.ones((3, 3))])
def test_what_is_no_frame_is_refused(data: object) -> None:
    with pytest.raises(DataError, match="not a pandas DataFrame"):
        build_design(MODEL, data)  # type: ignore[arg-type]


def test_an_empty_frame_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no rows"):
        build_design(MODEL, frame.iloc[:0])


def test_two_columns_of_one_name_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="two columns 'x'"):
        build_design(MODEL, pd.concat([frame, frame[["x"]]], axis=1))


def test_dependent_columns_are_named(frame: pd.DataFrame) -> None:
    frame["twice"] = 2 * frame["x"] + 1
    with pytest.raises(MlmteachError, match="rank-deficient: 'twice' can be computed"):
        build_design(Model("y ~ x + twice", group="g"), frame)
