"""`mlmteach new` and `mlmteach release`: a key, and the notebook that is made of it."""

from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.grade.template import TEMPLATE
from tests.grade.homework import KEY, write_key


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, released = tmp_path / "homework.py", tmp_path / "homework.ipynb"
    assert main(["new", str(key)]) == 0
    assert key.read_text(encoding="utf-8") == TEMPLATE
    assert f"mlmteach release {key}" in capsys.readouterr().out
    assert main(["release", str(key)]) == 0
    before = released.read_bytes()
    assert main(["release", str(key)]) == 1
    assert main(["new", str(key)]) == 1
    assert released.read_bytes() == before
    assert capsys.readouterr().err.count("is there already. Choose another name.") == 2


def test_the_notebook_goes_where_it_is_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other = write_key(tmp_path), tmp_path / "for students.ipynb"
    assert main(["release", str(key), "--output", str(other)]) == 0
    assert other.is_file()
    assert not key.with_suffix(".ipynb").exists()
    assert "for students.ipynb is for the students" in capsys.readouterr().out


def test_a_key_that_is_wrong_releases_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = write_key(tmp_path, KEY.replace("].median()", "].mean()"))
    assert main(["release", str(key)]) == 1
    assert "takes a mistake for right" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [key]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new", "homework.txt"], "'homework.txt' is no name for a key. End it in .py."),
        (["new", "no/such/folder/key.py"], "cannot be written: No such file"),
        (["release", "none.py"], "cannot be read: No such file"),
    ],
)
def test_mistakes_end_in_a_remedy(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
