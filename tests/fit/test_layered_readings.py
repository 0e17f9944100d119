"""Shares of variance, ICCs, reliability: against their formulas, by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import OptionError, SingularFitWarning
from tests.fit.layered_models import dense_covariance, layered


def test_icc_is_the_correlation_of_two_rows() -> None:
    """In the covariance matrix of y: two assays of a cask, of a batch, of nothing."""
    fit = layered("pastes")
    v = dense_covariance(fit)
    found = fit.quantities.icc()["icc"]
    assert_allclose([v[0, 1], v[0, 2], v[0, 6]] / v[0, 0], [*found[["cask", "batch"]], 0.0])
    assert_allclose(fit.icc[found.index], found)


def test_icc_of_crossed_groups() -> None:
    fit = layered("penicillin")
    v, (plate, sample) = dense_covariance(fit), (e.layer.codes for e in fit.effects)
    found = fit.quantities.icc()["icc"]
    other = np.flatnonzero((plate == plate[0]) & (sample != sample[0]))[0]
    assert_allclose(v[0, other] / v[0, 0], found["plate"])
    other = np.flatnonzero((plate != plate[0]) & (sample == sample[0]))[0]
    assert_allclose(v[0, other] / v[0, 0], found["sample"])
    assert found["plate and sample"] == pytest.approx(found["plate"] + found["sample"])


def test_with_slopes_the_shares_are_those_of_a_place() -> None:
    fit = layered("egsingle")
    z = np.array([1.0, 2.0])
    expected = [z @ effects.cov_re.to_numpy() @ z for effects in fit.effects]
    at = fit.quantities.variance_shares(at={"year": 2.0})
    assert_allclose(at["variance"], [*expected, fit.scale])
    assert str(at.place) == "at year = 2"
    over = fit.quantities.variance_shares()
    rows = [np.mean([z @ e.cov_re.to_numpy() @ z for z in e.layer.Z]) for e in fit.effects]
    assert_allclose(over["variance"], [*rows, fit.scale])
    assert over.place.averaged == "rows"


def test_reliability_of_classes_and_schools() -> None:
    """Raudenbush & Bryk (2002), chapter 8: balanced, so that each is one number."""
    fit = layered("pastes")
    tau, phi, sigma2 = (float(x) for x in [*(e.cov_re.iloc[0, 0] for e in fit.effects), fit.scale])
    casks, batches = (fit.quantities.reliability(name)["Intercept"] for name in ("cask", "batch"))
    assert_allclose(casks, tau / (tau + sigma2 / 2.0))
    assert_allclose(batches, phi / (phi + (tau + sigma2 / 2.0) / 3.0))


def test_reliability_of_schools_is_that_of_their_own_generalised_least_squares() -> None:
    fit = layered("egsingle")
    found = fit.quantities.reliability("schoolid")
    upper = fit.effects_of("schoolid")
    lower = fit.effects_of("childid")
    rows = upper.layer.codes == 7
    z, codes = lower.layer.Z[rows], lower.layer.codes[rows]
    v = fit.scale * np.eye(len(z))
    v += (z @ lower.cov_re.to_numpy() @ z.T) * (codes[:, None] == codes[None, :])
    own = upper.layer.Z[rows]
    noise = np.diag(np.linalg.inv(own.T @ np.linalg.solve(v, own)))
    variance = np.diag(upper.cov_re)
    assert_allclose(found.iloc[7], variance / (variance + noise), rtol=1e-8)


def test_reliability_of_crossed_groups_is_what_the_data_tell_of_them() -> None:
    fit = layered("penicillin")
    effects = fit.effects_of("sample")
    left = effects.random_effects_se.to_numpy() ** 2 / float(effects.cov_re.iloc[0, 0])
    assert_allclose(fit.quantities.reliability("sample"), 1.0 - left)


@pytest.mark.parametrize("name", ["pastes", "penicillin", "egsingle"])
def test_design_effect_is_the_variance_of_a_mean(name: str) -> None:
    """Over that of as many rows without groups, when only intercepts vary."""
    fit = layered(name)
    if name == "egsingle":
        sizes = [np.bincount(e.layer.codes) for e in fit.effects]
        shares = fit.quantities.variance_shares()["share"]
        weighted = [float(n @ n) / fit.nobs - 1.0 for n in sizes]
        expected = 1.0 + float(shares.iloc[:2] @ weighted)
    else:
        v = dense_covariance(fit)
        expected = v.sum() / np.trace(v)
    assert fit.quantities.design_effect == pytest.approx(expected)


def test_slopes_at_values_of_a_predictor_of_schools() -> None:
    fit = layered("egsingle")
    table = fit.quantities.simple_slopes("year", "lowinc", [0.0, 50.0])
    gamma, vcov = fit.params, fit.cov_params()
    names = ["year", "lowinc:year"]
    w = np.array([1.0, 50.0])
    assert_allclose(table["estimate"], [gamma["year"], w @ gamma[names]])
    assert_allclose(table["SE"].iloc[1], np.sqrt(w @ vcov.loc[names, names].to_numpy() @ w))


def test_a_grouping_that_there_is_not() -> None:
    with pytest.raises(OptionError, match="no grouping 'class'"):
        layered("pastes").quantities.reliability("class")


def test_a_slope_of_children_is_where_its_own_moderators_are() -> None:
    """Black moves the outcome of a child, and not the slope of female, which lowinc moderates."""
    equations = {"intercept": "female + black + U", "year": "1"}
    upper = {"intercept": "size + V", "female": "lowinc + V"}
    data = mlm.load("egsingle")
    model = mlm.Model("math ~ year", group="schoolid/childid", level2=equations, level3=upper)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        fit = model.fit(data)
    found = fit.quantities.plausible_range(fit.model.upper_random[1].term.name, grouping="schoolid")
    assert [spot.name for spot in found.place.spots] == ["lowinc"]
