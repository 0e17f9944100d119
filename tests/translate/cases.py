"""Models that are written for other programs, run there, and compared with our own fit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

import mlmteach as mlm
from mlmteach.api import Fit, GeneralizedFit

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
