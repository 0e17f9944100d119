"""What is done stays done: batches that go on, that are killed, and whose workers die."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.grade.batch import Batch, grade_all
from mlmteach.grade.command import Run, run
from mlmteach.grade.ledger import Ledger
from mlmteach.grade.limits import Limits
from mlmteach.grade.record import Record
from mlmteach.grade.roster import Student
from tests.grade.homework import KEY, LATE, hand_in, json_cells, notebook, right, rows, write_key

SLOW = "import time\ntime.sleep(0.5)"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what Dask has to say about its own shutdown
def test_a_worker_of_a_cluster_may_die(tmp_path: Path) -> None:
    cells = [SLOW, *(cell["source"] for cell in json.loads(right("x"))["cells"])]
    sources = ["".join(cell) for cell in cells]
    work = {f"s{n}": notebook(*(c.replace("'x'", f"'s{n}'") for c in sources)) for n in range(12)}
    hand_in(tmp_path / "work", **work)
    key = write_key(tmp_path)
    ready = tmp_path / "scheduler.json"
    options = ["--scheduler-file", str(ready)]
    scheduler = start("distributed.cli.dask_scheduler", "--no-dashboard", "--port", "0", *options)
    workers = [
        start(
            "distributed.cli.dask_worker",
            *(*options, "--nthreads", "1", "--no-dashboard", "--no-nanny"),
            *("--local-directory", str(tmp_path / f"worker{n}")),
        )
        for n in range(2)
    ]
    try:
        while not ready.exists():
            time.sleep(0.05)
        address = json.loads(ready.read_text())["address"]
        found: list[dict[str, Record]] = []
        asked = Run(key, tmp_path / "work", tmp_path / "out", dask=address)
        grading = Thread(target=lambda: found.append(run(asked)))
        grading.start()
        ledger = tmp_path / "out" / "ledger.jsonl"
        while grading.is_alive() and (not ledger.exists() or ledger.read_bytes().count(b"\n") < 3):
            time.sleep(0.05)
        os.killpg(workers[0].pid, signal.SIGKILL)
        grading.join(timeout=90)
        assert not grading.is_alive()
        assert {record.points for record in found[0].values()} == {3.0}
        assert len(ledger.read_text().splitlines()) == 12
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_only_what_changed_is_graded_again(
    graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded = Path(shutil.copytree(graded, tmp_path / "graded"))
    ledger = graded / "out" / "ledger.jsonl"
    before = ledger.read_text()
    again = Run(graded / "key.py", graded / "work", graded / "out", graded / "roster.csv")
    run(again)
    assert ledger.read_text() == before
    report = (graded / "out" / "report.html").stat()
    with monkeypatch.context() as patched:
        patched.setattr("mlmteach.grade.command._try_sandbox", None)
        patched.setattr("mlmteach.grade.homework.Homework.verify", None)
        patched.setattr("mlmteach.grade.report.write_report", None)
        run(again)  # with nothing new, none of them is called
    assert (graded / "out" / "report.html").stat() == report
    (graded / "out" / "report.html").unlink()
    run(again)
    assert (graded / "out" / "report.html").exists()
    hand_in(graded / "work", bb=notebook("mean = 1"))
    assert run(again)["ben"].points == 0
    assert ledger.read_text().startswith(before)
    assert len(ledger.read_text().splitlines()) == 3


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(12)]
    slow = "import time\ntime.sleep(0.5)"
    work = {name: notebook(slow, *json_cells(right(name))) for name in names}
    hand_in(tmp_path / "work", **work)
    key = write_key(tmp_path)
    command = [sys.executable, "-m", "mlmteach", "grade", "--key", str(key), "--workers", "1"]
    command += [str(tmp_path / "work"), "--output", str(tmp_path / "out")]
    ledger = tmp_path / "out" / "ledger.jsonl"
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while first.poll() is None and (not ledger.exists() or ledger.read_bytes().count(b"\n") < 3):
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    kept = ledger.read_text()
    assert 3 <= kept.count("\n") < 12
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert ledger.read_text().startswith(kept[: kept.rfind("\n") + 1])
    assert len(ledger.read_text().splitlines()) == 12
    assert {row[5] for row in rows(tmp_path / "out" / "grades.csv")[1:]} == {"3.0"}


class Here(Executor):
    """Grades nothing: it hands a record out and notes what it was asked."""

    def __init__(self, broken: bool = False) -> None:
        self.asked: dict[str, tuple[object, ...]] = {}
        self.broken = broken

    def submit(self, _: object, /, *given: object) -> Future[dict[str, object]]:  # type: ignore[override]
        student = str(given[1])
        self.asked[student] = given
        future: Future[dict[str, object]] = Future()
        if self.broken:
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(Record(student, "graded", (), 1.0).as_dict())
        return future


def batch(folder: Path, key: str = KEY, **submitted: str) -> Batch:
    hand_in(folder / "work", ada=notebook("1"), ben=notebook("2"), cyd="no notebook")
    files = {id: folder / "work" / f"{id}.ipynb" for id in ("ada", "ben", "cyd")}
    students = tuple(Student(id, submitted=submitted.get(id, "")) for id in (*files, "dan"))
    return Batch(key, students, files, Limits())


def test_only_what_can_be_graded_goes_to_workers(tmp_path: Path) -> None:
    workers, seen = Here(), []
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        asked = batch(tmp_path)
        found = grade_all(asked, ledger, workers, lambda done, total: seen.append((done, total)))
    assert {id: record.status for id, record in found.items()} == {
        "ada": "graded",
        "ben": "graded",
        "cyd": "not a notebook",
        "dan": "nothing handed in",
    }
    assert found["cyd"].notes == ("The file cannot be graded: it is not JSON.",)
    assert list(workers.asked) == ["ada", "ben"]
    assert seen == [(2, 4), (3, 4), (4, 4)]


def test_another_key_limit_or_file_is_graded_anew(tmp_path: Path) -> None:
    asked = batch(tmp_path)

    def graded_now(asked: Batch) -> list[str]:
        workers = Here()
        with Ledger(tmp_path / "ledger.jsonl") as ledger:
            grade_all(asked, ledger, workers)
        return list(workers.asked)

    assert graded_now(asked) == ["ada", "ben"]
    assert graded_now(asked) == []
    assert graded_now(replace(asked, limits=Limits(seconds=3))) == ["ada", "ben"]
    assert graded_now(replace(asked, key=KEY + "# other")) == ["ada", "ben"]
    assert graded_now(replace(asked, isolated=False)) == ["ada", "ben"]
    hand_in(tmp_path / "work", ben=notebook("3"))
    assert graded_now(asked) == ["ben"]


def test_hours_late_are_those_of_the_roster_or_of_the_file(tmp_path: Path) -> None:
    workers = Here()
    asked = batch(tmp_path, KEY + LATE, ada="2030-01-01T15:00+02:00")
    half_past_one = datetime(2030, 1, 1, 13, 30, tzinfo=UTC).timestamp()
    os.utime(asked.files["ben"], (half_past_one, half_past_one))
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        grade_all(asked, ledger, workers)
        assert (workers.asked["ada"][3], workers.asked["ben"][3]) == (1.0, 0.0)
        grade_all(replace(asked, late_by="files"), ledger, workers)
        assert (workers.asked["ada"][3], workers.asked["ben"][3]) == (1.0, 1.5)
        workers.asked.clear()
        grade_all(replace(asked, late_by="nobody"), ledger, workers)
        assert workers.asked["ada"][3] == 0.0
        workers.asked.clear()
        early = batch(tmp_path, KEY + LATE, ada="2029-12-31T12:00+00:00")
        grade_all(early, ledger, workers)
        assert workers.asked == {}  # no hours late either, so that the result is there
        with pytest.raises(OptionError, match="'soon' of 'ada' is no time"):
            grade_all(batch(tmp_path, KEY + LATE, ada="soon"), ledger, workers)


def test_nobody_is_late_by_the_time_of_a_file_alone(tmp_path: Path) -> None:
    past = KEY + LATE.replace("2030", "2020")
    asked = batch(tmp_path, past, ada="2020-01-01T13:00+00:00")
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        with pytest.raises(OptionError, match="work of 'ben', 'cyd' came in.*--late-by files"):
            grade_all(asked, ledger, Here())
        workers = Here()
        grade_all(replace(asked, late_by="nobody"), ledger, workers)
        assert {given[3] for given in workers.asked.values()} == {0.0}
        told = batch(
            tmp_path, past, **dict.fromkeys(("ada", "ben", "cyd"), "2020-01-01T13:00+00:00")
        )
        grade_all(told, ledger, workers)
        assert {given[3] for given in workers.asked.values()} == {1.0}


def test_what_could_not_be_graded_is_tried_again(tmp_path: Path) -> None:
    class Odd(Here):
        def submit(self, call: object, /, *given: object) -> Future[dict[str, object]]:  # type: ignore[override]
            super().submit(call, *given)
            future: Future[dict[str, object]] = Future()
            future.set_result(Record(str(given[1]), "could not be graded", (), 0.0).as_dict())
            return future

    for workers in (Odd(), Odd(), Here()):
        with Ledger(tmp_path / "ledger.jsonl") as ledger:
            found = grade_all(
                replace(batch(tmp_path), notes={"ada": "Two files."}), ledger, workers
            )
        assert list(workers.asked) == ["ada", "ben"]
        assert found["ada"].notes == ("Two files.",)


def test_workers_that_end_leave_a_remedy(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path / "ledger.jsonl") as ledger,
        pytest.raises(MlmteachError, match="A worker ended.*fewer --workers"),
    ):
        grade_all(batch(tmp_path), ledger, Here(broken=True))
