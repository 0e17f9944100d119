"""The search, and its verdict."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach.fit.optimum as module
from mlmteach import Model
from mlmteach.errors import FitError
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import appraise, minimise, require_identified
from mlmteach.fit.profiled import solve
from tests.fit.handmade import cases, design, reference_design, small_design


def random_slope_moments():
    return cross_products(reference_design(cases()["seed_random_slope_reml"]))


def test_a_search_that_steps_onto_zero_leaves_it_again():
    """Theta on the boundary is a stationary point by symmetry; here it lies at 46390.3066.

    lme4: mathach ~ ses + minority + female + (1 + ses | school), REML criterion 46389.1209.
    """
    moments = random_slope_moments()
    stuck = module._newton(np.diag([0.3, 0.0]), moments, reml=True)[1]
    assert stuck.criterion == pytest.approx(46390.3066, abs=1e-4)  # the trap exists
    assert np.linalg.det(stuck.psi) == pytest.approx(0.0, abs=1e-15)
    settled = module._settle(np.diag([0.3, 0.0]), moments, reml=True)
    assert settled.solution.criterion == pytest.approx(46389.1209, abs=1e-4)
    assert settled.converged


def test_a_stationary_point_on_the_boundary_is_not_called_an_optimum():
    moments = random_slope_moments()
    factor, stuck, _ = module._newton(np.diag([0.3, 0.0]), moments, reml=True)
    verdict = appraise(factor, stuck, moments)
    assert verdict.decrement < 1e-6  # theta's gradient sees nothing
    assert verdict.descent > 0.1
    assert not verdict.converged


def test_zero_is_left_too():
    moments = random_slope_moments()
    settled = module._settle(np.zeros((2, 2)), moments, reml=True)
    assert settled.solution.criterion == pytest.approx(46389.1209, abs=1e-4)


def test_any_start_leads_to_the_same_optimum():
    moments = random_slope_moments()
    found = [minimise(moments, True, scale * np.eye(2)) for scale in (1e-3, 0.1, 1.0, 10.0)]
    assert_allclose([o.solution.criterion for o in found], found[0].solution.criterion, atol=1e-7)


def test_a_variance_that_is_estimated_as_zero_is_exactly_zero():
    moments = cross_products(reference_design(cases()["dyestuff2_reml"]))
    optimum = minimise(moments, reml=True)
    assert optimum.singular
    assert optimum.converged
    assert optimum.factor[0, 0] == 0.0
    # a positive gradient: the criterion rises into the interior
    assert optimum.solution.gradient[0, 0] > 0.0
    assert solve(np.array([[0.01]]), moments, True).criterion > optimum.solution.criterion


def test_the_best_of_several_minima_is_kept_where_some_are_on_the_boundary():
    d = small_design(4, "diagonal", seed=11, groups=6)
    moments = cross_products(d)
    best = minimise(moments, reml=True)
    starts = [module.START * np.eye(4), *module._other_starts(moments)]
    reached = [module._settle(start, moments, True).solution.criterion for start in starts]
    assert best.solution.criterion <= min(reached) + 1e-7


def test_corners_of_the_lower_triangle_are_no_obstacle():
    """The optimum has rank 2 and all but no random intercept: Lambda's first column vanishes."""
    rng = np.random.default_rng(8)
    codes = np.repeat(np.arange(30), 8)
    x = rng.normal(size=(2, 240))
    u = rng.normal(size=30)[codes]
    y = u * (x[0] + 0.5 * x[1]) + rng.normal(size=240)
    z = {"Intercept": 1.0, "a": x[0], "b": x[1]}
    optimum = minimise(cross_products(design(y, z, z, codes)), reml=True)
    assert optimum.singular
    assert max(optimum.decrement, optimum.descent) < 1e-8
    assert abs(optimum.curvature) < 1e-6  # flat where Lambda may be rotated, and nowhere bent down


def test_variances_that_cannot_be_told_apart_are_an_error():
    d = small_design()
    alone = design(d.y, {"Intercept": 1.0}, {"Intercept": 1.0}, np.arange(len(d.y)))
    with pytest.raises(FitError, match="groups have more than one row"):
        require_identified(cross_products(alone))


def test_a_random_part_that_leaves_no_residual_is_an_error():
    d = small_design()
    u = np.random.default_rng(5).normal(size=(len(d.groups), 2))
    y = np.einsum("nq,nq->n", d.Z, u[d.codes])
    z = dict(zip(d.z_names, d.Z.T, strict=True))
    with pytest.raises(FitError, match="without any residual"):
        minimise(cross_products(design(y, z, z, d.codes)), reml=True)


def test_a_model_without_residual_is_an_error():
    d = small_design()
    exact = design(d.X[:, 2], {"w": d.X[:, 2]}, {"Intercept": 1.0}, d.codes)
    with pytest.raises(FitError, match="without any residual"):
        minimise(cross_products(exact), reml=True)


def test_a_coefficient_a_row_is_an_error():
    d = small_design()
    rows = {f"row {i}": column for i, column in enumerate(np.eye(len(d.y)))}
    with pytest.raises(FitError, match="without any residual"):
        minimise(cross_products(design(d.y, rows, {"Intercept": 1.0}, d.codes)), reml=True)


def test_more_random_coefficients_than_groups_are_refused_at_once():
    rng = np.random.default_rng(3)
    names = [f"x{k}" for k in range(11)]
    frame = pd.DataFrame(rng.normal(size=(600, 11)), columns=names)
    frame = frame.assign(y=rng.normal(size=600), g=np.arange(600) % 2)
    model = Model("y ~ " + " + ".join(names), group="g", level2=dict.fromkeys(names, "U"))
    with pytest.raises(FitError, match="12 random coefficients .* for 2 groups"):
        model.fit(frame)


def few_groups(seed):
    """Three to six groups and three or four random coefficients, some without any variance."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(3, 7))
    q = int(rng.integers(3, min(4, groups) + 1))
    codes = np.repeat(np.arange(groups), rng.integers(5, 41, groups))
    spread = 10.0 ** rng.uniform(-1.0, 1.0, q - 1)
    z = np.column_stack([np.ones(len(codes)), rng.normal(size=(len(codes), q - 1)) * spread])
    factor = rng.normal(size=(q, rng.integers(1, q + 1))) * 10.0 ** rng.uniform(-1.5, 0.7)
    factor *= rng.random((q, 1)) < 0.7
    effects = rng.normal(size=(groups, factor.shape[1])) @ factor.T / np.append(1.0, spread)
    y = (z * effects[codes]).sum(axis=1) + rng.normal(size=len(codes))
    columns = dict(enumerate(z.T))
    covariance = "unstructured" if seed % 4 else "diagonal"
    return cross_products(design(y, columns, columns, codes, covariance)), bool(seed % 2)


@pytest.mark.parametrize("seed", range(30))
def test_no_start_leads_lower_where_groups_are_few(seed):
    moments, reml = few_groups(seed)
    found = minimise(moments, reml).solution.criterion
    rng = np.random.default_rng(seed)
    for _ in range(10):
        factor = rng.normal(size=(moments.q, moments.q)) * 10.0 ** rng.uniform(-2.0, 1.0)
        psi = factor @ factor.T
        if len(moments.blocks) > 1:
            psi = np.diag(np.diag(psi))
        start = module.lower_factor(psi, moments.blocks)
        assert module._settle(start, moments, reml).solution.criterion > found - 1e-6
