"""Outcomes that are not normal: drawn, fitted again and without a group, and predicted."""

from __future__ import annotations

import pickle
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.errors import DataError, FitError, IncompleteWarning, OptionError
from mlmteach.fit import generalized_simulate
from mlmteach.fit.generalized_simulate import OutcomeLaw
from mlmteach.fit.variances import variances
from tests.fit.generalized_models import fit_of, model_of
from tests.reference.glmer import cases, frame


@pytest.fixture(scope="module")
def herds():
    return fit_of("cbpp")


@pytest.fixture(scope="module")
def counts():
    return fit_of("counts_slope")


@pytest.fixture(scope="module")
def answers():
    """A yes/no outcome in words, and another count that varies more than Poisson counts."""
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(20), 8)
    x, u = rng.normal(size=160), rng.normal(size=20)
    yes = rng.random(160) < 1.0 / (1.0 + np.exp(-x - u[groups]))
    many = rng.negative_binomial(2.0, 2.0 / (2.0 + np.exp(0.5 + 0.3 * x + 0.5 * u[groups])))
    frame = pd.DataFrame({"g": groups, "x": x, "y": np.where(yes, "yes", "no"), "n": many})
    return frame.set_index(np.arange(160) + 1000)


@pytest.fixture(scope="module")
def worded(answers):
    return mlm.Model("y ~ x", group="g", family="binomial", event="yes").fit(answers)


@pytest.fixture(scope="module")
def spread(answers):
    return mlm.Model("n ~ x", group="g", family="negbin").fit(answers)


# --- drawn outcomes -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["herds", "counts", "spread"])
def test_drawn_outcomes_have_the_means_and_variances_of_the_model(request, name):
    """And counts, whose tails make variances vague, as many zeros: all averaged over sampled U."""
    fit = request.getfixturevalue(name)
    drawn = fit.simulate(4000, seed=3).to_numpy()
    rng = np.random.default_rng(4)
    u = rng.standard_normal((4000, len(fit.cov_re))) @ fit.relative_factor.T
    eta = (fit.offset + fit.fixed_part)[None] + u @ fit.design.Z.T  # (4000, n)
    means, within = fit.distribution.mean(eta), fit.distribution.variance(eta)
    variance = within.mean(axis=0) + means.var(axis=0)
    error = np.sqrt(2.0 * variance / 4000)
    assert np.abs((drawn.mean(axis=1) - means.mean(axis=0)) / error).max() < 4.5
    assert (drawn == np.floor(drawn)).all()
    assert (drawn >= 0.0).all()
    if name == "herds":
        assert (drawn <= fit.design.trials[:, None]).all()
        assert_allclose(drawn.var(axis=1), variance, rtol=0.2)
    else:
        zeros = np.exp(-means) if fit.shape is None else (1 + means / fit.shape) ** -fit.shape
        assert_allclose((drawn == 0.0).mean(axis=1), zeros.mean(axis=0), atol=0.05)


def test_rows_of_a_group_share_their_u(herds):
    drawn = (
        herds.simulate(3000, seed=8).to_numpy()
        - np.asarray(herds.predict(groups="population"))[:, None]
    )
    same = herds.design.codes[:, None] == herds.design.codes[None, :]
    correlation = np.corrcoef(drawn)
    off = ~np.eye(len(drawn), dtype=bool)
    assert correlation[same & off].mean() > 0.1
    assert abs(correlation[~same].mean()) < 0.01


def test_outcomes_have_the_index_of_the_rows_and_the_seed(worded):
    two = worded.simulate(2, seed=1)
    assert two.index.equals(worded.frame.index)
    assert list(two) == ["sim_1", "sim_2"]
    assert set(np.unique(two)) == {0.0, 1.0}
    assert two.equals(worded.simulate(2, seed=1))


# --- refits -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["herds", "counts", "spread", "worded"])
def test_a_refit_to_the_same_outcome_is_the_same_fit(request, name):
    fit = request.getfixturevalue(name)
    again = fit.refit(fit.design.y)
    assert type(again) is type(fit)
    assert_allclose(again.criterion, fit.criterion, atol=1e-7)
    assert_allclose(again.params, fit.params, atol=1e-5)
    assert_allclose(again.cov_re, fit.cov_re, atol=1e-4)
    assert again.messages == fit.messages


