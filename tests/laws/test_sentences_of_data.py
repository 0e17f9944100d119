"""Laws for what sentences, reports and captions say of the data: each claim is worked out anew."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.interpret.grammar import upper_first
from tests.interpret.checking import faults, unexplained

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

SEEDS = range(8)
WIDTH = norm.ppf(0.975)


def frame(rng: np.random.Generator, *, groups: int = 0, balanced: bool = False) -> pd.DataFrame:
    """Draw groups with a category and a number at each level, in which some cells may be empty."""
    j = groups or int(rng.integers(6, 18))
    sizes = np.full(j, 12) if balanced else rng.integers(6, 19, size=j)
    g = np.repeat(np.arange(j), sizes)
    kind = rng.permutation(np.resize(["p", "q", "r"], j))
    found = pd.DataFrame({"g": [f"g{i:02d}" for i in g], "kind": kind[g]})
    found["sex"] = rng.choice(["f", "m"], len(g))
    lonely = rng.choice(["p", "q", "r", "none"], p=[0.2, 0.2, 0.2, 0.4])
    found.loc[found["kind"] == lonely, "sex"] = rng.choice(["f", "m"])
    other = rng.choice(["q", "r", "none"])
    if other != lonely:
        found.loc[found["kind"] == other, "sex"] = rng.choice(["f", "m"])
    found["x"] = rng.normal(3.0, 1.0, len(g)).round(2)
    found["z"] = rng.normal(size=j).round(2)[g]
    found["y"] = rng.normal(size=j)[g] + 0.5 * found["x"] + rng.normal(size=len(g))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_case_that_no_row_is_is_told_everywhere_and_nowhere_else(seed: int) -> None:
    data = frame(np.random.default_rng(seed))
    model = mlm.Model("y ~ x + sex", group="g", level2={"intercept": "kind + U"})
    fit = model.fit(data)
    there = ((data["sex"] == "f") & (data["kind"] == "p")).any()
    assert (data["sex"] == "f").any()
    told = "No observation in these data is such a case."
    assert (told in fit.interpret("Intercept").rows[0].full) == (not there)
    assert (told in fit.report().results) == (not there)
    caption = mlm.plot.group_lines(fit, "x").caption
    assert ("a case that no row of the data is" in caption) == (not there)
    assert told not in fit.interpret("x").rows[0].full


def shared(data: pd.DataFrame, pair: tuple[str, str]) -> tuple[bool, bool]:
    """Whether two kinds of groups have a sex in common, and whether one of them has but one."""
    first, second = (set(data.loc[data["kind"] == value, "sex"]) for value in pair)
    return bool(first & second), min(len(first), len(second)) == 1


def overlap(data: pd.DataFrame, pair: tuple[str, str]) -> bool:
    first, second = (data.loc[data["kind"] == value, "z"] for value in pair)
    return bool(max(first.min(), second.min()) <= min(first.max(), second.max()))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_held_fixed_can_be(seed: int) -> None:
    data = frame(np.random.default_rng(seed))
    model = mlm.Model("y ~ x + sex", group="g", level2={"intercept": "kind + z + U"})
    fit = model.fit(data)
    for name, value in (("kind[T.q]", "q"), ("kind[T.r]", "r")):
        text = fit.interpret(name).rows[0].full
        common, single = shared(data, ("p", value))
        tail = re.search(r", with ([^(]*) held fixed", text)
        assert tail
        assert ("sex" in tail[1]) == common, text
        assert ("z" in re.split(r", | and ", tail[1])) == overlap(data, ("p", value)), text
        assert ("Sex cannot be held fixed here" in text) == (not common)
        assert ("sex has one value only" in text) == (common and single), text
        assert ("Sex cannot be held fixed here" in text) <= (text[:60] in fit.report().results)
        for language in ("en", "de"):
            (row,) = fit.interpret(name, language=language)
            assert list(faults(row.full, language)) == [], row.full
            assert unexplained(row.full, row.numbers, language) == [], row.full


@pytest.mark.parametrize("seed", range(4))
def test_a_column_that_moves_along_is_not_held_fixed(seed: int) -> None:
    """A square, a product or a logarithm may be a column of the frame, and no formula tells."""
    rng = np.random.default_rng(seed)
    data = frame(rng).assign(w=lambda d: rng.normal(size=len(d)).round(2))
    data["made"] = [data["x"] ** 2, data["x"] * data["w"], np.log(data["x"].clip(lower=0.5)), 0.0][
        seed
    ] + (rng.normal(size=len(data)) if seed == 3 else 0.0)
    free = seed == 3 or (seed == 2 and (data["x"] < 0.5).any())
    fit = mlm.Model("y ~ x + made + w", group="g").fit(data)
    for name, other in (("x", "made"), ("made", "x")):
        text = fit.interpret(name).rows[0].full
        tail = re.search(r", with ([^(]*) held fixed", text)
        held = re.split(r", | and ", tail[1]) if tail else []
        assert (other in held) == free, text
        assert (f"{upper_first(other)} changes along with" in text) == (not free), text
        assert ("w" in held) == (name == "x" or seed != 1), text


def zeros_and_ones(rng: np.random.Generator, *, slope: bool = False) -> Fit:
    data = frame(rng)
    groups = data["g"].unique()
    u = dict(zip(groups, rng.normal(0.0, rng.choice([0.05, 0.3]), len(groups)), strict=True))
    p = np.clip(rng.uniform(0.1, 0.9) + data["g"].map(u) + 0.1 * (data["x"] - 3.0), 0.02, 0.98)
    data["y"] = (rng.random(len(data)) < p) * 1
    level2 = {"intercept": "z + U"} | ({"x": "U"} if slope else {})
    return mlm.Model("y ~ x + sex", group="g", level2=level2).fit(data)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("seed", range(4))
def test_an_outcome_of_0_and_1_is_a_probability(seed: int, language: str) -> None:
    fit = zeros_and_ones(np.random.default_rng(seed), slope=seed % 2 == 1)
    model = {"en": "linear probability model", "de": "lineares Wahrscheinlichkeitsmodell"}[language]
    share = {"en": "percentage point", "de": "Prozentpunkt"}[language]
    report = fit.report(language=language)
    assert model in report.methods
    assert model in report.results
    line, *departures = fit.interpret(group="g01", language=language)
    assert model in line.full
    assert all(share in row.full for row in departures if row.numbers[f"reliability {row.name}"])
    for row in fit.interpret(language=language):
        assert list(faults(row.full, language)) == [], row.full
        assert unexplained(row.full, row.numbers, language) == [], row.full
        assert not re.search(r"95 % of them|95 % liegen", row.full), row.full
        if row.role == "γ":
            assert model in row.full
            assert (share in row.full) == (row.name != "Intercept"), row.full
    # the claim on the difference, from the estimate
    number = abs(100 * fit.params["sex[T.m]"])
    text = fit.interpret("sex[T.m]", language=language).rows[0].told.lead
    said = re.search(rf"([\d.,]+) {share}", text)
    assert said
    digits = said[1].replace(",", ".")
    assert float(digits) == pytest.approx(number, abs=0.51 * 10.0 ** -len(digits.partition(".")[2]))
    variance, normal = [fit.assumptions()[n].text for n in ("equal variance", "normal residuals")]
    assert "cannot hold" in variance
    assert "cannot hold" in normal


@pytest.mark.parametrize("seed", range(10))
def test_a_range_beyond_0_and_1_is_said_to_be_the_model_s(seed: int) -> None:
    fit = zeros_and_ones(np.random.default_rng(seed))
    row = fit.interpret("tau_0^2").rows[0]
    if not fit.cov_re.loc["Intercept", "Intercept"] > 1e-8:
        return
    z = fit.frame.groupby("g")["z"].first().mean()
    half = WIDTH * fit.cov_re.loc["Intercept", "Intercept"] ** 0.5
    centre = fit.params["Intercept"] + fit.params["z"] * z
    beyond = centre - half < 0.0 or centre + half > 1.0
    assert ("where no probability can be" in row.full) == beyond, row.full


@pytest.mark.parametrize("seed", range(6))
def test_a_share_is_not_kept_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = frame(rng)
    data["y"] = 1.0 / (1.0 + np.exp(-rng.normal(rng.choice([-3.0, 0.0, 2.5]), 1.0, len(data))))
    fit = mlm.Model("y ~ x", group="g").fit(data)
    mean, sd = data["y"].mean(), data["y"].std(ddof=0)
    near = mean < 2 * sd or 1 - mean < 2 * sd
    assert ("If y can be read as a share" in fit.interpret("x").rows[0].full) == near
    row = fit.interpret("sigma^2").rows[0]
    band, fitted = 1.959964 * fit.scale**0.5, fit.fittedvalues
    beyond = ((fitted < band) | (fitted > 1 - band)).mean()
    assert row.numbers.get("beyond", 0.0) == pytest.approx(beyond if near else 0.0)
    assert ("below 0 or above 1" in row.full) == (near and beyond > 0)
    assert ("read as a share" in fit.assumptions()["normal residuals"].text) == near


@pytest.mark.parametrize("seed", range(6))
def test_a_band_of_counts_below_0_is_said_to_be_the_model_s(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = frame(rng)
    data["y"] = rng.poisson(rng.choice([0.8, 2.0, 60.0]) * np.exp(0.1 * (data["x"] - 3.0)))
    fit = mlm.Model("y ~ x", group="g").fit(data)
    near = data["y"].min() == 0 and data["y"].mean() < 2 * data["y"].std(ddof=0)
    row = fit.interpret("sigma^2").rows[0]
    assert ("If y can be read as a count" in fit.interpret("x").rows[0].full) == near
    below = (fit.fittedvalues < WIDTH * fit.scale**0.5).mean()
    assert row.numbers.get("beyond", 0.0) == pytest.approx(below if near else 0.0)
    assert ("that band reaches below 0" in row.full) == (near and below > 0)
    assert unexplained(row.full, row.numbers) == []
    normal = fit.assumptions()["normal residuals"].text
    assert ("can be read as a count" in normal) == near


@pytest.mark.parametrize("seed", range(10))
def test_an_intercept_without_predictors_is_an_average_of_means_as_it_is_said(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = frame(rng, balanced=seed % 3 == 0)
    if seed % 4 == 1:  # no variation between groups
        data["y"] = rng.normal(size=len(data))
    fit = mlm.Model("y ~ 1", group="g").fit(data)
    by = data.groupby("g")["y"]
    means, n = by.mean(), by.size()
    tau = float(fit.cov_re.iloc[0, 0])
    weights = 1.0 / (tau + fit.scale / n)
    weights /= weights.sum()
    assert fit.params["Intercept"] == pytest.approx(float(weights @ means), rel=1e-8)
    text = fit.interpret("Intercept").rows[0].full
    assert ("in which each counts once" in text) == bool(np.ptp(weights) < 1e-12)
    proportion = n / n.sum()
    unequal = np.ptp(n) > 0
    rows = unequal and np.abs(weights - proportion).max() < 1e-6
    assert ("in which each counts as many times as it has" in text) == rows
    more = "in which groups with more sampled observations count more"
    assert (more in text) == (unequal and not rows)
    assert more not in text or weights.corr(n) > 0.5
    assert "mean of the means" not in text


def test_headings_say_that_a_mean_is_adjusted() -> None:
    data = frame(np.random.default_rng(1))
    for formula, level2, ends in (
        ("y ~ 1", "1 + U", "of mean y"),
        ("y ~ x + sex", "1 + U", "of mean y, given x and sex"),
        ("y ~ center_within(x)", "1 + U", "of mean y"),  # the means of groups are as they are
        ("y ~ 1", "z + U", "of mean y that the predictors of the groups leave over"),
        ("y ~ x", "z + U", "of mean y that the predictors leave over"),
    ):
        fit = mlm.Model(formula, group="g", level2={"intercept": level2}).fit(data)
        assert fit.interpret("tau_0^2").rows[0].short == f"Variance between groups {ends}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_report_says_what_the_interpretation_warns_of(seed: int) -> None:
    """Conditions, cases that are not there, curves and boundaries: all that a lead needs."""
    rng = np.random.default_rng(seed)
    data = frame(rng, groups=8 if seed % 3 == 0 else 0)
    formula = str(rng.choice(["x", "x + sex", "x + I(x**2)", "sex", "x * sex"]))
    slope = str(rng.choice(["x", "none", "none" if "x" not in formula else "x"]))
    level2 = {"intercept": str(rng.choice(["1 + U", "z + U", "kind + U"]))}
    level2 |= {"x": "U"} if slope == "x" and "x" in formula.split(" ") else {}
    fit = mlm.Model(f"y ~ {formula}", group="g", level2=level2).fit(data)
    for language in ("en", "de"):
        report, rows = fit.report(language=language), fit.interpret(language=language)
        for row in rows:
            if row.role == "U":
                continue
            for sentence in (row.told.lead, *row.told.cautions):
                assert sentence in report.results, sentence
        for text in (report.methods, report.results):
            assert list(faults(text, language)) == [], text
        known = {f"{row.symbol} {k}": v for row in rows for k, v in row.numbers.items()}
        known |= {"marginal": fit.r2.marginal, "conditional": fit.r2.conditional}
        assert unexplained(report.results, known, language) == []
    methods = fit.report().methods
    used = {name for name in ("x", "sex") if name in re.split(r"\W+", formula)}
    assert (" predictor at level 1 was " in methods) == (len(used) == 1)
    assert (" predictors at level 1 were " in methods) == (len(used) > 1)
    assert ("McNeish" in methods) == (fit.ngroups < 10)
    assert fit.singular == ("at the boundary" in fit.report().results)


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_and_groups_that_were_left_out_are_counted_and_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = frame(rng)
    share = rng.choice([0.0, 0.1])
    data.loc[rng.random(len(data)) < share, "x"] = np.nan
    labels = data["g"].unique()
    gone = sorted(rng.choice(labels, size=rng.integers(0, 3), replace=False))
    data.loc[data["g"].isin(gone), "x"] = np.nan
    fit = mlm.Model("y ~ x", group="g").fit(data)
    methods = fit.report().methods
    dropped = int(data["x"].isna().sum())
    complete = set(data.dropna()["g"])
    assert (f"left out ({dropped} of {len(data)})" in methods) == (dropped > 0)
    lost = [label for label in labels if label not in complete]
    named = re.search(
        r"Of (\d+) groups, (\d+) are left; without any complete row: (.*?)\. ", methods
    )
    assert (named is not None) == bool(lost)
    if named:
        assert (int(named[1]), int(named[2])) == (len(labels), len(complete))
        assert re.split(r", | and ", named[3]) == lost
    assert ("given the predictors of the model, whether a row is complete" in methods) == (
        dropped > 0
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_correlation_says_where_it_holds(seed: int) -> None:
    """With the zero of a predictor moved to the place that is said, it stays as it is."""
    rng = np.random.default_rng(seed)
    data = frame(rng, groups=16).assign(w=lambda d: rng.normal(size=len(d)).round(2))
    shift = rng.normal(size=16)
    data["y"] += shift[pd.factorize(data["g"])[0]] * data["x"]
    both_slopes = {"x": "U", "w": "U"} if seed % 2 else {"x": "U"}
    fit = mlm.Model("y ~ x + w", group="g", level2=both_slopes).fit(data)
    row = fit.interpret("tau_01").rows[0]
    place = "This holds for observations with x equal to 0"
    place += " and with w equal to 0." if seed % 2 else "."
    assert (place in row.full) == (not fit.singular or abs(row.numbers["correlation"]) < 1 - 1e-4)
    assert (place in fit.report().results) == (place in row.full)
