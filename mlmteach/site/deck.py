"""Slides by reveal.js: one file a deck, which needs no network.

A slide is fitted when it is shown: what is too tall is set smaller, and what is short larger.  What
would become too small to read is parted into several slides beforehand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain
from math import inf
from pathlib import Path
from typing import TypeVar

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.exercises.exercise import Exercise
from mlmteach.exercises.notebook import prompt_markdown
from mlmteach.exercises.practice import solution
from mlmteach.site.lessons import Lesson
from mlmteach.site.markup import (
    LINK,
    STATIC,
    Pictures,
    blocks,
    code,
    inline_html,
    to_html,
    unclosed,
)

__all__ = [
    "ROOM",
    "Slide",
    "deck",
    "filled",
    "lesson_deck",
    "packed",
    "parted",
    "save_deck",
    "weight",
]

T = TypeVar("T")

ROOM = 12.0
"""So many lines of text fill a slide."""
_MARK = '<meta name="generator" content="mlmteach slides">'
_WIDTH, _CODE_WIDTH = 68, 84  # characters of a line
_POINTS = 4  # at most, on one slide
_PATIENCE = 220  # characters of a paragraph that a slide shows
_CODE = 6  # lines of code that stand above what they show
_NOT_SHOWN = ("What to read next",)
_FOR_READERS = ("**Time.**", "**You need.**", "Answer in the cell", "Previous: ", "Next: ")


@dataclass(frozen=True)
class Slide:
    """One slide.

    Parameters
    ----------
    title : str
        Its heading, in Markdown.
    body : str
        What it shows, as HTML.
    notes : str
        What is said, as HTML; the speaker's view has it.
    opening : bool
        Whether it opens a deck or a part of one.
    """

    title: str
    body: str
    notes: str = ""
    opening: bool = False

    @property
    def section(self) -> str:
        """The slide as reveal.js has it."""
        level, kind = (1, ' class="opening"') if self.opening else (2, "")
        notes = self.notes + unclosed(self.notes)
        notes = f'<aside class="notes">{notes}</aside>' if notes else ""
        body = self.body + unclosed(self.body)
        return (
            f"<section{kind}><h{level}>{inline_html(self.title)}</h{level}>"
            f'<div class="body"><div class="inner">{body}</div></div>{notes}</section>'
        )


def deck(title: str, slides: Iterable[Slide]) -> str:
    """Write slides as one HTML file.

    Parameters
    ----------
    title : str
        Plain text, for the window.
    slides : iterable of Slide

    Returns
    -------
    str

    Raises
    ------
    MlmteachError
        If reveal.js is not installed.
    """
    reveal = _reveal()
    styles = [
        reveal / "dist" / "reset.css",
        reveal / "dist" / "reveal.css",
        *(STATIC / name for name in ("math.css", "deck.css")),
    ]
    scripts = [reveal / "dist" / "reveal.js", reveal / "plugin" / "notes" / "notes.js"]
    colours = _highlighting()
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"{_MARK}<title>{html.escape(title)}</title>",
            f"<style>{''.join(map(_read, styles))}{colours}</style></head><body>",
            '<div class="reveal"><div class="slides">',
            *(slide.section for slide in slides),
            "</div></div>",
            *(f"<script>{_read(script)}</script>" for script in scripts),
            f"<script>{_read(STATIC / 'deck.js')}</script></body></html>\n",
        ]
    )


def save_deck(path: Path, title: str, slides: Iterable[Slide]) -> None:
    """Write a deck to a file; one that an earlier run made is replaced, and no other.

    Parameters
    ----------
    path : pathlib.Path
        Whose name ends in ``.html``.
    title : str
    slides : iterable of Slide

    Raises
    ------
    OptionError
        If the file is somebody's work, or cannot be written.
    """
    if path.suffix.lower() not in {".html", ".htm"}:
        raise OptionError(f"Slides cannot be written as '{path}'.", "End its name in .html.")
    try:
        if path.exists() and _MARK not in path.read_text(encoding="utf-8", errors="replace"):
            raise OptionError(f"The file '{path}' is there already.", "Choose another name.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(deck(title, slides), encoding="utf-8")
    except OSError as error:
        raise OptionError(
            f"The slides '{path}' cannot be written: {error.strerror}.", "Choose another place."
        ) from None


def _read(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"//# sourceMappingURL=\S+", "", text)
    return text.replace("</script", r"<\/script") if path.suffix == ".js" else text


def _reveal() -> Path:
    """The folder of reveal.js within the package that carries it."""
    found = find_spec("sphinx_revealjs")
    if found is None or found.origin is None:
        raise MlmteachError(
            "Slides need reveal.js, which comes with sphinx-revealjs.",
            'Install it: pip install "mlmteach[site]".',
        )
    return Path(found.origin).parent / "_static" / "revealjs"


def _highlighting() -> str:
    from pygments.formatters import HtmlFormatter

    return str(HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight"))


# --- how much a slide holds ----------------------------------------------------------------


def weight(kind: str, source: str) -> float:
    r"""Estimate how many lines a block of Markdown takes.

    Examples
    --------
    >>> weight("math_block", r"a &= b \\\\ c &= d") > weight("paragraph", "One short line.")
    True
    """
    lines = source.strip().splitlines()
    if kind in ("fence", "code_block"):
        return 0.72 * sum(max(1, -(-len(line) // _CODE_WIDTH)) for line in lines) + 0.5
    if kind == "table":
        return 1.25 * len(lines)
    if kind in ("math_block", "amsmath"):
        return 1.6 * max(1, source.count(r"\\") + 1)
    words = re.sub(r"\\[a-z]+|[{}$_^*`]|\]\([^)]*\)", "", source)
    return sum(max(1, -(-len(part) // _WIDTH)) for part in re.split(r"\n(?=[-\d])", words)) + 0.4


def filled(
    pieces: Iterable[tuple[T, float]], *, most: float = inf
) -> Iterator[tuple[list[T], float]]:
    """Put pieces on as few slides as have room for them, in their order.

    Parameters
    ----------
    pieces : iterable of (piece, float)
        Each with the lines that it takes.
    most : float
        So many pieces stand on a slide at most.

    Yields
    ------
    held : list
        The pieces of a slide.
    used : float
        How many lines of it are used.

    Examples
    --------
    >>> list(filled([("a", 5.0), ("b", 6.0), ("c", 2.0)]))
    [(['a', 'b'], 11.0), (['c'], 2.0)]
    """
    held: list[T] = []
    used = 0.0
    for piece, size in pieces:
        if held and (used + size > ROOM or len(held) == most):
            yield held, used
            held, used = [], 0.0
        held.append(piece)
        used += size
    if held:
        yield held, used


def parted(kind: str, source: str) -> Iterator[str]:
    """Part a block of Markdown that is too long for a slide: lists by items, tables by rows."""
    if weight(kind, source) <= ROOM:
        yield source
        return
    if kind == "table":
        head, rule, *rows = source.strip().splitlines()
        for start in range(0, len(rows), 7):
            yield "\n".join([head, rule, *rows[start : start + 7]])
    elif kind in ("bullet_list", "ordered_list"):
        items = re.split(r"\n(?=(?:[-*]|\d+\.) )", source.strip())
        yield from _joined(kind, items, "\n")
    elif kind in ("fence", "code_block"):
        mark, *lines = source.strip().splitlines()
        end = lines.pop()
        while lines:
            held: list[str] = []
            while lines and weight(kind, "\n".join([mark, *held, lines[0], end])) <= ROOM:
                held.append(lines.pop(0))
            yield "\n".join([mark, *(held or [lines.pop(0)]), end])
    elif kind == "paragraph":
        yield from _joined(kind, _sentences(" ".join(source.split())), " ")
    else:
        yield source


def _joined(kind: str, pieces: list[str], between: str) -> Iterator[str]:
    """Join items or sentences to as few blocks as have room for them."""
    held = ""
    for piece in pieces:
        longer = f"{held}{between}{piece}" if held else piece
        if held and weight(kind, longer) > ROOM:
            yield held
            longer = piece
        held = longer
    yield held


def packed(
    found: Iterable[tuple[str, str]], lead: str = "", used: float = 0.0
) -> Iterator[tuple[str, float]]:
    """Put blocks of Markdown on as few slides as have room for them.

    Parameters
    ----------
    found : iterable of (str, str)
        Kind and source of each block.
    lead : str
        HTML that stands above them, on the first slide.
    used : float
        How many lines it takes.

    Yields
    ------
    body : str
        HTML of a slide.
    used : float
        How many lines of it are used.
    """
    first = [(lead, used)] if lead else []
    for held, lines in filled(chain(first, _pieces(found))):
        yield "".join(held), lines


def _pieces(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, float]]:
    """Write blocks as HTML, parted where they are too long, each with the lines that it takes."""
    label = ""  # such as "Full model", which stays with its formula
    for kind, block in found:
        if re.fullmatch(r"\*\*[^*]+\*\*", block.strip()):
            label += f"{block}\n\n"
            continue
        for part in parted(kind, block):
            size = weight(kind, part) + (weight("paragraph", label) if label else 0.0)
            yield to_html(label + part), size
            label = ""


# --- a lesson as slides --------------------------------------------------------------------

_SENTENCE = re.compile(r"(?<=[.?!:])(?:\*\*)?\s+(?=[A-Z*$\[`\"(])")
_QUIZ = re.compile(
    r"^\d\. (.+?)\n\n   <details><summary>Answer</summary>\n\n   (.+?)\n\n   </details>$",
    re.DOTALL | re.MULTILINE,
)


def lesson_deck(lesson: Lesson, pictures: Pictures | None = None) -> tuple[Slide, ...]:
    """Turn a lesson into slides.

    What a cell has shown stands on a slide of its own, beneath the sentence that leads to it. Of
    prose a slide has the first sentences; all of it is in the speaker's notes.

    Parameters
    ----------
    lesson : Lesson
    pictures : Pictures, optional
        Takes the pictures out of the deck; they stay in it when left out.

    Returns
    -------
    tuple of Slide
    """
    maker = _Maker(lesson.title)
    for piece in lesson.pieces(pictures):
        if piece.kind == "prose":
            maker.prose(piece.text)
        elif piece.kind == "code":
            maker.code(piece.text)
        elif piece.kind == "exercise":
            maker.exercise(piece.exercise)
        elif piece.text.strip():
            maker.shown(piece.text, piece.markdown)
    maker.close()
    return tuple(maker.slides)


class _Maker:
    """Collects what belongs together until it is a slide."""

    def __init__(self, title: str) -> None:
        self.slides: list[Slide] = []
        self.title = title
        self.points: list[str] = []  # paragraphs, in Markdown, that are not on a slide yet
        self.notes: list[str] = []
        self.source = ""  # the code of the cell whose outputs come next
        self.used = ROOM  # of the last slide

    def prose(self, markdown: str) -> None:
        if quiz := _QUIZ.findall(markdown):
            self.close()
            for question, answer in quiz:
                body = f'{to_html(_unfolded(question))}<div class="fragment answer">'
                self.slides.append(Slide("Quiz", f"{body}{to_html(_unfolded(answer))}</div>"))
            return
        folded = False
        for kind, source in blocks(LINK.sub(r"\1", markdown)):
            if "<details" in source:
                folded = True
            if folded or (kind == "html_block" and "<img" not in source):
                self.notes.append(to_html(source))
                folded = folded and "</details>" not in source
            elif "<img" in source:
                lead, _ = self._lead()
                self._add(f'{lead}<div class="shown">{to_html(source)}</div>', ROOM)
            elif kind == "heading":
                self.close()
                self._headed(source)
            elif kind == "paragraph":
                self._paragraph(" ".join(source.split()))
            elif self.title not in _NOT_SHOWN:
                self._visual([(kind, source)])

    def _headed(self, source: str) -> None:
        self.title = source.lstrip("# ").strip()
        if source.startswith("# "):
            self._add("", ROOM, opening=True)

    def _paragraph(self, text: str) -> None:
        if text.startswith("**The question.**") and self.slides:
            self.slides[0] = replace(self.slides[0], body=to_html(text.partition("** ")[2]))
        elif text.startswith(_FOR_READERS):
            self.notes.append(to_html(text))
        else:
            self.points.append(text)

    def code(self, source: str) -> None:
        self.source = source
        self.notes.append(code(source))

    def shown(self, markup: str, markdown: str) -> None:
        """Show an output: Markdown block by block, HTML as it is."""
        found = list(blocks(markdown))
        printed = [weight(*block) for block in found if block[0] == "fence"]
        if found and (not printed or sum(printed) > ROOM / 2):
            self._visual(found)
            return
        drawn = re.search(r"<(img|svg|script)\b", markup)
        lines = self.source.splitlines()
        above = "" if drawn or len(lines) > _CODE else code(self.source)
        lead, used = self._lead()
        if "<script" in markup:  # a panel says itself what it shows, and needs the room
            lead = above = ""
        size = ROOM if drawn else 0.7 * (len(lines) * bool(above) + markup.count("\n") + 1) + 1
        self._add(f'{lead}{above}<div class="shown">{markup}</div>', used + size)
        self.source = ""

    def exercise(self, exercise: Exercise) -> None:
        self.close()
        _, _, prompt = prompt_markdown(exercise).partition("\n")
        notes = [to_html(hint) for hint in exercise.hints]
        notes.append(to_html(solution(exercise.id).markdown))
        title = f"Exercise {exercise.id} · {exercise.title}"
        self.slides.append(Slide(title, to_html(prompt), "".join(notes)))

    def close(self) -> None:
        """Put what no picture has taken on slides of its own, or beneath the last one."""
        points = [] if self.title in _NOT_SHOWN else list(self.points)
        self.points.clear()
        if len(points) == 1 and self.slides and self.slides[-1].title == self.title:
            shown = _beginning(points[0])
            if self.used + weight("paragraph", shown) <= ROOM:
                last = self.slides[-1]
                body, notes = last.body + to_html(shown), last.notes + to_html(points[0])
                self.slides[-1] = replace(last, body=body, notes=notes)
                points = []
        self._told(points)
        self.notes.clear()

    def _told(self, points: list[str]) -> None:
        """Show what paragraphs begin with; the notes have the whole of them."""
        sized = ((point, weight("paragraph", _beginning(point))) for point in points)
        for held, used in filled(sized, most=_POINTS):
            self.notes += map(to_html, held)
            self._add("".join(to_html(_beginning(point)) for point in held), used)

    def _lead(self) -> tuple[str, float]:
        """Take what leads to a picture to stand above it; what comes before gets its own slide."""
        if not self.points:
            return "", 0.0
        *before, last = self.points
        self.points.clear()
        code_of_cell, self.notes = self.notes, []  # belongs to what the cell shows
        self._told(before)
        self.notes += [to_html(last), *code_of_cell]
        lead = _ending(last)
        return f'<div class="lead">{to_html(lead)}</div>', weight("paragraph", lead)

    def _visual(self, found: list[tuple[str, str]]) -> None:
        """Show blocks, as many a slide as have room."""
        for body, used in packed(found, *self._lead()):
            self._add(body, used)
        self.source = ""

    def _add(self, body: str, used: float, *, opening: bool = False) -> None:
        self.slides.append(Slide(self.title, body, "".join(self.notes), opening))
        self.notes.clear()
        self.used = used


def _sentences(text: str) -> list[str]:
    """Part a paragraph into sentences, each with its bold type closed."""
    found = [part for part in _SENTENCE.split(text) if part]
    return [part + "**" * (part.count("**") % 2) for part in found]


def _beginning(text: str) -> str:
    """The first sentences of a paragraph, as many as a slide has patience for."""
    first, *more = _sentences(text)
    for sentence in more:
        if len(first) + len(sentence) > _PATIENCE:
            break
        first = f"{first} {sentence}"
    return first


def _ending(text: str) -> str:
    """What leads to a picture: the last sentence where it ends in a colon, or the first ones."""
    return _sentences(text)[-1] if text.endswith(":") else _beginning(text)


def _unfolded(text: str) -> str:
    return LINK.sub(r"\1", " ".join(text.split()))
