"""The ellipses of T, against the normal distribution."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError, OptionError
from mlmteach.plot.ellipse import ellipse_points


def test_the_edge_has_one_mahalanobis_distance() -> None:
    covariance = np.array([[4.0, -1.2], [-1.2, 1.0]])
    edge = ellipse_points(covariance, 0.95)
    distance = np.einsum("pa,ab,pb->p", edge, np.linalg.inv(covariance), edge)
    # 5.991465 is the 95 % point of the chi-square distribution with 2 df
    np.testing.assert_allclose(distance, 5.991465, rtol=1e-6)


def test_a_singular_matrix_gives_a_line() -> None:
    edge = ellipse_points(np.array([[1.0, 1.0], [1.0, 1.0]]), 0.5)
    np.testing.assert_allclose(edge[:, 0], edge[:, 1], atol=1e-7)


def test_points_are_the_predictions(sleep: Fit) -> None:
    figure = mlm.plot.ellipse(sleep)
    points = next(line for line in figure.canvas.axes[0].lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), sleep.random_effects.to_numpy())
    sd = np.sqrt(np.diag(sleep.cov_re))
    correlation = sleep.cov_re.iloc[0, 1] / sd.prod()
    assert f"SDs are {sd[0]:.2f} and {sd[1]:.2f}, their correlation is {correlation:.2f}" in (
        figure.alt
    )


def test_of_two_groupings_the_one_with_a_slope_is_drawn() -> None:
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.integers(0, 12, (300, 2)), columns=["item", "hour"])
    data["x"], noise = rng.normal(size=(2, 300))
    effects = rng.normal(size=(2, 12))
    slopes = 1.0 + rng.normal(size=12)
    data["y"] = effects[0, data["item"]] + effects[1, data["hour"]] + noise
    data["y"] += slopes[data["hour"]] * data["x"]
    model = mlm.Model("y ~ x", group="item * hour", level3={"x": "V"})
    fit = model.fit(data)
    figure = mlm.plot.ellipse(fit)
    assert figure.alt.startswith("Predicted departures of 12 hours from ")
    assert "By Φ their SDs" in figure.alt
    assert "covariance Φ" in figure.caption
    with pytest.raises(ModelError, match="one for the groups of 'item'"):
        mlm.plot.ellipse(fit, grouping="item")


def test_the_first_two_coefficients_are_drawn_where_none_is_the_intercept() -> None:
    data = mlm.load("sleepstudy").assign(square=lambda d: d["Days"] ** 2)
    equations = {"intercept": "1", "Days": "U", "square": "U"}
    fit = mlm.Model("Reaction ~ Days + square", group="Subject", level2=equations).fit(data)
    assert "slope of Days (U₁ⱼ) and slope of square (U₂ⱼ)" in mlm.plot.ellipse(fit).alt


def test_two_random_coefficients_are_needed(null: Fit, sleep: Fit) -> None:
    with pytest.raises(ModelError, match="two random coefficients"):
        mlm.plot.ellipse(null)
    with pytest.raises(OptionError, match="'days'"):
        mlm.plot.ellipse(sleep, "days")
