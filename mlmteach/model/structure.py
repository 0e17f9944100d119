"""A model as data: its coefficients, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from mlmteach.errors import FormulaError, ModelError, OptionError, suggest
from mlmteach.model.dispersion import By, checked_dispersion
from mlmteach.model.family import NORMAL, Family, checked_family
from mlmteach.model.formula import join, parse_level2, parse_outcome, parse_terms
from mlmteach.model.symbols import (
    Coefficient,
    Covariance,
    Equation,
    Gamma,
    full_equation,
    level1_equation,
    level2_equations,
)
from mlmteach.model.terms import INTERCEPT, Factor, Term

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook

__all__ = ["Names", "Structure", "blocks_of", "checked_covariance", "structure_of"]

Names = tuple[tuple[str, ...], bool]
"""What each column of a factor adds to its name, and whether they stand for categories."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The coefficients of a two-level model, and what can be read off them.

    Two are equal when they are the same model, however its predictors are spelled, and whether or
    not it was held against data.

    Attributes
    ----------
    outcome : Factor
    group : str
    bare : tuple of Coefficient
        As they were written, one a term.
    covariance : {"unstructured", "diagonal"} or tuple of tuple of str
    coefficients : tuple of Coefficient
        As they are estimated: in a bound model, one a contrast.
    codebook : Codebook or None
    bound : bool
        Whether the model was held against data.
    texts : frozenset of str
        The columns whose values are no numbers in a bound model's data, or ids with more digits
        than a number holds.
    codings : tuple
        The names of the columns that a bound model was made for: a pair of expression and coding
        (False for contrasts, True in full), and what distinguishes its columns.
    sigma2 : By or None
        The variable by whose categories σ² differs.
    precision : str or None
        The column of known weights w, with Var(ε) = σ² / w.
    family : Family
        The distribution of the outcome given its predictors and its group, and the link.
    """

    outcome: Factor
    group: str
    bare: tuple[Coefficient, ...]
    covariance: Covariance
    coefficients: tuple[Coefficient, ...]
    codebook: Codebook | None
    bound: bool
    texts: frozenset[str] = frozenset()
    codings: tuple[tuple[tuple[str, bool], Names], ...] = ()
    sigma2: By | None = None
    precision: str | None = None
    family: Family = NORMAL

    @property
    def _identity(self) -> tuple[object, ...]:
        random = {c.term for c in self.bare if c.random}
        covariance: object = self.covariance
        if len(random) == 1:
            covariance = "unstructured"  # the U's of one term are never parted
        elif not isinstance(self.covariance, str):
            covariance = frozenset(
                frozenset(term for term in random if term.name in block)
                for block in self.covariance
            )
        dispersion = self.sigma2, self.precision, self.family
        return self.outcome, self.group, self.bare, covariance, dispersion

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    @cached_property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs, in order of q and s."""
        return tuple(gamma for c in self.coefficients for gamma in c.gammas)

    @cached_property
    def random(self) -> tuple[Coefficient, ...]:
        """The level-1 coefficients that have a U."""
        return tuple(c for c in self.coefficients if c.random)

    @property
    def bare_blocks(self) -> tuple[tuple[Coefficient, ...], ...]:
        """The random coefficients as written, in the blocks within which they may correlate."""
        return blocks_of(self.bare, self.covariance)

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The U's that may correlate with each other, as positions in :attr:`random`.

        The U's of one term, such as those of a category, are not parted.
        """
        terms = [[c.term for c in block] for block in self.bare_blocks]
        return tuple(
            tuple(i for i, c in enumerate(self.random) if c.term.bare in block) for block in terms
        )

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The data's columns that the model uses: outcome, predictors, group, what σ² hangs on."""
        names = [*self.outcome.variables, *self.family.variables]
        for c in self.bare:
            names += [*c.term.variables, *(v for t in c.predictors for v in t.variables)]
        names += [self.sigma2.variable] if self.sigma2 else []
        names += [self.precision] if self.precision else []
        return tuple(dict.fromkeys([*names, self.group]))

    @cached_property
    def levels(self) -> dict[str, int]:
        """The level at which the model uses each predictor's variable; 1 where it uses both."""
        upper = {name: 2 for c in self.bare for t in c.predictors for name in t.variables}
        lower = {name: 1 for c in self.bare for name in c.term.variables}
        return upper | lower

    @property
    def level1_formula(self) -> str:
        """The level-1 equation as a formula, such as ``"mathach ~ 1 + ses"``."""
        return f"{self.outcome.formula} ~ {join(c.term for c in self.bare)}"

    @property
    def level2_formulas(self) -> dict[str, str]:
        """The level-2 equations as the ``level2`` argument takes them."""
        return {c.key: join(c.predictors, random=c.random) for c in self.bare}

    @property
    def formula(self) -> str:
        """The full model as an lme4 formula."""
        fixed = [(predictor * c.term).formula for c in self.bare for predictor in c.predictors]
        if "1" not in fixed:
            fixed.insert(0, "0")
        return f"{self.outcome.formula} ~ {' + '.join([*fixed, *self._random_formulas()])}"

    def _random_formulas(self) -> list[str]:
        group = Factor(self.group).formula
        return [f"({join(c.term for c in block)} | {group})" for block in self.bare_blocks]

    def expanded(
        self,
        *,
        coefficients: tuple[Coefficient, ...],
        codebook: Codebook | None,
        covariance: Covariance | None = None,
        texts: frozenset[str] = frozenset(),
        codings: tuple[tuple[tuple[str, bool], Names], ...] = (),
        sigma2: By | None = None,
        family: Family | None = None,
    ) -> Self:
        """Return the model held against data: a coefficient a column, and their codebook.

        A bound model of which nothing changes is returned itself.
        """
        family = self.family if family is None else family
        seen: dict[str, Any] = {
            "coefficients": coefficients,
            "codebook": codebook,
            "texts": texts,
            "codings": codings,
            "bound": True,
        } | ({"covariance": covariance} if covariance else {})
        same = (getattr(self, name) == value for name, value in seen.items())
        known = (self.sigma2.categories if self.sigma2 else ()) == (
            sigma2.categories if sigma2 else ()
        ) and self.family.categories == family.categories
        if codebook is self.codebook and known and all(same):  # equal codebooks may have two names
            return self
        fresh = object.__new__(type(self))
        seen |= {"sigma2": sigma2, "family": family}
        fresh.__dict__.update({f.name: getattr(self, f.name) for f in fields(self)} | seen)
        return fresh

    @property
    def level1_equation(self) -> Equation:
        """The level-1 equation as structure."""
        return level1_equation(self.outcome, self.coefficients, self.family)

    @property
    def level2_equations(self) -> tuple[Equation, ...]:
        """The level-2 equations as structure, one a coefficient."""
        return level2_equations(self.coefficients)

    @property
    def full_equation(self) -> Equation:
        """The full equation as structure."""
        return full_equation(self.outcome, self.coefficients, self.family)


