"""``mlmteach explore``: what it writes and what it refuses."""

import json
from pathlib import Path

import pytest

import mlmteach as mlm
from mlmteach.cli import main
from mlmteach.cli.explore_command import PANELS, WITH_DATA, notebook
from mlmteach.errors import DataError, OptionError


def test_every_panel_can_be_opened() -> None:
    assert set(PANELS) == set(mlm.explore.__all__) - {"Panel"}
    for name in PANELS:
        (cell,) = json.loads(notebook(name))["cells"]
        assert f"mlm.explore.{name}()" in "".join(cell["source"])


@pytest.mark.parametrize("panel", WITH_DATA)
def test_the_cell_runs_with_data_of_ones_own(tmp_path: Path, panel: str) -> None:
    path = tmp_path / "it's mine.csv"
    mlm.load("hsb").head(600).to_csv(path, index=False)
    (cell,) = json.loads(notebook(panel, str(path), group="school"))["cells"]
    *before, last = "".join(cell["source"]).split("\n")
    names: dict[str, object] = {}
    exec("\n".join([*before, f"panel = {last}"]), names)
    assert names["panel"].message.value == ""  # type: ignore[attr-defined]


def test_what_cannot_be_opened_is_told() -> None:
    with pytest.raises(OptionError, match="Did you mean 'shrinkage'"):
        notebook("shrinkge")
    with pytest.raises(OptionError, match="takes no data"):
        notebook("icc", "hsb")
    with pytest.raises(OptionError, match="Did you mean 'school'"):
        notebook("builder", "hsb", group="schol")
    with pytest.raises(DataError, match="no file"):
        notebook("builder", "nowhere.csv")


def test_the_command_ends_with_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "shrinkge"]) == 1
    assert "Did you mean 'shrinkage'" in capsys.readouterr().err


def test_help_lists_the_panels(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explore", "--help"])
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in PANELS)


def test_a_file_without_named_groups_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    mlm.load("hsb").head(100).to_csv(path, index=False)
    with pytest.raises(OptionError, match="--group school"):
        notebook("builder", str(path))
