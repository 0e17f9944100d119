"""A fit as readable text, and the same as Markdown."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mlmteach.display import escaped
from mlmteach.fit.combinations import gamma_tests, require_df
from mlmteach.fit.layered_fit import Layered
from mlmteach.numbers import degrees, p_value, rounded

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Linear
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.kenward_roger import Df

__all__ = ["FitSummary", "Row", "Summary", "called", "number", "pipes", "plain"]


# --- tables as text: numbers as words, columns in line, and the same in Markdown ----------

Row: TypeAlias = tuple[str, ...]


def number(value: float, *, se: float | None = None, digits: int | None = None) -> str:
    """Write a number as equations and sentences write it; see :func:`mlmteach.numbers.rounded`.

    Examples
    --------
    >>> number(14.1463, se=0.1969), number(0.000890, se=0.000253)
    ('14.15', '0.00089')
    """
    return str(rounded(value, se=se, digits=digits))


def plain(rows: Sequence[Sequence[str]]) -> str:
    """Write columns of text, the header first: names to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def pipes(rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table, the header first; what Markdown would read in a name is escaped.

    "< 0.001" and "2.39 (0.11)" stay on one line where a page is narrow.
    """
    header, *body = rows
    safe = [list(map(escaped, header)), *([_first(row), *row[1:]] for row in body)]
    lines = ["| " + " | ".join(row) + " |" for row in safe]
    together = "(?<=[<>]) (?=[0-9])|(?<=[0-9]) (?=\\([0-9])"
    lines = [re.sub(together, "\N{NO-BREAK SPACE}", line) for line in lines]
    rule = "|---|" + "---:|" * (len(rows[0]) - 1)
    return "\n".join([lines[0], rule, *lines[1:]])


def _first(row: Sequence[str]) -> str:
    """Write the name of a row; one that stands alone is a heading."""
    name = escaped(row[0])
    return f"**{name}**" if name and not any(row[1:]) else name


# --- A fit as readable text, and the same as Markdown -------------------------------------


def called(fit: Fitted) -> str:
    """Name the kind of model: "Two-level model"."""
    if len(fit.effects) == 1:
        return "Two-level model"
    return "Three-level model" if fit.model.grouping.is_nested else "Model with crossed groupings"


@dataclass(frozen=True, eq=False)
class FitSummary(ABC):
    """The main results of a fit of any kind, as text and as Markdown.

    Parameters
    ----------
    fit : Fitted
    """

    fit: Fitted

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown

    @property
    @abstractmethod
    def facts(self) -> tuple[str, ...]:
        """What was fitted, to what, and how well: one sentence each."""

    @property
    @abstractmethod
    def fixed(self) -> list[Row]:
        """The table of the fixed coefficients, its header first."""

    @property
    def residual(self) -> list[Row]:
        """Level 1 in the table of variances: name, variance and SD."""
        return []

    @property
    def likelihood(self) -> tuple[str, ...]:
        """How much data there is, and how well they are fitted: one sentence each."""
        fit = self.fit
        dropped = f"; {fit.dropped:,} rows with missing values left out" if fit.dropped else ""
        groups = [f"{e.ngroups:,} groups ({e.name})" for e in fit.effects]
        criterion = "REML criterion" if fit.reml else "Deviance (-2 log-likelihood)"
        return (
            f"{fit.nobs:,} rows in {' and '.join(groups)}{dropped}.",
            f"{criterion} {fit.criterion:,.4f}, AIC {fit.aic:,.2f}, BIC {fit.bic:,.2f}.",
        )

    @property
    def random(self) -> list[Row]:
        """The table of variances, standard deviations and correlations, its header first."""
        most = max(len(effects.names) for effects in self.fit.effects) - 1  # correlations in a row
        rows: list[Row] = [("Random", "Variance", "SD", "Correlations", *[""] * (most - 1))]
        for effects in self.fit.effects:
            t = effects.cov_re.to_numpy()
            sd = np.sqrt(np.diag(t))
            own = f" | {effects.name}" if len(self.fit.effects) > 1 else ""
            for k, name in enumerate(effects.names):
                correlations = [
                    number(t[k, m] / (sd[k] * sd[m]), digits=2)
                    if sd[k] > 0.0 and sd[m] > 0.0
                    else "–"
                    for m in range(k)
                ]
                rows.append((f"{name}{own}", number(t[k, k]), number(sd[k]), *correlations))
        rows += self.residual
        width = 3 + most
        return [(*row, *[""] * (width - len(row)))[:width] for row in rows]

    @property
    def text(self) -> str:
        """The summary as plain text."""
        parts = ["\n".join(self.facts), plain(self.fixed), plain(self.random)]
        parts += [f"Note: {note}" for note in self.fit.notes]
        return "\n\n".join(parts)

    @property
    def markdown(self) -> str:
        """The summary as Markdown."""
        parts = ["  \n".join(map(escaped, self.facts)), pipes(self.fixed), pipes(self.random)]
        parts += [f"**Note.** {escaped(note)}" for note in self.fit.notes]
        return "\n\n".join(parts)


@dataclass(frozen=True, eq=False, repr=False)
class Summary(FitSummary):
    """The main results of a fit to a normal outcome.

    Parameters
    ----------
    fit : Linear
    df : {"satterthwaite", "kenward-roger"}
        By which method γ is tested.
    """

    fit: Linear
    df: Df = "satterthwaite"

    def __post_init__(self) -> None:
        require_df(self.fit, self.df)

    @property
    def facts(self) -> tuple[str, ...]:
        """What was fitted, to what, and how well: one sentence each."""
        fit = self.fit
        by = "restricted maximum likelihood (REML)" if fit.reml else "maximum likelihood (ML)"
        kind = getattr(fit, "cov_type", "model")
        errors = (f"Standard errors, df, t and p are robust ({kind}, by {fit.model.group}).",)
        return (
            f"{called(fit)}, fitted by {by}.",
            *self.likelihood,
            *(errors if fit.is_robust else ()),
            *self._intraclass,
            *self._dispersion,
            *self._outcome,
        )

    @property
    def _intraclass(self) -> tuple[str, ...]:
        """With two groupings, what two rows that share a group have in common."""
        fit = self.fit
        if not isinstance(fit, Layered):
            return ()
        shares = ", ".join(f"{name} {number(share, digits=3)}" for name, share in fit.icc.items())
        slopes = any(name != "Intercept" for effects in fit.effects for name in effects.names)
        return (
            f"Intraclass correlations{', averaged over the rows' if slopes else ''}: {shares}.",
        )

    @property
    def _outcome(self) -> tuple[str, ...]:
        """That there are models of yes/no outcomes and of counts, where the outcome is one."""
        fit, name = self.fit, self.fit.model.outcome.name
        codebook = fit.model.codebook
        if fit.design.census is None and np.isin(fit.design.y, (0.0, 1.0)).all():
            return (
                f"{name} is 0 or 1, and this is a linear probability model: for probabilities that "
                "stay between 0 and 1 see family='binomial'.",
            )
        if codebook is not None and name in codebook and codebook[name].kind == "count":
            return (
                f"{name} is a count, and this model takes it for normal: see family='poisson'.",
            )
        return ()

    @property
    def _dispersion(self) -> tuple[str, ...]:
        """What the variance of the level-1 residual hangs on."""
        model = self.fit.model
        by, precision = getattr(model, "sigma2", None), getattr(model, "precision", None)
        facts = (
            [f"Each category of {by.variable} has a residual variance of its own."] if by else []
        )
        if precision:
            facts.append(
                f"The residual variance of a row is that below, divided by its {precision}."
            )
        return tuple(facts)

    @property
    def fixed(self) -> list[Row]:
        """The table of the fixed coefficients, its header first."""
        se = "Robust SE" if self.fit.is_robust else "SE"
        rows: list[Row] = [("Fixed", "Estimate", se, "df", "t", "p")]
        tests = gamma_tests(self.fit, df=self.df)
        for name, *values in tests[["estimate", "SE", "df", "t", "p"]].itertuples():
            estimate, error, df, t, p = map(float, values)
            cells = (
                number(estimate, se=error),
                number(error, se=error),
                degrees(df),
                number(t, digits=2),
                p_value(p),
            )
            rows.append((str(name), *cells))
        return rows

    @property
    def residual(self) -> list[Row]:
        """Level 1 in the table of variances: name, variance and SD."""
        rows: list[Row] = []
        variances = self.fit.residual_variances
        for category, variance in variances.items():
            own = f", {variances.index.name} = {category}" if self.fit.moments.strata else ""
            value = float(variance)
            rows.append((f"Residual{own}", number(value), number(np.sqrt(value))))
        return rows
