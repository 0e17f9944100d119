"""Writing a result so that a reader finds the old one or the new one, and never half of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, sync it, and put it there in one step.

    A file that says the same already is left as it is.

    Parameters
    ----------
    path : pathlib.Path
        What is there is replaced.
    text : str

    Raises
    ------
    OSError
        If it cannot be written; what was there stays.
    """
    with contextlib.suppress(OSError):
        if path.read_bytes() == text.encode():
            return
    file, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(file, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
