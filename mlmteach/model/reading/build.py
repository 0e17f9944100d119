"""From statements to what a model is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from mlmteach.model.family import NORMAL, Family
from mlmteach.model.formula import join
from mlmteach.model.grouping import Grouping
from mlmteach.model.lme4 import Written
from mlmteach.model.reading.drafts import (
    Draft,
    Kind,
    Levels,
    Number,
    number_of,
    rows_from_full,
    rows_from_levels,
)
from mlmteach.model.reading.outcome import outcome_of
from mlmteach.model.reading.statements import (
    Letter,
    Statement,
    WrittenMean,
    WrittenVariable,
)
from mlmteach.model.reading.text import EquationText
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import INTERCEPT, Factor, Term

__all__ = ["build", "covariance_of", "kind_of"]


# --- which U's may correlate, by the zeros of the matrices that are written ---------------


def covariance_of(
    statements: Iterable[Statement], names: Mapping[Number, str], *, upper: bool = False
) -> Covariance:
    """Read the blocks of effects that may correlate.

    Parameters
    ----------
    statements : iterable of Statement
        The distributions of U's, or of β's as vectors; a lone β tells nothing.
    names : mapping of tuple of int to str
        The names of the random coefficients by their numbers.
    upper : bool
        Whether they are V's, or δ's as vectors.

    Returns
    -------
    "unstructured" or tuple of tuple of str
        Unstructured also if the statements do not speak of all U's.
    """
    told: set[Number] = set()
    roles = {"upper", "delta"} if upper else {"effect", "beta"}
    joined = {number: frozenset({number}) for number in names}
    for statement in statements:
        letters = [atom for atom in statement.left if isinstance(atom, Letter)]
        numbers = [number_of(letter) for letter in letters if letter.role in roles]
        known = [number for number in numbers if number in names]
        lone_beta = len(numbers) == 1 and letters[0].role in {"beta", "delta"}
        if statement.relation == "=" or lone_beta or len(known) < len(letters):
            continue
        told |= set(known)
        for (row, q), (column, r) in combinations(enumerate(known), 2):
            if _correlated(statement, row, column):
                union = joined[q] | joined[r]
                joined |= dict.fromkeys(union, union)
    order = list(names)
    blocks = {
        tuple(dict.fromkeys(names[n] for n in order if n in block)): min(map(order.index, block))
        for block in joined.values()
    }
    if told != set(names) or len(blocks) < 2:
        return "unstructured"
    return tuple(sorted(blocks, key=lambda block: blocks[block]))


def _correlated(statement: Statement, row: int, column: int) -> bool:
    """Tell whether a covariance is other than zero; half of the matrix may be left out."""
    spread = statement.spread
    cells = [(row, column), (column, row)]
    written = [spread[r][c] for r, c in cells if r < len(spread) and c < len(spread[r])]
    return any(written) or not written


# --- from statements to what a model is made of -------------------------------------------


def kind_of(statement: Statement) -> Kind:
    """Say which equation a statement is, by its left side and the symbols on its right."""
    if statement.said:
        return "outcome"
    first = statement.left[0]
    if isinstance(first, Letter):
        return {"beta": "level2", "delta": "level3"}.get(first.role, "distribution")
    roles = [letter.role for sum_ in statement.right for t in sum_ for letter in t.letters]
    betas, gammas = roles.count("beta"), roles.count("gamma")  # one of them may be a slip
    return "level1" if betas and betas >= gammas else "full"


def build(
    statements: Iterable[Statement],
    source: EquationText,
    *,
    grouping: Grouping,
    known: Mapping[str, int],
    complete: bool = False,
) -> Written:
    """Put statements together.

    Parameters
    ----------
    statements : iterable of Statement
        The level-1 equation with those of the levels above, or the full equation, or all of them.
    source : EquationText
        Their text, for errors.
    grouping : Grouping
    known : mapping of str to int
        Columns known to stand at level 2, or at level 3.
    complete : bool
        Whether all other columns are known to stand at level 1.

    Returns
    -------
    Written

    Raises
    ------
    EquationError
        If the equations are not those of a multilevel model.
    """
    kinds: dict[Kind, list[Statement]] = {}
    statements = tuple(statements)
    told = outcome_of(statements, source)
    for statement in told.statements if told else statements:
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
    outcome = told.variable if told else outcome_lines[0].left[0]
    assert isinstance(outcome, WrittenVariable)
    family = told.family if told else NORMAL
    found: list[dict[int, Draft]] = []
    if "level1" in kinds:
        levels = Levels(source, grouping, known, complete=complete)
        found.append(rows_from_levels(kinds["level1"][0], kinds, levels, source))
    elif "level2" in kinds:
        raise source.error(
            kinds["full"][0].start,
            "The level-1 equation has no β.",
            "Write a coefficient before each predictor, such as 'b1*ses'.",
        )
    for full in kinds.get("full", []):
        levels = Levels(source, grouping, known, complete=complete, summands=full.right[0])
        found.append(rows_from_full(full, levels, source))
    rows = found[0]
    _refuse_no_effect(rows, grouping, outcome_lines[0], source)
    written, *other = (_written(outcome.factor, grouping, r, kinds, source, family) for r in found)
    if other and other[0] != written:
        raise source.error(
            kinds["full"][0].start,
            "The full equation does not follow from those of the two levels.",
            "Substitute again, or leave it out; mlmteach.check_equations names the differences.",
        )
    return written


def _refuse_no_effect(
    rows: Mapping[int, Draft], grouping: Grouping, line: Statement, source: EquationText
) -> None:
    """Refuse equations in which nothing differs between the groups of a grouping."""
    if not any(row.random for row in rows.values()):
        single = len(grouping.names) == 1
        raise source.error(
            line.start,
            "No coefficient has a U, so this is no multilevel model."
            if single
            else f"No coefficient has a U, the effect of each '{grouping.names[0]}'.",
            "Add 'u0' to the equation of 'b0'.",
        )
    uppers = [own for row in rows.values() for own in (row, *row.uppers.values())]
    if len(grouping.names) > 1 and not any(own.upper_random for own in uppers):
        where = "'v00' to the equation of 'd00'" if grouping.is_nested else "'v0' to that of 'b0'"
        raise source.error(
            line.start,
            f"No coefficient has a V, the effect of each '{grouping.names[1]}'.",
            f"Add {where}.",
        )


def _is_estimated_variance(statement: Statement) -> bool:
    """Tell whether a line is the estimate of a variance of ε, ``σ_0² = 39.1``."""
    left = statement.left[0]
    if not (isinstance(left, Letter) and left.role == "variance" and statement.relation == "="):
        return False
    return "σ" in left.shown.replace("\\sigma", "σ") and all(
        summand.atoms == summand.numbers for summand in statement.right[0]
    )


_LEFT = {"beta", "delta", "effect", "upper", "residual", WrittenVariable, WrittenMean}


def _refuse_mixed_left(statement: Statement, source: EquationText) -> None:
    if _is_estimated_variance(statement):
        return
    roles = {atom.role if isinstance(atom, Letter) else type(atom) for atom in statement.left}
    if len(roles) > 1 or not roles <= _LEFT:
        raise source.error(
            statement.start,
            f"'{statement.left[0].shown}' cannot be the left side of an equation.",
            "Write the outcome or a coefficient before '=', such as 'mathach' or 'b1'.",
        )


_Equation = tuple[tuple[Term, ...], bool]
"""The predictors of an equation, and whether it has an effect."""


def _written(
    outcome: Factor,
    grouping: Grouping,
    rows: dict[int, Draft],
    kinds: dict[Kind, list[Statement]],
    source: EquationText,
    family: Family,
) -> Written:
    merged: dict[Term, _Equation] = {}
    upper: dict[Term, _Equation] = {}  # by the product that the coefficient multiplies
    names: dict[Number, str] = {}
    names3: dict[Number, str] = {}
    for q, row in _in_order(rows, source):
        bare = row.term.bare  # contrasts of one variable are one term of the formula
        if grouping.is_nested:
            own: list[Term] = []
            for s, part in _in_order(row.uppers, source):
                product = part.term.bare * bare
                _merge(upper, product, (_predictors(part, source), part.upper_random), part, source)
                own.append(part.term.bare)
                if part.upper_random:
                    names3[q, s] = product.name
            predictors = tuple(dict.fromkeys(own))
        else:
            predictors = _predictors(row, source)
            third = {term.bare for term in row.third}
            if grouping.crossed:
                others = tuple(term for term in predictors if term in third)
                _merge(upper, bare, ((INTERCEPT, *others), row.upper_random), row, source)
            predictors = tuple(term for term in predictors if term not in third)
            if row.upper_random:
                names3[q, None] = bare.name
        _merge(merged, bare, (predictors, row.random), row, source)
        if row.random:
            names[(q,)] = bare.name
    statements = [*kinds.get("distribution", []), *kinds.get("level2", [])]
    statements3 = [*kinds.get("distribution", []), *kinds.get("level3", [])]
    two = len(grouping.names) > 1
    by, precision = uneven_variance(statement for found in kinds.values() for statement in found)
    return Written(
        f"{outcome.formula} ~ {join(merged)}",
        grouping.formula,
        _equations(merged, "U"),
        covariance_of(statements, names),
        by,
        precision,
        family,
        _equations(upper, "V") if two else None,
        covariance_of(statements3, names3, upper=True) if two else None,
    )


def _in_order(rows: Mapping[int, Draft], source: EquationText) -> list[tuple[int, Draft]]:
    """The coefficients by their numbers, none of a term that has another."""
    seen: set[Term] = set()
    for _, row in sorted(rows.items()):
        if row.term in seen:
            raise source.error(row.start, f"'{row.term.name}' stands twice.", "Write it once.")
        seen.add(row.term)
    return sorted(rows.items())


def _merge(
    merged: dict[Term, _Equation],
    term: Term,
    equation: _Equation,
    row: Draft,
    source: EquationText,
) -> None:
    """Add the equation of a coefficient; those of the contrasts of a variable are one."""
    if merged.setdefault(term, equation) != equation:
        raise source.error(
            row.start,
            f"The categories of '{term.name}' have different equations.",
            "Give them the same predictors, and all of them an effect or none.",
        )


def _equations(merged: Mapping[Term, _Equation], letter: str) -> dict[str, str]:
    return {
        term.formula if term else "intercept": join(predictors, letter * random)
        for term, (predictors, random) in merged.items()
    }


def uneven_variance(statements: Iterable[Statement]) -> tuple[str, str]:
    """The columns by which the variance of ε differs: categories, and precisions."""
    return next(((s.by, s.precision) for s in statements if s.by or s.precision), ("", ""))


def _predictors(row: Draft, source: EquationText) -> tuple[Term, ...]:
    """The level-2 predictors in their order, contrasts of one variable as one term."""
    terms = [term for _, term in sorted(row.predictors, key=lambda pair: pair[0])]
    if twice := [term for position, term in enumerate(terms) if term in terms[:position]]:
        name = twice[0].name if twice[0] else "the mean"
        raise source.error(row.start, f"{name} stands twice in one equation.", "Write it once.")
    return tuple(dict.fromkeys(term.bare for term in terms))
