"""Who does the work: numbers of processes, executors, a Dask cluster of which a worker dies."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.fit.workers import crew


@pytest.mark.parametrize("workers", ["processes", 0, -1, 2.5, True, [2], ThreadPoolExecutor])
def test_what_does_no_work_is_refused(workers):
    with pytest.raises(OptionError, match="does no work. Give a number"), crew(workers, None):
        pass


def test_an_executor_goes_on_and_is_handed_what_tasks_share():
    with ThreadPoolExecutor(3) as executor:
        with crew(executor, 40) as workers:
            assert workers.size == 3
            assert workers.submit(max, 2, 3).result() == 40
        assert executor.submit(int, 2).result() == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what Dask has to say about its own shutdown
def test_a_worker_of_a_dask_cluster_may_die(tmp_path):
    from dask.distributed import Client, LocalCluster

    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    plan = {"groups": 8, "size": 4, "gamma": {"Intercept": 0, "x": 1}, "tau": 1, "sigma2": 1}
    model = mlm.Model("y ~ x", group="g")
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        first = next(iter(cluster.workers.values())).pid

        kept = tmp_path / "boot.jsonl"

        def kill():
            while not kept.exists() or kept.read_bytes().count(b"\n") < 2:
                time.sleep(0.01)
            os.kill(first, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with warnings.catch_warnings():
            warnings.simplefilter("error", mlm.MlmteachWarning)
            found = fit.bootstrap(4000, seed=2, executor=client, checkpoint=kept, progress=False)
            killer.join()
            power = model.power("x", **plan, n=20, seed=2, executor=client, progress=False)
    assert found.replicates.iloc[:300].equals(fit.bootstrap(300, seed=2, progress=False).replicates)
    assert len(found.replicates) + found.failed == 4000
    assert power == model.power("x", **plan, n=20, seed=2, progress=False)
