"""Paths: the held value holds, and the derivatives are those of finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.fit.profile import (
    CorrelationPath,
    CovariancePath,
    SdPath,
    SigmaPath,
    _deviance,
    in_front,
)
from mlmteach.fit.theta import basis_of, factor_of
from tests.fit.handmade import design, fit_handmade

BLOCKS = ((0, 1, 2),)
PATHS = {
    "sd": (SdPath(in_front(BLOCKS, 1)), 0.7, lambda t, _: np.sqrt(t[1, 1])),
    "sigma": (SigmaPath(BLOCKS), 1.3, lambda _, sigma: sigma),
    "covariance": (CovariancePath(in_front(BLOCKS, 0, 2)), -0.3, lambda t, _: t[0, 2]),
    "correlation": (
        CorrelationPath(in_front(BLOCKS, 2, 1)),
        0.6,
        lambda t, _: t[1, 2] / np.sqrt(t[1, 1] * t[2, 2]),
    ),
}
X = np.array([0.9, 0.3, 0.2, 0.8, 0.1, 0.2])  # one number fewer than (c, v) has


@pytest.mark.parametrize("name", PATHS)
def test_the_value_is_held(name):
    path, value, read = PATHS[name]
    point = path.map(X, value)[0]
    factor = factor_of(point[:-1], basis_of(path.blocks))
    sigma = np.exp(point[-1])
    assert_allclose(read(sigma**2 * factor @ factor.T, sigma), value)


@pytest.mark.parametrize("name", PATHS)
def test_derivatives_of_the_map(name):
    path, value, _ = PATHS[name]
    _, first, second = path.map(X, value)
    for i in range(len(X)):
        step = np.zeros(len(X))
        step[i] = 1e-6
        up, down = path.map(X + step, value), path.map(X - step, value)
        assert_allclose(first[i], (up[0] - down[0]) / 2e-6, atol=1e-8)
        assert_allclose(second[i], (up[1] - down[1]) / 2e-6, atol=1e-7)


@pytest.mark.parametrize("name", PATHS)
def test_derivatives_of_the_deviance(name):
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(15), 6)
    z = {"one": 1.0, "a": rng.normal(size=90), "b": rng.normal(size=90)}
    u = rng.normal(size=(15, 3))[labels]
    y = u[:, 0] + u[:, 1] * z["a"] + u[:, 2] * z["b"] + rng.normal(size=90)
    moments = fit_handmade(design(y, z, z, labels)).moments
    path, value, _ = PATHS[name]
    basis = basis_of(path.blocks, moments.scaling.z_inverse)
    _, gradient, hessian = _deviance(path, value, X, basis, moments)
    for i in range(len(X)):
        step = np.zeros(len(X))
        step[i] = 1e-5
        up = _deviance(path, value, X + step, basis, moments)
        down = _deviance(path, value, X - step, basis, moments)
        assert_allclose(gradient[i], (up[0] - down[0]) / 2e-5, rtol=1e-5, atol=1e-4)
        assert_allclose(hessian[i], (up[1] - down[1]) / 2e-5, rtol=1e-4, atol=1e-2)
