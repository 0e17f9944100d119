"""From statements to what a model is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from mlmteach.model.family import NORMAL, Family
from mlmteach.model.formula import join
from mlmteach.model.lme4 import Written
from mlmteach.model.reading.outcome import outcome_of
from mlmteach.model.reading.statements import (
    Left,
    Letter,
    Statement,
    WrittenMean,
    WrittenSum,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.reading.text import EquationText
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import Factor, Term

__all__ = [
    "Draft",
    "Kind",
    "Levels",
    "add_gamma",
    "build",
    "checked",
    "covariance_of",
    "kind_of",
    "only_letter",
    "rows_from_full",
    "rows_from_levels",
    "term_of",
]


# --- at which level each predictor of a full equation stands ------------------------------


class Levels:
    """What is known of the levels of variables.

    An index decides; then the data or the user's list; then the place in the equation, since the
    predictors of γ_0s stand at level 2, and those of γ_q0 and of U_qj at level 1.

    Parameters
    ----------
    source : EquationText
        For errors.
    level2 : iterable of str
        Columns known to stand at level 2.
    complete : bool
        Whether all other columns are known to stand at level 1.
    summands : iterable of WrittenSummand
        The right side of the full equation.
    """

    def __init__(
        self,
        source: EquationText,
        level2: Iterable[str],
        *,
        complete: bool,
        summands: Iterable[WrittenSummand],
    ) -> None:
        self.source = source
        self.upper = set(level2)
        self.complete = complete
        self.by_place: dict[str, int] = {}
        for summand in summands:
            level = _level_by_place(summand)
            for variable in summand.variables if level else ():
                self.by_place.setdefault(variable.factor.name, level)

    def split(self, summand: WrittenSummand) -> tuple[Term, Term]:
        """Part the predictors of a summand into those of level 1 and those of level 2."""
        levels = [(self.level(variable), variable.factor) for variable in summand.variables]
        lower = tuple(factor for level, factor in levels if level == 1)
        return Term(lower), Term(tuple(factor for level, factor in levels if level == 2))

    def level(self, variable: WrittenVariable) -> int:
        """Say at which level a variable stands."""
        if variable.index:
            return 1 if "i" in variable.index else 2
        if variable.factor.is_group_mean:
            return 2
        names = variable.factor.variables
        if names and all(name in self.upper for name in names):
            return 2
        if self.complete:
            return 1
        known = self.by_place.get(variable.factor.name)
        if known is None:
            raise self.source.error(
                variable.start,
                f"The level of '{variable.shown or variable.factor.name}' is not known.",
                f"Write its index, such as '{names[0] if names else 'x'}_ij' or '_j', name the "
                "level-2 columns in `level2`, or give `data`.",
            )
        return known


def _level_by_place(summand: WrittenSummand) -> int:
    for letter in summand.letters:
        if letter.role == "effect":
            return 1
        if letter.role == "gamma" and letter.q == 0:
            return 2
        if letter.role == "gamma" and letter.s == 0:
            return 1
    return 0


# --- A level-1 coefficient while it is being put together from terms of equations ---------


@dataclass
class Draft:
    """A level-1 coefficient: its predictor, where that stands, and its level-2 equation."""

    term: Term
    start: int
    predictors: list[tuple[int, Term]] = field(default_factory=list)  # s and the predictor
    random: bool = False


def add_gamma(row: Draft, letter: Letter, predictor: Term, source: EquationText) -> None:
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


def only_letter(summand: WrittenSummand, source: EquationText, remedy: str) -> Letter:
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


def checked(summand: WrittenSummand, source: EquationText) -> WrittenSummand:
    """Give the term, or refuse it if a predictor of it is none."""
    for variable in summand.variables:
        if variable.grand:
            raise source.error(
                variable.start,
                f"'{variable.shown}' is a mean over everything, which is no predictor.",
                r"Give it the index of the group: \overline{x}_{\cdot j}.",
            )
    return summand


def term_of(summand: WrittenSummand, source: EquationText) -> Term:
    """Give the predictors of a term."""
    return checked(summand, source).term


# --- which U's may correlate, by the zeros of the matrices that are written ---------------


def covariance_of(statements: Iterable[Statement], names: dict[int, str]) -> Covariance:
    """Read the blocks of effects that may correlate.

    Parameters
    ----------
    statements : iterable of Statement
        The distributions of U's, or of β's as vectors; a lone β tells nothing.
    names : dict of int to str
        The names of the random coefficients by their numbers.

    Returns
    -------
    "unstructured" or tuple of tuple of str
        Unstructured also if the statements do not speak of all U's.
    """
    told: set[int] = set()
    joined = {q: frozenset({q}) for q in names}
    for statement in statements:
        letters = [atom for atom in statement.left if isinstance(atom, Letter)]
        numbers = [letter.q for letter in letters if letter.role in {"effect", "beta"}]
        known = [q for q in numbers if q is not None and q in names]
        lone_beta = len(numbers) == 1 and letters[0].role == "beta"
        if statement.relation == "=" or lone_beta or len(known) < len(letters):
            continue
        told |= set(known)
        for (row, q), (column, r) in combinations(enumerate(known), 2):
            if _correlated(statement, row, column):
                union = joined[q] | joined[r]
                joined |= dict.fromkeys(union, union)
    blocks = {tuple(names[q] for q in sorted(block)): min(block) for block in joined.values()}
    blocks = {tuple(dict.fromkeys(block)): first for block, first in blocks.items()}
    if told != set(names) or len(blocks) < 2:
        return "unstructured"
    return tuple(sorted(blocks, key=lambda block: blocks[block]))


def _correlated(statement: Statement, row: int, column: int) -> bool:
    """Tell whether a covariance is other than zero; half of the matrix may be left out."""
    spread = statement.spread
    cells = [(row, column), (column, row)]
    written = [spread[r][c] for r, c in cells if r < len(spread) and c < len(spread[r])]
    return any(written) or not written


# --- coefficients from the full equation alone --------------------------------------------


def rows_from_full(full: Statement, levels: Levels, source: EquationText) -> dict[int, Draft]:
    """Sort the terms of the full equation by their level-1 predictors."""
    rows: dict[int, Draft] = {}
    numbers: dict[frozenset[Factor], int] = {}
    residual = full.relation == "~"

    def row(term: Term, letter: Letter | None, start: int) -> Draft:
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
            rows[q] = Draft(term, start)
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
            add_gamma(row(lower, letter, summand.start), letter, upper, source)
        else:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the full equation.",
                "The full equation has γ's, U's and ε.",
            )
    if not residual:
        raise source.error(full.stop, "The equation has no residual.", "Add '+ e'.")
    return rows


# --- coefficients from a level-1 equation and the level-2 equations -----------------------


def rows_from_levels(
    level1: Statement, level2: list[Statement], source: EquationText
) -> dict[int, Draft]:
    """Read the level-1 equation, then fill in the equation of each coefficient."""
    rows: dict[int, Draft] = {}
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
        rows[letter.q] = Draft(term_of(summand, source), summand.start)
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
    left: Left,
    right: WrittenSum,
    statement: Statement,
    rows: dict[int, Draft],
    done: set[int],
    source: EquationText,
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
        add_gamma(rows[q], letter, term_of(summand, source), source)


# --- from statements to what a model is made of -------------------------------------------

Kind = str
"""``"level1"``, ``"level2"``, ``"full"``, ``"distribution"``, or ``"outcome"`` for its family."""


def kind_of(statement: Statement) -> Kind:
    """Say which equation a statement is, by its left side and the symbols on its right."""
    if statement.said:
        return "outcome"
    first = statement.left[0]
    if isinstance(first, Letter):
        return "level2" if first.role == "beta" else "distribution"
    roles = [letter.role for sum_ in statement.right for t in sum_ for letter in t.letters]
    betas, gammas = roles.count("beta"), roles.count("gamma")  # one of them may be a slip
    return "level1" if betas and betas >= gammas else "full"


def build(
    statements: Iterable[Statement],
    source: EquationText,
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
    source : EquationText
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
    written, *other = (_written(outcome.factor, group, r, kinds, source, family) for r in found)
    if other and other[0] != written:
        raise source.error(
            kinds["full"][0].start,
            "The full equation does not follow from those of the two levels.",
            "Substitute again, or leave it out; mlmteach.check_equations names the differences.",
        )
    return written


def _is_estimated_variance(statement: Statement) -> bool:
    """Tell whether a line is the estimate of a variance of ε, ``σ_0² = 39.1``."""
    left = statement.left[0]
    if not (isinstance(left, Letter) and left.role == "variance" and statement.relation == "="):
        return False
    return "σ" in left.shown.replace("\\sigma", "σ") and all(
        summand.atoms == summand.numbers for summand in statement.right[0]
    )


_LEFT = {"beta", "effect", "residual", WrittenVariable, WrittenMean}


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


def _written(
    outcome: Factor,
    group: str,
    rows: dict[int, Draft],
    kinds: dict[Kind, list[Statement]],
    source: EquationText,
    family: Family,
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
        term.formula if term else "intercept": join(predictors, "U" * random)
        for term, (predictors, random) in merged.items()
    }
    random_rows = {q: names[q] for q, row in ordered.items() if row.random}
    statements = [*kinds.get("distribution", []), *kinds.get("level2", [])]
    return Written(
        f"{outcome.formula} ~ {join(merged)}",
        group,
        level2,
        covariance_of(statements, random_rows),
        *uneven_variance(statement for found in kinds.values() for statement in found),
        family,
    )


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
