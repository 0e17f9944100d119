"""The panel on shrinkage."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError
from mlmteach.explore.shrinkage import Shrinkage, shrunken
from mlmteach.plot.shrinkage import shrinkage_table


@pytest.fixture(scope="module")
def fit() -> Fit:
    return mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))


def test_at_the_estimates_it_gives_the_predictions_of_the_fit(fit: Fit) -> None:
    state = Shrinkage("partial pooling", float(fit.cov_re.iloc[0, 0]), fit.scale, 1.0, 1317)
    effects = shrunken(state, shrinkage_table(fit))
    np.testing.assert_allclose(
        effects["predicted"], fit.random_effects["Intercept"], rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize(
    ("pooling", "tau2", "share"),
    [("no pooling", 3.0, 1.0), ("complete pooling", 3.0, 0.0), ("partial pooling", 0.0, 0.0)],
)
def test_the_ends_of_pooling(fit: Fit, pooling: str, tau2: float, share: float) -> None:
    effects = shrunken(Shrinkage(pooling, tau2, 9.0, 1.0, 1317), shrinkage_table(fit))
    assert set(effects["reliability"]) == {share}


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("pooling", "complete pooling"),
        ("tau2", 1.0),
        ("sigma2", 90.0),
        ("times", 0.2),
        ("group", 1317),
    ],
)
def test_every_control_moves_everything(fit: Fit, control: str, value: object) -> None:
    panel = mlm.explore.shrinkage(fit)
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    effects = shrunken(panel.state, shrinkage_table(fit))
    u = float(effects.loc[panel.state.group, "predicted"])
    assert f"U₀ⱼ = {u:.2f}".replace("-", "−").replace("−0.00", "0.00") in (
        panel.shown.sentence.replace("−0.00", "0.00")
    )


def test_random_slopes_are_refused() -> None:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    with pytest.raises(ModelError, match="intercept alone"):
        mlm.explore.shrinkage(model.fit(mlm.load("sleepstudy")))
