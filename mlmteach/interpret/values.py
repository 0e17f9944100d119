"""Values of intercepts and slopes at chosen places, from the estimates of a model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.interpret.facts import Estimate
from mlmteach.interpret.predictors import Meaning, meanings

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Gamma

__all__ = ["Place", "combine", "estimate_of", "factor_value", "factors_of", "key_of", "value_at"]

Key = tuple[int, str]
Place = Mapping[tuple[int, str], "float | str"]
"""From (level, variable) to a value of the variable, or to a category."""


def key_of(meaning: Meaning) -> Key:
    """Name the variable of a predictor by level and name."""
    return meaning.level, meaning.root


def factors_of(source: Source, gamma: Gamma) -> tuple[Meaning, ...]:
    """Say what each factor of a γ's term stands for, level 2 first."""
    return meanings(source, gamma.level2, 2) + meanings(source, gamma.level1, 1)


def identity(meaning: Meaning) -> tuple[int, str]:
    """Tell a factor from all others."""
    return meaning.level, meaning.factor.name


def factor_value(meaning: Meaning, value: float | str) -> float:
    """Give the value of a factor where its variable has a value or a category."""
    if meaning.category is not None:
        return float(str(meaning.category.value) == str(value))
    assert not isinstance(value, str)
    if meaning.form == "log":
        return math.log(value / meaning.shape.zero) / math.log(meaning.shape.base)
    zero = 0.0 if meaning.zero is None else meaning.zero
    if meaning.form == "within":  # the variable is given as its departure from the group's mean
        return value
    return float(((value - zero) / meaning.step) ** meaning.shape.power)


def weights(source: Source, kept: tuple[Meaning, ...], place: Place) -> dict[str, float]:
    """Give the weight of each γ in the coefficient of the product of `kept`, at a place.

    A predictor that `place` does not name is 0.
    """
    names = {identity(meaning) for meaning in kept}
    found: dict[str, float] = {}
    for gamma in source.model.gammas:
        factors = factors_of(source, gamma)
        if not names <= {identity(m) for m in factors}:
            continue
        weight = 1.0
        for meaning in factors:
            if identity(meaning) not in names:
                given = place.get(key_of(meaning))
                weight *= 0.0 if given is None else factor_value(meaning, given)
        if weight:
            found[gamma.name] = weight
    return found


def combine(source: Source, found: Mapping[str, float]) -> tuple[float, float | None]:
    """Give a weighted sum of γ's and its standard error, where that is known."""
    assert source.estimates is not None
    value = sum(weight * float(source.estimates.params[name]) for name, weight in found.items())
    if source.fit is not None:
        names = list(found)
        w = np.array([found[name] for name in names])  # (k,)
        vcov = source.fit.cov_params().loc[names, names].to_numpy()  # (k, k)
        return value, float(np.sqrt(max(w @ vcov @ w, 0.0)))
    bse = source.estimates.bse
    if bse is None or len(found) != 1:
        return value, None
    ((name, weight),) = found.items()
    return value, abs(weight) * float(bse[name])


def value_at(source: Source, kept: tuple[Meaning, ...], place: Place) -> tuple[float, float | None]:
    """Give the coefficient of the product of `kept` at a place, with its standard error."""
    return combine(source, weights(source, kept, place))


def estimate_of(source: Source, name: str) -> Estimate | None:
    """Give the estimate of a γ with its interval, its df and its p-value."""
    if source.estimates is None:
        return None
    value = float(source.estimates.params[name])
    if source.fit is not None:
        fit = source.fit
        interval = fit.conf_int(source.level)
        return Estimate(
            value,
            float(fit.bse[name]),
            float(interval["lower"][name]),
            float(interval["upper"][name]),
            float(fit.df[name]),
            float(fit.pvalues[name]),
        )
    if source.estimates.bse is None:
        return Estimate(value)
    from statistics import NormalDist

    se = float(source.estimates.bse[name])
    half = NormalDist().inv_cdf(0.5 + source.level / 2) * se
    return Estimate(value, se, value - half, value + half)
