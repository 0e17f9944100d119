"""Lines as LaTeX, in the macros that MathJax, KaTeX and GitHub all take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

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
from mlmteach.equations.unicode import TextWriter
from mlmteach.model.predictor import FUNCTIONS
from mlmteach.palette import CYCLE, ROLES

__all__ = ["LatexWriter", "escape"]

# Outside \text, where every typesetter reads these alike; inside it they differ.
_SPECIAL = {
    "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", "*": r"\ast ",
}  # fmt: skip

_LINKS = {
    "logit": r"\text{logit}(%s)",
    "odds": r"\log\left(\frac{%s}{1 - %s}\right)",
    "probit": r"\Phi^{-1}(%s)",
    "cloglog": r"\log(-\log(1 - %s))",
    "log": r"\log(%s)",
}


def escape(name: str) -> str:
    r"""Write a name as text in a formula.

    Examples
    --------
    >>> print(escape("SES"), escape("mean_ses"))
    \text{SES} \text{mean}\_\text{ses}
    """
    pieces = []
    for special, run in groupby(" ".join(name.split()), _SPECIAL.__contains__):
        text = "".join(run)
        pieces.append(
            "".join(_SPECIAL[character] for character in text) if special else rf"\text{{{text}}}"
        )
    return "".join(pieces)


@dataclass(frozen=True)
class LatexWriter:
    r"""Writes lines in LaTeX.

    Parameters
    ----------
    letters : bool
        Whether variables are letters, which need no ``\times`` between them.
    wrap : int, "auto" or None
        The number of terms on a row.
    braces : bool
        Whether fixed and random part stand over braces.
    colour : {"role", "coefficient"} or None
        What colours tell apart.
    language : str
        Of the words at the braces.
    """

    letters: bool = False
    wrap: Wrap = None
    braces: bool = False
    colour: Literal["role", "coefficient"] | None = None
    language: str = "en"

    def block(self, block: Block) -> str:
        """Write lines that are aligned at their relations."""
        braced = self.braces and block.parted
        rows = [row for line in block.lines for row in self._line(line, braced)]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _line(self, line: Line, braced: bool) -> Iterator[str]:
        """Write a line; wrapping makes several rows of it."""
        relation = "=" if line.relation == "=" else r"\sim"
        left = self._tint(self.node(line.left), q=line.q)
        normal = line.right[0].factors[0]
        if isinstance(line.left, Vector):
            rows = [self.sum(line.right)]
        else:
            rows = list(self._rows(broken(line, self.wrap, TextWriter(self.letters)), braced))
        if isinstance(normal, Normal) and not isinstance(line.left, Vector):
            rows[0] = f"N({rows[0]}"
            rows[-1] += f",\\ {self.sum(normal.variance)})"
        yield f"{left} &{relation} {rows[0]}"
        for row in rows[1:]:
            yield rf"&\quad {{}}{row}"  # the empty group spaces a sign as one between terms

    def _rows(self, rows: Sequence[Sum], braced: bool) -> Iterator[str]:
        for number, row in enumerate(rows):
            if braced:
                runs = [tuple(run) for _, run in groupby(row, lambda summand: summand.part)]
                yield " ".join(
                    self._braced(run, first=not number and not i) for i, run in enumerate(runs)
                )
            else:
                yield self.sum(row, first=not number)

    def _braced(self, run: Sum, *, first: bool) -> str:
        """Write summands of one part over a brace; a minus in front belongs to them."""
        if not run[0].part:
            return self.sum(run, first=first)
        outside, inside = ("", "") if first else ("", "{}") if run[0].negative else ("+ ", "")
        label = HEADINGS[self.language][run[0].part]
        return rf"{outside}\underbrace{{{inside}{self.sum(run)}}}_{{\text{{{label}}}}}"

    def sum(self, summands: Sum, *, first: bool = True) -> str:
        """Write summands with their signs."""
        text = ""
        for summand in summands:
            product = self._tint(self.product(summand), q=summand.q)
            if first:
                text = "-" * summand.negative + product
            else:
                text += f"{' ' if text else ''}{'-' if summand.negative else '+'} {product}"
            first = False
        return text

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        lead, *others = summand.factors
        text = self.node(lead)
        for position, factor in enumerate(others):
            leads = position == 0 and isinstance(lead, Symbol | Numeral | Bracket)
            amount = isinstance(lead, Identifier) and isinstance(factor, Symbol)  # area_ij λ_ij
            between = r"\," if leads or amount else r" \times "
            close = self.letters or (isinstance(factor, Symbol) and not amount)
            close = close or (leads and _is_operator(factor))
            text += (" " if close else between) + self.node(factor)
        return text

    def node(self, node: Node) -> str:
        """Write a node."""
        match node:
            case Symbol(glyph=glyph, role=role):
                return self._tint(_indexed(glyph.base, glyph.sub, glyph.sup), role)
            case Identifier(role=role):
                return self._tint(_variable(node), role)
            case Numeral(value=value, error=error, role=role):
                below = "" if error is None else rf"\underset{{({error.latex})}}"
                return self._tint(f"{below}{{{value.latex}}}" if below else value.latex, role)
            case Bracket(inner=inner):
                tall = any(isinstance(f, Fraction) for summand in inner for f in summand.factors)
                return rf"\left({self.sum(inner)}\right)" if tall else f"({self.sum(inner)})"
            case Call(function=function, inner=inner):
                return FUNCTIONS[function].latex % self.sum(inner)
            case Raised(base=Identifier(sup="") | Bracket() as base, exponent=exponent):
                return f"{self.node(base)}^{{{self.node(exponent)}}}"
            case Raised(base=base, exponent=exponent):
                return f"{{{self.node(base)}}}^{{{self.node(exponent)}}}"
            case Fraction(top=top, bottom=bottom):
                return rf"\frac{{{self.sum(top)}}}{{{self.sum(bottom)}}}"
            case Vector(entries=entries):
                return _matrix([[self.node(entry)] for entry in entries])
            case Matrix(rows=rows):
                return _matrix([[self.sum((entry,)) for entry in row] for row in rows])
            case Normal(mean=mean, variance=variance):
                return rf"N\left({self.sum(mean)},\ {self.sum(variance)}\right)"
            case Distributed(name=name, arguments=arguments):
                inside = r",\ ".join(map(self.sum, arguments))
                return rf"\text{{{name}}}({inside})"
            case Linked(link=link, inner=inner):
                return _LINKS[link].replace("%s", self.node(inner))

    def _tint(self, text: str, role: str | None = None, *, q: int | None = None) -> str:
        if self.colour == "role" and role and role != "outcome":
            return rf"\textcolor{{{ROLES[role]}}}{{{text}}}"
        if self.colour == "coefficient" and q is not None:
            return rf"\textcolor{{{CYCLE[q % len(CYCLE)]}}}{{{text}}}"
        return text


def _is_operator(node: Node) -> bool:
    r"""Tell whether a node begins with an operator such as ``\log``, which makes its own space."""
    return isinstance(node, Call) and FUNCTIONS[node.function].latex.endswith("(%s)")


def _variable(node: Identifier) -> str:
    name = escape(node.base) if node.text else node.base
    if node.statistic == "sd":
        return _indexed("s", _indexed(name, node.sub, node.sup), "")
    return _indexed(rf"\overline{{{name}}}" if node.statistic else name, node.sub, node.sup)


def _indexed(base: str, sub: str, sup: str) -> str:
    below = f"_{{{sub}}}" if sub else ""
    above = (f"^{sup}" if len(sup) == 1 else f"^{{{sup}}}") if sup else ""
    return base + below + above


def _matrix(rows: list[list[str]]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"
