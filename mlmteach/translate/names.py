"""Names that a program takes: columns keep theirs where they can."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["NameRules", "Names", "words"]


def words(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


@dataclass(frozen=True)
class NameRules:
    """What a program asks of the name of a variable.

    Parameters
    ----------
    pattern : str
        A regular expression that a whole name matches.
    longest : int
        The largest number of characters.
    reserved : frozenset of str
        Words that cannot be names, in lower case where case does not matter.
    case_matters : bool
        Whether ``ses`` and ``SES`` are two names.
    """

    pattern: str
    longest: int
    reserved: frozenset[str]
    case_matters: bool = True

    def accepts(self, name: str) -> bool:
        """Tell whether the program takes the name.

        Examples
        --------
        >>> NameRules(r"[a-z_]+", 8, frozenset({"if"})).accepts("if")
        False
        """
        fits = re.fullmatch(self.pattern, name) and len(name) <= self.longest
        return bool(fits) and self.key(name) not in self.reserved

    def key(self, name: str) -> str:
        """What two equal names have in common."""
        return name if self.case_matters else name.lower()


class Names:
    r"""The names of one script, each used once.

    Parameters
    ----------
    naming : NameRules
        The rules of the program.
    columns : iterable of str
        The columns of the data that the script uses.
    others : iterable of str
        Names that new columns keep clear of.

    Examples
    --------
    >>> names = Names(NameRules(r"[a-z_]\w*", 8, frozenset()), ["ses", "my size"])
    >>> names["my size"], names.new("ses"), names.renamed
    ('my_size', 'ses_2', {'my size': 'my_size'})
    """

    def __init__(
        self, naming: NameRules, columns: Iterable[str], others: Iterable[str] = ()
    ) -> None:
        self._naming = naming
        self._taken: set[str] = set()
        self._of: dict[str, str] = {}
        # names that can stay are taken first, so that a renamed column does not push them out
        for column in sorted(columns, key=lambda name: not naming.accepts(name)):
            self._of[column] = self.new(column)
        self._taken |= {naming.key(name) for name in others}

    def __getitem__(self, column: str) -> str:
        return self._of[column]

    @property
    def columns(self) -> dict[str, str]:
        """The column of the data, and its name here."""
        return dict(self._of)

    @property
    def renamed(self) -> dict[str, str]:
        """The columns that could not keep their names."""
        return {old: new for old, new in self._of.items() if old != new}

    def new(self, wanted: str) -> str:
        """Give a name that nothing else has, as close to the wanted one as the rules allow."""
        name = wanted if self._naming.accepts(wanted) else self._cleaned(wanted)
        candidate, number = name, 1
        while self._naming.key(candidate) in self._taken or not self._naming.accepts(candidate):
            number += 1
            end = f"_{number}"
            candidate = name[: self._naming.longest - len(end)] + end
        self._taken.add(self._naming.key(candidate))
        return candidate

    def _cleaned(self, wanted: str) -> str:
        # ASCII is what every program takes
        name = re.sub(r"[^A-Za-z0-9_]+", "_", wanted).strip("_") or "x"
        if not name[0].isalpha():
            name = f"x{name}"
        return name[: self._naming.longest]
