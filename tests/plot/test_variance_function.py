"""The variance function, against the matrix T."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.variance_function import variance_along
from tests.fit.families import fit_of
from tests.fit.layered_models import layered


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("mathach ~ ses + minority", group="school", level2={"ses": "U"})
    return model.fit(mlm.load("hsb"))


def test_it_is_the_quadratic_in_t(fit: Fit) -> None:
    x = np.array([-2.0, 0.0, 1.5])
    (t00, t01), (_, t11) = fit.cov_re.to_numpy()
    table = variance_along(fit, "ses", x)
    between = t00 + 2 * t01 * x + t11 * x**2  # Snijders & Bosker (2012), equation 5.5
    np.testing.assert_allclose(table["between"], between)
    np.testing.assert_allclose(table["icc"], between / (between + fit.scale))


def test_the_curve_that_is_drawn_has_its_ends_in_the_alt_text(fit: Fit) -> None:
    figure = mlm.plot.variance_function(fit, "ses")
    for axes, column in zip(figure.canvas.axes, ("between", "icc"), strict=True):
        x, y = (np.asarray(values, dtype=float) for values in axes.lines[0].get_data())
        np.testing.assert_allclose(y, variance_along(fit, "ses", x)[column])
        assert f"{y[0]:.2f} at the lower end, {y[-1]:.2f} at the upper end" in figure.alt
    assert "SES from −3.76 to 2.69" in figure.alt


def test_what_has_no_random_slope_is_refused(fit: Fit) -> None:
    with pytest.raises(OptionError, match=r"'minority' is not random"):
        mlm.plot.variance_function(fit, "minority")
    with pytest.raises(OptionError, match="Did you mean 'ses'"):
        mlm.plot.variance_function(fit, "sses")


def test_log_odds_have_a_variance_function_too() -> None:
    fit = fit_of("contraception_slope")
    table = variance_along(fit, "urban", [0.0, 1.0])
    t = fit.cov_re.to_numpy()
    np.testing.assert_allclose(table["between"], [t[0, 0], t.sum()])
    shares = table["between"] / (table["between"] + np.pi**2 / 3.0)
    np.testing.assert_allclose(table["icc"], shares)
    counts = variance_along(fit_of("counts_slope"), "x", [0.5])
    at = fit_of("counts_slope").quantities.icc(at={"x": 0.5})
    np.testing.assert_allclose(counts["icc"], at)
    assert "scale of the link" in mlm.plot.variance_function(fit, "urban").caption


def test_with_two_groupings_there_are_curves_of_each() -> None:
    fit = layered("egsingle")
    table = variance_along(fit, "year", [-1.0, 2.0])
    z = np.array([[1.0, -1.0], [1.0, 2.0]])
    parts = {e.name: np.einsum("ma,ab,mb->m", z, e.cov_re.to_numpy(), z) for e in fit.effects}
    total = sum(parts.values()) + fit.scale
    for name, own in parts.items():
        np.testing.assert_allclose(table[f"between {name}"], own)
    np.testing.assert_allclose(table["icc schoolid"], parts["schoolid"] / total)
    np.testing.assert_allclose(table["icc childid"], sum(parts.values()) / total)
    lines = mlm.plot.variance_function(fit, "year").canvas.axes
    looks = [{line.get_label(): line.get_color() for line in axes.lines} for axes in lines]
    assert looks[0] == looks[1]  # a grouping has one colour in both
    assert set(looks[0]) == {"children", "schools"}


def test_a_slope_that_is_not_random_is_refused_with_what_there_is() -> None:
    fit = layered("egsingle")  # lowinc is of schools, female of children
    with pytest.raises(OptionError, match="Name one whose slope is: year"):
        mlm.plot.variance_function(fit, "lowinc")
    data = mlm.load("egsingle").assign(score=lambda d: d["childid"].astype(int) % 7)
    equation = {"intercept": "score + U"}
    simple = mlm.Model("math ~ year", group="schoolid/childid", level2=equation).fit(data)
    for name, remedy in (("year", "level2={'year': 'U'}"), ("score", "level3={'score': 'V'}")):
        with pytest.raises(OptionError) as caught:
            mlm.plot.variance_function(simple, name)
        assert remedy in caught.value.remedy
