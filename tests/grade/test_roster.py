"""Who is in the course, and which file is whose."""

import os
from pathlib import Path

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.roster import FoundFiles, Student, find_files, read_roster, students_of


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
    path.write_text("id;name;group\nada;Ada, L.;g1\n", encoding="utf-8")  # as where 0,5 is a half
    assert read_roster(path) == (Student("ada", name="Ada, L.", group="g1"),)


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
    assert students_of(tmp_path) == (Student("ada"), Student("ben"))
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
    assert find_files(tmp_path, students) == FoundFiles({"ada": path})


def test_files_of_nobody_and_of_two_are_told(tmp_path: Path) -> None:
    both, _ = write(tmp_path, "ada_ben.ipynb", "stranger.ipynb")
    found = find_files(tmp_path, (Student("ada"), Student("ben")))
    assert (found.files, [str(aside) for aside in found.asides]) == (
        {},
        ["ada_ben.ipynb may be of ada and ben", "stranger.ipynb is of nobody in the roster"],
    )
    # A whole name goes before its parts.
    assert find_files(tmp_path, (Student("ada"), Student("ada_ben"))).files == {"ada_ben": both}


def test_the_file_that_was_changed_last_counts(tmp_path: Path) -> None:
    old, new = write(tmp_path, "z_ada.ipynb", "ada.ipynb")
    os.utime(old, (2000, 2000))
    os.utime(new, (1000, 1000))
    assert find_files(tmp_path, (Student("ada"),)).files == {"ada": old}
    os.utime(new, (3000, 3000))
    found = find_files(tmp_path, (Student("ada"),))
    assert found.files == {"ada": new}
    assert str(found.asides[0]) == "z_ada.ipynb is an older file of ada, whose ada.ipynb counts"
    assert found.notes["ada"].startswith("2 files were handed in. 'ada.ipynb', which was changed")
    assert found.notes["ada"].endswith("was graded, and 'z_ada.ipynb' not.")


@pytest.mark.parametrize(
    ("row", "both"),
    [
        ("Ada", "'ada' and 'Ada' both go by 'ada'"),
        ("stra\u00dfe", "'strasse' and 'stra\u00dfe' both go by 'strasse'"),
        ("mu\u0308ller", "'m\u00fcller' and 'mu\u0308ller' both go by"),
        ("x,,,AL99", "'ada' and 'x' both go by 'al99'"),
        ("x,,,,ada@example.org", "'ada' and 'x' both go by 'ada@example.org'"),
        ("al99", "'ada' and 'al99' both go by 'al99'"),
        ("101", "'ada' and '101' both go by '101'"),
    ],
)
def test_two_that_claim_the_same_files_are_refused(tmp_path: Path, row: str, both: str) -> None:
    path = tmp_path / "roster.csv"
    head = "id,name,canvas_id,login,email\nada,,101,al99,ada@example.org\nstrasse\nm\u00fcller\n"
    path.write_text(head, encoding="utf-8")
    assert len(read_roster(path)) == 3
    path.write_text(f"{head}{row}\n", encoding="utf-8")
    with pytest.raises(OptionError, match=both):
        read_roster(path)


@pytest.mark.parametrize(
    ("second", "both"),
    [
        ("ben,,Participant 511", "'ada' and 'ben' both go by 'participant 511'"),
        ("ben,ka\u0308se,", "'k\u00e4se' and 'ka\u0308se' both go by 'k\u00e4se'"),
        ("ben,K\u00c4SE,", "'k\u00e4se' and 'K\u00c4SE' both go by 'k\u00e4se'"),
        ("ben,ADA,", "'ada' and 'ADA' both go by 'ada'"),
        ("k\u00e4se,,", "'k\u00e4se' is a student and a group"),
        ("ben,ben,", "'ben' is a student and a group"),
    ],
)
def test_groups_and_participants_are_apart_too(tmp_path: Path, second: str, both: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(f"id,group,moodle_id\nada,k\u00e4se,511\n{second}\n", encoding="utf-8")
    with pytest.raises(OptionError, match=both):
        read_roster(path)


def test_a_group_may_go_by_the_login_of_a_member(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,login,group\nada,al,al\nben,bb,al\n,,\n")  # and a row that a sheet left
    assert [student.id for student in read_roster(path)] == ["ada", "ben"]


def test_an_accent_in_one_character_or_two_is_the_same(tmp_path: Path) -> None:
    one, two = write(tmp_path, "Mu\u0308ller_7_hw.ipynb", "hw_zo\u00eb.ipynb")
    found = find_files(tmp_path, (Student("m\u00fcller"), Student("zoe\u0308")))
    assert found.files == {"m\u00fcller": one, "zoe\u0308": two}


def test_what_is_no_notebook_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        "._ada.ipynb",
        "ada.zip",
        ".ipynb_checkpoints/ada-checkpoint.ipynb",
        "ben/.ipynb_checkpoints/hw-checkpoint.ipynb",
        "ben/._hw.ipynb",
        "ben/deep/hw.ipynb",
        "__MACOSX/._ben.ipynb",
        "cyd.ipynb",
    )
    (tmp_path / "dan").symlink_to(tmp_path / "ben")
    found = find_files(tmp_path, tuple(map(Student, ("ada", "ben", "cyd", "dan"))))
    assert found.files == {"cyd": tmp_path / "cyd.ipynb"}
    assert sorted(map(str, found.asides)) == [
        "._ada.ipynb is a leftover of macOS",
        ".ipynb_checkpoints holds what Jupyter saves by itself",
        "__MACOSX is a leftover of macOS",
        "ada.zip is no notebook: its name does not end in .ipynb",
        "ben/._hw.ipynb is a leftover of macOS",
        "ben/.ipynb_checkpoints holds what Jupyter saves by itself",
        "ben/deep/hw.ipynb lies too deep: move it up a folder",
        "dan is a link, which is not followed",
    ]


def test_a_folder_by_the_name_of_a_notebook(tmp_path: Path) -> None:
    (inside,) = write(tmp_path, "ada.ipynb/hw.ipynb")
    (tmp_path / "ben.ipynb").mkdir()
    students = students_of(tmp_path)
    assert students == (Student("ada"), Student("ben"))
    assert find_files(tmp_path, students).files == {"ada": inside, "ben": tmp_path / "ben.ipynb"}


def test_a_name_that_is_no_text_and_names_that_differ_in_case(tmp_path: Path) -> None:
    write(tmp_path, "Ada.ipynb", "ada.IPYNB")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.ipynb")).write_text("{}")
    students = students_of(tmp_path)
    assert students == (Student("Ada"), Student("\ufffd"))
    found = find_files(tmp_path, students)
    assert len(found.files) == 2
    assert len(found.asides) == 1


def test_folders_behind_links_are_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "x.ipynb")
    work = tmp_path / "work"
    write(work, "ben.ipynb")
    (work / "ada").symlink_to(tmp_path / "elsewhere")
    assert students_of(work) == (Student("ben"),)
