"""The criterion of models with two groupings against dense matrices, its gradient, its optimum."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.errors import FitError
from mlmteach.fit.layered import conditional_covariances, solve_layered
from mlmteach.fit.layers import layered_moments
from mlmteach.fit.optimum import minimise, require_identified
from mlmteach.fit.theta import lower_factor
from tests.fit.handmade import layer, layered_design

SHAPES = [((1, 1), False), ((2, 1), False), ((1, 3), False), ((1, 1), True), ((2, 2), True),
          ((1, 3), True)]  # fmt: skip


def random_psi(moments, design, seed=1, rank=3):
    """Relative covariance matrices of both groupings: in the data's units, and in internal ones."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in design.layers:
        root = rng.normal(size=(k.Z.shape[1], rank)) / np.abs(k.Z).mean(axis=0)[:, None]
        parts.append(root @ root.T)
    back = moments.scaling.z_inverse
    return parts, back @ moments.joined(parts) @ back.T


def dense(design, parts):
    """V of all rows, and the parts of it that each grouping gives."""
    shares = [
        (k.codes[:, None] == k.codes) * (k.Z @ part @ k.Z.T)
        for k, part in zip(design.layers, parts, strict=True)
    ]
    return np.eye(len(design.y)) + sum(shares), shares


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("q", "crossed"), SHAPES)
def test_criterion_gamma_and_modes_are_those_of_dense_matrices(q, crossed, reml):
    """Bates et al. (2015), Journal of Statistical Software 67(1), section 3.4."""
    design = layered_design(q, crossed=crossed)
    moments = layered_moments(design)
    parts, psi = random_psi(moments, design)
    found = solve_layered(psi, moments, reml)
    v, _ = dense(design, parts)
    inverse, x, n = np.linalg.inv(v), design.X, len(design.y)
    information = x.T @ inverse @ x
    gamma = np.linalg.solve(information, x.T @ inverse @ design.y)
    residual = design.y - x @ gamma
    degrees = n - x.shape[1] if reml else n
    sigma2 = residual @ inverse @ residual / degrees
    criterion = np.linalg.slogdet(v)[1] + degrees * (1.0 + np.log(2.0 * np.pi * sigma2))
    criterion += np.linalg.slogdet(information)[1] if reml else 0.0
    scaling = moments.scaling
    assert found.criterion == pytest.approx(criterion, rel=1e-10)
    ours = scaling.y_scale * (scaling.x @ found.gamma) + scaling.shift
    assert_allclose(ours, gamma, rtol=1e-7)
    assert found.sigma2 * scaling.y_scale**2 == pytest.approx(sigma2, rel=1e-8)
    covariances = conditional_covariances(found)
    for k, design_layer in enumerate(design.layers):
        z = moments.layers[k].scaling.z
        modes = scaling.y_scale * found.modes[k] @ z.T
        for j in range(len(design_layer.groups)):
            zt = np.where((design_layer.codes == j)[:, None], design_layer.Z @ parts[k], 0.0)
            assert_allclose(modes[j], zt.T @ inverse @ residual, rtol=1e-6, atol=1e-8)
            held = parts[k] - zt.T @ inverse @ zt
            assert_allclose(z @ covariances[k][j] @ z.T, held, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("q", "crossed"), SHAPES)
def test_gradient_against_differences(q, crossed, reml):
    design = layered_design(q, crossed=crossed)
    moments = layered_moments(design)
    psi = random_psi(moments, design)[1]
    gradient, h = solve_layered(psi, moments, reml).gradient, 1e-5
    for place in moments.places:
        for a in range(place.start, place.stop):
            for b in range(place.start, a + 1):
                step = np.zeros_like(psi)
                step[a, b] += h / 2.0
                step[b, a] += h / 2.0
                up, down = (
                    solve_layered(psi + s * step, moments, reml).criterion for s in (1.0, -1.0)
                )
                expected = (up - down) / (2.0 * h)
                size = np.abs(gradient).max()
                assert gradient[a, b] == pytest.approx(expected, rel=1e-4, abs=1e-5 * size)


