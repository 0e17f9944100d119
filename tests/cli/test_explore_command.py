"""``mlmteach explore``: what it serves and what it refuses."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

import mlmteach as mlm
from mlmteach.cli import main
from mlmteach.cli.explore_command import PANELS, WITH_DATA, PanelServer, open_panel
from mlmteach.errors import DataError, OptionError


@contextmanager
def served(panel: str) -> Iterator[PanelServer]:
    server = PanelServer(open_panel(panel))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(server: PanelServer, path: str, message: object = None) -> bytes:
    body = None if message is None else json.dumps(message).encode()
    opener = build_opener(ProxyHandler({}))
    with opener.open(Request(f"{server.address}/{path}", data=body), timeout=30) as answer:
        return bytes(answer.read())


def test_every_panel_has_its_line() -> None:
    assert set(PANELS) == set(mlm.explore.__all__) - {"Panel"}


def test_a_panel_is_served_with_python_behind_it() -> None:
    with served("builder") as server:
        panel = server.panel
        page = ask(server, "").decode()
        named = re.search(r'data-mlm="(\w+)"', page)
        assert named
        assert f'new Map([["{named[1]}"' in page
        values = {name: c.written(panel.values[name]) for name, c in panel.controls.items()}
        moved = {**values, "use minority": 1, "U ses": 1}
        (answer,) = json.loads(ask(server, "answers", {"values": moved, "ask": "here"}))
        assert answer["asked"] == "here"
        assert panel.state.random == ("intercept", "ses")
        assert json.loads(ask(server, "ahead?0"))["part"]["scenes"]
        for path, message in (("nowhere", None), ("answers", {"values": {"x": 1}})):
            with pytest.raises(HTTPError):
                ask(server, path, message)


@pytest.mark.parametrize("panel", WITH_DATA)
def test_a_panel_opens_on_data_of_ones_own(tmp_path: Path, panel: str) -> None:
    path = tmp_path / "it's mine.csv"
    mlm.load("hsb").head(600).to_csv(path, index=False)
    assert open_panel(panel, str(path), group="school").sentence


def test_what_cannot_be_opened_is_told() -> None:
    with pytest.raises(OptionError, match="Did you mean 'shrinkage'"):
        open_panel("shrinkge")
    with pytest.raises(OptionError, match="takes no data"):
        open_panel("icc", "hsb")
    with pytest.raises(OptionError, match="Did you mean 'school'"):
        open_panel("builder", "hsb", group="schol")
    with pytest.raises(DataError, match="no file"):
        open_panel("builder", "nowhere.csv")


def test_the_command_ends_with_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "shrinkge"]) == 1
    assert "Did you mean 'shrinkage'" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with served("icc") as server:
        taken = str(server.server_port)
        assert main(["explore", "icc", "--no-browser", "--port", taken]) == 1
        assert f"Port {taken} cannot be used: Address already" in capsys.readouterr().err
    assert main(["explore", "icc", "--no-browser", "--port", "99999"]) == 1
    assert "Port 99999 cannot be used: ports are from 0 to 65535" in capsys.readouterr().err


def test_help_lists_the_panels(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explore", "--help"])
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in PANELS)


def test_a_file_without_named_groups_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    mlm.load("hsb").head(100).to_csv(path, index=False)
    with pytest.raises(OptionError, match="--group school"):
        open_panel("builder", str(path))
