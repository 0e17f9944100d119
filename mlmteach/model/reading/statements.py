"""What a written equation consists of: atoms, summands, statements, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from mlmteach.model.terms import Factor, Term

__all__ = [
    "Atom",
    "Left",
    "Letter",
    "Role",
    "Said",
    "Statement",
    "WrittenMean",
    "WrittenNumber",
    "WrittenSum",
    "WrittenSummand",
    "WrittenVariable",
]

Role = Literal[
    "beta", "delta", "gamma", "effect", "upper", "residual", "variance", "offset"
]  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """A symbol of the model: β_qj, γ_qs, U_qj, ε_ij, or a variance.

    Parameters
    ----------
    role : str
        Which of them; with two groupings also δ_qsk ("delta") and V_qsk ("upper").
    q, s : int or None
        Its numbers; None where none is written.
    index : str
        The letters below it: ``"j"``, ``"ij"`` or nothing.
    shown, start
        As written, and where.
    p : int, optional
        The third number of γ_qsp.
    """

    role: Role
    q: int | None
    s: int | None
    index: str
    shown: str
    start: int
    p: int | None = None


@dataclass(frozen=True)
class WrittenVariable:
    """A column of the data, or a function of one.

    Parameters
    ----------
    factor : Factor
        As a formula would write it.
    index : str
        ``"ij"`` or ``"i"`` at level 1, ``"j"`` at level 2, nothing where none is written; with two
        groupings ``"ijk"``, then ``"jk"`` or ``"j"``, and ``"k"``.
    shown, start
        As written, and where.
    grand : bool
        Whether it is a mean over everything, which only stands in a difference.
    """

    factor: Factor
    index: str
    shown: str
    start: int
    grand: bool = False


@dataclass(frozen=True)
class WrittenNumber:
    """A number and the count of its decimals, which is None for an exact one such as 10²."""

    value: float
    digits: int | None
    shown: str
    start: int


@dataclass(frozen=True)
class WrittenMean:
    """The expected outcome, π_ij or λ_ij, under the link that is written around it.

    Parameters
    ----------
    link : str
        ``"logit"``, ``"probit"``, ``"cloglog"``, ``"log"``, nothing where it stands alone, or
        ``"linear"`` for the linear predictor η_ij.
    name, index : str
        Its letter, and what stands below it.
    shown, start
        As written, and where.
    outcome : WrittenVariable, optional
        Whose it is, where it is written as P(passed_ij = 1) or E(ticks_ij).
    itself : bool
        Whether the outcome itself stands there, which has no link.
    per : WrittenVariable, optional
        The exposure under it: area in log(λ_ij / area_ij).
    """

    link: str
    name: str
    index: str
    shown: str
    start: int
    outcome: WrittenVariable | None = None
    itself: bool = False
    per: WrittenVariable | None = None


Atom = Letter | WrittenVariable | WrittenNumber
Left = Atom | WrittenMean


@dataclass(frozen=True)
class WrittenSummand:
    """A signed product of atoms."""

    sign: int
    atoms: tuple[Atom, ...]
    start: int

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """The symbols in it: one, if the equation is sound."""
        return tuple(atom for atom in self.atoms if isinstance(atom, Letter))

    @cached_property
    def variables(self) -> tuple[WrittenVariable, ...]:
        """The predictors in it."""
        return tuple(atom for atom in self.atoms if isinstance(atom, WrittenVariable))

    @cached_property
    def numbers(self) -> tuple[WrittenNumber, ...]:
        """The numbers in it, without the sign."""
        return tuple(atom for atom in self.atoms if isinstance(atom, WrittenNumber))

    @property
    def term(self) -> Term:
        """The product of its predictors."""
        return Term(tuple(variable.factor for variable in self.variables))

    @property
    def value(self) -> float:
        """The product of its numbers, with the sign; 1 or -1 where none is written."""
        product = float(self.sign)
        for number in self.numbers:
            product *= number.value
        return product

    def __mul__(self, other: WrittenSummand) -> WrittenSummand:
        start = min(self.start, other.start)
        return WrittenSummand(self.sign * other.sign, self.atoms + other.atoms, start)

    def __neg__(self) -> WrittenSummand:
        return replace(self, sign=-self.sign)


WrittenSum = tuple[WrittenSummand, ...]


@dataclass(frozen=True)
class Said:
    """What a line says of an outcome that is not normal, beside its equation.

    Parameters
    ----------
    start : int
        Its place.
    outcome : WrittenVariable, optional
    around : WrittenMean, optional
        What stands before a distribution, if it is not the outcome itself.
    distribution : str
        ``"Bernoulli"``, ``"Binomial"``, ``"Poisson"``, ``"NegBin"``, ``"N"`` or nothing.
    mean : WrittenMean, optional
    trials, exposure : WrittenVariable, optional
    link : str
        Where the line says how η and the mean hang together.
    spread : int, optional
        Where a variance stands that the distribution has not.
    """

    start: int
    outcome: WrittenVariable | None = None
    around: WrittenMean | None = None
    distribution: str = ""
    mean: WrittenMean | None = None
    trials: WrittenVariable | None = None
    exposure: WrittenVariable | None = None
    link: str = ""
    spread: int | None = None


@dataclass(frozen=True)
class Statement:
    """``left = right``, or ``left ~ N(right, spread)``.

    Parameters
    ----------
    left : tuple of Left
        One atom, or those of a vector.
    relation : {"=", "~"}
        Whether the left side is equal to the right one or distributed around it.
    right : tuple of WrittenSum
        One sum for each atom of the left side.
    spread : tuple of tuple of bool, optional
        For a distribution, which variances and covariances are other than zero.
    start, stop : int
        Its place.
    by, precision : str
        For a distribution of ε, the columns of which its variance is a function.
    said : Said, optional
        What it says of an outcome that is not normal, if it is no equation.
    """

    left: tuple[Left, ...]
    relation: Literal["=", "~"]
    right: tuple[WrittenSum, ...]
    spread: tuple[tuple[bool, ...], ...]
    start: int
    stop: int
    by: str = ""
    precision: str = ""
    said: Said | None = None
