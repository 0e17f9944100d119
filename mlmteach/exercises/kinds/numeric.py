"""Numbers, intervals and sets of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.plain import Plain

__all__ = ["Interval", "Number", "NumberSet"]


@dataclass(frozen=True)
class Number(Kind):
    """A number.

    Parameters
    ----------
    relative : float
        The departure that is allowed, as a share of the expected value.
    absolute : float
        The departure that is allowed whatever the expected value is; the larger one counts.

    Examples
    --------
    >>> Number().compare({"value": 0.1804}, {"value": 18.04}).note
    'This is a hundred times the answer. Give a proportion, not a percentage.'
    """

    relative: float = 0.002
    absolute: float = 1e-9
    asked: ClassVar[str] = "a number"
    takes: ClassVar[tuple[str, ...]] = ("number",)

    def close(self, expected: float, given: float) -> bool:
        """Tell whether two values are equal for the purpose."""
        return abs(given - expected) <= max(self.absolute, self.relative * abs(expected))

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two numbers."""
        right, value = float(expected["value"]), float(given["value"])
        if self.close(right, value):
            return Comparison(1.0)
        if self.close(100 * right, value):
            return Comparison(
                0.0, "This is a hundred times the answer. Give a proportion, not a percentage."
            )
        if self.close(-right, value):
            return Comparison(0.0, "The size is right, the sign is not.")
        if value and _rounds_to(right, value):
            return Comparison(0.5, "Right as far as it goes. Give more digits.")
        return Comparison(0.0, "This is not the number asked for.")


def _rounds_to(expected: float, given: float) -> bool:
    """Tell whether an answer is the expected value with only one or two digits left."""
    return any(float(f"{expected:.{digits}g}") == given for digits in (1, 2))


@dataclass(frozen=True)
class Interval(Kind):
    """A lower and an upper bound, as a tuple or list of two numbers.

    Parameters
    ----------
    tolerance : float
        The departure of a bound that is allowed, as a share of the interval's width.
    """

    tolerance: float = 0.01
    asked: ClassVar[str] = "an interval, written as `(lower, upper)`,"
    takes: ClassVar[tuple[str, ...]] = ("list",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not two numbers."""
        if found := super().misfit(given):
            return found
        if len(given["values"]) != 2 or any(isinstance(v, str) for v in given["values"]):
            return "An interval is two numbers, written as `(lower, upper)`."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two intervals."""
        allowed = self.tolerance * abs(expected["values"][1] - expected["values"][0])
        hits = [
            abs(g - e) <= allowed for e, g in zip(expected["values"], given["values"], strict=True)
        ]
        if all(hits):
            return Comparison(1.0)
        if given["values"][0] > given["values"][1]:
            return Comparison(0.0, "The lower bound comes first.")
        if any(hits):
            name = "lower" if hits[0] else "upper"
            return Comparison(0.5, f"The {name} bound is right, the other one is not.")
        return Comparison(0.0, "Neither bound is right.")


@dataclass(frozen=True)
class NumberSet(Kind):
    """Some numbers in whatever order, such as the numbers of schools.

    Parameters
    ----------
    relative : float
        The departure that is allowed, as a share of each expected value.
    """

    relative: float = 0.002
    asked: ClassVar[str] = "a list of numbers"
    takes: ClassVar[tuple[str, ...]] = ("list", "number")

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not a list of numbers."""
        if found := super().misfit(given):
            return found
        if any(isinstance(value, str) for value in _values(given)):
            return "A list of numbers is asked for, and this one holds texts."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two sets."""
        close = Number(relative=self.relative).close
        wanted, left = _values(expected), _values(given)
        found = 0
        for value in wanted:
            match = next((other for other in left if close(value, other)), None)
            if match is not None:
                left.remove(match)
                found += 1
        if found == len(wanted) and not left:
            return Comparison(1.0)
        share = max(0.0, (found - len(left)) / len(wanted)) if wanted else 0.0
        return Comparison(
            share, f"{found} of {len(wanted)} are there; {len(left)} do not belong to them."
        )


def _values(plain: Plain) -> list[float]:
    return list(plain["values"]) if plain["kind"] == "list" else [plain["value"]]
