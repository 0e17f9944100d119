"""The lines of the groups, checked against the coefficients of a fit."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit, LayeredFit
from mlmteach.errors import OptionError
from mlmteach.plot.group_lines import line_of_each_group
from mlmteach.plot.typical import general_line


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


def classes() -> pd.DataFrame:
    """Pupils of four classes in each of ten schools; z and kind are those of a class."""
    rng = np.random.default_rng(8)
    rows = [(s, c) for s in range(10) for c in range(4) for _ in range(5)]
    data = pd.DataFrame(rows, columns=["school", "class"])
    own = 4 * data["school"] + data["class"]
    data["x"], noise = rng.normal(size=(2, len(data)))
    data["z"] = rng.normal(size=40)[own]
    data["kind"] = np.array(["new", "old"])[own % 2]
    effects = rng.normal(size=40)[own] + rng.normal(size=10)[data["school"]]
    return data.assign(y=data["x"] + data["z"] + effects + noise)


@pytest.fixture(scope="module")
def pupils() -> LayeredFit:
    equation = {"intercept": "z + kind + U"}
    fit = mlm.Model("y ~ x", group="school/class", level2=equation).fit(classes())
    assert isinstance(fit, LayeredFit)
    return fit


def test_each_line_is_gamma_plus_u(fit: Fit) -> None:
    lines = line_of_each_group(fit, "Days")
    beta = fit.params + fit.random_effects
    own = beta.loc[lines["Subject"]].to_numpy()
    np.testing.assert_allclose(lines["predicted"], own[:, 0] + own[:, 1] * lines["Days"])


def test_a_line_ends_where_its_data_end(fit: Fit) -> None:
    lines = line_of_each_group(fit, "Days").groupby("Subject")["Days"]
    spans = fit.frame.groupby("Subject")["Days"]
    np.testing.assert_allclose(lines.min(), spans.min())
    np.testing.assert_allclose(lines.max(), spans.max())


def test_the_alt_text_tells_the_range_of_slopes(fit: Fit) -> None:
    slopes = fit.params["Days"] + fit.random_effects["Days"]
    alt = mlm.plot.group_lines(fit, "Days").alt
    assert f"from {slopes.min():.2f} to {slopes.max():.2f}" in alt.replace("−", "-")
    assert f"general slope {fit.params['Days']:.2f}" in alt


def test_the_other_predictors_rest_at_their_reference() -> None:
    hsb = mlm.load("hsb")
    model = mlm.Model(
        "mathach ~ ses + minority", group="school", level2={"intercept": "sector + U"}
    )
    fit = model.fit(hsb)
    lines = line_of_each_group(fit, "ses")
    rows = lines[lines["school"] == 1317]
    sector = hsb.loc[hsb["school"] == 1317, "sector"].iloc[0]
    expected = (
        fit.params["Intercept"]
        + fit.params["sector"] * sector
        + fit.params["ses"] * rows["ses"]
        + fit.random_effects.loc[1317, "Intercept"]
    )
    np.testing.assert_allclose(rows["predicted"], expected)


def test_what_is_no_numeric_predictor_is_refused(fit: Fit) -> None:
    with pytest.raises(OptionError, match="'days' is no numeric predictor.*'Days'"):
        mlm.plot.group_lines(fit, "days")


def test_a_departure_from_the_own_mean_moves_with_its_variable() -> None:
    hsb = mlm.load("hsb")
    equations = {"intercept": "group_mean(ses) + U", "center_within(ses)": "sector + U"}
    model = mlm.Model("mathach ~ center_within(ses)", group="school", level2=equations)
    fit = model.fit(hsb)
    x = np.array([-1.0, 1.0])
    line, place = general_line(fit, {"ses": x})
    mean = hsb.groupby("school")["ses"].mean().mean()
    gamma = fit.params
    slope = gamma["center_within(ses)"]  # of schools with sector 0, the reference
    level = gamma["Intercept"] + gamma["group_mean(ses)"] * mean
    np.testing.assert_allclose(line["predicted"], level + slope * (x - mean))
    assert "ses" not in [spot.name for spot in place.spots]
    assert f"general slope {slope:.2f}" in mlm.plot.group_lines(fit, "ses").alt


def test_what_does_not_vary_within_groups_has_no_lines(pupils: LayeredFit) -> None:
    sector = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "sector + U"})
    with pytest.raises(OptionError, match="'sector' has one value in each of the schools"):
        mlm.plot.group_lines(sector.fit(mlm.load("hsb")), "sector")
    with pytest.raises(OptionError, match="'z' has one value in each of the classes"):
        mlm.plot.group_lines(pupils, "z")
    assert mlm.plot.group_lines(pupils, "z", grouping="school").alt.startswith("Predicted lines")


def test_lines_of_schools_are_refused_where_means_are_those_of_classes() -> None:
    equation = {"intercept": "group_mean(x) + U"}
    fit = mlm.Model("y ~ x", group="school/class", level2=equation).fit(classes())
    with pytest.raises(OptionError, match="means within the groups of 'class'"):
        mlm.plot.group_lines(fit, "x", grouping="school")
    assert mlm.plot.group_lines(fit, "x").alt.startswith("Predicted lines of 40")


def test_a_category_of_the_other_grouping_rests_at_its_reference(pupils: LayeredFit) -> None:
    lines = line_of_each_group(pupils, "z", grouping="school")
    own = lines.groupby("school")["predicted"].agg(lambda y: y.iloc[-1] - y.iloc[0])
    span = lines.groupby("school")["z"].agg(lambda x: x.iloc[-1] - x.iloc[0])
    np.testing.assert_allclose(own / span, pupils.params["z"])
    first = lines.iloc[0]
    intercept = pupils.params["Intercept"] + pupils.params["z"] * first["z"]
    x = pupils.params["x"] * pupils.frame["x"].mean()
    effect = pupils.random_effects["school"].loc[first["school"], "Intercept"]
    assert first["predicted"] == pytest.approx(intercept + x + effect)


def test_a_category_of_crossed_groups_rests_at_its_reference() -> None:
    data = classes().assign(town=lambda d: np.arange(len(d)) * 7 % 9)
    data["y"] += 2.0 * np.sin(data["town"])
    data["form"] = np.array(["big", "small"])[data["school"] % 2]
    equation = {"intercept": "form + V"}
    fit = mlm.Model("y ~ x", group="town * school", level3=equation).fit(data)
    first = line_of_each_group(fit, "x").iloc[0]
    effect = fit.random_effects["town"].loc[first["town"], "Intercept"]
    big = fit.params["Intercept"] + fit.params["x"] * first["x"] + effect
    assert first["predicted"] == pytest.approx(big)
