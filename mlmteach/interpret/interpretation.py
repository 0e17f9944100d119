"""What interpreting gives: one row a symbol, to read, to look up, to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mlmteach.display import bundle, escaped
from mlmteach.errors import OptionError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Interpretation", "Row"]

Role = Literal["γ", "U", "τ", "σ²", "group"]


@dataclass(frozen=True)
class Row:
    """What one symbol means.

    Attributes
    ----------
    symbol, latex : str
        The symbol in Unicode and in LaTeX.
    role : {"γ", "U", "τ", "σ²", "group"}
        The last for the coefficients of a named group.
    name : str
        The name of its term: "size:ses".
    short : str
        As brief as on a slide.
    full : str
        A sentence, or a few.
    numbers : mapping of str to float
        The numbers behind the full text, unrounded.
    keys : tuple of str
        The plain names under which it is found.
    """

    symbol: str
    latex: str
    role: Role
    name: str
    short: str
    full: str
    numbers: Mapping[str, float] = field(default_factory=dict, repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return f"{self.symbol}  {self.short}.\n    {self.full}"

    @property
    def markdown(self) -> str:
        """Symbol, short and full text in Markdown."""
        return f"${self.latex}$: **{escaped(self.short)}.** {escaped(self.full)}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


@dataclass(frozen=True)
class Interpretation:
    """The meaning of a model's symbols.

    Attributes
    ----------
    rows : tuple of Row
        γ, then U, then τ, then σ².
    equation, equation_text : str
        The model in Markdown and as text; empty where only one symbol was asked for.
    """

    rows: tuple[Row, ...]
    equation: str = field(default="", repr=False)
    equation_text: str = field(default="", repr=False)

    def __getitem__(self, key: str) -> Row:
        """Look up a row by its symbol or by the name of its term.

        Raises
        ------
        OptionError
            If there is no such symbol.
        """
        return find(self.rows, key)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_frame(self) -> pd.DataFrame:
        """Give the rows as a table, one row a symbol."""
        import pandas as pd

        return pd.DataFrame(
            {
                "role": [row.role for row in self.rows],
                "name": [row.name for row in self.rows],
                "short": [row.short for row in self.rows],
                "full": [row.full for row in self.rows],
            },
            index=pd.Index([row.symbol for row in self.rows], name="symbol"),
        )

    @property
    def markdown(self) -> str:
        """The equations, and beneath them a list entry a symbol."""
        entries = [f"- {row.markdown}" for row in self.rows]
        return "\n\n".join(part for part in (self.equation, "\n".join(entries)) if part)

    def __str__(self) -> str:
        from textwrap import fill

        width = max((len(row.symbol) for row in self.rows), default=0)
        entries = []
        for row in self.rows:
            indent = " " * (width + 2)
            full = fill(row.full, 96, initial_indent=indent, subsequent_indent=indent)
            entries.append(f"{row.symbol:<{width}}  {row.short}.\n{full}")
        return "\n\n".join(part for part in (self.equation_text, *entries) if part)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


# --- finding a symbol by any of the ways in which people write it -------------------------

_GREEK = {"γ": "gamma", "τ": "tau", "σ": "sigma", "ε": "epsilon", "β": "beta", "α": "alpha"}
_GREEK |= {"η": "eta", "ρ": "rho"}
_SQUARED = re.compile(r"²|(?:\^|\*\*) ?(?:2|\{ ?2 ?\})")


def plain(symbol: str) -> str:
    r"""Bring all spellings of a symbol into one; an index and a power stay two things.

    Examples
    --------
    >>> plain("γ₁₀"), plain("γ_10"), plain(r"\gamma_{10}"), plain("gamma10"), plain("U_0j")
    ('gamma10', 'gamma10', 'gamma10', 'gamma10', 'u0j')
    >>> plain("τ₀²"), plain("tau_0^2"), plain(r"\tau^{2}_{0}"), plain("τ₀₂")
    ('tau0^2', 'tau0^2', 'tau0^2', 'tau02')
    """
    text, powers = _SQUARED.subn("", symbol)  # before the letters, as NFKC takes ² for 2
    text = unicodedata.normalize("NFKC", text)
    for letter, name in _GREEK.items():
        text = text.replace(letter, name)
    return re.sub(r"[^0-9A-Za-z,]", "", text).lower() + powers * "^2"


def find(rows: Sequence[Row], key: str) -> Row:
    """Find a row by symbol or by the name of its term.

    Raises
    ------
    OptionError
        If there is none, and the message lists what there is; or if it could be several.
    """
    wanted = sorted("".join(str(key).split()).split(":"))
    for row in rows:  # a term goes before a symbol that happens to be spelled alike
        if row.role == "γ" and sorted("".join(row.name.split()).split(":")) == wanted:
            return row
    spelled = plain(str(key))
    own = [row for row in rows if spelled in (plain(row.symbol), plain(row.latex))]
    other = [row for row in rows if spelled in map(plain, row.keys)]
    found = (own or other) if spelled else []
    if len(found) == 1:
        return found[0]
    symbols = [row.symbol for row in rows]
    if found:
        raise OptionError(
            f"'{key}' could be {' or '.join(row.symbol for row in found)}.",
            "Part the indices by a comma, or copy the symbol.",
        )
    names = [row.name for row in rows if row.role == "γ"]
    raise OptionError(
        f"This model has no symbol '{key}'.",
        did_you_mean(key, [*symbols, *names])
        + f"Its symbols are {', '.join(symbols)}; its terms are {', '.join(names) or 'none'}.",
    )
