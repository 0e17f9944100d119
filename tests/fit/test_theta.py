"""The parametrisation of T."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.fit.theta import (
    basis_of,
    canonical,
    factor_of,
    lower_factor,
    places,
    square_basis,
    theta_of,
)

FULL = ((0, 1, 2),)
DIAGONAL = ((0,), (1,), (2,))
MIXED = ((0, 2), (1,))
TURNED = ((2, 0, 1),)  # one block, in an order of its own, as paths of a profile have it


def test_order_is_that_of_lme4():
    """lme4: getME(fit, "theta") lists the lower triangle of Lambda column by column."""
    assert places(FULL) == [(0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (2, 2)]
    assert places(MIXED) == [(0, 0), (2, 0), (2, 2), (1, 1)]


@pytest.mark.parametrize("blocks", [FULL, DIAGONAL, MIXED])
def test_theta_and_factor_are_inverse(blocks):
    theta = np.arange(1.0, len(places(blocks)) + 1)
    factor = factor_of(theta, basis_of(blocks))
    assert_allclose(theta_of(factor, blocks), theta)


@pytest.mark.parametrize("blocks", [FULL, DIAGONAL, MIXED])
def test_square_blocks_hold_every_factor(blocks):
    basis = square_basis(blocks)
    assert len(basis) == sum(len(block) ** 2 for block in blocks)
    theta = np.arange(1.0, len(basis) + 1)
    factor = factor_of(theta, basis)
    assert_allclose(np.einsum("kab,ab->k", basis, factor), theta)
    lower = canonical(factor, blocks)
    assert_allclose(lower @ lower.T, factor @ factor.T)


@pytest.mark.parametrize("blocks", [FULL, DIAGONAL, MIXED])
def test_blocks_do_not_correlate(blocks):
    factor = factor_of(np.ones(len(places(blocks))), basis_of(blocks))
    psi = factor @ factor.T
    for k in range(3):
        for m in range(3):
            together = any(k in block and m in block for block in blocks)
            assert (psi[k, m] != 0.0) == together


@pytest.mark.parametrize("blocks", [FULL, TURNED])
def test_canonical_keeps_the_product_and_makes_it_triangular(blocks):
    factor = np.random.default_rng(1).normal(size=(3, 3))
    lower = canonical(factor, blocks)
    assert_allclose(lower @ lower.T, factor @ factor.T)
    assert_allclose(np.triu(lower[np.ix_(blocks[0], blocks[0])], 1), 0.0)
    assert_allclose(factor_of(theta_of(lower, blocks), basis_of(blocks)), lower)
    assert np.all(np.diag(lower) >= 0.0)


def test_singular_matrices_have_a_factor():
    v = np.array([1.0, 2.0, -1.0])
    psi = np.multiply.outer(v, v)
    factor = lower_factor(psi, FULL)
    assert_allclose(factor @ factor.T, psi, atol=1e-12)
    assert_allclose(lower_factor(np.zeros((3, 3)), FULL), 0.0)
