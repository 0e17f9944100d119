"""Fits with two groupings that several tests share, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.api import LayeredFit

GROWTH = {
    "formula": "math ~ year",
    "group": "schoolid/childid",
    "level2": {"intercept": "female + U", "year": "U"},
    "level3": {"intercept": "lowinc + V", "year": "lowinc + V"},
}
MODELS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "pastes": ("pastes", {"formula": "strength ~ 1", "group": "batch/cask"}, True),
    "penicillin": ("penicillin", {"formula": "diameter ~ 1", "group": "plate * sample"}, False),
    "machines": (
        "machines",
        {"formula": "score ~ 1", "group": "Worker/Machine", "level2": {"intercept": "Machine + U"}},
        True,
    ),
    "egsingle": ("egsingle", GROWTH, True),
}
"""The data, what the model is told, and whether the fit is by REML."""


def frame_of(name: str) -> pd.DataFrame:
    """The data of a fit."""
    return mlm.load(MODELS[name][0])


@cache
def layered(name: str) -> LayeredFit:
    """Fit a model once."""
    _, told, reml = MODELS[name]
    fit = mlm.Model(**told).fit(frame_of(name), reml=reml)
    assert isinstance(fit, LayeredFit)
    return fit


def dense_covariance(fit: LayeredFit) -> np.ndarray:
    """Var(y) over σ², (n, n), row by row of its definition."""
    covariance = np.eye(fit.nobs)
    for effects in fit.effects:
        z, codes = effects.layer.Z, effects.layer.codes
        own = z @ (effects.cov_re.to_numpy() / fit.scale) @ z.T
        covariance += own * (codes[:, None] == codes[None, :])
    return covariance
