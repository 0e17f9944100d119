"""What a check says about an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlmteach import display

__all__ = ["Outcome", "Status"]


class Status(StrEnum):
    """The five outcomes of a check."""

    CORRECT = "correct"
    PARTLY = "partly"
    NOT_YET = "not yet"
    NOT_ATTEMPTED = "not attempted"
    UNCHECKABLE = "cannot be checked"


# A sign and a word: colour tells nothing that these do not.
_SIGNS = {
    Status.CORRECT: "✓",
    Status.PARTLY: "◐",
    Status.NOT_YET: "✗",
    Status.NOT_ATTEMPTED: "○",
    Status.UNCHECKABLE: "?",
}


@dataclass(frozen=True)
class Outcome:
    """The result of checking one answer.

    Parameters
    ----------
    status : Status
        One of correct, partly, not yet, not attempted, cannot be checked.
    message : str
        What the answer looks like and what to do, in Markdown.
    share : float
        The share of the points that the answer earns, from 0 to 1.
    mistake : str
        The message of the usual mistake that was recognised; empty if there was none.

    Examples
    --------
    >>> Outcome(Status.NOT_YET, "This is the standard deviation.")
    ✗ Not yet. This is the standard deviation.
    """

    status: Status
    message: str = ""
    share: float = 0.0
    mistake: str = ""

    @property
    def text(self) -> str:
        """The outcome as plain text."""
        return f"{_SIGNS[self.status]} {self._word}. {self.message}".rstrip()

    @property
    def markdown(self) -> str:
        """The outcome in Markdown."""
        return f"{_SIGNS[self.status]} **{self._word}.** {self.message}".rstrip()

    @property
    def _word(self) -> str:
        return self.status.value.capitalize()

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return display.bundle(text=self.text, markdown=self.markdown)
