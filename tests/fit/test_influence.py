"""Influence of groups, against refits without them."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.fit.influence import without_each_group
from mlmteach.fit.moments import cross_products
from mlmteach.fit.profiled import solve
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
    for j, moments in enumerate(without_each_group(small)):
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
