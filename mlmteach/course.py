"""The lessons: where they are, and how a notebook is made from its source.

People edit ``lessons/src/*.py`` (jupytext's percent format) and open ``lessons/*.ipynb``.  The
second is made from the first by ``make lessons``, which is ``python -m mlmteach.course``.  The
same source gives the same file, byte for byte, so that a diff shows what changed and nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from mlmteach.errors import MlmteachError
from mlmteach.exercises.notebook import expand

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["build_lesson", "lesson_sources", "lessons_folder", "main", "read_source", "run_lesson"]

SECONDS_A_CELL = 60

# The metadata names no version, so that another Python gives the same file.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # as programs write it for a terminal
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def lessons_folder() -> Path:
    """Return the folder of the lessons: inside an installed package, or at the top of a checkout.

    Returns
    -------
    pathlib.Path
        The folder that holds the notebooks, and ``src/`` with their sources.

    Examples
    --------
    >>> lessons_folder().name
    'lessons'
    """
    package = Path(__file__).parent
    installed = package / "lessons"
    return installed if installed.is_dir() else package.parent / "lessons"


def lesson_sources(folder: Path, names: list[str] | None = None) -> list[Path]:
    """Return the sources of the lessons in their order.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of the lessons.
    names : list of str, optional
        Beginnings of lesson names, such as ``"02"``.  All lessons when left out.

    Returns
    -------
    list of pathlib.Path
        ``src/*.py`` of the lessons asked for.

    Raises
    ------
    MlmteachError
        When there are no lessons, or a name fits none of them.
    """
    sources = sorted((folder / "src").glob("*.py"))
    if not sources:
        raise MlmteachError(
            f"There is no lesson in {str(folder / 'src')!r}.", "Name the folder of the lessons."
        )
    if not names:
        return sources
    for name in names:
        if not any(source.stem.startswith(name) for source in sources):
            known = ", ".join(source.stem for source in sources)
            raise MlmteachError(
                f"No lesson begins with {name!r}.", f"The lessons are: {known}. Name one of them."
            )
    return [source for source in sources if source.stem.startswith(tuple(names))]


def read_source(source: Path) -> NotebookNode:
    """Read a lesson's source as a notebook without outputs.

    Parameters
    ----------
    source : pathlib.Path
        A script in jupytext's percent format.

    Returns
    -------
    nbformat.NotebookNode
        Its cells, with ids made from their text, so that they stay when other cells change.
    """
    import jupytext

    notebook = expand(jupytext.read(source, fmt="py:percent"))
    notebook.metadata.clear()
    notebook.metadata.update(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5  # the first version with ids of cells
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return notebook


def run_lesson(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run a notebook in a fresh kernel and keep what it shows.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook, which is filled in.
    folder : pathlib.Path
        The folder in which its cells run.

    Returns
    -------
    nbformat.NotebookNode
        The same notebook with outputs, and without anything that differs from run to run.

    Raises
    ------
    MlmteachError
        When a cell ends in an error or takes longer than a minute.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    # A fixed seed of hashes gives sets one order, bars are for those who wait, and the kernel
    # chooses its own backend for figures.
    env = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    try:
        client.execute(env=env | {"PYTHONHASHSEED": "0", "TQDM_DISABLE": "1"})
    except (CellExecutionError, CellTimeoutError) as error:
        raise MlmteachError(
            f"A cell of the lesson did not run:\n{COLOUR.sub('', str(error)).strip()}\n",
            "Mend the cell in lessons/src and make the lesson again.",
        ) from None
    notebook.metadata.clear()
    notebook.metadata.update(METADATA)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)  # it points to a kernel that has ended
    return notebook


def build_lesson(source: Path) -> Path:
    """Make the notebook of one lesson from its source.

    Parameters
    ----------
    source : pathlib.Path
        The source, in the folder ``src`` of the lessons.

    Returns
    -------
    pathlib.Path
        The notebook, beside ``src``.  It is written only after every cell has run.

    Raises
    ------
    MlmteachError
        When a cell does not run.
    """
    import nbformat

    folder = source.parent.parent
    notebook = run_lesson(read_source(source), folder)
    nbformat.validate(notebook)
    target = folder / f"{source.stem}.ipynb"
    nbformat.write(notebook, target)
    return target


def main(arguments: list[str] | None = None) -> int:
    """Make the lessons whose names begin as given, or all of them.

    Parameters
    ----------
    arguments : list of str, optional
        The arguments of the command line.

    Returns
    -------
    int
        The exit code: 0, or 1 when a lesson could not be made.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mlmteach.course", description="Make the notebooks from their sources."
    )
    parser.add_argument("names", nargs="*", help='beginnings of lesson names, such as "02"')
    parser.add_argument("--folder", type=Path, default=lessons_folder(), help="where they are")
    options = parser.parse_args(arguments)
    try:
        for source in lesson_sources(options.folder, options.names):
            print(f"{source.stem} ...", flush=True)  # noqa: T201
            build_lesson(source)
    except MlmteachError as error:
        parser.exit(1, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
