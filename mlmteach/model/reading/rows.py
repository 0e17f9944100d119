"""A level-1 coefficient while it is being put together from terms of equations."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Letter, Summand
from mlmteach.model.terms import Term

__all__ = ["Row", "add", "checked", "only_letter", "term_of"]


@dataclass
class Row:
    """A level-1 coefficient: its predictor, where that stands, and its level-2 equation."""

    term: Term
    start: int
    predictors: list[tuple[int, Term]] = field(default_factory=list)  # s and the predictor
    random: bool = False


def add(row: Row, letter: Letter, predictor: Term, source: Source) -> None:
    """Add γ with its level-2 predictor to the equation of a coefficient."""
    assert letter.s is not None
    if any(s == letter.s for s, _ in row.predictors):
        raise source.error(letter.start, f"'{letter.shown}' stands twice.", "Number it anew.")
    if not predictor and letter.s != 0:
        raise source.error(
            letter.start,
            f"'{letter.shown}' stands without its predictor.",
            "Write the level-2 predictor beside it, or 0 as its second number.",
        )
    if predictor and letter.s == 0:
        raise source.error(
            letter.start,
            f"'{letter.shown}' is a mean, and stands with '{predictor.name}'.",
            "The second number is 0 for the mean, and counts level-2 predictors otherwise.",
        )
    row.predictors.append((letter.s, predictor))


def only_letter(summand: Summand, source: Source, remedy: str) -> Letter:
    """Give the one symbol of a term, or refuse the term."""
    if not summand.letters:
        shown = summand.term.name if summand.variables else summand.numbers[0].shown
        raise source.error(summand.start, f"'{shown}' has no symbol of the model.", remedy)
    if len(summand.letters) > 1:
        second = summand.letters[1]
        raise source.error(
            second.start, f"'{second.shown}' multiplies another symbol.", "Join them with '+'."
        )
    letter = summand.letters[0]
    if summand.sign < 0 or summand.numbers:
        raise source.error(
            summand.start,
            f"'{letter.shown}' has a sign or a number before it.",
            "Join symbols with '+': a negative value is a matter of the coefficient.",
        )
    return letter


def checked(summand: Summand, source: Source) -> Summand:
    """Give the term, or refuse it if a predictor of it is none."""
    for variable in summand.variables:
        if variable.grand:
            raise source.error(
                variable.start,
                f"'{variable.shown}' is a mean over everything, which is no predictor.",
                r"Give it the index of the group: \overline{x}_{\cdot j}.",
            )
    return summand


def term_of(summand: Summand, source: Source) -> Term:
    """Give the predictors of a term."""
    return checked(summand, source).term
