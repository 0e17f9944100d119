"""The panel on centring."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.explore.centering import Centering, fit_centred, slopes_of


def test_published_slopes_of_high_school_and_beyond() -> None:
    slopes = slopes_of(mlm.load("hsb"), "mathach", "ses", "school")
    # Raudenbush & Bryk (2002), chapter 5: between 5.87, within 2.19, contextual 3.68
    assert slopes.within == pytest.approx(2.19, abs=0.005)
    assert slopes.between == pytest.approx(5.87, abs=0.005)
    assert slopes.contextual == pytest.approx(3.68, abs=0.005)


def test_with_the_means_in_the_model_every_centring_says_the_same() -> None:
    hsb = mlm.load("hsb")
    fits = [
        fit_centred(hsb, "mathach", "ses", "school", Centering(way, True))
        for way in ("raw", "grand mean", "group mean")
    ]
    for fit in fits[:2]:
        assert fit.criterion == pytest.approx(fits[2].criterion)
        total = fit.params["x"] + fit.params["mean_x"]
        assert total == pytest.approx(fits[2].params["mean_x"])


@pytest.mark.parametrize(("control", "value"), [("way", "group mean"), ("with_mean", True)])
def test_every_control_moves_everything(control: str, value: object) -> None:
    panel = mlm.explore.centering()
    before = (panel.image.value, panel.equation.value, panel.sentence.value)
    panel.controls[control].value = value
    after = (panel.image.value, panel.equation.value, panel.sentence.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    hsb = mlm.load("hsb")
    fit = fit_centred(hsb, "mathach", "ses", "school", panel.state)
    assert f"γ₁₀ = {fit.params['x']:.2f}" in panel.shown.sentence


def test_columns_of_other_data_are_found_or_named() -> None:
    with pytest.raises(OptionError, match="same in all groups"):
        mlm.explore.centering(mlm.load("sleepstudy"), "Reaction", "Days", "Subject")
    panel = mlm.explore.centering(mlm.load("exam"), "normexam", "standLRT", "school")
    panel.controls["way"].value = "group mean"
    assert "between groups" in panel.shown.sentence
    with pytest.raises(OptionError, match="Name one of"):
        mlm.explore.centering(mlm.load("hsb"), "mathach", "size", "school")
    with pytest.raises(OptionError, match="holds the groups"):
        mlm.explore.centering(pd.DataFrame({"y": [1.5, 2.5], "x": [1.0, 2.0]}))
