"""The four models of the slides, and numbers that nobody has to fit."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm

LEVEL1 = "mathach ~ ses + minority + female"
SLIDES = {
    "null": ("mathach ~ 1", {}),
    "level1": (LEVEL1, {}),
    "slope": (LEVEL1, {"ses": "U"}),
    "full": (LEVEL1, {"intercept": "size + sector + U", "ses": "size + U"}),
}


@pytest.fixture(scope="session")
def slides() -> dict[str, mlm.Model]:
    """The models of the slides, held against the data, from which they have their symbols."""
    hsb = mlm.load("hsb")
    return {
        name: mlm.Model(formula, group="school", level2=level2, data=hsb)
        for name, (formula, level2) in SLIDES.items()
    }


TWO_GROUPINGS = {
    "three levels": mlm.Model(
        "math ~ year",
        group="school/child",
        level2={"intercept": "female + U", "year": "female + U"},
        level3={"intercept": "size + V", "year": "size + V"},
    ),
    "a V of every δ": mlm.Model(
        "math ~ year",
        group="school/child",
        level2={"intercept": "female + U", "year": "U"},
        level3={"intercept": "V", "female": "V", "year": "size + V"},
        covariance3=(("Intercept", "female"), ("year",)),
    ),
    "crossed": mlm.Model(
        "attain ~ sex",
        group="primary * second",
        level2={"intercept": "denomination + U", "sex": "U"},
        level3={"intercept": "roll + V", "sex": "roll + V"},
    ),
}
"""Of three levels, and of groupings that cross."""


def estimates_of_two_groupings(model: mlm.Model) -> mlm.Estimates:
    """Numbers for a model, chosen for their signs and sizes."""
    names = [gamma.name for gamma in model.gammas]
    lower = [c.term.name for c in model.random]
    upper = [effect.term.name for effect in model.upper_random]

    def matrix(named: list[str], start: float) -> pd.DataFrame:
        values = np.full((len(named), len(named)), -0.031)
        np.fill_diagonal(values, start / np.arange(1, len(named) + 1))
        return pd.DataFrame(values, index=named, columns=named)

    sizes = np.array([1.25, -0.0031, 0.25, 0.5, -2.0, 0.125])[: len(names)]
    return mlm.Estimates(
        params=pd.Series(sizes, index=names),
        bse=pd.Series(np.abs(sizes) / 8, index=names),
        cov_re=matrix(lower, 0.64),
        cov_re3=matrix(upper, 0.168),
        scale=0.301,
    )


@pytest.fixture(scope="session")
def full(slides: dict[str, mlm.Model]) -> mlm.Model:
    return slides["full"]


@pytest.fixture(scope="session")
def estimates(full: mlm.Model) -> mlm.Estimates:
    """Numbers for the full model, chosen for their signs and sizes."""
    names = [gamma.name for gamma in full.gammas]
    random = ["Intercept", "ses"]
    return mlm.Estimates(
        params=pd.Series([12.4, 0.00029, 2.1, 2.39, -0.000214, -2.969, -0.3], index=names),
        bse=pd.Series([0.31, 0.00018, 0.283, 0.2, 0.00016, 0.206, 0.162], index=names),
        cov_re=pd.DataFrame([[2.10, -0.154], [-0.154, 0.413]], index=random, columns=random),
        scale=35.9,
    )
