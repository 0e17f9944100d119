"""A process that has imported everything, and forks once for each submission.

It is started by :mod:`mlmteach.grade.sandbox` and reads its orders from a socket.  An order is
the limits and two open files: the submission, which only the forked child reads, and the place
for its answers.  So this process never holds a submission that a later child could find in its
memory, and it never sees a key at all.

bubblewrap makes the room (:mod:`mlmteach.grade.room`); the child enters it, gives up its rights,
and runs the cells there.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from mlmteach.grade.cells import make_shell, run_cells
from mlmteach.grade.kernel import (
    drop_capabilities,
    empty_bounding_set,
    enter_namespaces,
    forbid_new_privileges,
)
from mlmteach.grade.limits import Limits
from mlmteach.grade.room import Room

__all__ = ["main"]

# As root, the submissions of each nursery have a uid that nobody else has.
_OWN_UID = 2_000_000 + os.getpid()
_THREADS = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_LOOK = 0.1  # seconds between two looks at memory
_ANSWERED, _OUT_OF_MEMORY, _OUT_OF_TIME, _ENDED_ITSELF, _NO_ROOM = 0, 101, 102, 103, 104


def main() -> None:
    """Import everything, then serve orders until the socket closes."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    shell = _warm()
    orders.sendall(b"ready\n")
    while True:
        header, received, _, _ = socket.recv_fds(orders, 4096, 2)
        if not header:
            return
        order = json.loads(header)
        limits = Limits(**order["limits"])
        request, answers = received
        try:
            files = (orders.fileno(), request, answers)
            end = _serve(shell, limits, files, isolated=order["isolated"])
        except OSError as error:
            end = {"end": "failed", "why": str(error)[:500]}
        finally:
            os.close(request)
            os.close(answers)
        try:
            orders.sendall(json.dumps(end).encode() + b"\n")
        except BrokenPipeError:
            return


def _warm() -> Any:
    """Import what homework uses, so that no submission pays for it."""
    import matplotlib.pyplot  # noqa: F401
    import numpy as np
    import pandas as pd
    import statsmodels.formula.api  # noqa: F401

    import mlmteach

    shell = make_shell()
    x = np.arange(24.0)
    frame = pd.DataFrame({"y": np.sin(x), "x": np.cos(3 * x), "g": np.repeat(range(6), 4)})
    mlmteach.Model("y ~ x", group="g", data=frame).fit(frame).summary()
    return shell


def _serve(
    shell: Any, limits: Limits, files: tuple[int, int, int], *, isolated: bool
) -> dict[str, Any]:
    grader, request, answers = files
    with contextlib.ExitStack() as stack:
        room = stack.enter_context(Room(limits)) if isolated else None
        own_memory = _anonymous(os.getpid())
        guard = os.fork()
        if guard == 0:
            _child(shell, limits, request, answers, room)
        roots = [guard] + ([room.first_pid] if room else [])
        try:
            end = _watch(guard, grader, roots, limits, own_memory)
        finally:
            if room is not None:
                room.end()  # the guard lives on, to reap what was killed
            for pid in [] if room else _descendants([guard]):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(guard, 0)
    if end:
        return {"end": end}
    code = os.waitstatus_to_exitcode(status)
    ends = {_ANSWERED: "answered", _OUT_OF_MEMORY: "memory", _OUT_OF_TIME: "time"}
    if code == -signal.SIGXCPU:
        return {"end": "time"}
    if code == _NO_ROOM:
        return {"end": "failed", "why": "The process could not enter its room."}
    return {"end": ends.get(code, "killed")}


def _watch(guard: int, grader: int, roots: list[int], limits: Limits, own_memory: int) -> str:
    """Wait until the child ends by itself, or say why it has to end."""
    deadline = time.monotonic() + limits.seconds
    pidfd = os.pidfd_open(guard)
    try:
        while time.monotonic() < deadline:
            wait = min(_LOOK, max(0.0, deadline - time.monotonic()))
            ready = select.select([pidfd, grader], [], [], wait)[0]
            if pidfd in ready:
                return ""
            if grader in ready:  # it sends nothing before it has its answer: it has ended
                return "killed"
            pids = _descendants(roots)
            if sum(max(0, _anonymous(pid) - own_memory) for pid in pids) > limits.memory:
                return "memory"
        return "time"
    finally:
        os.close(pidfd)


def _descendants(roots: list[int]) -> list[int]:
    found = list(roots)
    for pid in found:
        for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in tasks.read_text().split()]
    return found


def _anonymous(pid: int) -> int:
    """Bytes of memory that a process has beside files; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1])
    return 0


# --- the child ---------------------------------------------------------------------------


def _child(shell: Any, limits: Limits, request: int, answers: int, room: Room | None) -> None:
    """Enter the room, become nobody, run the cells.  It never returns."""
    code = _NO_ROOM
    try:
        if room is not None:
            enter_namespaces(room.pidfd, user=room.own_users)
            inside = os.fork()  # a PID namespace is entered by the fork, not by the caller
            if inside:
                _, status = os.waitpid(inside, 0)
                ended = os.waitstatus_to_exitcode(status)
                code = ended if ended in (_ANSWERED, _OUT_OF_MEMORY) else _ENDED_ITSELF
                if ended == -signal.SIGXCPU:
                    code = _OUT_OF_TIME
                os._exit(code)
        code = _ENDED_ITSELF
        os.setsid()
        text = _read(request)
        _close_files(answers)
        _give_up_rights(limits, isolated=room is not None)
        code = _run(shell, text)
    finally:
        os._exit(code)


def _read(request: int) -> bytes:
    with os.fdopen(os.dup(request), "rb") as file:
        file.seek(0)
        return file.read()


def _close_files(answers: int) -> None:
    """Keep one file: the place for the answers, as number 3."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    kept = os.dup(answers)
    os.dup2(kept, 3)
    os.closerange(4, 65536)


def _give_up_rights(limits: Limits, *, isolated: bool) -> None:
    seconds = int(limits.seconds) + 1
    bounds = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
    }
    if isolated:
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))
    if isolated:
        os.chdir("/tmp")
        empty_bounding_set()
        if os.getuid() == 0:
            uid = _OWN_UID
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        drop_capabilities()
    forbid_new_privileges()
    os.environ.clear()
    os.environ.update({"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **_THREADS})
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _run(shell: Any, text: bytes) -> int:
    try:
        answers = run_cells(shell, json.loads(text))
    except MemoryError:
        return _OUT_OF_MEMORY
    with os.fdopen(3, "wb") as file:
        file.write(answers.encode())
    return _ANSWERED


if __name__ == "__main__":
    main()
