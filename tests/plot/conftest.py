"""Fits that several tests of figures share."""

import pytest

import mlmteach as mlm
from mlmteach.api import Fit


@pytest.fixture(scope="session")
def null() -> Fit:
    return mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))


@pytest.fixture(scope="session")
def full() -> Fit:
    model = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    return model.fit(mlm.load("hsb"))


@pytest.fixture(scope="session")
def sleep() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))
