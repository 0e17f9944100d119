"""The parts of the variance, against what a fit says of itself."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.variance_partition import variance_parts
from tests.fit.families import fit_of
from tests.fit.layered_models import frame_of, layered


def test_parts_agree_with_icc_and_r2(null: Fit, full: Fit) -> None:
    table = variance_parts([null, full], ["Null", "Full"])
    assert table.loc["Null"].tolist() == pytest.approx([0, null.cov_re.iloc[0, 0], null.scale])
    shares = table.loc["Full"] / table.loc["Full"].sum()
    assert shares["predictors"] == pytest.approx(full.r2.marginal)
    assert 1 - shares["within groups"] == pytest.approx(full.r2.conditional)


def test_bars_stand_one_after_another(null: Fit, full: Fit) -> None:
    figure = mlm.plot.variance_partition(null, full, names=["Null", "Full"])
    bars = [[bar.get_width() for bar in group] for group in figure.canvas.axes[0].containers]
    np.testing.assert_allclose(np.transpose(bars), variance_parts([null, full]).to_numpy())
    hatches = {group[0].get_hatch() for group in figure.canvas.axes[0].containers}
    assert len(hatches) == 3  # not by colour alone
    assert "Null: predictors 0.00 (0 %), between groups 8.61 (18 %)" in figure.alt


def test_on_the_scale_of_the_link_the_last_part_is_known() -> None:
    fit = fit_of("hsb")
    row = variance_parts([fit]).iloc[0]
    np.testing.assert_allclose(row["within groups"], np.pi**2 / 3.0)
    np.testing.assert_allclose(row["between groups"] / row[1:].sum(), fit.icc)
    np.testing.assert_allclose(row["predictors"] / row.sum(), fit.r2.marginal)
    assert "not estimated" in mlm.plot.variance_partition(fit).caption


def test_variances_on_different_scales_are_not_drawn_together(null: Fit) -> None:
    with pytest.raises(OptionError, match="same link"):
        variance_parts([null, fit_of("hsb")])


def test_three_levels_have_three_strips() -> None:
    fit = layered("pastes")
    two = mlm.Model("strength ~ 1", group="batch").fit(frame_of("pastes"))
    table = variance_parts([two, fit], ["two", "three"])
    assert list(table) == ["predictors", "between batch", "between cask", "within groups"]
    lower, upper = (e.cov_re.iloc[0, 0] for e in fit.effects)
    np.testing.assert_allclose(table.loc["three"], [0.0, upper, lower, fit.scale], atol=1e-9)
    np.testing.assert_allclose(
        table.loc["two"], [0.0, two.cov_re.iloc[0, 0], 0.0, two.scale], atol=1e-9
    )
    figure = mlm.plot.variance_partition(fit)
    looks = {(g[0].get_hatch(), g[0].get_facecolor()) for g in figure.canvas.axes[0].containers}
    assert len(looks) == 4
    assert "between batches 1.66 (15 %), between casks 8.43 (78 %), within casks 0.68" in figure.alt


def test_crossed_groups_have_a_strip_each() -> None:
    alt = mlm.plot.variance_partition(layered("penicillin")).alt
    assert "between samples 3.14 (75 %), between plates 0.71 (17 %), within groups of both" in alt
