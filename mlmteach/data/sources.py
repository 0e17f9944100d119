"""What people have as data: frames of several libraries, files on disk, frames on a cluster.

There are two kinds.  What lies in memory becomes a pandas frame of the columns that are needed
(:func:`in_memory`).  What may be larger is a stream (:func:`stream_of`): its rows come in chunks,
and all that is ever asked of them are totals over the chunks, so that it does not matter how the
rows are cut, in which order they come, and on which machine a chunk is looked at.
"""

from __future__ import annotations

import copy
import glob
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, TypeVar

from mlmteach.errors import DataError, ModelError, suggest

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Chunks",
    "Data",
    "Joined",
    "Partitions",
    "Stream",
    "Total",
    "column_names",
    "in_memory",
    "refuse_chunks",
    "refuse_twins",
    "require_columns",
    "stream_of",
]

CHUNK = 1 << 18
"""Rows of a file that are read at a time."""
_AT_ONCE = 8
"""Totals of partitions that are added in one task."""
_TAKES = (
    "a DataFrame of pandas, Polars or another library, a PyArrow table or dataset, a DuckDB "
    "relation, a Dask DataFrame, or the path of Parquet or CSV files"
)


class Total(Protocol):
    """What is asked of the rows: the total of two chunks is that of their rows together."""

    def absorb(self, other: Self) -> None:
        """Add what another chunk has; the other is not used any more."""


T = TypeVar("T", bound=Total)
Data: TypeAlias = Any
"""Whatever a model takes as data; each kind has a type of its own library."""
Columns = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Chunks:
    """Rows that come in pandas frames, one after the other, as often as they are asked for.

    Attributes
    ----------
    columns : tuple of str
        The names of all columns.
    walk : callable
        Gives the frames, with some columns.
    rows : int or None
        How many there are, if that is known.
    attrs : mapping
        What a frame would carry as its attributes: a codebook.
    """

    columns: Columns
    walk: Callable[[Columns], Iterator[pd.DataFrame]] = field(repr=False)
    rows: int | None = None
    attrs: Mapping[Any, Any] = field(default_factory=dict)

    def total(
        self,
        work: Callable[[pd.DataFrame], T],
        names: Columns,
        *,
        progress: str = "",
        into: T | None = None,
    ) -> T | None:
        """Add up what is asked of each chunk.

        Parameters
        ----------
        work : callable
            From a chunk to its total.
        names : tuple of str
            The columns that it needs.
        progress : str
            What a bar says while it takes long; none without it.
        into : Total, optional
            A total of no rows yet, with room for all.

        Returns
        -------
        Total or None
            None without a row.
        """
        from tqdm import tqdm

        found = into
        with tqdm(
            total=self.rows,
            desc=progress,
            disable=not progress,
            delay=2.0,
            leave=False,
            unit=" rows",
            unit_scale=True,
        ) as bar:
            for chunk in self.walk(names):
                if len(chunk):
                    part = work(chunk)
                    if found is None:
                        found = part
                    else:
                        found.absorb(part)
                    bar.update(len(chunk))
        return found


@dataclass(frozen=True, eq=False)
class Partitions:
    """A Dask DataFrame: each partition is looked at where it lies, and the totals are added there.

    Attributes
    ----------
    frame : dask.dataframe.DataFrame
    """

    frame: Any

    @property
    def columns(self) -> Columns:
        """The names of all columns."""
        return tuple(map(str, self.frame.columns))

    @property
    def attrs(self) -> Mapping[Any, Any]:
        """What a frame would carry as its attributes: nothing, here."""
        return {}

    def total(
        self,
        work: Callable[[pd.DataFrame], T],
        names: Columns,
        *,
        progress: str = "",  # noqa: ARG002 - Dask shows its own
        into: T | None = None,  # noqa: ARG002 - totals stay small as long as they can
    ) -> T | None:
        """Add up what is asked of each partition; see :meth:`Chunks.total`."""
        dask: Any = import_module("dask")
        shipped = dask.delayed(work, traverse=False)  # once, and not with every task
        parts = [
            dask.delayed(_of_partition)(shipped, part)
            for part in self.frame[list(names)].to_delayed()
        ]
        while len(parts) > 1:
            parts = [
                dask.delayed(_added)(parts[at : at + _AT_ONCE])
                for at in range(0, len(parts), _AT_ONCE)
            ]
        found: T | None = dask.compute(*parts)[0] if parts else None
        return found


