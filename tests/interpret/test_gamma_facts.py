"""What is worked out from estimates is what predictions and other parametrisations give."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from tests.interpret.checking import unexplained
from tests.interpret.seeds import SEED, seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@cache
def fit(formula: str, **level2: str) -> Fit:
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def predicted(fitted: Fit, **values: Any) -> float:
    row = fitted.frame.iloc[[0]].assign(**values)
    return float(fitted.predict(row, groups="average").iloc[0])


def facts(fitted: Fit, which: str) -> dict[str, float]:
    return dict(fitted.interpret(which).rows[0].numbers)


def test_within_between_and_contextual_agree() -> None:
    centred = fit("mathach ~ center_within(ses)", intercept="group_mean(ses) + U")
    raw = fit("mathach ~ ses", intercept="group_mean(ses) + U")
    between, within = centred.params["group_mean(ses)"], centred.params["center_within(ses)"]
    contextual = raw.params["group_mean(ses)"]
    assert contextual == pytest.approx(between - within, rel=1e-4)
    assert facts(centred, "group_mean(ses)")["contextual"] == pytest.approx(contextual, rel=1e-4)
    assert facts(raw, "group_mean(ses)")["between"] == pytest.approx(between, rel=1e-4)
    assert "the contextual effect" in raw.interpret("group_mean(ses)").rows[0].full
    assert "slope between schools" in centred.interpret("group_mean(ses)").rows[0].full
    assert "slope within schools" in raw.interpret("ses").rows[0].full


def test_a_logarithm_is_read_by_predictions() -> None:
    fitted = fit("mathach ~ ses", intercept="log(size) + U")
    found = facts(fitted, "log(size)")
    base = predicted(fitted, size=1000.0)
    assert found["doubling"] == pytest.approx(predicted(fitted, size=2000.0) - base)
    assert found["one_percent"] == pytest.approx(predicted(fitted, size=1010.0) - base)


@pytest.mark.parametrize("curve", ["I(ses**2)", "I((ses - 3)**2)", "I((ses + 1)**2)"])
def test_a_curve_has_the_slope_of_its_predictions(curve: str) -> None:
    fitted = fit(f"mathach ~ ses + {curve}")
    found = facts(fitted, "ses")
    for place in ("below", "mean", "above"):
        at, step = found[f"{place} ses at"], 1e-4
        slope = predicted(fitted, ses=at + step) - predicted(fitted, ses=at - step)
        assert found[f"{place} ses value"] == pytest.approx(slope / (2 * step), rel=1e-6)


def test_the_bend_of_a_curve_is_that_of_its_predictions() -> None:
    fitted = fit("mathach ~ ses + I(ses**2)")
    bend = predicted(fitted, ses=2.0) - 2 * predicted(fitted, ses=1.0) + predicted(fitted, ses=0.0)
    assert facts(fitted, "I(ses**2)")["bend"] == pytest.approx(bend, rel=1e-6)


def test_slopes_in_categories_are_those_of_predictions() -> None:
    fitted = fit("mathach ~ ses", ses="sector + size + U", intercept="sector + size + U")
    found = facts(fitted, "ses")
    schools = fitted.frame.groupby("school")["size"].first()
    for place, sector in (("reference", 0), ("category", 1)):
        at = {"sector": sector, "size": float(schools.mean())}
        slope = predicted(fitted, ses=1.0, **at) - predicted(fitted, ses=0.0, **at)
        assert found[f"{place} sector value"] == pytest.approx(slope, rel=1e-9)


def test_one_standard_deviation_is_that_of_the_schools() -> None:
    fitted = fit("mathach ~ 1", intercept="size + U")
    schools = fitted.frame.groupby("school")["size"].first()
    found = facts(fitted, "size")
    assert found["per_sd"] == pytest.approx(fitted.params["size"] * schools.std())
    assert found["size minimum"] == schools.min()
    assert found["size maximum"] == schools.max()


def test_a_logarithmic_outcome_is_read_as_a_ratio() -> None:
    fitted = mlm.Model("log(Reaction) ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    assert facts(fitted, "Days")["ratio"] == pytest.approx(np.exp(fitted.params["Days"]) - 1)


def test_the_slope_of_a_shifted_curve_holds_where_the_square_is_zero() -> None:
    fitted = fit("mathach ~ ses + I((ses - 3)**2)")
    assert "this is the slope of SES only for students with an SES of 3" in (
        fitted.interpret("ses").rows[0].full
    )
    step = 1e-4
    slope = (predicted(fitted, ses=3.0 + step) - predicted(fitted, ses=3.0 - step)) / (2 * step)
    assert fitted.params["ses"] == pytest.approx(slope, rel=1e-6)


def test_a_slope_that_depends_on_two_moderators_is_what_predictions_say() -> None:
    """Along a curve, and in a category, the other moderators are where the sentence says."""
    fitted = fit("mathach ~ ses + I(ses**2)", ses="size + sector")
    found = facts(fitted, "ses")
    schools = fitted.frame.groupby("school")["size"].first()
    at, step = found["above ses at"], 1e-4
    places = {"size": float(schools.mean()), "sector": 0}
    rise = predicted(fitted, ses=at + step, **places) - predicted(fitted, ses=at - step, **places)
    assert found["above ses value"] == pytest.approx(rise / (2 * step), rel=1e-5)


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


def test_a_category_that_is_coded_in_full_in_a_product_is_a_case() -> None:
    """ses + minority:size has a slope of size for each category, and a gap that holds at size 0."""
    frame = mlm.load("hsb")
    frame["size"] = frame["size"] / 1000
    text = "mathach ~ C(minority) + C(minority):size + (1 | school)"
    fitted = mlm.Model.from_formula(text, data=frame).fit(frame)
    names = ["Intercept", "C(minority)[T.1]", "size:C(minority)[0]", "size:C(minority)[1]"]
    assert list(fitted.params.index) == names
    rows = {name: fitted.interpret(name).rows[0] for name in names}
    assert "size equal to 0" in rows[names[0]].full
    assert "mean of all categories" not in " ".join(row.full for row in rows.values())
    for name, other in zip(names[2:], (0, 1), strict=True):
        slope = predicted(fitted, minority=other, size=2.0) - predicted(
            fitted, minority=other, size=1.0
        )
        assert fitted.params[name] == pytest.approx(slope)
    gap = predicted(fitted, minority=1, size=1.5) - predicted(fitted, minority=0, size=1.5)
    found = fitted.quantities.coefficient("C(minority)[T.1]", at={"size": 1.5})
    assert found.value == pytest.approx(gap)


LOGS = {"log": np.exp, "log2": np.exp2, "log10": lambda v: 10.0**v}


@cache
def positive() -> pd.DataFrame:
    """Data whose variables are all above 0, so that their logarithms can be taken."""
    rng = np.random.default_rng(12)
    groups = np.repeat(np.arange(15), 8)
    names = np.array([f"g{j:02d}" for j in range(15)])
    frame = pd.DataFrame({"g": names[groups], "x": rng.lognormal(1.0, 0.6, size=120).round(3)})
    frame["z"] = rng.lognormal(3.0, 0.5, size=15).round(2)[groups]
    frame["arm"] = rng.choice(["one", "two"], size=120)
    mean = 0.5 + 0.8 * np.log(frame["x"]) - 0.1 * np.log(frame["z"]) - 0.3 * (frame["arm"] == "two")
    noise = 0.3 * rng.normal(size=15)[groups] + 0.2 * rng.normal(size=120)
    return frame.assign(y=np.exp(mean + noise))


def ratio(fitted: Fit, back: Any, one: dict[str, Any], other: dict[str, Any]) -> float:
    """By which share the outcome, before its logarithm, is larger in one case than in another."""
    first, second = (back(predicted(fitted, **case)) for case in (one, other))
    return float(first / second - 1.0)


SHAPES_OF_X_AND_Z = [
    ("x", "z"),
    ("log(x)", "log2(z)"),
    ("log2(x)", "log10(z)"),
    ("log10(x)", "log(z)"),
    ("arm", "1"),
    ("I(x / 2)", "1"),
    ("x + I(x**2)", "z + I(z**2)"),
    ("I((x - 3)**2)", "1"),
]


@pytest.mark.parametrize("outcome", LOGS)
@pytest.mark.parametrize(("level1", "level2"), SHAPES_OF_X_AND_Z)
def test_a_logarithmic_outcome_is_read_as_the_ratio_of_predictions(
    outcome: str, level1: str, level2: str
) -> None:
    """Once exp(γ) - 1 was said of 1 % more, and of twice as much, and of the bend of a curve."""
    model = mlm.Model(f"{outcome}(y) ~ {level1}", group="g", level2={"intercept": f"{level2} + U"})
    fitted, back = model.fit(positive()), LOGS[outcome]
    for row in fitted.interpret():
        found, name = row.numbers, "z" if "z" in row.name else "x"
        assert unexplained(row.full, found) == []
        assert ("before the logarithm" in row.full) == (
            bool({"ratio", "bend_ratio", "elasticity"} & set(found))
        )
        if row.role != "γ" or row.name == "Intercept":
            continue
        if "log" in row.name:
            by = {"one_percent": 1.01, "doubling": 2.0}
            for key, factor in by.items():
                expected = ratio(fitted, back, {name: 3.0 * factor}, {name: 3.0})
                assert found[f"{key} ratio"] == pytest.approx(expected, rel=1e-6)
            assert np.log1p(found["doubling ratio"]) / np.log(2) == pytest.approx(
                found["elasticity"]
            )
            assert "ratio" not in found
        elif "**" in row.name:
            steps = [ratio(fitted, back, {name: x + 1.0}, {name: x}) for x in (3.0, 4.0)]
            expected = (1.0 + steps[1]) / (1.0 + steps[0]) - 1.0
            assert found["bend_ratio"] == pytest.approx(expected, rel=1e-5)
        elif "**" in level1 and row.role == "γ":
            assert "ratio" not in found  # a step along a curve has no ratio of its own
        else:
            step = 2.0 if "/ 2" in row.name else 1.0
            cases = (
                ({"arm": "two"}, {"arm": "one"})
                if "arm" in row.name
                else ({name: 3.0 + step}, {name: 3.0})
            )
            assert found["ratio"] == pytest.approx(ratio(fitted, back, *cases), rel=1e-6)


@pytest.mark.parametrize("predictor", ["log(x)", "log2(x)", "log10(x)", "log1p(x)"])
def test_the_coefficient_of_a_logarithm_is_read_by_its_own_base(predictor: str) -> None:
    model = mlm.Model(f"y ~ {predictor}", group="g")
    fitted = model.fit(positive())
    (row,) = fitted.interpret(predictor)
    for key, factor in (("one_percent", 1.01), ("doubling", 2.0)):
        if key in row.numbers:
            expected = predicted(fitted, x=3.0 * factor) - predicted(fitted, x=3.0)
            assert row.numbers[key] == pytest.approx(expected, rel=1e-6)
    symbols = model.interpret(predictor).rows[0].full
    assert ("/ 100" in symbols) == (predictor == "log(x)")  # 1 % of a natural logarithm alone


def test_a_mean_of_its_own_is_no_ratio() -> None:
    fitted = mlm.Model("log(y) ~ 0 + arm", group="g", level2={"arm": "U"}).fit(positive())
    for row in fitted.interpret():
        assert "before the logarithm" not in row.full


# --- curves, alone and in products ---------------------------------------------------------------


@cache
def growth() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    groups, t = np.repeat(np.arange(20), 8), np.tile(np.arange(8.0), 20)
    u = rng.normal(size=(20, 3)) * (1.0, 0.4, 0.1)
    frame = pd.DataFrame({"g": np.array([f"g{j:02d}" for j in range(20)])[groups], "t": t})
    frame["w"] = rng.normal(size=20).round(2)[groups]
    frame["sex"] = rng.choice(["f", "m"], size=160)
    slope = 0.5 + 0.3 * frame["w"] - 1.1 * (frame["sex"] == "m") + u[groups, 1]
    bend = 0.1 - 0.05 * frame["w"] + u[groups, 2]
    return frame.assign(y=u[groups, 0] + slope * t + bend * t**2 + 0.5 * rng.normal(size=160))


def grown(formula: str, **level2: str) -> Fit:
    return mlm.Model(formula, group="g", level2=level2).fit(growth())


def slope_at(fitted: Fit, t: float, **values: Any) -> float:
    """The slope of t in the predictions."""
    step = 1e-4
    ends = (predicted(fitted, t=t + side, **values) for side in (step, -step))
    return float(next(ends) - next(ends)) / (2 * step)


def test_a_product_with_a_curve_says_where_it_holds() -> None:
    """Beside w:t², w:t once was the change of the slope everywhere, and w:t² the same again."""
    fitted = grown("y ~ t + I(t**2)", t="w + U", **{"I(t**2)": "w"})
    (row,) = fitted.interpret("w:t")
    change = slope_at(fitted, 0.0, w=1.0) - slope_at(fitted, 0.0, w=0.0)
    assert row.numbers["estimate"] == pytest.approx(change, rel=1e-6)
    assert "for observations with t equal to 0" in row.full
    assert "Read the other way" not in row.full  # the gap does not change by one amount a step
    (bend,) = fitted.interpret("w:I(t ** 2)")
    assert bend.short == "How the coefficient of t² depends on w"
    slopes = [
        predicted(fitted, t=t, w=1.0) - predicted(fitted, t=t, w=0.0) for t in (1.0, 2.0, 3.0)
    ]
    assert 2.0 * bend.numbers["estimate"] == pytest.approx(np.diff(slopes, 2)[0], rel=1e-6)
    assert "for each additional unit of t," not in bend.full
    assert "Read the other way" not in bend.full  # t² takes no step without t


def test_a_slope_in_a_category_is_at_the_place_that_it_names() -> None:
    fitted = grown("y ~ (t + I(t**2)) * sex", t="w + U")
    found = facts(fitted, "t")
    w, t = growth().groupby("g")["w"].first().mean(), growth()["t"].mean()
    for name, sex in (("reference", "f"), ("category", "m")):
        value = found[f"{name} sex[T.m] value"]
        assert value == pytest.approx(slope_at(fitted, t, w=w, sex=sex), rel=1e-6)
    text = fitted.interpret("t").rows[0].full
    assert "The slope of t, at the mean of t (3.5) and the mean of w over groups" in text
    low, high = (found[f"{side} w at"] for side in ("below", "above"))
    for side, at in (("below", low), ("above", high)):
        assert found[f"{side} w value"] == pytest.approx(
            slope_at(fitted, t, w=at, sex="f"), rel=1e-6
        )


@pytest.mark.parametrize(
    ("formula", "level2", "term", "says"),
    [
        ("y ~ t * sex", {"t": "U"}, "t", "for observations that have sex equal to f"),
        ("y ~ t + I(t**2)", {"t": "U"}, "t", "for observations with t equal to 0"),
        ("y ~ t + I(t**2)", {"t": "U", "I(t**2)": "U"}, "t", "for observations with t equal to 0"),
        ("y ~ t + I(t**2)", {"t": "w + U"}, "t", "for observations with t equal to 0"),
        ("y ~ t + sex", {"t": "U"}, "t", ""),
    ],
)
def test_the_range_of_a_slope_is_of_the_units_that_it_names(
    formula: str, level2: dict[str, str], term: str, says: str
) -> None:
    """Once the range of the slope at day 0 was that of the slope."""
    fitted = grown(formula, **level2)
    (row,) = (r for r in fitted.interpret() if r.role == "τ" and r.name == term)
    w = growth().groupby("g")["w"].first().mean()
    assert row.numbers["centre"] == pytest.approx(slope_at(fitted, 0.0, sex="f", w=w), rel=1e-6)
    claims = row.full.split(". ")[1:3]
    assert all(says in claim for claim in claims)
    assert ("for observations" in row.full) == bool(says)
    effect = next(r for r in fitted.interpret() if r.role == "U" and r.name == term)
    assert ("with t equal to 0" in effect.full) == ("I(t**2)" in level2)


def test_the_rows_of_a_random_curve_have_names_of_their_own() -> None:
    fitted = grown("y ~ t + I(t**2)", t="U", **{"I(t**2)": "U"})
    shorts = [row.short for row in fitted.interpret()]
    assert len(set(shorts)) == len(shorts)
    assert fitted.interpret("tau_12").rows[0].short == (
        "Covariance of the slope of t and the coefficient of t²"
    )


# --- which way a signed value goes in size -------------------------------------------------------


def effect(fitted: Fit, name: str, at: dict[str, Any]) -> float:
    """What one unit of a predictor, or the second category, goes with at a place."""
    ends = ("m", "f") if name == "sex" else (1.0, 0.0)
    return predicted(fitted, **at, **{name: ends[0]}) - predicted(fitted, **at, **{name: ends[1]})


def size_of(before: float, after: float) -> str:
    if min(before, after) >= 0:
        return ""
    if before * after < 0:
        return "Its sign turns"
    return "It is negative and grows" if after < before else "It is negative and shrinks"


@pytest.mark.parametrize(
    ("formula", "level2", "term", "pair"),
    [
        ("y ~ t * sex", {}, "t:sex[T.m]", ("t", "sex")),
        ("y ~ t + sex", {"t": "w + U"}, "w:t", ("w", "t")),
        ("y ~ t + sex", {"sex": "w", "intercept": "w + U"}, "w:sex[T.m]", ("w", "sex")),
    ],
)
@pytest.mark.parametrize("shift", [-3.0, -0.5, 0.5, 3.0])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_gap_that_widens_is_not_told_as_a_smaller_one(
    formula: str,
    level2: dict[str, str],
    term: str,
    pair: tuple[str, str],
    shift: float,
    sign: float,
) -> None:
    """A gap that went from -0.73 to -0.84 was once "smaller by 0.107"."""
    frame = growth()
    more = shift * (frame["t"] + frame["w"] + 2.0 * (frame["sex"] == "m"))
    model = mlm.Model(formula, group="g", level2=level2 or {"intercept": "1 + U"})
    fitted = model.fit(frame.assign(y=sign * (frame["y"] + more)))
    (row,) = fitted.interpret(term)
    means = {"t": frame["t"].mean(), "w": frame.groupby("g")["w"].first().mean(), "sex": "f"}
    steps = {"t": means["t"] + 1.0, "w": means["w"] + 1.0, "sex": "m"}
    found = row.numbers
    assert ("is higher by" in row.full) == (found["estimate"] > 0)
    assert ("is lower by" in row.full) == (found["estimate"] < 0)
    one, other = row.full.split("Read the other way:")
    for text, way, (mover, own) in ((one, "one", pair), (other, "other", pair[::-1])):
        before = effect(fitted, own, {mover: means[mover]})
        after = effect(fitted, own, {mover: steps[mover]})
        assert found[f"{way} before"] == pytest.approx(before, rel=1e-6)
        assert found[f"{way} after"] == pytest.approx(after, rel=1e-6)
        for claim in ("Its sign turns", "It is negative and grows", "It is negative and shrinks"):
            assert (claim in text) == (claim == size_of(before, after)), text
    assert unexplained(row.full, found) == []
