"""Lines as they are read out, for screen readers and for reading along."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
)
from mlmteach.model.predictor import FUNCTIONS

__all__ = ["SpeechWriter"]

_ENGLISH = {
    "=": "equals", "~": "follows", "+": "plus", "-": "minus", "*": "times",
    "power": "%s to the power %s", "power 2": "%s squared", "power 3": "%s cubed",
    "super": "super %s", "super 2": "squared", "error": "%s, standard error %s,",
    "bracket": "open bracket %s close bracket", "vector": "the vector %s",
    "fraction": "the fraction %s over %s end fraction", "matrix": "matrix with the rows %s",
    "normal": "a normal distribution with mean %s and variance %s",
    "normal vector": "a normal distribution with mean zero and covariance %s",
    "sd": "the standard deviation of %s", "mean": "the overall mean of %s",
    "group mean": "the mean of %s in group %s", "of": "of",
    "Bernoulli": "a Bernoulli distribution with probability %s",
    "Binomial": "a binomial distribution with %s trials and probability %s",
    "Poisson": "a Poisson distribution with mean %s",
    "NegBin": "a negative binomial distribution with mean %s and %s",
    "logit": "the logit of %s", "probit": "the probit of %s",
    "odds": "the logarithm of the odds of %s",
    "cloglog": "the complementary log-log of %s", "log": "the logarithm of %s",
    "shape": "shape", "some shape": "a shape parameter",
}  # fmt: skip
_GERMAN = {
    "=": "ist gleich", "~": "folgt", "+": "plus", "-": "minus", "*": "mal",
    "power": "%s hoch %s", "power 2": "%s zum Quadrat", "power 3": "%s hoch drei",
    "super": "hoch %s", "super 2": "Quadrat", "error": "%s, Standardfehler %s,",
    "bracket": "Klammer auf %s Klammer zu", "vector": "der Vektor %s",
    "fraction": "der Bruch %s durch %s Ende des Bruchs", "matrix": "Matrix mit den Zeilen %s",
    "normal": "einer Normalverteilung mit Mittelwert %s und Varianz %s",
    "normal vector": "einer Normalverteilung mit Mittelwert null und als Kovarianz der %s",
    "sd": "die Standardabweichung von %s", "mean": "der Gesamtmittelwert von %s",
    "group mean": "der Mittelwert von %s in Gruppe %s", "of": "von",
    "Bernoulli": "einer Bernoulli-Verteilung mit Wahrscheinlichkeit %s",
    "Binomial": "einer Binomialverteilung mit %s Versuchen und Wahrscheinlichkeit %s",
    "Poisson": "einer Poisson-Verteilung mit Erwartungswert %s",
    "NegBin": "einer negativen Binomialverteilung mit Erwartungswert %s und %s",
    "logit": "der Logit von %s", "probit": "der Probit von %s",
    "odds": "der Logarithmus der Chance von %s",
    "cloglog": "der komplementäre Log-Log von %s", "log": "der Logarithmus von %s",
    "shape": "Formparameter", "some shape": "einem Formparameter",
}  # fmt: skip
_WORDS = {"en": _ENGLISH, "de": _GERMAN}
_NUMBERS = {
    "en": (
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
        "nineteen", "twenty",
    ),
    "de": (
        "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
        "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
        "neunzehn", "zwanzig",
    ),
}  # fmt: skip
_SIGNS = {
    "%": ("percent", "Prozent"), "<=": ("at most", "höchstens"), ">=": ("at least", "mindestens"),
    "≤": ("at most", "höchstens"), "≥": ("at least", "mindestens"), "<": ("below", "unter"),
    ">": ("above", "über"), "+": ("plus", "plus"), "&": ("and", "und"), "=": ("equals", "gleich"),
    "$": ("dollars", "Dollar"), "€": ("euros", "Euro"), "£": ("pounds", "Pfund"),
    "°": ("degrees", "Grad"),
}  # fmt: skip


@dataclass(frozen=True)
class SpeechWriter:
    """Writes lines as they are said.

    Parameters
    ----------
    language : str
    """

    language: str = "en"

    @property
    def _words(self) -> dict[str, str]:
        return _WORDS[self.language]

    def block(self, block: Block) -> str:
        """Write one sentence a line."""
        return "\n".join(self.line(line) for line in block.lines)

    def line(self, line: Line) -> str:
        """Write a line as a sentence."""
        verb = self._words[line.relation]
        text = f"{self.node(line.left)} {verb} {self.sum(line.right).rstrip(',')}."
        return text[0].upper() + text[1:] if re.match("(?:the|der|die|das) ", text) else text

    def sum(self, summands: Sum) -> str:
        """Write summands with their signs."""
        words = []
        for number, summand in enumerate(summands):
            sign = self._words["-" if summand.negative else "+"]
            words += [sign if number or summand.negative else "", self.product(summand)]
        return " ".join(filter(None, words))

    def product(self, summand: Summand) -> str:
        """Write a product without its sign."""
        return f" {self._words['*']} ".join(map(self.node, summand.factors))

    def node(self, node: Node) -> str:
        """Write a node."""
        words = self._words
        match node:
            case Symbol(glyph=glyph):
                return self._indexed(_word(glyph.base), glyph.sub, glyph.sup)
            case Identifier(base=base, text=text, sub=sub, sup=sup, statistic=statistic):
                name = self._read_out(base) if text else _word(base)
                return self._statistic(statistic, name, sub, sup)
            case Numeral(value=value, error=None):
                return value.said(self.language)
            case Numeral(value=value, error=error):
                said = error.said(self.language) if error else ""
                return words["error"] % (value.said(self.language), said)
            case Bracket(inner=inner):
                return words["bracket"] % self.sum(inner)
            case Call(function=function, inner=inner):
                row = FUNCTIONS[function]
                said = row.spoken_german if self.language == "de" else ""
                return (said or row.spoken) % self.sum(inner)
            case Raised(base=base, exponent=exponent):
                power, raised = self.node(exponent), self.node(base)
                known = words.get(f"power {power}")
                return known % raised if known else words["power"] % (raised, power)
            case Fraction(top=top, bottom=bottom):
                return words["fraction"] % (self.sum(top), self.sum(bottom))
            case Vector(entries=entries):
                return words["vector"] % ", ".join(map(self.node, entries))
            case Matrix(rows=rows):
                spoken = ["; ".join([", ".join(self.sum((e,)) for e in row)]) for row in rows]
                return words["matrix"] % "; ".join(spoken)
            case Normal(mean=mean, variance=variance):
                spread = self.sum(variance)
                if isinstance(variance[0].factors[0], Matrix):  # its mean is a vector of zeros
                    return words["normal vector"] % spread
                return words["normal"] % (self.sum(mean), spread)
            case Distributed(name=name, arguments=arguments):
                parts = [self.sum(argument) for argument in arguments]
                if name == "NegBin":  # its shape is a word, or a number
                    number = isinstance(arguments[1][0].factors[0], Numeral)
                    parts[1] = f"{words['shape']} {parts[1]}" if number else words["some shape"]
                return words[name] % tuple(parts)
            case Linked(link=link, inner=inner):
                return words[link] % self.node(inner)

    def _read_out(self, name: str) -> str:
        """Read a name out: signs that tell categories apart are words, the others are pauses."""
        minus = f" {self._words['-']} "
        name = re.sub(r"(?<!\w)[-−](?=\d)|(?<=\w)[-−](?!\w)", minus, name)
        for sign, (english, german) in _SIGNS.items():
            name = name.replace(sign, f" {german if self.language == 'de' else english} ")
        return re.sub(r"[\W_]+", " ", name).strip()

    def _statistic(self, statistic: str, name: str, sub: str, sup: str) -> str:
        """Say a variable, or the mean or the standard deviation of it."""
        if not statistic:
            return self._indexed(name, sub, sup)
        index = sub.replace(r"\cdot", "").replace(" ", "")
        group = re.sub(r"^[\d,]*", "", index)
        name = self._indexed(name, index.removesuffix(group).rstrip(","), sup)
        if statistic == "sd":
            return self._words["sd"] % name
        if group:
            return self._words["group mean"] % (name, self._index(group))
        return self._words["mean"] % name

    def _indexed(self, name: str, sub: str, sup: str) -> str:
        words = [name, self._index(sub)]
        if sup:
            words.append(self._words.get(f"super {sup}") or self._words["super"] % self._index(sup))
        return " ".join(filter(None, words))

    def _index(self, text: str) -> str:
        r"""Say an index: digits one by one, numbers where commas part them.

        >>> say = SpeechWriter()._index
        >>> say("10"), say("10,2"), say("1ij"), say("j[i]"), say(r"\beta 1")
        ('one zero', 'ten, two', 'one i j', 'j of i', 'beta one')
        """
        number = r"\d+" if "," in text else r"\d"
        pieces = rf"\\text\{{[^{{}}]*\}}|\\[A-Za-z]+|{number}|[A-Za-z]|\["
        parts = [re.findall(pieces, p) for p in text.split(",")]
        return ", ".join(" ".join(map(self._say, part)) for part in parts)

    def _say(self, piece: str) -> str:
        numbers = _NUMBERS[self.language]
        if piece.isdigit():
            return numbers[int(piece)] if int(piece) < len(numbers) else piece
        if piece.startswith(r"\text{"):  # a category, or the variable that chooses one
            return self._read_out(piece[6:-1])
        return self._words["of"] if piece == "[" else _word(piece)


def _word(latex: str) -> str:
    return latex.removeprefix("\\").removeprefix("var")
