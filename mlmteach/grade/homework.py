"""The key: a file of the lecturer's with questions, solutions and the rules for marks.

It is Python and is trusted.  It is read by the grader and never sent to a submission.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from mlmteach.errors import OptionError
from mlmteach.exercises.exercise import Exercise, Worked, workspace
from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.outcome import Status

__all__ = ["Homework", "parse_key", "parse_time", "read_key"]

_CONTENTS = "_CONTENTS_OF_FILES"
_LARGEST_FILES = 32 * 2**20  # bytes; each of them must fit into the room
_REQUIRED = ("TITLE", "ASSIGNMENT", "EXERCISES")


def _in_full(points: float, hours: float) -> float:  # noqa: ARG001
    """Count late work in full."""
    return points


@dataclass(frozen=True, eq=False)
class Homework:
    """What a key file says.

    Parameters
    ----------
    title, assignment, introduction : str
        What students read; the assignment's name also goes into :func:`mlmteach.my_data`.
    setup : str
        Source that every exercise starts from; it may use ``student``.
    exercises : tuple of Exercise
    late : callable
        ``late(points, hours)`` gives the points of work that came ``hours`` after the deadline.
    deadline : datetime, optional
    digest : str
        The hash of the file: grades with another key are computed anew.
    canvas : str
        The assignment as Canvas' export of the gradebook heads its column, such as
        ``"Homework 1 (4711)"``.
    files : dict of str to bytes
        Data files that lie beside the key, by name; students find them where they work.
    source : str
        The key as it is sent to workers: with the contents of the files.
    """

    title: str
    assignment: str
    introduction: str
    setup: str
    exercises: tuple[Exercise, ...]
    late: Callable[[float, float], float]
    deadline: datetime | None
    digest: str
    canvas: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    source: str = ""

    @property
    def points(self) -> float:
        """The points of all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    def after(self, points: float, hours_late: float) -> float:
        """What the rule for late work leaves of points: from 0 to what there were.

        Parameters
        ----------
        points, hours_late : float

        Returns
        -------
        float

        Raises
        ------
        OptionError
            If the rule of the key gives no number.
        """
        if hours_late <= 0:
            return points
        try:
            left = float(self.late(points, hours_late))
        except Exception as error:
            left, why = math.nan, f": {type(error).__name__}: {error}"
        else:
            why = ""
        if math.isnan(left):
            raise OptionError(
                f"The rule late({points:g}, {hours_late:g}) of the key gives no number{why}.",
                "Let it return the points that are left.",
            )
        return min(points, max(0.0, left))

    def work(self, student: str) -> dict[str, Worked]:
        """Run all solutions on the data of one student.

        Parameters
        ----------
        student : str
            The id, as the roster writes it.

        Returns
        -------
        dict of str to Worked
            By the id of the exercise.

        Raises
        ------
        OptionError
            If a solution or a mistake does not run.
        """
        return {exercise.id: self._worked(exercise, student) for exercise in self.exercises}

    def verify(self, student: str) -> None:
        """Hold the key against itself, on the data of one student.

        Parameters
        ----------
        student : str

        Raises
        ------
        OptionError
            If a solution or another right answer does not earn full marks, a mistake does, or the
            rule for late work gives no number.
        """
        self.after(self.points, 1.0)
        for exercise, worked in zip(self.exercises, self.work(student).values(), strict=True):
            if isinstance(exercise.kind, OpenText):
                continue
            outcome = exercise.judge(worked.expected, worked)
            if outcome.status is not Status.CORRECT:
                raise OptionError(
                    f"The solution of exercise {exercise.id} is judged as: {outcome.text}",
                    "Look at its kind and at what the solution gives.",
                )
            for value, message in worked.also:
                if exercise.judge(value, worked).status is not Status.CORRECT:
                    raise OptionError(
                        f"Exercise {exercise.id} has another answer that its kind does not take "
                        f"for right: {message}",
                        "Let its expression give an answer of the kind of the exercise.",
                    )
            for value, message in worked.mistakes:
                if exercise.judge(value, worked).status is Status.CORRECT:
                    raise OptionError(
                        f"Exercise {exercise.id} takes a mistake for right: {message}",
                        "Choose a smaller tolerance, or leave the mistake out.",
                    )

    def _worked(self, exercise: Exercise, student: str) -> Worked:
        sources = [self.setup, exercise.setup, exercise.solution]
        sources += [mistake.value for mistake in exercise.mistakes]
        sources += [other.value for other in exercise.also]
        personal = any("student" in source for source in sources)
        try:
            return _cached(self, exercise.id, student if personal else "")
        except OptionError:
            raise
        except Exception as error:
            raise OptionError(
                f"Exercise {exercise.id} of the key does not run: {type(error).__name__}: {error}",
                "Mend its setup, its solution or its mistakes.",
            ) from None


