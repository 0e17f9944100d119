"""From text to tokens: one stream for HLM-style lines, Unicode text and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlmteach.model.predictor import VERBATIM, find_function
from mlmteach.model.reading.text import EquationText

__all__ = ["GREEK", "LABEL", "Kind", "Token", "read_command", "tokens"]


# --- the pieces that a text is cut into ---------------------------------------------------

Kind = Literal[
    "name",  # b0, SES_ij, the letter γ
    "text",  # what stands in \text{}: never a symbol, always a variable
    "number",
    "index",  # subscripts in Unicode, and what follows a Greek letter without a brace
    "power",  # superscripts in Unicode
    "mark",  # operators and brackets
    "command",  # \underbrace, \overline …
    "string",  # 'F' inside a function
    "category",  # [F] behind a name
    "break",  # the end of a line or of a row
    "row",  # the end of a row of a matrix
    "cell",  # the end of a cell of a matrix
    "matrix",  # the beginning of a matrix
    "end matrix",
    "end",
]


@dataclass(frozen=True)
class Token:
    r"""A piece of the text.

    Parameters
    ----------
    kind : str
        What it is.
    value : str
        In one spelling: ``\gamma`` and γ are both ``"γ"``, × and ``\times`` are ``"*"``.
    start, stop : int
        Its place in the text.
    """

    kind: Kind
    value: str
    start: int
    stop: int


GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip


# --- the commands of LaTeX that equations are written with --------------------------------

_OPERATORS = {
    "times": "*", "cdot": "*", "ast": "*", "sim": "~", "mid": "|", "vert": "|", "prime": "'",
    "lvert": "|", "rvert": "|",
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
_MATRICES = {"matrix", "pmatrix", "bmatrix", "vmatrix", "smallmatrix", "array"}
_SPECIAL = {"backslash": "\\", "wedge": "^", "lt": "<", "gt": ">", "sim": "~", "ast": "*"}
_DISTRIBUTION = r" *\\text\{(?:Bern|Bin|Poi|Neg|N\b|Normal)[^{}]*\}\s*(?:\\left|\\[bB]ig+l?)?\s*\("
_PIECE = re.compile(
    rf"\\(?:(?P<font>{'|'.join(sorted(map(re.escape, _FONTS), reverse=True))})(?=\s*\{{|\s+\w)"
    r"|(?P<mark>[_%&#$])|(?P<named>backslash|wedge|sim|lt|gt|ast) (?=\\text\{|\\[_%&#$])"
    rf"(?!{_DISTRIBUTION}))"  # what follows this ∼ is no name
)
_OPENING = re.compile(r"\s*(?:\{|(?P<single>\w))")


def read_command(
    source: EquationText, start: int, stop: int, *, inside: bool
) -> tuple[Token | None, int]:
    r"""Read a command with the arguments that belong to it.

    Parameters
    ----------
    source : EquationText
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
        word, stop, odd = _words(source, start)
        if not word or word.endswith(":"):  # a heading
            return None, stop
        if odd is not None:
            raise source.error(
                odd,
                f"A name cannot hold '{source.plain[odd]}' within its braces.",
                r"Write names as \text{name}, with nothing but letters, digits and spaces in it.",
            )
        return Token("text", word, start, stop), stop
    if name == "Pr":
        return Token("name", name, start, stop), stop
    if name in GREEK:
        return Token("name", GREEK[name], start, stop), stop
    if name in _OPERATORS:
        return Token("mark", _OPERATORS[name], start, stop), stop
    if name in _STRUCTURE:
        return Token("command", name, start, stop), stop
    if row := find_function(name):
        return Token("text", row.name, start, stop), stop
    raise source.error(
        start,
        f"The command '\\{name}' is not known here.",
        r"Leave it out; names go into \text{…}, symbols are written \gamma_{10}.",
    )


