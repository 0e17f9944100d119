"""A whole grading: files in, files out, and what happens when it is interrupted."""

import os
from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.errors import OptionError
from mlmteach.grade import room
from mlmteach.grade.command import Run, in_groups, run
from mlmteach.grade.roster import FoundFiles, Student
from tests.grade.homework import KEY, hand_in, json_cells, notebook, right, rows, write_key


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


def test_a_group_has_one_notebook(tmp_path: Path) -> None:
    students = (Student("ada", group="g1"), Student("ben", group="g1"), Student("cyd"))
    students += (Student("dan", group="g2", submitted="2030-01-01"), Student("eve", group="g2"))
    old, new, cyd, dan = (tmp_path / f"{name}.ipynb" for name in ("g1", "ben", "cyd", "dan"))
    for path in (old, new, cyd, dan):
        path.write_text("{}")
    os.utime(old, (1000, 1000))
    units, found = in_groups(students, FoundFiles({"g1": old, "ben": new, "cyd": cyd, "dan": dan}))
    assert [unit.id for unit in units] == ["g1", "cyd", "g2"]
    assert units[2].submitted == "2030-01-01"  # of the member whose work it is
    assert found.files == {"g1": new, "cyd": cyd, "g2": dan}
    assert found.notes == {"g1": "2 of the group handed in; the work that was changed last counts."}


def test_marks_of_a_group_are_those_of_its_members(tmp_path: Path) -> None:
    words = 'Exercise(id="3", title="W", prompt="W?", answer="words", kind=OpenText(words=1), '
    words += "solution=\"words = 'x'\", points=2),\n]"
    key = write_key(tmp_path, KEY.strip().removesuffix("]") + words)
    work = notebook(*json_cells(right("team")), "words = 'We say so.'")
    hand_in(tmp_path / "work", ada_team=work)
    (tmp_path / "roster.csv").write_text("id,group\nada,team\nben,team\ncyd,\n")
    out = tmp_path / "out"
    asked = Run(key, tmp_path / "work", out, tmp_path / "roster.csv", workers=1, isolated=False)
    found = run(asked)
    assert {id: record.to_mark for id, record in found.items()} == {
        "ada": ("3",),
        "ben": ("3",),
        "cyd": (),
    }
    sheet = rows(out / "review.csv")
    assert [row[0] for row in sheet] == ["id", "team"]  # the text is read once
    sheet[1][4] = "1.5"
    sheet.append(["ben", "deduction", "", "", "0.5", "", "Was not there.", ""])
    (out / "review.csv").write_text("\n".join(",".join(row) for row in sheet))
    found = run(asked)
    assert {id: record.points for id, record in found.items()} == {"ada": 4.5, "ben": 4, "cyd": 0}
    (tmp_path / "roster.csv").write_text("id,group\nada,ben\nben,\n")
    with pytest.raises(OptionError, match="'ben' is a student and a group"):
        run(asked)
