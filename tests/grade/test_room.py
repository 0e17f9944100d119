"""The room a submission runs in: little is in sight of it."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from mlmteach.errors import OptionError
from mlmteach.grade import room
from mlmteach.grade.command import Run, run
from mlmteach.grade.sandbox import Sandbox
from tests.grade.homework import hand_in, right, value, write_key


def test_without_bubblewrap_it_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.shutil, "which", lambda *_, **__: None)
    hand_in(tmp_path / "work", ada=right("ada"))
    asked = Run(write_key(tmp_path), tmp_path / "work", tmp_path / "out", workers=1)
    with pytest.raises(OptionError, match="--unsafe"):
        run(asked)
    assert not (tmp_path / "out").exists()


def test_little_is_in_sight(sandbox: Sandbox) -> None:
    assert value(sandbox, "import os\nx = len([n for n in os.listdir('/proc') if n.isdigit()])") < 5
    assert value(sandbox, "import os\nx = len(os.environ)") < 10
    assert value(sandbox, "import os\nx = str(os.listdir('/tmp')[:1])") in ("[]", repr_of_tmp())
    assert value(sandbox, "import socket\nx = str(socket.if_nameindex())") == "[(1, 'lo')]"


def repr_of_tmp() -> str:
    """A checkout or an environment in /tmp is seen, since Python has to be."""
    prefix = Path(sys.prefix).resolve()
    return str([prefix.parts[2]]) if prefix.is_relative_to("/tmp") else "[]"


def test_what_is_in_sight_is_python_and_this_package() -> None:
    paths = room.visible_paths()
    package = Path(room.__file__).parents[1]
    assert any(package.resolve().is_relative_to(path) for path in paths)
    assert any(Path(pd.__file__).resolve().is_relative_to(path) for path in paths)
    assert all(path.is_dir() and path.is_absolute() for path in paths)
    for path in paths:  # none lies in another
        assert not any(path.is_relative_to(other) for other in paths if other != path)
    assert not {Path("/"), Path.home(), Path("/tmp"), Path("/etc")} & set(paths)


def test_bubblewrap_is_looked_for_where_no_student_can_put_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(room.require_bubblewrap()).parent != tmp_path
