"""Throughput of grading: the same notebooks by mlmteach, nbgrader and otter.

Each notebook loads data and fits a model.  mlmteach grades all of them with isolation on; nbgrader
and otter, where they are on the PATH, grade the first few, since they take so long.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

KEY = """
from mlmteach.exercises import Exercise, Number
TITLE = "Speed"
ASSIGNMENT = "speed"
EXERCISES = [Exercise(
    id="1", title="Variance", prompt="The variance?", answer="tau2", kind=Number(),
    setup='exam = mlm.load("exam")',
    solution='fit = mlm.Model("normexam ~ standLRT", group="school").fit(exam)\\n'
    'tau2 = fit.cov_re.iloc[0, 0]',
)]
"""
CELLS = (
    'import mlmteach as mlm\n\nexam = mlm.load("exam")',
    'fit = mlm.Model("normexam ~ standLRT", group="school").fit(exam)',
    "tau2 = fit.cov_re.iloc[0, 0]",
)
SPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write(path: Path, cells: list[nbformat.NotebookNode]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": SPEC})
    nbformat.write(notebook, path)


def student_cells() -> list[nbformat.NotebookNode]:
    return [new_code_cell(source) for source in CELLS]


def mlmteach(folder: Path, number: int, workers: int) -> tuple[float, float]:
    """Return the seconds of a run and of the same run again, when nothing is new."""
    for student in range(number):
        write(folder / "work" / f"s{student}.ipynb", student_cells())
    (folder / "key.py").write_text(KEY)
    command = [sys.executable, "-m", "mlmteach", "grade", "--key", str(folder / "key.py")]
    command += [str(folder / "work"), "--output", str(folder / "out"), "--workers", str(workers)]
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    lines = (folder / "out" / "ledger.jsonl").read_text().splitlines()
    marks = [json.loads(line)["result"] for line in lines]
    assert [mark["points"] for mark in marks] == [1.0] * number
    return seconds[0], seconds[1]


def nbgrader(folder: Path, number: int) -> float:
    def cell(source: str, id: str, *, test: bool) -> nbformat.NotebookNode:
        about = {"grade": test, "solution": not test, "locked": test, "grade_id": id}
        about |= {"schema_version": 3, "task": False} | ({"points": 1} if test else {})
        return new_code_cell(source, metadata={"nbgrader": about})

    test = "### BEGIN HIDDEN TESTS\nassert abs(tau2 - 0.0938) < 0.001\n### END HIDDEN TESTS"
    solved = cell("\n".join(CELLS), "answer", test=False)
    write(folder / "source" / "speed" / "hw.ipynb", [solved, cell(test, "test", test=True)])
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id='b'\n"
    )
    quiet = {"cwd": folder, "check": True, "capture_output": True}
    subprocess.run(["nbgrader", "generate_assignment", "speed"], **quiet)
    for student in range(number):
        released = nbformat.read(folder / "release" / "speed" / "hw.ipynb", as_version=4)
        released.cells[0].source = "\n".join(CELLS)
        write(folder / "submitted" / f"s{student}" / "speed" / "hw.ipynb", released.cells)
    start = time.perf_counter()
    subprocess.run(["nbgrader", "autograde", "speed"], **quiet)
    return time.perf_counter() - start


def otter(folder: Path, number: int) -> float:
    config = (
        "# ASSIGNMENT CONFIG\ninit_cell: false\ncheck_all_cell: false\nexport_cell: false\n"
        "generate: true\nrun_tests: false"
    )
    raw = nbformat.v4.new_raw_cell
    cells = [
        raw(config),
        raw("# BEGIN QUESTION\nname: q1"),
        raw("# BEGIN SOLUTION"),
        new_code_cell("\n".join(CELLS)),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        new_code_cell("# HIDDEN\nassert abs(tau2 - 0.0938) < 0.001"),
        raw("# END TESTS"),
        raw("# END QUESTION"),
    ]
    write(folder / "hw.ipynb", cells)
    quiet = {"cwd": folder, "check": True, "capture_output": True}
    subprocess.run(["otter", "assign", "hw.ipynb", "dist"], **quiet)
    (package,) = (folder / "dist" / "autograder").glob("*.zip")
    released = nbformat.read(folder / "dist" / "autograder" / "hw.ipynb", as_version=4)
    write(folder / "submission.ipynb", released.cells)
    start = time.perf_counter()
    for _ in range(number):
        subprocess.run(["otter", "run", "-a", str(package), "submission.ipynb"], **quiet)
    return time.perf_counter() - start


def measure(number: int, few: int) -> None:
    print(f"{'grader':<28}{'notebooks':>10}{'seconds':>10}{'a notebook':>12}{'a second':>10}")
    tasks = [
        (f"mlmteach, {workers} worker{'s' * (workers > 1)}", number, workers) for workers in (1, 2)
    ]
    for name, count, workers in tasks:
        with tempfile.TemporaryDirectory() as folder:
            first, again = mlmteach(Path(folder), count, workers)
            show(name, count, first)
            show("again, nothing new", count, again)
    for name, grader in (("nbgrader", nbgrader), ("otter", otter)):
        if shutil.which(name) is None:
            print(f"{name:<28}is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                show(name, few, grader(Path(folder), few))
            except subprocess.CalledProcessError as error:
                print(f"{name:<28}failed: {error.stderr.decode(errors='replace')[-300:]}")


def show(name: str, count: int, seconds: float) -> None:
    each, rate = seconds / count, count / seconds
    print(f"{name:<28}{count:>10}{seconds:>10.1f}{each:>12.3f}{rate:>10.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few notebooks")
    quick = parser.parse_args().quick
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    measure(*((20, 3) if quick else (200, 10)))


if __name__ == "__main__":
    main()
