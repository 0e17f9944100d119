"""What should not be felt: the import, and an equation drawn at every move of a slider."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pandas as pd

import mlmteach as mlm
from benchmarks.models import MODELS


def imports(rounds: int) -> pd.DataFrame:
    """Median seconds of a new process that imports one package, interleaved."""
    seconds: dict[str, list[float]] = {"pandas": [], "mlmteach": []}
    for _ in range(rounds):
        for package, times in seconds.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {package}"], check=True)
            times.append(time.perf_counter() - start)
    medians = {package: statistics.median(times) for package, times in seconds.items()}
    return pd.DataFrame(
        [
            {"import": package, "ms": 1000 * median, "ratio": median / medians["pandas"]}
            for package, median in medians.items()
        ]
    )


def rendering(rounds: int) -> pd.DataFrame:
    """Median time of the equations of each model, with the estimates in them."""
    frame = mlm.load("hsb")
    rows = []
    for name, model in MODELS.items():
        fit = model.fit(frame)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            fit.equations()._repr_mimebundle_()
            times.append(time.perf_counter() - start)
        rows.append({"model": name, "ms": 1000 * statistics.median(times)})
    return pd.DataFrame(rows)
