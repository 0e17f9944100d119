"""Influence of groups, against refits without them."""

from __future__ import annotations

import signal
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import IncompleteWarning, SingularFitWarning
from mlmteach.fit import influence
from mlmteach.fit.influence import Expansion, without_group
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.profiled import solve
from mlmteach.fit.variances import parameter_values
from tests.fit.handmade import design, fit_handmade


def test_estimates_without_a_group_are_those_of_a_new_fit():
    frame = mlm.load("sleepstudy").astype({"Subject": str})
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "1 + U"})
    fit = model.fit(frame)
    found = fit.diagnostics.influence()
    for subject in ("308", "337", "372"):
        other = model.fit(frame[frame["Subject"] != subject])
        assert_allclose(found.params.loc[subject], other.params, rtol=1e-6)
        t = other.cov_re.to_numpy()
        expected = [t[0, 0], t[1, 0], t[1, 1], other.scale]
        assert_allclose(found.variances.loc[subject], expected, rtol=1e-4, atol=1e-3)
        change = (other.params - fit.params).to_numpy()
        cook = change @ np.linalg.solve(fit.cov_params(), change) / 2
        assert_allclose(found.cook[subject], cook, rtol=1e-4)
    assert found.table.index[0] == found.cook.idxmax()
    assert list(found.table.columns[:2]) == ["cook", "cook_variances"]
    assert_allclose(found.dfbetas.loc["308"], (fit.params - found.params.loc["308"]) / fit.bse)


def test_moments_without_each_group_are_those_of_the_rest(small):
    psi = small.optimum.solution.psi
    own, sizes = (
        influence._products(small.design, small.moments.scaling),
        np.bincount(small.design.codes),
    )
    for j in range(small.ngroups):
        moments = without_group(small.moments, own, sizes, j)
        rest = small.design.codes != j
        x = {"one": 1, "x": small.design.X[rest, 1]}
        other = cross_products(design(small.design.y[rest], x, x, small.design.codes[rest]))
        change = other.scaling.z_inverse @ small.moments.scaling.z
        same = solve(change @ psi @ change.T, other, True)
        assert_allclose(solve(psi, moments, True).criterion, same.criterion, rtol=1e-9)


def test_distance_of_variances_does_not_depend_on_units(small):
    x = small.design.X[:, 1]
    scaled = fit_handmade(
        design(
            1000 * small.design.y,
            {"one": 1, "x": x / 10 + 3},
            {"one": 1, "x": x / 10 + 3},
            small.design.codes,
        )
    )
    first, second = small.diagnostics.influence(), scaled.diagnostics.influence()
    assert_allclose(first.cook_variances, second.cook_variances, rtol=1e-2)
    assert_allclose(first.cook, second.cook, rtol=1e-3)


def test_a_group_without_which_there_is_no_fit_is_missing():
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(8), 6)
    only = (labels == 3).astype(float)
    y = only + rng.standard_normal(8)[labels] + rng.standard_normal(48)
    fit = fit_handmade(design(y, {"one": 1, "only": only}, {"one": 1}, labels))
    found = fit.diagnostics.influence()
    assert found.params.isna().all(axis=1).tolist() == [j == 3 for j in range(8)]


def test_the_largest_distance_is_named(growth):
    found = growth.diagnostics.influence(progress=False)
    most = found.cook.idxmax()
    assert f"of Subject {most}" in repr(found)
    assert f"{found.cook.max():.3f}" in repr(found)
    assert found.table["cook"].is_monotonic_decreasing


def many_groups(slope, covariance="unstructured", reml=True, groups=400):
    """A fit of many groups, its slopes with a variance, with a small one, or with none."""
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(groups), rng.integers(2, 12, groups))
    x, w = rng.normal(size=len(codes)), rng.normal(size=groups)[codes]
    u = rng.normal(size=(groups, 2)) * [1.0, slope]
    y = 1 + x + w + u[codes, 0] + u[codes, 1] * x + rng.normal(size=len(codes))
    columns = {"one": 1.0, "x": x, "w": w}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        made = design(y, columns, {"one": 1.0, "x": x}, codes, covariance)
        return fit_handmade(made, reml=reml)


