"""Replicates of a simulation: seeded, interrupted, gone on with, and shown."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from mlmteach.errors import IncompleteWarning, OptionError, WorkerError
from mlmteach.fit import replication
from mlmteach.fit.replication import replicate, require_seed

OPTIONS = {"progress": False, "label": "Test", "identity": {"kind": "test"}}


def normal(generator):
    return generator.standard_normal(2)


def numbers(found):
    return found.positions.tolist(), found.values.tolist()


WHOLE = [normal(np.random.default_rng(s)) for s in np.random.SeedSequence(3).spawn(60)]


def interrupted_after(count, generator, done):
    done.append(1)
    if len(done) > count:
        raise KeyboardInterrupt
    return normal(generator)


def test_an_interrupt_keeps_what_is_done_and_the_rest_can_be_added():
    with pytest.warns(IncompleteWarning, match=r"Interrupted: 17 of 60 replicates .*more\(43\)"):
        part = replicate(partial(interrupted_after, 17, done=[]), 60, seed=3, **OPTIONS)
    assert part.positions.tolist() == list(range(17))
    np.testing.assert_array_equal(part.values, WHOLE[:17])
    whole = replicate(normal, 43, after=part, **OPTIONS)
    np.testing.assert_array_equal(whole.values, WHOLE)


def test_what_an_interrupt_left_out_comes_first():
    """Workers end in any order, so that an interrupt leaves gaps."""
    found = replicate(normal, 20, seed=3, **OPTIONS)
    some = np.array([0, 3, 4, 9])
    part = replication.Replicates(3, some, found.values[some])
    more = replicate(normal, 7, after=part, **OPTIONS)
    assert more.positions.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    np.testing.assert_array_equal(more.values, WHOLE[:11])


def test_an_interrupt_before_anything_is_done_stays_one():
    with pytest.raises(KeyboardInterrupt):
        replicate(partial(interrupted_after, 0, done=[]), 3, seed=1, **OPTIONS)


def test_progress_is_shown(capsys):
    options = OPTIONS | {"seed": 1, "label": "Refits"}
    replicate(normal, 3, **options | {"progress": True})
    assert "Refits" in capsys.readouterr().err
    replicate(normal, 3, **options)
    assert capsys.readouterr().err == ""


def test_the_first_results_do_not_depend_on_how_many_there_are():
    few = replicate(normal, 5, seed=3, **OPTIONS)
    np.testing.assert_array_equal(few.values, WHOLE[:5])
    assert not np.any(replicate(normal, 5, seed=10, **OPTIONS).values == few.values)
    unseeded = replicate(normal, 2, **OPTIONS)
    again = replicate(normal, 2, seed=unseeded.seed, **OPTIONS)
    np.testing.assert_array_equal(again.values, unseeded.values)


class Backwards(Executor):
    """A worker that does the last task first."""

    def __init__(self):
        self.waiting = []

    def submit(self, work, /, *args):
        self.waiting.append((Future(), work, args))
        if len(self.waiting) == 60:
            for future, task, given in reversed(self.waiting):
                future.set_result(task(*given))
        return self.waiting[-1][0]


def test_results_come_in_the_order_of_the_seeds_whoever_is_first():
    found = replicate(normal, 60, seed=3, executor=Backwards(), **OPTIONS)
    np.testing.assert_array_equal(found.values, WHOLE)


def test_a_task_that_takes_long_comes_back_with_a_part(monkeypatch):
    monkeypatch.setattr(replication, "AWHILE", 0.0)
    monkeypatch.setattr(replication, "PIECES", 4)
    with ThreadPoolExecutor(3) as executor:
        found = replicate(normal, 60, seed=3, executor=executor, **OPTIONS)
    np.testing.assert_array_equal(found.values, WHOLE)


def die(generator, at=0.7):
    """End the process now and then, as one that runs out of memory."""
    time.sleep(0.01)
    if generator.random() > at:
        os._exit(1)
    return np.zeros(1)


def test_processes_of_our_own_and_what_can_go_wrong_with_them():
    found = replicate(normal, 60, seed=3, executor=1, **OPTIONS)
    np.testing.assert_array_equal(found.values, WHOLE)
    with pytest.raises(WorkerError, match=r"cannot be sent.*def in a module"):
        replicate(lambda g: g.random(1), 5, seed=1, executor=1, **OPTIONS)
    with pytest.raises(WorkerError, match="ended or could not begin.*BrokenProcessPool"):
        replicate(partial(die, at=-1.0), 5, seed=1, executor=1, **OPTIONS)


def test_what_a_broken_pool_did_is_kept():
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.warns(IncompleteWarning, match=r"BrokenProcessPool.* of 60 replicates .*more\("),
    ):
        part = replicate(partial(die, at=0.98), 60, seed=1, executor=pool, **OPTIONS)
    assert 0 < len(part.values) < 60


def test_a_closed_executor_is_refused():
    with ThreadPoolExecutor(1) as executor:
        pass
    with pytest.raises(WorkerError, match="after shutdown"):
        replicate(normal, 5, seed=1, executor=executor, **OPTIONS)


def fail(generator):
    raise ZeroDivisionError("of the work")


@pytest.mark.parametrize("executor", [None, "threads"])
def test_what_the_work_raises_is_raised(executor):
    with ThreadPoolExecutor(1) as threads, pytest.raises(ZeroDivisionError, match="of the work"):
        replicate(fail, 5, seed=1, executor=executor and threads, **OPTIONS)


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", True, None])
def test_counts_that_are_none(n):
    with pytest.raises(OptionError, match=f"{n!r} replicates cannot be drawn"):
        replicate(normal, n, seed=1, **OPTIONS)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", True])
def test_seeds_that_are_none(seed):
    with pytest.raises(OptionError, match=f"{seed!r} is no seed"):
        replicate(normal, 3, seed=seed, **OPTIONS)
    require_seed(None)
    require_seed(np.int64(3))
