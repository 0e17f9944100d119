"""The lines of the groups around the general line, the spaghetti plot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmteach.data.levels import first_rows, first_varying_row
from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Linear
from mlmteach.fit.fitted import GroupEffects, require_fit
from mlmteach.fit.simulate import predict
from mlmteach.model.rows import measures_within
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.typical import elsewhere, general_line, numeric_predictor, typical_values
from mlmteach.plot.words import groups_of, number, refuse_generalized, sampled, symbol, words

__all__ = ["group_lines", "line_of_each_group"]

POINTS = 15


def line_of_each_group(
    fit: Linear, predictor: str, *, points: int = POINTS, grouping: str | None = None
) -> pd.DataFrame:
    """Compute the predicted line of each group over the range of its own data.

    Parameters
    ----------
    fit : Linear
        A fitted model.
    predictor : str
        The level-1 variable that moves; the others rest at their mean or their reference, level-2
        variables at the values of the group.
    points : int
        How many values of the predictor in each group; two are enough for a straight line.
    grouping : str, optional
        Where there are two groupings, whose groups have lines; that of level 2 when left out.
        With three levels, the line of a class has the effects of its school too.

    Returns
    -------
    pandas.DataFrame
        Columns of the group, the predictor and ``predicted``.
    """
    effects, whole = fit.effects_of(grouping), fit.model.grouping
    codes = effects.layer.codes
    spans = fit.frame[predictor].groupby(codes).agg(["min", "max"])  # group by group
    grid = np.linspace(spans["min"].to_numpy(), spans["max"].to_numpy(), points, axis=1)
    own = fit.frame.iloc[np.unique(codes, return_index=True)[1]]  # a row of each group
    own = own.iloc[np.repeat(np.arange(len(own)), points)].reset_index(drop=True)
    lower = whole.is_nested and effects.position == 0  # with the effects of what it lies in
    names = list(whole.names) if lower else [effects.name]
    rows = own[names].assign(**{predictor: grid.ravel()})
    for name, value in typical_values(fit).items():
        if name != predictor:
            constant = bool((fit.frame[name].groupby(codes).nunique() <= 1).all())
            rows[name] = own[name] if constant else value
    known = "known" if lower or len(fit.effects) == 1 else effects.name
    rows["predicted"] = np.asarray(predict(fit, rows, groups=known))
    return rows[[*names, predictor, "predicted"]]


def group_lines(fit: Linear, predictor: str, *, grouping: str | None = None) -> Figure:
    """Draw the predicted line of each group, and the general line.

    Parameters
    ----------
    fit : Linear
        A fitted model.
    predictor : str
        A numeric level-1 predictor.
    grouping : str, optional
        Where there are two groupings, whose groups have lines; that of level 2 when left out.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If it is no numeric predictor of the model, or does not vary within the groups.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    >>> print(mlm.plot.group_lines(model.fit(mlm.load("sleepstudy")), "Days").alt)
    Predicted lines of 18 subjects over Days, each over the range of its own data. Their slopes ...
    """
    require_fit(fit, "The figure")
    refuse_generalized(
        fit,
        "The lines of a yes/no outcome or a count are curves.",
        "probability_curves(fit, ...)",
    )
    kept, chosen = fit.rows, fit.effects_of(grouping)
    assert isinstance(kept, Linear)
    _refuse_without_lines(kept, numeric_predictor(fit, predictor), chosen)
    lines = line_of_each_group(kept, predictor, grouping=grouping)
    named, groups = words(fit), groups_of(fit, chosen)
    each = lines.groupby([str(name) for name in lines.columns[:-2]], observed=True)
    known = fit.places.described((1, predictor))
    assert known is not None  # a numeric column of the data
    x = np.linspace(known.minimum, known.maximum, 60)
    table, place = general_line(fit, {predictor: x})
    general = table["predicted"].to_numpy()
    with canvas() as (figure, axes):
        for _, line in each:
            axes.plot(
                line[predictor], line["predicted"], color=ROLES["level2"], alpha=0.35, linewidth=0.8
            )
        axes.plot([], [], color=ROLES["level2"], linewidth=0.8, label=f"one of the {groups}")
        axes.plot(x, general, color=ROLES["fixed"], linewidth=3, label="general line")
        axes.set_title(f"The lines of the {each.ngroups} {groups}")
        axes.set_xlabel(symbol(fit, predictor))
        axes.set_ylabel(f"predicted, in {named.outcome}")
        axes.legend(loc="best")
    ends = each[[predictor, "predicted"]].agg(["first", "last"])
    run = ends[predictor, "last"] - ends[predictor, "first"]
    slopes = ((ends["predicted", "last"] - ends["predicted", "first"]) / run)[run > 0]
    whole = (general[-1] - general[0]) / (x[-1] - x[0])
    caption = (
        f"Each thin line is the predicted line of one of the {groups}, over the range of its "
        f"own data. The thick line is the general one.{elsewhere(place)} Predictions are shrunken, "
        f"so that the lines differ less than the {groups} do.{sampled(fit)}"
    )
    alt = (
        f"Predicted lines of {each.ngroups} {groups} over "
        f"{symbol(fit, predictor)}, each over the range of its own data. Their slopes run from "
        f"{number(slopes.min())} to {number(slopes.max())}, around the general slope "
        f"{number(whole)}.{sampled(fit)}"
    )
    return Figure(figure, caption, alt)


def _refuse_without_lines(fit: Linear, predictor: str, effects: GroupEffects) -> None:
    """Refuse what no group has a line over, and means that are those of other groups."""
    values, groups = fit.frame[predictor].to_numpy(), groups_of(fit, effects)
    codes = effects.layer.codes
    if first_varying_row(values, codes, first_rows(codes)) is None:
        raise OptionError(
            f"'{predictor}' has one value in each of the {groups}, so that they have no lines over "
            "it.",
            "Name a predictor that varies within them.",
        )
    lower = fit.effects[0]
    if effects.position and measures_within(fit.model):
        raise OptionError(
            f"The model measures means within the groups of '{lower.name}', so that the "
            f"{groups} have no lines of their own.",
            f"Draw those of '{lower.name}': grouping='{lower.name}'.",
        )