@lru_cache(maxsize=256)
def _cached(homework: Homework, id: str, student: str) -> Worked:
    exercise = next(exercise for exercise in homework.exercises if exercise.id == id)
    space = workspace({"student": student})
    with _beside(homework.files):
        exec(compile(homework.setup, "<setup of the key>", "exec"), space)
        return exercise.work(space)


_ONE_PLACE = Lock()


@contextmanager
def _beside(files: Mapping[str, bytes]) -> Iterator[None]:
    """Work in a folder that holds files, as a submission does."""
    if not files:
        yield
        return
    # A process is in one folder at a time, and a worker may have several threads.
    with _ONE_PLACE, tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in files.items():
            Path(name).write_bytes(content)
        yield


def read_key(path: Path) -> Homework:
    """Read a key file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    Homework

    Raises
    ------
    OptionError
        If it cannot be read, or lacks something.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise OptionError(
            f"The key '{path}' cannot be read: {why}.",
            "Give the file that `mlmteach new` made, and that you have filled in.",
        ) from None
    return parse_key(text, name=path.name, folder=path.parent)


def parse_key(text: str, *, name: str = "key", folder: Path | None = None) -> Homework:
    """Read a key from its text.

    Parameters
    ----------
    text : str
        Python source.
    name : str
        What to call it in errors.
    folder : pathlib.Path, optional
        Where its data files lie, unless the text holds them already.

    Returns
    -------
    Homework

    Raises
    ------
    OptionError
        If it does not run, or lacks something.
    """
    space: dict[str, Any] = {"__name__": "key"}
    try:
        exec(compile(text, name, "exec"), space)
    except OptionError:
        raise
    except Exception as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        where = f", line {line}" if line else ""
        raise OptionError(
            f"The key '{name}'{where} does not run: {type(error).__name__}: {error}",
            "Mend it; `python` on the file shows the place.",
        ) from None
    missing = [constant for constant in _REQUIRED if not space.get(constant)]
    if missing:
        raise OptionError(
            f"The key '{name}' does not set {' and '.join(missing)}.",
            "`mlmteach new` writes a key that shows how.",
        )
    exercises = tuple(space["EXERCISES"])
    _require_unique(name, "id", [exercise.id for exercise in exercises])
    _require_unique(name, "answer", [exercise.answer for exercise in exercises])
    files = space.get(_CONTENTS)
    if files is None and space.get("FILES"):
        files = _read_files(space["FILES"], name, folder or Path())
        text += f"\n{_CONTENTS} = {files!r}\n"
    return Homework(
        title=str(space["TITLE"]),
        assignment=str(space["ASSIGNMENT"]),
        introduction=str(space.get("INTRODUCTION", "")).strip(),
        setup=str(space.get("SETUP", "")).strip(),
        exercises=exercises,
        late=space.get("late", _in_full),
        deadline=_deadline(space.get("DEADLINE"), name),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        canvas=str(space.get("CANVAS", "")).strip(),
        files=files or {},
        source=text,
    )


def _read_files(names: Iterable[object], key: str, folder: Path) -> dict[str, bytes]:
    files = {}
    for name in map(str, [names] if isinstance(names, str) else names):
        if Path(name).name != name:
            raise OptionError(
                f"The key '{key}' has the file '{name}', which is in another folder.",
                "Put it beside the key, and give its name alone.",
            )
        try:
            files[name] = (folder / name).read_bytes()
        except OSError as error:
            raise OptionError(
                f"The file '{name}' of the key '{key}' cannot be read: {error.strerror}.",
                "Put it beside the key.",
            ) from None
    if sum(map(len, files.values())) > _LARGEST_FILES:
        raise OptionError(
            f"The files of the key '{key}' are larger than {_LARGEST_FILES // 2**20} MiB together.",
            "Give a part of the data.",
        )
    return files


def _require_unique(name: str, what: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice or "student" in values:
        raise OptionError(
            f"In the key '{name}', the {what} '{(twice or ['student'])[0]}' is taken twice.",
            "Answers are found by their names: give each exercise its own, and none 'student'.",
        )


def _deadline(value: object, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_time(str(value))
    except ValueError:
        raise OptionError(
            f"The DEADLINE '{value}' of the key '{name}' is no time.",
            'Write it as "2026-05-31T23:59+02:00".',
        ) from None


def parse_time(text: str) -> datetime:
    """Read a time; without a zone it is one of this machine.

    Parameters
    ----------
    text : str

    Returns
    -------
    datetime.datetime
        With a zone.

    Raises
    ------
    ValueError
        If it is no ISO time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
