"""Fits side by side: coefficients, variances, criteria, tests, explained variance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from mlmteach.display import bundle, escaped
from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Estimated, Linear
from mlmteach.fit.fitted import Fitted
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.intervals import conf_int
from mlmteach.fit.layered_fit import Layered
from mlmteach.fit.likelihood_ratio import (
    NEGATIVE,
    LikelihoodRatio,
    by_ml,
    likelihood_ratio,
    prediction_error_reduction,
    require_same_rows,
    same_columns,
    variance_reduction,
)
from mlmteach.fit.robust import robustness
from mlmteach.fit.summary import number, pipes, plain
from mlmteach.fit.variances import variances
from mlmteach.interpret.gamma_facts import factors_of
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.source import Source, source_of
from mlmteach.interpret.words import Words
from mlmteach.numbers import p_value

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook

__all__ = ["Comparison", "Publication", "compare", "publication"]

PARTS = ("γ", "T", "σ²", "shape", "fit", "explained")
RESCALED = (
    "There are no shares of explained variance: the scale of the linear predictor is set by the "
    "variance at level 1, which no predictor changes, so that with more predictors γ and T grow "
    "(Snijders & Bosker 2012, section 17.3.5). Do not compare T between these models as one "
    "compares variances of a normal outcome."
)
TESTS = ["smaller", "larger", "statistic", "df", "pvalue", "reference", "pvalue_plain"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Fits to the same rows, side by side.

    Made by :func:`compare`.

    Attributes
    ----------
    fits : tuple of Fitted
        As compared: by ML where those given were by REML and differ in γ.
    names : tuple of str
    refitted : bool
        Whether fits by REML were refitted by ML.
    """

    fits: tuple[Fitted, ...]
    names: tuple[str, ...]
    refitted: bool

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=self.text, markdown=self.markdown)

    # --- numbers -----------------------------------------------------------------------------

    @cached_property
    def table(self) -> pd.DataFrame:
        """All numbers: one row a quantity (part and name), columns (fit, estimate or SE)."""
        columns = {}
        for name, fit in zip(self.names, self.fits, strict=True):
            columns[name, "estimate"] = self._column(fit)
            columns[name, "SE"] = pd.concat({"γ": fit.bse.rename(self._called)})
        rows = dict.fromkeys(row for fit in self.fits for row in self._column(fit).index)
        ordered = [row for part in PARTS for row in rows if row[0] == part]
        ordered.sort(key=lambda row: row[0] == PARTS[-1] and not row[1].startswith("Reduction"))
        index = pd.MultiIndex.from_tuples(ordered, names=["part", "quantity"])
        table = pd.DataFrame({key: column.reindex(index) for key, column in columns.items()})
        table.columns = pd.MultiIndex.from_tuples(columns, names=["fit", "value"])
        return table

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Likelihood-ratio tests of each fit against the one before it.

        Columns ``smaller``, ``larger``, ``statistic``, ``df``, ``pvalue``, ``reference`` (the
        distribution that the p-value comes from) and ``pvalue_plain`` (from the chi-square with
        ``df``); NaN where neither model is a case of the other.
        """
        rows = []
        for smaller, larger, test in self._tests:
            rows.append(
                {
                    "smaller": smaller,
                    "larger": larger,
                    "statistic": test.statistic if test else float("nan"),
                    "df": test.df if test else pd.NA,
                    "pvalue": test.pvalue if test else float("nan"),
                    "reference": test.reference if test else "not nested",
                    "pvalue_plain": test.pvalue_plain if test else float("nan"),
                }
            )
        return pd.DataFrame(rows, columns=TESTS).astype({"df": "Int64"})

    @cached_property
    def _tests(self) -> list[tuple[str, str, LikelihoodRatio | None]]:
        found = []
        for (a, first), (b, second) in pairwise(zip(self.names, self.fits, strict=True)):
            if _same_but_for_errors(first, second):
                continue
            if first.n_parameters > second.n_parameters:
                a, b, first, second = b, a, second, first
            found.append((a, b, likelihood_ratio(first, second)))
        return found

    @property
    def _grouped(self) -> bool:
        """Whether a fit has two groupings, so that variances have to say of which they are."""
        return any(len(fit.effects) > 1 for fit in self.fits)

    @cached_property
    def _called(self) -> dict[str, str]:
        """What a γ is called in the first fit that has it: x:w, where w stands at level 1 there.

        With a new grouping w may stand at level 2, and then the product is called w:x.
        """
        names = [str(name) for fit in self.fits for name in fit.params.index]
        first: dict[tuple[str, ...], str] = {}
        return {name: first.setdefault(tuple(sorted(name.split(":"))), name) for name in names}

    def _column(self, fit: Fitted) -> pd.Series[float]:
        names = variances(fit, grouped=self._grouped)
        criterion = "REML criterion" if fit.reml else "Deviance"
        whole = {
            criterion: fit.criterion,
            "Parameters": float(fit.n_parameters),
            "AIC": fit.aic,
            "BIC": fit.bic,
        }
        residual = names.index.str.startswith("sigma2")
        shape = names.index == "shape"
        parts = {
            "γ": fit.params.rename(self._called),
            "T": names[~residual & ~shape],
            "σ²": names[residual],
            "shape": names[shape],
            "fit": pd.Series(whole),
            PARTS[-1]: pd.Series(self._explained(fit), dtype=float),
        }
        return pd.concat(parts)

    def _explained(self, fit: Fitted) -> dict[str, float]:
        """Shares of explained variance, which outcomes without σ² have not."""
        if not isinstance(fit, Estimated | Layered):
            return {}
        normal = [other for other in self.fits if isinstance(other, Linear)]
        named = dict(
            zip(variances(fit).index, variances(fit, grouped=self._grouped).index, strict=True)
        )
        shares = {
            f"Reduction of {named[name]}": share
            for name, share in variance_reduction(fit, normal).items()
        }
        if isinstance(fit, Estimated) and not self._grouped:
            error = prediction_error_reduction(fit)
            shares |= {
                "Level 1, Snijders–Bosker": error.level1,
                "Level 2, Snijders–Bosker": error.level2,
            }
        return shares | {
            "Marginal R², Nakagawa": fit.r2.marginal,
            "Conditional R², Nakagawa": fit.r2.conditional,
        }

    def publication(self, **options: Any) -> Publication:
        """Make the table of a paper; see :func:`mlmteach.comparison.publication`."""
        return publication(self.fits, names=self.names, tests=self.tests, **options)

    # --- words -------------------------------------------------------------------------------

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the tables, one entry a paragraph."""
        return (
            *self._notes_on_criteria(),
            *self._notes_on_errors(),
            *self._notes_on_fits(),
            *self._notes_on_shares(),
        )

    def _notes_on_criteria(self) -> Iterator[str]:
        if self.refitted:
            yield (
                "The fits were refitted by ML for this comparison: the criteria of REML fits can "
                "only be compared when the fixed parts are the same. For the final estimates, "
                "use REML."
            )
        else:
            reml = self.fits[0].reml
            yield f"All fits by {'REML' if reml else 'ML'}{_rule(self.fits[0])}."
            if reml:
                yield "Their fixed parts are the same, so that the REML criteria compare."
        for smaller, larger, test in self._tests:
            if test is None:
                yield (
                    f"Neither {smaller} nor {larger} is a case of the other, so that there is no "
                    "likelihood-ratio test; AIC and BIC still compare them."
                )
        yield from dict.fromkeys(test.note for _, _, test in self._tests if test and test.note)

    def _notes_on_errors(self) -> Iterator[str]:
        for kind, robust in _by_kind(self.fits, self.names).items():
            names = " and ".join(robust)
            yield (
                f"Standard errors of {names} are robust ({kind}). T, σ², the criteria and "
                "likelihood-ratio tests are those of the model."
            )
        beside = [
            fit
            for pair in pairwise(self.fits)
            for fit in pair
            if isinstance(fit, Estimated)
            and fit.is_robust
            and _same_but_for_errors(*pair)
            and not all(f.is_robust for f in pair)
        ]
        if any(robustness(fit).outside for fit in beside):
            yield (
                "Robust standard errors and those of the model differ by more than chance, so that "
                "something in the model is wrong; see fit.diagnostics.robustness()."
            )

    def _notes_on_fits(self) -> Iterator[str]:
        for name, fit in zip(self.names, self.fits, strict=True):
            if not fit.converged:
                yield f"{name} did not converge; its numbers cannot be relied on."
            elif fit.singular:
                matrices = " or ".join(effects.matrix for effects in fit.effects)
                yield (
                    f"{matrices} of {name} is singular: a variance is estimated as 0, or a "
                    "correlation as 1 or −1. The p-values of tests with it are approximate."
                )

    def _notes_on_shares(self) -> Iterator[str]:
        if isinstance(self.fits[0], NonNormal):
            if self.fits[0].model.family.is_binomial:
                yield RESCALED
            return
        shares = self.table.loc[PARTS[-1]].to_numpy(dtype=float)
        if (shares < -5e-4).any():
            yield NEGATIVE
        if self._grouped:
            yield (
                "Reductions of a variance (Raudenbush–Bryk) are relative to the first fit with the "
                "same groupings that has it: where a grouping is left out, its variance goes to "
                "the others. Nakagawa's are shares of the variance of the outcome."
            )
        else:
            yield (
                "Reductions of a variance (Raudenbush–Bryk) are relative to the first fit that has "
                "it; Snijders–Bosker shares are relative to the empty model and computed with a "
                "random intercept only; Nakagawa's are shares of the variance of the outcome."
            )

    @property
    def text(self) -> str:
        """The comparison as plain text."""
        tests = [plain(self._test_rows)] if self._tests else []
        return "\n\n".join([plain(self._rows), *tests, *(f"Note: {n}" for n in self.notes)])

    @property
    def markdown(self) -> str:
        """The comparison as Markdown."""
        tests = [pipes(self._test_rows)] if self._tests else []
        return "\n\n".join(
            [pipes(self._rows), *tests, *(f"**Note.** {escaped(n)}" for n in self.notes)]
        )

    @property
    def _rows(self) -> list[list[str]]:
        rows = [["", *self.names]]
        estimates = self.table.xs("estimate", axis=1, level="value")[list(self.names)]
        errors = self.table.xs("SE", axis=1, level="value")[list(self.names)]
        for position, (part, quantity) in enumerate(self.table.index):
            residual = quantity.replace("sigma2", "σ²")
            label = {"γ": f"γ {quantity}", "σ²": residual}.get(part, quantity)
            cells = [
                _cell(part, quantity, float(estimate), float(error))
                for estimate, error in zip(
                    estimates.iloc[position], errors.iloc[position], strict=True
                )
            ]
            rows.append([label, *cells])
        return rows

    @property
    def _test_rows(self) -> list[list[str]]:
        rows = [["Likelihood-ratio test", "χ²", "df", "p", "reference"]]
        for smaller, larger, test in self._tests:
            label = f"{smaller} in {larger}"
            if test is None:
                rows.append([label, "–", "–", "–", "not nested"])
            else:
                cells = [f"{test.statistic:.3f}", str(test.df), p_value(test.pvalue)]
                rows.append([label, *cells, test.reference])
        return rows


