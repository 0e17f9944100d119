"""Satterthwaite's df: the analytic pieces against differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.fit.profiled import solve
from mlmteach.fit.satterthwaite import (
    contrast_variance_gradient,
    satterthwaite,
    variance_parameter_covariance,
)
from mlmteach.fit.theta import basis_of, factor_of
from tests.fit.handmade import reference_fit

KEYS = ["sleep_corr_reml", "sleep_corr_ml", "sleep_uncorr_reml", "seed_random_slope_reml"]


def at(fit, parameters):
    """The solution at (theta, sigma), and the criterion as a function of both."""
    theta, sigma = parameters[:-1], parameters[-1]
    basis = basis_of(fit.moments.blocks, fit.moments.scaling.z_inverse)
    factor = factor_of(theta, basis)
    solution = solve(factor @ factor.T, fit.moments, fit.reml)
    profiled_part = solution.degrees * (1.0 + np.log(solution.sigma2))
    joint = (
        solution.criterion
        - profiled_part
        + solution.degrees * np.log(sigma**2)
        + solution.rss / sigma**2
    )
    return solution, joint


def parameters_of(fit):
    return np.append(fit.theta, np.sqrt(fit.optimum.solution.sigma2))


@pytest.mark.parametrize("key", KEYS)
def test_covariance_of_the_variance_parameters(key):
    fit = reference_fit(key)
    here, h = parameters_of(fit), 1e-4
    steps = np.diag(h * here)
    hessian = np.array(
        [
            [
                at(fit, here + a + b)[1]
                - at(fit, here + a - b)[1]
                - at(fit, here - a + b)[1]
                + at(fit, here - a - b)[1]
                for b in steps
            ]
            for a in steps
        ]
    )
    hessian /= 4.0 * h**2 * np.multiply.outer(here, here)
    found = variance_parameter_covariance(fit.theta, fit.moments, fit.optimum.solution)
    expected = 2.0 * np.linalg.inv(hessian)
    size = np.sqrt(np.multiply.outer(np.diag(expected), np.diag(expected)))
    assert_allclose(found / size, expected / size, atol=1e-3)


@pytest.mark.parametrize("key", KEYS)
def test_gradient_of_the_variance_of_a_contrast(key):
    fit = reference_fit(key)
    here, h = parameters_of(fit), 1e-5
    contrasts = np.vstack([np.eye(len(fit.params)), np.ones(len(fit.params))])

    def variance(parameters):
        root = fit.moments.scaling.x @ at(fit, parameters)[0].root
        return parameters[-1] ** 2 * np.sum((contrasts @ root) ** 2, axis=1)

    found, gradient = contrast_variance_gradient(
        contrasts, fit.theta, fit.moments, fit.optimum.solution
    )
    assert_allclose(found, variance(here))
    steps = h * np.eye(len(here))
    by_difference = [(variance(here + s) - variance(here - s)) / (2.0 * h) for s in steps]
    assert_allclose(gradient, np.transpose(by_difference), rtol=1e-5, atol=1e-7)


def test_df_do_not_depend_on_the_length_of_a_contrast():
    fit = reference_fit("sleep_corr_reml")
    pieces = fit.relative_factor, fit.moments, fit.optimum.solution
    contrasts = np.array([[1.0, 5.0], [3.0, 15.0]])
    df = satterthwaite(contrasts, *pieces)
    assert df[0] == pytest.approx(df[1])


def test_df_are_those_of_a_regression_when_t_is_zero():
    """lmerTest: dyestuff2, df 29 under REML and 30 under ML."""
    assert_allclose(reference_fit("dyestuff2_reml").df, 29.0)
    assert_allclose(reference_fit("dyestuff2_ml").df, 30.0)
