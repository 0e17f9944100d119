"""The data sets: counts, types, checksums and errors."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd
import pytest

from mlmteach.data import datasets, load
from mlmteach.errors import CodebookError, DataError

TOP = Path(__file__).parents[2]

# Counts printed in the sources: nlme's MathAchieve, MathAchSchool, Orthodont, Machines and Oats,
# mlmRev's Exam, Contraception, ScotsSec and egsingle, lme4's sleepstudy, Dyestuff, Pastes, Penicillin, cbpp, grouseticks and VerbAgg.
COUNTS = {
    "hsb": (7185, 160),
    "exam": (4059, 65),
    "sleepstudy": (180, 18),
    "orthodont": (108, 27),
    "dyestuff": (30, 6),
    "dyestuff2": (30, 6),
    "pastes": (60, 10),
    "penicillin": (144, 24),
    "cbpp": (56, 15),
    "grouseticks": (403, 118),
    "contraception": (1934, 60),
    "verbagg": (7584, 316),
    "machines": (54, 6),
    "oats": (72, 6),
    "scotssec": (3435, 148),
    "egsingle": (7230, 1721),
}


def test_every_data_set_is_listed_with_a_title() -> None:
    assert set(datasets()) == set(COUNTS)
    assert all(title and title != name for name, title in datasets().items())


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    frame = load(name)
    codebook = frame.attrs["codebook"]
    assert (len(frame), frame[codebook.group].nunique()) == COUNTS[name]
    document = codebook.to_dict()
    assert (document["rows"], document["groups"]) == COUNTS[name]
    assert list(codebook) == list(frame.columns)
    assert not frame.isna().to_numpy().any()


def test_first_and_last_row_of_hsb() -> None:
    # R: head(MathAchieve, 1); tail(MathAchieve, 1)
    hsb = load("hsb")
    first, last = hsb.iloc[0], hsb.iloc[-1]
    assert (first["school"], first["ses"], first["mathach"]) == (1224, -1.528, 5.876)
    assert (last["school"], last["ses"], last["mathach"]) == (9586, 0.792, 22.733)
    # 90 public and 70 Catholic schools
    assert hsb.drop_duplicates("school")["sector"].value_counts().to_dict() == {0: 90, 1: 70}


def test_categories_come_in_the_order_of_the_codebook() -> None:
    exam = load("exam")
    assert list(exam["sex"].cat.categories) == ["M", "F"]
    assert list(exam["schgend"].cat.categories) == ["girls", "mixed", "boys"]
    assert list(exam["type"].cat.categories) == ["Mxd", "Sngl"]
    assert exam["school"].dtype == "int64"


# A small data set in a folder of its own, to be damaged ------------------------------------------
TOML = """
name = "tiny"
group = "g"
sha256 = "{sha256}"
[columns.g]
kind = "identifier"
dtype = "integer"
[columns.x]
dtype = "{dtype}"
{more}
"""


@pytest.fixture
def tiny(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(csv: str, dtype: str = "number", more: str = "") -> Path:
        (tmp_path / "tiny.csv").write_text(csv, encoding="utf-8")
        sha256 = hashlib.sha256(csv.encode()).hexdigest()
        toml = TOML.format(sha256=sha256, dtype=dtype, more=more)
        (tmp_path / "tiny.toml").write_text(toml, encoding="utf-8")
        return tmp_path

    return write


def test_a_folder_of_ones_own(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,2\n1,NA\n2,\n")
    frame = load("tiny", folder=folder)
    assert frame["x"].dtype == "float64"
    assert frame["x"].isna().tolist() == [False, True, True]
    assert datasets(folder=folder) == {"tiny": "tiny"}


def test_text_that_looks_missing_stays(tiny) -> None:  # type: ignore[no-untyped-def]
    frame = load("tiny", folder=tiny("g,x\n1,None\n1,null\n", dtype="text"))
    assert frame["x"].tolist() == ["None", "null"]


def test_text_that_looks_like_numbers(tiny) -> None:  # type: ignore[no-untyped-def]
    more = 'categories = ["2", "1"]'
    frame = load("tiny", folder=tiny("g,x\n1,1\n1,2\n", dtype="text", more=more))
    assert frame["x"].tolist() == ["1", "2"]
    assert list(frame["x"].cat.categories) == ["2", "1"]


def test_unknown_name_suggests_and_lists() -> None:
    with pytest.raises(DataError, match="Did you mean 'sleepstudy'") as caught:
        load("sleep_study")
    assert "hsb" in caught.value.remedy
    assert "exam" in caught.value.remedy


def test_name_is_no_path() -> None:
    with pytest.raises(DataError, match="There is no data set"):
        load("../data/hsb")


def test_missing_file(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,2\n")
    (folder / "tiny.csv").unlink()
    with pytest.raises(DataError, match=r"tiny\.csv .* is missing.*Install mlmteach again"):
        load("tiny", folder=folder)


def test_damaged_file(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,2\n")
    (folder / "tiny.csv").write_text("g,x\n1,3\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"damaged.*Install mlmteach again"):
        load("tiny", folder=folder)


@pytest.mark.parametrize(
    ("csv", "dtype", "message"),
    [
        ("g,x\n1,2\n1,abc\n", "number", "'x' .* does not hold numbers: row 2 has 'abc'"),
        ("g,x\n1,2\n1,2.5\n", "integer", "'x' .* does not hold whole numbers: row 2 has"),
        ("g,x\na,2\n1,2\n", "number", "'g' .* does not hold whole numbers: row 1 has 'a'"),
        ("g,x\n1,2\n", "boolean", "'x' .* does not hold true and false"),
    ],
)
def test_column_of_the_wrong_type(tiny, csv: str, dtype: str, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=message):
        load("tiny", folder=tiny(csv, dtype=dtype))


def test_value_outside_the_categories(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,a\n1,c\n", dtype="text", more='categories = ["a", "b"]')
    with pytest.raises(DataError, match=r"'x' .* the value 'c' in row 2.*'a', 'b'"):
        load("tiny", folder=folder)


def test_column_without_entry(tiny) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CodebookError, match=r"no entry for 'z' of tiny\.csv"):
        load("tiny", folder=tiny("g,x,z\n1,2,3\n"))


def test_entry_without_column(tiny) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CodebookError, match=r"describes 'x', which tiny\.csv does not have"):
        load("tiny", folder=tiny("g\n1\n"))


def test_no_checksum(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,2\n")
    toml = folder / "tiny.toml"
    toml.write_text(toml.read_text().replace("sha256", "# sha256"))
    with pytest.raises(CodebookError, match="no checksum"):
        load("tiny", folder=folder)


def test_broken_toml(tiny) -> None:  # type: ignore[no-untyped-def]
    folder = tiny("g,x\n1,2\n")
    (folder / "tiny.toml").write_text("name = ")
    with pytest.raises(CodebookError, match=r"tiny\.toml cannot be read"):
        load("tiny", folder=folder)


def test_empty_csv(tiny) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match="no readable CSV"):
        load("tiny", folder=tiny(""))


def test_files_inside_the_package_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # So they lie when a wheel is installed.
    package = tmp_path / "mlmteach" / "data"
    (package / "files").mkdir(parents=True)
    content = {file: (TOP / "data" / file).read_bytes() for file in ("exam.csv", "exam.toml")}
    monkeypatch.setattr(
        sys.modules["mlmteach.data.datasets"], "__file__", str(package / "datasets.py")
    )
    with pytest.raises(DataError, match="data files of mlmteach are missing"):
        datasets()
    for file, text in content.items():
        (package / "files" / file).write_bytes(text)
    assert set(datasets()) == {"exam"}
    assert len(load("exam")) == 4059


def test_frames_are_independent() -> None:
    one, two = load("sleepstudy"), load("sleepstudy")
    one.loc[0, "Days"] = 99
    pd.testing.assert_frame_equal(two, load("sleepstudy"))
