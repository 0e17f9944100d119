"""From the equations of a model to the lines that stand on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

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
from mlmteach.model.lettering import shown_level, shown_outcome
from mlmteach.model.notation import Level, Notation
from mlmteach.model.structure import Structure
from mlmteach.model.symbols import (
    Beta,
    Delta,
    Equation,
    Gamma,
    Offset,
    Predictor,
    Product,
    RandomEffect,
    UpperEffect,
)
from mlmteach.model.symbols import (
    Symbol as ModelSymbol,
)
from mlmteach.model.terms import Factor
from mlmteach.numbers import Rounded, rounded

__all__ = [
    "HEADINGS",
    "ZERO",
    "Departures",
    "Scribe",
    "distribution_lines",
    "normal",
    "of_effects",
    "of_residuals",
    "step_blocks",
    "tag_of",
]

ZERO = Summand((Numeral(Rounded(False, "0"), "outcome"),))

HEADINGS = {
    "en": {
        "level1": "Level-1 Model",
        "level2": "Level-2 Model",
        "level2_several": "Level-2 Models",
        "level3": "Level-3 Model",
        "level3_several": "Level-3 Models",
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
        "level3": "Ebene-3-Modell",
        "level3_several": "Ebene-3-Modelle",
        "full": "Gesamtmodell",
        "distribution": "Verteilung",
        "distributions": "Verteilungen",
        "fixed": "fester Teil",
        "random": "zufälliger Teil",
    },
}
"""What stands above the blocks of equations, and at their braces, by language."""


@dataclass(frozen=True)
class Departures:
    """The U's, or the V's, as their distribution has them.

    Parameters
    ----------
    symbols : tuple of RandomEffect or of UpperEffect
    blocks : tuple of tuple of int
        The positions of those that may correlate with each other.
    prefix : str
        What stands before ``variance`` in the names of their templates.
    level : {2, 3}
        Of the equation of which they are part.
    covariances : ndarray of shape (q, q) or None
        T or Φ, where estimates are shown.
    """

    symbols: tuple[RandomEffect, ...] | tuple[UpperEffect, ...]
    blocks: tuple[tuple[int, ...], ...]
    prefix: str
    level: Level
    covariances: FloatArray | None

    def indices(self, position: int) -> tuple[int, int]:
        """The q and the s of one of them."""
        symbol = self.symbols[position]
        return symbol.q, (symbol.s or 0) if isinstance(symbol, UpperEffect) else 0

    def tag(self, row: int, column: int) -> str:
        """Name an entry of T or Φ, whatever the notation."""
        indices = [i for symbol in sorted((row, column)) for i in _own(self.symbols[symbol])]
        return tag("phi" if self.prefix else "tau", *indices)


def tag_of(symbol: ModelSymbol) -> str:
    """Name a symbol of a model whatever the notation: ``gamma_11``, ``U_0``, ``epsilon``."""
    match symbol:
        case Beta(q=q):
            return tag("beta", q)
        case Delta(q=q, s=s):
            return tag("delta", q, s)
        case Gamma(q=q, s=s, p=p):
            return tag("gamma", q, s, *([] if p is None else [p]))
        case RandomEffect():
            return tag("U", *_own(symbol))
        case UpperEffect():
            return tag("V", *_own(symbol))
    return "epsilon"


def _own(symbol: RandomEffect | UpperEffect) -> list[int]:
    """Give the indices that are a U's or a V's own."""
    s = symbol.s if isinstance(symbol, UpperEffect) else None
    return [symbol.q] if s is None else [symbol.q, s]


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

    def level3(self) -> tuple[Line, ...]:
        """The equations of the uppermost groups of three levels."""
        return tuple(self.of_groups(equation) for equation in self.model.level3_equations)

    def full(self) -> tuple[Line, ...]:
        """The upper levels substituted into level 1."""
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
        """An equation of a β or a δ; ``residual`` asks for U or V even where layouts name none.

        The two effects of crossed groupings have no distribution together, and stand in a sum.
        """
        assert isinstance(equation.left, Beta | Delta)
        at: Level = 2 if isinstance(equation.left, Beta) else 3
        q = equation.left.q
        left = Symbol(self.notation.of(equation.left, level=at), "outcome", tag_of(equation.left))
        right = self._sum(equation, at=at)
        last = equation.right[-1].symbol
        random = isinstance(last, RandomEffect | UpperEffect) and not self.model.grouping.crossed
        if residual or self.notation.layout == "levels" or not random:
            return Line(left, "=", right, q)
        effects = self.effects[at - 2]
        place = effects.symbols.index(last)
        return Line(left, "~", normal(right[:-1], self.covariance(effects, place, place)), q)

    def _sum(self, equation: Equation, *, at: Level) -> Sum:
        return tuple(self.product(product, at=at) for product in self.shown(equation))

    def shown(self, equation: Equation) -> tuple[Product, ...]:
        """The right side; an exposure that stands in the distribution is not repeated."""
        if not self.notation.linear_predictor:
            return equation.right
        return tuple(p for p in equation.right if not isinstance(p.symbol, Offset))

    # --- what they consist of ------------------------------------------------------------

    def product(self, product: Product, *, at: Level) -> Summand:
        """A symbol, or its estimate, times predictors."""
        factors = [
            Speller(self.lexicon, at, level).spell(factor)
            for level, factor in _factors(product.predictors)
        ]
        if isinstance(product.symbol, Offset):
            return Summand(tuple(factors), part="fixed")
        negative, node, part, q = self._coefficient(product.symbol, at)
        return Summand((node, *factors), negative, part, q)

    def _coefficient(self, symbol: ModelSymbol, at: Level) -> tuple[bool, Node, Part, int | None]:
        if isinstance(symbol, Gamma) and self.estimates is not None:
            value, error = self._estimate(symbol)
            numeral = Numeral(value.absolute, "fixed", error, tag_of(symbol))
            return value.negative, numeral, "fixed", symbol.q
        glyph, named = self.notation.of(symbol, level=at), tag_of(symbol)
        match symbol:
            case Beta(q=q) | Delta(q=q):
                return False, Symbol(glyph, "outcome", named), "", q
            case Gamma(q=q):
                return False, Symbol(glyph, "fixed", named), "fixed", q
            case RandomEffect(q=q) | UpperEffect(q=q):
                return False, Symbol(glyph, "random", named), "random", q
        return False, Symbol(glyph, "residual", named), "random", None

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
        glyph = self.notation.glyph("residual_variance")
        variance = Summand((Symbol(glyph, "residual", "sigma2"),))
        if by is not None:  # the estimates follow, one a category
            variance = self._variance_of(self._index_of(by.variable))
        elif self.estimates is not None:
            variance = self._number(self.estimates.scale, "residual", "sigma2")
        if precision is None:
            return variance
        word, at = self.lexicon.word(precision), self._level_of(precision)
        role: Role = "level3" if at == 3 else "level2" if at == 2 else "level1"
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
        glyph = self.notation.residual_variance_of(index)
        return Summand((Symbol(glyph, "residual", "sigma2"),))

    def _index_of(self, variable: str) -> str:
        word = By(variable).index(self.lexicon.word(variable))
        return f"{word}_{{{self.lexicon.index(self._level_of(variable), 1)}}}"

    def _level_of(self, variable: str) -> Level:
        level = self.model.levels.get(variable, 1)
        return shown_level(self.model, variable, 3 if level == 3 else 2 if level == 2 else 1)

    @cached_property
    def effects(self) -> tuple[Departures, ...]:
        """The U's, and where there are two groupings the V's."""
        model, estimates = self.model, self.estimates
        lower = tuple(RandomEffect(c.index, c.term) for c in model.random)
        known = None if estimates is None else estimates.covariances(model.random)
        found = Departures(lower, model.blocks, "", 2, known)
        upper = model.upper_random
        if not upper:
            return (found,)
        known = None if estimates is None else estimates.covariances(upper, level=3)
        at: Level = 2 if model.grouping.crossed else 3
        return found, Departures(upper, model.upper_blocks, "upper_", at, known)

    def covariance(self, effects: Departures, row: int, column: int) -> Summand:
        """An entry of T or Φ, by the positions of two effects: a symbol, its estimate, or 0."""
        if not any({row, column} <= set(block) for block in effects.blocks):
            return ZERO
        (q, s), (r, t) = sorted(effects.indices(i) for i in (row, column))
        named = effects.tag(row, column)
        if effects.covariances is not None:
            return self._number(effects.covariances[row, column], "random", named)
        glyph, prefix = self.notation.glyph, effects.prefix
        variance = f"{prefix}variance"
        if row == column:
            own = glyph(variance, q=q, s=s, level=effects.level)
            return Summand((Symbol(own, "random", named),))
        correlation = f"{prefix}correlation"
        if not getattr(self.notation, correlation):
            own = glyph(f"{prefix}covariance", q=q, s=s, r=r, t=t)
            return Summand((Symbol(own, "random", named),))
        rho = glyph(correlation, q=q, s=s, r=r, t=t)
        spreads = (self.notation.deviation(a, s=b, symbol=variance) for a, b in ((q, s), (r, t)))
        tags = (named, effects.tag(row, row), effects.tag(column, column))
        glyphs = zip((rho, *spreads), tags, strict=True)
        return Summand(tuple(Symbol(own, "random", one) for own, one in glyphs))

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


def _factors(predictors: tuple[Predictor, ...]) -> list[tuple[Level, Factor]]:
    levels: tuple[Level, ...] = (1, 2, 3)
    return [
        (levels[predictor.level - 1], factor)
        for predictor in predictors
        for factor in predictor.term.factors
    ]


# --- the distributions of the U's, the V's and ε, with the covariance matrices T and Φ -----

_NIL = Numeral(Rounded(False, "0"), "outcome")


def distribution_lines(scribe: Scribe) -> tuple[Line, ...]:
    """Write how the U's, the V's and ε are distributed.

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
    layout, crossed = scribe.notation.layout, scribe.model.grouping.crossed
    named = layout == "distributional" and not crossed
    lines = [
        of_effects(scribe, effects)
        for effects in scribe.effects
        if len(effects.symbols) > 1 or not named
    ]
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


