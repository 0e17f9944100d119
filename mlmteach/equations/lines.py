"""From the equations of a model to the lines that stand on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from mlmteach.arrays import FloatArray
from mlmteach.equations.factors import Speller
from mlmteach.equations.lexicon import Lexicon
from mlmteach.equations.nodes import (
    Block,
    Bracket,
    Distributed,
    Fraction,
    Identifier,
    Line,
    Linked,
    Matrix,
    Node,
    Normal,
    Numeral,
    Part,
    Role,
    Sum,
    Summand,
    Symbol,
    Vector,
    tag,
)
from mlmteach.model.dispersion import By
from mlmteach.model.estimates import Estimates
from mlmteach.model.lettering import shown_outcome, told
from mlmteach.model.notation import Notation
from mlmteach.model.structure import Structure
from mlmteach.model.symbols import (
    Beta,
    Epsilon,
    Equation,
    Gamma,
    Offset,
    Predictor,
    Product,
    RandomEffect,
)
from mlmteach.model.terms import Factor
from mlmteach.numbers import Rounded, rounded

__all__ = [
    "HEADINGS",
    "ZERO",
    "Scribe",
    "distribution_lines",
    "normal",
    "of_effects",
    "of_residuals",
    "step_blocks",
]

ZERO = Summand((Numeral(Rounded(False, "0"), "outcome"),))

HEADINGS = {
    "en": {
        "level1": "Level-1 Model",
        "level2": "Level-2 Model",
        "level2_several": "Level-2 Models",
        "full": "Full Model",
        "distribution": "Distribution",
        "distributions": "Distributions",
        "fixed": "fixed part",
        "random": "random part",
    },
    "de": {
        "level1": "Ebene-1-Modell",
        "level2": "Ebene-2-Modell",
        "level2_several": "Ebene-2-Modelle",
        "full": "Gesamtmodell",
        "distribution": "Verteilung",
        "distributions": "Verteilungen",
        "fixed": "fester Teil",
        "random": "zufälliger Teil",
    },
}
"""What stands above the blocks of equations, and at their braces, by language."""


@dataclass(frozen=True)
class Scribe:
    """Writes the equations of one model as lines.

    Parameters
    ----------
    model : Structure
    notation : Notation
        Adapted to the number of slopes.
    letters : bool
        Whether variables are letters rather than names.
    estimates : Estimates or None
        What stands in place of γ and the variances; None for symbols.
    standard_errors : bool
        Whether numbers carry their standard errors.
    digits : int or None
        The number of decimals; None lets the standard errors decide.
    language : str
        Of headings and speech.
    """

    model: Structure
    notation: Notation
    letters: bool
    estimates: Estimates | None
    standard_errors: bool
    digits: int | None
    language: str = "en"

    @cached_property
    def lexicon(self) -> Lexicon:
        """How variables are called."""
        return Lexicon(self.model, self.notation, self.letters)

    # --- whole lines ---------------------------------------------------------------------

    def level1(self) -> tuple[Line, ...]:
        """The equation of the units; a column that stands with several β stands there once."""
        equation = self.of_units(_gathered(self._sum(self.model.level1_equation, at=1)))
        return (*self.of_outcome(), equation)

    def level2(self) -> tuple[Line, ...]:
        """The equations of the groups, in the layout of the notation."""
        return tuple(self.of_groups(equation) for equation in self.model.level2_equations)

    def full(self) -> tuple[Line, ...]:
        """Level 2 substituted into level 1."""
        return (self.of_units(self._sum(self.model.full_equation, at=1)),)

    def of_outcome(self) -> tuple[Line, ...]:
        """The distribution of an outcome that is not normal, and its link where η has a letter."""
        if self.model.family.is_normal:
            return ()
        lines = [Line(self._outcome, "~", (Summand((self._distribution,)),))]
        if self.notation.linear_predictor:
            lines.append(Line(self.linear_predictor, "=", (Summand((self._linked,)),)))
        return tuple(lines)

    @property
    def _outcome(self) -> Node:
        return Speller(self.lexicon, 1, 1).spell(shown_outcome(self.model))

    @property
    def _distribution(self) -> Distributed:
        family = self.model.family
        mean = Summand((self.expected,))
        if family.exposure and self.notation.linear_predictor:  # λ is the rate, without exposure
            amount = self.lexicon.variable(family.exposure, level=1, at=1)
            mean = Summand((amount, self.expected))
        arguments = [mean]
        if family.trials:
            arguments.insert(0, Summand((self.lexicon.variable(family.trials, level=1, at=1),)))
        if family.name == "negbin":
            arguments.append(self.shape)
        return Distributed(family.distribution, tuple((argument,) for argument in arguments))

    @property
    def expected(self) -> Symbol:
        """What an outcome that is not normal varies around: π_ij or λ_ij."""
        symbol = "probability" if self.model.family.is_binomial else "rate"
        return Symbol(self.notation.of_unit(symbol), "outcome")

    @property
    def shape(self) -> Summand:
        """The second parameter of a negative binomial distribution, or its estimate."""
        if self.estimates is not None and self.estimates.shape is not None:
            return self._number(self.estimates.shape, "residual")
        return Summand((Identifier("shape", True, "", "residual"),))

    @property
    def _linked(self) -> Linked:
        link = self.model.family.link
        as_odds = link == "logit" and bool(self.notation.linear_predictor)
        return Linked("odds" if as_odds else link, self.expected)

    @property
    def linear_predictor(self) -> Node:
        """η_ij, or the link of the expected outcome where η has no letter of its own."""
        if self.notation.linear_predictor:
            return Symbol(self.notation.of_unit("linear_predictor"), "outcome")
        return self._linked

    def of_units(self, right: Sum) -> Line:
        """An equation of the outcome; ``right`` ends in ε, which a distribution replaces.

        That of an outcome that is not normal has its linear predictor on the left.
        """
        if not self.model.family.is_normal:
            return Line(self.linear_predictor, "=", right)
        outcome = self._outcome
        if self.notation.layout == "levels":
            return Line(outcome, "=", right)
        return Line(outcome, "~", normal(right[:-1], self.residual_variance()))

    def of_groups(self, equation: Equation, *, residual: bool = False) -> Line:
        """An equation of a β; ``residual`` asks for U even where its distribution is named."""
        beta = equation.left
        assert isinstance(beta, Beta)
        left = Symbol(
            self.notation.glyph("beta", q=beta.q, level=2), "outcome", tag("beta", beta.q)
        )
        right = self._sum(equation, at=2)
        random = isinstance(equation.right[-1].symbol, RandomEffect)
        if residual or self.notation.layout == "levels" or not random:
            return Line(left, "=", right, beta.q)
        position = [c.index for c in self.model.random].index(beta.q)
        return Line(left, "~", normal(right[:-1], self.covariance(position, position)), beta.q)

    def _sum(self, equation: Equation, *, at: Literal[1, 2]) -> Sum:
        return tuple(self.product(product, at=at) for product in self.shown(equation))

    def shown(self, equation: Equation) -> tuple[Product, ...]:
        """The right side; an exposure that stands in the distribution is not repeated."""
        if not self.notation.linear_predictor:
            return equation.right
        return tuple(p for p in equation.right if not isinstance(p.symbol, Offset))

    # --- what they consist of ------------------------------------------------------------

    def product(self, product: Product, *, at: Literal[1, 2]) -> Summand:
        """A symbol, or its estimate, times predictors."""
        factors = [
            Speller(self.lexicon, at, level).spell(factor)
            for level, factor in _factors(product.predictors)
        ]
        if isinstance(product.symbol, Offset):
            return Summand(tuple(factors), part="fixed")
        negative, node, part, q = self._coefficient(product, at)
        return Summand((node, *factors), negative, part, q)

    def _coefficient(
        self, product: Product, at: Literal[1, 2]
    ) -> tuple[bool, Node, Part, int | None]:
        glyph = self.notation.glyph
        match product.symbol:
            case Beta(q=q):
                return False, Symbol(glyph("beta", q=q, level=at), "outcome", tag("beta", q)), "", q
            case RandomEffect(q=q):
                effect = Symbol(glyph("effect", q=q, level=at), "random", tag("U", q))
                return False, effect, "random", q
            case Epsilon():
                residual = Symbol(glyph("residual", level=at), "residual", "epsilon")
                return False, residual, "random", None
            case Gamma(q=q, s=s) as gamma if self.estimates is None:
                symbol = Symbol(glyph("gamma", q=q, s=s, level=at), "fixed", tag("gamma", q, s))
                return False, symbol, "fixed", q
            case Gamma(q=q, s=s) as gamma:
                value, error = self._estimate(gamma)
                numeral = Numeral(value.absolute, "fixed", error, tag("gamma", q, s))
                return value.negative, numeral, "fixed", q
        raise AssertionError("an offset has no coefficient to write")

    def _estimate(self, gamma: Gamma) -> tuple[Rounded, Rounded | None]:
        assert self.estimates is not None
        value = float(self.estimates.params[gamma.name])
        bse = self.estimates.bse
        se = None if bse is None else float(bse[gamma.name])
        shown = rounded(value, se=se, digits=self.digits)
        if not self.standard_errors or se is None:
            return shown, None
        return shown, rounded(se, se=se, digits=self.digits)

    def residual_variance(self) -> Summand:
        """σ², or its estimate; with the variable by which it differs, and over the precision."""
        by, precision = self.model.sigma2, self.model.precision
        variance = Summand(
            (Symbol(self.notation.glyph("residual_variance"), "residual", "sigma2"),)
        )
        if by is not None:  # the estimates follow, one a category
            variance = self._variance_of(self._index_of(by.variable))
        elif self.estimates is not None:
            variance = self._number(self.estimates.scale, "residual", "sigma2")
        if precision is None:
            return variance
        word, at = self.lexicon.word(precision), self._level_of(precision)
        role: Role = "level2" if at == 2 else "level1"
        weight = Identifier(word, True, self.lexicon.index(at, 1), role)
        return Summand((Fraction((variance,), (Summand((weight,)),)),))

    def residual_variances(self) -> tuple[Line, ...]:
        """The estimates of σ² where it differs between categories, a line each."""
        by, estimates = self.model.sigma2, self.estimates
        if by is None or estimates is None or estimates.residual is None:
            return ()
        return tuple(
            Line(
                self._variance_of(by.index(category)).factors[0],
                "=",
                (self._number(float(value), "residual"),),
            )
            for category, value in estimates.residual.items()
        )

    def _variance_of(self, index: str) -> Summand:
        return Summand((Symbol(self.notation.residual_variance_of(index), "residual"),))

    def _index_of(self, variable: str) -> str:
        word = By(variable).index(self.lexicon.word(variable))
        return f"{word}_{{{self.lexicon.index(self._level_of(variable), 1)}}}"

    def _level_of(self, variable: str) -> Literal[1, 2]:
        known = told(self.model.codebook, variable, "level")
        level = known if known in (1, 2) else self.model.levels.get(variable, 1)
        return 2 if level == 2 else 1

    def covariance(self, row: int, column: int) -> Summand:
        """An entry of T, by the positions of two U's: a symbol, its estimate, or 0."""
        if not any({row, column} <= set(block) for block in self.model.blocks):
            return ZERO
        q, r = sorted(self.model.random[i].index for i in (row, column))
        named = tag("tau", q, r)
        if self.estimates is not None:
            return self._number(self._covariances[row, column], "random", named)
        if row == column:
            glyph = self.notation.glyph("variance", q=q, level=2)
            return Summand((Symbol(glyph, "random", named),))
        if not self.notation.correlation:
            return Summand((Symbol(self.notation.glyph("covariance", q=q, r=r), "random", named),))
        rho = Symbol(self.notation.glyph("correlation", q=q, r=r), "random", named)
        return Summand((rho, self._deviation(q), self._deviation(r)))

    @cached_property
    def _covariances(self) -> FloatArray:
        """T in the order of the model's U's, shape (q, q)."""
        assert self.estimates is not None
        return self.estimates.covariances(self.model.random)

    def _deviation(self, q: int) -> Symbol:
        return Symbol(self.notation.deviation(q), "random", tag("tau", q, q))

    def _number(self, value: float, role: Role, named: str = "") -> Summand:
        shown = rounded(value, digits=self.digits)
        return Summand((Numeral(shown.absolute, role, tag=named),), shown.negative)


