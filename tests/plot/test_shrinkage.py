"""Shrinkage, against the closed form of the null model."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import ModelError, SingularFitWarning
from mlmteach.plot.shrinkage import shrinkage_table


def test_predictions_are_reliability_times_departure() -> None:
    fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    table = shrinkage_table(fit)
    np.testing.assert_allclose(table["predicted"], table["reliability"] * table["mean"], atol=1e-8)
    figure = mlm.plot.shrinkage(fit)
    assert "160 schools" in figure.alt
    assert f"{table['n'].min()} to {table['n'].max()} rows" in figure.alt


def test_random_slopes_are_refused() -> None:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    with pytest.raises(ModelError, match="intercept alone"):
        mlm.plot.shrinkage(model.fit(mlm.load("sleepstudy")))


def test_a_variance_of_zero_is_told_as_it_is() -> None:
    with pytest.warns(SingularFitWarning):
        fit = mlm.Model("Yield ~ 1", group="Batch").fit(mlm.load("dyestuff2"))
    figure = mlm.plot.shrinkage(fit)
    assert "the variance between groups is estimated to be 0" in figure.alt
    assert "every prediction is 0" in figure.caption
    assert "longer the line" not in figure.caption
    alt = mlm.plot.fitted(fit).alt
    assert alt.count("all fitted ones are the same") == 2
    assert "nan" not in alt
