"""The search of a marginal likelihood: where it begins, where it ends, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.errors import FitError
from mlmteach.fit.marginal import Marginal, grid
from mlmteach.fit.search import first_guess, hessian_of, refuse_separation, search
from tests.fit.test_marginal import BLOCKS, FAMILIES, problem_of


@pytest.fixture(params=FAMILIES, ids=lambda family: f"{family.name}-{family.link}")
def marginal(request):
    return Marginal(problem_of(request.param, ((0, 1),), groups=40, seed=4), grid(1, 2))


def test_the_first_guess_is_the_fit_without_groups(marginal):
    problem = marginal.problem
    guess = first_guess(problem)
    score = problem.distribution(guess).curves(problem.offset + guess[:2] @ problem.x).score
    assert_allclose(problem.x @ score, 0.0, atol=1e-3)


def test_the_end_is_an_optimum(marginal):
    found = search(marginal, first_guess(marginal.problem))
    assert found.converged
    criterion, gradient, _ = marginal.gradient(found.parameters)
    assert_allclose(criterion, found.criterion)
    assert np.abs(gradient).max() < 1e-3
    rng = np.random.default_rng(5)
    for _ in range(20):
        there = found.parameters + 0.2 * rng.normal(size=len(found.parameters))
        assert marginal.criterion(there)[0] >= found.criterion - 1e-9


@pytest.mark.parametrize("blocks", BLOCKS, ids=str)
def test_no_start_leads_lower(blocks):
    problem = problem_of(FAMILIES[0], blocks, groups=60, seed=6)
    marginal = Marginal(problem, grid(1, problem.q))
    guess = first_guess(problem)
    found = search(marginal, guess)
    rng = np.random.default_rng(7)
    for _ in range(3):
        other = search(marginal, guess + rng.normal(size=len(guess)))
        assert other.criterion >= found.criterion - 1e-6


def test_a_saddle_is_left():
    """At Λ = 0 the gradient in θ is zero by symmetry, whatever the groups differ."""
    problem = problem_of(FAMILIES[3], ((0,),), groups=30, seed=2)
    rng = np.random.default_rng(8)
    apart = np.exp(rng.normal(size=30))[problem.codes]
    problem = problem.with_outcome(rng.poisson(2.0 * apart).astype(float))
    marginal = Marginal(problem, grid(1, 1))
    start = first_guess(problem)
    start[problem.p :] = 0.0
    at_zero, away = search(marginal, start), search(marginal, first_guess(problem))
    assert abs(at_zero.parameters[-1]) > 0.5
    assert_allclose(at_zero.criterion, away.criterion, atol=1e-7)


def test_a_variance_of_zero_is_exact():
    problem = problem_of(FAMILIES[3], ((0,),), groups=30, seed=2)
    even = problem.with_outcome(np.full(len(problem.y), 2.0))  # less than chance would differ
    found = search(Marginal(even, grid(1, 1)), first_guess(even))
    assert found.parameters[-1] == 0.0
    assert found.converged


def test_hessian_is_symmetric_and_that_of_the_criterion(marginal):
    at = first_guess(marginal.problem)
    hessian = hessian_of(marginal, at)
    assert_allclose(hessian, hessian.T)
    step = 1e-3
    ahead, here, behind = (
        marginal.criterion(at + change * np.eye(len(at))[0])[0] for change in (step, 0.0, -step)
    )
    assert_allclose(hessian[0, 0], (ahead - 2.0 * here + behind) / step**2, rtol=1e-4)


def test_separation_is_found_by_a_linear_program():
    problem = problem_of(FAMILIES[0], ((0,),), groups=40, seed=4)
    trials = np.ones(len(problem.y))
    clear = problem.with_outcome((problem.x[1] > 0.0).astype(float))
    clear = type(problem)(**(vars(clear) | {"trials": trials}))
    with pytest.raises(FitError, match=r"\(x\)"):
        refuse_separation(clear, first_guess(clear)[:2], ["Intercept", "x"])
    mixed = clear.with_outcome(np.where(np.arange(len(trials)) % 7 == 0, 1 - clear.y, clear.y))
    refuse_separation(mixed, first_guess(mixed)[:2], ["Intercept", "x"])


def test_a_start_without_a_likelihood_is_refused():
    problem = problem_of(FAMILIES[3], ((0,),))
    with pytest.raises(FitError, match="search begins"):
        search(Marginal(problem, grid(1, 1)), np.full(problem.size, np.nan))
