"""Coefficients from the full equation alone."""

from __future__ import annotations

from mlmteach.model.reading.levels import Levels
from mlmteach.model.reading.rows import Row, add, checked, only_letter
from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Letter, Statement
from mlmteach.model.terms import Factor, Term

__all__ = ["rows_from_full"]


def rows_from_full(full: Statement, levels: Levels, source: Source) -> dict[int, Row]:
    """Sort the terms of the full equation by their level-1 predictors."""
    rows: dict[int, Row] = {}
    numbers: dict[frozenset[Factor], int] = {}
    residual = full.relation == "~"

    def row(term: Term, letter: Letter | None, start: int) -> Row:
        """The row of a level-1 term; it keeps the number that it has first."""
        key = frozenset(term.factors)
        if key not in numbers:
            q = letter.q if letter and letter.q is not None else None
            if q is None:
                q = 0 if not term else max([0, *rows]) + 1
            if q in rows:
                raise source.error(
                    start,
                    f"The number {q} belongs to '{rows[q].term.name}', and stands here with "
                    f"'{term.name}'.",
                    "Give each level-1 predictor a number of its own, and each U its predictor.",
                )
            numbers[key] = q
            rows[q] = Row(term, start)
        if letter and letter.q is not None and letter.q != numbers[key]:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands with '{term.name}', which has the number {numbers[key]}.",
                "Use the same first number for all terms of one level-1 predictor.",
            )
        return rows[numbers[key]]

    for position, summand in enumerate(full.right[0]):
        if not summand.letters and (summand.numbers or summand.variables):
            if not summand.numbers:
                only_letter(summand, source, "Write a coefficient before it, such as 'g10*ses'.")
            lower, upper = levels.split(checked(summand, source))
            row(lower, None, summand.start).predictors.append((position, upper))
            continue
        letter = only_letter(summand, source, "Write one symbol in each term.")
        lower, upper = levels.split(checked(summand, source))
        if letter.role == "residual":
            residual = True
        elif letter.role == "effect":
            if upper:
                raise source.error(
                    letter.start,
                    f"'{letter.shown}' multiplies the level-2 predictor '{upper.name}'.",
                    "U multiplies the level-1 predictor whose coefficient it belongs to.",
                )
            if not lower and letter.q:
                raise source.error(
                    letter.start,
                    f"'{letter.shown}' stands without its predictor.",
                    "Substitution gives U times the predictor of its coefficient, such as "
                    "'U_1j*ses_ij'.",
                )
            row(lower, letter, summand.start).random = True
        elif letter.role == "gamma":
            if (letter.s == 0) == bool(upper) and letter.s == 0:
                raise source.error(
                    letter.start,
                    f"'{letter.shown}' stands with the level-2 predictor '{upper.name}'.",
                    "The second number is 0 for a mean, and counts level-2 predictors otherwise.",
                )
            add(row(lower, letter, summand.start), letter, upper, source)
        else:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the full equation.",
                "The full equation has γ's, U's and ε.",
            )
    if not residual:
        raise source.error(full.stop, "The equation has no residual.", "Add '+ e'.")
    return rows
