"""Exercises on a page: checked there where that can be done without Python.

A page knows the right answers and the usual mistakes as salted hashes alone, so that nobody reads
them by looking at its source.  That is a courtesy to those who want to think, and no lock: numbers
of three digits are soon tried out.  What is a model, an equation, a table or a function is checked
in the notebook, and the page says so.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, floor, isfinite, log10
from typing import Any

from mlmteach.exercises.exercise import Exercise, Worked
from mlmteach.exercises.kinds import Choice, Kind, OpenText
from mlmteach.exercises.numeric import Interval, Number, bounds_of
from mlmteach.exercises.plain import Plain
from mlmteach.exercises.practice import solution, worked
from mlmteach.site.markup import inline_html, to_html

__all__ = ["accepted", "digest", "key", "quiz"]

DIGITS = (2, 3, 4)
"""A number is held against the right one at so many significant digits; further ones are cut."""


def quiz(exercise: Exercise) -> str:
    """Write an exercise as HTML: the question, a form where it can be checked, hints, a solution.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    str
    """
    # options stand in the form, and not in the question as well
    parts = [to_html(exercise.prompt), _form(exercise)]
    parts += [
        _folded(f"Hint {number}", to_html(text))
        for number, text in enumerate(exercise.hints, start=1)
    ]
    parts.append(_folded("A solution", to_html(solution(exercise.id).markdown)))
    return f'<div class="exercise">{"".join(parts)}</div>'


def _form(exercise: Exercise) -> str:
    kind, name = exercise.kind, f"answer-{exercise.id.replace('.', '-')}"
    if isinstance(kind, OpenText):
        return (
            f'<p><label for="{name}">Your answer, for you alone: a reader must judge it. Write it, '
            f'then open the solution.</label></p><textarea id="{name}" rows="4"></textarea>'
        )
    if isinstance(kind, Choice):
        options = "".join(
            f'<label><input type="radio" name="{name}" value="{letter}"> <b>{letter}</b> '
            f"{inline_html(text)}</label>"
            for letter, text in kind.options.items()
        )
        fields = f"<fieldset><legend>Choose one</legend>{options}</fieldset>"
    elif isinstance(kind, Number | Interval):
        said = ("Lower bound", "Upper bound") if isinstance(kind, Interval) else ("Your answer",)
        fields = "".join(
            f'<label>{label} <input type="text" inputmode="decimal" autocomplete="off" size="12">'
            "</label>"
            for label in said
        )
    else:
        return (
            '<p class="needs-python">This answer is checked by Python. Open the notebook and run '
            f"the check there.</p>{_starting_point(exercise)}"
        )
    packed = html.escape(json.dumps(key(exercise, worked(exercise.id)), ensure_ascii=False))
    return (
        f'{_starting_point(exercise)}<form class="quiz" data-key="{packed}">{fields}'
        '<button type="submit">Check</button><div class="verdict" role="status"></div></form>'
    )


def _starting_point(exercise: Exercise) -> str:
    return to_html(f"```python\n{exercise.setup}\n```") if exercise.setup else ""


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>{body}</details>"


# --- what the page knows of the answer -----------------------------------------------------


def digest(salt: str, answer: str) -> str:
    """Hash an answer with the salt of its exercise, as the page does.

    Examples
    --------
    >>> digest("2.1", "0.172") == digest("2.1", "0.172") != digest("2.2", "0.172")
    True
    """
    return hashlib.sha256(f"{salt}:{answer}".encode()).hexdigest()[:12]


def key(exercise: Exercise, known: Worked) -> dict[str, Any]:
    """What the page has to know to check an answer, and to name a usual mistake.

    Parameters
    ----------
    exercise : Exercise
        Whose answer is a number, an interval or a choice.
    known : Worked
        What its solution and its mistakes give.

    Returns
    -------
    dict
        ``right`` and ``mistakes`` hold hashes, one list a place to fill in.
    """
    salt, kind = exercise.id, exercise.kind
    explained = to_html(exercise.explanation) if exercise.explanation else ""
    right = [(known.expected, explained)]
    right += [(value, to_html(message) + explained) for value, message in known.also]
    mistakes = [(value, to_html(message)) for value, message in known.mistakes]
    return {
        "salt": salt,
        "kind": type(kind).__name__.lower(),
        "proportion": isinstance(kind, Number) and kind.proportion,
        "scale": _scale(kind, known.expected),
        "whole": _is_whole(known.expected),
        "right": _hashed(salt, kind, right),
        "mistakes": _hashed(salt, kind, mistakes),
    }


def _hashed(salt: str, kind: Kind, answers: Iterable[tuple[Plain, str]]) -> list[dict[str, Any]]:
    made = []
    for value, message in answers:
        places = _places(kind, value)
        if places:
            hashes = [sorted(digest(salt, text) for text in place) for place in places]
            made.append({"at": hashes, "say": message})
    return made


def _places(kind: Kind, value: Plain) -> list[set[str]]:
    """The texts that are accepted in each place to fill in; nothing if the value does not fit."""
    if isinstance(kind, Choice):
        return [{str(value["value"]).strip().lower()}]
    if isinstance(kind, Number):
        numbers = [value["value"]] if value["kind"] == "number" else []
        if not numbers or not isfinite(float(numbers[0])):
            return []
        return [accepted(float(numbers[0]), relative=kind.relative)]
    if isinstance(kind, Interval):
        bounds = bounds_of(value)
        if bounds is None:
            return []
        width, scale = abs(bounds[1] - bounds[0]), max(map(abs, bounds))
        share = kind.tolerance * width / scale if scale else 0.0
        return [accepted(bound, relative=share, scale=scale) for bound in bounds]
    return []


def _scale(kind: Kind, expected: Plain) -> int | None:
    """The place of the first digit of an interval's bounds: both are rounded alike."""
    if not isinstance(kind, Interval):
        return None
    scale = max(map(abs, bounds_of(expected) or [0.0]))
    return floor(log10(scale)) if scale else 0


