"""The report of a batch, and how the exercises did."""

from pathlib import Path

import numpy as np
import pytest

from mlmteach.grade.homework import Homework, parse_key
from mlmteach.grade.record import Mark, Record, without_answers
from mlmteach.grade.report import Item, analyse, to_talk_about, write_report
from mlmteach.grade.roster import Aside
from tests.grade.homework import KEY


@pytest.fixture(scope="module")
def homework() -> Homework:
    return parse_key(KEY)


def record(student: str, mean: float, spread: float, mistake: str = "") -> Record:
    marks = (
        Mark("1", "Mean", "not yet", mean, 2.0, mistake=mistake),
        Mark("2", "Spread", "not yet", spread, 1.0),
    )
    return Record(student, "graded", marks, mean + spread)


def records(*given: Record) -> dict[str, Record]:
    return {record.student: record for record in given}


def test_a_whole_grading_has_its_report(graded: Path) -> None:
    report = (graded / "out" / "report.html").read_text()
    assert "stranger.ipynb" in report
    assert "ada and ben" not in report  # the same code, but every line of it is the exercise's
    assert "<img alt=" in report


def test_difficulty_discrimination_and_mistakes(homework: Homework) -> None:
    found = records(
        record("a", 2.0, 1.0),
        record("b", 2.0, 0.5),
        record("c", 0.0, 0.0, "the median"),
        record("d", 1.0, 0.0, "the median"),
        record("e", 0.0, 1.0, "the mode"),
        without_answers(homework, "f", "nothing handed in", ""),
    )
    mean, spread = analyse(homework, found)
    assert (mean.difficulty, spread.difficulty) == (0.5, 0.5)
    expected = np.corrcoef([2, 2, 0, 1, 0], [1, 0.5, 0, 0, 1])[0, 1]
    assert mean.discrimination == pytest.approx(expected)
    assert spread.discrimination == pytest.approx(expected)
    assert mean.mistakes == (("the median", 2), ("the mode", 1))


def test_what_does_not_vary_discriminates_nothing(homework: Homework) -> None:
    same = records(
        *(record(name, 2.0, points) for name, points in zip("abc", (0, 1, 1), strict=True))
    )
    assert [item.discrimination for item in analyse(homework, same)] == [None, None]
    two = records(record("a", 2.0, 1.0), record("b", 0.0, 0.0))
    assert [item.discrimination for item in analyse(homework, two)] == [None, None]
    assert analyse(homework, records(without_answers(homework, "f", "nothing handed in", ""))) == []


def test_the_report_tells_it(tmp_path: Path, homework: Homework) -> None:
    read = Mark("2", "Spread", "cannot be checked", 0.0, 1.0, to_read="<b>my words")
    odd = Record("<o>", "error in cell 1", (Mark("1", "Mean", "correct", 2.0, 2.0), read), 2.0)
    found = records(odd, record("a", 0.0, 1.0, "the <median>"))
    found |= records(without_answers(homework, "f", "nothing handed in", ""))
    pairs, others = [("a", "<o>", 0.876)], [Path("x/who<.ipynb")]
    write_report(tmp_path, homework, found, pairs=pairs, others=others, isolated=False)
    text = (tmp_path / "report.html").read_text()
    assert "2 of 3 students handed something in. They earned 1.5 of 3 points" in text
    assert "Graded with --unsafe" in text
    assert "<h3>&lt;o&gt;, exercise 2</h3><pre>&lt;b&gt;my words</pre>" in text
    assert "a and &lt;o&gt;: 88 % of the lines" in text
    assert "who&lt;.ipynb" in text
    assert "1. Exercise 1, 1 students: the &lt;median&gt;" in text
    assert "1 from 0.9 to 1.2, 1 from 1.8 to 2.1" in text  # of ten bars
    write_report(tmp_path, homework, found)
    assert "--unsafe" not in (tmp_path / "report.html").read_text()


def test_a_batch_without_work_has_a_report_too(tmp_path: Path, homework: Homework) -> None:
    nobody = records(without_answers(homework, "f", "nothing handed in", ""))
    write_report(tmp_path, homework, nobody)
    text = (tmp_path / "report.html").read_text()
    assert "Nothing was handed in." in text
    assert "<img" not in text


def test_what_to_talk_about(homework: Homework) -> None:
    made = [record(f"s{k}", 0.0, 1.0, "This is the `median`.") for k in range(3)]
    found = records(*made, *(record(f"r{k}", 2.0, 0.25 * k) for k in range(3)))
    items = analyse(homework, found)
    assert [item.lost for item in items] == [6.0, 2.25]
    assert to_talk_about(items, 6) == [
        "**1 Mean**: 6 points were lost. 3 of 6 made this mistake: This is the `median`."
    ]
    # One slip is nobody's subject; what nearly nobody can do is, and so is what nobody tries.
    one = Item("1", "A", 0.9, None, (("Slip.", 1),), (("correct", 9), ("not yet", 1)), 1.0)
    hard = Item("2", "B", 0.3, None, (), (("not yet", 7), ("correct", 3)), 7.0)
    blank = Item("3", "C", 0.8, None, (), (("correct", 8), ("not attempted", 2)), 2.0)
    told = to_talk_about([one, hard, blank], 10)
    assert [text[:5] for text in told] == ["**2 B", "**3 C"]
    assert "No usual mistake explains it" in told[0]
    assert "2 of 10 did not try it." in told[1]


def test_the_page_says_it_exercise_by_exercise(tmp_path: Path, homework: Homework) -> None:
    found = records(*(record(f"s{k}", 0.0, 1.0, "The <median>.") for k in range(2)))
    read = Mark("2", "Spread", "cannot be checked", 0.0, 1.0, to_read="words")
    found["o"] = Record("o", "graded", (Mark("1", "Mean", "correct", 2.0, 2.0), read), 2.0)
    found["e"] = Record("e", "graded", found["s1"].marks, 0.0, excused=True)
    write_report(tmp_path, homework, found)
    text = (tmp_path / "report.html").read_text()
    assert "<h2>To talk about next week</h2><ol><li><b>1 Mean</b>: 4 points were lost." in text
    assert "2 not yet, 1 correct</td><td>2 × The &lt;median&gt;." in text
    assert "2 not yet, 1 to be marked" in text
    assert "3 of 4 students handed something in" in text


def test_what_could_not_be_graded_is_told_why_and_counts_nowhere(
    homework: Homework, tmp_path: Path
) -> None:
    why = without_answers(homework, "b", "could not be graded", "Not yet.", reason="it <hung>")
    found = records(record("a", 2.0, 1.0), why)
    assert analyse(homework, found)[0].difficulty == 1.0
    asides = (Aside(Path("b/._hw.ipynb"), "is a leftover of macOS"),)
    write_report(tmp_path, homework, found, others=asides, stamp="made-of-this")
    report = (tmp_path / "report.html").read_text()
    assert "could not be graded: it &lt;hung&gt;" in report
    assert "b/._hw.ipynb is a leftover of macOS" in report
    assert "<!-- made-of-this -->" in report
