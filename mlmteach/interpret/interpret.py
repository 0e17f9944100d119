"""From a model or a fit to the meaning of its symbols."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.equations.writing import COLOURS, one_of, write
from mlmteach.fit.nested_generalized import require_nested_intercepts
from mlmteach.interpret import gamma_text, odds_text
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.gamma_facts import gamma_facts
from mlmteach.interpret.group import GroupFacts, GroupText, group_facts
from mlmteach.interpret.interpretation import (
    DETAILS,
    Detail,
    Interpretation,
    Role,
    Row,
    Told,
    find,
)
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.odds import (
    between_facts,
    effect_ratios,
    odds_facts,
    only_intercepts,
    ratio_of,
)
from mlmteach.interpret.odds_text import OddsClauses, OddsRandom
from mlmteach.interpret.random_facts import (
    covariance_facts,
    effect_facts,
    residual_facts,
    variance_facts,
)
from mlmteach.interpret.random_text import RandomText
from mlmteach.interpret.scales import LATENT
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.words import Colour, written
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.structure import Structure
    from mlmteach.model.symbols import Varying

__all__ = ["interpret"]


def interpret(
    subject: Structure | Fitted,
    which: str | None = None,
    *,
    group: object = None,
    fit: Fitted | None = None,
    estimates: Estimates | None = None,
    data: pd.DataFrame | None = None,
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    notation: str | Notation = "slides",
    colour: Colour = None,
    level: float = 0.95,
    detail: Detail | None = None,
) -> Interpretation:
    """Say in words what each symbol of a model means.

    Parameters
    ----------
    subject : Structure or Fitted
        A model is read in symbols, a fit with its numbers.
    which : str, optional
        One symbol or term alone: ``"γ_10"``, ``"tau_01"``, ``"size:ses"``.
    group : label, optional
        A group of the fit: its own line, its departures, their rank, precision and shrinkage.
    fit : Fitted, optional
        As `subject`.
    estimates : Estimates, optional
        Numbers for a model without a fit.
    data : pandas.DataFrame, optional
        Data for a model without a fit: where its predictors lie.
    codebook : Codebook, mapping or path, optional
        Words that go before those of the model's own codebook.
    language : {"en", "de"}
    notation : str or Notation
    colour : {"role", "coefficient"}, optional
        What colours tell apart, in the equations and in the symbols of the list alike.
    level : float
        Of the intervals.
    detail : {"first", "full"}, optional
        Show the first sentence of each symbol and fold the others, or show them all. Where nothing
        is said, a whole model is folded, and one symbol or one group is not.

    Returns
    -------
    Interpretation

    Raises
    ------
    OptionError
        For a symbol, group, language, notation, level or detail that there is not.
    ModelError
        For a model that no fit can be made of: of two crossed groupings, or of slopes that vary in
        two groupings, with an outcome that is not normal.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> null = mlm.Model("mathach ~ 1", group="school", data=mlm.load("hsb"))
    >>> print(interpret(null)["U_0j"].short)
    Unique contribution of school j to mean mathematics achievement
    """
    source = source_of(
        subject,
        fit=fit,
        estimates=estimates,
        data=data,
        codebook=codebook,
        language=language,
        level=level,
    )
    if colour is not None:
        one_of("colour", colour, COLOURS)
    if detail is not None:
        one_of("detail", detail, DETAILS)
    signs = as_notation(notation)
    nouns = Nouns.of_source(source, signs)
    if source.model.group3 and not source.model.family.is_normal:
        require_nested_intercepts(source.model)
    own = nouns.words.notation
    if group is not None:
        rows = _group(source, nouns, own, colour, group)
        return Interpretation(tuple(rows), detail=detail or "full", language=language)
    rows = [*_gammas(source, nouns, own, colour), *_random(source, nouns, own, colour)]
    if which is not None:
        row = find(rows, which)
        return Interpretation((row,), detail=detail or "full", language=language)
    equations = write(source.model, notation=signs, colour=colour, language=language)
    return Interpretation(
        tuple(rows),
        equations.markdown,
        equations.text,
        detail=detail or "first",
        language=language,
    )


def _gammas(source: Source, nouns: Nouns, notation: Notation, colour: Colour) -> list[Row]:
    rows = []
    for facts in gamma_facts(source):
        g = facts.gamma
        symbol, latex = written(notation.of(g), "fixed", colour=colour, q=g.q)
        robust = source.fit is not None and source.fit.is_robust
        indices = [str(i) for i in (g.q, g.s, g.p) if i is not None]
        keys = tuple(f"gamma{comma.join(indices)}" for comma in ("", ","))
        rows.append(
            Row(
                symbol,
                latex,
                "γ",
                g.name,
                *_told(source, Clauses(facts, nouns, symbol, source.level, robust)),
                keys,
            )
        )
    return rows


def _told(source: Source, say: Clauses) -> tuple[str, Told, dict[str, float]]:
    """Give the short and the full text on a γ, and its numbers."""
    facts = say.facts
    if source.model.family.is_normal:
        return gamma_text.short(say), gamma_text.sentences(say), facts.numbers
    odds = odds_facts(source, facts)
    alone = only_intercepts(source.model)
    own = OddsClauses(facts, say.nouns, say.symbol, say.level, odds=odds, only_intercepts=alone)
    numbers = facts.numbers | odds.numbers(facts)
    return odds_text.short(own), odds_text.sentences(own), numbers


def _random(source: Source, nouns: Nouns, notation: Notation, colour: Colour) -> list[Row]:
    model = source.model
    glyph = notation.glyph("residual_variance")
    if model.sigma2:
        glyph = notation.residual_variance_of(model.sigma2.index(model.sigma2.variable))
    symbol = written(glyph)[0]
    symbol = f"{symbol} / {model.precision}" if model.precision else symbol
    intercepts = tuple(
        _Signs(notation, level, colour).of("variance", v)[0]
        for level in ((2, 3) if model.group3 else ())
        for v in model.varying(level)
        if not v.term
    )
    residual = f"({symbol})" if model.precision else symbol
    say = RandomText(nouns, source.level, residual, intercepts)
    if not model.family.is_normal:
        say = OddsRandom(nouns, source.level, LATENT.get(model.family.link, ""), intercepts)
    effects: list[Row] = []
    variances: list[Row] = []
    covariances: list[Row] = []
    for level in range(2, len(model.grouping.names) + 2):
        signs = _Signs(notation, level, colour)
        own = say if level == 2 else replace(say, nouns=nouns.of_level(level))
        for c in model.varying(level):
            name = c.term.name
            symbol, latex = signs.of("effect", c)
            facts = effect_facts(source, c)
            sentences, numbers = own.effect(facts, symbol), facts.numbers
            if isinstance(say, OddsRandom):
                numbers |= effect_ratios(facts)
            short = own.effect_short(facts)
            keys = signs.keys_of_effect(c)
            effects.append(
                Row(symbol, latex, signs.roles[0], name, short, sentences, numbers, keys)
            )
            symbol, latex = signs.of("variance", c)
            spread = variance_facts(source, c)
            sentences, numbers = own.variance(spread, symbol), spread.numbers
            if isinstance(say, OddsRandom):
                between = between_facts(source, c, spread)
                assert isinstance(own, OddsRandom)
                sentences = own.spread(spread, between, symbol, first=not variances)
                numbers |= between.numbers
            short = own.variance_short(spread)
            keys = signs.keys(c)
            variances.append(
                Row(symbol, latex, signs.roles[1], name, short, sentences, numbers, keys)
            )
        varying = model.varying(level)
        for block in model.blocks if level == 2 else model.upper_blocks:
            for i, j in combinations(block, 2):
                a, b = varying[i], varying[j]
                symbol, latex = signs.of("covariance", a, b)
                both = covariance_facts(source, a, b)
                name = f"{a.term.name}, {b.term.name}"
                sentences, short = own.covariance(both, symbol), own.covariance_short(both)
                keys = signs.keys(a, b)
                covariances.append(
                    Row(symbol, latex, signs.roles[1], name, short, sentences, both.numbers, keys)
                )
    if isinstance(say, OddsRandom):
        return [*effects, *variances, *covariances, *_shape(source, say)]
    residuals = [
        _residual(source, say, notation, colour, category)
        for category in (model.sigma2.categories if model.sigma2 else ()) or (None,)
    ]
    return [*effects, *variances, *covariances, *residuals]


@dataclass(frozen=True)
class _Signs:
    """How the symbols of the effects of a level are written, and what they are found by."""

    notation: Notation
    level: int
    colour: Colour

    @property
    def roles(self) -> tuple[Role, Role]:
        """What the effects are, and their variances."""
        return ("U", "τ") if self.level == 2 else ("V", "φ")

    def of(self, symbol: str, c: Varying, other: Varying | None = None) -> tuple[str, str]:
        """Write an effect, its variance, or a covariance, in Unicode and in LaTeX."""
        name, glyph = symbol, self.notation.glyph
        if self.level == 3:
            name = {"effect": "upper"}.get(symbol, f"upper_{symbol}")
        if other is None:
            drawn = glyph(name, q=c.index, s=c.s)
            return written(drawn, "random", colour=self.colour, q=c.index)
        drawn = glyph(name, q=c.index, s=c.s, r=other.index, t=other.s)
        return written(drawn, "random", colour=self.colour)

    @property
    def _letter(self) -> str:
        return "tau" if self.level == 2 else "phi"

    def _indices(self, c: Varying) -> tuple[str, ...]:
        """Write q, and for a V of three levels q and s; an s of 0 may be left out."""
        if self.level == 2 or self.notation.design != "nested":
            return (str(c.index),)
        return (f"{c.index}{c.s}", *([str(c.index)] if c.s == 0 else []))

    def keys_of_effect(self, c: Varying) -> tuple[str, ...]:
        """Name what an effect is found by."""
        letter = "u" if self.level == 2 else "v"
        ends = ("j", "jk", "") if self.level == 2 else ("k", "")
        found = tuple(f"{letter}{q}{end}" for q in self._indices(c) for end in ends)
        return (
            found if self.notation.design == "nested" else tuple(k for k in found if "jk" not in k)
        )

    def keys(self, c: Varying, other: Varying | None = None) -> tuple[str, ...]:
        """Name what a variance or a covariance is found by."""
        letter = self._letter
        if other is None:
            return tuple(
                key
                for q in self._indices(c)
                for key in (f"{letter}{q}^2", f"{letter}{q}", f"{letter}{q}{q}", f"{letter}{q},{q}")
            )
        pairs = zip(self._indices(c), self._indices(other), strict=False)
        both = [pair for q, r in pairs for pair in ((q, r), (r, q))]
        return tuple(f"{letter}{q}{comma}{r}" for q, r in both for comma in ("", ","))


def _shape(source: Source, say: OddsRandom) -> list[Row]:
    """Give the row of the shape of a negative binomial; other families have none."""
    if source.model.family.name != "negbin":
        return []
    value = None if source.estimates is None else source.estimates.shape
    numbers = {} if value is None else {"shape": value}
    texts = odds_text.shape(say, value)
    return [Row("shape", r"\text{shape}", "shape", "Shape", *texts, numbers, ("shape",))]


def _residual(
    source: Source, say: RandomText, notation: Notation, colour: Colour, category: object
) -> Row:
    """Give the row of σ², or of that of a category."""
    by = source.model.sigma2
    keys: tuple[str, ...] = ("sigma^2", "sigma2", "sigma")
    glyph, name = notation.glyph("residual_variance"), "Residual"
    if by is not None:
        glyph = notation.residual_variance_of(
            by.index(by.variable if category is None else category)
        )
    if category is not None:
        name = f"Residual, {by.variable if by else ''} = {category}"
        keys = tuple(f"{key}{form}" for key in keys for form in (f"_{category}", f"[{category}]"))
    symbol, latex = written(glyph, "residual", colour=colour)
    facts = residual_facts(source, category)
    role: Role = "σ²"
    return Row(
        symbol,
        latex,
        role,
        name,
        say.residual_short(facts),
        say.residual(facts, symbol),
        facts.numbers,
        keys,
    )


def _group(
    source: Source, nouns: Nouns, notation: Notation, colour: Colour, group: object
) -> list[Row]:
    facts = group_facts(source, group)
    nouns = nouns.of_level(facts.level)
    say = GroupText(facts, nouns, source.level)
    numbers = _numbers_of(source, facts)
    rows = [Row("ŷ", r"\hat{y}", "group", "line", say.line_short(), say.line(), numbers, ("line",))]
    rows += _departures(source, say, notation, colour)
    if facts.above is not None:
        above = GroupText(facts.above, nouns.of_level(3), source.level)
        rows += _departures(source, above, notation, colour)
    return rows


def _numbers_of(source: Source, facts: GroupFacts) -> dict[str, float]:
    """Give every number that a sentence on a group may hold; by ratios, where there is a link."""
    numbers = facts.numbers
    if not source.model.family.is_normal:
        departures = (d for d in facts.departures if not d.factors)
        numbers |= {f"ratio {d.coefficient.term.name}": ratio_of(d.value) for d in departures}
    return numbers


def _departures(source: Source, say: GroupText, notation: Notation, colour: Colour) -> list[Row]:
    """Give a row for each U, or V, of a group."""
    rows, random = [], RandomText(say.nouns, source.level)
    numbers = _numbers_of(source, say.facts)
    signs = _Signs(notation, say.facts.level, colour)
    for departure in say.facts.departures:
        c = departure.coefficient
        symbol, latex = signs.of("effect", c)
        whom = random.whom(effect_facts(source, c))
        conditional = c.predictors != (INTERCEPT,)
        sentences = say.departure(departure, symbol, whom, conditional=conditional)
        short, keys = say.departure_short(departure), signs.keys_of_effect(c)
        rows.append(Row(symbol, latex, "group", c.term.name, short, sentences, numbers, keys))
    return rows
