"""Lines as plain Unicode text, for consoles and for readers without a typesetter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mlmteach.equations.lines import HEADINGS
from mlmteach.equations.nodes import (
    Block,
    Bracket,
    Call,
    Distributed,
    Fraction,
    Identifier,
    Line,
    Linked,
    Matrix,
    Node,
    Normal,
    Numeral,
    Raised,
    Sum,
    Summand,
    Symbol,
    Vector,
    Wrap,
    broken,
)
from mlmteach.model.family import LINK_TEXTS
from mlmteach.model.predictor import FUNCTIONS
from mlmteach.model.reading.vocabulary import is_plain

__all__ = ["TermRow", "TextWriter", "beside", "bracketed", "columns", "letter"]


# --- text in two dimensions: brackets, standard errors and braces beneath a row -----------

_CORNERS = {  # the upper, middle and lower piece of each side
    "[": (("⎡", "⎤"), ("⎢", "⎥"), ("⎣", "⎦")),
    "(": (("⎛", "⎞"), ("⎜", "⎟"), ("⎝", "⎠")),
}


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set entries in columns that are aligned on the right.

    >>> columns([["4.8", "−0.1"], ["−0.1", "0.4"]])
    [' 4.8  −0.1', '−0.1   0.4']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(e.rjust(w) for e, w in zip(row, widths, strict=True)) for row in rows]


def bracketed(rows: Sequence[str], kind: str = "[") -> list[str]:
    r"""Put brackets around rows of one width.

    >>> print("\n".join(bracketed(["a", "b"])))
    ⎡a⎤
    ⎣b⎦
    """
    upper, middle, lower = _CORNERS[kind]
    sides = [upper, *[middle] * (len(rows) - 2), lower]
    return [left + row + right for (left, right), row in zip(sides, rows, strict=True)]


def beside(*boxes: Sequence[str]) -> list[str]:
    """Put boxes beside each other, at the height of their middles."""
    height = max(map(len, boxes))
    padded = []
    for box in boxes:
        width = max(map(len, box))
        above = (height - len(box)) // 2
        lines = [""] * above + list(box) + [""] * (height - len(box) - above)
        padded.append([line.ljust(width) for line in lines])
    return ["".join(parts).rstrip() for parts in zip(*padded, strict=True)]


@dataclass
class TermRow:
    """A row of terms with what stands beneath them.

    Parameters
    ----------
    top : str
        The row itself, to which terms are added.
    """

    top: str = ""
    _beneath: str = ""
    _spans: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, text: str, *, beneath: str = "", brace: str = "") -> None:
        """Add text; ``beneath`` is centred below it, a brace spans all text of its name."""
        start = len(self.top)
        width = max(len(text), len(beneath))
        self.top += text.center(width) if beneath else text
        if beneath:
            self._beneath = self._beneath.ljust(start) + beneath.center(width)
        if not brace:
            return
        if self._spans and self._spans[-1][0] == brace:
            start = self._spans.pop()[1]
        self._spans.append((brace, start, len(self.top)))

    @property
    def lines(self) -> Iterable[str]:
        """The row, the numbers beneath it and the braces, as far as there are any."""
        braces = ""
        for name, start, stop in self._spans:
            # a short part has a label that is wider than itself
            label = f" {name} " if stop - start > len(name) + 3 else ""
            rule = label.center(stop - start - 2, "─")
            braces = braces.ljust(start) + f"╰{rule}╯" + ("" if label else f" {name}")
        return [line.rstrip() for line in (self.top, self._beneath, braces) if line.strip()]


# --- lines as plain Unicode text, for consoles and for readers without a typesetter -------

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "cdot": "·",
}  # fmt: skip
_SUBS = dict(
    zip("0123456789aehijklmnoprstuvxβγρφχ+-()", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₊₋₍₎", strict=True)
)
_SUPS = dict(
    zip(
        "0123456789abcdeghijklmnoprstuvwxyzαβγδφχ+-−",
        "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵅᵝᵞᵟᵠᵡ⁺⁻⁻",
        strict=True,
    )
)

_ODDS = "log(%s / (1 − %s))"


@lru_cache(maxsize=4096)
def letter(latex: str) -> str:
    r"""Turn letters of LaTeX into Unicode: ``\beta q`` becomes βq.

    Examples
    --------
    >>> letter(r"\sigma"), letter(r"\beta 1")
    ('σ', 'β1')
    """
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", latex)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: _GREEK.get(match[1], match[1]), text)
    return text.replace(" ", "")


@dataclass(frozen=True)
class TextWriter:
    """Writes lines in Unicode.

    Parameters
    ----------
    letters : bool
        Whether variables are letters, which need no × between them.
    wrap : int, "auto" or None
        The number of terms on a row.
    braces : bool
        Whether fixed and random part are marked.
    language : str
        Of the words at the marks.
    """

    letters: bool = False
    wrap: Wrap = None
    braces: bool = False
    language: str = "en"

    def block(self, block: Block) -> str:
        """Write lines, one below the other, aligned at their relations."""
        braced = self.braces and block.parted
        lefts = [self._box(line.left) for line in block.lines]
        width = max(len(row) for left in lefts for row in left)
        rows: list[str] = []
        for left, line in zip(lefts, block.lines, strict=True):
            relation = " = " if line.relation == "=" else " ∼ "
            left = [row.rjust(width) for row in left]
            first, *others = self._rows(line, braced)
            rows += (
                beside(left, [relation], first) if len(left) > 1 else _join(left, relation, first)
            )
            rows += [" " * (width + 5) + row for other in others for row in other]
        return "\n".join(rows)

    def _rows(self, line: Line, braced: bool) -> Iterator[list[str]]:
        """Write the right side: one box a row of terms."""
        normal = line.right[0].factors[0]
        if isinstance(normal, Normal):
            variance = normal.variance[0].factors[0]
            if isinstance(variance, Matrix):
                inner = beside(self._box(normal.mean[0].factors[0]), [", "], self._box(variance))
                yield beside(["N"], bracketed(_even(inner), "("))
                return
            opening, closing = "N(", f", {self.sum(normal.variance)})"
        else:
            opening, closing = "", ""
        rows = broken(line, self.wrap, self)
        for number, summands in enumerate(rows, 1):
            row = TermRow(opening if number == 1 else "")
            self._fill(row, summands, first=number == 1, braced=braced)
            row.add(closing if number == len(rows) else "")
            yield list(row.lines)

    def _fill(self, row: TermRow, summands: Sum, *, first: bool, braced: bool) -> None:
        previous = ""
        for number, summand in enumerate(summands):
            part = HEADINGS[self.language][summand.part] if braced and summand.part else ""
            sign = "−" if summand.negative else "" if first and not number else "+"
            minus = sign if first and not number else ""  # the sign of the first number is its own
            spaces = f" {sign} " if number else f"{sign} " if sign and not minus else ""
            row.add(spaces, brace=part if part == previous else "")
            lead, *others = summand.factors
            if isinstance(lead, Numeral) and lead.error is not None:
                row.add(minus + str(lead.value), beneath=f"({lead.error})", brace=part)
                row.add(self._others(lead, others), brace=part)
            else:
                row.add(minus + self.product(summand), brace=part)
            previous = part

    def _box(self, node: Node) -> list[str]:
        match node:
            case Vector(entries=entries):
                return bracketed(columns([[self.node(entry)] for entry in entries]))
            case Matrix(rows=rows):
                return bracketed(columns([[self.sum((e,)) for e in row] for row in rows]))
            case _:
                return [self.node(node)]

    def sum(self, summands: Sum) -> str:
        """Write summands with their signs, in one line."""
        text = ""
        for number, summand in enumerate(summands):
            sign = "−" if summand.negative else "+"
            spaces = f" {sign} " if number else sign * summand.negative
            text += spaces + self.product(summand)
        return text

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        lead, *others = summand.factors
        return self.node(lead) + self._others(lead, others)

    def width(self, summand: Summand) -> int:
        """Give the characters that a product takes, without its sign."""
        lead, *others = summand.factors
        if not isinstance(lead, Numeral) or lead.error is None:
            return len(self.product(summand))
        number = max(len(str(lead.value)), len(f"({lead.error})"))  # one beneath the other
        return number + len(self._others(lead, others))

    def _others(self, lead: Node, others: Sequence[Node]) -> str:
        text = ""
        for position, factor in enumerate(others):
            leads = position == 0 and isinstance(lead, Symbol | Numeral | Bracket)
            close = leads or self.letters or isinstance(factor, Symbol)
            text += (" " if close else " × ") + self.node(factor)
        return text

    def node(self, node: Node) -> str:
        """Write a node."""
        match node:
            case Symbol(glyph=glyph):
                return _indexed(letter(glyph.base), glyph.sub, glyph.sup)
            case Identifier(statistic=statistic):
                return _variable(node, statistic)
            case Numeral(value=value, error=error):
                return str(value) if error is None else f"{value} ({error})"
            case Bracket(inner=(Summand(factors=(Fraction() as fraction,), negative=False),)):
                return self.node(fraction)  # which has brackets of its own here
            case Bracket(inner=inner):
                return f"({self.sum(inner)})"
            case Call(function=function, inner=inner):
                return FUNCTIONS[function].text % self.sum(inner)
            case Raised(base=base, exponent=exponent):
                return self.node(base) + _raised(self.node(exponent), _SUPS, "^")
            case Fraction(top=top, bottom=bottom):
                over = self.sum(top) if len(top) == 1 else f"({self.sum(top)})"
                alone = len(bottom) == 1 and len(bottom[0].factors) == 1
                under = self.sum(bottom) if alone else f"({self.sum(bottom)})"
                return f"({over} / {under})"
            case Vector(entries=entries):
                return f"[{'; '.join(map(self.node, entries))}]"
            case Matrix(rows=rows):
                return f"[{'; '.join(', '.join(self.sum((e,)) for e in row) for row in rows)}]"
            case Normal(mean=mean, variance=variance):
                return f"N({self.sum(mean)}, {self.sum(variance)})"
            case Distributed(name=name, arguments=arguments):
                return f"{name}({', '.join(map(self.sum, arguments))})"
            case Linked(link=link, inner=inner):
                form = _ODDS if link == "odds" else LINK_TEXTS[link]
                return form.replace("%s", self.node(inner))


def _join(left: Sequence[str], relation: str, right: Sequence[str]) -> list[str]:
    """Put one row before several, of which the first is the row that it belongs to."""
    start = left[0] + relation
    return [start + right[0], *(" " * len(start) + row for row in right[1:])]


def _even(rows: Sequence[str]) -> list[str]:
    width = max(map(len, rows))
    return [row.ljust(width) for row in rows]


_CATEGORY = re.compile(r"(.+?)(\[.*\])?")
_CALLED = re.compile(r"[A-Za-z_][\w.]*\(.*\)")


@lru_cache(maxsize=4096)
def _quoted(name: str) -> str:
    """Put a name in backticks where it would fall into several words, or be taken for a symbol."""
    found = _CATEGORY.fullmatch(name)
    column = found[1] if found else name
    return name if _CALLED.fullmatch(column) or is_plain(column) else f"`{name}`"


def _variable(node: Identifier, statistic: str) -> str:
    name = _quoted(node.base) if node.text else letter(node.base)
    if not statistic:
        return _indexed(name, node.sub, node.sup)
    sub = node.sub.replace(r"\cdot", "").strip()
    own = re.match(r"[\d,]*", sub)  # the number of x_1 belongs to the letter, j to the mean
    number = own[0] if own else ""
    name = _indexed(name, number.rstrip(","), node.sup)
    return _indexed(f"{statistic}({name})", sub.removeprefix(number), "")


@lru_cache(maxsize=4096)
def _indexed(base: str, sub: str, sup: str) -> str:
    """Write a letter with its indices."""
    return base + _raised(letter(sub), _SUBS, "_") + _raised(letter(sup), _SUPS, "^")


def _raised(text: str, table: dict[str, str], mark: str) -> str:
    """Set text below or above the line; letters that Unicode lacks there need a mark.

    An index that has one of its own, as in the σ² of the category of a row, stands in parentheses.

    Examples
    --------
    >>> _raised("0j", _SUBS, "_"), _raised("SES", _SUBS, "_"), _raised("female_{ij}", _SUBS, "_")
    ('₀ⱼ', '_{SES}', '_(femaleᵢⱼ)')
    """
    if found := re.fullmatch(r"(.+)_\{(.+)\}", text):
        return f"{mark}({found[1]}{_raised(found[2], _SUBS, '_')})"
    if all(character in table or character in ",[]" for character in text):
        return "".join(table.get(character, character) for character in text)
    return f"{mark}{text}" if len(text) == 1 else f"{mark}{{{text}}}"
