"""Functions of a data frame: tried on data that the student has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mlmteach.exercises.kinds import Judgement, Kind, described
from mlmteach.exercises.numeric import Number
from mlmteach.exercises.plain import Plain, to_plain

__all__ = ["Function", "called"]


@dataclass(frozen=True)
class Function(Kind):
    """A function of a data frame.

    Parameters
    ----------
    tries : str
        An expression that gives the data frames, evaluated where the solution has run.
    result : Kind
        The kind of what the function returns.
    """

    tries: str = "[]"
    result: Kind = field(default_factory=Number)
    asked: ClassVar[str] = "a function of a data frame"
    takes: ClassVar[tuple[str, ...]] = ("outputs",)

    def misfit(self, given: Plain) -> str:
        """Say why an answer is no function that was tried."""
        if given["kind"] == "function":
            return "The function could not be tried: it came to no end, or it ended the process."
        return super().misfit(given)

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare what two functions return for the same data."""
        wanted, found = expected["values"], given["values"]
        results = []
        for right, value in zip(wanted, found, strict=False):
            if value["kind"] == "other" and value["type"] == "error":
                results.append(Judgement(0.0, f"Called on other data, it failed: {value['why']}."))
            elif value == right:  # a usual mistake may return what is no answer
                results.append(Judgement(1.0))
            elif self.result.misfit(value) or self.result.misfit(right):
                why = f": {value['why']}" if value.get("why") else ""
                results.append(Judgement(0.0, f"It returned {described(value)}{why}."))
            else:
                results.append(self.result.compare(right, value))
        results += [Judgement(0.0, "It was not tried on all data.")] * (len(wanted) - len(found))
        hits = sum(result.right for result in results)
        if hits == len(wanted):
            least = min(results, key=lambda result: result.digits, default=Judgement(1.0))
            return Judgement(1.0, least.note, least.digits)
        note = next(result.note for result in results if not result.right)
        if hits:
            return Judgement(0.0, f"It is right for {hits} of {len(wanted)} data sets. {note}")
        return Judgement(0.0, note)


def called(function: Callable[[Any], Any], frames: Iterable[Any]) -> Plain:
    """Call a function on each frame and keep what it returns as plain data.

    Parameters
    ----------
    function : callable
        Takes one data frame.
    frames : iterable of pandas.DataFrame
        Each call gets a copy of its own.

    Returns
    -------
    dict
        Of kind ``"outputs"``; a call that raised is an object of type ``"error"``.
    """
    values = []
    for frame in frames:
        try:
            values.append(to_plain(function(frame.copy())))
        except Exception as error:  # whatever the function raises is an answer
            why = f"{type(error).__name__}: {error}"[:200]
            values.append({"kind": "other", "type": "error", "why": why})
    return {"kind": "outputs", "values": values}
