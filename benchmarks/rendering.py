"""How long a model takes to be written: a live panel does it at every move of a slider."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import pandas as pd

import mlmteach as mlm

REPEATS = 300


def milliseconds(task: Callable[[], object]) -> float:
    """Give the median of many runs."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        task()
        times.append(perf_counter() - start)
    return 1000 * median(times)


def main() -> None:
    """Print a line a form."""
    model = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
        data=mlm.load("hsb"),
    )
    names = [gamma.name for gamma in model.gammas]
    estimates = mlm.Estimates(
        params=pd.Series([12.4, 0.0003, 2.1, 2.4, -0.0002, -3.0, -1.2], index=names),
        bse=pd.Series([0.3, 0.0002, 0.3, 0.2, 0.0002, 0.2, 0.2], index=names),
        cov_re=pd.DataFrame([[2.1, 0.2], [0.2, 0.4]], index=names[::3][:2], columns=names[::3][:2]),
        scale=35.9,
    )
    tasks: dict[str, Callable[[], object]] = {
        "names, LaTeX": lambda: model.equations().latex,
        "symbols, LaTeX": lambda: model.equations(show="symbols").latex,
        "gelman-hill, LaTeX": lambda: model.equations(notation="gelman-hill").latex,
        "estimates, all forms of a notebook": lambda: model.equations(
            estimates=estimates, standard_errors=True, distributions=True, colour="role"
        )._repr_mimebundle_(),
        "estimates, full equation": lambda: (
            model.equations(estimates=estimates, parts=("full",)).markdown
        ),
        "steps, LaTeX": lambda: model.equations().steps().latex,
        "speech": lambda: model.equations().spoken,
    }
    for name, task in tasks.items():
        print(f"  {name:<36} {milliseconds(task):6.2f} ms")


if __name__ == "__main__":
    main()
