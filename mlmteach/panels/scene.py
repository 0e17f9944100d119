"""What a panel shows of a state: marks, words and an equation that are tagged with their symbols.

A scene is data.  The front end in ``static/panel.js`` draws it as SVG, and
:mod:`mlmteach.panels.drawing` for print.  Numbers in it may be live
(:mod:`mlmteach.panels.live`); a page then computes them itself.

A tag is the plain name of a symbol: ``gamma_11``, ``U_0``, ``tau_00``, ``sigma2``.  What carries
the same tag lights up together.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from mlmteach.errors import OptionError
from mlmteach.panels.live import Graph, is_live, plain

__all__ = [
    "Amount",
    "Area",
    "Axis",
    "Bars",
    "Cases",
    "Element",
    "Handle",
    "Inscription",
    "Lines",
    "Part",
    "Pick",
    "Points",
    "Press",
    "Raw",
    "Rule",
    "Scene",
    "Segments",
    "Tagged",
    "Trace",
    "View",
    "Words",
    "cases",
    "number",
    "pick",
    "plain_text",
    "text",
]

Role = Literal["outcome", "level1", "level2", "level3", "fixed", "random", "residual", "ink"]
Tags = tuple[str, ...]


# --- words: strings with numbers, tags and choices in them --------------------------------


@dataclass(frozen=True)
class Amount:
    """A number as it is shown: with so many decimals, a true minus sign, and 0 without one."""

    value: Any
    digits: int = 2
    sign: bool = False


@dataclass(frozen=True)
class Tagged:
    """Words that show symbols; ``role`` gives them its colour and its underline."""

    parts: tuple[Part, ...]
    tags: Tags
    role: Role | None = None


@dataclass(frozen=True)
class Cases:
    """The words of the first condition that holds, or else the last ones."""

    branches: tuple[tuple[Any, tuple[Part, ...]], ...]
    otherwise: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Pick:
    """The entry of a list at a place."""

    place: Any
    options: tuple[str, ...]


@dataclass(frozen=True)
class Element:
    """An element of HTML or MathML with parts in it."""

    name: str
    parts: tuple[Part, ...] = ()
    tags: Tags = ()
    role: Role | None = None
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Press:
    """Parts that are a button: they set controls.

    ``pressed`` says whether what the button stands for is in; None, where it is no switch.
    """

    parts: tuple[Part, ...]
    sets: Mapping[str, Any]
    label: str
    pressed: bool | None = None
    tags: Tags = ()


@dataclass(frozen=True)
class Raw:
    """Markup that is there already, such as the MathML of :mod:`mlmteach.equations.mathml`."""

    markup: str


Part = str | Amount | Tagged | Cases | Pick | Element | Press | Raw
Words = tuple[Part, ...]
"""A paragraph, or a formula."""


def number(value: Any, digits: int = 2, *, sign: bool = False) -> Amount:
    """Show a number with so many decimals."""
    return Amount(value, digits, sign)


def cases(*branches: tuple[Any, Any], otherwise: Any = ()) -> Part:
    """Choose words by conditions, the first one first; a page decides where they are live.

    Examples
    --------
    >>> plain_text((cases((False, "Nothing"), (True, "Half"), otherwise="Some"),))
    'Half'
    """
    return Cases(
        tuple((condition, as_words(words)) for condition, words in branches), as_words(otherwise)
    )


def pick(options: Sequence[Any], place: Any) -> Part:
    """Give the label at a place."""
    return Pick(place, tuple(map(str, options)))


_HOLES = re.compile(r"\{(\w+)\}|\[([^\]]*)\]\(([\w ,^.:|-]*)\)")


def text(template: str, *, digits: int = 2, **parts: Any) -> Words:
    """Write words with numbers and tags in them.

    Parameters
    ----------
    template : str
        ``{name}`` stands for a part.  ``[words](tags)`` tags words, in which there may be parts;
        ``[words](tags|role)`` gives them the colour of a role too.
    digits : int
        The decimals of bare numbers.
    **parts : Amount, Part or str

    Returns
    -------
    tuple of Part

    Examples
    --------
    >>> words = text("[τ₀² = {t}](tau_00|random) lies between {groups}.", t=8.614, groups="schools")
    >>> plain_text(words)
    'τ₀² = 8.61 lies between schools.'
    >>> words[0].tags
    ('tau_00',)
    """
    found: list[Part] = []
    end = 0
    for match in _HOLES.finditer(template):
        if match.start() > end:
            found.append(template[end : match.start()])
        name, words, tags = match.groups()
        if name is not None:
            found.extend(as_words(parts[name], digits))
        else:
            listed, _, role = tags.partition("|")
            tagged = tuple(listed.replace(",", " ").split())
            inner = text(words, digits=digits, **parts)
            found.append(Tagged(inner, tagged, role or None))  # type: ignore[arg-type]
        end = match.end()
    if end < len(template):
        found.append(template[end:])
    return tuple(found)


def as_words(value: Any, digits: int = 2) -> Words:
    """Give words as a tuple: of one part, of several, or of a number."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, int | float | np.number | np.ndarray) or is_live(value):
        return (Amount(value, digits),)
    return (value,)


