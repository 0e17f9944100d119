"""Where written equations differ from those of a model, each difference as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlmteach.errors import EquationError, OptionError
from mlmteach.model.estimates import Estimates, HasEstimates
from mlmteach.model.lettering import letters_of
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.reading import read_statements, symbols_of
from mlmteach.model.reading.build import kind_of
from mlmteach.model.reading.expected import Writer, expected_terms
from mlmteach.model.reading.matching import Matching
from mlmteach.model.reading.statements import (
    Letter,
    Role,
    Statement,
    WrittenMean,
    WrittenVariable,
)
from mlmteach.model.structure import Structure
from mlmteach.model.symbols import (
    Beta,
    Delta,
    Equation,
)
from mlmteach.model.terms import Factor

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
        ``"symbol"``, ``"sign"``, ``"value"``, ``"outcome"``, ``"covariance"`` or
        ``"variance"``; of outcomes that are not normal also ``"residual"``, ``"link"``,
        ``"distribution"`` or ``"offset"``.
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
    model: Structure,
    *,
    estimates: Estimates | HasEstimates | None = None,
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
    model : Structure
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
    >>> model = Model("passed ~ ses", group="school", family="binomial")
    >>> for difference in check_equations("logit(π_ij) = β_0j + β_1j ses_ij + ε_ij", model):
    ...     print(difference.message)
    There is no ε_ij here: the distribution says how outcomes differ from π_ij.
    """
    if not isinstance(model, Structure):
        raise OptionError(
            f"`model` is {type(model).__name__}.", "Give the Model that the text is about."
        )
    preset = as_notation(notation or "slides")
    estimates = _checked(estimates, model)
    adapted = preset.for_grouping(model.grouping)
    letters = {
        f"{glyph.base}{between}{glyph.sub}": Factor(*shown)
        for shown, glyph in letters_of(model, adapted).items()
        for between in ("", "_" if glyph.sub else "")
    }
    names = {shown: Factor(name) for shown, name in symbols_of(model.codebook).items()}
    names |= {name: Factor(name) for name in model.variables}
    found = _differences(text, model, letters | names, preset, estimates, notation)
    if found and any(word in names and names[word] != letters[word] for word in letters):
        # a column may be called x: then the text is taken for what it fits better
        other = _differences(text, model, names | letters, preset, estimates, notation)
        found = min(found, other, key=len)
    return found


def _differences(
    text: str,
    model: Structure,
    names: Mapping[str, str | Factor],
    preset: Notation,
    estimates: Estimates | None,
    notation: str | Notation | None,
) -> tuple[Difference, ...]:
    statements, vocabulary = read_statements(
        text, names=names, notation=notation, grouping=model.grouping
    )
    if not statements:
        raise EquationError(
            "The text has no equation.", "Write one a line, such as 'b0 = g00 + u0'."
        )
    writer = Writer(model, preset, symbols_of(model.codebook))
    comparison = Matching(model, writer, estimates, _indexed(statements))
    comparison.family(statements)
    for statement in statements:
        _compare(statement, model, writer, comparison)
    _missing_equations(statements, model, writer, comparison)
    found = sorted(comparison.found, key=lambda entry: entry[0])
    return tuple(
        Difference(*vocabulary.source.place(position), kind, message)
        for position, kind, message in dict.fromkeys(found)
    )


def _checked(estimates: Estimates | HasEstimates | None, model: Structure) -> Estimates | None:
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


def _compare(statement: Statement, model: Structure, writer: Writer, comparison: Matching) -> None:
    kind = kind_of(statement)
    if kind == "outcome":
        return
    if kind == "distribution":
        comparison.distribution(statement)
        return
    for left, right in zip(statement.left, statement.right, strict=True):
        if kind in {"level2", "level3"}:
            assert isinstance(left, Letter)
            comparison.letter_index(left)
            equation = _equation_of(left, model)
            if equation is None:
                comparison.say(
                    left.start, "extra", f"The model has no {left.shown}: leave its equation out."
                )
                continue
        else:
            comparison.outcome(left)
            equation = model.level1_equation if kind == "level1" else model.full_equation
        expected = expected_terms(equation, writer)
        if comparison.is_rate:  # the exposure stands in the distribution
            expected = tuple(term for term in expected if term.role != "offset")
        if statement.relation == "~":  # the distribution stands for the residual
            if kind in {"level1", "full"} and model.family.is_normal:
                comparison.dispersion(statement)
            last = {"level2": "effect", "level3": "upper"}.get(kind, "residual")
            expected = tuple(term for term in expected if term.role != last)
        comparison.sums(expected, right, kind, statement)


def _equation_of(left: Letter, model: Structure) -> Equation | None:
    """The model's equation of a β, or of a δ."""
    equations = model.level3_equations if left.role == "delta" else model.level2_equations
    wanted = (left.q, left.s) if left.role == "delta" else (left.q, None)
    return next((e for e in equations if _numbers_of(e) == wanted), None)


def _numbers_of(equation: Equation) -> tuple[int | None, int | None]:
    left = equation.left
    assert isinstance(left, Beta | Delta)
    return (left.q, left.s) if isinstance(left, Delta) else (left.q, None)


def _missing_equations(
    statements: tuple[Statement, ...], model: Structure, writer: Writer, comparison: Matching
) -> None:
    """Ask for all equations of a level once there is one, and for level 3 once there is level 2."""
    of_levels = [s for s in statements if kind_of(s) in {"level2", "level3"}]
    written = {
        (left.q, left.s) if left.role == "delta" else (left.q, None)
        for statement in of_levels
        for left in statement.left
        if isinstance(left, Letter)
    }
    last = max((statement.stop for statement in of_levels), default=0)
    for equations in (model.level2_equations, model.level3_equations):
        known = [number for number in written if (number[1] is None) == _is_of_beta(equations)]
        for equation in equations if known else ():
            if (numbers := _numbers_of(equation)) not in written:
                role: Role = "beta" if numbers[1] is None else "delta"
                symbol = writer.symbol(role, *numbers)
                right = " + ".join(writer.term(term) for term in expected_terms(equation, writer))
                comparison.say(
                    last, "missing", f"The equation of {symbol} is missing: {symbol} = {right}."
                )


def _is_of_beta(equations: tuple[Equation, ...]) -> bool:
    return bool(equations) and isinstance(equations[0].left, Beta)


def _indexed(statements: tuple[Statement, ...]) -> frozenset[str]:
    """The indices that the text uses; none of them in HLM-style lines."""
    used = set()
    for statement in statements:
        summands = [summand for sum_ in statement.right for summand in sum_]
        atoms = [*statement.left, *(atom for summand in summands for atom in summand.atoms)]
        used |= {a.index for a in atoms if isinstance(a, Letter | WrittenVariable | WrittenMean)}
    return frozenset(used - {""})
