"""Laws for the texts of any model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmteach.api import Model
from mlmteach.interpret import interpret
from mlmteach.model.symbols import Gamma
from mlmteach.model.terms import Factor
from tests.interpret.checking import faults, unexplained
from tests.strategies import estimates, models, with_two_groupings

LANGUAGES = st.sampled_from(["en", "de"])
MODELS = st.one_of(models(), models(), with_two_groupings())


def factors(gamma: Gamma) -> set[tuple[int, Factor]]:
    levels = enumerate((gamma.level1, gamma.level2, gamma.level3), 1)
    return {(level, factor) for level, term in levels for factor in term.factors}


def conditions(model: Model, gamma: Gamma) -> set[str]:
    """Name the variables that have to be 0: those that multiply the term elsewhere."""
    own = factors(gamma)
    found: set[str] = set()
    for other in model.gammas:
        if own < factors(other):
            found |= {name for _, f in factors(other) - own for name in f.variables}
    return found


def spoken(name: str) -> str:
    return name.replace("_", " ")


def names(text: str, name: str) -> bool:
    return spoken(name) in text or name in text


@given(MODELS, LANGUAGES)
@settings(max_examples=90)
def test_every_gamma_has_one_row_that_names_all_its_conditions(model: Model, language: str) -> None:
    rows = [row for row in interpret(model, language=language) if row.role == "γ"]
    assert [row.name for row in rows] == [gamma.name for gamma in model.gammas]
    for gamma, row in zip(model.gammas, rows, strict=True):
        wanted = conditions(model, gamma) | {v for _, f in factors(gamma) for v in f.variables}
        missing = {name for name in wanted if not names(row.full, name)}
        assert not missing, (row.symbol, row.full)


@given(MODELS, LANGUAGES)
@settings(max_examples=90)
def test_every_effect_and_variance_has_one_row(model: Model, language: str) -> None:
    rows = interpret(model, language=language).rows
    effects = [row.name for row in rows if row.role == "U"]
    assert effects == [c.term.name for c in model.random]
    pairs = sum(len(block) * (len(block) - 1) // 2 for block in model.blocks)
    assert len([row for row in rows if row.role == "τ"]) == len(effects) + pairs
    upper = [row.name for row in rows if row.role == "V"]
    assert upper == [effect.term.name for effect in model.upper_random]
    pairs3 = sum(len(block) * (len(block) - 1) // 2 for block in model.upper_blocks)
    assert len([row for row in rows if row.role == "φ"]) == len(upper) + pairs3
    assert [row.symbol for row in rows if row.role == "σ²"] == ["σ²"]
    for row in rows:
        if row.role == "U" and row.name != "Intercept":
            term = next(c.term for c in model.random if c.term.name == row.name)
            assert all(names(row.full, name) for name in term.variables), row.full


@given(MODELS, LANGUAGES)
@settings(max_examples=90)
def test_every_text_is_grammatical(model: Model, language: str) -> None:
    for row in interpret(model, language=language):
        assert list(faults(row.full, language)) == [], row.full
        assert list(faults(row.short, language, ends=False)) == [], row.short


@given(st.data(), LANGUAGES)
@settings(max_examples=60)
def test_every_number_is_a_fact(data: st.DataObject, language: str) -> None:
    model = data.draw(MODELS)
    numbers = data.draw(estimates(model))
    for row in interpret(model, estimates=numbers, language=language):
        assert unexplained(row.full, row.numbers, language) == [], row.full


def test_the_number_check_can_fail() -> None:
    text = "It is higher by 2.10 points (γ₁₀ = −2.10), between 1,098 and 3 × 10⁻⁵."
    assert unexplained(text, {}) == ["2.10", "−2.10", "1,098", "3 × 10⁻⁵"]
    assert unexplained(text, {"a": 2.1, "b": 1098.2, "c": 2.9e-5}) == []
    assert unexplained(text, {"a": 2.2, "b": 1099.0, "c": 2.9e-5}) != []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("It is a observation.", "a before a vowel"),
        ("Here  it is.", "double space"),
        ("This causes that.", "causes"),
        ("It is here", "no full stop"),
        ("There are 1 students.", "singular"),
        ("It is. then more.", "no capital"),
    ],
)
def test_the_grammar_check_can_fail(text: str, fault: str) -> None:
    assert fault in list(faults(text))
