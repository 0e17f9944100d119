"""Every lesson opens in JupyterLab, runs, and shows what it should."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))
SCREENSHOTS = Path(__file__).parent / "screenshots"
MILLISECONDS_TO_RUN = 120_000

KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
    ?.sessionContext?.session?.kernel?.status === 'idle'"""

# Each gives null: what a command of JupyterLab returns cannot leave the page.
CLEAR = "async () => { await jupyterapp.commands.execute('editmenu:clear-all'); return null }"
RUN_ALL = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); return null }"
SHUT_DOWN = "async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown() }"

# The cells that contain code, with the number that running gave them and their errors.
CELLS = """jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code' && cell.model.sharedModel.source.trim())
    .map(cell => ({
        source: cell.model.sharedModel.source,
        count: cell.model.executionCount,
        errors: cell.model.outputs.toJSON().filter(output => output.output_type === 'error')
            .map(output => `${output.ename}: ${output.evalue}`),
    }))"""
HAS_RUN = f"""() => {{
    const cells = {CELLS};
    return cells.every(cell => cell.count) || cells.some(cell => cell.errors.length);
}}"""


def open_lesson(page: Any, lab: str, name: str) -> None:
    page.goto(f"{lab}/lab/tree/{name}?reset")
    page.wait_for_function(KERNEL_IS_IDLE)


def mathematics(path: Path) -> int:
    """Count the displayed equations of a notebook, in its text and in its outputs."""
    cells = nbformat.read(path, 4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts += [output.get("data", {}).get("text/markdown", "") for output in outputs]
    return sum(text.count("$$") // 2 for text in texts)


def picture(page: Any, name: str) -> None:
    """Take a picture of the whole notebook, or of the page where there is none."""
    panel = page.locator(".jp-Notebook .jp-WindowedPanel-outer")
    if panel.count():
        height = panel.evaluate("panel => panel.scrollHeight")
        page.set_viewport_size({"width": 1280, "height": min(height + 150, 15_000)})
        panel.evaluate("panel => { panel.scrollTop = 0 }")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_jupyterlab_opens_with_the_lessons(page: Any, lab: str) -> None:
    page.goto(f"{lab}/lab?reset")
    page.wait_for_selector(".jp-Launcher")
    page.wait_for_selector(".jp-DirListing-item[title*='README.md']")
    picture(page, "jupyterlab")
    assert page.errors == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs(page: Any, lab: str, path: Path) -> None:
    open_lesson(page, lab, path.name)
    page.evaluate(CLEAR)
    assert not any(cell["count"] for cell in page.evaluate(f"() => {CELLS}"))

    page.evaluate(RUN_ALL)
    page.wait_for_function(HAS_RUN, timeout=MILLISECONDS_TO_RUN)
    page.wait_for_function(KERNEL_IS_IDLE)
    cells = page.evaluate(f"() => {CELLS}")
    assert cells
    assert [(cell["source"], cell["errors"]) for cell in cells if cell["errors"]] == []

    equations = mathematics(path)
    if equations:
        page.wait_for_selector(".jp-Notebook mjx-container")
    assert page.locator(".jp-Notebook mjx-merror").count() == 0
    assert page.locator(".jp-Notebook mjx-container").count() >= equations
    told = page.locator(".jp-OutputArea-output details")
    if any(cell["source"].endswith(".interpret()") for cell in cells):
        told.nth(1).wait_for(state="attached")  # the sentences after the first are folded
        assert not told.first.locator("p").first.is_visible()
        told.first.locator("summary").click()
        assert told.first.locator("p").first.is_visible()
    picture(page, path.stem)
    assert page.errors == []
    page.evaluate(SHUT_DOWN)
