"""Notebooks as pieces of a page."""

from pathlib import Path

import nbformat
import pytest

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.site.lessons import read_lessons


def test_a_lesson_comes_in_pieces(folder: Path) -> None:
    (lesson,) = read_lessons(folder)
    assert (lesson.name, lesson.title) == ("07_lesson", "7 · A lesson")
    assert lesson.question == "Does it work?"
    pieces = list(lesson.pieces())
    kinds = [piece.kind for piece in pieces]
    assert kinds == ["prose", "prose", "code", "shown", "shown", "shown", "exercise", "prose"]
    printed, told, live = (piece for piece in pieces if piece.kind == "shown")
    assert "printed red" in printed.text
    assert "<math" in told.text
    assert told.markdown.startswith("**Full model**")
    assert live.text.endswith("</script>")  # as it was
    (exercise,) = (piece for piece in pieces if piece.kind == "exercise")
    assert exercise.exercise.id == "2.1"


def test_lessons_come_in_the_order_of_their_names_or_in_that_asked_for(folder: Path) -> None:
    for name in ("08_other", "09_last"):
        (folder / f"{name}.ipynb").write_bytes((folder / "07_lesson.ipynb").read_bytes())
    assert [lesson.name[:2] for lesson in read_lessons(folder)] == ["07", "08", "09"]
    assert [lesson.name[:2] for lesson in read_lessons(folder, ("09", "07"))] == ["09", "07"]
    with pytest.raises(OptionError, match=r"No lesson begins with '05'\. The lessons are: 07_les"):
        read_lessons(folder, ("05",))


def test_what_cannot_be_shown_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="There is no notebook in"):
        read_lessons(tmp_path / "nowhere")
    path = folder / "07_lesson.ipynb"
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)
    with pytest.raises(MlmteachError, match=r"has not been run.*Run all its cells"):
        read_lessons(folder)
    path.write_text("no notebook")
    with pytest.raises(MlmteachError, match="cannot be read"):
        read_lessons(folder)
