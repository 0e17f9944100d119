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

# What the panel of a cell shows at the moment.  MathJax writes its glyphs as attributes, so the
# equation is taken as markup.
SHOWN = """(cell) => {
    const area = document.querySelectorAll('.jp-CodeCell')[cell];
    const all = (selector) => [...area.querySelectorAll(`.jp-OutputArea ${selector}`)];
    return {
        picture: all('img').map((image) => image.src + image.alt).join(),
        equation: all('mjx-container').map((one) => one.innerHTML).join(),
        text: all('[role=status]').map((one) => one.innerText).join(),
        errors: all('mjx-merror, [role=alert]').length,
    };
}"""
HAS_CHANGED = f"""([cell, before]) => {{
    const now = ({SHOWN})(cell);
    return ['picture', 'equation', 'text'].every((name) => now[name] && now[name] !== before[name]);
}}"""

# The keys that move each panel, and what they are pressed on.
SLIDER = ".jp-OutputArea [role=slider]"
KEYS = {
    "icc": (SLIDER, ["ArrowRight"]),
    "shrinkage": (SLIDER, ["ArrowRight"]),
    "random_slopes": (SLIDER, ["ArrowRight"]),
    "centering": (SLIDER, ["ArrowRight", "ArrowRight"]),
    "cross_level": (SLIDER, ["ArrowRight"]),
    "ladder": (SLIDER, ["ArrowRight"]),
    "design_effect": (SLIDER, ["ArrowRight"]),
    "estimation": (SLIDER, ["PageUp"]),
    "averaging": (SLIDER, ["ArrowRight"]),
    "builder": ("", ["Space"]),
}


def write_notebook(folder: Path, name: str, sources: list[str]) -> None:
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{place}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for place, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def test_keys_move_every_panel(page: Any, lab: str, lab_folder: Path) -> None:
    """One notebook holds all panels, so that Lab and a kernel start but once."""
    page.set_viewport_size({"width": 1280, "height": 1100})
    sources = [f"import mlmteach as mlm\nmlm.explore.{panel}()" for panel in KEYS]
    write_notebook(lab_folder, "panels.ipynb", sources)
    page.goto(f"{lab}/lab/tree/panels.ipynb?reset")
    page.wait_for_function(KERNEL_IS_IDLE)
    page.evaluate(RUN_ALL)
    SCREENSHOTS.mkdir(exist_ok=True)
    for cell, (panel, (selector, keys)) in enumerate(KEYS.items()):
        area = page.locator(".jp-CodeCell").nth(cell)
        area.locator(".jp-OutputArea img[alt]").wait_for()
        area.locator(".jp-OutputArea mjx-container").first.wait_for()
        page.wait_for_function(KERNEL_IS_IDLE)
        before = page.evaluate(SHOWN, cell)
        assert before["errors"] == 0, panel
        if panel == "builder":  # a new predictor
            area.get_by_label("minority", exact=True).focus()
        else:
            area.locator(selector).first.focus()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function(HAS_CHANGED, arg=[cell, before], timeout=15_000)
        page.screenshot(path=SCREENSHOTS / f"panel_{panel}.png")
        area.locator(".jp-OutputArea-output").first.screenshot(
            path=SCREENSHOTS / f"only_{panel}.png"
        )
        assert page.evaluate(SHOWN, cell)["errors"] == 0, panel

    # in the builder, still the last cell: a symbol lights up in equation, table and picture
    before = page.evaluate(SHOWN, cell)
    area.locator(SLIDER).last.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(HAS_CHANGED, arg=[cell, before], timeout=15_000)
    area.locator("tr[aria-selected=true]").wait_for()
    page.screenshot(path=SCREENSHOTS / "panel_builder_lit.png")
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


def test_a_panel_is_a_page_of_its_own(page: Any, tmp_path: Path) -> None:
    """``mlmteach explore`` serves one panel through Voilà."""
    pytest.importorskip("voila")
    port = free_port()
    log = tmp_path / "log.txt"
    command = [sys.executable, "-m", "mlmteach", "explore", "icc", "--no-browser"]
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