def compare(*fits: Fitted, names: Sequence[str] | None = None) -> Comparison:
    """Put fits to the same rows side by side, and test each against the one before it.

    Parameters
    ----------
    *fits : Fitted
        Two or more.  When fits by REML differ in γ, all are refitted by ML.  Yes/no outcomes and
        counts have to be fitted with the same number of quadrature points; a Poisson model is a
        case of the negative binomial one.
    names : sequence of str, optional
        What to call them; ``"Model 1"`` and so on when left out.

    Returns
    -------
    Comparison

    Raises
    ------
    OptionError
        When there are fewer than two fits, or names that do not go with them.
    DataError
        When the fits are not to the same outcome, rows and groups, or their likelihoods are not
        of one kind.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> sleep = mlm.load("sleepstudy")
    >>> one = mlm.Model("Reaction ~ Days", group="Subject").fit(sleep)
    >>> two = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "1 + U"}).fit(sleep)
    >>> mlm.compare(one, two).tests[["statistic", "df", "reference"]].round(2)
       statistic  df              reference
    0      42.84   2  0.5 χ²(1) + 0.5 χ²(2)
    """
    given: tuple[object, ...] = fits
    for thing in given:
        if not isinstance(thing, Fitted):
            raise OptionError(
                f"A {type(thing).__name__} cannot be compared.", "Give fits: model.fit(frame)."
            )
    if len(fits) < 2:
        raise OptionError("A comparison needs two or more fits.", "Give them one after another.")
    called = tuple(names) if names else tuple(f"Model {i + 1}" for i in range(len(fits)))
    if len(called) != len(fits) or len(set(called)) != len(fits):
        raise OptionError(
            f"The {len(fits)} fits cannot be called {', '.join(called)}.",
            "Give as many names as fits, each a different one.",
        )
    for name, fit in zip(called[1:], fits[1:], strict=True):
        require_same_rows(fits[0], fit, (called[0], name))
    comparable = all(same_columns(fits[0], fit) and fit.reml for fit in fits)
    refitted = any(fit.reml for fit in fits) and not comparable
    return Comparison(tuple(map(by_ml, fits)) if refitted else fits, called, refitted)


