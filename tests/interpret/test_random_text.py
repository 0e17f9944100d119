"""Sentences on the U's and their variances, at the edge of T above all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from tests.interpret.seeds import seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


def test_a_variance_of_zero_is_at_the_boundary() -> None:
    fit = mlm.Model("Yield ~ 1", group="Batch").fit(mlm.load("dyestuff2"))
    found = fit.interpret()
    assert "estimated at the boundary" in found["tau_0"].full
    assert "does not mean that all batches are alike" in found["tau_0"].full
    assert "all predicted values are 0" in found["U_0j"].full
    assert "0 for every batch" in fit.interpret(group="A")["U_0j"].full


def test_a_correlation_at_the_boundary() -> None:
    fit = seed("random slope")
    t = fit.cov_re.copy()
    t.iloc[0, 1] = t.iloc[1, 0] = float(np.sqrt(t.iloc[0, 0] * t.iloc[1, 1]))
    numbers = replace(fit.estimates, cov_re=t)
    row = fit.model.interpret("tau_01", estimates=numbers).rows[0]
    assert "estimated at the boundary" in row.full
    assert "1.00" in row.full


# --- where a sentence on the random part holds ---------------------------------------------------


def grown(seed: int) -> pd.DataFrame:
    """Children measured at six times, with intercepts, slopes and bends of their own."""
    rng = np.random.default_rng(seed)
    child, t = np.repeat(np.arange(30), 6), np.tile(np.arange(6.0), 30)
    u = rng.normal(0.0, [3.0, 1.0, 0.3], (30, 3))
    y = 20 + 3 * t - 0.3 * t**2 + u[child, 0] + u[child, 1] * t + u[child, 2] * t**2
    return pd.DataFrame({"child": child, "t": t, "y": y + rng.normal(0.0, 1.0, 180)})


CURVES = (
    "poly(t, 2)",
    "t * exp(t)",
    "bs(t, df=3)",
    "t + log(t + 1)",
    "center(t) + I(center(t) ** 2)",
)


@pytest.mark.parametrize("curve", CURVES)
def test_a_random_slope_whose_average_is_a_curve_has_no_range(curve: str) -> None:
    """Its U is how far a child's slope lies from the average at every t, and that is all."""
    data = grown(1)
    fitted = mlm.Model.from_formula(f"y ~ {curve} + (t | child)", data=data).fit(data)
    apart = fitted.predict(data) - fitted.predict(data, groups="average")
    for child, rows in data.groupby("child"):
        slopes = np.diff(apart[rows.index]) / np.diff(rows["t"])
        assert slopes == pytest.approx(fitted.random_effects["t"][child], rel=1e-6)
    q = next(c.index for c in fitted.model.varying(2) if c.term.name == "t")
    effect, variance = fitted.interpret(f"u{q}j").rows[0], fitted.interpret(f"tau_{q}").rows[0]
    assert "departs from the average over children" in effect.full
    assert "negative in" not in variance.full
    assert "is expected between" not in variance.full


@pytest.mark.parametrize("seed_", range(3))
def test_every_row_of_a_random_curve_says_where_it_holds(seed_: int) -> None:
    """It once was said of the first only, and the others read as if they held everywhere."""
    data = grown(seed_)
    formula = "y ~ t + I(t**2) + (t + I(t**2) | child)"
    shown = mlm.Model.from_formula(formula, data=data).fit(data).interpret()
    for row, first, _ in shown.entries:
        if row.symbol in {"τ₀²", "τ₁²", "τ₀₁", "τ₀₂", "τ₁₂"}:
            assert "holds for observations with t equal to 0" in first, row.symbol
    assert "holds for" not in shown["tau_2"].full  # a bend is the same everywhere


def test_a_variance_of_zero_does_not_mean_that_groups_are_alike() -> None:
    """With another coefficient that varies, or a variance of a slope, it is of that one alone."""
    rng = np.random.default_rng(5)
    g, x = np.repeat(np.arange(30), 8), np.tile(np.arange(2010.0, 2018.0), 30)
    y = rng.normal(0.0, 2.0, 30)[g] + rng.normal(0.0, 1.0, len(g))
    data = pd.DataFrame({"g": g, "x": x, "y": y})
    fitted = mlm.Model.from_formula("y ~ x + (x || g)", data=data).fit(data)
    assert min(np.diag(fitted.cov_re)) < 1e-6 * fitted.scale
    rows = fitted.interpret()
    assert any("no more variation of it between" in row.full for row in rows)
    assert not any("no more variation between" in row.full for row in rows)


