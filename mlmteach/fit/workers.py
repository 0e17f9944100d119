"""Who does the work of a simulation: processes of our own, an executor, or a Dask cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np

from mlmteach.errors import OptionError

__all__ = ["Cluster", "Crew", "Workers", "crew", "end_with_parent"]

Result = TypeVar("Result")


@runtime_checkable
class Cluster(Protocol):
    """What a Dask ``Client`` can do."""

    def get_executor(self, **options: Any) -> Executor:
        """Return an executor whose workers are the cluster's."""

    def submit(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Let one worker call a function; the future that is returned may be an argument."""

    def ncores(self) -> Mapping[str, int]:
        """How many threads each worker has."""


Workers: TypeAlias = "int | Executor | Cluster"


@dataclass(frozen=True, eq=False)
class Crew:
    """Workers who have been handed what all their tasks have in common.

    Attributes
    ----------
    executor : concurrent.futures.Executor
    shared : object
        What the tasks have in common, or a future of it.
    size : int
        How many work at a time; 1 where an executor does not say.
    """

    executor: Executor
    shared: Any
    size: int

    def submit(self, function: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Let a worker call ``function(shared, *arguments)``."""
        return self.executor.submit(function, self.shared, *arguments)


@contextmanager
def crew(workers: Workers, shared: object) -> Iterator[Crew]:
    """Get workers ready.

    Parameters
    ----------
    workers : int, concurrent.futures.Executor or dask.distributed.Client
        A number of processes, which are ended with the ``with`` block; or an executor or a
        cluster, which go on.
    shared : object
        What all tasks need.  A cluster is sent it once.

    Yields
    ------
    Crew

    Raises
    ------
    OptionError
        When it is none of these.
    """
    if isinstance(workers, int | np.integer) and not isinstance(workers, bool) and workers >= 1:
        # a fresh interpreter each: nothing of this process, locks included, is inherited
        pool = ProcessPoolExecutor(
            int(workers), mp_context=get_context("spawn"), initializer=_prepare
        )
        try:
            yield Crew(pool, shared, int(workers))
        finally:
            pool.shutdown(cancel_futures=True)
    elif isinstance(workers, Executor):
        yield Crew(workers, shared, int(getattr(workers, "_max_workers", 1)))
    elif isinstance(workers, Cluster) and not isinstance(workers, type):
        # as the result of a task the shared part is made again when its worker dies
        held = workers.submit(_itself, shared, pure=False)
        size = sum(workers.ncores().values())
        yield Crew(workers.get_executor(pure=False), held, max(size, 1))
    else:
        raise OptionError(
            f"executor={workers!r} does no work.",
            "Give a number of processes such as 2, a concurrent.futures.Executor, or a Dask "
            "Client; leave it out to work in this process.",
        )


def _itself(shared: object) -> object:
    return shared


def _prepare() -> None:
    """Leave Ctrl-C to the process that was asked for the work, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def end_with_parent() -> None:
    """Let this worker, and what it started, end when the process that started it is killed."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
