"""The report of a fit as one HTML file that needs nothing else, and no network."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pandas as pd

from mlmteach.equations.block import mathml
from mlmteach.fit.summary import called

if TYPE_CHECKING:
    from mlmteach.api import Fit, GeneralizedFit, LayeredFit, NestedFit
    from mlmteach.equations import Equations
    from mlmteach.interpret.interpretation import Told

__all__ = ["as_html"]

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  color: #111; background: #fff; }
table { border-collapse: collapse; }
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid #ccc; }
th:first-child { text-align: left; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
math { margin: .5rem 0; overflow-x: auto; }
mtd { text-align: left; padding: .15em .1em; }
dt { font-weight: bold; margin-top: .75rem; }
dd { margin: 0; }
.note { border-left: 4px solid #9a4a00; padding-left: .75rem; }
"""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{facts}
{notes}
<h2>Equations</h2>
{equations}
<h2>With estimates</h2>
{estimated}
<h2>Estimates</h2>
{fixed}
{random}
<h2>What each symbol means</h2>
<dl>
{meanings}
</dl>
</body>
</html>
"""


def as_html(fit: Fit | LayeredFit | GeneralizedFit | NestedFit, *, notation: str = "slides") -> str:
    """Write equations, estimates and sentences as one page.

    Parameters
    ----------
    fit : Fit, LayeredFit, GeneralizedFit or NestedFit
        A fitted model.
    notation : str
        The name of a preset.

    Returns
    -------
    str
        The page.  Equations are MathML, which browsers typeset themselves.
    """
    summary = fit.summary()
    return _PAGE.format(
        title=html.escape(f"{called(fit)} of {fit.model.outcome.name}"),
        style=_STYLE,
        facts=f"<p>{html.escape(' '.join(summary.facts))}</p>",
        notes="\n".join(f'<p class="note">{html.escape(text)}</p>' for text in fit.notes),
        equations=_equations(fit.model.equations(notation=notation, wrap=6)),
        estimated=_equations(fit.equations(notation=notation, parts=("full",), wrap=6)),
        fixed=_table(summary.fixed, "Fixed coefficients"),
        random=_table(
            summary.random,
            "Variances of the random coefficients"
            + (", and σ²" if fit.model.family.is_normal else ""),
        ),
        meanings="\n".join(
            f"<dt>{html.escape(row.symbol)}</dt><dd>{_folded(row.told)}</dd>"
            for row in fit.interpret(notation=notation).rows
        ),
    )


def _folded(told: Told) -> str:
    """Write the first sentence, and the others to be opened with a click."""
    rest = " ".join((*told.more, *told.remarks))
    more = f"<details><summary>More</summary>{html.escape(rest)}</details>" if rest else ""
    return html.escape(told.first) + more


def _equations(equations: Equations) -> str:
    several = len(equations.blocks) > 1
    return "\n".join(
        (f"<h3>{html.escape(block.heading)}</h3>\n" if several else "") + mathml(formula)
        for block, formula in zip(equations.blocks, equations.formulas, strict=True)
    )


def _table(rows: list[tuple[str, ...]], caption: str) -> str:
    header, *body = rows
    frame = pd.DataFrame(body, columns=list(header)).set_index(header[0]).rename_axis(None)
    table: str = frame.to_html(border=0)
    return table.replace(">", f">\n  <caption>{html.escape(caption)}</caption>", 1)
