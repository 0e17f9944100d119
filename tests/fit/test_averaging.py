"""The outcome of a typical group and the outcome averaged over groups."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

from mlmteach.fit.averaging import (
    average_mean,
    integral,
    latent_variance,
    linked,
    mean_at,
    median_ratio_of,
    normal_points,
)
from mlmteach.model.family import Family

FAMILIES = {
    "logit": Family("binomial", "logit"),
    "probit": Family("binomial", "probit"),
    "cloglog": Family("binomial", "cloglog"),
    "poisson": Family("poisson", "log"),
    "negbin": Family("negbin", "log"),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("eta", "variance"), [(0.0, 1.0), (-2.0, 0.3), (1.5, 4.0), (-3.0, 9.0), (2.0, 25.0)]
)
def test_the_average_is_the_integral(name: str, eta: float, variance: float) -> None:
    family, sd = FAMILIES[name], variance**0.5

    def integrand(u: float) -> float:
        return float(mean_at(family, eta + sd * u)) * norm.pdf(u)

    expected = quad(integrand, -15.0, 15.0, limit=400, epsabs=1e-12)[0]
    assert float(average_mean(family, eta, variance)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", FAMILIES)
def test_without_variance_the_average_is_the_typical_group(name: str) -> None:
    eta = np.array([[-1.0, 0.5], [0.0, 2.0]])
    assert average_mean(FAMILIES[name], eta, 0.0) == pytest.approx(mean_at(FAMILIES[name], eta))


def test_shapes_go_together() -> None:
    assert average_mean(FAMILIES["logit"], np.zeros((3, 1)), np.ones(4)).shape == (3, 4)


def test_the_average_is_drawn_to_one_half_and_upwards_for_counts() -> None:
    low, high = average_mean(FAMILIES["logit"], [-1.0, 1.0], 2.0)
    assert mean_at(FAMILIES["logit"], -1.0) < low < 0.5 < high < mean_at(FAMILIES["logit"], 1.0)
    assert average_mean(FAMILIES["poisson"], 0.0, 1.0) > mean_at(FAMILIES["poisson"], 0.0)


def test_latent_variances_are_those_of_the_distributions() -> None:
    # Snijders & Bosker 2012, p. 304: 3.29 for the logistic distribution, 1 for the probit
    assert latent_variance(FAMILIES["logit"]) == pytest.approx(3.29, abs=0.001)
    assert latent_variance(FAMILIES["probit"]) == 1.0
    # the complementary log-log is the distribution function of -Gumbel: by simulation
    draws = -np.random.default_rng(1).gumbel(size=400_000)
    assert latent_variance(FAMILIES["cloglog"]) == pytest.approx(draws.var(), rel=0.01)
    assert np.mean(draws < 0.3) == pytest.approx(
        float(mean_at(FAMILIES["cloglog"], 0.3)), abs=0.003
    )


def test_the_median_ratio_is_a_median() -> None:
    rng, sd = np.random.default_rng(2), 0.8
    first, second = rng.normal(scale=sd, size=(2, 400_000))
    ratio = np.exp(np.abs(first - second))
    assert median_ratio_of(sd**2) == pytest.approx(float(np.median(ratio)), rel=0.01)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_derivatives_are_those_of_differences(name: str) -> None:
    family, step = FAMILIES[name], 1e-5
    eta, variance = np.array([-2.0, 0.1, 1.5]), np.array([0.2, 1.0, 3.0])
    found = integral(family, eta, variance)

    def slope(of_eta: float, of_variance: float) -> np.ndarray:
        ahead = integral(family, eta + of_eta, variance + of_variance).mean
        return (ahead - integral(family, eta - of_eta, variance - of_variance).mean) / (2.0 * step)

    np.testing.assert_allclose(found.by_eta, slope(step, 0.0), rtol=1e-7)
    np.testing.assert_allclose(found.by_variance, slope(0.0, step), rtol=1e-6)


def test_the_probit_has_a_closed_form() -> None:
    eta, variance = np.linspace(-3.0, 3.0, 7), np.linspace(0.0, 30.0, 7)
    found = integral(FAMILIES["probit"], eta, variance)
    np.testing.assert_allclose(found.mean, ndtr(eta / np.sqrt(1.0 + variance)), rtol=1e-11)
    assert found.by_variance[0] == 0.0


@pytest.mark.parametrize("name", FAMILIES)
def test_linked_goes_back(name: str) -> None:
    eta = np.array([-3.0, -0.2, 1.1])
    np.testing.assert_allclose(linked(FAMILIES[name], mean_at(FAMILIES[name], eta)), eta)


def test_normal_points_have_the_moments() -> None:
    points = np.array(list(normal_points(0.6)))
    moments = [float(points[:, 1] @ points[:, 0] ** k) for k in range(5)]
    np.testing.assert_allclose(moments, [1.0, 0.0, 1.0, 0.0, 3.0], atol=1e-12)
