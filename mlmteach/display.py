"""What a notebook gets: the only place that knows MIME types."""

from __future__ import annotations

import base64

__all__ = ["bundle", "escaped"]


def bundle(
    *,
    text: str,
    markdown: str | None = None,
    latex: str | None = None,
    html: str | None = None,
    png: bytes | None = None,
) -> dict[str, str]:
    r"""Collect the forms of one object for a Jupyter front end.

    Equations never give HTML: JupyterLab would prefer it, and VS Code would not typeset it.

    Parameters
    ----------
    text : str
        Plain Unicode, for consoles.
    markdown, latex, html : str, optional
        Richer forms; the front end takes the richest that it knows.

    png : bytes, optional
        A picture.

    Returns
    -------
    dict of str to str
        MIME type to content.

    Examples
    --------
    >>> sorted(bundle(text="γ₀₀", latex=r"$\gamma_{00}$"))
    ['text/latex', 'text/plain']
    """
    forms = {
        "text/plain": text,
        "text/markdown": markdown,
        "text/latex": latex,
        "text/html": html,
        "image/png": None if png is None else base64.b64encode(png).decode("ascii"),
    }
    return {kind: content for kind, content in forms.items() if content is not None}


def escaped(text: str) -> str:
    r"""Keep Markdown from reading a name such as ``a_b*c`` as emphasis.

    Examples
    --------
    >>> print(escaped("a_b"))
    a\_b
    """
    return "".join(f"\\{c}" if c in "\\`*_[]<>$#|" else c for c in text)
