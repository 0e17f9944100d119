"""From statements to what a model is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from mlmteach.model.formula import join
from mlmteach.model.lme4 import Written
from mlmteach.model.reading.levels import Levels
from mlmteach.model.reading.source import Source
from mlmteach.model.reading.statements import Letter, Statement, Sum, Summand, Variable
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import Factor, Term

__all__ = ["Kind", "build", "kind_of"]

Kind = str
"""``"level1"``, ``"level2"``, ``"full"`` or ``"distribution"``."""


@dataclass
class _Row:
    """A level-1 coefficient while it is being put together."""

    term: Term
    start: int
    predictors: list[tuple[int, Term]] = field(default_factory=list)  # s and the predictor
    random: bool = False


def kind_of(statement: Statement) -> Kind:
    """Say which equation a statement is, by its left side and the symbols on its right."""
    first = statement.left[0]
    if isinstance(first, Letter):
        return "level2" if first.role == "beta" else "distribution"
    roles = {letter.role for sum_ in statement.right for t in sum_ for letter in t.letters}
    return "level1" if "beta" in roles else "full"


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
    found: list[dict[int, _Row]] = []
    if "level1" in kinds:
        found.append(_from_levels(kinds["level1"][0], kinds.get("level2", []), source))
    elif "level2" in kinds:
        raise source.error(
            kinds["full"][0].start,
            "The level-1 equation has no β.",
            "Write a coefficient before each predictor, such as 'b1*ses'.",
        )
    for full in kinds.get("full", []):
        levels = Levels(source, level2, complete=complete, summands=full.right[0])
        found.append(_from_full(full, levels, source))
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


# --- level by level ---------------------------------------------------------------------------


def _from_levels(level1: Statement, level2: list[Statement], source: Source) -> dict[int, _Row]:
    rows: dict[int, _Row] = {}
    residual = level1.relation == "~"
    for summand in level1.right[0]:
        letter = _only_letter(summand, source, "Write a coefficient before it, such as 'b1*ses'.")
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
        rows[letter.q] = _Row(_term(summand, source), summand.start)
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
    left: object,
    right: Sum,
    statement: Statement,
    rows: dict[int, _Row],
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
                rows[q].predictors.append((position, _term(summand, source)))
            continue
        letter = _only_letter(summand, source, f"Write a coefficient before it, such as 'g{q}1'.")
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
        _add(rows[q], letter, _term(summand, source), source)


# --- the full equation ------------------------------------------------------------------------


def _from_full(full: Statement, levels: Levels, source: Source) -> dict[int, _Row]:
    rows: dict[int, _Row] = {}
    numbers: dict[frozenset[Factor], int] = {}
    residual = full.relation == "~"

    def row(term: Term, letter: Letter | None, start: int) -> _Row:
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
            rows[q] = _Row(term, start)
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
                _only_letter(summand, source, "Write a coefficient before it, such as 'g10*ses'.")
            lower, upper = levels.split(_checked(summand, source))
            row(lower, None, summand.start).predictors.append((position, upper))
            continue
        letter = _only_letter(summand, source, "Write one symbol in each term.")
        lower, upper = levels.split(_checked(summand, source))
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
            _add(row(lower, letter, summand.start), letter, upper, source)
        else:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the full equation.",
                "The full equation has γ's, U's and ε.",
            )
    if not residual:
        raise source.error(full.stop, "The equation has no residual.", "Add '+ e'.")
    return rows


# --- parts of both ----------------------------------------------------------------------------


def _add(row: _Row, letter: Letter, predictor: Term, source: Source) -> None:
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


def _only_letter(summand: Summand, source: Source, remedy: str) -> Letter:
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


def _checked(summand: Summand, source: Source) -> Summand:
    for variable in summand.variables:
        if variable.grand:
            raise source.error(
                variable.start,
                f"'{variable.shown}' is a mean over everything, which is no predictor.",
                r"Give it the index of the group: \overline{x}_{\cdot j}.",
            )
    return summand


def _term(summand: Summand, source: Source) -> Term:
    return _checked(summand, source).term


def _written(
    outcome: Factor,
    group: str,
    rows: dict[int, _Row],
    kinds: dict[Kind, list[Statement]],
    source: Source,
) -> Written:
    ordered = dict(sorted(rows.items()))
    merged: dict[Term, tuple[tuple[Term, ...], bool]] = {}
    names: dict[int, str] = {}
    for q, row in ordered.items():
        bare = row.term.bare  # contrasts of one variable are one term of the formula
        predictors = [term.bare for _, term in sorted(row.predictors, key=lambda pair: pair[0])]
        equation = tuple(dict.fromkeys(predictors)), row.random
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
        f"{outcome.expression} ~ {join(merged)}",
        group,
        level2,
        _covariance(statements, random_rows),
    )


def _covariance(statements: Iterable[Statement], names: dict[int, str]) -> Covariance:
    """Which U's may correlate, by the zeros of the matrices that are written."""
    told: set[int] = set()
    joined = {q: {q} for q in names}
    for statement in statements:
        letters = [atom for atom in statement.left if isinstance(atom, Letter)]
        numbers = [letter.q for letter in letters if letter.role in {"effect", "beta"}]
        scalar = len(numbers) == 1 and letters[0].role == "beta"
        if statement.relation == "=" or scalar or not set(numbers) <= set(names):
            continue
        told |= {q for q in numbers if q is not None}
        for (row, q), (column, r) in combinations(enumerate(numbers), 2):
            if q is not None and r is not None and _correlated(statement.spread, row, column):
                union = joined[q] | joined[r]
                for member in union:
                    joined[member] = union
    if told != set(names) or len(names) < 2:
        return "unstructured"
    blocks = {tuple(dict.fromkeys(names[q] for q in sorted(block))) for block in joined.values()}
    listed = tuple(sorted(blocks, key=lambda block: list(names.values()).index(block[0])))
    return listed if len(listed) > 1 else "unstructured"


def _correlated(spread: tuple[tuple[bool, ...], ...], row: int, column: int) -> bool:
    cells = [
        spread[a][b]
        for a, b in ((row, column), (column, row))
        if b < len(spread[a : a + 1] and spread[a])
    ]
    return any(cells) if cells else True
