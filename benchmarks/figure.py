"""The measurements as a picture."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd

mpl.use("Agg")


def draw(fits: pd.DataFrame, sizes: pd.DataFrame, path: Path) -> None:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    wide = fits.pivot(index="model", columns="program", values="ms")
    wide = wide.reindex(index=fits["model"].unique(), columns=fits["program"].unique())
    wide.plot.bar(ax=left, logy=True, rot=0, xlabel="", ylabel="ms a fit (median)")
    left.set_ylim(top=20 * fits["ms"].max())  # room for the legend
    left.legend(ncols=3, loc="upper center")
    left.set_title("The four models of the slides")
    markers = iter("osD^v")
    for program, rows in sizes.groupby("program", sort=False):
        right.loglog(rows["rows"], rows["seconds"], marker=next(markers), label=program)
    right.set(xlabel="rows", ylabel="seconds a fit", title="As the data grow")
    right.legend()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)
