"""The lessons from inside: solutions where they stand, numbers in prose, pages without a kernel."""

import re
from pathlib import Path

import nbformat
import pytest

from mlmteach.course import lesson_sources, lessons_folder, read_source, run_lesson
from mlmteach.exercises.catalogue import find
from mlmteach.exercises.kinds import OpenText

SOURCES = lesson_sources(lessons_folder())
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=[s.stem for s in SOURCES])

# Numbers in prose that no output shows: versions of programs, a published figure, the size of a
# simulation that was run elsewhere, arithmetic on numbers that the reader has in front of them.
EXPLAINED = {
    "01_why_multilevel": {"0.2"},
    "02_null_model": {"1000"},
    "06_centring": {"3.77", "0.83", "0.18"},  # 46561.42 - 46557.65, the root of 0.69, lesson 2
    "07_inference_and_comparison": {"1000", "0.510", "1500"},  # tau_1 of lesson 4
    "08_assumptions": {
        *("2000", "94.7", "95.4", "95.2", "94.4", "92.6", "0.40"),  # of 2,000 samples
        *("0.047", "0.72", "0.68"),  # of lessons 4 and 7, and one beside it
        *("1.6", "2.7"),  # 14.25 - 12.66, a section of a book
    },
    "09_other_programs": {
        *("4.2", "3.1", "1.078805", "2.4"),  # versions, and sections of books
        *("2.934966", "6.256862", "0.0004", "0.006"),  # as nlme prints them
    },
    "11_growth": {"1000"},
    "12_yes_or_no": {"0.73", "0.99", "3.29", "0.6745"},  # exp(1)/(1 + exp(1)), pi^2 / 3, a quantile
    "13_how_many": {"0.67", "0.69"},  # exp(-0.4), the logarithm of 2
    "14_three_levels": {"4.9", "5.5", "2.4"},  # sections of books
}
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*\.\d+|\d+,\d{3}")


def executed(source: Path) -> nbformat.NotebookNode:
    return nbformat.read(source.parent.parent / f"{source.stem}.ipynb", as_version=4)


def shown(notebook: nbformat.NotebookNode) -> str:
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return " ".join(
        str(o.get("text", "") or o.get("data", {}).get("text/plain", "")) for o in outputs
    )


@pytest.mark.slow
@each_lesson
def test_every_solution_is_right_inside_its_lesson(source: Path) -> None:
    notebook = read_source(source)
    checks = {}
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        title = re.match(r"### Exercise (\d+\.\d+)", before.source)
        if before.cell_type == "markdown" and title:
            exercise = find(title[1])
            cell.source = f"{exercise.setup}\n{exercise.solution}"
            checks[f'mlm.check("{exercise.id}"'] = isinstance(exercise.kind, OpenText)
    assert len(checks) >= 5
    run_lesson(notebook, source.parent.parent)
    reached = set()
    for cell in notebook.cells:
        for call, is_open in checks.items():
            if cell.cell_type == "code" and call in cell.source:
                (output,) = cell.outputs
                text = output["data"]["text/plain"]
                sign = "? Cannot be checked. A reader must judge" if is_open else "✓ Correct"
                assert text.startswith(sign), (call, text)
                reached.add(call)
    assert reached == set(checks)


@each_lesson
def test_numbers_in_prose_come_from_the_notebook(source: Path) -> None:
    notebook = executed(source)
    code = " ".join(c.source for c in notebook.cells if c.cell_type == "code")
    known = (shown(notebook) + code).replace(",", "")
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or cell.source.startswith("### Exercise"):
            continue
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        for number in (match[0].replace(",", "") for match in NUMBER.finditer(prose)):
            assert number in known or number in EXPLAINED.get(source.stem, set()), number


@each_lesson
def test_a_page_without_a_kernel_describes_its_pictures(source: Path) -> None:
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(embed_images=False).from_notebook_node(executed(source))
    assert "No description has been provided" not in page
    assert "application/vnd.jupyter.widget" not in page
    for image in re.findall(r"<img[^>]*>", page):
        assert re.search(r'alt="[^"]{20,}"', image), image[:120]
