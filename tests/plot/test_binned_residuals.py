"""The figure of binned residuals shows its table."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError
from mlmteach.fit.overdispersion import binned_residuals
from tests.fit.families import fit_of


@pytest.mark.parametrize("by", [None, "age"])
def test_points_and_band_are_those_of_the_table(by: str | None) -> None:
    fit = fit_of("contraception")
    table = binned_residuals(fit, by, bins=15)
    figure = mlm.plot.binned_residuals(fit, by, bins=15)
    axes = figure.canvas.axes[0]
    drawn = np.concatenate([np.asarray(line.get_xydata()) for line in axes.lines[1:]])
    expected = table[["value", "residual"]].to_numpy()
    np.testing.assert_allclose(drawn[drawn[:, 0].argsort()], expected)
    outside = int((table["residual"].abs() > table["upper"]).sum())
    assert f"{outside} of them lie outside the band" in figure.alt
    assert f"{len(table)} bins over {'age' if by else 'fitted probability of use'}" in figure.alt
    assert axes.get_xlabel() == ("age (years)" if by else "fitted probability of use")


def test_a_count_is_called_one() -> None:
    figure = mlm.plot.binned_residuals(fit_of("counts_slope"), "x", bins=8)
    assert "the outcome is a count" in figure.caption


def test_a_normal_outcome_needs_no_bins(null: Fit) -> None:
    with pytest.raises(ModelError, match="residual_predictor"):
        mlm.plot.binned_residuals(null)
