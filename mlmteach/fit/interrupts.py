"""Ctrl-C during long work: the work ends at its next step, and what is done is kept."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from types import FrameType, TracebackType
from typing import Self

from mlmteach.errors import IncompleteWarning

__all__ = ["Interrupts", "warn_incomplete"]


class Interrupts:
    """Notices Ctrl-C while a ``with`` block works, and lets the block end.

    The first Ctrl-C only sets :attr:`asked`, for the work to look at between its steps: an
    exception could come up anywhere, also where Python drops it (in a destructor, say), and the
    work would go on.  A second Ctrl-C, or a KeyboardInterrupt from elsewhere, ends the block at
    once.  The block is never left with a KeyboardInterrupt.

    Attributes
    ----------
    asked : bool
        Whether somebody wants the work to end.

    Examples
    --------
    >>> with Interrupts() as interrupts:
    ...     raise KeyboardInterrupt
    >>> interrupts.asked
    True
    """

    def __init__(self) -> None:
        self.asked = False
        self._ours = False

    def __enter__(self) -> Self:
        # another's handler is left alone, and only the main thread may have one
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            signal.signal(signal.SIGINT, self._note)
            self._ours = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> bool:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            return False
        self.asked = True
        return True

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = True


def warn_incomplete(message: str) -> None:
    """Warn at the line outside this package that asked for the work.

    Parameters
    ----------
    message : str
        What was done, and how to go on.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("mlmteach"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, IncompleteWarning, stacklevel=level)
