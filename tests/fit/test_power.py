"""Power by simulation, against closed forms, and what a plan may say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import mlmteach as mlm
from mlmteach.errors import DataError, ModelError, OptionError
from mlmteach.fit.power import Study

TREATMENT = mlm.Model("y ~ 1", group="school", level2={"intercept": "z + U"})
HALVES = {"z": [0, 1] * 10}
TRUE = {"gamma": {"Intercept": 0, "z": 0.6}, "tau": 0.2, "sigma2": 1}


def closed_form(gamma: float, groups: int, size: int, tau: float, sigma2: float) -> float:
    """A balanced trial with groups randomised: the t test of the groups' means, J - 2 df."""
    shift = gamma / np.sqrt((tau + sigma2 / size) / (groups / 4))
    critical = stats.t.ppf(0.975, groups - 2)
    return stats.nct.sf(critical, groups - 2, shift) + stats.nct.cdf(-critical, groups - 2, shift)


@pytest.mark.parametrize("gamma", [0.0, 0.6, 1.0])
def test_balanced_random_intercept(gamma):
    plan = {**TRUE, "gamma": {"Intercept": 0, "z": gamma}}
    found = TREATMENT.power(
        "z", groups=20, size=10, **plan, predictors=HALVES, n=600, seed=11, progress=False
    )
    expected = closed_form(gamma, 20, 10, 0.2, 1.0)
    error = np.sqrt(expected * (1 - expected) / 600)
    assert abs(found.estimate - expected) < 3.5 * error
    assert found.lower <= found.estimate <= found.upper
    assert abs(found.mean - gamma) < 4 * np.sqrt(0.3 / 5 / 600)


def test_same_result_whatever_the_workers():
    plan = {"groups": 12, "size": 5, "n": 30, "seed": 4, "progress": False, **TRUE}
    alone = TREATMENT.power("z", **plan)
    with ThreadPoolExecutor(3) as executor:
        assert TREATMENT.power("z", **plan, executor=executor) == alone


def test_more_studies_are_those_of_a_longer_run(tmp_path):
    plan = {"groups": 12, "size": 5, "seed": 4, "progress": False, **TRUE}
    whole = TREATMENT.power("z", **plan, n=14)
    assert TREATMENT.power("z", **plan, n=9).more(5, progress=False) == whole
    path = tmp_path / "power.jsonl"
    TREATMENT.power("z", **plan, n=9, checkpoint=path)
    assert TREATMENT.power("z", **plan, n=14, checkpoint=path) == whole
    with pytest.raises(DataError, match="its means of the predictors is"):
        TREATMENT.power("z", **plan, n=14, checkpoint=path, predictors={"z": [0, 1] * 6})


def test_interval_is_clopper_and_pearsons():
    found = TREATMENT.power("z", groups=12, size=5, n=40, seed=4, progress=False, **TRUE)
    hits = round(found.estimate * found.n)
    exact = stats.binomtest(hits, found.n).proportion_ci(method="exact")
    assert_allclose([found.lower, found.upper], exact)
    assert "12 groups" in str(found)
    assert f"{found.estimate:.3f}" in str(found)


def test_predictors_are_what_the_plan_says():
    model = mlm.Model("y ~ x + t + own", group="g", level2={"intercept": "z + m + U"})
    study = Study(
        model,
        np.full(30, 4),
        {
            "x": stats.bernoulli(0.3),
            "t": [0, 1, 2, 3],
            "z": stats.norm(10, 0.1),
            "m": lambda frame, _: frame.groupby("g")["x"].transform("mean"),
        },
    )
    frame = study.frame(np.random.default_rng(1))
    assert set(frame["x"]) == {0, 1}
    assert frame["t"].tolist() == [0, 1, 2, 3] * 30
    assert (frame.groupby("g")["z"].nunique() == 1).all()
    assert abs(frame["z"].mean() - 10) < 0.2
    assert_allclose(frame["m"], frame.groupby("g")["x"].transform("mean"))
    assert frame["own"].nunique() == 120


def test_groups_of_different_sizes():
    sizes = [3] * 10 + [20] * 10
    found = TREATMENT.power("z", groups=20, size=sizes, n=10, seed=1, progress=False, **TRUE)
    assert found.rows == sum(sizes)


def test_refusals():
    plan = {"groups": 20, "size": 10, "n": 5, "progress": False, **TRUE}

    def refuse(error, match, term="z", **changes):
        with pytest.raises(error, match=match):
            TREATMENT.power(term, **{**plan, **changes})

    refuse(ModelError, "no coefficient 'w'", term="w")
    refuse(ModelError, "no coefficient 'w'", gamma={"Intercept": 0, "z": 1, "w": 1})
    refuse(ModelError, "'Intercept' is not given", gamma={"z": 1})
    refuse(ModelError, "T has shape", tau=np.eye(2))
    refuse(ModelError, "no covariance matrix", tau=-1.0)
    refuse(OptionError, "σ² of 0", sigma2=0)
    refuse(OptionError, "α of 5", alpha=5)
    refuse(OptionError, "1 groups", groups=1)
    refuse(OptionError, "20 groups of 2.5 rows", size=2.5)
    refuse(OptionError, "no predictor 'w'", predictors={"w": stats.norm()})
    refuse(OptionError, "has 3 values. Give 20", predictors={"z": [1, 2, 3]})
