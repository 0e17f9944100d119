"""Gradescope: the autograder as its container runs it, and its download of submissions."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from mlmteach.grade.gradescope import write_autograder
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.roster import Student, find_files

# Submission Metadata, https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
METADATA = {
    "id": 123456,
    "created_at": "2018-07-01T14:22:32.365935-07:00",
    "assignment": {"id": 25828, "title": "Programming Assignment 1", "total_points": "20.0"},
    "users": [{"email": "Ada@Example.org", "id": 1234, "name": "Student User"}],
    "previous_submissions": [],
}


def autograder(folder: Path) -> Path:
    marks = (
        Mark("1", "Mean", "correct", 2.0, 2.0, "Well done."),
        Mark("2", "Words", "cannot be checked", 0.0, 1.0, to_read="mine"),
    )
    record = Record("ada", "graded", marks, 1.5, deductions=(("3.0 hours late", 0.5),))
    students = [Student("ada", email="ada@example.org"), Student("ben")]
    write_autograder(folder / "g.zip", students, {"ada": record, "ben": record})
    return folder / "g.zip"


def run(folder: Path, path: Path, metadata: object) -> dict[str, object]:
    """Do what Autograder Specifications says that the harness does."""
    place = folder / "autograder"
    with zipfile.ZipFile(path) as packed:
        assert {"setup.sh", "run_autograder"} <= set(packed.namelist())  # in the root
        packed.extractall(place / "source")
    shutil.copy(place / "source" / "run_autograder", place / "run_autograder")
    (place / "run_autograder").chmod(0o755)
    (place / "submission_metadata.json").write_text(json.dumps(metadata))
    bound = [part for lib in ("/lib", "/lib64", "/bin") for part in ("--ro-bind-try", lib, lib)]
    command = ["bwrap", "--unshare-net", "--ro-bind", "/usr", "/usr", *bound]
    command += ["--bind", str(place), "/autograder", "--chdir", "/autograder"]
    subprocess.run([*command, "/bin/bash", "/autograder/source/setup.sh"], check=True)
    subprocess.run([*command, "/autograder/run_autograder"], check=True)
    told: dict[str, object] = json.loads((place / "results" / "results.json").read_text())
    return told


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap makes the /autograder")
def test_the_autograder_hands_back_what_was_graded(tmp_path: Path) -> None:
    told = run(tmp_path / "ada", autograder(tmp_path), METADATA)
    assert told["score"] == 1.5
    assert told["output"] == ("Status: graded\n−0.5 points: 3.0 hours late\nTo be marked: 2")
    tests = told["tests"]
    assert isinstance(tests, list)
    assert [(test["score"], test["max_score"]) for test in tests] == [(2, 2), (0, 1)]
    assert [test["output"] for test in tests] == ["Correct. Well done.", "To be marked."]
    stranger = {**METADATA, "users": [{"email": "eve@example.org", "id": 1, "name": "Eve"}]}
    told = run(tmp_path / "eve", tmp_path / "g.zip", stranger)
    assert "has not been graded yet" in str(told["output"])


def test_its_download_names_the_students(tmp_path: Path) -> None:
    # As in exports of the year 2024: folders submission_ID, and this file beside them.
    (tmp_path / "submission_metadata.yml").write_text(
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '100'\n"
        "    :email: ada@example.org\n  :created_at: 2024-01-01 10:00:00.0 Z\n"
        'submission_2:\n  :submitters:\n  - :name: Ben\n    :sid: "0101"\n    :email: x@y.z\n'
    )
    for number in (1, 2, 3):
        (tmp_path / f"submission_{number}").mkdir()
        (tmp_path / f"submission_{number}" / "homework.ipynb").write_text("{}")
    students = (Student("ada", email="ADA@example.org"), Student("0101"), Student("3x"))
    told = find_files(tmp_path, students)
    assert {id: path.parent.name for id, path in told.files.items()} == {
        "ada": "submission_1",
        "0101": "submission_2",
    }
    aside = [str(aside) for aside in told.asides]
    assert "submission_3/homework.ipynb is of nobody in the roster" in aside


def test_without_emails_there_is_nothing_to_look_up(tmp_path: Path) -> None:
    write_autograder(tmp_path / "g.zip", [Student("ada")], {})
    assert not (tmp_path / "g.zip").exists()
