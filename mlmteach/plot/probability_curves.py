"""The curves of the groups, of the typical group, and of the average over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import ModelError, OptionError
from mlmteach.fit.averaging import average_mean, mean_at
from mlmteach.fit.generalized import Generalized
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, numeric_predictor, predictors, weights_along
from mlmteach.plot.words import expected_outcome, label, number, symbol, words

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.places import Place

__all__ = ["curves_along", "curves_of_groups", "probability_curves"]

POINTS = 81


def curves_along(fit: Generalized, x: str, values: FloatArray) -> tuple[pd.DataFrame, Place]:
    """Compute the expected outcome along a predictor, the others at their mean or reference.

    Parameters
    ----------
    fit : Generalized
    x : str
        A numeric predictor.
    values : (m,) array

    Returns
    -------
    table : pandas.DataFrame, one row a value
        The predictor; ``typical``, where U = 0; ``average``, integrated over the U.
    place : Place
        Where the others are.
    """
    rows, z, place = weights_along(fit, {x: values})
    eta = rows @ fit.params.to_numpy()
    average = average_mean(fit.model.family, eta, fit.variances_at(z))
    typical = mean_at(fit.model.family, eta)
    return pd.DataFrame({x: values, "typical": typical, "average": average}), place


def curves_of_groups(fit: Generalized, x: str, *, points: int = 41) -> pd.DataFrame:
    """Compute the expected outcome in each group, over the range of its own data.

    Parameters
    ----------
    fit : Generalized
    x : str
        A numeric predictor.
    points : int
        For each group; one where the predictor belongs to level 2.

    Returns
    -------
    pandas.DataFrame
        The group, the predictor, and ``expected``.  The other predictors, those of level 2 among
        them, are at their mean or reference, so that curves differ by their U alone.
    """
    spans = fit.frame.groupby(fit.design.codes)[x].agg(["min", "max"])
    count = points if fit.places.varies(x) else 1
    grid = np.linspace(spans["min"].to_numpy(), spans["max"].to_numpy(), count, axis=1)
    rows, z, _ = weights_along(fit, {x: grid.ravel()})
    u = np.repeat(fit.random_effects.to_numpy(), count, axis=0)  # (J times points, q)
    eta = rows @ fit.params.to_numpy() + (z * u).sum(axis=1)
    return pd.DataFrame(
        {
            fit.model.group: np.repeat(fit.random_effects.index.to_numpy(), count),
            x: grid.ravel(),
            "expected": mean_at(fit.model.family, eta),
        }
    )


def probability_curves(fit: Fitted, x: str | None = None) -> Figure:
    """Draw the probability, or the rate, along a predictor: of groups, typical, and averaged.

    Parameters
    ----------
    fit : Generalized
        A fit to a yes/no outcome or a count.
    x : str, optional
        A numeric predictor; the first one when left out.

    Returns
    -------
    Figure
        A thin curve for each group, over the range of its own data; a dot where the predictor
        belongs to level 2.

    Raises
    ------
    ModelError
        If the outcome is normal.
    OptionError
        If it is no numeric predictor of the model.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 17.2; Neuhaus, Kalbfleisch & Hauck
    (1991), *International Statistical Review* 59(1).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("use ~ age + urban", group="district", family="binomial")
    >>> print(mlm.plot.probability_curves(model.fit(mlm.load("contraception")), "age").alt)
    The probability of use over age in 60 districts. In the typical one it goes from 0.30 at age ...
    """
    if fit.model.family.is_normal:
        raise ModelError(
            "The lines of a normal outcome are straight, and their average is the general line.",
            "Use mlm.plot.group_lines(fit, ...).",
        )
    if not isinstance(fit, Generalized):
        raise ModelError(
            "The curves of groups are drawn of fits with one grouping.",
            "Use fit.predict(new, groups=...) for the expected outcome of rows.",
        )
    name = _chosen(fit, x)
    known = fit.places.described((1 if fit.places.varies(name) else 2, name))
    assert known is not None  # a numeric column of the data
    table, place = curves_along(fit, name, np.linspace(known.minimum, known.maximum, POINTS))
    groups, named, what = curves_of_groups(fit, name), words(fit), expected_outcome(fit)
    curved = fit.places.varies(name)
    with canvas() as (figure, axes):
        for _, one in groups.groupby(fit.model.group, observed=True):
            axes.plot(
                one[name],
                one["expected"],
                "-" if curved else "o",
                markersize=3,
                color=ROLES["level2"],
                alpha=0.35,
                linewidth=0.8,
            )
        axes.plot(
            [], [], "-" if curved else "o", markersize=3, color=ROLES["level2"], linewidth=0.8,
            label=f"one of the {named.groups}",
        )  # fmt: skip
        axes.plot(
            table[name], table["typical"], color=ROLES["fixed"], linewidth=2.8,
            label="typical (U = 0)",
        )  # fmt: skip
        axes.plot(
            table[name], table["average"], color=ROLES["random"], linewidth=2.8,
            linestyle="dashed", label=f"averaged over {named.groups}",
        )  # fmt: skip
        if fit.model.family.is_binomial:
            axes.set_ylim(-0.02, 1.02)
        else:
            axes.set_ylim(bottom=0.0)
        axes.set_title(f"{what[:1].upper()}{what[1:]}, in {named.groups} and on average")
        axes.set_xlabel(label(fit, name))
        axes.set_ylabel(what)
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"Each thin {'curve' if curved else 'dot'} is one of the {named.groups}, by its predicted "
        f"U. The solid line is the typical one, the dashed line the average over {named.groups}: "
        f"{_why(fit)}{elsewhere(place)}"
    )
    first, last = table.iloc[0], table.iloc[-1]
    gap = (table["average"] - table["typical"]).to_numpy()
    widest = table.iloc[int(np.abs(gap).argmax())]
    sign = symbol(fit, name)
    alt = (
        f"The {what} over {sign} in {fit.ngroups} {named.groups}. In the typical one it goes from "
        f"{number(first['typical'])} at {sign} = {number(first[name])} to "
        f"{number(last['typical'])} at {sign} = {number(last[name])}; averaged over "
        f"{named.groups}, from {number(first['average'])} to {number(last['average'])}. They are "
        f"farthest apart at {sign} = {number(widest[name])}: {number(widest['typical'])} and "
        f"{number(widest['average'])}."
    )
    return Figure(figure, caption, alt)


def _chosen(fit: Generalized, x: str | None) -> str:
    if x is not None:
        return numeric_predictor(fit, x)
    numeric = [v for v in predictors(fit) if pd.api.types.is_numeric_dtype(fit.frame[v].dtype)]
    if not numeric:
        known = predictors(fit)
        raise OptionError(
            "The model has no numeric predictor to draw curves over.",
            f"Use fit.quantities.expected(at={{{known[0]!r}: ...}})."
            if known
            else "Use fit.quantities.expected().",
        )
    return numeric[0]


def _why(fit: Generalized) -> str:
    if fit.model.family.is_count:
        return "it lies above, since large counts weigh more in an average than small ones."
    return (
        "it is nearer to the middle and less steep, since probabilities cannot pass 0 or 1, and "
        "groups are at different places of the curve."
    )
