"""``model.fit(frame)`` with two groupings, interleaved with other programs, and as data grow."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import mlmteach as mlm
from benchmarks.contestants import Timed, timed
from benchmarks.fitting import interleaved, r_session
from benchmarks.session import RSession

REFERENCE = Path(__file__).parents[1] / "tests" / "reference"
SIZES = ((10**4, 10**3, 10**2), (10**5, 10**4, 10**3), (10**6, 10**5, 10**4))


def chem97() -> pd.DataFrame:
    """31,022 pupils in 2,410 schools in 131 authorities (mlmRev: Chem97)."""
    frame = pd.read_csv(REFERENCE / "chem97.csv.gz")
    return frame.assign(gcsecnt=frame["gcsescore"] - frame["gcsescore"].mean())


def insteval() -> pd.DataFrame:
    """73,421 ratings by 2,972 students of 1,128 lecturers (lme4: InstEval)."""
    return pd.read_csv(REFERENCE / "insteval.csv.gz")


def egsingle() -> pd.DataFrame:
    """7,230 occasions of 1,721 children in 60 schools."""
    return mlm.load("egsingle")


CASES: tuple[tuple[str, Callable[[], pd.DataFrame], str], ...] = (
    ("egsingle, slopes", egsingle, "math ~ year + (1 + year | schoolid/childid)"),
    ("Chem97, nested", chem97, "score ~ gcsecnt + gender + (1 | lea/school)"),
    ("InstEval, crossed", insteval, "y ~ service + (1 | s) + (1 | d)"),
)


def _contestants(formula: str, frame: pd.DataFrame, r: RSession | None) -> dict[str, Timed]:
    def ours() -> float:
        fit = mlm.Model.from_formula(formula, data=frame).fit(frame)
        fit.params, fit.bse, fit.cov_re  # noqa: B018  (what others compute at once)
        return fit.criterion

    found = {"mlmteach": timed(ours)}
    if importlib.util.find_spec("mixedlm"):
        import mixedlm

        plain = pd.DataFrame(frame.to_dict("series"))
        found["mixedlm"] = timed(lambda: mixedlm.lmer(formula, plain).REMLcrit())
    if r is not None and "lme4" in r.packages:
        found["lme4"] = lambda: r.run(f"lmer({formula}, data = frame)")
    return found


def measure(rounds: int) -> pd.DataFrame:
    """One row a model and program: median seconds, ratio to ours, distance from the optimum."""
    rows = []
    for name, data, formula in CASES:
        frame = data()
        with r_session(frame) as r:
            medians, reached = interleaved(_contestants(formula, frame, r), rounds)
        best = min(value for value in reached.values() if value == value)
        rows += [
            {
                "model": name,
                "program": program,
                "ms": 1000.0 * median,
                "ratio": median / medians["mlmteach"],
                "above best": reached[program] - best,
            }
            for program, median in medians.items()
        ]
    return pd.DataFrame(rows)


def made_data(rows: int, classes: int, schools: int) -> pd.DataFrame:
    """Simulate pupils in classes in schools, with a slope that varies between schools."""
    rng = np.random.default_rng(1)
    own = np.append(np.arange(classes), rng.integers(0, classes, rows - classes))
    school, x = own % schools, rng.normal(size=rows)
    y = 1.0 + rng.normal(size=classes)[own] + rng.normal(size=schools)[school]
    y += (0.5 + 0.3 * rng.normal(size=schools)[school]) * x + 2.0 * rng.normal(size=rows)
    return pd.DataFrame({"y": y, "x": x, "group": own, "school": school})


def growing(largest: int) -> pd.DataFrame:
    """Time one fit of pupils in classes in schools, ten times larger each time."""
    table = []
    for rows, classes, schools in SIZES:
        if rows > largest:
            continue
        frame = made_data(rows, classes, schools)
        for name, level3 in (("intercepts", {}), ("a slope", {"x": "V"})):
            model = mlm.Model("y ~ x", group="school/group", level3=level3)
            time, _ = timed(lambda model=model, frame=frame: model.fit(frame).criterion)()
            table.append({
                "model": name, "rows": rows, "classes": classes, "schools": schools,
                "s": time, "µs a row": 1e6 * time / rows,
            })  # fmt: skip
    return pd.DataFrame(table)
