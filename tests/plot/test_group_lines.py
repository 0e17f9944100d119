"""The lines of the groups, checked against the coefficients of a fit."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.group_lines import line_of_each_group


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


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
