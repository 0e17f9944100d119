"""From a model and a frame to the arrays, and what is refused on the way."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import DataError, MlmteachError, ModelError
from mlmteach.fit.design import build_design, design_for_new

SLOPE = Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z + U"})


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    groups = np.repeat([30, 10, 20], 4)
    return pd.DataFrame(
        {
            "y": rng.normal(size=12),
            "x": rng.uniform(1, 3, size=12),
            "z": np.repeat([0.5, -1.0, 2.0], 4),
            "g": groups,
        }
    )


def test_each_gamma_and_each_u_has_its_column(rows: pd.DataFrame) -> None:
    bound, design, used = build_design(SLOPE, rows)
    assert bound.bound
    assert design.x_names == ("Intercept", "z", "x", "z:x")
    assert design.z_names == ("Intercept", "x")
    assert design.blocks == ((0, 1),)
    x, z = rows["x"], rows["z"]
    np.testing.assert_array_equal(design.X, np.column_stack([np.ones(12), z, x, z * x]))
    np.testing.assert_array_equal(design.Z, np.column_stack([np.ones(12), x]))
    np.testing.assert_array_equal(design.y, rows["y"])
    np.testing.assert_array_equal(design.groups.take(design.codes), rows["g"])
    assert set(used.columns) == {"y", "x", "z", "g"}


def test_rows_with_missing_values_are_left_out_and_counted(rows: pd.DataFrame) -> None:
    rows.loc[[2, 7], "x"] = np.nan
    _, design, used = build_design(SLOPE, rows)
    assert design.dropped == 2
    assert list(used.index) == [0, 1, 3, 4, 5, 6, 8, 9, 10, 11]
    np.testing.assert_array_equal(design.X[:, 2], used["x"])


def test_columns_that_say_the_same_are_named_with_those_before(rows: pd.DataFrame) -> None:
    rows["twice"] = 2 * rows["x"] + 1
    with pytest.raises(ModelError, match=r"rank-deficient: 'twice' can be .* \('Intercept', 'x'\)"):
        build_design(Model("y ~ x + twice", group="g"), rows)
    few = rows.iloc[:4].assign(g=[1, 1, 2, 2], a=rows.y**2, b=rows.y**3, d=rows.x**2, e=rows.x**3)
    with pytest.raises(ModelError, match=r"rank-deficient: 'd', 'e' can be"):
        build_design(Model("y ~ x + a + b + d + e", group="g"), few)


def test_a_column_far_from_zero_is_not_taken_for_the_constant(rows: pd.DataFrame) -> None:
    far = rows.assign(x=rows["x"] + 1e7)
    assert build_design(Model("y ~ x", group="g"), far)[1].X.shape == (12, 2)


def test_columns_that_cannot_be_computed_with_are_refused(rows: pd.DataFrame) -> None:
    apart = rows.assign(z=rows["g"] == 30, x=rows["x"].where(rows["g"] != 30, 0.0))
    with pytest.raises(ModelError, match="The column 'z.*:x' is zero in every row. Leave it out"):
        build_design(SLOPE, apart.astype({"z": float}))
    with pytest.raises(DataError, match="The values of x are too large.*Choose a larger unit"):
        build_design(Model("y ~ x", group="g"), rows.assign(x=rows["x"] * 1e200))
    with pytest.raises(DataError, match="The values of y are too large"):
        build_design(Model("y ~ x", group="g"), rows.assign(y=rows["y"] * 1e200))


def test_new_rows_need_no_outcome_and_no_group(rows: pd.DataFrame) -> None:
    bound, design, _ = build_design(SLOPE, rows)
    assert design.encoding is not None
    new = design_for_new(bound, design.encoding, rows[["x", "z"]].iloc[[3, 9]])
    np.testing.assert_array_equal(new.X, design.X[[3, 9]])
    np.testing.assert_array_equal(new.Z, design.Z[[3, 9]])
    assert new.labels.tolist() == [None, None]
    known = design_for_new(bound, design.encoding, rows.iloc[[3, 9]])
    assert known.labels.tolist() == [30, 20]


@pytest.mark.parametrize(("value", "says"), [(np.nan, "missing"), (np.inf, "infinite")])
def test_new_rows_with_holes_are_refused(rows: pd.DataFrame, value: float, says: str) -> None:
    bound, design, _ = build_design(SLOPE, rows)
    assert design.encoding is not None
    with pytest.raises(DataError, match=f"{says} values in 'z'.*drop these rows"):
        design_for_new(bound, design.encoding, rows.assign(z=value))


def test_new_rows_without_a_predictor_are_refused(rows: pd.DataFrame) -> None:
    bound, design, _ = build_design(SLOPE, rows)
    assert design.encoding is not None
    with pytest.raises(mlm.MlmteachError, match="'z'"):
        design_for_new(bound, design.encoding, rows.drop(columns="z"))


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(6), 5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=30),
            "x": rng.uniform(1, 3, size=30),
            "kind": rng.choice(["low", "a:b", "odd [x]"], size=30),
            "z": rng.normal(size=6)[groups],
            "type": np.array(["p", "q", "r", "p", "q", "r"])[groups],
            "g": groups,
        }
    )


def test_columns_are_products_of_level_1_and_level_2(frame: pd.DataFrame) -> None:
    model = Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z + type + U"})
    _, design, _ = build_design(model, frame)
    assert design.x_names == (
        "Intercept",
        "z",
        "x",
        "z:x",
        "type[T.q]:x",
        "type[T.r]:x",
    )
    np.testing.assert_allclose(design.X[:, 3], frame["z"] * frame["x"])
    np.testing.assert_allclose(design.X[:, 4], (frame["type"] == "q") * frame["x"])
    np.testing.assert_allclose(design.Z, np.column_stack([np.ones(30), frame["x"]]))


# --- new data are held against the types of the fit ----------------------------------------

KINDS = {
    "int": lambda k: pd.Series(k),
    "float": lambda k: pd.Series(k.astype(float)),
    "object": lambda k: pd.Series(k).astype(object),
    "Int64": lambda k: pd.Series(k).astype("Int64"),
    "bool": lambda k: pd.Series(k == 1),
    "boolean": lambda k: pd.Series(k == 1).astype("boolean"),
    "text": lambda k: pd.Series(k.astype(str)),
    "string": lambda k: pd.Series(k.astype(str)).astype("string"),
    "category of int": lambda k: pd.Series(pd.Categorical(k)),
    "category of text": lambda k: pd.Series(pd.Categorical(k.astype(str))),
    "category of bool": lambda k: pd.Series(pd.Categorical(k == 1)),
}


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("formula", ["y ~ k", "y ~ C(k)"])
@pytest.mark.parametrize("values", [2, 3])
def test_a_column_of_another_type_is_read_right_or_refused(
    before: str, formula: str, values: int
) -> None:
    """A number was once repeated into every contrast of a category, without a word."""
    if values == 3 and "bool" in before:
        values = 2  # True and False are two
    rng = np.random.default_rng(5)
    k = rng.integers(0, values, 120)
    g = np.repeat(np.arange(12), 10)
    frame = pd.DataFrame({"g": g, "y": rng.normal(size=120) + k + rng.normal(size=12)[g]})
    learned = frame.assign(k=KINDS[before](k))
    fit = mlm.Model(formula, group="g").fit(learned)
    expected = fit.predict(learned)
    read = 0
    for now, column in KINDS.items():
        if values == 3 and "bool" in now:
            continue  # other values than those of the fit
        with suppress(MlmteachError):  # and no error but ours, nor a warning
            found = fit.predict(frame.assign(k=column(k)))
            np.testing.assert_allclose(found, expected, err_msg=now)
            read += 1
    assert read >= 2


def test_z_has_the_columns_of_the_level_1_predictors_wherever_they_stand_in_x(
    frame: pd.DataFrame,
) -> None:
    columns = {"1": np.ones(30), "x": frame["x"], "w": frame["x"] ** 2, "v": np.sin(frame["y"])}
    rows = frame.assign(w=columns["w"], v=columns["v"])
    for random in (["x"], ["x", "w"], ["x", "v"], ["w", "v"], ["x", "w", "v"], ["v"]):
        level2 = dict.fromkeys(random, "1 + U")
        for intercept in ("z + U", "z", "type + z + U"):
            model = Model("y ~ x + w + v", group="g", level2={"intercept": intercept, **level2})
            _, design, _ = build_design(model, rows)
            names = [*(["1"] if "U" in intercept else []), *random]
            np.testing.assert_array_equal(design.Z, np.column_stack([columns[n] for n in names]))
    apart = Model("y ~ x + w", group="g", level2={"w": "0 + U"})
    _, design, _ = build_design(apart, rows)
    np.testing.assert_array_equal(design.Z, np.column_stack([np.ones(30), columns["w"]]))
    assert design.x_names == ("Intercept", "x")
