"""The profiled criterion against its definition, and its derivatives against differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from mlmteach.errors import FitError
from mlmteach.fit.moments import cross_products
from mlmteach.fit.profiled import derivatives, solve
from mlmteach.fit.theta import basis_of, factor_of
from tests.fit.handmade import design, small_design


def parts(covariance="unstructured", q=2):
    d = small_design(q, covariance)
    moments = cross_products(d)
    basis = basis_of(moments.blocks, moments.scaling.z_inverse)
    theta = np.random.default_rng(3).normal(size=len(basis))
    return d, moments, basis, theta


def solved(theta, basis, moments, reml):
    """The solution at theta, which parametrises the relative covariance factor."""
    factor = factor_of(theta, basis)
    return solve(factor @ factor.T, moments, reml)


@pytest.mark.parametrize("covariance", ["unstructured", "diagonal"])
def test_ml_criterion_is_minus_twice_the_normal_log_likelihood(covariance):
    d, moments, basis, theta = parts(covariance)
    plain = factor_of(theta, basis_of(d.blocks))  # Lambda in the data's units
    solution = solved(theta, basis, moments, reml=False)
    scaling = moments.scaling
    gamma = scaling.y_scale * (scaling.x @ solution.gamma) + scaling.shift
    sigma2 = solution.sigma2 * scaling.y_scale**2
    same_group = d.codes[:, None] == d.codes
    v = sigma2 * (np.eye(len(d.y)) + same_group * (d.Z @ plain @ plain.T @ d.Z.T))
    log_density = multivariate_normal(d.X @ gamma, v).logpdf(d.y)
    assert solution.criterion == pytest.approx(-2.0 * log_density, rel=1e-10)


def test_reml_criterion_adds_the_log_determinant_of_the_information():
    """Bates et al. (2015), Journal of Statistical Software 67(1), section 3.4."""
    d, moments, basis, theta = parts()
    factor = factor_of(theta, basis_of(d.blocks))
    same_group = d.codes[:, None] == d.codes
    v = np.eye(len(d.y)) + same_group * (d.Z @ factor @ factor.T @ d.Z.T)
    inverse = np.linalg.inv(v)
    information = d.X.T @ inverse @ d.X
    gamma = np.linalg.solve(information, d.X.T @ inverse @ d.y)
    rss = (d.y - d.X @ gamma) @ inverse @ (d.y - d.X @ gamma)
    degrees = len(d.y) - d.X.shape[1]
    by_hand = (
        np.linalg.slogdet(v)[1]
        + np.linalg.slogdet(information)[1]
        + degrees * (1.0 + np.log(2.0 * np.pi * rss / degrees))
    )
    found = solved(theta, basis, moments, reml=True).criterion
    assert found == pytest.approx(by_hand, rel=1e-10)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("covariance", ["unstructured", "diagonal"])
@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_gradient_and_hessian_against_differences(q, covariance, reml):
    moments = cross_products(small_design(q, covariance, groups=12))
    basis = basis_of(moments.blocks)
    theta = np.random.default_rng(q).normal(size=len(basis))

    def value(theta):
        return solved(theta, basis, moments, reml).criterion

    def gradient(theta):
        solution = solved(theta, basis, moments, reml)
        return derivatives(theta, basis, solution.gradient, solution.hessian)

    first, second = gradient(theta)
    h = 1e-5
    steps = h * np.eye(len(theta))
    by_value = [(value(theta + s) - value(theta - s)) / (2 * h) for s in steps]
    by_gradient = [(gradient(theta + s)[0] - gradient(theta - s)[0]) / (2 * h) for s in steps]
    assert_allclose(first, by_value, rtol=1e-5, atol=1e-6 * np.abs(first).max())
    assert_allclose(second, by_gradient, rtol=1e-5, atol=1e-6 * np.abs(second).max())


def test_collinear_columns_are_an_error():
    d = small_design()
    double = design(d.y, {"a": d.X[:, 1], "b": 2.0 * d.X[:, 1]}, {"Intercept": 1.0}, d.codes)
    with pytest.raises(FitError, match="columns of X repeat one another"):
        solve(np.eye(1), cross_products(double), reml=True)


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e6])
@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize("q", [1, 2])
def test_closed_forms_are_those_of_dense_matrices(q, rank, size):
    d = small_design(q)
    alone = np.append(d.codes[1:], d.codes.max() + 1)  # the last row is a group of its own
    names = np.unique(alone, return_inverse=True)[1]
    columns = dict(enumerate(d.Z.T))
    moments = cross_products(design(d.y, dict(enumerate(d.X.T)), columns, names))
    rng = np.random.default_rng(rank)
    factor = rng.normal(size=(q, min(rank, q))) * rng.choice([1e-3, 1.0], (q, 1))
    psi = size * factor @ factor.T
    solution = solve(psi, moments, reml=True)
    log_det = 0.0
    for j in range(moments.groups):
        values, axes = np.linalg.eigh(moments.zz[j])
        z = np.sqrt(np.maximum(values, 0.0))[:, None] * axes.T  # Z'Z = z'z
        v = np.eye(q) + z @ psi @ z.T
        log_det += np.linalg.slogdet(v)[1]
        held = z.T @ np.linalg.solve(v, z)
        scale = np.abs(moments.zz[j]).max()
        assert_allclose(solution.P[j], held, rtol=1e-7, atol=1e-9 * scale)
    whole = np.linalg.slogdet(np.linalg.inv(solution.root @ solution.root.T))[1]
    fitted = solution.degrees * (1.0 + np.log(2.0 * np.pi * solution.sigma2))
    assert_allclose(solution.criterion, log_det + whole + fitted + moments.offset(True), rtol=1e-8)
