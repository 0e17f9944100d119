"""A named group: its departure, its line, and the numbers of its sentences."""

import re

import numpy as np
import pytest
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.errors import OptionError
from tests.interpret.checking import faults, unexplained
from tests.interpret.seeds import seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


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


def test_a_group_s_line_whatever_the_order_of_the_rows() -> None:
    shuffled = mlm.load("hsb").sample(frac=1.0, random_state=3)
    fit = seed("cross-level")
    other = fit.model.fit(shuffled)
    for label in (8367, 1317):
        found = dict(other.interpret(group=label).rows[0].numbers)
        expected = fit.interpret(group=label).rows[0].numbers
        assert found["line Intercept"] == pytest.approx(expected["line Intercept"], rel=1e-4)
        assert found["line ses"] == pytest.approx(expected["line ses"], rel=1e-4)


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
    assert "so this value is drawn more than most; the school has 14 sampled students" in row.full
    assert "points below the average" in row.full


@pytest.mark.parametrize("name", ["null", "random slope"])
def test_who_is_drawn_more_than_most_is_said_by_the_reliability(name: str) -> None:
    """Once the size of the group decided, and 39 of 160 slopes were on the wrong side."""
    fit = seed(name)
    spreads = mlm.load("hsb").groupby("school")["ses"].std()
    for term in fit.random_effects:
        reliability = 1.0 - fit.random_effects_se[term] ** 2 / fit.cov_re.loc[term, term]
        place = reliability.round(2) - round(reliability.median(), 2)
        for label in fit.random_effects.index[::8]:
            row = fit.interpret(group=label)[f"U_{list(fit.random_effects).index(term)}j"]
            says = {
                word: f"drawn {word} most" in row.full
                for word in ("more than", "less than", "as much as")
            }
            is_so = (place[label] < 0, place[label] > 0, place[label] == 0)
            assert tuple(says.values()) == is_so, (label, row.full)
            assert row.numbers[f"median reliability {term}"] == pytest.approx(reliability.median())
            assert unexplained(row.full.replace(f"school {label}", ""), row.numbers) == []
            if term == "ses":
                assert row.numbers["spread ses"] == pytest.approx(spreads[label])
                assert row.numbers["median spread ses"] == pytest.approx(spreads.median())


def test_where_all_groups_are_drawn_alike_nothing_is_said_of_it() -> None:
    fit = mlm.Model("distance ~ age", group="Subject", level2={"age": "U"}).fit(
        mlm.load("orthodont")
    )
    for row in fit.interpret(group="M01"):
        assert "median" not in row.full


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


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_interval_of_a_departure_is_symmetric_and_of_its_level(level: float) -> None:
    fit = seed("cross-level")
    found = fit.interpret(group=8367, level=level)["U_1j"].numbers
    value, se = fit.random_effects["ses"][8367], fit.random_effects_se["ses"][8367]
    width = norm.ppf(0.5 + level / 2) * se
    assert found["lower ses"] == pytest.approx(value - width, rel=1e-9)
    assert found["upper ses"] == pytest.approx(value + width, rel=1e-9)


def test_the_line_of_a_group_is_written_with_its_signs() -> None:
    rows = seed("cross-level").interpret(group=8367)
    assert rows["line"].symbol == "ŷ"
    assert rows["line"].short == "The line of school 8367"
    assert "8.9 + 1.26 × SES − 3.04 × minority − 1.25 × female." in rows["line"].full


def test_a_line_is_written_as_the_equation_writes_it() -> None:
    hsb = mlm.load("hsb")
    fit = mlm.Model("mathach ~ ses + I(ses ** 2) + C(minority)", group="school").fit(hsb)
    assert re.search(
        r"× SES [+−] [\d.]+ × SES² − [\d.]+ × minority\[1\]\.$",
        fit.interpret(group="1308")["line"].full,
    )
