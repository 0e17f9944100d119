"""One line of a lesson's source becomes question, answer and check."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlmteach.course import read_source
from mlmteach.errors import OptionError
from mlmteach.exercises import Choice, Exercise, Number
from mlmteach.exercises.notebook import answer_source, prompt_markdown


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


EXERCISE = Exercise("1.1", "Half", "Half of *it*?", "half", Number(), "half = 1")


def test_a_question_has_its_options_and_an_answer_its_start() -> None:
    assert prompt_markdown(EXERCISE) == "### Exercise 1.1 · Half\n\nHalf of *it*?"
    choice = replace(EXERCISE, kind=Choice({"a": "one", "b": "two"}), setup="it = 2")
    assert prompt_markdown(choice).endswith("Half of *it*?\n\n- **a**: one\n- **b**: two")
    assert answer_source(choice) == "it = 2\nhalf = ..."
    assert answer_source(EXERCISE) == "half = ..."


@pytest.mark.parametrize("title", ["exercise", "exercise 2", "an exercise 2.1", "exercise 2.1 b"])
def test_only_a_whole_line_stands_for_an_exercise(tmp_path: Path, title: str) -> None:
    source = tmp_path / "lesson.py"
    source.write_text(f"# %% {title}\nx = 1\n")
    (cell,) = read_source(source).cells
    assert cell.source == "x = 1"
