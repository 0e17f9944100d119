"""The site in Chromium, as a file and from a plain server, with the network off."""

import re
import shutil
import threading
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from mlmteach.course import lessons_folder
from mlmteach.exercises.catalogue import find
from mlmteach.site.build import build_site, print_page
from tests.site.conftest import notebook

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"
LESSONS = ("02", "05")
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
LONG = "05_cross_level_interactions"
FIRST_PAGE = 1_000_000  # bytes


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a lecturer's selection once: two lessons, and two notebooks of their own."""
    place = tmp_path_factory.mktemp("site")
    folder, source = place / "public", place / "notebooks"
    source.mkdir()
    for path in lessons_folder().glob("*.ipynb"):
        if path.name.startswith(LESSONS):
            shutil.copy(path, source)
    nbformat.write(notebook(), source / "07_lesson.ipynb")
    bring_own(source)
    complaints = build_site(folder, title="My course", source=source, decks=True)
    assert complaints == ()
    return folder


def bring_own(source: Path) -> None:
    """Write a notebook with an odd name, no heading of its own, pictures and links."""
    (source / "scores.csv").write_text("x\n1\n")
    (source / "dot.svg").write_text(DOT)
    told = nbformat.v4.new_markdown_cell(
        "![attached](attachment:a%20dot.svg) ![beside](dot.svg) [data](scores.csv) "
        "[lesson](07_lesson.ipynb) [me](<Was ist das? (#1).ipynb>)\n\n```{note}\nplain\n```\n\n"
        "A <b>slip and\n\n## The rest\n\nof it."
    )
    told["attachments"] = {"a dot.svg": {"image/svg+xml": b64encode(DOT.encode()).decode()}}
    nbformat.write(nbformat.v4.new_notebook(cells=[told]), source / "Was ist das? (#1).ipynb")


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Serve the site from a folder below the root of a server."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{site.name}"
    server.shutdown()
    server.server_close()


