"""The text that is read, its places, and errors that point at them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from mlmteach.errors import EquationError

__all__ = ["EquationText", "flattened", "pointer", "without_headings"]


# --- what stands around equations: headings, bullets, words between them ------------------

_RELATION = re.compile(r"=|~|∼|\\sim\b")
_LABEL = re.compile(
    r"(?:[^=~∼\\:$`]|\\text\w*\{)*?(?<!\\):(?=[ \t}\\$])[ \t]*\}?(?=.*(?:=|~|∼|\\sim\b))"
)
_BULLET = re.compile(r"[ \t]*(?:[-*•‣–]|\(?\d+[.)])[ \t]+(?=.*(?:=|~|∼|\\sim\b))")
_HEADING_WORDS = (
    "level|mixed|full|combined|reduced|composite|model|where|with|and|intercept|slopes?|"
    "equations?|fixed|random|variances?|distributions?|ebene|gesamtmodell|verteilung(?:en)?|"
    "fester|zufälliger"
)
_HEADING = re.compile(
    rf"(?:\*\*|[^\w+*]|[\d_])*(?:text\w*\{{)?\W*(?:{_HEADING_WORDS})\b[^+*]*\**"
    r"|.*:\s*"
    r"|\s*(?:\([\d.e+−× ⁰¹²³⁴-⁹⁻-]+\)\s*)+"  # standard errors beneath the estimates
    r"|[^\w\\&}{]*",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:[.:]|\bwhere\b|\bwith\b|\band\b|\s)+$|(?<=[$}\])\w])\s*[.]\s*(?=\$)")


def without_headings(text: str) -> str:
    r"""Blank out what is no equation; every other character keeps its place.

    Parameters
    ----------
    text : str
        Lines such as ``"Level-1 Model:"``, ``"- Full: y = …"``, and equations.

    Returns
    -------
    str
        Of the same length.

    Examples
    --------
    >>> without_headings("Level-1 Model\n  y = b0 + r")
    '             \n  y = b0 + r'
    >>> without_headings("- Full: y = g00 + u0 + r where")
    '        y = g00 + u0 + r      '
    """
    return "\n".join(_equation_of(line) for line in text.split("\n"))


def _equation_of(line: str) -> str:
    if not _RELATION.search(line):
        return " " * len(line) if _HEADING.fullmatch(line) else line
    for pattern in (_BULLET, _LABEL):
        if found := pattern.match(line):
            line = " " * found.end() + line[found.end() :]
    return _TRAILING.sub(lambda found: " " * len(found[0]), line)


# --- matrices that are drawn over several lines, put on one line --------------------------

_GROUP = re.compile(r"[⎡⎢⎣]([^⎤⎥⎦]*)[⎤⎥⎦]")
_ROUND = {"⎛": "(", "⎜": "(", "⎝": "(", "⎞": ")", "⎟": ")", "⎠": ")"}
_CELL = re.compile(r"\S+(?: \S+)*")

Piece = tuple[str, int]


def flattened(text: str) -> tuple[str, tuple[int, ...]]:
    r"""Write drawn matrices as ``(a, b)`` and ``[a, b; c, d]``.

    Parameters
    ----------
    text : str
        Lines, some of them with the upper, middle and lower parts of brackets.

    Returns
    -------
    tuple of (str, tuple of int)
        The text, and for each of its characters the place where it stood.

    Examples
    --------
    >>> flattened("⎡u₀⎤ ∼ N⎛⎡0⎤, ⎡a  b⎤⎞\n⎣u₁⎦    ⎝⎣0⎦  ⎣b  c⎦⎠")[0]
    '(u₀, u₁) ∼ N((0, 0), [a, b; b, c])'
    """
    if "⎡" not in text:
        return text, tuple(range(len(text) + 1))
    pieces: list[Piece] = []
    start = 0
    block: list[tuple[str, int]] = []
    for line in text.split("\n"):
        drawn = re.match(r"\s*[⎡⎢⎣]", line)
        if drawn:
            block.append((line, start))
        else:
            pieces.append((line + "\n", start))
        if block and (not drawn or "⎣" in line):
            pieces[len(pieces) - (not drawn) : len(pieces) - (not drawn)] = _on_one_line(block)
            block = []
        start += len(line) + 1
    pieces += _on_one_line(block) if block else []
    flat = "".join(piece for piece, _ in pieces).removesuffix("\n")
    places = [start + offset for piece, start in pieces for offset in range(len(piece))]
    return flat, (*places[: len(flat)], len(text))


def _on_one_line(block: list[tuple[str, int]]) -> list[Piece]:
    groups = [list(_GROUP.finditer(row)) for row, _ in block]
    pieces: list[Piece] = []
    for number in range(len(groups[0]) + 1):
        pieces += _between(block, groups, number)
        if number < len(groups[0]):
            pieces += _group(block, groups, number)
    return [*pieces, ("\n", pieces[-1][1] if pieces else block[0][1])]


def _between(
    block: list[tuple[str, int]], groups: list[list[re.Match[str]]], number: int
) -> list[Piece]:
    """What stands before a group: in one of the rows, the others have bracket parts at most."""
    found: list[list[Piece]] = []
    for (row, start), matches in zip(block, groups, strict=True):
        begin = matches[number - 1].end() if 0 < number <= len(matches) else 0
        end = matches[number].start() if number < len(matches) else len(row)
        found.append([(_ROUND.get(row[i], row[i]), start + i) for i in range(begin, end)])
    return max(found, key=lambda pieces: len("".join(piece for piece, _ in pieces).strip()))


def _group(
    block: list[tuple[str, int]], groups: list[list[re.Match[str]]], number: int
) -> list[Piece]:
    """The entries of one pair of brackets."""
    rows = [
        [(cell[0], start + match.start(1) + cell.start()) for cell in _CELL.finditer(match[1])]
        for (_, start), matches in zip(block, groups, strict=True)
        for match in matches[number : number + 1]
    ]
    matrix = any(len(cells) > 1 for cells in rows)
    place = block[0][1] + groups[0][number].start()
    pieces: list[Piece] = [("[" if matrix else "(", place)]
    for position, cells in enumerate(rows):
        if position:
            pieces.append(("; " if matrix else ", ", place))
        for column, cell in enumerate(cells):
            pieces += [(", ", cell[1])] if column else []
            pieces.append(cell)
    return [*pieces, ("]" if matrix else ")", place)]


_SQUARE = re.compile(
    r"^([ \t]*(?:log|ln|logit))\[([^\[\]\n]*)\](?=[ \t]*=)", re.IGNORECASE | re.MULTILINE
)

# --- the text that is read, its places, and errors that point at them ---------------------


def pointer(text: str, line: int, column: int) -> str:
    r"""Set a caret beneath a place of a text, both indented as Markdown indents code.

    Examples
    --------
    >>> print(pointer("b0 = g00\nb1 = g10", 2, 6))
        b1 = g10
             ^
    """
    shown = text.split("\n")[line - 1].rstrip("\r")
    return f"    {shown.expandtabs(1)}\n    {' ' * (column - 1)}^"


@dataclass(frozen=True)
class EquationText:
    """A text of one or more lines.

    Parameters
    ----------
    text : str
        As it was given.  Positions count the characters of :attr:`plain`.
    """

    text: str

    @cached_property
    def plain(self) -> str:
        """The text to be read: without headings, its matrices on one line."""
        plain = without_headings(self._flattened[0])
        return _SQUARE.sub(lambda found: f"{found[1]}({found[2]})", plain)  # as HLM prints

    @cached_property
    def _flattened(self) -> tuple[str, tuple[int, ...]]:
        return flattened(self.text)

    def place(self, position: int) -> tuple[int, int]:
        r"""Line and column of a position, both counted from one.

        Examples
        --------
        >>> EquationText("b0 = g00\nb1 = g10").place(14)
        (2, 6)
        """
        before = self.text[: self._flattened[1][position]]
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    def pointer(self, position: int) -> str:
        """The line of a position, and a caret beneath the place."""
        return pointer(self.text, *self.place(position))

    def error(self, position: int, problem: str, remedy: str) -> EquationError:
        """An error that shows the place.

        Parameters
        ----------
        position : int
            Where in the text.
        problem : str
            What is wrong, as a full sentence.
        remedy : str
            What to do, as a full sentence.
        """
        line, column = self.place(position)
        where = f"Line {line}, column {column}: {problem}\n{self.pointer(position)}\n"
        return EquationError(where, remedy)
