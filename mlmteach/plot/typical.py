"""A line in a figure: one predictor moves, the others rest where they are by the one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError, suggest
from mlmteach.fit.combinations import sums_of
from mlmteach.model.places import Key, Place
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted

__all__ = ["elsewhere", "general_line", "numeric_predictor", "typical_values", "weights_along"]


def typical_values(fit: Fitted) -> dict[str, Any]:
    """Put each predictor where it is when nobody says otherwise.

    That is the mean of a number, over groups for a level-2 predictor, and the reference category;
    see :mod:`mlmteach.model.places`.

    Parameters
    ----------
    fit : Fitted
        A fitted model.

    Returns
    -------
    dict of str to value
    """
    places, levels = fit.places, fit.model.levels
    return {
        name: places.spot((1 if places.varies(name) else levels[name], name)).value
        for name in predictors(fit)
    }


def general_line(
    fit: Fitted, moving: dict[str, FloatArray], *, level: float = 0.95
) -> tuple[pd.DataFrame, Place]:
    """Compute the general line where some predictors move and the others rest.

    Parameters
    ----------
    fit : Fitted
        A fitted model.
    moving : dict of str to array of shape (m,)
        The values of the variables that move.
    level : float
        Coverage of the pointwise band, from the standard errors of γ.

    Returns
    -------
    table : pandas.DataFrame
        The variables that move, ``predicted``, ``lower`` and ``upper``.
    place : Place
        Where the others are.
    """
    sums = sums_of(fit)
    rows, _, place = weights_along(fit, moving)
    predicted = rows @ sums.gamma
    half = normal_width(level) * sums.errors(rows)
    lines = {"predicted": predicted, "lower": predicted - half, "upper": predicted + half}
    return pd.DataFrame({**moving, **lines}), place


def weights_along(
    fit: Fitted, moving: dict[str, FloatArray]
) -> tuple[FloatArray, FloatArray, Place]:
    """Make the weights of γ, (m, p), and of the effects, (m, q), where some predictors move.

    Where a departure from the mean of the own group moves, that mean is the average one.

    Parameters
    ----------
    fit : Fitted
    moving : dict of str to array of shape (m,)

    Returns
    -------
    tuple of (ndarray, ndarray, Place)
        With where the other predictors rest.
    """
    places = fit.places
    resting = places.typical(places.factors)
    values: dict[Key, FloatArray] = {}
    for spot in resting.spots:
        if spot.name in moving:
            values[spot.key] = moving[spot.name]
        elif (name := _centred(spot.name)) in moving:
            means = places.column((2, f"group_mean({name})"))
            assert means is not None  # a numeric column of the data
            values[spot.key] = moving[name] - means.mean()
    still = Place(tuple(spot for spot in resting.spots if spot.key not in values))
    place = places.looked_up(still)
    known = {**place.values, **values}
    x = np.atleast_2d(sums_of(fit).rows((), known))
    varying = [v for level in (2, 3)[: len(fit.effects)] for v in fit.model.varying(level)]
    z = np.ones((len(x), len(varying)))
    for column, effect in zip(z.T, varying, strict=True):
        for level, factor in effect.factors:
            column *= places.value(level, factor, known)
    return x, z, place


def _centred(name: str) -> str:
    """The variable of which a departure from the mean of the own group is taken, or nothing."""
    return name[len("center_within(") : -1] if name.startswith("center_within(") else ""


def predictors(fit: Fitted) -> list[str]:
    """List the columns that the model uses as predictors."""
    model = fit.model
    return [v for v in model.variables if v in model.levels]


def numeric_predictor(fit: Fitted, name: str) -> str:
    """Check that a name is a numeric predictor of the model.

    Raises
    ------
    OptionError
        If it is not.
    """
    known = [v for v in predictors(fit) if pd.api.types.is_numeric_dtype(fit.frame[v].dtype)]
    if name not in known:
        raise OptionError(
            f"'{name}' is no numeric predictor of the model.",
            suggest(name, known) if known else "Choose a model that has one.",
        )
    return name


def elsewhere(place: Place, which: str = "The other") -> str:
    """Say where the predictors are that do not move, as a sentence of a caption."""
    return f" {which} predictors are {place}." if place else ""
