"""The data sets of the course, each a CSV file beside its codebook."""

from __future__ import annotations

import hashlib
import io
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.data.codebook import Codebook, Variable
from mlmteach.errors import CodebookError, DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["datasets", "load", "read_codebook"]

_REMEDY = "Install mlmteach again, or restore the file from the project's data folder."


def load(name: str, *, folder: str | Path | None = None) -> pd.DataFrame:
    """Load a data set with its codebook.

    The file's checksum and the types of its columns are verified.  Columns of categories come as
    pandas categoricals in the order of the codebook, so that the first is the reference.

    Parameters
    ----------
    name : str
        "hsb", "sleepstudy", "exam" and others; :func:`datasets` lists them.
    folder : path, optional
        A folder of your own that holds NAME.csv and NAME.toml.

    Returns
    -------
    pandas.DataFrame
        With the :class:`Codebook` in ``.attrs["codebook"]``.

    Raises
    ------
    DataError
        When there is no such data set, or its file is missing or damaged, or a column holds
        what it should not.
    CodebookError
        When the codebook cannot be read, or does not describe the columns of the file.

    Examples
    --------
    >>> hsb = load("hsb")
    >>> len(hsb), hsb["school"].nunique()
    (7185, 160)
    """
    where = _folder(folder)
    toml, csv = where / f"{name}.toml", where / f"{name}.csv"
    if toml not in where.glob("*.toml"):  # a name, and no path to somewhere else
        raise _unknown(name, where)
    document = _read_toml(toml)
    codebook = Codebook.from_dict(document)
    if not csv.is_file():
        raise DataError(f"The file {csv.name} of the data set '{name}' is missing.", _REMEDY)
    content = csv.read_bytes()
    _verify_checksum(content, document, csv.name)
    frame = _read_csv(content, codebook, csv.name)
    frame.attrs["codebook"] = codebook
    return frame


def datasets(*, folder: str | Path | None = None) -> dict[str, str]:
    """List the data sets: name and title.

    Examples
    --------
    >>> datasets()["sleepstudy"]
    'Reaction times in a study of sleep deprivation'
    """
    return {
        toml.stem: str(_read_toml(toml).get("title", toml.stem))
        for toml in sorted(_folder(folder).glob("*.toml"))
    }


def read_codebook(path: str | Path | Codebook) -> Codebook:
    """Read a codebook from a TOML file; a codebook is given back as it is.

    Raises
    ------
    CodebookError
        When the file is missing, is no TOML, or holds a key that is not known.
    """
    if isinstance(path, Codebook):
        return path
    file = Path(path)
    if not file.is_file():
        raise CodebookError(
            f"There is no codebook file '{file}'.", "Check the path; it should end in .toml."
        )
    return Codebook.from_dict(_read_toml(file))


def _folder(folder: str | Path | None) -> Path:
    """Find the files: in the wheel they lie inside the package, in a checkout at its top."""
    if folder is not None:
        return Path(folder)
    here = Path(__file__).resolve().parent
    places = (here / "files", here.parents[1] / "data")
    for place in places:
        if place.is_dir() and any(place.glob("*.toml")):
            return place
    raise DataError("The data files of mlmteach are missing.", "Install mlmteach again.")


def _unknown(name: str, folder: Path) -> DataError:
    names = sorted(toml.stem for toml in folder.glob("*.toml"))
    return DataError(
        f"There is no data set '{name}'.",
        f"{did_you_mean(str(name).lower(), names)}The data sets are: {', '.join(names)}.",
    )


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodebookError(
            f"The codebook {file.name} cannot be read: {error}.", "Correct the file there."
        ) from error


def _verify_checksum(content: bytes, document: dict[str, Any], file: str) -> None:
    expected = document.get("sha256")
    if expected is None:
        raise CodebookError(
            f"The codebook of {file} has no checksum.",
            f'Add sha256 = "{hashlib.sha256(content).hexdigest()}" to it.',
        )
    if hashlib.sha256(content).hexdigest() != expected:
        raise DataError(f"The file {file} is damaged: its checksum is another one.", _REMEDY)


def _read_csv(content: bytes, codebook: Codebook, file: str) -> pd.DataFrame:
    import pandas as pd

    text = {v.name: "str" for v in codebook.variables if v.dtype == "text"}  # "308" stays text
    try:
        # Only NA and an empty field are missing: "None" or "null" may be categories.
        frame = pd.read_csv(
            io.BytesIO(content), keep_default_na=False, na_values=["NA", ""], dtype=text
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"The file {file} is no readable CSV: {error}.", _REMEDY) from error
    _verify_columns(list(frame.columns), codebook, file)
    return frame.assign(**{v.name: _typed(frame[v.name], v, file) for v in codebook.variables})


def _verify_columns(columns: list[str], codebook: Codebook, file: str) -> None:
    for names, others, problem, remedy in (
        (columns, codebook, "The codebook has no entry for", "Add one to the codebook."),
        (codebook, columns, "The codebook describes", "Take it out, or add the column."),
    ):
        lacking = [name for name in names if name not in others]
        if lacking:
            listed = ", ".join(f"'{name}'" for name in lacking)
            end = f" of {file}" if names is columns else f", which {file} does not have"
            raise CodebookError(f"{problem} {listed}{end}.", remedy)


def _typed(column: pd.Series[Any], variable: Variable, file: str) -> pd.Series[Any]:
    """Check a column against the codebook, and give it the type that the codebook declares."""
    import pandas as pd

    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    fits = {
        "integer": is_number and bool((column.dropna() % 1 == 0).all()),
        "number": is_number,
        "boolean": pd.api.types.is_bool_dtype(column),
        "text": True,
    }[variable.dtype]
    if not fits:
        raise DataError(
            f"The column '{variable.name}' of {file} does not hold {_TYPE_NAMES[variable.dtype]}"
            f"{_first_misfit(column, variable)}.",
            "Correct the file, or the dtype of the column in the codebook.",
        )
    if variable.dtype == "number":
        column = column.astype("float64")
    values = [category.value for category in variable.categories]
    if values:
        strange = column[~column.isin(values) & column.notna()]
        if len(strange):
            raise DataError(
                f"The column '{variable.name}' of {file} has the value {strange.iloc[0]!r} in row "
                f"{strange.index[0] + 1}, which is none of its categories.",
                f"Its categories are: {', '.join(map(repr, values))}.",
            )
    if variable.dtype == "text" and variable.kind != "identifier":
        return column.astype(pd.CategoricalDtype(values or sorted(column.dropna().unique())))
    return column


_TYPE_NAMES = {"integer": "whole numbers", "number": "numbers", "boolean": "true and false"}


def _first_misfit(column: pd.Series[Any], variable: Variable) -> str:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    bad = column[numbers.isna() & column.notna()]
    if variable.dtype == "integer" and not len(bad):
        bad = column[(numbers % 1 != 0) & column.notna()]
    return f": row {bad.index[0] + 1} has {bad.iloc[0]!r}" if len(bad) else ""
