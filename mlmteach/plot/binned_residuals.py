"""Binned residuals: means of the residuals of a yes/no outcome or a count among neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlmteach.errors import ModelError
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.overdispersion import binned_residuals as in_bins
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import expected_outcome, label, number, symbol

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted

__all__ = ["binned_residuals"]


def binned_residuals(fit: Fitted, by: str | None = None, *, bins: int | None = None) -> Figure:
    """Draw means of residuals among rows that are neighbours, with where they should lie.

    Parameters
    ----------
    fit : NonNormal
        A fit to a yes/no outcome or a count.
    by : str, optional
        A numeric column of the data that were used; the fitted probabilities or counts when left
        out.
    bins : int, optional
        See :func:`mlmteach.fit.overdispersion.binned_residuals`.

    Returns
    -------
    Figure

    Raises
    ------
    ModelError
        If the outcome is normal.
    OptionError
        If there is no such numeric column, or no such number of bins.

    References
    ----------
    Gelman & Hill (2007), *Data Analysis Using Regression and Multilevel/Hierarchical Models*,
    section 5.6.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("use ~ age + urban", group="district", family="binomial")
    >>> print(mlm.plot.binned_residuals(model.fit(mlm.load("contraception")), "age").alt)
    Mean residuals of 32 bins over age, from −0.239 to 0.252. 10 of them lie outside the band ...
    """
    require_fit(fit, "The figure")
    if not isinstance(fit, NonNormal):
        raise ModelError(
            "The residuals of a normal outcome need no bins.",
            "Use mlm.plot.residual_predictor(fit, ...).",
        )
    table = in_bins(fit, by, bins=bins)
    what = expected_outcome(fit, per_row=True)
    over = f"fitted {what}" if by is None else symbol(fit, by)
    outside = (
        (table["residual"] < table["lower"]) | (table["residual"] > table["upper"])
    ).to_numpy()
    with canvas() as (figure, axes):
        axes.axhline(0, color=ROLES["fixed"], linewidth=1)
        axes.fill_between(
            table["value"],
            table["lower"],
            table["upper"],
            color=ROLES["residual"],
            alpha=0.15,
            linewidth=0,
            label="±2 standard errors",
        )
        for chosen, marker, role, text in (
            (~outside, "o", "level1", "mean of a bin"),
            (outside, "D", "random", "outside the band"),
        ):
            if chosen.any():
                axes.plot(
                    table["value"][chosen],
                    table["residual"][chosen],
                    marker,
                    markersize=4,
                    color=ROLES[role],
                    label=text,
                )
        axes.set_title(f"Binned residuals over {over}")
        axes.set_xlabel(over if by is None else label(fit, by))
        axes.set_ylabel("mean residual")
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"Each point is the mean residual of about {int(table['n'].median())} rows that are "
        f"neighbours in {over}. If the model holds, 95 % of them lie in the band. Single "
        "residuals say little, since the outcome is "
        f"{'a count' if fit.model.family.is_count else 'a yes or no'}. Points that leave the band "
        "in a row, or in a curve, show where the model is wrong."
    )
    alt = (
        f"Mean residuals of {len(table)} bins over {over}, from "
        f"{number(table['residual'].min(), 3)} to {number(table['residual'].max(), 3)}. "
        f"{int(outside.sum())} of them lie outside the band of ±2 standard errors, where about "
        f"{number(0.05 * len(table), 0)} are expected."
    )
    return Figure(figure, caption, alt)
