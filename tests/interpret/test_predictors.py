"""What a predictor means: where it is zero, what a step of it is."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.interpret.predictors import Meaning, meanings, shape_of
from mlmteach.interpret.source import source_of
from mlmteach.model.terms import Factor, Term


@pytest.mark.parametrize(
    ("expression", "zero", "step"),
    [
        ("x", 0.0, 1.0),
        ("I(x - 3)", 3.0, 1.0),
        ("I((x - 3) / 10)", 3.0, 10.0),
        ("I(x / 10)", 0.0, 10.0),
        ("I(x * 2 + 4)", -2.0, 0.5),
        ("I((x + 1) ** 2)", -1.0, 1.0),
    ],
)
def test_expressions_are_read(expression: str, zero: float, step: float) -> None:
    shape = shape_of(Factor(expression).tree)
    assert (shape.variable, shape.zero, shape.step) == ("x", zero, step)
    values = pd.Series([-1.5, 0.0, 7.0])
    truth = eval(expression.removeprefix("I"), {"x": values})
    np.testing.assert_allclose(((values - zero) / step) ** shape.power, truth)


@pytest.mark.parametrize(
    "expression", ["I(x * z)", "exp(x)", "I(2 ** x)", "poly(x, 2)", "log(x - 1)", "I(x * -2)"]
)
def test_what_has_no_reading_of_its_own(expression: str) -> None:
    assert shape_of(Factor(expression).tree).form == "other"


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("ses", "SES"),
        ("I(ses ** 2)", "SES²"),
        ("I((ses - 1) ** 2)", "(SES − 1)²"),
        ("I((ses + 1) ** 3)", "(SES + 1)³"),
        ("I((ses - 3) / 10)", "((SES − 3) / 10)"),
        ("I(ses * 2)", "(SES × 2)"),
        ("exp(ses)", "exp(ses)"),
        ("center_within(ses)", "center_within(ses)"),
    ],
)
def test_a_predictor_is_written_as_the_equation_writes_it(expression: str, written: str) -> None:
    model = mlm.Model(f"mathach ~ {expression}", group="school", data=mlm.load("hsb"))
    (own,) = meanings(source_of(model), Term((Factor(expression),)), 1)
    assert own.written == written


@pytest.fixture(scope="module")
def found() -> dict[str, Meaning]:
    model = mlm.Model(
        "mathach ~ ses + female + center(mathach_b) + I((ses - 1) ** 2) + ses3",
        group="school",
        level2={"intercept": "size + I(size / 1000) + scale(meanses) + log(size) + sector + U"},
    )
    hsb = mlm.load("hsb").assign(mathach_b=lambda df: df["ses"] + 5)
    hsb["ses3"] = pd.cut(hsb["ses"], [-9, -0.5, 0.5, 9], labels=["low", "mid", "high"])
    source = source_of(model, data=hsb)
    bound = source.model
    terms = [(1, c.term) for c in bound.coefficients]
    terms += [(2, t) for c in bound.coefficients for t in c.predictors]
    return {m.factor.name: m for level, t in terms for m in meanings(source, t, level)}


def test_where_a_predictor_is_zero(found: dict[str, Meaning]) -> None:
    hsb = mlm.load("hsb")
    schools = hsb.drop_duplicates("school")
    assert found["ses"].zero == 0.0
    assert found["I((ses - 1) ** 2)"].zero == 1.0
    assert found["log(size)"].zero == 1.0
    assert found["center(mathach_b)"].zero == pytest.approx(hsb["ses"].mean() + 5)
    # scale() goes by the rows, not by the schools
    assert found["scale(meanses)"].zero == pytest.approx(hsb["meanses"].mean())
    assert found["scale(meanses)"].zero != pytest.approx(schools["meanses"].mean(), abs=1e-4)
    assert found["female"].zero is None


def test_what_one_step_is(found: dict[str, Meaning]) -> None:
    assert found["I(size / 1000)"].step == 1000.0
    assert found["scale(meanses)"].step == pytest.approx(mlm.load("hsb")["meanses"].std())
    assert found["size"].step == 1.0
    # One student is far less than a standard deviation, a thousand are not.
    assert found["size"].is_far
    assert not found["I(size / 1000)"].is_far
    assert not found["ses"].is_far


def test_a_dummy_is_a_category_beside_its_reference(found: dict[str, Meaning]) -> None:
    for name, category, reference in (
        ("female", "female", "male"),
        ("sector", "Catholic", "public"),
        ("ses3[T.mid]", "mid", "low"),
    ):
        meaning = found[name]
        assert meaning.form == "category"
        assert not meaning.is_numeric
        assert (meaning.category.label, meaning.reference.label) == (category, reference)


def test_a_zero_outside_of_the_data_is_told(found: dict[str, Meaning]) -> None:
    assert found["size"].zero_is_outside  # schools of 0 students
    assert not found["ses"].zero_is_outside
    assert found["log(size)"].zero_is_outside
    assert not found["scale(meanses)"].zero_is_outside


def test_spread_is_over_the_units_of_the_level(found: dict[str, Meaning]) -> None:
    schools = mlm.load("hsb").drop_duplicates("school")
    assert found["size"].spread.mean == pytest.approx(schools["size"].mean())
    assert found["ses"].spread.sd == pytest.approx(mlm.load("hsb")["ses"].std())


def test_a_column_that_has_the_mean_0_in_every_group_is_centred_within() -> None:
    hsb = mlm.load("hsb")
    hsb["cses"] = hsb["ses"] - hsb.groupby("school")["ses"].transform("mean")
    source = source_of(mlm.Model("mathach ~ cses + ses", group="school"), data=hsb)
    forms = [meanings(source, c.term, 1)[0].form for c in source.model.coefficients if c.term]
    assert forms == ["within", "number"]


@pytest.mark.parametrize("column", ["whole", "broken", "word"])
@pytest.mark.parametrize("base", [None, 0, 1, 2])
def test_the_reference_of_a_category_is_that_of_the_fitted_coding(
    column: str, base: int | None
) -> None:
    """Numbers taken as categories were once compared with the average over all of them."""
    rng = np.random.default_rng(8)
    whole = rng.integers(1, 4, size=120)
    frame = pd.DataFrame({"g": np.repeat(np.arange(12), 10), "whole": whole, "broken": whole / 2})
    frame["word"] = np.array(["", "one", "two", "three"])[whole]
    frame["y"] = whole + rng.normal(size=120)
    categories = sorted(set(frame[column]))
    coding = "" if base is None else f", Treatment({categories[base]!r})"
    fit = mlm.Model(f"y ~ C({column}{coding})", group="g").fit(frame)
    reference = categories[base or 0]
    at = frame.iloc[[0]]
    for row in fit.interpret():
        if row.role != "γ" or row.name == "Intercept":
            continue
        own = next(c for c in categories if row.name.endswith(f"[T.{c}]"))
        ends = [
            fit.predict(at.assign(**{column: c}), groups="average").iloc[0]
            for c in (own, reference)
        ]
        assert row.numbers["estimate"] == pytest.approx(ends[0] - ends[1])
        assert f"than among observations with {column} equal to {reference}" in row.full
        assert "all categories" not in row.full
    assert f"{column} equal to {reference}" in fit.interpret("γ_00").rows[0].full


@pytest.mark.parametrize(("language", "says"), [("en", "the reference category"), ("de", "„“")])
def test_a_reference_without_a_name_is_no_mean_of_all(language: str, says: str) -> None:
    """A model that has met data knows the other categories, by the names of its coefficients."""
    data = pd.DataFrame({"g": np.repeat(range(6), 6), "y": np.arange(36.0)})
    data["arm"], data["town"] = ["a", "b", "c"] * 12, np.repeat(["p", "q", "r"], 12)
    model = mlm.Model.from_formula("y ~ arm * town + (1 | g)", data=data)
    text = " ".join(str(model.interpret(language=language, detail="full")).split())
    assert "mean of all" not in text
    assert "Mittel aller" not in text
    assert (says in text) == (language == "en")  # in German, no empty name
    told = " ".join(str(model.interpret(data=data, language=language, detail="full")).split())
    assert "eferen" not in told.replace("Referenzfall", "")
