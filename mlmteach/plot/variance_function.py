"""The variance function: what groups add to the variance, and the ICC, along a predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.fitted import require_fit
from mlmteach.fit.generalized import Generalized
from mlmteach.fit.layered_fit import Layered
from mlmteach.fit.layered_readings import layered_icc, variance_shares
from mlmteach.fit.marginal_effects import latent_icc
from mlmteach.fit.readings import icc
from mlmteach.model.grouping import LETTERS
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import grid
from mlmteach.plot.typical import numeric_predictor, weights_along
from mlmteach.plot.words import (
    ONE_GROUPING,
    groups_of,
    number,
    only_intercepts,
    sampled,
    symbol,
    words,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated
    from mlmteach.fit.fitted import Fitted

__all__ = ["variance_along", "variance_function"]

POINTS = 61
LOOKS = (("random", "solid"), ("level3", "dashed"), ("fixed", "dotted"))
MOST = (0.025, 0.975)  # between these quantiles lie 95 % of the rows


def variance_along(
    fit: Estimated | Generalized | Layered, predictor: str, values: ArrayLike
) -> pd.DataFrame:
    """Compute the variance between groups and the ICC where a predictor has these values.

    Parameters
    ----------
    fit : Estimated, Generalized or Layered
        A fitted model with a random slope.
    predictor : str
        A numeric variable with a random slope.
    values : array_like of float, shape (m,)

    Returns
    -------
    pandas.DataFrame, one row a value
        The predictor, ``between`` (z'Tz) and ``icc`` (z'Tz / (z'Tz + σ²), with the average of σ²
        over the rows where it differs between them).  A yes/no outcome has no σ², but a variance
        on the scale of the link; that of a count depends on all predictors.  With two groupings,
        there are columns for each of them, ``"between school"`` and ``"icc school"``, with the
        shares that two rows of one group have in common (as ``fit.quantities.icc``).

    Raises
    ------
    OptionError
        If it is no numeric predictor, or its slope is not random.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 5.1.
    """
    name = numeric_predictor(fit, predictor)
    varying = [v for level in (2, 3) for v in fit.model.varying(level)]
    random = {name for v in varying for _, f in v.factors for name in f.variables}
    if name not in random:
        raise OptionError(
            f"The slope of '{name}' is not random, so the variance between groups does not "
            "depend on it.",
            _remedy(fit, name, random),
        )
    x = np.asarray(values, dtype=float)
    if isinstance(fit, Layered):
        return _layered_along(fit, name, x)
    if isinstance(fit, Generalized):
        share = np.array([latent_icc(fit, at={name: float(value)}) for value in x])
        _, z, _ = weights_along(fit, {name: x})
        return pd.DataFrame({name: x, "between": fit.variances_at(z), "icc": share})
    share = np.array([icc(fit, at={name: float(value)}) for value in x])
    return pd.DataFrame(
        {name: x, "between": fit.mean_residual_variance * share / (1.0 - share), "icc": share}
    )


def _remedy(fit: Fitted, name: str, random: set[str]) -> str:
    """Say how a slope becomes random, or what else there is to draw."""
    if only_intercepts(fit):
        return ONE_GROUPING
    level, nested = fit.model.levels[name], fit.model.grouping.is_nested
    if level == 1 or (level == 2 and nested):
        letter = LETTERS[level - 1]
        return f"Put a {letter} into its equation: level{level + 1}={{'{name}': '{letter}'}}."
    if random:
        return f"Name one whose slope is: {', '.join(sorted(random))}."
    return "Only the slope of a predictor that varies within groups can be random."


def _layered_along(fit: Layered, name: str, x: FloatArray) -> pd.DataFrame:
    rows = []
    for value in x:
        shares = variance_shares(fit, at={name: float(value)})["variance"]
        common = layered_icc(fit, at={name: float(value)})["icc"]
        between = {f"between {e.name}": float(shares[e.name]) for e in fit.effects}
        rows.append(between | {f"icc {of}": float(share) for of, share in common.items()})
    return pd.DataFrame({name: x, **pd.DataFrame(rows)})


def variance_function(fit: Estimated | Generalized | Layered, predictor: str) -> Figure:
    """Draw the variance between groups and the ICC along a predictor with a random slope.

    Parameters
    ----------
    fit : Estimated, Generalized or Layered
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
    require_fit(fit, "The figure")
    x = fit.frame[numeric_predictor(fit, predictor)]
    known = fit.places.described((1, predictor))
    assert known is not None  # a numeric column of the data
    table = variance_along(fit, predictor, np.linspace(known.minimum, known.maximum, POINTS))
    named, sign = words(fit), symbol(fit, predictor)
    where = table[predictor]
    several = len(fit.effects) > 1
    between, shares = _curves(fit, table)
    groups = "groups" if several else named.groups
    with grid(1, 2, width=8.4, height=3.6) as (figure, axes):
        for pair, curves, title in (
            (axes[0], between, f"Variance between {groups}"),
            (axes[1], shares, "Intraclass correlation"),
        ):
            pair.axvspan(*x.quantile(MOST), color=ROLES["residual"], alpha=0.15, linewidth=0)
            for (column, of), (role, dash) in zip(curves.items(), LOOKS, strict=False):
                pair.plot(
                    where,
                    table[column],
                    color=ROLES[role],
                    linestyle=dash,
                    linewidth=2.5,
                    label=of if several else None,
                )
            if several:
                pair.legend(loc="best")
            pair.set_ylim(bottom=0)
            pair.set_title(title)
            pair.set_xlabel(sign)
        axes[0].set_ylabel(f"squared {named.outcome}")
    caption = (
        f"With a random slope, the variance between {groups} is a curve over {sign}, and so "
        f"is its share in the variance that the predictors leave over. 95 % of the rows lie in the "
        f"grey band.{_latent(fit)}" + sampled(fit)
    )
    told = [
        *(_told(f"The variance between {of}", where, table[c]) for c, of in between.items()),
        *(
            _told("The intraclass correlation" + f" of {of}" * bool(of), where, table[c])
            for c, of in shares.items()
        ),
    ]
    alt = (
        f"{'Curves' if several else 'Two curves'} over {sign} from {number(where.iloc[0])} to "
        f"{number(where.iloc[-1])}. "
        f"{' '.join(told)}"
    )
    return Figure(figure, caption, alt)


def _curves(fit: Fitted, table: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """Say of which groups the columns are: those of variances, and those of correlations."""
    if len(fit.effects) == 1:
        return {"between": words(fit).groups}, {"icc": ""}
    groups = {own.name: groups_of(fit, own) for own in fit.effects}
    columns = list(map(str, table))
    between = {c: groups[c.removeprefix("between ")] for c in columns if c.startswith("between ")}
    # of two crossed groupings there is one more, of rows that share both
    shares = {f"icc {name}": of for name, of in groups.items()}
    shares |= {
        c: c.removeprefix("icc ") for c in columns if c.startswith("icc ") and c not in shares
    }
    return between, shares


def _told(name: str, where: pd.Series[float], column: pd.Series[float]) -> str:
    return (
        f"{name} is {number(column.iloc[0])} at the lower end, {number(column.iloc[-1])} at the "
        f"upper end, and least at {number(where.iloc[int(column.argmin())])}, where it is "
        f"{number(column.min())}."
    )


def _latent(fit: Fitted) -> str:
    """Say of an outcome that is not normal on which scale its variances are."""
    if fit.model.family.is_normal:
        return ""
    return " Variances are on the scale of the link, on which the outcome itself is not observed."
