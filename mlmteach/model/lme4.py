"""Reading an lme4 formula into the equations of the two levels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from mlmteach.data.sources import Data
from mlmteach.errors import FormulaError, ModelError
from mlmteach.model.family import NORMAL, Family
from mlmteach.model.formula import join, parse_outcome, parse_terms
from mlmteach.model.stata import is_stata, stata_to_lme4
from mlmteach.model.structure import checked_text
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import INTERCEPT, Factor, Term

__all__ = ["Written", "read_formula"]


# --- the random terms of an lme4 formula, parted from its fixed side ----------------------

_ARGUMENT = re.compile(r"\)\s*,\s*(\w+)\s*=")
_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class RandomPart:
    """One ``(terms | group)`` of an lme4 formula."""

    terms: tuple[Term, ...]
    group: str
    correlated: bool


def split_random(formula: str) -> tuple[str, tuple[RandomPart, ...]]:
    """Part an lme4 formula into its fixed side and its random terms.

    Parameters
    ----------
    formula : str
        Such as ``"mathach ~ ses + (1 + ses | school)"``; ``||`` parts uncorrelated effects.

    Returns
    -------
    tuple of (str, tuple of RandomPart)

    Raises
    ------
    FormulaError
        If brackets do not match or a random term cannot be read.

    Examples
    --------
    >>> fixed, (random,) = split_random("mathach ~ ses + (1 + ses | school)")
    >>> fixed, [term.name for term in random.terms], random.group
    ('mathach ~ ses', ['Intercept', 'ses'], 'school')
    """
    left, tilde, right = formula.partition("~")
    if not tilde:
        raise FormulaError(
            f"The formula '{formula}' has no '~'.",
            "Write the outcome, a tilde and the predictors, such as 'mathach ~ (1 | school)'.",
        )
    fixed: list[str] = []
    random: list[RandomPart] = []
    for sign, chunk in _chunks(right, formula):
        inner = chunk[1:-1] if chunk.startswith("(") and chunk.endswith(")") else ""
        if "|" in inner and _balanced(inner):
            if sign == "-":
                raise FormulaError(
                    f"'{formula}' subtracts the random term '{chunk}'.", "Leave the term out."
                )
            random.append(_random_part(inner, formula))
        elif weights := _ARGUMENT.search(chunk):
            raise FormulaError(
                f"'{formula}' goes on with '{weights[1]} =' after the formula.",
                "Leave it out: mlmteach has no weights and no offset; rows are chosen in the data "
                "frame, and REML or ML by `reml` of fit.",
            )
        elif "|" in chunk:
            raise FormulaError(
                f"'{chunk}' in '{formula}' has a '|' outside brackets.",
                "Write a random term in brackets, such as '(1 | school)'.",
            )
        else:
            fixed.append(f"{sign} {chunk}" if fixed or sign == "-" else chunk)
    return f"{left.strip()} {tilde} {' '.join(fixed) or '1'}", tuple(random)


def _random_part(inner: str, formula: str) -> RandomPart:
    bar = "||" if "||" in inner else "|"
    effects, _, group = inner.partition(bar)
    group = group.strip()
    quoted = group.startswith("`") and group.endswith("`") and len(group) > 2
    if not quoted and ("/" in group or ":" in group):
        raise FormulaError(
            f"'({inner.strip()})' asks for more than two levels.",
            "mlmteach fits two-level models with one grouping variable; drop a level, or use "
            "lme4 for three levels.",
        )
    if not (quoted or group.replace(".", "_").isidentifier()):
        raise FormulaError(
            f"'{group}' in '{formula}' is not the name of a grouping variable.",
            "Write one column to the right of '|', such as '(1 | school)'.",
        )
    terms = parse_terms(effects)
    if not terms:
        raise FormulaError(
            f"The random term '({inner.strip()})' is empty.", "Write at least '1' left of '|'."
        )
    return RandomPart(terms, group.strip("`"), bar == "|")


def _chunks(text: str, formula: str) -> Iterator[tuple[str, str]]:
    """Yield the summands at the top level with their signs."""
    sign, start = "+", 0
    opened: list[int] = []
    readable = _QUOTED.sub(lambda name: "_" * len(name[0]), text)  # what a name holds is no sign
    for position, character in enumerate(readable + "+"):
        if character in ")]}" and not opened:
            raise _unmatched(text, position, formula)
        if character in "([{":
            opened.append(position)
        elif character in ")]}":
            opened.pop()
        if not opened and character in "+-":
            chunk = text[start:position].strip()
            if chunk:
                yield sign, chunk
            sign, start = character, position + 1
    if opened:
        raise _unmatched(text, opened[-1], formula)


def _unmatched(text: str, position: int, formula: str) -> FormulaError:
    place = len(formula) - len(text) + position  # the text is the end of the formula
    return FormulaError(
        f"This bracket has no partner.\n    {formula}\n    {' ' * place}^\n",
        "Close each bracket that is opened.",
    )


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


# --- reading an lme4 formula into the equations of the two levels -------------------------


@dataclass(frozen=True)
class Written:
    """What :class:`~mlmteach.Model` takes: the formula of level 1 and those of level 2.

    Equations tell by which column σ² differs, and which holds precisions; formulas do not.
    """

    level1: str
    group: str
    level2: dict[str, str]
    covariance: Covariance
    by: str = ""
    precision: str = ""
    family: Family = NORMAL


def read_formula(
    formula: str,
    *,
    data: Data | None = None,
    level2: Iterable[str] = (),
    group: str | None = None,
) -> Written:
    """Read an lme4 formula into a level-1 equation and level-2 equations.

    Parameters
    ----------
    formula : str
        Such as ``"mathach ~ size * ses + (1 + ses | school)"``.  Several random terms of one
        group are taken as independent of each other; ``||`` parts all effects of one term, but
        keeps a category together, as lme4 does: it has an effect in each of its values, and these
        correlate with each other.  ``(1 + arm || g)`` is therefore ``(1 + arm | g)``, and in
        ``(x + arm || g)`` it is x that is apart from the rest.
        Stata's ``"mixed mathach c.size##c.ses || school: ses, cov(un)"`` is read too.
    data : DataFrame, path, dataset or function, optional
        Data that tell the level of each variable: level 2 if it is constant within each group.
    level2 : iterable of str, optional
        The level-2 variables, where no data are given or to add to what they tell.
    group : str, optional
        The grouping variable, for a formula without a random term: its intercept is random.

    Returns
    -------
    Written

    Raises
    ------
    FormulaError
        If the formula cannot be read.
    ModelError
        If it is not a two-level model.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), *Journal of Statistical Software* 67(1), section 2.

    Examples
    --------
    >>> written = read_formula("mathach ~ size * ses + (1 + ses | school)", level2=["size"])
    >>> written.level1, written.level2
    ('mathach ~ 1 + ses', {'intercept': '1 + size + U', 'ses': '1 + size + U'})
    """
    formula = checked_text(formula, "formula")
    if is_stata(formula):
        formula = stata_to_lme4(formula)
    fixed_side, random = split_random(formula)
    outcome, fixed = parse_outcome(fixed_side)
    group = _group(random, group, formula)
    parts = [part.terms for part in random] or [(INTERCEPT,)]
    upper = set(level2)
    if data is not None:
        from mlmteach.data.levels import level2_columns

        used = {v for terms in (fixed, *parts) for term in terms for v in term.variables}
        upper |= level2_columns(data, group=group, columns=sorted(used))
    predictors: dict[Term, list[Term]] = {}
    for term in fixed:
        level1_part, level2_part = _split(term, upper)
        known = next((term for term in predictors if term.matches(level1_part)), level1_part)
        predictors.setdefault(known, []).append(level2_part)
    blocks = _blocks(random) or ((INTERCEPT,),)
    effects = [term for block in blocks for term in block]
    for term in effects:
        if _split(term, upper)[1]:
            raise ModelError(
                f"'{term.name}' has a random effect, but does not vary within '{group}'.",
                "Only the coefficients of level-1 predictors can differ between groups.",
            )
        if not any(term.matches(known) for known in predictors):
            predictors[term] = []
    order = sorted(predictors, key=lambda term: len(term.factors))
    equations = {
        term.formula if term else "intercept": join(
            predictors[term], random=any(term.matches(effect) for effect in effects)
        )
        for term in order
    }
    names = tuple(tuple(_known(term, order).name for term in block) for block in blocks)
    return Written(
        f"{outcome.formula} ~ {join(order)}",
        group,
        equations,
        names if len(names) > 1 else "unstructured",
    )


def _group(random: tuple[RandomPart, ...], group: str | None, formula: str) -> str:
    groups = list(dict.fromkeys(part.group for part in random))
    if len(groups) > 1:
        raise ModelError(
            f"'{formula}' has the groups {' and '.join(groups)}.",
            "mlmteach fits two-level models with one grouping variable; keep one of them, or use "
            "lme4 for crossed groups.",
        )
    if group and groups and groups[0] != group:
        raise ModelError(
            f"The formula groups by '{groups[0]}', `group` says '{group}'.", "Keep one of them."
        )
    if not groups and not group:
        raise FormulaError(
            f"'{formula}' names no group.",
            "Add a random term, such as '(1 | school)', or give `group`.",
        )
    return groups[0] if groups else str(group)


def _split(term: Term, level2: Collection[str]) -> tuple[Term, Term]:
    """Part a term into its level-1 and its level-2 factors."""

    def upper(factor: Factor) -> bool:
        if factor.is_group_mean:
            return True
        return bool(factor.variables) and all(v in level2 for v in factor.variables)

    lower = tuple(factor for factor in term.factors if not upper(factor))
    return Term(lower), Term(tuple(factor for factor in term.factors if upper(factor)))


def _blocks(random: tuple[RandomPart, ...]) -> tuple[tuple[Term, ...], ...]:
    """Collect the sets of effects that may correlate."""
    blocks: list[tuple[Term, ...]] = []
    for part in random:
        blocks += [part.terms] if part.correlated else [(term,) for term in part.terms]
    effects = [term for block in blocks for term in block]
    for position, term in enumerate(effects):
        if any(term.matches(other) for other in effects[:position]):
            name = term.name if term else "the intercept"
            raise ModelError(
                f"Two random terms of one group have an effect of {name}.",
                "Keep one; write '0 +' in a term that should not have an intercept.",
            )
    return tuple(blocks)


def _known(term: Term, order: Iterable[Term]) -> Term:
    return next(known for known in order if known.matches(term))
