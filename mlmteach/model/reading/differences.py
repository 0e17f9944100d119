"""Where written equations differ from those of a model, each difference as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.errors import EquationError, OptionError
from mlmteach.model.estimates import Estimates
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.reading import read_statements, symbols_of
from mlmteach.model.reading.build import kind_of
from mlmteach.model.reading.comparison import Comparison
from mlmteach.model.reading.expected import Writer, expected_terms
from mlmteach.model.reading.generic import generic_names
from mlmteach.model.reading.statements import Letter, Statement, Variable
from mlmteach.model.structure import Structure

if TYPE_CHECKING:
    from mlmteach.fit import Fit
    from mlmteach.model.spec import Model

__all__ = ["Difference", "check_equations"]


@dataclass(frozen=True)
class Difference:
    """One difference between a written equation and the model's.

    Parameters
    ----------
    line, column : int
        Its place in the text, both counted from one.
    kind : str
        ``"missing"``, ``"extra"``, ``"predictor"``, ``"numbers"``, ``"index"``, ``"level"``,
        ``"symbol"``, ``"sign"``, ``"value"``, ``"outcome"`` or ``"covariance"``.
    message : str
        What is wrong and what is right, as a sentence.
    """

    line: int
    column: int
    kind: str
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.message}"


def check_equations(
    text: str,
    model: Model,
    *,
    estimates: Estimates | Fit | None = None,
    notation: str | Notation | None = None,
) -> tuple[Difference, ...]:
    """Hold written equations against a model.

    Any of the three kinds may be written: level 1, level 2, full.  Those that are written are
    checked; level-2 equations have to be complete once there is one.  Indices i and j are asked
    for as soon as the text has one.

    Parameters
    ----------
    text : str
        HLM-style lines, Unicode text or LaTeX; with the names of variables, or y, x and z.
    model : Model
        What is right.
    estimates : Estimates or Fit, optional
        The numbers that may stand in place of γ, checked to the digits that are written.
    notation : str or Notation, optional
        A convention whose letters come first and are used in the messages.

    Returns
    -------
    tuple of Difference
        In the order of the text; empty when all is right.

    Raises
    ------
    EquationError
        If the text is no equation at all; the message points at the place.
    OptionError
        If the model is none, or the estimates are not those of the model.

    Examples
    --------
    >>> from mlmteach import Model
    >>> model = Model("mathach ~ ses", group="school", level2={"ses": "U"})
    >>> for difference in check_equations(
    ...     "mathach_ij = g00 + g10 ses_ij + U_0j + U_1j + e_ij", model
    ... ):
    ...     print(difference)
    Line 1, column 40: U_1j stands without its predictor: substitution gives U_1j ses_ij.
    >>> check_equations("mathach = b0 + b1*ses + r", model)
    ()
    """
    if not isinstance(model, Structure):
        raise OptionError(
            f"`model` is {type(model).__name__}.", "Give the Model that the text is about."
        )
    preset = as_notation(notation or "slides")
    estimates = _checked(estimates, model)
    names = generic_names(model, preset) | symbols_of(model.codebook)
    names |= {name: name for name in model.variables}
    statements, vocabulary = read_statements(text, names=names, notation=notation)
    if not statements:
        raise EquationError(
            "The text has no equation.", "Write one a line, such as 'b0 = g00 + u0'."
        )
    writer = Writer(model, preset, symbols_of(model.codebook))
    comparison = Comparison(model, writer, estimates, _indexed(statements))
    for statement in statements:
        _compare(statement, model, writer, comparison)
    _missing_equations(statements, model, writer, comparison)
    found = sorted(comparison.found, key=lambda entry: entry[0])
    return tuple(
        Difference(*vocabulary.source.place(position), kind, message)
        for position, kind, message in dict.fromkeys(found)
    )


def _checked(estimates: Estimates | Fit | None, model: Model) -> Estimates | None:
    if estimates is None:
        return None
    numbers = getattr(estimates, "estimates", estimates)
    if not isinstance(numbers, Estimates):
        raise OptionError(
            f"`estimates` is {type(estimates).__name__}.", "Give a fit, or an mlmteach.Estimates."
        )
    lacking = [gamma.name for gamma in model.gammas if gamma.name not in numbers.params.index]
    if lacking:
        raise OptionError(
            f"The estimates have no value for '{lacking[0]}'.",
            "Take model and estimates from one fit: fit.model and fit.estimates.",
        )
    return numbers


def _compare(statement: Statement, model: Model, writer: Writer, comparison: Comparison) -> None:
    kind = kind_of(statement)
    if kind == "distribution":
        comparison.distribution(statement)
        return
    for left, right in zip(statement.left, statement.right, strict=True):
        if kind == "level2":
            assert isinstance(left, Letter)
            comparison.letter_index(left)
            equation = next((e for e in model.level2_equations if e.left.q == left.q), None)  # type: ignore[union-attr]
            if equation is None:
                comparison.say(
                    left.start, "extra", f"The model has no {left.shown}: leave its equation out."
                )
                continue
        else:
            comparison.outcome(left)
            equation = model.level1_equation if kind == "level1" else model.full_equation
        expected = expected_terms(equation, writer)
        if statement.relation == "~":  # the distribution stands for the residual
            last = {"level2": "effect"}.get(kind, "residual")
            expected = tuple(term for term in expected if term.role != last)
        comparison.sums(expected, right, kind, statement)


def _missing_equations(
    statements: tuple[Statement, ...], model: Model, writer: Writer, comparison: Comparison
) -> None:
    written = {
        left.q
        for statement in statements
        if kind_of(statement) == "level2"
        for left in statement.left
        if isinstance(left, Letter)
    }
    for c in model.coefficients if written else ():
        if c.index not in written:
            beta = writer.symbol("beta", c.index, None)
            right = " + ".join(
                writer.term(term)
                for term in expected_terms(
                    model.level2_equations[model.coefficients.index(c)], writer
                )
            )
            last = max(s.stop for s in statements if kind_of(s) == "level2")
            comparison.say(last, "missing", f"The equation of {beta} is missing: {beta} = {right}.")


def _indexed(statements: tuple[Statement, ...]) -> frozenset[str]:
    """The indices that the text uses; none of them in HLM-style lines."""
    used = set()
    for statement in statements:
        summands = [summand for sum_ in statement.right for summand in sum_]
        atoms = [*statement.left, *(atom for summand in summands for atom in summand.atoms)]
        used |= {atom.index for atom in atoms if isinstance(atom, Letter | Variable)}
    return frozenset(used - {""})
