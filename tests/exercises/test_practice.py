"""Checks, hints and solutions as a student meets them; exercises in notebooks; own data."""

from pathlib import Path

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.course import read_source
from mlmteach.errors import OptionError
from mlmteach.exercises import Interval, Mistake, Number, NumberSet, Specification, Status, Table
from mlmteach.exercises.exercise import Exercise
from mlmteach.exercises.plain import to_plain


def test_an_outcome_is_markdown_and_text_without_colour() -> None:
    outcome = mlm.check("0.1", 14)
    forms = outcome._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/markdown"}
    assert forms["text/plain"].startswith("✗ Not yet. The intercept cancels")
    assert forms["text/markdown"].startswith("✗ **Not yet.**")


@pytest.mark.parametrize("id", ["99.1", "2.99", "", None, 2.1, "../x"])
def test_nothing_raises_in_a_notebook(id: object) -> None:
    for answer in (mlm.check(id, 1), mlm.hint(id), mlm.solution(id)):  # type: ignore[arg-type]
        assert repr(answer)


def test_the_lesson_s_exercises_are_named() -> None:
    outcome = mlm.check("2.99", 1)
    assert outcome.status is Status.UNCHECKABLE
    assert "2.1, 2.2" in outcome.message


def test_hints_go_from_a_nudge_on() -> None:
    assert mlm.hint("2.1").text != mlm.hint("2.1", 2).text
    assert "from 1 to 2" in mlm.hint("2.1", 3).text


def test_an_answer_with_few_digits_is_partly_right() -> None:
    outcome = mlm.check("2.2", 0.17)
    assert (outcome.status, outcome.share) == (Status.PARTLY, 0.5)


@pytest.mark.parametrize(
    ("kind", "right", "given", "share"),
    [
        (Number(), 0.25, 0.2501, 1.0),
        (Number(), 0.25, 0.26, 0.0),
        (Number(), 0.25, -0.25, 0.0),
        (Interval(), (0, 1), [0.001, 0.999], 1.0),
        (Interval(), (0, 1), [0, 2], 0.5),
        (Interval(), (0, 1), [1, 0], 0.0),
        (NumberSet(), [1, 2, 3], {3, 2, 1}, 1.0),
        (NumberSet(), [1, 2, 3], [1, 2], 2 / 3),
        (NumberSet(), [1, 2, 3], [1, 2, 3, 4, 5, 6], 0.0),
        (NumberSet(), [1, 1], [1], 0.5),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "a": 1}, 1.0),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "a": 7}, 0.5),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "c": 1}, 0.5),
        (Table(), pd.DataFrame({"x": [1, 2]}), pd.Series([1, 2], name="y"), 1.0),
    ],
)
def test_comparisons(kind: Number, right: object, given: object, share: float) -> None:
    found = kind.compare(to_plain(right), to_plain(given))
    assert found.share == pytest.approx(share)
    assert bool(found.note) == (share < 1)


MODEL = mlm.Model("y ~ x + w", group="g", level2={"intercept": "z + U", "x": "z + U"})


@pytest.mark.parametrize(
    ("given", "share"),
    [
        (mlm.Model("y ~ w + x", group="g", level2={"x": "U + z", "intercept": "U + z"}), 1.0),
        ("y ~ z * x + w + (1 + x | g)", 1.0),
        ("y ~ z * x + w + (1 + x || g)", 0.8),
        ("y ~ z + x + w + (1 + x | g)", 0.8),
        ("v ~ 1 + (1 | h)", 0.0),
    ],
)
def test_models_are_compared_by_structure(given: object, share: float) -> None:
    kind = Specification(level2=("z",))
    assert not kind.misfit(to_plain(given))
    assert kind.compare(to_plain(MODEL), to_plain(given)).share == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["y ~", "y ~ x + (1 | g", "(" * 5_000, "y ~ x", "__import__('os')"]
)
def test_what_is_no_model_is_said(text: str) -> None:
    assert "cannot be read" in Specification().misfit(to_plain(text))


def test_an_exercise_must_bind_its_answer() -> None:
    wrong = Exercise("1", "t", "p", "a", Number(), solution="b = 1", mistakes=(Mistake("2", "m"),))
    with pytest.raises(OptionError, match="does not bind 'a'"):
        wrong.check(1)


def test_one_line_stands_for_an_exercise(tmp_path: Path) -> None:
    source = tmp_path / "lesson.py"
    source.write_text("# %%\n1\n\n# %% exercise 2.5\n\n# %% [markdown]\n# After it.\n")
    before, question, answer, check, after = read_source(source).cells
    assert (before.source, after.source) == ("1", "After it.")
    assert question.source.startswith("### Exercise 2.5 · Shrinkage")
    assert "- **c**: a larger" in question.source
    assert answer.source == "choice = ..."
    assert check.source == 'mlm.check("2.5", choice)'


def test_an_exercise_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = tmp_path / "lesson.py"
    source.write_text("# %% exercise 77.1\n")
    with pytest.raises(OptionError, match="no exercise '77.1'"):
        read_source(source)


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


def test_a_predictor_may_be_spelled_in_two_ways() -> None:
    kind = Specification(level2=("z",))
    wanted = to_plain("y ~ np.log(z) + I(x * w) + (1 + x | g)")
    assert kind.compare(wanted, to_plain("y ~ log(z) + I(w*x) + (1 + x | g)")).share == 1
    other = kind.compare(wanted, to_plain("y ~ log2(z) + I(w*x) + (1 + x | g)"))
    assert "Look at the predictors in the level-2 equation of the intercept" in other.note
