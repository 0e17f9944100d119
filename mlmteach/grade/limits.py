"""How much a submission may use."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from mlmteach.errors import OptionError

__all__ = ["Limits", "MemoryGroup", "NotGraded", "address_space", "volunteer"]

_MIB = 2**20


class NotGraded(Exception):
    """What keeps one submission from a mark; the message tells the lecturer why."""


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission.

    Parameters
    ----------
    seconds : float
        Wall time and CPU time of all cells together.
    memory : int
        Bytes of address space of a process, and of resident memory of all of them together, shared
        memory included, beside what the packages take.  What the kernel holds for a process, such
        as what stands unread in pipes and sockets, is counted where there are control groups
        (:class:`MemoryGroup`), and not elsewhere.
    processes : int
        Processes and threads at a time.
    file_size : int
        Bytes of one file.
    scratch : int
        Bytes of all files in its private ``/tmp``.
    answers : int
        Bytes of all answers together, as JSON.
    judging : float
        Wall time and CPU time for holding the answers against the key.

    Raises
    ------
    OptionError
        If a limit is not above zero.
    """

    seconds: float = 60.0
    memory: int = 2048 * _MIB
    processes: int = 64
    file_size: int = 64 * _MIB
    scratch: int = 256 * _MIB
    answers: int = 2 * _MIB
    judging: float = 20.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < float("inf"):
                raise OptionError(f"The limit {name}={value} is not above zero.", "Raise it.")

    def as_dict(self) -> dict[str, Any]:
        """The limits as plain data."""
        return asdict(self)


def address_space() -> int:
    """Bytes of addresses that this process has; packages such as PyArrow reserve many at once."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def volunteer() -> None:
    """Let the kernel end this process first when the machine has no memory left."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


# --- what the kernel itself counts, where it lets us ask ----------------------------------


class MemoryGroup:
    """A control group of Linux for one submission: the kernel counts its memory, of every kind.

    Made where the control groups of this process may be divided: by root under version 1, and
    under version 2 in a part of the tree that was delegated with the memory controller.  Elsewhere
    it does nothing, and the watchdog, which reads the memory of processes, is the only bound.

    Parameters
    ----------
    memory : int
        Bytes, beside what the processes shared with their parent when they were forked.
    mounted : Path
        Where control groups are mounted.
    own : Path
        Tells the control groups of this process.

    References
    ----------
    The documentation of Linux: *Control Group v2*, and *Memory Resource Controller* (version 1).
    """

    def __init__(
        self,
        memory: int,
        *,
        mounted: Path = Path("/sys/fs/cgroup"),
        own: Path = Path("/proc/self/cgroup"),
    ) -> None:
        self._memory, self._mounted, self._own = memory, mounted, own
        self._folder: Path | None = None

    def __enter__(self) -> MemoryGroup:
        """Make the group, under that of this process."""
        for parent, bound in self._parents():
            folder = parent / f"mlmteach-{os.getpid()}-{uuid4().hex[:8]}"
            try:
                folder.mkdir()
            except OSError:
                continue
            self._folder = folder
            try:
                # "r+" makes no file: one that is not there belongs to a controller that is not
                with (folder / bound).open("r+") as file:
                    file.write(str(self._memory))
                with (folder / "cgroup.procs").open("r+"):
                    return self
            except OSError:
                self.__exit__()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the group; its processes have ended."""
        if self._folder is not None:
            for _again in range(50):  # a process that was killed leaves it a moment later
                with contextlib.suppress(OSError):
                    self._folder.rmdir()
                if not self._folder.exists():
                    break
                time.sleep(0.02)
            self._folder = None

    def _parents(self) -> list[tuple[Path, str]]:
        """The group of this process under each version, and the name of the bound there."""
        found = []
        with contextlib.suppress(OSError):
            for line in self._own.read_text().splitlines():
                _, controllers, path = line.split(":", 2)
                inside = path.lstrip("/")
                if controllers == "":
                    found.append((self._mounted / inside, "memory.max"))
                elif "memory" in controllers.split(","):
                    found.append((self._mounted / "memory" / inside, "memory.limit_in_bytes"))
        return found

    @property
    def counts(self) -> bool:
        """Whether there is such a group here."""
        return self._folder is not None

    def enter(self) -> None:
        """Move this process, and all that it starts from now on, into the group."""
        if self._folder is not None:
            (self._folder / "cgroup.procs").write_text("0")

    def exhausted(self) -> bool:
        """Whether the kernel has ended one of its processes for want of memory."""
        if self._folder is None:
            return False
        for name in ("memory.events", "memory.oom_control"):
            with contextlib.suppress(OSError):
                for line in (self._folder / name).read_text().splitlines():
                    key, _, number = line.partition(" ")
                    if key == "oom_kill" and int(number) > 0:
                        return True
        return False
