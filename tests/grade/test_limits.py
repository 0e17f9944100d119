"""How much a submission may use."""

import json
import mmap
import os
import signal
from pathlib import Path

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.limits import Limits, MemoryGroup


@pytest.mark.parametrize("name", ["seconds", "memory", "processes", "scratch"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match=name):
        Limits(**{name: 0})


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_a_limit_is_a_number_above_zero(value: float) -> None:
    with pytest.raises(OptionError, match="seconds=.* is not above zero. Raise it"):
        Limits(seconds=value)


def test_limits_travel_as_plain_data() -> None:
    limits = Limits(seconds=3.5, answers=7)
    assert Limits(**json.loads(json.dumps(limits.as_dict()))) == limits
    assert Limits().as_dict()["memory"] == 2 * 2**30


def tree(tmp_path: Path, lines: str, *folders: str) -> dict[str, Path]:
    own = tmp_path / "own"
    own.write_text(lines)
    for folder in folders:
        (tmp_path / "mounted" / folder).mkdir(parents=True)
    return {"mounted": tmp_path / "mounted", "own": own}


def kernel(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As the kernel does, fill each new group with files."""
    made = Path.mkdir

    def mkdir(self: Path, *args: object, **options: object) -> None:
        made(self, *args, **options)  # type: ignore[arg-type]
        for name in names:
            (self / name).write_text("")

    monkeypatch.setattr(Path, "mkdir", mkdir)


@pytest.mark.parametrize(
    ("lines", "folder", "bound", "told"),
    [
        ("0::/teaching", "teaching", "memory.max", "memory.events"),
        (
            "4:cpu:/\n3:memory:/a/b\n0::/",
            "memory/a/b",
            "memory.limit_in_bytes",
            "memory.oom_control",
        ),
    ],
)
def test_each_version_of_control_groups_has_its_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: str,
    folder: str,
    bound: str,
    told: str,
) -> None:
    where = tree(tmp_path, lines, folder)
    kernel(monkeypatch, bound, told, "cgroup.procs")
    group = MemoryGroup(1000, **where)
    group.__enter__()
    (made,) = (where["mounted"] / folder).iterdir()
    assert group.counts
    assert (made / bound).read_text() == "1000"
    group.enter()
    assert (made / "cgroup.procs").read_text() == "0"
    assert not group.exhausted()
    (made / told).write_text("low 0\noom_kill 2\n")
    assert group.exhausted()


@pytest.mark.parametrize("lines", ["", "0::/", "2:cpu:/", "0::/not/there"])
def test_without_control_groups_nothing_happens(tmp_path: Path, lines: str) -> None:
    where = tree(tmp_path, lines, "memory")
    with MemoryGroup(1000, **where) as group:
        assert not group.counts
        group.enter()
        assert not group.exhausted()
    assert list((tmp_path / "mounted").rglob("mlmteach*")) == []


def test_the_kernel_ends_who_takes_more() -> None:
    """Where there are control groups that may be divided; elsewhere nothing is bounded."""
    with MemoryGroup(32 * 2**20) as group:
        child = os.fork()
        if child == 0:
            try:
                group.enter()
                shared = mmap.mmap(-1, 128 * 2**20)  # anonymous, and shared
                for page in range(0, len(shared), 4096):
                    shared[page] = 1
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        assert ended == (-signal.SIGKILL if group.counts else 0)
        assert group.exhausted() == group.counts
