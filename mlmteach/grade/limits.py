"""How much a submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mlmteach.errors import OptionError

__all__ = ["Limits"]

_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission.

    Parameters
    ----------
    seconds : float
        Wall time and CPU time of all cells together.
    memory : int
        Bytes of address space of a process, and of resident memory of all of them together, beside
        what the packages take.
    processes : int
        Processes and threads at a time.
    file_size : int
        Bytes of one file.
    scratch : int
        Bytes of all files in its private ``/tmp``.
    answers : int
        Bytes of all answers together, as JSON.

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

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < float("inf"):
                raise OptionError(f"The limit {name}={value} is not above zero.", "Raise it.")

    def as_dict(self) -> dict[str, Any]:
        """The limits as plain data."""
        return asdict(self)
