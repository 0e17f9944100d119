"""Places: where predictors are when nobody says otherwise, and where a user puts them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.model.places import NOWHERE, Place, Places, Spot
from mlmteach.model.terms import Factor

FRAME = pd.DataFrame(
    {
        "g": [1, 1, 1, 1, 1, 2, 2, 3],
        "x": [0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 7.0, 9.0],
        "z": [10.0] * 5 + [20.0] * 2 + [60.0],
        "d": [0, 1, 0, 1, 0, 1, 0, 1],
        "kind": list("aabbcabc"),
        "y": np.arange(8.0),
    }
)


@cache
def places(level1: str = "x", level2: str = "z + U") -> Places:
    model = mlm.Model(f"y ~ {level1}", group="g", level2={"intercept": level2})
    return Places(mlm.Model.bind(model, FRAME), FRAME)


def typical(made: Places, at: dict[str, float | str] | None = None) -> str:
    return str(made.typical(made.factors, at))


def test_a_number_is_at_the_mean_over_the_units_of_its_level() -> None:
    assert (
        typical(places()) == "at z = 30 (the mean over groups) and x = 3.875 (the mean over rows)"
    )
    assert FRAME["z"].mean() == 18.75  # over rows it would be


def test_a_category_is_at_its_reference() -> None:
    assert typical(places("d + kind")) == (
        "at z = 30 (the mean over groups), d = 0 (the reference) and kind = a (the reference)"
    )


def test_a_0_1_variable_that_is_centred_is_a_number() -> None:
    assert "d = 0.5 (the mean over rows)" in typical(places("center(d)"))


def test_a_departure_is_at_the_group_s_mean() -> None:
    made = places("center_within(x)", "group_mean(x) + U")
    assert typical(made) == (
        "at group_mean(x) = 5.667 (the mean over groups) "
        "and center_within(x) = 0 (the group's mean)"
    )


def test_without_data_all_is_zero() -> None:
    made = Places(mlm.Model("y ~ x", group="g", level2={"intercept": "z + U"}))
    place = made.typical(made.factors)
    assert str(place) == "at z = 0 and x = 0"
    assert place.values == {}


def test_a_user_puts_predictors_elsewhere() -> None:
    made = places("x + kind")
    assert typical(made, {"z": 5, "kind": "b", "x": "above"}) == (
        f"at z = 5, x = {3.875 + FRAME['x'].std():.4g} (one SD above the mean over rows) "
        "and kind = b"
    )
    assert typical(made, {"kind[T.b]": 0.5}).endswith(
        "kind[T.b] = 0.5 and kind = a (the reference)"
    )


def test_what_cannot_be_put_there_is_refused() -> None:
    made = places("x + kind")
    with pytest.raises(OptionError, match=r"It does not depend on 'w'.*kind, kind\[T.b\]"):
        typical(made, {"w": 1})
    with pytest.raises(OptionError, match="no category 'd'.*a, b, c"):
        typical(made, {"kind": "d"})
    with pytest.raises(OptionError, match="'high' is no value of 'x'.*'above'"):
        typical(made, {"x": "high"})


@pytest.mark.parametrize(
    ("expression", "at_two"),
    [
        ("x", 2.0),
        ("center(x)", 2.0 - 3.875),
        ("I((x - 1) ** 2)", 1.0),
        ("I(x * z)", 2.0 * 30.0),
        ("np.log(x + 1)", np.log(3.0)),
    ],
)
def test_a_factor_is_evaluated_as_in_the_fit(expression: str, at_two: float) -> None:
    made = places(expression, "1 + U" if "z" in expression else "z + U")
    values = {(1, "x"): 2.0, (2, "z"): 30.0}
    assert made.value(1, Factor(expression), values) == pytest.approx(at_two)
    assert made.value(1, Factor(expression), {}) == 0.0
    grid = made.value(1, Factor(expression), {(1, "x"): np.array([0.5, 2.0]), (2, "z"): 30.0})
    assert np.asarray(grid)[1] == pytest.approx(at_two)


def test_contrasts_that_compare_with_the_mean_are_left_at_zero() -> None:
    made = places("C(kind, contr.sum)")
    place = made.typical(made.factors)
    assert [spot.origin for spot in place.spots if spot.level == 1] == ["zero", "zero"]


def test_what_counts_as_centred() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": np.repeat(np.arange(9), 400), "x": rng.normal(size=3600)})
    frame["c"] = (frame["x"] - frame.groupby("g")["x"].transform("mean")).round(3) + 5
    frame["y"] = frame["x"] + rng.normal(size=3600)
    made = Places(mlm.Model("y ~ x + c", group="g"), frame)
    assert made.is_centred("c")
    assert not made.is_centred("x")  # its means differ by chance alone, but they do


def test_a_case_that_no_row_is_is_told() -> None:
    frame = FRAME[(FRAME["kind"] != "c") | (FRAME["d"] == 0)]
    made = Places(places("x + d + kind").structure, frame)
    assert made.has_case({"kind": "c", "d": 0.0})
    assert not made.has_case({"kind": "c", "d": 1.0})
    assert not made.has_case({"kind": "d"})
    assert Places(made.structure).has_case({"kind": "d"})  # without data nothing is denied
    found = made.typical(made.factors)
    assert not found.empty
    none = made.typical(made.factors, {"kind": "c", "d": 1})
    assert none.empty
    assert made.looked_up(found.moved(*none.spots)) == none
    assert str(none).endswith(", a case that no row of the data is")
    assert none.moved(Spot(1, "x", 2.0, "given")).empty  # a number does not make it exist
    assert not none.moved(made.given((1, "d"), 0)).empty


def test_a_moved_place() -> None:
    place = Place((Spot(2, "z", 1.0, "given"), Spot(1, "x", 0.0, "zero")))
    assert place.moved(Spot(2, "z", 2.0, "given")).values == {(2, "z"): 2.0}
    assert not NOWHERE
    assert str(NOWHERE) == ""


@pytest.mark.parametrize("expression", ["abs(x)", "I(x ** 2)", "center(x)", "I(x ** 3)"])
def test_what_is_read_off_the_data_of_a_fit_is_what_an_evaluation_says(expression: str) -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"g": np.repeat(np.arange(8), 6), "x": rng.uniform(1, 3, size=48)})
    frame["y"] = frame["x"] + rng.normal(size=48)
    fit = mlm.Model(f"y ~ {expression}", group="g").fit(frame)
    slow = Places(fit.model, fit.frame)
    for x in (-1.0, 1.5, 2.75, 10.0):
        found = fit.places.value(1, Factor(expression), {(1, "x"): x})
        assert found == pytest.approx(slow.value(1, Factor(expression), {(1, "x"): x}), rel=1e-10)
    if expression == "abs(x)":
        assert fit.places.value(1, Factor(expression), {(1, "x"): -1.0}) == 1.0


def test_a_mean_of_groups_stands_at_its_mean_whatever_the_name_of_its_column() -> None:
    frame = mlm.load("exam").rename(columns={"standLRT": "Größe (in %)"})
    level2 = {"intercept": "group_mean(`Größe (in %)`) + U"}
    model = mlm.Model("normexam ~ `Größe (in %)`", group="school", level2=level2)
    (spot,) = model.fit(frame).quantities.plausible_range("Intercept").place.spots
    means = frame.groupby("school")["Größe (in %)"].mean()
    assert spot.origin == "mean"
    assert spot.value == pytest.approx(means.mean())


# --- two groupings -----------------------------------------------------------------------------

CLASSES = pd.DataFrame(
    {
        "school": [1, 1, 1, 1, 2, 2, 2, 2, 2, 2],
        "class": [1, 1, 2, 2, 1, 1, 2, 2, 3, 3],
        "size": [100.0] * 4 + [300.0] * 6,
        "pupils": [20.0, 20.0, 22.0, 22.0, 24.0, 24.0, 26.0, 26.0, 28.0, 28.0],
        "x": np.arange(10.0),
        "y": [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0],
    }
)


def classes(group: str = "school/class") -> Places:
    model = mlm.Model(
        "y ~ x", group=group, level2={"intercept": "pupils + U"}, level3={"intercept": "size + V"}
    )
    return Places(mlm.Model.bind(model, CLASSES), CLASSES)


def test_a_predictor_of_each_level_is_at_the_mean_over_its_units() -> None:
    made = classes()
    assert made.spread((1, "x")) == pytest.approx((4.5, np.std(np.arange(10.0), ddof=1)))
    assert made.spread((2, "pupils")) == pytest.approx((24.0, np.std([20, 22, 24, 26, 28], ddof=1)))
    assert made.spread((3, "size")) == pytest.approx((200.0, np.std([100, 300], ddof=1)))
    assert typical(made).endswith(
        "size = 200 (the mean over the groups of school), pupils = 24 (the mean over the groups of "
        "class) and x = 4.5 (the mean over rows)"
    )


def test_the_level_of_a_variable_is_the_highest_at_which_it_does_not_vary() -> None:
    made = classes()
    assert [made.level_of(name) for name in ("x", "pupils", "size")] == [1, 2, 3]


def test_class_1_of_one_school_is_not_that_of_another() -> None:
    made = classes()
    assert made.codes(2).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert made.codes(3).tolist() == [0] * 4 + [1] * 6
    assert [made.size(level) for level in (1, 2, 3)] == [10, 5, 2]


def test_crossed_groups_are_those_of_their_labels() -> None:
    model = mlm.Model("y ~ x", group="class * school", level3={"intercept": "size + V"})
    made = Places(mlm.Model.bind(model, CLASSES), CLASSES)
    assert made.codes(2).tolist() == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2]
    assert made.level_of("size") == 3