def test_a_refit_is_a_new_fit(counts):
    data = frame("counts")
    y = counts.simulate(1, seed=12)["sim_1"]
    found = counts.refit(y.sample(frac=1.0, random_state=1))  # in any order
    new = model_of(cases()["counts_slope"]).fit(data.assign(y=y))
    assert_allclose(found.criterion, new.criterion, atol=1e-6)
    assert_allclose(found.params, new.params, atol=1e-5)
    assert_allclose(found.bse, new.bse, rtol=1e-4)
    assert_allclose(found.random_effects, new.random_effects, atol=1e-4)
    assert_allclose(found.resid, new.resid, atol=1e-3)


def test_a_yes_no_outcome_may_come_in_words_or_as_numbers(worded, answers):
    flipped = answers["y"].map({"yes": "no", "no": "yes"})
    words, numbers = worded.refit(flipped), worded.refit(flipped == "yes")
    assert_allclose(words.params, -worded.params, atol=1e-4)
    assert_allclose(numbers.params, words.params, atol=1e-8)


def test_a_refit_says_that_t_is_singular_and_does_not_warn():
    fit = fit_of("boundary")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = fit.refit(fit.design.y)
    assert again.singular
    assert "estimated as zero" in again.messages[0]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda y: y[:-1], "has shape"),
        (lambda y: np.where(y == y[0], np.nan, y), "missing values"),
        (lambda y: y + 1000.0, "is larger than 'size'"),
        (lambda y: 0.5 * y + 0.25, "a count is"),
        (lambda y: 0.0 * y, "is 0 in every row"),
        (lambda y: ["many"] * len(y), "is not numeric"),
    ],
)
def test_outcomes_that_the_family_cannot_have_are_refused(herds, change, match):
    with pytest.raises(DataError, match=match):
        herds.refit(change(herds.design.y))


def test_an_outcome_that_a_predictor_tells_for_certain_has_no_refit(herds):
    first = np.asarray(herds.frame["period"] == "1")
    with pytest.raises(FitError, match="separation"):
        herds.refit(np.where(first, herds.design.y, 0.0))


# --- the bootstrap ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boot(herds):
    return herds.bootstrap(60, seed=20, progress=False)


def test_replicates_are_refits_to_drawn_outcomes(herds, boot):
    law = OutcomeLaw.of(herds)
    generator = np.random.default_rng(np.random.SeedSequence(20, spawn_key=(7,)))
    order = np.argsort(herds.design.codes, kind="stable")
    y = np.empty(herds.nobs)
    y[order] = law.draw(generator)
    other = herds.refit(y)
    expected = [*other.params, *variances(other)]
    assert_allclose(boot.replicates.iloc[7], expected, atol=1e-6)
    assert list(boot.replicates) == [*herds.params.index, "var(Intercept)"]


def test_replicates_spread_about_the_estimates_as_the_standard_errors_say(herds, boot):
    error = boot.replicates.std() / np.sqrt(60)
    assert (np.abs(boot.replicates.mean() - [*herds.params, *variances(herds)]) < 4 * error)[
        :4
    ].all()
    assert_allclose(boot.bse[:4], herds.bse, rtol=0.35)
    interval = boot.conf_int(scale="sd")
    assert interval.index[-1] == "sd(Intercept)"
    assert_allclose(
        interval.loc["sd(Intercept)"] ** 2, boot.conf_int().loc["var(Intercept)"], rtol=0.1
    )