@pytest.mark.parametrize("crossed", [False, True])
def test_average_information_by_its_definition(crossed):
    """Gilmour, Thompson & Cullis (1995): y'P V_i P V_j P y / sigma2, with P of REML."""
    design = layered_design((2, 1), crossed=crossed)
    moments = layered_moments(design)
    parts, psi = random_psi(moments, design)
    found = solve_layered(psi, moments, True)
    v, _ = dense(design, parts)
    inverse, x = np.linalg.inv(v), design.X
    p = inverse - inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    y = design.y / moments.scaling.y_scale
    changes = []  # of V, in the internal units of Psi
    for a, b, k in ((0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 2, 1)):
        z = design.layers[k].Z @ moments.layers[k].scaling.z
        start = moments.places[k].start
        codes = design.layers[k].codes
        changes.append((codes[:, None] == codes) * np.outer(z[:, a - start], z[:, b - start]))
    changes[1] = changes[1] + changes[1].T
    by_hand = [[y @ p @ one @ p @ other @ p @ y / found.sigma2 for other in changes]
               for one in changes]  # fmt: skip
    rows = np.zeros((4, 9))
    rows[[0, 1, 1, 2, 3], [0, 1, 3, 4, 8]] = 1.0
    assert_allclose(rows @ found.joint_hessian @ rows.T, by_hand, rtol=1e-6)


