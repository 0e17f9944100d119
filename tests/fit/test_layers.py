"""The arrays and cross-products of models with two groupings."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach.fit.layers as module
from mlmteach.errors import FitError
from mlmteach.fit.layers import layered_moments, require_room, with_new_layered_outcome
from mlmteach.fit.moments import cross_products
from tests.fit.handmade import layered_design


def swapped(design):
    return replace(design, layers=design.layers[::-1])


def test_the_data_say_what_is_nested():
    nested, crossed = layered_design(), layered_design(crossed=True)
    assert layered_moments(nested).nested
    assert not layered_moments(crossed).nested
    # whatever was written, and in whichever order
    assert layered_moments(replace(nested, crossed=True)).nested
    assert layered_moments(swapped(nested)).nested
    assert (layered_moments(nested).inner, layered_moments(swapped(nested)).inner) == (0, 1)


def test_lower_groups_come_first_even_if_they_have_fewer_columns():
    moments = layered_moments(layered_design((1, 3)))  # 14 columns within 15
    assert moments.nested
    assert moments.inner == 0
    assert layered_moments(layered_design((1, 3), crossed=True)).inner == 1


@pytest.mark.parametrize("crossed", [False, True])
def test_products_are_those_of_each_grouping_and_of_their_cells(crossed):
    design = layered_design((2, 1), crossed=crossed)
    moments = layered_moments(design)
    one, other = (cross_products(design.alone(k)) for k in (0, 1))
    assert_allclose(moments.layers[0].zz, one.zz)
    assert_allclose(moments.layers[1].zw, other.zw)
    cells, (a, b) = moments.cells, design.layers
    z_a = a.Z @ one.scaling.z
    for number in range(len(cells.first)):
        rows = (a.codes == cells.first[number]) & (b.codes == cells.last[number])
        assert rows.any()
        expected = z_a[rows].T @ (b.Z[rows] @ other.scaling.z)
        assert_allclose(cells.products[..., number], expected, rtol=1e-9, atol=1e-9)
    counts = cells.to_last(np.ones(len(cells.first)))
    pairs = {(i, j) for i, j in zip(a.codes, b.codes, strict=True)}
    assert counts.tolist() == [sum(j == k for _, j in pairs) for k in range(5)]
    assert cells.to_first(np.ones(len(cells.first))).sum() == len(pairs)


def test_a_new_outcome_gives_the_moments_of_a_new_design():
    design = layered_design((2, 1))
    y = design.y[::-1].copy()
    quick = with_new_layered_outcome(layered_moments(design), design, y)
    fresh = layered_moments(replace(design, y=y))
    units = fresh.scaling.y_scale / quick.scaling.y_scale
    for one, other in zip(quick.layers, fresh.layers, strict=True):
        assert_allclose(one.zw[..., -1], units * other.zw[..., -1], atol=1e-9)
        assert_allclose(one.ww[-1, :-1], units * other.ww[-1, :-1], atol=1e-9)
        assert one.ww[-1, -1] == pytest.approx(units**2 * other.ww[-1, -1])


def test_a_dense_matrix_beyond_memory_is_refused(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 4)
    require_room(layered_moments(layered_design()))  # nested ones need no dense matrix
    with pytest.raises(FitError, match="a and b are crossed, .* b, has 5 random coefficients"):
        require_room(layered_moments(layered_design(crossed=True)))
