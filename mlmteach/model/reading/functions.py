"""Predictors that are computed: brackets of variables, powers, fractions, functions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlmteach.model.reading.statements import Number, Sum, Summand, Variable
from mlmteach.model.reading.tokens import Token
from mlmteach.model.reading.vocabulary import Vocabulary
from mlmteach.model.terms import Factor

__all__ = ["bracket", "call", "divide", "is_call", "power", "written_call"]

_KNOWN = {
    "C", "I", "bs", "center", "center_within", "cc", "cr", "cs", "exp", "group_mean", "log",
    "log10", "log2", "mean", "poly", "scale",
}  # fmt: skip


def is_call(vocabulary: Vocabulary, token: Token) -> bool:
    """Tell ``log(size)`` from ``g10(ses - 1)``, which is a product."""
    word = token.value
    if word in _KNOWN or word.startswith("np."):
        return True
    if vocabulary.column(word):
        return False
    letter = None if token.kind == "text" else vocabulary.letters.plain(word, start=token.start)
    return letter is None and word.isidentifier() and len(word) > 1


def written_call(vocabulary: Vocabulary, name: str, inside: str, index: str, start: int) -> Sum:
    """A function whose brackets were read word for word."""
    index = index.replace("·", "").replace("[i]", "")
    grand = name == "mean" and not index
    name = {"mean": "group_mean", "sd": "std"}.get(name, name)
    factor = vocabulary.expression(f"{name}({inside})", start)
    return _alone(Variable(factor, index, f"{name}({inside})", start, grand))


def call(vocabulary: Vocabulary, name: str, terms: Sum, start: int) -> Sum:
    """A function of a sum that was parsed."""
    return _made(vocabulary, f"{name}({_text(terms)})", terms, start)


def power(vocabulary: Vocabulary, variable: Variable, exponent: str) -> Sum:
    """``SES_ij²``."""
    terms = _alone(variable)
    return _made(vocabulary, f"I({_text(terms)} ** {exponent})", terms, variable.start)


def divide(vocabulary: Vocabulary, top: Sum, bottom: Sum) -> Sum:
    """``(size_j / 100)``; a variable minus its mean over its standard deviation is scaled."""
    start = top[0].start
    if all(not term.variables for term in (*top, *bottom)):  # 1/2
        return _alone(Number(top[0].value / bottom[0].value, None, "", start))
    top = bracket(vocabulary, top, start)
    centred, spread = top[0].variables, bottom[0].variables
    scaled = centred and spread and spread[0].factor.function == "std"
    if scaled and centred[0].factor.function == "center":
        factor = Factor(f"scale({centred[0].factor.argument})")
        return _alone(Variable(factor, centred[0].index, "", start))
    text = f"I({_operand(top)} / {_operand(bottom)})"
    return _made(vocabulary, text, (*top, *bottom), start)


def bracket(vocabulary: Vocabulary, terms: Sum, start: int) -> Sum:
    """A sum in brackets: to be multiplied out if it holds symbols, otherwise one predictor."""
    if any(term.letters for term in terms) or not any(term.variables for term in terms):
        return terms
    if len(terms) == 1 and not terms[0].numbers:
        return terms
    centred = _centred(terms)
    if centred is not None:
        return _alone(Variable(centred, terms[0].variables[0].index, "", start))
    return _made(vocabulary, f"I({_text(terms)})", terms, start)


def _centred(terms: Sum) -> Factor | None:
    """A variable minus its own mean."""
    if len(terms) != 2 or any(len(term.atoms) != 1 for term in terms):
        return None
    first, second = terms
    if first.sign != 1 or second.sign != -1 or not (first.variables and second.variables):
        return None
    variable, mean = first.variables[0], second.variables[0]
    if mean.factor.expression != f"group_mean({variable.factor.formula})":
        return None
    function = "center" if mean.grand else "center_within"
    return Factor(f"{function}({variable.factor.formula})")


def _made(vocabulary: Vocabulary, text: str, terms: Sum, start: int) -> Sum:
    indices = [variable.index for term in terms for variable in term.variables]
    factor = vocabulary.expression(text, start)
    return _alone(Variable(factor, max(indices, key=len, default=""), text, start))


def _text(terms: Iterable[Summand]) -> str:
    """A sum of variables as Python writes it."""
    pieces = []
    for position, term in enumerate(terms):
        sign = "-" if term.sign < 0 else "+" if position else ""
        atoms = [
            _bare(atom.factor.formula) if isinstance(atom, Variable) else atom.shown
            for atom in term.atoms
        ]
        pieces.append(
            f"{sign} {' * '.join(atoms)}".strip() if position else sign + " * ".join(atoms)
        )
    return " ".join(pieces)


def _operand(terms: Sum) -> str:
    text = _text(terms)
    return f"({text})" if len(terms) > 1 or len(terms[0].atoms) > 1 else text


def _bare(expression: str) -> str:
    """The inside of ``I()``, in brackets if it is a sum."""
    found = re.fullmatch(r"I\((.*)\)", expression)
    if found is None:
        return expression
    inner = found[1]
    return inner if re.fullmatch(r"[\w.]+(?: \*\* \d+)?", inner) else f"({inner})"


def _alone(atom: Variable | Number) -> Sum:
    return (Summand(1, (atom,), atom.start),)
