"""Notebooks to make pages and slides of."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

LIVE = '<p id="live">still</p><script type="module">live.textContent = "moved"</script>'


def notebook() -> nbformat.NotebookNode:
    """Return a lesson with prose, an output of each kind and an exercise."""
    printed = new_output("stream", text="printed \x1b[31mred\x1b[0m\n")
    told = new_output(
        "execute_result",
        {"text/markdown": "**Full model**\n\n$$a_{1} = b$$", "text/plain": "a = b"},
    )
    live = new_output("display_data", {"text/html": LIVE, "text/plain": "live"})
    return new_notebook(
        cells=[
            new_markdown_cell(
                "# 7 · A lesson\n\n**Goal.** You can.\n\n**Time.** Long.\n\n"
                "**The question.** Does it\nwork?\n\nSee [another](08_other.ipynb), the "
                "[word](GLOSSARY.md#level-1) and [this](07_lesson.ipynb)."
            ),
            new_markdown_cell("## A part\n\nFirst sentence. Second one.\n\nThis leads to it:"),
            new_code_cell("1 + 1", execution_count=1, outputs=[printed, told, live]),
            new_markdown_cell("### Exercise 2.1 · The variance between schools\n\nFit it."),
            new_code_cell("tau2 = ...", execution_count=2),
            new_code_cell('mlm.check("2.1", tau2)', execution_count=3),
            new_markdown_cell(
                "## Quiz\n\n1. Is it so?\n\n   <details><summary>Answer</summary>\n\n   It is.\n\n"
                "   </details>"
            ),
        ]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one lesson."""
    place = tmp_path / "lessons"
    place.mkdir()
    nbformat.write(notebook(), place / "07_lesson.ipynb")
    return place
