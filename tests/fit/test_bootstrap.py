"""The parametric bootstrap: reproducible however it is run, and right where theory knows."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.fit import bootstrap as bootstrap_module
from tests.fit.handmade import reference_fit


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


def test_what_processes_are_sent_can_be_pickled():
    import pickle

    sent = []

    class Recorder(Executor):
        def submit(self, work, /, *args):
            sent.append(pickle.dumps((work, args)))
            future = Future()
            task, given = pickle.loads(sent[-1])
            future.set_result(task(*given))
            return future

    frame = mlm.load("sleepstudy")
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    found = fit.bootstrap(5, seed=1, executor=Recorder(), progress=False)
    assert sent
    assert found.replicates.equals(fit.bootstrap(5, seed=1, progress=False).replicates)


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
    from dataclasses import replace

    calls = []
    honest = bootstrap_module.reoptimise

    def sometimes(fit, y):
        moments, optimum = honest(fit, y)
        calls.append(1)
        return moments, replace(optimum, decrement=1.0) if len(calls) % 4 == 0 else optimum

    monkeypatch.setattr(bootstrap_module, "reoptimise", sometimes)
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
