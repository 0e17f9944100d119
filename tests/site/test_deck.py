"""Slides: what stands on them, how long blocks are parted, and that they need no network."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from mlmteach.errors import OptionError
from mlmteach.site.deck import ROOM, Slide, deck, lesson_deck, packed, parted, save_deck, weight
from mlmteach.site.lessons import read_lessons
from mlmteach.site.markup import plain_text


def test_a_lesson_becomes_slides_with_notes(folder: Path) -> None:
    (lesson,) = read_lessons(folder)
    slides = lesson_deck(lesson)
    titles = [slide.title for slide in slides]
    parts = ["A part"] * (len(titles) - 4)
    assert titles == [
        "7 · A lesson",
        "7 · A lesson",
        *parts,
        "Exercise 2.1 · The variance between schools",
        "Quiz",
    ]
    opening, goal, *_, exercise, quiz = slides
    assert opening.opening
    assert "Does it work?" in opening.body
    assert "You can." in goal.body
    shown = "".join(slide.body for slide in slides)
    assert "Long." not in shown  # for readers, not for a room
    for part in ("First sentence.", "This leads to it:", "printed red", "<math", "</script>"):
        assert part in shown
    assert "cov_re" in plain_text(exercise.notes)
    assert '<div class="fragment answer"><p>It is.</p>' in quiz.body
    notes = "".join(slide.notes for slide in slides)
    for part in ("First sentence. Second one.", '<span class="mi">1</span>'):
        assert part in notes


@pytest.mark.parametrize(
    ("kind", "source", "line"),
    [
        ("bullet_list", "\n".join(f"- item {n} " + "word " * 20 for n in range(12)), r"item \d+"),
        ("table", "| a |\n|---|\n" + "\n".join(f"| {n} |" for n in range(30)), r"\| \d+ \|"),
        ("fence", "```r\n" + "\n".join(f"x{n} <- 1" for n in range(40)) + "\n```", r"x\d+"),
        (
            "paragraph",
            " ".join(f"Sentence {n} has words." for n in range(70)),
            r"Sentence \d+",
        ),
    ],
)
def test_what_is_too_long_is_parted_and_nothing_is_lost(kind: str, source: str, line: str) -> None:
    parts = list(parted(kind, source))
    assert len(parts) > 1
    assert all(weight(kind, part) <= ROOM for part in parts)
    found = [entry for part in parts for entry in re.findall(line, part)]
    assert found == re.findall(line, source)


def test_a_label_stays_with_its_formula() -> None:
    blocks = [("paragraph", "**Full model**"), ("math_block", "$$\na = b\n$$")]
    filler = ("fence", "```\n" + "x\n" * 13 + "```")
    bodies = [body for body, _ in packed([filler, *blocks])]
    assert len(bodies) == 2
    assert "Full model" in bodies[1]
    assert "<math" in bodies[1]


def test_a_deck_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    text = deck("A & B", [Slide("One", "<p>body</p>", "<p>said</p>")])
    assert "<title>A &amp; B</title>" in text
    assert '<aside class="notes"><p>said</p></aside>' in text
    outside = re.sub(r"(<script\b[^>]*>).*?</script>", r"\1", text, flags=re.DOTALL)
    assert not re.search(r"<(script|link|img)\b[^>]*\b(src|href)=", outside)
    assert not re.search(r"url\((?!['\"]?data:)", outside)
    path = tmp_path / "talk.html"
    save_deck(path, "A", [])
    save_deck(path, "B", [])
    assert "<title>B</title>" in path.read_text()
    path.write_text("my work")
    with pytest.raises(OptionError, match="is there already"):
        save_deck(path, "A", [])
    with pytest.raises(OptionError, match=r"End its name in .html"):
        save_deck(tmp_path / "talk.pptx", "A", [])


def test_a_picture_in_prose_stands_on_a_slide(tmp_path: Path) -> None:
    (tmp_path / "plan.svg").write_text("<svg></svg>")
    prose = (
        "# A plan\n\nFirst this. Then that:\n\n![Figure 1. The plan](plan.svg)\n\nLook "
        "![Figure 2. Again](plan.svg) here. And there."
    )
    notebook = new_notebook(cells=[new_markdown_cell(prose)])
    nbformat.write(notebook, tmp_path / "plan.ipynb")
    slides = lesson_deck(read_lessons(tmp_path)[0])
    bodies = [slide.body for slide in slides if "<img" in slide.body]
    assert len(bodies) == 2
    assert "Then that:" in bodies[0]
    for place, body in enumerate(bodies, start=1):
        assert f'<img alt="Figure {place}. ' in body
        assert body.count("<img") == body.count('4=">') == 1
