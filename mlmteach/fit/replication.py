"""Replicates of a simulation: seeded one by one, in parallel or not, with progress shown.

Replicate i gets the i-th seed that the first seed spawns, so that the results do not depend on
the number of workers, nor on the order in which they end.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from mlmteach.errors import ConvergenceWarning, OptionError

__all__ = ["replicate", "require_count", "require_seed"]


# --- what every simulation asks of its user: how many replicates, and from which seed -----


def require_count(n: object) -> None:
    """Raise an OptionError for a number of replicates that is not a whole number from 1 on."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise OptionError(f"{n!r} replicates cannot be drawn.", "Ask for one or more.")


def require_seed(seed: object) -> None:
    """Raise an OptionError for a seed that is neither None nor a whole number from 0 on."""
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"{seed!r} is no seed.", "Give a whole number from 0 on.")


# --- replicates, seeded one by one, in parallel or not, with progress shown ---------------

Result = TypeVar("Result")

BATCHES = 40  # into how many tasks the replicates are divided


def replicate(
    work: Callable[[np.random.Generator], Result],
    n: int,
    *,
    seed: int | None,
    executor: Executor | None,
    progress: bool,
    label: str,
) -> list[Result]:
    """Call a function with n generators of random numbers.

    Parameters
    ----------
    work : callable
        From a generator to the result of one replicate; it can be pickled when the executor's
        workers are processes.
    n : int
    seed : int, optional
        The same seed gives the same results; the first m results do not depend on n.
    executor : concurrent.futures.Executor, optional
        Where the work is done; here and now when left out.
    progress : bool
        Whether to show a bar.
    label : str
        What the bar says.

    Returns
    -------
    list
        In the order of the seeds.  An interrupt (Ctrl-C) ends the work early, and what was
        done is returned with a warning.

    Raises
    ------
    OptionError
        When n or the seed cannot be used.
    """
    require_count(n)
    require_seed(seed)
    seeds = np.random.SeedSequence(seed).spawn(n)
    size = max(1, -(-n // BATCHES))
    batches = [seeds[first : first + size] for first in range(0, n, size)]
    done: dict[int, list[Result]] = {}
    task = partial(_batch, work)
    ended = _here(task, batches) if executor is None else _there(task, batches, executor)
    with tqdm(total=n, desc=label, disable=not progress, leave=False) as bar:
        try:
            for position, results in ended:
                done[position] = results
                bar.update(len(results))
        except KeyboardInterrupt:
            count = sum(map(len, done.values()))
            if not count:
                raise
            warnings.warn(
                f"Interrupted: {count} of {n} replicates were done and are used.",
                ConvergenceWarning,
                stacklevel=4,
            )
        finally:
            ended.close()
    return [result for position in sorted(done) for result in done[position]]


def _batch(
    work: Callable[[np.random.Generator], Result], seeds: Sequence[np.random.SeedSequence]
) -> list[Result]:
    return [work(np.random.default_rng(seed)) for seed in seeds]


def _here(
    task: Callable[[Sequence[np.random.SeedSequence]], list[Result]],
    batches: Sequence[Sequence[np.random.SeedSequence]],
) -> Generator[tuple[int, list[Result]], None, None]:
    for position, batch in enumerate(batches):
        yield position, task(batch)


def _there(
    task: Callable[[Sequence[np.random.SeedSequence]], list[Result]],
    batches: Sequence[Sequence[np.random.SeedSequence]],
    executor: Executor,
) -> Generator[tuple[int, list[Result]], None, None]:
    """Yield what the workers return as it comes; what has not begun is cancelled at the end."""
    waiting = {executor.submit(task, batch): i for i, batch in enumerate(batches)}
    try:
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        for future in waiting:
            future.cancel()
