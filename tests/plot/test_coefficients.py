"""Coefficients with intervals, checked on what is drawn."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.coefficients import coefficient_table
from tests.fit.families import fit_of


def test_the_table_holds_the_intervals_of_each_fit(null: Fit, full: Fit) -> None:
    table = coefficient_table([null, full], ["Null", "Full"], level=0.9).set_index(
        ["fit", "coefficient"]
    )
    assert len(table) == 1 + 7
    assert table.loc[("Full", "size:ses"), "symbol"] == "γ₁₁"
    np.testing.assert_allclose(
        table.loc["Full", ["lower", "upper"]].to_numpy(dtype=float), full.conf_int(0.9).to_numpy()
    )


def test_each_coefficient_has_axes_of_its_own(null: Fit, full: Fit) -> None:
    axes = mlm.plot.coefficients(null, full, names=["Null", "Full"]).canvas.axes
    assert [pair.get_ylabel().split("\n")[0] for pair in axes] == list(full.params.index)
    points = [line.get_xdata()[0] for line in axes[0].lines if line.get_marker() in "os"]
    np.testing.assert_allclose(points, [null.params["Intercept"], full.params["Intercept"]])


def test_the_alt_text_tells_every_fit(null: Fit, full: Fit) -> None:
    alt = mlm.plot.coefficients(null, full, names=["Null", "Full"]).alt
    assert f"Null {null.params['Intercept']:.2f} [" in alt
    assert f"Full {full.params['minority']:.2f} [".replace("-", "−") in alt


def test_names_go_with_the_fits(null: Fit) -> None:
    with pytest.raises(OptionError, match="as many names as fits"):
        mlm.plot.coefficients(null, null, names=["one", "one"])
    with pytest.raises(OptionError, match="between one and six"):
        mlm.plot.coefficients()


def test_intervals_of_log_odds_are_z_intervals() -> None:
    fit = fit_of("contraception")
    table = coefficient_table([fit], level=0.9).set_index("coefficient")
    half = 1.6448536269514722 * fit.bse  # R: qnorm(0.95)
    np.testing.assert_allclose(table["upper"], fit.params + half)
    figure = mlm.plot.coefficients(fit, fit_of("contraception_slope"))
    label = figure.canvas.axes[-1].get_xlabel()
    assert label == "log-odds of use, for one unit of the predictor"


def test_coefficients_on_different_scales_are_not_drawn_together(null: Fit) -> None:
    with pytest.raises(OptionError, match="same link"):
        mlm.plot.coefficients(null, fit_of("hsb"))
