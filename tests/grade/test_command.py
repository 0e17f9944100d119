"""A whole grading: files in, files out, and what happens when it is interrupted."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.errors import MlmteachError, OptionError
from mlmteach.grade import room
from mlmteach.grade.command import Run, run
from tests.grade.homework import KEY, SECRET, hand_in, notebook, right, write_key

ROSTER = """id,name,email,canvas_id,login,section,submitted
ada,"Lovelace, Ada",ada@example.org,101,al,A,2030-01-02T12:00+00:00
ben,=HYPERLINK("evil"),ben@example.org,102,bb,A,2030-01-01T00:00+00:00
cyd,Cyd <b>,,,,B,
"""
LATE = """
DEADLINE = "2030-01-01T12:00+00:00"
def late(points, hours):
    return points / 2
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graded")
    hand_in(folder / "work", bb=right("ben"), stranger=notebook("1"))
    # As Canvas and Moodle name the files of a download.
    (folder / "work" / "lovelaceada_101_55555_homework.ipynb").write_text(right("ada"))
    (folder / "roster.csv").write_text(ROSTER)
    write_key(folder, KEY + LATE)
    arguments = ["grade", "--key", str(folder / "key.py"), str(folder / "work"), "--roster"]
    arguments += [str(folder / "roster.csv"), "--output", str(folder / "out"), "--workers", "1"]
    assert main(arguments) == 0
    return folder


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_grades(graded: Path) -> None:
    head, *body = rows(graded / "out" / "grades.csv")
    assert head[:5] == ["id", "name", "status", "1", "2"]
    assert [row[0] for row in body] == ["ada", "ben", "cyd"]
    assert [row[2] for row in body] == ["graded", "graded", "nothing handed in"]
    assert [float(row[5]) for row in body] == [1.5, 3.0, 0.0]  # Ada was late
    assert body[1][1].startswith("'=")  # a spreadsheet must not run a name


def test_canvas(graded: Path) -> None:
    head, possible, *body = rows(graded / "out" / "canvas.csv")
    assert head == ["Student", "ID", "SIS Login ID", "Section", "Trial"]
    assert possible[0].strip() == "Points Possible"
    assert possible[-1] == "3"
    assert body[0] == ["Lovelace, Ada", "101", "al", "A", "1.5"]


def test_moodle(graded: Path) -> None:
    head, *body = rows(graded / "out" / "moodle.csv")
    assert head[:3] == ["ID number", "Email address", "Trial"]
    assert body[0][:3] == ["ada", "ada@example.org", "1.5"]


def test_gradescope(graded: Path) -> None:
    told = json.loads((graded / "out" / "gradescope" / "ben.json").read_text())
    assert told["score"] == 3
    assert [test["max_score"] for test in told["tests"]] == [2, 1]
    assert {test["output_format"] for test in told["tests"]} == {"md"}


def test_pages_are_escaped_and_have_no_key(graded: Path) -> None:
    page = (graded / "out" / "feedback" / "cyd.html").read_text()
    assert "Cyd &lt;b&gt;" in page
    assert "default-src 'none'" in page
    report = (graded / "out" / "report.html").read_text()
    assert "stranger.ipynb" in report
    assert "ada and ben" not in report  # the same code, but every line of it is the exercise's
    assert "<img alt=" in report
    for path in (graded / "out" / "feedback").iterdir():
        assert SECRET not in path.read_text()


def test_only_what_changed_is_graded_again(
    graded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = graded / "out" / "ledger.jsonl"
    before = ledger.read_text()
    again = Run(graded / "key.py", graded / "work", graded / "out", graded / "roster.csv")
    run(again)
    assert ledger.read_text() == before
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


def json_cells(text: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def test_without_bubblewrap_it_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.shutil, "which", lambda *_, **__: None)
    hand_in(tmp_path / "work", ada=right("ada"))
    asked = Run(write_key(tmp_path), tmp_path / "work", tmp_path / "out", workers=1)
    with pytest.raises(OptionError, match="--unsafe"):
        run(asked)
    assert not (tmp_path / "out").exists()


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KEY.replace("].median()", "].mean() + 1e-6"), "takes a mistake for right"),
        ("EXERCISES = [", "line 1 does not run"),
        ("TITLE = 'a'", "does not set ASSIGNMENT and EXERCISES"),
        (KEY.replace('answer="spread"', 'answer="mean"'), "'mean' is taken twice"),
        (KEY.replace("['Reaction'].mean()", "['Reactoin'].mean()"), "Exercise 1 of the key"),
    ],
)
def test_a_faulty_key_is_named(tmp_path: Path, text: str, message: str) -> None:
    hand_in(tmp_path / "work", ada=right("ada"))
    with pytest.raises(MlmteachError, match=message):
        run(Run(write_key(tmp_path, text), tmp_path / "work", tmp_path / "out", isolated=False))


def test_template_is_released_without_its_key(tmp_path: Path) -> None:
    key, released = tmp_path / "homework.py", tmp_path / "homework.ipynb"
    assert main(["new", str(key)]) == 0
    assert main(["release", str(key)]) == 0
    text = released.read_text()
    for part in ("cov_re", "fit.icc", "standard deviation", "unseen", '"b\\"', "Mistake"):
        assert part in key.read_text() or part == '"b\\"'
        assert part not in text
    for part in ("tau2 = ...", "reliability = ...", "student = ...", "Intraclass"):
        assert part in text
    before = released.read_bytes()
    assert main(["release", str(key)]) == 1  # nothing is overwritten
    assert main(["new", str(key)]) == 1
    assert released.read_bytes() == before


def test_template_is_graded(tmp_path: Path) -> None:
    key = tmp_path / "homework.py"
    assert main(["new", str(key)]) == 0
    space: dict[str, object] = {}
    exec(key.read_text(), space)
    cells = ["import mlmteach as mlm\nstudent = 'ada'", str(space["SETUP"])]
    cells += [exercise.solution for exercise in space["EXERCISES"]]
    hand_in(tmp_path / "work", ada=notebook(*cells), ben=notebook(*cells))
    records = run(Run(key, tmp_path / "work", tmp_path / "out", workers=1))
    assert records["ada"].points == 8  # of 10: a reader judges the last one
    assert [mark.status for mark in records["ada"].marks][-1] == "cannot be checked"
    # Ben took Ada's numbers; what does not depend on the data is his all the same.
    assert [mark.points for mark in records["ben"].marks] == [0, 0, 3, 1, 0]
    assert "ada and ben" in (tmp_path / "out" / "report.html").read_text()
