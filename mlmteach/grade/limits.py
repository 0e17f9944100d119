"""How much a submission may use."""

from __future__ import annotations

import contextlib
import resource
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlmteach.errors import OptionError

__all__ = ["Limits", "NotGraded", "address_space", "volunteer"]

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
        as what stands unread in pipes and sockets, is not counted.
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
