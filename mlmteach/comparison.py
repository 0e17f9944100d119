"""Fits side by side: coefficients, variances, criteria, tests, explained variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlmteach.display import bundle
from mlmteach.errors import OptionError
from mlmteach.fit import Fit
from mlmteach.fit.likelihood_ratio import LikelihoodRatio, by_ml, likelihood_ratio
from mlmteach.fit.nesting import require_same_rows, same_columns
from mlmteach.fit.reduction import NEGATIVE, prediction_error_reduction, variance_reduction
from mlmteach.fit.tables import number, p_value, pipes, plain
from mlmteach.fit.variances import variances

if TYPE_CHECKING:
    from mlmteach.interpret.publication import Publication

__all__ = ["Comparison", "compare"]

PARTS = ("γ", "T", "σ²", "fit", "explained")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Fits to the same rows, side by side.

    Made by :func:`compare`.

    Attributes
    ----------
    fits : tuple of Fit
        As compared: by ML where those given were by REML and differ in γ.
    names : tuple of str
    refitted : bool
        Whether fits by REML were refitted by ML.
    """

    fits: tuple[Fit, ...]
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
            columns[name, "SE"] = pd.concat({"γ": fit.bse})
        rows = dict.fromkeys(row for fit in self.fits for row in self._column(fit).index)
        ordered = [row for part in PARTS for row in rows if row[0] == part]
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
        return pd.DataFrame(rows).astype({"df": "Int64"})

    @cached_property
    def _tests(self) -> list[tuple[str, str, LikelihoodRatio | None]]:
        found = []
        for (a, first), (b, second) in pairwise(zip(self.names, self.fits, strict=True)):
            if first.n_parameters > second.n_parameters:
                a, b, first, second = b, a, second, first
            found.append((a, b, likelihood_ratio(first, second)))
        return found

    def _column(self, fit: Fit) -> pd.Series[float]:
        names = variances(fit)
        criterion = "REML criterion" if fit.reml else "Deviance"
        whole = {
            criterion: fit.criterion,
            "Parameters": float(fit.n_parameters),
            "AIC": fit.aic,
            "BIC": fit.bic,
        }
        error, r2 = prediction_error_reduction(fit), fit.r2
        explained = {
            f"Reduction of {name}": share
            for name, share in variance_reduction(fit, self.fits).items()
        } | {
            "Level 1, Snijders–Bosker": error.level1,
            "Level 2, Snijders–Bosker": error.level2,
            "Marginal R², Nakagawa": r2.marginal,
            "Conditional R², Nakagawa": r2.conditional,
        }
        parts = {
            "γ": fit.params,
            "T": names.iloc[:-1],
            "σ²": names.iloc[-1:],
            "fit": pd.Series(whole),
            PARTS[-1]: pd.Series(explained, dtype=float),
        }
        return pd.concat(parts)

    def publication(self, **options: Any) -> Publication:
        """Make the table of a paper; see :func:`mlmteach.interpret.publication.publication`."""
        from mlmteach.interpret.publication import publication

        return publication(self.fits, names=self.names, tests=self.tests, **options)

    # --- words -------------------------------------------------------------------------------

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the tables, one entry a paragraph."""
        method = "REML" if self.fits[0].reml else "ML"
        notes = [f"All fits by {method}."]
        if self.refitted:
            notes = [
                "The fits were refitted by ML for this comparison: the criteria of REML fits can "
                "only be compared when the fixed parts are the same. For the final estimates, "
                "use REML."
            ]
        elif method == "REML":
            notes.append("Their fixed parts are the same, so that the REML criteria compare.")
        for smaller, larger, test in self._tests:
            if test is None:
                notes.append(
                    f"Neither {smaller} nor {larger} is a case of the other, so that there is no "
                    "likelihood-ratio test; AIC and BIC still compare them."
                )
        notes += dict.fromkeys(test.note for _, _, test in self._tests if test and test.note)
        for name, fit in zip(self.names, self.fits, strict=True):
            if not fit.converged:
                notes.append(f"{name} did not converge; its numbers cannot be relied on.")
            elif fit.singular:
                notes.append(
                    f"T of {name} is singular: a variance is estimated as 0, or a correlation as 1 "
                    "or -1. The p-values of tests with it are approximate."
                )
        shares = self.table.loc[PARTS[-1]].to_numpy(dtype=float)
        if (shares < -5e-4).any():
            notes.append(NEGATIVE)
        notes.append(
            "Reductions of a variance (Raudenbush–Bryk) are relative to the first fit that has it; "
            "Snijders–Bosker shares are relative to the empty model and computed with a random "
            "intercept only; Nakagawa's are shares of the variance of the outcome."
        )
        return tuple(notes)

    @property
    def text(self) -> str:
        """The comparison as plain text."""
        tests = plain(self._test_rows)
        return "\n\n".join([plain(self._rows), tests, *(f"Note: {n}" for n in self.notes)])

    @property
    def markdown(self) -> str:
        """The comparison as Markdown."""
        tests = pipes(self._test_rows)
        return "\n\n".join([pipes(self._rows), tests, *(f"**Note.** {n}" for n in self.notes)])

    @property
    def _rows(self) -> list[list[str]]:
        rows = [["", *self.names]]
        estimates = self.table.xs("estimate", axis=1, level="value")[list(self.names)]
        errors = self.table.xs("SE", axis=1, level="value")[list(self.names)]
        for position, (part, quantity) in enumerate(self.table.index):
            label = {"γ": f"γ {quantity}", "σ²": "σ²"}.get(part, quantity)
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


def compare(*fits: Fit, names: Sequence[str] | None = None) -> Comparison:
    """Put fits to the same rows side by side, and test each against the one before it.

    Parameters
    ----------
    *fits : Fit
        Two or more.  When fits by REML differ in γ, all are refitted by ML.
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
        When the fits are not to the same outcome, rows and groups.

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
        if not isinstance(thing, Fit):
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


def _cell(part: str, quantity: str, estimate: float, error: float) -> str:
    """Write one number, a coefficient with its standard error."""
    if math.isnan(estimate):
        return ""
    if part == "γ":
        return f"{number(estimate, se=error)} ({number(error, se=error)})"
    if quantity == "Parameters":
        return f"{estimate:.0f}"
    if part == "fit":
        return f"{estimate:,.2f}"
    return f"{estimate:.3f}" if part == PARTS[-1] else number(estimate)
