"""Cells of several categories: which ones a coefficient compares."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.cells import Cells, cells_of
from mlmteach.interpret.source import source_of


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(20), 12)
    frame = pd.DataFrame({"g": g, "arm": rng.choice(["k", "l", "n"], 240)})
    frame["sex"] = rng.choice(["f", "m"], 240)
    frame["x"] = rng.normal(size=240)
    frame["y"] = rng.normal(size=20)[g] + rng.normal(size=240)
    return frame


def fitted(fixed: str) -> Fit:
    return mlm.Model.from_formula(f"y ~ {fixed} + (1 | g)", data=data()).fit(data())


def found(fixed: str, name: str) -> Cells | None:
    fit = fitted(fixed)
    return cells_of(source_of(fit), next(g for g in fit.model.gammas if g.name == name))


def labels(cells: Cells | None) -> tuple[list[str], list[str], list[list[str]]]:
    assert cells is not None
    own = [m.contrast for m in cells.factors if m.contrast]
    sides = [c.label for k in own for c in (*k.above, *k.below)]
    among = [m.category.label for m in cells.among if m.category]
    return sides, among, [[m.category.label for m in c if m.category] for c in cells.pair]


@pytest.mark.parametrize(
    ("fixed", "name", "sides", "among", "pair"),
    [
        ("arm:sex", "Intercept", [], ["k", "f"], []),
        ("arm:sex", "arm[l]:sex[f]", ["l", "k"], ["f"], []),
        ("arm:sex", "arm[k]:sex[m]", ["m", "f"], ["k"], []),
        ("arm:sex", "arm[n]:sex[m]", [], [], [["n", "m"], ["k", "f"]]),
        ("0 + arm:sex", "arm[n]:sex[m]", [], ["n", "m"], []),
        ("x + arm:sex:x", "arm[l]:sex[f]:x", ["l", "k"], ["f"], []),
    ],
)
def test_a_cell_is_compared_with_the_one_that_has_no_column(
    fixed: str, name: str, sides: list[str], among: list[str], pair: list[list[str]]
) -> None:
    assert labels(found(fixed, name)) == (sides, among, pair)


def test_factors_with_their_margins_are_read_one_by_one() -> None:
    assert found("arm*sex", "arm[T.l]:sex[T.m]") is None
    assert found("sex + sex:x", "sex[f]:x") is None


def test_the_sentence_names_both_cells() -> None:
    row = fitted("arm:sex").interpret("arm[n]:sex[m]").rows[0]
    assert row.full.startswith("For an observation that has arm equal to n and has sex equal to m,")
    assert "than for an observation that has arm equal to k and has sex equal to f" in row.full
    assert "mean of all categories" not in row.full
