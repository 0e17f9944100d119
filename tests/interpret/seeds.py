"""The four models of the slides, fitted once."""

import re
from functools import cache

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.api import Fit

SEED = {
    "null": ("mathach ~ 1", {}),
    "level-1": ("mathach ~ ses + minority + female", {}),
    "random slope": ("mathach ~ ses + minority + female", {"ses": "U"}),
    "cross-level": (
        "mathach ~ ses + minority + female",
        {"intercept": "size + sector + U", "ses": "size + U"},
    ),
}


@cache
def seed(name: str) -> Fit:
    formula, level2 = SEED[name]
    return mlm.Model(formula, group="school", level2=level2).fit(mlm.load("hsb"))


def without_labels(text: str, fit: Fit) -> str:
    """Take the names of groups out, which are no estimates."""
    labels = "|".join(map(str, fit.random_effects.index))
    return re.sub(rf"\b({labels})(?= \()|(?<=school )({labels})\b", "", text)


def noise() -> Fit:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"town": np.repeat(list("abcdefgh"), 8), "x": rng.normal(size=64)})
    frame["y"] = rng.normal(size=64) + np.repeat(rng.normal(size=8), 8)
    return mlm.Model("y ~ x", group="town").fit(frame)
