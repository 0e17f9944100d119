"""Files of results: written whole or not at all, and tables as spreadsheets read and save them."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mlmteach.errors import OptionError

__all__ = ["as_typed", "read_table", "write_table", "write_whole", "write_zip"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file beside its place, sync it, and put it there in one step.

    A file that says the same already is left as it is.

    Parameters
    ----------
    path : pathlib.Path
        What is there is replaced.
    text : str or bytes

    Raises
    ------
    OSError
        If it cannot be written; what was there stays.
    """
    content = text.encode() if isinstance(text, str) else text
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    file, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_table(path: Path, rows: Iterable[Sequence[object]], *, mark: str = "") -> None:
    """Write a table as CSV in which no cell is a formula.

    Parameters
    ----------
    path : pathlib.Path
    rows : iterable of sequence
        The first one names the columns.
    mark : str
        What the file starts with, such as the byte order mark that tells Excel of UTF-8.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_safe(value) for value in row] for row in rows])
    write_whole(path, mark + text.getvalue())


def _safe(value: object) -> object:
    """Keep a spreadsheet from taking a name as a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def as_typed(cell: str) -> str:
    """Take off the apostrophe that :func:`write_table` put before a cell.

    Parameters
    ----------
    cell : str

    Returns
    -------
    str

    Examples
    --------
    >>> as_typed("'-ada"), as_typed("'tis"), as_typed("ada")
    ('-ada', "'tis", 'ada')
    """
    return cell[1:] if cell.startswith(tuple(f"'{sign}" for sign in _FORMULA)) else cell


def read_table(path: Path, what: str) -> list[dict[str, str]]:
    """Read a table as a spreadsheet saves it: with commas, or with semicolons.

    Parameters
    ----------
    path : pathlib.Path
    what : str
        What to call it in errors, such as ``"sheet"``.

    Returns
    -------
    list of dict
        A row each, by the names in the first line; every cell is there, as text.

    Raises
    ------
    OptionError
        If it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = ";" if first.count(";") > first.count(",") else ","
            rows = list(csv.DictReader(file, delimiter=delimiter, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OptionError(
            f"The {what} '{path}' cannot be read: {error}.", "Save it as CSV in UTF-8."
        ) from None
    return [
        {name.strip(): as_typed(cell.strip()) for name, cell in row.items() if name} for row in rows
    ]


def write_zip(path: Path, files: Mapping[str, str]) -> None:
    """Write a zip file; a script in it can be run.

    Parameters
    ----------
    path : pathlib.Path
    files : mapping of str to str
        Texts by their names.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            told = zipfile.ZipInfo(name)  # of 1980: the same files make the same zip
            told.compress_type = zipfile.ZIP_DEFLATED
            told.external_attr = (0o100755 if text.startswith("#!") else 0o100644) << 16
            packed.writestr(told, text)
    write_whole(path, whole.getvalue())
