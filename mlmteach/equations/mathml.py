"""LaTeX to MathML, which browsers and screen readers take without a script."""

from __future__ import annotations

__all__ = ["mathml"]


def mathml(latex: str) -> str:
    r"""Convert one display formula.

    Parameters
    ----------
    latex : str
        Without dollar signs, as in ``Equations.formulas``.

    Returns
    -------
    str
        A ``<math>`` element.

    Examples
    --------
    >>> mathml(r"\gamma_{00}")
    '<math ...display="block">...<mi>&#x003B3;</mi>...</math>'
    """
    from latex2mathml.converter import convert

    # the converter lines up `align*`, which is the same as `aligned` within a formula
    converted: str = convert(latex.replace("{aligned}", "{align*}"), display="block")
    return converted
