"""What interpreting gives: one row a symbol, to read, to look up, to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mlmteach.display import bundle, escaped
from mlmteach.errors import OptionError, did_you_mean
from mlmteach.interpret.words import phrases

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Interpretation", "Row", "Told"]

Role = Literal["γ", "U", "V", "τ", "φ", "σ²", "shape", "group"]
Detail = Literal["first", "full"]
DETAILS: tuple[Detail, ...] = ("first", "full")


@dataclass(frozen=True)
class Told:
    """The sentences on a symbol, from what every reader needs to what some readers do.

    Attributes
    ----------
    lead : str
        What the symbol is: one sentence that stands by itself.
    cautions : tuple of str
        What must be known with it, or the first sentence misleads.
    more : tuple of str
        How to use it: what it is elsewhere, in other words, or for other steps.
    remarks : tuple of str
        What is said word for word of other symbols too; a list says it once.
    """

    lead: str
    cautions: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """What a reader must have read."""
        return " ".join((self.lead, *self.cautions))

    @property
    def full(self) -> str:
        """Every sentence."""
        return " ".join((self.lead, *self.cautions, *self.more, *self.remarks))


def told(
    lead: str,
    *,
    cautions: Iterable[str] = (),
    more: Iterable[str] = (),
    remarks: Iterable[str] = (),
) -> Told:
    """Put sentences together, without those that are empty as there is nothing to say."""
    kept = (tuple(filter(None, sentences)) for sentences in (cautions, more, remarks))
    return Told(lead, *kept)


@dataclass(frozen=True)
class Row:
    """What one symbol means.

    Attributes
    ----------
    symbol, latex : str
        The symbol in Unicode and in LaTeX.
    role : {"γ", "U", "τ", "σ²", "shape", "group"}
        The last for the coefficients of a named group.
    name : str
        The name of its term: "size:ses".
    short : str
        As brief as on a slide.
    told : Told
        The sentences.
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
    told: Told
    numbers: Mapping[str, float] = field(default_factory=dict, repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def full(self) -> str:
        """Every sentence on the symbol."""
        return self.told.full

    def __str__(self) -> str:
        return f"{self.symbol}  {self.short}.\n    {self.full}"

    @property
    def markdown(self) -> str:
        """Symbol, short and full text in Markdown."""
        return f"${self.latex}$: **{escaped(self.short)}.** {escaped(self.full)}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


@dataclass(frozen=True)
class Remark:
    """A sentence, and all rows of which it is true."""

    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Interpretation:
    """The meaning of a model's symbols.

    In a notebook, each symbol has its first sentence, and the others are folded beneath it; in a
    console, they come with ``detail="full"`` or for one symbol alone.

    Attributes
    ----------
    rows : tuple of Row
        γ, then U and V, then τ and φ, then σ².
    equation, equation_text : str
        The model in Markdown and as text; empty where only one symbol was asked for.
    detail : {"first", "full"}
        Whether all sentences are shown at once.
    language : str
    """

    rows: tuple[Row, ...]
    equation: str = field(default="", repr=False)
    equation_text: str = field(default="", repr=False)
    detail: Detail = "full"
    language: str = "en"

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
                "first": [row.told.first for row in self.rows],
                "full": [row.full for row in self.rows],
            },
            index=pd.Index([row.symbol for row in self.rows], name="symbol"),
        )

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is said of several symbols alike, each remark once, with the rows it is about."""
        found: dict[str, list[Row]] = {}
        for row in self.rows if len(self.rows) > 1 else ():
            for text in row.told.remarks:
                found.setdefault(text, []).append(row)
        return tuple(Remark(text, tuple(rows)) for text, rows in found.items())

    @property
    def entries(self) -> list[tuple[Row, str, str]]:
        """Give each row with what is shown of it and what is folded, nothing a second time."""
        said: set[str] = set()
        entries = []
        for row in self.rows:
            told = row.told
            cautions = [text for text in told.cautions if text not in said]
            said.update(cautions)
            more = told.more if len(self.rows) > 1 else (*told.more, *told.remarks)
            entries.append((row, " ".join((told.lead, *cautions)), " ".join(more)))
        return entries

    @property
    def markdown(self) -> str:
        """The equations, and beneath them a list entry a symbol."""
        entries, full = [], self.detail == "full"
        for row, first, more in self.entries:
            entry = f"- ${row.latex}$: **{escaped(row.short)}.** {escaped(first)}"
            if more:
                entry += f" {escaped(more)}" if full else self._folded(escaped(more))
            entries.append(entry)
        remarks = "\n".join(
            f"- {', '.join(f'${row.latex}$' for row in remark.rows)}: {escaped(remark.text)}"
            for remark in self.remarks
        )
        if remarks and not full:
            summary = phrases(self.language)["fold_remarks"]
            remarks = f"<details><summary>{summary}</summary>\n\n{remarks}\n\n</details>"
        apart = "\n" if full else "\n\n"
        return "\n\n".join(part for part in (self.equation, apart.join(entries), remarks) if part)

    def _folded(self, text: str) -> str:
        """Write what a list entry opens on a click; blank lines keep its Markdown alive."""
        summary = phrases(self.language)["fold_more"]
        return f"\n\n  <details><summary>{summary}</summary>\n\n  {text}\n\n  </details>"

    @property
    def listing(self) -> str:
        """The sentences as text, without the equations."""
        from textwrap import fill

        full = self.detail == "full"
        width = max((len(row.symbol) for row in self.rows), default=0)
        indent = " " * (width + 2)
        entries = []
        for row, first, more in self.entries:
            text = f"{first} {more}".strip() if full else first
            text = fill(text, 96, initial_indent=indent, subsequent_indent=indent)
            entries.append(f"{row.symbol:<{width}}  {row.short}.\n{text}")
        for remark in self.remarks if full else ():
            symbols = ", ".join(row.symbol for row in remark.rows)
            entries.append(fill(f"{symbols}: {remark.text}", 96, subsequent_indent=indent))
        if not full and self.rows:
            hint = phrases(self.language)["fold_hint"].format(symbol=self.rows[0].symbol)
            entries.append(hint)
        return "\n\n".join(entries)

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.equation_text, self.listing) if part)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=str(self), markdown=self.markdown)


# --- finding a symbol by any of the ways in which people write it -------------------------

_GREEK = {"γ": "gamma", "τ": "tau", "σ": "sigma", "ε": "epsilon", "β": "beta", "α": "alpha"}
_GREEK |= {"η": "eta", "ρ": "rho", "φ": "phi", "varphi": "phi"}
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
