"""From text to tokens: one stream for HLM-style lines, Unicode text and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlmteach.model.reading.latex import read_command
from mlmteach.model.reading.source import Source
from mlmteach.model.reading.tokens import GREEK, Kind, Token

__all__ = ["tokens"]

_BELOW = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₊₋"
_ABOVE = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵅᵝᵞᵟⁱʲ⁻"
_SUBSCRIPTS = str.maketrans(_BELOW, "0123456789aehijklmnoprstuvxβγρφχ+-")
_SUPERSCRIPTS = str.maketrans(_ABOVE, "0123456789αβγδij-")
_GREEK = "".join(sorted({*GREEK.values(), "ϵ"}))
_LETTER = rf"(?:(?![{_BELOW}{_ABOVE}{_GREEK}_\d])\w)"
_WORD = rf"(?:(?![{_BELOW}{_ABOVE}{_GREEK}_])\w)"

_TOKEN = re.compile(
    rf"""
      (?P<break>\n | ;)
    | (?P<space>[^\S\n]+)
    | (?P<command>\\(?:[A-Za-z]+\*?|.|$))
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<greek>[{_GREEK}])(?P<numbers>\d+(?:,\d+)?[ij]*|i?j\b|i\b)?
    | (?P<category>{_LETTER}{_WORD}*(?:_{_WORD}+)*:[ ][^\n+*×=∼~$]*?(?=[{_BELOW}]|_\{{?[ij]|\ *$))
    | (?P<name>{_LETTER}{_WORD}*(?:\.{_LETTER}{_WORD}*|_(?![{{\\]){_WORD}+|_(?=_))*)
    | (?P<index>[{_BELOW}]+(?:,[{_BELOW}]+)*)
    | (?P<power>[{_ABOVE}]+)
    | (?P<string>'[^'\n]*'|"[^"\n]*")
    | (?P<quoted>`[^`\n]+`)
    | (?P<root>√)
    | (?P<mark>\*\*|.)
    """,
    re.VERBOSE,
)
_KINDS: dict[str, Kind] = {
    "break": "break", "number": "number", "category": "text", "name": "name", "index": "index",
    "power": "power", "string": "string", "quoted": "text", "mark": "mark",
}  # fmt: skip
_MARKS = {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "∼": "~", "**": "^"} | {
    mark: mark for mark in "+-*/^_=~()[]{},.:|"
}


def tokens(source: Source) -> Iterator[Token]:
    r"""Yield the tokens of a text, and an ``"end"``.

    Parameters
    ----------
    source : Source
        HLM-style lines, Unicode text or LaTeX.  Headings, spacing and colours are passed over.

    Yields
    ------
    Token

    Raises
    ------
    EquationError
        At a character or a command that has no place in an equation.

    Examples
    --------
    >>> [token.value for token in tokens(Source(r"\beta_{1j} = g10 + u1"))]
    ['β', '_', '{', '1', 'j', '}', '=', 'g10', '+', 'u1', '']
    """
    text, position, matrices = source.plain, 0, 0
    while match := _TOKEN.match(text, position):
        start, position = match.start(), match.end()
        if match["command"]:
            token, position = read_command(source, start, position, inside=matrices > 0)
            if token:
                matrices += {"matrix": 1, "end matrix": -1}.get(token.kind, 0)
                yield token
        elif match["greek"]:
            yield Token("name", match["greek"].replace("ϵ", "ε"), start, start + 1)
            if match["numbers"]:
                yield Token("index", match["numbers"], start + 1, position)
        elif match["root"]:
            yield Token("command", "sqrt", start, position)
        elif match["mark"] in {"&", "$"}:
            if match["mark"] == "&" and matrices:
                yield Token("cell", "&", start, position)
        elif match["mark"] == "{" and text.startswith("}", position):
            position += 1  # {} keeps a sign's space in LaTeX, and means nothing
        elif match["break"] == "\n" and matrices:
            continue
        elif match.lastgroup in _KINDS:
            kind = _KINDS[match.lastgroup]
            yield Token(kind, _value(source, kind, match), start, position)
    yield Token("end", "", len(text), len(text))


def _value(source: Source, kind: Kind, match: re.Match[str]) -> str:
    """The value of a token in one spelling."""
    if kind == "index":
        return match[0].translate(_SUBSCRIPTS)
    if kind == "power":
        return match[0].translate(_SUPERSCRIPTS)
    if kind == "mark" and match[0] not in _MARKS:
        raise source.error(
            match.start(),
            f"The character '{match[0]}' has no meaning in an equation.",
            "Leave it out; terms are joined by '+', '-' and '*'.",
        )
    return _MARKS[match[0]] if kind == "mark" else match[0].strip("`")
