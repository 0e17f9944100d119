"""What the equations of a model should hold, in a form that written ones can be held against."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.model.notation import Notation
from mlmteach.model.reading.statements import Role
from mlmteach.model.reading.tokens import GREEK
from mlmteach.model.symbols import Beta, Epsilon, Equation, Gamma, Product, RandomEffect
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.model.spec import Model

__all__ = ["Expected", "Key", "Writer", "expected_terms"]

Key = tuple[str, ...]
"""The factors of a product in one spelling, sorted."""


@dataclass(frozen=True)
class Expected:
    """A term that an equation of the model has.

    Parameters
    ----------
    role, q, s
        Its symbol.
    key : tuple of str
        Its predictors, to compare.
    predictors : tuple of (Factor, int)
        Its predictors with their levels, to show.
    gamma : str
        The name of its γ among the estimates; empty for other symbols.
    """

    role: Role
    q: int | None
    s: int | None
    key: Key
    predictors: tuple[tuple[Factor, int], ...]
    gamma: str = ""


class Writer:
    """Writes symbols and predictors for messages, and factors in one spelling for comparison."""

    def __init__(self, model: Model, notation: Notation, symbols: dict[str, str]) -> None:
        self.notation = notation
        self.symbols = {column: symbol for symbol, column in symbols.items()}
        self.labels: dict[str, list[str]] = {}
        for c in model.coefficients:
            for term in (c.term, *c.predictors):
                for factor in term.factors:
                    self.labels.setdefault(_plain(factor.expression), []).append(factor.suffix)

    def key(self, factors: Iterable[Factor]) -> Key:
        """The factors, sorted; a category without a label is the only one that there is."""
        names = []
        for factor in factors:
            base, suffix = _plain(factor.expression), factor.suffix
            known = set(self.labels.get(base, []))
            if len(known) == 1 and (not suffix or known == {""}):
                (suffix,) = known  # the only category, or a model that knows no categories yet
            names.append(base + re.sub(r"^\[[A-Z]\.", "[", suffix))
        return tuple(sorted(names))

    def symbol(self, role: Role, q: int | None, s: int | None) -> str:
        """A symbol as text: ``γ_10``, ``U_1j``."""
        name = {"beta": "beta", "gamma": "gamma", "effect": "effect"}.get(role, "residual")
        glyph = self.notation.glyph(name, q=q or 0, s=s or 0)
        base = glyph.base.removeprefix("\\")
        below, above = (re.sub(r"\\([a-z]+) ?", lambda m: GREEK.get(m[1], m[1]), text)
                        for text in (glyph.sub, glyph.sup))  # fmt: skip
        below = f"{{{below}}}" if "," in below else below
        return f"{GREEK.get(base, base)}_{below}" + (f"^{above}" if above else "")

    def factor(self, factor: Factor, level: int | None = None) -> str:
        """A predictor as text: ``SES_ij``."""
        name = self.symbols.get(factor.expression, factor.expression)
        shown = f"{name}: {factor.level}" if factor.level else name
        index = {1: self.notation.unit, 2: self.notation.group, None: ""}[level]
        return f"{shown}_{index}" if index else shown

    def term(self, term: Expected) -> str:
        """A whole term as text: ``γ_11 size_j × SES_ij``."""
        product = " × ".join(self.factor(factor, level) for factor, level in term.predictors)
        return f"{self.symbol(term.role, term.q, term.s)} {product}".strip()


def expected_terms(equation: Equation, writer: Writer) -> tuple[Expected, ...]:
    """The terms of an equation of the model."""
    return tuple(_expected(product, writer) for product in equation.right)


def _expected(product: Product, writer: Writer) -> Expected:
    predictors = tuple(
        (factor, 2 if factor.function == "group_mean" else predictor.level)
        for predictor in product.predictors
        for factor in predictor.term.factors
    )
    key = writer.key(factor for factor, _ in predictors)
    match product.symbol:
        case Beta(q=q):
            return Expected("beta", q, None, key, predictors)
        case Gamma(q=q, s=s) as gamma:
            return Expected("gamma", q, s, key, predictors, gamma.name)
        case RandomEffect(q=q):
            return Expected("effect", q, None, key, predictors)
        case Epsilon():
            return Expected("residual", None, None, key, predictors)


def _plain(expression: str) -> str:
    """One spelling: ``np.log(x)`` is ``log(x)``, ``C(sex)`` is ``sex``."""
    found = re.fullmatch(r"C\((\w+)(?:,.*)?\)", expression)
    return found[1] if found else re.sub(r"\bnp\.(log|exp|log2|log10)\b", r"\1", expression)
