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
    return Assumptions(tuple(_Assumed(source, nouns).rows()))


MOST_OF_A_GRID = 2
"""Of more U's than this there is no quadrature."""


class _Assumed:
    """Writes what one model takes for granted.

    Parameters
    ----------
    source : Source
    nouns : Nouns
    """

    def __init__(self, source: Source, nouns: Nouns) -> None:
        self.source, self.nouns, self.words = source, nouns, nouns.words
        self.model = source.model
        self.names = _predictors(source)
        self.numeric = [name for name in self.names if _is_numeric(source, name)]
        self.curved = [name for name in self.numeric if _is_curved(source, name)]
        level1 = [name for name in self.numeric if self.model.levels[name] == 1]
        self.first = next(iter([*level1, *self.numeric]), "")  # what a figure is drawn over
        self.lacking = any(_lacks_means(source, name) for name in level1)
        levels = range(2, len(self.model.grouping.names) + 2)
        self.effects = {level: _effects(source, nouns, level) for level in levels}
        self.gaps = self._gaps()

    def _gaps(self) -> dict[str, str]:
        words, nouns, model = self.words, self.nouns, self.model
        effects = [symbol for own in self.effects.values() for symbol in own]
        epsilon = written(words.notation.glyph("residual"))[0]
        return {
            "effects": words.list(effects),
            "all_residuals": words.list([*effects, epsilon]),
            "residual": epsilon,
            "lower": words.list(self.effects[2]),
            "upper": words.list(self.effects.get(3, [])),
            "residual_variance": _residual_variance(self.source, words),
            "by": nouns.named(model.sigma2.variable) if model.sigma2 else "",
            "precision": model.precision or "",
            "predictors": words.list(map(nouns.named, self.names)),
            "curved": words.list(map(nouns.named, self.curved)) if self.curved else "",
            "outcome": nouns.outcome.noun,
            "of_outcome": nouns.outcome.of,
            "definite": nouns.outcome.definite,
        }

    def row(
        self, name: str, key: str, code: str = "", *, check: str = "", **more: str
    ) -> Assumption:
        """Fill both sentences; ``check`` is the key of the second, where it is another one."""
        gaps = self.gaps | more
        text = self.words.sentence(f"assume_{key}", **gaps)
        told = self.words.sentence(f"check_{check or key}", **gaps)
        return Assumption(name, text, told, code)

    def rows(self) -> Iterator[Assumption]:
        """Write them in the order in which to check them."""
        design = f"_{self.nouns.design}" if self.nouns.design else ""
        yield self.row("random sample", f"sample{design}")
        normal = self.model.family.is_normal
        yield from self._normal(design) if normal else self._of_family(design)

    def _of_family(self, design: str) -> Iterator[Assumption]:
        """Those of a yes/no outcome or a count."""
        family = self.model.family
        if self.numeric:
            bent = "link_curved" if self.curved else "link"
            yield self.row("link", bent, f"fit.diagnostics.binned({self.first!r})")
        if self.names:
            check = "unrelated_groups" if self.lacking else "unrelated"
            yield self.row("mean 0", "unrelated", check=check)
        for level, grouping in zip(self.effects, self.model.grouping.names, strict=True):
            whose = "" if level == 2 else f", grouping={grouping!r}"
            code = f"mlm.plot.caterpillar(fit{whose})"
            yield _distribution(self.source, self.nouns, level, code)
        if design:
            yield self.row("independence of U and V", f"levels{design}")
        yield self.row("independence", "given", "mlm.plot.caterpillar(fit)", check="independence")
        kind = "trials" if family.trials else family.name
        code = "binned()" if kind == "binomial" else "overdispersion()"
        yield self.row("distribution", f"distribution_{kind}", f"fit.diagnostics.{code}")
        if sum(map(len, self.effects.values())) <= MOST_OF_A_GRID and not design:
            yield self.row("approximation", "approximation", "model.fit(data, points=9)")
        else:
            code = "fit.bootstrap(200).replicates.mean()"
            yield self.row("approximation", "approximation", code, check="approximation_laplace")

    def _normal(self, design: str) -> Iterator[Assumption]:
        if self.numeric:
            key = "linearity_curved" if self.curved else "linearity"
            yield self.row("linearity", key, f"mlm.plot.residual_predictor(fit, {self.first!r})")
        if self.names:
            yield self.row("mean 0", "mean_groups" if self.lacking else "mean")
        for level in self.effects:
            yield _distribution(self.source, self.nouns, level, "mlm.plot.residual_qq(fit)")
        if design:
            yield self.row("independence of U and V", f"levels{design}")
        if self.nouns.design == "crossed":
            yield self.row("no interaction of groupings", "additive")
        yield self.row("independence", "independence", "mlm.plot.caterpillar(fit)")
        groups = {}
        if self.nouns.design == "crossed":
            both = self.words.book.level2, self.words.book.level3
            groups["groups"] = self.words.list(unit.plural for unit in both)
            groups["groups_dative"] = self.words.list(unit.dative_plural for unit in both)
        kind = f"_{self.nouns.kind}" if self.nouns.kind else ""
        uneven = "_by" if self.model.sigma2 else "_precision" if self.model.precision else kind
        code = "mlm.plot.residual_spread(fit)"
        yield self.row("equal variance", f"variance{uneven}", code, **groups)
        yield self.row("normal residuals", f"normal{kind}", "mlm.plot.residual_qq(fit)", **groups)


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
