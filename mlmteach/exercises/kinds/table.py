"""Tables: compared by the labels of rows and columns, whatever their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.kinds.numeric import Number
from mlmteach.exercises.plain import Plain

__all__ = ["Table"]


@dataclass(frozen=True)
class Table(Kind):
    """A table, a series or a dictionary of numbers.

    Parameters
    ----------
    relative, absolute : float
        The departure that is allowed in each cell, as in :class:`Number`.
    """

    relative: float = 0.002
    absolute: float = 1e-6
    asked: ClassVar[str] = "a table"
    takes: ClassVar[tuple[str, ...]] = ("table",)

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two tables cell by cell."""
        wanted, found = _cells(expected), _cells(given)
        missing = [place for place in wanted if place not in found]
        if missing:
            row, column = missing[0]
            where = f"row `{row}`" if column == "value" else f"row `{row}`, column `{column}`"
            note = f"{len(missing)} of {len(wanted)} entries are missing, the first in {where}."
        hits = [place for place in wanted if self._equal(wanted[place], found.get(place))]
        if len(hits) == len(wanted) and len(found) == len(wanted):
            return Comparison(1.0)
        if not missing:
            note = f"{len(hits)} of {len(wanted)} entries are right."
            if len(found) > len(wanted):
                note += f" {len(found) - len(wanted)} entries were not asked for."
        share = len(hits) / max(len(wanted), len(found), 1)
        return Comparison(share if share >= 0.5 else 0.0, note)

    def _equal(self, expected: float | str, given: float | str | None) -> bool:
        if isinstance(expected, str) or isinstance(given, str) or given is None:
            return expected == given
        return Number(relative=self.relative, absolute=self.absolute).close(expected, given)


def _cells(table: Plain) -> dict[tuple[str, str], float | str]:
    # A single column is compared by its rows, so that the name of a series does not matter.
    columns = ["value"] if len(table["columns"]) == 1 else table["columns"]
    return {
        (row, column): value
        for row, values in zip(table["index"], table["rows"], strict=True)
        for column, value in zip(columns, values, strict=True)
    }