class Found(HTMLParser):
    """The links, files and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.files: list[str] = []
        self.ids: set[str] = set()
        self.without_alt = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        if tag in ("img", "script", "source") and values.get("src"):
            self.files.append(str(values["src"]))
        if tag == "link" and values.get("href"):
            self.files.append(str(values["href"]))
        self.without_alt += tag == "img" and not values.get("alt")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Found]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        found[path] = Found()
        found[path].feed(path.read_text(encoding="utf-8"))
    return found


def test_no_link_is_broken_and_no_file_is_missing(site: Path, pages: dict[Path, Found]) -> None:
    assert len(pages) > 25
    broken = []
    for path, page in pages.items():
        assert page.without_alt == 0, path
        for link in [*page.links, *page.files]:
            target, place = urldefrag(link)
            parts = urlsplit(target)
            if parts.scheme:
                assert link not in page.files or parts.scheme == "data", (path, link)
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[file].ids if file in pages else set()
            if not file.is_file() or (place and file in pages and unquote(place) not in known):
                broken.append((path.name, link))
    assert broken == []


def test_a_lesson_is_what_its_notebook_shows(site: Path) -> None:
    text = (site / "lessons" / "02_null_model.html").read_text(encoding="utf-8")
    assert "<title>2 · The null model - My course</title>" in text
    assert (site / "lessons" / "02_null_model.ipynb").is_file()
    assert "mybinder" not in text
    bare = re.sub(r"<(pre|code|script|annotation)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\$[^<>]*\\|\\[a-z]+\{", bare)  # every formula is typeset
    assert bare.count("<math") > 50
    assert "01_why_multilevel.html" not in text  # it was not chosen, so nothing leads to it


@pytest.fixture
def quiet(page: Any) -> Any:
    """Open a page that has no network, and note what it asks for."""
    page.asked = []
    page.context.set_offline(False)
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def settle(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")


def from_outside(page: Any, base: str) -> list[str]:
    return [url for url in page.asked if not url.startswith((base, "data:"))]


@pytest.mark.parametrize("way", ["file", "server"])
def test_pages_open_without_a_network(quiet: Any, site: Path, address: str, way: str) -> None:
    base = site.as_uri() if way == "file" else address
    for name in (
        "index",
        "lessons/05_cross_level_interactions",
        "glossary",
        "data/hsb",
        "api/plot",
    ):
        settle(quiet, f"{base}/{name}.html")
        assert quiet.locator("h1").count() == 1
    assert from_outside(quiet, base) == []
    assert quiet.errors == []


def test_what_a_notebook_shows_is_live_without_a_kernel(quiet: Any, site: Path) -> None:
    for name in ("lessons/07_lesson.html", "slides/07_lesson.html"):
        settle(quiet, (site / name).as_uri())
        assert quiet.locator("#live").text_content() == "moved"
    assert quiet.errors == []


def test_a_notebook_of_ones_own_brings_its_pictures(quiet: Any, site: Path) -> None:
    for folder in ("lessons", "slides"):
        settle(quiet, (site / folder / "Was ist das- (-1).html").as_uri())
        assert quiet.title().startswith("Was ist das? (#1)")
        assert quiet.locator("h1").inner_text() == "Was ist das? (#1)"
        shown = "[...document.images].filter((one) => !one.closest('.notes'))"
        drawn = f"{shown}.map((one) => one.decode().then(() => one.naturalWidth))"
        assert quiet.evaluate(f"Promise.all({drawn})") == [9, 9]
        if folder == "slides":
            assert quiet.locator(".slides > section").count() == quiet.locator("section").count()
    assert quiet.errors == []


def test_a_lesson_is_printed(chromium: Any, site: Path, tmp_path: Path) -> None:
    print_page(site / "lessons" / "02_null_model.html", tmp_path)
    printed = (tmp_path / "02_null_model.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 5


def test_the_first_page_is_light(quiet: Any, address: str) -> None:
    sizes: list[int] = []
    quiet.on("response", lambda response: sizes.append(len(response.body())))
    settle(quiet, f"{address}/lessons/02_null_model.html")
    assert 50_000 < sum(sizes) < FIRST_PAGE


@pytest.mark.parametrize("way", ["file", "server"])
def test_search_finds_a_lesson(quiet: Any, site: Path, address: str, way: str) -> None:
    base = site.as_uri() if way == "file" else address
    settle(quiet, f"{base}/search.html?q=caterpillar")
    quiet.locator("#search-results li a", has_text="2 · The null model").wait_for()
    assert from_outside(quiet, base) == []
    assert quiet.errors == []


def test_answers_are_checked_on_the_page(quiet: Any, site: Path) -> None:
    settle(quiet, f"{site.as_uri()}/lessons/02_null_model.html")
    tau2 = find("2.1").work().expected["value"]
    exercise = quiet.locator(".exercise", has=quiet.locator("[data-key*='\"2.1\"']"))
    field, verdict = exercise.locator("input"), exercise.locator("[role=status]")
    for typed, said in (
        ("", "Not attempted"),
        ("a sixth", "This is no number"),
        (f"{tau2:.3f}", "Correct"),
        (f"{tau2:.6f}", "Correct"),
        (f"{tau2:.2f}", "Give a digit more"),
        (f"{tau2**0.5:.3f}", "This is the standard deviation"),
        (f"{tau2 + 0.01:.3f}", "This is not what is asked for"),
        (f"−{tau2:.3f}", "the sign is not"),
    ):
        field.fill(typed)
        field.press("Enter")
        assert said in verdict.inner_text(), typed
    choice = quiet.locator(".exercise", has=quiet.locator("[data-key*='\"2.5\"']"))
    for letter, said in (("b", "the other way round"), ("c", "Correct")):
        choice.locator(f"input[value={letter}]").check()
        choice.locator("button").click()
        assert said in choice.locator("[role=status]").inner_text()
    assert quiet.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(quiet: Any, site: Path, scheme: str) -> None:
    """axe-core finds no violation that is more than minor (on short pages: it takes its time)."""
    axe = Axe()
    quiet.emulate_media(color_scheme=scheme)
    found = []
    for name in ("lessons/07_lesson", "data/dyestuff", "slides/07_lesson"):
        settle(quiet, f"{site.as_uri()}/{name}.html")
        violations = axe.run(quiet).response["violations"]
        found += [
            (name, one["id"], one["nodes"][0]["html"])
            for one in violations
            if one["impact"] != "minor"
        ]
    assert found == []


def test_a_page_fits_a_phone_and_prints(quiet: Any, site: Path, tmp_path: Path) -> None:
    quiet.set_viewport_size({"width": 400, "height": 800})
    settle(quiet, f"{site.as_uri()}/lessons/{LONG}.html")
    assert quiet.evaluate("document.documentElement.scrollWidth") <= 400
    quiet.emulate_media(media="print")
    assert not quiet.locator(".sidebar-drawer").is_visible()
    SCREENSHOTS.mkdir(exist_ok=True)
    quiet.screenshot(path=SCREENSHOTS / "site_print.png")
