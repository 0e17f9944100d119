"""A file that keeps replicates, also when the run is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import DataError, IncompleteWarning, OptionError
from mlmteach.fit.checkpoint import Checkpoint

IDENTITY = {"kind": "test", "terms": ["a", "b"]}


def test_what_is_kept_comes_back_to_the_last_digit(tmp_path):
    path, rows = tmp_path / "run.jsonl", np.random.default_rng(1).normal(size=(3, 2))
    rows[1] = np.nan
    with Checkpoint(path, IDENTITY, None) as file:
        file.add([4, 0, 2], rows)
    again = Checkpoint(path, IDENTITY, None)
    assert again.seed == file.seed
    assert list(again.kept) == [4, 0, 2]
    np.testing.assert_array_equal(list(again.kept.values()), rows)
    again.__exit__(None, None, None)


def test_a_line_that_was_cut_short_is_dropped(tmp_path):
    path = tmp_path / "run.jsonl"
    with Checkpoint(path, IDENTITY, 1) as file:
        file.add([0], [np.ones(2)])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"at": [1], "rows": [[0.1')
    with Checkpoint(path, IDENTITY, 1) as file:
        assert list(file.kept) == [0]
        file.add([1], [np.zeros(2)])
    assert path.read_bytes().startswith(whole)
    assert [json.loads(line)["at"] for line in path.read_text().splitlines()[1:]] == [[0], [1]]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "run.jsonl"
    Checkpoint(path, IDENTITY, 1).__exit__(None, None, None)
    with pytest.raises(DataError, match="has the seed 1, not 2"):
        Checkpoint(path, IDENTITY, 2)
    with pytest.raises(DataError, match=r"its terms is \['a', 'b'\], not \['a'\]"):
        Checkpoint(path, IDENTITY | {"terms": ["a"]}, 1)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is no checkpoint"):
        Checkpoint(path, IDENTITY, 1)
    with pytest.raises(OptionError, match="cannot be used: No such file"):
        Checkpoint(tmp_path / "none" / "run.jsonl", IDENTITY, 1)


@pytest.mark.parametrize(
    "content", [b"{}", b"PAR1\x15\x04", b"a,b\n1,2", b'{"notes": 1}', b"one\n\x80two"]
)
def test_a_file_of_somebody_else_stays_as_it_is(tmp_path, content):
    path = tmp_path / "data.bin"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is no checkpoint"):
        Checkpoint(path, IDENTITY, 1)
    assert path.read_bytes() == content


@pytest.mark.parametrize("size", [0, 1, 14, 15, 30])
def test_a_first_line_that_was_cut_short_is_written_anew(tmp_path, size):
    path = tmp_path / "run.jsonl"
    Checkpoint(path, IDENTITY, 1).__exit__(None, None, None)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    Checkpoint(path, IDENTITY, 1).__exit__(None, None, None)
    assert path.read_bytes() == whole


def test_names_may_hold_signs_that_other_files_end_lines_with(tmp_path):
    path, odd = tmp_path / "run.jsonl", IDENTITY | {"terms": ["a\u2028b", "c\x85d"]}
    Checkpoint(path, odd, 1).__exit__(None, None, None)
    again = Checkpoint(path, odd, None)
    assert again.seed == 1
    again.__exit__(None, None, None)


def test_work_goes_on_when_the_disk_is_full(tmp_path):
    full = Checkpoint(tmp_path / "run.jsonl", IDENTITY, 1)
    full.__exit__(None, None, None)
    full._file = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115
    full.add([0], [np.ones(2)])
    with full._file, pytest.warns(IncompleteWarning, match="cannot be written to: No space left"):
        full._write()


RUN = """
import sys, mlmteach as mlm
fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
fit.bootstrap(100_000, seed=5, checkpoint=sys.argv[1], progress=False)
"""


@pytest.mark.slow
def test_a_run_that_was_killed_is_gone_on_with(tmp_path):
    path = tmp_path / "boot.jsonl"
    run = subprocess.Popen([sys.executable, "-c", RUN, str(path)])
    while run.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") > 2):
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    kept = sum(len(json.loads(line)["at"]) for line in path.read_text().splitlines()[1:-1])
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    whole = fit.bootstrap(kept + 40, seed=5, progress=False)
    resumed = fit.bootstrap(kept + 40, seed=5, checkpoint=path, progress=False)
    assert kept > 0
    assert resumed.replicates.equals(whole.replicates)