def blocks_of(
    coefficients: tuple[Coefficient, ...], covariance: Covariance
) -> tuple[tuple[Coefficient, ...], ...]:
    """Give the random coefficients in the blocks within which they may correlate."""
    random = tuple(c for c in coefficients if c.random)
    if covariance == "unstructured":
        return (random,) if random else ()
    if covariance == "diagonal":
        return tuple((c,) for c in random)
    return tuple(tuple(c for c in random if c.term.name in block) for block in covariance)


# --- what is checked of a model before any data are seen ----------------------------------


def structure_of(
    formula: str,
    *,
    group: str,
    level2: Mapping[str, str] | None,
    covariance: Covariance,
    codebook: Any,
    sigma2: By | None = None,
    precision: str | None = None,
    family: object = None,
    link: object = None,
    trials: object = None,
    exposure: object = None,
    event: object = None,
) -> Structure:
    """Read the equations of a model; see :class:`mlmteach.Model`."""
    outcome, terms = parse_outcome(checked_text(formula, "formula"))
    group = checked_text(group, "group")
    bare = make_coefficients(terms, level2 or {}, formula)
    validate(outcome, group, bare)
    taken = dict.fromkeys(outcome.variables, "outcome") | {group: "group"}
    sigma2, precision = checked_dispersion(sigma2, precision, taken=taken)
    known = checked_family(family, link, trials=trials, exposure=exposure, event=event, taken=taken)
    if not known.is_normal and (sigma2 or precision):
        raise ModelError(
            f"A model of the family '{known.name}' has no σ².",
            "Leave out `sigma2` and `precision`.",
        )
    return Structure(
        outcome=outcome,
        group=group,
        bare=bare,
        covariance=checked_covariance(covariance, bare),
        coefficients=bare,
        codebook=codebook,
        bound=False,
        sigma2=sigma2,
        precision=precision,
        family=known,
    )


def checked_text(value: object, name: str) -> str:
    """Return a text that is not blank, without the blanks around it."""
    if not isinstance(value, str) or not value.strip():
        raise FormulaError(
            f"`{name}` is {value!r}.", "Give it as a text, such as 'mathach ~ ses' or 'school'."
        )
    return value.strip()


