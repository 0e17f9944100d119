"""Panels in JupyterLab: keys move them, and equation, picture and text follow."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from tests.fit.layered_models import layered

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"

KERNEL_IS_IDLE = """() => window.jupyterapp?.shell.currentWidget
    ?.sessionContext?.session?.kernel?.status === 'idle'"""
RUN_ALL = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); return null }"
EXECUTE = """async (code) => {
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    const future = kernel.requestExecute({ code });
    let said = '';
    future.onIOPub = (message) => { said += message.content.text ?? ''; };
    await future.done;
    return said;
}"""
SHUT_DOWN = "async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown() }"

# What the panel of a cell shows at the moment.
SHOWN = """(cell) => {
    const panel = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.mlm-panel');
    const all = (selector) => [...panel.querySelectorAll(selector)];
    return {
        picture: all('.mlm-mark path').map((one) => one.getAttribute('d')).join(),
        equation: panel.querySelector('.mlm-equation').innerHTML,
        text: panel.querySelector('.mlm-sentence').innerText,
        alt: all('[id$=-alt]').map((one) => one.textContent).join(),
        message: panel.querySelector('.mlm-message:not([hidden])')?.textContent ?? '',
    };
}"""
HAS_CHANGED = f"""([cell, before]) => {{
    const now = ({SHOWN})(cell);
    return ['picture', 'equation', 'text', 'alt'].every((name) => now[name] !== before[name]);
}}"""

# The keys that move each panel, and what they are pressed on.
SLIDER = "input[type=range]"
RADIO = ".mlm-controls input[type=radio]"
KEYS = {
    "icc": (SLIDER, ["ArrowRight"]),
    "shrinkage": (SLIDER, ["ArrowRight"]),
    "three_levels": (SLIDER, ["ArrowRight"]),
    "random_slopes": (SLIDER, ["ArrowRight"]),
    "centering": (RADIO, ["ArrowRight", "ArrowRight"]),
    "cross_level": (SLIDER, ["ArrowRight"]),
    "ladder": (RADIO, ["ArrowRight"]),
    "design_effect": (SLIDER, ["ArrowRight"]),
    "estimation": (SLIDER, ["PageUp"]),
    "averaging": (SLIDER, ["ArrowRight"]),
    "builder": (".mlm-press[aria-label^=minority]", ["Space"]),
}
VIEWS = ("linked", "three")  # fits of one grouping and of two
PLACES = (*KEYS, *VIEWS)  # on the page that needs no server
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SERIOUS = """async (selector) => {
    const found = await axe.run(selector);
    return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes[0].html}`);
}"""


def write_notebook(
    folder: Path, name: str, sources: list[str], shown: dict[str, str] | None = None
) -> None:
    """Write a notebook that has not been run, or whose cells have shown something."""
    output = {"output_type": "display_data", "metadata": {}, "data": shown}
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{place}",
            "metadata": {},
            "outputs": [output] if shown else [],
            "source": source,
        }
        for place, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def move(page: Any, cell: int, panel: str) -> None:
    """Press the keys of a panel, and wait until everything has changed."""
    selector, keys = KEYS[panel]
    before = page.evaluate(SHOWN, cell)
    assert before["message"] == ""
    page.locator(".jp-CodeCell").nth(cell).locator(selector).first.focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(HAS_CHANGED, arg=[cell, before], timeout=15_000)
    assert page.evaluate(SHOWN, cell)["message"] == ""


def test_keys_move_every_panel_with_a_kernel_and_without(
    page: Any, lab: str, lab_folder: Path
) -> None:
    """One notebook holds all panels, so that Lab and a kernel start but once."""
    page.set_viewport_size({"width": 1280, "height": 720})
    sources = [f"import mlmteach as mlm\np = mlm.explore.{panel}()\np" for panel in KEYS]
    write_notebook(lab_folder, "panels.ipynb", sources)
    page.goto(f"{lab}/lab/tree/panels.ipynb?reset")
    page.wait_for_function(KERNEL_IS_IDLE)
    page.evaluate(RUN_ALL)
    SCREENSHOTS.mkdir(exist_ok=True)
    for cell, panel in enumerate(KEYS):
        area = page.locator(".jp-CodeCell").nth(cell)
        area.locator(".mlm-panel svg").first.wait_for()
        page.wait_for_function(KERNEL_IS_IDLE)
        move(page, cell, panel)
        page.screenshot(path=SCREENSHOTS / f"panel_{panel}.png")
        area.locator(".mlm-panel").screenshot(path=SCREENSHOTS / f"only_{panel}.png")
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    assert page.evaluate(SERIOUS, ".mlm-panel") == []

    # the panel in the kernel, here that of the builder, follows the page
    page.wait_for_function(KERNEL_IS_IDLE)
    page.wait_for_timeout(1500)
    said = page.evaluate(EXECUTE, "print(p.model.formula)")
    assert said.strip() == "mathach ~ 1 + minority + ses + (1 | school)"

    # saved and opened again, nothing is missed and everything still moves
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.context.save() }")
    page.evaluate(SHUT_DOWN)
    saved = json.loads((lab_folder / "panels.ipynb").read_text(encoding="utf-8"))
    assert "widgets" not in saved["metadata"]
    kinds = {kind for c in saved["cells"] for o in c["outputs"] for kind in o.get("data", {})}
    assert kinds == {"text/plain", "text/html", "image/png"}
    page.goto(f"{lab}/lab/tree/panels.ipynb?reset")
    for cell, panel in enumerate(KEYS):
        page.locator(".jp-CodeCell").nth(cell).locator(".mlm-panel svg").first.wait_for()
        move(page, cell, panel)
    assert [one for one in page.errors if "Canceled future" not in one] == []


LOADED = "(picture) => picture.complete && picture.naturalWidth > 300"


def test_a_notebook_from_elsewhere_shows_a_picture_and_says_how_to_make_it_live(
    page: Any, lab: str, lab_folder: Path
) -> None:
    """JupyterLab runs no script of a notebook that was not run or trusted on this machine."""
    import mlmteach as mlm

    panel = mlm.explore.icc()
    sources = ["import mlmteach as mlm\nmlm.explore.icc()"] * 2
    write_notebook(lab_folder, "elsewhere.ipynb", sources, panel._repr_mimebundle_())
    page.goto(f"{lab}/lab/tree/elsewhere.ipynb?reset")
    shown = page.locator(".jp-OutputArea-output .mlm-panel")
    still = shown.filter(has_text="A live panel, shown as a picture.")
    still.nth(1).wait_for()
    assert "run this cell, or choose Trust Notebook" in still.first.inner_text()
    for paragraph in panel.sentence.split("\n\n"):
        assert paragraph in still.first.inner_text()
    assert still.first.locator("img").evaluate(LOADED)
    assert page.locator(".mlm-panel svg").count() == 0
    SCREENSHOTS.mkdir(exist_ok=True)
    still.first.screenshot(path=SCREENSHOTS / "not_trusted.png")

    # a cell that is run is live, the others stay as they are
    page.wait_for_function(KERNEL_IS_IDLE)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    shown.first.locator("svg").first.wait_for()
    assert still.count() == 1

    # after a run of all, the notebook is trusted, and is still so when it is opened again
    page.evaluate(RUN_ALL)
    shown.nth(1).locator("svg").first.wait_for()
    page.wait_for_function(KERNEL_IS_IDLE)
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.context.save() }")
    page.evaluate(SHUT_DOWN)
    page.goto(f"{lab}/lab/tree/elsewhere.ipynb?reset")
    for place in range(2):
        shown.nth(place).locator("svg").first.wait_for()
    assert still.count() == 0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write all panels into one page that needs no server."""
    import mlmteach as mlm

    page = tmp_path_factory.mktemp("site") / "panels.html"
    fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "sector + U"}).fit(
        mlm.load("hsb")
    )
    panels = {name: getattr(mlm.explore, name)() for name in KEYS}
    panels |= {"linked": fit.explore(), "three": layered("egsingle").explore()}
    sections = [
        f"<section id={name}><h2>{name}</h2>{panel._repr_mimebundle_()['text/html']}</section>"
        for name, panel in panels.items()
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page.write_text(
        f"<!doctype html><html lang=en><head>{head}<title>Panels</title></head><body><main>"
        f"<h1>Panels</h1>{''.join(sections)}</main></body></html>",
        encoding="utf-8",
    )
    assert page.stat().st_size < 3_000_000
    return page


def opened(page: Any, site: Path, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.as_uri())
    for name in PLACES:
        page.locator(f"#{name} .mlm-panel svg").first.wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


WORDS = ".mlm-sentence, .mlm-tip, .mlm-more details[open]"
LIT = f"""(name) => ['.mlm-equation', '.mlm-mark', '{WORDS}'].map((part) => {{
    const panel = document.querySelector(`#${{name}} .mlm-panel`);
    return part === '.mlm-mark' ? panel.querySelectorAll('.mlm-mark.mlm-lit').length
        : [...panel.querySelectorAll(part)].some((one) => one.querySelector('.mlm-lit')
            || (one.matches('.mlm-tip') && one.textContent));
}})"""


def test_pointing_at_a_symbol_lights_its_mark_and_its_words(page: Any, site: Path) -> None:
    opened(page, site)
    for name in PLACES:
        linked = page.evaluate(LINKED, name)
        assert linked, name
        symbol = f"#{name} .mlm-equation [data-symbol~='{linked[0]}']"
        page.locator(symbol).first.hover()
        assert all(page.evaluate(LIT, name)), (name, linked[0])
        page.mouse.move(1, 1)
        assert not any(page.evaluate(LIT, name)), name
        page.locator(symbol).first.focus()  # a button or the symbol itself
        assert all(page.evaluate(LIT, name)), name
        mark = page.locator(f"#{name} .mlm-mark[data-symbol~='{linked[0]}']").first
        mark.dispatch_event("pointerover")
        assert all(page.evaluate(LIT, name)), name
    assert page.errors == []


# The symbols that equation, picture and sentence of a panel have in common.
LINKED = """(name) => {
    const panel = document.querySelector(`#${name} .mlm-panel`);
    const of = (part) => {
        const found = panel.querySelectorAll(`${part}[data-symbol], ${part} [data-symbol]`);
        return new Set([...found].flatMap((one) => one.dataset.symbol.split(' ')));
    };
    const [marks, words] = [of('.mlm-mark'), of('.mlm-sentence')];
    for (const tag of of('.mlm-more')) words.add(tag);
    return [...of('.mlm-equation')].filter((tag) => marks.has(tag) && words.has(tag));
}"""


SAYS_ANOTHER_THING = """([name, before]) =>
    document.querySelector(`#${name} .mlm-sentence`).innerText !== before"""


def test_handles_are_dragged_and_moved_by_keys(page: Any, site: Path) -> None:
    opened(page, site)
    handles = page.locator(".mlm-handle")
    assert handles.count() >= 6
    names = page.evaluate("[...document.querySelectorAll('.mlm-handle')].map(h => h.ariaLabel)")
    assert all(names)
    for name in (
        *("icc", "random_slopes", "shrinkage", "design_effect"),
        *("estimation", "averaging", "cross_level"),
    ):
        area = page.locator(f"#{name}")
        handle = area.locator(".mlm-handle").first
        handle.scroll_into_view_if_needed()
        box = handle.locator(".mlm-spot").bounding_box()
        before = area.locator(".mlm-sentence").inner_text()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 25, y - 15, steps=4)
        page.mouse.up()
        page.wait_for_function(
            SAYS_ANOTHER_THING,
            arg=[name, before],
        )
        said = handle.get_attribute("aria-valuetext")
        handle.focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function(
            "([h, said]) => h.ariaValueText !== said", arg=[handle.element_handle(), said]
        )
    assert page.errors == []


def test_what_glides_shows_its_first_picture_at_once(page: Any, site: Path) -> None:
    opened(page, site)
    changed = """(radio) => {
        const panel = radio.closest('.mlm-panel');
        const shown = () => [...panel.querySelectorAll('.mlm-mark path')]
            .map((one) => one.getAttribute('d')).join();
        const before = shown();
        radio.click();
        return shown() !== before;
    }"""
    assert page.locator("#centering .mlm-radio input").nth(2).evaluate(changed)
    assert page.errors == []


# Words at the axes of a picture that leave it, lie on each other, or are too small to read.
MISPLACED = """() => [...document.querySelectorAll('.mlm-figure > svg')].flatMap((svg) => {
    const picture = svg.getBoundingClientRect();
    const all = [...svg.querySelectorAll('.mlm-frame text')];
    const boxes = all.map((one) => one.getBoundingClientRect());
    return all.flatMap((one, i) => {
        const [a, found] = [boxes[i], []];
        if (a.left < picture.left - 2 || a.right > picture.right + 2 || a.top < picture.top - 2
            || a.bottom > picture.bottom + 2 || parseFloat(getComputedStyle(one).fontSize) < 10)
            found.push(one.textContent);
        for (let j = 0; j < i; j++) {
            const b = boxes[j];
            if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
                found.push(`${one.textContent} on ${all[j].textContent}`);
        }
        return found;
    });
})"""


def test_words_in_a_picture_have_room_where_a_page_is_narrow(page: Any, site: Path) -> None:
    opened(page, site)
    for width in (1280, 850, 600, 400):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_timeout(300)
        assert page.evaluate(MISPLACED) == [], width


GROUND = """(ground) => {
    document.body.style.background = ground;
    document.body.style.color = ground === 'white' ? '#111' : 'white';
}"""


def test_pages_are_accessible_in_light_and_dark_and_on_a_phone(page: Any, site: Path) -> None:
    for width, ground in ((1280, "white"), (1280, "#111"), (400, "white")):
        opened(page, site, width)
        page.evaluate(GROUND, ground)
        page.wait_for_timeout(600)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        assert page.evaluate(SERIOUS, "main") == [], (width, ground)
        for name in PLACES if width == 1280 else ():
            fits = page.evaluate(
                """(name) => {
                    const panel = document.querySelector(`#${name}`);
                    const box = (part) => panel.querySelector(part).getBoundingClientRect();
                    const top = Math.min(box('.mlm-controls').top, box('.mlm-body').top);
                    return Math.max(box('.mlm-figure').bottom, box('.mlm-sentence').bottom) - top;
                }""",
                name,
            )
            assert fits < 600, f"{name} does not fit one screen: {fits}"


# Whether the words of a symbol can be seen in the list that scrolls.
IN_SIGHT = """([name, tag]) => {
    const list = document.querySelector(`#${name} .mlm-scroll`);
    const [box, words] = [list, list.querySelector(`[data-symbol~='${tag}']`)]
        .map((one) => one.getBoundingClientRect());
    return box.top <= words.top + 1 && words.bottom <= box.bottom + 1;
}"""


def test_equation_picture_and_words_of_a_fit_are_on_one_screen(page: Any, site: Path) -> None:
    opened(page, site)
    for name in VIEWS:
        assert page.locator(f"#{name} .mlm-panel").bounding_box()["height"] < 700
    assert not page.evaluate(IN_SIGHT, ["three", "gamma_101"])
    for tag in ("gamma_101", "gamma_000"):  # down, and up again
        page.locator(f"#three .mlm-equation [data-symbol='{tag}']").hover()
        assert page.evaluate(IN_SIGHT, ["three", tag])


def test_predict_then_reveal_and_reset(page: Any, site: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, site)
    area = page.locator("#icc")
    before = area.locator(".mlm-sentence").inner_text()
    area.locator("summary").first.click()
    area.get_by_label("It falls").check()
    area.get_by_role("button", name="Reveal").click()
    page.wait_for_function(
        "(before) => document.querySelector('#icc .mlm-sentence').innerText !== before", arg=before
    )
    assert area.locator(".mlm-answer").inner_text().startswith("Not quite.")
    area.get_by_role("button", name="Reset").click()
    page.wait_for_function(
        "(before) => document.querySelector('#icc .mlm-sentence').innerText === before", arg=before
    )
    # what is read out follows, once nothing moves
    status = area.locator("[role=status].mlm-hidden")
    page.wait_for_timeout(800)
    assert status.text_content().startswith(before.split("\n")[0][:30])


def test_a_panel_is_a_page_of_its_own(page: Any) -> None:
    """``mlmteach explore`` serves one panel, with Python behind what was not computed."""
    command = [sys.executable, "-m", "mlmteach", "explore", "builder", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().split()[4]
        page.goto(address)
        page.locator(".mlm-panel svg").first.wait_for()
        for press in ("minority: not in", "female: not in", "size: not in the equation of female"):
            before = page.locator(".mlm-equation").inner_text()
            page.locator(f".mlm-press[aria-label^='{press}']").first.press("Enter")
            page.wait_for_function(
                "(before) => document.querySelector('.mlm-equation').innerText !== before",
                arg=before,
            )
        assert page.locator(".mlm-message:visible").count() == 0
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        assert page.evaluate(SERIOUS, "html") == []
        page.screenshot(path=SCREENSHOTS / "page_builder.png")
        page.emulate_media(color_scheme="dark")
        page.locator(".mlm-panel[data-mlm-theme=dark]").wait_for()
        assert page.evaluate(SERIOUS, "html") == []

        # a server that is gone is told of, and what is there goes on
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
        page.locator(".mlm-press[aria-label^='U: not in the equation of minority']").click()
        page.locator(".mlm-message:visible").wait_for()
        assert "does not answer" in page.locator(".mlm-message").inner_text()
        page.get_by_role("button", name="Reset").click()
        page.wait_for_function("() => !document.querySelector('.mlm-message:not([hidden])')")
    finally:
        server.kill()
        _, errors = server.communicate()
    assert errors == ""
