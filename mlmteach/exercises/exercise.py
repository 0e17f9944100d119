"""The exercise: a question, its solution as source, and the mistakes that people make.

No expected value is written down.  The solution is run, and so is every mistake; an answer is held
against what they give.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlmteach.errors import MlmteachWarning, OptionError
from mlmteach.exercises.functions import Function, called
from mlmteach.exercises.kinds import EXACT, Judgement, Kind, OpenText
from mlmteach.exercises.numeric import ENOUGH
from mlmteach.exercises.outcome import Outcome, Status
from mlmteach.exercises.own_test import OwnTest
from mlmteach.exercises.plain import Plain, to_plain

__all__ = ["Also", "Exercise", "Mistake", "Worked", "workspace"]

_TIED = "To these digits it is right, but a usual mistake gives the same. Give a digit more."


@dataclass(frozen=True)
class Mistake:
    """A usual mistake.

    Parameters
    ----------
    value : str
        An expression that gives what the mistake leads to, evaluated where the solution has run.
    message : str
        What to tell the one who made it, in Markdown.
    """

    value: str
    message: str


@dataclass(frozen=True)
class Also:
    """Another answer that is right, such as that of another method.

    Parameters
    ----------
    value : str
        An expression that gives it, evaluated where the solution has run.
    message : str
        What to say to the one who gave it, in Markdown.
    """

    value: str
    message: str


@dataclass(frozen=True)
class Worked:
    """What the solution and the mistakes give on the data at hand.

    Parameters
    ----------
    expected : dict
        The right answer as plain data.
    mistakes : tuple
        Plain data and message of each usual mistake.
    frames : tuple of pandas.DataFrame
        The data on which a function is tried.
    also : tuple
        Plain data and message of each other answer that is right.
    """

    expected: Plain
    mistakes: tuple[tuple[Plain, str], ...] = ()
    frames: tuple[Any, ...] = ()
    also: tuple[tuple[Plain, str], ...] = ()


@dataclass(frozen=True)
class Exercise:
    """A question whose answer can be checked.

    Parameters
    ----------
    id : str
        Such as ``"2.1"``: lesson and number.
    title, prompt : str
        The question, in Markdown.
    answer : str
        The name that the student binds the answer to.
    kind : Kind
        What the answer is and how it is compared.
    solution : str
        Source that binds the answer.
    setup : str
        Source that solution and student both start from, such as the loading of data.
    hints : tuple of str
        From a nudge to nearly all, in Markdown.
    mistakes : tuple of Mistake
        The usual mistakes; the one that fits best is named, and of several the first.
    explanation : str
        Why the answer is right, in Markdown; shown with a right answer and with the solution.
    points : float
        What a full answer earns.
    also : tuple of Also
        Other answers that are right.

    Raises
    ------
    OptionError
        If the name of the answer is none, or the solution does not bind it.

    Examples
    --------
    >>> from mlmteach.exercises import Number
    >>> double = Exercise(
    ...     id="0.0",
    ...     title="Twice",
    ...     prompt="What is twice 21?",
    ...     answer="twice",
    ...     kind=Number(),
    ...     solution="twice = 2 * 21",
    ...     mistakes=(Mistake("21 ** 2", "That is the square."),),
    ... )
    >>> double.check(42), double.check(441)
    (✓ Correct., ✗ Not yet. That is the square.)
    """

    id: str
    title: str
    prompt: str
    answer: str
    kind: Kind
    solution: str
    setup: str = ""
    hints: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    explanation: str = ""
    points: float = 1.0
    also: tuple[Also, ...] = ()

    def __post_init__(self) -> None:
        if not self.answer.isidentifier():
            raise OptionError(
                f"Exercise {self.id}: '{self.answer}' is no name for an answer.",
                "Use letters, digits and underscores, such as `tau2`.",
            )
        if not 0 <= self.points < 1e6:
            raise OptionError(
                f"Exercise {self.id} is worth {self.points} points.", "Give a number from 0 up."
            )

    def work(self, given: Mapping[str, Any] | None = None) -> Worked:
        """Run the solution and the mistakes.

        Parameters
        ----------
        given : mapping of str to object, optional
            Names that the sources may use, such as ``student``.

        Returns
        -------
        Worked

        Raises
        ------
        OptionError
            If the solution does not bind the answer.
        """
        space = workspace(given)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=MlmteachWarning)
            source = f"{self.setup}\n{self.solution}\n"
            exec(compile(source, f"<solution of {self.id}>", "exec"), space)
            if self.answer not in space:
                raise OptionError(
                    f"The solution of exercise {self.id} does not bind '{self.answer}'.",
                    "Let the solution end in that name.",
                )

            def value(expression: str) -> Any:
                return eval(compile(expression, f"<exercise {self.id}>", "eval"), space)

            tried = isinstance(self.kind, Function)
            frames = tuple(value(self.kind.tries)) if isinstance(self.kind, Function) else ()

            def plain(found: Any) -> Plain:
                if isinstance(self.kind, OwnTest) and self.kind.calls:
                    return self.kind.tried({**space, self.answer: found})
                return called(found, frames) if tried else to_plain(found)

            return Worked(
                plain(space[self.answer]),
                tuple((plain(value(m.value)), m.message) for m in self.mistakes),
                frames,
                tuple((plain(value(a.value)), a.message) for a in self.also),
            )

    def judge(self, given: Plain, worked: Worked) -> Outcome:
        """Hold an answer, as plain data, against what the solution gives.

        Parameters
        ----------
        given : dict
            From :func:`~mlmteach.exercises.plain.to_plain`.
        worked : Worked
            From :meth:`work`.

        Returns
        -------
        Outcome
        """
        if given["kind"] == "blank" or (given["kind"] == "text" and not given["value"].strip()):
            message = f"Put your answer in the place of `...` after `{self.answer} =`."
            return Outcome(Status.NOT_ATTEMPTED, message)
        if misfit := self.kind.misfit(given):
            return Outcome(Status.UNCHECKABLE, misfit)
        if isinstance(self.kind, OpenText):
            if len(given["value"].split()) < self.kind.words:
                return Outcome(Status.NOT_ATTEMPTED, "Write a sentence or two.")
            return Outcome(
                Status.UNCHECKABLE,
                f"A reader must judge this answer. Compare it with `mlm.solution({self.id!r})`.",
            )
        found, said = self._nearest(given, worked)
        slip, message = self._slip(given, worked)
        known = found.digits if found.right else 0
        if not found.right and slip <= found.digits < ENOUGH:  # one digit may be the right one
            message = ""
        if found.right and (known > slip or known >= EXACT):
            return _correct(found.note, said, self.explanation)
        if slip and known == slip:  # none can tell, and the answer is what is asked for
            return _correct(_TIED, self.explanation)
        if message:
            return Outcome(Status.NOT_YET, message, mistake=message)
        if found.share > 0:
            return Outcome(Status.PARTLY, found.note, share=found.share)
        return Outcome(Status.NOT_YET, found.note)

    def _nearest(self, given: Plain, worked: Worked) -> tuple[Judgement, str]:
        """Hold an answer against all that are right; the words are those of the nearest."""
        found, said = self.kind.compare(worked.expected, given), ""
        for value, message in worked.also:
            if self.kind.misfit(value):
                continue
            other = self.kind.compare(value, given)
            if other.right and not (found.right and found.digits >= other.digits):
                found, said = other, message
        return found, said

    def _slip(self, given: Plain, worked: Worked) -> tuple[int, str]:
        """The digits by which an answer is a usual mistake, and the message of the mistake.

        Two digits that fit several mistakes tell none of them.
        """
        fits = []
        for wrong, message in worked.mistakes:
            if self.kind.misfit(wrong) or self._is_right(wrong, worked):
                continue
            judgement = self.kind.compare(wrong, given)
            if judgement.right:
                fits.append((judgement.digits, message))
        digits = max((digits for digits, _ in fits), default=0)
        messages = [message for d, message in fits if d == digits]
        told = digits >= ENOUGH or len(messages) == 1
        return digits, messages[0] if told and messages else ""

    def _is_right(self, wrong: Plain, worked: Worked) -> bool:
        """Whether on these data a mistake gives what is right."""
        found = self._nearest(wrong, worked)[0]
        return found.right and found.digits >= EXACT

    def check(self, answer: Any, given: Mapping[str, Any] | None = None) -> Outcome:
        """Check an answer in this very process: for practice, not for marks.

        Parameters
        ----------
        answer : object
            What the student has.
        given : mapping of str to object, optional
            Names that the sources may use.

        Returns
        -------
        Outcome
        """
        plain = to_plain(answer)
        if plain["kind"] == "blank":
            return self.judge(plain, Worked(plain))
        worked = self.work(given)
        if plain["kind"] == "function" and isinstance(self.kind, Function):
            plain = called(answer, worked.frames)
        if isinstance(self.kind, OwnTest) and self.kind.calls:
            plain = self.kind.tried({**workspace(given), self.answer: answer})
        return self.judge(plain, worked)


def workspace(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the names that sources of exercises run with: ``mlm``, as in a notebook, and others."""
    space: dict[str, Any] = {}
    exec("import mlmteach as mlm", space)
    return space | dict(given or {})


def _correct(*words: str) -> Outcome:
    return Outcome(Status.CORRECT, " ".join(filter(None, words)), share=1.0)
