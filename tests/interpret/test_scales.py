"""What the outcome of a family is called."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.data.codebook import Codebook
from mlmteach.interpret.scales import Scales
from mlmteach.interpret.words import Words
from mlmteach.model.family import Family

USE = {
    "label": "use of contraception",
    "de": {"label": "Empfängnisverhütung"},
    "categories": [
        {
            "value": 0,
            "predicate": "does not use contraception",
            "predicate_plural": "do not use contraception",
            "de": {"predicate": "nicht verhütet", "predicate_plural": "nicht verhüten"},
        },
        {
            "value": 1,
            "predicate": "uses contraception",
            "predicate_plural": "use contraception",
            "de": {
                "predicate": "verhütet",
                "predicate_plural": "verhüten",
                "plural": "Frauen, die verhüten",
                "dative_plural": "Frauen, die verhüten",
            },
        },
    ],
}


def scales(family: Family, language: str = "en", name: str = "passed") -> Scales:
    document = {
        "group": "district",
        "level1": {
            "singular": "woman",
            "plural": "women",
            "de": {"singular": "Frau", "plural": "Frauen", "gender": "f"},
        },
        "columns": {
            "district": {"level": 2, "kind": "identifier"},
            "passed": {"level": 1},
            "ticks": {"level": 1, "kind": "count"},
            "cases": {"level": 1, "noun": "number of cases", "definite": "the number of cases"},
            "use": {"level": 1, "kind": "binary", **USE},
            "area": {"level": 1, "noun": "area", "definite": "the area"},
        },
    }
    book = Codebook.from_dict(document).localized(language)
    return Scales(Words(book), family, book[name])


@pytest.mark.parametrize(
    ("family", "name", "language", "chance", "measured", "link"),
    [
        (
            Family("binomial", "logit"),
            "passed",
            "en",
            "the probability of passed = 1",
            "the odds of passed = 1",
            "log-odds of passed = 1",
        ),
        (
            Family("binomial", "logit", categories=("no", "yes")),
            "passed",
            "en",
            "the probability of passed = yes",
            "the odds of passed = yes",
            "log-odds of passed = yes",
        ),
        (
            Family("binomial", "logit"),
            "use",
            "en",
            "the probability that a woman uses contraception",
            "the odds that a woman uses contraception",
            "log-odds that a woman uses contraception",
        ),
        (
            Family("binomial", "probit", event=0),
            "use",
            "en",
            "the probability that a woman does not use contraception",
            "the probability for whether a woman does not use contraception",
            "latent score for whether a woman does not use contraception",
        ),
        (
            Family("binomial", "cloglog", trials="area"),
            "cases",
            "en",
            "the probability of a success",
            "the hazard of a success",
            "log hazard of a success",
        ),
        (
            Family("poisson", "log"),
            "ticks",
            "en",
            "the expected number of ticks",
            "the expected number of ticks",
            "logarithm of the expected number of ticks",
        ),
        (
            Family("negbin", "log", exposure="area"),
            "cases",
            "en",
            "the expected number of cases per unit of the area",
            "the expected number of cases per unit of the area",
            "logarithm of the expected number of cases per unit of the area",
        ),
        (
            Family("binomial", "logit"),
            "use",
            "de",
            "die Wahrscheinlichkeit , dass eine Frau verhütet,",
            "die Chance , dass eine Frau verhütet,",
            "Logit der Wahrscheinlichkeit , dass eine Frau verhütet,",
        ),
        (
            Family("binomial", "logit"),
            "passed",
            "de",
            "die Wahrscheinlichkeit von „passed = 1“",
            "die Chance von „passed = 1“",
            "Logit der Wahrscheinlichkeit von „passed = 1“",
        ),
    ],
)
def test_what_it_is_called(
    family: Family, name: str, language: str, chance: str, measured: str, link: str
) -> None:
    found = scales(family, language, name)
    assert found.chance == chance
    assert found.linked("link") == link
    if family.link != "probit":
        assert found.measured == measured


@pytest.mark.parametrize(
    ("family", "ratio", "unit", "be"),
    [
        (Family("binomial", "logit"), "odds ratio", "log-odds units", "are"),
        (Family("binomial", "cloglog"), "hazard ratio", "log units", "is"),
        (Family("poisson", "log"), "rate ratio", "log units", "is"),
        (Family("negbin", "log", exposure="area"), "rate ratio", "log units", "is"),
    ],
)
def test_what_its_ratios_are_called(family: Family, ratio: str, unit: str, be: str) -> None:
    found = scales(family)
    assert found.by_ratio
    assert (found.ratio, found.unit.plural, found.be) == (ratio, unit, be)
    assert found.log_ratio == f"log {ratio}"
    assert found.median_ratio == f"median {ratio}"
    assert found.ratio_of_ratios == f"ratio of {ratio}s"


def test_a_probit_has_no_ratios() -> None:
    found = scales(Family("binomial", "probit"))
    assert not found.by_ratio
    assert found.unit.plural == "probit units"


def test_a_success_is_explained_where_there_are_trials() -> None:
    assert scales(Family("binomial", "logit")).note == ""
    note = scales(Family("binomial", "logit", trials="area"), name="cases").note
    assert note == (
        "A success is one of the trials (area) that counts towards the outcome (number of cases)."
    )


@pytest.mark.parametrize(
    ("family", "value", "shown"),
    [
        (Family("binomial", "logit"), 0.4567, "46 %"),
        (Family("binomial", "logit"), 0.0432, "4.3 %"),
        (Family("binomial", "logit"), 1e-9, "less than 0.1 %"),
        (Family("poisson", "log"), 0.0827, "0.0827"),
        (Family("poisson", "log"), 102864.2, "102,864"),
    ],
)
def test_expected_outcomes_are_per_cent_or_counts(family: Family, value: float, shown: str) -> None:
    assert scales(family).expected(value) == shown


def test_the_event_that_is_named_is_the_one_that_is_told() -> None:
    frame = pd.DataFrame({"g": list("aabbccddee") * 4, "x": range(40)})
    frame["answer"] = ["no", "yes", "no", "no", "yes"] * 8
    for event in ("yes", "no"):
        model = mlm.Model("answer ~ 1", group="g", family="binomial", event=event, data=frame)
        text = model.interpret("γ_00").rows[0].full
        assert f"log-odds of answer = {event}" in text
