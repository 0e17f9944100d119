"""`mlmteach lab`: lessons are copied, and nobody's work is overwritten."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from mlmteach.cli import lab_command, main
from mlmteach.cli.lab_command import NOTE, Copied, copy_lessons
from mlmteach.course import lessons_folder
from mlmteach.errors import OptionError

LESSON = "02_null_model.ipynb"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a course of two lessons and an output, as a package would carry it."""
    folder = tmp_path / "package"
    for name, text in {
        LESSON: "old",
        "README.md": "readme",
        "outputs/lme4.txt": "output",
        "src/02_null_model.py": "source",
        ".ipynb_checkpoints/x.ipynb": "checkpoint",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != NOTE
    }


def test_lessons_are_copied_without_their_sources(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "a" / "mine"
    copied = copy_lessons(mine, source=source)
    assert copied.added == (LESSON, "README.md", "outputs/lme4.txt")
    assert files(mine) == {LESSON: "old", "README.md": "readme", "outputs/lme4.txt": "output"}


def test_a_second_run_changes_nothing(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, source=source)
    (mine / LESSON).write_text("my work")
    before = files(mine)
    assert copy_lessons(mine, source=source, update=True) == Copied()
    assert files(mine) == before
    assert str(Copied()) == "Everything is there already."


def test_a_new_version_waits_until_it_is_asked_for(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, source=source)
    (source / LESSON).write_text("new")
    copied = copy_lessons(mine, source=source)
    assert copied == Copied(waiting=(LESSON,))
    assert "--update" in str(copied)
    assert files(mine)[LESSON] == "old"
    assert copy_lessons(mine, source=source, update=True) == Copied(replaced=(LESSON,))
    assert files(mine)[LESSON] == "new"


def test_changed_lessons_stay_and_get_the_new_version_beside_them(
    source: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, source=source)
    (mine / LESSON).write_text("my work")
    for number, version in enumerate(("new", "newer"), start=1):
        (source / LESSON).write_text(version)
        beside = f"02_null_model.new{number if number > 1 else ''}.ipynb"
        copied = copy_lessons(mine, source=source, update=True)
        assert copied == Copied(beside=(beside,))
        assert files(mine)[beside] == version
        assert files(mine)[LESSON] == "my work"
        assert copy_lessons(mine, source=source, update=True) == Copied()


def test_a_file_that_was_there_before_is_no_lesson_of_ours(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "README.md").write_text("about my thesis")
    assert copy_lessons(mine, source=source).waiting == ("README.md",)
    assert copy_lessons(mine, source=source, update=True).beside == ("README.new.md",)
    assert files(mine)["README.md"] == "about my thesis"


@pytest.mark.parametrize("note", ["not json", "[]", "{}"])
def test_without_its_note_nothing_is_overwritten(source: Path, tmp_path: Path, note: str) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, source=source)
    (mine / NOTE).write_text(note)
    (source / LESSON).write_text("new")
    assert copy_lessons(mine, source=source, update=True).beside == ("02_null_model.new.ipynb",)
    assert files(mine)[LESSON] == "old"
    assert set(json.loads((mine / NOTE).read_text())) == {LESSON, "README.md", "outputs/lme4.txt"}


def test_the_lessons_themselves_are_opened_as_they_are(source: Path) -> None:
    before = files(source)
    assert copy_lessons(source, source=source, update=True) == Copied()
    assert files(source) == before
    assert not (source / NOTE).exists()


def test_a_file_is_no_folder(source: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OptionError, match="cannot be copied to .* Name a folder"):
        copy_lessons(tmp_path / "notes.txt", source=source)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, bool]]:
    """Note what would be opened, and open nothing."""
    calls: list[tuple[Path, bool]] = []

    def note(folder: Path, *, browser: bool) -> int:
        calls.append((folder, browser))
        return 0

    monkeypatch.setattr(lab_command, "_open", note)
    monkeypatch.setattr(lab_command, "trust", lambda _: None)
    return calls


def test_the_command_copies_all_lessons_and_opens_them(
    tmp_path: Path, opened: list[tuple[Path, bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "course"
    assert main(["lab", str(mine), "--no-browser"]) == 0
    assert opened == [(mine, False)]
    assert "Copied: 00_start_here.ipynb" in capsys.readouterr().out
    for notebook in lessons_folder().glob("*.ipynb"):
        assert (mine / notebook.name).read_bytes() == notebook.read_bytes()
    assert (mine / "outputs" / "lme4.txt").is_file()  # lesson 9 reads it


def test_jupyterlab_opens_on_the_first_lesson_and_trusts_what_was_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str]) -> None:
            ran.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(lab_command.subprocess, "Popen", Process)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "share"))
    mine = tmp_path / "course"
    mine.mkdir()
    (mine / "03_level1_covariates.ipynb").write_text("somebody else's")
    assert main(["lab", str(mine)]) == 0
    assert ran[0][3] == str(mine / "00_start_here.ipynb")
    notebook = nbformat.read(mine / LESSON, 4)
    assert NotebookNotary().check_signature(notebook)
    notebook.cells[-1].source += "x"
    assert not NotebookNotary().check_signature(notebook)


def test_the_folder_has_a_usual_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[tuple[Path, bool]]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lab"]) == 0
    assert opened == [(Path("mlmteach-lessons"), True)]
    assert (tmp_path / "mlmteach-lessons" / "README.md").is_file()


def test_without_jupyterlab_the_lessons_are_there_and_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab_command, "find_spec", lambda _: None)
    assert main(["lab", str(tmp_path / "course")]) == 1
    assert 'pip install "mlmteach[lab]"' in capsys.readouterr().err
    assert (tmp_path / "course" / "README.md").is_file()


def test_help_is_for_newcomers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    assert "mlmteach lab course --update" in capsys.readouterr().out
