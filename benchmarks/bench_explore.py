"""How long a panel takes: to compute a move, and from a key press to changed pixels in Chromium.

``python -m benchmarks.bench_explore`` measures both; without Chromium, computing alone.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from benchmarks.lab import jupyterlab, write_notebook

# The control that is moved, and the values that it goes through; the key that moves it in Lab.
MOVES: dict[str, tuple[str, list[Any]]] = {
    "icc": ("tau2", [5.0, 10.0, 20.0]),
    "shrinkage": ("tau2", [5.0, 10.0, 20.0]),
    "random_slopes": ("origin", [-1.0, 0.0, 1.0]),
    "centering": ("way", ["raw", "grand mean", "group mean"]),
    "cross_level": ("moderator", [500.0, 1000.0, 1500.0]),
    "ladder": ("step", [1, 2, 3, 4]),
    "design_effect": ("icc", [0.1, 0.3, 0.5]),
    "estimation": ("sample", [1, 2, 3]),
    "averaging": ("tau2", [0.0, 4.0, 8.0]),
    "builder": ("use female", [True, False]),
}
KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
    ?.sessionContext?.session?.kernel?.status === 'idle'"""
RUN_ALL = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); return null }"

# From the event of the key to the first frame that shows a changed picture.
WATCH = """(cell) => {
    const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-OutputArea');
    const shown = () => area.querySelector('img[alt]')?.src;
    window.waited = null;
    document.addEventListener('keydown', () => {
        const start = performance.now();
        const before = shown();
        const look = () => {
            const now = shown();
            if (now && now !== before) {
                window.waited = performance.now() - start;
            } else if (performance.now() - start < 5000) {
                requestAnimationFrame(look);
            }
        };
        requestAnimationFrame(look);
    }, { capture: true, once: true });
}"""


def computing(rounds: int) -> dict[str, list[float]]:
    """Milliseconds that the kernel works at a move, by panel."""
    found = {}
    for name, (control, values) in MOVES.items():
        panel = getattr(mlm.explore, name)()
        times = []
        for number in range(rounds + 3):
            value = values[number % len(values)]
            if panel.controls[control].value == value:
                continue
            start = time.perf_counter()
            panel.controls[control].value = value
            times.append(1000 * (time.perf_counter() - start))
        panel.close()
        found[name] = times[2:]  # the first moves warm up
    return found


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


def key_to_pixels(rounds: int) -> dict[str, list[float]]:
    """Milliseconds from a key press to a changed picture in JupyterLab, by panel."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        sources = [f"import mlmteach as mlm\nmlm.explore.{name}()" for name in MOVES]
        write_notebook(Path(folder) / "panels.ipynb", sources)
        with jupyterlab(Path(folder)) as url, browser() as page:
            page.goto(f"{url}/lab/tree/panels.ipynb?reset")
            page.wait_for_function(KERNEL_IS_IDLE, timeout=90_000)
            page.evaluate(RUN_ALL)
            for cell, name in enumerate(MOVES):
                area = page.locator(".jp-CodeCell").nth(cell)
                area.locator(".jp-OutputArea img[alt]").wait_for(timeout=90_000)
                page.wait_for_function(KERNEL_IS_IDLE)
                found[name] = _moves(page, area, name, cell, rounds)
    return found


def _moves(page: Any, area: Any, name: str, cell: int, rounds: int) -> list[float]:
    label = {"builder": "female"}.get(name)
    control = area.get_by_label(label, exact=True) if label else area.locator("[role=slider]").first
    there, back = ("Space", "Space") if label else ("ArrowRight", "ArrowLeft")
    times = []
    for number in range(rounds + 1):
        control.focus()
        page.evaluate(WATCH, cell)
        page.keyboard.press(there if number % 2 == 0 else back)
        page.wait_for_function("() => window.waited !== null", timeout=10_000)
        times.append(float(page.evaluate("() => window.waited")))
        page.wait_for_function(KERNEL_IS_IDLE)
    return times[1:]


def measure(rounds: int) -> pd.DataFrame:
    """One row a panel: median and 95th percentile of computing and of key press to picture."""
    parts = {"computing": computing(rounds)}
    if any(map(shutil.which, ("chromium", "chromium-browser"))):
        parts["key to picture"] = key_to_pixels(rounds)
    rows = [
        {
            "panel": name,
            **{
                f"{part}, {kind}": float(np.percentile(found[name], share))
                for part, found in parts.items()
                for kind, share in (("median ms", 50), ("95 % ms", 95))
            },
        }
        for name in MOVES
    ]
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_explore", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    rounds = 8 if parser.parse_args().quick else 40
    print(measure(rounds).to_string(index=False, float_format=lambda x: f"{x:.1f}"))


if __name__ == "__main__":
    main()
