"""Data of every kind become pandas, whole or in chunks, and what is none of them is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from dask import dataframe as dask_frame
from pyarrow import dataset

from mlmteach.data import sources
from mlmteach.data.sources import Chunks, column_names, in_memory, stream_of
from mlmteach.errors import DataError, ModelError

FRAME = pd.DataFrame(
    {
        "g": list("aabbcc"),
        "x": [1.0, 2, 3, 4, None, 6],
        "k": [1, 2, 3, 4, 5, 6],
        "t": [True, False] * 3,
    }
)


class Length:
    """How many rows there are."""

    def __init__(self, chunk: pd.DataFrame) -> None:
        self.rows = len(chunk)

    def absorb(self, other: Length) -> None:
        self.rows += other.rows


@pytest.mark.parametrize(
    "data",
    [
        pl.from_pandas(FRAME),
        pl.from_pandas(FRAME).lazy(),
        pa.Table.from_pandas(FRAME),
        duckdb.from_df(FRAME),
    ],
    ids=["polars", "lazy", "arrow", "duckdb"],
)
def test_frames_of_other_libraries(data: object) -> None:
    found = in_memory(data, ["x", "g"])
    assert list(found) == ["x", "g"]
    np.testing.assert_array_equal(found["x"], FRAME["x"])
    assert found["g"].tolist() == FRAME["g"].tolist()
    assert column_names(data) == ("g", "x", "k", "t")
    with pytest.raises(ModelError, match="no column 'y'"):
        in_memory(data, ["y"])


def test_decimals_are_numbers() -> None:
    data = duckdb.sql("select 1.5::decimal(5, 2) as x, sum(2) as s")
    assert in_memory(data, ["x", "s"]).to_numpy().tolist() == [[1.5, 2.0]]


def test_a_pandas_frame_stays_as_it_is() -> None:
    assert in_memory(FRAME, ["x"]) is FRAME


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, part in enumerate((FRAME.iloc[:2], FRAME.iloc[2:4], FRAME.iloc[4:])):
        part.to_csv(tmp_path / f"{place}.csv", index=False)
        (tmp_path / "parts").mkdir(exist_ok=True)
        part.to_parquet(tmp_path / "parts" / f"{place}.parquet")
    return tmp_path


def streams(folder: Path) -> dict[str, object]:
    return {
        "csv": str(folder / "*.csv"),
        "parquet": folder / "parts" / "*.parquet",
        "folder": folder / "parts",
        "dataset": dataset.dataset(folder / "parts"),
        "list": [FRAME.iloc[:3], FRAME.iloc[3:]],
        "function": lambda: iter([FRAME.iloc[:3], FRAME.iloc[3:]]),
    }


@pytest.mark.parametrize("kind", ["csv", "parquet", "folder", "dataset", "list", "function"])
def test_streams(folder: Path, kind: str) -> None:
    stream = stream_of(streams(folder)[kind])
    assert isinstance(stream, Chunks)
    assert stream.columns == ("g", "x", "k", "t")
    for _ in range(2):  # as often as it is asked for
        whole = pd.concat(stream.walk(("x", "g", "t")))
        pd.testing.assert_frame_equal(whole, FRAME[["x", "g", "t"]], check_dtype=False)
    total = stream.total(Length, ("x",))
    assert total is not None
    assert total.rows == 6
    with pytest.raises(ModelError, match="no column 'y'"):
        list(stream.walk(("y",)))


def test_partitions_are_counted_where_they_lie() -> None:
    stream = stream_of(dask_frame.from_pandas(FRAME, npartitions=3))
    assert stream is not None
    total = stream.total(Length, ("x",))
    assert total is not None
    assert total.rows == 6


def test_a_column_of_text_files_has_one_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "CHUNK", 2)
    texts = {"a": ["1", "2", "x", "4"], "b": ["1", "2", "3", ""], "c": ["1", "2", "3", "4"]}
    texts["d"] = ["True", "False", "", "True"]
    pd.DataFrame(texts).to_csv(tmp_path / "t.csv", index=False)
    stream = stream_of(tmp_path / "t.csv")
    assert isinstance(stream, Chunks)
    chunks = list(stream.walk(("a", "b", "c", "d")))
    whole = pd.concat(chunks)
    assert whole["a"].tolist() == ["1", "2", "x", "4"]
    assert {str(chunk["b"].dtype) for chunk in chunks} == {"float64"}
    assert {str(chunk["c"].dtype) for chunk in chunks} == {"int64"}
    assert whole["d"].dropna().tolist() == [True, False, True]
    assert whole.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "no data frame"),
        (iter([FRAME]), "once only"),
        ({"x": [1]}, "pandas.DataFrame"),
        (np.ones((2, 2)), "pandas.DataFrame"),
        (7, "Parquet or CSV"),
    ],
)
def test_what_is_no_frame_is_refused(data: object, says: str) -> None:
    assert stream_of(data) is None
    with pytest.raises(DataError, match=says):
        in_memory(data)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        stream_of(str(tmp_path / "none*.csv"))
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match="neither a Parquet nor a CSV"):
        stream_of(tmp_path / "a.txt")
    (tmp_path / "a.parquet").write_text("x")
    with pytest.raises(DataError, match="cannot be read"):
        stream_of(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("x;y\n1;2\n")
    with pytest.raises(DataError, match="parted by ';'"):
        stream_of(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n1,2,3\n")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        list(stream_of(tmp_path / "b.csv").walk(("x",)))  # type: ignore[union-attr]
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        stream_of(tmp_path / "empty.csv")
    (tmp_path / "c.csv").write_text("x,z\n1,2\n")
    with pytest.raises(DataError, match="other columns"):
        stream_of(str(tmp_path / "[bc].csv"))
    with pytest.raises(DataError, match="no pandas frames"):
        stream_of(lambda: iter([1]))
