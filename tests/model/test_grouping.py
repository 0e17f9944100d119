"""By which columns units are grouped, as ``group`` of a model takes it."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import FormulaError, MlmteachError, ModelError
from mlmteach.model.grouping import Grouping, parse_grouping


@pytest.mark.parametrize(
    ("text", "grouping", "formula", "bars", "design"),
    [
        ("school", Grouping(("school",)), "school", ("school",), "single"),
        ("a/b", Grouping(("b", "a")), "a/b", ("a:b", "a"), "nested"),
        (" a / b ", Grouping(("b", "a")), "a/b", ("a:b", "a"), "nested"),
        ("a*b", Grouping(("a", "b"), crossed=True), "a * b", ("a", "b"), "crossed"),
        ("my id", Grouping(("my id",)), "`my id`", ("`my id`",), "single"),
        ("`a/b`", Grouping(("a/b",)), "`a/b`", ("`a/b`",), "single"),
        ("`a/b`/c", Grouping(("c", "a/b")), "`a/b`/c", ("`a/b`:c", "`a/b`"), "nested"),
        ("`a*b` * c", Grouping(("a*b", "c"), crossed=True), "`a*b` * c", ("`a*b`", "c"), "crossed"),
        ("school.id", Grouping(("school.id",)), "school.id", ("school.id",), "single"),
    ],
)
def test_groupings(
    text: str, grouping: Grouping, formula: str, bars: tuple[str, ...], design: str
) -> None:
    found = parse_grouping(text)
    assert found == grouping
    assert (found.formula, found.bars, found.design) == (formula, bars, design)
    assert parse_grouping(found.formula) == found
    assert (found.is_nested, found.crossed) == (design == "nested", design == "crossed")


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("a/", FormulaError, "cannot be read"),
        ("/a", FormulaError, "cannot be read"),
        ("a//b", FormulaError, "cannot be read"),
        ("``", FormulaError, "cannot be read"),
        ("a:b", FormulaError, r"has a ':'"),
        ("a + b", FormulaError, r"has a '\+'"),
        ("1 | a", FormulaError, r"has a '\|'"),
        ("a/b/c", ModelError, "3 groupings, a, b and c, are too many"),
        ("a * b * c * d", ModelError, "4 groupings"),
        ("a/b * c", ModelError, "3 groupings"),
        ("a/a", ModelError, "one column twice"),
        ("a * a", ModelError, "one column twice"),
    ],
)
def test_what_is_refused(text: str, kind: type[MlmteachError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught:
        parse_grouping(text)
    assert caught.value.remedy.endswith(".")


def test_the_lower_grouping_may_be_a_predictor_too() -> None:
    """The machines of each worker are groups, and the same three machines a category."""
    for data in (None, mlm.load("machines")):
        model = mlm.Model.from_formula("score ~ Machine + (1 | Worker/Machine)", data=data)
        assert [gamma.level2.bare.name for gamma in model.gammas][-1] == "Machine"
    with pytest.raises(ModelError, match="'Worker' is also a predictor"):
        mlm.Model.from_formula("score ~ Worker + (1 | Worker/Machine)")
    apart = mlm.load("pastes")
    with pytest.raises(ModelError, match="'sample' is also a predictor, and each lies in one"):
        mlm.Model.from_formula("strength ~ sample + (1 | batch/sample)").fit(apart)


def test_a_numeric_label_may_be_a_number_too() -> None:
    rng = np.random.default_rng(1)
    rows = {"a": np.repeat(range(6), 12), "b": np.tile(np.repeat(range(4), 3), 6)}
    data = pd.DataFrame(rows)
    effects = rng.normal(size=6)[data["a"]] + rng.normal(size=24)[4 * data["a"] + data["b"]]
    data["y"] = 3 * effects + rng.normal(size=72)
    fit = mlm.Model.from_formula("y ~ b + (1 | a/b)", data=data).fit(data)
    assert list(fit.params.index) == ["Intercept", "b"]
    twin = data.assign(x=data["b"])
    other = mlm.Model.from_formula("y ~ x + (1 | a/b)", data=twin).fit(twin)
    assert fit.criterion == pytest.approx(other.criterion, abs=1e-9)
    new = pd.DataFrame({"a": [0, 9], "b": [1, 7]})
    assert fit.predict(new, groups="average").diff().iloc[1] == pytest.approx(6 * fit.params["b"])
