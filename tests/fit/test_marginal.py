"""The marginal likelihood: its gradient, its limit, and what cannot be asked of it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from mlmteach.errors import OptionError
from mlmteach.fit.marginal import Marginal, Problem, grid
from mlmteach.model.family import Family

FAMILIES = [
    Family("binomial", "logit"),
    Family("binomial", "probit"),
    Family("binomial", "cloglog"),
    Family("poisson", "log"),
    Family("negbin", "log"),
]
BLOCKS = [((0,),), ((0, 1),), ((0,), (1,)), ((0, 1, 2),)]


def problem_of(family, blocks, groups=12, seed=1):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 7, groups)
    n, q = int(sizes.sum()), sum(map(len, blocks))
    x, z = rng.normal(size=(2, n)), rng.normal(size=(q, n))
    x[0] = z[0] = 1.0
    trials = rng.integers(1, 4, n).astype(float)
    y = rng.binomial(trials.astype(int), 0.4) if family.is_binomial else rng.poisson(1.5, n)
    firsts = np.append(0, np.cumsum(sizes)[:-1])
    codes = np.repeat(np.arange(groups), sizes)
    offset = 0.1 * rng.normal(size=n)
    return Problem(family, y.astype(float), trials, offset, x, z, firsts, codes, blocks)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.name}-{family.link}")
@pytest.mark.parametrize("blocks", BLOCKS, ids=str)
@pytest.mark.parametrize("points", [1, 5])
def test_gradient_is_that_of_differences(family, blocks, points):
    problem = problem_of(family, blocks)
    if points > 1 and problem.q > 2:
        points = 1
    marginal = Marginal(problem, grid(points, problem.q))
    at = 0.6 * np.random.default_rng(2).normal(size=problem.size)
    criterion, gradient, _ = marginal.gradient(at)
    assert_allclose(criterion, marginal.criterion(at)[0], rtol=1e-12)
    differences = [
        (marginal.criterion(at + step)[0] - marginal.criterion(at - step)[0]) / 2e-5
        for step in 1e-5 * np.eye(problem.size)
    ]
    assert_allclose(gradient, differences, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.name}-{family.link}")
def test_many_points_are_the_integral(family):
    problem = problem_of(family, ((0,),), groups=4)
    at = np.array([0.3, -0.4, 0.9, 0.2])[: problem.size]
    distribution = problem.distribution(at)
    gamma, factor = problem.parted(at)
    eta = problem.offset + gamma @ problem.x

    def density(b, rows):
        own = distribution.log_likelihood(eta + factor[0, 0] * b)[rows].sum()
        return np.exp(own) * norm.pdf(b)

    whole = 0.0
    for j in range(4):
        rows = problem.codes == j
        whole += np.log(quad(density, -12.0, 12.0, args=(rows,), epsabs=0.0, epsrel=1e-10)[0])
    ours = Marginal(problem, grid(25, 1)).criterion(at)[0]
    assert_allclose(ours, -2.0 * (whole + distribution.constant), rtol=1e-7)


def test_many_points_are_the_integral_over_two():
    problem = problem_of(FAMILIES[0], ((0, 1),), groups=2)
    at = np.array([0.3, -0.4, 0.9, 0.4, 0.5])
    distribution = problem.distribution(at)
    gamma, factor = problem.parted(at)
    eta = problem.offset + gamma @ problem.x
    whole = 0.0
    for j in range(2):
        rows = problem.codes == j

        def density(one, two, rows=rows):
            u = factor @ np.array([one, two])
            own = distribution.log_likelihood(eta + u @ problem.z)[rows].sum()
            return np.exp(own) * norm.pdf(one) * norm.pdf(two)

        whole += np.log(dblquad(density, -8.0, 8.0, -8.0, 8.0, epsrel=1e-8)[0])
    ours = Marginal(problem, grid(21, 2)).criterion(at)[0]
    assert_allclose(ours, -2.0 * (whole + distribution.constant), rtol=1e-6)


def test_without_variance_it_is_the_likelihood_of_rows():
    problem = problem_of(FAMILIES[3], ((0, 1),))
    at = np.array([0.2, 0.1, 0.0, 0.0, 0.0])
    distribution = problem.distribution(at)
    rows = distribution.log_likelihood(problem.offset + at[:2] @ problem.x)
    for points in (1, 6):
        ours = Marginal(problem, grid(points, 2)).criterion(at)[0]
        assert_allclose(ours, -2.0 * (rows.sum() + distribution.constant), rtol=1e-12)


def test_modes_do_not_hang_on_where_the_search_begins():
    problem = problem_of(FAMILIES[2], ((0, 1),))
    marginal = Marginal(problem, grid(1, 2))
    at = np.array([0.3, -0.4, 2.0, 0.4, 1.5])
    far = 6.0 * np.random.default_rng(3).normal(size=(2, problem.groups))
    assert_allclose(marginal.modes(at).b, marginal.modes(at, far).b, atol=1e-7)


@pytest.mark.parametrize("points", [0, -1, 2.5, True, 102, "7"])
def test_points_are_a_number(points):
    with pytest.raises(OptionError, match="quadrature points"):
        grid(points, 1)


def test_no_product_rule_for_three():
    with pytest.raises(OptionError, match="Laplace"):
        grid(2, 3)
