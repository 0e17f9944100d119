"""One sandbox, looked at from inside and from outside."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mlmteach.grade.limits import Limits
from mlmteach.grade.sandbox import Sandbox
from tests.grade.homework import value


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
    frames = [pd.DataFrame({"a": [1]})]
    ran = sandbox.run(["def x(frame):\n    raise ValueError('no')"], ["x"], {"x": frames})
    (value,) = ran.answers["x"]["values"]
    assert (ran.end, value["type"], value["why"]) == ("answered", "error", "ValueError: no")
    left = sandbox.run(["def x(frame):\n    raise SystemExit('no')"], ["x"], {"x": frames})
    assert (left.end, left.answers) == ("killed", {"x": {"kind": "function"}})


def test_the_answers_before_an_end_count(sandbox: Sandbox) -> None:
    limits = Limits(seconds=3)
    for last, end in (
        ("while True: pass", "time"),
        ("import os; os.kill(os.getpid(), 9)", "killed"),
        ("import os; os._exit(0)", "killed"),  # the code of one that has answered
        ("import os; os.write(3, b'{'); os._exit(0)", "killed"),
    ):
        ran = sandbox.run(["x = 1", "x += 1", last, "x = 5"], ["x"], limits=limits)
        assert (ran.end, ran.stopped, ran.answers["x"]["value"]) == (end, 3, 2.0)
    endless = "def x(frame):\n    while True: pass"
    ran = sandbox.run(
        ["y = 1", endless], ["x", "y"], {"x": [pd.DataFrame({"a": [1]})]}, limits=limits
    )
    assert (ran.end, ran.stopped, ran.answers["y"]["value"]) == ("time", 3, 1.0)


def test_a_copy_of_the_process_gives_no_answers(sandbox: Sandbox) -> None:
    ran = sandbox.run(["x = 1", "import os\nfor _ in range(3):\n    os.fork()", "x += 1"], ["x"])
    assert (ran.end, ran.answers["x"].get("value")) == ("answered", 2.0)


@pytest.mark.parametrize("line", ["matplotlib inline", "matplotlib widget", "pylab inline"])
def test_a_notebook_may_ask_for_figures(sandbox: Sandbox, line: str) -> None:
    ran = sandbox.run([f"%{line}\nimport matplotlib.pyplot as plt\nplt.plot([1])\nx = 1"], ["x"])
    assert (ran.errors, ran.answers["x"].get("value")) == ((), 1.0)


def test_calls_are_tried_after_an_endless_cell(sandbox: Sandbox) -> None:
    limits = Limits(seconds=3)
    cells = ["def f(n):\n    return n + 1", "while True: pass"]
    ran = sandbox.run(cells, ["y"], calls=["y = f(1)"], limits=limits)
    assert (ran.end, ran.stopped, ran.answers["y"]["value"]) == ("time", 2, 2.0)
    calls = ["y = 7", "z = f(1)"]
    frames = {"g": [pd.DataFrame({"a": [1]})]}
    ran = sandbox.run(["def f(n):\n    while True: pass"], ["y", "z"], calls=calls, limits=limits)
    assert (ran.end, ran.stopped, ran.answers["y"]["value"]) == ("time", 3, 7.0)
    assert ran.answers["z"] == {"kind": "blank"}
    # an endless cell, and a function that comes to no end where it is tried
    endless = ["x = 5", "def g(frame):\n    while True: pass", "while True: pass"]
    ran = sandbox.run(endless, ["x", "g"], frames, limits=limits)
    assert (ran.end, ran.stopped, ran.answers["x"]["value"]) == ("time", 3, 5.0)


def test_half_a_character_is_written_as_a_question_mark(sandbox: Sandbox) -> None:
    ran = sandbox.run(["x = 'a' + chr(0xD800)", "raise ValueError(x)"], ["x"])
    assert ran.answers["x"]["value"] == "a?"
    assert ran.errors[0].message == "a?"


@pytest.mark.parametrize("isolated", [True, False])
def test_files_of_the_homework_and_modules_of_the_students(isolated: bool) -> None:
    made = Sandbox(isolated=isolated)
    cells = [
        "%%writefile helper.py\ndef f():\n    return 41",
        "import helper\nx = helper.f() + 1",
        "%%writefile helper.py\ndef f():\n    return 47",
        "import importlib\nimportlib.reload(helper)\ny = helper.f()",
        "import pandas as pd\nz = pd.read_csv('own data.csv')['a'].tolist()",
    ]
    try:
        ran = made.run(cells, ["x", "y", "z"], files={"own data.csv": b"a,b\n1,2\n3,4\n"})
        after = made.run(["import os\nx = os.listdir()"], ["x"])
    finally:
        made.close()
    assert ran.errors == ()
    found = [ran.answers[name].get("value", ran.answers[name].get("values")) for name in "xyz"]
    assert found == [42, 47, [1, 3]]
    left = after.answers["x"]["values"]  # a checkout below /tmp is seen there too
    assert not {"helper.py", "own data.csv"} & set(left)  # nothing is left for others


def test_a_family_comes_out_as_it_went_in(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        [
            "import mlmteach as mlm\n"
            "model = mlm.Model('incidence ~ period', group='herd', family='poisson',"
            " exposure='size')\n"
            "odds = mlm.Model('incidence ~ period', group='herd', family='binomial',"
            " trials='size').fit(mlm.load('cbpp')).params['Intercept']"
        ],
        ["model", "odds"],
    )
    assert ran.answers["model"]["family"] == {"family": "poisson", "exposure": "size"}
    assert ran.answers["odds"]["value"] == pytest.approx(-1.3985, abs=1e-3)
