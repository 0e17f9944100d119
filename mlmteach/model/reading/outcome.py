"""Which family a text speaks of, and the slips that outcomes which are not normal invite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mlmteach.model.family import LINKS, Family, FamilyName
from mlmteach.model.predictor import Applied, Column
from mlmteach.model.reading.lexer import GREEK
from mlmteach.model.reading.statements import (
    Letter,
    Said,
    Statement,
    WrittenMean,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.reading.text import EquationText

__all__ = ["Slip", "WrittenOutcome", "is_offset", "mean_in", "outcome_of", "said_in", "slips"]

_FAMILIES: dict[str, FamilyName] = {
    "Bernoulli": "binomial", "Binomial": "binomial", "Poisson": "poisson", "NegBin": "negbin",
}  # fmt: skip


@dataclass(frozen=True)
class Slip:
    """What is wrong with lines of an outcome that is not normal, where, and what to do."""

    position: int
    kind: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class WrittenOutcome:
    """The outcome that a text speaks of.

    Parameters
    ----------
    variable : WrittenVariable
    family : Family
    statements : tuple of Statement
        Its equations, those of the outcome without their offset; their distribution stands for ε.
    """

    variable: WrittenVariable
    family: Family
    statements: tuple[Statement, ...]


def said_in(statements: Iterable[Statement]) -> tuple[Said, ...]:
    """What the lines say that are no equations."""
    return tuple(statement.said for statement in statements if statement.said)


def _on_the_left(lines: Iterable[Statement]) -> list[WrittenMean]:
    """The expected outcomes and linear predictors that equations begin with."""
    return [left for s in lines for left in s.left if isinstance(left, WrittenMean)]


def _means(lines: tuple[Statement, ...]) -> list[WrittenMean]:
    """The expected outcomes, as they are written in any line."""
    written = [*(said.mean for said in said_in(lines)), *_on_the_left(lines)]
    return [mean for mean in written if mean and mean.link != "linear" and not mean.itself]


def mean_in(statements: Iterable[Statement]) -> str:
    """The letter of the expected outcome as it is written, or nothing."""
    told = _means(tuple(statements))
    for mean in told:
        if not mean.link:
            return mean.shown
    if not told or told[0].outcome:  # P(passed_ij = 1) has its index inside
        return told[0].name if told else ""
    return told[0].name + (f"_{told[0].index}" if told[0].index else "")


def outcome_of(statements: Iterable[Statement], source: EquationText) -> WrittenOutcome | None:
    """Read the family of a text, or refuse what contradicts it.

    Parameters
    ----------
    statements : iterable of Statement
    source : EquationText
        For errors.

    Returns
    -------
    WrittenOutcome or None
        None for a normal outcome.
    """
    lines = tuple(statements)
    said = said_in(lines)
    means = _on_the_left(lines)
    if not said and not means:
        return None
    family = _family(lines)
    if {s.distribution for s in said} == {"N"} and not _link(lines):
        raise source.error(
            said[0].start,
            "The mean of a normal outcome has no equation of its own.",
            "Write its predictors in N(…), such as 'mathach ~ N(b0 + b1*ses, sigma^2)', or end "
            "its equation in ε.",
        )
    mean = mean_in(lines) or ("π_ij" if family.is_binomial else "λ_ij")
    for slip in slips(lines, family, mean):
        raise source.error(slip.position, slip.problem, slip.remedy)
    known = [s.outcome for s in said if s.outcome]
    known += [mean.outcome for mean in means if mean.outcome]
    if not known:
        raise source.error(
            means[0].start if means else said[0].start,
            f"The text does not say which outcome {mean} belongs to.",
            f"Add its distribution on a line of its own, such as "
            f"'passed_ij ~ {family.distribution}({mean})'.",
        )
    exposure = next((s.exposure for s in said if s.exposure), None)
    trials = next((s.trials for s in said if s.trials), None)
    equations = []
    for statement in lines:
        if statement.said:
            continue
        if isinstance(statement.left[0], WrittenMean):
            found, rest = offset_in(statement.right[0], family)
            exposure = exposure or found
            statement = replace(statement, relation="~", right=(rest,))
        equations.append(statement)
    category = known[0].factor.level
    family = replace(
        family,
        trials=trials.factor.expression if trials else None,
        exposure=exposure.factor.variables[0] if exposure else None,
        event=None if category is None else _value(category),
    )
    return WrittenOutcome(replace(known[0], factor=known[0].factor.bare), family, tuple(equations))


def _value(category: str) -> object:
    """A category as the data have it: a number, a truth value or a text."""
    if category in {"True", "False"}:
        return category == "True"
    for kind in (int, float):
        try:
            return kind(category)
        except ValueError:
            continue
    return category


def _family(lines: tuple[Statement, ...]) -> Family:
    """The family by its distribution, or by its link; the usual link where none is written."""
    said = said_in(lines)
    link = _link(lines)
    name = next((_FAMILIES[s.distribution] for s in said if s.distribution in _FAMILIES), None)
    if name is None:
        counts = link == "log" or any(s.exposure for s in said)
        name = "poisson" if counts else "binomial"
    links = LINKS[name]
    return Family(name, next((known for known in links if known == link), links[0]))


def _link(lines: tuple[Statement, ...]) -> str:
    links = [*(s.link for s in said_in(lines)), *(mean.link for mean in _on_the_left(lines))]
    return next((link for link in links if link not in {"", "linear"}), "")


def offset_in(
    summands: tuple[WrittenSummand, ...], family: Family
) -> tuple[WrittenVariable | None, tuple[WrittenSummand, ...]]:
    """Part the logarithm of an exposure, which has no coefficient, from the rest of a sum."""
    if family.is_count:
        for place, summand in enumerate(summands):
            if is_offset(summand):
                return summand.variables[0], summands[:place] + summands[place + 1 :]
    return None, summands


def is_offset(summand: WrittenSummand) -> bool:
    """Tell ``log(area_ij)``, without anything before it."""
    if summand.sign < 0 or len(summand.atoms) != 1 or not summand.variables:
        return False
    tree = summand.variables[0].factor.tree
    return (
        isinstance(tree, Applied) and tree.function == "log" and isinstance(tree.argument, Column)
    )


# --- slips ----------------------------------------------------------------------------------


def slips(statements: Iterable[Statement], family: Family, mean: str) -> Iterator[Slip]:
    """Yield what the lines of a text contradict, if the outcome has a family.

    Parameters
    ----------
    statements : iterable of Statement
    family : Family
        That of the text, or of the model that it is held against; not the normal one.
    mean : str
        How the expected outcome is written.
    """
    lines = tuple(statements)
    linked = family.linked(mean)
    for said in said_in(lines):
        yield from _of_distribution(said, family, mean)
    yield from _of_letters(lines)
    for statement in lines:
        first = statement.left[0] if statement.left else None
        if statement.said or first is None:
            continue
        if isinstance(first, Letter):
            if first.role == "residual":
                yield Slip(
                    statement.start,
                    "variance",
                    f"There is no {first.shown}, and so no σ²: the variance of a {family.thing} "
                    f"{_follows(family, mean)}.",
                    "Leave this line out.",
                )
            continue
        yield from _of_left(statement, lines, family, mean, linked)
        for summand in statement.right[0]:
            for letter in summand.letters:
                if letter.role == "residual":
                    yield Slip(
                        letter.start,
                        "residual",
                        f"There is no {letter.shown} here: the distribution says how outcomes "
                        f"differ from {mean}.",
                        "Leave it out.",
                    )


def _follows(family: Family, mean: str) -> str:
    return f"follows from {mean}" + (" and the shape" if family.name == "negbin" else "")


def _of_distribution(said: Said, family: Family, mean: str) -> Iterator[Slip]:
    follows = _follows(family, mean)
    if said.distribution == "N":
        yield Slip(
            said.start,
            "distribution",
            f"The outcome is normal here; a {family.thing} is not.",
            f"Write {family.distribution}({mean}); a normal outcome has its predictors in N(…), "
            "or ends in ε.",
        )
        return
    if said.around is not None:
        yield Slip(
            said.around.start,
            "link",
            f"{said.around.shown} stands before the distribution, which is that of the outcome "
            "itself.",
            "Write the outcome before '~', and the link in the equation.",
        )
    if said.spread is not None:
        yield Slip(
            said.spread,
            "variance",
            f"{said.distribution} has no σ²: the variance of a {family.thing} {follows}.",
            f"Write {said.distribution}({mean}).",
        )
    if said.distribution and said.mean is not None and said.mean.link:
        shown = said.mean.shown
        yield Slip(
            said.mean.start,
            "link",
            f"{said.distribution} has the {family.expectation} itself, and {shown} is its "
            f"{'linear predictor' if said.mean.link == 'linear' else said.mean.link}.",
            f"Write {said.distribution}({mean}), and the link in the equation.",
        )


def _of_letters(lines: tuple[Statement, ...]) -> Iterator[Slip]:
    """Two letters for one expected outcome."""
    named = [mean for mean in _means(lines) if not mean.outcome]
    for mean in named[1:]:
        if GREEK.get(mean.name, mean.name) != GREEK.get(named[0].name, named[0].name):
            yield Slip(
                mean.start,
                "link",
                f"{mean.shown} is not of {named[0].name}, which stands for the expected outcome "
                "before.",
                "Use one letter for it.",
            )
            return


def _of_left(
    statement: Statement, lines: tuple[Statement, ...], family: Family, mean: str, linked: str
) -> Iterator[Slip]:
    left = statement.left[0]
    remedy = f"Write {linked} on the left."
    if isinstance(left, WrittenVariable):
        if statement.relation == "~":
            yield Slip(
                left.start,
                "distribution",
                f"{left.shown} has a normal distribution here; a {family.thing} has another.",
                f"Write {left.shown} ~ {family.distribution}({mean}), and {linked} before the sum.",
            )
        elif left.factor.function:
            yield Slip(left.start, "link", _of_itself(left.shown, family, mean), remedy)
        else:
            yield Slip(
                left.start,
                "link",
                f"{left.shown} stands on the left without a link: the sum is {linked}, and "
                f"{left.shown} varies around {mean}.",
                remedy,
            )
        return
    if not isinstance(left, WrittenMean):
        return
    if left.itself:
        yield Slip(left.start, "link", _of_itself(left.shown, family, mean), remedy)
    elif not left.link:
        beyond = "below 0 or above 1" if family.is_binomial else "below 0"
        yield Slip(
            left.start,
            "link",
            f"{left.shown} stands on the left without its link: a sum of predictors can be "
            f"{beyond}, which no {family.expectation} is.",
            remedy,
        )
    elif left.link == "linear" and not _link(lines):
        yield Slip(
            left.start,
            "link",
            f"The text does not say how {left.shown} and {mean} hang together.",
            f"Add '{left.shown} = {linked}'.",
        )
    elif left.link != "linear" and left.link not in LINKS[family.name]:
        yield Slip(
            left.start,
            "link",
            f"{left.shown} is no link for a {family.thing}.",
            remedy,
        )


def _of_itself(shown: str, family: Family, mean: str) -> str:
    values = "0 or 1" if family.is_binomial and not family.trials else "0 at times"
    return (
        f"{shown} is of the outcome itself, which is {values}, so that it would be infinite: the "
        f"link is of {mean}, the {family.expectation}."
    )
