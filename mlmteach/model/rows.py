"""Which rows of the data a model can use, and whether it can use them at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.errors import DataError, ModelError, suggest

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = [
    "Rows",
    "as_in_the_fit",
    "group_codes",
    "kinds_of",
    "numeric_columns",
    "refuse_twins",
    "required_columns",
    "usable_rows",
    "without_unused_categories",
]

_NUMERIC = "fiu"  # NumPy's letters for float, integer and unsigned integer
_CATEGORIES = 12  # a column of texts with more values, all of them numbers, is a slip of reading
_ODD_FLOATS = (np.dtype(np.longdouble), np.dtype(np.float16))  # pandas cannot group by them
_REFUSED = "Mmc"  # dates, durations and complex numbers


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows without missing values, and their groups.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, variables)
        The columns that the model names.
    numeric : dict of str to ndarray, each of shape (n,)
        Those of them that are numbers.
    dropped : int
        How many rows were left out because of missing values.
    codes : ndarray of int, shape (n,)
        The group of each row, 0 … J-1.
    groups : pandas.Index, shape (J,)
        The labels of the groups, sorted.
    lost : tuple
        The labels of the groups of which no row is left, in the order of the data.
    """

    frame: pd.DataFrame
    numeric: dict[str, FloatArray]
    dropped: int
    codes: IntArray
    groups: pd.Index[Any]
    lost: tuple[object, ...] = ()


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
    frame = required_columns(data, model.variables)
    numeric = numeric_columns(frame, group=model.group)
    others = [name for name in frame.columns if name not in numeric and name != model.group]
    _refuse_numbers_as_text(frame[others])
    missing = _missing(frame, numeric)
    dropped = int(missing.sum())
    if dropped == len(frame):
        raise DataError(
            "No row has a value for every variable of the model"
            + _emptiest(frame, ", ".join(model.variables)),
            "Leave out the variable that is missing most, or look at how the data were read.",
        )
    everyone = frame[model.group].dropna().unique() if dropped else ()
    if dropped:
        frame = frame.iloc[np.flatnonzero(~missing)]
        numeric = {name: values[~missing] for name, values in numeric.items()}
    frame = without_unused_categories(frame)
    codes, groups = group_codes(frame[model.group])
    if len(groups) < 2:
        raise DataError(
            f"All rows belong to one group: {model.group} {groups[0]}.",
            "A multilevel model needs several groups, better twenty or more.",
        )
    if len(groups) == len(frame):
        raise DataError(
            f"Each row is a group of its own: '{model.group}' has {len(groups)} values in "
            f"{len(frame)} rows.",
            "Name the column that several rows share; with one row a group, U and ε cannot be "
            "told apart.",
        )
    _check_outcome(frame, numeric, model)
    left = set(groups)
    lost = tuple(label for label in everyone if label not in left)
    return Rows(frame, numeric, dropped, codes, groups, lost)


def required_columns(data: object, names: tuple[str, ...]) -> pd.DataFrame:
    """Take the named columns of a frame, with the codebook that it carries."""
    if not isinstance(data, pd.DataFrame):
        raise DataError(
            f"The data are a {type(data).__name__}, not a pandas DataFrame.",
            "Use pandas.DataFrame(data), or mlmteach.load('hsb').",
        )
    refuse_twins(data)
    for name in names:
        if name not in data.columns:
            raise ModelError(f"There is no column '{name}'.", suggest(name, data.columns))
    if data.empty:
        raise DataError("The data have no rows.", "Look at how they were read or filtered.")
    frame = data[list(names)]
    if any(map(pd.api.types.is_object_dtype, frame.dtypes)):
        frame = frame.infer_objects()  # numbers that pandas holds as objects are numbers
    odd = {name: float for name, dtype in frame.dtypes.items() if dtype in _ODD_FLOATS}
    if odd:
        frame = frame.astype(odd)
    if any(name in frame.columns for name in frame.index.names):
        nameless: Any = [None] * frame.index.nlevels
        return frame.rename_axis(index=nameless)  # or a name would have two meanings
    return frame


def refuse_twins(data: pd.DataFrame) -> None:
    """Refuse a frame in which a name stands for two columns."""
    if not data.columns.is_unique:
        twice = data.columns[data.columns.duplicated()][0]
        raise DataError(f"The data have two columns '{twice}'.", "Rename or drop one of them.")


