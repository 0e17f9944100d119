"""What is said of single symbols: their values, signs and indices."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from mlmteach.model.reading.expected import Writer
from mlmteach.model.reading.statements import Atom, Letter, Statement, Summand, Variable

if TYPE_CHECKING:
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.spec import Model

__all__ = ["Remarks"]


class Remarks:
    """Collects the differences of one text.

    Parameters
    ----------
    model : Model
    writer : Writer
        Writes symbols for messages.
    estimates : Estimates or None
        The values of γ.
    indices : frozenset of str
        The indices that the text uses; if there are none, none are asked for.
    """

    def __init__(
        self, model: Model, writer: Writer, estimates: Estimates | None, indices: frozenset[str]
    ) -> None:
        self.model = model
        self.writer = writer
        self.estimates = estimates
        self.indices = indices
        self.unit = "i" if indices and "ij" not in indices and "i" in indices else "ij"
        book: Any = model.codebook
        described = hasattr(book, "level1") and hasattr(book, "level2")  # not a mapping of entries
        self.group = book.level2.singular if described else model.group
        self.groups = book.level2.plural if described else f"{model.group}s"
        self.member = book.level1.singular if described else "unit"
        self.members = book.level1.plural if described else "units"
        self.kind = ""
        self.found: list[tuple[int, str, str]] = []

    def say(self, position: int, kind: str, message: str) -> None:
        """Note a difference."""
        self.found.append((position, kind, message))

    # --- numbers and signs -------------------------------------------------------------------

    def sign(self, summand: Summand, letter: Letter) -> None:
        """Refuse a minus and a number before a symbol."""
        if summand.sign < 0:
            self.say(
                summand.start,
                "sign",
                f"There is a minus before {letter.shown}: the terms of a model are added, and a "
                "negative effect is a negative value of the coefficient.",
            )
        if summand.numbers:
            number = summand.numbers[0]
            self.say(
                number.start,
                "value",
                f"{letter.shown} is multiplied by {number.shown}: leave it out.",
            )

    def value(self, summand: Summand, estimate: float, symbol: str) -> None:
        """Compare a number with an estimate, to the digits that are written."""
        value, number = summand.value, summand.numbers[0]
        relative = [
            0.5 * 10.0**-n.digits / abs(n.value) if n.value else float("inf")
            for n in summand.numbers
            if n.digits is not None
        ]
        places = max(2, *(n.digits or 0 for n in summand.numbers), 0)
        near = 0.5 * 10.0 ** -(number.digits or 0) if value == 0 else abs(value) * sum(relative)
        near += 1e-9 * abs(estimate)
        if abs(value - estimate) <= near:
            return
        shown = f"{estimate:.{places}f}".replace("-", "−")
        if abs(value + estimate) <= near:
            self.say(
                summand.start, "sign", f"The sign of {number.shown} is wrong: {symbol} is {shown}."
            )
        else:
            self.say(number.start, "value", f"{number.shown} should be {shown}, which is {symbol}.")

    # --- indices -----------------------------------------------------------------------------

    def letter_index(self, letter: Letter) -> None:
        """Ask for the j of β and U, the ij of ε, and none of γ."""
        if not self.indices or letter.role == "variance":
            return
        wanted = {"beta": "j", "effect": "j", "gamma": "", "residual": self.unit}[letter.role]
        if letter.index == wanted:
            return
        right = self.writer.symbol(letter.role, letter.q, letter.s)
        reasons = {
            "beta": f"it differs between the {self.groups}",
            "effect": f"each {self.group} has its own",
            "gamma": f"it is the same in every {self.group}",
            "residual": f"each {self.member} has its own",
        }
        lacks = "".join(index for index in wanted if index not in letter.index)
        what = f"lacks the index {lacks}" if lacks else f"has the index {letter.index}"
        self.say(
            letter.start,
            "index",
            f"{letter.shown} {what}: {reasons[letter.role]}, so write {right}.",
        )

    def variable_index(self, variable: Variable, level: int) -> None:
        """Ask for ij at level 1 and j at level 2."""
        wanted = self.unit if level == 1 else "j"
        if not self.indices or variable.index == wanted:
            return
        name = self.writer.factor(variable.factor)
        reason = (
            f"it differs between the {self.members} of a {self.group}"
            if level == 1
            else f"it has one value in each {self.group}"
        )
        what = f"has the index {variable.index}" if variable.index else "has no index"
        self.say(variable.start, "index", f"{name} {what}: {reason}, so write {name}_{wanted}.")

    # --- the rest ----------------------------------------------------------------------------

    def outcome(self, left: Atom) -> None:
        """Compare the left side with the outcome of the model."""
        right = self.writer.factor(self.model.outcome)
        if not isinstance(left, Variable) or self.writer.key((left.factor,)) != self.writer.key(
            (self.model.outcome,)
        ):
            self.say(
                left.start, "outcome", f"The outcome of the model is {right}, not {left.shown}."
            )
        else:
            self.variable_index(left, 1)

    def distribution(self, statement: Statement) -> None:
        """Compare the zeros of a covariance matrix with the model's."""
        numbers = [atom.q for atom in statement.left if isinstance(atom, Letter)]
        random = [c.index for c in self.model.random]
        for (a, q), (b, r) in combinations(enumerate(numbers), 2):
            if q not in random or r not in random or len(statement.spread) <= b:
                continue
            may = any({random.index(q), random.index(r)} <= set(x) for x in self.model.blocks)
            row = statement.spread[b]
            does = row[a] if len(row) > a else True
            if may != does:
                pair = " and ".join(self.writer.symbol("effect", n, None) for n in (q, r))
                verb = "may correlate" if may else "do not correlate"
                self.say(statement.start, "covariance", f"In the model, {pair} {verb}.")
