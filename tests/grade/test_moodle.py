"""Moodle's downloads and uploads."""

import zipfile
from pathlib import Path

from mlmteach.grade.homework import parse_key
from mlmteach.grade.moodle import full_name, participant, write_feedback_zip
from mlmteach.grade.pages import write_feedback
from mlmteach.grade.record import without_answers
from mlmteach.grade.roster import Student, find_files
from tests.grade.homework import KEY


def as_moodle_reads(name: str) -> tuple[str, str] | None:
    """The number and the file that Moodle finds in a name.

    After ``is_valid_filename_for_import`` in ``mod/assign/feedback/file/importziplib.php`` of
    Moodle 4.5: every part of the path is cut at its first four underscores; four pieces, the second
    a number and then type and name of a plugin, tell the participant.
    """
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        pieces = parts.pop(0).split("_", 4)
        if len(pieces) < 4 or not pieces[1].isdigit():
            continue
        if pieces[2:4] == ["assignsubmission", "file"]:
            return pieces[1], "/".join(filter(None, [*pieces[4:], *parts]))
    return None


DOWNLOADS = [
    ("Ada Lovelace_4711_assignsubmission_file", "homework.ipynb"),  # from 4.1 on
    ("Ada Lovelace_4711_assignsubmission_file_", "homework.ipynb"),  # before
    ("", "Ada Lovelace_4711_assignsubmission_file_homework.ipynb"),  # without folders
    ("A-Ada Lovelace_4711_assignsubmission_file", "ada_1.ipynb"),  # with the name of the group
]


def test_feedback_goes_back_to_the_participant(tmp_path: Path) -> None:
    for k, (folder, name) in enumerate(DOWNLOADS):
        path = tmp_path / f"{k}.zip"
        write_feedback_zip(path, {tmp_path / folder / name: "<p>Well done.", Path("x.ipynb"): ""})
        with zipfile.ZipFile(path) as packed:
            (written,) = packed.namelist()
            assert as_moodle_reads(written) == ("4711", "feedback.html")
            assert packed.read(written) == b"<p>Well done."
    write_feedback_zip(tmp_path / "none.zip", {Path("ada.ipynb"): ""})
    assert not (tmp_path / "none.zip").exists()


def test_a_download_is_matched_by_number_or_name(tmp_path: Path) -> None:
    students = (
        Student("al", name="Lovelace, Ada"),
        Student("bb", name="Ben Miller", moodle_id="Participant 12"),
        Student("b2", name="Ben Miller", moodle_id="13"),
        Student("zz", name="Zoë Z", canvas_id="4711"),
    )
    names = ["Ada Lovelace_4711", "Ben Miller_13", "Ben Miller_12", "Ben Miller_14", "Nobody_4711"]
    for name in names:
        folder = tmp_path / f"{name}_assignsubmission_file"
        folder.mkdir()
        (folder / "homework.ipynb").write_text("{}")
    told = find_files(tmp_path, students)
    found = {id: path.parent.name.split("_assign")[0] for id, path in told.files.items()}
    # Two have one name, and 14 is none of theirs; 4711 is Zoë's in Canvas and not in Moodle.
    assert found == {"al": "Ada Lovelace_4711", "bb": "Ben Miller_12", "b2": "Ben Miller_13"}
    assert [aside.why for aside in told.asides] == [
        "may be of b2 and bb",
        "is of nobody in the roster",
    ]


def test_the_feedback_of_a_batch(tmp_path: Path) -> None:
    homework = parse_key(KEY)
    students = (Student("al", name="Ada"), Student("bb", name="Ben"))
    records = {s.id: without_answers(homework, s.id, "no answers", "") for s in students}
    files = {"al": Path("Ada_7_assignsubmission_file") / "x.ipynb"}
    write_feedback(tmp_path, homework, students, records, files)
    with zipfile.ZipFile(tmp_path / "moodle_feedback.zip") as packed:
        assert packed.namelist() == ["Ada_7_assignsubmission_file/feedback.html"]
        page = packed.read(packed.namelist()[0])
    assert page == (tmp_path / "feedback" / "al.html").read_bytes()


def test_what_is_no_download() -> None:
    assert participant("ada_101_homework") is None
    assert participant("Ada_x_assignsubmission_file") is None
    assert full_name("van Rossum, Guido") == full_name("Guido  van  ROSSUM")