def of_effects(scribe: Scribe, effects: Departures) -> Line:
    """Write how U's or V's are distributed; those that do not correlate have a 0 in the matrix."""
    count = len(effects.symbols)
    symbols = tuple(
        Symbol(scribe.notation.of(symbol, level=effects.level), "random", tag_of(symbol))
        for symbol in effects.symbols
    )
    if count == 1:
        return Line(symbols[0], "~", normal((), scribe.covariance(effects, 0, 0)))
    zeros = (Summand((Vector((_NIL,) * count),)),)
    entries = tuple(
        tuple(scribe.covariance(effects, i, k) for k in range(count)) for i in range(count)
    )
    return Line(Vector(symbols), "~", normal(zeros, Summand((Matrix(entries),))))


# --- from the equations of the levels to the full one: substitute, expand, collect --------

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


NOTES_NESTED = {
    "en": {
        "Start": "The level-1 equation, a level-2 equation for each of its coefficients, and a "
        "level-3 equation for each of theirs.",
        "Substitute level 3": "Put the right side of each level-3 equation in place of its "
        "coefficient.",
        "Expand level 2": "Multiply out, so that each term of a bracket meets the predictor "
        "behind it.",
        "Substitute level 2": "Put what each level-2 equation has become in place of its "
        "coefficient.",
        "Expand": NOTES["en"]["Expand"],
        "Collect": NOTES["en"]["Collect"],
    },
    "de": {
        "Anfang": "Die Gleichung der Ebene 1, eine der Ebene 2 für jeden ihrer Koeffizienten und "
        "eine der Ebene 3 für jeden von deren Koeffizienten.",
        "Ebene 3 einsetzen": "Die rechte Seite jeder Gleichung der Ebene 3 ersetzt ihren "
        "Koeffizienten.",
        "Ebene 2 ausmultiplizieren": NOTES["de"]["Ausmultiplizieren"],
        "Ebene 2 einsetzen": "Was aus jeder Gleichung der Ebene 2 geworden ist, ersetzt ihren "
        "Koeffizienten.",
        "Ausmultiplizieren": NOTES["de"]["Ausmultiplizieren"],
        "Ordnen": NOTES["de"]["Ordnen"],
    },
}
"""With three levels, where the substitution is done twice."""


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
    model = scribe.model
    level2, level3 = model.level2_equations, model.level3_equations
    start = (*scribe.level1(), *(scribe.of_groups(e, residual=True) for e in (*level2, *level3)))
    lines: list[tuple[Line, ...]] = [start]
    if level3:
        both = [_put_in(scribe, equation.right, level3, at=2) for equation in level2]
        lefts = [scribe.of_groups(equation, residual=True) for equation in level2]
        lines.append(tuple(replace(ln, right=r) for ln, (r, _) in zip(lefts, both, strict=True)))
        level2 = tuple(
            replace(e, right=products) for e, (_, products) in zip(level2, both, strict=True)
        )
        lines.append(tuple(scribe.of_groups(equation, residual=True) for equation in level2))
    substituted, products = _put_in(scribe, scribe.shown(model.level1_equation), level2, at=1)
    expanded = tuple(scribe.product(product, at=1) for product in products)
    lines += [(scribe.of_units(substituted),), (scribe.of_units(expanded),), scribe.full()]
    notes = (NOTES_NESTED if level3 else NOTES)[scribe.language]
    return tuple(
        Block(heading, found, note, parted=found is lines[-1])
        for (heading, note), found in zip(notes.items(), lines, strict=True)
    )


def _put_in(
    scribe: Scribe, products: tuple[Product, ...], equations: tuple[Equation, ...], *, at: Level
) -> tuple[Sum, tuple[Product, ...]]:
    """Put equations in place of what they are equations of: in brackets, and multiplied out."""
    inside: dict[object, tuple[Product, ...]] = {e.left: e.right for e in equations}
    substituted: list[Summand] = []
    expanded: list[Product] = []
    for product in products:
        term, inner = scribe.product(product, at=at), inside.get(product.symbol)
        if inner is None:
            substituted.append(term)
            expanded.append(product)
            continue
        substituted.append(_substitute(term, tuple(scribe.product(p, at=at) for p in inner)))
        expanded += [replace(p, predictors=p.predictors + product.predictors) for p in inner]
    return tuple(substituted), tuple(expanded)


def _substitute(term: Summand, inner: Sum) -> Summand:
    """Put a sum in place of the β or δ of a term; brackets hold more than one summand together."""
    if len(inner) > 1:
        return replace(term, factors=(Bracket(inner), *term.factors[1:]))
    return replace(inner[0], factors=(*inner[0].factors, *term.factors[1:]), q=term.q)
