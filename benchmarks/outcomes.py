"""``model.fit(frame)`` for yes/no outcomes and counts, interleaved with two other programs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import numpy as np
import pandas as pd

import mlmteach as mlm
from benchmarks.contestants import Timed, timed
from benchmarks.fitting import interleaved, r_session
from benchmarks.session import RSession


@dataclass(frozen=True)
class Case:
    """One model, in both languages."""

    name: str
    model: mlm.Model
    frame: pd.DataFrame
    formula: str
    points: int = 1


def cases() -> list[Case]:
    """Give models of High School & Beyond made yes/no, and of ticks on grouse chicks."""
    hsb = mlm.load("hsb")
    hsb = hsb.assign(passed=(hsb["mathach"] > 12.75).astype(int))
    ticks = mlm.load("grouseticks")
    fixed = {"group": "school", "family": "binomial"}
    plain = mlm.Model("passed ~ ses + female", **fixed)
    slope = mlm.Model("passed ~ ses + female", level2={"ses": "U"}, **fixed)
    counts = mlm.Model(
        "TICKS ~ 1", group="BROOD", level2={"intercept": "HEIGHT + YEAR + U"}, family="poisson"
    )
    ticks = ticks.assign(HEIGHT=(ticks["HEIGHT"] - 460.0) / 50.0)
    return [
        Case("intercept", plain, hsb, "passed ~ ses + female + (1 | school)"),
        Case("intercept, 7 points", plain, hsb, "passed ~ ses + female + (1 | school)", 7),
        Case("slope", slope, hsb, "passed ~ ses + female + (1 + ses | school)"),
        Case("counts", counts, ticks, "TICKS ~ HEIGHT + factor(YEAR) + (1 | BROOD)"),
    ]


def _contestants(case: Case, r: RSession | None) -> dict[str, Timed]:
    def ours() -> float:
        fit = case.model.fit(case.frame, points=case.points)
        fit.params, fit.bse, fit.cov_re  # noqa: B018  (what others compute at once)
        return fit.criterion

    found = {"mlmteach": timed(ours)}
    family = case.model.family.name
    if importlib.util.find_spec("mixedlm"):
        import mixedlm
        from mixedlm import families

        kind = {"binomial": families.Binomial, "poisson": families.Poisson}[family]()
        text = case.formula.replace("factor(YEAR)", "YEAR")
        plain = pd.DataFrame(case.frame.to_dict("series"))
        found["mixedlm"] = timed(
            lambda: -2.0 * mixedlm.glmer(text, plain, family=kind, nAGQ=case.points).logLik().value
        )
    if r is not None and "lme4" in r.packages:
        call = f"glmer({case.formula}, data = frame, family = {family}, nAGQ = {case.points})"
        found["glmer"] = lambda: r.run(call)
    return found


def measure(rounds: int) -> pd.DataFrame:
    """One row a model and program: median seconds, ratio to ours, distance from the optimum."""
    rows = []
    for case in cases():
        with r_session(case.frame) as r:
            medians, reached = interleaved(_contestants(case, r), rounds)
        rows += [
            {
                "model": case.name,
                "program": program,
                "ms": 1000.0 * median,
                "ratio": median / medians["mlmteach"],
                "-2 log L": reached[program],
            }
            for program, median in medians.items()
        ]
    return pd.DataFrame(rows)


def large(rows: int, groups: int) -> pd.DataFrame:
    """Time one fit of a yes/no outcome to many rows, with a random intercept and a random slope."""
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(groups), rows // groups)
    x = rng.normal(size=len(codes))
    u, slope = 0.8 * rng.normal(size=groups), 0.3 * rng.normal(size=groups)
    eta = -0.3 + u[codes] + (0.5 + slope[codes]) * x
    y = (rng.random(len(codes)) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    frame = pd.DataFrame({"y": y, "x": x, "g": codes})
    table = []
    for name, level2 in (("intercept", {}), ("slope", {"x": "U"})):
        model = mlm.Model("y ~ x", group="g", level2=level2, family="binomial")
        time, _ = timed(lambda model=model: model.fit(frame).criterion)()
        table.append({"model": name, "rows": rows, "groups": groups, "s": time})
    return pd.DataFrame(table)
