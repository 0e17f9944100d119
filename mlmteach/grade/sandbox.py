"""Running a submission in isolation, seen from the grader.

The grader sends cells, the names of the answers and data to try functions on.  It gets text back,
reads it as JSON, and believes nothing in it beyond numbers, strings, lists and tables.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mlmteach.errors import MlmteachError
from mlmteach.exercises.plain import Plain, read_plain
from mlmteach.grade.limits import Limits, NotGraded

__all__ = ["CellError", "Ran", "Sandbox", "run_submission"]

_GRACE = 30.0  # seconds for making the room and ending it
_LONGEST_NAME = 80
_BESIDE = 2**17  # bytes that a process sends beside its answers: the errors of cells
_MOST_AGAIN = 2  # an endless cell, and then an answer that nobody can look at


@dataclass(frozen=True)
class CellError:
    """An error that a cell ended with."""

    cell: int
    kind: str
    message: str


@dataclass(frozen=True)
class Ran:
    """What came out of one submission.

    Parameters
    ----------
    end : str
        ``"answered"``, ``"time"``, ``"memory"``, ``"killed"``.
    answers : dict
        Plain data by the name of the answer.
    errors : tuple of CellError
    stopped : int
        The cell in which it ended, if there are answers of the cells before; one after the last
        where looking at the answers came to no end.
    """

    end: str
    answers: dict[str, Plain]
    errors: tuple[CellError, ...] = ()
    stopped: int = 0


class Sandbox:
    """A nursery process of one's own, which forks once a submission.

    Parameters
    ----------
    isolated : bool
        Whether submissions run in a room of bubblewrap's.  Without it they run with the rights of
        the grader, bounded in time and memory only.
    """

    def __init__(self, *, isolated: bool = True) -> None:
        self.isolated = isolated
        self._nursery: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def run(
        self,
        cells: Sequence[str],
        names: Sequence[str],
        functions: Mapping[str, Sequence[pd.DataFrame]] | None = None,
        *,
        calls: Sequence[str] = (),
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> Ran:
        """Run cells and read the answers.

        Cells that come to no end, or end the process, cost the answers of no cell before them: the
        cells before are run once more, and what tries their answers as well.

        Parameters
        ----------
        cells : sequence of str
            The sources, in order.
        names : sequence of str
            The names of the answers.
        functions : mapping of str to sequence of pandas.DataFrame, optional
            Data on which an answer that is a function is tried.
        calls : sequence of str, optional
            Cells of the grader's that try answers after the cells of the student.
        files : mapping of str to bytes, optional
            Files that lie where the cells run.
        limits : Limits, optional

        Returns
        -------
        Ran

        Raises
        ------
        MlmteachError
            If the sandbox itself does not work.
        """
        frames = {
            name: [json.loads(frame.to_json(orient="split", double_precision=15)) for frame in some]
            for name, some in (functions or {}).items()
        }
        packed = {name: b64encode(content).decode() for name, content in (files or {}).items()}
        limits = limits or Limits()
        given = {"names": list(names), "files": packed, "most": limits.answers}
        own, tried = list(cells), list(calls)
        first = ran = self._run({**given, "cells": own + tried, "functions": frames}, limits)
        for _ in range(_MOST_AGAIN):
            before = ran.stopped - 1
            if before < 1:
                break
            if before < len(own):
                own = own[:before]
            elif before < len(own) + len(tried):
                tried = tried[: before - len(own)]
            elif frames:
                frames = {}
            else:
                break
            ran = self._run({**given, "cells": own + tried, "functions": frames}, limits)
        return replace(ran, end=first.end, stopped=first.stopped if ran.answers else 0)

    def _run(self, request: dict[str, Any], limits: Limits) -> Ran:
        with tempfile.TemporaryFile() as sent, tempfile.TemporaryFile() as received:
            sent.write(json.dumps(request).encode())
            sent.flush()
            told = self._order(limits, sent.fileno(), received.fileno())
            if told["end"] == "failed":
                raise MlmteachError(
                    f"The sandbox does not work here: {told['why']}",
                    "Let bubblewrap make user namespaces here, run the grader elsewhere, or give "
                    "--unsafe if you trust every submission.",
                )
            received.seek(0)
            found = received.read(limits.answers + _BESIDE)
        if told["end"] == "answered":
            with contextlib.suppress(*_UNREADABLE):
                return _read(found, request["names"])
            told["end"] = "killed"  # it ended as if all were well, or wrote there itself
        finished = len(found) - len(found.lstrip(b"\n"))
        return Ran(told["end"], {}, stopped=min(finished, len(request["cells"])) + 1)

    def _order(self, limits: Limits, request: int, answers: int) -> dict[str, str]:
        if self._nursery is None or self._nursery.poll() is not None:
            self._start()
        assert self._orders is not None
        header = json.dumps({"limits": limits.as_dict(), "isolated": self.isolated}).encode()
        try:
            socket.send_fds(self._orders, [header], [request, answers])
            self._orders.settimeout(limits.seconds + _GRACE)
            line = self._line()
        except OSError as error:
            self.close()
            raise MlmteachError(
                f"The sandbox stopped: {error}.", "Grade again; what was finished is kept."
            ) from None
        told: dict[str, str] = json.loads(line)
        return told

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        fonts = os.environ.get("MPLCONFIGDIR") or str(Path("~/.cache/matplotlib").expanduser())
        # Whatever stands in the environment here, passwords included, stays here.
        kept = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": fonts,
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "mlmteach.grade.nursery", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=kept,
            pass_fds=[theirs.fileno()],
            cwd="/",
            start_new_session=True,  # an interrupt at the terminal is the grader's to handle
        )
        theirs.close()
        self._orders = ours
        ours.settimeout(120)
        if self._line() != b"ready":
            assert self._nursery.stderr is not None
            why = self._nursery.stderr.read().decode(errors="replace").strip().splitlines()
            self.close()
            raise MlmteachError(
                f"The sandbox does not start: {why[-1] if why else 'no reason given'}.",
                "Install mlmteach with its extra 'lab'.",
            )

    def _line(self) -> bytes:
        assert self._orders is not None
        line = b""
        while not line.endswith(b"\n"):
            more = self._orders.recv(4096)
            if not more:
                return b""
            line += more
        return line[:-1]

    def close(self) -> None:
        """End the nursery and everything that it has started."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._nursery is not None:
            self._nursery.kill()
            self._nursery.communicate()
            self._nursery = None


