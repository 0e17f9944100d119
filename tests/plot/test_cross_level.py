"""Simple slopes of a cross-level interaction, against their closed form."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.cross_level import interaction_lines


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"}
    )
    return model.fit(mlm.load("hsb"))


def test_slopes_are_gamma_10_plus_gamma_11_times_size(fit: Fit) -> None:
    sizes = mlm.load("hsb").groupby("school")["size"].first()
    lines = interaction_lines(fit, "size:ses")
    values = lines["moderator"].unique()
    np.testing.assert_allclose(values, sizes.mean() + sizes.std() * np.array([-1, 0, 1]))
    for value, line in lines.groupby("moderator"):
        slope = np.polyfit(line["ses"], line["predicted"], 1)[0]
        assert slope == pytest.approx(fit.params["ses"] + fit.params["size:ses"] * float(value))


def test_the_band_comes_from_the_covariance_of_gamma(fit: Fit) -> None:
    line = interaction_lines(fit, "size:ses").iloc[7]
    x = np.array([1.0, line["moderator"], line["ses"], line["moderator"] * line["ses"]])
    se = np.sqrt(x @ fit.cov_params().to_numpy() @ x)
    # 1.959964 is the 97.5 % point of the standard normal distribution
    assert line["upper"] - line["predicted"] == pytest.approx(1.959964 * se)
    assert line["predicted"] - line["lower"] == pytest.approx(1.959964 * se)


def test_a_dummy_moderator_gives_two_lines() -> None:
    model = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "sector + U", "ses": "sector"}
    )
    figure = mlm.plot.cross_level(model.fit(mlm.load("hsb")), "ses:sector")
    assert figure.alt.startswith("2 lines of SES")
    assert "where sector is 0" in figure.alt


def test_a_line_of_a_case_that_no_row_is_is_told() -> None:
    """All sentences, and the captions of figures, ask the same: the places of the model."""
    data = mlm.load("hsb")
    model = mlm.Model(
        "mathach ~ ses + female",
        group="school",
        level2={"intercept": "sector + U", "ses": "sector"},
    )
    for frame, lacking in (
        (data, None),
        (data[(data["female"] == 1) | (data["sector"] == 0)], "1"),
        (data[(data["female"] == 1) | (data["sector"] == 1)], "0"),
    ):
        fit = model.fit(frame)
        caption = mlm.plot.cross_level(fit, "ses:sector").caption
        told = [
            at
            for at in "01"
            if f"No row of the data is such a case where sector is {at}." in caption
        ]
        assert told == ([lacking] if lacking else [])


def test_values_of_the_moderator_are_told_apart() -> None:
    model = mlm.Model(
        "normexam ~ standLRT",
        group="school",
        level2={"intercept": "schavg + U", "standLRT": "schavg + U"},
    )
    figure = mlm.plot.cross_level(model.fit(mlm.load("exam")), "schavg:standLRT")
    assert "where schavg is −0.37 (mean − 1 SD)" in figure.alt
    assert "where schavg is −0.03 (mean)" in figure.alt


def test_unknown_interactions_are_refused(fit: Fit) -> None:
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        mlm.plot.cross_level(fit, "size:sess")
    plain = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    with pytest.raises(OptionError, match="equation of a slope"):
        mlm.plot.cross_level(plain, "size:ses")
