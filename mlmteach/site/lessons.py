"""A lesson as a page: its prose, its code, what its cells have shown, and its exercises.

Nothing is run here.  A notebook is read with its saved outputs; of several forms of an output the
page takes the one that needs no typesetter.  HTML is taken as it is, scripts included, so that a
panel is as live on a page as it is in a reopened notebook.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlmteach.course import COLOUR
from mlmteach.errors import MlmteachError, OptionError
from mlmteach.exercises.catalogue import find
from mlmteach.site.markup import Pictures, code, to_html

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from mlmteach.exercises.exercise import Exercise

__all__ = ["Lesson", "Piece", "read_lessons"]

_CHECK = re.compile(r'^mlm\.check\("(\d+\.\d+)", \w+\)$')
_PROMPT = re.compile(r"^### Exercise (\d+\.\d+) ")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
RICHEST = ("text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "text/plain")


@dataclass(frozen=True)
class Piece:
    """A part of a lesson.

    Parameters
    ----------
    kind : str
        ``"prose"`` (Markdown), ``"code"`` (source), ``"shown"`` (HTML) or ``"exercise"``.
    text : str
        The content; of an exercise its number.
    markdown : str
        Of an output that was Markdown, the Markdown.
    """

    kind: Literal["prose", "code", "shown", "exercise"]
    text: str
    markdown: str = ""

    @property
    def exercise(self) -> Exercise:
        """The exercise that the piece stands for."""
        return find(self.text)


@dataclass(frozen=True)
class Lesson:
    """A notebook that is to be shown.

    Parameters
    ----------
    path : pathlib.Path
        The notebook, with its outputs.
    cells : tuple
        Its cells.
    """

    path: Path
    cells: tuple[NotebookNode, ...]

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.path.stem

    @property
    def title(self) -> str:
        """The first heading, or the name of the file."""
        found = (_TITLE.search(c.source) for c in self.cells if c.cell_type == "markdown")
        return next((match[1].strip() for match in found if match), self.name)

    @property
    def question(self) -> str:
        """What the lesson asks, in Markdown; empty where it does not say."""
        pattern = re.compile(r"^\*\*The question\.\*\* (.+?)(?:\n\n|\Z)", re.DOTALL | re.MULTILINE)
        found = (pattern.search(c.source) for c in self.cells if c.cell_type == "markdown")
        return next((" ".join(match[1].split()) for match in found if match), "")

    def pieces(self, pictures: Pictures | None = None) -> Iterator[Piece]:
        """Go through the lesson; prompt, answer and check of an exercise are one piece.

        Parameters
        ----------
        pictures : Pictures, optional
            Takes the pictures of the outputs; they stay in the HTML when left out.
        """
        exercises = {match[1] for cell in self.cells if (match := _CHECK.match(cell.source))}
        inside = ""  # the exercise whose answer and check are still to come
        for cell in self.cells:
            asked, checked = _PROMPT.match(cell.source), _CHECK.match(cell.source)
            if cell.cell_type == "markdown" and asked and asked[1] in exercises:
                inside = asked[1]
                yield Piece("exercise", inside)
            elif inside:
                inside = "" if checked else inside
            elif cell.cell_type == "markdown":
                yield Piece("prose", cell.source)
            elif cell.cell_type == "code" and cell.source.strip():
                yield Piece("code", cell.source)
                yield from (_shown(output, pictures) for output in cell.outputs)


def read_lessons(folder: Path, names: tuple[str, ...] = ()) -> tuple[Lesson, ...]:
    """Read the notebooks of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Notebooks that have been run.
    names : tuple of str
        Beginnings of names, in the order in which they are wanted; all in the order of their
        names when there are none.

    Returns
    -------
    tuple of Lesson

    Raises
    ------
    OptionError
        If there is no notebook, or a name fits none.
    MlmteachError
        If a notebook cannot be read, or has not been run.
    """
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise OptionError(f"There is no notebook in '{folder}'.", "Name a folder of notebooks.")
    chosen = []
    for name in names:
        fitting = [path for path in paths if path.stem.startswith(name)]
        if not fitting:
            known = ", ".join(path.stem for path in paths)
            raise OptionError(f"No lesson begins with '{name}'.", f"The lessons are: {known}.")
        chosen += [path for path in fitting if path not in chosen]
    return tuple(map(_read, chosen if names else paths))


def _read(path: Path) -> Lesson:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.validator.ValidationError) as error:
        raise MlmteachError(
            f"The notebook '{path}' cannot be read: {error}.", "Save it again in JupyterLab."
        ) from None
    code_cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    if code_cells and not any(c.get("execution_count") or c.outputs for c in code_cells):
        raise MlmteachError(
            f"The notebook '{path}' has not been run, so that there is nothing to show.",
            "Run all its cells in JupyterLab and save it.",
        )
    return Lesson(path, tuple(notebook.cells))


def _shown(output: NotebookNode, pictures: Pictures | None) -> Piece:
    """Take the form of an output that a page can show best."""
    if output.output_type == "stream":
        return _printed(output.text)
    if output.output_type == "error":
        return _printed("\n".join(output.traceback))
    data = output.get("data", {})
    kind = next((kind for kind in RICHEST if kind in data), "")
    content = "".join(data.get(kind, ""))
    markdown = content if kind in ("text/markdown", "text/latex") else ""
    if markdown:
        content = to_html(markdown)
    elif kind == "image/png":
        alt = html.escape("".join(data.get("text/plain", "A picture")))
        content = f'<img alt="{alt}" src="data:image/png;base64,{content.strip()}">'
    elif kind == "text/plain":
        return _printed(content)
    return Piece("shown", pictures.taken_out(content) if pictures else content, markdown)


def _printed(text: str) -> Piece:
    plain = COLOUR.sub("", text).rstrip("\n")
    return Piece("shown", code(plain, "text"), f"````text\n{plain}\n````")
