"""Answers in words: one of several options, or a text of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.plain import Plain

__all__ = ["Choice", "OpenText"]


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

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two letters."""
        if _letter(expected) == _letter(given):
            return Comparison(1.0)
        return Comparison(0.0, "Another option is right.")


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
