"""Answers that the lecturer's own test judges, and functions that are tried by calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from mlmteach.exercises.kinds import Judgement, Kind, described
from mlmteach.exercises.numeric import Number
from mlmteach.exercises.plain import Plain, to_plain

__all__ = ["OwnTest"]


@dataclass(frozen=True)
class OwnTest(Kind):
    """An answer that is tried by calls, judged by a test of your own, or both.

    Calls are evaluated where the student's cells have run, and show what goes in and not what
    should come out.  The test never gets an object of the student's: it sees numbers, texts, lists
    and data frames, and stays with the key.

    Parameters
    ----------
    calls : tuple of str
        Expressions such as ``"squares(3)"``.  A call that raises an error gives the text
        ``"raised ValueError"``.
    test : callable, optional
        Takes the answer, or the list of what the calls gave, and returns True or False, the share
        that is right from 0 to 1, or a text that says what is wrong, empty if nothing is.  Without
        it every call must give what it gives after the solution, and counts alike.
    seconds : float
        How long a call of a student's function may take, so that an endless one does not cost the
        answers to other questions.

    Examples
    --------
    >>> from mlmteach.exercises import Exercise
    >>> even = Exercise(
    ...     id="0.1",
    ...     title="Even",
    ...     prompt="Give an even number.",
    ...     answer="even",
    ...     kind=OwnTest(test=lambda number: "" if number % 2 == 0 else "It is odd."),
    ...     solution="even = 2",
    ... )
    >>> even.check(8), even.check(7)
    (✓ Correct., ✗ Not yet. It is odd.)
    """

    calls: tuple[str, ...] = ()
    test: Callable[[Any], bool | float | str] | None = None
    seconds: float = 5.0
    asked: ClassVar[str] = "a number, a text, a list or a table"
    takes: ClassVar[tuple[str, ...]] = ("number", "text", "list", "table")

    def misfit(self, given: Plain) -> str:
        """Say why an answer is nothing that can be tested."""
        if not self.calls:
            return super().misfit(given)
        if given["kind"] == "outputs":
            return ""
        return "The calls could not be tried: they came to no end, or ended the process."

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Hold an answer against the test, or against what the solution gives."""
        if self.test is not None and not _same(expected, given):
            return _judgement(self.test(_value(given)))
        if not self.calls:
            right = _same(expected, given)
            return Judgement(1.0) if right else Judgement(0.0, "Something else is right.")
        pairs = list(zip(self.calls, expected["values"], given["values"], strict=True))
        wrong = [(call, found) for call, right, found in pairs if not _same(right, found)]
        if not wrong:
            return Judgement(1.0)
        call, found = wrong[0]
        note = f"`{call}` gives {_told(found)}, which is not right."
        return Judgement(1 - len(wrong) / len(pairs), note)

    def tried(self, space: Mapping[str, Any]) -> Plain:
        """Evaluate the calls with some names."""
        values = []
        for call in self.calls:
            try:
                values.append(to_plain(eval(call, dict(space))))
            except Exception as error:  # whatever it raises is what it gives
                values.append({"kind": "text", "value": f"raised {type(error).__name__}"})
        return {"kind": "outputs", "values": values}

    def names(self, answer: str) -> tuple[str, ...]:
        """The names that :meth:`cell` binds."""
        return tuple(f"_{answer}_call_{k}" for k in range(len(self.calls)))

    def cell(self, answer: str) -> str:
        """Return source that evaluates the calls after a student's own cells."""
        pairs = zip(self.names(answer), self.calls, strict=True)
        return "\n".join([_STOP, *(self._call(name, call) for name, call in pairs)])

    def _call(self, name: str, call: str) -> str:
        return (
            f"_signal.setitimer(_signal.ITIMER_REAL, {self.seconds})\n"
            f"try:\n    {name} = ({call})\n"
            f"except Exception as _error:\n    {name} = 'raised ' + type(_error).__name__\n"
            "finally:\n    _signal.setitimer(_signal.ITIMER_REAL, 0)"
        )

    def gathered(self, answer: str, answers: Mapping[str, Plain], *, whole: bool = True) -> Plain:
        """Put what the cell has bound in the place of the answer, if there is one.

        Where the process did not come to its end (``whole``), a cell that bound nothing has not
        been run, and the answer stays.
        """
        blank = {"kind": "blank"}
        given = answers.get(answer, blank)
        values = [answers.get(name, blank) for name in self.names(answer)]
        if given == blank or not (whole or any(value != blank for value in values)):
            return given
        return {"kind": "outputs", "values": values}


# In the student's process: a call that takes too long raises an error.
_STOP = """
import signal as _signal
def _too_long(*_):
    raise TimeoutError
_signal.signal(_signal.SIGALRM, _too_long)
""".strip()


def _judgement(told: bool | float | str) -> Judgement:
    if isinstance(told, str):
        return Judgement(0.0, told) if told else Judgement(1.0)
    return Judgement(min(1.0, max(0.0, float(told))), "" if told >= 1 else "Your answer fails.")


def _same(right: Plain, found: Plain) -> bool:
    """Whether two are the same; a number may be rounded, one that counts may not."""
    if right["kind"] != found["kind"]:
        return False
    if right["kind"] == "number" and not float(right["value"]).is_integer():
        return Number().compare(right, found).right
    return _close(_content(right), _content(found))


def _content(plain: Plain) -> Any:
    return [plain[name] for name in ("value", "values", "columns", "rows", "type") if name in plain]


def _close(right: Any, found: Any) -> bool:
    if isinstance(right, list) and isinstance(found, list):
        return len(right) == len(found) and all(map(_close, right, found))
    if isinstance(right, float) and isinstance(found, float):
        return math.isclose(right, found, rel_tol=1e-6, abs_tol=1e-12)
    return bool(right == found)


def _value(plain: Plain) -> Any:
    """Return an answer as Python has it; None for what is no number, text, list or table."""
    if plain["kind"] == "outputs":
        return [_value(value) for value in plain["values"]]
    if plain["kind"] == "table":
        return pd.DataFrame(plain["rows"], index=plain["index"], columns=plain["columns"])
    return plain.get("value", plain.get("values"))


def _told(plain: Plain) -> str:
    if plain["kind"] in ("number", "text"):
        value = plain["value"]
        return f"{value:.10g}" if isinstance(value, float) else f"`{value[:80]}`"
    return described(plain)
