"""A JupyterLab server and a Chromium for the browser tests."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 90

# Every cell is in the page, and nothing asks for attention.
LAB_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where the browser is promised, as in continuous integration, a skip is a failure."""
    report = yield
    if report.skipped and os.environ.get("MLMTEACH_REQUIRE_BROWSER"):
        report.outcome = "failed"
        report.longrepr = f"{report.longrepr}\nA skip is a failure here: the browser is required."
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start Chromium, which the system has to bring."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("No Chromium found. On Debian and Ubuntu: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason='pip install ".[test]"')
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--no-proxy-server"]
        )
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; tell what it said when it does not."""
    direct = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            direct.open(f"{url}/api/status", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the lessons to the folder that JupyterLab shows."""
    folder = tmp_path_factory.mktemp("lab") / "lessons"
    shutil.copytree(ROOT / "lessons", folder, ignore=shutil.ignore_patterns(".*", "src"))
    return folder


@pytest.fixture(scope="session")
def lab(chromium: Any, lab_folder: Path) -> Iterator[str]:
    """Start JupyterLab on a copy of the lessons, and return its address.

    It asks for Chromium first: without one, no server is started for nothing.
    """
    lessons, home = lab_folder, lab_folder.parent
    for name, settings in LAB_SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")

    # Kernels choose their own backend for figures; nobody's own set-up plays a part.
    env = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    env |= {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "share"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    port, log = free_port(), home / "log.txt"
    command = [
        *(sys.executable, "-m", "jupyterlab", str(lessons), "--no-browser"),
        *("--LabApp.expose_app_in_browser=True", "--IdentityProvider.token="),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """Open an empty page that collects the errors of its console in `page.errors`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1600})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
    yield page
    context.close()
