"""The notebooks equal their sources, and keep to the rules for lessons."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mlmteach.course import read_source
from mlmteach.glossary import WORDS, anchor

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "lessons"
SOURCES = sorted((FOLDER / "src").glob("*.py"))
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(FOLDER.glob("*.md"))]

LONGEST_CELL = 15  # lines
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt=(["'])(.*?)\1""", re.IGNORECASE | re.DOTALL)
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\(")
LINK = re.compile(r"\]\(([^)\s]+)\)")
QUIZ = re.compile(  # the number, the question, and the answer that is folded beneath it
    r"^(\d)\. (.+?)\n\n   <details><summary>Answer</summary>\n\n   (.+?)\n\n   </details>$",
    re.DOTALL | re.MULTILINE,
)
PLACEHOLDER = re.compile(
    r"^\W*$|no description has been provided|^(an? )?(image|figure|plot)\W*$|\.png$"
)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path: Path) -> list[nbformat.NotebookNode]:
    return [output for cell in code_cells(path) for output in cell.outputs]


def markdown(path: Path) -> str:
    cells = read(path).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def prose(source: Path) -> list[str]:
    """Return the Markdown cells of a source, in their order."""
    return [cell.source for cell in read_source(source).cells if cell.cell_type == "markdown"]


def section(source: Path, title: str) -> str:
    """Return what stands under a heading of the second level, which a lesson has once."""
    text = "\n\n".join(prose(source))
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return str(found)


def test_every_source_has_its_notebook() -> None:
    assert SOURCES
    assert [path.stem for path in SOURCES] == [path.stem for path in NOTEBOOKS]


@each_notebook
def test_notebook_equals_its_source(path: Path) -> None:
    made, source = read(path), read_source(FOLDER / "src" / f"{path.stem}.py")
    for notebook in (made, source):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    assert made == source, f"Run: make lessons ARGS={path.stem}"


@each_notebook
def test_every_cell_has_run_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_no_output_is_an_error_or_a_complaint(path: Path) -> None:
    bad = [
        output
        for output in outputs(path)
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert bad == []


@each_notebook
def test_no_widget_state_is_saved(path: Path) -> None:
    assert "widgets" not in read(path).metadata
    kinds = {kind for output in outputs(path) for kind in output.get("data", {})}
    assert not [kind for kind in kinds if "widget" in kind]


@each_notebook
def test_no_output_shows_an_address_in_memory(path: Path) -> None:
    for output in outputs(path):
        assert not ADDRESS.search(str(output.get("text", output.get("data", ""))))


@each_notebook
def test_cells_are_short(path: Path) -> None:
    long = [
        cell.source for cell in code_cells(path) if len(cell.source.splitlines()) > LONGEST_CELL
    ]
    assert long == []


@each_notebook
def test_cells_whose_numbers_matter_bear_a_tag(path: Path) -> None:
    """nbval reads the tag; a comment for it would stand in what students read."""
    tagged = [c for c in code_cells(path) if c.metadata.get("tags") == ["nbval-check-output"]]
    assert tagged
    assert not [cell.source for cell in code_cells(path) if "NBVAL" in cell.source]


def alt_texts(html: str) -> list[str]:
    """Return the alt text of every image in HTML; empty where there is none."""
    found = [ALT.search(image) for image in IMAGE.findall(html)]
    return [alt.group(2) if alt else "" for alt in found]


@each_notebook
def test_every_picture_says_what_it_shows(path: Path) -> None:
    texts = MARKDOWN_IMAGE.findall(markdown(path)) + alt_texts(markdown(path))
    for output in outputs(path):
        data = output.get("data", {})
        shown = alt_texts(data.get("text/html", ""))
        if any(kind.startswith("image/") for kind in data):
            assert shown, "A picture without alt text: show the figure that mlm.plot makes."
        texts += shown
    assert [text for text in texts if PLACEHOLDER.search(text.lower())] == []


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ('<img alt="Four lines" src="a">', ["Four lines"]),
        ("<img src='a' alt='A \"b\"'/>", ['A "b"']),
        ("<img src='a'>", [""]),
    ],
)
def test_alt_texts_are_found(html: str, texts: list[str]) -> None:
    assert alt_texts(html) == texts


@pytest.mark.parametrize("text", ["", "Figure", "plot.png", "No description has been provided"])
def test_placeholders_are_recognised(text: str) -> None:
    assert PLACEHOLDER.search(text.lower())


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    text = markdown(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    targets = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    assert [link for link in targets if link and not (path.parent / link).exists()] == []


@each_source
def test_links_of_a_source_lead_somewhere(source: Path) -> None:
    links = LINK.findall("\n\n".join(prose(source)))
    places = {f"GLOSSARY.md#{anchor(entry.word)}" for entry in WORDS}
    for link in (link for link in links if "://" not in link):
        assert link in places if "#" in link else (FOLDER / link).exists(), link


@each_source
def test_a_lesson_asks_and_answers_a_question(source: Path) -> None:
    """The first cell asks what the data of the lesson answer, and the summary answers it."""
    first, summary = prose(source)[0], section(source, "Summary")
    (asked,) = re.findall(
        r"^\*\*The question\.\*\* (.+?)(?:\n\n|\Z)", first, re.DOTALL | re.MULTILINE
    )
    (answered,) = re.findall(
        r"^- \*\*The answer\.\*\* (.+?)(?=\n-|\n\n|\Z)", summary, re.DOTALL | re.MULTILINE
    )
    assert "?" in asked
    assert len(answered) > 20


@each_source
def test_a_lesson_closes_with_a_quiz_of_five(source: Path) -> None:
    """Five questions, each with its answer folded beneath it, and one from an earlier lesson."""
    quiz = section(source, "Quiz")
    questions = QUIZ.findall(quiz)
    assert [int(number) for number, _, _ in questions] == [1, 2, 3, 4, 5]
    assert all(asked.rstrip().endswith("?") and answer.strip() for _, asked, answer in questions)
    assert quiz.count("<details>") == quiz.count("</details>") == len(questions)
    earlier = [int(number) for number in re.findall(r"From lesson (\d+)", quiz)]
    here = int(source.stem[:2])
    assert all(number < here for number in earlier)
    assert earlier or not here


@each_source
def test_a_lesson_leads_to_its_neighbours(source: Path) -> None:
    place = SOURCES.index(source)
    beside = [*SOURCES[max(place - 1, 0) : place], *SOURCES[place + 1 : place + 2]]
    last = prose(source)[-1].splitlines()[-3:]
    links = LINK.findall(" ".join(last))
    assert [f"{path.stem}.ipynb" for path in beside] + ["GLOSSARY.md"] == links


def test_pytest_looks_for_lessons_in_notebooks_only() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "lessons/src"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, found.stdout


@pytest.mark.parametrize("page", [ROOT / "README.md", FOLDER / "README.md"], ids=["top", "lessons"])
@each_notebook
def test_readme_links_to_the_lesson(page: Path, path: Path) -> None:
    assert path.name in page.read_text(encoding="utf-8")
