"""Curves of groups, of the typical group, and of the average, checked on their data."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit, GeneralizedFit
from mlmteach.errors import ModelError, OptionError
from mlmteach.plot.probability_curves import curves_along, curves_of_groups
from tests.fit.families import fit_of


@pytest.fixture(scope="module")
def women() -> GeneralizedFit:
    return fit_of("contraception_slope")


def test_the_curves_are_the_expected_outcomes(women: GeneralizedFit) -> None:
    table, place = curves_along(women, "age", np.array([-10.0, 0.0, 15.0]))
    for _, row in table.iterrows():
        found = women.quantities.expected(at={"age": row["age"]})
        np.testing.assert_allclose(row[["typical", "average"]], [found.typical, found.average])
    assert str(place) == "at urban = 0 (the reference) and livch = 0 (the reference)"


def test_along_a_random_slope_the_variance_changes(women: GeneralizedFit) -> None:
    table, _ = curves_along(women, "urban", np.array([0.0, 1.0]))
    for _, row in table.iterrows():
        found = women.quantities.expected(at={"urban": row["urban"]})
        np.testing.assert_allclose(row[["typical", "average"]], [found.typical, found.average])


def test_the_curve_of_a_group_has_its_u(women: GeneralizedFit) -> None:
    table = curves_of_groups(women, "age", points=3)
    group = table["district"].unique()[7]
    own = women.frame[women.frame["district"] == group]
    curve = table[table["district"] == group]
    assert curve["age"].min() == own["age"].min()
    assert curve["age"].max() == own["age"].max()
    ages = curve["age"].to_numpy()
    gamma, u = women.params, women.random_effects.loc[group, "Intercept"]
    eta = gamma["Intercept"] + gamma["age"] * ages + gamma["I(age ** 2)"] * ages**2 + u
    np.testing.assert_allclose(curve["expected"], 1.0 / (1.0 + np.exp(-eta)))


def test_what_is_drawn_is_what_is_told(women: GeneralizedFit) -> None:
    figure = mlm.plot.probability_curves(women, "age")
    axes = figure.canvas.axes[0]
    assert len(axes.lines) == women.ngroups + 3
    typical, average = axes.lines[-2:]
    table, _ = curves_along(women, "age", np.asarray(typical.get_xdata(), dtype=float))
    np.testing.assert_allclose(typical.get_ydata(), table["typical"])
    np.testing.assert_allclose(average.get_ydata(), table["average"])
    first, last = table.iloc[0], table.iloc[-1]
    assert f"from {first['typical']:.2f} at age = −13.56 to {last['typical']:.2f}" in figure.alt
    assert f"from {first['average']:.2f} to {last['average']:.2f}" in figure.alt
    assert axes.get_ylabel() == "probability of use"
    assert "nearer to the middle" in figure.caption


def test_a_level_2_predictor_has_a_dot_a_group() -> None:
    fit = fit_of("counts_slope")
    figure = mlm.plot.probability_curves(fit, "z")
    assert len(curves_of_groups(fit, "z")) == fit.ngroups
    assert figure.canvas.axes[0].lines[0].get_marker() == "o"
    assert "Each thin dot" in figure.caption
    assert "lies above" in figure.caption
    assert figure.canvas.axes[0].get_ylabel() == "expected y per time"


def test_the_first_number_is_drawn_when_none_is_named(women: GeneralizedFit) -> None:
    assert mlm.plot.probability_curves(women).alt == mlm.plot.probability_curves(women, "age").alt


def test_what_has_no_curves_is_told(women: GeneralizedFit, null: Fit) -> None:
    with pytest.raises(ModelError, match="group_lines"):
        mlm.plot.probability_curves(null)
    with pytest.raises(OptionError, match="no numeric predictor"):
        mlm.plot.probability_curves(women, "livch")
    with pytest.raises(OptionError, match=r"expected\(at=\{'period'"):
        mlm.plot.probability_curves(fit_of("cbpp"))