@pytest.mark.parametrize("rank", [0, 1, 3])
@pytest.mark.parametrize("q", [(1, 1), (2, 2)])
def test_nested_groups_by_the_way_of_crossed_ones(q, rank):
    design = layered_design(q)
    moments = layered_moments(design)
    psi = random_psi(moments, design, rank=rank)[1]
    short = solve_layered(psi, moments, True)
    long = solve_layered(psi, replace(moments, nested=False), True)
    assert long.criterion == pytest.approx(short.criterion, rel=1e-12)
    assert_allclose(long.gradient, short.gradient, rtol=1e-8, atol=1e-9)
    assert_allclose(long.joint_hessian, short.joint_hessian, rtol=1e-8, atol=1e-9)
    for one, other in zip(
        [*long.modes, *conditional_covariances(long)],
        [*short.modes, *conditional_covariances(short)],
        strict=True,
    ):
        assert_allclose(one, other, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("crossed", [False, True])
def test_order_of_rows_and_of_groupings_and_labels_do_not_matter(crossed):
    design = layered_design((2, 1), crossed=crossed)
    best = minimise(layered_moments(design), True)
    shuffled = np.random.default_rng(3).permutation(len(design.y))
    layers = [
        layer(k.name, dict(enumerate(k.Z[shuffled].T)), [f"g{-code}" for code in k.codes[shuffled]])
        for k in design.layers
    ]
    other = replace(
        design, y=design.y[shuffled], X=design.X[shuffled], layers=(layers[1], layers[0])
    )
    again = minimise(layered_moments(other), True)
    assert again.solution.criterion == pytest.approx(best.solution.criterion, abs=1e-7)
    order = [1, 2, 0]  # where the coefficients of the first design stand in the second
    assert_allclose(
        again.solution.psi[np.ix_(order, order)], best.solution.psi, rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("absent", [0, 1])
def test_a_variance_that_is_estimated_as_zero_is_exactly_zero(absent, crossed):
    sd = (0.0, 1.0) if absent == 0 else (1.0, 0.0)
    for seed in range(20):  # half of such samples have it at zero
        design = layered_design(crossed=crossed, sd=sd, seed=seed)
        moments = layered_moments(design)
        optimum = minimise(moments, True)
        assert optimum.converged
        if optimum.singular:
            break
    assert optimum.factor[absent, absent] == 0.0
    assert optimum.solution.gradient[absent, absent] > 0.0  # the criterion rises from there
    alone = minimise(moments.layers[1 - absent], True)  # and the grouping might as well not be
    assert optimum.solution.criterion == pytest.approx(alone.solution.criterion, abs=1e-7)


@pytest.mark.parametrize("crossed", [False, True])
def test_zero_is_left_again(crossed):
    """Theta = 0 is a stationary point whatever the data."""
    moments = layered_moments(layered_design((2, 1), crossed=crossed))
    best = minimise(moments, True)
    from_zero = minimise(moments, True, np.zeros((3, 3)))
    assert from_zero.solution.criterion == pytest.approx(best.solution.criterion, abs=1e-6)


@pytest.mark.parametrize("crossed", [False, True])
def test_no_start_leads_lower(crossed):
    moments = layered_moments(
        layered_design((2, 2), crossed=crossed, sd=(0.5, 0.1), seed=7, covariance="diagonal")
    )
    found, rng = minimise(moments, False), np.random.default_rng(5)
    assert found.converged
    for _ in range(6):
        start = np.diag(np.exp(rng.normal(-1.0, 2.0, 4)))
        assert minimise(moments, False, start).solution.criterion > found.solution.criterion - 1e-6


# --- what data cannot tell apart ------------------------------------------------------------


def with_layer(design, k, labels):
    """The same with other groups in one of the groupings."""
    layers = list(design.layers)
    layers[k] = layer(layers[k].name, dict(zip("1xw", layers[k].Z.T, strict=False)), labels)
    return replace(design, layers=(layers[0], layers[1]))


def refused(design, match):
    with pytest.raises(FitError, match=match):
        require_identified(layered_moments(design))


def test_a_row_a_lower_group_is_refused_by_name():
    design = layered_design()
    refused(with_layer(design, 0, np.arange(len(design.y))), "coefficients of a and of the level-1")


def test_a_lower_group_an_upper_group_is_refused_by_name():
    design = layered_design()
    twins = with_layer(design, 0, [f"only group of {code}" for code in design.layers[1].codes])
    refused(twins, "between groups of a and between groups of b apart.*more than one group of a")


def test_a_row_a_cell_is_no_obstacle():
    design = layered_design()
    plates, samples = np.divmod(np.arange(len(design.y)), 4)
    crossed = with_layer(with_layer(design, 0, plates), 1, samples)
    require_identified(layered_moments(crossed))
    assert minimise(layered_moments(crossed), True).converged


def test_groups_that_the_fixed_part_tells_apart_are_refused_by_name():
    design = layered_design()
    own = (design.layers[1].codes[:, None] == np.arange(1, 5)).astype(float)
    full = replace(design, X=np.column_stack([design.X, own]), x_names=(*design.x_names, *"1234"))
    refused(full, "tells all groups of b apart")


def test_too_few_groups_are_refused_by_name():
    design = layered_design((1, 3))
    two = with_layer(design, 1, design.layers[1].codes % 2)
    refused(two, "3 random coefficients .* for 2 groups of b")


def test_groups_in_parts_that_are_not_linked_are_fitted():
    """Two crossed designs beside each other: no first group shares a last group with the other."""
    one, other = layered_design(crossed=True), layered_design(crossed=True, seed=1)
    both = replace(one, y=np.append(one.y, other.y), X=np.vstack([one.X, other.X]))
    for k in (0, 1):
        codes = np.append(one.layers[k].codes, 100 + other.layers[k].codes)
        both = with_layer(replace(both, layers=tuple(
            replace(a, Z=np.vstack([a.Z, b.Z])) if a.name == "ab"[k] else a
            for a, b in zip(both.layers, other.layers, strict=True)
        )), k, codes)  # fmt: skip
    moments = layered_moments(both)
    require_identified(moments)
    assert minimise(moments, True).converged


def test_no_residual_is_an_error():
    design = layered_design()
    exact = replace(design, y=design.X @ [1.0, 2.0, 3.0] + design.layers[0].codes)
    with pytest.raises(FitError, match="without any residual"):
        minimise(layered_moments(exact), True)


def test_repeated_columns_are_an_error():
    design = layered_design()
    double = replace(design, X=np.column_stack([design.X, design.X[:, 1]]))
    with pytest.raises(FitError, match="columns of X repeat one another"):
        solve_layered(np.eye(2), layered_moments(double), True)


def test_lower_factors_of_both_groupings_are_told_apart():
    """Equal variances in both groupings give eigenvectors that mix them."""
    moments = layered_moments(layered_design((2, 2)))
    factor = lower_factor(np.eye(4), moments.blocks)
    assert_allclose(factor, np.eye(4), atol=1e-15)
