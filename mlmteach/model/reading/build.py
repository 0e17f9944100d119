"""From statements to what a model is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from mlmteach.model.family import NORMAL, Family
from mlmteach.model.formula import join
from mlmteach.model.grouping import Grouping
from mlmteach.model.lme4 import Written
from mlmteach.model.reading.outcome import outcome_of
from mlmteach.model.reading.statements import (
    Letter,
    Statement,
    WrittenMean,
    WrittenSum,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.reading.text import EquationText
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import INTERCEPT, Factor, Term

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
    predictors of γ_0s stand at level 2, and those of γ_q0 and of U_qj at level 1.  So it is with
    γ_00p, γ_0s0 and γ_q00 where there are three levels.

    Parameters
    ----------
    source : EquationText
        For errors.
    grouping : Grouping
    known : mapping of str to int
        Columns known to stand at level 2 or 3; with crossed groupings, 3 is the second one.
    complete : bool
        Whether all other columns are known to stand at level 1.
    summands : iterable of WrittenSummand
        The right side of the full equation.
    """

    def __init__(
        self,
        source: EquationText,
        grouping: Grouping,
        known: Mapping[str, int],
        *,
        complete: bool,
        summands: Iterable[WrittenSummand] = (),
    ) -> None:
        self.source = source
        self.grouping = grouping
        self.known = known
        self.complete = complete
        self.by_place: dict[str, int] = {}
        for summand in summands:
            level = _level_by_place(summand, grouping)
            for variable in summand.variables if level else ():
                self.by_place.setdefault(variable.factor.name, level)

    def split(self, summand: WrittenSummand) -> tuple[Term, Term, Term]:
        """Part the predictors of a summand into those of level 1, of level 2 and of level 3."""
        found = [(self.level(variable), variable.factor) for variable in summand.variables]
        lower, middle, upper = (
            Term(tuple(factor for level, factor in found if level == own)) for own in (1, 2, 3)
        )
        return lower, middle, upper

    def level(self, variable: WrittenVariable) -> int:
        """Say at which level a variable stands."""
        if variable.index:
            return 1 if "i" in variable.index else 2 if "j" in variable.index else 3
        if variable.factor.is_group_mean:
            return 2
        names = variable.factor.variables
        levels = [self.known.get(name, 1) for name in names]
        if levels and min(levels) > 1:
            return min(levels)
        if self.complete:
            return 1
        known = self.by_place.get(variable.factor.name)
        if known is None:
            raise self.source.error(
                variable.start,
                f"The level of '{variable.shown or variable.factor.name}' is not known.",
                f"Write its index, such as '{names[0] if names else 'x'}_{self._indices}, "
                + (
                    "name the level-2 columns in `level2`, or give `data`."
                    if len(self.grouping.names) == 1
                    else "name columns in `level2` and `level3`, or give `data`."
                ),
            )
        return known

    @property
    def _indices(self) -> str:
        if len(self.grouping.names) == 1:
            return "ij' or '_j'"
        return "ijk', '_j' or '_k'" if self.grouping.crossed else "ijk', '_jk' or '_k'"


def _level_by_place(summand: WrittenSummand, grouping: Grouping) -> int:
    for letter in summand.letters:
        if len(grouping.names) > 1:
            return _level_by_numbers(letter, nested=grouping.is_nested)
        if letter.role == "effect":
            return 1
        if letter.role == "gamma" and letter.q == 0:
            return 2
        if letter.role == "gamma" and letter.s == 0:
            return 1
    return 0


def _level_by_numbers(letter: Letter, *, nested: bool) -> int:
    """The level of what γ_qsp, U_q or V_qs multiplies, if its numbers leave one level alone."""
    numbers = {"effect": (1, 0, 0), "gamma": (letter.q, letter.s, letter.p if nested else 0),
               "upper": (letter.q, letter.s if nested else 0, 0)}.get(letter.role, ())  # fmt: skip
    others = [level for level, number in enumerate(numbers, 1) if number]
    if not nested and letter.role != "effect" and others != [1]:
        return 0  # γ_01 may count a predictor of either grouping
    return others[0] if len(others) == 1 else 0


# --- A level-1 coefficient while it is being put together from terms of equations ---------


@dataclass
class Draft:
    """A coefficient: its predictor, where that stands, and its equation.

    With three levels, that of level 1 has drafts of the coefficients of level 2 in ``uppers``, by
    s.  With crossed groupings, ``third`` are the predictors of the second one, and ``upper_random``
    tells whether it has a V.
    """

    term: Term
    start: int
    predictors: list[tuple[int, Term]] = field(default_factory=list)  # s and the predictor
    random: bool = False
    uppers: dict[int, Draft] = field(default_factory=dict)
    third: set[Term] = field(default_factory=set)
    upper_random: bool = False


