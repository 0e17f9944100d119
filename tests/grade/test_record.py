"""From answers to marks."""

import json

import pytest

from mlmteach.errors import OptionError
from mlmteach.exercises import Number
from mlmteach.grade.homework import Homework, parse_key
from mlmteach.grade.record import Record, judge, without_answers
from mlmteach.grade.sandbox import CellError, Ran

KEY = """
from mlmteach.exercises import Choice, Exercise, Mistake, Number, OpenText

TITLE, ASSIGNMENT, SETUP = "Trial", "trial", "half = len(student) / 2"
EXERCISES = [
    Exercise("1", "Half", "Half of it?", "half_of_it", Number(), "half_of_it = half",
             mistakes=(Mistake("2 * half", "This is the whole."),), points=3),
    Exercise("2", "Words", "Why?", "words", OpenText(words=2), "words = 'so it is'", points=2),
]

def late(points, hours):
    return points - hours if hours < 100 else 2 * points
"""


@pytest.fixture(scope="module")
def homework() -> Homework:
    return parse_key(KEY)


def number(value: float) -> dict[str, object]:
    return {"kind": "number", "value": value}


def text(value: str) -> dict[str, object]:
    return {"kind": "text", "value": value}


def ran(end: str = "answered", errors: tuple[CellError, ...] = (), **answers: object) -> Ran:
    return Ran(end, answers, errors)  # type: ignore[arg-type]


def test_answers_are_held_against_the_students_own_key(homework: Homework) -> None:
    for student, value in (("ada", 1.5), ("ben.miller", 5.0)):
        found = judge(homework, student, ran(half_of_it=number(value)))
        assert (found.marks[0].status, found.marks[0].points, found.points) == ("correct", 3, 3)
    wrong = judge(homework, "ada", ran(half_of_it=number(3.0))).marks[0]
    assert (wrong.status, wrong.points, wrong.of) == ("not yet", 0, 3)
    assert wrong.message == wrong.mistake == "This is the whole."
    coarse = judge(homework, "ada", ran(half_of_it=number(2))).marks[0]
    assert (coarse.status, coarse.points) == ("not yet", 0)  # 1.5 with one digit
    written = judge(homework, "ada", ran(half_of_it=text("1.50"))).marks[0]
    assert (written.status, written.points) == ("correct", 3)


def test_a_text_is_kept_for_a_reader(homework: Homework) -> None:
    mark = judge(homework, "ada", ran(words=text("my two words"))).marks[1]
    assert (mark.status, mark.points, mark.to_read) == ("cannot be checked", 0, "my two words")
    assert mark.message == "A reader judges this answer."
    short = judge(homework, "ada", ran(words=text("why"))).marks[1]
    assert (short.status, short.to_read) == ("not attempted", "")


@pytest.mark.parametrize(
    ("hours", "points"), [(0.0, 3.0), (-5.0, 3.0), (1.25, 1.75), (50.0, 0.0), (200.0, 3.0)]
)
def test_late_work_loses_and_never_gains(homework: Homework, hours: float, points: float) -> None:
    found = judge(homework, "ada", ran(half_of_it=number(1.5)), hours)
    assert (found.points, found.hours_late) == (points, hours)
    assert found.marks[0].points == 3.0  # what was earned stays to be seen


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (ran("time"), "time out"),
        (ran("memory"), "out of memory"),
        (ran("killed"), "killed"),
        (ran(), "no answers"),
        (ran(student=text("ada")), "no answers"),
        (ran(half_of_it=number(7)), "graded"),
        (ran(errors=(CellError(4, "ValueError", "x"), CellError(5, "E", "y"))), "error in cell 4"),
        (ran(errors=(CellError(2, "E", ""), CellError(3, "MemoryError", ""))), "out of memory"),
    ],
)
def test_status(homework: Homework, given: Ran, status: str) -> None:
    assert judge(homework, "ada", given).status == status


def test_notes_tell_errors_and_another_name(homework: Homework) -> None:
    found = judge(
        homework, "ada", ran(errors=(CellError(4, "ValueError", "no"),), student=text("ben"))
    )
    assert found.notes[0] == "Code cell 4 ended in ValueError: no"
    assert "it is by 'ben'. It was graded as the work of 'ada'" in found.notes[1]
    assert judge(homework, "ada", ran(student=text(" ada "))).notes == ()
    assert "longer than allowed" in judge(homework, "ada", ran("time")).notes[0]
    assert "before its answers could be read" in judge(homework, "ada", ran("killed")).notes[0]


def test_an_answer_that_breaks_the_check_stops_nothing(
    homework: Homework, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Number, "compare", broken)
    found = judge(homework, "ada", ran(half_of_it=number(1), words=text("my words")))
    assert found.marks[0].status == "cannot be checked"
    assert found.marks[0].message == "Checking failed with ZeroDivisionError."
    assert found.marks[1].to_read == "my words"


def test_a_record_survives_the_ledger(homework: Homework) -> None:
    found = judge(homework, "ada", ran(half_of_it=number(1.5), student=text("ben")), 1.0)
    assert Record.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_work_that_was_not_run_earns_nothing(homework: Homework) -> None:
    found = without_answers(homework, "ada", "not a notebook", "It is a picture.")
    assert (found.status, found.points, found.notes) == (
        "not a notebook",
        0.0,
        ("It is a picture.",),
    )
    assert [(mark.status, mark.points, mark.of) for mark in found.marks] == [
        ("not attempted", 0, 3),
        ("not attempted", 0, 2),
    ]


def test_what_a_late_rule_takes_is_told(homework: Homework) -> None:
    on_time, late = (
        judge(homework, "ada", ran(half_of_it=number(1.5)), hours) for hours in (0.0, 1.25)
    )
    assert (on_time.points, on_time.deductions, on_time.notes) == (3.0, (), ())
    assert (late.points, late.deductions) == (1.75, (("1.2 hours late", 1.25),))


@pytest.mark.parametrize("rule", ["return None", "return float('nan')", "return points / 0"])
def test_a_late_rule_without_a_number_is_the_keys_fault(rule: str) -> None:
    odd = parse_key(KEY.replace("return points - hours if hours < 100 else 2 * points", rule))
    with pytest.raises(OptionError, match="gives no number"):
        judge(odd, "ada", ran(half_of_it=number(1.5)), 1.0)
    with pytest.raises(OptionError, match="gives no number"):
        odd.verify("ada")


def test_where_cells_came_to_no_end_is_told(homework: Homework) -> None:
    ended = Ran("time", {"half_of_it": number(1.5)}, stopped=3)
    found = judge(homework, "ada", ended)
    assert (found.status, found.points) == ("time out", 3.0)
    assert "after code cell 2; the answers up to there count" in found.notes[-1]
