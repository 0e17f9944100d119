"""Shrinkage: how far each group's own mean is drawn to the general one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import ModelError
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.simulate import predict
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import number, refuse_generalized, sampled, words

if TYPE_CHECKING:
    from mlmteach.fit.estimated import Linear

__all__ = ["shrinkage", "shrinkage_table"]


def shrinkage_table(fit: Linear) -> pd.DataFrame:
    """Compute each group's mean residual, its predicted U and the ratio of the two.

    Parameters
    ----------
    fit : Linear
        A model with one grouping whose only random coefficient is the intercept.

    Returns
    -------
    pandas.DataFrame, one row a group
        ``n``, the size of the group; ``mean``, its mean departure from the fixed part;
        ``predicted``, its U; ``reliability``, λ_j = τ² / (τ² + σ²/n_j).

    Raises
    ------
    ModelError
        If a slope is random: then one ratio a group does not say it all.

    References
    ----------
    Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 3;
    Snijders & Bosker (2012), *Multilevel Analysis*, section 4.8.
    """
    refuse_generalized(
        fit,
        "Shrinkage as one ratio a group needs a σ², and a yes/no outcome or a count has none.",
        "caterpillar(fit)",
    )
    if not isinstance(fit, Estimated):
        raise ModelError(
            "Shrinkage as one ratio a group needs a single grouping: with two, a group is drawn to "
            "what the other one says.",
            "Use mlm.plot.caterpillar(fit, grouping=...), and fit.quantities.reliability(...) for "
            "how much is kept.",
        )
    fit = fit.rows
    if list(fit.cov_re.index) != ["Intercept"]:
        raise ModelError(
            "Shrinkage as one ratio a group needs a model whose intercept alone is random.",
            "Fit the model without random slopes.",
        )
    fixed = predict(fit, fit.frame, groups="average")
    labels = fit.frame[fit.model.group].to_numpy()
    departures = fit.frame[fit.model.outcome.name] - fixed
    precision = pd.Series(1.0, departures.index)
    if fit.relative_precision is not None:  # rows count by it, in the mean as in the prediction
        precision = precision * fit.relative_precision
    weights = precision.groupby(labels).sum()
    tau2 = float(fit.cov_re.to_numpy()[0, 0])
    return pd.DataFrame(
        {
            "n": departures.groupby(labels).size(),
            "mean": (departures * precision).groupby(labels).sum() / weights,
            "predicted": fit.random_effects["Intercept"],
            "reliability": tau2 / (tau2 + fit.scale / weights),
        }
    ).rename_axis(fit.model.group)


def shrinkage(fit: Linear) -> Figure:
    """Draw each group's own mean departure and the predicted U that it is drawn to.

    Parameters
    ----------
    fit : Linear
        A model with one grouping whose only random coefficient is the intercept.

    Returns
    -------
    Figure
    """
    require_fit(fit, "The figure")
    table = shrinkage_table(fit).sort_values("mean")
    named = words(fit)
    positions = np.arange(1, len(table) + 1)
    with canvas() as (figure, axes):
        axes.axhline(0, color=ROLES["fixed"], linewidth=1)
        axes.vlines(
            positions, table["mean"], table["predicted"], color=ROLES["residual"], linewidth=0.6
        )
        axes.plot(
            positions,
            table["mean"],
            "o",
            markersize=3.5,
            markerfacecolor="white",
            color=ROLES["level2"],
            label="own mean",
        )
        axes.plot(
            positions,
            table["predicted"],
            "D",
            markersize=3,
            color=ROLES["random"],
            label="predicted U₀ⱼ",
        )
        axes.set_title(f"From the {named.groups}' own means to the predicted departures")
        axes.set_xlabel(f"{named.groups}, in order of their own mean")
        axes.set_ylabel(f"departure, in {named.outcome}")
        axes.legend(loc="upper left")
    low, high = table["reliability"].min(), table["reliability"].max()
    everything_goes = high == 0.0  # τ₀² is estimated to be 0
    caption = "Each line leads from a group's own mean to its predicted departure. " + (
        "The variance between groups is estimated to be 0, so every prediction is 0."
        if everything_goes
        else "The fewer the rows of the group, and the farther its mean from 0, the longer the "
        "line."
    )
    sizes = f"{table['n'].min()} to {table['n'].max()}"
    if table["n"].min() == table["n"].max():
        sizes = str(table["n"].min())
    kept = (
        "All are 0, since the variance between groups is estimated to be 0."
        if everything_goes
        else f"The predictions keep between {100 * low:.0f} % and {100 * high:.0f} % of the "
        f"departures, since there are {sizes} rows a group."
    )
    alt = (
        f"Own means and predicted departures of {len(table)} {named.groups}. The means run from "
        f"{number(table['mean'].min())} to {number(table['mean'].max())}, the predicted departures "
        f"from {number(table['predicted'].min())} to {number(table['predicted'].max())}. {kept}"
        f"{sampled(fit)}"
    )
    caption += sampled(fit)
    return Figure(figure, caption, alt)
