"""From statements to what a model is made of."""

from __future__ import annotations

from collections.abc import Iterable

from mlmteach.model.formula import join
from mlmteach.model.lme4 import Written
from mlmteach.model.reading.covariance import covariance_of
from mlmteach.model.reading.from_full import rows_from_full
from mlmteach.model.reading.from_levels import rows_from_levels
from mlmteach.model.reading.levels import Levels
from mlmteach.model.reading.rows import Row
from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Letter, Statement, Variable
from mlmteach.model.terms import Factor, Term

__all__ = ["Kind", "build", "kind_of"]

Kind = str
"""``"level1"``, ``"level2"``, ``"full"`` or ``"distribution"``."""


def kind_of(statement: Statement) -> Kind:
    """Say which equation a statement is, by its left side and the symbols on its right."""
    first = statement.left[0]
    if isinstance(first, Letter):
        return "level2" if first.role == "beta" else "distribution"
    roles = [letter.role for sum_ in statement.right for t in sum_ for letter in t.letters]
    betas, gammas = roles.count("beta"), roles.count("gamma")  # one of them may be a slip
    return "level1" if betas and betas >= gammas else "full"


def build(
    statements: Iterable[Statement],
    source: Source,
    *,
    group: str,
    level2: Iterable[str] = (),
    complete: bool = False,
) -> Written:
    """Put statements together.

    Parameters
    ----------
    statements : iterable of Statement
        The level-1 equation with the level-2 equations, or the full equation, or all of them.
    source : Source
        Their text, for errors.
    group : str
        The grouping column.
    level2 : iterable of str
        Columns known to stand at level 2.
    complete : bool
        Whether all other columns are known to stand at level 1.

    Returns
    -------
    Written

    Raises
    ------
    EquationError
        If the equations are not those of a two-level model.
    """
    kinds: dict[Kind, list[Statement]] = {}
    for statement in statements:
        _refuse_mixed_left(statement, source)
        kinds.setdefault(kind_of(statement), []).append(statement)
    outcome_lines = kinds.get("level1") or kinds.get("full")
    if not outcome_lines:
        raise source.error(
            0,
            "The text has no equation of the outcome.",
            "Write level 1, such as 'mathach = b0 + r', or the full equation.",
        )
    for lines in (kinds.get("level1", []), kinds.get("full", [])):
        if len(lines) > 1:
            raise source.error(
                lines[1].start, "The text has two equations of the outcome.", "Keep one of them."
            )
    outcome = outcome_lines[0].left[0]
    assert isinstance(outcome, Variable)
    found: list[dict[int, Row]] = []
    if "level1" in kinds:
        found.append(rows_from_levels(kinds["level1"][0], kinds.get("level2", []), source))
    elif "level2" in kinds:
        raise source.error(
            kinds["full"][0].start,
            "The level-1 equation has no β.",
            "Write a coefficient before each predictor, such as 'b1*ses'.",
        )
    for full in kinds.get("full", []):
        levels = Levels(source, level2, complete=complete, summands=full.right[0])
        found.append(rows_from_full(full, levels, source))
    rows = found[0]
    if not any(row.random for row in rows.values()):
        raise source.error(
            outcome_lines[0].start,
            "No coefficient has a U, so this is no multilevel model.",
            "Add 'u0' to the equation of 'b0'.",
        )
    written = _written(outcome.factor, group, rows, kinds, source)
    if len(found) > 1 and _written(outcome.factor, group, found[1], kinds, source) != written:
        raise source.error(
            kinds["full"][0].start,
            "The full equation does not follow from those of the two levels.",
            "Substitute again, or leave it out; mlmteach.check_equations names the differences.",
        )
    return written


def _refuse_mixed_left(statement: Statement, source: Source) -> None:
    roles = {atom.role if isinstance(atom, Letter) else type(atom) for atom in statement.left}
    if len(roles) > 1 or not roles <= {"beta", "effect", "residual", Variable}:
        raise source.error(
            statement.start,
            f"'{statement.left[0].shown}' cannot be the left side of an equation.",
            "Write the outcome or a coefficient before '=', such as 'mathach' or 'b1'.",
        )


def _written(
    outcome: Factor,
    group: str,
    rows: dict[int, Row],
    kinds: dict[Kind, list[Statement]],
    source: Source,
) -> Written:
    ordered = dict(sorted(rows.items()))
    merged: dict[Term, tuple[tuple[Term, ...], bool]] = {}
    names: dict[int, str] = {}
    seen: set[Term] = set()
    for q, row in ordered.items():
        if row.term in seen:
            raise source.error(row.start, f"'{row.term.name}' stands twice.", "Write it once.")
        seen.add(row.term)
        bare = row.term.bare  # contrasts of one variable are one term of the formula
        equation = _predictors(row, source), row.random
        if merged.setdefault(bare, equation) != equation:
            raise source.error(
                row.start,
                f"The categories of '{bare.name}' have different level-2 equations.",
                "Give them the same predictors, and all of them a U or none.",
            )
        names[q] = bare.name
    level2 = {
        term.formula if term else "intercept": join(predictors, random=random)
        for term, (predictors, random) in merged.items()
    }
    random_rows = {q: names[q] for q, row in ordered.items() if row.random}
    statements = [*kinds.get("distribution", []), *kinds.get("level2", [])]
    return Written(
        f"{outcome.formula} ~ {join(merged)}",
        group,
        level2,
        covariance_of(statements, random_rows),
    )


def _predictors(row: Row, source: Source) -> tuple[Term, ...]:
    """The level-2 predictors in their order, contrasts of one variable as one term."""
    terms = [term for _, term in sorted(row.predictors, key=lambda pair: pair[0])]
    if twice := [term for position, term in enumerate(terms) if term in terms[:position]]:
        name = twice[0].name if twice[0] else "the mean"
        raise source.error(row.start, f"{name} stands twice in one equation.", "Write it once.")
    return tuple(dict.fromkeys(term.bare for term in terms))