def plain_text(words: Words) -> str:
    """Write words as a string, with numbers as they are now."""
    return "".join(map(_plain_part, words))


def _plain_part(part: Part) -> str:
    match part:
        case str():
            return part
        case Amount(value=value, digits=digits, sign=sign):
            return shown(float(plain(value)), digits, sign=sign)
        case Cases(branches=branches, otherwise=otherwise):
            chosen = (words for condition, words in branches if bool(np.all(plain(condition))))
            return plain_text(next(chosen, otherwise))
        case Pick(place=place, options=options):
            return options[int(plain(place))]
        case Raw(markup=markup):
            return html.unescape(re.sub(r"<[^>]*>", "", markup))
        case _:
            return plain_text(part.parts)


def shown(value: float, digits: int, *, sign: bool = False) -> str:
    """Write a number as panels do.

    >>> shown(-7.4, 1), shown(-0.001, 2), shown(3.0, 0, sign=True), shown(float("nan"), 1)
    ('−7.4', '0.00', '+3', '–')
    """
    if not np.isfinite(value):
        return "–" if np.isnan(value) else "−∞" if value < 0 else "∞"
    return f"{value:{'+' if sign else ''}z.{digits}f}".replace("-", "−")


# --- marks --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What all marks have.

    Attributes
    ----------
    role : str
        Gives the colour.
    tags : tuple of str
        The symbols that it shows.
    label : str
        Its entry in the legend; none without.
    dash : {"", "dashed", "dotted"}
        A second cue beside the colour.
    width : float
        Of lines, in pixels.
    opacity : float
    """

    role: Role = "ink"
    tags: Tags = ()
    label: str = ""
    dash: Literal["", "dashed", "dotted"] = ""
    width: float = 1.5
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Points(Trace):
    """Points at ``x`` and ``y``, arrays of one length, or numbers.

    ``chooses`` names a control of places: pressing near a point sets it to the point's place.
    """

    x: Any
    y: Any
    shape: Literal["circle", "diamond", "square", "cross", "bar"] = "circle"
    size: float = 6.0
    hollow: bool = False
    chooses: str = ""


@dataclass(frozen=True, kw_only=True)
class Lines(Trace):
    """A line through ``x`` and ``y``; rows of a second axis are lines of their own.

    ``closed`` joins the ends, ``filled`` fills what lies within.
    """

    x: Any
    y: Any
    closed: bool = False
    filled: bool = False


@dataclass(frozen=True, kw_only=True)
class Segments(Trace):
    """Straight lines from (x0, y0) to (x1, y1), each an array or a number; arrows, where said."""

    x0: Any
    y0: Any
    x1: Any
    y1: Any
    arrow: bool = False


@dataclass(frozen=True, kw_only=True)
class Area(Trace):
    """The ribbon between ``low`` and ``high`` over ``x``."""

    x: Any
    low: Any
    high: Any


@dataclass(frozen=True, kw_only=True)
class Bars(Trace):
    """Rectangles from (x0, y0) to (x1, y1)."""

    x0: Any
    y0: Any
    x1: Any
    y1: Any


@dataclass(frozen=True, kw_only=True)
class Rule(Trace):
    """A line across the view at ``x`` or at ``y``."""

    x: Any = None
    y: Any = None


@dataclass(frozen=True, kw_only=True)
class Inscription(Trace):
    """Words in the picture, at a place of the axes."""

    x: Any
    y: Any
    words: Words
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True, kw_only=True)
class Handle(Trace):
    """A place that can be dragged, and moved by the arrow keys.

    Attributes
    ----------
    sets : mapping of str to live value
        By the name of a control what it becomes, in terms of ``POINTER_X`` and ``POINTER_Y``.
        Left and right move the first of these controls, up and down the second if there is one.
    name : str
        What the handle is, for those who do not see it.
    """

    x: Any
    y: Any
    sets: Mapping[str, Any]
    name: str
    shape: Literal["circle", "diamond", "square"] = "circle"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One side of a view; its range is fixed by how far the controls reach.

    ``ticks`` maps places to labels; round numbers when left out.
    """

    label: str
    low: float
    high: float
    ticks: Mapping[float, str] | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """A pair of axes with marks; ``share`` is its part of the picture's width."""

    title: str
    x: Axis
    y: Axis
    marks: tuple[Trace, ...]
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Picture, equation and sentence of a state, and what the picture shows in words.

    Parameters
    ----------
    views : tuple of View
    equation : tuple of Words
        Lines of MathML, see :mod:`mlmteach.panels.formula`.
    sentence : tuple of Words
        Paragraphs.
    alt : Words
    more : mapping of str to Words
        Further blocks, by their headings.
    notes : tuple of str
        Warnings about this state.
    opened : tuple of str
        The headings of the blocks that are open to begin with.
    """

    views: tuple[View, ...]
    equation: tuple[Words, ...] = ()
    sentence: tuple[Words, ...]
    alt: Words
    more: Mapping[str, tuple[Words, ...]] | None = None
    notes: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not plain_text(self.alt).strip():
            raise OptionError("The scene has no alt text.", "Say what the picture shows.")

    @property
    def told(self) -> str:
        """The sentence as plain text, paragraphs parted by empty lines."""
        return "\n\n".join(map(plain_text, self.sentence))

    @property
    def described(self) -> str:
        """The alt text as plain text."""
        return plain_text(self.alt)

    @property
    def marks(self) -> tuple[Trace, ...]:
        """The marks of all views."""
        return tuple(mark for view in self.views for mark in view.marks)

    def tags(self, where: Literal["picture", "equation", "sentence"]) -> set[str]:
        """Collect the symbols that the picture, the equation or the sentence shows.

        The blocks that are open count as part of the sentence.
        """
        if where == "picture":
            return {tag for mark in self.marks for tag in mark.tags}
        opened = [words for name in self.opened for words in (self.more or {})[name]]
        shown = self.equation if where == "equation" else (*self.sentence, *opened)
        return {tag for words in shown for tag in _tags(words)}

    def to_json(self, graph: Graph | None = None) -> dict[str, Any]:
        """Write the scene as plain data; live values become steps of the graph."""
        steps = Graph() if graph is None else graph
        return {
            "views": [
                {
                    "title": view.title,
                    "share": view.share,
                    "x": _axis(view.x),
                    "y": _axis(view.y),
                    "marks": [_mark(mark, steps) for mark in view.marks],
                }
                for view in self.views
            ],
            "equation": [_words(words, steps) for words in self.equation],
            "sentence": [_words(words, steps) for words in self.sentence],
            "alt": _words(self.alt, steps),
            "more": {
                heading: [_words(words, steps) for words in block]
                for heading, block in (self.more or {}).items()
            },
            "notes": list(self.notes),
            "opened": list(self.opened),
        }


def _tags(words: Words) -> Iterator[str]:
    for part in words:
        match part:
            case Cases(branches=branches, otherwise=otherwise):
                for _, inner in branches:
                    yield from _tags(inner)
                yield from _tags(otherwise)
            case Tagged() | Element() | Press():
                yield from part.tags
                yield from _tags(part.parts)
            case Raw(markup=markup):
                for listed in re.findall(r'data-symbol="([^"]*)"', markup):
                    yield from listed.split()


# --- as plain data ------------------------------------------------------------------------

_LIVE = {
    "Points": ("x", "y"),
    "Lines": ("x", "y"),
    "Segments": ("x0", "y0", "x1", "y1"),
    "Area": ("x", "low", "high"),
    "Bars": ("x0", "y0", "x1", "y1"),
    "Rule": ("x", "y"),
    "Inscription": ("x", "y"),
    "Handle": ("x", "y"),
}


def _axis(axis: Axis) -> dict[str, Any]:
    ticks = None if axis.ticks is None else [[at, name] for at, name in axis.ticks.items()]
    return {"label": axis.label, "low": axis.low, "high": axis.high, "ticks": ticks}


def _mark(mark: Trace, graph: Graph) -> dict[str, Any]:
    kind = type(mark).__name__
    written: dict[str, Any] = {"kind": kind.lower()}
    for entry in fields(mark):
        value = getattr(mark, entry.name)
        if entry.name in _LIVE[kind]:
            written[entry.name] = None if value is None else graph.leaf(value)
        elif entry.name == "words":
            written["words"] = _words(value, graph)
        elif entry.name == "sets":
            written["sets"] = {name: graph.leaf(one) for name, one in value.items()}
        elif value != entry.default:
            written[entry.name] = list(value) if isinstance(value, tuple) else value
    return written


def _words(words: Words, graph: Graph) -> list[Any]:
    return [_part(part, graph) for part in words]


def _part(part: Part, graph: Graph) -> Any:
    match part:
        case str():
            return part
        case Amount(value=value, digits=digits, sign=sign):
            leaf = graph.leaf(value)
            if not isinstance(leaf, dict):
                return shown(float(value), digits, sign=sign)
            return {"n": leaf, "d": digits, **({"sign": True} if sign else {})}
        case Tagged(parts=parts, tags=tags, role=role):
            return {"p": _words(parts, graph), "t": list(tags), **({"r": role} if role else {})}
        case Cases(branches=branches, otherwise=otherwise):
            written = []
            for condition, chosen in branches:
                if is_live(condition):
                    written.append([graph.leaf(condition), _words(chosen, graph)])
                elif condition:
                    otherwise = chosen
                    break
            return {"if": written, "else": _words(otherwise, graph)}
        case Pick(place=place, options=options):
            leaf = graph.leaf(place)
            return {"at": leaf, "of": list(options)} if is_live(place) else options[int(place)]
        case Element(name=name, parts=parts, tags=tags, role=role, attributes=attributes):
            return {
                "e": name,
                "p": _words(parts, graph),
                **({"t": list(tags)} if tags else {}),
                **({"r": role} if role else {}),
                **({"a": dict(attributes)} if attributes else {}),
            }
        case Press(parts=parts, sets=sets, label=label, pressed=pressed, tags=tags):
            return {
                "press": dict(sets),
                "p": _words(parts, graph),
                "label": label,
                "pressed": pressed,
                "t": list(tags),
            }
        case Raw(markup=markup):
            return {"raw": markup}
