"""Who is in the course, and which file is whose."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mlmteach.errors import OptionError
from mlmteach.grade.moodle import full_name, participant

__all__ = ["Student", "find_files", "read_roster", "students_of"]

_PARTS = re.compile(r"[^A-Za-z0-9.@-]+")


@dataclass(frozen=True)
class Student:
    """One row of the roster.

    Parameters
    ----------
    id : str
        What the student writes into the notebook, and what files are named by.
    name, email : str
    canvas_id, login, section : str
        Canvas' ``ID``, ``SIS Login ID`` and ``Section``.
    submitted : str
        When the work came in, as ISO time; the file's own time counts where it is empty.
    moodle_id : str
        Moodle's number of the participant in the assignment, as in its grading worksheet; names
        are compared where it is empty.
    """

    id: str
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    login: str = ""
    section: str = ""
    submitted: str = ""
    moodle_id: str = ""


def read_roster(path: Path) -> tuple[Student, ...]:
    """Read a roster: a CSV file with a column ``id`` and, if known, the others.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    tuple of Student

    Raises
    ------
    OptionError
        If it cannot be read, has no ``id``, or an id twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OptionError(
            f"The roster '{path}' cannot be read: {error}.", "Save it as CSV in UTF-8."
        ) from None
    if not rows or "id" not in rows[0]:
        raise OptionError(
            f"The roster '{path}' has no column 'id' with a row below it.",
            "Its first line names the columns: id,name,email,canvas_id,login,section,submitted,"
            "moodle_id.  Only id is needed.",
        )
    fields = Student.__dataclass_fields__
    students = tuple(
        Student(**{name: (row.get(name) or "").strip() for name in fields}) for row in rows
    )
    ids = [student.id for student in students]
    bad = next((id for id in ids if not id or ids.count(id) > 1), None)
    if bad is not None:
        raise OptionError(
            f"The roster '{path}' has the id '{bad}' twice." if bad else "A row has no id.",
            "Give each student an id of their own.",
        )
    return students


def _notebooks(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise OptionError(f"There is no folder '{folder}'.", "Give the folder of the submissions.")
    inside = sorted(folder.glob("*.ipynb"))
    for below in sorted(folder.iterdir()):
        if below.is_dir() and not below.is_symlink():
            inside += sorted(below.glob("*.ipynb"))
    return inside


def students_of(folder: Path) -> tuple[Student, ...]:
    """Take the students from the names of the files, where there is no roster.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    tuple of Student

    Raises
    ------
    OptionError
        If there is no such folder, or no notebook in it.
    """
    names = [
        path.stem if path.parent == folder else path.parent.name for path in _notebooks(folder)
    ]
    if not names:
        raise OptionError(f"There is no notebook in '{folder}'.", "Name the files ID.ipynb.")
    return tuple(Student(id=name) for name in dict.fromkeys(names))


def find_files(
    folder: Path, students: tuple[Student, ...]
) -> tuple[dict[str, Path], tuple[Path, ...]]:
    """Find each student's notebook.

    A file belongs to the student whose id is its name, its folder's name, or one of the parts of
    that name between underscores, as in the downloads of Canvas and Moodle.  Of several files of
    one student the one that was changed last counts.

    Parameters
    ----------
    folder : pathlib.Path
    students : tuple of Student

    Returns
    -------
    files : dict of str to pathlib.Path
        By the id of the student.
    others : tuple of pathlib.Path
        Notebooks that belong to nobody in the roster.
    """
    by_key: dict[str, str] = {}
    for student in students:
        for key in (student.canvas_id, student.login, student.email, student.id):
            if key:
                by_key[key.casefold()] = student.id
    numbered = {re.sub(r"\D", "", s.moodle_id): s.id for s in students if s.moodle_id}
    names = Counter(full_name(student.name) for student in students)
    named = {full_name(s.name): s.id for s in students if names[full_name(s.name)] == 1}
    submitters = _submitters(folder)
    found: dict[str, Path] = {}
    others = []
    for path in _notebooks(folder):
        label = path.stem if path.parent == folder else path.parent.name
        keys = [label, *_PARTS.split(label), *submitters.get(label, ())]
        if who := participant(label):
            keys.remove(who.number)  # it may be the Canvas ID of somebody else
            if owner := numbered.get(who.number) or named.get(full_name(who.name)):
                keys = [owner]
        owners = {by_key[key.casefold()] for key in keys if key.casefold() in by_key}
        exact = by_key.get(label.casefold())
        if not exact and len(owners) != 1:
            others.append(path)
            continue
        owner = exact or owners.pop()
        if owner not in found or _time(path) > _time(found[owner]):
            found[owner] = path
    return found, tuple(others)


def _submitters(folder: Path) -> dict[str, list[str]]:
    """Read whose the folders of a download of Gradescope's are."""
    try:
        text = (folder / "submission_metadata.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, list[str]] = {}
    label = ""
    for line in text.splitlines():
        if start := re.fullmatch(r"(\S+):", line):
            label = start[1]
        elif value := re.fullmatch(r"\s+:(?:sid|email): (['\"]?)(.+)\1", line):
            found.setdefault(label, []).append(value[2])
    return found


def _time(path: Path) -> float:
    return path.lstat().st_mtime
