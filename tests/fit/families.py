"""Fits of yes/no outcomes and counts that several tests share, each made once."""

from __future__ import annotations

import warnings
from functools import cache

import mlmteach as mlm
from mlmteach.errors import SingularFitWarning
from tests.reference.glmer import frame

HERDS = {"formula": "incidence ~ period", "group": "herd", "family": "binomial", "trials": "size"}
WOMEN = {
    "formula": "use ~ age + I(age ** 2) + urban + livch",
    "group": "district",
    "family": "binomial",
}
MODELS = {
    "cbpp": ("cbpp", HERDS),
    "cbpp_probit": ("cbpp", {**HERDS, "link": "probit"}),
    "cbpp_cloglog": ("cbpp", {**HERDS, "link": "cloglog"}),
    "cbpp_long": (
        "cbpp_long",
        {"formula": "case ~ period", "group": "herd", "family": "binomial"},
    ),
    "boundary": ("boundary", {"formula": "y ~ x", "group": "group", "family": "binomial"}),
    "contraception": ("contraception", WOMEN),
    "contraception_slope": ("contraception", {**WOMEN, "level2": {"urban": "U"}}),
    "hsb": (
        "hsb",
        {
            "formula": "passed ~ ses + female",
            "group": "school",
            "level2": {"intercept": "sector + U"},
            "family": "binomial",
        },
    ),
    "hsb_cross": (
        "hsb",
        {
            "formula": "passed ~ ses",
            "group": "school",
            "level2": {"ses": "size100"},
            "family": "binomial",
        },
    ),
    "counts_slope": (
        "counts",
        {
            "formula": "y ~ x",
            "group": "group",
            "level2": {"intercept": "z + U", "x": "U"},
            "family": "poisson",
            "exposure": "time",
        },
    ),
}
"""The data and what the model is told, by a name."""


@cache
def fit_of(key: str) -> mlm.GeneralizedFit:
    """Fit one of the models by Laplace's approximation."""
    data, told = MODELS[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return mlm.Model(**told).fit(frame(data))
