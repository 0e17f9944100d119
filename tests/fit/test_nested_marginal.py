"""Three levels by Laplace's approximation: the definition, the gradient, and lme4's numbers."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.fit.design import LayeredDesign
from mlmteach.fit.generalized import find_optimum
from mlmteach.fit.layers import layered_moments
from mlmteach.fit.marginal import Marginal, Problem, grid
from mlmteach.fit.nested_marginal import NestedMarginal, nested_marginal
from mlmteach.model.family import Family
from tests.fit.handmade import column, layer

REFERENCE = Path(__file__).parents[1] / "reference"
FAMILIES = [
    Family("binomial", "logit"),
    Family("binomial", "probit"),
    Family("binomial", "cloglog"),
    Family("poisson", "log"),
    Family("negbin", "log"),
]


def small(family, seed=1, uppers=6):
    """Upper groups of one to three lower groups of one to five rows."""
    rng = np.random.default_rng(seed)
    kids = rng.integers(1, 4, uppers)
    sizes = rng.integers(1, 6, kids.sum())
    n = int(sizes.sum())
    x, trials = rng.normal(size=(2, n)), rng.integers(1, 4, n).astype(float)
    x[0] = 1.0
    y = rng.binomial(trials.astype(int), 0.4) if family.is_binomial else rng.poisson(1.5, n)
    firsts = np.append(0, np.cumsum(sizes)[:-1])
    children = np.append(0, np.cumsum(kids)[:-1])
    codes = np.repeat(np.repeat(np.arange(uppers), kids), sizes)
    problem = Problem(
        family, y.astype(float), trials, 0.1 * rng.normal(size=n), x, np.ones((2, n)),
        firsts[children], codes, ((0,), (1,)),
    )  # fmt: skip
    return NestedMarginal(problem, firsts, children)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.name}-{family.link}")
def test_gradient_is_that_of_differences(family):
    marginal = small(family)
    at = 0.6 * np.random.default_rng(2).normal(size=marginal.problem.size)
    criterion, gradient, _ = marginal.gradient(at)
    assert_allclose(criterion, marginal.criterion(at)[0], rtol=1e-12)
    differences = [
        (marginal.criterion(at + step)[0] - marginal.criterion(at - step)[0]) / 2e-5
        for step in 1e-5 * np.eye(marginal.problem.size)
    ]
    assert_allclose(gradient, differences, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES[:4], ids=lambda family: f"{family.name}-{family.link}")
def test_it_is_the_approximation_with_a_coefficient_for_each_lower_group(family):
    """An upper group's lower groups as so many U's with equal variances, in the two-level way."""
    marginal = small(family, uppers=1, seed=8)
    problem, at = marginal.problem, np.array([0.2, -0.5, 0.8, 0.6])
    lowers = len(marginal.firsts)
    assert lowers > 1
    z = np.zeros((lowers + 1, len(problem.y)))
    z[np.repeat(np.arange(lowers), marginal.sizes), np.arange(len(problem.y))] = 1.0
    z[lowers] = 1.0
    each = tuple((k,) for k in range(lowers + 1))
    whole = Problem(
        family, problem.y, problem.trials, problem.offset, problem.x, z,
        problem.firsts, problem.codes, each,
    )  # fmt: skip
    two = Marginal(whole, grid(1, lowers + 1))
    same = np.array([*at[:2], *[at[2]] * lowers, at[3]])
    assert_allclose(marginal.criterion(at)[0], two.criterion(same)[0], rtol=1e-10)
    modes, reference = marginal.modes(at), two.modes(same)
    assert_allclose(modes.b, reference.b[:, 0], rtol=1e-6, atol=1e-7)
    spread = np.diag(two.covariances(same, reference)[0]) * [*[at[2] ** 2] * lowers, at[3] ** 2]
    assert_allclose(np.concatenate(marginal.variances(at, modes)), spread, rtol=1e-7)


def test_without_the_lower_variance_it_is_the_two_level_model():
    marginal = small(FAMILIES[0])
    problem = marginal.problem
    one = Problem(
        problem.family, problem.y, problem.trials, problem.offset, problem.x, problem.z[1:],
        problem.firsts, problem.codes, ((0,),),
    )  # fmt: skip
    two = Marginal(one, grid(1, 1)).criterion(np.array([0.3, -0.2, 0.7]))[0]
    assert_allclose(marginal.criterion(np.array([0.3, -0.2, 0.0, 0.7]))[0], two, rtol=1e-10)


# --- lme4: glmer(y ~ x + (1 | upper/lower)) ------------------------------------------------

DESIGNS = {
    "immunized": ("immun", "1 old rural indigenous", "mother", "community"),
    "immunized_probit": ("immun", "1 old rural", "mother", "community"),
    "egsingle": ("passed", "1 year female", "childid", "schoolid"),
    "ticks": ("TICKS", "1 high YEAR=96 YEAR=97", "BROOD", "LOCATION"),
    "ticks_exposure": ("TICKS", "1 high", "BROOD", "LOCATION"),
}


@cache
def cases():
    return json.loads((REFERENCE / "nested_glmer.json").read_text())["fits"]


@cache
def data(name):
    if name == "immunized":
        return pd.read_csv(REFERENCE / "immunized.csv")
    frame = mlm.load(name)
    if name == "egsingle":
        return frame.assign(passed=(frame["math"] > 0).astype(int))
    return frame.assign(high=(frame["HEIGHT"] - 460) / 50, YEAR=frame["YEAR"].astype(str))


@cache
def fitted(key):
    case, frame = cases()[key], data(cases()[key]["data"])
    outcome, fixed, lower, upper = DESIGNS[key]
    labels = frame[lower].astype(str) + ":" + frame[upper].astype(str)
    x = np.column_stack([column(frame, term) for term in fixed.split()])
    design = LayeredDesign(
        y=frame[outcome].to_numpy(dtype=float),
        X=x,
        x_names=tuple(fixed.split()),
        layers=(
            layer(f"{lower}:{upper}", {"Intercept": 1.0}, labels),
            layer(upper, {"Intercept": 1.0}, frame[upper].astype(str)),
        ),
        offset=np.log(1.0 + frame["INDEX"].to_numpy() % 5) if "offset" in case["call"] else None,
    )
    scaling = layered_moments(design).scaling
    marginal = nested_marginal(Family(case["family"], case["link"]), design, scaling)
    return design, scaling, marginal, find_optimum(marginal, design.x_names)


@pytest.mark.parametrize("key", DESIGNS)
def test_lme4_reaches_the_same_optimum(key):
    """lme4: logLik(fit), fixef(fit), vcov(fit, use.hessian = TRUE), VarCorr(fit)."""
    case = cases()[key]
    design, scaling, marginal, found = fitted(key)
    p = marginal.problem.p
    assert found.converged
    # glmer ends its search for the modes early: at its parameters the criterion is lower, too
    assert -5e-4 < found.criterion + 2.0 * case["logLik"] < 1e-6
    assert_allclose(scaling.x @ found.parameters[:p], case["gamma"], rtol=1e-3, atol=1e-4)
    covariance = 2.0 * np.linalg.inv(found.hessian)[:p, :p]
    se = np.sqrt(np.diag(scaling.x @ covariance @ scaling.x.T))
    assert_allclose(se, case["se"], rtol=2e-3)
    names = [k.name for k in design.layers]
    assert_allclose(found.parameters[p:] ** 2, [case["variances"][k] for k in names], rtol=2e-3)


@pytest.mark.parametrize("key", DESIGNS)
def test_lme4_predicts_the_same_group_effects(key):
    """lme4: ranef(fit, condVar = TRUE), the first five groups and the last."""
    case = cases()[key]
    design, _, marginal, found = fitted(key)
    modes = marginal.modes(found.parameters, found.b)
    lowers = len(marginal.firsts)
    sizes = np.abs(found.parameters[marginal.problem.theta])
    effects = sizes[0] * modes.b[:lowers], sizes[1] * modes.b[lowers:]
    order = np.lexsort((design.layers[0].codes, design.layers[1].codes))
    for k, (own, variance) in enumerate(
        zip(effects, marginal.variances(found.parameters, modes), strict=True)
    ):
        grouping = design.layers[k]
        entry = case["effects"][grouping.name]
        starts = (marginal.firsts, marginal.problem.firsts)[k]
        labels = grouping.groups[grouping.codes[order][starts]]
        rows = pd.Index(labels).get_indexer(entry["groups"])
        assert (rows >= 0).all()
        assert_allclose(own[rows], entry["modes"], rtol=2e-3, atol=1e-3 * sizes[k])
        assert_allclose(np.sqrt(variance[rows]), entry["sds"], rtol=2e-3)
        assert_allclose((own**2).sum(), entry["squares"], rtol=3e-3)
