"""Replicates of a simulation: seeded, interrupted, and shown."""

from __future__ import annotations

import pytest

from mlmteach.errors import ConvergenceWarning
from mlmteach.fit.replication import replicate


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
