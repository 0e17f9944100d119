"""A model as data: its coefficients, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from mlmteach.errors import FormulaError, ModelError, OptionError, suggest
from mlmteach.model.dispersion import By, checked_dispersion
from mlmteach.model.family import NORMAL, Family, checked_family
from mlmteach.model.formula import join, parse_level2, parse_level3, parse_outcome, parse_terms
from mlmteach.model.grouping import LETTERS, Grouping, parse_grouping
from mlmteach.model.symbols import (
    Coefficient,
    Covariance,
    Equation,
    Gamma,
    Second,
    Upper,
    UpperEffect,
    Varying,
    first_index,
    full_equation,
    level1_equation,
    level2_equations,
    level3_equations,
)
from mlmteach.model.terms import INTERCEPT, Factor, Term

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook

__all__ = [
    "Names",
    "Structure",
    "blocks_of",
    "checked_covariance",
    "structure_of",
    "upper_predictors",
]

Names = tuple[tuple[str, ...], bool]
"""What each column of a factor adds to its name, and whether they stand for categories."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The coefficients of a multilevel model, and what can be read off them.

    Two are equal when they are the same model, however its predictors are spelled, and whether or
    not it was held against data.

    Attributes
    ----------
    outcome : Factor
    grouping : Grouping
        One grouping, or two: three levels, or crossed.
    bare : tuple of Coefficient
        As they were written, one a term.
    covariance : {"unstructured", "diagonal"} or tuple of tuple of str
        Of the U's.
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
    covariance3 : {"unstructured", "diagonal"} or tuple of tuple of str
        Of the V's, where there are two groupings.
    """

    outcome: Factor
    grouping: Grouping
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
    covariance3: Covariance = "unstructured"

    @property
    def _identity(self) -> tuple[object, ...]:
        lower = _comparable(self.covariance, {c.term for c in self.bare if c.random})
        upper = _comparable(self.covariance3, {e.term for c in self.bare for e in c.upper_effects})
        dispersion = self.sigma2, self.precision, self.family
        return self.outcome, self.grouping, self.bare, lower, upper, dispersion

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def group(self) -> str:
        """The column of the groups of level 2; of two crossed groupings, the first."""
        return self.grouping.names[0]

    @property
    def group3(self) -> str | None:
        """The column of the groups of level 3, or of the second of two crossed groupings."""
        return self.grouping.names[1] if len(self.grouping.names) > 1 else None

    @cached_property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs, in order of q and s."""
        return tuple(gamma for c in self.coefficients for gamma in c.gammas)

    @cached_property
    def random(self) -> tuple[Coefficient, ...]:
        """The level-1 coefficients that have a U."""
        return tuple(c for c in self.coefficients if c.random)

    @cached_property
    def upper_random(self) -> tuple[UpperEffect, ...]:
        """The V's, where there are two groupings."""
        return tuple(effect for c in self.coefficients for effect in c.upper_effects)

    def varying(self, level: int) -> tuple[Varying, ...]:
        """List what differs between the groups of level 2, or of level 3 or the second grouping."""
        found = []
        for c in self.coefficients:
            if level == 2:
                own = c.gammas
                if c.second:
                    own = tuple(g for g in own if not g.level3)
                if c.random:
                    found.append(Varying(2, c.index, 0, c.term, INTERCEPT, c.predictors, own))
            elif c.second:
                own = tuple(g for g in c.gammas if g.level3 or not g.level2)
                mean = tuple(t for t in c.predictors if not t)
                terms = (*mean, *dict.fromkeys(level3 for _, level3 in c.second.parted))
                if c.second.random:
                    found.append(Varying(3, c.index, 0, c.term, INTERCEPT, terms, own))
            else:
                for u in c.upper:
                    own = tuple(g for g in c.gammas if g.s == u.index)
                    if u.random:
                        found.append(
                            Varying(3, c.index, u.index, c.term, u.level2, u.predictors, own)
                        )
        return tuple(found)

    @property
    def upper_blocks(self) -> tuple[tuple[int, ...], ...]:
        """The V's that may correlate with each other, as positions in :attr:`upper_random`."""
        blocks = upper_blocks_of(self.bare, self.covariance3)
        return tuple(
            tuple(i for i, e in enumerate(self.upper_random) if e.term.bare in block)
            for block in blocks
        )

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
            names += [v for t in upper_predictors(c) for v in t.variables]
        names += [self.sigma2.variable] if self.sigma2 else []
        names += [self.precision] if self.precision else []
        return tuple(dict.fromkeys([*names, *self.grouping.names]))

    @cached_property
    def label_columns(self) -> tuple[str, ...]:
        """The grouping columns that are labels and nothing else.

        In ``score ~ Machine`` with ``group="Worker/Machine"``, the machine is a predictor too.
        """
        return tuple(name for name in self.grouping.names if name not in self.levels)

    @cached_property
    def levels(self) -> dict[str, int]:
        """The level at which the model uses each predictor's variable; the lowest of several.

        With crossed groupings, 3 is that of the second one.
        """
        upper = {n: 3 for c in self.bare for t in upper_predictors(c) for n in t.variables}
        upper |= {name: 2 for c in self.bare for t in c.predictors for name in t.variables}
        lower = {name: 1 for c in self.bare for name in c.term.variables}
        return upper | lower

    @property
    def level1_formula(self) -> str:
        """The level-1 equation as a formula, such as ``"mathach ~ 1 + ses"``."""
        return f"{self.outcome.formula} ~ {join(c.term for c in self.bare)}"

    @property
    def level2_formulas(self) -> dict[str, str]:
        """The level-2 equations as the ``level2`` argument takes them."""
        return {c.key: join(c.predictors, "U" * c.random) for c in self.bare}

    @property
    def level3_formulas(self) -> dict[str, str]:
        """The level-3 equations as the ``level3`` argument takes them; none with one grouping."""
        nested = {u.key: join(u.predictors, "V" * u.random) for c in self.bare for u in c.upper}
        crossed = {
            c.key: join((INTERCEPT, *c.second.predictors), "V" * c.second.random)
            for c in self.bare
            if c.second
        }
        return nested | crossed

    @property
    def formula(self) -> str:
        """The full model as an lme4 formula."""
        fixed = [gamma.term.formula for c in self.bare for gamma in c.gammas]
        if "1" not in fixed:
            fixed.insert(0, "0")
        return f"{self.outcome.formula} ~ {' + '.join([*fixed, *self._random_formulas()])}"

    def _random_formulas(self) -> list[str]:
        lower = [join(c.term for c in block) for block in self.bare_blocks]
        upper = [join(block) for block in upper_blocks_of(self.bare, self.covariance3)]
        if self.grouping.is_nested and lower == upper:
            return [f"({terms} | {self.grouping.formula})" for terms in lower]
        own = zip(self.grouping.bars, (lower, upper), strict=False)
        return [f"({terms} | {bar})" for bar, blocks in own for terms in blocks]

    def expanded(
        self,
        *,
        coefficients: tuple[Coefficient, ...],
        codebook: Codebook | None,
        covariance: Covariance | None = None,
        covariance3: Covariance | None = None,
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
        seen |= {"covariance3": covariance3} if covariance3 else {}
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
    def level3_equations(self) -> tuple[Equation, ...]:
        """The level-3 equations as structure, one a coefficient of level 2."""
        return level3_equations(self.coefficients)

    @property
    def full_equation(self) -> Equation:
        """The full equation as structure."""
        return full_equation(self.outcome, self.coefficients, self.family)


def blocks_of(
    coefficients: tuple[Coefficient, ...], covariance: Covariance
) -> tuple[tuple[Coefficient, ...], ...]:
    """Give the random coefficients in the blocks within which they may correlate."""
    random = tuple(c for c in coefficients if c.random)
    terms = parted(tuple(c.term for c in random), covariance)
    return tuple(tuple(c for c in random if c.term in block) for block in terms)


def upper_blocks_of(
    coefficients: tuple[Coefficient, ...], covariance: Covariance
) -> tuple[tuple[Term, ...], ...]:
    """Give the products that have a V in the blocks within which these may correlate."""
    return parted(tuple(e.term for c in coefficients for e in c.upper_effects), covariance)


def parted(terms: tuple[Term, ...], covariance: Covariance) -> tuple[tuple[Term, ...], ...]:
    """Part the terms that have effects into the blocks of a covariance structure."""
    if covariance == "unstructured":
        return (terms,) if terms else ()
    if covariance == "diagonal":
        return tuple((term,) for term in terms)
    return tuple(tuple(term for term in terms if term.name in block) for block in covariance)


def upper_predictors(coefficient: Coefficient) -> tuple[Term, ...]:
    """The predictors of level 3, or of the second of two crossed groupings."""
    second = coefficient.second.predictors if coefficient.second else ()
    return (*(t for u in coefficient.upper for t in u.predictors), *second)


def _comparable(covariance: Covariance, random: set[Term]) -> object:
    """A covariance structure such that those of one meaning are equal."""
    if len(random) <= 1:
        return "unstructured"  # the effects of one term are never parted
    if isinstance(covariance, str):
        return covariance
    return frozenset(frozenset(t for t in random if t.name in block) for block in covariance)


# --- what is checked of a model before any data are seen ----------------------------------


def structure_of(
    formula: str,
    *,
    group: str,
    level2: Mapping[str, str] | None,
    covariance: Covariance,
    codebook: Any,
    level3: Mapping[str, str] | None = None,
    covariance3: Covariance | None = None,
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
    grouping = parse_grouping(checked_text(group, "group"))
    bare = make_coefficients(
        terms,
        {} if level2 is None else level2,
        formula,
        grouping=grouping,
        level3={} if level3 is None else level3,
    )
    if len(grouping.names) == 1 and covariance3 is not None:
        raise no_level3("covariance3", grouping)
    if covariance3 is None:
        covariance3 = covariance if isinstance(covariance, str) else "unstructured"
    validate(outcome, grouping, bare)
    taken = dict.fromkeys(outcome.variables, "outcome") | dict.fromkeys(grouping.names, "group")
    sigma2, precision = checked_dispersion(sigma2, precision, taken=taken)
    known = checked_family(family, link, trials=trials, exposure=exposure, event=event, taken=taken)
    if not known.is_normal and (sigma2 or precision):
        raise ModelError(
            f"A model of the family '{known.name}' has no σ².",
            "Leave out `sigma2` and `precision`.",
        )
    return Structure(
        outcome=outcome,
        grouping=grouping,
        bare=bare,
        covariance=checked_covariance(covariance, [c.term for c in bare if c.random]),
        coefficients=bare,
        codebook=codebook,
        bound=False,
        sigma2=sigma2,
        precision=precision,
        family=known,
        covariance3=checked_covariance(
            covariance3, [e.term for c in bare for e in c.upper_effects], name="covariance3"
        ),
    )


def checked_text(value: object, name: str) -> str:
    """Return a text that is not blank, without the blanks around it."""
    if not isinstance(value, str) or not value.strip():
        raise FormulaError(
            f"`{name}` is {value!r}.", "Give it as a text, such as 'mathach ~ ses' or 'school'."
        )
    return value.strip()


def make_coefficients(
    terms: tuple[Term, ...],
    level2: Mapping[str, str],
    formula: str,
    *,
    grouping: Grouping,
    level3: Mapping[str, str],
) -> tuple[Coefficient, ...]:
    """Join the level-1 terms with their level-2 equations, and these with those of level 3."""
    _refuse_no_mapping(level2, "level2", "level-1 terms", "{'ses': 'size + U'}")
    _refuse_no_mapping(level3, "level3", "terms", "{'intercept': 'size + V'}")
    if level3 and len(grouping.names) == 1:
        raise no_level3("level3", grouping)
    if not terms:
        raise ModelError(
            f"The level-1 equation '{formula}' has no terms.",
            "Write '1' for an intercept, or name predictors.",
        )
    equations = _equations(level2, terms, "level2", "a term at level 1", empty=grouping.crossed)
    coefficients = []
    for q, term in enumerate(terms, 0 if INTERCEPT in terms else 1):
        predictors, random = equations.get(term, ((INTERCEPT,), not term))
        coefficients.append(Coefficient(q, term, predictors, random))
    made = tuple(coefficients)
    if grouping.is_nested:
        made = _with_level3(made, level3)
    elif grouping.crossed:
        made = _with_second(made, level3)
    if len(grouping.names) > 1:
        _refuse_other_letter(made)
    if not any(c.is_random for c in made):
        raise ModelError(
            "No coefficient of the model is random, so it is an ordinary regression.",
            "Write U in at least one level-2 equation, such as level2={'intercept': '1 + U'}.",
        )
    for letter, at, having in (
        ("U", 0, [c.random for c in made]),
        ("V", 1, [bool(c.upper_effects) for c in made]),
    ):
        if at < len(grouping.names) and not any(having):
            raise ModelError(
                f"Nothing differs between the groups of '{grouping.names[at]}': no equation has "
                f"a {letter}.",
                f"Write {letter} into one, such as level{at + 2}={{'intercept': '1 + {letter}'}}, "
                "or leave the grouping out.",
            )
    return made


def _refuse_no_mapping(value: object, name: str, keys: str, example: str) -> None:
    if not isinstance(value, Mapping):
        raise ModelError(
            f"`{name}` is {value!r}.",
            f"Give a dictionary from {keys} to equations, such as {example}.",
        )


def no_level3(name: str, grouping: Grouping) -> ModelError:
    """Say that an option of a second grouping was given to a model with one."""
    group = grouping.names[0]
    return ModelError(
        f"`{name}` is for a second grouping, and the only one is '{group}'.",
        f"Name two: group='{group}/...' for units within groups of '{group}', or "
        f"group='{group} * ...' for groupings that cross.",
    )


def _equations(
    texts: Mapping[str, str],
    terms: tuple[Term, ...],
    name: str,
    what: str,
    *,
    empty: bool = False,
) -> dict[Term, tuple[tuple[Term, ...], bool]]:
    """Read the equations of the coefficients that there are: predictors, and whether random."""
    read = parse_level2 if name == "level2" else parse_level3
    equations: dict[Term, tuple[tuple[Term, ...], bool]] = {}
    for key, text in texts.items():
        term = _term_of_key(key, terms, name, what)
        if term in equations:
            raise ModelError(f"`{name}` has two equations for '{key}'.", "Keep one of them.")
        equations[term] = read(checked_text(text, f"{name}[{key!r}]"), empty=empty)
    return equations


def _with_level3(
    coefficients: tuple[Coefficient, ...], level3: Mapping[str, str]
) -> tuple[Coefficient, ...]:
    """Give each coefficient of level 2 its level-3 equation.

    What has a V and no γ of its own, ``0 + V``, may be the mean of an equation without one.
    """
    products = tuple(t * c.term for c in coefficients for t in (INTERCEPT, *c.predictors))
    equations = _equations(level3, tuple(dict.fromkeys(products)), "level3", "a term at level 2")
    made = []
    for c in coefficients:
        predictors = c.predictors
        if INTERCEPT not in predictors and c.term in equations:
            predictors = (INTERCEPT, *predictors)
        upper = []
        for s, predictor in enumerate(predictors, first_index(predictors)):
            product = predictor * c.term
            own, random = equations.get(product, ((INTERCEPT,), not product))
            upper.append(Upper(s, c.term, predictor, own, random))
        made.append(replace(c, predictors=predictors, upper=tuple(upper)))
    return tuple(made)


def _with_second(
    coefficients: tuple[Coefficient, ...], level3: Mapping[str, str]
) -> tuple[Coefficient, ...]:
    """Add to each coefficient what the second of two crossed groupings brings."""
    terms = tuple(c.term for c in coefficients)
    equations = _equations(level3, terms, "level3", "a term at level 1")
    first = frozenset(v for c in coefficients for t in c.predictors for v in t.variables)
    made = []
    for c in coefficients:
        predictors, random = equations.get(c.term, ((INTERCEPT,), not c.term))
        own = tuple(t for t in predictors if t)  # the mean is that of the one equation
        made.append(replace(c, second=Second(own, random, first)))
    return tuple(made)


def _term_of_key(key: object, terms: tuple[Term, ...], option: str, what: str) -> Term:
    name = checked_text(key, f"a key of {option}")
    if name.lower() in {"intercept", "1"}:
        wanted = INTERCEPT
    elif (wanted := Term.of(name)) not in terms:
        parsed = parse_terms(name, intercept=False)
        wanted = parsed[0] if len(parsed) == 1 else wanted
    for term in terms:
        if term.matches(wanted):
            return term
    known = [term.formula if term else "intercept" for term in terms]
    where = "level-1" if what.endswith("1") else "level-2"
    raise ModelError(
        f"`{option}` has an equation for '{name}', which is not {what}.",
        f"Add it to the {where} equation. {suggest(name, known)}",
    )


def _refuse_other_letter(coefficients: tuple[Coefficient, ...]) -> None:
    """Refuse a V of `level2` and a U of `level3`, which would be names of predictors there."""
    for level, own, other, terms in (
        (2, "U", "V", [t for c in coefficients for t in c.predictors]),
        (3, "V", "U", [t for c in coefficients for t in upper_predictors(c)]),
    ):
        if other in _variables(terms):
            raise ModelError(
                f"An equation of `level{level}` has a {other}, which belongs to "
                f"`level{2 if level == 3 else 3}`.",
                f"Write {own} there; if '{other}' is a column, rename it.",
            )


def validate(outcome: Factor, grouping: Grouping, coefficients: tuple[Coefficient, ...]) -> None:
    """Refuse a model that contradicts itself, before any data are seen."""
    level1 = {v: c.term for c in coefficients for v in c.term.variables}
    level2 = _variables(t for c in coefficients for t in c.predictors)
    level3 = _variables(t for c in coefficients for t in upper_predictors(c))
    for name, term in {**level1, **level2, **level3}.items():
        _refuse_taken(name, term, outcome, grouping, within=name in level2)
    for group in grouping.names:
        if group in outcome.variables:
            raise ModelError(
                f"'{group}' is both outcome and group.", "Name another column as group."
            )
    _refuse_two_levels(level1, level2, level3, grouping)
    of_first = {f for c in coefficients for t in c.predictors for f in t.factors}
    means = (f for c in coefficients for t in upper_predictors(c) for f in t.factors)
    for factor in filter(lambda f: f.is_group_mean, means):
        if grouping.crossed and factor in of_first:  # a product of predictors of both groupings
            continue
        raise ModelError(
            f"'{factor.name}' at level 3 is a mean in each '{grouping.names[0]}'.",
            f"Make the mean in each '{grouping.names[1]}' a column: data.groupby("
            f"'{grouping.names[1]}')['{factor.variables[0]}'].transform('mean').",
        )
    _refuse_twice(gamma for c in coefficients for gamma in c.gammas)
    for c in coefficients:
        if not c.gammas and not c.is_random and not c.upper:
            raise ModelError(
                f"The level-2 equation of '{c.key}' is empty.",
                "Write '1' for a fixed coefficient or 'U' for a random one.",
            )
        for u in c.upper:
            if not u.predictors and not u.random:
                raise ModelError(
                    f"The level-3 equation of '{u.key}' is empty.",
                    "Write '1' for a fixed coefficient or 'V' for a random one.",
                )


def _refuse_taken(
    name: str, term: Term, outcome: Factor, grouping: Grouping, *, within: bool
) -> None:
    """Refuse a predictor with the name of something else in the model.

    The groups of level 2 may be a predictor there: they differ ``within`` those of level 3.
    """
    if name in outcome.variables:
        raise ModelError(
            f"The outcome '{name}' is also a predictor, in '{term.name}'.",
            "Leave it out on one side.",
        )
    if name in {"U", "intercept", "Intercept"} or (name == "V" and len(grouping.names) > 1):
        raise ModelError(
            f"A predictor is called '{name}', which has a meaning of its own here.",
            "Rename the column.",
        )
    allowed = grouping.is_nested and within and name == grouping.names[0]
    if name in grouping.names and not allowed:
        raise ModelError(
            f"The group '{name}' is also a predictor, in '{term.name}'.",
            f"Leave it out: its effects are the {LETTERS[grouping.names.index(name)]}'s.",
        )


def _refuse_two_levels(
    level1: Mapping[str, Term],
    level2: Mapping[str, Term],
    level3: Mapping[str, Term],
    grouping: Grouping,
) -> None:
    for name in level1:
        if name in level2:
            raise ModelError(
                f"'{name}' stands both at level 1 and at level 2.",
                f"Keep it at one level; at level 2 its group mean is 'group_mean({name})'.",
            )
    for name in level3:
        lower = 1 if name in level1 else 2
        crossed = grouping.crossed and lower == 2  # a product of predictors of both groupings
        if (name in level1 or name in level2) and not crossed:
            raise ModelError(
                f"'{name}' stands both at level {lower} and at level 3.",
                "Keep it at one level; its mean in each group of "
                f"'{grouping.names[1]}' can be a column of its own in the data.",
            )


def _refuse_twice(gammas: Iterable[Gamma]) -> None:
    """Refuse two coefficients of one predictor, however it is spelled."""
    names: dict[frozenset[Factor], str] = {}
    for gamma in gammas:
        factors = frozenset(gamma.term.factors)
        if factors in names:
            problem = (
                f"Two coefficients of the model are called '{gamma.name}'."
                if gamma.name == names[factors]
                else f"'{names[factors]}' and '{gamma.name}' are the same predictor."
            )
            raise ModelError(problem, "Leave the term out of one of the equations.")
        names[factors] = gamma.name


def _variables(terms: Iterable[Term]) -> dict[str, Term]:
    """The variables of terms, but of group means, which are those of the units."""
    return {v: t for t in terms for f in t.factors if not f.is_group_mean for v in f.variables}


def checked_covariance(
    covariance: Covariance, random: Sequence[Term], *, name: str = "covariance"
) -> Covariance:
    """Return the covariance structure in its simplest form, each random coefficient once."""
    if isinstance(covariance, str):
        if covariance not in {"unstructured", "diagonal"}:
            raise OptionError(
                f"{name}={covariance!r} is not known.", "Use 'unstructured' or 'diagonal'."
            )
        return covariance
    known = [term.name for term in random]
    listed = [term for block in covariance for term in block]
    if sorted(listed) != sorted(known):
        raise OptionError(
            f"The blocks of `{name}` list {listed}, the random coefficients are {known}.",
            "List each random coefficient once.",
        )
    blocks = tuple(tuple(block) for block in covariance)
    if len(blocks) == 1:
        return "unstructured"
    return "diagonal" if all(len(block) == 1 for block in blocks) else blocks
