"""Replicates of a simulation: seeded, interrupted, and shown."""

from __future__ import annotations

from concurrent.futures import Executor, Future

import numpy as np
import pytest

from mlmteach.errors import ConvergenceWarning, OptionError
from mlmteach.fit.replication import replicate, require_seed


def test_an_interrupt_keeps_what_is_done():
    def work(generator, done=[]):  # noqa: B006
        done.append(1)
        if len(done) > 100:
            raise KeyboardInterrupt
        return float(generator.standard_normal())

    options = {"executor": None, "progress": False, "label": "Test"}
    with pytest.warns(ConvergenceWarning, match="Interrupted: 100 of 400"):
        partial = replicate(work, 400, seed=3, **options)
    whole = replicate(lambda g: float(g.standard_normal()), 400, seed=3, **options)
    assert partial == whole[:100]


def test_progress_is_shown(capsys):
    options = {"seed": 1, "executor": None, "label": "Refits"}
    replicate(lambda g: g.random(), 3, progress=True, **options)
    assert "Refits" in capsys.readouterr().err
    replicate(lambda g: g.random(), 3, progress=False, **options)
    assert capsys.readouterr().err == ""


OPTIONS = {"executor": None, "progress": False, "label": "Test"}


def test_the_first_results_do_not_depend_on_how_many_there_are():
    few = replicate(lambda g: g.random(), 5, seed=9, **OPTIONS)
    many = replicate(lambda g: g.random(), 90, seed=9, **OPTIONS)
    assert many[:5] == few
    assert len(set(many)) == 90
    assert replicate(lambda g: g.random(), 5, seed=10, **OPTIONS) != few


def test_results_come_in_the_order_of_the_seeds_whoever_is_first():
    """A worker that does the last batch first."""

    class Backwards(Executor):
        def __init__(self):
            self.waiting = []

        def submit(self, work, /, *args):
            self.waiting.append((Future(), work, args))
            if len(self.waiting) == 40:
                for future, task, given in reversed(self.waiting):
                    future.set_result(task(*given))
            return self.waiting[-1][0]

    options = OPTIONS | {"executor": Backwards()}
    expected = replicate(lambda g: g.random(), 80, seed=1, **OPTIONS)
    assert replicate(lambda g: g.random(), 80, seed=1, **options) == expected


def test_an_interrupt_before_anything_is_done_stays_one():
    def work(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(work, 3, seed=1, **OPTIONS)


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", True, None])
def test_counts_that_are_none(n):
    with pytest.raises(OptionError, match=f"{n!r} replicates cannot be drawn"):
        replicate(lambda g: g, n, seed=1, **OPTIONS)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", True])
def test_seeds_that_are_none(seed):
    with pytest.raises(OptionError, match=f"{seed!r} is no seed"):
        replicate(lambda g: g, 3, seed=seed, **OPTIONS)
    require_seed(None)
    require_seed(np.int64(3))
