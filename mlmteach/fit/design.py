"""From a model and a frame to the arrays that estimation needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.plain import refuse_extremes
from mlmteach.data.sources import Data, refuse_chunks
from mlmteach.errors import DataError, ModelError
from mlmteach.model.encoding import Encoded, Encoding, encode
from mlmteach.model.predictor import looks_at_groups
from mlmteach.model.rows import (
    group_labels,
    numeric_columns,
    required_columns,
    without_unused_categories,
)

if TYPE_CHECKING:
    from mlmteach.fit.theta import Blocks
    from mlmteach.model.encoding import FactorColumns
    from mlmteach.model.structure import Structure
    from mlmteach.model.survey import Census
    from mlmteach.model.terms import Term

__all__ = [
    "Design",
    "Layer",
    "LayeredDesign",
    "NewDesign",
    "NewLayers",
    "build_design",
    "build_layered",
    "design_for_new",
    "layers_for_new",
    "refuse_dependent",
    "refuse_useless",
]


@dataclass(frozen=True, eq=False)
class Design:
    """The arrays of a two-level model ``y = X γ + Z U + ε``.

    Parameters
    ----------
    y : ndarray, shape (n,)
        The outcome.
    X : ndarray, shape (n, p)
        One column a fixed coefficient γ.
    Z : ndarray, shape (n, q)
        One column a random coefficient: the level-1 predictors that have a U.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    groups : pandas.Index, shape (J,)
        The labels of the groups.
    x_names, z_names : tuple of str
        The names of the columns of X and of Z.
    blocks : tuple of tuple of int
        Which columns of Z have effects that may correlate with each other.
    dropped : int
        How many rows were left out because of missing values.
    lost : tuple
        The labels of the groups of which no row is left.
    encoding : Encoding, optional
        How new data become columns.
    census : Census, optional
        What is known of all rows, where these are a sample of whole groups.
    strata : ndarray of int, shape (n,), optional
        The category of each row that has a σ² of its own, 0 … K-1.
    strata_names : tuple of str, optional
        What they are called.
    precision : ndarray, shape (n,), optional
        The known weight w of each row, with Var(ε) = σ² / w.
    trials : ndarray, shape (n,), optional
        The numbers of trials, of which y counts the successes.
    offset : ndarray, shape (n,), optional
        What is added to the linear predictor: the logarithm of the exposure.
    """

    y: FloatArray
    X: FloatArray
    Z: FloatArray
    codes: IntArray
    groups: pd.Index[Any]
    x_names: tuple[str, ...]
    z_names: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    dropped: int = 0
    lost: tuple[object, ...] = ()
    encoding: Encoding | None = None
    census: Census | None = None
    strata: IntArray | None = None
    strata_names: tuple[str, ...] = ()
    precision: FloatArray | None = None
    trials: FloatArray | None = None
    offset: FloatArray | None = None

    @classmethod
    def on_demand(cls, rows: RowSource, **known: Any) -> Design:
        """Make a design whose y, X and Z are made when they are first asked for.

        Parameters
        ----------
        rows : RowSource
            Makes them, or parts of them.
        **known
            The other fields.
        """
        design = object.__new__(cls)
        names = {field.name for field in fields(cls)} - {*_OF_ROWS, *known}
        design.__dict__.update({name: getattr(cls, name) for name in names}, **known)
        design.__dict__["_rows"] = rows
        return design

    def __getattr__(self, name: str) -> Any:
        """Make the arrays of the rows; Python asks here for what is not there yet."""
        rows = self.__dict__.get("_rows")
        if rows is None or name not in _OF_ROWS:
            raise AttributeError(name)
        self.__dict__.update(rows.arrays(slice(None)))
        return self.__dict__[name]

    @property
    def source(self) -> RowSource | None:
        """What makes y, X and Z, as long as nobody has asked for all rows of them."""
        return None if "X" in self.__dict__ else self.__dict__["_rows"]

    @property
    def sizes(self) -> IntArray:
        """The number of rows of each group, (J,)."""
        if self.census is not None:
            return self.census.statistics.count
        return np.bincount(self.codes, minlength=len(self.groups))


_OF_ROWS = ("y", "X", "Z")


@dataclass(frozen=True, eq=False)
class Layer:
    """One grouping, and what varies between its groups.

    Parameters
    ----------
    name : str
        The grouping, as the model writes it.
    Z : (n, q) array
        One column a random coefficient.
    codes : (n,) array of int
        The group of each row, 0 ... J-1; every group has a row.
    groups : pandas.Index
        The labels of the groups, (J,).
    z_names : tuple of str
    blocks : tuple of tuple of int
        Which columns of Z have effects that may correlate with each other.
    """

    name: str
    Z: FloatArray
    codes: IntArray
    groups: pd.Index[Any]
    z_names: tuple[str, ...]
    blocks: Blocks


@dataclass(frozen=True, eq=False)
class LayeredDesign:
    """The arrays of a model with two groupings.

    Parameters
    ----------
    y : (n,) array
    X : (n, p) array
    x_names : tuple of str
    layers : (Layer, Layer)
        Level 2 and level 3, or two crossed groupings.
    crossed : bool
        Whether the model says so; the arithmetic goes by the data.
    dropped : int
        How many rows were left out because of missing values.
    lost : tuple
        The labels of the groups of level 2 of which no row is left.
    encoding : Encoding, optional
        How new data become columns.
    trials : (n,) array, optional
        The numbers of trials, of which y counts the successes.
    offset : (n,) array, optional
        What is added to the linear predictor: the logarithm of the exposure.
    """

    y: FloatArray
    X: FloatArray
    x_names: tuple[str, ...]
    layers: tuple[Layer, Layer]
    crossed: bool = False
    dropped: int = 0
    lost: tuple[object, ...] = ()
    encoding: Encoding | None = None
    trials: FloatArray | None = None
    offset: FloatArray | None = None

    @property
    def census(self) -> None:
        """None: the rows are in memory."""
        return None

    @property
    def strata(self) -> None:
        """None: all rows have the same σ²."""
        return None

    @property
    def precision(self) -> None:
        """None, for the same reason."""
        return None

    @property
    def z_names(self) -> tuple[str, ...]:
        """The random coefficients of both groupings, each with its grouping: ``ses | school``."""
        return tuple(f"{name} | {layer.name}" for layer in self.layers for name in layer.z_names)

    @property
    def blocks(self) -> Blocks:
        """Which of them have effects that may correlate with each other."""
        one, other = self.layers
        q = len(one.z_names)
        return one.blocks + tuple(tuple(q + k for k in block) for block in other.blocks)

    def alone(self, k: int) -> Design:
        """Give the design of the two-level model with the grouping k only."""
        layer = self.layers[k]
        return Design(
            y=self.y,
            X=self.X,
            Z=layer.Z,
            codes=layer.codes,
            groups=layer.groups,
            x_names=self.x_names,
            z_names=layer.z_names,
            blocks=layer.blocks,
            dropped=self.dropped,
        )


@dataclass(frozen=True, eq=False)
class RowSource:
    """Makes the arrays of rows that lie in memory as columns, of some rows at a time.

    Attributes
    ----------
    outcome : ndarray, shape (n,)
    columns : FactorColumns
    fixed, random : tuple of Term
        The columns of X and of Z.
    """

    outcome: FloatArray
    columns: FactorColumns
    fixed: tuple[Term, ...]
    random: tuple[Term, ...]

    def arrays(self, rows: slice) -> dict[str, Any]:
        """Make y, X and Z of some rows."""
        x = self.columns.matrix(self.fixed, rows)
        places = [self.fixed.index(term) for term in self.random if term in self.fixed]
        shared = len(places) == len(self.random)
        z = _columns_at(x, places) if shared else self.columns.matrix(self.random, rows)
        # y is the design's own: it must not change with the data
        return {"y": np.array(self.outcome[rows]), "X": x, "Z": z}


@dataclass(frozen=True, eq=False)
class NewDesign:
    """The columns of new rows, for prediction; ``labels`` names the group of each."""

    X: FloatArray
    Z: FloatArray
    labels: pd.Series[Any]


@dataclass(frozen=True, eq=False)
class NewLayers:
    """The columns of new rows of a model with two groupings, for prediction.

    Attributes
    ----------
    X : ndarray, shape (m, p)
    Z : tuple of ndarray, shape (m, q_k)
    labels : tuple of pandas.Index or None, of length m
        The group of each row in each grouping; None where the data do not name it.
    """

    X: FloatArray
    Z: tuple[FloatArray, FloatArray]
    labels: tuple[pd.Index[Any] | None, pd.Index[Any] | None]


def build_design(model: Structure, data: Data) -> tuple[Structure, Design, pd.DataFrame]:
    """Hold a model against data and build its arrays.

    Parameters
    ----------
    model : Structure
        The model.
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.

    Returns
    -------
    tuple of (Model, Design, pandas.DataFrame)
        The bound model, the arrays, and the rows and columns that were used.

    Raises
    ------
    ModelError
        If model and data do not go together, or columns of X are linearly dependent.
    DataError
        If the data hold something that cannot be used.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses", group="school")
    >>> _, design, _ = build_design(model, mlm.load("hsb"))
    >>> design.X.shape, design.Z.shape, design.x_names
    ((7185, 2), (7185, 1), ('Intercept', 'ses'))
    """
    encoded = encode(model, data)
    design = _design(encoded)
    if design.source is None:
        _refuse_dependent(design)
    return encoded.model, design, encoded.frame


def build_layered(model: Structure, data: Data) -> tuple[Structure, LayeredDesign, pd.DataFrame]:
    """Hold a model with two groupings against data and build its arrays.

    Parameters
    ----------
    model : Structure
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.

    Returns
    -------
    tuple of (Structure, LayeredDesign, pandas.DataFrame)
        The bound model, the arrays, and the rows and columns that were used.

    Raises
    ------
    ModelError, DataError
        As :func:`build_design`.
    """
    refuse_chunks(data)
    encoded = encode(model, data)
    bound = encoded.model
    if bound.sigma2 or bound.precision:
        raise ModelError(
            "A model with two groupings has one σ² for all rows, and no precision weights.",
            "Leave out `sigma2` and `precision`.",
        )
    assert encoded.codes3 is not None
    assert encoded.groups3 is not None
    fixed = tuple(gamma.term for gamma in bound.gammas)
    lower = tuple(c.term for c in bound.random)
    upper = tuple(effect.term for effect in bound.upper_random)
    own = (
        (lower, encoded.codes, encoded.groups, bound.blocks),
        (upper, encoded.codes3, encoded.groups3, bound.upper_blocks),
    )
    layers = [
        Layer(
            name=name,
            Z=encoded.columns.matrix(terms),
            codes=codes,
            groups=groups,
            z_names=tuple(term.name for term in terms),
            blocks=blocks,
        )
        for name, (terms, codes, groups, blocks) in zip(bound.grouping.names, own, strict=True)
    ]
    design = LayeredDesign(
        y=np.array(encoded.outcome),
        X=encoded.columns.matrix(fixed),
        x_names=tuple(term.name for term in fixed),
        layers=(layers[0], layers[1]),
        crossed=bound.grouping.crossed,
        dropped=encoded.dropped,
        lost=encoded.lost,
        encoding=encoded.encoding,
        trials=None if encoded.response is None else encoded.response.trials,
        offset=None if encoded.response is None else encoded.response.offset,
    )
    _refuse_dependent(design)
    return bound, design, encoded.frame


LARGE = 1 << 19
"""With more rows, X and Z are made in parts, and as a whole only if somebody asks for them."""


def _design(encoded: Encoded) -> Design:
    model = encoded.model
    fixed = tuple(gamma.term for gamma in model.gammas)
    random = tuple(c.term for c in model.random)
    rows = RowSource(encoded.outcome, encoded.columns, fixed, random)
    known: dict[str, Any] = {
        "codes": encoded.codes,
        "groups": encoded.groups,
        "x_names": tuple(term.name for term in fixed),
        "z_names": tuple(term.name for term in random),
        "blocks": model.blocks,
        "dropped": encoded.dropped,
        "lost": encoded.lost,
        "encoding": encoded.encoding,
        "strata": encoded.strata,
        "strata_names": model.sigma2.labels if model.sigma2 else (),
        "precision": encoded.precision,
    }
    even = encoded.strata is None and encoded.precision is None
    if encoded.response is not None:
        known |= {"trials": encoded.response.trials, "offset": encoded.response.offset}
        even = False
    if even and len(encoded.outcome) > LARGE:
        return Design.on_demand(rows, **known)
    return Design(**rows.arrays(slice(None)), **known)


def _columns_at(x: FloatArray, places: Sequence[int]) -> FloatArray:
    """Take columns of X, (n, q); where they are evenly spaced they are the very same memory."""
    steps = {after - before for before, after in pairwise(places)}
    if not places or len(steps) > 1 or min(steps, default=1) < 1:
        return np.asfortranarray(x[:, places])
    return x[:, places[0] : places[-1] + 1 : min(steps, default=1)]


def design_for_new(model: Structure, encoding: Encoding, data: pd.DataFrame) -> NewDesign:
    """Build the columns of new rows in the way that the fit learned.

    Parameters
    ----------
    model : Structure
        Bound.
    encoding : Encoding
        From the design of the fit.
    data : pandas.DataFrame, shape (m, columns)
        The predictors and the groups; the outcome is not needed.

    Returns
    -------
    NewDesign

    Raises
    ------
    ModelError
        If a predictor is missing, or a term cannot be computed.
    DataError
        If a value is missing.
    """
    frame, columns, labels = _new_columns(model, encoding, data)
    x = columns.matrix([gamma.term for gamma in model.gammas])
    z = columns.matrix([coefficient.term for coefficient in model.random])
    if model.group not in frame:
        labels = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    return NewDesign(x, z, labels)


def layers_for_new(model: Structure, encoding: Encoding, data: pd.DataFrame) -> NewLayers:
    """Build the columns of new rows where there are two groupings; see :func:`design_for_new`."""
    frame, columns, _ = _new_columns(model, encoding, data)
    labels: list[pd.Index[Any] | None] = [
        pd.Index(frame[name]) if name in frame else None for name in model.grouping.names
    ]
    if model.grouping.is_nested and labels[0] is not None:  # one of a school, by both
        upper = labels[1]
        labels[0] = None if upper is None else pd.MultiIndex.from_arrays([upper, labels[0]])
    x = columns.matrix([gamma.term for gamma in model.gammas])
    lower = columns.matrix([coefficient.term for coefficient in model.random])
    other = columns.matrix([effect.term for effect in model.upper_random])
    return NewLayers(x, (lower, other), (labels[0], labels[1]))


def _new_columns(
    model: Structure, encoding: Encoding, data: pd.DataFrame
) -> tuple[pd.DataFrame, FactorColumns, pd.Series[Any]]:
    """Check new rows, and compute their columns: with the rows, and their groups of level 2."""
    names = tuple(name for name in model.variables if name in model.levels)
    groups = tuple(name for name in model.label_columns if name in data)
    frame = required_columns(data, (*names, *groups), groups=groups)
    for name in names:
        if bool(frame[name].isna().any()):
            raise DataError(
                f"The new data have missing values in '{name}'.",
                "Fill them in, or drop these rows before you predict.",
            )
    for name, values in numeric_columns({name: frame[name] for name in names}).items():
        if np.isinf(values).any():
            raise DataError(
                f"The new data have infinite values in '{name}'.",
                "Correct them, or drop these rows before you predict.",
            )
        if (largest := float(np.abs(values).max())) > 0.0:
            refuse_extremes(name, max(largest, 1.0))  # a new value may be as small as it likes
    needed = model.grouping.names if model.grouping.is_nested else (model.group,)
    if set(needed) <= set(frame):
        labels = group_labels(model, {name: frame[name] for name in needed})
    else:  # rows of groups about which nothing is known
        _refuse_without_groups(model, next(name for name in needed if name not in frame))
        labels = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    used = without_unused_categories(frame[list(names)])
    return frame, encoding.evaluate_new(used, labels), labels


def _refuse_without_groups(model: Structure, missing: str) -> None:
    """Name what cannot be computed in rows whose groups are not known."""
    for gamma in model.gammas:
        for factor in gamma.term.factors:
            if looks_at_groups(factor.expression):
                raise DataError(
                    f"The new data have no column '{missing}', within whose groups "
                    f"'{factor.expression}' is measured.",
                    "Add it; a name that the fit has not met stands for a new group.",
                )


_OWN = 1e-7
"""The share of a column that the columns before do not have; with less it is none of its own."""


def _refuse_dependent(design: Design | LayeredDesign) -> None:
    """Name the columns of X that are linear combinations of earlier ones."""
    n, p = design.X.shape
    with np.errstate(over="ignore"):
        gram = design.X.T @ design.X  # (p, n) @ (n, p)
        squares = np.append(np.diag(gram), design.y @ design.y)  # (p + 1,)
    refuse_useless(squares, design.x_names)
    if p and (n < p or _is_suspicious(gram)):
        _refuse(_dependent_columns(design.X), design.x_names)


def refuse_useless(squares: FloatArray, names: Sequence[str]) -> None:
    """Refuse columns that are zero or immense.

    Parameters
    ----------
    squares : ndarray, shape (p + 1,)
        The sums of squares of the columns of X, and of the outcome.
    names : sequence of str, length p
    """
    for k in np.flatnonzero(~(np.isfinite(squares) & (squares > 0.0))):
        name = (*names, "the outcome")[k]
        if not np.isfinite(squares[k]):
            refuse_extremes(name, np.inf)
        if k < len(names):
            raise ModelError(f"The column '{name}' is zero in every row.", "Leave it out.")


def refuse_dependent(
    products: FloatArray, centred: FloatArray, names: Sequence[str], n: int
) -> None:
    """Name the columns of X that are linear combinations of earlier ones, by their products alone.

    Parameters
    ----------
    products : ndarray, shape (p, p)
        X'X.
    centred : ndarray, shape (p, p)
        The same of departures from the means, where X has a constant.
    names : sequence of str, length p
    n : int
        The number of rows.
    """
    if n >= len(names) and not _is_suspicious(products):
        return
    left, length = np.diag(centred), np.diag(products)
    unit = np.sqrt(np.where(left > 1e-28 * length, left, np.inf))
    gram = centred / np.multiply.outer(unit, unit)
    own: list[int] = []
    dependent: list[int] = []
    for k in range(len(names)):
        others = gram[np.ix_(own, [k])]  # (columns before, 1)
        share = gram[k, k] - (others.T @ np.linalg.lstsq(gram[np.ix_(own, own)], others)[0]).sum()
        (own if share > _OWN**2 and len(own) < n else dependent).append(k)
    _refuse(dependent, names)


def _is_suspicious(gram: FloatArray) -> bool:
    """Tell whether columns may be linearly dependent, by their products, (p, p)."""
    norms = np.sqrt(np.diag(gram))  # (p,)
    values = np.linalg.eigvalsh(gram / np.multiply.outer(norms, norms))  # (p,), ascending
    return bool(values[-1] > 1e10 * values[0])


def _refuse(dependent: Sequence[int], names: Sequence[str]) -> None:
    if dependent:
        raise ModelError(
            f"The fixed part is rank-deficient: {_listed(names, dependent)} can be computed from "
            f"the columns before ({_listed(names, range(max(dependent)))}).",
            "Leave out one of the predictors that say the same; if none does, subtract the means.",
        )


def _listed(x_names: Sequence[str], columns: Sequence[int], longest: int = 6) -> str:
    names = [f"'{x_names[i]}'" for i in columns]
    more = [f"{len(names) - longest} more"] if len(names) > longest else []
    return ", ".join([*names[:longest], *more])


def _dependent_columns(x: FloatArray) -> list[int]:
    """Positions of the columns that lie in the span of those before, by Gram-Schmidt."""
    length = np.linalg.norm(x, axis=0)  # (p,)
    constant = np.flatnonzero(np.ptp(x, axis=0) == 0)
    if len(constant):  # the others count by what is left around their means
        centres = x.mean(axis=0)
        centres[constant[0]] = 0.0
        x = x - centres
    left = np.linalg.norm(x, axis=0)  # (p,)
    unit = np.where(left > 1e-14 * length, left, np.inf)
    r = np.abs(np.diag(np.linalg.qr(x / unit, mode="r")))  # (min(n, p),)
    small = np.flatnonzero(r < _OWN)
    return [*map(int, small), *range(len(r), x.shape[1])]
