"""The models of the reference by glmer, as the package writes them, each fitted once."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import mlmteach as mlm
from mlmteach.errors import SingularFitWarning
from tests.reference.glmer import cases, frame


def model_of(case: dict[str, Any]) -> mlm.Model:
    """Read the model of a case, its cbind() and offset() too."""
    return mlm.Model.from_formula(
        case["formula"],
        data=frame(case["data"]),
        family="negbin" if "shape" in case else case["family"],
        link=case["link"],
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
