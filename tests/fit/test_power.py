"""Power by simulation, against closed forms, and what a plan may say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import mlmteach as mlm
from mlmteach.errors import DataError, FitError, ModelError, OptionError
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


# --- outcomes that are not normal ---------------------------------------------------------

CHANCES = {"gamma": {"Intercept": 0.0, "z": 1.0}, "tau": 0.3}


def yes_or_no(**options):
    return mlm.Model("y ~ 1", group="g", level2={"intercept": "z + U"}, **options)


def test_a_null_effect_is_found_as_often_as_the_level_says():
    """Groups randomised, a z test: a bit more often, as T is estimated from 40 groups."""
    plan = {"gamma": {"Intercept": 0.5, "z": 0.0}, "tau": 0.3, "predictors": {"z": [0, 1] * 20}}
    found = yes_or_no(family="binomial").power(
        "z", groups=40, size=8, **plan, n=150, seed=6, progress=False
    )
    assert 0.02 <= found.estimate <= 0.11
    assert abs(found.mean) < 0.1


def test_trials_are_rows_together():
    """A row of 10 trials tells as much as 10 rows of one trial."""
    plan = {**CHANCES, "groups": 20, "n": 60, "seed": 3, "progress": False}
    halves = {"z": [0, 1] * 10}
    rows = yes_or_no(family="binomial").power("z", size=10, predictors=halves, **plan)
    trials = yes_or_no(family="binomial", trials="m").power(
        "z", size=1, predictors={**halves, "m": 10}, points=5, **plan
    )
    error = np.sqrt(rows.estimate * (1.0 - rows.estimate) / 30)
    assert abs(rows.estimate - trials.estimate) < 4 * error
    assert abs(rows.mean - 1.0) < 0.25
    assert abs(trials.mean - 1.0) < 0.25


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"family": "binomial", "event": "yes", "link": "probit"}, {}),
        ({"family": "poisson", "exposure": "t"}, {"predictors": {"t": stats.uniform(1, 4)}}),
        ({"family": "negbin"}, {"shape": 3.0}),
    ],
)
def test_every_family_can_be_planned(options, more):
    plan = {**CHANCES, "groups": 12, "size": 6, "n": 6, "seed": 4, "progress": False, **more}
    found = yes_or_no(**options).power("z", **plan)
    assert found.n + found.failed == 6
    assert abs(found.mean - 1.0) < 1.0
    with ThreadPoolExecutor(2) as executor:
        assert yes_or_no(**options).power("z", **plan, executor=executor) == found


def test_a_checkpoint_knows_the_family(tmp_path):
    plan = {**CHANCES, "groups": 12, "size": 6, "n": 3, "seed": 4, "progress": False}
    plan["checkpoint"] = tmp_path / "power.jsonl"
    yes_or_no(family="binomial").power("z", **plan)
    with pytest.raises(DataError, match="its criterion is 'binomial, logit, 1'"):
        yes_or_no(family="binomial").power("z", **plan, points=3)


@pytest.mark.parametrize(
    ("options", "more", "match"),
    [
        ({"family": "binomial"}, {"sigma2": 1.0}, "has no σ²"),
        ({"family": "poisson"}, {"shape": 1.0}, "has no shape"),
        ({"family": "negbin"}, {}, "The plan has no shape"),
        ({"family": "negbin"}, {"shape": 0.0}, "a shape of 0.0"),
        ({"family": "binomial", "trials": "m"}, {}, "does not say what 'm' is"),
        ({"family": "binomial"}, {"points": 0}, "no number of quadrature points"),
        ({}, {}, "The plan has no σ²"),
    ],
)
def test_plans_that_do_not_go_with_the_family(options, more, match):
    with pytest.raises(OptionError, match=match):
        yes_or_no(**options).power("z", groups=12, size=6, **CHANCES, n=2, **more)


def test_counts_that_no_machine_counts():
    plan = {**CHANCES, "gamma": {"Intercept": 90.0, "z": 0.0}, "groups": 12, "size": 6, "n": 1}
    with pytest.raises(FitError, match="would be drawn"):
        yes_or_no(family="poisson").power("z", **plan, progress=False)
