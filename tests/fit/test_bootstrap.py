"""The parametric bootstrap: reproducible however it is run, and right where theory knows."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, ks_2samp

import mlmteach as mlm
from mlmteach.errors import DataError, OptionError
from mlmteach.fit.simulate import MomentLaw, law_of, reoptimise
from mlmteach.fit.variances import parameter_values
from tests.fit.handmade import reference_fit
from tests.fit.layered_models import layered


@pytest.fixture(scope="module")
def boot():
    return reference_fit("dyestuff_reml").bootstrap(400, seed=20, progress=False)


def test_same_replicates_whatever_the_workers(boot):
    fit = reference_fit("dyestuff_reml")
    with ThreadPoolExecutor(3) as executor:
        parallel = fit.bootstrap(400, seed=20, executor=executor, progress=False)
    assert parallel.replicates.equals(boot.replicates)
    assert parallel.singular == boot.singular
    fewer = fit.bootstrap(7, seed=20, progress=False)
    assert fewer.replicates.equals(boot.replicates.iloc[:7])
    assert not fit.bootstrap(7, seed=21, progress=False).replicates.equals(fewer.replicates)


class Recorder(Executor):
    """Does the work at once, and keeps what a process would be sent."""

    def __init__(self):
        self.sent = []

    def submit(self, work, /, *args):
        self.sent.append(pickle.dumps((work, args)))
        future = Future()
        task, given = pickle.loads(self.sent[-1])
        future.set_result(task(*given))
        return future


def test_what_processes_are_sent_grows_with_the_groups_and_not_with_the_rows():
    frame = mlm.load("sleepstudy")
    model = mlm.Model("Reaction ~ Days", group="Subject")
    few, many = Recorder(), Recorder()
    for recorder, data in ((few, frame), (many, pd.concat([frame] * 50, ignore_index=True))):
        fit = model.fit(data)
        found = fit.bootstrap(5, seed=1, executor=recorder, progress=False)
        assert found.replicates.equals(fit.bootstrap(5, seed=1, progress=False).replicates)
    assert len(few.sent[0]) < 5000
    assert max(map(len, many.sent)) - max(map(len, few.sent)) < 100


def test_more_replicates_are_those_of_a_longer_run(boot):
    part = boot.fit.bootstrap(5, seed=20, progress=False)
    whole = part.more(3, progress=False).more(4, progress=False)
    assert whole.replicates.equals(boot.replicates.iloc[:12])
    assert len(part.replicates) == 5
    unseeded = boot.fit.bootstrap(2, progress=False)
    assert unseeded.more(1, progress=False).replicates.iloc[:2].equals(unseeded.replicates)
    assert (
        pickle.loads(pickle.dumps(part)).more(7, progress=False).replicates.equals(whole.replicates)
    )


def test_a_checkpoint_is_gone_on_with_and_knows_its_fit(boot, tmp_path):
    options = {"seed": 20, "progress": False, "checkpoint": tmp_path / "boot.jsonl"}
    boot.fit.bootstrap(5, **options)
    assert boot.fit.bootstrap(9, **options).replicates.equals(boot.replicates.iloc[:9])
    with pytest.raises(DataError, match="another simulation: its criterion is 'REML 319.654'"):
        reference_fit("dyestuff_ml").bootstrap(5, **options)


def test_replicates_of_moments_are_distributed_as_those_of_outcomes():
    """HSB: means and spreads of refits to outcomes, and of refits to drawn moments."""
    fit = reference_fit("seed_random_slope_ml")
    drawn = fit.bootstrap(400, seed=3, progress=False).replicates.to_numpy()
    generator = np.random.default_rng(4)
    rows = np.array(
        [
            parameter_values(optimum, moments)
            for moments, optimum in (reoptimise(fit, fit.draw(generator)) for _ in range(400))
        ]
    )
    error = np.sqrt((drawn.var(axis=0) + rows.var(axis=0)) / 400)
    assert np.abs((drawn.mean(axis=0) - rows.mean(axis=0)) / error).max() < 4.0
    assert_allclose(drawn.std(axis=0), rows.std(axis=0), rtol=0.2)
    assert all(ks_2samp(a, b).pvalue > 1e-4 for a, b in zip(drawn.T, rows.T, strict=True))


def test_spread_of_balanced_layout(boot):
    """Balanced: 24 sigma2 / its true value is a chi-square while T > 0, and the mean is normal."""
    fit, replicates = boot.fit, boot.replicates
    se = fit.bse.iloc[0]
    assert_allclose(boot.bse.iloc[0], se, rtol=0.1)
    assert abs(replicates.iloc[:, 0].mean() - fit.params.iloc[0]) < 4 * se / 20
    kept = replicates[replicates["var((Intercept))"] > 0]["sigma2"]
    middle = kept.median() / fit.scale
    assert_allclose(middle, chi2.ppf(0.5, 24) / 24, rtol=0.1)


def test_intervals(boot):
    percentile, basic = boot.conf_int(0.9), boot.conf_int(0.9, kind="basic")
    assert list(percentile.index) == ["(Intercept)", "var((Intercept))", "sigma2"]
    low, high = boot.replicates["sigma2"].quantile([0.05, 0.95])
    assert_allclose(percentile.loc["sigma2"], [low, high])
    assert_allclose(basic.loc["sigma2"], 2 * boot.fit.scale - np.array([high, low]))
    root = boot.conf_int(0.9, scale="sd")
    assert_allclose(root.loc["sigma"], np.sqrt([low, high]), rtol=1e-3)
    from_fit = boot.fit.conf_int(
        0.9, method="bootstrap", which="random", n=400, seed=20, progress=False
    )
    assert from_fit.equals(percentile.iloc[1:])


def test_correlations_of_singular_replicates_stay_in_range():
    found = reference_fit("orthodont_slope_reml").bootstrap(60, seed=2, progress=False)
    scaled = found.on_scale("sd")
    correlation = scaled["cor((Intercept), age11)"]
    assert found.singular > 0
    assert correlation.abs().max() <= 1.0
    assert correlation.isna().sum() == (scaled["sd(age11)"] * scaled["sd((Intercept))"] == 0).sum()


def test_replicates_that_fail_are_counted(monkeypatch):
    """A search that falls short is left out and reported."""
    calls = []
    honest = MomentLaw.refit

    def sometimes(law, moments, reml):
        optimum = honest(law, moments, reml)
        calls.append(1)
        return replace(optimum, decrement=1.0) if len(calls) % 4 == 0 else optimum

    monkeypatch.setattr(MomentLaw, "refit", sometimes)
    found = reference_fit("dyestuff_reml").bootstrap(8, seed=1, progress=False)
    assert (found.failed, len(found.replicates)) == (2, 6)
    assert "2 more did not converge" in str(found)


def test_refusals(boot):
    with pytest.raises(OptionError, match="0 replicates"):
        boot.fit.bootstrap(0)
    with pytest.raises(OptionError, match="kind 'bca'"):
        boot.conf_int(kind="bca")
    with pytest.raises(OptionError, match="not for method='wald'"):
        boot.fit.conf_int(n=10)
    with pytest.raises(OptionError, match="method='exact'"):
        boot.fit.conf_int(method="exact")


@pytest.mark.parametrize("name", ["pastes", "penicillin"])
def test_two_groupings_are_drawn_row_by_row(name, tmp_path):
    fit = layered(name)
    whole = fit.bootstrap(12, seed=3, progress=False)
    file = tmp_path / "boot.jsonl"
    first = fit.bootstrap(5, seed=3, checkpoint=file, progress=False)
    rest = fit.bootstrap(12, seed=3, checkpoint=file, progress=False)
    assert rest.replicates.equals(whole.replicates)
    assert first.more(7, progress=False).replicates.equals(whole.replicates)
    with Recorder() as recorder:
        sent = fit.bootstrap(12, seed=3, executor=recorder, progress=False)
    assert sent.replicates.equals(whole.replicates)
    assert list(whole.replicates) == list(fit.conf_int(which="all").index)
    y = law_of(fit).fit.draw(np.random.default_rng(7))
    moments, optimum = reoptimise(fit, y)
    one = law_of(fit).refit(law_of(fit).draw(np.random.default_rng(7)), fit.reml)
    assert_allclose(parameter_values(one, moments), parameter_values(optimum, moments), rtol=1e-6)
