"""Grading all submissions of a folder: what is new goes to workers, what is done stays done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.exercises.functions import Function
from mlmteach.exercises.own_test import OwnTest
from mlmteach.grade.homework import Homework, parse_key
from mlmteach.grade.judging import judge_apart
from mlmteach.grade.ledger import Ledger, entry_key
from mlmteach.grade.limits import Limits, NotGraded
from mlmteach.grade.record import NOT_GRADED, NOT_HANDED_IN, Record, without_answers
from mlmteach.grade.roster import Student
from mlmteach.grade.sandbox import run_submission
from mlmteach.grade.submission import NotANotebook, Submission, read_submission

__all__ = ["Batch", "grade_all", "grade_one"]

# A result of another version of this module is not taken over.
_FORMAT = 5


@dataclass(frozen=True)
class Batch:
    """What is to be graded, and how.

    Parameters
    ----------
    key : str
        The text of the key.
    students : tuple of Student
    files : dict of str to pathlib.Path
        Notebooks by the id of the student.
    limits : Limits
    isolated : bool
        Whether each submission runs in a room of bubblewrap's.
    late_by : {"roster", "files", "nobody"}
        What says when work came in: the roster's ``submitted``, else nothing; or else the time of
        the file; or nobody is late.
    notes : dict of str to str
        By the id of the student, what to tell beside the marks.
    """

    key: str
    students: tuple[Student, ...]
    files: dict[str, Path]
    limits: Limits
    isolated: bool = True
    late_by: str = "roster"
    notes: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _version() -> str:
    return version("mlmteach")


@lru_cache(maxsize=4)
def _homework(key: str) -> Homework:
    return parse_key(key)


def grade_one(
    key: str,
    student: str,
    cells: tuple[str, ...],
    hours_late: float,
    limits: Limits,
    isolated: bool,
) -> dict[str, Any]:
    """Grade one submission in a worker.

    Parameters
    ----------
    key : str
        The text of the key, which stays in this process.
    student : str
    cells : tuple of str
        The submission.
    hours_late : float
    limits : Limits
    isolated : bool

    Returns
    -------
    dict
        The record as plain data; one that says why, if the submission could not be graded.

    Raises
    ------
    MlmteachError
        If the sandbox does not work at all.
    """
    homework = _homework(key)
    try:
        return _graded(homework, student, cells, hours_late, limits, isolated).as_dict()
    except NotGraded as error:
        why = str(error)
    except MlmteachError:
        raise
    except Exception as error:  # what nobody thought of costs one student's marks, not a class
        why = f"{type(error).__name__}: {error}"[:300].encode(errors="replace").decode()
    note = "It could not be graded yet."
    return without_answers(homework, student, NOT_GRADED, note, reason=why).as_dict()


def _graded(
    homework: Homework,
    student: str,
    cells: tuple[str, ...],
    hours_late: float,
    limits: Limits,
    isolated: bool,
) -> Record:
    try:
        work = homework.work(student)  # before the fork, so that it is there for the next student
    except OptionError as error:
        raise NotGraded(f"{error.problem} {error.remedy}") from None
    functions = {
        exercise.answer: work[exercise.id].frames
        for exercise in homework.exercises
        if isinstance(exercise.kind, Function)
    }
    names = ["student", *(exercise.answer for exercise in homework.exercises)]
    calls = []
    for exercise in homework.exercises:
        if isinstance(exercise.kind, OwnTest) and exercise.kind.calls:
            calls.append(exercise.kind.cell(exercise.answer))
            names += exercise.kind.names(exercise.answer)
    ran = run_submission(cells, names, functions, limits, isolated, homework.files, calls)
    return judge_apart(homework, student, ran, hours_late, limits)


def grade_all(
    batch: Batch,
    ledger: Ledger,
    executor: Executor,
    progress: Callable[[int, int], None] | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> dict[str, Record]:
    """Grade what is not in the ledger yet, and return the records of all students.

    Parameters
    ----------
    batch : Batch
    ledger : Ledger
    executor : concurrent.futures.Executor
        Local workers, or those of a Dask cluster.
    progress : callable, optional
        Called as ``progress(done, total)`` after each submission.
    prepare : callable, optional
        Called once before the first submission is graded, if there is one.

    Returns
    -------
    dict of str to Record
        By the id of the student, in the order of the roster.

    Raises
    ------
    MlmteachError
        If the disk is full or the workers cannot go on; what was finished is kept.
    """
    homework = _homework(batch.key)
    _require_times(batch, homework)
    records: dict[str, Record] = {}
    todo: dict[str, tuple[str, Submission, float]] = {}
    for student in batch.students:
        if student.id not in batch.files:
            note = "No notebook was found."
            records[student.id] = without_answers(homework, student.id, NOT_HANDED_IN, note)
            continue
        try:
            submission = read_submission(batch.files[student.id])
        except NotANotebook as why:
            note = f"The file cannot be graded: {why}."
            records[student.id] = without_answers(homework, student.id, "not a notebook", note)
            continue
        late = _hours_late(batch, homework, student, submission)
        key = _entry(batch, homework, student, submission, late)
        if key in ledger.entries:
            records[student.id] = Record.from_dict(ledger.entries[key])
        else:
            todo[student.id] = (key, submission, late)
    if todo:
        prepare()
    total = len(batch.students)
    if progress:
        progress(total - len(todo), total)
    for id, record in _finished(batch, todo, executor):
        if record["status"] != NOT_GRADED:
            ledger.append(todo[id][0], record)
        records[id] = Record.from_dict(record)
        if progress:
            progress(len(records), total)
    return {student.id: _noted(batch, records[student.id]) for student in batch.students}


def _noted(batch: Batch, record: Record) -> Record:
    note = batch.notes.get(record.student)
    return replace(record, notes=(*record.notes, note)) if note else record


def _finished(
    batch: Batch, todo: dict[str, tuple[str, Submission, float]], executor: Executor
) -> Iterator[tuple[str, dict[str, Any]]]:
    futures: dict[Future[dict[str, Any]], str] = {}
    try:
        for id, (_, submission, late) in todo.items():
            future = executor.submit(
                grade_one, batch.key, id, submission.cells, late, batch.limits, batch.isolated
            )
            futures[future] = id
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenExecutor:
        raise MlmteachError(
            "A worker ended, perhaps because the machine has no memory left.",
            "Run the same command again, with fewer --workers; what was finished is kept.",
        ) from None
    finally:
        for future in futures:
            future.cancel()


def _entry(
    batch: Batch, homework: Homework, student: Student, submission: Submission, late: float
) -> str:
    return entry_key(
        _FORMAT,
        _version(),
        homework.digest,
        student.id,
        submission.digest,
        round(late, 3),
        batch.limits,
        batch.isolated,
    )


def _require_times(batch: Batch, homework: Homework) -> None:
    """Refuse to guess who is late."""
    if batch.late_by != "roster" or homework.deadline is None:
        return
    if datetime.now(UTC) <= homework.deadline:  # nobody can be late yet
        return
    untold = [s.id for s in batch.students if s.id in batch.files and not s.submitted]
    if untold:
        names = ", ".join(f"'{id}'" for id in untold[:5])
        more = f" and {len(untold) - 5} others" if len(untold) > 5 else ""
        raise OptionError(
            f"The key has a deadline, and nothing says when the work of {names}{more} came in.",
            "Give a roster with the column `submitted`, such as 2026-05-31T23:59+02:00; or give "
            "--late-by files to take the times of the files, which copying changes, or --late-by "
            "nobody.",
        )


def _hours_late(
    batch: Batch, homework: Homework, student: Student, submission: Submission
) -> float:
    if homework.deadline is None or batch.late_by == "nobody":
        return 0.0
    if student.submitted:
        try:
            moment = datetime.fromisoformat(student.submitted)
        except ValueError:
            raise OptionError(
                f"In the roster, '{student.submitted}' of '{student.id}' is no time.",
                "Write it as 2026-05-31T23:59+02:00.",
            ) from None
        if not moment.tzinfo:
            moment = moment.astimezone()
    elif batch.late_by == "files":
        moment = datetime.fromtimestamp(submission.modified, UTC)
    else:
        return 0.0
    return max(0.0, (moment - homework.deadline).total_seconds() / 3600)
