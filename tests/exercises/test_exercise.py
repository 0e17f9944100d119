"""An exercise: its solution is run, and so is every mistake."""

from dataclasses import replace
from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.exercises import Also, Function, Mistake, Number, OpenText
from mlmteach.exercises.exercise import Exercise, workspace
from mlmteach.exercises.outcome import Status


def test_an_exercise_must_bind_its_answer() -> None:
    wrong = Exercise("1", "t", "p", "a", Number(), solution="b = 1", mistakes=(Mistake("2", "m"),))
    with pytest.raises(OptionError, match="does not bind 'a'"):
        wrong.check(1)


HALF = Exercise(
    id="1",
    title="Half",
    prompt="Half of it?",
    answer="half",
    kind=Number(),
    setup="whole = len(student)",
    solution="half = whole / 2",
    mistakes=(Mistake("whole", "This is the whole."), Mistake("-half", "Mind the sign.")),
    explanation="Two halves make one.",
)


def test_solution_and_mistakes_run_on_what_is_given() -> None:
    worked = HALF.work({"student": "ada"})
    assert worked.expected == {"kind": "number", "value": 1.5}
    assert [plain["value"] for plain, _ in worked.mistakes] == [3.0, -1.5]
    assert HALF.work({"student": "benno"}).expected["value"] == 2.5
    assert worked.frames == ()


@pytest.mark.parametrize(
    ("answer", "status", "share", "message"),
    [
        (2.5, Status.CORRECT, 1.0, "Two halves make one."),
        (5, Status.NOT_YET, 0.0, "This is the whole."),
        (-2.5, Status.NOT_YET, 0.0, "Mind the sign."),  # the mistake goes before the usual note
        (2, Status.NOT_YET, 0.0, "One digit is too few to tell. Give three."),
        (7, Status.NOT_YET, 0.0, "This is not the number asked for."),
        (..., Status.NOT_ATTEMPTED, 0.0, "Put your answer in the place of `...` after `half =`."),
        (" ", Status.NOT_ATTEMPTED, 0.0, "Put your answer in the place of `...` after `half =`."),
        ("2.5", Status.CORRECT, 1.0, "Two halves make one."),
        ("half", Status.UNCHECKABLE, 0.0, "A number is asked for, and this is a text."),
    ],
)
def test_an_answer_is_judged(answer: object, status: Status, share: float, message: str) -> None:
    outcome = HALF.check(answer, {"student": "benno"})
    assert (outcome.status, outcome.share, outcome.message) == (status, share, message)
    assert outcome.mistake == (message if answer in (5, -2.5) else "")


CLOSE = Exercise(
    id="4",
    title="Close",
    prompt="What is it?",
    answer="it",
    kind=Number(),
    solution="it = 0.55951",
    mistakes=(
        Mistake("0.5633", "Not centred."),
        Mistake("0.41424", "The root."),
        Mistake("0.41149", "Another root."),
        Mistake("0.9832", "The share left."),
        Mistake("it", "On these data this is right."),
    ),
    also=(Also("0.5712", "This is by ML."),),
    explanation="Why.",
)
MORE = "Give a digit more: three are enough."
ONE = "One digit is too few to tell. Give three."
TIED = "To these digits it is right, but a usual mistake gives the same. Give a digit more."


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (0.55951, Status.CORRECT, "Why."),
        (0.5595, Status.CORRECT, "Why."),
        (0.56, Status.CORRECT, f"{TIED} Why."),  # 0.560 or 0.563: none can tell
        (0.5633, Status.NOT_YET, "Not centred."),
        (0.563, Status.NOT_YET, "Not centred."),
        (0.5712, Status.CORRECT, "This is by ML. Why."),
        (0.571, Status.CORRECT, "This is by ML. Why."),
        (0.57, Status.CORRECT, f"{MORE} This is by ML. Why."),
        (0.414, Status.NOT_YET, "The root."),
        (0.411, Status.NOT_YET, "Another root."),
        (0.41, Status.NOT_YET, "This is not the number asked for."),  # it may be either root
        (0.98, Status.NOT_YET, "The share left."),
        (1.0, Status.NOT_YET, "This is not the number asked for."),
        (0.6, Status.NOT_YET, ONE),
        (-0.5, Status.NOT_YET, "This is not the number asked for."),
    ],
)
def test_digits_tell_right_from_a_mistake_or_more_are_asked_for(
    answer: float, status: Status, message: str
) -> None:
    outcome = CLOSE.check(answer)
    assert (outcome.status, outcome.message) == (status, message)


