"""Made-up groups have exactly the variances that are asked for."""

import numpy as np

from mlmteach.explore.cloud import standard_effects, standard_units


def test_effects_are_standard_and_uncorrelated() -> None:
    effects = standard_effects(30, 2)
    np.testing.assert_allclose(effects.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(effects.T @ effects / 30, np.eye(2), atol=1e-12)


def test_units_are_standard_within_groups() -> None:
    units = standard_units(7, 5)
    np.testing.assert_allclose(units.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((units**2).sum() / (7 * 4), 1)
