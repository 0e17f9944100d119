"""A whole run of the grader: read, grade, write."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.grade.batch import Batch, grade_all
from mlmteach.grade.exports import write_exports
from mlmteach.grade.homework import Homework, read_key
from mlmteach.grade.ledger import Ledger
from mlmteach.grade.likeness import alike
from mlmteach.grade.limits import Limits
from mlmteach.grade.pages import write_feedback
from mlmteach.grade.record import Record
from mlmteach.grade.roster import find_files, read_roster, students_of
from mlmteach.grade.sandbox import Sandbox
from mlmteach.grade.submission import NotANotebook, read_submission

__all__ = ["Run", "run"]


@dataclass(frozen=True)
class Run:
    """What to grade, and how.

    Parameters
    ----------
    key, submissions, output : pathlib.Path
        The key file, the folder of notebooks, and the folder for results.
    roster : pathlib.Path, optional
    limits : Limits
    workers : int
        Local processes.
    dask : str
        The address of a Dask scheduler to use instead of local processes.
    isolated : bool
        False grades without bubblewrap.
    progress : bool
        Whether to show a bar with the time left.
    """

    key: Path
    submissions: Path
    output: Path
    roster: Path | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 2
    dask: str = ""
    isolated: bool = True
    progress: bool = False


def run(options: Run) -> dict[str, Record]:
    """Grade a folder of notebooks and write all results.

    Parameters
    ----------
    options : Run

    Returns
    -------
    dict of str to Record
        By the id of the student.

    Raises
    ------
    MlmteachError
        If something that the lecturer gave cannot be used, the sandbox does not work, or the disk
        is full.  No submission can cause it.
    """
    homework = read_key(options.key)
    students = read_roster(options.roster) if options.roster else students_of(options.submissions)
    files, others = find_files(options.submissions, students)
    if students:
        homework.verify(students[0].id)  # a fault in the key shows before anything runs
    if options.isolated:
        _require_hidden(options)
        _try_sandbox(options.limits)
    options.output.mkdir(parents=True, exist_ok=True)
    batch = Batch(
        options.key.read_text(encoding="utf-8"), students, files, options.limits, options.isolated
    )
    with Ledger(options.output / "ledger.jsonl") as ledger, _executor(options) as executor:
        records = _graded(batch, ledger, executor, show=options.progress)
    try:
        _write(options, homework, batch, records, others)
    except OSError as error:
        raise MlmteachError(
            f"The results cannot be written to '{options.output}': {error.strerror}.",
            "Make room and run the same command again; nothing is graded twice.",
        ) from None
    return records


def _write(
    options: Run,
    homework: Homework,
    batch: Batch,
    records: dict[str, Record],
    others: tuple[Path, ...],
) -> None:
    from mlmteach.grade.report import write_report

    write_exports(options.output, homework, batch.students, records)
    write_feedback(options.output, homework, batch.students, records)
    code = {}
    for id, path in batch.files.items():
        try:
            code[id] = read_submission(path).cells
        except NotANotebook:
            continue
    write_report(
        options.output,
        homework,
        records,
        pairs=alike(code),
        others=others,
        isolated=options.isolated,
    )


def _graded(batch: Batch, ledger: Ledger, executor: Executor, *, show: bool) -> dict[str, Record]:
    from tqdm import tqdm

    with tqdm(total=len(batch.students), unit="notebook", disable=not show, file=sys.stderr) as bar:

        def progress(done: int, _: int) -> None:
            bar.update(done - bar.n)

        return grade_all(batch, ledger, executor, progress)


def _end_with_parent() -> None:
    """Let a worker end, and its sandbox with it, when the grader is killed."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


@contextmanager
def _executor(options: Run) -> Iterator[Executor]:
    if not options.dask:
        # A fresh interpreter each: nothing of this process, open files included, is inherited.
        pool = ProcessPoolExecutor(
            options.workers, mp_context=get_context("spawn"), initializer=_end_with_parent
        )
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
        return
    try:
        make_client = import_module("distributed").Client
    except ImportError:
        raise OptionError(
            "Dask is not installed.", "Install mlmteach with its extra 'cluster'."
        ) from None
    try:
        client = make_client(options.dask, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise OptionError(
            f"There is no Dask scheduler at '{options.dask}': {error}.",
            "Start one with `dask scheduler`, and give the address that it prints.",
        ) from None
    with client:
        yield client.get_executor(pure=False)


def _require_hidden(options: Run) -> None:
    """Refuse a key, roster or folder that stands where submissions can read."""
    from mlmteach.grade.room import visible_paths

    for path in (options.key, options.submissions, options.output, options.roster):
        if path is None:
            continue
        for place in visible_paths():
            if path.resolve().is_relative_to(place):
                raise OptionError(
                    f"Submissions can read '{place}', and '{path}' lies in it.",
                    "Move it to another folder.",
                )


def _try_sandbox(limits: Limits) -> None:
    from mlmteach.grade.room import require_bubblewrap

    require_bubblewrap()
    sandbox = Sandbox()
    try:
        ran = sandbox.run(["answer = 6 * 7"], ["answer"], limits=limits)
    finally:
        sandbox.close()
    if ran.answers.get("answer") != {"kind": "number", "value": 42.0}:
        raise MlmteachError(
            f"The sandbox does not work here: a trial ended as '{ran.end}'.",
            "Raise --memory, or give --unsafe if you trust every submission.",
        )
