"""The template of a key, and the notebook that is made of it."""

import json
from pathlib import Path

from mlmteach.cli import main
from mlmteach.grade.command import Run, run
from tests.grade.homework import hand_in, notebook


def test_template_is_released_without_its_key(tmp_path: Path) -> None:
    key, released = tmp_path / "homework.py", tmp_path / "homework.ipynb"
    assert main(["new", str(key)]) == 0
    assert main(["release", str(key)]) == 0
    text = released.read_text()
    for part in ("cov_re", "fit.icc", "standard deviation", "unseen", '"b\\"', "Mistake"):
        assert part in json.dumps(key.read_text())  # quotes are escaped in both
        assert part not in text
    for part in ("tau2 = ...", "reliability = ...", "student = ...", "Intraclass"):
        assert part in text


def test_template_is_graded(tmp_path: Path) -> None:
    key = tmp_path / "homework.py"
    assert main(["new", str(key)]) == 0
    space: dict[str, object] = {}
    exec(key.read_text(), space)
    cells = ["import mlmteach as mlm\nstudent = 'ada'", str(space["SETUP"])]
    cells += [exercise.solution for exercise in space["EXERCISES"]]
    hand_in(tmp_path / "work", ada=notebook(*cells), ben=notebook(*cells))
    records = run(Run(key, tmp_path / "work", tmp_path / "out", workers=1))
    assert records["ada"].points == 8  # of 10: a reader judges the last one
    assert [mark.status for mark in records["ada"].marks][-1] == "cannot be checked"
    # Ben took Ada's numbers; what does not depend on the data is his all the same.
    assert [mark.points for mark in records["ben"].marks] == [0, 0, 3, 1, 0]
    assert "ada and ben" in (tmp_path / "out" / "report.html").read_text()
