"""Residuals at each level against dense algebra, and influence against refits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import IncompleteWarning, OptionError
from mlmteach.fit import influence, layered_diagnostics
from tests.fit.layered_models import MODELS, dense_covariance, frame_of, layered


@pytest.mark.parametrize("name", ["pastes", "penicillin", "machines"])
def test_residuals_are_divided_by_their_own_standard_deviations(name: str) -> None:
    """By the covariance matrix of y, with n rows: σ² (V^-1 - V^-1 X (X'V^-1X)^-1 X'V^-1)."""
    fit = layered(name)
    inverse = np.linalg.inv(dense_covariance(fit))
    x = fit.design.X
    taken = inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    residual = fit.scale * (inverse - taken)
    rows = fit.diagnostics.level1()
    assert_allclose(rows["raw"], fit.resid)
    assert_allclose(rows["raw"] / rows["standardised"], np.sqrt(np.diag(residual)), rtol=1e-6)
    for effects, found in zip(
        fit.effects, (fit.diagnostics.level2(), fit.diagnostics.level3()), strict=True
    ):
        z = np.eye(effects.ngroups)[effects.layer.codes]  # intercepts only
        psi = float(effects.cov_re.iloc[0, 0]) / fit.scale
        variance = np.diag(psi * z.T @ residual @ z * psi)
        raw = found["Intercept", "raw"]
        assert_allclose(raw / found["Intercept", "standardised"], np.sqrt(variance), rtol=1e-6)
        distances = fit.diagnostics.distances(effects.name)
        assert_allclose(distances, raw.to_numpy() ** 2 / variance, rtol=1e-6)


def test_standardised_residuals_of_a_model_with_slopes_have_the_variance_1() -> None:
    fit = layered("egsingle")
    assert fit.diagnostics.level1()["standardised"].var() == pytest.approx(1.0, abs=0.05)
    schools = fit.diagnostics.level3()
    for name in ("Intercept", "year"):
        assert schools[name, "standardised"].var() == pytest.approx(1.0, abs=0.4)
    tests = fit.diagnostics.normality()
    assert tests["level"].tolist() == [1, 2, 2, 3, 3]
    assert tests["n"].tolist() == [7230, 1721, 1721, 60, 60]
    spread = fit.diagnostics.equal_variance()
    assert set(spread["residual"]) >= {"level-1 residual", "U of year", "V of year"}


@pytest.mark.parametrize(("name", "grouping"), [("pastes", "batch"), ("penicillin", "sample")])
def test_without_a_group_the_estimates_are_those_of_the_other_rows(
    name: str, grouping: str
) -> None:
    fit, data = layered(name), frame_of(name)
    found = fit.diagnostics.influence(progress=False)
    assert found.grouping == grouping
    group = found.params.index[0]
    rest = mlm.Model(**MODELS[name][1]).fit(data[data[grouping] != group], reml=MODELS[name][2])
    assert_allclose(found.params.loc[group], rest.params, rtol=1e-6)
    for effects in rest.effects:
        own = found.variances.loc[group, f"var(Intercept | {effects.name})"]
        assert_allclose(own, effects.cov_re.iloc[0, 0], rtol=1e-3, atol=1e-6)
    assert f"of {grouping} {found.cook.idxmax()}; see" in repr(found)


def test_ctrl_c_gives_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, without = layered("pastes"), layered_diagnostics._without
    asked = []

    class Asked:
        def __enter__(self) -> Asked:
            return self

        def __exit__(self, *_: object) -> None: ...

        @property
        def asked(self) -> bool:
            return len(asked) == 3

    def counted(*args: object) -> np.ndarray:
        asked.append(1)
        return without(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(layered_diagnostics, "_without", counted)
    monkeypatch.setattr(influence, "Interrupts", Asked)
    with pytest.warns(IncompleteWarning, match="3 of 10 groups"):
        found = fit.diagnostics.influence(progress=False)
    assert found.params["Intercept"].notna().sum() == 3


def test_dispersion_is_that_of_the_groups_of_a_grouping() -> None:
    fit = layered("pastes")
    data = frame_of("pastes").assign(y=lambda d: d["strength"])
    expected = data.groupby("batch")["y"].var()
    assert_allclose(fit.diagnostics.group_dispersion("batch")["variance"], expected)
    assert len(fit.diagnostics.group_dispersion()) == 30


def test_robustness_is_refused() -> None:
    with pytest.raises(OptionError, match="bootstrap"):
        layered("pastes").diagnostics.robustness()
