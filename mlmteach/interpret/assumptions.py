"""What a model takes for granted, and how to look whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.display import bundle
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.words import Words, written
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.structure import upper_predictors

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.structure import Structure

__all__ = ["Assumption", "Assumptions", "assumptions"]


@dataclass(frozen=True)
class Assumption:
    """One assumption.

    Attributes
    ----------
    name : str
        "linearity", "random sample", …
    text : str
        What is assumed, in the words of this model.
    check : str
        How to look whether it holds.
    code : str
        The call that draws the check; empty where data cannot tell.
    """

    name: str
    text: str
    check: str
    code: str = ""

    def __str__(self) -> str:
        code = f"\n    {self.code}" if self.code else ""
        return f"{self.text}\n    {self.check}{code}"


@dataclass(frozen=True)
class Assumptions:
    """The assumptions of a model, in the order in which to check them."""

    rows: tuple[Assumption, ...] = field(default=())

    def __iter__(self) -> Iterator[Assumption]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Assumption:
        return next(row for row in self.rows if row.name == name)

    def to_frame(self) -> pd.DataFrame:
        """Give the assumptions as a table."""
        import pandas as pd

        columns = {key: [getattr(r, key) for r in self.rows] for key in ("text", "check", "code")}
        return pd.DataFrame(columns, index=pd.Index([r.name for r in self.rows], name="name"))

    @property
    def markdown(self) -> str:
        """A numbered list."""
        entries = []
        for number, row in enumerate(self.rows, 1):
            code = f" `{row.code}`" if row.code else ""
            entries.append(f"{number}. **{row.text}** {row.check}{code}")
        return "\n".join(entries)

    def __str__(self) -> str:
        return "\n".join(f"{number}. {row}" for number, row in enumerate(self.rows, 1))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


def assumptions(
    subject: Structure | Fitted,
    *,
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    notation: str | Notation = "slides",
) -> Assumptions:
    """Say what a model takes for granted, each with a check.

    Parameters
    ----------
    subject : Structure or Fitted
    codebook : Codebook, mapping or path, optional
        Words that go before those of the model's own codebook.
    language : {"en", "de"}
    notation : str or Notation

    Returns
    -------
    Assumptions

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, chapter 10.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> found = assumptions(mlm.Model("mathach ~ ses", group="school"))
    >>> len(found), found["linearity"].code
    (7, "mlm.plot.residual_predictor(fit, 'ses')")
    """
    source = source_of(subject, codebook=codebook, language=language)
    nouns = Nouns.of_source(source, as_notation(notation))
    return Assumptions(tuple(_rows(source, nouns)))


MOST_OF_A_GRID = 2
"""Of more U's than this there is no quadrature."""


def _rows(source: Source, nouns: Nouns) -> Iterator[Assumption]:
    words, model = nouns.words, source.model
    levels = range(2, len(model.grouping.names) + 2)
    by_level = {level: _effects(source, nouns, level) for level in levels}
    effects = [symbol for level in levels for symbol in by_level[level]]
    epsilon = written(words.notation.glyph("residual"))[0]
    names = _predictors(source)
    gaps = {
        "effects": words.list(effects),
        "all_residuals": words.list([*effects, epsilon]),
        "residual": epsilon,
        "lower": words.list(by_level[2]),
        "upper": words.list(by_level.get(3, [])),
        "residual_variance": _residual_variance(source, words),
        "by": nouns.named(model.sigma2.variable) if model.sigma2 else "",
        "precision": model.precision or "",
        "predictors": words.list(nouns.named(name) for name in names),
        "outcome": nouns.outcome.noun,
        "of_outcome": nouns.outcome.of,
        "definite": nouns.outcome.definite,
    }
    numeric = [name for name in names if _is_numeric(source, name)]
    curved = [name for name in numeric if _is_curved(source, name)]
    gaps["curved"] = words.list(map(nouns.named, curved)) if curved else ""
    level1 = [name for name in numeric if source.model.levels[name] == 1]

    def row(name: str, key: str, code: str = "") -> Assumption:
        text = words.sentence(f"assume_{key}", **gaps)
        return Assumption(name, text, words.sentence(f"check_{key}", **gaps), code)

    design = f"_{nouns.design}" if nouns.design else ""
    yield row("random sample", f"sample{design}")
    lacking = any(_lacks_means(source, name) for name in level1)
    if not model.family.is_normal:
        if numeric:
            first = [*level1, *numeric][0]
            bent = "link_curved" if curved else "link"
            yield row("link", bent, f"fit.diagnostics.binned({first!r})")
        if names:
            check = "check_unrelated_groups" if lacking else "check_unrelated"
            text = words.sentence("assume_unrelated", **gaps)
            yield Assumption("mean 0", text, words.sentence(check, **gaps))
        for level, grouping in zip(levels, model.grouping.names, strict=True):
            whose = "" if level == 2 else f", grouping={grouping!r}"
            yield _distribution(source, nouns, level, f"mlm.plot.caterpillar(fit{whose})")
        if design:
            yield row("independence of U and V", f"levels{design}")
        text = words.sentence("assume_given", **gaps)
        check = words.sentence("check_independence", **gaps)
        yield Assumption("independence", text, check, "mlm.plot.caterpillar(fit)")
        kind: str = "trials" if model.family.trials else model.family.name
        code = "binned()" if kind == "binomial" else "overdispersion()"
        yield row("distribution", f"distribution_{kind}", f"fit.diagnostics.{code}")
        quadrature = len(effects) <= MOST_OF_A_GRID and not design
        key = "check_approximation" if quadrature else "check_approximation_laplace"
        code = "model.fit(data, points=9)" if quadrature else "fit.bootstrap(200).replicates.mean()"
        text = words.sentence("assume_approximation", **gaps)
        yield Assumption("approximation", text, words.sentence(key, **gaps), code)
        return
    if numeric:
        first = [*level1, *numeric][0]
        key = "linearity_curved" if curved else "linearity"
        yield row("linearity", key, f"mlm.plot.residual_predictor(fit, {first!r})")
    if names:
        yield row("mean 0", "mean_groups" if lacking else "mean")
    for level in levels:
        yield _distribution(source, nouns, level, "mlm.plot.residual_qq(fit)")
    if design:
        yield row("independence of U and V", f"levels{design}")
    if nouns.design == "crossed":
        yield row("no interaction of groupings", "additive")
    yield row("independence", "independence", "mlm.plot.caterpillar(fit)")
    kind = f"_{nouns.kind}" if nouns.kind else ""
    if nouns.design == "crossed":
        both = words.book.level2, words.book.level3
        gaps["groups"] = words.list(unit.plural for unit in both)
        gaps["groups_dative"] = words.list(unit.dative_plural for unit in both)
    uneven = "_by" if model.sigma2 else "_precision" if model.precision else kind
    yield row("equal variance", f"variance{uneven}", "mlm.plot.residual_spread(fit)")
    yield row("normal residuals", f"normal{kind}", "mlm.plot.residual_qq(fit)")


