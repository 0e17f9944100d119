"""The programs that are compared, each as a function that fits one model once."""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable

import pandas as pd

import mlmteach as mlm
from benchmarks.models import written
from benchmarks.session import RSession

Timed = Callable[[], tuple[float, float]]
"""Fits once; gives seconds and -2 (restricted) log-likelihood."""


def timed(work: Callable[[], float]) -> Timed:
    def run() -> tuple[float, float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            start = time.perf_counter()
            value = work()
            return time.perf_counter() - start, value

    return run


def contestants(model: mlm.Model, frame: pd.DataFrame, r: RSession | None) -> dict[str, Timed]:
    """Give every program that is installed; each starts from a formula and a data frame."""
    text = written(model)

    def ours() -> float:
        fit = model.fit(frame)
        fit.params, fit.bse, fit.cov_re  # noqa: B018  (what others compute at once)
        return fit.criterion

    found = {"mlmteach": timed(ours)}
    found["statsmodels"] = timed(lambda: _mixedlm("statsmodels.formula.api", text, frame))
    if importlib.util.find_spec("mixedlm"):
        import mixedlm

        plain = pd.DataFrame(frame.to_dict("series"))
        found["mixedlm"] = timed(lambda: mixedlm.lmer(text.lme4, plain).REMLcrit())
    if importlib.util.find_spec("mixedlm_rs"):
        found["mixedlm-rs"] = timed(lambda: _mixedlm("mixedlm_rs", text, frame))
    if r is not None and "lme4" in r.packages:
        found["lme4"] = lambda: r.run(f"lmer({text.lme4}, data = frame, REML = TRUE)")
    if r is not None and "nlme" in r.packages:
        random = f"~ {text.random} | {text.group}"
        found["nlme"] = lambda: r.run(f"lme({text.fixed}, random = {random}, data = frame)")
    return found


def _mixedlm(module: str, text: object, frame: pd.DataFrame) -> float:
    library = importlib.import_module(module)
    model = library.mixedlm(text.fixed, frame, groups=text.group, re_formula=f"~ {text.random}")
    return float(-2 * model.fit(reml=True).llf)
