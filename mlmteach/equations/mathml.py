"""LaTeX as MathML, through latex2mathml, for web pages without a typesetter."""

from __future__ import annotations

from mlmteach.errors import OptionError

__all__ = ["mathml"]


def mathml(latex: str) -> str:
    """Turn a formula into a ``<math>`` element.

    Raises
    ------
    OptionError
        If latex2mathml is not installed.
    """
    try:
        from latex2mathml.converter import convert
    except ImportError:
        raise OptionError(
            "MathML needs the library latex2mathml, which is not installed.",
            "Install it with 'pip install latex2mathml'.",
        ) from None
    return str(convert(latex, display="block"))
