"""The points of a term."""

from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.errors import OptionError
from mlmteach.grade.totals import add_up, write_totals
from tests.grade.homework import rows


def graded(folder: Path, **points: str) -> Path:
    folder.mkdir()
    lines = [f"{id},{id.title()},graded,{told},4" for id, told in points.items()]
    (folder / "grades.csv").write_text("\n".join(["id,name,status,points,of", *lines]) + "\n")
    return folder


def test_a_term_is_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = graded(tmp_path / "hw1", ada="3", ben="1", cyd="2")
    two = graded(tmp_path / "hw2", ada="4", ben="excused", cyd="to be marked", dan="2")
    term = tmp_path / "term.csv"
    assert main(["totals", str(one), str(two), "--output", str(term)]) == 0
    assert "4 students" in capsys.readouterr().out
    assert rows(term) == [
        ["id", "name", "hw1", "hw2", "points", "of", "percent", "not handed in"],
        ["ada", "Ada", "3", "4", "7.0", "8.0", "87.5", ""],
        ["ben", "Ben", "1", "excused", "1.0", "4.0", "25.0", ""],
        ["cyd", "Cyd", "2", "to be marked", "to be marked", "", "", ""],
        ["dan", "Dan", "", "2", "2.0", "8.0", "25.0", "hw1"],
    ]


def test_the_weakest_share_is_dropped_and_one_always_counts() -> None:
    def row(points: str, of: str) -> list[dict[str, str]]:
        return [{"id": "ada", "name": "", "points": points, "of": of}]

    homeworks = {"a": row("5", "10"), "b": row("4", "4"), "c": row("excused", "9")}
    assert add_up(homeworks, drop=1)[1][-4:] == [4.0, 4.0, 100.0, ""]
    assert add_up(homeworks, drop=9)[1][-4:] == [4.0, 4.0, 100.0, ""]
    assert add_up({"c": row("excused", "9")})[1][-4:] == [0, 0, "", ""]


def test_what_holds_no_grades_is_named(tmp_path: Path) -> None:
    term = tmp_path / "term.csv"
    with pytest.raises(OptionError, match="cannot be read"):
        write_totals([tmp_path / "none"], term)
    bad = graded(tmp_path / "bad", ada="many")
    with pytest.raises(OptionError, match="In 'bad', the points of 'ada' are 'many'"):
        write_totals([bad], term)
    (bad / "grades.csv").write_text("name\nada\n")
    with pytest.raises(OptionError, match="no table of grades"):
        write_totals([bad], term)
    with pytest.raises(OptionError, match="same name"):
        write_totals([bad, tmp_path / "x" / "bad"], term)
    assert main(["totals", str(bad), "--output", str(term), "--drop", "-1"]) == 1
