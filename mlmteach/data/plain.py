"""The types of columns and labels as people bring them, made plain.

A column of a data frame may hold its numbers in many ways: as NumPy's floats, as pandas' nullable
integers, by Arrow, as objects, as decimals.  Below this floor of the house there are four kinds
left: numbers of NumPy, True and False, categories, and texts; and dates, for those who refuse them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.arrays import IntArray
from mlmteach.data.sources import refuse_twins
from mlmteach.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LARGEST",
    "group_codes",
    "is_number",
    "plain_column",
    "plain_frame",
    "plain_labels",
    "refuse_extremes",
    "told_apart",
]

LARGEST = 1e75
"""Fourth powers of what is larger, summed over rows, may be no number any more.

Those of what is smaller than its inverse may be lost.
"""

_ODD_FLOATS = (np.dtype(np.longdouble), np.dtype(np.float16))  # pandas cannot group by them
_DATES = "mM"  # NumPy's letters for durations and dates


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a plain column holds numbers; True and False are none.

    Examples
    --------
    >>> import pandas as pd
    >>> is_number(pd.Series([1, 2])), is_number(pd.Series([True, False]))
    (True, False)
    """
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiu"


def plain_column(column: pd.Series[Any], *, refuse: bool = True) -> pd.Series[Any]:
    """Turn a column of any type into one of NumPy's numbers, truth values, categories or texts.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
    refuse : bool
        Whether values that are none of these are refused; otherwise their texts stand for them.

    Returns
    -------
    pandas.Series, shape (n,)
        Numbers with a missing value are floats with NaN; truth values with one are of pandas'
        type "boolean".  Intervals are categories in their order.  Dates remain what they are.

    Raises
    ------
    DataError
        If there are numbers and texts beside each other, or values of another kind.

    Examples
    --------
    >>> import pandas as pd
    >>> plain_column(pd.Series([1, 2, None], dtype="Int64")).tolist()
    [1.0, 2.0, nan]
    >>> from decimal import Decimal
    >>> plain_column(pd.Series([Decimal("1.5"), 2])).dtype
    dtype('float64')
    """
    import pandas as pd

    dtype: Any = column.dtype
    if isinstance(dtype, np.dtype):
        if dtype in _ODD_FLOATS:
            with np.errstate(over="ignore"):  # what becomes infinite is refused as such
                return column.astype(float)
        if dtype.kind in "cSUV":  # complex numbers, and what only NumPy has
            return _of_objects(column.astype(object), refuse)
        if dtype.kind != "O":
            return column
        inferred = column.infer_objects()  # numbers that pandas holds as objects
        if inferred.dtype != object:
            return plain_column(inferred, refuse=refuse)
        return _of_objects(column, refuse)
    if isinstance(dtype, pd.SparseDtype):
        return plain_column(column.astype(dtype.subtype), refuse=refuse)
    if isinstance(dtype, pd.CategoricalDtype):
        return _with_plain_categories(column)
    if isinstance(dtype, pd.IntervalDtype):
        ordered = pd.Categorical(column)
        return _with_plain_categories(pd.Series(ordered, index=column.index, name=column.name))
    if isinstance(dtype, pd.ArrowDtype):
        return _of_arrow(column, refuse)
    if isinstance(dtype, pd.PeriodDtype | pd.DatetimeTZDtype) or pd.api.types.is_string_dtype(
        dtype
    ):
        return column
    if dtype.kind == "b":
        return column if bool(column.isna().any()) else column.astype(bool)
    if dtype.kind in "fiu":
        return _of_numpy(column)
    return plain_column(column.astype(object), refuse=refuse)


def _of_numpy(column: Any) -> pd.Series[Any]:
    """Let NumPy hold the numbers of pandas or Arrow, with NaN for what is missing."""
    import pandas as pd

    if column.dtype.kind == "f" or column.isna().any():
        values = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = column.to_numpy(dtype=column.dtype.numpy_dtype)
    return pd.Series(values, index=column.index, name=column.name)


def _of_arrow(column: pd.Series[Any], refuse: bool) -> pd.Series[Any]:
    """Bring a column that Arrow holds to types of pandas' own."""
    import pandas as pd

    dtype: Any = column.dtype
    if dtype.kind == "b":
        return plain_column(column.astype("boolean"), refuse=refuse)
    if dtype.kind in "fiu":
        return _of_numpy(column)
    if dtype.kind in _DATES:
        return column
    held: Any = column.array
    kept = pd.Series(
        held._pa_array.to_pandas().to_numpy(dtype=object),
        index=column.index,
        name=column.name,
        dtype=object,
    )
    if "dictionary" in str(dtype):
        return plain_column(kept.astype("category"), refuse=refuse)
    return plain_column(kept, refuse=refuse)


