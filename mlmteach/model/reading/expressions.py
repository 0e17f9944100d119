"""Sums of products: the middle floor of the parser."""

from __future__ import annotations

import re

from mlmteach.model.reading import functions
from mlmteach.model.reading.indices import Indices, alone
from mlmteach.model.reading.statements import Number, Sum, Summand, Variable

__all__ = ["Expressions"]


class Expressions(Indices):
    """Reads sums; brackets that hold symbols of the model are multiplied out."""

    def sum(self) -> Sum:
        """Read products with their signs, over the ends of lines if the next one goes on."""
        terms: list[Summand] = []
        negative = self._sign()
        while True:
            product = self.product()
            terms += [-term for term in product] if negative else product
            if self.is_("break") and not self.goes_on():
                return tuple(terms)
            if not self.sees("+", "-"):
                return tuple(terms)
            negative = self._sign()

    def _sign(self) -> bool:
        """Read the signs before a product: ``+ −0.3`` has two."""
        negative = False
        while self.is_("break") or self.sees("+", "-"):
            negative ^= self.take().value == "-"
        return negative

    def product(self) -> Sum:
        """Read factors, which may stand side by side."""
        terms = self.ratio()
        while True:
            if self.is_("break"):
                self.goes_on()
            if self._is_standard_error():
                self.at += 3
            elif self.accept("*", ":"):
                self.skip_breaks()
                terms = _multiply(terms, self.ratio())
            elif self.is_("name", "text", "number", "command") or self.sees("(", "{"):
                terms = _multiply(terms, self.ratio())
            else:
                return terms

    def _is_standard_error(self) -> bool:
        """Tell ``2.19 (0.31)``, a number with its standard error, from a product."""
        kinds = [token.kind for token in self.tokens[self.at - 1 : self.at + 3]]
        return self.sees("(") and kinds == ["number", "mark", "number", "mark"]

    def ratio(self) -> Sum:
        """Read a predictor that may be divided."""
        terms = self.power()
        while self.accept("/"):
            terms = self._divide(terms, self.power())
        return terms

    def _divide(self, top: Sum, bottom: Sum) -> Sum:
        for term in (*top, *bottom):
            if term.letters:
                raise self.source.error(
                    term.start,
                    "A symbol of the model stands in a fraction.",
                    "Divide the predictor itself, in brackets: '(ses / 10)'.",
                )
        return functions.divide(self.vocabulary, top, bottom)

    def power(self) -> Sum:
        """Read a predictor or a number that may be raised to a power."""
        base = self.primary()
        if self.is_("power") and self.token.value.lstrip("-").isdigit():
            exponent = self.take().value
        elif self.accept("^"):
            exponent = self.group()
        else:
            return base
        if not re.fullmatch(r"-?\d+(\.\d+)?", exponent):
            self.fail(f"Expected a number above{self.found()}.", "Write a power as 'ses^2'.")
        atoms = base[0].atoms
        if len(base) == len(atoms) == 1:
            atom = atoms[0]
            if isinstance(atom, Number):
                value = atom.value ** float(exponent)
                return alone(Number(value, None, atom.shown, atom.start))
            if isinstance(atom, Variable):
                return functions.power(self.vocabulary, atom, exponent)
            if atom.role == "variance":  # τ_0²
                return base
        raise self.source.error(
            base[0].start, "Only a predictor can be raised to a power.", "Multiply symbols out."
        )

    def primary(self) -> Sum:
        """Read a number, a name, a bracket or what a command makes of them."""
        if self.is_("number"):
            return self._number()
        if self.is_("name", "text"):
            return self.named()
        if self.is_("command"):
            return self._command()
        if not self.sees("(", "{"):
            self.fail(
                f"Expected a symbol, a predictor or a number{self.found()}.",
                "Write terms such as 'g10*ses', joined by '+'.",
            )
        return self._bracket()

    def _number(self) -> Sum:
        token = self.take()
        mantissa, _, exponent = token.value.lower().partition("e")
        digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
        return alone(Number(float(token.value), digits, token.value, token.start))

    def _bracket(self) -> Sum:
        opening = self.take()
        self.skip_breaks()
        terms = self.sum()
        self.skip_breaks()
        closing = {"(": ")", "{": "}"}[opening.value]
        self.expect(closing, f"Close the '{opening.value}' that is opened before.")
        if opening.value == "{":
            return terms
        return functions.bracket(self.vocabulary, terms, opening.start)

    def _command(self) -> Sum:
        token = self.take()
        if token.value in {"underbrace", "overbrace"}:
            terms = self.primary()
            if self.accept("_", "^"):
                self.annotation()
            return terms
        if token.value in {"underset", "overset"}:
            self.annotation()
            return self.primary()
        if token.value == "frac":
            return self._divide(self.primary(), self.primary())
        if token.value == "sqrt":
            return functions.call(self.vocabulary, "np.sqrt", self.primary(), token.start)
        return self.named(mean=True, start=token.start)  # \overline, \bar


def _multiply(left: Sum, right: Sum) -> Sum:
    return tuple(one * other for one in left for other in right)
