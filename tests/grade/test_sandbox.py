"""One sandbox, looked at from inside and from outside."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.limits import Limits
from mlmteach.grade.sandbox import Sandbox

MIB = 2**20


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def value(sandbox: Sandbox, *cells: str, limits: Limits | None = None) -> object:
    ran = sandbox.run(cells, ["x"], limits=limits)
    assert (ran.end, ran.errors) == ("answered", ()), ran
    return ran.answers["x"].get("value", ran.answers["x"])


def test_no_right_is_left(sandbox: Sandbox) -> None:
    text = str(value(sandbox, "x = open('/proc/self/status').read()"))
    told = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(told[name], 16) == 0, name
    assert told["NoNewPrivs"] == "1"
    assert "0" not in told["Uid"].split()


def test_little_is_in_sight(sandbox: Sandbox) -> None:
    assert value(sandbox, "import os\nx = len([n for n in os.listdir('/proc') if n.isdigit()])") < 5
    assert value(sandbox, "import os\nx = len(os.environ)") < 10
    assert value(sandbox, "import os\nx = str(os.listdir('/tmp')[:1])") in ("[]", repr_of_tmp())
    assert value(sandbox, "import socket\nx = str(socket.if_nameindex())") == "[(1, 'lo')]"


def repr_of_tmp() -> str:
    """A checkout or an environment in /tmp is seen, since Python has to be."""
    prefix = Path(sys.prefix).resolve()
    return str([prefix.parts[2]]) if prefix.is_relative_to("/tmp") else "[]"


def test_an_earlier_submission_is_not_in_memory(sandbox: Sandbox) -> None:
    assert value(sandbox, "word = 'what-ada-' + 'handed-in'; x = 1  # what-ada-handed-in") == 1
    scan = """
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: without it /proc/self/mem is closed
word = "what-ada-".encode() + "handed-in".encode()
x = looked = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps.read().splitlines():
        place, rights = line.split()[:2]
        if "r" in rights and "w" in rights:
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                text = memory.read(end - start)
            except (OSError, OverflowError):
                continue
            looked += len(text)
            x += text.count(b"# " + word)
            del text
assert looked > 10**7
"""
    assert value(sandbox, f"# what-ada-handed-in{scan}") > 0  # it finds what is there
    assert value(sandbox, scan) == 0


def test_processes_together_are_bounded_in_memory(sandbox: Sandbox) -> None:
    cell = (
        "import os, time\n"
        "for _ in range(6):\n"
        "    if not os.fork():\n"
        "        full = b'x' * (200 * 2**20)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    ran = sandbox.run([cell], ["x"], limits=Limits(seconds=60, memory=800 * MIB))
    assert ran.end == "memory"


def test_nothing_outlives_its_submission(sandbox: Sandbox) -> None:
    cell = (
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    os.execv('/bin/sleep', ['sleep', '86399.75'])\n"
        "while b'86399.75' not in b''.join(\n"
        "    open(f'/proc/{n}/cmdline', 'rb').read() for n in os.listdir('/proc') if n.isdigit()\n"
        "):\n"
        "    time.sleep(0.01)\n"
        "x = 1"
    )
    assert value(sandbox, cell) == 1
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert b"sleep\x0086399.75" not in command.read_bytes()


ORPHAN = """
from mlmteach.grade.sandbox import Sandbox
Sandbox().run(["import os\\nos.execv('/bin/sleep', ['sleep', '86398.75'])"], ["x"])
"""


def sleepers() -> int:
    found = 0
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += command.read_bytes().startswith(b"sleep\x0086398.75")
    return found


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_nothing_outlives_a_killed_grader() -> None:
    grader = subprocess.Popen([sys.executable, "-c", ORPHAN])
    try:
        assert within(50, lambda: sleepers() == 1)
    finally:
        grader.kill()
        grader.wait()
    assert within(20, lambda: sleepers() == 0)


def test_frames_come_as_they_were(sandbox: Sandbox) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.1, 1 / 3], "c": ["x", "é"]})
    ran = sandbox.run(
        ["x = lambda frame: frame['b'].sum() + frame['a'].iloc[1] + len(frame['c'].iloc[1])"],
        ["x"],
        {"x": [frame, frame.iloc[:2]]},
    )
    assert [v["value"] for v in ran.answers["x"]["values"]] == pytest.approx([0.1 + 1 / 3 + 3] * 2)


def test_what_a_function_raises_is_told(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        ["def x(frame):\n    raise SystemExit('no')"], ["x"], {"x": [pd.DataFrame({"a": [1]})]}
    )
    assert ran.end in ("answered", "killed")
    assert ran.answers.get("x", {}).get("kind") in ("outputs", None)


@pytest.mark.parametrize("name", ["seconds", "memory", "processes", "scratch"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match=name):
        Limits(**{name: 0})
