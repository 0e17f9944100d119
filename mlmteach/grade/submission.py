"""Reading what students hand in: files that may be anything."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LARGEST_FILE", "NotANotebook", "Submission", "read_submission"]

LARGEST_FILE = 20 * 2**20  # bytes; figures are saved in notebooks
_LARGEST_SOURCE = 2**20  # characters of code
_MOST_CELLS = 2_000


class NotANotebook(Exception):
    """A file that cannot be read as a notebook; the message says why."""


@dataclass(frozen=True)
class Submission:
    """The code of a notebook.

    Parameters
    ----------
    cells : tuple of str
        The sources of its code cells, in order.
    digest : str
        The hash of the file.
    modified : float
        When it was last changed, in seconds since 1970.
    """

    cells: tuple[str, ...]
    digest: str
    modified: float


def read_submission(path: Path) -> Submission:
    """Read a notebook without running or trusting anything in it.

    Parameters
    ----------
    path : pathlib.Path
        The file; a symbolic link is refused.

    Returns
    -------
    Submission

    Raises
    ------
    NotANotebook
        If it is no file, too large, no JSON, or not a notebook of version 4.
    """
    content, modified = _read_file(path)
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
        sources = [_source(cell) for cell in cells if cell["cell_type"] == "code"]
    except UnicodeDecodeError:
        raise NotANotebook("it is no text") from None
    except (ValueError, RecursionError, MemoryError):
        raise NotANotebook("it is not JSON") from None
    except (KeyError, TypeError, AttributeError):
        raise NotANotebook("it has no cells as a notebook of version 4 has") from None
    if len(cells) > _MOST_CELLS or sum(map(len, sources)) > _LARGEST_SOURCE:
        raise NotANotebook("it holds more code than any homework")
    return Submission(tuple(sources), hashlib.sha256(content).hexdigest(), modified)


def _read_file(path: Path) -> tuple[bytes, float]:
    try:
        # No link is followed, and a pipe does not make the grader wait.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise NotANotebook(f"it cannot be opened: {error.strerror}") from None
    told = os.fstat(file)
    if not stat.S_ISREG(told.st_mode):
        os.close(file)
        raise NotANotebook("it is not a regular file")
    with os.fdopen(file, "rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise NotANotebook(f"it is larger than {LARGEST_FILE // 2**20} MiB")
    return content, told.st_mtime


def _source(cell: dict[str, object]) -> str:
    source = cell["source"]
    text = "".join(source) if isinstance(source, list) else source
    if not isinstance(text, str):
        raise TypeError
    return text.encode(errors="replace").decode()  # half a character is no source
