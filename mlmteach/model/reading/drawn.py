"""Matrices that are drawn over several lines: put on one line, each character with its place."""

from __future__ import annotations

import re

__all__ = ["flattened"]

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
