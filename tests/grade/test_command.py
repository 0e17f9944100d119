"""A whole grading: files in, files out, and what happens when it is interrupted."""

from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.errors import OptionError
from mlmteach.grade import room
from mlmteach.grade.command import Run, run
from tests.grade.homework import hand_in, notebook, right, rows, write_key


def test_grades(graded: Path) -> None:
    head, *body = rows(graded / "out" / "grades.csv")
    assert head[:5] == ["id", "name", "status", "1", "2"]
    assert [row[0] for row in body] == ["ada", "ben", "cyd"]
    assert [row[2] for row in body] == ["graded", "graded", "nothing handed in"]
    assert [row[5] for row in body] == ["1.5", "3.0", ""]  # Ada was late, Cyd handed nothing in
    assert (head[8], [row[8] for row in body]) == ("taken off", ["1.5", "0.0", "0.0"])
    assert body[1][1].startswith("'=")  # a spreadsheet must not run a name


def test_unsafe_grades_and_says_so(tmp_path: Path) -> None:
    hand_in(tmp_path / "work", ada=right("ada"), bob=notebook("while True: pass"))
    key = write_key(tmp_path)
    arguments = ["grade", "--key", str(key), str(tmp_path / "work"), "--unsafe", "--seconds", "3"]
    assert main([*arguments, "--output", str(tmp_path / "out"), "--workers", "1"]) == 0
    assert "--unsafe" in (tmp_path / "out" / "report.html").read_text()
    found = {row[0]: row[2] for row in rows(tmp_path / "out" / "grades.csv")}
    assert (found["ada"], found["bob"]) == ("graded", "time out")


def test_a_key_in_sight_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "visible_paths", lambda: (tmp_path,))
    hand_in(tmp_path / "work", ada=right("ada"))
    with pytest.raises(OptionError, match="can read"):
        run(Run(write_key(tmp_path), tmp_path / "work", tmp_path / "out"))


def test_a_missing_scheduler_is_named(tmp_path: Path) -> None:
    hand_in(tmp_path / "work", ada=right("ada"))
    asked = Run(
        write_key(tmp_path), tmp_path / "work", tmp_path / "out", dask="nowhere:1", isolated=False
    )
    with pytest.raises(OptionError, match="no Dask scheduler at 'nowhere:1'"):
        run(asked)
