"""Marks for a spreadsheet, for Canvas, for Moodle and for Gradescope."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mlmteach.grade.files import write_whole
from mlmteach.grade.homework import Homework
from mlmteach.grade.record import NOT_HANDED_IN, Record
from mlmteach.grade.roster import Student

__all__ = ["file_name", "gradescope", "write_exports"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_exports(
    folder: Path,
    homework: Homework,
    students: Sequence[Student],
    records: dict[str, Record],
    *,
    missing_as_zero: bool = False,
) -> None:
    """Write ``grades.csv``, ``canvas.csv``, ``moodle.csv`` and ``gradescope/ID.json``.

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
        zero = missing_as_zero and record.status == NOT_HANDED_IN
        return record.points if record.counts or zero else ""

    _write(folder / "grades.csv", _grades(homework, students, records, points))
    _write(folder / "canvas.csv", _canvas(homework, students, records, points))
    _write(folder / "moodle.csv", _moodle(homework, students, records, points))
    place = folder / "gradescope"
    place.mkdir(exist_ok=True)
    for student in students:
        text = json.dumps(gradescope(records[student.id]), indent=2, ensure_ascii=False)
        write_whole(place / f"{file_name(student.id)}.json", text + "\n")


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


def _write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    write_whole(path, text.getvalue())


def _cell(value: object) -> object:
    """Keep a spreadsheet from taking a name as a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _grades(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    ids = [exercise.id for exercise in homework.exercises]
    yield [
        "id",
        "name",
        "status",
        *ids,
        "points",
        "of",
        "hours late",
        "taken off",
        "to read by hand",
    ]
    for student in students:
        record = records[student.id]
        yield [
            student.id,
            student.name,
            record.status,
            *(mark.points if points(record) != "" else "" for mark in record.marks),
            points(record),
            homework.points,
            round(record.hours_late, 2),
            record.taken_off,
            " ".join(mark.id for mark in record.marks if mark.to_read),
        ]


def _canvas(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    # The columns of Canvas' own export, and the row with the points that are possible.
    yield ["Student", "ID", "SIS Login ID", "Section", homework.title]
    yield ["    Points Possible", "", "", "", homework.points]
    for student in students:
        name, login = student.name or student.id, student.login or student.id
        yield [name, student.canvas_id, login, student.section, points(records[student.id])]


def _moodle(
    homework: Homework, students: Sequence[Student], records: dict[str, Record], points: Points
) -> Iterable[Sequence[object]]:
    # Moodle asks for the mapping of columns; users are found by ID number or email address.
    yield ["ID number", "Email address", homework.title, f"{homework.title} (Feedback)"]
    for student in students:
        record = records[student.id]
        lines = [
            f"{mark.id}: {mark.points:g} of {mark.of:g}, {mark.status}" for mark in record.marks
        ]
        yield [student.id, student.email, points(record), "; ".join([record.status, *lines])]


def gradescope(record: Record) -> dict[str, Any]:
    """Write a record as Gradescope's ``results.json``.

    Parameters
    ----------
    record : Record

    Returns
    -------
    dict
    """
    return {
        "score": record.points,
        "output": "\n".join([f"Status: {record.status}", *record.notes]),
        "visibility": "visible",
        "tests": [
            {
                "name": f"{mark.id} {mark.title}",
                "number": mark.id,
                "score": mark.points,
                "max_score": mark.of,
                "output": f"{mark.status.capitalize()}. {mark.message}".strip(),
                "output_format": "md",
            }
            for mark in record.marks
        ],
    }
