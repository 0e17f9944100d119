"""A small key, a right notebook for it, and helpers to write submissions and read results."""

import csv
import json
from pathlib import Path

from mlmteach.grade.limits import Limits
from mlmteach.grade.sandbox import Sandbox

KEY = """
from mlmteach.exercises import Choice, Exercise, Function, Mistake, Number, OpenText

TITLE = "Trial"
ASSIGNMENT = "trial"
SETUP = 'data = mlm.my_data("trial", student, data="sleepstudy")'
EXERCISES = [
    Exercise(
        id="1", title="Mean", prompt="The mean of Reaction?", answer="mean", kind=Number(),
        solution="mean = data['Reaction'].mean()",
        mistakes=(Mistake("data['Reaction'].median()", "This is the median."),), points=2,
    ),
    Exercise(
        id="2", title="Spread", prompt="A function of a frame.", answer="spread",
        kind=Function(tries="[mlm.my_data('trial', k, data='sleepstudy') for k in ('p', 'q')]"),
        solution="def spread(frame):\\n    return frame['Reaction'].std()", points=1,
    ),
]
"""
SECRET = "data['Reaction'].mean()"

RIGHT = (
    "import mlmteach as mlm\nstudent = {student!r}",
    "data = mlm.my_data('trial', student, data='sleepstudy')",
    "mean = data['Reaction'].mean()",
    "def spread(frame):\n    return frame['Reaction'].std()",
)


def notebook(*cells: str) -> str:
    """Return a notebook with these code cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for number, source in enumerate(cells)
            ],
        }
    )


def right(student: str) -> str:
    """Return the notebook of a student who has everything right."""
    return notebook(*(cell.format(student=student) for cell in RIGHT))


def hand_in(folder: Path, **work: str) -> None:
    """Write submissions: student to text of the file."""
    folder.mkdir(exist_ok=True)
    for student, text in work.items():
        (folder / f"{student}.ipynb").write_text(text, encoding="utf-8")


def write_key(folder: Path, text: str = KEY) -> Path:
    """Write the key."""
    path = folder / "key.py"
    path.write_text(text, encoding="utf-8")
    return path


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


def rows(path: Path) -> list[list[str]]:
    """Read a CSV file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def json_cells(text: str) -> list[str]:
    """Return the sources of a notebook's cells."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


MIB = 2**20


def value(sandbox: Sandbox, *cells: str, limits: Limits | None = None) -> object:
    """Run cells and return what they bind x to."""
    ran = sandbox.run(cells, ["x"], limits=limits)
    assert (ran.end, ran.errors) == ("answered", ()), ran
    return ran.answers["x"].get("value", ran.answers["x"])