def _gathered(right: Sum) -> Sum:
    """Add the β of one column, as of a category that is coded in two ways: (β₁ + β₃) sex[m]."""
    terms: dict[tuple[Node, ...], list[Summand]] = {}
    for summand in right:
        terms.setdefault(summand.factors[1:] or summand.factors, []).append(summand)
    found = []
    for first, *more in terms.values():
        if more:
            inner = tuple(Summand(s.factors[:1], q=s.q) for s in (first, *more))
            first = replace(first, factors=(Bracket(inner), *first.factors[1:]))
        found.append(first)
    return tuple(found)


def normal(mean: Sum, variance: Summand) -> Sum:
    """A normal distribution as a right side."""
    return (Summand((Normal(mean or (ZERO,), (variance,)),)),)


def _factors(predictors: tuple[Predictor, ...]) -> list[tuple[Literal[1, 2], Factor]]:
    return [
        (2 if predictor.level == 2 else 1, factor)
        for predictor in predictors
        for factor in predictor.term.factors
    ]


# --- the distributions of the U's and of ε, with the covariance matrix T ------------------

_NIL = Numeral(Rounded(False, "0"), "outcome")


def distribution_lines(scribe: Scribe) -> tuple[Line, ...]:
    """Write how the U's and ε are distributed.

    A layout that names the distribution of each coefficient and of the outcome has said all but
    the covariances.

    Parameters
    ----------
    scribe : Scribe
        The model with its notation, and with estimates where these are shown.

    Returns
    -------
    tuple of Line
        None, if everything has been said.
    """
    named = scribe.notation.layout == "distributional"
    count = len(scribe.model.random)
    lines = []
    if count > 1 or not named:
        lines.append(of_effects(scribe))
    return (*lines, *of_residuals(scribe))


