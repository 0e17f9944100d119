"""Marks for a spreadsheet, Canvas, Moodle and Gradescope."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from mlmteach.grade.exports import file_name, write_exports
from mlmteach.grade.gradescope import result
from mlmteach.grade.homework import parse_key
from mlmteach.grade.record import Mark, Record, without_answers
from mlmteach.grade.roster import Student
from tests.grade.homework import KEY, rows


def test_canvas(graded: Path) -> None:
    head, possible, *body = rows(graded / "out" / "canvas.csv")
    assert head == ["Student", "ID", "SIS Login ID", "Section", "Trial"]
    assert possible[0].strip() == "Points Possible"
    assert possible[-1] == "3"
    assert body[0] == ["Lovelace, Ada", "101", "al", "A", "1.5"]


def test_an_assignment_that_canvas_has_is_headed_by_title_and_id(tmp_path: Path) -> None:
    # lib/gradebook_importer.rb of canvas-lms, parse_assignments: `Assignment.title_and_id`
    # reads the number in brackets at the end; without it a new assignment may be made.
    homework = parse_key(KEY + 'CANVAS = "Homework 1 (4711)"')
    record = without_answers(homework, "ada", "no answers", "")
    write_exports(tmp_path, homework, [Student("ada")], {"ada": record})
    assert rows(tmp_path / "canvas.csv")[0][-1] == "Homework 1 (4711)"


def test_moodle(graded: Path) -> None:
    head, *body = rows(graded / "out" / "moodle.csv")
    assert head[:3] == ["ID number", "Email address", "Trial"]
    assert body[0][:3] == ["ada", "ada@example.org", "1.5"]


def test_gradescope(graded: Path) -> None:
    with zipfile.ZipFile(graded / "out" / "gradescope.zip") as packed:
        told = json.loads(packed.read("results.json"))
    ben = told["ben@example.org"]
    assert ben["score"] == 3
    assert [test["max_score"] for test in ben["tests"]] == [2, 1]
    assert {test["output_format"] for test in ben["tests"]} == {"md"}
    assert set(told) == {"ada@example.org", "ben@example.org"}  # Cyd has no email


def test_no_two_ids_share_a_file_and_none_leads_out_of_the_folder() -> None:
    ids = ["ada", "a/b", "a b", "../ada", "ada.", "..", "Å", "x" * 90, "x" * 91]
    names = [file_name(id) for id in ids]
    assert len(set(names)) == len(ids)
    assert names[0] == "ada"
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9@_-][A-Za-z0-9._@-]{0,100}", name), name


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_name_is_a_formula(tmp_path: Path, name: str) -> None:
    homework = parse_key(KEY)
    record = without_answers(homework, "ada", "no answers", "")
    write_exports(tmp_path, homework, [Student("ada", name=name, section=name)], {"ada": record})
    assert rows(tmp_path / "grades.csv")[1][1] == f"'{name}"
    canvas = rows(tmp_path / "canvas.csv")[2]
    assert (canvas[0], canvas[3]) == (f"'{name}", f"'{name}")


def test_what_a_reader_must_judge_is_listed(tmp_path: Path) -> None:
    homework = parse_key(KEY)
    marks = (
        Mark("1", "Mean", "correct", 2.0, 2.0, "Well done."),
        Mark("2", "Spread", "cannot be checked", 0.0, 1.0, to_read="my words"),
    )
    late = (("3.5 hours late", 0.25),)
    record = Record("ada", "graded", marks, 1.75, 3.456, notes=("Late.",), deductions=late)
    write_exports(tmp_path, homework, [Student("ada")], {"ada": record})
    assert rows(tmp_path / "grades.csv")[1][3:] == [
        *("2.0", "to be marked", "to be marked"),
        *("3", "3.46", "0.25", "2"),
    ]
    assert rows(tmp_path / "canvas.csv")[2] == ["ada", "", "ada", "", "to be marked"]
    assert rows(tmp_path / "moodle.csv")[1][3] == (
        "graded; 1: 2 of 2, correct; 2: to be marked; −0.25: 3.5 hours late"
    )
    told = result(record)
    assert told["output"] == (
        "Status: graded\nLate.\n−0.25 points: 3.5 hours late\nTo be marked: 2"
    )
    assert told["tests"][0] == {
        "name": "1 Mean",
        "number": "1",
        "score": 2.0,
        "max_score": 2.0,
        "output": "Correct. Well done.",
        "output_format": "md",
    }


def test_nothing_handed_in_is_no_zero_unless_asked(tmp_path: Path) -> None:
    homework = parse_key(KEY)
    students = [Student("ada"), Student("ben"), Student("cyd")]
    status = {"ada": "nothing handed in", "ben": "could not be graded", "cyd": "not a notebook"}
    records = {id: without_answers(homework, id, said, "why") for id, said in status.items()}
    for zero, points in ((False, ["", "", "0.0"]), (True, ["0.0", "", "0.0"])):
        write_exports(tmp_path, homework, students, records, missing_as_zero=zero)
        assert [row[5] for row in rows(tmp_path / "grades.csv")[1:]] == points
        assert [row[4] for row in rows(tmp_path / "canvas.csv")[2:]] == points
        assert [row[2] for row in rows(tmp_path / "moodle.csv")[1:]] == points