def _of_objects(column: pd.Series[Any], refuse: bool) -> pd.Series[Any]:
    """Make the best of a column of Python's objects."""
    import pandas as pd

    absent = column.isna().to_numpy()
    values = column.to_numpy()[~absent]
    kinds = set(map(type, values))
    texts = [kind for kind in kinds if issubclass(kind, str)]
    truths = [kind for kind in kinds if issubclass(kind, bool | np.bool_)]
    if len(texts) == len(kinds):  # none at all among them
        return column
    if len(truths) == len(kinds):
        return column.astype("boolean")
    numbers = [kind for kind in kinds if _is_real(kind)]
    if len(numbers) == len(kinds):
        made = np.full(len(column), np.nan)
        with np.errstate(over="ignore"):
            made[~absent] = [_as_float(value) for value in values]
        return pd.Series(made, index=column.index, name=column.name)
    if not refuse:
        return _as_texts(column, absent)
    name = column.name
    if texts and len(texts) + len(numbers) == len(kinds):
        number = next(value for value in values if not isinstance(value, str))
        text = next(value for value in values if isinstance(value, str))
        raise DataError(
            f"The column '{name}' holds numbers and text, such as {_shown(number)} and {text!r}.",
            f"Correct the text; or data['{name}'] = pandas.to_numeric(data['{name}'], "
            "errors='coerce') makes it a missing value, and astype(str) makes all of them "
            "categories.",
        )
    odd = next(
        value for value in values if not _is_real(type(value)) and not isinstance(value, str)
    )
    raise DataError(
        f"The column '{name}' holds values that are neither real numbers nor texts, such as "
        f"{_shown(odd)} of the type {type(odd).__name__}.",
        f"Turn them into numbers, or into texts by data['{name}'].astype(str).",
    )


def _is_real(kind: type) -> bool:
    from decimal import Decimal

    return issubclass(kind, Real | Decimal | np.bool_)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer or a fraction beyond all floats
        return np.inf if value > 0 else -np.inf


def _shown(value: object) -> str:
    """Show a value in an error, of NumPy's as of Python's own."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _as_texts(column: pd.Series[Any], absent: Any) -> pd.Series[Any]:
    import pandas as pd

    made = np.full(len(column), None, dtype=object)
    made[~absent] = [str(value) for value in column.to_numpy()[~absent]]
    return pd.Series(made, index=column.index, name=column.name, dtype=object)


def _with_plain_categories(column: pd.Series[Any]) -> pd.Series[Any]:
    """Let categories be numbers, truth values or texts; a text stands for any other."""
    import pandas as pd

    categories = column.cat.categories
    if isinstance(categories.dtype, np.dtype) and categories.dtype.kind in "fiub":
        if categories.dtype not in _ODD_FLOATS:
            return column
    elif categories.inferred_type == "string":
        return column
    if categories.dtype == object or pd.api.types.is_numeric_dtype(categories.dtype):
        made = plain_column(pd.Series(categories, name=column.name), refuse=False)
        if isinstance(made.dtype, np.dtype) and made.dtype.kind in "fiub":
            new: Any = pd.Index(made.to_numpy())
            return column.cat.rename_categories(new)
    return _with_texts(column)


def _with_texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Let texts stand for categories of any other type."""
    import pandas as pd

    texts: Any = pd.Index(told_apart(column.cat.categories, str(column.name)), dtype=object)
    return column.cat.rename_categories(texts)


def told_apart(labels: Iterable[Any], name: str) -> list[str]:
    """Write labels, and refuse two that are written alike.

    Parameters
    ----------
    labels : iterable
        Each once.
    name : str
        Of their column.

    Raises
    ------
    DataError
        If two labels of several types have one text, as 1 and "1".

    Examples
    --------
    >>> told_apart([1, "a"], "school")
    ['1', 'a']
    """
    seen: dict[str, Any] = {}
    for label in labels:
        other = seen.setdefault(str(label), label)
        if other is not label:
            raise DataError(
                f"The column '{name}' holds {_shown(other)} and {_shown(label)}, which are "
                "written alike.",
                f"If they are the same, say data['{name}'] = data['{name}'].astype(str); "
                "otherwise rename one of them.",
            )
    return list(seen)


# --- the labels of groups -------------------------------------------------------------------


