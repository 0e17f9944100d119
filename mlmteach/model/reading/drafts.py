"""Coefficients while they are put together from the terms of written equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlmteach.model.grouping import Grouping
from mlmteach.model.reading.statements import (
    Letter,
    Statement,
    WrittenSum,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.reading.text import EquationText
from mlmteach.model.terms import Term

__all__ = [
    "Draft",
    "Kind",
    "Levels",
    "Number",
    "number_of",
    "rows_from_full",
    "rows_from_levels",
]

Number = tuple[int | None, ...]
"""The numbers of an effect: q of a U, q and s of a V."""


Kind = str
"""``"level1"`` to ``"level3"``, ``"full"``, ``"distribution"``, ``"outcome"`` for its family."""


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


def number_of(letter: Letter) -> Number:
    """Give the numbers by which an effect, or its coefficient, is told from others."""
    return (letter.q, letter.s) if letter.role in {"upper", "delta"} else (letter.q,)


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
    if number_of(left) in done:
        raise source.error(left.start, f"'{left.shown}' has two equations.", "Keep one of them.")
    done.add(number_of(left))
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
