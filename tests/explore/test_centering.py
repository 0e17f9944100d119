"""The panel on centring."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import DataError, OptionError
from mlmteach.explore.centering import WAYS, Centering, Clouds, Sliding, fit_centred, slopes_of
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import Lines, Points


@cache
def hsb_panel() -> Panel[Sliding]:
    return mlm.explore.centering()


def test_published_slopes_of_high_school_and_beyond() -> None:
    slopes = slopes_of(mlm.load("hsb"), "mathach", "ses", "school")
    # Raudenbush & Bryk (2002), chapter 5: between 5.87, within 2.19, contextual 3.68
    assert slopes.within == pytest.approx(2.19, abs=0.005)
    assert slopes.between == pytest.approx(5.87, abs=0.005)
    assert slopes.contextual == pytest.approx(3.68, abs=0.005)


def test_with_the_means_in_the_model_every_centring_says_the_same() -> None:
    hsb = mlm.load("hsb")
    fits = [fit_centred(hsb, "mathach", "ses", "school", Centering(way, True)) for way in WAYS]
    for fit in fits[:2]:
        assert fit.criterion == pytest.approx(fits[2].criterion)
        total = fit.params["x"] + fit.params["mean_x"]
        assert total == pytest.approx(fits[2].params["mean_x"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("with_mean", [False, True])
def test_numbers_and_words_are_those_of_the_fit(way: str, with_mean: bool) -> None:
    scene = hsb_panel().move(way=way, with_mean=with_mean)
    fit = fit_centred(mlm.load("hsb"), "mathach", "ses", "school", Centering(way, with_mean))
    assert f"γ₀₀ = {fit.params['Intercept']:.2f}, γ₁₀ = {fit.params['x']:.2f}" in scene.told
    assert ("neither of them" in scene.told) == (way != "group mean" and not with_mean)
    assert ("slope between groups. γ₀₀" in scene.told) == (way == "group mean" and with_mean)
    assert ("γ₀₁ is the contextual effect" in scene.told) == (way != "group mean" and with_mean)
    line = next(m for m in scene.marks if isinstance(m, Lines) and m.tags == ("gamma_10",))
    assert np.diff(line.y)[0] / np.diff(line.x)[0] == pytest.approx(fit.params["x"])
    wanted = {"gamma_00", "gamma_10", *["gamma_01"] * with_mean}
    for where in ("picture", "equation", "sentence"):
        assert scene.tags(where) >= wanted


def test_clouds_slide_to_their_means() -> None:
    clouds = Clouds.of(mlm.load("hsb"), "mathach", "ses", "school")

    def places(way: str) -> np.ndarray:
        scene = hsb_panel().move(way=way, with_mean=False)
        return np.asarray(next(m for m in scene.marks if isinstance(m, Points)).x)

    np.testing.assert_allclose(places("raw"), clouds.means)
    np.testing.assert_allclose(places("grand mean"), clouds.means - clouds.overall)
    np.testing.assert_allclose(places("group mean"), 0.0, atol=1e-12)


def test_one_group_can_be_shown_alone() -> None:
    scene = hsb_panel().move(alone="one group", group="1224", way="group mean")
    within, picked = [m for m in scene.marks if isinstance(m, Lines) and m.tags == ("within",)]
    assert np.isnan(within.x).all()
    assert np.isfinite(picked.x).all()
    school = mlm.load("hsb").query("school == 1224")
    units = next(m for m in scene.marks if isinstance(m, Points) and m.tags == ("picked",))
    drawn = np.sort(units.x[np.isfinite(units.x)])
    np.testing.assert_allclose(drawn, np.sort(school["ses"] - school["ses"].mean()), atol=1e-9)
    assert "The picked group is 1224" in scene.told


def test_columns_of_other_data_are_found_or_named() -> None:
    with pytest.raises(OptionError, match="same in all groups"):
        mlm.explore.centering(mlm.load("sleepstudy"), "Reaction", "Days", "Subject")
    panel = mlm.explore.centering(mlm.load("exam"), "normexam", "standLRT", "school")
    assert "between groups" in panel.move(way="group mean").told
    with pytest.raises(OptionError, match="Name one of"):
        mlm.explore.centering(mlm.load("hsb"), "mathach", "size", "school")
    with pytest.raises(OptionError, match="holds the groups"):
        mlm.explore.centering(pd.DataFrame({"y": [1.5, 2.5], "x": [1.0, 2.0]}))


def test_a_date_is_not_offered() -> None:
    days = pd.date_range("2024-01-01", periods=12)
    data = pd.DataFrame({"y": np.arange(12.0), "day": days, "g": list("aaabbbcccddd")})
    with pytest.raises(OptionError, match=r"no number.*Name one of y\.$"):
        mlm.explore.centering(data, "y", "day", "g")


def test_columns_may_be_called_by_numbers() -> None:
    hsb = mlm.load("hsb")[["mathach", "ses", "school"]].set_axis([0, 1, 2], axis=1)
    hsb.attrs = {}
    assert "The picked group" in mlm.explore.centering(hsb, "0", "1", "2").sentence


def small() -> pd.DataFrame:
    """Twelve rows in four groups whose slope within is 1 and between 3."""
    within, means = np.tile([-1.0, 0.0, 1.0], 4), np.repeat([0.0, 1.0, 2.0, 4.0], 3)
    noise = np.tile([0.01, -0.02, 0.01], 4) + np.repeat([0.1, -0.1, -0.1, 0.1], 3)
    y = within + 3 * means + noise
    return pd.DataFrame({"y": y, "x": within + means, "g": np.repeat(list("abcd"), 3)})


def test_columns_may_be_called_as_the_panel_calls_its_own() -> None:
    expected = mlm.explore.centering(small(), "y", "x", "g").sentence
    for group in ("mean_x", "group", "a/b", "`", "x"):
        data = small().rename(columns={"g": group, "x": "y", "y": "it"})
        told = mlm.explore.centering(data, "it", "y", group).sentence
        assert told.replace(" y ", " x ") == expected, group


def test_infinite_values_are_named_by_their_column() -> None:
    data = small().rename(columns={"x": "hours"})
    data.loc[3, "hours"] = np.inf
    with pytest.raises(DataError, match="The column 'hours' is infinite in 1 rows"):
        mlm.explore.centering(data, "y", "hours", "g")


def test_slopes_agree_where_they_do_and_not_where_they_are_small() -> None:
    far = small().assign(x=lambda d: 1e5 * d.x)
    panel = mlm.explore.centering(far, "y", "x", "g")
    assert "is a blend of the slopes" in panel.sentence
    assert "within groups is 0.0000100, between groups 0.0000301" in panel.sentence
    (note,) = set(panel.move(with_mean=True).notes[:1])
    assert note.startswith("raw: The predictor 'mean of x' has a standard deviation")
