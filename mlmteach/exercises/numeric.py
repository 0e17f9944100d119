"""Answers that are numbers, and the one rule by which they may be rounded.

The expected value rounded to three or more significant digits is right.  To two it is right, and
a digit more is asked for; to one it is not.  Counts and the names of groups are whole numbers, of
which nothing is rounded.  The same rule tells a usual mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import floor, isfinite, log10
from typing import ClassVar

from mlmteach.exercises.kinds import EXACT, Judgement, Kind
from mlmteach.exercises.plain import Plain

__all__ = [
    "ENOUGH",
    "FEW",
    "Agreement",
    "Interval",
    "Number",
    "NumberSet",
    "Table",
    "agreement",
    "bounds_of",
]

ENOUGH, FEW = 3, 2
_MORE = "Give a digit more: three are enough."
_ONE = "One digit is too few to tell. Give three."


# --- the rule ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """How far a number agrees with the one that is expected.

    Parameters
    ----------
    digits : int
        The significant digits to which the expected value rounds to the given one; 0 where the
        given one is neither a rounding nor close.
    known : int
        The same, up to the digits that are written: 0.56 may be 0.560, and may be 0.563.
    """

    digits: int
    known: int

    @property
    def right(self) -> bool:
        """Whether enough digits are there."""
        return self.digits >= FEW


_NONE, _SAME = Agreement(0, 0), Agreement(EXACT, EXACT)
_HALF = 0.5 * (1 + 1e-9)  # of the last digit; what lies in the middle may go up or down


def agreement(
    expected: float,
    given: float,
    *,
    relative: float = 0.002,
    absolute: float = 1e-9,
    scale: float | None = None,
) -> Agreement:
    """Say to how many significant digits a number is the expected one.

    Parameters
    ----------
    expected, given : float
    relative : float
        A departure that is allowed beside rounding, as a share of the scale: answers may be
        computed from numbers that were rounded before.
    absolute : float
        Up to this departure two numbers are the same.
    scale : float, optional
        The number whose first digit is the first significant one; the expected number if left
        out, and then a whole number has to be met as it is.

    Returns
    -------
    Agreement

    Examples
    --------
    >>> agreement(0.5595, 0.56), agreement(0.5633, 0.56), agreement(0.5633, 0.57).right
    (Agreement(digits=3, known=2), Agreement(digits=2, known=2), False)
    """
    off = abs(given - expected)
    if off <= absolute:
        return _SAME
    if scale is None and expected.is_integer():
        return _NONE
    size = abs(expected if scale is None else scale)
    first = floor(log10(size))
    last = int(Decimal(repr(given)).normalize().as_tuple().exponent)
    written = first - last + 1
    # |off| is at most half a unit of the last digit that the two share
    shared = floor(first + 1 + log10(_HALF) - log10(off))
    if shared >= EXACT:
        return _SAME
    close = off <= relative * size
    if not close and written > shared:
        return _NONE
    digits = max(shared, ENOUGH) if close else max(shared, 0)
    return Agreement(digits, min(digits, written))


def _together(parts: list[Agreement]) -> Agreement:
    """Several numbers agree as far as the least of them."""
    return Agreement(
        min((part.digits for part in parts), default=EXACT),
        min((part.known for part in parts), default=EXACT),
    )


def _right(found: Agreement) -> Judgement:
    """An answer whose numbers are right, and whether a digit more is asked for."""
    return Judgement(1.0, "" if found.digits >= ENOUGH else _MORE, found.known)


# --- a number, however it is held ----------------------------------------------------------

_LONGEST = 40  # characters of a number
_WRITTEN = re.compile(
    r"(?P<number>[-+]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d{1,3})?)\s*(?P<percent>%?)"
)


def _written(text: str, *, percent: bool) -> float | None:
    """The number that a text is: ``"0.168"``, ``"−0.43"``, ``"1,763.94"``, ``"16.8 %"``."""
    if len(text) > _LONGEST:
        return None
    match = _WRITTEN.fullmatch(text.strip().replace("−", "-").replace(r"\%", "%"))
    if match is None or not re.search(r"\d", match["number"]):
        return None
    if match["percent"] and not percent:
        return None
    number = Decimal(match["number"].replace(",", "")).scaleb(-2 if match["percent"] else 0)
    return float(number) if isfinite(float(number)) else None


def _single(given: Plain) -> dict[str, float | str]:
    """The cells of a table that is one row or one column, by their names; else nothing."""
    if given["kind"] != "table" or 1 not in (len(given["index"]), len(given["columns"])):
        return {}
    names = given["columns"] if len(given["index"]) == 1 else given["index"]
    return dict(zip(names, (value for row in given["rows"] for value in row), strict=True))


def _one(given: Plain, *, percent: bool = False) -> float | None:
    """The number of an answer: a number, a text, a table of one or with an estimate; else None."""
    if given["kind"] == "list" and len(given["values"]) == 1:
        value = given["values"][0]
    elif given["kind"] == "table" and len(given["rows"]) == 1 == len(given["columns"]):
        value = given["rows"][0][0]
    elif given["kind"] == "table" and "estimate" in (named := _single(given)):
        value = named["estimate"]
    elif given["kind"] in ("number", "text"):
        value = given["value"]
    else:
        return None
    return _written(value, percent=percent) if isinstance(value, str) else float(value)


@dataclass(frozen=True)
class Number(Kind):
    """A number; it may be rounded to three significant digits, unless it is whole.

    Parameters
    ----------
    relative : float
        A departure that is allowed beside rounding, as a share of the expected value.
    absolute : float
        A departure that is allowed whatever the expected value is.
    proportion : bool
        Whether it is a share, which may be given as a text with a percent sign.

    Examples
    --------
    >>> from mlmteach.exercises.plain import to_plain
    >>> Number(proportion=True).compare(*map(to_plain, (0.1804, 18.0))).note
    'This is a percentage. Give a proportion, or write the percent sign, in quotes.'
    """

    relative: float = 0.002
    absolute: float = 1e-9
    proportion: bool = False
    asked: ClassVar[str] = "a number"
    takes: ClassVar[tuple[str, ...]] = ("number",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not one number."""
        return "" if _one(given, percent=self.proportion) is not None else super().misfit(given)

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two numbers."""
        right, value = (_one(plain, percent=self.proportion) for plain in (expected, given))
        assert right is not None
        assert value is not None
        found = self.agreement(right, value)
        if found.right:
            return _right(found)
        if self.proportion and self.agreement(100 * right, value).right:
            return Judgement(
                0.0,
                "This is a percentage. Give a proportion, or write the percent sign, in quotes.",
            )
        if self.agreement(-right, value).right:
            return Judgement(0.0, "The size is right, the sign is not.")
        if found.digits:
            return Judgement(0.0, _ONE, found.known)
        return Judgement(0.0, "This is not the number asked for.")

    def agreement(self, expected: float, given: float) -> Agreement:
        """Say to how many digits two values agree."""
        return agreement(expected, given, relative=self.relative, absolute=self.absolute)


# --- two numbers, and numbers in whatever order --------------------------------------------


def bounds_of(given: Plain) -> list[float] | None:
    """The two numbers of an answer; those of a table by the names ``lower`` and ``upper``."""
    if given["kind"] == "list":
        values = list(given["values"])
    elif named := _single(given):
        both = {"lower", "upper"} <= set(named)
        values = [named["lower"], named["upper"]] if both else list(named.values())
    else:
        return None
    return _named(values) if len(values) == 2 else None


@dataclass(frozen=True)
class Interval(Kind):
    """A lower and an upper bound: two numbers, or a row of a table of intervals.

    Digits are counted from the first one of the larger bound.

    Parameters
    ----------
    tolerance : float
        The departure of a bound that is allowed, as a share of the interval's width.
    """

    tolerance: float = 0.01
    asked: ClassVar[str] = "an interval, written as `(lower, upper)`,"
    takes: ClassVar[tuple[str, ...]] = ("list", "table")

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not two numbers."""
        if found := super().misfit(given):
            return found
        if bounds_of(given) is None:
            return "An interval is two numbers, written as `(lower, upper)`."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two intervals."""
        wanted, found = bounds_of(expected), bounds_of(given)
        assert wanted is not None
        assert found is not None
        hits = self._agreements(wanted, found)
        if all(hit.right for hit in hits):
            return _right(_together(hits))
        if found[0] > found[1]:
            if all(hit.right for hit in self._agreements(wanted, found[::-1])):
                return Judgement(0.5, "Both bounds are right, but the lower one comes first.")
            return Judgement(0.0, "The lower bound comes first.")
        if any(hit.right for hit in hits):
            name = "lower" if hits[0].right else "upper"
            return Judgement(0.5, f"The {name} bound is right, the other one is not.")
        return Judgement(0.0, "Neither bound is right.")

    def _agreements(self, wanted: list[float], found: list[float]) -> list[Agreement]:
        scale = max(map(abs, wanted))
        if not scale:
            return [_SAME if value == 0 else _NONE for value in found]
        relative = self.tolerance * abs(wanted[1] - wanted[0]) / scale
        return [
            agreement(right, value, relative=relative, scale=scale)
            for right, value in zip(wanted, found, strict=True)
        ]


def _named(values: list[float | str]) -> list[float] | None:
    """The numbers that a list has, written as texts or not; None if there is another text."""
    numbers = [_written(v, percent=False) if isinstance(v, str) else float(v) for v in values]
    return [n for n in numbers if n is not None] if None not in numbers else None


def _sets(given: Plain) -> list[list[float]]:
    """The sets of numbers that an answer may stand for: of a series its values or its labels."""
    if given["kind"] == "table":
        several = len(given["columns"]) != 1
        held = [] if several else [[row[0] for row in given["rows"]], given["index"]]
    else:
        held = [given["values"] if given["kind"] == "list" else [given["value"]]]
    return [numbers for values in held if (numbers := _named(values)) is not None]


@dataclass(frozen=True)
class NumberSet(Kind):
    """Some numbers in whatever order, such as the numbers of schools.

    Parameters
    ----------
    relative : float
        A departure that is allowed beside rounding, as a share of each expected value.
    """

    relative: float = 0.002
    asked: ClassVar[str] = "a list of numbers"
    takes: ClassVar[tuple[str, ...]] = ("list", "number", "table")

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not a list of numbers."""
        if found := super().misfit(given):
            return found
        if not _sets(given):
            if given["kind"] == "table":
                return "A list of numbers is asked for, and this is a table."
            return "A list of numbers is asked for, and this one holds texts."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two sets."""
        wanted = _sets(expected)[0]
        return max((self._held(wanted, left) for left in _sets(given)), key=lambda j: j.share)

    def _held(self, wanted: list[float], left: list[float]) -> Judgement:
        left, found = list(left), []
        for value in wanted:
            matches = [(agreement(value, other, relative=self.relative), other) for other in left]
            best, match = max(matches, key=lambda pair: pair[0].digits, default=(_NONE, 0.0))
            if best.right:
                left.remove(match)
                found.append(best)
        if len(found) == len(wanted) and not left:
            return _right(_together(found))
        share = max(0.0, (len(found) - len(left)) / len(wanted)) if wanted else 0.0
        note = f"{len(found)} of {len(wanted)} are there."
        if left:
            note += f" {len(left)} of yours {_are(len(left), 'does', 'do')} not belong to them."
        return Judgement(share, note)


def _are(count: int, one: str = "is", more: str = "are") -> str:
    return one if count == 1 else more


# --- tables: compared by the labels of rows and columns, whatever their order --------------

_Cells = dict[tuple[str, str], float | str]


@dataclass(frozen=True)
class Table(Kind):
    """A table, a series or a dictionary of numbers; a single column may be a list in its order.

    Parameters
    ----------
    relative, absolute : float
        The departure that is allowed in each cell, as in :class:`Number`.
    """

    relative: float = 0.002
    absolute: float = 1e-6
    asked: ClassVar[str] = "a table"
    takes: ClassVar[tuple[str, ...]] = ("table", "list")

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two tables cell by cell."""
        wanted, found = _cells(expected), _cells(given)
        if given["kind"] == "list":
            if len(found) != len(wanted) or any(column != "value" for _, column in wanted):
                note = f"This is a list of {len(found)} numbers, without the names of rows."
                return Judgement(0.0, note)
            found = dict(zip(wanted, map(_cell, given["values"]), strict=True))
        else:
            turned = {(column, row): value for (row, column), value in found.items()}
            if len(wanted.keys() & turned.keys()) > len(wanted.keys() & found.keys()):
                found = turned
        missing = [place for place in wanted if place not in found]
        if missing:
            row, column = missing[0]
            where = f"row `{row}`" if column == "value" else f"row `{row}`, column `{column}`"
            are = _are(len(missing))
            note = f"{len(missing)} of {len(wanted)} entries {are} missing, the first in {where}."
            if len(_columns(wanted)) == 1 < len(_columns(found)):
                note = f"This is a table of {len(_columns(found))} columns. One is asked for."
        cells = {place: self._agreement(wanted[place], found.get(place)) for place in wanted}
        hits = [cell for cell in cells.values() if cell.right]
        if len(hits) == len(wanted) and len(found) == len(wanted):
            return _right(_together(hits))
        if not missing:
            note = f"{len(hits)} of {len(wanted)} entries {_are(len(hits))} right."
            if (more := len(found) - len(wanted)) > 0:
                note += f" {more} {_are(more, 'entry was', 'entries were')} not asked for."
            if any(cell.digits == 1 for cell in cells.values()):
                note += f" {_ONE}"
        share = len(hits) / max(len(wanted), len(found), 1)
        return Judgement(share if share >= 0.5 else 0.0, note)

    def _agreement(self, expected: float | str, given: float | str | None) -> Agreement:
        if isinstance(expected, str) or isinstance(given, str) or given is None:
            return _SAME if expected == given else _NONE
        return agreement(expected, given, relative=self.relative, absolute=self.absolute)


def _columns(cells: _Cells) -> set[str]:
    return {column for _, column in cells}


def _cell(value: float | str) -> float | str:
    """A number that is written as a text is a number here too."""
    number = _written(value, percent=False) if isinstance(value, str) else None
    return value if number is None else number


def _cells(table: Plain) -> _Cells:
    if table["kind"] == "list":
        return {(str(row), "value"): _cell(value) for row, value in enumerate(table["values"])}
    # A single column is compared by its rows, so that the name of a series does not matter.
    columns = ["value"] if len(table["columns"]) == 1 else table["columns"]
    return {
        (row, column): _cell(value)
        for row, values in zip(table["index"], table["rows"], strict=True)
        for column, value in zip(columns, values, strict=True)
    }
