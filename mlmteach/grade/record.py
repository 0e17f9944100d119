"""The marks of one submission, from its answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.outcome import Outcome, Status
from mlmteach.exercises.plain import Plain
from mlmteach.grade.homework import Homework
from mlmteach.grade.sandbox import Ran

__all__ = ["NOT_GRADED", "NOT_HANDED_IN", "Mark", "Record", "judge", "without_answers"]

NOT_GRADED = "could not be graded"
NOT_HANDED_IN = "nothing handed in"
_ENDS = {"time": "time out", "memory": "out of memory", "killed": "killed"}


@dataclass(frozen=True)
class Mark:
    """The mark of one exercise.

    Parameters
    ----------
    id, title : str
        The exercise.
    status : str
        One of the five outcomes of a check.
    points, of : float
        What was earned, and what could be.
    message : str
        The diagnosis, in Markdown.
    mistake : str
        The message of the usual mistake that was recognised.
    to_read : str
        The text that a reader must judge; empty for everything else.
    """

    id: str
    title: str
    status: str
    points: float
    of: float
    message: str = ""
    mistake: str = ""
    to_read: str = ""


@dataclass(frozen=True)
class Record:
    """The marks of one student.

    Parameters
    ----------
    student : str
        The id.
    status : str
        ``"graded"``, ``"error in cell n"``, ``"time out"``, ``"out of memory"``, ``"killed"``,
        ``"not a notebook"``, ``"no answers"``, ``"could not be graded"`` or
        ``"nothing handed in"``.
    marks : tuple of Mark
    points : float
        Of all exercises, after the rule for late work.
    hours_late : float
    taken_off : float
        What the rule for late work took from the points.
    notes : tuple of str
        What the student should know beside the marks, such as the error of a cell.
    reason : str
        Why it could not be graded: for the lecturer alone, since it may tell of the key.
    """

    student: str
    status: str
    marks: tuple[Mark, ...]
    points: float
    hours_late: float = 0.0
    taken_off: float = 0.0
    notes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether the points are a mark: nothing handed in is none, and neither is a failure."""
        return self.status not in (NOT_HANDED_IN, NOT_GRADED)

    def as_dict(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Make a record of plain data."""
        marks = tuple(Mark(**mark) for mark in data["marks"])
        return cls(**{**data, "marks": marks, "notes": tuple(data["notes"])})


def judge(homework: Homework, student: str, ran: Ran, hours_late: float = 0.0) -> Record:
    """Hold the answers of a student against the key.

    Parameters
    ----------
    homework : Homework
    student : str
    ran : Ran
        What came out of the sandbox.
    hours_late : float

    Returns
    -------
    Record
    """
    worked = homework.work(student)
    marks = []
    for exercise in homework.exercises:
        given: Plain = ran.answers.get(exercise.answer, {"kind": "blank"})
        try:
            outcome = exercise.judge(given, worked[exercise.id])
        except Exception as error:  # an answer that no one thought of must not stop the batch
            outcome = Outcome(Status.UNCHECKABLE, f"Checking failed with {type(error).__name__}.")
        is_open = isinstance(exercise.kind, OpenText) and outcome.status is Status.UNCHECKABLE
        marks.append(
            Mark(
                exercise.id,
                exercise.title,
                outcome.status.value,
                round(exercise.points * outcome.share, 4),
                exercise.points,
                "A reader judges this answer." if is_open else outcome.message,
                outcome.mistake,
                given["value"] if is_open and given["kind"] == "text" else "",
            )
        )
    earned = sum(mark.points for mark in marks)
    left = homework.after(earned, hours_late)
    notes = _notes(ran, student)
    if hours_late > 0:
        notes += (
            f"The work came {hours_late:.1f} hours after the deadline: {earned - left:g} of the "
            f"{earned:g} points that it earned are taken off.",
        )
    return Record(
        student=student,
        status=_status(ran),
        marks=tuple(marks),
        points=round(left, 4),
        hours_late=hours_late,
        taken_off=round(earned - left, 4),
        notes=notes,
    )


def without_answers(
    homework: Homework, student: str, status: str, note: str, reason: str = ""
) -> Record:
    """Record a student whose work could not be run.

    Parameters
    ----------
    homework : Homework
    student, status, note, reason : str

    Returns
    -------
    Record
    """
    marks = tuple(
        Mark(e.id, e.title, Status.NOT_ATTEMPTED.value, 0.0, e.points) for e in homework.exercises
    )
    return Record(student, status, marks, 0.0, notes=(note,), reason=reason)


def _status(ran: Ran) -> str:
    if ran.end != "answered":
        return _ENDS[ran.end]
    if any(error.kind == "MemoryError" for error in ran.errors):
        return "out of memory"
    if ran.errors:
        return f"error in cell {ran.errors[0].cell}"
    answers = {name: answer for name, answer in ran.answers.items() if name != "student"}
    if all(answer["kind"] == "blank" for answer in answers.values()):
        return "no answers"
    return "graded"


def _where(ran: Ran) -> str:
    if ran.stopped < 2:
        return ""
    return f", after code cell {ran.stopped - 1}; the answers up to there count"


def _notes(ran: Ran, student: str) -> tuple[str, ...]:
    notes = [
        f"Code cell {error.cell} ended in {error.kind}: {error.message}" for error in ran.errors
    ]
    said = ran.answers.get("student", {"kind": "blank"})
    if said["kind"] == "text" and said["value"].strip() != student:
        notes.append(
            f"The notebook says that it is by '{said['value'][:80]}'. It was graded as the work of "
            f"'{student}', on the data of '{student}'."
        )
    ends = {
        "time": "The cells ran longer than allowed, and were stopped",
        "memory": "The cells took more memory than allowed, and were stopped",
        "killed": "The process ended before its answers could be read",
    }
    if ran.end in ends:
        notes.append(f"{ends[ran.end]}{_where(ran)}.")
    return tuple(notes)
