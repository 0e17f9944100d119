"""Data that differ from student to student, the same on every machine."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError


def test_own_data_are_the_same_on_every_machine() -> None:
    # The sum is that of rows chosen by SHA-256: no generator of a library is involved.
    mine = mlm.my_data("homework-1", "ada.lovelace")
    assert mine["school"].nunique() == 107
    assert mine.attrs["codebook"].group == "school"
    again = mlm.my_data(" homework-1", "ada.lovelace ")
    pd.testing.assert_frame_equal(mine, again)
    assert not mine.equals(mlm.my_data("homework-2", "ada.lovelace"))


def test_own_data_differ_from_student_to_student() -> None:
    means = {mlm.my_data("a", f"s{k}", data="exam")["normexam"].mean() for k in range(20)}
    assert len(means) == 20
    with pytest.raises(OptionError, match="`student` is empty"):
        mlm.my_data("a", ...)  # type: ignore[arg-type]


def test_a_sample_keeps_two_thirds_of_the_groups_and_most_of_their_rows() -> None:
    whole, mine = mlm.load("exam"), mlm.my_data("a", "ada", data="exam")
    assert mine["school"].nunique() == (2 * 65 + 2) // 3
    kept = whole[whole["school"].isin(mine["school"])]
    assert 0.87 < len(mine) / len(kept) < 0.93
    assert list(mine.index) == list(range(len(mine)))
    rows = mine.merge(whole.drop_duplicates(), how="left", indicator=True)["_merge"]
    assert set(rows) == {"both"}  # nothing is made up


@pytest.mark.parametrize("name", ["assignment", "student"])
@pytest.mark.parametrize("value", ["", "  ", None, 3])
def test_nobody_has_no_data(name: str, value: object) -> None:
    given = {"assignment": "a", "student": "ada"} | {name: value}
    with pytest.raises(OptionError, match=f"`{name}` is empty or no text"):
        mlm.my_data(**given)  # type: ignore[arg-type]
