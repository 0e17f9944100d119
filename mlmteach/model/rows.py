"""Which rows of the data a model can use, and whether it can use them at all."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.plain import LARGEST, group_codes, plain_column, plain_labels, refuse_extremes
from mlmteach.data.sources import in_memory, refuse_twins, require_columns
from mlmteach.errors import DataError, DataWarning
from mlmteach.model.predictor import looks_at_groups
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = [
    "Rows",
    "as_in_the_fit",
    "check_outcome",
    "group_labels",
    "measures_within",
    "missing_rows",
    "named_columns",
    "no_row_left",
    "numeric_columns",
    "refuse_groups",
    "refuse_infinities",
    "refuse_numbers_as_text",
    "required_columns",
    "usable_rows",
    "without_unused_categories",
]

_NUMERIC = "fiu"  # NumPy's letters for float, integer and unsigned integer
_CATEGORIES = 12  # a column of texts with more values, all of them numbers, is a slip of reading
_CALLER = 7  # from a check of rows up to who called Model.fit
_COPIES_ON_WRITE = int(pd.__version__.split(".")[0]) >= 3
_REFUSED = "Mmc"  # dates, durations and complex numbers


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows without missing values, and their groups.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, variables)
        The columns that the model names.
    columns : dict of str to pandas.Series, each of shape (n,)
        The same, ready to be looked up.
    numeric : dict of str to ndarray, each of shape (n,)
        Those of them that are numbers; they may share their memory with the data.
    dropped : int
        How many rows were left out because of missing values.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    groups : pandas.Index, shape (J,)
        The labels of the groups, sorted.
    lost : tuple
        The labels of the groups of which no row is left, in the order of the data.
    codes3, groups3 : optional
        The same of the second grouping, where there is one.  Within groups of level 3, those of
        level 2 are labelled by both.
    """

    frame: pd.DataFrame
    columns: dict[str, pd.Series[Any]]
    numeric: dict[str, FloatArray]
    dropped: int
    codes: IntArray
    groups: pd.Index[Any]
    lost: tuple[object, ...] = ()
    codes3: IntArray | None = None
    groups3: pd.Index[Any] | None = None


def usable_rows(model: Structure, data: pd.DataFrame) -> Rows:
    """Select the rows that have a value for every variable of the model.

    Parameters
    ----------
    model : Structure
        Names the variables.
    data : pandas.DataFrame, shape (n, columns)
        One row a level-1 unit.

    Returns
    -------
    Rows

    Raises
    ------
    ModelError
        If a variable is not a column of the data.
    DataError
        If a column holds infinities or a type that cannot be used, if there are fewer than two
        groups, or if the outcome is constant.
    """
    names = model.label_columns
    columns = named_columns(data, model.variables, groups=names)
    numeric = numeric_columns(columns, groups=names)
    refuse_numbers_as_text(columns, (*numeric, *names))
    frame = _framed(columns, data)
    missing = missing_rows(columns, numeric)
    dropped = 0 if missing is None else int(missing.sum())
    if dropped == len(frame):
        raise no_row_left(frame.isna().sum(), len(frame))
    everyone = columns[model.group].dropna().unique() if dropped else ()
    used = frame
    if missing is not None:
        kept = np.flatnonzero(~missing)
        used = frame.iloc[kept]
        numeric = {name: values[kept] for name, values in numeric.items()}
    if any(isinstance(column.dtype, pd.CategoricalDtype) for column in columns.values()):
        used = without_unused_categories(used)
    if dropped:
        used = _without_room_for_missing(used)
    if used is not frame:
        columns = {str(name): column for name, column in used.items()}
    codes, groups = group_codes(columns[model.group])
    family = model.family
    alone = family.name == "poisson" or family.trials is not None  # U's are over-dispersion
    left = set(groups) if dropped else set()
    lost = tuple(label for label in everyone if label not in left)
    codes3 = groups3 = None
    if model.group3 is not None:
        codes3, groups3 = group_codes(columns[model.group3])
        refuse_groups(groups3, np.inf if alone else len(used))
        if model.grouping.is_nested:
            codes, pairs = nested_codes(codes, groups, codes3, groups3)
            _refuse_one_level(pairs, groups, groups3)
            groups = pairs
    refuse_groups(groups, np.inf if alone else len(used))
    check_outcome(columns, numeric, model)
    return Rows(used, columns, numeric, dropped, codes, groups, lost, codes3, groups3)