Stream: TypeAlias = Chunks | Partitions


@dataclass
class Joined:
    """A number a row, in the order of the rows; a total as any other."""

    parts: list[pd.Series[float]]

    def absorb(self, other: Joined) -> None:
        """Append other rows."""
        self.parts += other.parts


def _of_partition(work: Callable[[pd.DataFrame], T], part: pd.DataFrame) -> T | None:
    return work(part) if len(part) else None


def _added(parts: Sequence[T | None]) -> T | None:
    """Add totals; the first is copied, since a task may be run again when a machine is lost."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    found = copy.deepcopy(known[0])
    for part in known[1:]:
        found.absorb(copy.deepcopy(part))
    return found


# --- what lies in memory ---------------------------------------------------------------------


def column_names(data: Any) -> Columns:
    """Name the columns of data of any kind.

    Raises
    ------
    DataError
        If the data are nothing that has columns.
    """
    stream = stream_of(data)
    if stream is not None:
        return stream.columns
    if _is_pandas(data):
        refuse_twins(data)
        return tuple(data.columns)
    return tuple(_narwhal(data).collect_schema().names())


def refuse_chunks(data: Any) -> None:
    """Refuse data that come in chunks, where there are two groupings.

    Raises
    ------
    DataError
    """
    if stream_of(data) is not None:
        raise DataError(
            "A model with two groupings needs its rows in memory, and these come in chunks.",
            "Read them into one data frame first.",
        )


def in_memory(data: Any, names: Iterable[str] | None = None) -> pd.DataFrame:
    """Bring data that lie in memory to pandas: the columns that are needed.

    Parameters
    ----------
    data : DataFrame
        A frame of pandas, which is returned as it is, or of any library that narwhals knows.
    names : iterable of str, optional
        The columns; all of them by default.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ModelError
        If there is no such column.
    DataError
        If the data are no frame.

    Examples
    --------
    >>> import pandas as pd
    >>> in_memory(pd.DataFrame({"x": [1, 2]})).shape
    (2, 1)
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data
    import narwhals as nw

    frame = _narwhal(data)
    schema = frame.collect_schema()
    wanted = list(schema.names() if names is None else names)
    require_columns(wanted, schema.names())
    plain = {nw.Decimal: nw.Float64, nw.Int128: nw.Int64, nw.UInt128: nw.Int64}
    columns: list[Any] = []
    for name in wanted:
        simple = plain.get(schema[name].base_type())
        columns.append(nw.col(name) if simple is None else nw.col(name).cast(simple()))
    with _foreign("The data cannot be read", "Turn them into a pandas DataFrame."):
        chosen = frame.select(columns)
        whole = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
        found: pd.DataFrame = whole.to_pandas()
    return found.reset_index(drop=True)


def require_columns(names: Iterable[str], columns: Iterable[object]) -> None:
    """Refuse a name that is none of the columns."""
    known = list(columns)
    for name in names:
        if name not in known:
            raise ModelError(f"There is no column '{name}'.", suggest(name, known))


def refuse_twins(data: pd.DataFrame) -> None:
    """Refuse a frame in which a name stands for two columns."""
    if not data.columns.is_unique:
        twice = data.columns[data.columns.duplicated()][0]
        raise DataError(f"The data have two columns '{twice}'.", "Rename or drop one of them.")


def _is_pandas(data: Any) -> bool:
    import pandas as pd

    return isinstance(data, pd.DataFrame)


def _narwhal(data: Any) -> Any:
    """Wrap a frame of another library; the error says what can be given."""
    import narwhals as nw

    try:
        return nw.from_native(data)
    except TypeError:
        remedy = (
            "It can be walked through once only; give a function that makes it anew."
            if isinstance(data, Iterator)
            else _how_to_frame(data) or f"Give {_TAKES}."
        )
        raise DataError(
            f"The data are of the type {type(data).__name__}, which is no data frame.", remedy
        ) from None


def _how_to_frame(data: Any) -> str:
    """Say how pandas makes a frame of what is none; nothing where it cannot, or not one with names.

    Examples
    --------
    >>> _how_to_frame({"x": [1, 2]})
    'Use pandas.DataFrame(data).'
    """
    import pandas as pd

    if not (isinstance(data, Mapping | Sequence) or hasattr(data, "dtype")):
        return ""
    if isinstance(data, str | bytes):
        return ""
    try:
        made = pd.DataFrame(data)
    except (TypeError, ValueError):
        return ""
    if all(isinstance(name, str) for name in made.columns):
        return "Use pandas.DataFrame(data)."
    return "Name its columns: pandas.DataFrame(data, columns=['y', 'x', 'school']) or the like."