def test_a_mistake_that_agrees_to_three_digits_is_told_by_the_fourth() -> None:
    near = replace(CLOSE, mistakes=(Mistake("0.55981", "By ML."),), also=())
    assert near.check(0.5598).message == "By ML."
    assert near.check(0.56).message == f"{TIED} Why."
    for right in (0.5595, 0.55951, 0.5595123):
        assert near.check(right).status is Status.CORRECT


def test_one_digit_of_the_right_answer_is_not_taken_for_a_mistake() -> None:
    root = replace(CLOSE, mistakes=(Mistake("0.602", "The ratio."),), also=())
    assert root.check(0.6).message == ONE  # 0.5595 and 0.602, both to one digit
    assert root.check(0.602).message == "The ratio."


def test_a_blank_is_told_before_the_solution_runs() -> None:
    broken = replace(HALF, solution="1 / 0")
    assert broken.check(None).status is Status.NOT_ATTEMPTED
    with pytest.raises(ZeroDivisionError):
        broken.check(1, {"student": "ada"})


def test_a_function_is_tried_on_data_of_the_key() -> None:
    frames = "[pd.DataFrame({'a': [k]}) for k in (1, 2)]"
    exercise = Exercise(
        id="2",
        title="t",
        prompt="p",
        answer="first",
        kind=Function(tries=frames),
        setup="import pandas as pd",
        solution="def first(frame):\n    return frame['a'].iloc[0]",
        mistakes=(Mistake("lambda frame: len(frame)", "This is the number of rows."),),
    )
    assert [len(frame) for frame in exercise.work().frames] == [1, 1]
    assert exercise.check(lambda frame: frame["a"].sum()).status is Status.CORRECT
    assert exercise.check(len).message == "This is the number of rows."
    assert "it failed: KeyError" in exercise.check(lambda frame: frame["b"]).message


def test_a_text_is_for_a_reader_when_it_is_long_enough() -> None:
    exercise = Exercise("3", "t", "p", "words", OpenText(words=3), "words = 'one two three'")
    assert exercise.check("one two").message == "Write a sentence or two."
    assert exercise.check("one two").status is Status.NOT_ATTEMPTED
    found = exercise.check("one two four")
    assert (found.status, found.share) == (Status.UNCHECKABLE, 0.0)
    assert "mlm.solution('3')" in found.message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "two words"}, "'two words' is no name for an answer"),
        ({"answer": ""}, "'' is no name for an answer"),
        ({"points": -1}, "is worth -1 points"),
        ({"points": float("nan")}, "is worth nan points"),
        ({"points": float("inf")}, "is worth inf points"),
    ],
)
def test_an_exercise_that_cannot_be_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError, match=says):
        replace(HALF, **change)


def test_warnings_of_a_solution_are_not_the_students() -> None:
    source = "fit = mlm.Model('Yield ~ 1', group='Batch').fit(mlm.load('dyestuff2'))"
    singular = replace(HALF, setup=source, solution="half = fit.scale", mistakes=())
    assert singular.work().expected["kind"] == "number"  # and no warning is an error here


def test_sources_know_the_package_and_what_is_given() -> None:
    space = workspace({"student": "ada"})
    assert space["mlm"] is mlm
    assert space["student"] == "ada"
