"""Panels in JupyterLab: keys move them, and equation, picture and text follow."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"

KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
    ?.sessionContext?.session?.kernel?.status === 'idle'"""
RUN_ALL = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); return null }"
SHUT_DOWN = "async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown() }"

# What a panel shows at the moment.  MathJax writes its glyphs as attributes, so the equation is
# taken as markup.
SHOWN = """() => {
    const all = (selector) => [...document.querySelectorAll(`.jp-OutputArea ${selector}`)];
    return {
        picture: all('img').map((image) => image.src + image.alt).join(),
        equation: all('mjx-container').map((one) => one.innerHTML).join(),
        text: all('[role=status]').map((one) => one.innerText).join(),
        errors: all('mjx-merror, [role=alert]').length,
    };
}"""
HAS_CHANGED = f"(before) => {{ const now = ({SHOWN})(); return before.every("
HAS_CHANGED += "([name, value]) => now[name] && now[name] !== value); }"

SLIDERS = {
    "icc": "ArrowRight",
    "shrinkage": "ArrowRight",
    "random_slopes": "ArrowRight",
    "cross_level": "ArrowRight",
    "ladder": "ArrowRight",
}


def write_notebook(folder: Path, name: str, source: str) -> None:
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "panel",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [cell],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def open_panel(page: Any, lab: str, folder: Path, panel: str) -> None:
    """Open a notebook with one panel, and wait until it shows its picture and its equation."""
    source = f"import mlmteach as mlm\nmlm.explore.{panel}()"
    write_notebook(folder, f"{panel}.ipynb", source)
    page.goto(f"{lab}/lab/tree/{panel}.ipynb?reset")
    page.wait_for_function(KERNEL_IS_IDLE)
    page.evaluate(RUN_ALL)
    page.wait_for_selector(".jp-OutputArea img[alt]")
    page.wait_for_selector(".jp-OutputArea mjx-container")
    page.wait_for_function(KERNEL_IS_IDLE)


def test_the_builder_follows_the_keyboard(page: Any, lab: str, lab_folder: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 1500})
    open_panel(page, lab, lab_folder, "builder")
    before = page.evaluate(SHOWN)
    page.get_by_label("minority", exact=True).focus()
    page.keyboard.press("Space")
    moved = [[name, before[name]] for name in ("equation", "text")]
    page.wait_for_function(HAS_CHANGED, arg=moved, timeout=10_000)
    before = page.evaluate(SHOWN)
    page.get_by_label("light up").focus()
    page.keyboard.press("ArrowDown")
    moved = [[name, before[name]] for name in ("equation", "text", "picture")]
    page.wait_for_function(HAS_CHANGED, arg=moved, timeout=10_000)
    page.wait_for_selector("tr[aria-selected=true]")
    page.screenshot(path=SCREENSHOTS / "panel_builder.png")
    assert page.evaluate(SHOWN)["errors"] == 0
    assert page.errors == []
    page.evaluate(SHUT_DOWN)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_page(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the page is served; tell what the server said when it is not."""
    direct = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            direct.open(f"{url}/voila/api/shutdown", timeout=5).close()
        except HTTPError:  # it answers, if only to refuse
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"The page was not served:\n{log.read_text(encoding='utf-8')}")


@pytest.mark.parametrize("panel", SLIDERS)
def test_keys_move_the_panel(page: Any, lab: str, lab_folder: Path, panel: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    open_panel(page, lab, lab_folder, panel)
    before = page.evaluate(SHOWN)
    assert before["errors"] == 0
    page.locator(".jp-OutputArea [role=slider]").first.focus()
    page.keyboard.press(SLIDERS[panel])
    moved = [[name, before[name]] for name in ("picture", "equation", "text")]
    page.wait_for_function(HAS_CHANGED, arg=moved, timeout=10_000)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"panel_{panel}.png")
    assert page.evaluate(SHOWN)["errors"] == 0
    assert page.errors == []
    page.evaluate(SHUT_DOWN)


def test_a_panel_is_a_page_of_its_own(page: Any, tmp_path: Path) -> None:
    """``mlmteach explore`` serves one panel through Voilà."""
    pytest.importorskip("voila")
    port = free_port()
    log = tmp_path / "log.txt"
    command = [sys.executable, "-m", "mlmteach.cli", "explore", "icc", "--no-browser"]
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Voilà's page asks other hosts for fonts, which the panel does not need.
    others = re.compile(r"^https?://(?!127\.0\.0\.1)")
    page.route(others, lambda route: route.fulfill(status=200, body=""))
    try:
        wait_for_page(f"http://127.0.0.1:{port}", server, log)
        page.goto(f"http://127.0.0.1:{port}")
        page.wait_for_selector("[role=slider]")
        page.wait_for_selector("mjx-container")
        picture = page.locator("img[alt]").get_attribute("alt")
        page.locator("[role=slider]").first.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "(before) => document.querySelector('img[alt]').alt !== before", arg=picture
        )
        page.screenshot(path=SCREENSHOTS / "page_icc.png")
        assert page.locator("[role=status]").inner_text().strip()
        assert "\n".join(page.errors) == ""
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=30)
    assert "Traceback" not in log.read_text(encoding="utf-8")
