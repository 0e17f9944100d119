"""Measure everything, print tables, write a figure."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from benchmarks import bootstrap, fitting, layers, others, outcomes, scaling
from benchmarks.figure import draw

FIGURE = Path(__file__).parent / "results" / "speed.png"


def show(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}")
    print(table.to_string(index=False, float_format=lambda x: f"{x:,.4g}"), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds and small data")
    quick = parser.parse_args().quick

    show("import", others.imports(5 if quick else 15))
    fits = fitting.measure(rounds=3 if quick else 15)
    show("model.fit(frame), High School & Beyond (median; ratio to mlmteach)", fits)
    show("two groupings (median; ratio to mlmteach)", layers.measure(rounds=1 if quick else 5))
    show("pupils in classes in schools", layers.growing(10**5 if quick else 10**6))
    show("yes/no outcomes and counts", outcomes.measure(rounds=3 if quick else 15))
    show(
        "a yes/no outcome of many rows",
        outcomes.large(*((10**5, 10**3) if quick else (10**6, 10**4))),
    )
    show("bootstrap, cross-level model", bootstrap.measure(*((50, 5) if quick else (1000, 50))))
    show(
        "influence of groups",
        bootstrap.influence((100, 1000) if quick else (160, 1000, 5000, 20000)),
    )
    show("equations with estimates", others.rendering(20 if quick else 200))
    programs = tuple(p for p in fits["program"].unique() if p in scaling.LARGEST)
    sizes = scaling.measure(10**5 if quick else 10**7, programs)
    show("n rows in J groups (each fit in a process of its own)", sizes)
    draw(fits, sizes, FIGURE)
    print(f"\nFigure: {FIGURE.relative_to(Path.cwd()) if Path.cwd() in FIGURE.parents else FIGURE}")


if __name__ == "__main__":
    main()