def of_residuals(scribe: Scribe) -> tuple[Line, ...]:
    """Write how ε is distributed, and the variances of its categories where they are known."""
    if not scribe.model.family.is_normal:
        return ()
    if scribe.notation.layout == "distributional":
        return scribe.residual_variances()
    residual = Symbol(scribe.notation.glyph("residual"), "residual", "epsilon")
    line = Line(residual, "~", normal((), scribe.residual_variance()))
    return (line, *scribe.residual_variances())


def of_effects(scribe: Scribe) -> Line:
    """Write how the U's are distributed; those that do not correlate have a 0 in the matrix."""
    count = len(scribe.model.random)
    effects = tuple(
        Symbol(scribe.notation.glyph("effect", q=c.index, level=2), "random", tag("U", c.index))
        for c in scribe.model.random
    )
    if count == 1:
        return Line(effects[0], "~", normal((), scribe.covariance(0, 0)))
    zeros = (Summand((Vector((_NIL,) * count),)),)
    entries = tuple(tuple(scribe.covariance(i, k) for k in range(count)) for i in range(count))
    return Line(Vector(effects), "~", normal(zeros, Summand((Matrix(entries),))))


# --- from the equations of two levels to the full one: substitute, expand, collect --------

NOTES = {
    "en": {
        "Start": "The level-1 equation, and a level-2 equation for each of its coefficients.",
        "Substitute": "Put the right side of each level-2 equation in place of its coefficient.",
        "Expand": "Multiply out, so that each term of a bracket meets the predictor behind it.",
        "Collect": "The fixed part comes first, then the random part: this is the full equation.",
    },
    "de": {
        "Anfang": "Die Gleichung der Ebene 1 und eine der Ebene 2 für jeden ihrer Koeffizienten.",
        "Einsetzen": "Die rechte Seite jeder Gleichung der Ebene 2 ersetzt ihren Koeffizienten.",
        "Ausmultiplizieren": "Jeder Term einer Klammer trifft den Prädiktor, der dahinter steht.",
        "Ordnen": "Erst der feste Teil, dann der zufällige: Das ist die Gesamtgleichung.",
    },
}


