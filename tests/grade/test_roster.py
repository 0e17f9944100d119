"""Who is in the course, and which file is whose."""

import os
from pathlib import Path

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.roster import Student, find_files, read_roster, students_of


def write(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return paths


def test_columns_in_any_order_and_a_mark_of_excel(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffname,id,other\n Ada , ada ,x\nBen,ben\n", encoding="utf-8")
    assert read_roster(path) == (Student("ada", name="Ada"), Student("ben", name="Ben"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column 'id' with a row below it"),
        (b"id,name\n", "no column 'id' with a row below it"),
        (b"name\nAda\n", "no column 'id' with a row below it"),
        (b"id\nada\nada\n", "the id 'ada' twice"),
        (b"id,name\n,Ada\n", "A row has no id"),
        (b"id\n\xff\xfe\n", "Save it as CSV in UTF-8"),
    ],
)
def test_a_roster_that_is_none_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(OptionError, match=says):
        read_roster(path)
    with pytest.raises(OptionError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_without_a_roster_files_and_folders_name_the_students(tmp_path: Path) -> None:
    write(tmp_path, "ben.ipynb", "ada/one.ipynb", "ada/two.ipynb", "cyd/deep/x.ipynb", "d/x.txt")
    assert students_of(tmp_path) == (Student("ben"), Student("ada"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError, match="no notebook in"):
        students_of(tmp_path / "empty")
    with pytest.raises(OptionError, match="no folder"):
        students_of(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    [
        "ada.ipynb",
        "ADA.ipynb",
        "ada/homework.ipynb",
        "lovelaceada_101_55555_homework.ipynb",  # Canvas
        "Ada Lovelace_al99_assignsubmission_file/work.ipynb",  # Moodle
        "ada@example.org.ipynb",
    ],
)
def test_whose_a_file_is(tmp_path: Path, name: str) -> None:
    students = (
        Student("ada", email="ada@example.org", canvas_id="101", login="al99"),
        Student("ben", canvas_id="102"),
    )
    (path,) = write(tmp_path, name)
    assert find_files(tmp_path, students) == ({"ada": path}, ())


def test_files_of_nobody_and_of_two_are_told(tmp_path: Path) -> None:
    both, stranger = write(tmp_path, "ada_ben.ipynb", "stranger.ipynb")
    assert find_files(tmp_path, (Student("ada"), Student("ben"))) == ({}, (both, stranger))
    # A whole name goes before its parts.
    assert find_files(tmp_path, (Student("ada"), Student("ada_ben")))[0] == {"ada_ben": both}


def test_the_file_that_was_changed_last_counts(tmp_path: Path) -> None:
    old, new = write(tmp_path, "z_ada.ipynb", "ada.ipynb")
    os.utime(old, (2000, 2000))
    os.utime(new, (1000, 1000))
    assert find_files(tmp_path, (Student("ada"),))[0] == {"ada": old}
    os.utime(new, (3000, 3000))
    assert find_files(tmp_path, (Student("ada"),))[0] == {"ada": new}


def test_folders_behind_links_are_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "x.ipynb")
    work = tmp_path / "work"
    write(work, "ben.ipynb")
    (work / "ada").symlink_to(tmp_path / "elsewhere")
    assert students_of(work) == (Student("ben"),)
