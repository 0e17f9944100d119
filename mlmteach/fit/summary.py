"""A fit as readable text, and the same as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlmteach.fit.results import Fit

__all__ = ["Summary"]

Row = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Summary:
    """The main results of a fit, as text and as Markdown.

    Parameters
    ----------
    fit : Fit
    """

    fit: Fit

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown

    @property
    def facts(self) -> tuple[str, ...]:
        """What was fitted, to what, and how well: one sentence each."""
        fit = self.fit
        by = "restricted maximum likelihood (REML)" if fit.reml else "maximum likelihood (ML)"
        criterion = "REML criterion" if fit.reml else "Deviance (-2 log-likelihood)"
        dropped = f"; {fit.dropped:,} rows with missing values left out" if fit.dropped else ""
        return (
            f"Two-level model, fitted by {by}.",
            f"{fit.nobs:,} rows in {fit.ngroups:,} groups ({fit.model.group}){dropped}.",
            f"{criterion} {fit.criterion:,.4f}, AIC {fit.aic:,.2f}, BIC {fit.bic:,.2f}.",
        )

    @property
    def fixed(self) -> list[Row]:
        """The table of the fixed coefficients, its header first."""
        fit = self.fit
        rows: list[Row] = [("Fixed", "Estimate", "SE", "df", "t", "p")]
        columns = (fit.params, fit.bse, fit.df, fit.tvalues, fit.pvalues)
        for name, *values in zip(fit.params.index, *columns, strict=True):
            estimate, se, df, t, p = map(float, values)
            cells = (_number(estimate), _number(se), f"{df:.1f}", f"{t:.2f}", _p_value(p))
            rows.append((str(name), *cells))
        return rows

    @property
    def random(self) -> list[Row]:
        """The table of variances, standard deviations and correlations, its header first."""
        names = [str(name) for name in self.fit.cov_re.index]
        t = self.fit.cov_re.to_numpy()
        sd = np.sqrt(np.diag(t))
        rows: list[Row] = [("Random", "Variance", "SD", "Correlations", *[""] * (len(names) - 2))]
        for k, name in enumerate(names):
            correlations = [
                f"{t[k, m] / (sd[k] * sd[m]):.2f}" if sd[k] > 0.0 and sd[m] > 0.0 else "–"
                for m in range(k)
            ]
            padding = [""] * (max(len(names) - 1, 1) - k)
            rows.append((name, _number(t[k, k]), _number(sd[k]), *correlations, *padding))
        scale = self.fit.scale
        padding = [""] * max(len(names) - 1, 1)
        rows.append(("Residual", _number(scale), _number(np.sqrt(scale)), *padding))
        if len(names) == 1:
            rows = [row[:3] for row in rows]
        width = len(rows[0])
        return [row[:width] for row in rows]

    @property
    def text(self) -> str:
        """The summary as plain text."""
        parts = ["\n".join(self.facts), _plain(self.fixed), _plain(self.random)]
        parts += [f"Note: {message}" for message in self.fit.messages]
        return "\n\n".join(parts)

    @property
    def markdown(self) -> str:
        """The summary as Markdown."""
        parts = ["  \n".join(self.facts), _pipes(self.fixed), _pipes(self.random)]
        parts += [f"**Note.** {message}" for message in self.fit.messages]
        return "\n\n".join(parts)


def _number(value: float) -> str:
    """Write four decimals, or four significant digits where that would show nothing."""
    size = abs(float(value))
    return f"{value:.4f}" if size == 0.0 or 0.01 <= size < 1e6 else f"{value:.3e}"


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _plain(rows: list[Row]) -> str:
    """Write columns of text: the first to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _pipes(rows: list[Row]) -> str:
    """Write a Markdown table; a bar in a name is escaped."""
    lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    rule = "|---|" + "---:|" * (len(rows[0]) - 1)
    return "\n".join([lines[0], rule, *lines[1:]])