def step_blocks(scribe: Scribe) -> tuple[Block, ...]:
    """Write the steps, each under a sentence that says what is done.

    Parameters
    ----------
    scribe : Scribe

    Returns
    -------
    tuple of Block
        The last one is the full equation.
    """
    level1, equations = scribe.model.level1_equation, scribe.model.level2_equations
    level2 = {equation.left: equation.right for equation in equations}
    start = (*scribe.level1(), *(scribe.of_groups(e, residual=True) for e in equations))
    substituted: list[Summand] = []
    expanded: list[Summand] = []
    for product in scribe.shown(level1):
        term = scribe.product(product, at=1)
        if not isinstance(product.symbol, Beta):
            substituted.append(term)
            expanded.append(term)
            continue
        inner = level2[product.symbol]
        substituted.append(_substitute(term, tuple(scribe.product(p, at=1) for p in inner)))
        for p in inner:
            whole = replace(p, predictors=p.predictors + product.predictors)
            expanded.append(scribe.product(whole, at=1))
    lines = (
        start,
        (scribe.of_units(tuple(substituted)),),
        (scribe.of_units(tuple(expanded)),),
        scribe.full(),
    )
    return tuple(
        Block(heading, found, note, parted=found is lines[-1])
        for (heading, note), found in zip(NOTES[scribe.language].items(), lines, strict=True)
    )


def _substitute(term: Summand, inner: Sum) -> Summand:
    """Put a sum in place of the β of a term; brackets hold more than one summand together."""
    if len(inner) > 1:
        return replace(term, factors=(Bracket(inner), *term.factors[1:]))
    return replace(inner[0], factors=(*inner[0].factors, *term.factors[1:]), q=term.q)
