"""The model that a builder's controls stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlmteach.data.centering import center_grand, center_within
from mlmteach.errors import OptionError
from mlmteach.model.spec import Model

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook

__all__ = ["CENTRING", "Built", "Columns", "columns_of", "frame_of", "model_of", "read_controls"]

CENTRING = ("raw", "grand mean", "group mean")
MOST = 6  # predictors of each level that get a control


@dataclass(frozen=True)
class Columns:
    """What data offer to a model: outcomes, and the predictors of each level."""

    group: str
    outcomes: tuple[str, ...]
    level1: tuple[str, ...]
    level2: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """The state of the builder.

    Attributes
    ----------
    outcome : str
    level1 : tuple of str
        The level-1 predictors.
    level2 : tuple of (str, tuple of str)
        The level-2 predictors of each coefficient; ``"intercept"`` is one of them.
    random : tuple of str
        The coefficients with a U.
    centring : {"raw", "grand mean", "group mean"}
        Of the continuous level-1 predictors.
    method : {"REML", "ML"}
    notation, program, symbol : str
    show : {"names", "symbols", "estimates"}
    """

    outcome: str
    level1: tuple[str, ...]
    level2: tuple[tuple[str, tuple[str, ...]], ...]
    random: tuple[str, ...]
    centring: str
    method: Literal["REML", "ML"]
    notation: str
    show: Literal["names", "symbols", "estimates"]
    program: str
    symbol: str


def columns_of(data: pd.DataFrame, book: Codebook) -> Columns:
    """Find the columns that a builder offers.

    Parameters
    ----------
    data : pandas.DataFrame
    book : Codebook

    Returns
    -------
    Columns

    Raises
    ------
    OptionError
        If no column can be an outcome.
    """
    if not book.group:
        raise OptionError(
            "It is not known which column holds the groups.",
            "Name it: builder(data, group='school').",
        )
    known = [book[n] for n in map(str, data.columns) if n in book and n != book.group]
    level1 = [v for v in known if v.level == 1 and v.kind != "identifier"]
    outcomes = [v.name for v in level1 if v.kind in ("continuous", "count")]
    if not outcomes:
        raise OptionError(
            "No column can be an outcome: none is a number that varies within groups.",
            "Give data with one, or name another column of groups.",
        )
    level2 = [v.name for v in known if v.level == 2 and v.kind != "identifier"]
    return Columns(
        book.group,
        tuple(outcomes),
        tuple(v.name for v in level1)[: MOST + 1],
        tuple(level2)[:MOST],
    )


def read_controls(columns: Columns, values: Mapping[str, Any]) -> Built:
    """Read the state off the controls.

    Parameters
    ----------
    columns : Columns
    values : mapping of str to value
        ``"use x"`` (x is in the model), ``"U x"`` (its coefficient is random), ``"x on z"`` (z is
        in the equation of its coefficient), and the fields of :class:`Built` that are no lists.

    Returns
    -------
    Built
    """
    level1 = tuple(x for x in columns.level1 if x != values["outcome"] and values[f"use {x}"])
    keys = ("intercept", *level1)
    names = ("outcome", "centring", "method", "notation", "show", "program", "symbol")
    return Built(
        level1=level1,
        level2=tuple(
            (key, tuple(z for z in columns.level2 if values[f"{key} on {z}"])) for key in keys
        ),
        random=tuple(key for key in keys if values[f"U {key}"]),
        **{name: values[name] for name in names},
    )


def frame_of(data: pd.DataFrame, state: Built, book: Codebook) -> pd.DataFrame:
    """Centre the continuous level-1 predictors as the state says.

    A centred column gets a name of its own, with a ``c`` in front, since its 0 means another thing.
    """
    if state.centring == "raw":
        return data
    frame = data.copy()
    for name in state.level1:
        if book[name].kind in ("continuous", "count"):
            frame[_centred(name)] = (
                center_grand(data, name)
                if state.centring == "grand mean"
                else center_within(data, name, group=book.group)
            )
    return frame


def model_of(state: Built, book: Codebook) -> Model:
    """Write the model that the state stands for.

    Parameters
    ----------
    state : Built
    book : Codebook

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If it is no two-level model, since nothing is random.
    """
    named = {"intercept": "intercept"}
    for x in state.level1:
        moved = state.centring != "raw" and book[x].kind in ("continuous", "count")
        named[x] = _centred(x) if moved else x
    level2 = {
        named[key]: " + ".join([*(names or ("1",)), *(["U"] if key in state.random else [])])
        for key, names in state.level2
    }
    right = " + ".join(named[x] for x in state.level1) or "1"
    return Model(f"{state.outcome} ~ {right}", group=book.group, level2=level2)


def _centred(name: str) -> str:
    return f"c{name}"
