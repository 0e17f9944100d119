"""What every kind of answer can do: say what it is, and compare two of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mlmteach.exercises.plain import Plain

__all__ = ["EXACT", "Choice", "Judgement", "Kind", "OpenText", "described"]

_NAMES = {
    "blank": "nothing",
    "number": "a number",
    "text": "a text",
    "list": "a list",
    "table": "a table",
    "model": "a model",
    "function": "a function",
    "outputs": "a function",
}


EXACT = 6
"""From so many significant digits on, two numbers count as the same."""


@dataclass(frozen=True)
class Judgement:
    """How much of an answer is right, and what to say about the rest.

    Parameters
    ----------
    share : float
        From 0 to 1.
    note : str
        A sentence or two in Markdown.
    digits : int
        By how many significant digits an answer in numbers agrees with what is expected, too few
        ones included; :data:`EXACT` where nothing was rounded or nothing agrees, and for answers
        without numbers.
    """

    share: float
    note: str = ""
    digits: int = EXACT

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

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare an answer of this kind with what is expected."""
        raise NotImplementedError


def described(given: Plain) -> str:
    """Name what an answer is, in words."""
    kind = given["kind"] if given["kind"] in _NAMES else given["type"]
    if kind in _NAMES:  # a table with gaps is a table
        return _NAMES[kind]
    return f"an object of type `{''.join(c for c in given['type'] if c.isalnum() or c in '_.')}`"


# --- answers in words: one of several options, or a text of one's own ---------------------


@dataclass(frozen=True)
class Choice(Kind):
    """One of several options, answered by its letter.

    Parameters
    ----------
    options : mapping of str to str
        Letter to text, in Markdown.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    asked: ClassVar[str] = "a letter"
    takes: ClassVar[tuple[str, ...]] = ("text",)

    @property
    def prompt(self) -> str:
        """The options as a Markdown list."""
        return "\n".join(f"- **{letter}**: {text}" for letter, text in self.options.items())

    def misfit(self, given: Plain) -> str:
        """Say why an answer is none of the options."""
        found = super().misfit(given)
        if found or _letter(given) not in self.options:
            letters = ", ".join(f'`"{letter}"`' for letter in self.options)
            return f"Answer with one of {letters}, in quotes."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Judgement:
        """Compare two letters."""
        if _letter(expected) == _letter(given):
            return Judgement(1.0)
        return Judgement(0.0, "Another option is right.")


def _letter(plain: Plain) -> str:
    return str(plain["value"]).strip().lower()


@dataclass(frozen=True)
class OpenText(Kind):
    """A text that a reader must judge.

    Parameters
    ----------
    words : int
        The number of words from which it counts as attempted.
    """

    words: int = 5
    asked: ClassVar[str] = "a text"
    takes: ClassVar[tuple[str, ...]] = ("text",)
