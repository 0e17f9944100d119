"""Categories: which values a column has, and whether a program can code them itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlmteach.errors import CodebookError, ModelError
from mlmteach.model.terms import Factor, Term
from mlmteach.translate.steps import Value

if TYPE_CHECKING:
    from mlmteach.model.spec import Model

__all__ = ["category_value", "coded_column", "own_coding", "refuse_unbound_categories"]

_DUMMY = re.compile(r"\[(?:T\.)?[^\]]*\]", re.DOTALL)
_OTHER_CODING = re.compile(r"\bcontr\.(?!treatment\b)")


def coded_column(factor: Factor) -> str:
    """Give the column of a categorical factor: ``x`` for ``x`` and for ``C(x)``."""
    dummies = factor.function in {None, "C"} and not _OTHER_CODING.search(factor.expression)
    if not (dummies and _DUMMY.fullmatch(factor.suffix) and len(factor.variables) == 1):
        raise ModelError(
            f"'{factor.name}' has a coding that cannot be written for another program.",
            "Use dummy coding, which is the default, or code the column in the data.",
        )
    return factor.variables[0]


def category_value(model: Model, factor: Factor) -> Value:
    """Give the category that a contrast stands for, as the data hold it."""
    level, column = str(factor.level), coded_column(factor)
    if model.codebook is not None and column in model.codebook:
        try:
            return model.codebook[column].category(level).value
        except CodebookError:
            pass  # a column that the codebook takes for a number, made categorical by C()
    if level in {"True", "False"}:
        return level == "True"
    try:
        return int(level) if level.lstrip("+-").isdigit() else float(level)
    except ValueError:
        return level


def own_coding(model: Model) -> dict[str, tuple[Value, ...]] | None:
    """Categories, reference first, of each column that the program itself can code as we do.

    A program codes a category by dummies, without its reference, where the rest of the term is
    in the model too.  Where that would not give our columns, indicators have to be made.

    Returns
    -------
    dict of str to tuple, or None
        None if indicators are needed for at least one column.
    """
    fixed = [(gamma.level2 * gamma.level1) for gamma in model.gammas]
    random = [c.term for c in model.random]
    coded = [f for term in (*fixed, *random) for f in term.factors if f.suffix]
    if any(not f.suffix.startswith("[T.") for f in coded):
        return None
    if len(model.blocks) > 1 and any(f.suffix for term in random for f in term.factors):
        return None
    if not (_marginal(fixed) and _marginal(random)):
        return None
    plain = {
        variable
        for term in (*fixed, *random)
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
        known = [c.value for c in model.codebook[column].categories]
        reference = [value for value in known if value not in shown]
        if len(reference) != 1:
            return None
        found[column] = (*reference, *dict.fromkeys(shown))
    return found


def _marginal(terms: Iterable[Term]) -> bool:
    """Tell whether every term with a category is also there without it."""
    written = {frozenset(f.expression for f in term.factors) for term in terms}
    return all(
        frozenset(f.expression for f in term.factors) - {factor.expression} in written
        for term in terms
        for factor in term.factors
        if factor.suffix
    )


def refuse_unbound_categories(model: Model) -> None:
    """A model that has seen no data does not know the categories of its columns."""
    if model.bound:
        return
    for name in model.variables:
        text = (
            model.codebook is not None
            and name in model.codebook
            and name != model.group
            and model.codebook[name].dtype == "text"
        )
        coded = any(
            factor.function == "C" and name in factor.variables
            for gamma in model.gammas
            for factor in (gamma.level2 * gamma.level1).factors
        )
        if text or coded:
            raise ModelError(
                f"'{name}' is categorical, and the model has not seen its categories.",
                "Show it the data first: model.bind(data).code(...).",
            )
