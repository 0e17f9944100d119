"""The lines of the groups around the general line, the spaghetti plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.fit.simulate import predict
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, general_line, numeric_predictor, typical_values
from mlmteach.plot.words import number, refuse_generalized, sampled, symbol, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Estimated

__all__ = ["group_lines", "line_of_each_group"]

POINTS = 15


def line_of_each_group(fit: Estimated, predictor: str, *, points: int = POINTS) -> pd.DataFrame:
    """Compute the predicted line of each group over the range of its own data.

    Parameters
    ----------
    fit : Estimated
        A fitted model.
    predictor : str
        The level-1 variable that moves; the others rest at their mean or their reference, level-2
        variables at the values of the group.
    points : int
        How many values of the predictor in each group; two are enough for a straight line.

    Returns
    -------
    pandas.DataFrame
        Columns of the group, the predictor and ``predicted``.
    """
    model = fit.model
    spans = fit.frame.groupby(model.group, observed=True)[predictor].agg(["min", "max"])
    grid = np.linspace(spans["min"].to_numpy(), spans["max"].to_numpy(), points, axis=1)
    rows = pd.DataFrame(
        {model.group: np.repeat(spans.index.to_numpy(), points), predictor: grid.ravel()}
    )
    own = fit.frame.drop_duplicates(model.group).set_index(model.group)
    for name, value in typical_values(fit).items():
        if name != predictor:
            varies = fit.places.varies(name)
            rows[name] = value if varies else own.loc[rows[model.group], name].to_numpy()
    rows["predicted"] = np.asarray(predict(fit, rows, groups="known"))
    return rows[[model.group, predictor, "predicted"]]


def group_lines(fit: Estimated, predictor: str) -> Figure:
    """Draw the predicted line of each group, and the general line.

    Parameters
    ----------
    fit : Estimated
        A fitted model.
    predictor : str
        A numeric level-1 predictor.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If it is no numeric predictor of the model.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    >>> print(mlm.plot.group_lines(model.fit(mlm.load("sleepstudy")), "Days").alt)
    Predicted lines of 18 subjects over Days, each over the range of its own data. Their slopes ...
    """
    refuse_generalized(
        fit,
        "The lines of a yes/no outcome or a count are curves.",
        "probability_curves(fit, ...)",
    )
    lines = line_of_each_group(fit.rows, numeric_predictor(fit, predictor))
    group, named = fit.model.group, words(fit)
    known = fit.places.described((1, predictor))
    assert known is not None  # a numeric column of the data
    x = np.linspace(known.minimum, known.maximum, 60)
    table, place = general_line(fit, {predictor: x})
    general = table["predicted"].to_numpy()
    with canvas() as (figure, axes):
        for _, line in lines.groupby(group, observed=True):
            axes.plot(
                line[predictor], line["predicted"], color=ROLES["level2"], alpha=0.35, linewidth=0.8
            )
        axes.plot([], [], color=ROLES["level2"], linewidth=0.8, label=f"one of the {named.groups}")
        axes.plot(x, general, color=ROLES["fixed"], linewidth=3, label="general line")
        axes.set_title(f"The lines of the {lines[group].nunique()} {named.groups}")
        axes.set_xlabel(symbol(fit, predictor))
        axes.set_ylabel(f"predicted, in {named.outcome}")
        axes.legend(loc="best")
    ends = lines.groupby(group, observed=True).agg(["first", "last"])
    run = ends[predictor, "last"] - ends[predictor, "first"]
    slopes = ((ends["predicted", "last"] - ends["predicted", "first"]) / run)[run > 0]
    whole = (general[-1] - general[0]) / (x[-1] - x[0])
    caption = (
        f"Each thin line is the predicted line of one of the {named.groups}, over the range of its "
        f"own data. The thick line is the general one.{elsewhere(place)} Predictions are shrunken, "
        f"so that the lines differ less than the {named.groups} do.{sampled(fit)}"
    )
    alt = (
        f"Predicted lines of {lines[group].nunique()} {named.groups} over "
        f"{symbol(fit, predictor)}, each over the range of its own data. Their slopes run from "
        f"{number(slopes.min())} to {number(slopes.max())}, around the general slope "
        f"{number(whole)}.{sampled(fit)}"
    )
    return Figure(figure, caption, alt)