def make_coefficients(
    terms: tuple[Term, ...], level2: Mapping[str, str], formula: str
) -> tuple[Coefficient, ...]:
    """Join the level-1 terms with their level-2 equations."""
    if not isinstance(level2, Mapping):
        raise ModelError(
            f"`level2` is {level2!r}.",
            "Give a dictionary from level-1 terms to equations, such as {'ses': 'size + U'}.",
        )
    if not terms:
        raise ModelError(
            f"The level-1 equation '{formula}' has no terms.",
            "Write '1' for an intercept, or name predictors.",
        )
    equations: dict[Term, tuple[tuple[Term, ...], bool]] = {}
    for key, text in level2.items():
        term = _term_of_key(key, terms)
        if term in equations:
            raise ModelError(f"`level2` has two equations for '{key}'.", "Keep one of them.")
        equations[term] = parse_level2(checked_text(text, f"level2[{key!r}]"))
    coefficients = []
    for q, term in enumerate(terms, 0 if INTERCEPT in terms else 1):
        predictors, random = equations.get(term, ((INTERCEPT,), not term))
        coefficients.append(Coefficient(q, term, predictors, random))
    if not any(c.random for c in coefficients):
        raise ModelError(
            "No coefficient of the model is random, so it is an ordinary regression.",
            "Write U in at least one level-2 equation, such as level2={'intercept': '1 + U'}.",
        )
    return tuple(coefficients)


def _term_of_key(key: object, terms: tuple[Term, ...]) -> Term:
    name = checked_text(key, "a key of level2")
    if name.lower() in {"intercept", "1"}:
        wanted = INTERCEPT
    elif (wanted := Term.of(name)) not in terms:
        parsed = parse_terms(name, intercept=False)
        wanted = parsed[0] if len(parsed) == 1 else wanted
    for term in terms:
        if term.matches(wanted):
            return term
    known = [term.formula if term else "intercept" for term in terms]
    raise ModelError(
        f"`level2` has an equation for '{name}', which is not a term at level 1.",
        f"Add it to the level-1 equation. {suggest(name, known)}",
    )


def validate(outcome: Factor, group: str, coefficients: tuple[Coefficient, ...]) -> None:
    """Refuse a model that contradicts itself, before any data are seen."""
    level1 = {v: c.term for c in coefficients for v in c.term.variables}
    level2 = {
        v: t
        for c in coefficients
        for t in c.predictors
        for f in t.factors
        if not f.is_group_mean
        for v in f.variables
    }
    for name, term in {**level1, **level2}.items():
        if name in outcome.variables:
            raise ModelError(
                f"The outcome '{name}' is also a predictor, in '{term.name}'.",
                "Leave it out on one side.",
            )
        if name in {"U", "intercept", "Intercept"}:
            raise ModelError(
                f"A predictor is called '{name}', which has a meaning of its own here.",
                "Rename the column.",
            )
        if name == group:
            raise ModelError(
                f"The group '{name}' is also a predictor, in '{term.name}'.",
                "Leave it out: its effects are the U's.",
            )
    if group in outcome.variables:
        raise ModelError(f"'{group}' is both outcome and group.", "Name another column as group.")
    for name in level1:
        if name in level2:
            raise ModelError(
                f"'{name}' stands both at level 1 and at level 2.",
                f"Keep it at one level; at level 2 its group mean is 'group_mean({name})'.",
            )
    names: dict[frozenset[Factor], Gamma] = {}
    for c in coefficients:
        for gamma in c.gammas:
            factors = frozenset((gamma.level2 * gamma.level1).factors)
            if factors in names:
                first = names[factors].name
                problem = (
                    f"Two coefficients of the model are called '{gamma.name}'."
                    if gamma.name == first
                    else f"'{first}' and '{gamma.name}' are the same predictor."
                )
                raise ModelError(problem, "Leave the term out of one of the equations.")
            names[factors] = gamma
        if not c.predictors and not c.random:
            raise ModelError(
                f"The level-2 equation of '{c.key}' is empty.",
                "Write '1' for a fixed coefficient or 'U' for a random one.",
            )


def checked_covariance(covariance: Covariance, coefficients: tuple[Coefficient, ...]) -> Covariance:
    """Return the covariance structure in its simplest form, each random coefficient once."""
    if isinstance(covariance, str):
        if covariance not in {"unstructured", "diagonal"}:
            raise OptionError(
                f"covariance={covariance!r} is not known.", "Use 'unstructured' or 'diagonal'."
            )
        return covariance
    random = [c.term.name for c in coefficients if c.random]
    listed = [name for block in covariance for name in block]
    if sorted(listed) != sorted(random):
        raise OptionError(
            f"The blocks of `covariance` list {listed}, the random coefficients are {random}.",
            "List each random coefficient once.",
        )
    blocks = tuple(tuple(block) for block in covariance)
    if len(blocks) == 1:
        return "unstructured"
    return "diagonal" if all(len(block) == 1 for block in blocks) else blocks
