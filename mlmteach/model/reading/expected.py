"""What the equations of a model hold, to hold written ones against, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mlmteach.model.notation import Glyph, Notation
from mlmteach.model.predictor import Contrast, Expression, factors_of
from mlmteach.model.reading.lexer import GREEK
from mlmteach.model.reading.statements import (
    Role,
)
from mlmteach.model.structure import Structure, upper_predictors
from mlmteach.model.symbols import (
    Beta,
    Delta,
    Epsilon,
    Equation,
    Gamma,
    Offset,
    Product,
    RandomEffect,
    UpperEffect,
)
from mlmteach.model.terms import Factor

__all__ = ["Expected", "Key", "Writer", "expected_terms"]

Key = tuple[str, ...]
"""The factors of a product in one spelling, sorted."""


@dataclass(frozen=True)
class Expected:
    """A term that an equation of the model has.

    Parameters
    ----------
    role, q, s, p
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
    p: int | None = None


class Writer:
    """Writes symbols and predictors for messages, and factors in one spelling for comparison."""

    def __init__(self, model: Structure, notation: Notation, symbols: dict[str, str]) -> None:
        self.notation = notation if len(model.grouping.names) == 1 else notation.for_model(model)
        self.family = model.family
        self.names = model.grouping.names
        self.levels = model.levels if model.grouping.crossed else {}
        self.symbols = {column: symbol for symbol, column in symbols.items()}
        self.labels: dict[Expression, list[str]] = {}
        for c in model.coefficients:
            for term in (c.term, *c.predictors, *upper_predictors(c)):
                for factor in term.factors:
                    self.labels.setdefault(_uncoded(factor), []).append(factor.suffix)

    def level(self, factor: Factor, place: int) -> int:
        """The level of a factor of a term: a group mean's, or where the term stands.

        With crossed groupings a term of the second one may be a product with a predictor of the
        first.
        """
        lower = place == 3 and any(self.levels.get(name) == 2 for name in factor.variables)
        return 2 if lower or factor.is_group_mean else place

    def key(self, factors: Iterable[Factor]) -> Key:
        """The factors, sorted; a category without a label is the only one that there is.

        A product is the product of its factors, whether or not it stands in brackets.
        """
        names = []
        for factor in factors:
            tree, suffix = _uncoded(factor), factor.suffix
            known = set(self.labels.get(tree, []))
            if len(known) == 1 and (not suffix or known == {""}):
                (suffix,) = known  # the only category, or a model that knows no categories yet
            category = re.sub(r"^\[[A-Z]\.", "[", suffix)
            names += [f"{part!r}{category}" for part in factors_of(tree)]
        return tuple(sorted(names))

    def symbol(self, role: Role, q: int | None, s: int | None = None, p: int | None = None) -> str:
        """A symbol as text: ``γ_10``, ``U_1j``, ``δ_10k``."""
        name = role if role in {"beta", "delta", "gamma", "effect", "upper"} else "residual"
        return self._written(self.notation.glyph(name, q=q or 0, s=s or 0, p=p or 0))

    @property
    def mean(self) -> str:
        """The expected outcome of the model, where it is not normal: ``π_ij``."""
        symbol = "probability" if self.family.is_binomial else "rate"
        return self._written(self.notation.of_unit(symbol))

    def distribution(self) -> str:
        """The distribution of the outcome: ``Binomial(size_ij, π_ij)``."""
        trials = self.family.trials
        first = f"{self.factor(Factor(trials), 1)}, " if trials else ""
        second = ", shape" if self.family.name == "negbin" else ""
        return f"{self.family.distribution}({first}{self.mean}{second})"

    @staticmethod
    def _written(glyph: Glyph) -> str:
        base = glyph.base.removeprefix("\\")
        below, above = (re.sub(r"\\([a-z]+) ?", lambda m: GREEK.get(m[1], m[1]), text)
                        for text in (glyph.sub, glyph.sup))  # fmt: skip
        below = f"{{{below}}}" if "," in below else below
        return f"{GREEK.get(base, base)}_{below}" + (f"^{above}" if above else "")

    def index(self, index: str) -> str:
        """An index as the notation writes it: the group is i where persons come first."""
        if len(self.names) > 1:
            return self._written_indices.get(index, index)
        swapped = self.notation.group == "i" and len(index) == 1
        return {"i": "j", "j": "i"}[index] if swapped else index

    @property
    def _written_indices(self) -> dict[str, str]:
        """What stands for the indices of two groupings, where the notation has others."""
        unit, group = self.notation.unit, self.notation.group
        whole = {"ijk": unit, "jk": group} if self.notation.design == "nested" else {"ijk": unit}
        if group.startswith("i"):
            whole |= {"i": "j", "j": "i", "jk": "ik"}
        return whole if not self.notation.member else {}

    def factor(self, factor: Factor, level: int | None = None) -> str:
        """A predictor as text: ``SES_ij``."""
        name = self.symbols.get(factor.expression, factor.expression)
        shown = f"{name}: {factor.level}" if factor.level else name
        third = self.notation.third
        index = {1: self.notation.unit, 2: self.notation.group, 3: third, None: ""}[level]
        return f"{shown}_{index}" if index else shown

    def term(self, term: Expected) -> str:
        """A whole term as text: ``γ_11 size_j × SES_ij``."""
        if term.role == "offset":
            return f"log({self.factor(Factor(str(self.family.exposure)), 1)})"
        product = " × ".join(self.factor(factor, level) for factor, level in term.predictors)
        return f"{self.symbol(term.role, term.q, term.s, term.p)} {product}".strip()


def _uncoded(factor: Factor) -> Expression:
    """The tree of a factor; how categories are coded does not show in an equation."""
    return factor.tree.column if isinstance(factor.tree, Contrast) else factor.tree


def expected_terms(equation: Equation, writer: Writer) -> tuple[Expected, ...]:
    """The terms of an equation of the model."""
    return tuple(_expected(product, writer) for product in equation.right)


def _expected(product: Product, writer: Writer) -> Expected:
    predictors = tuple(
        (factor, writer.level(factor, predictor.level))
        for predictor in product.predictors
        for factor in predictor.term.factors
    )
    key = writer.key(factor for factor, _ in predictors)
    match product.symbol:
        case Beta(q=q):
            return Expected("beta", q, None, key, predictors)
        case Delta(q=q, s=s):
            return Expected("delta", q, s, key, predictors)
        case Gamma(q=q, s=s, p=p) as gamma:
            return Expected("gamma", q, s, key, predictors, gamma.name, p)
        case RandomEffect(q=q):
            return Expected("effect", q, None, key, predictors)
        case UpperEffect(q=q, s=own):
            return Expected("upper", q, own, key, predictors)
        case Epsilon():
            return Expected("residual", None, None, key, predictors)
        case Offset():
            return Expected("offset", None, None, key, predictors)
    raise AssertionError(f"{type(product.symbol).__name__} is no symbol of an equation")