def add_gamma(row: Draft, letter: Letter, predictor: Term, source: EquationText) -> None:
    """Add γ with its predictor to the equation of a coefficient."""
    number = _last_number(letter, predictor, source, nested=letter.p is not None)
    if any(s == number for s, _ in row.predictors):
        raise source.error(letter.start, f"'{letter.shown}' stands twice.", "Number it anew.")
    row.predictors.append((number, predictor))


def _last_number(
    letter: Letter, predictor: Term, source: EquationText, *, nested: bool = False
) -> int:
    """The number that counts the predictors of an equation, and is 0 for its mean."""
    number = letter.p if nested else letter.s
    which, level = ("third", 3) if nested else ("second", 2)
    if number is None:
        raise source.error(
            letter.start,
            f"'{letter.shown}' has no {which} number.",
            f"It counts the predictors of level {level}, and is 0 for the mean.",
        )
    if not predictor and number != 0:
        raise source.error(
            letter.start,
            f"'{letter.shown}' stands without its predictor.",
            f"Write the level-{level} predictor beside it, or 0 as its {which} number.",
        )
    if predictor and number == 0:
        raise source.error(
            letter.start,
            f"'{letter.shown}' is a mean, and stands with '{predictor.name}'.",
            f"The {which} number is 0 for the mean, and counts level-{level} predictors otherwise.",
        )
    return number


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


Number = tuple[int | None, ...]
"""The numbers of an effect: q of a U, q and s of a V."""


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
        numbers = [_number(letter) for letter in letters if letter.role in roles]
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


def _number(letter: Letter) -> Number:
    return (letter.q, letter.s) if letter.role in {"upper", "delta"} else (letter.q,)


def _correlated(statement: Statement, row: int, column: int) -> bool:
    """Tell whether a covariance is other than zero; half of the matrix may be left out."""
    spread = statement.spread
    cells = [(row, column), (column, row)]
    written = [spread[r][c] for r, c in cells if r < len(spread) and c < len(spread[r])]
    return any(written) or not written


# --- coefficients from the full equation alone --------------------------------------------


def rows_from_full(full: Statement, levels: Levels, source: EquationText) -> dict[int, Draft]:
    """Sort the terms of the full equation by their level-1 predictors, then by those of level 2."""
    rows: dict[int, Draft] = {}
    nested = levels.grouping.is_nested
    residual = full.relation == "~"
    for position, summand in enumerate(full.right[0]):
        letter = None
        if summand.letters or not (summand.numbers or summand.variables):
            letter = only_letter(summand, source, "Write one symbol in each term.")
        elif not summand.numbers:
            only_letter(summand, source, "Write a coefficient before it, such as 'g10*ses'.")
        if letter is not None and letter.role == "residual":
            residual = True
            continue
        lower, middle, upper = levels.split(checked(summand, source))
        if letter is not None and letter.role in {"effect", "upper"}:
            _refuse_misplaced_effect(letter, (lower, middle, upper), levels.grouping, source)
        elif letter is not None and letter.role != "gamma":
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the full equation.",
                f"The full equation has {_FULL[levels.grouping.design]}.",
            )
        row = _numbered(rows, lower, letter, "q", summand.start, source)
        if letter is not None and letter.role == "effect":
            row.random = True
        elif nested:
            own = _numbered(row.uppers, middle, letter, "s", summand.start, source)
            _add(own, letter, position, upper, source)
        else:
            _add(row, letter, position, upper * middle, source)
            row.third |= {upper * middle} if upper else set()
    if not residual:
        raise source.error(full.stop, "The equation has no residual.", "Add '+ e'.")
    return rows


_FULL = {"single": "γ's, U's and ε", "nested": "γ's, V's, U's and ε",
         "crossed": "γ's, U's, V's and ε"}  # fmt: skip


def _add(
    row: Draft, letter: Letter | None, position: int, predictor: Term, source: EquationText
) -> None:
    """Add γ or the estimate in its place, with its predictor, or a V."""
    if letter is None:
        row.predictors.append((position, predictor))
    elif letter.role == "upper":
        row.upper_random = True
    else:
        add_gamma(row, letter, predictor, source)