def plain_labels(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Turn labels of groups into numbers, texts or dates, each value for itself.

    A label has the same form in other data, whatever the labels beside it.

    Parameters
    ----------
    labels : pandas.Series, shape (n,)

    Raises
    ------
    DataError
        If labels have no hash, such as lists, or if two of several types are written alike.

    Examples
    --------
    >>> import pandas as pd
    >>> plain_labels(pd.Series(pd.cut(pd.Series([1, 9]), [0, 5, 10]), name="g")).tolist()
    ['(0, 5]', '(5, 10]']
    """
    import pandas as pd

    dtype: Any = labels.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return labels.astype(float) if dtype in _ODD_FLOATS else labels
    if isinstance(dtype, pd.SparseDtype):
        return plain_labels(labels.astype(dtype.subtype))
    if isinstance(dtype, pd.CategoricalDtype):
        kind = dtype.categories.inferred_type
        if kind in ("string", "integer", "floating", "boolean"):
            return _with_plain_categories(labels)
        return _with_texts(labels)
    if isinstance(dtype, pd.ArrowDtype) or pd.api.types.is_numeric_dtype(dtype):
        if dtype.kind in "fiub" and not bool(labels.isna().any()):
            return labels.astype(dtype.numpy_dtype)
        labels = labels.astype(object)
    if isinstance(dtype, pd.IntervalDtype | pd.PeriodDtype):
        labels = labels.astype(object)
    if labels.dtype != object:
        return labels
    kind = pd.api.types.infer_dtype(labels, skipna=True)
    if kind in ("string", "integer", "boolean", "empty"):
        return labels if kind == "string" else labels.infer_objects()
    return _of_odd_labels(labels)


def _of_odd_labels(labels: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    absent = labels.isna().to_numpy()
    found: dict[Hashable, Any] = {}
    made = np.full(len(labels), None, dtype=object)
    for row in np.flatnonzero(~absent):
        label = labels.iloc[row]
        try:
            made[row] = found.setdefault(label, _plain_label(label))
        except TypeError:
            raise DataError(
                f"The labels in '{labels.name}' cannot be told apart: {_shown(label)} has the type "
                f"{type(label).__name__}, which cannot be compared.",
                f"Use numbers or texts as labels, such as data['{labels.name}'].astype(str).",
            ) from None
    told_apart(found.values(), str(labels.name))
    whole = pd.Series(made, index=labels.index, name=labels.name, dtype=object)
    return whole.infer_objects()


def _plain_label(label: Any) -> Any:
    from decimal import Decimal

    if isinstance(label, Decimal | Fraction):
        return float(label)
    if isinstance(label, str | Real | np.bool_ | np.datetime64) or hasattr(label, "isoformat"):
        return label
    return str(label)


def group_codes(labels: pd.Series[Any]) -> tuple[IntArray, pd.Index[Any]]:
    """Number the groups in the order of their labels.

    Parameters
    ----------
    labels : pandas.Series, shape (n,)

    Returns
    -------
    tuple of (ndarray of int of shape (n,), pandas.Index of shape (J,))
        A missing label has the number -1.

    Raises
    ------
    DataError
        If the labels cannot be told apart; see :func:`plain_labels`.

    Examples
    --------
    >>> import pandas as pd
    >>> codes, groups = group_codes(pd.Series(["b", "a", "b"], name="school"))
    >>> codes.tolist(), groups.tolist()
    ([1, 0, 1], ['a', 'b'])
    """
    import pandas as pd

    labels = plain_labels(labels)
    dtype = labels.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iu" and len(labels):
        values = labels.to_numpy()
        if bool((values[1:] >= values[:-1]).all()):  # in order already, as most data are
            new = np.empty(len(values), dtype=bool)  # whether a row begins a group
            new[0] = True
            np.not_equal(values[1:], values[:-1], out=new[1:])
            codes = np.cumsum(new, dtype=np.intp)
            codes -= 1
            return codes, pd.Index(values[new], name=labels.name)
    try:
        codes, groups = pd.factorize(labels, sort=True)
    except TypeError:  # labels of several types have an order within each
        codes, groups = pd.factorize(labels)
        order = sorted(range(len(groups)), key=lambda k: (isinstance(groups[k], str), k))
        place = np.empty(len(order) + 1, dtype=np.intp)
        place[order], place[-1] = np.arange(len(order)), -1
        codes, groups = place[codes], groups[order]
    return np.asarray(codes, dtype=np.intp), pd.Index(groups, name=labels.name)


# --- whole frames, and values too large -----------------------------------------------------


def plain_frame(frame: pd.DataFrame, *, group: str | None = None) -> pd.DataFrame:
    """Make every column plain, for whoever describes or draws a frame.

    Nothing is refused here but two columns of one name and labels that cannot be told apart.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
    group : str, optional
        The column of the groups.

    Returns
    -------
    pandas.DataFrame, shape (n, columns)
        The names of its columns are texts, and none of them is that of an index.
    """
    import pandas as pd

    named = frame.set_axis(list(map(str, frame.columns)), axis=1)
    refuse_twins(named)
    made = {
        name: plain_labels(column) if name == group else plain_column(column, refuse=False)
        for name, column in named.items()
    }
    whole = pd.DataFrame(made, index=frame.index)
    whole.attrs = frame.attrs
    nameless: Any = [None] * frame.index.nlevels
    return whole.rename_axis(index=nameless)  # or a name would have two meanings


def refuse_extremes(name: str, largest: float) -> None:
    """Refuse numbers with which nothing can be computed, by the largest size among them.

    Examples
    --------
    >>> refuse_extremes("income", 1e200)
    Traceback (most recent call last):
    mlmteach.errors.DataError: The values of income are too large to compute with. Choose a ...
    """
    if largest > LARGEST:
        raise DataError(
            f"The values of {name} are too large to compute with.",
            "Choose a larger unit: divide the column by a power of ten.",
        )
    if 0.0 < largest < 1.0 / LARGEST:
        raise DataError(
            f"The values of {name} are too small to compute with.",
            "Choose a smaller unit: multiply the column by a power of ten.",
        )
