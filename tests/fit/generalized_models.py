"""The models of the reference by glmer, as the package writes them, each fitted once."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import mlmteach as mlm
from mlmteach.errors import SingularFitWarning
from tests.reference.glmer import cases, frame

ADDED = re.compile(r" \+ offset\(log\((\w+)\)\)")
OUTCOMES = re.compile(r"cbind\((\w+), (\w+) - \1\)")


def model_of(case: dict[str, Any]) -> mlm.Model:
    """Write the model of a case."""
    formula, data = case["formula"], frame(case["data"])
    given: dict[str, Any] = {"family": case["family"], "link": case["link"]}
    given["family"] = "negbin" if "shape" in case else given["family"]
    if exposure := ADDED.search(formula):
        given["exposure"], formula = exposure[1], ADDED.sub("", formula)
    if trials := OUTCOMES.search(formula):
        given["trials"], formula = trials[2], OUTCOMES.sub(r"\1", formula)
    plain = mlm.Model.from_formula(formula, data=data)
    return mlm.Model(
        plain.level1_formula,
        group=plain.group,
        level2=plain.level2_formulas,
        covariance=plain.covariance,
        **given,
    )


@cache
def fit_of(key: str) -> mlm.GeneralizedFit:
    """Fit a case, by as many points as glmer."""
    case = cases()[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return model_of(case).fit(frame(case["data"]), points=case["nAGQ"])


def term_in_r(name: str) -> frozenset[str]:
    """Call a term as R calls it; the order of a product does not matter."""
    name = re.sub(r"\[T\.(.+?)\]", r"\1", name).replace(" ** ", "^")
    return frozenset({"Intercept": "(Intercept)"}.get(name, name).split(":"))