# --- what may be larger than memory ----------------------------------------------------------


def stream_of(data: Any) -> Stream | None:
    """See rows that may be more than memory holds as a stream.

    Parameters
    ----------
    data : path, dataset or DataFrame
        A path or a pattern such as ``"parts/*.parquet"`` of Parquet or CSV files, a folder of
        them, a PyArrow dataset, a Dask DataFrame, a list of pandas frames, or a function without
        arguments that gives pandas frames anew each time that it is called.

    Returns
    -------
    Chunks, Partitions or None
        None for all else.

    Raises
    ------
    DataError
        If there is no such file, or its kind is not known.
    """
    if isinstance(data, Chunks | Partitions):
        return data
    if isinstance(data, str | Path):
        return _files(data)
    home = type(data).__module__.partition(".")[0]
    if home.startswith("dask") and hasattr(data, "to_delayed") and hasattr(data, "columns"):
        return Partitions(data)
    if home == "pyarrow" and hasattr(data, "to_batches") and hasattr(data, "get_fragments"):
        return _dataset(data)
    if isinstance(data, list | tuple) and data and all(map(_is_pandas, data)):
        return _frames(lambda: data, sum(map(len, data)))
    if callable(data) and not isinstance(data, type) and not hasattr(data, "columns"):
        return _frames(data)
    return None


def _frames(again: Callable[[], Iterable[pd.DataFrame]], rows: int | None = None) -> Chunks:
    """Walk through frames that somebody else makes."""
    first = next(iter(again()), None)
    if not _is_pandas(first):
        raise DataError(
            f"The function for the data gives a {type(first).__name__}, and no pandas frames.",
            "Let it give an iterator of frames, such as pandas.read_sas(path, chunksize=10**5).",
        )
    assert first is not None
    refuse_twins(first)

    def walk(names: Columns) -> Iterator[pd.DataFrame]:
        for frame in again():
            require_columns(names, frame.columns)
            yield frame[list(names)]

    return Chunks(tuple(map(str, first.columns)), walk, rows, first.attrs)


_PARQUET = (".parquet", ".pq", ".parq")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def _files(source: str | Path) -> Chunks:
    """Find the files of a path, a pattern or a folder, all of one kind."""
    path = Path(source).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if _kind(p) and not p.name.startswith((".", "_")))
    else:
        found = [path] if path.is_file() else sorted(map(Path, glob.glob(str(path))))  # noqa: PTH207
    if not found:
        raise DataError(
            f"There is no file '{source}'.",
            "Give the path of Parquet or CSV files, such as 'parts/*.parquet', or a data frame.",
        )
    kinds = {_kind(p) for p in found}
    if "" in kinds or len(kinds) > 1:
        odd = next((p for p in found if not _kind(p)), found[0])
        raise DataError(
            f"'{odd.name}' is neither a Parquet nor a CSV file, or there are files of both kinds.",
            "Give files of one kind, whose names end in .parquet, .csv, .csv.gz or .tsv.",
        )
    if kinds == {"parquet"}:
        return _dataset(_open_parquet(path if path.is_dir() else found))
    return _csv(found)


def _kind(path: Path) -> str:
    """Tell Parquet from text files by the ending; ``""`` for other files."""
    name = path.name.lower()
    for packed in (".gz", ".bz2", ".xz", ".zip"):
        name = name.removesuffix(packed)
    end = Path(name).suffix
    return "parquet" if end in _PARQUET else end if end in _SEPARATORS else ""


