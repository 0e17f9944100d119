"""Texts on fits: every number from the fit, precision in words, groups, boundaries."""

import pytest

from mlmteach.errors import OptionError
from tests.interpret.checking import faults, numbers, unexplained
from tests.interpret.seeds import SEED, seed, without_labels

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_every_number_is_the_fit_s(name: str, language: str) -> None:
    fit = seed(name)
    for row in fit.interpret(language=language):
        text = without_labels(row.full.replace("Schule ", "school "), fit)
        facts = dict(row.numbers)
        assert unexplained(text, facts, language) == [], row.full


@pytest.mark.parametrize("name", SEED)
def test_grammar(name: str) -> None:
    for language in ("en", "de"):
        for row in seed(name).interpret(language=language):
            assert list(faults(row.full, language)) == [], row.full


def test_the_level_of_intervals_can_be_chosen() -> None:
    fit = seed("level-1")
    row = fit.interpret("ses", level=0.8).rows[0]
    assert "80 % interval" in row.full
    assert row.numbers["lower"] == fit.conf_int(0.8)["lower"]["ses"]


def test_estimate_is_rounded_as_in_the_equation() -> None:
    fit = seed("cross-level")
    equation = str(fit.equations(show="estimates"))
    for term in ("ses", "minority", "female"):
        written = numbers(fit.interpret(term).rows[0].full.split("= ")[1])[0][0]
        assert written.lstrip("−") in equation


def test_options_are_checked() -> None:
    fit = seed("null")
    with pytest.raises(OptionError, match="language 'fr'"):
        fit.interpret(language="fr")
    with pytest.raises(OptionError, match="level of 95"):
        fit.interpret(level=95)
