"""Data that a command names: a data set of the package, or a CSV file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlmteach.data.datasets import datasets, load
from mlmteach.errors import DataError

__all__ = ["read_data"]


def read_data(source: str) -> pd.DataFrame:
    """Read a data set by its name, or a CSV file by its path.

    Parameters
    ----------
    source : str
        Such as ``"hsb"`` or ``"my_data.csv"``.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        If there is no such data set or file, or the file is not CSV.
    """
    path = Path(source)
    if not path.exists() and path.name == source and not path.suffix:
        return load(source)
    if not path.is_file():
        raise DataError(
            f"There is no file '{source}'.",
            f"Give the path of a CSV file, or one of the data sets {', '.join(datasets())}.",
        )
    try:
        frame = pd.read_csv(path)
    except pd.errors.EmptyDataError:
        problem = f"The file '{source}' is empty."
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        problem = f"The file '{source}' cannot be read as CSV: {str(error).splitlines()[0]}."
    except OSError as error:
        problem = f"The file '{source}' cannot be read: {error.strerror}."
    else:
        (only, *others) = map(str, frame.columns)
        mark = next((mark for mark in ";\t" if mark in only), None)
        if others or mark is None:
            return frame
        problem = f"The columns of '{source}' are parted by {mark!r} instead of commas."
    raise DataError(problem, "Save it as CSV in UTF-8, with the names of the columns in row one.")