def numeric_columns(frame: pd.DataFrame, *, group: str = "") -> dict[str, FloatArray]:
    """Take the columns that are numbers, as arrays in which a missing value is NaN.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    group : str, optional
        A column to pass over: labels may be of any type.

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
    for name, column in frame.items():
        if name == group:
            continue
        kind = getattr(column.dtype, "kind", "O")
        if kind in _REFUSED:
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

_NUMBERS, _TRUTHS = "numbers", "True and False"


def kinds_of(frame: pd.DataFrame) -> dict[str, str]:
    """Say what each column holds: numbers, True and False, or something else."""
    return {str(name): _kind(dtype) for name, dtype in frame.dtypes.items()}


def _kind(dtype: Any) -> str:
    if isinstance(dtype, pd.CategoricalDtype):
        return _kind(dtype.categories.dtype)
    kind = getattr(dtype, "kind", "O")
    return _NUMBERS if kind in _NUMERIC else _TRUTHS if kind == "b" else "categories"


def as_in_the_fit(
    frame: pd.DataFrame, kinds: Mapping[str, str], numeric: Collection[str]
) -> pd.DataFrame:
    """Bring new columns to the types of the data of the fit.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (m, columns)
        New rows without missing values.
    kinds : mapping of str to str
        What the columns held in the data of the fit.
    numeric : collection of str
        Those that were numbers and no categories of numbers.

    Returns
    -------
    pandas.DataFrame
        True and False are 1 and 0 where the fit had numbers, and the other way round.

    Raises
    ------
    DataError
        If a column holds what the fit could not have made of it.
    """
    changed: dict[str, pd.Series[Any]] = {}
    for name, column in frame.items():
        before, now = kinds[str(name)], _kind(column.dtype)
        plain = str(name) in numeric
        if before == now and not (plain and isinstance(column.dtype, pd.CategoricalDtype)):
            continue
        if before == "categories":
            continue  # what is not among them is found when they are looked up
        if now == "categories" or (now == _NUMBERS and before == _TRUTHS and not _is_01(column)):
            raise DataError(
                f"The new data have {now if now == _NUMBERS else 'text'} in '{name}', where the "
                f"data of the fit had {before}.",
                f"Give '{name}' as in the data of the fit.",
            )
        values = column.to_numpy(dtype=float)
        changed[str(name)] = pd.Series(
            values if before == _NUMBERS else values == 1, index=column.index, name=name
        )
    return frame.assign(**changed) if changed else frame


def _is_01(column: pd.Series[Any]) -> bool:
    return bool(np.isin(column.to_numpy(dtype=float), (0.0, 1.0)).all())


def group_codes(labels: pd.Series[Any]) -> tuple[IntArray, pd.Index[Any]]:
    """Number the groups in the order of their labels."""
    try:
        codes, groups = pd.factorize(labels, sort=True)
    except TypeError:  # labels of several types have no order
        try:
            codes, groups = pd.factorize(labels)
        except TypeError as error:
            raise DataError(
                f"The labels in '{labels.name}' cannot be told apart: {error}.",
                "Use numbers or texts as labels, such as data['id'].astype(str).",
            ) from None
    return np.asarray(codes, dtype=np.intp), pd.Index(groups, name=labels.name)


def _refuse_numbers_as_text(frame: pd.DataFrame) -> None:
    """Refuse a column of texts that are numbers: each would become a category."""
    for name, column in frame.items():
        if column.dtype == object:
            _refuse_stray_text(str(name), column)
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


def _refuse_stray_text(name: str, column: pd.Series[Any]) -> None:
    """Refuse numbers with a text among them: the text would become one category of many."""
    values = column.dropna().drop_duplicates()
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, (int, float, np.number))]
    if texts and any(not isinstance(value, bool) for value in numbers):
        raise DataError(
            f"The column '{name}' holds numbers and text, such as {numbers[0]!r} and {texts[0]!r}.",
            f"Correct the text; or data['{name}'] = pandas.to_numeric(data['{name}'], "
            "errors='coerce') makes it a missing value, and astype(str) makes all of them "
            "categories.",
        )


def without_unused_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Forget the categories that no row has: nothing can be estimated for them."""
    names = [n for n, dtype in frame.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    used = {str(name): frame[name].cat.remove_unused_categories() for name in names}
    return frame.assign(**used) if used else frame


def _missing(frame: pd.DataFrame, numeric: dict[str, FloatArray]) -> NDArray[np.bool_]:
    """Mark the rows in which a value is missing; infinities are refused on the way.

    The group is not among `numeric`, whatever its labels are.
    """
    missing = np.zeros(len(frame), dtype=bool)
    for name in frame.columns:
        if name not in numeric:
            missing |= frame[name].isna().to_numpy()
            continue
        finite = np.isfinite(numeric[name])
        if finite.all():
            continue
        infinite = np.isinf(numeric[name])
        if infinite.any():
            row = frame.index[int(infinite.argmax())]
            raise DataError(
                f"The column '{name}' is infinite in {int(infinite.sum())} rows, first in row "
                f"{row!r}.",
                "Correct these values, or set them to missing.",
            )
        missing |= np.isnan(numeric[name])
    return missing


def _check_outcome(frame: pd.DataFrame, numeric: dict[str, FloatArray], model: Structure) -> None:
    for name in model.outcome.variables:
        if name not in numeric:
            raise DataError(
                f"The outcome '{name}' is not numeric (its type is {frame[name].dtype}).",
                "Code it as numbers; a category cannot be the outcome of a linear model.",
            )
        values = numeric[name]
        if (values == values[0]).all():
            raise DataError(
                f"The outcome '{name}' is {values[0]} in every row that is used.",
                "Choose an outcome that varies.",
            )


def _emptiest(frame: pd.DataFrame, listed: str) -> str:
    shares = frame.isna().mean()
    return f" ({listed}); '{shares.idxmax()}' is missing in {shares.max():.0%} of the rows."