@pytest.mark.parametrize("fixed", ["0 + arm", "arm"])
def test_a_mean_in_each_category_that_varies_is_no_difference(fixed: str) -> None:
    """Each U is how far a group's mean in a category lies from the average, by predictions."""
    rng = np.random.default_rng(3)
    g, arm = np.repeat(np.arange(30), 12), np.tile(["a", "b", "c"], 120)
    u = rng.normal(0.0, 2.0, (30, 3))
    y = 50.0 + u[g, np.searchsorted(["a", "b", "c"], arm)] + rng.normal(0.0, 1.0, 360)
    data = pd.DataFrame({"g": g, "arm": arm, "y": y})
    fitted = mlm.Model.from_formula(f"y ~ {fixed} + (0 + arm | g)", data=data).fit(data)
    apart = fitted.predict(data) - fitted.predict(data, groups="average")
    means = apart.groupby([data["g"], data["arm"]]).mean().unstack()
    rows = {(row.role, row.name): row for row in fitted.interpret()}
    for name in "abc":
        assert fitted.random_effects[f"arm[{name}]"].to_numpy() == pytest.approx(means[name])
        effect, variance = rows["U", f"arm[{name}]"], rows["τ", f"arm[{name}]"]
        topic = f"the mean y among observations with arm equal to {name}"
        assert f"how far {topic} in" in effect.full
        assert "departs from the average over groups" in effect.full
        assert topic in variance.full
        assert "negative" not in variance.full
        assert ("is expected between" in variance.full) == (fixed == "0 + arm")
        assert "other predictors" not in "".join(row.full for row in rows.values())


# --- a variance of ε that differs between rows --------------------------------------------------


@pytest.fixture(scope="module")
def by_sex() -> mlm.Fit:
    model = mlm.Model("mathach ~ ses + female", group="school", sigma2=mlm.by("female"))
    return model.fit(mlm.load("hsb"))


def test_each_category_has_a_sentence(by_sex: mlm.Fit) -> None:
    found = by_sex.interpret()
    rows = [row for row in found.rows if row.role == "σ²"]
    assert [row.symbol for row in rows] == ["σ₀²", "σ₁²"]
    assert rows[0].full.startswith("Among male students, values of the same school vary around")
    assert "6.25 points (σ₀² = 39.10)" in rows[0].full
    assert rows[1].full.endswith("That is 0.890 times the variance among male students.")
    assert rows[1].numbers["ratio"] == pytest.approx(34.78 / 39.10, abs=1e-3)
    assert found["sigma2_1"].symbol == found["sigma^2_1"].symbol == "σ₁²"
    german = by_sex.interpret(language="de")["sigma2[1]"].full
    assert german.startswith("Bei Schülerinnen streuen die Werte innerhalb einer Schule")
    assert "0,890-Fache der Varianz bei männlichen Schülern" in german


def test_a_category_of_groups_and_one_without_words() -> None:
    model = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("sector"))
    fit = model.fit(mlm.load("hsb"))
    assert "in Catholic schools" in fit.interpret("sigma2_1").rows[0].short
    sleep = mlm.Model("Reaction ~ Days", group="Subject", sigma2=mlm.by("Days"))
    row = sleep.fit(mlm.load("sleepstudy")).interpret("sigma2_3").rows[0]
    assert "with " in row.short
    assert "= 3" in row.short


def test_a_model_without_data_has_one_sentence_for_all_categories() -> None:
    model = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("female"))
    (row,) = (row for row in model.interpret().rows if row.role == "σ²")
    assert row.symbol == "σ_{female}²"
    assert "each category (female) has its own" in row.full


def test_a_precision_is_said() -> None:
    hsb = mlm.load("hsb").assign(w=2.0)
    model = mlm.Model("mathach ~ ses", group="school", precision="w")
    assert "the variance is σ² / w" in model.fit(hsb).interpret("sigma2").rows[0].full
    assert "ist die Varianz σ² / w" in model.interpret("sigma2", language="de").rows[0].full


def test_assumptions_and_reports_say_it(by_sex: mlm.Fit) -> None:
    hsb = mlm.load("hsb").assign(w=2.0)
    weighted = mlm.Model("mathach ~ ses", group="school", precision="w").fit(hsb)
    assert "differs between categories (sex)" in by_sex.assumptions()["equal variance"].text
    assert "is σ² / w, with w known" in weighted.assumptions()["equal variance"].text
    assert "a variance for each category (sex)" in by_sex.report().methods
    assert "known precisions (w)" in weighted.report().methods
    for fit in (by_sex, weighted):
        assert fit.assumptions(language="de")["equal variance"].text
        assert fit.report(language="de").methods


def test_a_table_has_a_row_for_each_category(by_sex: mlm.Fit) -> None:
    plain = mlm.Model("mathach ~ ses + female", group="school").fit(mlm.load("hsb"))
    both = mlm.compare(plain, by_sex)
    assert both.table.loc["σ²"].index.tolist() == ["sigma2", "sigma2[0]", "sigma2[1]"]
    assert "σ²[1]" in both.text
    labels = [row[0] for row in both.publication().rows]
    assert "Residual variance: female" in labels