def expansion(fit):
    own, sizes = influence._products(fit.design, fit.moments.scaling), np.bincount(fit.design.codes)
    return Expansion.of(fit, own, sizes)


@pytest.mark.parametrize(
    ("slope", "covariance", "reml"),
    [(0.6, "unstructured", True), (0.2, "diagonal", False), (0.0, "unstructured", True)],
)
def test_what_is_expanded_is_what_a_search_finds(slope, covariance, reml):
    """Where T is singular, too: the last."""
    fit = many_groups(slope, covariance, reml)
    found = fit.diagnostics.influence()
    whole = np.append(fit.params, parameter_values(fit.optimum, fit.moments)[3:])
    expanded = np.flatnonzero(~found.searched)
    assert len(expanded) > 150
    own, sizes = influence._products(fit.design, fit.moments.scaling), np.bincount(fit.design.codes)
    start = fit.optimum.factor + 0.05 * np.eye(2)
    searched = []
    for j in expanded[::10]:
        rest = without_group(fit.moments, own, sizes, j)
        searched.append(parameter_values(minimise(rest, reml, start), rest))
    estimates = np.column_stack([found.params, found.variances])[expanded[::10]]
    moved = np.array(searched) - whole
    assert_allclose(
        (estimates - whole) / np.abs(moved).max(axis=0),
        moved / np.abs(moved).max(axis=0),
        atol=2e-4,
    )


@pytest.mark.parametrize("reml", [True, False])
def test_the_expanded_criterion_and_its_derivatives(reml):
    """Against the criterion of the moments without the group, and against differences."""
    fit = many_groups(0.6, reml=reml, groups=60)
    made, chunk = expansion(fit), np.array([3, 40])
    where = np.array([[0, 0], [1, 0], [1, 1]])
    own, sizes = influence._products(fit.design, fit.moments.scaling), np.bincount(fit.design.codes)

    def exact(d, j):
        psi = fit.optimum.solution.psi + np.tensordot(d, made.directions, 1)
        return solve(psi, without_group(fit.moments, own, sizes, j), reml)

    zero, step = np.zeros((2, 3)), 1e-4 * np.array([[1.0, -2.0, 1.5], [-1.0, 0.5, 2.0]])
    here, gamma, sigma2 = made.criterion(zero, chunk)
    there, _, _ = made.criterion(step, chunk)
    for c, j in enumerate(chunk):
        before, after = exact(zero[c], j), exact(step[c], j)
        assert_allclose(gamma[c], before.gamma, rtol=1e-8)
        assert_allclose(sigma2[c], before.sigma2, rtol=1e-10)
        rise = after.criterion - before.criterion
        assert_allclose(there.value[c] - here.value[c], rise, rtol=1e-6)
        weights = np.where(where[:, 0] == where[:, 1], 1.0, 2.0)
        gradient = weights * before.gradient[where[:, 0], where[:, 1]]
        assert_allclose(here.first[c], gradient, rtol=1e-7)
        change = here.second[c] @ step[c]
        assert_allclose(there.first[c] - here.first[c], change, rtol=2e-3)
        flat = made.directions.reshape(3, 4)
        assert_allclose(here.second[c], flat @ before.hessian @ flat.T, rtol=1e-6)


def test_few_groups_are_all_searched(growth):
    assert growth.diagnostics.influence().searched.all()


def test_an_interrupt_keeps_what_is_done(growth, monkeypatch):
    honest, calls = influence.minimise, []

    def interrupted(*given):
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
        return honest(*given)

    monkeypatch.setattr(influence, "minimise", interrupted)
    with pytest.warns(IncompleteWarning, match="4 of 18 groups were left out"):
        found = growth.diagnostics.influence()
    assert found.params.notna().all(axis=1).sum() == 4
