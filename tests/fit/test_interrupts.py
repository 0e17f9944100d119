"""Ctrl-C: what is done is kept, here, in threads and in processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from mlmteach.fit.interrupts import Interrupts

RUN = """
import signal, sys, warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import mlmteach as mlm

def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell ignores it
    warnings.simplefilter("always")
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    made = {"here": lambda: None, "own": lambda: 1, "threads": lambda: ThreadPoolExecutor(2),
            "processes": lambda: ProcessPoolExecutor(1)}
    executor = made[sys.argv[1]]()
    print("ready", flush=True)
    boot = fit.bootstrap(
        20_000, seed=5, executor=executor, checkpoint=sys.argv[2], progress=False
    )
    whole = boot.more(60, progress=False)
    first = fit.bootstrap(60, seed=5, progress=False)
    print("same", whole.replicates.iloc[:60].equals(first.replicates), flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", "threads", "processes", "own"])
def test_ctrl_c_ends_a_bootstrap_and_keeps_what_is_done(where, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(RUN)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    kept = tmp_path / "boot.jsonl"
    run = subprocess.Popen(
        [sys.executable, str(script), where, str(kept)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
    )
    assert run.stdout.readline() == "ready\n"
    while run.poll() is None and not (kept.exists() and kept.read_bytes().count(b"\n") > 1):
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does it: to all processes
    out, told = run.communicate(timeout=60)
    assert "IncompleteWarning: Interrupted:" in told
    assert "of 20000 replicates were done" in told
    assert "run.py" in told.split("IncompleteWarning")[0].splitlines()[-1]
    assert out == "same True\n"


def test_the_first_asks_and_the_second_ends():
    with Interrupts() as interrupts:
        assert not interrupts.asked
        signal.raise_signal(signal.SIGINT)
        assert interrupts.asked
        signal.raise_signal(signal.SIGINT)
        pytest.fail("The second one ends the block.")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_errors_pass():
    with pytest.raises(ValueError, match="other"), Interrupts():
        raise ValueError("other")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_have_no_handlers():
    found = []

    def work():
        with Interrupts() as interrupts:
            found.append(interrupts.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


def test_anothers_handler_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
        assert heard == [1]
        assert not interrupts.asked
    finally:
        signal.signal(signal.SIGINT, before)
