"""Slides in Chromium at 1280 x 720: nothing is cut off, on any of them."""

from pathlib import Path
from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.course import lessons_folder
from mlmteach.site.deck import lesson_deck, save_deck
from mlmteach.site.lessons import read_lessons
from mlmteach.site.talk import talk

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"
SMALLEST = 0.6  # of 32 px: 19 px on a canvas of 720

# What one slide looks like once it is shown: what is beyond the slide, and how small it was set.
MEASURED = """() => [...Array(deck.getTotalSlides()).keys()].map((place) => {
    deck.slide(place);
    const slide = deck.getCurrentSlide(), body = slide.querySelector('.body');
    const box = slide.getBoundingClientRect();
    const cut = [...slide.querySelectorAll('h1, h2, .inner > *')]
        .filter((part) => part.getClientRects().length)
        .map((part) => part.getBoundingClientRect())
        .some((part) => part.bottom > box.bottom + 1 || part.right > box.right + 1);
    const hidden = body.scrollHeight > body.clientHeight + 1
        || body.scrollWidth > body.clientWidth + 1;
    return { cut: cut || hidden, zoom: Number(slide.dataset.zoom),
             title: slide.querySelector('h1, h2').innerText };
})"""


def measure(page: Any, path: Path) -> list[dict[str, Any]]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(path.as_uri())
    page.wait_for_function("window.deck?.isReady()")
    found: list[dict[str, Any]] = page.evaluate(MEASURED)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.errors == []
    return found


def test_a_talk_on_any_model_fits_its_slides(page: Any, tmp_path: Path) -> None:
    hsb = mlm.load("hsb")
    formula = "mathach ~ size*ses + sector + minority + female + (1 + ses | school)"
    path = tmp_path / "talk.html"
    save_deck(path, "Talk", talk(hsb, mlm.Model.from_formula(formula, data=hsb)))
    found = measure(page, path)
    assert len(found) > 50
    assert [slide for slide in found if slide["cut"] or slide["zoom"] < SMALLEST] == []
    SCREENSHOTS.mkdir(exist_ok=True)
    page.evaluate("deck.slide(9)")
    page.screenshot(path=SCREENSHOTS / "slides_talk.png")


def test_no_lesson_is_cut_off(page: Any, tmp_path: Path) -> None:
    small = []
    for lesson in read_lessons(lessons_folder()):
        path = tmp_path / f"{lesson.name}.html"
        save_deck(path, lesson.title, lesson_deck(lesson))
        found = measure(page, path)
        assert len(found) > 20
        small += [
            (lesson.name, n, slide)
            for n, slide in enumerate(found)
            if slide["cut"] or slide["zoom"] < SMALLEST
        ]
    assert small == []


def test_keys_lead_through_and_notes_are_there(page: Any, tmp_path: Path) -> None:
    (lesson,) = read_lessons(lessons_folder(), ("02",))
    path = tmp_path / "deck.html"
    save_deck(path, lesson.title, lesson_deck(lesson))
    page.goto(path.as_uri())
    page.wait_for_function("window.deck?.isReady()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("deck.getState().indexh") == 2
    assert page.evaluate("deck.getSlideNotes().length") > 100
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    opened.value.locator(".speaker-controls-notes .value p").first.wait_for()
    assert page.errors == []
