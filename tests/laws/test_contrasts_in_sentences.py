"""What a sentence says of categories is what the model predicts for them, in every coding."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.gamma_facts import GammaFacts, gamma_facts
from mlmteach.interpret.predictors import Meaning
from mlmteach.interpret.source import source_of
from tests.interpret.checking import faults, unexplained

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

CODINGS = {
    "treatment": "arm",
    "another reference": "C(arm, contr.treatment('n'))",
    "sum": "C(arm, contr.sum)",
    "helmert": "C(arm, contr.helmert)",
    "scaled helmert": "C(arm, contr.helmert(scale=True))",
    "forward helmert": "C(arm, contr.helmert(reverse=False))",
    "backward difference": "C(arm, contr.diff)",
    "forward difference": "C(arm, contr.diff(backward=False))",
    "poly": "C(arm, contr.poly)",
    "sas": "C(arm, contr.SAS)",
    "numbers": "C(dose)",
    "floats": "C(share, contr.sum)",
    "custom": "C(arm, contr.custom({'u': [1, 1, -1, -1], 'v': [1, -1, 0, 0], 'w': [0, 0, 2, -1]}))",
    "named as categories": "C(arm, contr.custom({'k': [1, 0, 0, 2], 'l': [0, 1, 0, 1], "
    "'n': [0, 1, 3, 0]}))",
}
RESTS = ["", "*x", "*sex + q"]
ARMS = {"k": 1, "l": 2, "n": 3, "t": 4}


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    n = 360
    g = np.repeat(np.arange(24), n // 24)
    arm = rng.choice(["k", "l", "n", "t"], n, p=[0.4, 0.3, 0.2, 0.1])
    dose = pd.Series(arm).map(ARMS).to_numpy()
    frame = pd.DataFrame({"g": g, "arm": arm, "dose": dose, "share": dose / 4})
    frame["sex"] = rng.choice(["f", "m"], n)
    frame["x"] = rng.normal(1.0, 1.0, n).round(2)
    frame["q"] = rng.normal(2.0, 1.0, 24).round(2)[g]
    frame["site"] = np.array(["p", "r", "s"])[g % 3]
    noise = rng.normal(0.0, 0.3, 24)[g] + rng.normal(0.0, 1.0, n)
    frame["y"] = dose**1.5 + frame.x * dose / 3 + (frame.sex == "m") * dose / 4 + noise
    return frame


def fitted(fixed: str) -> Fit:
    return mlm.Model.from_formula(f"y ~ {fixed} + (1 | g)", data=data()).fit(data())


def gammas(fit: Fit) -> tuple[GammaFacts, ...]:
    return gamma_facts(source_of(fit))


@cache
def grid(fit: Fit) -> dict[tuple[object, ...], float]:
    """Predict at every cell of categories, and at 0 and 1 of the numbers."""
    cells = data()[["arm", "dose", "share"]].drop_duplicates()
    for name, values in (("sex", "fm"), ("site", "prs"), ("x", (0.0, 1.0)), ("q", (0.0, 1.0))):
        cells = cells.merge(pd.DataFrame({name: list(values)}), how="cross")
    rows = fit.predict(cells.assign(g=0), groups="average")
    return dict(zip(cells.itertuples(index=False, name=None), rows, strict=True))


def predicted(fit: Fit, cell: dict[str, object], **numbers: float) -> float:
    """Predict at a cell of categories; arms, doses and shares are the same categories."""
    at = {"arm": "k", "sex": "f", "site": "p", "x": 0.0, "q": 0.0} | cell | numbers
    dose = cell.get("dose", ARMS[str(at["arm"])])
    dose = 4 * float(str(cell["share"])) if "share" in cell else dose
    arm = next(name for name, number in ARMS.items() if number == dose)
    share = ARMS[arm] / 4
    return grid(fit)[arm, ARMS[arm], share, at["sex"], at["site"], at["x"], at["q"]]


def value(meaning: Meaning, category: object) -> object:
    column = data()[meaning.root]
    return next(v for v in column.unique() if str(v) == str(category))


def weights(meaning: Meaning) -> list[tuple[object, float]]:
    """What the sentence says is weighed, and how much: the sides, or each category."""
    compared = meaning.contrast
    assert compared is not None
    if not compared.above:
        pairs = zip(compared.categories, compared.weights, strict=True)
        return [(value(meaning, c.value), w) for c, w in pairs]
    above = [(value(meaning, c.value), 1 / len(compared.above)) for c in compared.above]
    below = [(value(meaning, c.value), -1 / len(compared.below)) for c in compared.below]
    return above + below


def claimed(fit: Fit, facts: GammaFacts) -> float:
    """Recompute what is said of a γ from predictions."""
    cells: list[tuple[dict[str, object], float]] = [({}, 1.0)]
    numbers = []
    averaged = [m for m in facts.conditions if m.category and not m.reference and m.contrast]
    for m in averaged:  # at the mean of the categories
        assert m.contrast is not None
        pairs = list(zip(m.contrast.categories, m.contrast.zero, strict=True))
        parts = [({m.root: value(m, c.value)}, w) for c, w in pairs]
        cells = [(a | b, v * w) for (a, v), (b, w) in product(cells, parts)]
    for m in facts.conditions:
        if m.reference:
            cells = [(cell | {m.root: value(m, m.reference.value)}, w) for cell, w in cells]
    for m in facts.factors:
        if m.category is None:
            numbers.append(m.root)
            continue
        parts = [({m.root: category}, w) for category, w in weights(m)]
        cells = [(a | b, v * w) for (a, v), (b, w) in product(cells, parts)]
    total = 0.0
    for cell, weight in cells:
        at = predicted(fit, cell, **dict.fromkeys(numbers, 1.0)) if numbers else None
        start = predicted(fit, cell)
        total += weight * (start if at is None else at - start)
    return total


@pytest.mark.parametrize("rest", RESTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_a_contrast_is_the_weighted_sum_of_the_predictions(coding: str, rest: str) -> None:
    fit = fitted(CODINGS[coding] + rest)
    for facts in gammas(fit):
        assert facts.estimate is not None
        said = facts.estimate.value / facts.scale
        assert said == pytest.approx(claimed(fit, facts), rel=1e-6, abs=1e-8), facts.gamma.name


def test_the_sides_are_those_that_the_coding_is_known_for() -> None:
    def sides(coding: str) -> list[tuple[str, str, float]]:
        found = [f.factors[0].contrast for f in gammas(fitted(CODINGS[coding])) if f.factors]
        return [
            ("".join(c.label for c in k.above), "".join(c.label for c in k.below), k.scale)
            for k in found
            if k is not None
        ]

    assert sides("treatment") == [("l", "k", 1.0), ("n", "k", 1.0), ("t", "k", 1.0)]
    assert sides("sum") == [("k", "klnt", 1.0), ("l", "klnt", 1.0), ("n", "klnt", 1.0)]
    assert sides("backward difference") == [("l", "k", 1.0), ("n", "l", 1.0), ("t", "n", 1.0)]
    assert sides("scaled helmert") == [("l", "k", 1.0), ("n", "kl", 1.0), ("t", "kln", 1.0)]
    assert [scale for *_, scale in sides("helmert")] == pytest.approx([1 / 2, 1 / 3, 1 / 4])


CELLS = ["arm:sex", "sex:site", "0 + arm:sex", "x + x:arm:sex", "sex + sex:site", "sex + sex:q"]


@pytest.mark.parametrize("fixed", CELLS)
def test_a_cell_is_compared_with_the_cell_that_is_left_out(fixed: str) -> None:
    fit = fitted(fixed)
    for facts in gammas(fit):
        assert facts.estimate is not None
        if facts.cells is not None and facts.cells.pair:
            above, below = (
                replaced(fit, facts, {m.root: m.category.value for m in cell if m.category})
                for cell in facts.cells.pair
            )
            expected = above - below
        else:
            expected = claimed(fit, facts)
        assert facts.estimate.value == pytest.approx(expected, rel=1e-6, abs=1e-8)


def replaced(fit: Fit, facts: GammaFacts, cell: dict[str, object]) -> float:
    numbers = {m.root: 1.0 for m in facts.factors}
    return predicted(fit, cell, **numbers) - (predicted(fit, cell) if numbers else 0.0)


SAID = ("treatment", "sum", "helmert", "poly", "floats", "custom")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("fixed", ["sex:site", *(f"{CODINGS[name]}*x" for name in SAID)])
def test_the_sentences_hold_their_numbers(fixed: str, language: str) -> None:
    for row in fitted(fixed).interpret(language=language):
        if row.role == "γ":
            doses = {str(v): float(v) for v in (1, 2, 3, 4, 0.25, 0.5, 0.75)}  # as categories
            text = row.full.replace("0.", "0,") if language == "de" else row.full
            assert unexplained(text, doses | dict(row.numbers), language) == [], row.full
            assert list(faults(row.full, language)) == [], row.full


def test_the_sentence_names_both_sides() -> None:
    rows = fitted(CODINGS["helmert"]).interpret()
    assert (
        "than on average over observations with arm equal to k and observations with arm equal to l"
        in rows["C(arm, contr.helmert)[H.n]"].full
    )
    assert "γ₂₀ is 0.333 times this difference." in rows["C(arm, contr.helmert)[H.n]"].full
