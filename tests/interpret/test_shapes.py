"""The texts on models of many shapes, at fixed parameters."""

from functools import cache

import pytest
from syrupy.assertion import SnapshotAssertion

from mlmteach.api import Fit
from mlmteach.interpret import Interpretation, interpret
from tests.interpret.checking import faults, unexplained
from tests.interpret.shapes import SHAPES, data, fixed

CASES = [(name, language) for name in SHAPES for language in ("en", "de")]


@cache
def interpretation(name: str, language: str = "en", *, symbols: bool = False) -> Interpretation:
    dataset, make = SHAPES[name]
    model = make()
    if symbols:
        return interpret(model, language=language)
    return interpret(model, estimates=fixed(model), data=data(dataset), language=language)


def text(found: Interpretation) -> str:
    return "\n".join(str(row) for row in found)


@pytest.mark.parametrize("name", SHAPES)
def test_english_with_numbers(name: str, snapshot: SnapshotAssertion) -> None:
    assert text(interpretation(name)) == snapshot


@pytest.mark.parametrize("name", SHAPES)
def test_english_in_symbols(name: str, snapshot: SnapshotAssertion) -> None:
    assert text(interpretation(name, symbols=True)) == snapshot


@pytest.mark.parametrize("name", SHAPES)
def test_german_with_numbers(name: str, snapshot: SnapshotAssertion) -> None:
    assert text(interpretation(name, "de")) == snapshot


@pytest.mark.parametrize(("name", "language"), CASES)
def test_every_number_is_a_fact(name: str, language: str) -> None:
    rows = interpretation(name, language)
    left = {row.symbol: unexplained(row.full, row.numbers, language) for row in rows}
    assert {symbol: numbers for symbol, numbers in left.items() if numbers} == {}


@pytest.mark.parametrize("symbols", [False, True], ids=["numbers", "symbols"])
@pytest.mark.parametrize(("name", "language"), CASES)
def test_grammar(name: str, language: str, symbols: bool) -> None:
    found = {}
    for row in interpretation(name, language, symbols=symbols):
        wrong = [*faults(row.full, language), *faults(row.short, language, ends=False)]
        if wrong:
            found[row.symbol] = (wrong, row.short, row.full)
    assert found == {}


FITTED = (
    "null", "cross-level", "within, computed", "between", "two dummies", "many categories",
    "square", "log outcome", "growth", "growth of children",
)  # fmt: skip


@cache
def fitted(name: str) -> Fit:
    return SHAPES[name][1]().fit(data(SHAPES[name][0]))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", FITTED)
def test_grammar_of_what_a_fit_says(name: str, language: str) -> None:
    fit = fitted(name)
    group = interpret(fit, group=fit.random_effects.index[0], language=language)
    report = fit.report(language=language)
    assumed = [
        text for row in fit.model.assumptions(language=language) for text in (row.text, row.check)
    ]
    found = {
        text: list(faults(text, language, ends=False)) for text in (row.short for row in group)
    }
    whole = [*(row.full for row in group), report.methods, report.results, *assumed]
    found |= {text: list(faults(text, language)) for text in whole}
    assert {text: wrong for text, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", SHAPES)
def test_one_row_a_symbol(name: str) -> None:
    model = SHAPES[name][1]()
    rows = interpretation(name).rows
    assert len({row.symbol for row in rows}) == len(rows)
    names = [row.name for row in rows if row.role == "γ"]
    assert names == [gamma.name for gamma in model.gammas]
    assert [row.name for row in rows if row.role == "U"] == [c.term.name for c in model.random]
