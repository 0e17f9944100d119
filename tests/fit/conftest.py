"""Fits that several tests of fit/ share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from tests.fit.handmade import design, fit_handmade


@pytest.fixture(scope="session")
def small():
    """A small unbalanced fit, and the matrices of its rows."""
    rng = np.random.default_rng(8)
    labels = np.repeat(np.arange(12), rng.integers(3, 9, 12))
    x = rng.standard_normal(len(labels))
    u = rng.standard_normal((12, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    y = 2 + x + u[labels, 0] + u[labels, 1] * x + rng.standard_normal(len(labels))
    return fit_handmade(design(y, {"one": 1, "x": x}, {"one": 1, "x": x}, labels))


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    return mlm.load("sleepstudy")


@pytest.fixture(scope="session")
def growth(frame: pd.DataFrame) -> Fit:
    """A fit of a model to a frame."""
    return mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(frame)
