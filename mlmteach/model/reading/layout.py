"""What stands around equations: headings, bullets, words between them."""

from __future__ import annotations

import re

__all__ = ["without_headings"]

_RELATION = re.compile(r"=|~|∼|\\sim\b")
_LABEL = re.compile(r"(?:[^=~∼\\:$]|\\text\w*\{)*?(?<!\\):[ \t]*\}?(?=.*(?:=|~|∼|\\sim\b))")
_BULLET = re.compile(r"[ \t]*(?:[-*•‣–]|\(?\d+[.)])[ \t]+(?=.*(?:=|~|∼|\\sim\b))")
_HEADING_WORDS = (
    "level|mixed|full|combined|reduced|composite|model|where|with|and|intercept|slopes?|"
    "equations?|fixed|random|variances?|distributions?"
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
