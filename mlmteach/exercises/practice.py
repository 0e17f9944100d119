"""Checks, hints and solutions in a notebook.

Nothing here raises: a student who types something odd gets an answer and not a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from mlmteach import display
from mlmteach.errors import MlmteachError
from mlmteach.exercises.catalogue import find
from mlmteach.exercises.exercise import Worked
from mlmteach.exercises.functions import Function, called
from mlmteach.exercises.outcome import Outcome, Status
from mlmteach.exercises.plain import to_plain

__all__ = ["Note", "check", "hint", "solution", "worked"]


@dataclass(frozen=True)
class Note:
    """A text for a notebook: Markdown there, plain text elsewhere."""

    markdown: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return display.bundle(text=self.text, markdown=self.markdown)


@cache
def worked(id: str) -> Worked:
    """What the solution of an exercise and its usual mistakes give; computed once."""
    return find(id).work()


def check(id: str, answer: Any = ...) -> Outcome:
    """Check your answer to an exercise of the course.

    Parameters
    ----------
    id : str
        The number of the exercise, such as ``"2.1"``.
    answer : object
        Your answer.

    Returns
    -------
    Outcome
        Correct, partly, not yet, not attempted, or cannot be checked; with a diagnosis where the
        answer looks like a usual mistake.  It never raises.

    Examples
    --------
    >>> check("2.1", ...)
    ○ Not attempted. Put your answer in the place of `...` after `tau2 =`.
    >>> check("2.1", "a sixth")
    ? Cannot be checked. A number is asked for, and this is a text.
    """
    try:
        exercise = find(id)
        plain = to_plain(answer)
        if plain["kind"] == "blank":
            return exercise.judge(plain, Worked(plain))
        known = worked(exercise.id)
        if plain["kind"] == "function" and isinstance(exercise.kind, Function):
            plain = called(answer, known.frames)
        return exercise.judge(plain, known)
    except MlmteachError as error:
        return Outcome(Status.UNCHECKABLE, str(error))
    except Exception as error:  # a notebook goes on, whatever was handed in
        name = type(error).__name__
        return Outcome(Status.UNCHECKABLE, f"Checking this answer failed with {name}.")


def hint(id: str, n: int = 1) -> Note:
    """Give a hint to an exercise of the course.

    Parameters
    ----------
    id : str
        The number of the exercise, such as ``"2.1"``.
    n : int
        Which hint: 1 is a nudge, the last one nearly gives the answer.

    Returns
    -------
    Note

    Examples
    --------
    >>> hint("0.1")
    Hint 1 of 2. The intercept is the same for both. The next one: `mlm.hint("0.1", 2)`.
    """
    try:
        exercise = find(id)
    except MlmteachError as error:
        return _said(str(error))
    hints = exercise.hints
    if not hints:
        return _said(f"Exercise {id} has no hints.")
    if n not in range(1, len(hints) + 1):
        if len(hints) == 1:
            return _said(f"Exercise {id} has one hint: ask for number 1.")
        return _said(f"Exercise {id} has {len(hints)} hints: ask for one from 1 to {len(hints)}.")
    start, text = f"Hint {n} of {len(hints)}.", hints[n - 1]
    if n < len(hints):
        text += f' The next one: `mlm.hint("{exercise.id}", {n + 1})`.'
    return Note(f"**{start}** {text}", f"{start} {text}")


def solution(id: str) -> Note:
    """Show one way to solve an exercise of the course.

    Parameters
    ----------
    id : str
        The number of the exercise, such as ``"2.1"``.

    Returns
    -------
    Note
        The source, which runs as it is, and why it is right.

    Examples
    --------
    >>> print(solution("2.1").text.splitlines()[0])
    exam = mlm.load("exam")
    """
    try:
        exercise = find(id)
    except MlmteachError as error:
        return _said(str(error))
    source = "\n".join(part for part in (exercise.setup, exercise.solution) if part).strip()
    after = f"\n\n{exercise.explanation}" if exercise.explanation else ""
    return Note(f"```python\n{source}\n```{after}", f"{source}{after}")


def _said(sentence: str) -> Note:
    return Note(sentence, sentence)
