"""What panels open on: the models of the course."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import DataError, ModelError
from mlmteach.explore.defaults import LADDER, default_fit
from tests.fit.handmade import cases


def test_the_ladder_is_that_of_the_course() -> None:
    """R: REMLcrit of the four models, lme4 1.1-31."""
    keys = ["hsb_null_reml", "seed_level1_reml", "seed_random_slope_reml", "seed_cross_level_reml"]
    for name, key in zip(LADDER, keys, strict=True):
        expected = cases()[key]["r"]["reml_criterion"]
        assert abs(default_fit(name).criterion - expected) < 1e-4, name


def test_each_step_adds_to_the_one_before() -> None:
    steps = [
        {gamma.name for gamma in model.gammas} | {f"U {c.key}" for c in model.random}
        for model in LADDER.values()
    ]
    for before, after in pairwise(steps):
        assert before < after


def test_a_fit_is_made_once_a_session() -> None:
    assert default_fit("null") is default_fit("null")
    assert default_fit("null").model.formula == LADDER["null"].bind(mlm.load("hsb")).formula


@pytest.mark.parametrize("name", ["icc", "shrinkage", "random_slopes", "cross_level"])
@pytest.mark.parametrize("given", [[1], "hsb", {"a": [1]}])
def test_what_is_no_fit_is_refused_by_its_type(name: str, given: Any) -> None:
    with pytest.raises(ModelError, match=f"a fit, and not a {type(given).__name__}"):
        getattr(mlm.explore, name)(given)
    with pytest.raises(ModelError, match="a fit, and not a"):
        mlm.explore.three_levels(given)


@pytest.mark.parametrize("panel", [mlm.explore.builder, mlm.explore.centering])
@pytest.mark.parametrize("given", [[1], "hsb", {"a": [1]}])
def test_what_is_no_table_is_refused_by_its_type(panel: Callable[..., Any], given: Any) -> None:
    with pytest.raises(DataError, match=f"of the type {type(given).__name__}"):
        panel(given, group="a")


@cache
def yes_no() -> Any:
    data = pd.DataFrame({"y": np.repeat([0, 1, 1, 0, 1, 0], 5), "g": np.repeat(range(10), 3)})
    return mlm.Model("y ~ 1", group="g", family="binomial").fit(data)


def test_a_yes_no_outcome_has_no_within_variance() -> None:
    with pytest.raises(ModelError, match="has none"):
        mlm.explore.icc(yes_no())
