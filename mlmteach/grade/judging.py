"""Judging a submission in a process of its own, which may hang, crash or eat memory.

Answers are plain data, but parsers read them: a formula, an equation, a table.  So a child of the
worker judges, with bounds on time, memory and files, and writes the record as JSON.  Whatever
becomes of the child, the worker goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import tempfile
import warnings
from typing import NoReturn

from mlmteach.grade.homework import Homework
from mlmteach.grade.limits import Limits, NotGraded, address_space, volunteer
from mlmteach.grade.record import Record, judge
from mlmteach.grade.sandbox import Ran

__all__ = ["judge_apart"]

_FINISHED, _FAILED = 0, 101
_LARGEST_RECORD = 8 * 2**20  # bytes
_LONGEST_REASON = 300


def judge_apart(
    homework: Homework, student: str, ran: Ran, hours_late: float, limits: Limits
) -> Record:
    """Judge in a child, as :func:`~mlmteach.grade.record.judge` does.

    Parameters
    ----------
    homework : Homework
        Its solutions have been run for the student, so that the child need not.
    student : str
    ran : Ran
    hours_late : float
    limits : Limits

    Returns
    -------
    Record

    Raises
    ------
    NotGraded
        If the child does not give a record.
    """
    with tempfile.TemporaryFile() as written:
        with warnings.catch_warnings():
            # The child only computes: no lock that another thread may hold is waited for.
            warnings.simplefilter("ignore", category=DeprecationWarning)
            child = os.fork()
        if child == 0:
            _child(homework, student, ran, hours_late, limits, written.fileno())
        code = _end_of(child, limits.judging)
        written.seek(0)
        text = written.read(_LARGEST_RECORD + 1)
    if code == _FAILED:
        raise NotGraded(text.decode(errors="replace")[:_LONGEST_REASON] or "no reason was given")
    if code is None or code == -signal.SIGXCPU:
        raise NotGraded(f"judging its answers took more than {limits.judging:g} seconds")
    if code != _FINISHED or len(text) > _LARGEST_RECORD:
        raise NotGraded(f"the process that judged its answers ended with code {code}")
    return _believed(homework, student, text)


def _end_of(child: int, seconds: float) -> int | None:
    """Wait for a child; None if it had to be killed."""
    late = False
    pidfd = os.pidfd_open(child)
    try:
        late = not select.select([pidfd], [], [], seconds)[0]
    finally:
        os.close(pidfd)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return None if late else os.waitstatus_to_exitcode(status)


def _believed(homework: Homework, student: str, text: bytes) -> Record:
    """Read what the child wrote, if it is a record of this student and these exercises."""
    try:
        record = Record.from_dict(json.loads(text))
        marks = [(mark.id, mark.of) for mark in record.marks]
        sound = all(0 <= mark.points <= mark.of for mark in record.marks)
        sound &= 0 <= record.points <= homework.points and record.student == student
    except (ValueError, TypeError, KeyError):
        raise NotGraded("what judging wrote is no record") from None
    if not sound or marks != [(e.id, e.points) for e in homework.exercises]:
        raise NotGraded("what judging wrote is no record of this homework")
    return record


def _child(
    homework: Homework, student: str, ran: Ran, hours_late: float, limits: Limits, written: int
) -> NoReturn:
    """Judge, write the record, and end: it never returns."""
    code = _FAILED
    try:
        os.setsid()
        volunteer()
        _bound(limits)
        record = judge(homework, student, ran, hours_late)
        text = json.dumps(record.as_dict(), allow_nan=False).encode()
        code = _FINISHED
    except BaseException as error:
        text = f"{type(error).__name__}: {_message(error)}".encode(errors="replace")
    try:
        with os.fdopen(written, "wb", closefd=False) as file:
            file.write(text)
    except BaseException:
        code = _FAILED
    finally:
        os._exit(code)


def _bound(limits: Limits) -> None:
    seconds = int(limits.judging) + 1
    for which, bound in (
        (resource.RLIMIT_AS, address_space() + limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, _LARGEST_RECORD),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),  # as root it does not hold; nothing here starts a process
    ):
        _, hard = resource.getrlimit(which)
        least = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (least, least))


def _message(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST_REASON]
    except Exception:
        return ""
