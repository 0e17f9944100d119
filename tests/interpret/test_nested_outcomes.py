"""Sentences on yes/no outcomes and counts at three levels: numbers, scope and words."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.api import Model, NestedFit
from mlmteach.errors import ModelError
from mlmteach.interpret import interpret
from mlmteach.interpret.interpretation import Interpretation
from mlmteach.model.estimates import Estimates
from tests.interpret.checking import faults, unexplained
from tests.interpret.layers import LANGUAGES, WORDS, classes

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@cache
def pupils() -> pd.DataFrame:
    """The pupils of :func:`classes`, and who of them passed."""
    frame = classes()
    return frame.assign(passed=(frame["math"] > 52).astype(int))


def _model(**options: Any) -> Model:
    """Predictors of each level, and a product across levels."""
    whole = {"level1", "units"}
    words = {name: entry for name, entry in WORDS.items() if name in {*whole, *pupils().columns}}
    return Model(
        "passed ~ ses + girl", group="school/class", family="binomial", codebook=words,
        level2={"intercept": "pupils + teacher + U", "ses": "pupils"},
        level3={"intercept": "size + V"}, **options,
    )  # fmt: skip


def _ticks(family: str, formula: str) -> Model:
    return Model.from_formula(formula, data=mlm.load("grouseticks"), family=family)


MODELS: Mapping[str, Any] = {
    "logit": lambda: _model().fit(pupils()),
    "probit": lambda: _model(link="probit").fit(pupils()),
    "cloglog": lambda: _model(link="cloglog").fit(pupils()),
    "null": lambda: Model("passed ~ 1", group="school/class", family="binomial").fit(pupils()),
    "ticks": lambda: _ticks("poisson", "TICKS ~ YEAR + HEIGHT + (1 | LOCATION/BROOD)").fit(
        mlm.load("grouseticks")
    ),
    "negbin": lambda: _ticks("negbin", "TICKS ~ 1 + (1 | LOCATION/BROOD)").fit(
        mlm.load("grouseticks")
    ),
    "boundary": lambda: _ticks("poisson", "TICKS ~ HEIGHT + (1 | LOCATION/BROOD)").fit(
        mlm.load("grouseticks")
    ),
}


@cache
def nested(name: str) -> NestedFit:
    fit = MODELS[name]()
    assert isinstance(fit, NestedFit)
    return fit


def _text(found: Interpretation) -> str:
    return "\n\n".join(f"{row.symbol} ({row.name}): {row.short}.\n{row.full}" for row in found)


def _without_labels(text: str) -> str:
    """Take the names of groups and years out, which are no estimates."""
    unit = "class|school|brood|location|Klasse|Schule|Brut|LOCATION-Gruppe"
    unit += "|class-Gruppe|school-Gruppe|from|Jahr"
    text = re.sub(rf"\b({unit}) \w+", r"\1", text)
    return re.sub(r"(most of all|allen voran|excludes 0:|ausschließt:) [^.]*\(.*?\)\.", r"\1", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence(language: str, snapshot: SnapshotAssertion) -> None:
    """At chosen values, which no search has to find again."""
    model = _model(data=pupils())
    gamma = [0.8, 0.0004, -0.08, 0.7, 0.6, 0.01, -0.3]
    params = pd.Series(gamma, [g.name for g in model.gammas])
    t, phi = (pd.DataFrame([[x]], ["Intercept"], ["Intercept"]) for x in (0.25, 0.5))
    known = Estimates(params, t, np.nan, bse=params.abs() / 3.0, cov_re3=phi)
    found = interpret(model, estimates=known, data=pupils(), language=language)
    assert _text(found) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_in_symbols(language: str, snapshot: SnapshotAssertion) -> None:
    assert _text(_model().interpret(data=pupils(), language=language)) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MODELS)
def test_every_number_is_the_fit_s(name: str, language: str) -> None:
    fit = nested(name)
    for row in fit.interpret(language=language):
        assert unexplained(_without_labels(row.full), row.numbers, language) == [], row.full
        assert list(faults(row.full, language)) == [], row.full
    report = fit.report(language=language)
    for text in (report.methods, report.results):
        assert list(faults(text, language)) == [], text


@pytest.mark.parametrize("name", ["logit", "probit", "cloglog", "ticks"])
def test_an_intercept_is_what_is_predicted_in_typical_groups_and_over_all(name: str) -> None:
    fit = nested(name)
    numbers = fit.interpret("γ_000").rows[0].numbers
    zero: dict[str, Any] = dict.fromkeys(("ses", "girl", "pupils", "teacher", "size"), 0)
    if name == "ticks":
        zero = {"YEAR": "95", "HEIGHT": 0.0}
    row = fit.frame.head(1).assign(**zero)
    typical = float(fit.predict(row, groups="average").iloc[0])
    assert numbers["typical"] == pytest.approx(typical)
    # beyond the data, at the mean; what has its zero in them stays there
    inside = {key: zero[key] for key in ("ses", "girl", "teacher") if key in zero}
    found = fit.quantities.expected(at=inside)
    assert numbers["typical at mean"] == pytest.approx(found.typical, rel=1e-6)
    assert numbers["averaged"] == pytest.approx(found.average, rel=1e-6)


def test_a_ratio_is_that_of_the_odds_at_the_same_u_and_v() -> None:
    """In any class of any school: the odds of predictions for two pupils who differ in one unit."""
    fit = nested("logit")
    some = pupils().iloc[[0, 300, 900]].drop(columns=["math", "passed"])
    for name in ("girl", "teacher", "size"):
        p, q = (fit.predict(some.assign(**{name: x})).to_numpy() for x in (0, 1))
        ratio = q / (1 - q) / (p / (1 - p))
        assert np.allclose(ratio, fit.interpret(name).rows[0].numbers["ratio"])
        p, q = (
            fit.predict(some.assign(**{name: x}), groups="population").to_numpy() for x in (0, 1)
        )
        marginal = np.log(q / (1 - q) / (p / (1 - p)))
        assert np.all(np.abs(marginal) < abs(fit.params[name]))  # closer to a ratio of 1


def test_median_ratios_and_ranges_are_those_of_simulated_groups() -> None:
    fit, rng = nested("logit"), np.random.default_rng(5)
    lower, upper = np.sqrt(np.diag(fit.covariance))
    u, v = rng.normal(0.0, lower, (2, 400_000)), rng.normal(0.0, upper, (2, 400_000))
    rows = {row.role: row.numbers for row in fit.interpret() if row.name == "Intercept"}

    def median(apart: Any) -> float:
        return float(np.median(np.exp(np.abs(apart[0] - apart[1]))))

    assert rows["τ"]["median ratio"] == pytest.approx(median(u), rel=0.01)
    assert rows["φ"]["median ratio"] == pytest.approx(median(v), rel=0.01)
    assert rows["φ"]["median ratio of both"] == pytest.approx(median(u + v), rel=0.01)
    eta = np.log(1.0 / (1.0 / fit.quantities.expected(at={"ses": "mean"}).typical - 1.0))
    for role, which, drawn in (("τ", "", u), ("φ", "", v), ("τ", "every ", u + v)):
        names = [f"{which}expected {end}" for end in ("lower", "upper")]
        quantiles = np.quantile(expit(eta + drawn), (0.025, 0.975))
        assert [rows[role][name] for name in names] == pytest.approx(quantiles, abs=0.005)


@pytest.mark.parametrize("name", MODELS)
def test_shares_and_correlations_are_the_fit_s(name: str) -> None:
    fit = nested(name)
    lower, upper = np.diag(fit.covariance)
    whole = lower + upper + fit.latent_variance
    rows = {row.role: row.numbers for row in fit.interpret() if row.name == "Intercept"}
    one, other = fit.model.grouping.names
    assert rows["τ"]["latent icc"] == pytest.approx(lower / whole)
    assert rows["τ"]["latent correlation"] == pytest.approx(fit.icc[one])
    if upper > 1e-8:
        assert rows["φ"]["latent icc"] == pytest.approx(upper / whole)
        assert rows["φ"]["latent correlation"] == pytest.approx(fit.icc[other])


def test_it_is_said_in_which_groups_a_ratio_holds() -> None:
    rows = nested("logit").interpret()
    assert rows["girl"].full.startswith("Within the same class, among girls, the odds of passed")
    assert "comparing classes of the same school with the same U" in rows["pupils"].told.lead
    assert "comparing schools with the same V, in classes with the same U" in rows["size"].told.lead
    for name in ("girl", "pupils", "size"):
        full = rows[name].full
        assert "compares at the same U and V; averaged over classes and schools it is" in full
        assert "a model without U and V or with other predictors" in full
    german = nested("logit").interpret(language="de")
    assert "innerhalb einer Schule bei gleichem U" in german["teacher"].told.lead
    assert "im Vergleich von Schulen mit gleichem V, bei Klassen mit gleichem U" in (
        german["size"].told.lead
    )
    counts = nested("ticks").interpret()["HEIGHT"].full
    assert "the ratio at the same U and V is also that of expected values averaged over broods" in (
        counts
    )


def test_a_typical_group_is_a_typical_class_of_a_typical_school() -> None:
    found, german = (nested("null").interpret("γ_000", language=x).rows[0] for x in LANGUAGES)
    lead = "In a typical class of a typical school, one with U = V = 0, the probability of passed"
    assert found.full.startswith(lead)
    assert found.numbers["observed"] == pytest.approx(pupils()["passed"].mean())
    assert "also für eine typische class-Gruppe einer typischen school-Gruppe" in german.full


def test_where_a_level_does_not_vary_nothing_is_said_of_both() -> None:
    rows = nested("boundary").interpret()
    assert "estimated at the boundary, φ₀² = 0" in rows["phi_0"].full
    assert "Over all locations" not in rows["tau_0"].full


def test_sentences_follow_the_notation() -> None:
    rows = nested("null").interpret(notation="raudenbush-bryk")
    assert [row.symbol[0] for row in rows] == ["γ", "r", "u", "τ", "τ"]
    assert "one with r = u = 0" in rows.rows[0].full
    assert "as in the same school where r = 0" in rows.rows[1].full
    assert "as where u = 0, at the same r" in rows.rows[2].full


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", [(4, 2), 4])
def test_sentences_on_a_group(group: object, language: str) -> None:
    fit = nested("logit")
    found = fit.interpret(group=group, language=language)
    for row in found:
        assert list(faults(row.full, language)) == [], row.full
    line, frame = found["line"].numbers, pupils().query("school == 4")
    if isinstance(group, tuple):
        for _, row in frame[frame["class"] == 2].iterrows():
            eta = line["line Intercept"] + line["line ses"] * row.ses + line["line girl"] * row.girl
            assert expit(eta) == pytest.approx(fit.fittedvalues[row.name])
    v = float(fit.random_effects["school"].loc[4, "Intercept"])
    assert found["V_00k"].numbers["ratio Intercept"] == pytest.approx(np.exp(v))


@pytest.mark.parametrize("language", LANGUAGES)
def test_report(language: str) -> None:
    report = nested("logit").report(language=language)
    said = {
        "en": ("a three-level logistic model", "1,072 pupils in 91 classes in 30 schools",
               "reported as odds ratios", "On the scale of the link, the fixed part explains"),
        "de": ("ein logistisches Modell mit drei Ebenen", "1.072 Schüler in 91 Klassen an 30",
               "als exp(γ) berichtet", "Auf der Skala des Links erklärt der feste Teil"),
    }  # fmt: skip
    whole = f"{report.methods} {report.results}"
    for phrase in said[language]:
        assert phrase in whole


@pytest.mark.parametrize(
    ("told", "match"),
    [
        ({"group": "school * class"}, "are crossed, and the outcome is not normal"),
        ({"group": "school/class", "level2": {"ses": "U"}}, "the slope of 'ses' varies"),
    ],
)
def test_what_no_fit_can_be_made_of_is_refused(told: dict[str, Any], match: str) -> None:
    with pytest.raises(ModelError, match=match):
        Model("passed ~ ses", family="binomial", **told).interpret()
