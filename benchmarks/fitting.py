"""``model.fit(frame)`` for the four models of the slides, interleaved with other programs."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import mlmteach as mlm
from benchmarks.contestants import Timed, contestants
from benchmarks.models import MODELS
from benchmarks.session import RSCRIPT, RSession


@contextlib.contextmanager
def r_session(frame: pd.DataFrame) -> Iterator[RSession | None]:
    """Open R with the data loaded, or give None where there is no R."""
    if RSCRIPT is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "frame.csv", index=False)
        with RSession(Path(folder)) as session:
            session.run('frame <- read.csv("frame.csv")')
            yield session


def interleaved(runs: dict[str, Timed], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Let the programs take turns; median seconds of each, and the criterion that it reached."""
    seconds: dict[str, list[float]] = {program: [] for program in runs}
    reached = {}
    for number in range(rounds + 1):
        for program, run in runs.items():
            time, reached[program] = run()
            if number:  # the first round warms up
                seconds[program].append(time)
    return {program: statistics.median(times) for program, times in seconds.items()}, reached


def measure(rounds: int) -> pd.DataFrame:
    """One row a model and program: median seconds, ratio to ours, distance from the optimum."""
    frame = mlm.load("hsb")
    rows = []
    with r_session(frame) as r:
        for name, model in MODELS.items():
            medians, reached = interleaved(contestants(model, frame, r), rounds)
            best = min(value for value in reached.values() if value == value)
            rows += [
                {
                    "model": name,
                    "program": program,
                    "ms": 1000 * median,
                    "ratio": median / medians["mlmteach"],
                    "above best": reached[program] - best,
                }
                for program, median in medians.items()
            ]
    return pd.DataFrame(rows)
