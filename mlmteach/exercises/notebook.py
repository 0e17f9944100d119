"""Exercises as cells: in the sources of lessons one line stands for an exercise.

``# %% exercise 2.1`` becomes three cells: the question, a cell for the answer, and its check.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlmteach.exercises.catalogue import find
from mlmteach.exercises.kinds import Choice

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from mlmteach.exercises.exercise import Exercise

__all__ = ["answer_source", "expand", "prompt_markdown"]

_LINE = re.compile(r"^exercise (\d+\.\d+)$")


def prompt_markdown(exercise: Exercise) -> str:
    """Write the question in Markdown, with its options if it has some.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    str
    """
    parts = [f"### Exercise {exercise.id} · {exercise.title}", exercise.prompt]
    if isinstance(exercise.kind, Choice):
        parts.append(exercise.kind.prompt)
    return "\n\n".join(parts)


def answer_source(exercise: Exercise) -> str:
    """Write the cell in which a student answers.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    str
        What the answer starts from, and its name bound to ``...``.
    """
    return "\n".join(part for part in (exercise.setup, f"{exercise.answer} = ...") if part)


def expand(notebook: NotebookNode) -> NotebookNode:
    """Put question, answer and check in the place of each line that stands for an exercise.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Read from a lesson's source; it is changed and returned.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    OptionError
        If there is no such exercise.
    """
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        match = _LINE.match(cell.metadata.get("title", "").strip())
        cells += _cells(find(match[1])) if match else [cell]
    notebook.cells = cells
    return notebook


def _cells(exercise: Exercise) -> list[NotebookNode]:
    from nbformat.v4 import new_code_cell, new_markdown_cell

    return [
        new_markdown_cell(prompt_markdown(exercise)),
        new_code_cell(answer_source(exercise)),
        new_code_cell(f'mlm.check("{exercise.id}", {exercise.answer})'),
    ]
