"""What the builder shows of a fit: equations, estimates, sentences, code, and what has changed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.palette import ROLES
from mlmteach.plot.words import letter, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlmteach.explore.built import Built
    from mlmteach.fit import Fit
    from mlmteach.interpret.interpretation import Row

__all__ = ["change_text", "code_html", "equations_html", "estimates_html", "sentences_html"]

_MARK = f"background:#fdf3e7;border-left:4px solid {ROLES['fixed']};font-weight:bold"


def equations_html(fit: Fit, state: Built, chosen: Row | None) -> str:
    """Write the three equations, with a box around the chosen symbol.

    Where estimates stand for the γ's, the full equation follows with its symbols, so that the
    chosen one can be seen.
    """
    estimates = fit.estimates if state.show == "estimates" else None
    written = fit.model.equations(
        notation=state.notation, show=state.show, wrap=4, estimates=estimates
    )
    blocks = list(zip(written.blocks, written.formulas, strict=True))
    if chosen is not None and chosen.role == "γ" and state.show == "estimates":
        named = fit.model.equations(notation=state.notation, parts=("full",), wrap=4)
        blocks += zip(named.blocks, named.formulas, strict=True)
    parts = []
    for block, formula in blocks:
        if chosen is not None:
            colour = ROLES["fixed"] if chosen.role == "γ" else ROLES["random"]
            boxed = rf"\boxed{{\textcolor{{{colour}}}{{{chosen.latex}}}}}"
            formula = formula.replace(chosen.latex, boxed)
        parts.append(f"<div>{html.escape(block.heading)}</div>$$\n{formula}\n$$")
    return "".join(parts)


def estimates_html(fit: Fit, rows: Iterable[Row], chosen: Row | None) -> str:
    """Tabulate γ with standard errors, T, σ² and the criterion."""
    symbols = {row.name: row for row in rows if row.role == "γ"}
    lines = []
    for name in fit.params.index:
        row = symbols[str(name)]
        cells = (row.symbol, str(name), _short(fit.params[name]), _short(fit.bse[name]))
        lines.append(_line(cells, chosen is not None and chosen.symbol == row.symbol))
    effects = {row.name: row for row in rows if row.role == "U"}
    for name, variance in zip(fit.cov_re.index, np.diag(fit.cov_re), strict=True):
        row = effects[str(name)]
        cells = (f"variance of {row.symbol}", str(name), _short(float(variance)), "")
        lines.append(_line(cells, chosen is not None and chosen.symbol == row.symbol))
    lines.append(_line(("σ²", "residual", _short(fit.scale), ""), False))
    kind = "REML criterion" if fit.reml else "deviance"
    lines.append(_line((kind, "", f"{fit.criterion:.2f}", ""), False))
    head = "".join(
        f'<th scope="col" style="text-align:left;padding:2px 10px">{text}</th>'
        for text in ("symbol", "term", "estimate", "SE")
    )
    return f'<table style="border-collapse:collapse"><tr>{head}</tr>{"".join(lines)}</table>'


def _line(cells: tuple[str, ...], marked: bool) -> str:
    shown = "".join(f'<td style="padding:2px 10px">{html.escape(cell)}</td>' for cell in cells)
    return (
        f'<tr style="{_MARK}" aria-selected="true">{shown}</tr>' if marked else f"<tr>{shown}</tr>"
    )


def sentences_html(rows: Iterable[Row], chosen: Row | None) -> str:
    """List a sentence for each symbol, the chosen one marked."""
    items = []
    for row in rows:
        marked = chosen is not None and chosen.symbol == row.symbol
        style = f' style="{_MARK};padding-left:6px"' if marked else ""
        sign = "▶ " if marked else ""
        text = html.escape(row.full)
        items.append(f"<li{style}>{sign}{html.escape(row.symbol)}: {text}</li>")
    return f'<ul style="line-height:1.4;padding-left:1.2em">{"".join(items)}</ul>'


def code_html(fit: Fit, program: str) -> str:
    """Show the same model as a script for another program."""
    return f'<pre tabindex="0">{html.escape(str(fit.model.code(program, reml=fit.reml)))}</pre>'


def change_text(now: Fit, before: Fit | None) -> str:
    """Say what the last change of the model did to τ, σ² and the deviance.

    Parameters
    ----------
    now : Fit
    before : Fit or None

    Returns
    -------
    str
        Deviances are compared only where that is meaningful: the same rows and outcome, both by ML,
        or both by REML with the same fixed part.
    """
    kind = "REML criterion" if now.reml else "deviance"
    text = f"{kind} {now.criterion:.2f}, σ² = {number(now.scale)}"
    signs = {
        c.term.name: f"{letter('variance', q=c.index)} of {c.term.name}" for c in now.model.random
    }
    for name, variance in zip(now.cov_re.index, np.diag(now.cov_re), strict=True):
        text += f", {signs[str(name)]} = {_short(float(variance))}"
    if before is None:
        return text + "."
    changes = []
    old = dict(zip(before.cov_re.index, np.diag(before.cov_re), strict=True))
    new = dict(zip(now.cov_re.index, np.diag(now.cov_re), strict=True))
    if before.model.outcome == now.model.outcome:
        for label, a, b in [
            *((signs[str(name)], old[name], new[name]) for name in new if name in old),
            ("σ²", before.scale, now.scale),
        ]:
            share = f" ({100 * (b / a - 1):+.0f} %)" if a > 0 else ""
            changes.append(f"{label} {_short(a)} → {_short(b)}{share}".replace("-", "−"))
        same = before.reml == now.reml and before.nobs == now.nobs
        if same and (not now.reml or before.design.x_names == now.design.x_names):
            changes.append(f"{kind} {number(now.criterion - before.criterion)}")
        elif same:
            changes.append(
                "REML criteria of models with other γ's do not compare; choose ML to compare them"
            )
    return f"{text}.\n\nThe last change: {'; '.join(changes) or 'another outcome'}."


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
