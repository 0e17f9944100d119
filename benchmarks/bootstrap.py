"""A parametric bootstrap of the cross-level model: draw an outcome, fit again."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

import mlmteach as mlm
from benchmarks.fitting import r_session
from benchmarks.models import MODELS, written
from mlmteach.fit.simulate import MomentLaw


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
    fit.bootstrap(replicates, seed=1, progress=False)
    rows.append(("mlmteach: bootstrap", replicates, (time.perf_counter() - start) / replicates))
    law, generator = MomentLaw.of(fit), np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(replicates):
        law.draw(generator)
    each = (time.perf_counter() - start) / replicates
    rows.append(("mlmteach: its draws alone", replicates, each))
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


def influence(sizes: tuple[int, ...]) -> pd.DataFrame:
    """Seconds for leaving out each group in turn, for numbers of groups."""
    model = mlm.Model("y ~ x", group="g", level2={"intercept": "w + U", "x": "w + U"})
    rows = []
    for groups in sizes:
        rng = np.random.default_rng(3)
        codes = np.repeat(np.arange(groups), rng.integers(2, 20, groups))
        x, w = rng.normal(size=len(codes)), rng.normal(size=groups)[codes]
        u = rng.normal(size=(groups, 2)) * [1.0, 0.3]
        y = 1 + x + w + u[codes, 0] + u[codes, 1] * x + 2 * rng.normal(size=len(codes))
        fit = model.fit(pd.DataFrame({"y": y, "x": x, "w": w, "g": codes}))
        start = time.perf_counter()
        found = fit.diagnostics.influence(progress=False)
        rows.append((groups, time.perf_counter() - start, int(found.searched.sum())))
    return pd.DataFrame(rows, columns=["groups", "seconds", "searched"])
