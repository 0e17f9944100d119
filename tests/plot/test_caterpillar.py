"""The caterpillar plot, checked on its data."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.caterpillar import group_outcomes
from tests.fit.families import fit_of


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


@pytest.mark.parametrize("effect", ["Intercept", "Days"])
def test_points_are_the_predictions_in_order(fit: Fit, effect: str) -> None:
    axes = mlm.plot.caterpillar(fit, effect).canvas.axes[0]
    drawn = np.concatenate([np.asarray(b.lines[0].get_ydata(), float) for b in axes.containers])
    np.testing.assert_allclose(np.sort(drawn), np.sort(fit.random_effects[effect]))


def test_intervals_are_those_of_the_level(fit: Fit) -> None:
    axes = mlm.plot.caterpillar(fit, level=0.5).canvas.axes[0]
    (segments,) = axes.containers[0].lines[2]
    (_, low), (_, high) = segments.get_segments()[0]
    # 0.6745 is the 75 % point of the standard normal distribution
    assert (high - low) / 2 == pytest.approx(0.6745 * fit.random_effects_se.iloc[0, 0], rel=1e-3)


def test_the_alt_text_counts_the_intervals(fit: Fit) -> None:
    u, se = fit.random_effects["Days"], fit.random_effects_se["Days"]
    below, above = int((u + 1.959964 * se < 0).sum()), int((u - 1.959964 * se > 0).sum())
    alt = mlm.plot.caterpillar(fit, "Days").alt
    assert f"{below} intervals lie wholly below 0, {above} wholly above" in alt
    assert "U₁ⱼ" in alt


def test_unknown_effects_and_levels_are_refused(fit: Fit) -> None:
    with pytest.raises(OptionError, match="Did you mean 'Days'"):
        mlm.plot.caterpillar(fit, "days")
    with pytest.raises(OptionError, match="no probability"):
        mlm.plot.caterpillar(fit, level=95)


def test_a_departure_is_called_one(fit: Fit) -> None:
    figure = mlm.plot.caterpillar(fit, "Days")
    title = "Departures of the 18 subjects from the general slope of Days"
    assert figure.canvas.axes[0].get_title(loc="left") == title
    assert "effect" not in f"{figure.caption} {figure.alt}"


def test_on_the_scale_of_the_response_it_shows_probabilities() -> None:
    women = fit_of("contraception_slope")
    table, typical, place = group_outcomes(women, 0.9)
    eta = women.quantities.coefficient("Intercept").value
    assert typical == pytest.approx(expit(eta))
    u, se = women.random_effects["Intercept"], women.random_effects_se["Intercept"]
    np.testing.assert_allclose(table["predicted"], np.sort(expit(eta + u)))
    half = norm.ppf(0.95) * se
    np.testing.assert_allclose(table["lower"], expit(eta + u - half).loc[table.index])
    np.testing.assert_allclose(table["upper"], expit(eta + u + half).loc[table.index])
    figure = mlm.plot.caterpillar(women, level=0.9, scale="response")
    assert str(place) in figure.caption
    below = int((table["upper"] < typical).sum())
    assert f"{below} intervals lie wholly below it" in figure.alt
    assert figure.canvas.axes[0].get_ylabel() == "probability of use"
    # who is apart on one scale is apart on the other
    linked = mlm.plot.caterpillar(women, level=0.9)
    assert f"{below} intervals lie wholly below 0" in linked.alt


def test_scales_that_do_not_go_are_refused(fit: Fit) -> None:
    with pytest.raises(OptionError, match="yes/no outcomes and counts"):
        mlm.plot.caterpillar(fit, scale="response")
    with pytest.raises(OptionError, match="Use 'link' or 'response'"):
        mlm.plot.caterpillar(fit, scale="logit")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="no slope has"):
        mlm.plot.caterpillar(fit_of("contraception_slope"), "urban", scale="response")
