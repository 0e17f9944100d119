"""The variance function: what groups add to the variance, and the ICC, along a predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.generalized import Generalized
from mlmteach.fit.marginal_effects import latent_icc
from mlmteach.fit.readings import icc
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import grid
from mlmteach.plot.typical import numeric_predictor, weights_along
from mlmteach.plot.words import number, sampled, symbol, words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.estimated import Estimated

__all__ = ["variance_along", "variance_function"]

POINTS = 61
MOST = (0.025, 0.975)  # between these quantiles lie 95 % of the rows


def variance_along(fit: Estimated | Generalized, predictor: str, values: ArrayLike) -> pd.DataFrame:
    """Compute the variance between groups and the ICC where a predictor has these values.

    Parameters
    ----------
    fit : Estimated
        A fitted model with a random slope.
    predictor : str
        A numeric variable with a random slope.
    values : array_like of float, shape (m,)

    Returns
    -------
    pandas.DataFrame, one row a value
        The predictor, ``between`` (z'Tz) and ``icc`` (z'Tz / (z'Tz + σ²), with the average of σ²
        over the rows where it differs between them).  A yes/no outcome has no σ², but a variance
        on the scale of the link; that of a count depends on all predictors.

    Raises
    ------
    OptionError
        If it is no numeric predictor, or its slope is not random.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 5.1.
    """
    name = numeric_predictor(fit, predictor)
    random = {v for c in fit.model.random for f in c.term.factors for v in f.variables}
    if name not in random:
        raise OptionError(
            f"The slope of '{name}' is not random, so the variance between groups does not "
            "depend on it.",
            f"Put a U into its equation: level2={{'{name}': 'U'}}.",
        )
    x = np.asarray(values, dtype=float)
    if isinstance(fit, Generalized):
        share = np.array([latent_icc(fit, at={name: float(value)}) for value in x])
        _, z, _ = weights_along(fit, {name: x})
        return pd.DataFrame({name: x, "between": fit.variances_at(z), "icc": share})
    share = np.array([icc(fit, at={name: float(value)}) for value in x])
    return pd.DataFrame(
        {name: x, "between": fit.mean_residual_variance * share / (1.0 - share), "icc": share}
    )


def variance_function(fit: Estimated | Generalized, predictor: str) -> Figure:
    """Draw the variance between groups and the ICC along a predictor with a random slope.

    Parameters
    ----------
    fit : Estimated
        A fitted model with a random slope.
    predictor : str
        A numeric variable with a random slope.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If it is no numeric predictor, or its slope is not random.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 5.1.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    >>> print(mlm.plot.variance_function(model.fit(mlm.load("sleepstudy")), "Days").alt)
    Two curves over Days from 0.00 to 9.00. The variance between subjects is 612.09 at the ...
    """
    x = fit.frame[numeric_predictor(fit, predictor)]
    known = fit.places.described((1, predictor))
    assert known is not None  # a numeric column of the data
    table = variance_along(fit, predictor, np.linspace(known.minimum, known.maximum, POINTS))
    named, sign = words(fit), symbol(fit, predictor)
    where = table[predictor]
    with grid(1, 2, width=8.4, height=3.6) as (figure, axes):
        for pair, column, title in (
            (axes[0], "between", f"Variance between {named.groups}"),
            (axes[1], "icc", "Intraclass correlation"),
        ):
            pair.axvspan(*x.quantile(MOST), color=ROLES["residual"], alpha=0.15, linewidth=0)
            pair.plot(where, table[column], color=ROLES["random"], linewidth=2.5)
            pair.set_ylim(bottom=0)
            pair.set_title(title)
            pair.set_xlabel(sign)
        axes[0].set_ylabel(f"squared {named.outcome}")
    caption = (
        f"With a random slope, the variance between {named.groups} is a curve over {sign}, and so "
        f"is its share in the variance that the predictors leave over. 95 % of the rows lie in the "
        f"grey band.{_latent(fit)}" + sampled(fit)
    )
    told = [
        f"{name} is {number(column.iloc[0])} at the lower end, {number(column.iloc[-1])} at the "
        f"upper end, and least at {number(where.iloc[int(column.argmin())])}, where it is "
        f"{number(column.min())}."
        for name, column in (
            (f"The variance between {named.groups}", table["between"]),
            ("The intraclass correlation", table["icc"]),
        )
    ]
    alt = (
        f"Two curves over {sign} from {number(where.iloc[0])} to {number(where.iloc[-1])}. "
        f"{' '.join(told)}"
    )
    return Figure(figure, caption, alt)


def _latent(fit: Estimated | Generalized) -> str:
    """Say of an outcome that is not normal on which scale its variances are."""
    if fit.model.family.is_normal:
        return ""
    return " Variances are on the scale of the link, on which the outcome itself is not observed."
