"""Grading on a Dask cluster of two workers, one of which is killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.command import Run, run
from mlmteach.grade.record import Record
from tests.grade.homework import hand_in, notebook, right, write_key

SLOW = "import time\ntime.sleep(0.5)"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what Dask has to say about its own shutdown
def test_a_worker_may_die(tmp_path: Path) -> None:
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


def test_a_missing_scheduler_is_named(tmp_path: Path) -> None:
    hand_in(tmp_path / "work", ada=right("ada"))
    asked = Run(
        write_key(tmp_path), tmp_path / "work", tmp_path / "out", dask="nowhere:1", isolated=False
    )
    with pytest.raises(OptionError, match="no Dask scheduler at 'nowhere:1'"):
        run(asked)
