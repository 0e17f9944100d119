"""A file that keeps replicates as they are done, so that a run that died can be gone on with.

The first line says what is replicated and from which seed; each further line holds positions and
the results at them.  All lines are JSON.  A line that was cut short, since the run was killed
while it was written, is dropped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self, TypeAlias

import numpy as np

from mlmteach.errors import DataError, OptionError
from mlmteach.fit.interrupts import warn_incomplete

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray

__all__ = ["Checkpoint", "Identity"]

Identity: TypeAlias = "Mapping[str, str | int | Sequence[str]]"
"""What tells one simulation from another, in words and numbers of six digits."""

EVERY = 0.5  # seconds between two writes
BEGINNING = b'{"simulation": '  # of a file, also where it was cut short in its first line


class Checkpoint:
    """Replicates in a file.

    Parameters
    ----------
    path : str or path
        Made when it does not exist, gone on with when it does.
    identity : mapping
        Of the simulation; a file of another one is refused.
    seed : int, optional
        Left out, it is the one of the file.

    Attributes
    ----------
    seed : int
    kept : dict of int to array
        The result at each position that the file has.

    Raises
    ------
    DataError
        When the file is no checkpoint, or one of another simulation or seed.
    OptionError
        When it cannot be read or written.
    """

    def __init__(self, path: str | Path, identity: Identity, seed: int | None) -> None:
        self.path = Path(path)
        self.kept: dict[int, FloatArray] = {}
        head = {"simulation": json.loads(json.dumps(dict(identity))), "seed": seed}
        try:
            with self.path.open("a+b") as file:
                file.seek(0)
                text = file.read()
                whole = text[: text.rfind(b"\n") + 1]
                if whole or not BEGINNING.startswith(text[: len(BEGINNING)]):
                    head["seed"] = self._load(whole.decode("utf-8", "replace"), head)
                    file.truncate(len(whole))  # not earlier: it may be another file
                else:
                    file.truncate(0)
                    head["seed"] = np.random.SeedSequence(seed).entropy
                    file.write(_line(head))
            self._file: IO[bytes] | None = self.path.open("ab")
        except OSError as error:
            raise OptionError(
                f"The checkpoint '{path}' cannot be used: {error.strerror}.",
                "Name a file in a folder that exists and that you may write to.",
            ) from None
        self.seed = int(head["seed"])
        self._waiting: list[tuple[int, list[float]]] = []
        self._written = time.monotonic()

    def _load(self, text: str, head: dict[str, object]) -> int:
        """Read what was kept, and the seed."""
        first, *lines = text.removesuffix("\n").split("\n")
        try:
            found = json.loads(first)
            simulation, seed = found["simulation"], int(found["seed"])
            for line in lines:
                entry = json.loads(line)
                self.kept.update(zip(entry["at"], map(np.asarray, entry["rows"]), strict=True))
        except (KeyError, TypeError, ValueError):
            raise DataError(
                f"The file '{self.path}' is no checkpoint, or is damaged.",
                "Name another file, or delete this one to begin anew.",
            ) from None
        asked = head["simulation"]
        assert isinstance(asked, dict)
        other = [name for name in asked if simulation.get(name) != asked[name]]
        if other:
            raise DataError(
                f"The checkpoint '{self.path}' is of another simulation: its {other[0]} is "
                f"{simulation.get(other[0])!r}, not {asked[other[0]]!r}.",
                "Name another file, or delete this one to begin anew.",
            )
        if head["seed"] not in (None, seed):
            raise DataError(
                f"The checkpoint '{self.path}' has the seed {seed}, not {head['seed']}.",
                "Use that seed, or name another file.",
            )
        return seed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._write()
        if self._file is not None:
            self._file.close()

    def add(self, positions: Sequence[int], rows: Sequence[FloatArray]) -> None:
        """Keep results; they are in the file half a second later at most, or at the next call.

        Parameters
        ----------
        positions : sequence of int
        rows : sequence of array
        """
        self._waiting += [(int(at), row.tolist()) for at, row in zip(positions, rows, strict=True)]
        if time.monotonic() - self._written > EVERY:
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        if not self._waiting or self._file is None:
            return
        at, rows = zip(*self._waiting, strict=True)
        self._waiting = []
        try:
            self._file.write(_line({"at": at, "rows": rows}))
            self._file.flush()
        except OSError as error:
            self._file = None
            warn_incomplete(
                f"The checkpoint '{self.path}' cannot be written to: {error.strerror}. The work "
                "goes on without it."
            )


def _line(entry: object) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"
