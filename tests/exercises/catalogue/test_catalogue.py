"""Every exercise of the course: its solution is right, a blank is not, each mistake is named."""

import re
import warnings

import pytest

from mlmteach.exercises import (
    Choice,
    EquationLines,
    Exercise,
    Function,
    OpenText,
    Status,
    exercises,
)
from mlmteach.exercises.practice import check, hint, solution

ALL = list(exercises().values())
each = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)


def solve(exercise: Exercise, binding: str) -> object:
    import mlmteach

    space: dict[str, object] = {"mlm": mlmteach}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(f"{exercise.setup}\n{exercise.solution}", space)
        return eval(binding, space)


@each
def test_solution_earns_full_marks(exercise: Exercise) -> None:
    outcome = check(exercise.id, solve(exercise, exercise.answer))
    if isinstance(exercise.kind, OpenText):
        assert outcome.status is Status.UNCHECKABLE
    else:
        assert (outcome.status, outcome.share) == (Status.CORRECT, 1.0), outcome


@each
@pytest.mark.parametrize("blank", [..., None, "", "  "], ids=repr)
def test_blank_earns_none(exercise: Exercise, blank: object) -> None:
    outcome = check(exercise.id, blank)
    assert (outcome.status, outcome.share) == (Status.NOT_ATTEMPTED, 0.0)


@pytest.mark.parametrize(
    ("exercise", "number"),
    [(e, n) for e in ALL for n in range(len(e.mistakes))],
    ids=lambda value: value.id if isinstance(value, Exercise) else str(value),
)
def test_every_mistake_has_its_own_message(exercise: Exercise, number: int) -> None:
    mistake = exercise.mistakes[number]
    outcome = check(exercise.id, solve(exercise, mistake.value))
    assert (outcome.status, outcome.share) == (Status.NOT_YET, 0.0), outcome
    assert outcome.message == mistake.message


@each
@pytest.mark.parametrize("odd", [object(), float("nan"), 10**400, print, {}, [[1, 2], [3]]])
def test_odd_answers_are_answered(exercise: Exercise, odd: object) -> None:
    outcome = check(exercise.id, odd)
    assert outcome.status in (Status.UNCHECKABLE, Status.NOT_YET)
    assert outcome.share == 0


@each
def test_exercise_is_complete(exercise: Exercise) -> None:
    assert re.fullmatch(r"\d+\.\d+", exercise.id)
    assert exercise.title
    assert exercise.prompt.endswith((".", "?"))
    assert exercise.hints
    assert hint(exercise.id).text.startswith("Hint 1 of")
    assert exercise.solution.splitlines()[0] in solution(exercise.id).text
    for text in (exercise.prompt, *exercise.hints, *(m.message for m in exercise.mistakes)):
        assert "!" not in text.replace("!=", "")
        assert len(text) < 900
    if isinstance(exercise.kind, Choice):
        wrong = {eval(mistake.value) for mistake in exercise.mistakes}
        assert wrong | {solve(exercise, exercise.answer)} == set(exercise.kind.options)
    elif not isinstance(exercise.kind, OpenText | EquationLines):
        assert exercise.mistakes


@each
def test_number_that_is_asked_for_is_not_in_the_question(exercise: Exercise) -> None:
    if not isinstance(exercise.kind, OpenText | Choice | Function | EquationLines):
        answer = exercise.work().expected
        if answer["kind"] == "number":
            assert f"{answer['value']:.3g}" not in exercise.prompt


def test_ids_are_unique_and_in_order() -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    from mlmteach.exercises import catalogue

    listed = [
        exercise.id
        for name in sorted(module.name for module in iter_modules(catalogue.__path__))
        for exercise in import_module(f"mlmteach.exercises.catalogue.{name}").EXERCISES
    ]
    assert listed == list(exercises())
    numbers = [tuple(int(part) for part in id.split(".")) for id in listed]
    assert numbers == sorted(numbers)


def test_every_lesson_has_about_five_and_ends_openly() -> None:
    lessons: dict[str, list[Exercise]] = {}
    for exercise in ALL:
        lessons.setdefault(exercise.id.split(".")[0], []).append(exercise)
    for lesson, found in lessons.items():
        assert 5 <= len(found) <= 8, lesson
        assert isinstance(found[-1].kind, OpenText), lesson
