"""The process that forks once for each submission, and what runs in the fork."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

from mlmteach.grade import nursery
from mlmteach.grade.limits import Limits
from mlmteach.grade.nursery import run_cells
from mlmteach.grade.sandbox import Sandbox
from tests.grade.homework import MIB, value


def test_no_right_is_left(sandbox: Sandbox) -> None:
    text = str(value(sandbox, "x = open('/proc/self/status').read()"))
    told = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(told[name], 16) == 0, name
    assert told["NoNewPrivs"] == "1"
    assert "0" not in told["Uid"].split()


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
            for first in range(start, end, 2**24):  # some packages reserve a lot at once
                try:
                    memory.seek(first)
                    text = memory.read(min(2**24 + 100, end - first))
                except (OSError, OverflowError):
                    break
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


SHARED = """
import mmap, time
shared = mmap.mmap(-1, 700 * 2**20)
for place in range(0, len(shared), 4096):
    shared[place] = 1
time.sleep(60)
"""


def test_shared_memory_counts(sandbox: Sandbox) -> None:
    # The mapping alone is under the bound on addresses; parent and child both hold it.
    ran = sandbox.run([f"import os\nos.fork()\n{SHARED}"], ["x"], limits=Limits(60, 900 * MIB))
    assert ran.end == "memory"


REFUSED = """
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def told(call, *arguments):
    ctypes.set_errno(0)
    return call(*arguments) == -1 and errno.errorcode[ctypes.get_errno()]
x = [
    told(libc.memfd_create, b"x", 0),
    told(libc.shmget, 0, 4096, 0o1600),
    told(libc.unshare, 0x10000000),  # CLONE_NEWUSER
    told(libc.unshare, 0x10020000),
]
"""


def test_hidden_memory_and_user_namespaces_are_refused(sandbox: Sandbox) -> None:
    ran = sandbox.run([REFUSED], ["x"])
    assert ran.answers["x"]["values"] == ["EPERM"] * 4
    threads = "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nx = 1"
    assert value(sandbox, threads) == 1


class Shell:
    """As much of IPython's shell as running cells needs."""

    def __init__(self) -> None:
        self.user_ns: dict[str, object] = {}

    def run_cell(self, source: str, **_: object) -> SimpleNamespace:
        result = SimpleNamespace(error_before_exec=None, error_in_exec=None)
        try:
            exec(source, self.user_ns)
        except SyntaxError as error:
            result.error_before_exec = error
        except Exception as error:
            result.error_in_exec = error
        return result


def ran(*cells: str, names: tuple[str, ...] = ("x",), **functions: object) -> dict[str, object]:
    request = {"cells": list(cells), "names": list(names), "functions": functions, "most": 10**4}
    found: dict[str, object] = json.loads(run_cells(Shell(), request))
    return found


def test_the_largest_answer_costs_itself_alone() -> None:
    cells = ("x = ['a' * 90] * 100", "y = list(range(100))", "z = 'b' * 6000")
    found = ran(*cells, names=("x", "y", "z"))["answers"]
    assert isinstance(found, dict)
    assert [found[name]["kind"] for name in "xyz"] == ["other", "list", "text"]
    assert found["x"] == {"kind": "other", "type": "list", "why": "it is too large to be sent"}


def test_cells_run_one_after_another_and_errors_are_numbered() -> None:
    found = ran("x = 1", "x = ", "y = x / 0", "x = x + 1", names=("x", "never"))
    assert found["answers"] == {"x": {"kind": "number", "value": 2.0}, "never": {"kind": "blank"}}
    syntax, division = found["errors"]
    assert syntax[:2] == [2, "SyntaxError"]
    assert division == [3, "ZeroDivisionError", "division by zero"]


def test_errors_are_bounded() -> None:
    assert len(ran(*["1 / 0"] * 50)["errors"]) == 20
    mute = "class E(Exception):\n    def __str__(self): raise ValueError\nraise E"
    assert ran(mute, "raise ValueError('x' * 1000)")["errors"] == [
        [1, "E", ""],
        [2, "ValueError", "x" * 300],
    ]


def test_functions_are_called_on_each_frame() -> None:
    frames = [{"columns": ["a"], "index": [0, 1], "data": [[1], [k]]} for k in (2, 0)]
    found = ran("def x(frame):\n    return 1 / frame['a'].iloc[1]", x=frames)["answers"]["x"]
    assert found["kind"] == "outputs"
    assert found["values"][0] == {"kind": "number", "value": 0.5}
    assert ran("x = 3", x=frames)["answers"]["x"] == {"kind": "number", "value": 3.0}


def test_processes_are_found_and_weighed() -> None:
    full = "import time; x = bytes(range(256)) * 2**17; print(1, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", full], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in nursery._descendants([os.getpid()])
        assert nursery._memory(child.pid) > 2**25  # 32 MiB of bytes
    finally:
        child.kill()
        child.communicate()
    assert child.pid not in nursery._descendants([os.getpid()])
    assert nursery._memory(child.pid) == 0
