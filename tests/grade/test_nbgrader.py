"""Notebooks of nbgrader as keys."""

import json
from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.errors import OptionError
from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.own_test import OwnTest
from mlmteach.grade.homework import parse_key
from mlmteach.grade.nbgrader import key_from_nbgrader


def cell(kind: str, source: str, **told: object) -> dict[str, object]:
    plain = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
    metadata = {"nbgrader": {**plain, **told}} if told else {}
    return {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True)}


# Built after nbgrader/docs/source/user_guide/source/ps1/problem1.ipynb, which its guide explains:
# autograded answers with tests, an answer marked by hand in words and one in code, and a task.
CELLS = [
    cell("markdown", "# Sums\nRead on.", grade_id="intro", locked=True),
    cell("code", "import math"),
    cell("markdown", "## Part A\nWrite `cubes(n)`, the first n cubes."),
    cell(
        "code",
        'def cubes(n):\n    """Cubes."""\n    ### BEGIN SOLUTION\n    if n < 1:\n'
        "        raise ValueError(n)\n    return [k**3 for k in range(1, n + 1)]\n"
        "    ### END SOLUTION",
        grade_id="cubes",
        solution=True,
    ),
    cell("code", "cubes(10)"),
    cell(
        "code",
        '"""Several inputs"""\nassert cubes(1) == [1]\nassert cubes(3) == [1, 8, 27]\n'
        "for k in range(9):\n    assert cubes(k)",
        grade_id="correct_cubes",
        grade=True,
        points=1,
    ),
    cell(
        "code",
        "try:\n    cubes(0)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError()",
        grade_id="cubes_invalid",
        grade=True,
        points=0.5,
    ),
    cell("markdown", "What is the root of their sum?"),
    cell("code", "root = math.sqrt(sum(cubes(4)))", grade_id="root", solution=True),
    cell(
        "code",
        "from numpy.testing import assert_allclose\nassert_allclose(root, 10)",
        grade_id="correct_root",
        grade=True,
        points=2,
    ),
    cell("markdown", "$\\sum k^3$", grade_id="cubes-equation", grade=True, solution=True, points=1),
    cell(
        "code", "def my_use(n):\n    return 1", grade_id="use", grade=True, solution=True, points=2
    ),
    cell("markdown", "State a formula.", grade_id="cell-93", task=True, points=4, locked=True),
]


def source(folder: Path, cells: list[dict[str, object]]) -> Path:
    path = folder / "problem1.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    return path


def test_ids_points_and_solutions_are_taken_over(tmp_path: Path) -> None:
    text = key_from_nbgrader(source(tmp_path, CELLS))
    homework = parse_key(text)
    homework.verify("ada")
    assert (homework.title, homework.assignment) == ("Sums", "problem1")
    found = {e.id: (e.answer, e.points, type(e.kind)) for e in homework.exercises}
    assert found == {
        "cubes": ("cubes", 1.5, OwnTest),
        "root": ("root", 2.0, OwnTest),
        "cubes-equation": ("cubes_equation", 1.0, OpenText),
        "use": ("use", 2.0, OpenText),
        "cell-93": ("cell_93", 4.0, OpenText),
    }
    cubes, root, _, _, task = homework.exercises
    assert isinstance(cubes.kind, OwnTest)
    assert cubes.kind.calls == ("cubes(1)", "cubes(3)", "cubes(0)")
    assert isinstance(root.kind, OwnTest)
    assert root.kind.calls == ("root",)
    assert "These tests are not taken over" in text
    assert "#       assert cubes(k)" in text
    assert task.prompt == "State a formula."
    worked = homework.work("ada")
    assert worked["root"].expected["values"] == [{"kind": "number", "value": 10.0}]
    assert worked["cubes"].expected["values"][2] == {"kind": "text", "value": "raised ValueError"}


def test_students_get_what_nbgrader_would_give_them(tmp_path: Path) -> None:
    key = tmp_path / "sums.py"
    arguments = ["new", str(key), "--from-nbgrader", str(source(tmp_path, CELLS))]
    assert main(arguments) == 0
    assert main(["release", str(key)]) == 0
    text = key.with_suffix(".ipynb").read_text()
    for part in ("Write `cubes(n)`", "def cubes(n):", "(1.5 points)", "root = ...", "import math"):
        assert part in text
    for part in ("k**3", "math.sqrt", "BEGIN SOLUTION", "cubes(3)", "def my_use"):
        assert part not in text


def test_what_only_ipython_understands_becomes_a_comment(tmp_path: Path) -> None:
    cells = [
        cell("code", "%matplotlib inline\nimport math"),
        cell("code", "!ls\nroot = math.sqrt(9)", grade_id="root", solution=True),
        cell("code", "%time\nassert root == 3", grade_id="root-test", grade=True, points=1),
        cell("code", "rest = 7\\\n% 4", grade_id="rest", solution=True),  # plain Python stays
    ]
    homework = parse_key(key_from_nbgrader(source(tmp_path, cells)))
    assert homework.setup == "# %matplotlib inline\nimport math"
    homework.verify("ada")
    worked = homework.work("ada")
    assert worked["root"].expected["values"] == [{"kind": "number", "value": 3.0}]
    assert worked["rest"].expected["values"] == [{"kind": "number", "value": 3.0}]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([cell("code", "1")], "no cell that nbgrader grades"),
        *(
            ([{**cell("code", "1"), **odd}], "cannot be read")
            for odd in (
                {"source": 1},
                {"cell_type": None, "source": None},
                {"metadata": None},
                {"metadata": {"nbgrader": 3}},
                {"metadata": {"nbgrader": {"solution": True, "points": "many"}}},
            )
        ),
        ([{"source": "1"}], "cannot be read"),
    ],
)
def test_what_is_no_source_notebook_is_named(
    tmp_path: Path, cells: list[dict[str, object]], says: str
) -> None:
    with pytest.raises(OptionError, match=says):
        key_from_nbgrader(source(tmp_path, cells))
