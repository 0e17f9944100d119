"""Finding a symbol by any of the ways in which people write it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlmteach.errors import OptionError

if TYPE_CHECKING:
    from mlmteach.interpret.interpretation import Row

__all__ = ["find", "plain"]

_GREEK = {"γ": "gamma", "τ": "tau", "σ": "sigma", "ε": "epsilon", "β": "beta", "α": "alpha"}
_GREEK |= {"η": "eta", "ρ": "rho"}


def plain(symbol: str) -> str:
    r"""Bring all spellings of a symbol into one.

    Examples
    --------
    >>> plain("γ₁₀"), plain("γ_10"), plain(r"\gamma_{10}"), plain("gamma10"), plain("U_0j")
    ('gamma10', 'gamma10', 'gamma10', 'gamma10', 'u0j')
    >>> plain("τ₀²"), plain("tau_0^2"), plain("sigma²")
    ('tau02', 'tau02', 'sigma2')
    """
    text = unicodedata.normalize("NFKC", symbol)
    for letter, name in _GREEK.items():
        text = text.replace(letter, name)
    return re.sub(r"[^0-9A-Za-z,]", "", text).lower()


def find(rows: Sequence[Row], key: str) -> Row:
    """Find a row by symbol or by the name of its term.

    Raises
    ------
    OptionError
        If there is none; the message lists what there is.
    """
    wanted = sorted("".join(str(key).split()).split(":"))
    for row in rows:  # a term goes before a symbol that happens to be spelled alike
        if row.role == "γ" and sorted("".join(row.name.split()).split(":")) == wanted:
            return row
    spelled = plain(str(key))
    for row in rows:
        if spelled and spelled in (plain(row.symbol), plain(row.latex), *map(plain, row.keys)):
            return row
    symbols = [row.symbol for row in rows]
    names = [row.name for row in rows if row.role == "γ"]
    close = difflib.get_close_matches(str(key), [*symbols, *names], n=1)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    raise OptionError(
        f"This model has no symbol '{key}'.",
        f"{hint}Its symbols are {', '.join(symbols)}; its terms are {', '.join(names) or 'none'}.",
    )