def test_it_does_not_hang_on_the_workers_and_goes_on(herds, boot, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        found = herds.bootstrap(10, seed=20, executor=executor, progress=False)
    assert found.replicates.equals(boot.replicates.iloc[:10])
    assert found.more(4, progress=False).replicates.equals(boot.replicates.iloc[:14])
    options = {"seed": 20, "progress": False, "checkpoint": tmp_path / "boot.jsonl"}
    herds.bootstrap(4, **options)
    assert herds.bootstrap(6, **options).replicates.equals(boot.replicates.iloc[:6])
    with pytest.raises(DataError, match="its criterion is 'binomial, logit, 1 184.053'"):
        fit_of("cbpp_agq9").bootstrap(4, **options)


def test_the_work_can_be_sent_to_other_processes(herds):
    law = pickle.loads(pickle.dumps(OutcomeLaw.of(herds)))
    ours, theirs = (one.replicate(np.random.default_rng(1)) for one in (OutcomeLaw.of(herds), law))
    assert np.array_equal(ours, theirs)


def test_a_shape_is_among_the_estimates(spread):
    found = spread.bootstrap(6, seed=2, progress=False)
    assert list(found.replicates)[-2:] == ["var(Intercept)", "shape"]
    scaled = found.on_scale("sd")
    assert scaled["shape"].equals(found.replicates["shape"])  # it is no variance
    assert_allclose(scaled["sd(Intercept)"] ** 2, found.replicates["var(Intercept)"])
    interval = spread.conf_int(
        method="bootstrap", which="random", scale="sd", n=6, seed=2, progress=False
    )
    assert list(interval.index) == ["sd(Intercept)", "shape"]


def test_outcomes_without_an_estimate_are_counted(answers):
    """Of two rows of a rare event in 20, samples without any are many."""
    few = answers.iloc[:24].assign(y=[1, 1] + 22 * [0], g=np.repeat(np.arange(6), 4))
    fit = mlm.Model("y ~ 1", group="g", family="binomial").fit(few)
    found = fit.bootstrap(40, seed=1, progress=False)
    none = sum(not fit.simulate(1, np.random.default_rng(k)).to_numpy().any() for k in range(400))
    assert found.failed > 0
    assert abs(found.failed / 40 - none / 400) < 0.25
    assert np.isfinite(found.replicates.to_numpy()).all()


# --- influence ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without(herds):
    return herds.diagnostics.influence(progress=False)


def test_influence_is_glmers_without_each_herd(herds, without):
    """R: glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), subset(cbpp, herd != h),
    binomial, control = glmerControl("bobyqa", optCtrl = list(rhoend = 1e-10, rhobeg = 1e-3),
    tolPwrss = 1e-13)): fixef and VarCorr."""
    expected = {
        1: [-1.374993, -1.162541, -1.474266, -1.583296, 0.390098],
        5: [-1.443460, -0.800954, -0.936228, -1.654466, 0.464885],
        11: [-1.270904, -1.364507, -1.399680, -1.710375, 0.431247],
        14: [-1.549809, -0.874640, -0.995026, -1.453853, 0.326504],
    }
    labels = list(expected)
    gamma = without.params.set_axis(without.params.index.astype(int)).loc[labels]
    tau = without.variances.set_axis(without.variances.index.astype(int)).loc[labels]
    assert_allclose(np.column_stack([gamma, tau]), list(expected.values()), atol=3e-6)
    assert without.searched.all()
    change = (without.params.iloc[10] - herds.params).to_numpy()
    cook = change @ np.linalg.solve(herds.cov_params(), change) / 4
    assert_allclose(without.cook.iloc[10], cook)
    shift = (without.variances - variances(herds)).iloc[:, 0]
    se = (herds.conf_int(which="random")["upper"] / variances(herds)).map(np.log) / 1.959964
    assert_allclose(
        without.cook_variances,
        (shift / float(se.iloc[0] * variances(herds).iloc[0])) ** 2,
        rtol=1e-5,
    )
    assert int(without.table.index[0]) == 11
    assert "of herd 11" in repr(without)


def test_a_group_that_alone_tells_something_has_no_estimates(answers):
    data = answers.assign(only=(answers["g"] == 3) * 1.0)
    fit = mlm.Model("n ~ x", group="g", level2={"intercept": "only + U"}, family="poisson").fit(
        data
    )
    found = fit.diagnostics.influence(progress=False)
    assert found.params.loc[3].isna().all()
    assert found.variances.loc[3].isna().all()
    assert found.params.drop(index=3).notna().all(axis=None)


def test_the_rest_of_the_rows_is_laid_out_as_if_alone(counts):
    problem = counts.marginal.problem
    for j in (0, 17, problem.groups - 1):
        kept = problem.codes != j
        rest = problem.of_rows(kept)
        assert np.array_equal(rest.y, problem.y[kept])
        assert rest.groups == problem.groups - 1
        assert np.array_equal(np.unique(rest.codes), np.arange(rest.groups))
        assert np.array_equal(rest.codes[rest.firsts], np.arange(rest.groups))


def test_an_interrupt_keeps_the_groups_that_were_left_out(herds, monkeypatch):
    honest, calls = generalized_simulate.find_optimum, []

    def interrupted(*given):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return honest(*given)

    monkeypatch.setattr(generalized_simulate, "find_optimum", interrupted)
    with pytest.warns(IncompleteWarning, match="3 of 15 groups"):
        found = herds.diagnostics.influence(progress=False)
    assert found.params.notna().all(axis=1).sum() == 3
    assert found.searched.sum() == 3


# --- predictions --------------------------------------------------------------------------


def test_predictions_are_glmers(herds):
    """R: predict(fit, cbpp[1:3, ]), with type = "response", and with re.form = NA beside."""
    new = frame("cbpp").head(3).drop(columns=["size", "incidence"])
    link = [-0.8085120853, -1.8008448830, -1.9371841792]
    known = [0.3082076519, 0.1417482490, 0.1259575301]
    typical = [0.19804914851, 0.08387195153, 0.07397293406]
    assert_allclose(herds.predict(new, scale="link"), link, atol=1e-6)
    assert_allclose(herds.predict(new), known, atol=1e-6)
    assert_allclose(herds.predict(new, groups="average"), typical, atol=1e-7)
    size = frame("cbpp")["size"].head(3)
    assert_allclose(herds.predict(new.assign(size=size)), known * size, atol=1e-5)


@pytest.mark.parametrize("name", ["herds", "counts", "spread", "worded"])
@pytest.mark.parametrize("groups", ["known", "average", "population"])
def test_the_rows_of_the_fit_are_new_rows_too(request, name, groups):
    fit = request.getfixturevalue(name)
    old, new = fit.predict(groups=groups), fit.predict(fit.frame, groups=groups)
    assert_allclose(new, old, rtol=1e-10)
    assert new.index.equals(fit.frame.index)
    if groups == "known":
        assert_allclose(old, fit.fittedvalues, rtol=1e-10)


@pytest.mark.parametrize("key", ["cbpp", "cbpp_probit", "cbpp_cloglog", "counts_slope"])
def test_the_population_is_the_integral_over_u(key):
    fit = fit_of(key)
    new = fit.frame.iloc[[0, 30]]
    found = fit.predict(new, groups="population")
    eta = fit.predict(new, groups="average", scale="link")
    z = fit.design.Z[[0, 30]]
    trials = np.ones(2) if fit.design.trials is None else fit.design.trials[[0, 30]]
    mean = {"logit": lambda e: 1 / (1 + np.exp(-e)), "probit": norm.cdf, "log": np.exp}
    mean["cloglog"] = lambda e: 1 - np.exp(-np.exp(e))
    inverse = mean[fit.model.family.link]
    for k in range(2):
        sd = float(np.sqrt(z[k] @ fit.cov_re.to_numpy() @ z[k]))
        expected = quad(lambda b: norm.pdf(b) * inverse(eta.iloc[k] + sd * b), -12, 12)[0]  # noqa: B023
        assert_allclose(found.iloc[k], trials[k] * expected, rtol=1e-7)


def test_an_exposure_multiplies_counts(counts):
    new = counts.frame.head(4)
    twice = new.assign(time=2.0 * new["time"])
    rate = counts.predict(new.drop(columns="time"))
    assert_allclose(counts.predict(new), rate * new["time"])
    assert_allclose(counts.predict(twice), 2.0 * counts.predict(new))
    assert_allclose(
        counts.predict(twice, scale="link"), counts.predict(new, scale="link") + np.log(2.0)
    )


def test_rows_may_be_of_groups_that_are_not_known(herds):
    new = pd.DataFrame({"period": ["1", "4"]})
    assert len(herds.predict(new, groups="average")) == 2
    assert (herds.predict(new, groups="population") > herds.predict(new, groups="average")).all()
    with pytest.raises(DataError, match="no column 'herd'"):
        herds.predict(new)
    with pytest.raises(DataError, match="'99' was not in the data"):
        herds.predict(new.assign(herd="99"))


@pytest.mark.parametrize("size", [0, -1, np.nan, "many"])
def test_trials_of_new_rows_are_numbers_above_zero(herds, size):
    with pytest.raises(DataError, match="'size', has values in the new data"):
        herds.predict(herds.frame.head(1).assign(size=size))


def test_predictions_that_do_not_exist(herds):
    with pytest.raises(OptionError, match="groups='all' do not exist"):
        herds.predict(groups="all")
    with pytest.raises(OptionError, match="scale='odds' is not known"):
        herds.predict(scale="odds")
    with pytest.raises(OptionError, match="that of a typical group"):
        herds.predict(groups="population", scale="link")
    with pytest.raises(DataError, match="missing values in 'period'"):
        herds.predict(herds.frame.head(1).assign(period=None))