def _same_but_for_errors(first: Fitted, second: Fitted) -> bool:
    """Whether two are one fit with standard errors of two kinds."""
    if not isinstance(first, Estimated) or not isinstance(second, Estimated):
        return False
    same = first.reml == second.reml and first.moments is second.moments
    return same and first.optimum is second.optimum and first.cov_type != second.cov_type


def _rule(fit: Fitted) -> str:
    """How the likelihood was approximated; nothing where it is exact."""
    if not isinstance(fit, NonNormal):
        return ""
    by = "Laplace's approximation"
    return f", with {by if fit.points == 1 else f'{fit.points} quadrature points'}"


def _by_kind(fits: Sequence[Fitted], names: Sequence[str]) -> dict[str, list[str]]:
    """The names of the fits with robust standard errors, by their kind."""
    found: dict[str, list[str]] = {}
    for name, fit in zip(names, fits, strict=True):
        if isinstance(fit, Estimated) and fit.is_robust:
            found.setdefault(fit.cov_type, []).append(name)
    return found


def _cell(part: str, quantity: str, estimate: float, error: float) -> str:
    """Write one number, a coefficient with its standard error."""
    if math.isnan(estimate):
        return ""
    if part == "γ":
        return f"{number(estimate, se=error)} ({number(error, se=error)})"
    if quantity == "Parameters":
        return f"{estimate:.0f}"
    if part == "fit":
        return f"{estimate:,.2f}".replace("-", "−")
    return f"{estimate:z.3f}".replace("-", "−") if part == PARTS[-1] else number(estimate)


