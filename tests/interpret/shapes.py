"""Models of many shapes, each with data and fixed parameters."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.api import Model
from mlmteach.model.estimates import Estimates

VALUES = (12.5, 2.13, -1.31, 0.52, -0.0314, 0.0011, -2.4, 0.75)
SHARES = (0.2, 0.15, 0.8, 0.1)  # standard errors relative to the values


def fixed(model: Model) -> Estimates:
    """Give parameters for a bound model: always the same, without a fit."""
    names = [gamma.name for gamma in model.gammas]
    values = np.array([VALUES[i % len(VALUES)] for i in range(len(names))])
    errors = np.array([abs(v) * SHARES[i % len(SHARES)] for i, v in enumerate(values)])
    random = [c.term.name for c in model.random]
    sd = np.array([2.0, 0.5, 0.3, *[0.2] * 9][: len(random)])
    correlation = np.where(np.eye(len(random)) > 0, 1.0, -0.3)
    for i in range(len(random)):
        for j in range(len(random)):
            if not any(i in block and j in block for block in model.blocks):
                correlation[i, j] = 0.0
    return Estimates(
        params=pd.Series(values, names),
        bse=pd.Series(errors, names),
        cov_re=pd.DataFrame(correlation * np.outer(sd, sd), random, random),
        scale=36.0,
    )


@cache
def data(name: str) -> pd.DataFrame:
    frame = mlm.load(name)
    if name == "hsb":
        frame["cses"] = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
        frame["ses3"] = pd.cut(frame["ses"], [-9, -0.5, 0.5, 9], labels=["low", "mid", "high"])
    return frame


def hsb(formula: str, **level2: str) -> Model:
    return Model(formula, group="school", level2=level2, data=data("hsb"))


SHAPES: dict[str, tuple[str, Callable[[], Model]]] = {
    "null": ("hsb", lambda: hsb("mathach ~ 1")),
    "level-1": ("hsb", lambda: hsb("mathach ~ ses + minority + female")),
    "random slope": ("hsb", lambda: hsb("mathach ~ ses + minority + female", ses="U")),
    "cross-level": (
        "hsb",
        lambda: hsb(
            "mathach ~ ses + minority + female", intercept="size + sector + U", ses="size + U"
        ),
    ),
    "two moderators": (
        "hsb",
        lambda: hsb("mathach ~ ses", intercept="size + sector + U", ses="size + sector + U"),
    ),
    "dummy moderated": ("hsb", lambda: hsb("mathach ~ female", female="sector + size + U")),
    "within": ("hsb", lambda: hsb("mathach ~ center_within(ses)")),
    "within, computed": ("hsb", lambda: hsb("mathach ~ cses", cses="sector + U")),
    "between": (
        "hsb",
        lambda: hsb("mathach ~ center_within(ses)", intercept="group_mean(ses) + U"),
    ),
    "between, from a column": (
        "hsb",
        lambda: Model(
            "mathach ~ center_within(ses)",
            group="school",
            level2={"intercept": "meanses + U", "center_within(ses)": "meanses + sector + U"},
            data=data("hsb"),
        ),
    ),
    "contextual": ("hsb", lambda: hsb("mathach ~ ses", intercept="meanses + U")),
    "between only": ("hsb", lambda: hsb("mathach ~ 1", intercept="meanses + U")),
    "grand mean": ("hsb", lambda: hsb("mathach ~ center(ses)", intercept="center(size) + U")),
    "standardized": ("hsb", lambda: hsb("mathach ~ scale(ses)", intercept="scale(size) + U")),
    "logarithm": ("hsb", lambda: hsb("mathach ~ ses", intercept="log(size) + U", ses="log2(size)")),
    "moved and scaled": (
        "hsb",
        lambda: hsb("mathach ~ ses", intercept="I((size - 1000) / 100) + U"),
    ),
    "square": ("hsb", lambda: hsb("mathach ~ ses + I(ses**2)")),
    "square at level 2": ("hsb", lambda: hsb("mathach ~ 1", intercept="size + I(size**2) + U")),
    "level-1 interaction": ("hsb", lambda: hsb("mathach ~ ses + female + ses:female")),
    "two dummies": ("hsb", lambda: hsb("mathach ~ minority * female")),
    "level-2 interaction": (
        "hsb",
        lambda: hsb("mathach ~ 1", intercept="size + sector + size:sector + U"),
    ),
    "three-way": ("hsb", lambda: hsb("mathach ~ ses * female", **{"ses:female": "sector"})),
    "many categories": (
        "exam",
        lambda: Model(
            "normexam ~ standLRT + sex",
            group="school",
            level2={"intercept": "schgend + U", "standLRT": "schgend + U"},
            data=data("exam"),
        ),
    ),
    "categories at level 1": ("hsb", lambda: hsb("mathach ~ ses3 + female")),
    "sum contrasts": ("hsb", lambda: hsb("mathach ~ C(ses3, contr.sum)")),
    "spline": ("hsb", lambda: hsb("mathach ~ poly(ses, 2)")),
    "log outcome": (
        "sleepstudy",
        lambda: Model(
            "log(Reaction) ~ Days", group="Subject", level2={"Days": "U"}, data=data("sleepstudy")
        ),
    ),
    "growth": (
        "sleepstudy",
        lambda: Model(
            "Reaction ~ Days", group="Subject", level2={"Days": "U"}, data=data("sleepstudy")
        ),
    ),
    "growth, uncorrelated": (
        "sleepstudy",
        lambda: Model(
            "Reaction ~ Days",
            group="Subject",
            level2={"Days": "U"},
            covariance="diagonal",
            data=data("sleepstudy"),
        ),
    ),
    "no mean slope": (
        "sleepstudy",
        lambda: Model(
            "Reaction ~ Days", group="Subject", level2={"Days": "0 + U"}, data=data("sleepstudy")
        ),
    ),
    "no intercept": (
        "sleepstudy",
        lambda: Model(
            "Reaction ~ 0 + Days", group="Subject", level2={"Days": "U"}, data=data("sleepstudy")
        ),
    ),
    "two slopes": ("hsb", lambda: hsb("mathach ~ ses + female", ses="U", female="U")),
    "growth of children": (
        "orthodont",
        lambda: Model(
            "distance ~ age",
            group="Subject",
            level2={"intercept": "Sex + U", "age": "Sex + U"},
            data=data("orthodont"),
        ),
    ),
}
