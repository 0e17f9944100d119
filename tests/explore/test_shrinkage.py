"""The panel on shrinkage."""

from functools import cache

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError, SingularFitWarning
from mlmteach.explore.shrinkage import Shrinkage, shrunken
from mlmteach.panels.scene import Points
from mlmteach.plot.shrinkage import shrinkage_table


@cache
def fit() -> Fit:
    return mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))


def test_at_the_estimates_it_gives_the_predictions_of_the_fit() -> None:
    table = shrinkage_table(fit())
    state = Shrinkage(float(fit().cov_re.iloc[0, 0]), fit().scale, 1.0, 0)
    predicted = shrunken(state, table["n"].to_numpy()) * table["mean"]
    np.testing.assert_allclose(predicted, fit().random_effects["Intercept"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("pooling", "tau2", "share"), [(0.0, 3.0, 1.0), (2.0, 3.0, 0.0), (1.0, 0.0, 0.0)]
)
def test_the_ends_of_pooling(pooling: float, tau2: float, share: float) -> None:
    kept = shrunken(Shrinkage(tau2, 9.0, 1.0, 0, pooling), np.array([3.0, 50.0]))
    np.testing.assert_allclose(kept, share)


def test_a_group_that_is_dragged_takes_its_prediction_along() -> None:
    panel = mlm.explore.shrinkage(fit())
    panel.move(group="1317", times=1.0)
    before = panel.sentence
    scene = panel.move(off=2.0, more=-30.0)
    assert panel.sentence != before
    table = shrinkage_table(fit()).loc[1317]
    size, own = table["n"] - 30, table["mean"] + 2.0
    kept = panel.state.tau2 / (panel.state.tau2 + panel.state.sigma2 / size)
    assert f"n = {size:.1f}" in panel.sentence
    assert f"U₀ⱼ = {kept * own:.2f}".replace("-", "−") in panel.sentence
    picked = [mark for mark in scene.marks if isinstance(mark, Points) and mark.size == 9]
    assert float(picked[0].y) == pytest.approx(kept * own)


def test_controls_without_a_part_are_said_to_have_none() -> None:
    panel = mlm.explore.shrinkage(fit())
    for pooling in (0, 2):
        panel.move(pooling=pooling)
        assert "τ₀², σ² and nⱼ play no part" in panel.sentence
        assert "−0.00" not in panel.sentence


def test_random_slopes_are_refused() -> None:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    with pytest.raises(ModelError, match="intercept alone"):
        mlm.explore.shrinkage(model.fit(mlm.load("sleepstudy")))


def test_groups_of_one_size_keep_one_share() -> None:
    data = mlm.load("pastes")  # batches of 6 each
    panel = mlm.explore.shrinkage(mlm.Model("strength ~ 1", group="batch").fit(data))
    assert "the predictions keep between" not in panel.sentence
    assert "% and" not in panel.sentence


def test_a_mean_of_nothing_has_no_minus() -> None:
    """Means within groups that cancel, so that they are 0 but for rounding."""
    data = mlm.load("pastes")
    within = data.strength - data.groupby("batch").strength.transform("mean")
    with pytest.warns(SingularFitWarning):
        fit = mlm.Model("strength ~ 1", group="batch").fit(data.assign(strength=within))
    assert "−0.00" not in mlm.explore.shrinkage(fit).alt
