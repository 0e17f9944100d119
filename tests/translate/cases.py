"""Models that are written for other programs, run there, and compared with our own fit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.api import Fit, GeneralizedFit, LayeredFit

FIXED = "mathach ~ ses + minority + female"
GROUPS = {
    "hsb": "school",
    "exam": "school",
    "sleepstudy": "Subject",
    "dyestuff": "Batch",
    "cbpp": "herd",
    "contraception": "district",
    "grouseticks": "BROOD",
}


@dataclass(frozen=True)
class Case:
    """A model; ``names`` says what a program calls the columns that our formula computes."""

    dataset: str
    formula: str
    level2: dict[str, str] = field(default_factory=dict)
    covariance: str | tuple[tuple[str, ...], ...] = "unstructured"
    reml: bool = True
    names: dict[str, str] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def script(self, program: str) -> str:
        """Write the model for a program, as the snapshots hold it."""
        return str(self.model.code(program, reml=self.reml, data=self.dataset))

    @property
    def frame(self) -> pd.DataFrame:
        frame = mlm.load(self.dataset).rename(columns=self.rename)
        for number, column in enumerate(self.missing):
            frame.loc[frame.index[number :: 7 + number], column] = None
        return frame

    @property
    def model(self) -> mlm.Model:
        frame = self.frame
        group = GROUPS[self.dataset]
        return mlm.Model(
            self.formula,
            group=self.rename.get(group, group),
            level2=self.level2,
            covariance=self.covariance,
            data=frame,
        )


CASES = {
    # the four models of the slides
    "null": Case("hsb", "mathach ~ 1"),
    "level1": Case("hsb", FIXED),
    "slope": Case("hsb", FIXED, {"ses": "U"}),
    "cross_level": Case("hsb", FIXED, {"intercept": "size + sector + U", "ses": "size + U"}),
    "centred": Case(
        "hsb",
        "mathach ~ center_within(ses) + center(female)",
        {
            "intercept": "group_mean(ses) + standardize(size) + U",
            "center_within(ses)": "I(size / 1000) + U",
        },
        reml=False,
        names={
            "center_within(ses)": "ses_within",
            "center(female)": "female_c",
            "group_mean(ses)": "ses_mean",
            "standardize(size)": "size_z",
            "I(size / 1000)": "size_per_1000",
        },
    ),
    "functions": Case(
        "hsb",
        "log(mathach + 4) ~ ses + I(ses ** 2)",
        {"intercept": "np.log(size) + U"},
        names={"I(ses ** 2)": "ses_sq", "np.log(size)": "log_size"},
    ),
    # Exam: a category with three values, and a category whose coefficient is random
    "categories": Case(
        "exam", "normexam ~ standLRT + sex", {"intercept": "schgend + U", "standLRT": "schgend + U"}
    ),
    "random_category": Case(
        "hsb",
        "mathach ~ ses + C(minority)",
        {"intercept": "sector + U", "C(minority)": "sector + U"},
        reml=False,
        names={"C(minority)": "minority"},
    ),
    # categories that programs would not code as we do: indicators, made in the data
    "not_marginal": Case(
        "hsb",
        "mathach ~ ses + C(minority)",
        {"C(minority)": "sector + U"},
        names={
            "C(minority)[T.1]": "minority_1",
            "C(minority)[0]": "minority_0",
            "C(minority)[1]": "minority_1",
        },
    ),
    "diagonal_category": Case(
        "hsb",
        "mathach ~ ses + C(minority)",
        {"intercept": "1", "C(minority)": "U", "ses": "U"},
        "diagonal",
        names={
            "C(minority)[T.1]": "minority_1",
            "C(minority)[0]": "minority_0",
            "C(minority)[1]": "minority_1",
        },
    ),
    # rows with missing values go before means are taken
    "missing": Case(
        "exam",
        "normexam ~ center_within(standLRT) + sex",
        {"intercept": "group_mean(standLRT) + U"},
        names={
            "center_within(standLRT)": "standLRT_within",
            "group_mean(standLRT)": "standLRT_mean",
        },
        missing=("normexam", "sex"),
    ),
    # sleepstudy: lme4's ||, a slope without an intercept, no mean at all
    "diagonal": Case("sleepstudy", "Reaction ~ Days", {"Days": "U"}, "diagonal"),
    "slope_only": Case(
        "sleepstudy", "Reaction ~ Days", {"intercept": "1", "Days": "U"}, reml=False
    ),
    "no_intercept": Case("sleepstudy", "Reaction ~ Days", {"intercept": "0 + U", "Days": "U"}),
    "blocks": Case(
        "hsb",
        FIXED,
        {"ses": "U", "minority": "U"},
        (("Intercept", "minority"), ("ses",)),
    ),
    "text_group": Case("dyestuff", "Yield ~ 1"),
    "renamed": Case(
        "dyestuff",
        "`the yield` ~ 1",
        rename={"Yield": "the yield", "Batch": "batch number"},
    ),
}


@dataclass(frozen=True)
class GeneralizedCase(Case):
    """A model of a yes/no outcome or a count; ``columns`` are made of those of the data."""

    options: dict[str, Any] = field(default_factory=dict)
    points: int = 1
    columns: dict[str, Callable[[pd.DataFrame], pd.Series]] = field(default_factory=dict)

    def script(self, program: str) -> str:
        return str(self.model.code(program, points=self.points, data=self.dataset))

    @property
    def frame(self) -> pd.DataFrame:
        made = mlm.load(self.dataset).assign(**self.columns)
        for number, column in enumerate(self.missing):
            made[column] = made[column].where(made.index % (7 + number) != number)
        return made

    @property
    def model(self) -> mlm.Model:
        return mlm.Model(
            self.formula,
            group=GROUPS[self.dataset],
            level2=self.level2,
            covariance=self.covariance,
            data=self.frame,
            **self.options,
        )


TICKS = {"center(HEIGHT)": "HEIGHT_c"}

GENERALIZED = {
    "trials": GeneralizedCase(
        "cbpp",
        "incidence ~ period",
        options={"family": "binomial", "trials": "size"},
        points=7,
        missing=("size", "incidence"),
    ),
    "cloglog": GeneralizedCase(
        "cbpp",
        "incidence ~ period",
        options={"family": "binomial", "link": "cloglog", "trials": "size"},
        points=9,
    ),
    "zero_one": GeneralizedCase(
        "contraception",
        "use ~ age + urban",
        {"urban": "U"},
        options={"family": "binomial"},
    ),
    "event": GeneralizedCase(
        "contraception",
        "answer ~ age + I(age ** 2) + urban + livch",
        options={"family": "binomial", "link": "probit", "event": "does"},
        points=11,
        names={"I(age ** 2)": "age_sq"},
        columns={"answer": lambda frame: frame["use"].map({0: "won't", 1: "does"})},
        missing=("answer", "urban"),
    ),
    "truth": GeneralizedCase(
        "contraception",
        "uses ~ center(age) + urban",
        {"urban": "U"},
        "diagonal",
        options={"family": "binomial"},
        names={"center(age)": "age_c"},
        columns={"uses": lambda frame: frame["use"] == 1},
    ),
    "codes": GeneralizedCase(
        "contraception",
        "code ~ age",
        options={"family": "binomial", "event": 1},
        columns={"code": lambda frame: frame["use"] + 1},
    ),
    "exposure": GeneralizedCase(
        "grouseticks",
        "TICKS ~ 1",
        {"intercept": "center(HEIGHT) + YEAR + U"},
        options={"family": "poisson", "exposure": "area"},
        names=TICKS,
        columns={"area": lambda frame: 0.5 + frame["INDEX"] % 4},
        missing=("area", "TICKS"),
    ),
    "shape": GeneralizedCase(
        "grouseticks",
        "TICKS ~ 1",
        {"intercept": "center(HEIGHT) + YEAR + U"},
        options={"family": "negbin", "exposure": "area"},
        names=TICKS,
        columns={"area": lambda frame: 0.5 + frame["INDEX"] % 4},
    ),
}


@cache
def pupils() -> pd.DataFrame:
    """Pupils in classes, numbered from 1 in each school, who come from 20 primary schools."""
    rng = np.random.default_rng(1)
    school = np.repeat(np.arange(1, 16), 40)
    number = np.tile(np.repeat(np.arange(1, 6), 8), 15)
    own = (school - 1) * 5 + number - 1
    primary = rng.integers(0, 20, 600)
    x = rng.normal(size=600) + 0.5 * rng.normal(size=75)[own]
    z, w = rng.normal(size=75)[own], rng.normal(size=15)[school - 1]
    intercept = 2 + 0.4 * w + (0.3 + 0.6 * rng.normal(size=15))[school - 1] * z
    slope = np.full(600, 0.5)
    for codes, groups, spread in ((own, 75, 0.7), (school - 1, 15, 0.8), (primary, 20, 0.6)):
        intercept += spread * rng.normal(size=groups)[codes]
        slope += 0.4 * rng.normal(size=groups)[codes]
    frame = pd.DataFrame(
        {
            "y": intercept + slope * x + rng.normal(size=600),
            "x": x,
            "z": z,
            "w": w,
            "kind": np.array(["town", "village", "city"])[school % 3],
            "school": school,
            "class": number,
            "primary": [f"p {k:02}" for k in primary],
        }
    ).round(3)
    frame.loc[[7, 11], "x"] = None
    return frame


@dataclass(frozen=True)
class GroupedCase(Case):
    """A model with two groupings; ``refusing`` are the programs that do not have it."""

    grouping: str = "school/class"
    level3: dict[str, str] = field(default_factory=dict)
    covariance3: str | None = None
    refusing: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        return pupils()

    @property
    def model(self) -> mlm.Model:
        return mlm.Model(
            self.formula,
            group=self.grouping,
            level2=self.level2,
            level3=self.level3,
            covariance=self.covariance,
            covariance3=self.covariance3,
            data=self.frame,
        )


GROUPED = {
    "nested": GroupedCase("pupils", "y ~ x"),
    "levels": GroupedCase(
        "pupils",
        "y ~ center_within(x)",
        {"intercept": "group_mean(x) + z + U", "center_within(x)": "U"},
        level3={"intercept": "kind + w + V", "z": "w + V"},
        names={
            "center_within(x)": "x_within",
            "group_mean(x)": "x_mean",
            "kind[T.town]": "kind_town",
            "kind[T.village]": "kind_village",
        },
        refusing=("statsmodels",),
    ),
    "upper": GroupedCase(
        "pupils", "y ~ x", level3={"x": "w + V"}, covariance3="unstructured", reml=False
    ),
    "apart": GroupedCase("pupils", "y ~ x", {"x": "U"}, "diagonal", level3={"x": "w + V"}),
    "crossed": GroupedCase(
        "pupils", "y ~ x", grouping="primary * school", level3={"intercept": "w + V"}, reml=False
    ),
    "crossed_slope": GroupedCase(
        "pupils",
        "y ~ x",
        {"x": "U"},
        grouping="primary * school",
        refusing=("nlme", "statsmodels"),
    ),
    "crossed_apart": GroupedCase(
        "pupils",
        "y ~ x",
        {"x": "U"},
        "diagonal",
        grouping="primary * school",
        level3={"x": "V"},
        refusing=("stata",),
    ),
}


def grouped_scripts(program: str) -> list[str]:
    """Name the models with two groupings that a program has."""
    return [name for name, case in GROUPED.items() if program not in case.refusing]


@cache
def own_grouped_fit(name: str) -> LayeredFit:
    case = GROUPED[name]
    fit = case.model.fit(case.frame, reml=case.reml)
    assert isinstance(fit, LayeredFit)
    return fit


@cache
def own_generalized_fit(name: str) -> GeneralizedFit:
    case = GENERALIZED[name]
    return case.model.fit(case.frame, points=case.points)


@cache
def own_fit(name: str) -> Fit:
    case = CASES[name]
    return case.model.fit(case.frame, reml=case.reml)


def their_name(name: str, case: Case, *, level: str) -> frozenset[str]:
    """Say what a program calls a term of ours; ``level`` is its form of a contrast."""
    if name == "Intercept":
        return frozenset()
    factors = []
    for factor in name.split(":"):
        if factor in case.names:
            factors.append(case.names[factor])
            continue
        column, _, contrast = factor.partition("[T.")
        column = case.names.get(column, column)
        factors.append(level.format(column, contrast[:-1]) if contrast else column)
    return frozenset(factors)


def expected(name: str, *, level: str) -> dict[str, dict[frozenset[frozenset[str]], float]]:
    """Give our estimates under their names."""
    return _theirs(CASES[name], own_fit(name), level=level) | {
        "sigma2": {frozenset(): own_fit(name).scale}
    }


def expected_generalized(
    name: str, *, level: str
) -> dict[str, dict[frozenset[frozenset[str]], float]]:
    """Give our estimates of a yes/no outcome or a count under their names."""
    return _theirs(GENERALIZED[name], own_generalized_fit(name), level=level)


def expected_grouped(name: str, *, level: str) -> dict[str, dict[Any, float]]:
    """Give our estimates with two groupings; the name of the grouping stands beside those of τ."""
    case, fit = GROUPED[name], own_grouped_fit(name)
    terms = {term: their_name(term, case, level=level) for term in fit.params.index}
    tau = {}
    for group, matrix in fit.cov_re.items():
        effects = {term: their_name(term, case, level=level) for term in matrix.index}
        tau |= {
            (group, frozenset({effects[a], effects[b]})): matrix.loc[a, b]
            for a in effects
            for b in effects
            if matrix.loc[a, b] != 0
        }
    return {
        "gamma": {frozenset({terms[t]}): value for t, value in fit.params.items()},
        "se": {frozenset({terms[t]}): value for t, value in fit.bse.items()},
        "tau": tau,
        "criterion": {frozenset(): fit.criterion},
        "sigma2": {frozenset(): fit.scale},
    }


def _theirs(
    case: Case, fit: Fit | GeneralizedFit, *, level: str
) -> dict[str, dict[frozenset[frozenset[str]], float]]:
    terms = {term: their_name(term, case, level=level) for term in fit.params.index}
    effects = {term: their_name(term, case, level=level) for term in fit.cov_re.index}
    return {
        "gamma": {frozenset({terms[t]}): value for t, value in fit.params.items()},
        "se": {frozenset({terms[t]}): value for t, value in fit.bse.items()},
        "tau": {
            frozenset({effects[a], effects[b]}): fit.cov_re.loc[a, b]
            for a in effects
            for b in effects
            if fit.cov_re.loc[a, b] != 0
        },
        "criterion": {frozenset(): fit.criterion},
    }


def read_name(name: str) -> frozenset[str]:
    """Read what a program calls a term."""
    return frozenset() if name in {"(Intercept)", "Intercept"} else frozenset(name.split(":"))
