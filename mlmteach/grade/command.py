"""A whole run of the grader: read, grade, write."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import version
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.fit.workers import end_with_parent
from mlmteach.grade.batch import Batch, grade_all
from mlmteach.grade.exports import write_exports
from mlmteach.grade.homework import Homework, read_key
from mlmteach.grade.ledger import Ledger, entry_key
from mlmteach.grade.limits import Limits
from mlmteach.grade.pages import write_feedback
from mlmteach.grade.record import Record
from mlmteach.grade.review import read_review, settle, write_review
from mlmteach.grade.roster import (
    Aside,
    FoundFiles,
    Student,
    find_files,
    groups_of,
    newest_last,
    read_roster,
    students_of,
)
from mlmteach.grade.sandbox import Ran, run_submission
from mlmteach.grade.submission import NotANotebook, read_submission

__all__ = ["Run", "run"]


# --- submissions that are alike: something to look at, and no verdict ---------------------

_FEWEST_LINES = 4
_ALIKE = 0.8


def alike(submissions: Mapping[str, Sequence[str]]) -> list[tuple[str, str, float]]:
    r"""List pairs of submissions that share most of the lines that are their own.

    Lines that more than half of all submissions have, such as those of the released notebook, do
    not count; nor do comments and spaces.

    Parameters
    ----------
    submissions : mapping of str to sequence of str
        The code cells of each student.

    Returns
    -------
    list of (str, str, float)
        Two ids and the share of common lines among the lines of either, most alike first.

    Examples
    --------
    >>> same = ["a = 1\nb = 2\nc = 3\nd = 4"]
    >>> alike({"ada": same, "ben": same, "cyd": ["x = 1"], "dan": [], "eve": []})
    [('ada', 'ben', 1.0)]
    """
    lines = {id: _lines(cells) for id, cells in submissions.items()}
    seen = Counter(line for own in lines.values() for line in own)
    common = {line for line, count in seen.items() if count > max(2, len(lines) / 2)}
    own = {
        id: found - common for id, found in lines.items() if len(found - common) >= _FEWEST_LINES
    }
    pairs = []
    for (first, a), (second, b) in combinations(own.items(), 2):
        share = len(a & b) / len(a | b)
        if share >= _ALIKE:
            pairs.append((first, second, round(share, 2)))
    return sorted(pairs, key=lambda pair: -pair[2])


def _lines(cells: Sequence[str]) -> set[str]:
    lines = ("".join(line.split("#")[0].split()) for cell in cells for line in cell.splitlines())
    return {line for line in lines if line}


# --- groups: one notebook for several students ---------------------------------------------


def in_groups(
    students: Sequence[Student], found: FoundFiles
) -> tuple[tuple[Student, ...], FoundFiles]:
    """Put groups in the place of their members.

    Parameters
    ----------
    students : sequence of Student
    found : FoundFiles
        Whose the files are, by members or by the names of groups.

    Returns
    -------
    students : tuple of Student
        Students without a group, and the groups under their names.
    found : FoundFiles
        With the notebook of each group that was changed last.
    """
    members: dict[str, list[Student]] = {}
    for student in students:
        members.setdefault(student.group or student.id, []).append(student)
    units, files, notes = [], dict(found.files), dict(found.notes)
    for id, some in members.items():
        if not some[0].group:
            units.append(some[0])
            continue
        own = [(files.pop(s.id), s) for s in some if s.id in files]
        if id in files:
            own.append((files.pop(id), some[0]))
        path, whose = max(own, key=lambda pair: newest_last(pair[0]), default=(None, some[0]))
        units.append(replace(whose, id=id))
        if path is not None:
            files[id] = path
        told = [notes.pop(s.id) for s in some if s.id in notes]
        if len(own) > 1:
            told.append(
                f"{len(own)} of the group handed in; the work that was changed last counts."
            )
        if told:
            notes[id] = " ".join(told)
    return tuple(units), replace(found, files=files, notes=notes)


# --- A whole run of the grader: read, grade, write ----------------------------------------


@dataclass(frozen=True)
class Run:
    """What to grade, and how.

    Parameters
    ----------
    key, submissions, output : pathlib.Path
        The key file, the folder of notebooks, and the folder for results.
    roster : pathlib.Path, optional
    review : pathlib.Path, optional
        The sheet for marks by hand; ``review.csv`` in the folder for results where none is given.
    limits : Limits
    workers : int
        Local processes.
    dask : str
        The address of a Dask scheduler to use instead of local processes.
    isolated : bool
        False grades without bubblewrap.
    late_by : {"roster", "files", "nobody"}
        What says when work came in.
    missing_as_zero : bool
        Whether the exports give 0 points where nothing was handed in.
    progress : bool
        Whether to show a bar with the time left.
    """

    key: Path
    submissions: Path
    output: Path
    roster: Path | None = None
    review: Path | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 2
    dask: str = ""
    isolated: bool = True
    late_by: str = "roster"
    missing_as_zero: bool = False
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
    groups = {student.id: student.group for student in students if student.group}
    named = groups_of(students)
    own = find_files(options.submissions, (*students, *named))
    units, found = in_groups(students, own)
    sheet = options.review or options.output / "review.csv"
    ids = [student.id for student in (*students, *named)]
    read_review(sheet, homework, ids)  # a fault in it shows before anything runs
    if options.isolated:
        _require_hidden(options)
    options.output.mkdir(parents=True, exist_ok=True)
    batch = Batch(
        homework.source,
        units,
        found.files,
        options.limits,
        isolated=options.isolated,
        late_by=options.late_by,
        notes=found.notes,
    )
    with Ledger(options.output / "ledger.jsonl") as ledger, _executor(options) as executor:

        def prepare() -> None:
            homework.verify(units[0].id)  # a fault in the key shows before anything runs
            if options.isolated:
                _try_sandbox(executor, options.limits)

        judged = _graded(batch, ledger, executor, prepare, show=options.progress)
    review = read_review(sheet, homework, ids)  # it may have been filled in while others ran
    settled = {id: settle(homework, record, review) for id, record in judged.items()}
    shared = review.shared(groups)
    records = {
        id: settle(homework, replace(judged[groups.get(id, id)], student=id), shared)
        for id in (student.id for student in students)
    }
    try:
        write_review(sheet, list(settled.values()), review)
        _write_each(options, homework, students, records, own.files)
        _write_whole(options, homework, batch, settled, found.asides)
    except OSError as error:
        raise MlmteachError(
            f"The results cannot be written to '{options.output}': {error.strerror}.",
            "Make room and run the same command again; nothing is graded twice.",
        ) from None
    return records


def _write_each(
    options: Run,
    homework: Homework,
    students: tuple[Student, ...],
    records: dict[str, Record],
    files: dict[str, Path],
) -> None:
    zero = options.missing_as_zero
    write_exports(options.output, homework, students, records, missing_as_zero=zero)
    write_feedback(options.output, homework, students, records, files)


def _write_whole(
    options: Run,
    homework: Homework,
    batch: Batch,
    records: dict[str, Record],
    others: tuple[Aside, ...],
) -> None:
    code = {}
    for id, path in batch.files.items():
        try:
            code[id] = read_submission(path).cells
        except NotANotebook:
            continue
    pairs = alike(code)
    told = [records[id].as_dict() for id in records]
    stamp = entry_key(version("mlmteach"), homework.digest, told, pairs, others, options.isolated)
    if _is_stamped(options.output / "report.html", stamp):
        return  # its figures take longer than all the rest
    from mlmteach.grade.report import write_report

    write_report(
        options.output,
        homework,
        records,
        pairs=pairs,
        others=others,
        isolated=options.isolated,
        stamp=stamp,
    )


def _is_stamped(report: Path, stamp: str) -> bool:
    try:
        return f"<!-- {stamp} -->" in report.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _graded(
    batch: Batch, ledger: Ledger, executor: Executor, prepare: Callable[[], None], *, show: bool
) -> dict[str, Record]:
    from tqdm import tqdm

    with tqdm(total=len(batch.students), unit="notebook", disable=not show, file=sys.stderr) as bar:

        def progress(done: int, _: int) -> None:
            bar.update(done - bar.n)

        return grade_all(batch, ledger, executor, progress, prepare)


@contextmanager
def _executor(options: Run) -> Iterator[Executor]:
    if not options.dask:
        # A fresh interpreter each: nothing of this process, open files included, is inherited.
        pool = ProcessPoolExecutor(
            options.workers, mp_context=get_context("spawn"), initializer=end_with_parent
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
    """Refuse to go without isolation, and what stands where submissions can read."""
    from mlmteach.grade.room import require_bubblewrap, visible_paths

    require_bubblewrap()
    places = (options.key, options.submissions, options.output, options.roster, options.review)
    for path in places:
        if path is None:
            continue
        for place in visible_paths():
            if path.resolve().is_relative_to(place):
                raise OptionError(
                    f"Submissions can read '{place}', and '{path}' lies in it.",
                    "Move it to another folder.",
                )


def _try_sandbox(executor: Executor, limits: Limits) -> None:
    """Let a worker run a trial: the sandbox that it starts is the one that it goes on with."""
    trial = executor.submit(run_submission, ["answer = 6 * 7"], ["answer"], {}, limits, True)
    try:
        ran: Ran = trial.result()
    except BrokenExecutor:
        raise MlmteachError(
            "A worker ended before it graded anything.", "Give fewer --workers, or more memory."
        ) from None
    if ran.answers.get("answer") != {"kind": "number", "value": 42.0}:
        raise MlmteachError(
            f"The sandbox does not work here: a trial ended as '{ran.end}'.",
            "Raise --memory, or give --unsafe if you trust every submission.",
        )
