"""The level of a variable, read off the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.data.levels import (
    first_rows,
    first_varying_row,
    grouping_messages,
    level2_columns,
    levels,
    levels_by,
    lies_within,
)


def test_hsb() -> None:
    hsb = mlm.load("hsb")
    found = level2_columns(hsb, group="school", columns=hsb.columns)
    expected = {"school", "size", "sector", "pracad", "disclim", "himinty", "meanses"}
    assert found == expected


def test_missing_values_do_not_make_a_variable_vary() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2], "z": [5.0, np.nan, 6.0, 6.0]})
    assert level2_columns(frame, group="g", columns=["z"]) == {"z"}


def test_groups_of_one_tell_nothing() -> None:
    frame = pd.DataFrame({"g": [1, 2, 3], "x": [1, 2, 3]})
    assert level2_columns(frame, group="g", columns=["x"]) == set()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1), st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_rows(rows: list, random: object) -> None:
    def varies(pairs: list) -> bool:
        groups, values = zip(*pairs, strict=True)
        codes = pd.factorize(np.array(groups))[0]
        return first_varying_row(np.array(values), codes, first_rows(codes)) is not None

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert varies(rows) == varies(shuffled)
    assert varies(rows) == (len({g for g, _ in rows}) < len(set(rows)))


def test_values_that_cannot_be_hashed_are_compared_as_texts() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2], "z": [[1], [1], [2], [2]], "x": [[1], [2], [3], None]})
    assert levels(frame, group="g") == {"g": 2, "z": 2, "x": 1}
    assert level2_columns(frame, group="g", columns=["z", "x"]) == {"z"}


def test_a_group_with_one_known_value_does_not_vary() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2], "z": [5.0, np.nan, np.nan, 6.0], "e": [np.nan] * 4})
    assert levels(frame, group="g") == {"g": 2, "z": 2, "e": None}


def test_model_and_codebook_see_the_same_level() -> None:
    """What the data say of a column is what the formula is split by."""
    frame = pd.DataFrame(
        {"y": [1.0, 2, 3, 4, 6, 5], "g": [1, 1, 2, 2, 3, 3], "z": [5.0, np.nan, np.nan, 6, 7, 7]}
    )
    model = mlm.Model.from_formula("y ~ z + (1 | g)", data=frame)
    assert {"z": model.levels["z"]} == levels(frame, group="g", columns=["z"])


def test_rows_far_down_are_looked_at() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 50, 20_000)
    first = first_rows(codes)
    np.testing.assert_array_equal(first, np.unique(codes, return_index=True)[1])
    values = 1.5 * codes
    assert first_varying_row(values, codes, first) is None
    values[[17_001, 19_000]] += 1
    assert first_varying_row(values, codes, first) == 17_001


# --- how the labels of two groupings are taken ---------------------------------------------------

CLASSES = pd.DataFrame(
    {"school": list("aaabbbbccc"), "class": [1, 2, 2, 1, 2, 3, 3, 1, 1, 1], "no": range(10)}
)


def test_labels_that_are_used_in_several_schools_are_noted() -> None:
    notes, slips = grouping_messages(CLASSES["class"], CLASSES["school"], crossed=False)
    assert "'class' 1 occurs in several groups of 'school'" in notes[0]
    assert "group='school * class'" in notes[0]
    assert slips == ()


def test_labels_of_one_school_each_need_no_word() -> None:
    assert grouping_messages(CLASSES["no"], CLASSES["school"], crossed=False) == ((), ())


@pytest.mark.parametrize("labels", [[1, 2, 3], ["1", "2", "10"], list("abc")])
def test_counters_within_groups_are_told_from_crossing(labels: list[object]) -> None:
    own = CLASSES["class"].map(dict(zip((1, 2, 3), labels, strict=True)))
    for one, other in ((own, CLASSES["school"]), (CLASSES["school"], own)):
        notes, slips = grouping_messages(one, other, crossed=True)
        assert notes == ()
        assert "takes 'class' 1" in slips[0] or "takes 'class' a" in slips[0]
        assert "group='school/class'" in slips[0]


@pytest.mark.parametrize("name", ["class", "class/room"])
def test_nesting_that_is_written_the_wrong_way_round_is_told(name: str) -> None:
    own = CLASSES["class"].rename(name)
    notes, slips = grouping_messages(CLASSES["school"], own, crossed=False)
    assert notes == ()
    assert f"Within each 'school', '{name}' counts from the first label on" in slips[0]
    bare = name if name == "class" else f"`{name}`"
    assert slips[0].endswith(f"If it is the other way round, write group='school/{bare}'.")


def test_schools_in_order_of_their_classes_are_not_taken_for_counters() -> None:
    frame = pd.DataFrame({"school": list("aaabb"), "class": [1, 2, 3, 1, 2]})
    _, slips = grouping_messages(frame["class"], frame["school"], crossed=False)
    assert slips == ()


def test_crossed_groups_need_no_word() -> None:
    plates = mlm.load("penicillin")
    assert grouping_messages(plates["plate"], plates["sample"], crossed=True) == ((), ())
    schools = mlm.load("scotssec")
    assert grouping_messages(schools["primary"], schools["second"], crossed=True) == ((), ())


def test_nesting_that_nobody_wrote_is_noted() -> None:
    for one, other in ((CLASSES["no"], CLASSES["school"]), (CLASSES["school"], CLASSES["no"])):
        notes, slips = grouping_messages(one, other, crossed=True)
        assert "Each 'no' lies in one 'school'" in notes[0]
        assert slips == ()


# --- two groupings ----------------------------------------------------------------------------


def pupils() -> pd.DataFrame:
    """Classes that are numbered from 1 in each school; each column is named for its level."""
    frame = pd.DataFrame(
        [(s, c, p) for s in "ab" for c in (1, 2) for p in range(3)],
        columns=["school", "class", "pupil"],
    )
    own = frame["school"] + frame["class"].astype(str)
    return frame.assign(of_class=own.str.upper(), of_school=frame["school"].map({"a": 1.5, "b": 2}))


def test_levels_by_three_levels_take_classes_within_schools() -> None:
    frame = pupils()
    columns = ["pupil", "of_class", "of_school", "class", "nothing"]
    found = levels_by(frame, groups=("class", "school"), nested=True, columns=columns)
    assert found == {"of_class": 2, "of_school": 3, "class": 2}  # of a school, it has one value
    crossed = levels_by(frame, groups=("class", "school"), nested=False, columns=columns)
    assert crossed == {"of_school": 3}  # class 1 of a and class 1 of b differ in of_class


def test_levels_by_crossed_groupings_prefer_neither() -> None:
    frame = pupils().assign(constant=1, room=lambda f: f["class"] * 10)
    found = levels_by(
        frame, groups=("class", "school"), nested=False, columns=["room", "of_school", "constant"]
    )
    assert found == {"room": 2, "of_school": 3, "constant": 2}


def test_levels_by_pass_over_missing_labels_and_values() -> None:
    frame = pupils()
    frame.loc[0, "class"] = np.nan
    frame.loc[3, "school"] = None
    frame.loc[6, "of_class"] = None
    found = levels_by(
        frame, groups=("class", "school"), nested=True, columns=["pupil", "of_class", "of_school"]
    )
    assert found == {"of_class": 2, "of_school": 3}
    assert levels_by(frame, groups=("class", "town"), nested=True, columns=["pupil"]) == {}


def test_rows_that_are_their_groups_tell_nothing_of_the_lower_level() -> None:
    frame = pupils().drop_duplicates(["school", "class"])
    found = levels_by(
        frame, groups=("class", "school"), nested=True, columns=["pupil", "of_class", "of_school"]
    )
    assert found == {"pupil": 3, "of_school": 3}


def test_what_lies_within_what() -> None:
    frame = pupils()
    assert not lies_within(frame, "class", "school")
    assert lies_within(frame, "of_class", "school")
    assert not lies_within(frame, "school", "of_class")
    assert lies_within(frame, "of_school", "school")
    assert lies_within(frame, "school", "of_school")
    assert lies_within(frame, "class", "town") is None
    frame.loc[0, "school"] = None  # a row without a label is in no group
    assert lies_within(frame, "of_class", "school")
