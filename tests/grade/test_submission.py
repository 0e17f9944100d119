"""Reading what students hand in, whatever it is."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from mlmteach.grade import submission
from mlmteach.grade.submission import NotANotebook, read_submission
from tests.grade.homework import notebook


def test_code_cells_in_order(tmp_path: Path) -> None:
    book = json.loads(notebook("a = 1\nb = 2", "c"))
    book["cells"].insert(1, {"cell_type": "markdown", "source": "# text"})
    book["cells"].append({"cell_type": "code", "source": "d"})  # a text instead of lines
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(book))
    os.utime(path, (5, 7.5))
    found = read_submission(path)
    assert found.cells == ("a = 1\nb = 2", "c", "d")
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.modified == 7.5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe\x00", "it is no text"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it has no cells"),
        (b'{"worksheets": []}', "it has no cells"),  # version 3
        (b'{"cells": 3}', "it has no cells"),
        (b'{"cells": [3]}', "it has no cells"),
        (b'{"cells": [{"cell_type": "code"}]}', "it has no cells"),
        (b'{"cells": [{"cell_type": "code", "source": 3}]}', "it has no cells"),
        (b'{"cells": [{"cell_type": "code", "source": ["a", 3]}]}', "it has no cells"),
    ],
)
def test_what_is_no_notebook_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotANotebook, match=says):
        read_submission(path)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    real, link, pipe = (tmp_path / name for name in ("real", "link", "pipe"))
    real.write_text(notebook("1"))
    link.symlink_to(real)
    os.mkfifo(pipe)
    for path, says in (
        (link, "it cannot be opened"),
        (pipe, "not a regular file"),
        (tmp_path, "not a regular file"),
        (tmp_path / "none", "it cannot be opened: No such file"),
    ):
        with pytest.raises(NotANotebook, match=says):
            read_submission(path)


def test_too_much_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(*["x"] * 2_000))
    assert len(read_submission(path).cells) == 2_000
    path.write_text(notebook(*["x"] * 2_001))
    with pytest.raises(NotANotebook, match="more code than any homework"):
        read_submission(path)
    path.write_text(notebook("x" * (2**20 + 1)))
    with pytest.raises(NotANotebook, match="more code than any homework"):
        read_submission(path)
    monkeypatch.setattr(submission, "LARGEST_FILE", 2**20)
    with pytest.raises(NotANotebook, match="it is larger than 1 MiB"):
        read_submission(path)
