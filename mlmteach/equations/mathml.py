"""Lines as MathML, which browsers typeset themselves, and whose symbols carry their tags."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
from mlmteach.equations.unicode import TextWriter, letter
from mlmteach.model.family import LINK_TEXTS
from mlmteach.model.predictor import FUNCTIONS

__all__ = ["MathWriter"]

_SPLIT = re.compile(r"\\text\{[^{}]*\}|\\[A-Za-z]+|\d+|.")


@dataclass(frozen=True)
class MathWriter:
    """Writes lines in MathML.

    A symbol is an ``<mrow>`` with ``data-symbol``, its tag, and a class for its role; so a page can
    light up what shows the same number, and colour it.

    Parameters
    ----------
    letters : bool
        Whether variables are letters, which need no × between them.
    wrap : int, "auto" or None
        The number of terms on a row.
    beneath : mapping of str to str
        By the tag of a symbol what stands beneath it, such as its estimate.

    Examples
    --------
    >>> from mlmteach import Model
    >>> from mlmteach.equations import write
    >>> equations = write(Model("y ~ x", group="g"), parts=("level2",))
    >>> MathWriter().line(equations.blocks[0].lines[1])
    '<math ...data-symbol="beta_1"...data-symbol="gamma_10"...</math>'
    """

    letters: bool = False
    wrap: Wrap = None
    beneath: Mapping[str, str] = field(default_factory=dict)

    def block(self, block: Block) -> tuple[str, ...]:
        """Write the lines of a block, each a ``<math>`` element."""
        return tuple(map(self.line, block.lines))

    def line(self, line: Line) -> str:
        """Write a line; wrapping makes several rows of it."""
        relation = _mo("=" if line.relation == "=" else "∼")
        rows = [self.sum(line.right)]
        if self.wrap is not None and not isinstance(line.left, Vector):
            pieces = broken(line, self.wrap, TextWriter(self.letters))
            normal = line.right[0].factors[0]
            if not isinstance(normal, Normal):
                rows = [self.sum(piece, first=not i) for i, piece in enumerate(pieces)]
        first = self.node(line.left) + relation + rows[0]
        if len(rows) == 1:
            return f'<math display="block">{first}</math>'
        cells = [f"<mtr><mtd>{row}</mtd></mtr>" for row in (first, *rows[1:])]
        return f'<math display="block"><mtable columnalign="left">{"".join(cells)}</mtable></math>'

    def sum(self, summands: Sum, *, first: bool = True) -> str:
        """Write summands with their signs."""
        text = ""
        for summand in summands:
            sign = "−" if summand.negative else "" if first else "+"
            form = "prefix" if first else "infix"
            product = (f'<mo form="{form}">{sign}</mo>' if sign else "") + self.product(summand)
            text += product
            first = False
        return text

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        lead, *others = summand.factors
        text = self.node(lead)
        for position, factor in enumerate(others):
            leads = position == 0 and isinstance(lead, Symbol | Numeral | Bracket)
            close = leads or self.letters or isinstance(factor, Symbol)
            text += ('<mspace width="0.17em"></mspace>' if close else _mo("×")) + self.node(factor)
        return text

    def node(self, node: Node) -> str:
        """Write a node."""
        match node:
            case Symbol(glyph=glyph, role=role, tag=tag):
                shown = _indexed(_letters(glyph.base), glyph.sub, glyph.sup)
                return _tagged(_under(shown, self.beneath.get(tag, "")), tag, role)
            case Identifier():
                return _variable(node)
            case Numeral(value=value, error=error, tag=tag, role=role):
                shown = f"<mn>{html.escape(str(value))}</mn>"
                return _tagged(_under(shown, f"({error})" if error else ""), tag, role)
            case Bracket(inner=inner):
                return _fenced(self.sum(inner))
            case Call(function="sqrt", inner=inner):
                return f"<msqrt>{self.sum(inner)}</msqrt>"
            case Call(function=function, inner=inner):
                return _filled(FUNCTIONS[function].text, self.sum(inner))
            case Raised(base=base, exponent=exponent):
                return f"<msup>{_row(self.node(base))}{_row(self.node(exponent))}</msup>"
            case Fraction(top=top, bottom=bottom):
                return f"<mfrac>{_row(self.sum(top))}{_row(self.sum(bottom))}</mfrac>"
            case Vector(entries=entries):
                return _table([self.node(entry)] for entry in entries)
            case Matrix(rows=rows):
                return _table([self.sum((entry,)) for entry in row] for row in rows)
            case Normal(mean=mean, variance=variance):
                return _mi("N") + _fenced(f"{self.sum(mean)}{_mo(',')}{self.sum(variance)}")
            case Distributed(name=name, arguments=arguments):
                inside = _mo(",").join(map(self.sum, arguments))
                return f"<mtext>{html.escape(name)}</mtext>" + _fenced(inside)
            case Linked(link="odds", inner=inner):
                shown = self.node(inner)
                under = f"<mn>1</mn>{_mo('−')}{shown}"
                odds = f"<mfrac>{_row(shown)}{_row(under)}</mfrac>"
                return "<mtext>log</mtext>" + _fenced(odds)
            case Linked(link=link, inner=inner):
                assert link != "odds"  # it has been written
                return _filled(LINK_TEXTS[link], self.node(inner))


def _mo(sign: str) -> str:
    return f"<mo>{html.escape(sign)}</mo>"


def _mi(text: str) -> str:
    return f"<mi>{html.escape(text)}</mi>"


def _row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"


def _fenced(inner: str) -> str:
    return f"<mrow>{_mo('(')}{inner}{_mo(')')}</mrow>"


def _under(shown: str, beneath: str) -> str:
    if not beneath:
        return shown
    small = f'<mstyle scriptlevel="1"><mtext>{html.escape(beneath)}</mtext></mstyle>'
    return f"<munder>{shown}{small}</munder>"


def _tagged(inner: str, tag: str, role: str) -> str:
    symbol = f' data-symbol="{html.escape(tag)}"' if tag else ""
    look = f' class="mlm-w mlm-{role}"' if role != "outcome" else ""
    return f"<mrow{symbol}{look}>{inner}</mrow>"


def _filled(form: str, inner: str) -> str:
    """Write a function as text does, around what is in it."""
    before, _, after = form.partition("%s")
    return "".join(
        [f"<mtext>{html.escape(before)}</mtext>"] * bool(before)
        + [inner]
        + [f"<mtext>{html.escape(after)}</mtext>"] * bool(after)
    )


def _letters(latex: str) -> str:
    return _mi(letter(latex))


def _scripts(latex: str) -> str:
    pieces = []
    for piece in _SPLIT.findall(latex.replace("{", "").replace("}", "")):
        if piece.strip():
            text = letter(piece)
            pieces.append(
                f"<mn>{text}</mn>" if text.isdigit() else _mi(text) if text.isalnum() else _mo(text)
            )
    return _row("".join(pieces))


def _indexed(base: str, sub: str, sup: str) -> str:
    if sub and sup:
        return f"<msubsup>{base}{_scripts(sub)}{_scripts(sup)}</msubsup>"
    if sub:
        return f"<msub>{base}{_scripts(sub)}</msub>"
    return f"<msup>{base}{_scripts(sup)}</msup>" if sup else base


def _variable(node: Identifier) -> str:
    name = f"<mtext>{html.escape(node.base)}</mtext>" if node.text else _letters(node.base)
    if node.statistic == "sd":
        return f"<msub>{_mi('s')}{_row(_indexed(name, node.sub, node.sup))}</msub>"
    if node.statistic:
        name = f"<mover>{name}{_mo('¯')}</mover>"
    return _indexed(name, node.sub, node.sup)


def _table(rows: Iterable[Iterable[str]]) -> str:
    body = "".join(f"<mtr>{''.join(f'<mtd>{c}</mtd>' for c in row)}</mtr>" for row in rows)
    return _fenced(f"<mtable>{body}</mtable>")
