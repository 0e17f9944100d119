"""Coefficients from a level-1 equation and the level-2 equations."""

from __future__ import annotations

from mlmteach.model.reading.rows import Row, add, only_letter, term_of
from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Atom, Letter, Statement, Sum

__all__ = ["rows_from_levels"]


def rows_from_levels(level1: Statement, level2: list[Statement], source: Source) -> dict[int, Row]:
    """Read the level-1 equation, then fill in the equation of each coefficient."""
    rows: dict[int, Row] = {}
    residual = level1.relation == "~"
    for summand in level1.right[0]:
        letter = only_letter(summand, source, "Write a coefficient before it, such as 'b1*ses'.")
        if letter.role == "residual":
            residual = True
            continue
        if letter.role != "beta" or letter.q is None:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the level-1 equation.",
                "Level 1 has β's and ε; move it to a level-2 equation.",
            )
        if letter.q in rows:
            raise source.error(letter.start, f"'{letter.shown}' stands twice.", "Number it anew.")
        rows[letter.q] = Row(term_of(summand, source), summand.start)
    if not residual:
        raise source.error(
            level1.stop, "The level-1 equation has no residual.", "Add '+ r', the level-1 residual."
        )
    done: set[int] = set()
    for statement in level2:
        for left, right in zip(statement.left, statement.right, strict=True):
            _read_level2(left, right, statement, rows, done, source)
    for q, row in rows.items():
        if q not in done:
            raise source.error(
                row.start,
                f"There is no level-2 equation for the coefficient with the number {q}.",
                f"Add 'b{q} = g{q}0', or with a U: 'b{q} = g{q}0 + u{q}'.",
            )
    return rows


def _read_level2(
    left: Atom,
    right: Sum,
    statement: Statement,
    rows: dict[int, Row],
    done: set[int],
    source: Source,
) -> None:
    assert isinstance(left, Letter)
    assert left.q is not None
    q = left.q
    if q not in rows:
        raise source.error(
            left.start,
            f"'{left.shown}' is not in the level-1 equation.",
            "Use the same numbers at both levels.",
        )
    if q in done:
        raise source.error(left.start, f"'{left.shown}' has two equations.", "Keep one of them.")
    done.add(q)
    rows[q].random = statement.relation == "~"
    for position, summand in enumerate(right):
        if not summand.letters and summand.numbers:  # an estimate in place of γ
            if summand.value != 0.0 or len(right) > 1:
                rows[q].predictors.append((position, term_of(summand, source)))
            continue
        letter = only_letter(summand, source, f"Write a coefficient before it, such as 'g{q}1'.")
        if letter.role not in {"gamma", "effect"}:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in a level-2 equation.",
                "Level 2 has γ's and U's.",
            )
        if letter.q != q:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the equation of '{left.shown}'.",
                f"Its first number has to be {q}.",
            )
        if letter.role == "effect":
            if summand.variables:
                raise source.error(
                    letter.start, f"'{letter.shown}' has a predictor here.", "Let U stand alone."
                )
            rows[q].random = True
            continue
        assert letter.s is not None
        add(rows[q], letter, term_of(summand, source), source)
