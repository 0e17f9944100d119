"""Standard errors and Wald intervals of the variances."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlmteach.errors import OptionError
from mlmteach.fit.variances import standard_errors, to_sd_scale, variances
from tests.fit.handmade import cases, reference_fit, two_level_ids
from tests.fit.layered_models import layered

REGULAR = [key for key in two_level_ids() if cases()[key]["r"]["varcorr"][0]["vcov_se"]]


@pytest.mark.parametrize("key", REGULAR)
def test_standard_errors(key):
    """R: delta method on lme4's devfun2, from numDeriv's Hessian."""
    rows = cases()[key]["r"]["varcorr"]
    names = {}
    for row in rows:
        if row["group"] == "Residual":
            names["sigma2"] = row
        elif row["var2"] is None:
            names[f"var({row['var1']})"] = row
        else:
            names[f"cov({row['var1']}, {row['var2']})"] = row
    found = standard_errors(reference_fit(key))
    assert set(names) == set(found.index)
    for name, row in names.items():
        assert_allclose(found[name], row["vcov_se"], rtol=2e-2)


def test_balanced_one_way_layout():
    """ML, balanced: var(sigma2) = 2 sigma2^2 / (J (n - 1))."""
    fit = reference_fit("dyestuff_ml")
    assert_allclose(standard_errors(fit)["sigma2"], fit.scale * np.sqrt(2 / 24), rtol=1e-4)


def test_correlation_with_a_variance_of_zero_is_not_defined():
    found = to_sd_scale(np.array([4.0, 0.0, 0.0, 9.0]), ((0, 1),))
    assert np.isnan(found[1])
    assert_allclose(found[[0, 2, 3]], [2.0, 0.0, 3.0])


def test_refusal():
    with pytest.raises(OptionError, match="no scale 'log'"):
        variances(reference_fit("dyestuff_ml"), "log")


@pytest.mark.parametrize(
    ("name", "key"), [("pastes", "pastes_nested_reml"), ("penicillin", "penicillin_ml")]
)
def test_standard_errors_with_two_groupings(name, key):
    """R: delta method on lme4's devfun2, from numDeriv's Hessian."""
    rows = cases()[key]["r"]["varcorr"]
    fit = layered(name)
    groups = [f"var(Intercept | {row['group'].split(':')[0]})" for row in rows[:-1]]
    expected = dict(zip([*groups, "sigma2"], (row["vcov_se"] for row in rows), strict=True))
    found = standard_errors(fit)
    assert_allclose(found, [expected[name] for name in found.index], rtol=2e-3)
    whole = fit.conf_int(which="random", scale="sd")
    assert list(whole.index) == list(variances(fit, "sd").index)
    assert (whole["lower"] < variances(fit, "sd")).all()


def test_names_say_the_grouping_on_request():
    fit = reference_fit("sleep_ri_ml")
    group = fit.model.group
    assert list(variances(fit, grouped=True).index) == [f"var((Intercept) | {group})", "sigma2"]
