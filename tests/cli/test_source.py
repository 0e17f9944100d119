"""Data that a command names."""

from pathlib import Path

import pytest

from mlmteach.cli import main
from mlmteach.cli.source import read_data
from mlmteach.errors import DataError


@pytest.mark.parametrize("content", ["", "a,b\n1\n1,2,3,4\n", "\xff\xfe\x00"])
def test_a_file_that_is_no_csv(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content.encode("latin-1"))
    assert main(["fit", str(path), "y ~ x", "--group", "g"]) == 1
    assert "Save it as CSV in UTF-8" in capsys.readouterr().err


def test_a_file_with_semicolons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.csv"
    path.write_text("y;x;g\n1;2;a\n", encoding="utf-8")
    assert main(["fit", str(path), "y ~ x + (1 | g)"]) == 1
    assert "parted by ';' instead of commas" in capsys.readouterr().err


def test_a_name_is_a_data_set_and_a_path_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_data("sleepstudy").attrs["codebook"].group == "Subject"
    Path("sleepstudy").write_text("a,b\n1,2\n")  # a file of that name goes first
    assert read_data("sleepstudy").to_dict("list") == {"a": [1], "b": [2]}
    Path("one.csv").write_text("only\n1\n2\n")
    assert read_data("one.csv")["only"].tolist() == [1, 2]


@pytest.mark.parametrize("source", ["no/such/file", "none.csv", "./hsb", "."])
def test_what_is_neither_lists_the_data_sets(source: str) -> None:
    with pytest.raises(DataError, match=r"There is no file.*one of the data sets .*hsb"):
        read_data(source)


def test_a_name_that_is_nearly_a_data_set_is_asked_for() -> None:
    with pytest.raises(DataError, match="Did you mean 'sleepstudy'"):
        read_data("sleepstud")


def test_tabs_are_told_from_commas(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("y\tx\n1\t2\n")
    with pytest.raises(DataError, match=r"parted by '\\t' instead of commas"):
        read_data(str(path))
