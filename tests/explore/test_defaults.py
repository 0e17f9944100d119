"""What panels open on: the models of the course."""

from itertools import pairwise

import mlmteach as mlm
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
