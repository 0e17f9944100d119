"""A reader finds the old file or the new one."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlmteach.grade.files import write_whole

FULL_PAGE = """
import sys
from pathlib import Path
from mlmteach.grade.files import write_whole
path = Path(sys.argv[1])
write_whole(path, "old")
try:
    write_whole(path, "x" * 1_000_000)
except OSError as error:
    print(error.strerror, path.read_text(), len(list(path.parent.iterdir())))
"""


def test_a_page_that_does_not_fit_leaves_the_old_one() -> None:
    command = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--size", "100000", "--tmpfs", "/mnt"]
    done = subprocess.run(
        [*command, sys.executable, "-c", FULL_PAGE, "/mnt/report.html"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("device ")[-1] == "old 1\n"


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    write_whole(path, "old\r\nÅ\n")
    assert path.read_bytes() == "old\r\nÅ\n".encode()
    held = path.open(encoding="utf-8")
    with held:
        write_whole(path, "new")
        assert held.read() == "old\nÅ\n"  # who has it open reads the old one to its end
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a", "text")
    assert list(tmp_path.iterdir()) == []
