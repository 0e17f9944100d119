"""Lines as they are read out, for screen readers and for reading along."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlmteach.equations.nodes import (
    Block,
    Bracket,
    Call,
    Fraction,
    Identifier,
    Line,
    Matrix,
    Node,
    Normal,
    Numeral,
    Raised,
    Sum,
    Summand,
    Symbol,
    Vector,
)
from mlmteach.model.predictor import FUNCTIONS

__all__ = ["SpeechWriter"]

_NUMBERS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty",
]  # fmt: skip
_SIGNS = {
    "%": "percent", "<=": "at most", ">=": "at least", "≤": "at most", "≥": "at least",
    "<": "below", ">": "above", "+": "plus", "&": "and", "=": "equals", "$": "dollars",
    "€": "euros", "£": "pounds", "°": "degrees",
}  # fmt: skip
_POWERS = {"2": "squared", "3": "cubed"}


@dataclass(frozen=True)
class SpeechWriter:
    """Writes lines as spoken English."""

    def block(self, block: Block) -> str:
        """Write one sentence a line."""
        return "\n".join(self.line(line) for line in block.lines)

    def line(self, line: Line) -> str:
        """Write a line as a sentence."""
        verb = "equals" if line.relation == "=" else "follows"
        text = f"{self.node(line.left)} {verb} {self.sum(line.right).rstrip(',')}."
        return text[0].upper() + text[1:] if text.startswith("the ") else text

    def sum(self, summands: Sum) -> str:
        """Write summands with their signs."""
        words = []
        for number, summand in enumerate(summands):
            sign = "minus" if summand.negative else "plus" if number else ""
            words += [sign, self.product(summand)]
        return " ".join(filter(None, words))

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        return " times ".join(map(self.node, summand.factors))

    def node(self, node: Node) -> str:
        """Write a node."""
        match node:
            case Symbol(glyph=glyph):
                return _indexed(_word(glyph.base), glyph.sub, glyph.sup)
            case Identifier(base=base, text=text, sub=sub, sup=sup, statistic=statistic):
                name = _read_out(base) if text else _word(base)
                return _statistic(statistic, name, sub, sup)
            case Numeral(value=value, error=None):
                return value.spoken
            case Numeral(value=value, error=error):
                return f"{value.spoken}, standard error {error.spoken if error else ''},"
            case Bracket(inner=inner):
                return f"open bracket {self.sum(inner)} close bracket"
            case Call(function=function, inner=inner):
                return FUNCTIONS[function].spoken % self.sum(inner)
            case Raised(base=base, exponent=exponent):
                power = self.node(exponent)
                return f"{self.node(base)} {_POWERS.get(power, f'to the power {power}')}"
            case Fraction(top=top, bottom=bottom):
                return f"the fraction {self.sum(top)} over {self.sum(bottom)} end fraction"
            case Vector(entries=entries):
                return f"the vector {', '.join(map(self.node, entries))}"
            case Matrix(rows=rows):
                spoken = ["; ".join([", ".join(self.sum((e,)) for e in row)]) for row in rows]
                return f"matrix with the rows {'; '.join(spoken)}"
            case Normal(mean=mean, variance=variance):
                spread = self.sum(variance)
                if isinstance(variance[0].factors[0], Matrix):  # its mean is a vector of zeros
                    return f"a normal distribution with mean zero and covariance {spread}"
                return f"a normal distribution with mean {self.sum(mean)} and variance {spread}"


def _read_out(name: str) -> str:
    """Read a name out: the signs that tell categories apart are words, the others are pauses.

    >>> _read_out("vr[mid 50%]"), _read_out("age[<18]"), _read_out("mark[A-]"), _read_out("a_b-c")
    ('vr mid 50 percent', 'age below 18', 'mark A minus', 'a b c')
    """
    name = re.sub(r"(?<!\w)[-−](?=\d)|(?<=\w)[-−](?!\w)", " minus ", name)
    for sign, word in _SIGNS.items():
        name = name.replace(sign, f" {word} ")
    return re.sub(r"[\W_]+", " ", name).strip()


def _statistic(statistic: str, name: str, sub: str, sup: str) -> str:
    """Say a variable, or the mean or the standard deviation of it."""
    if not statistic:
        return _indexed(name, sub, sup)
    index = sub.replace(r"\cdot", "").replace(" ", "")
    group = re.sub(r"^[\d,]*", "", index)
    name = _indexed(name, index.removesuffix(group).rstrip(","), sup)
    if statistic == "sd":
        return f"the standard deviation of {name}"
    return (
        f"the mean of {name} in group {_index(group)}" if group else f"the overall mean of {name}"
    )


def _word(latex: str) -> str:
    return latex.removeprefix("\\").replace("varepsilon", "epsilon")


def _indexed(name: str, sub: str, sup: str) -> str:
    words = [name, _index(sub)]
    if sup:
        words.append("squared" if sup == "2" else f"super {_index(sup)}")
    return " ".join(filter(None, words))


def _index(text: str) -> str:
    r"""Say an index: digits one by one, numbers where commas part them.

    >>> _index("10"), _index("10,2"), _index("1ij"), _index("j[i]"), _index(r"\beta 1")
    ('one zero', 'ten, two', 'one i j', 'j of i', 'beta one')
    """
    number = r"\d+" if "," in text else r"\d"
    parts = [re.findall(rf"\\[A-Za-z]+|{number}|[A-Za-z]|\[", part) for part in text.split(",")]
    return ", ".join(" ".join(map(_say, part)) for part in parts)


def _say(piece: str) -> str:
    if piece.isdigit():
        return _NUMBERS[int(piece)] if int(piece) < len(_NUMBERS) else piece
    return "of" if piece == "[" else _word(piece)
