"""`mlmteach site`: what is asked for reaches the builder, and what it says reaches the reader."""

from pathlib import Path
from typing import Any

import pytest

from mlmteach.cli import main
from mlmteach.errors import OptionError
from mlmteach.site import build


def test_options_reach_the_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def note(folder: Path, **options: Any) -> tuple[str, ...]:
        asked.update(options, folder=folder)
        return ("WARNING: a title is missing",)

    monkeypatch.setattr(build, "build_site", note)
    folder = tmp_path / "public"
    command = ["site", str(folder), "--title", "Mine", "--lessons", "02", "00", "--slides"]
    assert main([*command, "--from", str(tmp_path), "--repository", "ada/course", "--pdf"]) == 0
    assert asked == {
        "folder": folder,
        "title": "Mine",
        "source": tmp_path,
        "names": ("02", "00"),
        "repository": "ada/course",
        "decks": True,
        "pdf": True,
        "wheel": None,
    }
    said = capsys.readouterr().out
    assert said.startswith("WARNING: a title is missing")
    assert f"Open {folder / 'index.html'}" in said


def test_what_is_refused_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work.txt").write_text("mine")
    assert main(["site", str(tmp_path)]) == 1
    assert "Name a new folder, or an empty one." in capsys.readouterr().err

    def refuse(*_: object, **__: object) -> None:
        raise OptionError("It is wrong.", "Mend it.")

    monkeypatch.setattr(build, "build_site", refuse)
    assert main(["site", str(tmp_path / "new")]) == 1
    assert "It is wrong. Mend it." in capsys.readouterr().err


def test_help_is_for_newcomers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["site", "--help"])
    assert "mlmteach site public --from mylessons" in capsys.readouterr().out
