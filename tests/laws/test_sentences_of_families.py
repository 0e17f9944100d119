"""Laws for the sentences on yes/no outcomes and counts: their grammar, and their numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.api import GeneralizedFit, Model
from mlmteach.fit.averaging import average_mean, mean_at
from mlmteach.interpret import Interpretation, Report, interpret
from mlmteach.model.estimates import Estimates
from tests.interpret.checking import faults, unexplained
from tests.laws.test_sentences import conditions, factors, names
from tests.strategies import models

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

LANGUAGES = st.sampled_from(["en", "de"])
FAMILIES = {
    "logit": {"family": "binomial"},
    "probit": {"family": "binomial", "link": "probit"},
    "cloglog": {"family": "binomial", "link": "cloglog"},
    "trials": {"family": "binomial", "trials": "m"},
    "poisson": {"family": "poisson"},
    "rate": {"family": "poisson", "exposure": "area"},
    "negbin": {"family": "negbin"},
}


@st.composite
def of_families(draw: st.DrawFn) -> Model:
    """Draw a model of any family, not held against data."""
    return draw(models(family=draw(st.sampled_from(list(FAMILIES.values())))))


@st.composite
def numbers(draw: st.DrawFn, model: Model) -> Estimates:
    """Draw numbers as they are on the scale of a link."""
    names = [gamma.name for gamma in model.gammas]
    random = [c.term.name for c in model.random]
    count = len(random)
    root = draw(st.lists(st.floats(-2, 2), min_size=count**2, max_size=count**2))
    factor = np.array(root).reshape(count, count)
    shape = draw(st.floats(0.1, 50.0)) if model.family.name == "negbin" else None
    return Estimates(
        params=pd.Series([draw(st.floats(-12, 12)) for _ in names], index=names, dtype=float),
        cov_re=pd.DataFrame(factor @ factor.T, index=random, columns=random),
        scale=np.nan,
        bse=pd.Series([draw(st.floats(1e-3, 10.0)) for _ in names], index=names, dtype=float),
        shape=shape,
    )


def unknown(text: str, facts: Mapping[str, float], language: str) -> list[str]:
    """Give the numbers that are no facts, beside the 50 % that averages are drawn to."""
    return unexplained(re.sub(r"(?:closer to|näher bei) 50 %", "", text), facts, language)


def nothing_missing(text: str) -> bool:
    return not re.search(r"\b(?:NaN|nan|None|inf)\b", text)


@given(of_families(), LANGUAGES)
@settings(max_examples=60)
def test_every_text_is_grammatical(model: Model, language: str) -> None:
    for row in interpret(model, language=language):
        assert list(faults(row.full, language)) == [], row.full
        assert list(faults(row.short, language, ends=False)) == [], row.short
        assert nothing_missing(row.full), row.full


@given(of_families(), LANGUAGES)
@settings(max_examples=40)
def test_every_gamma_names_all_its_conditions(model: Model, language: str) -> None:
    rows = [row for row in interpret(model, language=language) if row.role == "γ"]
    assert [row.name for row in rows] == [gamma.name for gamma in model.gammas]
    for gamma, row in zip(model.gammas, rows, strict=True):
        wanted = conditions(model, gamma) | {v for _, f in factors(gamma) for v in f.variables}
        assert not {name for name in wanted if not names(row.full, name)}, (row.symbol, row.full)


@given(st.data(), LANGUAGES)
@settings(max_examples=60)
def test_every_number_is_a_fact(data: st.DataObject, language: str) -> None:
    model = data.draw(of_families())
    estimates = data.draw(numbers(model))
    for row in interpret(model, estimates=estimates, language=language):
        assert unknown(row.full, row.numbers, language) == [], row.full
        assert list(faults(row.full, language)) == [], row.full
        assert nothing_missing(row.full), row.full


@given(of_families())
@settings(max_examples=40)
def test_no_outcome_but_a_normal_one_has_a_residual_variance(model: Model) -> None:
    rows = interpret(model).rows
    assert "σ²" not in {row.role for row in rows}
    texts = [row.full for row in rows]
    assert sum("There is no σ²" in text for text in texts) == 1
    assert any(row.role == "shape" for row in rows) == (model.family.name == "negbin")


# --- fits: what is said is worked out anew from γ and T --------------------------------------


def frame(seed: int) -> pd.DataFrame:
    """Draw groups with a category and a number at each level, and outcomes of all kinds."""
    rng = np.random.default_rng(seed)
    j = int(rng.integers(18, 26))
    g = np.repeat(np.arange(j), rng.integers(8, 15, size=j))
    n = len(g)
    found = pd.DataFrame({"g": [f"g{i:02d}" for i in g]})
    found["kind"] = rng.permutation(np.resize(["p", "q"], j))[g]
    found["sex"] = rng.choice(["f", "m"], n)
    found["x"] = rng.normal(3.0, 1.0, n).round(2)
    found["z"] = rng.normal(size=j).round(2)[g]
    u = rng.normal(scale=0.8, size=(j, 2))[g]
    eta = -1.0 + u[:, 0] + (0.4 + 0.4 * u[:, 1]) * (found["x"] - 3.0) + 0.4 * found["z"]
    found["m"] = rng.integers(2, 9, n)
    found["area"] = rng.uniform(0.5, 2.0, n).round(2)
    p, rate = expit(eta), np.exp(eta)
    found["yes"] = rng.binomial(1, p)
    found["successes"] = rng.binomial(found["m"], p)
    found["count"] = rng.poisson(rate)
    found["rated"] = rng.poisson(rate * found["area"])
    found["spread"] = rng.poisson(rate * rng.gamma(2.0, 0.5, n))
    return found


OUTCOMES = {"trials": "successes", "poisson": "count", "rate": "rated", "negbin": "spread"}
FORMULAS = {
    "null": ("1", {}),
    "main": ("x + sex", {"intercept": "kind + z + U"}),
    "slope": ("x", {"intercept": "z + U", "x": "z + U"}),
    "product": ("x * sex", {"intercept": "kind + U"}),
    "curve": ("x + I(x**2) + log(area)", {"intercept": "group_mean(x) + U"}),
}
CASES = [
    (name, kind)
    for (i, name), (k, kind) in product(enumerate(FAMILIES), enumerate(FORMULAS))
    if kind == "main" or (i + k) % 3 == 0
]


@cache
def fitted(name: str, kind: str) -> GeneralizedFit:
    formula, level2 = FORMULAS[kind]
    outcome = OUTCOMES.get(name, "yes")
    model = mlm.Model(f"{outcome} ~ {formula}", group="g", level2=level2, **FAMILIES[name])
    data = frame(len(name) + len(kind))
    fit = model.fit(data)
    assert isinstance(fit, GeneralizedFit)
    return fit


@cache
def said(name: str, kind: str, language: str) -> Interpretation:
    return fitted(name, kind).interpret(language=language)


def without_labels(text: str) -> str:
    return re.sub(r"\bg\d\d\b", "g", text)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_sentence_on_a_fit_is_grammatical_and_every_number_a_fact(
    name: str, kind: str, language: str
) -> None:
    for row in said(name, kind, language):
        text = without_labels(row.full)
        assert list(faults(text, language)) == [], text
        assert nothing_missing(text), text
        assert unknown(text, row.numbers, language) == [], text
        assert list(faults(row.short, language, ends=False)) == [], row.short


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_named_group_is_told(name: str, kind: str, language: str) -> None:
    for row in fitted(name, kind).interpret(group="g03", language=language):
        text = without_labels(row.full)
        assert list(faults(text, language)) == [], text
        assert nothing_missing(text), text
        assert unknown(text, row.numbers, language) == [], text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_reports_and_assumptions_are_told(name: str, kind: str, language: str) -> None:
    fit = fitted(name, kind)
    report = fit.report(language=language)
    assert isinstance(report, Report)
    rows = fit.assumptions(language=language)
    for text in (report.methods, report.results, *(t for a in rows for t in (a.text, a.check))):
        assert nothing_missing(text), text
        assert list(faults(without_labels(text), language)) == [], text
    facts = {f"{r.symbol} {k}": v for r in said(name, kind, language) for k, v in r.numbers.items()}
    facts |= {"marginal": fit.r2.marginal, "conditional": fit.r2.conditional}
    assert unknown(report.results, facts, language) == []


CODINGS = [
    "0 + sex + x",
    "sex + sex:x",
    "C(sex, Sum) * x",
    "C(kind3, Helmert)",
    "C(kind3, Poly) + x",
    "kind3 * sex",
    "kind3:sex",
    "I(x > 3) * sex",
    "log(x + 3) + sqrt(area)",
    "poly(x, 2)",
    "scale(x) * sex",
    "x * sex * area",
]


@cache
def coded(formula: str) -> GeneralizedFit:
    data = frame(4)
    data["kind3"] = np.resize(["r", "s", "t"], len(data))
    level2 = {"x": "U"} if formula.startswith("0") else {}
    fit = mlm.Model(f"yes ~ {formula}", group="g", level2=level2, family="binomial").fit(data)
    assert isinstance(fit, GeneralizedFit)
    return fit


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("formula", CODINGS)
def test_every_coding_of_predictors_has_sentences(formula: str, language: str) -> None:
    for row in coded(formula).interpret(language=language):
        text = without_labels(row.full)
        assert list(faults(text, language)) == [], text
        assert nothing_missing(text), text
        assert unknown(text, row.numbers, language) == [], text
        assert list(faults(row.short, language, ends=False)) == [], row.short


def test_a_slope_in_one_category_has_its_probabilities_there() -> None:
    fit = coded("sex + sex:x")
    numbers = fit.interpret("sex[m]:x").rows[0].numbers
    eta = fit.params["Intercept"] + fit.params["sex[T.m]"]
    eta += fit.params["sex[m]:x"] * fit.frame["x"].mean()
    found = next(v for k, v in numbers.items() if k.startswith("mean x") and k.endswith("expected"))
    assert found == pytest.approx(expit(eta))


def test_a_category_without_a_constant_is_a_level() -> None:
    fit = coded("0 + sex + x")
    row = fit.interpret("sex[m]").rows[0]
    assert row.numbers["typical"] == pytest.approx(expit(fit.params["sex[m]"]))
    assert "ratio" not in row.numbers


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_ratios_are_those_of_the_coefficients(name: str, kind: str) -> None:
    fit, width = fitted(name, kind), norm.ppf(0.975)
    for row in (row for row in said(name, kind, "en") if row.role == "γ"):
        gamma, se = float(fit.params[row.name]), float(fit.bse[row.name])
        assert row.numbers["estimate"] == pytest.approx(gamma)
        if "ratio" in row.numbers:
            assert row.numbers["ratio"] == pytest.approx(np.exp(gamma))
            assert row.numbers["ratio lower"] == pytest.approx(np.exp(gamma - width * se))
            assert row.numbers["ratio upper"] == pytest.approx(np.exp(gamma + width * se))
            assert row.numbers["p"] == pytest.approx(2 * norm.sf(abs(gamma / se)))


@pytest.mark.parametrize("name", FAMILIES)
def test_expected_outcomes_are_those_of_the_linear_predictor(name: str) -> None:
    """With the others at their mean over the units of their own level, or in their reference."""
    fit, family = fitted(name, "main"), fitted(name, "main").model.family
    data, params = fit.frame, fit.params
    groups = data.groupby("g", observed=True)["z"].first()
    eta = params["Intercept"] + params["x"] * data["x"].mean() + params["z"] * groups.mean()
    rows = said(name, "main", "en")
    sex = rows["sex[T.m]"].numbers
    first = next(value for key, value in sex.items() if key.endswith("sex f expected"))
    assert first == pytest.approx(float(mean_at(family, eta)))
    other = next(value for key, value in sex.items() if key.endswith("sex m expected"))
    assert other == pytest.approx(float(mean_at(family, eta + params["sex[T.m]"])))
    above = eta + params["x"] * data["x"].std()
    found = [value for key, value in rows["x"].numbers.items() if key.startswith("above x ")]
    assert any(value == pytest.approx(float(mean_at(family, above)), rel=1e-3) for value in found)


@pytest.mark.parametrize("name", FAMILIES)
def test_intercepts_and_variances_are_told_as_outcomes(name: str) -> None:
    fit = fitted(name, "main")
    family, rows = fit.model.family, said(name, "main", "en")
    tau = float(fit.cov_re.iloc[0, 0])
    level, between = rows["γ_00"].numbers, rows["τ_0^2"].numbers
    eta = float(fit.params["Intercept"])
    assert level["typical"] == pytest.approx(float(mean_at(family, eta)))
    groups = fit.frame.groupby("g")["z"].first()
    place = eta + fit.params["x"] * fit.frame["x"].mean() + fit.params["z"] * groups.mean()
    there = eta + fit.params["x"] * fit.frame["x"].mean() if "typical at mean" in level else eta
    if tau > 1e-8:
        assert level["averaged"] == pytest.approx(float(average_mean(family, there, tau)))
    else:
        assert "averaged" not in level
        return
    if family.link == "logit":
        assert between["latent icc"] == pytest.approx(tau / (tau + np.pi**2 / 3))
    if family.link != "probit":
        expected = np.exp(np.sqrt(2 * tau) * norm.ppf(0.75))
        assert between["median ratio"] == pytest.approx(expected)
    half = norm.ppf(0.975) * tau**0.5
    ends = [float(mean_at(family, place + sign * half)) for sign in (-1, 1)]
    assert [between["expected lower"], between["expected upper"]] == pytest.approx(ends)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_numbers_agree_with_quantities_and_predictions(name: str, kind: str) -> None:
    fit, rows = fitted(name, kind), said(name, kind, "en")
    between = rows["τ_0^2"].numbers
    if "expected lower" in between:
        expected = fit.quantities.expected()
        ends = [between["expected lower"], between["expected upper"]]
        assert ends == pytest.approx(list(expected.groups), rel=1e-6)
    if len(fit.model.random) == 1 and "latent icc" in between:
        assert between["latent icc"] == pytest.approx(float(fit.icc))
    if kind == "main":
        new = fit.frame.head(1).assign(x=fit.frame["x"].mean(), sex="f", m=1, area=1.0)
        new["z"] = fit.frame.groupby("g")["z"].first().mean()
        for value in ("p", "q"):
            found = rows["kind[T.q]"].numbers
            own = next(v for k, v in found.items() if k.endswith(f"kind {value} expected"))
            predicted = fit.predict(new.assign(kind=value), groups="average").iloc[0]
            assert own == pytest.approx(predicted)


def test_a_range_of_ratios_is_that_of_the_slopes() -> None:
    name = next(name for name, kind in CASES if kind == "slope" and name != "probit")
    fit, numbers = fitted(name, "slope"), said(name, "slope", "en")["τ_1^2"].numbers
    z = fit.frame.groupby("g")["z"].first().mean()
    centre = float(fit.params["x"] + fit.params["z:x"] * z)
    sd = float(fit.cov_re.loc["x", "x"]) ** 0.5
    ends = np.exp([centre - norm.ppf(0.975) * sd, centre + norm.ppf(0.975) * sd])
    assert [numbers["expected lower"], numbers["expected upper"]] == pytest.approx(list(ends))
    assert numbers["negative"] == pytest.approx(norm.cdf(-centre / sd))
    assert numbers["positive"] == pytest.approx(norm.cdf(centre / sd))