def _refuse_misplaced_effect(
    letter: Letter, parts: tuple[Term, Term, Term], grouping: Grouping, source: EquationText
) -> None:
    """Refuse a U or V that multiplies what does not vary within its groups, or nothing."""
    lower, middle, upper = parts
    is_v = letter.role == "upper"
    above = upper or (middle if not (is_v and grouping.is_nested) else upper)
    name = "V" if is_v else "U"
    if above:
        level = 3 if upper else 2
        raise source.error(
            letter.start,
            f"'{letter.shown}' multiplies the level-{level} predictor '{above.name}'.",
            f"{name} multiplies the {'' if is_v else 'level-1 '}predictor whose coefficient it "
            "belongs to.",
        )
    if (letter.q and not lower) or (is_v and grouping.is_nested and letter.s and not middle):
        example = {
            "single": "U_1j*ses_ij",
            "nested": "V_10k*ses_ijk" if is_v else "U_1jk*ses_ijk",
            "crossed": "V_1k*ses_ijk" if is_v else "U_1j*ses_ijk",
        }[grouping.design]
        raise source.error(
            letter.start,
            f"'{letter.shown}' stands without its predictor.",
            f"Substitution gives {name} times the predictor of its coefficient, such as "
            f"'{example}'.",
        )


def _numbered(
    rows: dict[int, Draft],
    term: Term,
    letter: Letter | None,
    which: Literal["q", "s"],
    start: int,
    source: EquationText,
) -> Draft:
    """The row of a term; it keeps the number that it has first."""
    number: int | None = getattr(letter, which, None)
    first, level = ("first", 1) if which == "q" else ("second", 2)
    key = frozenset(term.factors)
    known = next((q for q, row in rows.items() if frozenset(row.term.factors) == key), None)
    if known is None:
        known = number
        if known is None:
            known = 0 if not term else max([0, *rows]) + 1
        if known in rows:
            raise source.error(
                start,
                f"The number {known} belongs to '{rows[known].term.name}', and stands here with "
                f"'{term.name}'.",
                f"Give each level-{level} predictor a number of its own, and each effect its "
                "predictor.",
            )
        rows[known] = Draft(term, start)
    if number is not None and number != known:
        assert letter is not None
        raise source.error(
            letter.start,
            f"'{letter.shown}' stands with '{term.name}', which has the number {known}."
            if term
            else f"'{letter.shown}' stands without a level-{level} predictor.",
            f"Use the same {first} number for all terms of one level-{level} predictor.",
        )
    return rows[known]


# --- coefficients from a level-1 equation and the level-2 equations -----------------------


def rows_from_levels(
    level1: Statement, kinds: Mapping[Kind, list[Statement]], levels: Levels, source: EquationText
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
                "Level 1 has β's and ε; move it to a level-"
                f"{3 if letter.role == 'upper' and levels.grouping.is_nested else 2} equation.",
            )
        if letter.q in rows:
            raise source.error(letter.start, f"'{letter.shown}' stands twice.", "Number it anew.")
        rows[letter.q] = Draft(term_of(summand, source), summand.start)
    if not residual:
        raise source.error(
            level1.stop, "The level-1 equation has no residual.", "Add '+ r', the level-1 residual."
        )
    for level in ("level2", "level3"):
        done: set[Number] = set()
        for statement in kinds.get(level, []):
            for left, right in zip(statement.left, statement.right, strict=True):
                assert isinstance(left, Letter)
                row = _row_of(left, rows, done, source)
                _read_equation(left, right, row, statement, levels, source)
        _refuse_missing(level, rows, done, levels.grouping, source)
    return rows


def _row_of(left: Letter, rows: dict[int, Draft], done: set[Number], source: EquationText) -> Draft:
    """The draft whose equation begins with a coefficient."""
    row = rows.get(left.q) if left.q is not None else None
    if row is not None and left.role == "delta":
        row = row.uppers.get(left.s) if left.s is not None else None
    if row is None:
        below = 2 if left.role == "delta" else 1
        raise source.error(
            left.start,
            f"'{left.shown}' is not in the level-{below} equation{'s' * (below - 1)}.",
            "Use the same numbers at both levels.",
        )
    if _number(left) in done:
        raise source.error(left.start, f"'{left.shown}' has two equations.", "Keep one of them.")
    done.add(_number(left))
    return row


