"""The paragraphs on methods and results that a paper would have on a fit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.display import bundle, escaped
from mlmteach.errors import OptionError
from mlmteach.interpret import gamma_text
from mlmteach.interpret.gamma_facts import gamma_facts
from mlmteach.interpret.gamma_text import Clauses, at_the_mean
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import meanings
from mlmteach.interpret.random_facts import covariance_facts, residual_facts, variance_facts
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.words import Words, written
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook
    from mlmteach.fit.estimated import Estimated

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
    fit: Estimated,
    *,
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    notation: str | Notation = "slides",
    level: float = 0.95,
) -> Report:
    """Write the paragraphs on methods and results for a fit, to start a paper from.

    Parameters
    ----------
    fit : Estimated
    codebook : Codebook, mapping or path, optional
        Words that go before those of the fit's own codebook.
    language : {"en", "de"}
    notation : str or Notation
    level : float
        Of the intervals.

    Returns
    -------
    Report

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
    nouns = Nouns(Words(source.codebook, as_notation(notation)), source.model.outcome)
    return Report(_methods(source, nouns), _results(source, nouns))


def _methods(source: Source, nouns: Nouns) -> str:
    fit, words = source.fit, nouns.words
    assert fit is not None
    sizes = fit.frame.groupby(source.model.group, observed=True).size()
    grammar = words.grammar
    same = int(sizes.min()) == int(sizes.max())
    texts = [
        words.sentence(
            "report_data_equal" if same else "report_data",
            of_outcome=nouns.outcome.of,
            outcome=nouns.outcome.noun,
            rows=words.value(fit.nobs),
            count=words.value(fit.ngroups),
            smallest=words.value(int(sizes.min())),
            largest=words.value(int(sizes.max())),
            mean=grammar.number(f"{sizes.mean():.1f}"),
        )
    ]
    if fit.dropped:
        texts.append(words.sentence("report_dropped", rows=words.value(fit.dropped)))
    texts += _structure(source, nouns)
    p = any(f.factors for f in gamma_facts(source))
    key = f"report_estimation_{'reml' if fit.reml else 'ml'}"
    texts.append(words.sentence(key, level=grammar.number(f"{100 * source.level:g}")))
    if p:
        texts.append(words.sentence("report_tests"))
    texts.append(words.sentence("report_software"))
    return " ".join(texts)


def _structure(source: Source, nouns: Nouns) -> list[str]:
    """Say which predictors stand at which level, and what varies between groups."""
    words = nouns.words
    texts = []
    level1 = [
        words.list(map(nouns.noun, meanings(source, c.term, 1)))
        for c in source.model.coefficients
        if c.term
    ]
    level1 = list(dict.fromkeys(level1))
    if level1:
        texts.append(words.sentence("report_level1", predictors=words.list(level1)))
    for c in source.model.coefficients:
        predictors = [t for t in c.predictors if t != INTERCEPT]
        if predictors:
            found = [m for t in predictors for m in meanings(source, t, 2)]
            named, on = (dict.fromkeys(map(say, found)) for say in (nouns.noun, nouns.on))
            key = "report_level2" if not c.term else "report_level2_slope"
            gaps = {"predictors": words.list(named), "on": words.list(on)}
            gaps["topic"] = nouns.change(meanings(source, c.term, 1))
            texts.append(words.sentence(key, **gaps))
    varying = [
        nouns.coefficient(meanings(source, c.term, 1), "accusative") for c in source.model.random
    ]
    key = "report_varying_one" if len(varying) == 1 else "report_varying"
    texts.append(words.sentence(key, topics=words.list(varying)))
    if len(varying) > 1 and source.model.blocks != (tuple(range(len(varying))),):
        texts.append(words.sentence("report_uncorrelated"))
    return texts


def _results(source: Source, nouns: Nouns) -> str:
    fit, words = source.fit, nouns.words
    assert fit is not None
    texts = []
    for facts in gamma_facts(source):
        g = facts.gamma
        symbol = written(words.notation.glyph("gamma", q=g.q, s=g.s))[0]
        say = Clauses(facts, nouns, symbol, source.level)
        texts.append(gamma_text.lead(say))
        if facts.empty and not facts.null:
            texts.append(words.sentence("case_empty"))
        texts.append(say.unclear() if facts.factors else at_the_mean(say))
    for c in source.model.random:
        variance = variance_facts(source, c)
        assert variance.variance is not None
        key = "report_sd" if not variance.factors else "report_sd_slope"
        key += "_zero" if variance.boundary else ""
        sd = nouns.spread(words.estimate(variance.variance**0.5))
        texts.append(words.sentence(key, sd=sd, topic=nouns.change(variance.factors)))
    for block in source.model.blocks:
        for i, j in combinations(block, 2):
            both = covariance_facts(source, source.model.random[i], source.model.random[j])
            if both.correlation is not None:
                number = words.grammar.number(f"{both.correlation:.2f}".replace("-", "−"))
                first = nouns.coefficient(both.first_factors)
                second = nouns.change(both.second_factors)
                texts.append(
                    words.sentence("report_cor", correlation=number, first=first, second=second)
                )
    residual = residual_facts(source)
    assert residual.variance is not None
    sd = nouns.spread(words.estimate(residual.variance**0.5))
    texts.append(words.sentence("report_residual", sd=sd))
    if any(f.factors for f in gamma_facts(source)):
        marginal, conditional = fit.r2
        texts.append(
            words.sentence(
                "report_r2",
                marginal=words.percent(marginal),
                conditional=words.percent(conditional),
            )
        )
    return " ".join(text for text in texts if text)
