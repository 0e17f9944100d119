"""The curves of the groups, of the typical group, and of the average over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import ModelError, OptionError
from mlmteach.fit.averaging import average_mean, mean_at
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import NonNormal
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, numeric_predictor, predictors, weights_along
from mlmteach.plot.words import expected_outcome, groups_of, label, number, symbol

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted, GroupEffects
    from mlmteach.model.places import Place

__all__ = ["curves_along", "curves_of_groups", "probability_curves"]

POINTS = 81


def curves_along(fit: NonNormal, x: str, values: FloatArray) -> tuple[pd.DataFrame, Place]:
    """Compute the expected outcome along a predictor, the others at their mean or reference.

    Parameters
    ----------
    fit : NonNormal
    x : str
        A numeric predictor.
    values : (m,) array

    Returns
    -------
    table : pandas.DataFrame, one row a value
        The predictor; ``typical``, where U = 0; ``average``, integrated over the U.  With three
        levels, where V = 0 too, and over both.
    place : Place
        Where the others are.
    """
    rows, z, place = weights_along(fit, {x: values})
    eta = rows @ fit.params.to_numpy()
    average = average_mean(fit.model.family, eta, fit.variances_at(z))
    typical = mean_at(fit.model.family, eta)
    return pd.DataFrame({x: values, "typical": typical, "average": average}), place


def curves_of_groups(
    fit: NonNormal, x: str, *, points: int = 41, grouping: str | None = None
) -> pd.DataFrame:
    """Compute the expected outcome in each group, over the range of its own data.

    Parameters
    ----------
    fit : NonNormal
    x : str
        A numeric predictor.
    points : int
        For each group; one where the predictor is the same in all of it.
    grouping : str, optional
        With three levels, whose groups: those of level 2 have the V of their own group of level 3,
        and in those of level 3 the groups of level 2 are typical.

    Returns
    -------
    pandas.DataFrame
        The group, the predictor, and ``expected``.  The other predictors, those of level 2 among
        them, are at their mean or reference, so that curves differ by their effects alone.
    """
    own = fit.effects_of(grouping)
    codes = own.layer.codes
    spans = fit.frame.groupby(codes)[x].agg(["min", "max"])
    count = points if _differs_within(fit, own, x) else 1
    grid = np.linspace(spans["min"].to_numpy(), spans["max"].to_numpy(), count, axis=1)
    rows, z, _ = weights_along(fit, {x: grid.ravel()})
    eta, end = rows @ fit.params.to_numpy(), 0
    first = np.unique(codes, return_index=True)[1]  # a row of each group
    for other in fit.effects:
        start, end = end, end + len(other.names)
        if other.position >= own.position:  # its own effects, and those of what it lies in
            u = other.random_effects.to_numpy()[other.layer.codes[first]]  # (J, q_k)
            eta += (z[:, start:end] * np.repeat(u, count, axis=0)).sum(axis=1)
    return pd.DataFrame(
        {
            own.name: np.repeat(own.labels.to_numpy(), count),
            x: grid.ravel(),
            "expected": mean_at(fit.model.family, eta),
        }
    )


def _differs_within(fit: Fitted, own: GroupEffects, x: str) -> bool:
    """Tell whether a predictor differs within the groups of a grouping."""
    return fit.places.varies(x) or fit.model.levels[x] < 2 + own.position


def probability_curves(fit: Fitted, x: str | None = None, *, grouping: str | None = None) -> Figure:
    """Draw the probability, or the rate, along a predictor: of groups, typical, and averaged.

    Parameters
    ----------
    fit : NonNormal
        A fit to a yes/no outcome or a count.
    x : str, optional
        A numeric predictor; the first one when left out.
    grouping : str, optional
        With three levels, whose groups are drawn; those of level 2 when left out.

    Returns
    -------
    Figure
        A thin curve for each group, over the range of its own data; a dot where the predictor is
        the same in all of it.

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
    require_fit(fit, "The figure")
    if fit.model.family.is_normal:
        raise ModelError(
            "The lines of a normal outcome are straight, and their average is the general line.",
            "Use mlm.plot.group_lines(fit, ...).",
        )
    assert isinstance(fit, NonNormal)
    own = fit.effects_of(grouping)
    name = _chosen(fit, x)
    known = fit.places.described((1 if fit.places.varies(name) else fit.model.levels[name], name))
    assert known is not None  # a numeric column of the data
    table, place = curves_along(fit, name, np.linspace(known.minimum, known.maximum, POINTS))
    curves, what = curves_of_groups(fit, name, grouping=own.name), expected_outcome(fit)
    curved, groups = _differs_within(fit, own, name), groups_of(fit, own)
    every = " and ".join(groups_of(fit, effects) for effects in fit.effects)
    zero = " = ".join(effects.letter for effects in fit.effects)
    effects_of_one = " and ".join(e.letter for e in fit.effects if e.position >= own.position)
    with canvas() as (figure, axes):
        for _, one in curves.groupby(own.name, observed=True):
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
            label=f"one of the {groups}",
        )  # fmt: skip
        axes.plot(
            table[name], table["typical"], color=ROLES["fixed"], linewidth=2.8,
            label=f"typical ({zero} = 0)",
        )  # fmt: skip
        axes.plot(
            table[name], table["average"], color=ROLES["random"], linewidth=2.8,
            linestyle="dashed", label=f"averaged over {every}",
        )  # fmt: skip
        if fit.model.family.is_binomial:
            axes.set_ylim(-0.02, 1.02)
        else:
            axes.set_ylim(bottom=0.0)
        axes.set_title(f"{what[:1].upper()}{what[1:]}, in {groups} and on average")
        axes.set_xlabel(label(fit, name))
        axes.set_ylabel(what)
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"Each thin {'curve' if curved else 'dot'} is one of the {groups}, by its predicted "
        f"{effects_of_one}. The solid line is the typical one, the dashed line the average over "
        f"{every}: "
        f"{_why(fit)}{elsewhere(place)}"
    )
    first, last = table.iloc[0], table.iloc[-1]
    gap = (table["average"] - table["typical"]).to_numpy()
    widest = table.iloc[int(np.abs(gap).argmax())]
    sign = symbol(fit, name)
    alt = (
        f"The {what} over {sign} in {own.ngroups} {groups}. In the typical one it goes from "
        f"{number(first['typical'])} at {sign} = {number(first[name])} to "
        f"{number(last['typical'])} at {sign} = {number(last[name])}; averaged over "
        f"{every}, from {number(first['average'])} to {number(last['average'])}. They are "
        f"farthest apart at {sign} = {number(widest[name])}: {number(widest['typical'])} and "
        f"{number(widest['average'])}."
    )
    return Figure(figure, caption, alt)


def _chosen(fit: NonNormal, x: str | None) -> str:
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


def _why(fit: NonNormal) -> str:
    if fit.model.family.is_count:
        return "it lies above, since large counts weigh more in an average than small ones."
    return (
        "it is nearer to the middle and less steep, since probabilities cannot pass 0 or 1, and "
        "groups are at different places of the curve."
    )
