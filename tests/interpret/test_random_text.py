"""Sentences on the U's and their variances, at the edge of T above all."""

from dataclasses import replace

import numpy as np
import pytest

import mlmteach as mlm
from tests.interpret.seeds import seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


def test_a_variance_of_zero_is_at_the_boundary() -> None:
    fit = mlm.Model("Yield ~ 1", group="Batch").fit(mlm.load("dyestuff2"))
    found = fit.interpret()
    assert "estimated at the boundary" in found["tau_0"].full
    assert "does not mean that all batches are alike" in found["tau_0"].full
    assert "all predicted values are 0" in found["U_0j"].full
    assert "0 for every batch" in fit.interpret(group="A")["U_0j"].full


def test_a_correlation_at_the_boundary() -> None:
    fit = seed("random slope")
    t = fit.cov_re.copy()
    t.iloc[0, 1] = t.iloc[1, 0] = float(np.sqrt(t.iloc[0, 0] * t.iloc[1, 1]))
    numbers = replace(fit.estimates, cov_re=t)
    row = fit.model.interpret("tau_01", estimates=numbers).rows[0]
    assert "estimated at the boundary" in row.full
    assert "1.00" in row.full