# --- A table of fits side by side, as a paper prints it: Markdown, HTML, LaTeX and Word ---

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
        return "\n\n".join([pipes(self.rows), *map(escaped, self.notes)])

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
    fits: Sequence[Fitted],
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
    fits : sequence of Fitted
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
    grouped = any(len(fit.effects) > 1 for fit in fits)
    said: dict[frozenset[str], str] = {}
    sections = [
        ("table_fixed", [_fixed(s, n, show, said) for s, n in zip(sources, nouns, strict=True)]),
        ("table_random", [_random(s, n, grouped) for s, n in zip(sources, nouns, strict=True)]),
        ("table_fit", [_whole(s, words) for s in sources]),
    ]
    rows = [("", *called)]
    for heading, columns in sections:
        rows.append((words.say(heading), *("" for _ in fits)))
        labels = dict.fromkeys(label for column in columns for label in column)
        if heading == "table_random":  # what every fit has comes last
            residual = [label for label in labels if label.startswith(words.say("table_residual"))]
            for label in residual:
                labels[label] = labels.pop(label)
        rows += [(label, *(column.get(label, "–") for column in columns)) for label in labels]
    return Publication(tuple(rows), tuple(_notes(fits, called, tests, show, words, level)))


def _fixed(
    source: Source, nouns: Nouns, show: Show, said: dict[frozenset[str], str]
) -> dict[str, str]:
    """The cells of a fit; a product is labelled as in the first column that has it."""
    fit, words = source.fit, nouns.words
    assert fit is not None
    interval = conf_int(fit, source.level)
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
        factors = [_label(m) for m in factors_of(source, gamma)]
        label = said.setdefault(frozenset(factors), " × ".join(factors))
        label = label or words.say("table_intercept")
        found[label] = f"{words.estimate(value, se)} ({beside})"
    return found


