"""A whole grading and a sandbox, each made once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.grade.sandbox import Sandbox
from tests.grade.homework import KEY, LATE, ROSTER, hand_in, notebook, right, write_key


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grade three students and a stranger; whoever changes the folder takes a copy."""
    folder = tmp_path_factory.mktemp("graded")
    hand_in(folder / "work", bb=right("ben"), stranger=notebook("1"))
    # As Canvas and Moodle name the files of a download.
    (folder / "work" / "lovelaceada_101_55555_homework.ipynb").write_text(right("ada"))
    (folder / "roster.csv").write_text(ROSTER)
    write_key(folder, KEY + LATE)
    arguments = ["grade", "--key", str(folder / "key.py"), str(folder / "work"), "--roster"]
    arguments += [str(folder / "roster.csv"), "--output", str(folder / "out"), "--workers", "1"]
    assert main(arguments) == 0
    return folder


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()
