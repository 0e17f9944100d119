"""Replicates of a simulation: seeded one by one, here or by workers, and gone on with at will.

Replicate i gets the i-th seed that the first seed spawns, so that the results do not depend on
the number of workers, nor on the order in which they end, nor on how often the work was
interrupted.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from tqdm import tqdm

from mlmteach.errors import MlmteachError, OptionError, WorkerError
from mlmteach.fit.checkpoint import Checkpoint, Identity
from mlmteach.fit.interrupts import Interrupts, warn_incomplete
from mlmteach.fit.workers import Crew, Workers, crew

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray

__all__ = ["Replicates", "replicate", "require_count", "require_seed"]


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

Work: TypeAlias = "Callable[[np.random.Generator], FloatArray]"

PIECES = 64  # into how many tasks the replicates are divided, unless many workers want more
AWHILE = 0.5  # seconds after which a task comes back with what it has, so that progress is seen
PATIENCE = 0.2  # seconds between two looks at whether Ctrl-C was pressed


@dataclass(frozen=True, eq=False)
class Replicates:
    """What was done of a simulation.

    Attributes
    ----------
    seed : int
        From which the seed of each replicate was spawned.
    positions : (m,) array of int
        The replicates that were done, in order; 0 to m - 1 unless the work was interrupted.
    values : (m, width) array
        One row a replicate; all NaN when it could not be analysed.
    """

    seed: int
    positions: IntArray
    values: FloatArray

    @property
    def usable(self) -> FloatArray:
        """The rows of the replicates that could be analysed."""
        usable: FloatArray = self.values[~np.isnan(self.values).all(axis=1)]
        return usable


def replicate(
    work: Work,
    n: int,
    *,
    label: str,
    identity: Identity,
    seed: int | None = None,
    after: Replicates | None = None,
    executor: Workers | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> Replicates:
    """Call a function with n generators of random numbers.

    Parameters
    ----------
    work : callable
        From a generator to the results of one replicate, (width,), all NaN when there are none;
        it can be pickled when the workers are processes.
    n : int
    label : str
        What the bar says.
    identity : mapping
        What tells this simulation from another, for the checkpoint.
    seed : int, optional
        The same seed gives the same results; the first m results do not depend on n.
    after : Replicates, optional
        Replicates that were done before, whose seed holds; n more are added, first those that an
        interrupt left out.
    executor : int, concurrent.futures.Executor or dask.distributed.Client, optional
        Where the work is done; here and now when left out.
    checkpoint : str or path, optional
        A file that keeps the results as they come, and from which they are taken when they are
        there already.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Replicates
        When Ctrl-C or the end of the workers ends the work early, what was done is returned with
        a warning.

    Raises
    ------
    OptionError
        When an option cannot be used.
    DataError
        When the checkpoint is one of another simulation.
    WorkerError
        When the workers failed before anything was done.
    KeyboardInterrupt
        When Ctrl-C was pressed before anything was done.
    """
    require_count(n)
    require_seed(seed)
    seed = seed if after is None else after.seed
    done = {} if after is None else dict(zip(after.positions.tolist(), after.values, strict=True))
    wanted = _first_without(done, n)
    failure: WorkerError | None = None
    file = None if checkpoint is None else Checkpoint(checkpoint, identity, seed)
    if file is None:
        first = int(np.random.SeedSequence(seed).entropy)  # type: ignore[arg-type]
    else:
        first = file.seed
        done |= {at: file.kept[at] for at in wanted.tolist() if at in file.kept}
    todo = wanted[[at not in done for at in wanted.tolist()]]
    bar = tqdm(
        total=n,
        initial=n - len(todo),
        desc=label,
        disable=not progress or not len(todo),
        leave=False,
    )
    results = closing(_results(work, first, todo, executor))
    with file or nullcontext(), bar, Interrupts() as interrupts, results as found:
        try:
            for positions, rows in found:
                done.update(zip(positions.tolist(), rows, strict=True))
                if file is not None:
                    file.add(positions.tolist(), rows)
                bar.update(len(rows))
                if interrupts.asked:
                    break
        except WorkerError as error:
            failure = error
    short = sum(at not in done for at in wanted.tolist())
    if short:
        if interrupts.asked:  # which may also have ended the workers
            failure = None
        if not done:
            raise failure or KeyboardInterrupt
        reason = "Interrupted:" if failure is None else failure.problem
        warn_incomplete(
            f"{reason} {n - short} of {n} replicates were done and are used. The result's "
            f"more({short}) does the others."
        )
    positions = np.array(sorted(done), dtype=np.intp)
    return Replicates(first, positions, np.array([done[at] for at in positions.tolist()]))


def _first_without(done: dict[int, FloatArray], n: int) -> IntArray:
    """The first n positions that are not done, (n,)."""
    candidates = np.arange(n + len(done))
    return candidates[~np.isin(candidates, list(done))][:n]


Done: TypeAlias = "tuple[IntArray, Sequence[FloatArray]]"


def _results(
    work: Work, seed: int, positions: IntArray, executor: Workers | None
) -> Generator[Done, None, None]:
    """Yield positions with the results there, as they come; now and then nothing."""
    if executor is None:
        for at in positions:
            yield np.array([at]), [work(_generator(seed, at))]
    else:
        with crew(executor, work) as workers:
            yield from _results_of(workers, seed, positions)


def _results_of(workers: Crew, seed: int, positions: IntArray) -> Generator[Done, None, None]:
    """Yield what the workers return; what has not begun is cancelled at the end.

    A task that takes long comes back with a part, and the rest goes to the end of the queue.
    """
    pieces = min(len(positions), max(PIECES, 4 * workers.size))
    # every piece has early positions and late ones, so that an interrupt leaves few gaps
    queue = [positions[first::pieces] for first in range(pieces)]
    waiting: dict[Future[list[FloatArray] | Exception], IntArray] = {}
    if isinstance(workers.executor, ProcessPoolExecutor):
        # a pool that meets in its queue what cannot be sent may wait for it for ever
        try:
            pickle.dumps(workers.shared)
        except Exception as error:  # of whatever type: each version of Python has its own
            raise _not_sent(error) from None
    try:
        while queue or waiting:
            for piece in queue:
                waiting[workers.submit(_stretch, seed, piece, AWHILE)] = piece
            queue = []
            ended = wait(waiting, timeout=PATIENCE, return_when=FIRST_COMPLETED).done
            if not ended:
                yield positions[:0], []
            for future in ended:
                piece, rows = waiting.pop(future), future.result()
                if isinstance(rows, Exception):
                    raise _Raised(rows)
                yield piece[: len(rows)], rows
                if len(rows) < len(piece):
                    queue.append(piece[len(rows) :])
    except _Raised as raised:
        raise raised.error from None
    except Exception as error:  # of the executor: what the work raises is returned, not raised
        raise _failure(error) from None
    finally:
        for future in waiting:
            future.cancel()


class _Raised(Exception):
    """Around what the work itself raised, wherever it was done."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _stretch(
    work: Work, seed: int, positions: IntArray, seconds: float
) -> list[FloatArray] | Exception:
    """Results at the first of these positions, until the time is up; or what the work raised."""
    end, rows = time.monotonic() + seconds, []
    try:
        for at in positions:
            rows.append(work(_generator(seed, at)))
            if time.monotonic() > end:
                break
    except Exception as error:
        if not isinstance(error, MlmteachError):
            error.add_note("It was raised by a worker.")
        return error
    return rows


def _generator(seed: int, position: int) -> np.random.Generator:
    """The generator of one replicate, without spawning those before it."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(position),)))


def _told(error: Exception) -> str:
    told = " ".join(f"{type(error).__name__}: {error}".split())
    return told if len(told) <= 200 else f"{told[:197]}..."


def _not_sent(error: Exception) -> WorkerError:
    return WorkerError(
        f"The work cannot be sent to other processes ({_told(error)}).",
        "Define functions with def in a module of their own, or leave the executor out.",
    )


def _failure(error: Exception) -> WorkerError:
    """Say what an executor's own error means."""
    told = _told(error)
    if "pickle" in told.lower():
        return _not_sent(error)
    return WorkerError(
        f"The workers of the executor ended or could not begin ({told}).",
        "Look for what killed them, such as too little memory, and use a new executor. In a "
        "script, processes need the call to stand under if __name__ == '__main__'.",
    )
