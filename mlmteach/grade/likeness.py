"""Submissions that are alike: something to look at, and no verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

__all__ = ["alike"]

_FEWEST_LINES = 4
_ALIKE = 0.8


def alike(submissions: Mapping[str, Sequence[str]]) -> list[tuple[str, str, float]]:
    r"""List pairs of submissions that share most of the lines that are their own.

    Lines that more than half of all submissions have, such as those of the released notebook, do
    not count; nor do comments and spaces.

    Parameters
    ----------
    submissions : mapping of str to sequence of str
        The code cells of each student.

    Returns
    -------
    list of (str, str, float)
        Two ids and the share of common lines among the lines of either, most alike first.

    Examples
    --------
    >>> same = ["a = 1\nb = 2\nc = 3\nd = 4"]
    >>> alike({"ada": same, "ben": same, "cyd": ["x = 1"], "dan": [], "eve": []})
    [('ada', 'ben', 1.0)]
    """
    lines = {id: _lines(cells) for id, cells in submissions.items()}
    seen = Counter(line for own in lines.values() for line in own)
    common = {line for line, count in seen.items() if count > max(2, len(lines) / 2)}
    own = {
        id: found - common for id, found in lines.items() if len(found - common) >= _FEWEST_LINES
    }
    pairs = []
    for (first, a), (second, b) in combinations(own.items(), 2):
        share = len(a & b) / len(a | b)
        if share >= _ALIKE:
            pairs.append((first, second, round(share, 2)))
    return sorted(pairs, key=lambda pair: -pair[2])


def _lines(cells: Sequence[str]) -> set[str]:
    lines = ("".join(line.split("#")[0].split()) for cell in cells for line in cell.splitlines())
    return {line for line in lines if line}
