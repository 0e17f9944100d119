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

# A handle that is held is moved before each frame of two seconds: how many of them show another
# picture than the one before them, and how long the script takes for one.
DRAG = """([cell, x, y]) => {
    const panel = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.mlm-panel');
    const handle = panel.querySelector('.mlm-handle');
    const shown = () => [...panel.querySelectorAll('.mlm-mark path')]
        .map((one) => one.getAttribute('d')).join();
    let [before, pictures, script, start] = [shown(), 0, [], performance.now()];
    window.dragged = null;
    const frame = () => {
        const now = shown();
        pictures += now !== before;
        before = now;
        const begin = performance.now();
        const turn = (6 * (begin - start)) / 1000;
        handle.dispatchEvent(new PointerEvent('pointermove', {
            clientX: x + 40 * Math.sin(turn), clientY: y + 30 * Math.sin(1.3 * turn),
        }));
        script.push(performance.now() - begin);
        if (begin - start < 2000) requestAnimationFrame(frame);
        else window.dragged = [(1000 * pictures) / (begin - start), script];
    };
    requestAnimationFrame(frame);
}"""
TO_THE_MIDDLE = """(panel) => {
    for (const slider of panel.querySelectorAll('.mlm-controls input[type=range]')) {
        slider.value = (Number(slider.min) + Number(slider.max)) / 2;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }
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
                pictures, script = drag(page, area, cell)
                rows.append(
                    {
                        "panel": name,
                        "key to picture, median ms": float(np.median(times)),
                        "95 % ms": float(np.percentile(times, 95)),
                        "dragged, pictures a second": pictures,
                        "script for one, ms": script,
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


def drag(page: Any, area: Any, cell: int) -> tuple[float, float]:
    """Drag the first handle about; return pictures a second, and milliseconds of script for one.

    It starts where all sliders are in the middle, and is so fast that nearly every frame asks for
    another picture: at an end of its range, or within a step, a handle has none to show.
    """
    if not area.locator(".mlm-handle").count():
        return float("nan"), float("nan")
    area.locator(".mlm-panel").evaluate(TO_THE_MIDDLE)
    handle = area.locator(".mlm-handle .mlm-spot").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(DRAG, [cell, x, y])
    page.wait_for_function("() => window.dragged !== null")
    page.mouse.up()
    pictures, script = page.evaluate("() => window.dragged")
    return float(pictures), float(np.median(script))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_explore", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    rounds = 8 if parser.parse_args().quick else 40
    print(sizes().to_string(index=False, float_format=lambda x: f"{x:.1f}"))
    if any(map(shutil.which, ("chromium", "chromium-browser"))):
        print(in_lab(rounds).to_string(index=False, float_format=lambda x: f"{x:.1f}"))


if __name__ == "__main__":
    main()
