"""One pass over the data."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose

import mlmteach.fit.moments as module
from mlmteach.fit.moments import (
    cross_products,
    moments_of,
    origin_of,
    outcome_products,
    sums_about,
)
from tests.fit.handmade import small_design


def test_internal_units_are_a_linear_change_of_the_data():
    d = small_design(3)
    moments = cross_products(d)
    scaling = moments.scaling
    x, z = d.X @ scaling.x, d.Z @ scaling.z
    w = np.column_stack([x, (d.y - scaling.y_shift) / scaling.y_scale])
    assert_allclose(moments.ww, w.T @ w, atol=1e-9)
    for j in range(len(d.groups)):
        rows = d.codes == j
        assert_allclose(moments.zz[j], z[rows].T @ z[rows], atol=1e-9)
        assert_allclose(moments.zw[j], z[rows].T @ w[rows], atol=1e-9)


def test_columns_are_centred_only_where_the_model_stays_the_same():
    together = cross_products(small_design(2)).scaling
    apart = cross_products(small_design(2, "diagonal")).scaling
    assert together.z[0, 1] != 0.0
    assert apart.z[0, 1] == 0.0


def test_chunks_make_no_difference(monkeypatch):
    d = small_design()
    whole = cross_products(d)
    monkeypatch.setattr(module, "CHUNK", 3)
    pieces = cross_products(d)
    assert len(d.y) > 2 * len(d.groups)  # so that there is more than one chunk
    assert_allclose(pieces.zw, whole.zw, atol=1e-12)
    assert_allclose(pieces.ww, whole.ww, atol=1e-12)


def test_sums_of_parts_add_up():
    d = small_design()
    origin, half = origin_of(d), len(d.y) // 2
    parts = [
        replace(d, y=d.y[rows], X=d.X[rows], Z=d.Z[rows], codes=d.codes[rows])
        for rows in (slice(half), slice(half, None))
    ]
    first, second = (sums_about(origin, part) for part in parts)
    whole, added = cross_products(d), moments_of(second + first, origin, d.blocks)
    assert added.n == whole.n
    assert_allclose(added.zz, whole.zz, atol=1e-12)
    assert_allclose(added.zw, whole.zw, atol=1e-12)
    assert_allclose(added.ww, whole.ww, atol=1e-12)


def test_moments_of_another_outcome():
    d = small_design()
    moments = cross_products(d)
    other = d.y**2
    new = moments.with_outcome(*outcome_products(d, moments.scaling, other))
    star = (other - moments.scaling.y_shift) / moments.scaling.y_scale
    x, z = d.X @ moments.scaling.x, d.Z @ moments.scaling.z
    assert_allclose(new.ww[:-1, -1], x.T @ star)
    assert_allclose(new.ww[-1, -1], star @ star)
    assert_allclose(new.zw[3, :, -1], z[d.codes == 3].T @ star[d.codes == 3])
    assert_allclose(new.zw[:, :, :-1], moments.zw[:, :, :-1])
