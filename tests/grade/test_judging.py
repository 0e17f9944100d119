"""Judging in a child: what it says is a record, or one odd row with a reason."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mlmteach.exercises.kinds import Judgement, Kind
from mlmteach.exercises.plain import Plain
from mlmteach.grade import judging
from mlmteach.grade.batch import grade_one
from mlmteach.grade.homework import Homework, parse_key
from mlmteach.grade.judging import judge_apart
from mlmteach.grade.limits import Limits, NotGraded
from mlmteach.grade.record import judge
from mlmteach.grade.sandbox import Ran
from tests.grade.homework import KEY, MIB

LIMITS = Limits(judging=2.0, memory=300 * MIB)
RAN = Ran("answered", {"mean": {"kind": "number", "value": 1.0}})


@dataclass(frozen=True)
class Doing(Kind):
    """A kind of answer whose comparison does something else."""

    do: Callable[[], object] = time.time

    def misfit(self, given: Plain) -> str:  # noqa: ARG002
        self.do()
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:  # noqa: ARG002
        return Judgement(1.0)


def homework(do: Callable[[], object]) -> Homework:
    made = parse_key(KEY)
    exercises = (replace(made.exercises[0], kind=Doing(do=do)), *made.exercises[1:])
    return replace(made, exercises=exercises)


def endless() -> None:
    while True:
        pass


def deep(depth: int = 0) -> int:
    return deep(depth + 1) + 1


def test_the_record_is_that_of_judging_here() -> None:
    made = parse_key(KEY)
    assert judge_apart(made, "ada", RAN, 1.5, LIMITS) == judge(made, "ada", RAN, 1.5)


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (endless, "more than 2 seconds"),
        (lambda: time.sleep(60), "more than 2 seconds"),
        (lambda: os._exit(3), "ended with code 3"),
        (lambda: os.kill(os.getpid(), 9), "ended with code -9"),
        (lambda: (_ for _ in ()).throw(SystemExit(1)), "SystemExit: 1"),
        (lambda: (_ for _ in ()).throw(KeyboardInterrupt), "KeyboardInterrupt"),
    ],
)
def test_what_becomes_of_the_child_is_told(do: Callable[[], object], says: str) -> None:
    with pytest.raises(NotGraded, match=says):
        judge_apart(homework(do), "ada", RAN, 0.0, LIMITS)


@pytest.mark.parametrize("do", [deep, lambda: bytearray(2**33), lambda: [0] * 10**9])
def test_memory_and_depth_cost_one_exercise(do: Callable[[], object]) -> None:
    record = judge_apart(homework(do), "ada", RAN, 0.0, LIMITS)
    assert record.marks[0].message.startswith("Checking failed with ")


def test_nothing_that_the_child_started_stays(tmp_path: Path) -> None:
    path = tmp_path / "pid"

    def start() -> None:
        if not (started := os.fork()):
            time.sleep(600)
            os._exit(0)
        path.write_text(str(started))

    judge_apart(homework(start), "ada", RAN, 0.0, LIMITS)
    status = Path(f"/proc/{path.read_text()}/status")
    end = time.monotonic() + 30
    while is_alive(status) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(status)


def is_alive(status: Path) -> bool:
    try:
        return "State:\tZ" not in status.read_text()
    except OSError:
        return False


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"student": "ada", "marks": 3, "points": 1, "notes": []}', b"\xff"],
)
def test_what_is_no_record_is_not_believed(text: bytes) -> None:
    with pytest.raises(NotGraded, match="no record"):
        judging._believed(parse_key(KEY), "ada", text)


def test_more_points_than_there_are_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = parse_key(KEY)
    rich = replace(judge(made, "ada", RAN), points=99.0)
    monkeypatch.setattr(judging, "judge", lambda *_: rich)
    with pytest.raises(NotGraded, match="no record of this homework"):
        judge_apart(made, "ada", RAN, 0.0, LIMITS)


def test_a_worker_gives_an_odd_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a \ud800 character")

    monkeypatch.setattr("mlmteach.grade.batch.run_submission", fail)
    record = grade_one(KEY, "ada", (), 0.0, LIMITS, True)
    assert record["status"] == "could not be graded"
    assert record["reason"] == "ZeroDivisionError: a ? character"


def test_a_key_that_fails_for_one_student_costs_one_row() -> None:
    key = KEY.replace(
        'solution="mean = ', "solution=\"1 / len(student.replace('eve', '')); mean = "
    )
    record = grade_one(key, "eve", (), 0.0, LIMITS, True)
    assert record["status"] == "could not be graded"
    assert "Exercise 1 of the key does not run" in record["reason"]
    assert record["notes"] == ("It could not be graded yet.",)  # nothing of the key
