"""Two levels in a picture: a strip of points for each of some groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmteach.data.inspection import codebook_for
from mlmteach.data.plain import plain_frame
from mlmteach.data.sources import in_memory
from mlmteach.errors import OptionError
from mlmteach.model.rows import required_columns
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import number

__all__ = ["evenly_spread", "strips"]


def evenly_spread(frame: pd.DataFrame, column: str, *, group: str, groups: int) -> pd.DataFrame:
    """Choose groups from the lowest mean to the highest, evenly spread in between.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    column : str
        A numeric column.
    group : str
        The grouping column.
    groups : int
        How many groups; all where there are not more.

    Returns
    -------
    pandas.DataFrame, one row a chosen group
        ``mean`` and ``n``, in order of the mean.
    """
    rows = required_columns(frame, (column, group), groups=(group,)).dropna()
    if not pd.api.types.is_numeric_dtype(rows[column].dtype):
        raise OptionError(f"The column '{column}' is not numeric.", "Choose one that is.")
    if groups < 2:
        raise OptionError(f"groups={groups} is too few.", "Ask for two groups or more.")
    means = rows.groupby(group, observed=True)[column].agg(["mean", "size"]).sort_values("mean")
    chosen = np.linspace(0, len(means) - 1, min(groups, len(means))).round().astype(int)
    return means.iloc[chosen].rename(columns={"size": "n"})


def strips(frame: pd.DataFrame, column: str, *, group: str, groups: int = 12) -> Figure:
    """Draw a strip of points for each of some groups, with the group's mean.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    column : str
        A numeric column.
    group : str
        The grouping column.
    groups : int
        How many groups, from the lowest mean to the highest.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the column is not numeric, or fewer than two groups are asked for.
    """
    import seaborn as sns

    frame = in_memory(frame)
    chosen = evenly_spread(frame, column, group=group, groups=groups)
    codebook = codebook_for(frame, group=group)
    plural = codebook.level2.plural
    frame = plain_frame(frame, group=group)
    drawn = frame[frame[group].isin(chosen.index)]
    order = list(chosen.index[::-1])  # the lowest mean at the bottom
    shared = {"data": drawn, "x": column, "y": group, "order": order, "orient": "h"}
    with canvas(height=0.32 * len(chosen) + 1.4) as (figure, axes):
        sns.swarmplot(
            **shared, ax=axes, size=3, alpha=0.6, color=ROLES["level1"], warn_thresh=1
        )  # a row that is too full is pressed together, which is no reason to complain
        sns.pointplot(
            **shared,
            ax=axes,
            errorbar=None,
            linestyle="none",
            marker="D",
            markersize=7,
            markeredgecolor="white",
            markeredgewidth=0.8,
            color=ROLES["level2"],
            label="mean of the group",
            zorder=3,
        )
        axes.set_title(f"{len(chosen)} {plural} and their {codebook.level1.plural}")
        axes.set_xlabel(codebook[column].label)
        axes.set_ylabel(codebook[group].label)
        axes.legend(loc="lower right")
    caption = (
        f"Each row is one of {len(chosen)} {plural}, each point one of its "
        f"{codebook.level1.plural}, each diamond a mean. Points that would cover each other are "
        "heaped up. The rows differ, and so do the points within a row."
        f"{_choice(len(chosen), frame[group].nunique(), plural)}"
    )
    alt = (
        f"Strips of points of {column} for {len(chosen)} {plural}. Their means run from "
        f"{number(float(chosen['mean'].iloc[0]))} ({group} {chosen.index[0]}) to "
        f"{number(float(chosen['mean'].iloc[-1]))} ({group} {chosen.index[-1]}), with "
        f"{chosen['n'].min()} to {chosen['n'].max()} points a row."
    )
    return Figure(figure, caption, alt)


def _choice(drawn: int, groups: int, plural: str) -> str:
    """Say how the groups were chosen, where some were: the picture spreads them too far."""
    if drawn == groups:
        return ""
    return (
        f" They were taken evenly from the order of the {groups} means, the lowest and the highest "
        f"among them, so that they differ more than {drawn} {plural} drawn at random would."
    )