@contextmanager
def _foreign(problem: str, remedy: str) -> Iterator[None]:
    """Say in our words what another library could not do."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise DataError(
            f"{problem} without {error.name}.", "Install it: pip install 'mlmteach[arrow]'."
        ) from None
    except (OSError, ValueError, TypeError, ArithmeticError, RuntimeError) as error:
        first = str(error).strip().split("\n")[0].rstrip(".")
        raise DataError(f"{problem}: {first}.", remedy) from None


def _open_parquet(files: Path | list[Path]) -> Any:
    with _foreign("The Parquet files cannot be read", "Look at whether they are whole."):
        dataset: Any = import_module("pyarrow.dataset")
        source = str(files) if isinstance(files, Path) else [str(path) for path in files]
        return dataset.dataset(source, format="parquet", partitioning="hive")


def _dataset(data: Any) -> Chunks:
    """Walk through a PyArrow dataset; little is read ahead, so that memory stays bounded."""
    import pandas as pd

    def walk(names: Columns) -> Iterator[pd.DataFrame]:
        pa: Any = import_module("pyarrow")
        require_columns(names, data.schema.names)
        batches = data.to_batches(
            columns=list(names), batch_size=CHUNK, batch_readahead=2, fragment_readahead=1
        )
        start = 0
        decimals = [n for n in names if pa.types.is_decimal(data.schema.field(n).type)]
        while True:
            with _foreign("The data cannot be read", "Look at whether the files are whole."):
                batch = next(batches, None)
                if batch is None:
                    return
                frame = batch.to_pandas()
            if decimals:
                frame = frame.astype(dict.fromkeys(decimals, float))
            frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame

    with _foreign("The data cannot be read", "Look at whether the files are whole."):
        attrs = json.loads((data.schema.metadata or {}).get(b"PANDAS_ATTRS", b"{}"))
        return Chunks(tuple(data.schema.names), walk, data.count_rows(), attrs)


def _csv(files: list[Path]) -> Chunks:
    """Walk through text files, each column read as what it is in all of them."""
    import pandas as pd

    known: dict[Columns, dict[str, Any]] = {}

    def parsed(names: Columns | None, **options: Any) -> Iterator[pd.DataFrame]:
        for path in files:
            with _foreign(f"'{path.name}' cannot be read as CSV", "Save it as CSV in UTF-8."):
                reader: Any = pd.read_csv(
                    path,
                    sep=_SEPARATORS[_kind(path)],
                    low_memory=False,
                    **options,
                )  # all columns, or a line with too many fields would be read without a word
            if names is None:
                yield reader
                continue
            with reader:
                while True:
                    with _foreign(f"'{path.name}' cannot be read as CSV", "Correct that line."):
                        chunk = next(reader, None)
                    if chunk is None:
                        break
                    yield chunk[list(names)]

    def walk(names: Columns) -> Iterator[pd.DataFrame]:
        require_columns(names, columns)
        if names not in known:
            parts = parsed(names, chunksize=CHUNK)
            types = [{name: _type_of(part[name]) for name in names} for part in parts]
            found = {name: _one_type([own[name] for own in types]) for name in names}
            known[names] = {name: kind for name, kind in found.items() if kind is not None}
        start = 0
        for chunk in parsed(names, chunksize=CHUNK, dtype=known[names]):
            truths = [n for n in names if known[names].get(n) == "boolean"]
            frame = chunk.astype(dict.fromkeys(truths, object)) if truths else chunk
            frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame

    heads = [tuple(map(str, head.columns)) for head in parsed(None, nrows=0)]
    columns = heads[0]
    for path, head in zip(files, heads, strict=True):
        if set(head) != set(columns):
            raise DataError(
                f"'{path.name}' has other columns than '{files[0].name}'.",
                "Give files that have the same columns.",
            )
    _refuse_other_separators(files[0], columns)
    return Chunks(columns, walk)


def _one_type(kinds: list[Any]) -> Any:
    """Find the type of a column of text files from those of its parts; None to leave it open."""
    found = set(kinds) - {None}
    if len(found) < 2 and None not in kinds:
        return kinds[0]
    if found <= {"int64", "float64", "uint64"}:
        return "float64" if found else None
    return "boolean" if found <= {"bool", "boolean"} else str


def _type_of(column: pd.Series[Any]) -> Any:
    """Name the type of a part of a column; None where it holds nothing."""
    import pandas as pd

    if not column.notna().any():
        return None
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean":
        return "boolean"
    return column.dtype.name if column.dtype.kind in "iufb" else str


def _refuse_other_separators(path: Path, columns: Columns) -> None:
    mark = next((mark for mark in ";\t|" if len(columns) == 1 and mark in columns[0]), None)
    if mark is not None:
        raise DataError(
            f"The columns of '{path.name}' are parted by {mark!r} instead of commas.",
            "Save it as CSV with commas, with the names of the columns in row one.",
        )
