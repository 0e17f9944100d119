"""LaTeX as MathML, which browsers and screen readers take without a script."""

from __future__ import annotations

__all__ = ["mathml"]


def mathml(latex: str) -> str:
    r"""Turn a formula into a ``<math>`` element.

    Parameters
    ----------
    latex : str
        One display formula without dollar signs, as in ``Equations.formulas``.

    Returns
    -------
    str

    Examples
    --------
    >>> mathml(r"\gamma_{00}")
    '<math ...display="block">...<mi>&#x003B3;</mi>...</math>'
    """
    from latex2mathml.converter import convert

    # latex2mathml lines up `align*`, which is what `aligned` is within a formula
    return str(convert(latex.replace("{aligned}", "{align*}"), display="block"))
