"""By which variables the equations of a model are shown, and the letters y, x, z for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from mlmteach.model.notation import Glyph, Level, Notation
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Column,
    Contrast,
    Expression,
    columns_of,
    is_mathematical,
    parts_of,
)
from mlmteach.model.structure import upper_predictors
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = [
    "Kind",
    "letters_of",
    "shown_level",
    "shown_name",
    "shown_outcome",
    "shown_variables",
    "told",
]

Kind = Literal["outcome", "level1", "level2", "level3", "trials", "exposure"]
Shown = tuple[str, str]
"""The name of a column, or an expression that is shown as it was written, and its category."""


def told(codebook: Any, name: str, key: str) -> Any:
    """What a codebook tells of a column; it may still be a plain mapping."""
    if not isinstance(codebook, Mapping) or name not in codebook:
        return None
    entry = codebook[name]
    return entry.get(key) if isinstance(entry, Mapping) else getattr(entry, key)


def shown_name(factor: Factor) -> str | None:
    """The name by which a factor is shown whole; None if it is shown as mathematics."""
    tree = factor.tree.column if isinstance(factor.tree, Contrast) else factor.tree
    if factor.suffix and isinstance(tree, Column):
        return tree.name
    return factor.expression if factor.suffix or not is_mathematical(factor.tree) else None


def shown_outcome(model: Structure) -> Factor:
    """The outcome as equations show it: with the category that is counted, if one was named.

    Examples
    --------
    >>> from mlmteach import Model
    >>> shown_outcome(Model("use ~ age", group="district", family="binomial", event="Y")).name
    'use[Y]'
    """
    event = model.family.event
    return model.outcome if event is None else Factor(model.outcome.expression, f"[{event}]")


def shown_variables(model: Structure) -> dict[Shown, Kind]:
    """Give the variables by which equations show a model: outcome, level by level, the rest.

    The codebook decides on a level, then the place in the model.

    Examples
    --------
    >>> from mlmteach import Model
    >>> level2 = {"intercept": "group_mean(w) + U"}
    >>> model = Model("y ~ log(x) + poly(z, 2)", group="g", level2=level2)
    >>> list(shown_variables(model).values())
    ['outcome', 'level1', 'level1', 'level1']
    """
    left = shown_outcome(model)
    outcome = {name for name, _, _ in _variables_of(left, 1)}
    terms: list[tuple[Term, Level]] = [(c.term, 1) for c in model.coefficients]
    terms += [(term, 2) for c in model.coefficients for term in c.predictors]
    terms += [(term, 3) for c in model.coefficients for term in upper_predictors(c)]
    used = list(_variables_of(left, 1))
    for term, level in terms:
        for factor in term.factors:
            used += _variables_of(factor, level)
    levels: dict[str, Level] = {}
    for name, _, level in used:
        levels[name] = min(level, levels.get(name, level))
    kinds: dict[int, Kind] = {1: "level1", 2: "level2", 3: "level3"}
    shown: dict[Shown, Kind] = {
        (name, suffix): "outcome"
        if name in outcome
        else kinds[shown_level(model, name, levels[name])]
        for name, suffix, _ in used
    }
    if model.family.trials:
        shown.setdefault((model.family.trials, ""), "trials")
    if model.family.exposure:
        shown.setdefault((model.family.exposure, ""), "exposure")
    return shown


def shown_level(model: Structure, name: str, place: Level) -> Level:
    """Give the level of a variable: that of the codebook, then its place in the model.

    With two groupings, the place above level 1 decides; a codebook knows the groups of one.
    """
    known = told(model.codebook, name, "level")
    if len(model.grouping.names) == 1:
        return 1 if known == 1 else 2 if known == 2 else place
    group = getattr(model.codebook, "group", None)
    if place == 1 and known == 2 and group in model.grouping.names:
        return 2 if group == model.group else 3
    return place


def _variables_of(factor: Factor, level: Level) -> Iterator[tuple[str, str, Level]]:
    whole = shown_name(factor)
    if whole is not None:
        yield whole, factor.suffix, level
    else:
        for name, own in _columns(factor.tree, level):
            yield name, "", own


def _columns(tree: Expression, level: Level) -> Iterator[tuple[str, Level]]:
    """The columns of a tree; what has a mean in each group is a variable of the units."""
    if isinstance(tree, Column):
        yield tree.name, level
    if isinstance(tree, Applied) and FUNCTIONS[tree.function].within:
        for name in columns_of(tree):
            yield name, 1
    else:
        for part in parts_of(tree):
            yield from _columns(part, level)


def letters_of(model: Structure, notation: Notation) -> dict[Shown, Glyph]:
    """Give a letter for each variable, numbered within its kind where there are several.

    Examples
    --------
    >>> from mlmteach import Model
    >>> from mlmteach.model.notation import PRESETS
    >>> model = Model("mathach ~ ses + female", group="school", level2={"ses": "size + U"})
    >>> [glyph.base + glyph.sub for glyph in letters_of(model, PRESETS["slides"]).values()]
    ['y', 'x1', 'x2', 'z']
    """
    variables = shown_variables(model)
    letters: dict[Shown, Glyph] = {}
    for kind in get_args(Kind):
        keys = [key for key, own in variables.items() if own == kind]
        alone = len(keys) == 1 and "q" in getattr(notation, kind)
        for number, key in enumerate(keys, 1):
            glyph = notation.glyph(kind, q=number)
            letters[key] = replace(glyph, sub="") if alone else glyph
    return letters
