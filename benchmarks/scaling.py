"""Time and memory as the data grow; each fit in a process of its own.

``python -m benchmarks.scaling PROGRAM ROWS GROUPS`` measures one and prints JSON.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import mlmteach as mlm

SIZES = ((10**4, 10**2), (10**5, 10**3), (10**6, 10**4), (10**7, 10**5))
LARGEST = {"mlmteach": 10**7, "mixedlm": 10**6, "mixedlm-rs": 10**6, "statsmodels": 10**5}
TIME_LIMIT = 300


def made_data(rows: int, groups: int) -> pd.DataFrame:
    """Simulate a cross-level interaction: z at level 2, x at level 1 with a random slope."""
    generator = np.random.default_rng(1)
    group = np.sort(generator.integers(0, groups, rows))
    x, z = generator.standard_normal(rows), generator.standard_normal(groups)[group]
    u = generator.standard_normal((groups, 2))[group]
    y = 1 + 0.5 * z + u[:, 0] + (0.3 + 0.2 * z + 0.5 * u[:, 1]) * x
    return pd.DataFrame(
        {"y": y + 2 * generator.standard_normal(rows), "x": x, "z": z, "group": group}
    )


def peak_mib() -> float:
    """Return the largest memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands ru_maxrss on from the parent, but not this
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def one(program: str, rows: int, groups: int) -> dict[str, float]:
    from benchmarks.contestants import contestants

    model = mlm.Model("y ~ x", group="group", level2={"intercept": "z + U", "x": "z + U"})
    frame = made_data(rows, groups)
    small = made_data(2000, 50)
    contestants(model, small, None)[program]()  # imports and compiled code
    runs, before = contestants(model, frame, None), peak_mib()
    repeats = 3 if rows <= 10**6 else 1
    seconds = statistics.median(runs[program]()[0] for _ in range(repeats))
    result = {"seconds": seconds, "data MiB": before, "peak MiB": peak_mib()}
    if program == "mlmteach":
        from mlmteach.fit.design import build_design
        from mlmteach.fit.moments import cross_products

        _, design, _ = build_design(model, frame)
        passes = []
        for _ in range(3):
            start = time.perf_counter()
            cross_products(design)
            passes.append(time.perf_counter() - start)
        result["one pass"] = statistics.median(passes)
    return result


def measure(largest: int, programs: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for n, j in SIZES:
        for program in programs:
            if n > min(largest, LARGEST.get(program, 0)):
                continue
            try:
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.scaling", program, str(n), str(j)],
                    cwd=Path(__file__).parents[1],
                    capture_output=True,
                    text=True,
                    timeout=TIME_LIMIT,
                )
            except subprocess.TimeoutExpired:
                print(f"{program} took more than {TIME_LIMIT} s for {n:,} rows.")
                continue
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                print(f"{program} stopped at {n:,} rows: {last}")
                continue
            rows.append({"program": program, "rows": n, "groups": j, **json.loads(done.stdout)})
    table = pd.DataFrame(rows)
    if "one pass" in table:
        table["fit / one pass"] = table["seconds"] / table["one pass"]
    return table


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