def accepted(expected: float, *, relative: float = 0.002, scale: float | None = None) -> set[str]:
    """Every text that counts as a number, at two, three and four significant digits.

    Parameters
    ----------
    expected : float
    relative : float
        A departure that is allowed beside rounding, as a share of the scale.
    scale : float, optional
        The number whose first digit is the first significant one; the expected one if left out,
        and then a whole number has to be met as it is.

    Returns
    -------
    set of str
        As the page writes what is typed: how many significant digits it has, at most four, a
        colon, the digits without zeros at the end, ``e`` and a power of ten.

    Examples
    --------
    >>> sorted(accepted(12.0)), "3:172e-3" in accepted(0.1716), "3:174e-3" in accepted(0.1716)
    (['0:12e0'], True, False)
    """
    if scale is None and expected.is_integer():
        return {f"0:{_canonical(int(expected), 0)}"}
    size = abs(expected if scale is None else scale)
    first = floor(log10(size)) if size else 0
    texts = set()
    for digits in DIGITS:
        power = first - digits + 1
        value = Decimal(repr(expected)).scaleb(-power)
        found = {int(value.to_integral_value(ROUND_HALF_UP))}
        if digits == DIGITS[-1]:  # with fewer, a departure is at most that of rounding
            room = Decimal(repr(relative * size)).scaleb(-power)
            found |= set(range(ceil(value - room), floor(value + room) + 1))
        texts |= {f"{digits}:{_canonical(number, power)}" for number in found}
    return texts


def _canonical(number: int, power: int) -> str:
    while number and number % 10 == 0:
        number, power = number // 10, power + 1
    return f"{number}e{power}" if number else "0"


def _is_whole(expected: Plain) -> bool:
    return expected["kind"] == "number" and float(expected["value"]).is_integer()
