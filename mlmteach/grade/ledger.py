"""The ledger: results, appended and synced one submission at a time.

Nothing in it is ever changed.  A batch that was killed leaves at most one torn last line, which is
cut off when the ledger is opened again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mlmteach.errors import MlmteachError, OptionError

__all__ = ["Ledger", "entry_key"]


def entry_key(*parts: object) -> str:
    """Hash what a result depends on.

    Parameters
    ----------
    *parts : object
        The submission, the key, the version, and so on.

    Returns
    -------
    str

    Examples
    --------
    >>> entry_key("a", "b") == entry_key("a", "b"), entry_key("ab", "") == entry_key("a", "b")
    (True, False)
    """
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


class Ledger:
    """An append-only file of results.

    Parameters
    ----------
    path : pathlib.Path
        It is made if it is not there.

    Raises
    ------
    OptionError
        If another process is writing to it, or it is no ledger.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise OptionError(
                f"Another grading writes to '{path.parent}'.", "Wait for it, or choose a folder."
            ) from None
        self.entries = self._load()

    def _load(self) -> dict[str, Any]:
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)  # the line that was being written when all ended
        entries = {}
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                entry = json.loads(line)
                entries[entry["key"]] = entry["result"]
            except (ValueError, KeyError, TypeError):
                os.close(self._file)
                raise OptionError(
                    f"Line {number} of '{self.path}' is no result.",
                    "Move the file away; all submissions are then graded anew.",
                ) from None
        return entries

    def append(self, key: str, result: Any) -> None:
        """Write a result and wait until it is on the disk.

        Parameters
        ----------
        key : str
            From :func:`entry_key`.
        result : object
            Anything that JSON can hold.

        Raises
        ------
        MlmteachError
            If the disk is full; what was there before stays whole.
        """
        line = json.dumps({"key": key, "result": result}, ensure_ascii=False).encode() + b"\n"
        before = os.fstat(self._file).st_size
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, before)
            raise MlmteachError(
                f"The result cannot be written to '{self.path}': {error.strerror}.",
                "Make room and run the same command again; what was finished is kept.",
            ) from None
        self.entries[key] = result

    def close(self) -> None:
        """Close the file and let others write."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