def nested_codes(
    codes: IntArray, groups: pd.Index[Any], codes3: IntArray, groups3: pd.Index[Any]
) -> tuple[IntArray, pd.Index[Any]]:
    """Number groups within groups: class 1 of one school is not class 1 of another.

    Parameters
    ----------
    codes, codes3 : ndarray of int, shape (n,)
        Of the lower grouping by its own labels, and of the upper one.
    groups, groups3 : pandas.Index
        Their labels.

    Returns
    -------
    tuple of (ndarray of int of shape (n,), pandas.MultiIndex of shape (J,))
        In the order of the upper labels; each label is a pair, the upper one first.

    Examples
    --------
    >>> a, b = pd.Index(["x", "y"], name="class"), pd.Index([1, 2], name="school")
    >>> codes, pairs = nested_codes(np.array([0, 1, 0]), a, np.array([0, 0, 1]), b)
    >>> codes.tolist(), pairs.tolist()
    ([0, 1, 2], [(1, 'x'), (1, 'y'), (2, 'x')])
    """
    pairs = codes3 * len(groups) + codes
    found, own = np.unique(pairs, return_inverse=True)
    upper, lower = np.divmod(found, len(groups))
    return own.astype(np.intp), pd.MultiIndex.from_arrays([groups3[upper], groups[lower]])


def group_labels(model: Structure, columns: Mapping[str, pd.Series[Any]]) -> pd.Series[Any]:
    """Name the group of level 2 of each row, (n,), for what is measured within groups.

    With three levels the name says in which group of level 3 it lies, unless nothing is measured.

    Examples
    --------
    >>> from mlmteach import Model
    >>> model = Model("y ~ center_within(x)", group="school/class")
    >>> frame = pd.DataFrame({"school": ["a", "a/b"], "class": [1.0, 2.0]})
    >>> group_labels(model, dict(frame.items())).tolist()
    ["'a'/1", "'a/b'/2"]
    """
    own = columns[model.group]
    if not model.grouping.is_nested or not measures_within(model):
        return own
    assert model.group3 is not None
    return _written(columns[model.group3]) + "/" + _written(own)


