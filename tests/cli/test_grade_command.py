"""`mlmteach grade`: what it hands on, and what it prints."""

from pathlib import Path

import pytest

from mlmteach.cli import grade_command, main
from mlmteach.grade import command
from mlmteach.grade.command import Run
from mlmteach.grade.limits import Limits
from mlmteach.grade.record import Record

NEEDED = ["grade", "--key", "key.py", "work", "--output", "out"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Note what would be graded, and grade nothing."""
    runs: list[Run] = []

    def note(options: Run) -> dict[str, Record]:
        runs.append(options)
        statuses = ("graded", "error in cell 1", "graded", "error in cell 7", "graded")
        return {str(k): Record(str(k), s, (), 0.0) for k, s in enumerate(statuses)}

    monkeypatch.setattr(command, "run", note)
    return runs


def test_options_go_where_they_belong(asked: list[Run]) -> None:
    more = ["--roster", "r.csv", "--workers", "3", "--seconds", "7.5", "--memory", "512"]
    assert main([*NEEDED, *more, "--dask", "tcp://x:1", "--unsafe"]) == 0
    (run,) = asked
    assert (run.key, run.submissions) == (Path("key.py"), Path("work"))
    assert (run.output, run.roster) == (Path("out"), Path("r.csv"))
    assert run.limits == Limits(seconds=7.5, memory=512 * 2**20)
    assert (run.workers, run.dask, run.isolated) == (3, "tcp://x:1", False)


def test_without_options_it_is_isolated(asked: list[Run]) -> None:
    assert main(NEEDED) == 0
    (run,) = asked
    assert run.isolated
    assert run.roster is None
    assert run.workers >= 1
    assert run.limits == Limits()


def test_statuses_are_counted_and_errors_together(
    asked: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    main(NEEDED)
    assert capsys.readouterr().out.splitlines() == [
        "    3  graded",
        "    2  error in a cell",
        "Marks, feedback and report are in out.",
    ]


def test_too_few_workers_and_another_system_are_refused(
    asked: list[Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NEEDED, "--workers", "0"]) == 1
    assert "--workers 0 is too few. Give 1 or more." in capsys.readouterr().err
    monkeypatch.setattr(grade_command.sys, "platform", "win32")
    assert main(NEEDED) == 1
    assert "Grading needs Linux" in capsys.readouterr().err
    assert asked == []
