"""The four models of the slides, and numbers that nobody has to fit."""

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
