"""The marks of one submission, from its answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mlmteach.exercises.kinds import OpenText, described
from mlmteach.exercises.outcome import Outcome, Status
from mlmteach.exercises.own_test import OwnTest
from mlmteach.exercises.plain import Plain
from mlmteach.grade.homework import Homework
from mlmteach.grade.sandbox import Ran

__all__ = [
    "NOT_GRADED",
    "NOT_HANDED_IN",
    "Mark",
    "Record",
    "judge",
    "late_by",
    "shown",
    "without_answers",
]

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
    given : str
        What the student answered, as text; empty where ``to_read`` has it.
    comment : str
        What the lecturer wrote to it.
    by_hand : bool
        Whether the points are the lecturer's.
    """

    id: str
    title: str
    status: str
    points: float
    of: float
    message: str = ""
    mistake: str = ""
    to_read: str = ""
    given: str = ""
    comment: str = ""
    by_hand: bool = False

    @property
    def to_mark(self) -> bool:
        """Whether nobody has marked it yet."""
        return bool(self.to_read) and not self.by_hand


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
    notes : tuple of str
        What the student should know beside the marks, such as the error of a cell.
    deductions : tuple of (str, float)
        Reasons and points that the marks lose.
    excused : bool
        Whether the homework does not count for this student.
    reason : str
        Why it could not be graded: for the lecturer alone, since it may tell of the key.
    """

    student: str
    status: str
    marks: tuple[Mark, ...]
    points: float
    hours_late: float = 0.0
    notes: tuple[str, ...] = ()
    deductions: tuple[tuple[str, float], ...] = ()
    excused: bool = False
    reason: str = ""

    @property
    def to_mark(self) -> tuple[str, ...]:
        """The exercises that nobody has marked yet."""
        return () if self.excused else tuple(mark.id for mark in self.marks if mark.to_mark)

    @property
    def counts(self) -> bool:
        """Whether the points are a mark: nothing handed in is none, and neither is a failure.

        Points that the lecturer gave are one.
        """
        failed = self.status in (NOT_HANDED_IN, NOT_GRADED)
        return not failed or any(mark.by_hand for mark in self.marks)

    def as_dict(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Make a record of plain data."""
        marks = tuple(Mark(**mark) for mark in data["marks"])
        deductions = tuple((reason, points) for reason, points in data["deductions"])
        plain = {"marks": marks, "notes": tuple(data["notes"]), "deductions": deductions}
        return cls(**{**data, **plain})


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
        if isinstance(exercise.kind, OwnTest) and exercise.kind.calls:
            given = exercise.kind.gathered(
                exercise.answer, ran.answers, whole=ran.end == "answered"
            )
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
                "" if is_open else shown(given),
            )
        )
    earned = sum(mark.points for mark in marks)
    left = homework.after(earned, hours_late)
    lost = round(earned - left, 4)
    return Record(
        student=student,
        status=_status(ran),
        marks=tuple(marks),
        points=round(left, 4),
        hours_late=hours_late,
        deductions=((late_by(hours_late), lost),) if lost > 0 else (),
        notes=_notes(ran, student),
    )


def late_by(hours: float) -> str:
    """Say how late work came."""
    return f"{hours:.1f} hours late"


_LONGEST_SHOWN = 300  # characters


def shown(given: Plain) -> str:
    """Write an answer as text, for the one who gave it.

    Parameters
    ----------
    given : dict
        Plain data.

    Returns
    -------
    str
        One line or a few; empty for a blank.

    Examples
    --------
    >>> shown({"kind": "number", "value": 0.18}), shown({"kind": "list", "values": [1.0, "b"]})
    ('0.18', '[1, b]')
    """
    text = _as_text(given)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"


def _as_text(given: Plain) -> str:
    kind = given["kind"]
    if kind == "blank":
        return ""
    if kind in ("number", "text"):
        return _value_text(given["value"])
    if kind == "list":
        return f"[{', '.join(map(_value_text, given['values'][:_LONGEST_SHOWN]))}]"
    if kind == "outputs":
        returned = [_as_text(value) or "nothing" for value in given["values"]]
        return f"a function that returned {', '.join(returned)}"
    if kind == "table":
        rows = zip(given["index"], given["rows"], strict=True)
        lines = [f"{label}: {', '.join(map(_value_text, row))}" for label, row in rows]
        return "\n".join([", ".join(given["columns"]), *lines[:_LONGEST_SHOWN]])
    if kind == "model":
        return f"a model, {given['formula']}"
    return described(given)


def _value_text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


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
    answers = [a for name, a in ran.answers.items() if name != "student" and "_call_" not in name]
    if all(answer["kind"] == "blank" for answer in answers):
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
