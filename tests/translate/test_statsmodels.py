"""The statsmodels scripts run, without a warning, and estimate what we estimate."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import ModelError
from tests.translate.awkward import FORMULAS, awkward
from tests.translate.cases import (
    CASES,
    GENERALIZED,
    GROUPED,
    expected,
    expected_grouped,
    grouped_scripts,
    own_fit,
    read_name,
)


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("statsmodels") == snapshot


@pytest.mark.parametrize("name", grouped_scripts("statsmodels"))
def test_script_with_two_groupings(name: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script("statsmodels") == snapshot


@pytest.mark.parametrize("name", CASES)
def test_same_estimates(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    case.frame.to_csv(tmp_path / "frame.csv", index=False)
    script = tmp_path / "script.py"
    script.write_text(
        str(case.model.code("statsmodels", reml=case.reml, data="frame")), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    fit = runpy.run_path(str(script))["fit"]
    assert "Mixed Linear Model" in capsys.readouterr().out

    # Its standard errors are not compared: they come from a Hessian in all parameters and not from
    # GLS, and are nine times as large as those of lme4 in the case "no_intercept".
    ours = expected(name, level="{}[T.{}]")
    gamma = {frozenset({read_name(t)}): value for t, value in fit.fe_params.items()}
    # it calls a lone random intercept by the name of the group, and others "Group"
    intercepts = {"Group", case.model.group.replace(" ", "_")}
    effects = [frozenset() if t in intercepts else read_name(t) for t in fit.cov_re.index]
    tau = {
        frozenset({effects[i], effects[j]}): fit.cov_re.iloc[i, j]
        for i, j in np.ndindex(fit.cov_re.shape)
    }
    tau |= {
        frozenset({read_name(t)}): value
        for t, value in zip(fit.model.exog_vc.names, fit.vcomp, strict=True)
    }
    largest = max(ours["tau"].values())
    assert 2 * fit.llf == pytest.approx(2 * own_fit(name).llf, abs=1e-3)
    assert gamma == pytest.approx(ours["gamma"], rel=1e-3, abs=1e-5)
    assert tau == pytest.approx(ours["tau"], rel=2e-3, abs=2e-3 * largest)
    assert fit.scale == pytest.approx(ours["sigma2"][frozenset()], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["upper", "apart", "crossed"])
def test_the_script_with_two_groupings_runs_and_estimates_what_we_estimate(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = GROUPED[name]
    case.frame.to_csv(tmp_path / "frame.csv", index=False)
    source = str(case.model.code("statsmodels", reml=case.reml, data="frame"))
    (tmp_path / "script.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    fit = runpy.run_path("script.py")["fit"]
    assert "Mixed Linear Model" in capsys.readouterr().out

    ours = expected_grouped(name, level="{}[T.{}]")
    lower, upper = case.model.grouping.names
    effects = [frozenset() if t in ("Group", "school") else read_name(t) for t in fit.cov_re.index]
    tau = {
        (upper, frozenset({effects[i], effects[j]})): fit.cov_re.iloc[i, j]
        for i, j in np.ndindex(fit.cov_re.shape)
    }
    for component, value in zip(fit.model.exog_vc.names, fit.vcomp, strict=True):
        first, _, product = component.replace("class_2", "class").partition(":")
        nested = first not in (lower, upper)  # a slope of the upper grouping, by its name alone
        group, term = (upper, component) if nested else (first, product)
        tau[group, frozenset({read_name(term) if term else frozenset()})] = value
    largest = max(ours["tau"].values())
    assert 2 * fit.llf == pytest.approx(-ours["criterion"][frozenset()], abs=1e-3)
    gamma = {frozenset({read_name(t)}): value for t, value in fit.fe_params.items()}
    assert gamma == pytest.approx(ours["gamma"], rel=1e-3, abs=1e-4)
    assert tau == pytest.approx(ours["tau"], rel=2e-3, abs=2e-3 * largest)
    assert fit.scale == pytest.approx(ours["sigma2"][frozenset()], rel=1e-3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("levels", r"that correlate within 'class', since 'school' is above\."),
        ("crossed_slope", r"that correlate within 'primary', since groupings cross\."),
    ],
)
def test_what_may_not_correlate_within_groupings_is_said(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=f"{says} Let them not correlate"):
        GROUPED[name].model.code("statsmodels")


@pytest.mark.parametrize("text", FORMULAS)
def test_it_reads_the_rows_of_the_fit(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = awkward()
    ours = mlm.Model.from_formula(text, data=frame).fit(frame)
    frame.to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "script.py").write_text(str(ours.model.code("statsmodels")), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    theirs = runpy.run_path("script.py")["fit"]
    assert capsys.readouterr().out
    assert (theirs.nobs, theirs.model.n_groups) == (ours.nobs, ours.ngroups)
    assert -2 * theirs.llf == pytest.approx(ours.criterion, abs=1e-3)
    assert list(theirs.fe_params) == pytest.approx(list(ours.params), abs=1e-3)


@pytest.mark.parametrize(
    "covariance",
    [
        (("Intercept", "ses"), ("minority", "female")),  # two blocks of two
        (("ses", "minority", "female"), ("Intercept",)),  # an intercept apart from a block
    ],
)
def test_what_it_cannot_express_is_an_error(covariance: tuple[tuple[str, ...], ...]) -> None:
    model = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"ses": "U", "minority": "U", "female": "U"},
        covariance=covariance,
    )
    with pytest.raises(ModelError, match=r"statsmodels cannot fit .* or use lme4"):
        model.code("statsmodels")


def test_what_does_not_correlate_is_a_component_of_its_own() -> None:
    source = CASES["diagonal"].script("statsmodels")
    assert 're_formula="~ 1"' in source
    assert 'vc_formula={"Days": "0 + Days"}' in source
    assert "vc_formula" not in CASES["slope"].script("statsmodels")


def test_rows_are_left_out_before_it_groups_them() -> None:
    source = CASES["missing"].script("statsmodels")
    assert source.index(".dropna()") < source.index("groupby") < source.index("mixedlm")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("zero_one", "its BinomialBayesMixedGLM has priors"),
        ("exposure", "its PoissonBayesMixedGLM has priors"),
        ("shape", r"of the family 'negbin'\. Write the model for lme4"),
    ],
)
def test_what_it_has_instead_of_a_likelihood_is_said(name: str, says: str) -> None:
    """statsmodels documentation, BinomialBayesMixedGLM: ``vcp_p`` and ``fe_p`` are the standard
    deviations of the priors; ``fit_map`` and ``fit_vb`` approximate the posterior."""
    with pytest.raises(ModelError, match=says):
        GENERALIZED[name].model.code("statsmodels")
