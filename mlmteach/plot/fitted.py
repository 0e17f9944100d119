"""Fitted against observed values, of the rows and of the groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmteach.arrays import FloatArray
from mlmteach.fit.estimated import Linear
from mlmteach.fit.fitted import require_fit
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas, cloud
from mlmteach.plot.words import groups_of, number, refuse_generalized, sampled, words

__all__ = ["fitted", "fitted_means"]


def fitted_means(fit: Linear, grouping: str | None = None) -> pd.DataFrame:
    """Compute the mean of the observed and of the fitted values of each group.

    Parameters
    ----------
    fit : Linear
    grouping : str, optional
        Whose groups, where there are two groupings; that of level 2 when left out.

    Returns
    -------
    pandas.DataFrame, one row a group
        ``observed`` and ``fitted``.
    """
    frame = pd.DataFrame({"observed": fit.design.y, "fitted": fit.fittedvalues.to_numpy()})
    own = fit.effects_of(grouping)
    means = frame.groupby(own.layer.codes).mean()
    means.index = own.labels
    return means


def fitted(fit: Linear, *, grouping: str | None = None) -> Figure:
    """Draw fitted against observed values: rows as dots or shades, means of groups as diamonds.

    Parameters
    ----------
    fit : Linear
        A fitted model.
    grouping : str, optional
        Whose groups, where there are two groupings; that of level 2 when left out.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.fitted(fit).alt)
    Observed against fitted Reaction of 180 rows; their correlation is 0.85. Diamonds are the ...
    """
    require_fit(fit, "The figure")
    refuse_generalized(
        fit,
        "A yes/no outcome or a count lies on a few lines, and no cloud is to be seen.",
        "binned_residuals(fit)",
    )
    note, named, outcome = sampled(fit), words(fit), fit.model.outcome.name
    groups_named = groups_of(fit, fit.effects_of(grouping))
    kept = fit.rows
    assert isinstance(kept, Linear)
    fit = kept
    means = fitted_means(fit, grouping)
    values = np.asarray(fit.fittedvalues, dtype=np.float64)
    with canvas(width=5.8, height=4.8) as (figure, axes):
        drawn = cloud(axes, values, fit.design.y, "level1", "rows")
        axes.axline((0, 0) if values.min() < 0 else (values.min(),) * 2, slope=1, color="#444444")
        axes.plot(
            means["fitted"],
            means["observed"],
            "D",
            markersize=4,
            markerfacecolor="white",
            color=ROLES["random"],
            label=f"mean of one of the {groups_named}",
        )
        axes.set_title(f"Fitted and observed {outcome}")
        axes.set_xlabel(f"fitted, in {named.outcome}")
        axes.set_ylabel(f"observed, in {named.outcome}")
        figure.legend(loc="outside lower center", markerscale=1.5)
    caption = (
        f"{drawn} Each diamond is the mean of a group. On the line, fitted and observed values are "
        "equal. The means of groups lie closer to it than rows do." + note
    )
    alt = (
        f"Observed against fitted {outcome} of {fit.nobs} rows; "
        f"{_agreement(values, fit.design.y)}. Diamonds are the means of {len(means)} "
        f"{groups_named}; {_agreement(means['fitted'].to_numpy(), means['observed'].to_numpy())}."
        f"{note}"
    )
    return Figure(figure, caption, alt)


def _agreement(fitted: FloatArray, observed: FloatArray) -> str:
    """Tell the correlation; there is none where all fitted values are the same, as at τ₀² = 0."""
    if np.ptp(fitted) <= 1e-9 * np.ptp(observed):
        return "all fitted ones are the same"
    return f"their correlation is {number(float(np.corrcoef(fitted, observed)[0, 1]))}"
