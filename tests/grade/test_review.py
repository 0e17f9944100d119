"""Marks by hand: what the lecturer wrote is kept, applied, and refused where it cannot be."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.exports import write_exports
from mlmteach.grade.homework import Homework, parse_key
from mlmteach.grade.pages import write_feedback
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.review import read_review, settle, write_review
from mlmteach.grade.roster import Student
from tests.grade.homework import KEY, LATE, rows

HEAD = "id,exercise,answer,of,points,until,comment,version\n"


@pytest.fixture(scope="module")
def homework() -> Homework:
    return parse_key(KEY + LATE)


def record(text: str = "-my words", hours: float = 0.0, first: float = 2.0) -> Record:
    marks = (
        Mark("1", "Mean", "correct", first, 2.0, given="301.5"),
        Mark("2", "Spread", "cannot be checked", 0.0, 1.0, to_read=text),
    )
    return Record("ada", "graded", marks, first, hours)


def settled(homework: Homework, sheet: str, judged: Record, folder: Path) -> Record:
    path = folder / "sheet.csv"
    path.write_text(HEAD + sheet)
    return settle(homework, judged, read_review(path, homework, ["ada"]))


def fill_in(path: Path, points: str, comment: str) -> None:
    head, first, *others = rows(path)
    first[4], first[6] = points, comment
    # As a spreadsheet of Germany's saves it.
    lines = [";".join(f'"{cell}"' for cell in row) for row in (head, first, *others)]
    path.write_text("\n".join(lines), encoding="utf-8-sig")


def test_points_and_comment_survive_runs_until_the_text_changes(
    homework: Homework, tmp_path: Path
) -> None:
    sheet = tmp_path / "review.csv"
    write_review(sheet, [record()], read_review(sheet, homework, ["ada"]))
    assert rows(sheet)[1][:5] == ["ada", "2", "'-my words", "1", ""]
    fill_in(sheet, "0,5", "-nearly")
    for _ in range(3):
        review = read_review(sheet, homework, ["ada"])
        found = settle(homework, record(), review)
        assert (found.points, found.to_mark) == (2.5, ())
        assert (found.marks[1].points, found.marks[1].comment) == (0.5, "-nearly")
        write_review(sheet, [found], review)
    assert sheet.read_text(encoding="utf-8-sig").count("\n") == 1  # nothing was added
    other = settle(homework, record("Other words."), review)
    assert (other.points, other.to_mark) == (2.0, ("2",))
    write_review(sheet, [other], review)
    assert rows(sheet)[1][2:7] == [
        "Other words.",
        "1",
        "",
        "",
        "'-nearly [0,5 for an earlier text]",
    ]


def test_what_else_a_lecturer_decides(homework: Homework, tmp_path: Path) -> None:
    sheet = "ada,1,,,1.5,,The scale is wrong.,\nada,deduction,,,0.25,,No names on the axes.,\n"
    found = settled(homework, sheet, record(hours=30.0), tmp_path)
    assert [mark.points for mark in found.marks] == [1.5, 0.0]
    assert found.deductions == (("30.0 hours late", 0.75), ("No names on the axes.", 0.25))
    assert found.points == 0.5
    # The deadline is on the 1st at 12:00 UTC; 26 of the 30 hours are given.
    sheet += "ada,extension,,,,2030-01-02T15:00+01:00,Ill.,\n"
    found = settled(homework, sheet, record(hours=30.0), tmp_path)
    assert found.hours_late == 4.0
    assert "You had time until 2030-01-02 15:00. Ill." in found.notes
    sheet = sheet.replace("02T15:00", "03T15:00")
    found = settled(homework, sheet, record(hours=30.0), tmp_path)
    assert (found.hours_late, found.points) == (0.0, 1.25)
    found = settled(homework, sheet + "ada,excused,,,,,Military service.,\n", record(), tmp_path)
    assert found.excused
    assert found.to_mark == ()
    big = settled(homework, "ada,deduction,,,99,,Copied.,\n", record(), tmp_path)
    assert big.points == 0


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("eve,1,,,1,,so,", "row 2 of 'eve': nobody in the roster has this id"),
        ("ada,3,,,1,,so,", "'3' is no exercise, and not 'deduction'"),
        ("ada,1,,,1,,,", "need a comment that says why"),
        ("ada,1,,,3,,so,", "exercise 1 has 2 points at most"),
        ("ada,1,,,-1,,so,", "'-1' is not 0 or more points"),
        ("ada,1,,,nan,,so,", "'nan' is not 0 or more points"),
        ("ada,1,,,much,,so,", "'much' is no number of points"),
        ("ada,1,,,1,,so,\nada,1,,,2,,so,", "row 3 of 'ada': exercise 1 has points in another row"),
        ("ada,deduction,,,1,,,", "a deduction needs a comment"),
        ("ada,extension,,,,soon,,", "'soon' in column 'until' is no time"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    homework: Homework, tmp_path: Path, row: str, says: str
) -> None:
    with pytest.raises(OptionError, match=says):
        settled(homework, row + "\n", record(), tmp_path)


def test_a_student_who_left_stops_nothing(homework: Homework, tmp_path: Path) -> None:
    sheet = tmp_path / "review.csv"
    odd = replace(record(), student=" =odd ")
    write_review(sheet, [record(), odd], read_review(sheet, homework, ["ada", " =odd "]))
    fill_in(sheet, "1", "Good.")
    review = read_review(sheet, homework, [" =odd "])
    assert (review.marks, len(review.rows)) == ({}, 2)
    write_review(sheet, [odd], review)
    assert sheet.read_text().count("\n") == 2  # a row each, and no more of them
    review = read_review(sheet, homework, ["ada", " =odd "])
    assert settle(homework, record(), review).marks[1].points == 1
    assert not settle(homework, odd, review).marks[1].by_hand


def test_a_sheet_without_its_columns_is_named(homework: Homework, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("id,mark\nada,1\n")
    with pytest.raises(OptionError, match="no column 'exercise'.*id,exercise,answer"):
        read_review(tmp_path / "sheet.csv", homework, ["ada"])


def test_exports_and_feedback_tell_what_is_open(homework: Homework, tmp_path: Path) -> None:
    ada = Student("ada", canvas_id="101")
    write_exports(tmp_path, homework, [ada], {"ada": record()})
    assert rows(tmp_path / "grades.csv")[1][3:6] == ["2.0", "to be marked", "to be marked"]
    assert rows(tmp_path / "canvas.csv")[2][4] == "to be marked"
    assert rows(tmp_path / "moodle.csv")[1][2:] == [
        "",
        "graded; 1: 2 of 2, correct; 2: to be marked",
    ]
    excused = replace(record(), excused=True)
    write_exports(tmp_path, homework, [ada], {"ada": excused})
    assert rows(tmp_path / "canvas.csv")[2][4] == "EX"
    assert rows(tmp_path / "grades.csv")[1][5] == "excused"
    sheet = "ada,1,,,1.5,,The scale <is> wrong.,\nada,deduction,,,0.25,,No <names>.,\n"
    found = settled(homework, sheet, record(), tmp_path)
    write_feedback(tmp_path, homework, (ada,), {"ada": found})
    page = (tmp_path / "feedback" / "ada.html").read_text()
    for part in ("301.5", "-my words", "The scale &lt;is&gt; wrong.", "No &lt;names&gt;.", "−0.25"):
        assert part in page
    assert "1.25 of 3 points so far" in page
    assert "<b>To be marked.</b>" in page


def test_an_id_that_lost_its_zeros_is_found(homework: Homework, tmp_path: Path) -> None:
    sheet = tmp_path / "review.csv"
    ids = ["007", "7", "012", "0030", "030"]
    first = replace(record(), student="012")
    write_review(sheet, [first], read_review(sheet, homework, ids))
    fill_in(sheet, "0,5", "")
    sheet.write_text(sheet.read_text(encoding="utf-8-sig").replace('"012"', '"12"'))
    review = read_review(sheet, homework, ids)
    assert settle(homework, first, review).marks[1].by_hand
    write_review(sheet, [first], review)
    assert len(rows(sheet)) == 2  # its row is known again
    for id, whose in (("7", "7"), ("007", "007"), ("012", "012")):
        sheet.write_text(f"{HEAD}{id},excused,,,,,,\n")
        assert list(read_review(sheet, homework, ids).excused) == [whose]
    sheet.write_text(f"{HEAD}30,excused,,,,,,\n")  # it may be of two
    with pytest.raises(OptionError, match="nobody in the roster"):
        read_review(sheet, homework, ids)
