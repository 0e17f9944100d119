"""What follows from an optimum with two groupings: effects, fitted values, draws, criteria."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import DataError, ModelError, OptionError, SingularFitWarning
from mlmteach.fit import satterthwaite
from mlmteach.fit.engines import singular_messages
from mlmteach.fit.layered_fit import fit_layered
from tests.fit.layered_models import MODELS, dense_covariance, frame_of, layered


@pytest.mark.parametrize("name", ["pastes", "penicillin", "machines"])
def test_effects_are_the_best_linear_predictors(name: str) -> None:
    """T Z'V^-1 (y - X γ), with V as a matrix of n rows."""
    fit = layered(name)
    v = dense_covariance(fit)
    rest = np.linalg.solve(v, fit.design.y - fit.fixed_part)
    x = fit.design.X
    assert_allclose(
        np.linalg.solve(x.T @ np.linalg.solve(v, x), x.T @ np.linalg.solve(v, fit.design.y)),
        fit.params,
        rtol=1e-8,
    )
    assert_allclose(fit.resid, rest, atol=1e-8)  # V^-1 (y - X γ) over σ², times σ²
    for effects in fit.effects:
        psi = float(effects.cov_re.iloc[0, 0]) / fit.scale
        own = psi * np.bincount(effects.layer.codes, weights=rest)
        assert_allclose(effects.random_effects["Intercept"], own, atol=1e-7)


def test_draws_have_the_covariance_of_the_model() -> None:
    fit = layered("pastes")
    draws = fit.simulate(4000, seed=1).to_numpy()
    expected = fit.scale * dense_covariance(fit)
    found = np.cov(draws[[0, 1, 2, 6]])
    assert_allclose(found, expected[np.ix_([0, 1, 2, 6], [0, 1, 2, 6])], atol=0.8)
    assert_allclose(draws.mean(), fit.params["Intercept"], atol=0.1)


def test_shares_of_the_variance() -> None:
    fit = layered("egsingle")
    parts = fit.variance_parts
    assert fit.r2.marginal == pytest.approx(fit.fixed_variance / (fit.fixed_variance + parts.sum()))
    assert fit.r2.conditional > fit.r2.marginal
    assert repr(fit).startswith("<LayeredFit by REML: 7230 rows in groups, 1721 childid and 60 sch")


def test_a_warning_is_of_the_line_that_fits() -> None:
    data = frame_of("pastes").query("batch != 'E'")
    with pytest.warns(SingularFitWarning, match="batch: .* estimated as zero") as told:
        fit = mlm.Model("strength ~ 1", group="batch/cask").fit(data)
    assert told[0].filename == __file__
    assert fit.singular
    assert fit.messages[0] == str(told[0].message)


def test_what_a_variance_of_zero_means_hangs_on_the_other_grouping() -> None:
    """Batches may differ by more than chance at level 1: casks differ too."""
    t = np.zeros((1, 1))
    with pytest.warns(SingularFitWarning, match="than the groups of 'cask' and chance at level 1"):
        mlm.Model("strength ~ 1", group="batch/cask").fit(frame_of("pastes").query("batch != 'E'"))
    assert "no more than chance at level 1 explains" in singular_messages(t, ["Intercept"])[0]


def test_levels_that_are_written_the_wrong_way_round() -> None:
    data = frame_of("pastes").assign(own=lambda d: d["batch"].astype(str) + d["cask"].astype(str))
    with pytest.raises(DataError, match="higher level first: group='batch/own'"):
        mlm.Model("strength ~ 1", group="own/batch").fit(data)


def test_what_is_refused() -> None:
    model = mlm.Model("strength ~ 1", group="batch/cask")
    data = frame_of("pastes")
    with pytest.raises(OptionError, match="one grouping only"):
        fit_layered(model, data, engine="statsmodels")
    with pytest.raises(OptionError, match="neither True nor False"):
        model.fit(data, reml="yes")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="rows in memory"):
        fit_layered(model, [data.head(30), data.tail(30)])
    with pytest.raises(ModelError, match="precision"):
        mlm.Model("strength ~ 1", group="batch/cask", precision="w").fit(data.assign(w=1.0))


def test_what_numpy_says_of_reml_counts() -> None:
    model, data = mlm.Model("strength ~ 1", group="batch/cask"), frame_of("pastes")
    assert not model.fit(data, reml=np.False_).reml  # type: ignore[arg-type]


# --- laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pastes", "penicillin", "machines"])
def test_the_order_of_rows_and_the_labels_do_not_matter(name: str) -> None:
    fit, data = layered(name), frame_of(name).sample(frac=1.0, random_state=2)
    for grouping in fit.model.grouping.names:
        data[grouping] = "z" + data[grouping].astype(str).str[::-1]
    other = mlm.Model(**MODELS[name][1]).fit(data, reml=fit.reml)
    assert other.criterion == pytest.approx(fit.criterion, abs=1e-8)
    assert_allclose(other.fittedvalues[fit.frame.index], fit.fittedvalues, rtol=1e-6)


def test_the_unit_of_the_outcome_is_carried_through() -> None:
    fit, data = layered("egsingle"), frame_of("egsingle")
    other = fit.model.fit(data.assign(math=20.0 * data["math"] + 500.0))
    assert_allclose(other.covariance, 400.0 * fit.covariance, rtol=1e-4)
    assert_allclose(other.bse, 20.0 * fit.bse, rtol=1e-5)
    assert_allclose(other.icc, fit.icc, rtol=1e-4)
    assert_allclose(other.df, fit.df, rtol=1e-3)


def test_crossed_groupings_can_be_written_either_way() -> None:
    fit = layered("penicillin")
    other = mlm.Model("diameter ~ 1", group="sample * plate").fit(fit.frame, reml=False)
    assert other.criterion == pytest.approx(fit.criterion, abs=1e-8)
    for name in ("plate", "sample"):
        assert_allclose(other.random_effects[name], fit.random_effects[name], atol=1e-5)
        assert_allclose(other.random_effects_se[name], fit.random_effects_se[name], rtol=1e-5)


def test_the_curvature_of_the_criterion_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In large crossed data each df would solve the whole model anew."""
    fit = layered("penicillin").refit(frame_of("penicillin")["diameter"])
    solved: list[int] = []
    solve = satterthwaite.solve_layered
    monkeypatch.setattr(
        satterthwaite, "solve_layered", lambda *args: solved.append(1) or solve(*args)
    )
    first = fit.contrast_df([[1.0]])
    count = len(solved)
    assert count > 0
    np.testing.assert_array_equal(fit.contrast_df([[2.0]]), first)
    assert fit.interpret()
    assert len(solved) == count


def test_a_formula_is_not_held_against_chunks() -> None:
    data = [frame_of("pastes")]
    for formula in ("strength ~ 1 + (1 | batch/cask)", "strength ~ 1 + (1 | batch) + (1 | cask)"):
        with pytest.raises(DataError, match="rows in memory"):
            mlm.Model.from_formula(formula, data=data)
    with pytest.raises(DataError, match="rows in memory"):
        mlm.Model("strength ~ 1", group="batch/cask", data=data)


@pytest.mark.parametrize("df", ["kenward-roger", "normal"])
def test_a_summary_by_df_that_there_are_not_is_refused_at_once(df: str) -> None:
    with pytest.raises(OptionError, match=df):
        layered("pastes").summary(df=df)  # type: ignore[arg-type]
    assert str(layered("pastes").summary(df="satterthwaite")) == str(layered("pastes").summary())
