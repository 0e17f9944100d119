"""Texts on fits: every number from the fit, precision in words, groups, boundaries."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from tests.interpret.checking import faults, numbers, unexplained

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

SEED = {
    "null": ("mathach ~ 1", {}),
    "level-1": ("mathach ~ ses + minority + female", {}),
    "random slope": ("mathach ~ ses + minority + female", {"ses": "U"}),
    "cross-level": (
        "mathach ~ ses + minority + female",
        {"intercept": "size + sector + U", "ses": "size + U"},
    ),
}


@cache
def seed(name: str) -> Fit:
    formula, level2 = SEED[name]
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def without_labels(text: str, fit: Fit) -> str:
    """Take the names of groups out, which are no estimates."""
    labels = "|".join(map(str, fit.random_effects.index))
    return re.sub(rf"\b({labels})(?= \()|(?<=school )({labels})\b", "", text)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_every_number_is_the_fit_s(name: str, language: str) -> None:
    fit = seed(name)
    for row in fit.interpret(language=language):
        text = without_labels(row.full.replace("Schule ", "school "), fit)
        facts = dict(row.numbers)
        assert unexplained(text, facts, language) == [], row.full


@pytest.mark.parametrize("name", SEED)
def test_numbers_of_a_coefficient_are_the_fit_s(name: str) -> None:
    fit = seed(name)
    intervals = fit.conf_int()
    for term in fit.params.index:
        found = fit.interpret(term).rows[0].numbers
        assert found["estimate"] == fit.params[term]
        assert found["se"] == fit.bse[term]
        assert found["lower"] == intervals["lower"][term]
        assert found["upper"] == intervals["upper"][term]
        assert found["p"] == fit.pvalues[term]
        assert found["df"] == fit.df[term]


@pytest.mark.parametrize("name", SEED)
def test_grammar(name: str) -> None:
    for language in ("en", "de"):
        for row in seed(name).interpret(language=language):
            assert list(faults(row.full, language)) == [], row.full


def test_the_reference_case_is_named_in_full() -> None:
    text = seed("cross-level").interpret("γ_00").rows[0].full
    assert text.startswith(
        "The expected mathematics achievement of a male student who is not of a minority, with an "
        "SES of 0, in a public school with 0 students, averaged over such schools, is "
    )
    assert "runs from 100 to 2,713" in text
    assert "I(size - 1098)" in text


def test_the_proposed_centring_gives_the_value_that_is_announced() -> None:
    fit = seed("cross-level")
    text = fit.interpret("γ_00").rows[0].full
    announced = re.search(r"\(1,098\) it is ([\d.]+) points", text)
    assert announced is not None
    centred = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "I(size - 1098) + sector + U", "ses": "I(size - 1098) + U"},
    ).fit(mlm.load("hsb"))
    assert centred.params["Intercept"] == pytest.approx(float(announced[1]), abs=0.006)


def test_readings_of_a_slope_are_refits_with_a_moved_moderator() -> None:
    fit = seed("cross-level")
    found = fit.interpret("ses").rows[0].numbers
    for place in ("below", "mean", "above"):
        at = found[f"{place} size at"]
        moved = mlm.Model(
            "mathach ~ ses + minority + female",
            group="school",
            level2={"intercept": f"I(size - {at}) + sector + U", "ses": f"I(size - {at}) + U"},
        ).fit(mlm.load("hsb"))
        assert found[f"{place} size value"] == pytest.approx(moved.params["ses"], rel=1e-3)


def test_the_null_model_tells_both_means_apart() -> None:
    fit = seed("null")
    row = fit.interpret("γ_00").rows[0]
    assert row.numbers["unit_mean"] == pytest.approx(fit.frame["mathach"].mean())
    assert "12.64 points" in row.full
    assert "12.75 points" in row.full


def test_the_interval_comes_first_then_p_and_df() -> None:
    text = seed("level-1").interpret("ses").rows[0].full
    assert re.search(r"95 % interval [\d.]+ to [\d.]+; p < 0\.001, df = \d+\)", text)


def test_the_level_of_intervals_can_be_chosen() -> None:
    fit = seed("level-1")
    row = fit.interpret("ses", level=0.8).rows[0]
    assert "80 % interval" in row.full
    assert row.numbers["lower"] == fit.conf_int(0.8)["lower"]["ses"]


def noise() -> Fit:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"town": np.repeat(list("abcdefgh"), 8), "x": rng.normal(size=64)})
    frame["y"] = rng.normal(size=64) + np.repeat(rng.normal(size=8), 8)
    return mlm.Model("y ~ x", group="town").fit(frame)


def test_no_clear_evidence_is_not_no_effect() -> None:
    fit = noise()
    assert fit.conf_int().loc["x"].prod() < 0
    text = fit.interpret("x").rows[0].full
    assert "no clear evidence" in text
    assert "no effect" not in text
    assert "in either direction" in text


def test_a_variance_of_zero_is_at_the_boundary() -> None:
    fit = mlm.Model("Yield ~ 1", group="Batch").fit(mlm.load("dyestuff2"))
    found = fit.interpret()
    assert "estimated at the boundary" in found["tau_0"].full
    assert "does not mean that all batches are alike" in found["tau_0"].full
    assert "all predicted values are 0" in found["U_0j"].full
    assert "0 for every batch" in fit.interpret(group="A")["U_0j"].full


def test_icc_and_correlation_are_the_fit_s() -> None:
    fit = seed("null")
    row = fit.interpret("tau_0").rows[0]
    assert row.numbers["icc"] == pytest.approx(fit.icc)
    slope = seed("random slope")
    t = slope.cov_re.to_numpy()
    row = slope.interpret("tau_01").rows[0]
    assert row.numbers["correlation"] == pytest.approx(t[0, 1] / np.sqrt(t[0, 0] * t[1, 1]))
    assert "depends on the origin" in row.full


def test_the_share_of_negative_slopes() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    draws = np.random.default_rng(1).normal(
        fit.params["Days"], np.sqrt(fit.cov_re["Days"]["Days"]), 200_000
    )
    row = fit.interpret("tau_1").rows[0]
    assert row.numbers["negative"] == pytest.approx((draws < 0).mean(), abs=0.002)
    inside = (draws > row.numbers["lower"]) & (draws < row.numbers["upper"])
    assert inside.mean() == pytest.approx(0.95, abs=0.003)


# --- a named group -------------------------------------------------------------------------------


def test_a_group_s_line_is_what_the_fit_predicts() -> None:
    fit = seed("cross-level")
    rows = fit.frame[fit.frame["school"] == 8367]
    found = fit.interpret(group="8367")["line"].numbers
    line = (
        found["line Intercept"]
        + found["line ses"] * rows["ses"]
        + found["line minority"] * rows["minority"]
        + found["line female"] * rows["female"]
    )
    np.testing.assert_allclose(line, fit.fittedvalues[rows.index], rtol=1e-8)


def test_a_group_s_departure() -> None:
    fit = seed("null")
    row = fit.interpret(group=8367)["U_0j"]
    effects = fit.random_effects["Intercept"]
    rows = fit.frame[fit.frame["school"] == 8367]
    tau2, sigma2 = fit.cov_re["Intercept"]["Intercept"], fit.scale
    assert row.numbers["U Intercept"] == effects[8367]
    assert row.numbers["rank Intercept"] == effects.rank(ascending=False)[8367]
    assert row.numbers["reliability Intercept"] == pytest.approx(
        tau2 / (tau2 + sigma2 / len(rows)), rel=1e-8
    )
    assert row.numbers["unshrunk Intercept"] == pytest.approx(
        rows["mathach"].mean() - fit.params["Intercept"], rel=1e-8
    )
    assert "fewer than the median" in row.full
    assert "points below the average" in row.full


def test_a_prediction_is_rounded_alike_in_all_sentences() -> None:
    fit = seed("cross-level")
    listed = re.search(r"8367 \((−[\d.]+)\)", fit.interpret("U_0j").rows[0].full)
    assert listed is not None
    assert f"= {listed[1]}," in fit.interpret(group=8367)["U_0j"].full


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", ["null", "cross-level"])
def test_numbers_and_grammar_of_a_group(name: str, language: str) -> None:
    for row in seed(name).interpret(group="8367", language=language):
        text = row.full.replace("8367", "j")
        assert unexplained(text, row.numbers, language) == [], row.full
        assert list(faults(row.full, language)) == [], row.full


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(OptionError, match=r"no school '8368'.*Did you mean '"):
        seed("null").interpret(group="8368")
    with pytest.raises(OptionError, match="fitted"):
        seed("null").model.interpret(group="8367")


# --- looking up and showing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "symbol"),
    [
        *((key, "γ₁₀") for key in ("γ_10", "γ10", "γ₁₀", r"\gamma_{10}", "gamma_10", "ses")),
        *((key, "γ₁₁") for key in ("size:ses", "ses:size", "γ_11")),
        *((key, "U₀ⱼ") for key in ("U_0j", "U0j", "U_{0j}", "U_0")),
        *((key, "τ₀₁") for key in ("tau_01", "τ_10", "τ₀₁", r"\tau_{01}")),
        *((key, "τ₀²") for key in ("tau_0", "τ_0^2", "τ₀²", "tau_00")),
        *((key, "σ²") for key in ("sigma2", "σ²", "sigma^2", r"\sigma^2")),
    ],
)
def test_look_up(key: str, symbol: str) -> None:
    fit = seed("cross-level")
    assert fit.interpret()[key].symbol == symbol
    assert [row.symbol for row in fit.interpret(key)] == [symbol]


def test_an_unknown_symbol_lists_what_there_is() -> None:
    with pytest.raises(OptionError, match=r"no symbol 'γ_99'.*γ₁₁.*τ₀₁.*size:ses"):
        seed("cross-level").interpret("γ_99")


def test_display_has_the_equation_above_and_the_same_symbols() -> None:
    shown = seed("cross-level").interpret()._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/markdown"}
    equation, _, entries = shown["text/markdown"].partition("- $")
    assert r"\gamma_{11}" in equation
    assert r"\gamma_{11}" in entries
    for row in seed("cross-level").interpret():
        assert row.symbol in shown["text/plain"]
        assert row.latex in shown["text/markdown"]


@pytest.mark.parametrize("colour", ["role", "coefficient"])
def test_symbols_have_the_colours_of_the_equation(colour: str) -> None:
    shown = seed("cross-level").interpret(colour=colour)
    for row in shown:
        if row.role == "γ":
            assert r"\textcolor{#" in row.latex
            tint = re.search(r"#\w{6}", row.latex)
            assert tint is not None
            assert tint[0] in shown.equation
    with pytest.raises(OptionError, match="colour='red'"):
        seed("null").interpret(colour="red")


def test_other_notations() -> None:
    rows = seed("random slope").interpret(notation="raudenbush-bryk")
    assert [row.symbol for row in rows][-6:] == ["u₀ⱼ", "u₁ⱼ", "τ₀₀", "τ₁₁", "τ₀₁", "σ²"]
    assert rows["u_0j"].full.startswith("u₀ⱼ is how far")


def test_estimate_is_rounded_as_in_the_equation() -> None:
    fit = seed("cross-level")
    equation = str(fit.equations(show="estimates"))
    for term in ("ses", "minority", "female"):
        written = numbers(fit.interpret(term).rows[0].full.split("= ")[1])[0][0]
        assert written.lstrip("−") in equation


def test_own_words() -> None:
    words = {"ses": {"noun": "parents' status", "unit": "step"}, "mathach": {"unit": "mark"}}
    text = seed("level-1").interpret("ses", codebook=words).rows[0].full
    assert "for each additional step of parents' status" in text
    assert "marks" in text


def test_options_are_checked() -> None:
    fit = seed("null")
    with pytest.raises(OptionError, match="language 'fr'"):
        fit.interpret(language="fr")
    with pytest.raises(OptionError, match="level of 95"):
        fit.interpret(level=95)


def test_to_frame() -> None:
    table = seed("null").interpret().to_frame()
    assert list(table.index) == ["γ₀₀", "U₀ⱼ", "τ₀²", "σ²"]
    assert list(table.columns) == ["role", "name", "short", "full"]


# --- assumptions and report -----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_assumptions_are_sentences_with_checks(name: str, language: str) -> None:
    found = seed(name).model.assumptions(language=language)
    assert ("linearity" in [row.name for row in found]) == (name != "null")
    for row in found:
        assert list(faults(row.text, language)) == [], row.text
        assert list(faults(row.check, language)) == [], row.check


def test_the_code_of_every_check_exists() -> None:
    import mlmteach.plot as plot

    for row in seed("cross-level").model.assumptions():
        if row.code:
            name = re.fullmatch(r"mlm\.plot\.(\w+)\(.*\)", row.code)
            assert name is not None
            assert hasattr(plot, name[1])


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_report(name: str, language: str) -> None:
    fit = seed(name)
    report = fit.report(language=language)
    for text in (report.methods, report.results):
        assert list(faults(text, language)) == [], text
    assert f"{fit.ngroups}" in report.methods
    assert "REML" in report.methods
    facts = {f"{row.symbol} {k}": v for row in fit.interpret() for k, v in row.numbers.items()}
    facts |= {"marginal": fit.r2.marginal, "conditional": fit.r2.conditional}
    assert unexplained(report.results, facts, language) == []


# --- notations, and the edge of T ----------------------------------------------------------------


@pytest.mark.parametrize("notation", ["snijders-bosker", "raudenbush-bryk", "hox", "gelman-hill"])
def test_every_symbol_of_a_sentence_is_in_the_equations(notation: str) -> None:
    found = seed("cross-level").interpret(notation=notation)
    symbols = [row.symbol for row in found if row.role == "γ"]
    assert len(set(symbols)) == len(symbols)
    for row in found:
        assert list(faults(row.full)) == [], row.full
        if row.role == "γ":
            assert row.latex in found.equation
            assert f"({row.symbol} = " in row.full


def test_a_correlation_at_the_boundary() -> None:
    fit = seed("random slope")
    t = fit.cov_re.copy()
    t.iloc[0, 1] = t.iloc[1, 0] = float(np.sqrt(t.iloc[0, 0] * t.iloc[1, 1]))
    numbers = replace(fit.estimates, cov_re=t)
    row = fit.model.interpret("tau_01", estimates=numbers).rows[0]
    assert "estimated at the boundary" in row.full
    assert "1.00" in row.full