def _words(source: EquationText, position: int) -> tuple[str, int, int | None]:
    r"""Read a name that is made of pieces, such as ``\text{mean}\_\text{ses}``.

    Beside it: where it ends, and where a piece holds a command or a mark that LaTeX takes for one.
    """
    word, odd = "", None
    while piece := _PIECE.match(source.plain, position):
        position = piece.end()
        if piece["font"]:
            opened = position
            inside, position = _argument(source, position)
            mark = re.search(r"(?<!\\)(?:\\\\)*(\\(?![_&%$# ])|[`^*])", inside)
            if mark and odd is None:
                odd = source.plain.index(inside, opened) + mark.start(1)
            word += re.sub(r"\s+|~", " ", re.sub(r"\\([_&%$# ])", r"\1", inside))
        else:
            word += piece["mark"] or _SPECIAL[piece["named"]]
    return word.strip(), position, odd


def _argument(source: EquationText, position: int) -> tuple[str, int]:
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


# --- from text to tokens: one stream for HLM-style lines, Unicode text and LaTeX ----------

_BELOW = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₊₋₍₎"
_ABOVE = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵅᵝᵞᵟⁱʲ⁻"
_SUBSCRIPTS = str.maketrans(_BELOW, "0123456789aehijklmnoprstuvxβγρφχ+-()")
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
    | (?P<greek>[{_GREEK}])(?P<numbers>\d+(?:,\d+)*(?:,?[ijk]+)?|i?j?k\b|i?j\b|i\b)?
    | (?P<category>{_LETTER}{_WORD}*(?:_{_WORD}+)*:[ ][^\n+*×=∼~$]*?(?=[{_BELOW}]|_\{{?[ijk]|\ *$))
    | (?P<name>{_LETTER}{_WORD}*(?:\.{_LETTER}{_WORD}*|_(?![{{\\]){_WORD}+|_(?=_))*
        (?:(?<=_\d[ij])\([ij]k\)|(?<=_[ij])\([ij]k\))?)  # attain_i(jk)
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
_NAMED = {"category", "name", "index", "quoted"}
_MARKS = {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "∼": "~", "**": "^"} | {
    mark: mark for mark in "+-*/^_=~()[]{},.:|"
}


LABEL = r"\[[(\[][^()\[\]\n]*,[^()\[\]\n]*[)\]]\]|\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
"""The category of a predictor in brackets: an interval, ``[(0, 1]]``, or anything else."""
_BEHIND = re.compile(LABEL)
_WHOLE = re.compile(
    rf"(?:I|C|{'|'.join(VERBATIM)}|np\.\w+)\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)"
)
_FOREIGN = re.compile(r"[%<>!@]")  # these mean something to Python, and nothing here


def tokens(source: EquationText) -> Iterator[Token]:
    r"""Yield the tokens of a text, and an ``"end"``.

    Parameters
    ----------
    source : EquationText
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
    >>> [token.value for token in tokens(EquationText(r"\beta_{1j} = g10 + u1"))]
    ['β', '_', '{', '1', 'j', '}', '=', 'g10', '+', 'u1', '']
    """
    text, position, matrices, glued = source.plain, 0, 0, -1
    while match := _TOKEN.match(text, position):
        start, position = match.start(), match.end()
        if start == glued and (behind := _BEHIND.match(text, start)):
            position = behind.end()
            yield Token("category", behind[0], start, position)
            continue
        if (whole := _WHOLE.match(text, start)) and _FOREIGN.search(whole[0]):
            glued = position = whole.end()
            yield Token("text", whole[0], start, position)
            continue
        if match["greek"] or match["mark"] == ")" or match.lastgroup in _NAMED:
            glued = position
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


def _value(source: EquationText, kind: Kind, match: re.Match[str]) -> str:
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
    if kind == "name":
        return match[0].replace("(", "").replace(")", "")
    return _MARKS[match[0]] if kind == "mark" else match[0].strip("`")