def _label(meaning: Meaning) -> str:
    """Name a predictor: "SES", "sector: Catholic", "SES²"."""
    if meaning.variable is None or meaning.form in {"power", "other", "log", "group_mean"}:
        return meaning.written
    noun = meaning.variable.noun
    noun = noun[:1].upper() + noun[1:]
    if meaning.category is not None:
        return f"{noun}: {meaning.category.label}"
    if meaning.factor.function is not None:
        return f"{noun}, {meaning.factor.function}"
    return noun


def _random(source: Source, nouns: Nouns, grouped: bool) -> dict[str, str]:
    fit, words = source.fit, nouns.words
    assert fit is not None
    found = {}
    model = source.model
    terms = ([c.term for c in model.random], [effect.term for effect in model.upper_random])
    blocks = (model.blocks, model.upper_blocks)
    for effects, own, together in zip(fit.effects, terms, blocks, strict=False):
        whose = f", {source.codebook.unit(2 + effects.position).plural}" if grouped else ""
        t = effects.cov_re.to_numpy()
        topics = [
            nouns.change(meanings(source, term, 1)) if term else words.say("the_intercept")
            for term in own
        ]
        for k, topic in enumerate(topics):
            label = words.brief("table_variance", topic=topic) + whose
            found[label] = words.estimate(float(t[k, k]))
        for block in together:
            for i, j in combinations(block, 2):
                label = words.brief("table_covariance", first=topics[i], second=topics[j]) + whose
                found[label] = words.estimate(float(t[i, j]))
    for label, (_, value) in zip(
        _residual_labels(source, nouns), fit.residual_variances.items(), strict=True
    ):
        found[label] = words.estimate(float(value))
    if fit.shape is not None:
        found[words.say("table_shape")] = words.estimate(fit.shape)
    return found


def _residual_labels(source: Source, nouns: Nouns) -> list[str]:
    label, by = nouns.words.say("table_residual"), source.model.sigma2
    if not source.model.family.is_normal:
        return []
    if by is None:
        return [label]
    return [f"{label}: {nouns.valued(by.variable, value)}" for value in by.categories]


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
    }
    for effects in fit.effects:
        noun = source.codebook.unit(2 + effects.position).plural
        found[noun[:1].upper() + noun[1:]] = words.value(effects.ngroups)
    return found


def _notes(
    fits: Sequence[Fitted],
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
    for points in dict.fromkeys(fit.points for fit in fits if isinstance(fit, NonNormal)):
        kind = "laplace" if points == 1 else "points"
        yield words.sentence(f"table_note_{kind}", points=str(points))
    for kind, apart in _by_kind(fits, names).items():
        yield words.sentence("table_note_robust", kind=kind, names=words.list(apart))
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
