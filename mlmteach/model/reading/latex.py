"""The commands of LaTeX that equations are written with."""

from __future__ import annotations

import re

from mlmteach.model.reading.source import Source
from mlmteach.model.reading.tokens import GREEK, Token

__all__ = ["read_command"]

_OPERATORS = {
    "times": "*", "cdot": "*", "ast": "*", "sim": "~", "mid": "|", "vert": "|", "prime": "'",
    "{": "(", "}": ")", "lbrace": "(", "rbrace": ")", "lbrack": "[", "rbrack": "]",
}  # fmt: skip
_FONTS = {
    "text", "textrm", "textit", "textbf", "textsf", "texttt", "textnormal", "mathrm", "mathit",
    "mathbf", "mathsf", "mathtt", "mathnormal", "mathcal", "boldsymbol", "bm", "mbox",
    "operatorname", "operatorname*",
}  # fmt: skip
_NOTHING = {
    ",", ";", ":", "!", " ", "\n", "[", "]", "(", ")", "quad", "qquad", "thinspace", "hfill",
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
    "displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag", "hat", "widehat",
    "tilde",
}  # fmt: skip
_PASSED_OVER = {"textcolor", "color", "hspace", "label", "tag", "vphantom"}  # with an argument
_STRUCTURE = {"underbrace", "overbrace", "underset", "overset", "overline", "bar", "sqrt", "frac"}
_FUNCTIONS = {"log": "log", "ln": "log", "exp": "exp"}
_MATRICES = {"matrix", "pmatrix", "bmatrix", "vmatrix", "smallmatrix", "array"}
_SPECIAL = {"backslash": "\\", "wedge": "^", "lt": "<", "gt": ">", "sim": "~", "ast": "*"}
_PIECE = re.compile(
    rf"\\(?:(?P<font>{'|'.join(sorted(map(re.escape, _FONTS), reverse=True))})(?=\s*\{{|\s+\w)"
    r"|(?P<mark>[_%&#$])|(?P<named>backslash|wedge|sim|lt|gt|ast) (?=\\text\{|\\[_%&#$]))"
)
_OPENING = re.compile(r"\s*(?:\{|(?P<single>\w))")


def read_command(
    source: Source, start: int, stop: int, *, inside: bool
) -> tuple[Token | None, int]:
    r"""Read a command with the arguments that belong to it.

    Parameters
    ----------
    source : Source
    start, stop : int
        Where the command stands.
    inside : bool
        Whether it stands in a matrix, where ``\\`` ends a row.

    Returns
    -------
    tuple of (Token or None, int)
        What it means, if anything, and where the text goes on.

    Raises
    ------
    EquationError
        If it has no place in an equation.
    """
    name = source.plain[start + 1 : stop]
    if name in {"begin", "end"}:
        environment, stop = _argument(source, stop)
        if environment.rstrip("*") not in _MATRICES:
            return None, stop
        if name == "end":
            return Token("end matrix", environment, start, stop), stop
        if environment == "array":
            _, stop = _argument(source, stop)  # how its columns are aligned
        return Token("matrix", environment, start, stop), stop
    if name == "\\":
        gap = re.compile(r"\s*\[-?[\d.]+ *[a-z]+\]").match(source.plain, stop)
        stop = gap.end() if gap else stop
        return Token("row" if inside else "break", "", start, stop), stop
    if name in _PASSED_OVER:
        return None, _argument(source, stop)[1]
    if name in _NOTHING:
        return None, stop
    if _PIECE.match(source.plain, start):
        word, stop = _words(source, start)
        heading = not word or word.endswith(":")
        return None if heading else Token("text", word, start, stop), stop
    if name in GREEK:
        return Token("name", GREEK[name], start, stop), stop
    if name in _OPERATORS:
        return Token("mark", _OPERATORS[name], start, stop), stop
    if name in _FUNCTIONS:
        return Token("text", _FUNCTIONS[name], start, stop), stop
    if name in _STRUCTURE:
        return Token("command", name, start, stop), stop
    raise source.error(
        start,
        f"The command '\\{name}' is not known here.",
        r"Leave it out; names go into \text{…}, symbols are written \gamma_{10}.",
    )


def _words(source: Source, position: int) -> tuple[str, int]:
    r"""Read a name that is made of pieces, such as ``\text{mean}\_\text{ses}``."""
    word = ""
    while piece := _PIECE.match(source.plain, position):
        position = piece.end()
        if piece["font"]:
            inside, position = _argument(source, position)
            word += re.sub(r"\\([_&%$#{} ])", r"\1", inside)
        else:
            word += piece["mark"] or _SPECIAL[piece["named"]]
    return word.strip(), position


def _argument(source: Source, position: int) -> tuple[str, int]:
    """Read ``{…}`` or a single character: what it is, and where it ends."""
    text = source.plain
    found = _OPENING.match(text, position)
    if found is None:
        raise source.error(position, "An opening '{' is missing.", r"Write names as \text{name}.")
    if found["single"]:
        return found["single"], found.end()
    depth, start = 1, found.end()
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return text[start : match.start()], match.end()
    raise source.error(found.end() - 1, "This '{' is never closed.", "Close it with '}'.")
