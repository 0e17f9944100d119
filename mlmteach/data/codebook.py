"""What the columns of a data frame mean: labels, symbols, levels, units and phrases.

A :class:`Codebook` is frozen.  All its words are in one language; :meth:`Codebook.localized`
gives the same codebook in another.  Every phrase is filled, by the entry or by a default, so that
a sentence can be built for any variable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from mlmteach.data.checks import suggestion
from mlmteach.data.variable import Category, Quantity, Unit, Variable
from mlmteach.errors import CodebookError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Category", "Codebook", "Quantity", "Unit", "Variable"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Codebook(Mapping[str, Variable], str):
    """The meaning of all columns of one data set.

    A mapping from the column's name to its :class:`Variable`, and what is known of the whole.

    Attributes
    ----------
    name, title, description : str
    group : str
        The name of the column that holds the level-2 unit; empty where there is none.
    level1, level2 : Unit
        "student", "school".
    variables : tuple of Variable
        In the order of the columns.
    provenance, licence, reference : str
        Where the file comes from, the licence field of that source, the original publication.
    language : str
        The language of all words: "en" or "de".
    document : str
        What all this was built from, the contents of a codebook file, as JSON.

    Examples
    --------
    >>> import mlmteach.data as data
    >>> codebook = data.load("hsb").attrs["codebook"]
    >>> codebook["ses"].symbol, codebook["ses"].level, codebook.level2.plural
    ('SES', 1, 'schools')
    >>> codebook["sector"].reference.within
    'in a public school'
    >>> codebook.localized("de")["sector"].reference.within
    'an einer öffentlichen Schule'
    """

    name: str
    title: str  # type: ignore[assignment]
    description: str
    group: str
    level1: Unit
    level2: Unit
    variables: tuple[Variable, ...] = field(repr=False)
    provenance: str = field(repr=False)
    licence: str = field(repr=False)
    reference: str = field(repr=False)
    language: str
    document: str = field(repr=False)

    # A value in `DataFrame.attrs` -----------------------------------------------------------------
    # pandas copies attributes deeply with every operation, compares them with == and writes them
    # to parquet as JSON.  So underneath a codebook is a string, the JSON of its document.
    def __new__(cls, *, document: str, **_: Any) -> Self:
        """Make the string; the fields follow."""
        return str.__new__(cls, document)

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Codebook.from_json, (self.document,)

    # Mapping ------------------------------------------------------------------------------------
    def __getitem__(self, name: str) -> Variable:  # type: ignore[override]
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(variable.name == name for variable in self.variables)

    def __iter__(self) -> Iterator[str]:
        return (variable.name for variable in self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    # Changes make a new codebook ----------------------------------------------------------------
    def variable(self, name: str) -> Variable:
        """Give the variable of a column, or an error that suggests the closest name."""
        if name in self:
            return self[name]
        raise CodebookError(
            f"The codebook has no entry for '{name}'.",
            f"{suggestion(name, self)}It has: {', '.join(self)}.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the document of the codebook: what a TOML file of it holds, all languages in it."""
        document: dict[str, Any] = json.loads(self.document)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Codebook:
        """Build a codebook from its document, the contents of ``data/NAME.toml``.

        The document's ``language``, "en" if there is none, is that of the codebook.

        Raises
        ------
        CodebookError
            For a key that is not known (named), or a value that a key cannot take.
        """
        from mlmteach.data.building import build

        return build(document)

    @classmethod
    def from_json(cls, document: str) -> Codebook:
        """Build a codebook from its document as JSON; the inverse of ``.document``."""
        return cls.from_dict(json.loads(document))

    def localized(self, language: str) -> Codebook:
        """Give the same codebook with its words in another language, "en" or "de"."""
        if language == self.language:
            return self
        return self.from_dict(self.to_dict() | {"language": language})

    def with_(self, overrides: Mapping[str, Any]) -> Codebook:
        """Give a codebook in which some entries are replaced.

        Parameters
        ----------
        overrides : mapping
            ``{"ses": {"label": "social status", "unit": "point"}}``: for a column, any key of a
            column in a codebook file; the other keys of the column stay.  The keys "level1",
            "level2", "title", "description", "provenance", "licence" and "reference" change the
            whole.  Words of a second language stand under its name:
            ``{"ses": {"de": {"label": "soziale Lage"}}}``.

        Raises
        ------
        CodebookError
            For an unknown column or key.
        """
        from mlmteach.data.overrides import merge

        return self.from_dict(merge(self.to_dict(), overrides))

    # Display ------------------------------------------------------------------------------------
    def to_frame(self) -> pd.DataFrame:
        """Give the codebook as a table, one row a variable."""
        import pandas as pd

        rows = [
            {
                "label": v.label,
                "symbol": v.symbol,
                "level": v.level,
                "kind": v.kind,
                "unit": v.unit.singular if not v.categories and v.kind != "identifier" else "",
                "values": ", ".join(f"{c.value} = {c.label}" for c in v.categories),
                "description": v.description,
            }
            for v in self.variables
        ]
        frame = pd.DataFrame(rows, index=pd.Index(list(self), name="variable"))
        return frame.astype({"level": "Int64"})

    def __str__(self) -> str:
        width = max((len(name) for name in self), default=0)
        level = {1: "level 1", 2: "level 2", None: "level ?"}
        lines = [f"{self.title or self.name or 'Codebook'}"]
        if self.group:
            lines.append(f"{self.level1.plural} in {self.level2.plural}, group: {self.group}")
        for v in self.variables:
            values = "; " + ", ".join(f"{c.value} = {c.label}" for c in v.categories)
            shown = values if v.categories else ""
            lines.append(f"  {v.name:<{width}}  {level[v.level]}  {v.kind}: {v.label}{shown}")
        return "\n".join(lines)
