"""A model as a list of columns, products and blocks: what every program's script is made of."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlmteach.errors import CodebookError, ModelError
from mlmteach.model.family import NORMAL, Family
from mlmteach.model.predictor import (
    Applied,
    Column,
    Contrast,
    Expression,
    with_parts,
)
from mlmteach.model.terms import Factor, Term
from mlmteach.translate.dialects import translatable
from mlmteach.translate.names import NameRules, Names
from mlmteach.translate.preparation import (
    Categories,
    Center,
    Compute,
    GroupMean,
    Indicator,
    Preparation,
    Standardize,
    Step,
    Value,
    is_text,
)

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = [
    "Effects",
    "Plan",
    "Program",
    "make_plan",
    "refuse_dispersion",
    "with_log_exposure",
]


# --- categories: which values a column has, and whether a program can code them itself ----

_DUMMY = re.compile(r"\[(?:T\.)?.*\]", re.DOTALL)
_OTHER_CODING = re.compile(r"\bcontr\.(?!treatment\b)")


def coded_column(factor: Factor) -> str:
    """Give the column of a categorical factor: ``x`` for ``x`` and for ``C(x)``."""
    tree = factor.tree
    coding = tree.coding if isinstance(tree, Contrast) else ""
    dummies = isinstance(tree, Column | Contrast) and not _OTHER_CODING.search(coding)
    if not (dummies and _DUMMY.fullmatch(factor.suffix) and len(factor.variables) == 1):
        raise ModelError(
            f"'{factor.name}' has a coding that cannot be written for another program.",
            "Use dummy coding, which is the default, or code the column in the data.",
        )
    return factor.variables[0]


def category_value(model: Structure, factor: Factor) -> Value:
    """Give the category that a contrast stands for, as the data hold it."""
    level, column = str(factor.level), coded_column(factor)
    if column in model.texts:  # a file holds it as it is written, True and "01" too
        return level
    if model.codebook is not None and column in model.codebook:
        try:
            return model.codebook[column].category(level).value
        except CodebookError:
            pass  # a column that the codebook takes for a number, made categorical by C()
    if level in {"True", "False"}:
        return level == "True"
    try:
        number = int(level) if level.lstrip("+-").isdigit() else float(level)
    except ValueError:
        return level
    return number if math.isfinite(number) else level  # "NaN" is a name too


def own_coding(model: Structure) -> dict[str, tuple[Value, ...]] | None:
    """Categories, reference first, of each column that the program itself can code as we do.

    A program codes a category by dummies, without its reference, where the rest of the term is
    in the model too.  Where that would not give our columns, indicators have to be made.

    Returns
    -------
    dict of str to tuple, or None
        None if indicators are needed for at least one column.
    """
    fixed = [gamma.term for gamma in model.gammas]
    random = _random_terms(model)
    terms = [*fixed, *(term for blocks in random for block in blocks for term in block)]
    coded = [f for term in terms for f in term.factors if f.suffix]
    if any(not f.suffix.startswith("[T.") for f in coded):
        return None
    for blocks in random:
        own = [term for block in blocks for term in block]
        if len(blocks) > 1 and any(f.suffix for term in own for f in term.factors):
            return None
        if not _marginal(own):
            return None
    if not _marginal(fixed):
        return None
    plain = {
        variable
        for term in terms
        for factor in term.factors
        if not factor.suffix
        for variable in factor.variables
    }
    found: dict[str, tuple[Value, ...]] = {}
    for factor in coded:
        column = coded_column(factor)
        shown = [category_value(model, f) for f in coded if coded_column(f) == column]
        if model.codebook is None or column not in model.codebook or column in plain:
            return None
        known: list[Value] = [c.value for c in model.codebook[column].categories]
        known = list(map(str, known)) if column in model.texts else known
        reference = [value for value in known if value not in shown]
        if len(reference) != 1:
            return None
        found[column] = (*reference, *dict.fromkeys(shown))
    return found


def _random_terms(model: Structure) -> list[list[list[Term]]]:
    """The terms that have random effects, in blocks that may correlate, by grouping."""
    lower = [[model.random[i].term for i in block] for block in model.blocks]
    upper = [[model.upper_random[i].term for i in block] for block in model.upper_blocks]
    return [lower, upper][: len(model.grouping.names)]


def _marginal(terms: Iterable[Term]) -> bool:
    """Tell whether every term with a category is also there without it."""
    written = {frozenset(term.bare.factors) for term in terms}
    return all(
        frozenset(term.bare.factors) - {factor.bare} in written
        for term in terms
        for factor in term.factors
        if factor.suffix
    )


def refuse_unbound_categories(model: Structure) -> None:
    """A model that has seen no data does not know the categories of its columns."""
    if model.bound:
        return
    for name in model.variables:
        text = (
            model.codebook is not None
            and name in model.codebook
            and name not in model.label_columns
            and model.codebook[name].dtype == "text"
        )
        coded = any(
            isinstance(factor.tree, Contrast) and name in factor.variables
            for gamma in model.gammas
            for factor in gamma.term.factors
        )
        if text or coded:
            raise ModelError(
                f"'{name}' is categorical, and the model has not seen its categories.",
                "Show it the data first: model.bind(data).code(...).",
            )


# --- a model as columns, products and blocks, which every script is made of ---------------

Product = tuple[str, ...]
"""The columns of one term; the empty product is the intercept."""


@dataclass(frozen=True)
class Effects:
    """The random coefficients of a grouping.

    Parameters
    ----------
    columns : tuple of str
        Those whose combinations are the groups, the outermost first: ``("school", "class")`` are
        the classes, whose numbers may be used again in the next school.
    blocks : tuple of tuple of Product
        The coefficients that may correlate with each other.
    """

    columns: tuple[str, ...]
    blocks: tuple[tuple[Product, ...], ...]

    @property
    def diagonal(self) -> bool:
        """Whether there are several coefficients, none correlated with another."""
        return len(self.blocks) > 1 and all(len(block) == 1 for block in self.blocks)

    @property
    def products(self) -> tuple[Product, ...]:
        """The coefficients of all blocks."""
        return tuple(product for block in self.blocks for product in block)

    def covariances(
        self, *, diagonal: str, several: str, one: str
    ) -> list[tuple[tuple[Product, ...], str]]:
        """Give what is written in one term of a program, with what it calls the covariance.

        Parameters
        ----------
        diagonal : str
            Of coefficients of which none is correlated with another: they share one term.
        several, one : str
            Of a block that may correlate, and of a coefficient that is a block alone.
        """
        if self.diagonal:
            return [(self.products, diagonal)]
        return [(block, several if len(block) > 1 else one) for block in self.blocks]


@dataclass(frozen=True)
class Plan:
    """What a script has to do.

    Parameters
    ----------
    data : str
        The name of the frame and of its file.
    reml : bool
        REML or ML.
    outcome : str
        The name of a column.
    fixed : tuple of Product
        The terms of the fixed part; the intercept is ``()``.
    random : tuple of Effects
        The random coefficients of each grouping, that of level 2 first.
    steps : tuple of Step
        The preparation.
    used : tuple of str
        The columns of the data that the script needs, by the names that they have in it.
    renamed : tuple of (str, str)
        Old and new name of each column that could not keep its own.
    text_groups : frozenset of str
        The grouping columns that hold names and not numbers, as the codebook says, or labels that
        are to be read as they are written, as the data say.
    robust : str or None
        The kind of robust standard errors that is asked for: "CR2".
    by : str
        The column by whose categories σ² differs; empty where it does not.
    text_by : bool
        Whether its categories are to be read as they are written.
    precision : str
        The column of known weights; empty where there is none.
    family : Family
        The distribution of the outcome, its trials and exposure by the names that the script has.
        A yes/no outcome is 1 for the event and 0 otherwise: a step makes it so where it is not.
    points : int
        Of the quadrature; 1 is Laplace's approximation.
    """

    data: str
    reml: bool
    outcome: str
    fixed: tuple[Product, ...]
    random: tuple[Effects, ...]
    steps: tuple[Step, ...]
    used: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    text_groups: frozenset[str] = frozenset()
    robust: str | None = None
    by: str = ""
    text_by: bool = False
    precision: str = ""
    family: Family = NORMAL
    points: int = 1

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns whose values are texts in the file, by the names that they have in it."""
        return tuple(map(self.in_data, self.text_columns))

    def in_data(self, name: str) -> str:
        """The name that a column has in the file."""
        return {new: old for old, new in self.renamed}.get(name, name)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns whose values are texts in the file, by the names that the script has.

        A truth value is one too: files hold its name.
        """
        shown = {
            step.column
            for step in self.steps
            if (isinstance(step, Indicator) and is_text(step.value))
            or (isinstance(step, Categories) and is_text(step.values[0]))
        }
        shown |= self.text_groups
        shown |= {self.by} if self.text_by else set()
        return tuple(name for name in self.used if name in shown)

    @property
    def complete_first(self) -> bool:
        """Whether rows with missing values have to go before the columns are made."""
        kinds = Center | GroupMean | Standardize | Indicator
        # weights, trials and exposures have to be as long as what is left of the rows
        columns = self.precision or self.family.variables
        return bool(columns) or any(isinstance(step, kinds) for step in self.steps)

    @property
    def groups(self) -> tuple[str, ...]:
        """The grouping columns, each once; with three levels that of level 3 first."""
        return tuple(dict.fromkeys(name for effects in self.random for name in effects.columns))

    @property
    def crossed(self) -> bool:
        """Whether there are two groupings, neither within the other."""
        return len(self.random) > 1 and len(self.random[0].columns) == 1

    @property
    def single(self) -> bool:
        """Whether there is one random coefficient, and no second."""
        return [len(block) for effects in self.random for block in effects.blocks] == [1]

    def bars(self, sign: str) -> list[tuple[Effects, str]]:
        """Give what stands before a bar and behind it, where a program writes random terms so.

        With three levels that have the same coefficients, one term is for both: ``school/class``.

        Parameters
        ----------
        sign : str
            What stands between the columns of groups within groups.
        """
        first = self.random[0]
        nested = len(self.random) > 1 and not self.crossed
        if nested and self.random[1].blocks == first.blocks and not first.diagonal:
            return [(first, "/".join(first.columns))]
        return [(effects, sign.join(effects.columns)) for effects in self.random]

    @property
    def curved(self) -> bool:
        """Whether Laplace's approximation depends on which curvature it takes.

        With the canonical links of the binomial and of Poisson counts the expected and the
        observed one are the same.
        """
        other = self.family.name == "negbin" or self.family.link in ("probit", "cloglog")
        return other and self.points == 1

    @property
    def predictors(self) -> tuple[str, ...]:
        """The columns of all terms, each once."""
        products = (*self.fixed, *self.effects)
        return tuple(dict.fromkeys(name for product in products for name in product))

    @property
    def effects(self) -> tuple[Product, ...]:
        """The random coefficients of all groupings, each once."""
        return tuple(dict.fromkeys(p for effects in self.random for p in effects.products))

    def names(self, naming: NameRules) -> Names:
        """Names for further columns, which keep clear of those of the data and of the terms."""
        return Names(naming, (*self.used, *self.predictors))


def make_plan(model: Structure, naming: NameRules, *, factors: bool, reml: bool, data: str) -> Plan:
    """Turn a model into columns, products and blocks.

    Parameters
    ----------
    model : Structure
        Bound, if it has categories.
    naming : NameRules
        The rules of the program for names.
    factors : bool
        Whether the program codes categories itself.
    reml : bool
        REML or ML.
    data : str
        The name of the frame and of its file.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        If a term cannot be written for another program.
    """
    refuse_unbound_categories(model)
    names = Names(naming, model.variables, model.codebook or ())
    lower, *above = (names[name] for name in model.grouping.names)
    columns: list[tuple[str, ...]] = [(lower,), *((name,) for name in above)]
    if model.grouping.is_nested:
        columns[0] = (*above, lower)
    preparation = Preparation(names.new, columns[0])
    levels = own_coding(model) if factors else None
    exact = model.texts.difference(model.label_columns)
    for column, values in (levels or {}).items():
        preparation.add(Categories(names[column], values))

    def column_of(factor: Factor) -> str:
        if not factor.suffix and factor.expression in exact:
            return preparation.indicator(names[factor.expression], "True")  # a file has its name
        if not factor.suffix:
            return preparation.column(_renamed(translatable(factor), names))
        name = names[coded_column(factor)]
        return name if levels else preparation.indicator(name, category_value(model, factor))

    def products(terms: Iterable[Term]) -> tuple[Product, ...]:
        # where the program codes categories, their contrasts become one term again
        return tuple(dict.fromkeys(tuple(column_of(f) for f in t.factors) for t in terms))

    def outcome_column() -> str:
        event = _event(model)
        if event is None:
            return column_of(model.outcome)
        source = model.outcome.expression
        if source in model.texts:
            return preparation.indicator(names[source], str(event))
        return preparation.indicator(column_of(model.outcome), event)

    def named(column: str | None) -> str | None:
        return None if column is None else names[column]

    family = model.family
    outcome = outcome_column()
    fixed = products(gamma.term for gamma in model.gammas)
    random = tuple(
        Effects(own, tuple(products(block) for block in blocks))
        for own, blocks in zip(columns, _random_terms(model), strict=True)
    )
    return Plan(
        data=data,
        reml=reml,
        outcome=outcome,
        fixed=fixed,
        random=random,
        steps=tuple(preparation.steps),
        used=tuple(names[name] for name in model.variables),
        renamed=tuple(names.renamed.items()),
        text_groups=frozenset(
            names[name]
            for name in model.grouping.names
            if name in model.texts or _dtype(model, name) == "text"
        ),
        by=names[model.sigma2.variable] if model.sigma2 else "",
        text_by=model.sigma2 is not None and model.sigma2.variable in model.texts,
        precision=names[model.precision] if model.precision else "",
        family=replace(family, trials=named(family.trials), exposure=named(family.exposure)),
    )


def _event(model: Structure) -> Any:
    """Give the value of a yes/no outcome that is counted; None where it is a plain 1."""
    family = model.family
    if not family.is_binomial or family.trials:
        return None
    if not family.categories:
        return family.event
    other, event = family.categories
    plain = not {type(other), type(event)} & {bool, str} and (other, event) == (0, 1)
    return None if plain else event


def _dtype(model: Structure, column: str) -> str | None:
    if model.codebook is None or column not in model.codebook:
        return None
    return model.codebook[column].dtype


def _renamed(expression: Expression, names: Names) -> Expression:
    if isinstance(expression, Column):
        return Column(names[expression.name])
    return with_parts(expression, lambda part: _renamed(part, names))


def refuse_dispersion(
    program: str, plan: Plan, *, by: bool = False, precision: bool = False, instead: str
) -> None:
    """Refuse a variance of ε that a program cannot have.

    Parameters
    ----------
    program : str
        As a sentence names it.
    plan : Plan
    by, precision : bool
        What the program can have.
    instead : str
        Programs that can.

    Raises
    ------
    ModelError
    """
    if plan.by and not by:
        raise ModelError(
            f"{program} has one σ² for all rows, and not one for each category of '{plan.by}'.",
            f"Write the model for {instead}, or without sigma2=by('{plan.by}').",
        )
    if plan.precision and not precision:
        raise ModelError(
            f"{program} has no precision weights, such as those in '{plan.precision}'.",
            f"Write the model for {instead}, or without `precision`.",
        )


def with_log_exposure(plan: Plan, naming: NameRules) -> tuple[Plan, str]:
    """Add the column of the logarithm of the exposure, and give its name.

    Parameters
    ----------
    plan : Plan
    naming : NameRules
        Of the program.

    Returns
    -------
    plan : Plan
        With one step more, or as it was where there is no exposure.
    name : str
        Empty where there is no exposure.
    """
    exposure = plan.family.exposure
    if exposure is None:
        return plan, ""
    name = plan.names(naming).new(f"log_{exposure}")
    step = Compute(name, Applied("log", Column(exposure)))
    return replace(plan, steps=(*plan.steps, step)), name


# --- what the programs have in common: name, language, rules for names, a writer ----------


@dataclass(frozen=True)
class Program:
    """A program for which scripts can be written.

    Parameters
    ----------
    name : str
        As the user asks for it: ``"lme4"``.
    language : str
        The language of the script, as Markdown names it.
    naming : NameRules
        What it asks of names.
    factors : bool
        Whether it codes categories itself.
    write : callable
        Makes the script of a plan.
    """

    name: str
    language: str
    naming: NameRules
    factors: bool
    write: Callable[[Plan], str]
