"""From a model or a fit to the meaning of its symbols."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.equations.writing import COLOURS, one_of, write
from mlmteach.interpret import gamma_text, odds_text
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.gamma_facts import gamma_facts
from mlmteach.interpret.group import GroupText, group_facts
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
from mlmteach.interpret.odds import between_facts, effect_ratios, odds_facts, ratio_of
from mlmteach.interpret.odds_text import OddsClauses, OddsRandom
from mlmteach.interpret.random_facts import (
    covariance_facts,
    effect_facts,
    residual_facts,
    variance_facts,
)
from mlmteach.interpret.random_text import RandomText
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.support import outcome_kind
from mlmteach.interpret.words import Colour, Words, written
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.structure import Structure

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
    words = Words(source.codebook, signs)
    nouns = Nouns(words, source.model.outcome, outcome_kind(source), source.model.family)
    if group is not None:
        rows = _group(source, nouns, signs, colour, group)
        return Interpretation(tuple(rows), detail=detail or "full", language=language)
    rows = [*_gammas(source, nouns, signs, colour), *_random(source, nouns, signs, colour)]
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
        symbol, latex = written(
            notation.glyph("gamma", q=g.q, s=g.s), "fixed", colour=colour, q=g.q
        )
        robust = source.fit is not None and source.fit.is_robust
        keys = (f"gamma{g.q}{g.s}", f"gamma{g.q},{g.s}")
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
    alone = all(not c.term for c in source.model.random)
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
    say = RandomText(nouns, source.level, f"({symbol})" if model.precision else symbol)
    if not model.family.is_normal:
        say = OddsRandom(nouns, source.level)
    effects: list[Row] = []
    variances: list[Row] = []
    covariances: list[Row] = []
    for c in model.random:
        q = c.index
        name = c.term.name
        symbol, latex = written(notation.glyph("effect", q=q), "random", colour=colour, q=q)
        facts = effect_facts(source, c)
        sentences, numbers = say.effect(facts, symbol), facts.numbers
        if isinstance(say, OddsRandom):
            numbers |= effect_ratios(facts)
        effects.append(
            Row(
                symbol,
                latex,
                "U",
                name,
                say.effect_short(facts),
                sentences,
                numbers,
                (f"u{q}j", f"u{q}"),
            )
        )
        symbol, latex = written(notation.glyph("variance", q=q), "random", colour=colour, q=q)
        spread = variance_facts(source, c)
        sentences, numbers = say.variance(spread, symbol), spread.numbers
        if isinstance(say, OddsRandom):
            between = between_facts(source, c, spread)
            sentences = say.spread(spread, between, symbol, first=not variances)
            numbers |= between.numbers
        variances.append(
            Row(
                symbol,
                latex,
                "τ",
                name,
                say.variance_short(spread),
                sentences,
                numbers,
                (f"tau{q}^2", f"tau{q}", f"tau{q}{q}", f"tau{q},{q}"),
            )
        )
    for block in model.blocks:
        for i, j in combinations(block, 2):
            a, b = model.random[i], model.random[j]
            symbol, latex = written(
                notation.glyph("covariance", q=a.index, r=b.index), "random", colour=colour
            )
            both = covariance_facts(source, a, b)
            name = f"{a.term.name}, {b.term.name}"
            pairs = ((a.index, b.index), (b.index, a.index))
            keys = tuple(f"tau{q}{comma}{r}" for q, r in pairs for comma in ("", ","))
            sentences = say.covariance(both, symbol)
            covariances.append(
                Row(
                    symbol,
                    latex,
                    "τ",
                    name,
                    say.covariance_short(both),
                    sentences,
                    both.numbers,
                    keys,
                )
            )
    if isinstance(say, OddsRandom):
        return [*effects, *variances, *covariances, *_shape(source, say)]
    residuals = [
        _residual(source, say, notation, colour, category)
        for category in (model.sigma2.categories if model.sigma2 else ()) or (None,)
    ]
    return [*effects, *variances, *covariances, *residuals]


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
    say = GroupText(facts, nouns, source.level)
    numbers = facts.numbers
    if not source.model.family.is_normal:
        departures = (d for d in facts.departures if not d.factors)
        numbers |= {f"ratio {d.coefficient.term.name}": ratio_of(d.value) for d in departures}
    random = RandomText(nouns, source.level)
    rows = [Row("ŷ", r"\hat{y}", "group", "line", say.line_short(), say.line(), numbers, ("line",))]
    for departure in facts.departures:
        c = departure.coefficient
        symbol, latex = written(
            notation.glyph("effect", q=c.index), "random", colour=colour, q=c.index
        )
        whom = random.whom(effect_facts(source, c))
        sentences = say.departure(departure, symbol, whom, conditional=c.predictors != (INTERCEPT,))
        short = say.departure_short(departure)
        keys = (f"u{c.index}j", f"u{c.index}")
        rows.append(Row(symbol, latex, "group", c.term.name, short, sentences, numbers, keys))
    return rows
