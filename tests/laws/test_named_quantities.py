"""Every number of every sentence is the quantity of the library that it names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.interpretation import Row
from tests.interpret.checking import unexplained

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

MODELS = 200
NUMBERS1 = ("x", "x", "center(x)", "center_within(x)", "scale(x)", "I(x / 2)", "x + I((x - 3)**2)")
NUMBERS2 = ("z", "z", "center(z)", "log(z)", "I((z - 500) / 100)", "scale(z)", "z + I(z**2)")
WORDS = ("estimate", "se", "lower", "upper", "df", "p")


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(20)
    groups = np.repeat(np.arange(20), rng.integers(5, 9, size=20))
    z, d = rng.uniform(200, 1500, size=20).round(), rng.integers(0, 2, size=20)
    kind = rng.choice(["old", "new", "other"], size=20)
    x = (3.0 + rng.normal(size=20)[groups] + rng.normal(size=len(groups))).round(2)
    names = np.array([f"g{j:02d}" for j in range(20)])
    frame = pd.DataFrame({"g": names[groups], "x": x, "z": z[groups], "d": d[groups]})
    frame["kind"] = kind[groups]
    frame["c"] = rng.integers(0, 2, size=len(groups))
    frame["mode"] = rng.choice(["a", "b", "e"], size=len(groups))
    slopes = 1.0 + 0.5 * rng.normal(size=20) + 0.001 * z
    noise = 2.0 * rng.normal(size=20)[groups] + rng.normal(size=len(groups))
    frame["y"] = 5.0 + slopes[groups] * x + 0.5 * frame["c"] + noise
    return frame


def models(count: int) -> Iterator[mlm.Model]:
    """Draw models of all kinds; the seed is fixed."""
    rng = np.random.default_rng(7)
    for _ in range(count):
        number = str(rng.choice(NUMBERS1))
        first = number.split(" + ")[0]
        level1 = [
            p for p, odds in ((number, 0.8), ("c", 0.4), ("mode", 0.2)) if rng.random() < odds
        ]
        if len(level1) > 1 and level1[:2] == [number, "c"] and rng.random() < 0.4:
            level1.append(f"{first}:c")
        above = str(rng.choice(NUMBERS2))
        level2 = [p for p, odds in ((above, 0.5), ("d", 0.4), ("kind", 0.2)) if rng.random() < odds]
        slope = [p for p in level2 if rng.random() < 0.6]
        means = ["group_mean(x)"] if number in level1 and rng.random() < 0.4 else []
        equations = {"intercept": " + ".join(["1", *level2, *means, "U"])}
        key = first if number in level1 else "c" if "c" in level1 else ""
        if key:
            random = ["U"] if rng.random() < 0.5 else []
            equations[key] = " + ".join(["1", *slope, *random])
        yield mlm.Model(f"y ~ {' + '.join(['1', *level1])}", group="g", level2=equations)


# --- what a name stands for, from the library's public quantities ------------------------------


@cache
def spread(fit: Fit, factor: str) -> dict[str, float]:
    """The values of the variable of a factor, over the units that it is described by."""
    frame = fit.frame
    name = next((v for v in ("x", "z", "d", "c") if f"{v}" in factor.replace("scale", "")), "")
    over = frame.drop_duplicates("g") if name in "zd" and "center" not in factor else frame
    if "scale" in factor:
        over = frame
    values = over[name]
    if "group_mean" in factor:
        values = frame.groupby("g")["x"].mean()
    if "center_within" in factor:
        values = frame["x"] - frame.groupby("g")["x"].transform("mean")
    return {
        "minimum": values.min(),
        "maximum": values.max(),
        "mean": 0.0 if "center_within" in factor else values.mean(),
        "sd": values.std(),
    }


@cache
def intervals(fit: Fit) -> pd.DataFrame:
    return fit.conf_int()


@cache
def slopes(fit: Fit, term: str, moderator: str) -> pd.DataFrame:
    return fit.quantities.simple_slopes(term, moderator)


@cache
def zero_and_step(fit: Fit, factor: str) -> dict[str, float]:
    known = {
        "(x - 3)": (3.0, 1.0),
        "x / 2": (0.0, 2.0),
        "z - 500": (500.0, 100.0),
        "log": (1.0, 1.0),
    }
    for part, (zero, step) in known.items():
        if part in factor:
            return {"zero": zero, "step": step}
    if factor.startswith(("center(", "scale(")):
        found = spread(fit, factor)
        return {"zero": found["mean"], "step": found["sd"] if "scale" in factor else 1.0}
    return {"zero": 0.0, "step": 1.0}


def described(fit: Fit, factor: str, what: str) -> float:
    return (zero_and_step if what in {"zero", "step"} else spread)(fit, factor)[what]


def variable(name: str) -> str:
    """Name the moderator as a user would: by its variable, or by the predictor of a mean."""
    if name.startswith(("group_mean", "center_within")):
        return name
    for function in ("scale", "center", "log"):
        name = name.replace(function, "")
    return next(v for v in ("mode", "kind", "x", "z", "d", "c") if v in name)


def of_gamma(fit: Fit, row: Row, key: str) -> float:
    """The quantity that a number of a sentence on γ is called by."""
    term, q = row.name, fit.quantities
    value = fit.params[term]
    if key in WORDS:
        interval = intervals(fit).loc[term]
        tests = (value, fit.bse[term], *interval, fit.df[term], fit.pvalues[term])
        return dict(zip(WORDS, tests, strict=True))[key]
    if key in {"within", "between", "contextual"}:
        slope = next(n for n in fit.params.index if n in NUMBERS1)
        return q.contextual_effects(slope, term).loc[key, "estimate"]
    if key == "unit_mean":
        return fit.frame["y"].mean()
    if key in {"sd", "per_sd"}:
        factor = next(f for f in term.split(":") if f in {"z", "center(z)", "x", "center(x)"})
        sd = spread(fit, factor.removeprefix("center(").removesuffix(")"))["sd"]
        return sd if key == "sd" else value * sd
    if key in {"one_percent", "doubling"}:
        return value * math.log({"one_percent": 1.01, "doubling": 2.0}[key])
    if key == "bend":
        return 2.0 * value
    if key.startswith(("one ", "other ")):  # a slope before and after one step of its moderator
        own = term.split(":")[1 if key.startswith("one") else 0]
        return q.coefficient(own).value + (value if key.endswith("after") else 0.0)
    origin, _, rest = key.partition(" ")
    if origin in {"below", "mean", "above", "reference", "category", "within"} and rest.endswith(
        (" value", " at")
    ):
        factor, _, what = rest.rpartition(" ")
        return reading(fit, row, origin, factor, what)
    factor, _, what = key.rpartition(" ")
    if what == "at":  # where the other moderators are
        places = {s.name: s.value for s in fit.places.typical(fit.places.factors).spots}
        return float(places[factor])
    return described(fit, factor, what)


def reading(fit: Fit, row: Row, origin: str, factor: str, what: str) -> float:
    """A slope at a value of its moderator, or that value."""
    term, q, moderator = row.name, fit.quantities, variable(factor)
    if term == "Intercept":
        at: dict[str, float | str] = {}
        for name in sorted({f.name for _, f in fit.places.factors}):
            at[name] = 0.0
        outside = [k.split(" ")[1] for k in row.numbers if k.endswith(" value")]
        for name in map(variable, outside):
            at = {k: v for k, v in at.items() if variable(k) != name or "[" in k} | {name: "mean"}
        if what == "at":
            level = 2 if moderator in {"z", "d"} or "group_mean" in moderator else 1
            return float(fit.places.spot((level, moderator)).value)
        return q.coefficient("Intercept", at=at).value
    position = {"below": 0, "mean": 1, "within": 1, "above": 2}.get(origin)
    curve = any("**" in name and variable(term) in name for name in fit.params.index)
    if ":" in term or (curve and moderator != term):  # a coefficient, that is no slope
        level = 2 if moderator in {"z", "d", "kind"} or "group_mean" in moderator else 1
        spots = fit.places.around((level, moderator))
        spot = spots[position] if position is not None else category(spots, factor, origin)
        if what == "at":
            return float(spot.value)
        if curve and term in {"x", "z"}:  # the slope at the mean of its own curve
            at = {variable(term): "mean"}
            slope = q.simple_slopes(term, moderator, [spot.value], at=at)
            return float(slope["estimate"].iloc[0])
        return q.coefficient(term, at={moderator: spot.value}).value
    table = slopes(fit, term, moderator)
    if position is None:
        names = [str(v) for v in table.index]
        label = factor.partition("[T.")[2].rstrip("]") or "1.0"
        position = 0 if origin == "reference" else names.index(label)
    return table.index[position] if what == "at" else table["estimate"].iloc[position]


def category(spots, factor: str, origin: str):  # type: ignore[no-untyped-def]
    label = factor.partition("[T.")[2].rstrip("]") or "1.0"
    return spots[0] if origin == "reference" else next(s for s in spots if str(s.value) == label)


def of_variance(fit: Fit, row: Row, key: str) -> float:
    q, t = fit.quantities, fit.cov_re
    if "," in row.name:
        first, second = row.name.split(", ")
        covariance, variance = t.loc[first, second], t.loc[second, second]
        found = {
            "covariance": covariance,
            "correlation": covariance / math.sqrt(t.loc[first, first] * variance),
        }
        if key == "narrowest":
            known = zero_and_step(fit, second)
            return known["zero"] - known["step"] * covariance / variance
        if key in found:
            return found[key]
        factor, _, what = key.rpartition(" ")
        return described(fit, factor, what)
    if key in {"variance", "sd"}:
        return t.loc[row.name, row.name] ** (0.5 if key == "sd" else 1.0)
    if key in {"centre", "lower", "upper"}:
        return getattr(q.plausible_range(row.name), {"centre": "mean"}.get(key, key))
    if key == "negative":
        return q.share_negative(row.name)
    if key == "icc":
        return fit.icc
    factor, _, what = key.rpartition(" ")
    if what == "at":
        place = q.plausible_range(row.name).place
        return next(float(s.value) for s in place.spots if s.name == factor)
    return described(fit, factor, what)


@cache
def extremes(fit: Fit, name: str) -> dict[str, float]:
    effects, errors = fit.random_effects[name], fit.random_effects_se[name]
    clear = effects[effects.abs() > norm.ppf(0.975) * errors]
    found = {f"clear {label}": value for label, value in clear.items()}
    for side, at in (("lowest", effects.idxmin()), ("highest", effects.idxmax())):
        found |= {side: effects[at], f"{side} se": errors[at]}
    return found | {"clear": len(clear), "groups": fit.ngroups}


def of_effect(fit: Fit, row: Row, key: str) -> float:
    found = extremes(fit, row.name)
    factor, _, what = key.rpartition(" ")
    return found[key] if key in found else described(fit, factor, what)


def of_residual(fit: Fit, key: str) -> float:
    sd = math.sqrt(fit.scale)
    return {"variance": fit.scale, "sd": sd, "band": norm.ppf(0.975) * sd}[key]


def named(fit: Fit, row: Row, key: str) -> float:
    if row.role == "γ":
        return of_gamma(fit, row, key)
    if row.role == "U":
        return of_effect(fit, row, key)
    return of_residual(fit, key) if row.role == "σ²" else of_variance(fit, row, key)


def test_every_number_is_the_quantity_that_it_names() -> None:
    frame, checked = data(), set()
    for model in models(MODELS):
        fit = model.fit(frame)
        for row in fit.interpret():
            for key, value in row.numbers.items():
                expected = named(fit, row, key)
                assert value == pytest.approx(expected, rel=1e-6, abs=1e-9), (model, row.name, key)
                checked.add((row.role, key.split(" ")[0]))
            assert unexplained(row.full, row.numbers) == [], row.full
    kinds = {("γ", name) for name in ("estimate", "below", "category", "within", "doubling", "one")}
    kinds |= {("τ", name) for name in ("centre", "negative", "icc", "narrowest")}
    assert kinds <= checked  # all kinds of numbers were met


# --- what once was told two ways ---------------------------------------------------------------


def hsb(formula: str, **level2: str) -> Fit:
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def test_one_range_of_slopes_and_one_share_of_negative_ones() -> None:
    """The sentence once had public schools, the quantity the mean of sector: 1.58 to 2.64."""
    equations = {"intercept": "size + sector + U", "ses": "size + sector + U"}
    fit = hsb("mathach ~ ses + minority", **equations)
    found, row = fit.quantities.plausible_range("ses"), fit.interpret("τ_1²").rows[0]
    assert f"between {found.lower:.2f} and {found.upper:.2f}" in row.full
    assert row.numbers["negative"] == fit.quantities.share_negative("ses")
    assert "public schools with 1,098 students (the mean over schools)" in row.full
    assert (
        str(found.place) == "at size = 1,098 (the mean over groups) and sector = 0 (the reference)"
    )


def test_one_intraclass_correlation() -> None:
    """The sentence once had it where SES is 0, the fit over all rows."""
    fit = hsb("mathach ~ ses + minority", ses="U")
    row = fit.interpret("τ_0²").rows[0]
    assert row.numbers["icc"] == fit.icc
    assert "Averaged over the students, " in row.full
    assert fit.icc.place.averaged == "rows"
    numbers = replace(fit.estimates, vcov=None, df=None)
    bare = mlm.Model("mathach ~ ses + minority", group="school", level2={"ses": "U"})
    at_zero = bare.interpret("τ_0²", estimates=numbers).rows[0]
    assert at_zero.numbers["icc"] == pytest.approx(fit.quantities.icc(at={"ses": 0}))
    assert "this holds for observations with ses equal to 0. For them, 9." in at_zero.full
    given = bare.interpret("τ_0²", estimates=numbers, data=mlm.load("hsb")).rows[0]
    assert given.numbers["icc"] == pytest.approx(fit.icc)


def test_one_mean_of_school_size_at_a_time() -> None:
    """1,057 is the mean over students, which center() takes, and 1,098 that over schools."""
    fit = hsb("mathach ~ ses", intercept="center(size) + U", ses="center(size)")
    assert "at the mean of school size over students (1,057)" in fit.interpret("γ_00").rows[0].full
    slope = fit.interpret("ses").rows[0].full
    assert "At the mean of school size over schools (1,098)" in slope
    assert "1,098 students (the mean over schools)" in fit.interpret("τ_0²").rows[0].full
