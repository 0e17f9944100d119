"""A lesson as a page: its prose, its code, what its cells have shown, and its exercises.

Nothing is run here.  A notebook is read with its saved outputs; of several forms of an output the
page takes the one that needs no typesetter.  HTML is taken as it is, scripts included, so that a
panel is as live on a page as it is in a reopened notebook.
"""

from __future__ import annotations

import html
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from mlmteach.course import COLOUR
from mlmteach.display import escaped
from mlmteach.errors import MlmteachError, OptionError
from mlmteach.exercises.catalogue import find
from mlmteach.site.markup import (
    PICTURES,
    Pictures,
    code,
    embedded,
    fenced,
    headings,
    plain_text,
    to_html,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from mlmteach.exercises.exercise import Exercise

__all__ = ["Lesson", "Piece", "page_name", "read_lessons"]

_CHECK = re.compile(r'^mlm\.check\("(\d+\.\d+)", \w+\)$')
_PROMPT = re.compile(r"^###+ Exercise (\d+\.\d+) ")
RICHEST = ("text/html", "text/markdown", "text/latex", *PICTURES, "text/plain")
_KINDS = {f".{ending}": kind for kind, ending in PICTURES.items()} | {".jpeg": "image/jpeg"}
_IMAGE = re.compile(r"""!\[([^\]]*)\]\((?:<([^>]+)>|([^)\s]+))(?:\s+["'][^)]*["'])?\)""")
_TAG = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])([^"']+)\2""")


def page_name(path: Path) -> str:
    """Name the page of a notebook, without the signs that mean something in an address.

    Examples
    --------
    >>> page_name(Path("Why? Part #2.ipynb"))
    'Why- Part -2'
    """
    return re.sub(r"[#?%:*<>|\\\"]", "-", path.stem)


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
        Its cells, of which the first is Markdown and begins with the title.
    """

    path: Path
    cells: tuple[NotebookNode, ...]

    @property
    def name(self) -> str:
        """The name of its page: that of the file without its ending."""
        return page_name(self.path)

    @property
    def title(self) -> str:
        """The title, in Markdown."""
        return next(text for _, _, text in headings(self.cells[0].source))

    @property
    def plain_title(self) -> str:
        """The title without its marks."""
        return plain_text(to_html(self.title))

    def beside(self, target: str) -> Path | None:
        """Find the file that a relative link of the notebook leads to."""
        if not target or ":" in target.partition("/")[0]:
            return None
        path = self.path.parent / unquote(target.partition("#")[0])
        return path if path.is_file() else None

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
            elif cell.cell_type == "markdown" and cell.source.strip():
                yield Piece("prose", self._with_pictures(cell, pictures))
            elif cell.cell_type == "code" and cell.source.strip():
                yield Piece("code", cell.source)
                yield from (_shown(output, pictures) for output in cell.get("outputs", []))

    def _with_pictures(self, cell: NotebookNode, pictures: Pictures | None) -> str:
        """Bring the pictures of prose along: those attached to the cell, and files beside it."""

        def found(target: str) -> str:
            if target.startswith("attachment:"):
                attached = cell.get("attachments", {}).get(unquote(target[11:]), {})
                kind = next((kind for kind in PICTURES if kind in attached), "")
                return embedded(kind, b64decode(attached[kind])) if kind else ""
            path = self.beside(target)
            kind = _KINDS.get(path.suffix.lower(), "") if path else ""
            return embedded(kind, path.read_bytes()) if path and kind else ""

        def written(match: re.Match[str]) -> str:
            address, alt = found(match[2] or match[3]), html.escape(match[1] or "A picture")
            return f'<img alt="{alt}" src="{address}">' if address else match[0]

        def held(match: re.Match[str]) -> str:
            address = found(html.unescape(match[3]))
            return f'{match[1]}"{address}"' if address else match[0]

        source = _TAG.sub(held, _IMAGE.sub(written, cell.source))
        return pictures.taken_out(source) if pictures else source


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
        cells = list(notebook.cells)
    except (OSError, ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise MlmteachError(
            f"The notebook '{path}' cannot be read: {said}.", "Save it again in JupyterLab."
        ) from None
    code_cells = [c for c in cells if c.cell_type == "code" and c.source.strip()]
    if code_cells and not any(c.get("execution_count") or c.get("outputs") for c in code_cells):
        raise MlmteachError(
            f"The notebook '{path}' has not been run, so that there is nothing to show.",
            "Run all its cells in JupyterLab and save it.",
        )
    return Lesson(path, tuple(_titled(cells, path.stem)))


def _titled(cells: list[NotebookNode], name: str) -> Iterator[NotebookNode]:
    """Put the title into a cell of its own before all others, and no heading on its level.

    It is the first heading of the first level, wherever that stands, or else the name.
    """
    from nbformat.v4 import new_markdown_cell

    found = [list(headings(c.source)) if c.cell_type == "markdown" else [] for c in cells]
    highest = [one for of_cell in found for one in of_cell if one[1] == 1]
    title = highest[0] if highest else None
    yield new_markdown_cell(f"# {title[2] if title else escaped(name)}")
    for cell, of_cell in zip(cells, found, strict=True):
        lines = cell.source.split("\n")
        for heading in of_cell:
            where, level, text = heading
            marks = "#" * min(level + (len(highest) > 1), 6)
            shown = "" if heading is title else f"{marks} {text}"
            lines[where] = [shown, *[""] * (where.stop - where.start - 1)]
        yield type(cell)({**cell, "source": "\n".join(lines).strip() if of_cell else cell.source})


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
    elif kind in PICTURES:
        drawn = content.encode() if kind == "image/svg+xml" else b64decode(content)
        alt = html.escape("".join(data.get("text/plain", "A picture")))
        content = f'<img alt="{alt}" src="{embedded(kind, drawn)}">'
    elif kind == "text/plain":
        return _printed(content)
    return Piece("shown", pictures.taken_out(content) if pictures else content, markdown)


def _printed(text: str) -> Piece:
    plain = COLOUR.sub("", text).rstrip("\n")
    return Piece("shown", code(plain, "text"), fenced("text", plain))
