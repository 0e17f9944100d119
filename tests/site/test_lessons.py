"""Notebooks as pieces of a page."""

import base64
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.site.lessons import read_lessons
from mlmteach.site.markup import Pictures


def test_a_lesson_comes_in_pieces(folder: Path) -> None:
    (lesson,) = read_lessons(folder)
    assert (lesson.name, lesson.title) == ("07_lesson", "7 · A lesson")
    assert lesson.question == "Does it work?"
    pieces = list(lesson.pieces())
    kinds = [piece.kind for piece in pieces]
    assert kinds == [
        "prose",
        "prose",
        "prose",
        "code",
        "shown",
        "shown",
        "shown",
        "exercise",
        "prose",
    ]
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


def test_pictures_come_along_from_wherever_they_are(tmp_path: Path) -> None:
    dot = base64.b64encode(b"\x89PNG dot").decode()
    (tmp_path / "a b.jpg").write_bytes(b"photo")
    told = new_markdown_cell(
        "![at](attachment:my%20dot.png) ![by](a%20b.jpg 'x') "
        "<img alt='raw' src='a b.jpg'> ![no](c.png)"
    )
    told["attachments"] = {"my dot.png": {"image/png": dot}}
    drawn = [
        new_output("display_data", {"image/jpeg": "cGhvdG8=\n", "text/plain": "<JPEG>"}),
        new_output("display_data", {"image/svg+xml": "<svg></svg>", "text/plain": "<SVG>"}),
    ]
    cells = [told, new_code_cell("draw()", execution_count=1, outputs=drawn)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "own.ipynb")
    (lesson,) = read_lessons(tmp_path)
    _, prose, _, jpeg, svg = lesson.pieces()
    photo = "data:image/jpeg;base64,cGhvdG8="
    assert prose.text == (
        f'<img alt="at" src="data:image/png;base64,{dot}"> <img alt="by" src="{photo}"> '
        f"<img alt='raw' src=\"{photo}\"> ![no](c.png)"
    )
    assert jpeg.text == f'<img alt="&lt;JPEG&gt;" src="{photo}">'
    assert 'src="data:image/svg+xml;base64,' in svg.text
    _, prose, _, jpeg, svg = lesson.pieces(Pictures(tmp_path / "out", "../out"))
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".jpg", ".png", ".svg"]
    assert "base64" not in prose.text + jpeg.text + svg.text


@pytest.mark.parametrize(
    "text", ["[]", "{}", "", "3", '{"nbformat": 4, "nbformat_minor": 5, "cells": [{}]}']
)
def test_what_is_no_notebook_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.ipynb").write_text(text)
    with pytest.raises(MlmteachError, match=r"odd\.ipynb' cannot be read: .+\. Save it again"):
        read_lessons(tmp_path)


def test_a_cell_without_a_list_of_outputs_has_none(tmp_path: Path) -> None:
    cell = '{"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "1"}'
    text = f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{cell}]}}'
    (tmp_path / "short.ipynb").write_text(text)
    (lesson,) = read_lessons(tmp_path)
    assert [piece.kind for piece in lesson.pieces()] == ["prose", "code"]


def test_a_title_is_plain_where_there_is_no_markdown(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_markdown_cell("# On *one* & `two`")])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    (lesson,) = read_lessons(tmp_path)
    assert lesson.plain_title == "On one & two"