def _effects(source: Source, nouns: Nouns, level: int) -> list[str]:
    """Write the U's, or the V's."""
    name, notation = "effect" if level == 2 else "upper", nouns.words.notation
    return [written(notation.glyph(name, q=v.index, s=v.s))[0] for v in source.model.varying(level)]


def _distribution(source: Source, nouns: Nouns, level: int, code: str) -> Assumption:
    """Say from which distribution the U's, or the V's, are drawn."""
    words, model = nouns.words.at(level), source.model
    effects, first = _effects(source, nouns, level), model.varying(level)[0]
    blocks = model.blocks if level == 2 else model.upper_blocks
    apart = [
        words.say("pair", one=effects[i], other=effects[j])
        for i, j in combinations(range(len(effects)), 2)
        if not any(i in block and j in block for block in blocks)
    ]
    variance = "variance" if level == 2 else "upper_variance"
    key = "covariance_is" if len(apart) == 1 else "covariances_are"
    gaps = {
        "effects": words.list(effects),
        "variance": written(words.notation.glyph(variance, q=first.index, s=first.s))[0],
        "matrix": "T" if level == 2 else "Φ",
        "covariances": words.say(key, pairs=words.list(apart)) if apart else "",
    }
    kind = "apart" if apart else "several" if len(effects) > 1 else "one"
    text = words.sentence(f"assume_effects_{kind}", **gaps)
    check = words.sentence(f"check_effects_{kind}", **gaps)
    return Assumption(f"distribution of {'U' if level == 2 else 'V'}", text, check, code)


def _residual_variance(source: Source, words: Words) -> str:
    """Write the variance of ε, with what it differs by; a precision that is there alone apart."""
    by, precision = source.model.sigma2, source.model.precision
    if by is None:
        return written(words.notation.glyph("residual_variance"))[0]
    symbol = written(words.notation.residual_variance_of(by.index(by.variable)))[0]
    return f"{symbol} / {precision}" if precision else symbol


def _meanings(source: Source) -> list[Meaning]:
    """Say what every factor of the model stands for."""
    return [
        meaning
        for c in source.model.coefficients
        for level, term in (
            (1, c.term),
            *((2, t) for t in c.predictors),
            *((3, t) for t in upper_predictors(c)),
        )
        for meaning in meanings(source, term, level)
    ]


def _predictors(source: Source) -> list[str]:
    return list(dict.fromkeys(m.root for m in _meanings(source)))


def _is_curved(source: Source, name: str) -> bool:
    """Tell whether a variable is in the model as anything but itself, moved or rescaled."""
    return any(m.root == name and m.form in {"power", "log", "other"} for m in _meanings(source))


def _lacks_means(source: Source, name: str) -> bool:
    """Tell whether a level-1 variable stands in the model without its groups' means."""
    own = [m for m in _meanings(source) if m.level == 1 and m.root == name]
    intercept = source.model.coefficients[0]
    means = [] if intercept.term else intercept.predictors
    parted = any(
        (m.form == "group_mean" and m.root == name)
        or (m.variable is not None and m.variable.group_mean_of == name)
        for term in means
        for m in meanings(source, term, 2)
    )
    return not parted and any(m.form != "within" for m in own)


def _is_numeric(source: Source, name: str) -> bool:
    book = source.codebook
    return name in book and not book[name].categories and book[name].dtype != "text"
