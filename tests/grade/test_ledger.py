"""The ledger: nothing is lost, and nothing is half there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.ledger import Ledger


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.append("a", {"points": 1})
        ledger.append("b", {"name": "Łukasz\n"})
    with Ledger(path) as ledger:
        assert ledger.entries == {"a": {"points": 1}, "b": {"name": "Łukasz\n"}}


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_torn_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.append("a", {"points": 1})
        whole = path.stat().st_size
        ledger.append("b", {"points": 2})
    os.truncate(path, path.stat().st_size - cut)
    with Ledger(path) as ledger:
        assert list(ledger.entries) == ["a"]
        assert path.stat().st_size == whole
        ledger.append("c", 3)
    with Ledger(path) as ledger:
        assert list(ledger.entries) == ["a", "c"]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"key": "a", "result": 1}\nrubbish\n')
    with pytest.raises(OptionError, match="Line 2"):
        Ledger(path)


def test_two_gradings_do_not_write_to_one_ledger(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path / "ledger.jsonl"),
        pytest.raises(OptionError, match="Another grading"),
    ):
        Ledger(tmp_path / "ledger.jsonl")


FULL = """
import resource, signal, sys
from pathlib import Path
from mlmteach.errors import MlmteachError
from mlmteach.grade.ledger import Ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
with Ledger(Path(sys.argv[1])) as ledger:
    try:
        for number in range(100):
            ledger.append(str(number), "x" * 50)
    except MlmteachError as error:
        print(error)
"""


def test_a_file_that_cannot_grow_stays_whole(tmp_path: Path) -> None:
    # The last write is cut in the middle by the limit, as a full disk would cut it.
    path = tmp_path / "ledger.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    assert "what was finished is kept" in done.stdout
    lines = path.read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["0", "1", "2"]
    assert path.read_text().endswith("\n")


SMALL_DISK = """
import sys
from pathlib import Path
from mlmteach.errors import MlmteachError
from mlmteach.grade.ledger import Ledger
path = Path(sys.argv[1])
with Ledger(path) as ledger:
    try:
        for number in range(10_000):
            ledger.append(str(number), "x" * 1_000)
    except MlmteachError as error:
        print(error)
with Ledger(path) as ledger:
    print(len(ledger.entries), list(ledger.entries) == [str(k) for k in range(number)])
"""


def test_a_full_disk_is_reported_and_corrupts_nothing() -> None:
    command = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--size", "100000", "--tmpfs", "/mnt"]
    done = subprocess.run(
        [*command, sys.executable, "-c", SMALL_DISK, "/mnt/ledger.jsonl"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "No space left" in done.stdout
    entries, in_order = done.stdout.splitlines()[-1].split()
    assert int(entries) > 50
    assert in_order == "True"