_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


def _read(found: bytes, names: Sequence[str]) -> Ran:
    """Read what came from a process that is not trusted."""
    data = json.loads(found, parse_constant=_refuse)
    answers = {name: read_plain(data["answers"].get(name)) for name in names}
    errors = tuple(
        CellError(int(cell), _written(kind)[:_LONGEST_NAME], _written(message)[:300])
        for cell, kind, message in data["errors"][:20]
    )
    return Ran("answered", answers, errors)


def _written(text: object) -> str:
    return str(text).encode(errors="replace").decode()


def _refuse(constant: str) -> float:
    raise ValueError(constant)


_LOCAL = threading.local()


def run_submission(
    cells: Sequence[str],
    names: Sequence[str],
    functions: Mapping[str, Sequence[pd.DataFrame]],
    limits: Limits,
    isolated: bool,
    files: Mapping[str, bytes] | None = None,
    calls: Sequence[str] = (),
) -> Ran:
    """Run a submission in the sandbox of this thread, which is started when first needed.

    Parameters
    ----------
    cells, names, functions, limits
        As in :meth:`Sandbox.run`.
    isolated : bool
        As in :class:`Sandbox`.
    files, calls : optional
        As in :meth:`Sandbox.run`.

    Returns
    -------
    Ran

    Raises
    ------
    NotGraded
        If the sandbox fails with this submission, twice, and works with another.
    MlmteachError
        If it works with none.
    """
    sandbox: Sandbox | None = getattr(_LOCAL, "sandbox", None)
    if sandbox is None or sandbox.isolated != isolated:
        sandbox = _LOCAL.sandbox = Sandbox(isolated=isolated)
    for _ in range(2):
        try:
            return sandbox.run(cells, names, functions, calls=calls, files=files, limits=limits)
        except MlmteachError as error:
            sandbox.close()
            why = error.problem
    sandbox.run(["answer = 1"], ["answer"], limits=limits)
    raise NotGraded(why)
