"""Who is in the course, and which file is whose."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlmteach.errors import OptionError
from mlmteach.grade.files import read_table
from mlmteach.grade.moodle import full_name, participant

__all__ = [
    "Aside",
    "FoundFiles",
    "Student",
    "find_files",
    "groups_of",
    "newest_last",
    "read_roster",
    "shown",
    "students_of",
]

_PARTS = re.compile(r"(?:[^\w.@-]|_)+")
_NOTEBOOK = ".ipynb"


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
        When the work came in, as ISO time.
    moodle_id : str
        Moodle's number of the participant in the assignment, as in its grading worksheet; names
        are compared where it is empty.
    group : str
        The group whose notebook counts for all of its members.
    """

    id: str
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    login: str = ""
    section: str = ""
    submitted: str = ""
    moodle_id: str = ""
    group: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """What files of the student may be named by, in one spelling, each once."""
        said = (self.id, self.email, self.login, self.canvas_id)
        return tuple(dict.fromkeys(_plain(key) for key in said if key))

    @property
    def participant(self) -> str:
        """The digits of Moodle's number, as they stand in the names of its folders."""
        return re.sub(r"\D", "", self.moodle_id)


def _plain(name: str) -> str:
    """One spelling for upper and lower case, and for é in one character or in two."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


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
        If it cannot be read, has no ``id``, or names two students by the same.
    """
    rows = [row for row in read_table(path, "roster") if any(row.values())]
    if not rows or "id" not in rows[0]:
        raise OptionError(
            f"The roster '{path}' has no column 'id' with a row below it.",
            "Its first line names the columns: id,name,email,canvas_id,login,section,submitted,"
            "moodle_id,group. Only id is needed.",
        )
    fields = Student.__dataclass_fields__
    students = tuple(
        Student(**{name: (row.get(name) or "").strip() for name in fields}) for row in rows
    )
    if not all(student.id for student in students):
        raise OptionError("A row has no id.", "Give each student an id of their own.")
    _require_apart(path, (*students, *groups_of(students)))
    return students


def groups_of(students: Iterable[Student]) -> tuple[Student, ...]:
    """The groups of a roster, each as one that files may be named by.

    Parameters
    ----------
    students : iterable of Student

    Returns
    -------
    tuple of Student
        Whose ``id`` is the ``group``.
    """
    names = dict.fromkeys(student.group for student in students if student.group)
    return tuple(Student(id=name, group=name) for name in names)


def _require_apart(path: Path, students: tuple[Student, ...]) -> None:
    """Refuse two that would claim the same files; a group may go by a name of its member."""
    owners: dict[str, Student] = {}
    for student in students:
        moodle = [f"participant {student.participant}"] if student.participant else []
        for key in (*student.keys, *moodle):
            other = owners.setdefault(key, student)
            if other is student:
                continue
            if other.id == student.id == student.group:
                raise OptionError(
                    f"In the roster, '{student.id}' is a student and a group.",
                    "Give the group another name.",
                )
            if other.id == student.id:
                raise OptionError(
                    f"The roster '{path}' has the id '{student.id}' twice.",
                    "Give each student an id of their own.",
                )
            if student.id == student.group == other.group:
                continue
            raise OptionError(
                f"In the roster '{path}', '{other.id}' and '{student.id}' both go by '{key}': "
                "in names of files, case and the spelling of an accent do not count.",
                "Give each student an id, login, email, canvas_id and moodle_id of their own.",
            )


# --- the files of a folder: notebooks, and what is none ----------------------------------------


@dataclass(frozen=True)
class Aside:
    """A file that is not graded.

    Parameters
    ----------
    path : pathlib.Path
        Within the folder of the submissions.
    why : str
        To go on with after its name: "is a leftover of macOS".
    """

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{shown(self.path)} {self.why}"


