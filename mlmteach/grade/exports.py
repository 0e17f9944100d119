"""Marks for a spreadsheet, for Canvas, for Moodle and for Gradescope."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mlmteach.grade.files import write_table
from mlmteach.grade.gradescope import write_autograder
from mlmteach.grade.homework import Homework
from mlmteach.grade.record import NOT_HANDED_IN, Mark, Record
from mlmteach.grade.roster import Student

__all__ = ["EXCUSED", "TO_BE_MARKED", "file_name", "write_exports"]

TO_BE_MARKED = "to be marked"
"""What stands in place of points that nobody has given yet."""
EXCUSED = "excused"
"""What stands in place of points that do not count."""


def write_exports(
    folder: Path,
    homework: Homework,
    students: Sequence[Student],
    records: dict[str, Record],
    *,
    missing_as_zero: bool = False,
) -> None:
    """Write ``grades.csv``, ``canvas.csv``, ``moodle.csv`` and ``gradescope.zip``.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    homework : Homework
    students : sequence of Student
    records : dict of str to Record
    missing_as_zero : bool
        Whether nothing handed in is written as 0 points; by default no points are written, and a
        system that reads the file keeps what it has.
    """

    def points(record: Record) -> float | str:
        """Return the points, or what stands in their place while they are not final."""
        if record.excused:
            return EXCUSED
        if record.to_mark:
            return TO_BE_MARKED
        zero = missing_as_zero and record.status == NOT_HANDED_IN
        return record.points if record.counts or zero else ""

    write_table(folder / "grades.csv", _grades(homework, students, records, points))
    write_table(folder / "canvas.csv", _canvas(homework, students, records, points))
    write_table(folder / "moodle.csv", _moodle(homework, students, records, points))
    write_autograder(folder / "gradescope.zip", students, records)


def file_name(id: str) -> str:
    """Make a file name of an id, so that no id leads out of the folder.

    Parameters
    ----------
    id : str

    Returns
    -------
    str

    Examples
    --------
    >>> file_name("ada.lovelace"), file_name("../../etc/passwd")
    ('ada.lovelace', 'etc-passwd-3754d6cb')
    """
    plain = re.sub(r"[^A-Za-z0-9._@-]+", "-", id).strip(".-")[:80]
    if plain == id:
        return id
    return f"{plain or 'student'}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


Points = Callable[[Record], float | str]


def _grades(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    ids = [exercise.id for exercise in homework.exercises]
    head = ["id", "name", "status", *ids, "points", "of", "hours late", "taken off", TO_BE_MARKED]
    yield head
    for student in students:
        record = records[student.id]
        yield [
            student.id,
            student.name,
            record.status,
            *(_one(mark, points(record)) for mark in record.marks),
            points(record),
            homework.points,
            round(record.hours_late, 2),
            sum((taken for _, taken in record.deductions), 0.0),
            " ".join(record.to_mark),
        ]


def _canvas(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    # The columns of Canvas' own export, and the row with the points that are possible.  A text that
    # is neither a number nor EX sets no grade.
    yield ["Student", "ID", "SIS Login ID", "Section", homework.canvas or homework.title]
    yield ["    Points Possible", "", "", "", homework.points]
    for student in students:
        name, login = student.name or student.id, student.login or student.id
        total = points(records[student.id])
        total = "EX" if total == EXCUSED else total
        yield [name, student.canvas_id, login, student.section, total]


def _moodle(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    # Moodle asks for the mapping of columns; users are found by ID number or email address.
    # A grade that is no number stops the import, an empty one does not.
    yield ["ID number", "Email address", homework.title, f"{homework.title} (Feedback)"]
    for student in students:
        record = records[student.id]
        total = points(record)
        lines = [EXCUSED if record.excused else record.status]
        lines += [f"{mark.id}: {_words(mark)}" for mark in record.marks]
        lines += [f"−{taken:g}: {reason}" for reason, taken in record.deductions]
        total = "" if isinstance(total, str) else total
        yield [student.id, student.email, total, "; ".join(lines)]


def _one(mark: Mark, total: float | str) -> float | str:
    if total in ("", EXCUSED):
        return ""
    return TO_BE_MARKED if mark.to_mark else mark.points


def _words(mark: Mark) -> str:
    if mark.to_mark:
        return TO_BE_MARKED
    said = f", {mark.comment}" if mark.comment else ""
    status = "" if mark.by_hand else f", {mark.status}"
    return f"{mark.points:g} of {mark.of:g}{status}{said}"
