"""Names with what stands below, above and behind them."""

from __future__ import annotations

from mlmteach.model.reading import functions
from mlmteach.model.reading.statements import Atom, Sum, Summand
from mlmteach.model.reading.stream import Stream
from mlmteach.model.reading.tokens import Token
from mlmteach.model.reading.vocabulary import Mark

__all__ = ["Indices", "alone"]

_DEPTH = {"{": 1, "}": -1}


class Indices(Stream):
    """Reads names, functions and their indices."""

    def named(self, *, mean: bool = False, start: int | None = None) -> Sum:
        """Read a symbol, a variable, the mean of one, or a function."""
        braces = 0
        while mean and self.accept("{"):
            braces += 1
        if not self.is_("name", "text"):
            self.fail(f"Expected a name{self.found()}.", r"Write \overline{\text{SES}}_{\cdot j}.")
        token = self.take()
        start = token.start if start is None else start
        sub, sup, suffix = self.indices(token)
        for _ in range(braces):
            self.expect("}", "Close the '{' that is opened before.")
            outer = self.indices(token)
            sub, sup, suffix = sub + outer[0], sup + outer[1], suffix + outer[2]
        call = self.sees("(") and self.touches and not mean
        if call and functions.is_call(self.vocabulary, token):
            return self.call(token, f"log{sub}" if token.value == "log" else token.value)
        shown = self.source.plain[start : self.stop]
        mark = Mark(token.value, token.kind == "text", sub, sup, suffix, mean, shown, start)
        return alone(self.vocabulary.resolve(mark))

    def call(self, token: Token, name: str) -> Sum:
        """Read a function with what stands in its brackets."""
        opening = self.take()
        depth, index = 1, ""
        pieces: list[str] = []
        while depth:
            if self.is_("end", "break"):
                raise self.source.error(
                    opening.start, "This bracket is never closed.", "Close it with ')'."
                )
            inner = self.take()
            depth += {"(": 1, ")": -1}.get(inner.value if inner.kind == "mark" else "", 0)
            if inner.kind in {"name", "text"} and not self.sees("("):
                word, below = self._argument(inner)
                pieces.append(word)
                index = max(index, below, key=len)
            elif not (inner.kind == "mark" and inner.value in _DEPTH):
                power = inner.kind == "power" or inner.value == "^"
                pieces.append(f"**{inner.value.strip('^')}" if power else inner.value)
        index = index or self.indices(opening)[0]
        inside = "".join(pieces[:-1])
        return functions.written_call(self.vocabulary, name, inside, index, token.start)

    def _argument(self, token: Token) -> tuple[str, str]:
        """A word inside the brackets of a function: the column that it names, and its index."""
        sub, sup, suffix = self.indices(token)
        if self.sees("=") or token.value in {"True", "False", "None"}:
            return token.value, ""
        text = token.kind == "text"
        mark = Mark(token.value, text, sub, sup, suffix, False, token.value, token.start)
        variable = self.vocabulary.variable(mark)
        return variable.factor.formula, variable.index

    def indices(self, base: Token) -> tuple[str, str, str]:
        """Read what stands below, above and behind a name."""
        sub = sup = suffix = ""
        while True:
            if self.is_("index") or self.sees("_"):
                sub += self.subscript()
            elif self.is_("power") and not self.token.value.lstrip("-").isdigit():
                sup += self.take().value
            elif self.sees("^") and base.kind == "name" and self._above_is_a_name():
                self.take()
                sup += self.group()
            elif self.sees("[") and self.touches:
                suffix += self._behind()
            else:
                return sub, sup, suffix

    def subscript(self) -> str:
        """Read everything that stands below a name."""
        below = ""
        while self.is_("index") or self.sees("_"):
            below += self.take().value if self.is_("index") else ""
            below += self.group() if self.accept("_") else ""
        return below

    def group(self) -> str:
        """Read ``{…}`` or the next token, without spaces."""
        if not self.accept("{"):
            token = self.take()
            glued = self.touches and self.is_("name") and self.token.value in {"i", "j", "ij"}
            if token.kind == "number" and glued:  # β_1j
                return token.value + self.take().value
            return token.value
        pieces: list[str] = []
        depth = 1
        while True:
            if self.is_("end", "break"):
                self.fail("This index is never closed.", "Close it with '}'.")
            token = self.take()
            depth += _DEPTH.get(token.value if token.kind == "mark" else "", 0)
            if depth == 0:
                return "".join(pieces)
            pieces.append({"*": "·", "{": "", "}": ""}.get(token.value, token.value))

    def annotation(self) -> None:
        """Pass over a label: the words at a brace, or a standard error."""
        if not self.accept("{"):
            self.take()
            return
        depth = 1
        while depth and not self.is_("end"):
            token = self.take()
            depth += _DEPTH.get(token.value if token.kind == "mark" else "", 0)

    def _behind(self) -> str:
        """Read ``[T.F]``; ``[i]`` says nothing that its j does not say."""
        start = self.take().start
        while not self.accept("]"):
            if self.is_("end", "break"):
                raise self.source.error(start, "This '[' is never closed.", "Close it with ']'.")
            self.take()
        content = self.source.plain[start : self.stop]
        return "" if content in {"[i]", "[ᵢ]"} else content

    def _above_is_a_name(self) -> bool:
        """Tell γ^{α} from τ²: what stands above a letter is the name of an equation."""
        ahead = self.tokens[self.at + 1 : self.at + 3]
        first, second = ahead[0], ahead[-1]
        return first.kind == "name" or (first.value == "{" and second.kind == "name")


def alone(atom: Atom) -> Sum:
    """An atom as a sum of one product."""
    return (Summand(1, (atom,), atom.start),)
