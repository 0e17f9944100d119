"""What Sphinx is told: formulas as MathML, and our style and script on every page.

This is an extension of Sphinx; :mod:`mlmteach.site.build` names it in the configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlmteach.site.markup import formula

__all__ = ["STATIC", "setup"]

STATIC = Path(__file__).parent / "static"


def setup(app: Any) -> dict[str, Any]:
    """Enter our renderer of formulas and our files.

    Parameters
    ----------
    app : sphinx.application.Sphinx

    Returns
    -------
    dict
    """
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    app.add_css_file("site.css")
    app.add_js_file("quiz.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(formula(node.astext(), display=False))
    raise SkipNode


def _block(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(f'<div class="formula" tabindex="0">{formula(node.astext())}</div>')
    raise SkipNode
