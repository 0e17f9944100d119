"""Lines as plain Unicode text, for consoles and for readers without a typesetter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlmteach.equations.nodes import (
    Block,
    Bracket,
    Call,
    Fraction,
    Line,
    Matrix,
    Node,
    Normal,
    Number,
    Power,
    Root,
    Sum,
    Summand,
    Symbol,
    Variable,
    Vector,
)

__all__ = ["TextWriter", "letter"]

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
        "0123456789abcdeghijklmnoprstuvwxyzαβγδφχ+-",
        "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵅᵝᵞᵟᵠᵡ⁺⁻",
        strict=True,
    )
)
_FUNCTIONS = {"log": "log", "exp": "exp", "log_2": "log₂", "log_10": "log₁₀"}


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
    wrap : int or None
        The number of terms on a line.
    """

    letters: bool = False
    wrap: int | None = None

    def block(self, block: Block) -> str:
        """Write lines, one below the other, aligned at their relations."""
        lefts = [self.node(line.left) for line in block.lines]
        width = max(map(len, lefts))
        rows = []
        for left, line in zip(lefts, block.lines, strict=True):
            relation = "=" if line.relation == "=" else "∼"
            first, *others = self._rows(line)
            rows.append(f"{left:>{width}} {relation} {first}")
            rows += [" " * (width + 5) + other for other in others]
        return "\n".join(rows)

    def _rows(self, line: Line) -> list[str]:
        normal = line.right[0].factors[0]
        if not isinstance(normal, Normal):
            return self._chunks(line.right)
        rows = self._chunks(normal.mean)
        rows[0] = f"N({rows[0]}"
        rows[-1] += f", {self.sum(normal.variance)})"
        return rows

    def _chunks(self, summands: Sum) -> list[str]:
        size = self.wrap or len(summands)
        starts = range(0, len(summands), size)
        return [self.sum(summands[i : i + size], first=i == 0) for i in starts]

    def sum(self, summands: Sum, *, first: bool = True) -> str:
        """Write summands with their signs."""
        text = ""
        for summand in summands:
            sign = "−" if summand.negative else "+"
            if first:
                text = sign * summand.negative + self.product(summand)
            else:
                text += f"{' ' if text else ''}{sign} {self.product(summand)}"
            first = False
        return text

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        lead, *others = summand.factors
        text = self.node(lead)
        for position, factor in enumerate(others):
            leads = position == 0 and isinstance(lead, Symbol | Number | Bracket)
            text += (" " if leads or self.letters else " × ") + self.node(factor)
        return text

    def node(self, node: Node) -> str:
        """Write a node."""
        match node:
            case Symbol(glyph=glyph):
                return indexed(letter(glyph.base), glyph.sub, glyph.sup)
            case Variable(base=base, text=text, sub=sub, sup=sup, mean=mean):
                name = base if text else letter(base)
                if not mean:
                    return indexed(name, sub, sup)
                return indexed(f"mean({name})", sub.replace(r"\cdot", ""), sup)
            case Number(value=value, error=error):
                return str(value) if error is None else f"{value} ({error})"
            case Bracket(inner=inner):
                return f"({self.sum(inner)})"
            case Call(function=function, inner=inner):
                return f"{_FUNCTIONS[function]}({self.sum(inner)})"
            case Power(base=base, exponent=exponent):
                return self.node(base) + _raised(self.node(exponent), _SUPS, "^")
            case Root(inner=inner):
                return f"√({self.sum(inner)})"
            case Fraction(top=top, bottom=bottom):
                return f"({self._grouped(top)} / {self._grouped(bottom)})"
            case Vector(entries=entries):
                return f"({', '.join(map(self.node, entries))})"
            case Matrix(rows=rows):
                inner_ = "; ".join(", ".join(self.sum((e,)) for e in row) for row in rows)
                return f"[{inner_}]"
            case Normal(mean=mean, variance=variance):
                return f"N({self.sum(mean)}, {self.sum(variance)})"

    def _grouped(self, summands: Sum) -> str:
        text = self.sum(summands)
        return text if len(summands) == 1 else f"({text})"


def indexed(base: str, sub: str, sup: str) -> str:
    """Write a letter with its indices."""
    return base + _raised(letter(sub), _SUBS, "_") + _raised(letter(sup), _SUPS, "^")


def _raised(text: str, table: dict[str, str], mark: str) -> str:
    """Set text below or above the line; letters that Unicode lacks there need a mark."""
    if all(character in table or character in ",[]" for character in text):
        return "".join(table.get(character, character) for character in text)
    return f"{mark}{text}" if len(text) == 1 else f"{mark}{{{text}}}"