def _refuse_missing(
    level: Kind,
    rows: Mapping[int, Draft],
    done: set[Number],
    grouping: Grouping,
    source: EquationText,
) -> None:
    """Refuse a coefficient without an equation."""
    for q, row in rows.items():
        if level == "level2" and (q,) not in done:
            means = f"d{q}0" if grouping.is_nested else f"g{q}0"
            raise source.error(
                row.start,
                f"There is no level-2 equation for the coefficient with the number {q}.",
                f"Add 'b{q} = {means}', or with a U: 'b{q} = {means} + u{q}'.",
            )
        for s, own in row.uppers.items() if level == "level3" else ():
            if (q, s) not in done:
                raise source.error(
                    own.start,
                    f"There is no level-3 equation for the coefficient with the numbers {q}{s}.",
                    f"Add 'd{q}{s} = g{q}{s}0', or with a V: 'd{q}{s} = g{q}{s}0 + v{q}{s}'.",
                )


_HAVE = {
    ("single", "level2"): ({"gamma", "effect"}, "γ's and U's"),
    ("nested", "level2"): ({"delta", "effect"}, "δ's and U's"),
    ("nested", "level3"): ({"gamma", "upper"}, "γ's and V's"),
    ("crossed", "level2"): ({"gamma", "effect", "upper"}, "γ's, U's and V's"),
}


def _read_equation(
    left: Letter,
    right: WrittenSum,
    row: Draft,
    statement: Statement,
    levels: Levels,
    source: EquationText,
) -> None:
    """Fill in the equation of a coefficient of level 1, or of level 2."""
    kind = "level3" if left.role == "delta" else "level2"
    roles, those = _HAVE[levels.grouping.design, kind]
    if statement.relation == "~":
        _set_random(row, upper=kind == "level3")
    for position, summand in enumerate(right):
        if not summand.letters and summand.numbers:  # an estimate in place of γ
            if summand.value != 0.0 or len(right) > 1:
                _add_predictor(row, position, summand, levels, source)
            continue
        example = f"g{left.q}{left.s}1" if kind == "level3" else f"g{left.q}1"
        remedy = f"Write a coefficient before it, such as '{example}'."
        letter = only_letter(summand, source, remedy)
        if letter.role not in roles:
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in a level-{kind[-1]} equation.",
                f"Level {kind[-1]} has {those}.",
            )
        if letter.role == "gamma":
            _refuse_numbers(letter, levels.grouping, source)
        wrong = letter.q != left.q
        if wrong or (kind == "level3" and letter.s != left.s):
            which = (
                f"first number has to be {left.q}"
                if wrong or kind == "level2"
                else f"second number has to be {left.s}"
            )
            raise source.error(
                letter.start,
                f"'{letter.shown}' stands in the equation of '{left.shown}'.",
                f"Its {which}.",
            )
        if letter.role in {"effect", "upper"}:
            if summand.variables:
                name = "U" if letter.role == "effect" else "V"
                raise source.error(
                    letter.start,
                    f"'{letter.shown}' has a predictor here.",
                    f"Let {name} stand alone.",
                )
            _set_random(row, upper=letter.role == "upper")
        elif letter.role == "delta":
            term = term_of(summand, source)
            number = _last_number(letter, term, source)
            if number in row.uppers:
                raise source.error(
                    letter.start, f"'{letter.shown}' stands twice.", "Number it anew."
                )
            row.uppers[number] = Draft(term, summand.start)
        else:
            _add_predictor(row, letter, summand, levels, source)


def _set_random(row: Draft, *, upper: bool) -> None:
    if upper:
        row.upper_random = True
    else:
        row.random = True


def _refuse_numbers(letter: Letter, grouping: Grouping, source: EquationText) -> None:
    """Refuse γ with two numbers where three levels need three, and the other way round."""
    if (letter.p is not None) != grouping.is_nested:
        wanted = "three numbers" if grouping.is_nested else "two numbers"
        raise source.error(
            letter.start,
            f"'{letter.shown}' does not have {wanted}.",
            "The first is that of the β, the second counts predictors "
            + (
                "of level 2, the third those of level 3."
                if grouping.is_nested
                else "of both groupings."
                if grouping.crossed
                else "of level 2."
            ),
        )


def _add_predictor(
    row: Draft,
    letter: Letter | int,
    summand: WrittenSummand,
    levels: Levels,
    source: EquationText,
) -> None:
    """Add γ, or at a position an estimate, with its predictor to an equation."""
    term = term_of(summand, source)
    if levels.grouping.crossed and any(levels.level(v) == 3 for v in summand.variables):
        row.third.add(term)
    if isinstance(letter, Letter):
        add_gamma(row, letter, term, source)
    else:
        row.predictors.append((letter, term))


# --- from statements to what a model is made of -------------------------------------------

Kind = str
"""``"level1"`` to ``"level3"``, ``"full"``, ``"distribution"``, ``"outcome"`` for its family."""


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
