"""How a notebook is made from its source."""

from pathlib import Path

import nbformat
import pytest

from mlmteach.course import build_lesson, lesson_sources, main, read_source
from mlmteach.errors import MlmteachError

LESSON = """\
# %% [markdown]
# # A lesson

# %%
import ipywidgets

print({"a", "b", "c"})

# %%
import matplotlib.pyplot as plt

plt.subplots();

# %%
ipywidgets.IntSlider()

# %%
print({"a", "b", "c"})
"""


def write(folder: Path, text: str, name: str = "01_try") -> Path:
    source = folder / "src" / f"{name}.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text, encoding="utf-8")
    return source


def test_the_same_source_gives_the_same_file(tmp_path: Path) -> None:
    source = write(tmp_path, LESSON)
    first = build_lesson(source).read_bytes()
    assert build_lesson(source).read_bytes() == first

    notebook = nbformat.read(tmp_path / "01_try.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert [len(cell.outputs) for cell in code] == [1, 1, 1, 1]
    assert "image/png" in code[1].outputs[0].data  # whatever the backend of the one who runs it
    assert list(code[2].outputs[0].data) == ["text/plain"]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_ids_of_cells_stay_when_others_change(tmp_path: Path) -> None:
    before = [cell.id for cell in read_source(write(tmp_path, LESSON)).cells]
    more = LESSON.replace("# %%\nimport matplotlib", "# %%\nprint(1)\n\n# %%\nimport matplotlib")
    after = [cell.id for cell in read_source(write(tmp_path, more)).cells]
    assert len(after) == len(before) + 1 == len(set(after))
    assert [name for name in after if name in before] == before


def test_equal_cells_have_different_ids(tmp_path: Path) -> None:
    twice = read_source(write(tmp_path, "# %%\nprint(1)\n\n# %%\nprint(1)\n"))
    assert len({cell.id for cell in twice.cells}) == 2


def test_a_failing_cell_leaves_the_notebook_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "# %%\nnot_a_name\n")
    old = tmp_path / "01_try.ipynb"
    old.write_text("what was there", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["--folder", str(tmp_path)])
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert "NameError" in said
    assert "Mend the cell" in said
    assert "\x1b" not in said
    assert old.read_text(encoding="utf-8") == "what was there"


def test_lessons_are_chosen_by_the_beginning_of_their_name(tmp_path: Path) -> None:
    write(tmp_path, LESSON, "02_null")
    write(tmp_path, LESSON, "01_why")
    assert [path.stem for path in lesson_sources(tmp_path)] == ["01_why", "02_null"]
    assert [path.stem for path in lesson_sources(tmp_path, ["02"])] == ["02_null"]
    with pytest.raises(MlmteachError, match=r"'03'.*01_why, 02_null"):
        lesson_sources(tmp_path, ["03"])


def test_a_folder_without_lessons_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlmteachError, match="no lesson in"):
        lesson_sources(tmp_path)
