"""Which rows are used, and which data are refused."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.data.plain import group_codes
from mlmteach.errors import DataError, DataWarning, MlmteachError
from mlmteach.fit.design import build_design

COPIES_ON_WRITE = int(pd.__version__.split(".")[0]) >= 3


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


def test_groups_of_which_no_row_is_left_are_named(frame: pd.DataFrame) -> None:
    assert build_design(MODEL, frame)[1].lost == ()
    frame.loc[frame["g"].isin(["b", "d"]), "x"] = np.nan
    frame.loc[0, "x"] = np.nan
    frame.loc[1, "g"] = None  # a row of no group is no group
    _, design, _ = build_design(MODEL, frame)
    assert design.lost == ("b", "d")
    assert list(design.groups) == ["a", "c"]


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
        ({"x": 0.0}, "'x' has one value in all rows that are used"),
        ({"x": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]}, "has one value in each 'g'"),
    ],
)
def test_data_that_are_refused(frame: pd.DataFrame, columns: dict[str, object], says: str) -> None:
    with pytest.raises(MlmteachError) as caught:
        build_design(MODEL, broken(frame, **columns))
    assert says in str(caught.value)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize("data", [None, {"y": [1.0]}, 3, np.ones((3, 3))])
def test_what_is_no_frame_is_refused(data: object) -> None:
    with pytest.raises(DataError, match="no data frame"):
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


def test_dates_can_be_groups_but_no_predictors(frame: pd.DataFrame) -> None:
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["g"].map(ord), unit="D")
    fit = MODEL.fit(frame.assign(g=days))
    assert fit.ngroups == 4
    np.testing.assert_allclose(fit.predict(frame.assign(g=days)), fit.fittedvalues)
    with pytest.raises(DataError, match="has the type"):
        build_design(MODEL, frame.assign(x=days))


def test_numbers_held_as_objects_are_numbers(frame: pd.DataFrame) -> None:
    _, design, _ = build_design(MODEL, frame.astype({"x": object}))
    assert design.x_names == ("Intercept", "x")


def test_numbers_read_as_text_are_refused() -> None:
    frame = pd.DataFrame({"x": [f"{i}.5" for i in range(30)], "g": [0, 1, 2] * 10})
    frame["y"] = np.arange(30.0) ** 2
    with pytest.raises(DataError, match=r"text, but most .* '0\.5'.*to_numeric"):
        build_design(MODEL, frame)
    frame.loc[7, "x"] = "n/a"
    with pytest.raises(DataError, match="text, but most"):
        build_design(MODEL, frame)


def test_categories_that_no_row_has_are_forgotten(frame: pd.DataFrame) -> None:
    kinds = pd.Categorical(list("pqr") * 4, categories=list("opqrs"))
    frame["y"] += frame["g"].map(ord) * 3
    fit = MODEL.fit(frame.assign(x=kinds))
    assert list(fit.params.index) == ["Intercept", "x[T.q]", "x[T.r]"]
    np.testing.assert_allclose(fit.predict(frame.assign(x=kinds)), fit.fittedvalues)
    with pytest.raises(MlmteachError, match="one category"):
        build_design(MODEL, frame.assign(x="p"))


def test_columns_far_from_zero_are_told_from_dependent_ones(frame: pd.DataFrame) -> None:
    far = frame.assign(x=frame["x"] + 1e9)
    assert build_design(MODEL, far)[1].X.shape == (12, 2)
    model = Model("y ~ x + w", group="g")
    with pytest.raises(MlmteachError, match="'w' can be computed"):
        build_design(model, far.assign(w=2 * far["x"]))


@pytest.mark.parametrize("name", ["x", "y"])
def test_values_whose_squares_overflow_are_refused(frame: pd.DataFrame, name: str) -> None:
    with pytest.raises(DataError, match="too large"):
        build_design(MODEL, frame.assign(**{name: frame[name] * 1e200}))


def test_a_text_among_numbers_is_refused(frame: pd.DataFrame) -> None:
    """One stray cell once made three categories of a column of zeros and ones."""
    codes = pd.Series([0, 1] * (len(frame) // 2) + [1] * (len(frame) % 2), dtype=object)
    codes.iloc[3] = ""
    stray = frame.assign(k=codes.set_axis(frame.index))
    with pytest.raises(DataError, match="'k' holds numbers and text, such as 0 and ''"):
        Model("y ~ k", group="g").fit(stray)


def test_one_text_among_few_numbers_read_as_text_is_told() -> None:
    data = hierarchy()
    codes = data.assign(k=(data["x"] > 0).astype(int).astype(str))
    model = mlm.Model("y ~ k", group="g")
    assert list(model.fit(codes).params.index) == ["Intercept", "k[T.1]"]
    codes.loc[5, "k"] = "n/a"
    with pytest.warns(DataWarning, match="'k' is text, .* but 'n/a': .*to_numeric") as told:
        assert len(model.fit(codes).params) == 3
    assert [warning.filename for warning in told] == [__file__]
    with pytest.warns(DataWarning, match="'k' is text"):
        model.fit([codes[:40], codes[40:]])
    codes.loc[6, "k"] = "no"  # two words and two numbers are categories that somebody chose
    assert len(model.fit(codes).params) == 4


def test_an_index_may_be_called_as_a_column_is() -> None:
    for index in (["g"], ["g", "x"]):
        fit = mlm.Model("y ~ x", group="g").fit(hierarchy().set_index(index, drop=False))
        assert str(fit.interpret(detail="full"))
        assert str(fit.report())
        assert mlm.plot.group_lines(fit, "x").alt


@pytest.mark.parametrize("kind", [np.longdouble, np.float16, np.float32])
def test_floats_of_other_sizes_are_numbers(kind: type) -> None:
    data = hierarchy()
    fit = mlm.Model("y ~ x", group="g").fit(data.assign(x=data["x"].astype(kind)))
    assert fit.params["x"] == pytest.approx(
        mlm.Model("y ~ x", group="g").fit(data).params["x"], rel=1e-2
    )
    assert str(fit.interpret(detail="full"))


def test_labels_that_have_no_hash_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="labels in 'g' cannot be told apart"):
        mlm.Model("y ~ x", group="g").fit(frame.assign(g=[[label] for label in frame["g"]]))


def hierarchy() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(10), 8)
    x = rng.normal(size=80)
    y = 1 + x + rng.normal(size=10)[g] + rng.normal(size=80)
    return pd.DataFrame({"g": g, "x": x, "y": y})


def test_groups_are_numbered_alike_in_order_or_not() -> None:
    rng = np.random.default_rng(1)
    for kind in (np.int8, np.uint16, np.int64):
        values = np.sort(rng.choice([3, 7, 9, 100], 40)).astype(kind)
        codes, groups = group_codes(pd.Series(values, name="g"))
        shuffled = rng.permutation(40)
        others, again = group_codes(pd.Series(values[shuffled], name="g"))
        np.testing.assert_array_equal(codes[shuffled], others)
        pd.testing.assert_index_equal(groups, again, exact=True)
        assert groups.dtype == kind
        assert groups.name == "g"


def test_a_fit_keeps_the_data_that_it_was_made_of(frame: pd.DataFrame) -> None:
    """Its frame shares memory with the data as long as these are left alone."""
    used, fit = frame.copy(), MODEL.fit(frame)
    frame.loc[3, "x"] = 99.0
    frame["y"] *= 2
    frame.iloc[:, 1] = 0.0
    pd.testing.assert_frame_equal(fit.frame, used)
    np.testing.assert_array_equal(fit.design.y, used["y"])
    np.testing.assert_array_equal(fit.design.X[:, 1], used["x"])


def test_the_arrays_of_a_design_stand_for_themselves(frame: pd.DataFrame) -> None:
    y = frame["y"].to_numpy(copy=True)
    design = build_design(MODEL, frame)[1]  # nobody holds its frame
    frame.loc[0, "y"] = 99.0
    np.testing.assert_array_equal(design.y, y)


def test_no_column_is_held_twice() -> None:
    rng = np.random.default_rng(1)
    n = 200_000
    g = np.sort(rng.integers(0, 500, n))
    data = pd.DataFrame({"y": rng.normal(size=n), "x": rng.normal(size=n), "z": 1.0 * g, "g": g})
    model = Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z + U"})
    build_design(model, data)
    tracemalloc.start()
    design = build_design(model, data)[1]
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    own = design.X.nbytes + design.y.nbytes + design.codes.nbytes
    assert np.shares_memory(design.X, design.Z)
    # before pandas 3, the frame of the fit is a copy, too
    assert kept < own + 8 * n * (0.5 if COPIES_ON_WRITE else 4.5)
    assert peak < own + 8 * n * (2.0 if COPIES_ON_WRITE else 6.0)
