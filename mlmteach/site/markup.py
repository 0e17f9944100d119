"""Markdown as HTML with formulas as MathML, and pictures as files instead of texts in the page."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import struct
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.equations.block import mathml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = [
    "LINK",
    "PICTURES",
    "STATIC",
    "Pictures",
    "blocks",
    "code",
    "embedded",
    "fenced",
    "formula",
    "headings",
    "inline_html",
    "plain_text",
    "to_html",
    "unclosed",
]


STATIC = Path(__file__).parent / "static"
"""Styles and scripts of pages and slides."""
PICTURES = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
}
"""What browsers draw as a picture, and the ending of such a file."""

LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]"
    r"""\((?:<([^<>]+)>|((?:[^()\s]|\([^()\s]*\))+))(?:\s+["'][^)]*["'])?\)"""
)
"""A link in Markdown: its text, and its target between angle brackets or without."""

# --- formulas, code and Markdown -----------------------------------------------------------


def formula(latex: str, *, display: bool = True) -> str:
    r"""Write a formula as ``<math>``, which browsers typeset without a script.

    Examples
    --------
    >>> formula(r"\gamma_{00}", display=False)[:5]
    '<math'
    """
    made = mathml(latex.strip())
    return made if display else made.replace('display="block"', 'display="inline"', 1)


def code(source: str, language: str = "python") -> str:
    """Write source as HTML, its words marked for colours.

    Examples
    --------
    >>> code("x = 1").startswith('<pre class="highlight"')
    True
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    inside = highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="highlight" tabindex="0"><code>{inside}</code></pre>'


def to_html(markdown: str) -> str:
    r"""Turn Markdown, with ``$formulas$``, tables and HTML, into HTML.

    Examples
    --------
    >>> to_html("An *odd* number.")
    '<p>An <em>odd</em> number.</p>\n'
    """
    return str(_reader().render(markdown))


def inline_html(markdown: str) -> str:
    """Turn Markdown that stands within a line into HTML, without a paragraph around it.

    Examples
    --------
    >>> inline_html("An *odd* number.")
    'An <em>odd</em> number.'
    """
    return to_html(markdown).strip().removeprefix("<p>").removesuffix("</p>")


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark", {"html": True, "highlight": _highlighted})
    reader.enable(["table", "strikethrough"])
    reader.use(dollarmath_plugin, renderer=_rendered, double_inline=True)
    return reader.use(amsmath_plugin, renderer=lambda latex: _rendered(latex, _DISPLAYED))


def blocks(markdown: str) -> Iterator[tuple[str, str]]:
    r"""Part Markdown into its blocks: the kind of each, such as ``"paragraph"``, and its source.

    Examples
    --------
    >>> list(blocks("# A\n\n- b\n- c"))
    [('heading', '# A'), ('bullet_list', '- b\n- c')]
    >>> list(blocks(r"\begin{equation}x\end{equation}"))
    [('amsmath', '\\begin{equation}x\\end{equation}')]
    """
    lines = markdown.split("\n")
    for token in _reader().parse(markdown):
        if token.level == 0 and token.nesting >= 0 and token.map:
            source = "\n".join(lines[slice(*token.map)]).rstrip() or token.content  # of amsmath
            yield token.type.removesuffix("_open"), source


def headings(markdown: str) -> Iterator[tuple[slice, int, str]]:
    r"""Find the headings of Markdown: their lines, the level of each, and its text.

    Examples
    --------
    >>> [(level, text) for _, level, text in headings("A\n=\n\n```\n# no\n```\n\n## *B*")]
    [(1, 'A'), (2, '*B*')]
    """
    tokens = _reader().parse(markdown)
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield slice(*token.map), int(token.tag[1:]), " ".join(content.content.split())


def fenced(kind: str, content: str) -> str:
    """Put text between fences that it does not hold.

    Examples
    --------
    >>> print(fenced("text", "a"))
    ```text
    a
    ```
    """
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{kind}\n{content}\n{fence}"


_DISPLAYED = {"display_mode": True}


def _rendered(latex: str, options: dict[str, Any]) -> str:
    display = bool(options["display_mode"])
    made = formula(latex, display=display)
    return f'<div class="formula" tabindex="0">{made}</div>' if display else made


def _highlighted(source: str, language: str, _: str) -> str:
    return code(source, language or "text")


def plain_text(markup: str) -> str:
    """Take the tags out of HTML.

    Examples
    --------
    >>> plain_text("<p>1 &lt; <b>2</b></p>")
    '1 < 2'
    """
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


_STYLES = frozenset({"a", "b", "big", "code", "em", "font", "i", "s", "small", "strong", "tt", "u"})


class _Open(HTMLParser):
    """Collects the elements of style that are open at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag in _STYLES:
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.tags:
            self.tags.reverse()
            self.tags.remove(tag)  # the last one
            self.tags.reverse()


def unclosed(markup: str) -> str:
    """Close what would go on in all that follows, as a browser reads it.

    Examples
    --------
    >>> unclosed("<p>One <b>word <i>more</i></p><div>")
    '</b>'
    """
    reader = _Open()
    reader.feed(markup)
    return "".join(f"</{tag}>" for tag in reversed(reader.tags))


# --- pictures ------------------------------------------------------------------------------

_EMBEDDED = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])data:(image/[\w+]+);base64,([^"']+)\2""")


def embedded(kind: str, content: bytes) -> str:
    """Write a picture as an address that needs no file.

    Examples
    --------
    >>> embedded("image/gif", b"GIF")
    'data:image/gif;base64,R0lG'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


class Pictures:
    """The pictures of pages, written to a folder, each once.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files go.
    address : str
        How a page reaches the folder, such as ``"../_static/figures"``.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        folder.mkdir(parents=True, exist_ok=True)

    def taken_out(self, markup: str) -> str:
        """Put a file in the place of each picture that the HTML holds as text."""
        return _EMBEDDED.sub(self._linked, markup)

    def kept(self, path: Path) -> str:
        """Keep a copy of a file, and return how a page reaches it."""
        content = path.read_bytes()
        name = f"{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
        (self.folder / name).write_bytes(content)
        return f"{self.address}/{name}"

    def _linked(self, match: re.Match[str]) -> str:
        if match[3] not in PICTURES:
            return match[0]
        attributes = self._attributes(base64.b64decode(match[4]), PICTURES[match[3]])
        return f"{match[1].removesuffix('src=')}{attributes}"

    def _attributes(self, content: bytes, ending: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        (self.folder / name).write_bytes(content)
        size = ""
        if ending == "png" and len(content) >= 24:  # so that the page does not jump
            width, height = struct.unpack(">II", content[16:24])
            size = f'width="{width}" height="{height}" '
        return f'src="{self.address}/{name}" {size}loading="lazy" decoding="async"'
