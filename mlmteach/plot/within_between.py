"""One cloud, three slopes: of all rows, between the groups and within them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from mlmteach.data.inspection import codebook_for
from mlmteach.errors import OptionError
from mlmteach.model.rows import required_columns
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas, cloud
from mlmteach.plot.words import number

__all__ = ["ThreeSlopes", "three_slopes", "within_between"]


TINY = 1e-12  # a share of the variance that is rounding


class ThreeSlopes(NamedTuple):
    """The slopes of three regressions on the same data."""

    total: float
    between: float
    within: float


def three_slopes(frame: pd.DataFrame, outcome: str, predictor: str, *, group: str) -> ThreeSlopes:
    """Compute the least-squares slopes over all rows, over means of groups, and within groups.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    outcome, predictor : str
        Numeric columns; the predictor varies within groups and between them.
    group : str
        The grouping column.  Between groups, each of them counts once.

    Returns
    -------
    ThreeSlopes

    Raises
    ------
    OptionError
        If a column is not numeric, or one of the slopes cannot be computed.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> slopes = three_slopes(mlm.load("hsb"), "mathach", "ses", group="school")
    >>> [round(slope, 2) for slope in slopes]
    [3.18, 5.91, 2.19]
    """
    rows = required_columns(frame, (outcome, predictor, group), groups=(group,)).dropna()
    for name in (outcome, predictor):
        if not pd.api.types.is_numeric_dtype(rows[name].dtype):
            raise OptionError(f"The column '{name}' is not numeric.", "Choose one that is.")
    by = rows.groupby(group, observed=True)[[predictor, outcome]]
    departures = rows[[predictor, outcome]] - by.transform("mean")
    slopes = []
    for part, where in (
        (rows, "at all"),
        (by.mean(), "between groups"),
        (departures, "within groups"),
    ):
        square = part[predictor].var()
        if not square > TINY * rows[predictor].var():
            raise OptionError(
                f"The predictor '{predictor}' does not vary {where}.", "Choose one that does."
            )
        slopes.append(float(part[predictor].cov(part[outcome]) / square))
    return ThreeSlopes(*slopes)


def within_between(frame: pd.DataFrame, outcome: str, predictor: str, *, group: str) -> Figure:
    """Draw a cloud of rows, the means of the groups, and the slopes between and within them.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    outcome, predictor : str
        Numeric columns; the predictor varies within groups and between them.
    group : str
        The grouping column.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If a column is not numeric, or one of the slopes cannot be computed.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 3.6.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> print(mlm.plot.within_between(mlm.load("hsb"), "mathach", "ses", group="school").alt)
    A cloud of 7185 students, with the means of 160 schools. The slope of ses is 2.19 within ...
    """
    slopes = three_slopes(frame, outcome, predictor, group=group)
    book = codebook_for(frame, group=group)
    rows = required_columns(frame, (outcome, predictor, group), groups=(group,)).dropna()
    by = rows.groupby(group, observed=True)
    means, half = by[[predictor, outcome]].mean(), by[predictor].std().fillna(0.0)
    x, y = means[predictor], means[outcome]
    with canvas(height=4.8) as (figure, axes):
        drawn = cloud(axes, rows[predictor], rows[outcome], "residual", book.level1.plural)
        axes.plot(
            [x - half, x + half],
            [y - slopes.within * half, y + slopes.within * half],
            color=ROLES["level1"],
            linewidth=0.8,
            alpha=0.6,
        )
        axes.plot(x, y, "D", markersize=5, markeredgecolor="white", color=ROLES["level2"])
        axes.plot([], [], color=ROLES["level1"], label=f"within: {number(slopes.within)}")
        for name, slope, through, role, dash in (
            ("between", slopes.between, means, "random", "dashed"),
            ("total", slopes.total, rows, "fixed", "solid"),
        ):
            axes.axline(
                (through[predictor].mean(), through[outcome].mean()),
                slope=slope,
                color=ROLES[role],
                linestyle=dash,
                linewidth=2.5,
                label=f"{name}: {number(slope)}",
            )
        axes.set_title(f"Three slopes of {book[predictor].symbol}")
        axes.set_xlabel(book[predictor].label)
        axes.set_ylabel(book[outcome].label)
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        f"{drawn} Each diamond is the mean of one of the {book.level2.plural}; the short line "
        "through it has the slope within them. The dashed line goes through the diamonds, the "
        "thick one through the whole cloud."
    )
    alt = (
        f"A cloud of {len(rows)} {book.level1.plural}, with the means of {len(means)} "
        f"{book.level2.plural}. The slope of {predictor} is {number(slopes.within)} within "
        f"{book.level2.plural}, {number(slopes.between)} between their means, and "
        f"{number(slopes.total)} over all {book.level1.plural}."
    )
    return Figure(figure, caption, alt)
