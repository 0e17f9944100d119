"""How each variable is distributed, counted at its own level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from mlmteach.data.inspection import codebook_for
from mlmteach.data.plain import is_number, plain_frame
from mlmteach.data.sources import in_memory
from mlmteach.errors import OptionError, suggest
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import grid
from mlmteach.plot.words import number, significant

if TYPE_CHECKING:
    from mlmteach.data.codebook import Variable

__all__ = ["distributions", "values_at_its_level"]

COLUMNS = 3
FEW = 12  # as many values or fewer get a bar each


def values_at_its_level(frame: pd.DataFrame, variable: Variable, group: str) -> pd.Series:
    """Take a variable's values once a unit of its level: a level-2 variable once a group.

    Categories are called by their labels, in the order of the codebook.
    """
    rows = frame.drop_duplicates(group) if variable.level == 2 else frame
    values = rows[variable.name].dropna()
    if not variable.categories:
        return values
    labels = [category.label for category in variable.categories]
    return pd.Series(
        pd.Categorical([variable.category(v).label for v in values], categories=labels),
        index=values.index,
        name=variable.name,
    )


def distributions(
    frame: pd.DataFrame, columns: Sequence[str] | None = None, *, group: str | None = None
) -> Figure:
    """Draw the distribution of each variable, counted at its own level.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.
    columns : sequence of str, optional
        Which; all but identifiers when left out.
    group : str, optional
        The grouping column; the codebook's when left out.

    Returns
    -------
    Figure
        One pair of axes a variable.

    Raises
    ------
    OptionError
        If there is no such column, or nothing says which column holds the groups.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> print(mlm.plot.distributions(mlm.load("hsb"), ["ses", "sector"]).alt)
    Histograms. ses of 7185 students: mean 0.00, SD 0.78, from −3.758 to 2.692. sector ...
    """
    import seaborn as sns

    frame = in_memory(frame)
    book = codebook_for(frame, group=group)
    group = group or book.group
    if not group or group not in frame:
        raise OptionError(
            "It is not known which column holds the groups.", "Name it: group='school'."
        )
    frame = plain_frame(frame, group=group)
    known = [
        v.name
        for v in book.variables
        if v.kind != "identifier"
        and v.name != group
        and (v.categories or is_number(frame[v.name]))  # dates have no bars
    ]
    chosen = list(known if columns is None else columns)
    if not chosen:
        raise OptionError(
            "There is no variable to draw.", "Give a frame with numbers or categories."
        )
    for name in chosen:
        if name not in known:
            raise OptionError(f"There is no variable '{name}' to draw.", suggest(name, known))
    across = min(COLUMNS, len(chosen))
    down = math.ceil(len(chosen) / across)
    told = []
    with grid(down, across, width=0.4 + 2.6 * across, height=0.3 + 2.2 * down) as (figure, axes):
        for spare in axes[len(chosen) :]:
            spare.remove()
        for pair, name in zip(axes, chosen, strict=False):
            variable = book[name]
            units = (book.level2 if variable.level == 2 else book.level1).plural
            values = values_at_its_level(frame, variable, group)
            few = values.nunique() <= FEW and (bool(variable.categories) or _spans_few(values))
            along = "y" if variable.categories else "x"  # words of categories need the room
            sns.histplot(
                **{along: values},
                discrete=few,
                shrink=0.8 if few else 1.0,
                color=ROLES["level2" if variable.level == 2 else "level1"],
                ax=pair,
            )
            pair.set_title(variable.symbol)
            pair.set(**{f"{along}label": "", "xy".replace(along, "") + "label": units})
            told.append(f"{name} of {len(values)} {units}: {_told(values)}.")
    caption = (
        f"Each variable at its own level: what belongs to {book.level1.plural} is counted once "
        f"for each of them, what belongs to {book.level2.plural} once for each of those."
    )
    return Figure(figure, caption, f"Histograms. {' '.join(told)}")


def _spans_few(values: pd.Series) -> bool:
    """Whether bars of width 1 cover the values: else each would be a hair."""
    return float(values.max()) - float(values.min()) <= 10 * FEW


def _told(values: pd.Series) -> str:
    """Say what a histogram shows: the counts of categories, or mean, SD and range."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return ", ".join(f"{label} {n}" for label, n in values.value_counts(sort=False).items())
    low, high = map(significant, (values.min(), values.max()))
    return (
        f"mean {number(float(values.mean()))}, SD {number(float(values.std()))}, from {low} to "
        f"{high}"
    )
