"""How long a panel takes: from a key press to a changed picture, and how many pictures a drag gets.

``python -m benchmarks.bench_explore`` measures in JupyterLab, in Chromium, and computes how large
each panel is in a page; without Chromium, the sizes and the kernel's work alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from benchmarks.lab import jupyterlab, write_notebook

SLIDER, RADIO = ".mlm-controls input[type=range]", ".mlm-controls input[type=radio]"
# What is moved by keys in Lab, with the key that moves it there and the one that moves it back.
MOVES: dict[str, tuple[str, str, str]] = {
    "icc": (SLIDER, "ArrowRight", "ArrowLeft"),
    "shrinkage": (SLIDER, "ArrowRight", "ArrowLeft"),
    "three_levels": (SLIDER, "ArrowRight", "ArrowLeft"),
    "random_slopes": (SLIDER, "ArrowRight", "ArrowLeft"),
    "centering": (RADIO, "ArrowRight", "ArrowLeft"),
    "cross_level": (SLIDER, "ArrowRight", "ArrowLeft"),
    "ladder": (RADIO, "ArrowRight", "ArrowLeft"),
    "design_effect": (SLIDER, "ArrowRight", "ArrowLeft"),
    "estimation": (SLIDER, "ArrowRight", "ArrowLeft"),
    "averaging": (SLIDER, "ArrowRight", "ArrowLeft"),
    "builder": (".mlm-press[aria-label^=minority]", "Space", "Space"),
}
KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
    ?.sessionContext?.session?.kernel?.status === 'idle'"""
RUN_ALL = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); return null }"

# From the event of the key to the first frame that shows a changed picture.
WATCH = """(cell) => {
    const panel = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.mlm-panel');
    const shown = () => [...panel.querySelectorAll('.mlm-mark path')]
        .map((one) => one.getAttribute('d')).join();
    window.waited = null;
    document.addEventListener('keydown', () => {
        const start = performance.now();
        const before = shown();
        const look = () => {
            if (shown() !== before) {
                window.waited = performance.now() - start;
            } else if (performance.now() - start < 5000) {
                requestAnimationFrame(look);
            }
        };
        requestAnimationFrame(look);
    }, { capture: true, once: true });
}"""

# How many of the frames of two seconds show another picture than the one before them.
COUNT = """(cell) => {
    const panel = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.mlm-panel');
    const shown = () => [...panel.querySelectorAll('.mlm-mark path')]
        .map((one) => one.getAttribute('d')).join();
    let [before, pictures, start] = [shown(), 0, performance.now()];
    window.pictures = null;
    const look = () => {
        const now = shown();
        pictures += now !== before;
        before = now;
        if (performance.now() - start < 2000) requestAnimationFrame(look);
        else window.pictures = (1000 * pictures) / (performance.now() - start);
    };
    requestAnimationFrame(look);
}"""


def sizes() -> pd.DataFrame:
    """Kilobytes of each panel's program in a page, and milliseconds until the panel is there."""
    rows = []
    for name in MOVES:
        panel = getattr(mlm.explore, name)()
        start = time.perf_counter()
        program = json.dumps(panel.program(in_detail=False), ensure_ascii=False)
        taken = 1000 * (time.perf_counter() - start)
        packed = len(zlib.compress(program.encode(), 9)) * 4 / 3 / 1000
        whole = "all states" if panel.whole else "one move away"
        rows.append({"panel": name, "program kB": packed, "made in ms": taken, "holds": whole})
    return pd.DataFrame(rows)


@contextmanager
def browser() -> Iterator[Any]:
    """Open a page in Chromium."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--no-proxy-server"]
        )
        yield chromium.new_page(viewport={"width": 1280, "height": 1000})
        chromium.close()


def in_lab(rounds: int) -> pd.DataFrame:
    """Milliseconds from a key press to a changed picture, and pictures a second of a drag."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sources = [f"import mlmteach as mlm\nmlm.explore.{name}()" for name in MOVES]
        write_notebook(Path(folder) / "panels.ipynb", sources)
        with jupyterlab(Path(folder)) as url, browser() as page:
            page.goto(f"{url}/lab/tree/panels.ipynb?reset")
            page.wait_for_function(KERNEL_IS_IDLE, timeout=90_000)
            page.evaluate(RUN_ALL)
            for cell, name in enumerate(MOVES):
                area = page.locator(".jp-CodeCell").nth(cell)
                area.locator(".mlm-panel svg").first.wait_for(timeout=90_000)
                page.wait_for_function(KERNEL_IS_IDLE)
                times = keys(page, area, name, cell, rounds)
                rows.append(
                    {
                        "panel": name,
                        "key to picture, median ms": float(np.median(times)),
                        "95 % ms": float(np.percentile(times, 95)),
                        "dragged, pictures a second": drag(page, area, cell),
                    }
                )
    return pd.DataFrame(rows)


def keys(page: Any, area: Any, name: str, cell: int, rounds: int) -> list[float]:
    """Press a key again and again."""
    selector, there, back = MOVES[name]
    area.locator(selector).first.scroll_into_view_if_needed()
    times = []
    for number in range(rounds + 1):
        if selector != RADIO:
            area.locator(selector).first.focus()
        else:
            area.locator(f"{selector}:checked").first.focus()
        page.evaluate(WATCH, cell)
        page.keyboard.press(there if number % 2 == 0 else back)
        page.wait_for_function("() => window.waited !== null", timeout=10_000)
        times.append(float(page.evaluate("() => window.waited")))
        page.wait_for_timeout(30)
    return times[1:]


def drag(page: Any, area: Any, cell: int) -> float:
    """Drag the first handle about for two seconds; NaN, where there is none."""
    if not area.locator(".mlm-handle").count():
        return float("nan")
    handle = area.locator(".mlm-handle .mlm-spot").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(COUNT, cell)
    start = time.perf_counter()
    while time.perf_counter() - start < 2.1:
        turn = 3.0 * (time.perf_counter() - start)
        page.mouse.move(x + 40 * np.sin(turn), y + 30 * np.sin(1.3 * turn))
    page.mouse.up()
    page.wait_for_function("() => window.pictures !== null")
    return float(page.evaluate("() => window.pictures"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_explore", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    rounds = 8 if parser.parse_args().quick else 40
    print(sizes().to_string(index=False, float_format=lambda x: f"{x:.1f}"))
    if any(map(shutil.which, ("chromium", "chromium-browser"))):
        print(in_lab(rounds).to_string(index=False, float_format=lambda x: f"{x:.1f}"))


if __name__ == "__main__":
    main()
