"""A parametric bootstrap of the cross-level model: draw an outcome, fit again."""

from __future__ import annotations

import time

import pandas as pd

import mlmteach as mlm
from benchmarks.fitting import r_session
from benchmarks.models import MODELS, written


def measure(replicates: int, others: int) -> pd.DataFrame:
    """Seconds for `replicates`; R runs `others` of them, and its time is scaled up."""
    frame, model = mlm.load("hsb"), MODELS["cross-level"]
    fit = model.fit(frame)
    draws = fit.simulate(min(replicates, 100), seed=1)
    fit.refit(draws.iloc[:, 0])
    start = time.perf_counter()
    for number in range(replicates):
        again = fit.refit(draws.iloc[:, number % draws.shape[1]])
        again.params, again.cov_re  # noqa: B018
    seconds = time.perf_counter() - start
    rows = [("mlmteach: refit", replicates, seconds / replicates)]
    start = time.perf_counter()
    fit.simulate(100, seed=2)
    rows.append(("mlmteach: simulate", 100, (time.perf_counter() - start) / 100))
    with r_session(frame) as r:
        if r is not None and "lme4" in r.packages:
            r.run(f"model <- lmer({written(model).lme4}, data = frame)")
            r.run(f"draws <- simulate(model, {others}, seed = 1)")
            seconds, _ = r.run("for (y in draws) refit(model, y)")
            rows.append(("lme4: refit", others, seconds / others))
    table = pd.DataFrame(rows, columns=["work", "measured", "each"])
    table["seconds for 1,000"] = 1000 * table.pop("each")
    return table
