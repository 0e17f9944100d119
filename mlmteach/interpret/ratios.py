"""An outcome that is a logarithm: its differences are ratios before the logarithm was taken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.interpret.predictors import Meaning, log_base, shape_of
from mlmteach.model.predictor import FUNCTIONS, Applied, Arithmetic, Expression

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source

__all__ = ["STEPS", "before_the_logarithm", "logarithm_of_outcome", "ratio_of_ratios"]

STEPS = {"one_percent": 1.01, "doubling": 2.0}
"""By what a variable is multiplied, when a sentence reads the coefficient of its logarithm."""

CENTRED = {"grand_mean", "within", "standardized"}
"""What may be done to a logarithm, so that its differences are still ratios."""

LARGE = 3.0
"""Beyond e to this power, a percentage says nothing."""


def logarithm_of_outcome(source: Source) -> float | None:
    """Say how much of a natural logarithm one unit of the outcome is; None where it is none.

    A logarithm may be centred or standardized.

    Parameters
    ----------
    source : Source

    Returns
    -------
    float or None
    """
    tree, unit = source.model.outcome.tree, 1.0
    while isinstance(tree, Applied) and FUNCTIONS[tree.function].form in CENTRED:
        tree = tree.argument
    base = log_base(tree)
    if base is None or not isinstance(tree, Applied) or _is_moved(tree):
        return None
    outer = source.model.outcome.tree
    if isinstance(outer, Applied) and FUNCTIONS[outer.function].form == "standardized":
        inner = shape_of(outer.argument)
        values = source.values(inner.variable, 1)
        if inner.form != "log" or values is None:
            return None
        unit = float(np.log(values).std(ddof=1)) / math.log(base)
    elif any(FUNCTIONS[part].form == "standardized" for part in _functions(outer)):
        return None
    return unit * math.log(base)


def _is_moved(tree: Applied) -> bool:
    """Tell whether a logarithm is of a sum, as log(visits + 1) is: no ratio of the visits."""
    moved = isinstance(tree.argument, Arithmetic) and tree.argument.operator in {"+", "-"}
    return moved or not FUNCTIONS[tree.function].base  # log1p


def _functions(tree: Expression) -> tuple[str, ...]:
    return (tree.function, *_functions(tree.argument)) if isinstance(tree, Applied) else ()


def ratio_of_ratios(source: Source, meanings: Iterable[Meaning], value: float) -> dict[str, float]:
    """Say by what an interaction multiplies a ratio, before the logarithm of the outcome.

    Parameters
    ----------
    source : Source
    meanings : iterable of Meaning
        The factors of the interaction, and where it holds; nothing is said along a curve.
    value : float
        The coefficient.

    Returns
    -------
    dict of str to float
        ``factor``; empty where there is no such factor, or one beyond all reading.
    """
    log = logarithm_of_outcome(source)
    if log is None or {m.form for m in meanings} & {"log", "power", "other"}:
        return {}
    return {"factor": math.exp(value * log)} if abs(value * log) < LARGE else {}


def before_the_logarithm(source: Source, own: Meaning, value: float) -> dict[str, float]:
    """Say by which share an outcome differs before its logarithm was taken; nothing without one.

    Parameters
    ----------
    source : Source
    own : Meaning
        The one factor of the term.
    value : float
        The coefficient.

    Returns
    -------
    dict of str to float
        ``ratio``, ``bend_ratio``, or ``elasticity`` with what goes with the steps of a logarithm.
    """
    log = logarithm_of_outcome(source)
    if log is None or own.is_own:
        return {}
    per_step = value * log
    curves = [factor for _, factor in source.sums.curves((own.level, own.factor))]
    if own.form == "power" and own.shape.power == 2:
        only = all(shape_of(factor.tree).form == "number" for factor in curves)
        return {"bend_ratio": math.expm1(2 * per_step)} if only and abs(per_step) < LARGE else {}
    if curves:  # one step is no ratio: it depends on where it is taken
        return {}
    if own.form == "log":
        elasticity = per_step / math.log(own.shape.base)
        if abs(elasticity) >= LARGE:
            return {}
        found = {f"{name} ratio": math.expm1(elasticity * math.log(x)) for name, x in STEPS.items()}
        return {"elasticity": elasticity, **found}
    return {"ratio": math.expm1(per_step)} if abs(per_step) < LARGE else {}