def _written(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Write labels such that different ones differ, and 1.0 is 1: an id is read as either."""
    codes, found = pd.factorize(labels, use_na_sentinel=False)
    plain = [getattr(label, "item", lambda label=label: label)() for label in found]
    texts = [
        repr(int(label) if isinstance(label, float) and label.is_integer() else label)
        for label in plain
    ]
    return pd.Series(np.array(texts, dtype=object)[codes], index=labels.index)


def measures_within(model: Structure) -> bool:
    """Tell whether a term has a function that is computed within groups, such as a mean."""
    return any(
        looks_at_groups(factor.expression)
        for c in model.bare
        for gamma in c.gammas
        for factor in gamma.term.factors
    )


def _refuse_one_level(pairs: pd.Index[Any], groups: pd.Index[Any], groups3: pd.Index[Any]) -> None:
    """Refuse groups of level 3 of which each has a single group of level 2."""
    if len(pairs) > len(groups3):
        return
    upper, lower = pairs.names
    if len(groups) < len(groups3):
        above, below = (Factor(str(name)).formula for name in (lower, upper))
        raise DataError(
            f"Each '{upper}' lies in a single '{lower}', and not the other way round.",
            f"Write the higher level first: group='{above}/{below}'.",
        )
    raise DataError(
        f"Each '{upper}' has a single '{lower}', so that the two levels are one.",
        f"Write group='{lower}', or name a grouping that lies within '{upper}'.",
    )


def required_columns(
    data: object, names: tuple[str, ...], *, groups: Collection[str] = ()
) -> pd.DataFrame:
    """Take the named columns of a frame, made plain, with the codebook that it carries."""
    data = in_memory(data, names)
    return _framed(named_columns(data, names, groups=groups), data)


def named_columns(
    data: pd.DataFrame, names: tuple[str, ...], *, groups: Collection[str] = ()
) -> dict[str, pd.Series[Any]]:
    """Take the named columns of a frame one by one, made plain; those of groups are labels."""
    refuse_twins(data)
    require_columns(names, data.columns)
    if data.empty:
        raise DataError("The data have no rows.", "Look at how they were read or filtered.")
    return {
        name: plain_labels(data[name]) if name in groups else plain_column(data[name])
        for name in names
    }


def _framed(columns: Mapping[str, pd.Series[Any]], data: pd.DataFrame) -> pd.DataFrame:
    """Make a frame of columns of the data, which shares their memory where pandas lets it.

    From pandas 3 on, what changes the data later makes a copy first and leaves this frame alone;
    until then the copy has to be made here.
    """
    frame = pd.DataFrame(columns, index=data.index, copy=not _COPIES_ON_WRITE)
    frame.attrs = data.attrs
    if any(name in columns for name in frame.index.names):
        nameless: Any = [None] * frame.index.nlevels
        return frame.rename_axis(index=nameless)  # or a name would have two meanings
    return frame


def numeric_columns(
    columns: pd.DataFrame | Mapping[str, pd.Series[Any]], *, groups: Collection[str] = ()
) -> dict[str, FloatArray]:
    """Take the columns that are numbers, as arrays in which a missing value is NaN.

    Parameters
    ----------
    columns : pandas.DataFrame or mapping of str to pandas.Series, of n rows
    groups : collection of str, optional
        Columns to pass over: labels may be of any type.

    Returns
    -------
    dict of str to ndarray, each of shape (n,)
        Booleans, texts and categories are not among them.

    Raises
    ------
    DataError
        If a column holds dates, durations or complex numbers.
    """
    numeric = {}
    for name, column in columns.items():
        if name in groups:
            continue
        kind = getattr(column.dtype, "kind", "O")
        if kind in _REFUSED or isinstance(column.dtype, pd.PeriodDtype):
            raise DataError(
                f"The column '{name}' has the type {column.dtype}.",
                "Turn it into a number, such as days since the start.",
            )
        if kind in _NUMERIC:
            plain = isinstance(column.dtype, np.dtype)
            numeric[str(name)] = (
                column.to_numpy(dtype=float)
                if plain
                else column.to_numpy(dtype=float, na_value=np.nan)
            )
    return numeric


# --- new data are held against the types of the fit ----------------------------------------

_NUMBERS, _TRUTHS, _TEXTS = "numbers", "True and False", "text"


def as_in_the_fit(frame: pd.DataFrame, types: Mapping[str, Any]) -> pd.DataFrame:
    """Bring new columns to the types of the data of the fit.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (m, columns)
        New rows without missing values, in plain columns.
    types : mapping of str to dtype
        Those of the plain columns of the fit.

    Returns
    -------
    pandas.DataFrame
        True and False are 1 and 0 where the fit had numbers, and the other way round; a category
        is what it stands for where the fit had no categories.

    Raises
    ------
    DataError
        If a column holds what the fit could not have made of it.
    """
    changed: dict[str, pd.Series[Any]] = {}
    for name, column in frame.items():
        old = types[str(name)]
        if isinstance(old, np.dtype) and column.dtype == old:
            continue
        before, now = _kind(old), _kind(column.dtype)
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.dtype.categories.dtype)
        if before != now:
            if _TEXTS in (before, now) or (before == _TRUTHS and not _is_01(column)):
                raise DataError(
                    f"The new data have {now} in '{name}', where the data of the fit had {before}.",
                    f"Give '{name}' as in the data of the fit.",
                )
            column = column.astype(float if before == _NUMBERS else bool)
        if isinstance(old, pd.CategoricalDtype):
            codes = old.categories.get_indexer(pd.Index(column))
            if not (codes < 0).any():  # others are refused where they are looked up
                told = pd.Categorical.from_codes(codes, dtype=old)
                column = pd.Series(told, index=column.index, name=name)
        changed[str(name)] = column
    return frame.assign(**changed) if changed else frame


def _kind(dtype: Any) -> str:
    """Say what a plain column holds, or its categories are."""
    if isinstance(dtype, pd.CategoricalDtype):
        return _kind(dtype.categories.dtype)
    kind = getattr(dtype, "kind", "O")
    return _NUMBERS if kind in _NUMERIC else _TRUTHS if kind == "b" else _TEXTS


def _is_01(column: pd.Series[Any]) -> bool:
    return bool(np.isin(column.to_numpy(dtype=float), (0.0, 1.0)).all())


def refuse_numbers_as_text(columns: Mapping[str, pd.Series[Any]], others: Collection[str]) -> None:
    """Refuse a column of texts that are numbers: each would become a category.

    The `others` are passed over.

    Warns
    -----
    DataWarning
        If there are few of them, and one text among them is none.
    """
    for name, column in columns.items():
        if name in others:
            continue
        if not pd.api.types.is_string_dtype(column.dtype):
            continue
        values = column.dropna().drop_duplicates()
        numbers = pd.to_numeric(values, errors="coerce").notna()
        if len(values) > _CATEGORIES and numbers.mean() > 0.5:
            raise DataError(
                f"The column '{name}' is text, but most of its values are numbers, such as "
                f"{values[numbers].iloc[0]!r}.",
                f"Turn it into numbers: data['{name}'] = pandas.to_numeric(data['{name}'], "
                "errors='coerce') makes what is no number a missing value.",
            )
        stray = [value for value in values[~numbers] if not any(map(str.isdigit, value))]
        if len(stray) == 1 and int(numbers.sum()) == len(values) - 1 > 1:
            warnings.warn(
                f"The column '{name}' is text, and all of its values are numbers but "
                f"{stray[0]!r}: it becomes a category of its own. If it stands for a missing "
                f"value, say data['{name}'] = pandas.to_numeric(data['{name}'], errors='coerce').",
                DataWarning,
                stacklevel=_CALLER,
            )


def without_unused_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Forget the categories that no row has: nothing can be estimated for them."""
    names = [n for n, dtype in frame.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    used = {str(name): frame[name].cat.remove_unused_categories() for name in names}
    return frame.assign(**used) if used else frame


def _without_room_for_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring truth values and labels to the types that they have where none of them is missing."""
    full = {
        str(name): column.astype(bool) if column.dtype == "boolean" else column.infer_objects()
        for name, column in frame.items()
        if column.dtype == "boolean" or column.dtype == object
    }
    return frame.assign(**full) if full else frame


def missing_rows(
    columns: Mapping[str, pd.Series[Any]], numeric: Mapping[str, FloatArray]
) -> NDArray[np.bool_] | None:
    """Mark the rows in which a value is missing; infinities are refused on the way.

    The group is not among `numeric`, whatever its labels are.

    Returns
    -------
    ndarray of bool, shape (n,), or None
        None where no value is missing.
    """
    missing: NDArray[np.bool_] | None = None
    for name, column in columns.items():
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
            continue  # has no way to be missing
        if name not in numeric:
            absent = column.isna().to_numpy()
        else:
            values = numeric[name]
            largest = max(float(values.max()), -float(values.min()))  # NaN where one is missing
            if largest <= LARGEST:
                refuse_extremes(name, largest)
                continue
            refuse_infinities(name, values, column.index)
            refuse_extremes(name, float(np.nanmax(np.abs(values), initial=0.0)))
            absent = np.isnan(values)
        if absent.any():
            missing = absent if missing is None else missing | absent
    return missing


def refuse_infinities(name: str, values: FloatArray, index: pd.Index[Any]) -> None:
    """Refuse infinities, and call the first of them by its row."""
    infinite = np.isinf(values)
    if infinite.any():
        row = index[int(infinite.argmax())]
        raise DataError(
            f"The column '{name}' is infinite in {int(infinite.sum())} rows, first in row {row!r}.",
            "Correct these values, or set them to missing.",
        )


def check_outcome(
    columns: Mapping[str, pd.Series[Any]], numeric: Mapping[str, FloatArray], model: Structure
) -> None:
    """Refuse an outcome that is no number, or one number in every row.

    What the outcome of another family may be, the family says itself.
    """
    if not model.family.is_normal:
        return
    for name in model.outcome.variables:
        if name not in numeric:
            raise DataError(
                f"The outcome '{name}' is not numeric (its type is {columns[name].dtype}).",
                "Code it as numbers, or say family='binomial' if it has two values: a category "
                "cannot be the outcome of a linear model.",
            )
        values = numeric[name]
        if (values == values[0]).all():
            raise DataError(
                f"The outcome '{name}' is {values[0]} in every row that is used.",
                "Choose an outcome that varies.",
            )


def no_row_left(absent: pd.Series[int], rows: int) -> DataError:
    """Say that no row has a value for every variable, and which of them is missing most."""
    return DataError(
        "No row has a value for every variable of the model "
        f"({', '.join(map(str, absent.index))}); '{absent.idxmax()}' is missing in "
        f"{absent.max() / rows:.0%} of the rows.",
        "Leave out the variable that is missing most, or look at how the data were read.",
    )


def refuse_groups(groups: pd.Index[Any], rows: float) -> None:
    """Refuse rows that are all of one group, or each a group of its own."""
    if len(groups) < 2:
        raise DataError(
            f"All rows belong to one group: {groups.name} {groups[0]}.",
            "A multilevel model needs several groups, better twenty or more.",
        )
    if len(groups) == rows:
        raise DataError(
            f"Each row is a group of its own: '{groups.names[-1]}' has {len(groups)} values in "
            f"{rows} rows.",
            "Name the column that several rows share; with one row a group, U and chance cannot be "
            "told apart.",
        )
