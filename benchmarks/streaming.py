"""A fit to Parquet files that are larger than memory: seconds and the most memory it took.

``python -m benchmarks.streaming`` writes 10^8 rows in 10^6 groups (about 2 GB) to a temporary
folder and fits a random slope with a cross-level interaction; ``--rows`` and ``--groups`` make it
smaller.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

import mlmteach as mlm

PIECE = 5_000_000  # rows of a file


def write(folder: Path, rows: int, groups: int, *, shuffled: bool = False) -> None:
    """Write files of rows in the order of their groups, or in none."""
    rng = np.random.default_rng(1)
    size = rng.normal(1000, 200, groups)
    effects = rng.normal(0, 1, (groups, 2)) * [2.0, 0.6]
    for piece, start in enumerate(range(0, rows, PIECE)):
        n = min(PIECE, rows - start)
        if shuffled:
            group = rng.integers(0, groups, n)
        else:
            group = (np.arange(start, start + n) * groups) // rows
        ses = rng.normal(0, 1, n)
        slope = 2.0 + 0.001 * size[group] + effects[group, 1]
        outcome = 12.0 + effects[group, 0] + slope * ses + 6.0 * rng.standard_normal(n)
        frame = pd.DataFrame({"school": group, "math": outcome, "ses": ses, "size": size[group]})
        frame.astype({"ses": "float32", "math": "float32", "size": "float32"}).to_parquet(
            folder / f"{piece:04}.parquet", row_group_size=1 << 20
        )


class Peak:
    """Watches the memory of this process, in MiB."""

    def __init__(self) -> None:
        self.base = self.most = self.now()
        self.stopped = False

    @staticmethod
    def now() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20

    def __enter__(self) -> Peak:
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self) -> None:
        while not self.stopped:
            self.most = max(self.most, self.now())
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self.stopped = True
        self.thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=10**8)
    parser.add_argument("--groups", type=lambda text: int(float(text)), default=10**6)
    parser.add_argument("--shuffled", action="store_true", help="rows in no order")
    given = parser.parse_args()
    model = mlm.Model(
        "math ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"}
    )
    model.fit([mlm.load("hsb").rename(columns={"mathach": "math"})])  # what is imported late
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), given.rows, given.groups, shuffled=given.shuffled)
        disk = sum(path.stat().st_size for path in Path(place).iterdir()) / 2**20
        with Peak() as peak:
            start = time.perf_counter()
            fit = model.fit(place)
            seconds = time.perf_counter() - start
    print(
        f"{given.rows:.0e} rows in {fit.ngroups:.0e} groups, {disk:.0f} MiB on disk: "
        f"{seconds:.1f} s, {peak.most - peak.base:.0f} MiB on top of {peak.base:.0f}"
    )
    print(fit.summary())


if __name__ == "__main__":
    main()
