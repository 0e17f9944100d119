"""The key: what it must set, and what is wrong with one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.grade.command import Run, run
from mlmteach.grade.homework import parse_key, read_key
from tests.grade.homework import KEY, hand_in, right, write_key


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


def test_what_is_also_right_must_be_an_answer() -> None:
    text = (
        "from mlmteach.exercises import Also, Exercise, Mistake, Number\n"
        "TITLE, ASSIGNMENT = 'Trial', 'trial'\n"
        "EXERCISES = [Exercise('1', 'Half', 'Half?', 'half', Number(), 'half = 0.5123',\n"
        "    mistakes=(Mistake('0.7234', 'By ML.'),), also=(Also('len(student)', 'Fine.'),))]"
    )
    parse_key(text).verify("ada")
    with pytest.raises(MlmteachError, match=r"does not take for right: Fine\."):
        parse_key(text.replace("len(student)", "student")).verify("ada")


def test_what_a_key_says() -> None:
    homework = parse_key(KEY + 'DEADLINE = "2030-01-01T12:00+02:00"\nINTRODUCTION = " Hello. "\n')
    assert (homework.title, homework.assignment, homework.points) == ("Trial", "trial", 3)
    assert homework.introduction == "Hello."
    assert homework.deadline == datetime(2030, 1, 1, 10, tzinfo=UTC)
    assert homework.late(2.0, 99.0) == 2.0  # in full, where the key says nothing else
    assert parse_key(KEY).deadline is None
    assert parse_key(KEY).digest == parse_key(KEY).digest != homework.digest


def test_a_time_without_a_zone_is_that_of_the_machine() -> None:
    deadline = parse_key(KEY + 'DEADLINE = "2030-01-01T12:00"').deadline
    assert deadline is not None
    assert deadline.tzinfo is not None
    assert deadline.replace(tzinfo=None) == datetime(2030, 1, 1, 12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (KEY + 'DEADLINE = "tomorrow"', "DEADLINE 'tomorrow' of the key 'key' is no time"),
        (KEY.replace('id="2"', 'id="1"'), "the id '1' is taken twice"),
        (KEY.replace('answer="mean"', 'answer="student"'), "the answer 'student' is taken twice"),
        (KEY.replace('answer="mean"', 'answer="a mean"'), "'a mean' is no name for an answer"),
        ("1 / 0", "does not run: ZeroDivisionError"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(text: str, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        parse_key(text)


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read: No such file"):
        read_key(tmp_path / "none.py")
    (tmp_path / "key.py").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="cannot be read: it is not UTF-8"):
        read_key(tmp_path / "key.py")


def test_each_student_has_a_key_of_their_own() -> None:
    homework = parse_key(KEY)
    ada, ben = homework.work("ada"), homework.work("ben")
    assert ada["1"].expected != ben["1"].expected
    assert homework.work("ada")["1"] is ada["1"]  # and it is worked out once


def test_a_key_that_does_not_agree_with_itself_is_named() -> None:
    parse_key(KEY).verify("ada")
    words = 'OpenText(), solution="mean = 1"'
    other = KEY.replace("Number(),\n        solution=\"mean = data['Reaction'].mean()\"", words)
    assert other != KEY
    parse_key(other).verify("ada")  # what a reader judges needs no solution that fits
    choice = KEY.replace("kind=Number()", "kind=Choice(options={'a': 'x'})")
    with pytest.raises(OptionError, match="The solution of exercise 1 is judged as: . Cannot"):
        parse_key(choice).verify("ada")


FILES = """
from mlmteach.exercises import Exercise, Number
TITLE, ASSIGNMENT, FILES = "Own data", "own", ["own.csv"]
SETUP = "import pandas as pd\\ndata = pd.read_csv('own.csv')"
EXERCISES = [Exercise("1", "Sum", "Sum?", "total", Number(), "total = data['a'].sum()")]
"""


def test_data_files_travel_with_the_key(tmp_path: Path) -> None:
    key = write_key(tmp_path, FILES)
    with pytest.raises(OptionError, match="'own.csv' of the key 'key.py' cannot be read"):
        read_key(key)
    (tmp_path / "own.csv").write_text("a\n1.5\n2\n")
    homework = read_key(key)
    assert homework.files == {"own.csv": b"a\n1.5\n2\n"}
    assert homework.work("ada")["1"].expected["value"] == 3.5
    (tmp_path / "own.csv").write_text("a\n9\n")
    worker = parse_key(homework.source)  # as a worker elsewhere reads it
    assert worker.work("ben")["1"].expected["value"] == 3.5
    assert read_key(key).digest != homework.digest == worker.digest
    key.write_text(FILES.replace("own.csv", "../own.csv"))
    with pytest.raises(OptionError, match="which is in another folder"):
        read_key(key)
