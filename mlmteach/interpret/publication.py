"""A table of fits side by side, as a paper prints it: Markdown, HTML, LaTeX and Word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlmteach.display import bundle
from mlmteach.errors import OptionError
from mlmteach.fit.tables import pipes, plain
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.values import factors_of
from mlmteach.interpret.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.fit import Fit

__all__ = ["Publication", "publication"]

Show = Literal["se", "interval"]
_FORMATS = {".md": "gfm", ".html": "html5", ".tex": "latex", ".docx": "docx"}


@dataclass(frozen=True)
class Publication:
    """A table with its notes.

    Attributes
    ----------
    rows : tuple of tuple of str
        The header first; a row whose cells but the first are empty is a heading.
    notes : tuple of str
    """

    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def markdown(self) -> str:
        """The table in Markdown."""
        rows = [
            (f"**{row[0]}**" if row[0] and not any(row[1:]) else row[0], *row[1:])
            for row in self.rows
        ]
        return "\n\n".join([pipes(rows), *self.notes])

    @property
    def html(self) -> str:
        """The table in HTML."""
        return self._converted("html5")

    @property
    def latex(self) -> str:
        """The table in LaTeX, with the rules of the package booktabs."""
        return _typeset(self._converted("latex"))

    def save(self, path: str | Path) -> Path:
        """Write the table to a file: ``.docx`` for Word, ``.html``, ``.tex`` or ``.md``.

        Raises
        ------
        OptionError
            For another ending, a file that is there already, or when pandoc is not installed.
        """
        path = Path(path)
        if path.suffix not in _FORMATS:
            raise OptionError(
                f"A table cannot be written as '{path.suffix}'.",
                f"Use one of the endings {', '.join(_FORMATS)}.",
            )
        if path.exists():
            raise OptionError(f"There is a file '{path}' already.", "Choose another name.")
        if path.suffix == ".md":
            path.write_text(self.markdown + "\n", encoding="utf-8")
        elif path.suffix == ".tex":
            path.write_text(_typeset(self._converted("latex", standalone=True)), encoding="utf-8")
        else:
            self._converted(_FORMATS[path.suffix], path, standalone=True)
        return path

    def _converted(self, form: str, path: Path | None = None, *, standalone: bool = False) -> str:
        try:
            pandoc: Any = import_module("pypandoc")
            pandoc.get_pandoc_version()
        except (ImportError, OSError) as error:
            raise OptionError(
                "HTML, LaTeX and Word are written by pandoc, which is not installed.",
                "Install it with: pip install pypandoc_binary.",
            ) from error
        extra = ["--standalone"] if standalone else []
        extra += ["--metadata=pagetitle:mlmteach"] if standalone and form == "html5" else []
        text: str = pandoc.convert_text(
            self.markdown,
            form,
            format="markdown-yaml_metadata_block-tex_math_dollars",
            outputfile=None if path is None else str(path),
            extra_args=[*extra, "--columns=10000"],
        )
        return text

    def __str__(self) -> str:
        return "\n\n".join([plain(self.rows), *self.notes])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


def publication(
    fits: Sequence[Fit],
    *,
    names: Sequence[str] | None = None,
    tests: pd.DataFrame | None = None,
    show: Show = "se",
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    level: float = 0.95,
) -> Publication:
    """Make a table of fits as a paper prints it.

    Parameters
    ----------
    fits : sequence of Fit
        One column each.
    names : sequence of str, optional
        What to call them.
    tests : pandas.DataFrame, optional
        Likelihood-ratio tests, as :func:`mlmteach.compare` gives them in ``tests``.
    show : {"se", "interval"}
        What stands beside a coefficient in brackets.
    codebook : Codebook, mapping or path, optional
        Words that go before those of the fits.
    language : {"en", "de"}
    level : float
        Of the intervals.

    Returns
    -------
    Publication

    Raises
    ------
    OptionError
        For an unknown language or `show`.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    >>> print(publication([fit]).rows[3])
    ('SES', '2.39 (0.11)')
    """
    if show not in ("se", "interval"):
        raise OptionError(f"show={show!r} is not known.", "Choose 'se' or 'interval'.")
    called = tuple(names) if names else tuple(str(i + 1) for i in range(len(fits)))
    sources = [source_of(f, codebook=codebook, language=language, level=level) for f in fits]
    nouns = [Nouns(Words(s.codebook), s.model.outcome) for s in sources]
    words = nouns[0].words
    sections = [
        ("table_fixed", [_fixed(s, n, show) for s, n in zip(sources, nouns, strict=True)]),
        ("table_random", [_random(s, n) for s, n in zip(sources, nouns, strict=True)]),
        ("table_fit", [_whole(s, words) for s in sources]),
    ]
    rows = [("", *called)]
    for heading, columns in sections:
        rows.append((words.say(heading), *("" for _ in fits)))
        labels = dict.fromkeys(label for column in columns for label in column)
        if heading == "table_random":  # what every fit has comes last
            labels[words.say("table_residual")] = labels.pop(words.say("table_residual"))
        rows += [(label, *(column.get(label, "–") for column in columns)) for label in labels]
    return Publication(tuple(rows), tuple(_notes(fits, called, tests, show, words, level)))


def _fixed(source: Source, nouns: Nouns, show: Show) -> dict[str, str]:
    fit, words = source.fit, nouns.words
    assert fit is not None
    interval = fit.conf_int(source.level)
    found = {}
    for gamma in source.model.gammas:
        name = gamma.name
        value, se = float(fit.params[name]), float(fit.bse[name])
        if show == "se":
            beside = words.estimate(se, se)
        else:
            low, high = float(interval["lower"][name]), float(interval["upper"][name])
            beside = words.say(
                "table_range",
                **dict(zip(("lower", "upper"), words.interval(low, high, value, se), strict=True)),
            )
        label = " × ".join(_label(m) for m in factors_of(source, gamma))
        label = label or words.say("table_intercept")
        found[label] = f"{words.estimate(value, se)} ({beside})"
    return found


def _label(meaning: Meaning) -> str:
    """Name a predictor: "SES", "sector: Catholic", "I(ses ** 2)"."""
    if meaning.variable is None or meaning.form in {"power", "other", "log", "group_mean"}:
        return meaning.factor.name
    noun = meaning.variable.noun
    noun = noun[:1].upper() + noun[1:]
    if meaning.category is not None:
        return f"{noun}: {meaning.category.label}"
    if meaning.factor.function is not None:
        return f"{noun}, {meaning.factor.function}"
    return noun


def _random(source: Source, nouns: Nouns) -> dict[str, str]:
    fit, words = source.fit, nouns.words
    assert fit is not None
    random = source.model.random
    topics = [
        nouns.change(meanings(source, c.term, 1)) if c.term else words.say("the_intercept")
        for c in random
    ]
    found = {}
    for c, topic in zip(random, topics, strict=True):
        variance = float(fit.cov_re[c.term.name][c.term.name])
        found[words.brief("table_variance", topic=topic)] = words.estimate(variance)
    for block in source.model.blocks:
        for i, j in combinations(block, 2):
            covariance = float(fit.cov_re[random[i].term.name][random[j].term.name])
            label = words.brief("table_covariance", first=topics[i], second=topics[j])
            found[label] = words.estimate(covariance)
    found[words.say("table_residual")] = words.estimate(fit.scale)
    return found


def _whole(source: Source, words: Words) -> dict[str, str]:
    fit = source.fit
    assert fit is not None
    criterion = words.say("table_reml" if fit.reml else "table_deviance")
    grammar = words.grammar
    found = {criterion: grammar.number(f"{fit.criterion:,.1f}")}
    found |= {
        "AIC": grammar.number(f"{fit.aic:,.1f}"),
        "BIC": grammar.number(f"{fit.bic:,.1f}"),
        words.say("table_parameters"): str(fit.n_parameters),
        words.book.level1.plural[:1].upper() + words.book.level1.plural[1:]: words.value(fit.nobs),
        words.book.level2.plural[:1].upper() + words.book.level2.plural[1:]: words.value(
            fit.ngroups
        ),
    }
    return found


def _notes(
    fits: Sequence[Fit],
    names: Sequence[str],
    tests: pd.DataFrame | None,
    show: Show,
    words: Words,
    level: float,
) -> Iterator[str]:
    yield words.sentence(f"table_note_{show}", level=words.grammar.number(f"{100 * level:g}"))
    methods = {fit.reml for fit in fits}
    if len(methods) == 1:
        yield words.sentence("table_note_reml" if methods.pop() else "table_note_ml")
    if any(fit.singular for fit in fits):
        singular = [name for name, fit in zip(names, fits, strict=True) if fit.singular]
        yield words.sentence("table_note_boundary", names=words.list(singular))
    if tests is None:
        return
    for row in tests.to_dict("records"):
        if row["pvalue"] != row["pvalue"]:  # not nested, so there is no test
            continue
        yield words.sentence(
            "table_note_test",
            smaller=str(row["smaller"]),
            larger=str(row["larger"]),
            statistic=words.grammar.number(f"{float(row['statistic']):.2f}"),
            df=str(row["df"]),
            p=words.probability(float(row["pvalue"])),
            reference=words.grammar.number(str(row["reference"])),
        )


def _typeset(latex: str) -> str:
    """Put signs into formulas, so that every LaTeX engine knows them."""
    signs = {"−": "$-$", "×": r"$\times$", "χ²": r"$\chi^2$", "⁻": "$^{-}$"}
    for sign, written in signs.items():
        latex = latex.replace(sign, written)
    return latex
