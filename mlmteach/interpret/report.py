"""The paragraphs on methods and results that a paper would have on a fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.display import bundle, escaped
from mlmteach.errors import OptionError
from mlmteach.interpret.interpret import interpret
from mlmteach.interpret.interpretation import Interpretation
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.random_text import RandomText
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.words import Words
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.terms import INTERCEPT, Term

if TYPE_CHECKING:
    from mlmteach.arrays import IntArray
    from mlmteach.data.codebook import Codebook, Unit
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.structure import Structure

__all__ = ["Report", "report"]


@dataclass(frozen=True)
class Report:
    """Two paragraphs.

    Attributes
    ----------
    methods, results : str
    """

    methods: str
    results: str

    @property
    def markdown(self) -> str:
        """Both paragraphs in Markdown."""
        return f"{escaped(self.methods)}\n\n{escaped(self.results)}"

    def __str__(self) -> str:
        from textwrap import fill

        return f"{fill(self.methods, 96)}\n\n{fill(self.results, 96)}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


def report(
    fit: Fitted,
    *,
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    notation: str | Notation = "slides",
    level: float = 0.95,
) -> Report:
    """Write the paragraphs on methods and results for a fit, to start a paper from.

    Parameters
    ----------
    fit : Fitted
    codebook : Codebook, mapping or path, optional
        Words that go before those of the fit's own codebook.
    language : {"en", "de"}
    notation : str or Notation
    level : float
        Of the intervals.

    Returns
    -------
    Report
        The results are the first sentences of :func:`interpret`, with their cautions.

    References
    ----------
    McNeish & Stapleton (2016), *Educational Psychology Review* 28, 295-314, on few groups;
    van Buuren (2018), *Flexible Imputation of Missing Data*, section 2.7, on rows left out.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    >>> report(fit).methods.split(". ")[2]
    'A random effect let the intercept vary between schools'
    """
    source = source_of(fit, codebook=codebook, language=language, level=level)
    if source.fit is None:
        raise OptionError("A model has no results.", "Fit it first: model.fit(data).report().")
    nouns = Nouns.of_source(source, as_notation(notation))
    rows = interpret(fit, codebook=codebook, language=language, notation=notation, level=level)
    return Report(_methods(source, nouns), _results(source, nouns, rows))


FEW = 10
"""With fewer groups, variances between them are little more than a guess."""

MOST_NAMES = 5


def _methods(source: Source, nouns: Nouns) -> str:
    fit, words = source.fit, nouns.words
    assert fit is not None
    texts = [_data(source, nouns), *_missing(source, nouns)]
    for level in range(2, len(source.model.grouping.names) + 2):
        count = len(source.effects(level)[0])
        if count < FEW:
            texts.append(words.at(level).sentence("report_few", count=words.value(count)))
    texts += [*_measure(nouns), *_structure(source, nouns)]
    width = words.grammar.number(f"{100 * source.level:g}")
    texts.append(words.sentence(level=width, **_estimation(source, fit)))
    if source.normal is not None and fit.is_robust:
        texts.append(words.sentence("report_robust", kind=source.normal.cov_type))
    if _has_predictors(source):
        texts += _tests(fit, nouns)
    texts.append(words.sentence("report_software"))
    return " ".join(texts)


def _data(source: Source, nouns: Nouns) -> str:
    """Say which model was fitted to how many units in how many groups."""
    fit, words = source.fit, nouns.words
    assert fit is not None
    sizes = source.sizes(2)
    same = int(sizes.min()) == int(sizes.max())
    gaps = {
        "model": words.say(_model(nouns)),
        "outcome": nouns.outcome.name,
        "definite": nouns.outcome.definite,
        "rows": words.value(fit.nobs),
        "count": words.value(len(sizes)),
    }
    if nouns.design:
        return _layered_data(source, nouns, gaps)
    return words.sentence(
        "report_data_equal" if same else "report_data",
        smallest=words.value(int(sizes.min())),
        largest=words.value(int(sizes.max())),
        mean=words.grammar.number(f"{sizes.mean():.1f}"),
        **gaps,
    )


def _layered_data(source: Source, nouns: Nouns, gaps: dict[str, str]) -> str:
    """Say of three levels, or of crossed groupings, how many there are of each in each."""
    words, places = nouns.words, source.places
    lower, upper = places.codes(2), places.codes(3)
    pairs = np.unique(np.column_stack([lower, upper]), axis=0)
    book, nested = words.book, nouns.design == "nested"
    members = np.bincount(pairs[:, 1]) if nested else np.bincount(upper)
    counts = len(np.unique(lower)), len(np.unique(upper))
    return words.sentence(
        f"report_data_{nouns.design}",
        count_others=words.value(counts[1]),
        per=_per(words, np.bincount(lower), book.level1, book.level2),
        per_other=_per(words, members, book.level2 if nested else book.level1, book.level3),
        cells=words.value(len(pairs)),
        combinations=words.value(counts[0] * counts[1]),
        **gaps,
    )


def _per(words: Words, sizes: IntArray, member: Unit, owner: Unit) -> str:
    """Say "8 to 15 pupils per class, 11.3 on average"."""
    same = int(sizes.min()) == int(sizes.max())
    return words.say(
        "report_per_equal" if same else "report_per",
        smallest=words.value(int(sizes.min())),
        largest=words.value(int(sizes.max())),
        mean=words.grammar.number(f"{sizes.mean():.1f}"),
        members=member.singular if same and int(sizes.max()) == 1 else member.plural,
        owner=owner.singular,
    )


def _model(nouns: Nouns) -> str:
    """Name the kind of model."""
    family = nouns.family
    if family.is_normal:
        return "report_model_binary" if nouns.kind == "binary" else "report_model"
    return f"report_model_{family.link if family.is_binomial else family.name}"


def _measure(nouns: Nouns) -> list[str]:
    """Say what is modelled on which link, and what a success is."""
    words, scales = nouns.words, nouns.scales
    if scales is None:
        return []
    link = words.say(f"link_name_{nouns.family.link}")
    told = words.sentence("report_measure", chance=scales.chance, link=link)
    return [told, scales.note] if scales.note else [told]


def _estimation(source: Source, fit: Fitted) -> dict[str, str]:
    """Name the phrase on how it was estimated, with its gaps."""
    if source.linear is not None:
        return {"key": f"report_estimation_{'reml' if source.linear.reml else 'ml'}"}
    points = int(getattr(fit, "points", 1))
    if points == 1:
        return {"key": "report_estimation_laplace"}
    return {"key": "report_estimation_points", "points": str(points)}


def _tests(fit: Fitted, nouns: Nouns) -> list[str]:
    """Say by which distribution coefficients are tested, and as what they are reported."""
    words, scales = nouns.words, nouns.scales
    if scales is None:
        return [words.sentence("report_tests_robust" if fit.is_robust else "report_tests")]
    ratios = words.sentence("report_ratios", ratio_name=scales.ratio) if scales.by_ratio else ""
    return [text for text in (words.sentence("report_tests_z"), ratios) if text]


def _has_predictors(source: Source) -> bool:
    return any(gamma.term for gamma in source.model.gammas)


def _missing(source: Source, nouns: Nouns) -> list[str]:
    """Say how many rows were left out, which groups with them, and what that takes for granted."""
    fit, words = source.fit, nouns.words
    assert fit is not None
    if not fit.dropped:
        return []
    rows = words.value(fit.nobs + fit.dropped)
    texts = [words.sentence("report_dropped", rows=words.value(fit.dropped), all=rows)]
    lost = [str(label) for label in fit.design.lost]
    if lost and nouns.design != "nested":  # class 1 of one school may be lost, and not of another
        left = len(source.effects(2)[0])
        key = "report_lost" if len(lost) <= MOST_NAMES else "report_lost_many"
        texts.append(
            words.sentence(
                key,
                names=words.list(lost[:MOST_NAMES]),
                count=words.value(left),
                all=words.value(left + len(lost)),
            )
        )
    key = "report_complete" if _has_predictors(source) else "report_complete_null"
    gaps = {"outcome": nouns.outcome.name, "definite": nouns.outcome.definite}
    return [*texts, words.sentence(key, **gaps)]


def _structure(source: Source, nouns: Nouns) -> list[str]:
    """Say which predictors stand at which level, and what varies between groups."""
    words = nouns.words
    texts = []
    terms = [meanings(source, c.term, 1) for c in source.model.coefficients if c.term]
    if terms:
        one = len(_listed(terms, nouns, article=True)) == 1
        key = "report_level1_one" if one else "report_level1"
        texts.append(words.sentence(key, **_predictors(terms, nouns)))
    for level, own, predictors in _equations(source.model):
        upper = [meanings(source, t, level) for t in predictors if t != INTERCEPT]
        if upper:
            factors = (*meanings(source, own[0], 2), *meanings(source, own[1], 1))
            one = len(_listed(upper, nouns, article=True)) == 1
            key = f"report_level2{'_one' if one else ''}" if not factors else "report_level2_slope"
            key = "report_upper" if nouns.design else key
            on = dict.fromkeys(nouns.on(m) for term in upper for m in term)
            gaps = {"on": words.list(on), **_predictors(upper, nouns)}
            gaps["topic"] = nouns.coefficient(factors) if nouns.design else nouns.change(factors)
            texts.append(words.at(level).sentence(key, **gaps))
    apart = False
    for level in range(2, len(source.model.grouping.names) + 2):
        terms = [
            (*meanings(source, v.level2, 2), *meanings(source, v.level1, 1))
            for v in source.model.varying(level)
        ]
        varying = [nouns.coefficient(factors, "accusative") for factors in terms]
        key = "report_varying_one" if len(varying) == 1 else "report_varying"
        peers = RandomText(nouns.of_level(level), source.level).peers
        texts.append(words.at(level).sentence(key, topics=words.list(varying), **peers))
        blocks = source.model.blocks if level == 2 else source.model.upper_blocks
        apart |= len(varying) > 1 and blocks != (tuple(range(len(varying))),)
    if apart:
        texts.append(words.sentence("report_uncorrelated"))
    by, precision = source.model.sigma2, source.model.precision
    if by:
        texts.append(words.sentence("report_by", by=nouns.named(by.variable)))
    if precision:
        texts.append(words.sentence("report_precision", precision=precision))
    return texts


def _equations(model: Structure) -> Iterator[tuple[int, tuple[Term, Term], tuple[Term, ...]]]:
    """Give the equations above level 1: their level, the term of level 2 and of level 1, z."""
    for c in model.coefficients:
        yield 2, (INTERCEPT, c.term), c.predictors
        if c.second:
            yield 3, (INTERCEPT, c.term), c.second.predictors
        for u in c.upper:
            yield 3, (u.level2, c.term), u.predictors


def _predictors(terms: Sequence[tuple[Meaning, ...]], nouns: Nouns) -> dict[str, str]:
    """List predictors without articles and with them, as languages ask."""
    lists = (nouns.words.list(_listed(terms, nouns, article=article)) for article in (False, True))
    return dict(zip(("predictors", "the_predictors"), lists, strict=True))


def _listed(terms: Sequence[tuple[Meaning, ...]], nouns: Nouns, *, article: bool) -> list[str]:
    """Name each predictor once, with its powers beside it, and each product of several."""
    words = nouns.words
    alone = [term[0] for term in terms if len(term) == 1]
    powers: dict[tuple[int, str], list[str]] = {}
    for m in alone:
        if m.form == "power" and any(o.root == m.root and o.form == "number" for o in alone):
            powers.setdefault((m.level, m.root), []).append(m.written)
    items: list[str] = []
    for m in alone:
        beside = powers.get((m.level, m.root), [])
        if m.form == "power" and beside:
            continue
        name = _named(m, nouns, article=article)
        if beside and m.form == "number":
            name = words.say("predictor_powers", noun=name, powers=words.list(beside))
        items.append(name)
    for term in terms:
        if len(term) > 1:
            factors = words.list(dict.fromkeys(_named(m, nouns, article=article) for m in term))
            items.append(words.say("predictor_product", factors=factors))
    return list(dict.fromkeys(items))


def _named(meaning: Meaning, nouns: Nouns, *, article: bool) -> str:
    """Name a predictor, and what was done to it."""
    noun = nouns.definite(meaning) if article else nouns.noun(meaning)
    if meaning.form in {"within", "grand_mean", "standardized", "log"}:
        of = nouns.of(meaning)
        return nouns.words.say(f"predictor_{meaning.form}", noun=noun, of=of)
    return noun


def _results(source: Source, nouns: Nouns, rows: Interpretation) -> str:
    from mlmteach.fit.estimated import Estimated
    from mlmteach.fit.generalized import NonNormal
    from mlmteach.fit.layered_fit import Layered

    words = nouns.words
    texts, unclear = [], []
    for row, first, _ in rows.entries:
        if row.role in {"U", "V"}:  # a paper reports their variances
            continue
        texts.append(first)
        if row.role in {"τ", "φ"}:
            texts += row.told.remarks
        elif {words.sentence("unclear"), words.sentence("odds_unclear")} & {*row.told.remarks}:
            unclear.append(row.symbol)
        if row is rows.rows[len(source.model.gammas) - 1] and unclear:
            key = "report_unclear_one" if len(unclear) == 1 else "report_unclear"
            texts.append(words.sentence(key, symbols=words.list(unclear)))
    fit = source.fit
    if _has_predictors(source) and isinstance(fit, Estimated | Layered | NonNormal):
        marginal, conditional = fit.r2
        texts.append(
            words.sentence(
                "report_r2" if source.generalized is None else "report_r2_link",
                marginal=words.percent(marginal),
                conditional=words.percent(conditional),
            )
        )
    return " ".join(text for text in dict.fromkeys(texts) if text)
