"""What every kind of answer can do: say what it is, and compare two of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlmteach.exercises.plain import Plain

__all__ = ["Comparison", "Kind", "described"]

_NAMES = {
    "number": "a number",
    "text": "a text",
    "list": "a list",
    "table": "a table",
    "model": "a model",
    "function": "a function",
    "outputs": "a function",
}


@dataclass(frozen=True)
class Comparison:
    """How much of an answer is right, and what to say about the rest.

    Parameters
    ----------
    share : float
        From 0 to 1.
    note : str
        A sentence or two in Markdown.
    """

    share: float
    note: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is missing."""
        return self.share >= 1.0


@dataclass(frozen=True)
class Kind:
    """A kind of answer."""

    asked: ClassVar[str] = "something"
    takes: ClassVar[tuple[str, ...]] = ()

    def misfit(self, given: Plain) -> str:
        """Say why an answer is not of this kind; empty if it is."""
        if given["kind"] in self.takes:
            return ""
        why = f": {given['why']}" if given.get("why") else ""
        return f"{self.asked.capitalize()} is asked for, and this is {described(given)}{why}."

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare an answer of this kind with what is expected."""
        raise NotImplementedError


def described(given: Plain) -> str:
    """Name what an answer is, in words."""
    if given["kind"] in _NAMES:
        return _NAMES[given["kind"]]
    return f"an object of type `{''.join(c for c in given['type'] if c.isalnum() or c in '_.')}`"