@dataclass(frozen=True)
class FoundFiles:
    """Whose the files of a folder are.

    Parameters
    ----------
    files : dict of str to pathlib.Path
        The notebook that counts, by the id of the student.
    asides : tuple of Aside
        All that is not graded.
    notes : dict of str to str
        By the id of the student, what to tell of second files.
    """

    files: dict[str, Path]
    asides: tuple[Aside, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def shown(path: Path) -> str:
    """Write the name of a file, whatever bytes it has.

    Examples
    --------
    >>> shown(Path("ada/homework.ipynb"))
    'ada/homework.ipynb'
    """
    return os.fsencode(path).decode(errors="replace")


def _label(path: Path, folder: Path) -> str:
    """What says whose a notebook is: its name, or that of the folder that it stands in."""
    name = shown(Path((path if path.parent == folder else path.parent).name))
    return name[: -len(_NOTEBOOK)] if name.lower().endswith(_NOTEBOOK) else name


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _notebooks(folder: Path) -> tuple[list[Path], list[Aside]]:
    """Find the notebooks of a folder and of those directly in it."""
    if not folder.is_dir():
        raise OptionError(f"There is no folder '{folder}'.", "Give the folder of the submissions.")
    notebooks: list[Path] = []
    asides: list[Aside] = []
    for path in _listed(folder):
        inside = _listed(path) if stat.S_ISDIR(_mode(path)) and not _odd(path) else []
        for below in inside:
            if stat.S_ISDIR(_mode(below)) and not _odd(below):
                deep = _deeper(below)
                asides += [Aside(found, "lies too deep: move it up a folder") for found in deep]
            else:
                _sort(below, notebooks, asides)
        if inside and any(_is_named_so(below) for below in inside):
            continue  # a folder by the name of a notebook, with a notebook in it
        if not stat.S_ISDIR(_mode(path)) or _is_named_so(path) or _odd(path):
            _sort(path, notebooks, asides)
    return notebooks, asides


def _is_named_so(path: Path) -> bool:
    return path.name.lower().endswith(_NOTEBOOK) and not _odd(path)


def _odd(path: Path) -> str:
    if path.name.startswith("._") or path.name in (".DS_Store", "__MACOSX"):
        return "is a leftover of macOS"
    if path.name == ".ipynb_checkpoints":
        return "holds what Jupyter saves by itself"
    return "is hidden" if path.name.startswith(".") else ""


def _sort(path: Path, notebooks: list[Path], asides: list[Aside]) -> None:
    if why := _odd(path):
        asides.append(Aside(path, why))
    elif _is_named_so(path):
        notebooks.append(path)
    elif stat.S_ISLNK(_mode(path)):
        asides.append(Aside(path, "is a link, which is not followed"))
    else:
        asides.append(Aside(path, f"is no notebook: its name does not end in {_NOTEBOOK}"))


def _deeper(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in sorted(names) if _is_named_so(Path(name)))


def students_of(folder: Path) -> tuple[Student, ...]:
    """Take the students from the names of the files, where there is no roster.

    Names that differ in case alone, or in how an accent is written, are of one student.

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
    names: dict[str, str] = {}
    for path in _notebooks(folder)[0]:
        label = _label(path, folder)
        names.setdefault(_plain(label), label)
    if not names:
        raise OptionError(f"There is no notebook in '{folder}'.", "Name the files ID.ipynb.")
    return tuple(Student(id=name) for name in names.values())


def find_files(folder: Path, students: tuple[Student, ...]) -> FoundFiles:
    """Find each student's notebook.

    A file belongs to the student whose id is its name, its folder's name, or one of the parts of
    that name between underscores, as in the downloads of Canvas and Moodle.  Of several files of
    one student the one that was changed last counts, and the others are named.

    Parameters
    ----------
    folder : pathlib.Path
    students : tuple of Student

    Returns
    -------
    FoundFiles
    """
    owner_of = {key: student.id for student in students for key in student.keys}
    team_of = {student.id: student.group for student in students}
    in_moodle, submitters = _in_moodle(students), _submitters(folder)
    notebooks, asides = _notebooks(folder)
    claimed: dict[str, list[Path]] = defaultdict(list)
    for path in notebooks:
        label = _plain(_label(path, folder))
        parts = [*_PARTS.split(label), *submitters.get(label, ())]
        if who := participant(label):
            parts.remove(who.number)  # it may be the Canvas ID of somebody else
        owners = {owner_of[part] for part in parts if part in owner_of}
        if label in owner_of:
            owners = {owner_of[label]}
        elif who and (named := in_moodle.get(who.number) or in_moodle.get(full_name(who.name))):
            owners = named
        teams = {team_of[owner] or owner for owner in owners}
        if len(teams) == 1:
            claimed[min(owners)].append(path)
        else:
            why = f"may be of {_and(sorted(owners))}" if owners else "is of nobody in the roster"
            asides.append(Aside(path, why))
    files, notes = {}, {}
    for id, paths in claimed.items():
        *others, counts = sorted(paths, key=newest_last)
        files[id] = counts
        kept = shown(counts.relative_to(folder))
        asides += [Aside(path, f"is an older file of {id}, whose {kept} counts") for path in others]
        if others:
            names = _and([f"'{shown(path.relative_to(folder))}'" for path in others])
            notes[id] = (
                f"{len(paths)} files were handed in. '{kept}', which was changed last, was graded, "
                f"and {names} not."
            )
    within = (Aside(aside.path.relative_to(folder), aside.why) for aside in asides)
    return FoundFiles(files, tuple(within), notes)


def _in_moodle(students: tuple[Student, ...]) -> dict[str, set[str]]:
    """Whose a number of a participant is, and who has a name."""
    found: dict[str, set[str]] = defaultdict(set)
    for student in students:
        for said in (_plain(full_name(student.name)), student.participant):
            if said:
                found[said].add(student.id)
    return found


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
            label = _plain(start[1])
        elif value := re.fullmatch(r"\s+:(?:sid|email): (['\"]?)(.+)\1", line):
            found.setdefault(label, []).append(_plain(value[2]))
    return found


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def newest_last(path: Path) -> tuple[bool, float, str]:
    """Sort what can be read behind what cannot, and the newest last.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    tuple
        To sort by.
    """
    try:
        told = path.lstat()
    except OSError:
        return False, 0.0, path.stem
    return stat.S_ISREG(told.st_mode), told.st_mtime, path.stem
