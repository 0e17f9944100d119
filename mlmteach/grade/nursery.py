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
import ctypes
import errno
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from mlmteach.exercises.functions import called
from mlmteach.exercises.plain import Plain, to_plain
from mlmteach.grade.limits import Limits, MemoryGroup, address_space, volunteer
from mlmteach.grade.room import Room

__all__ = ["main"]


# --- the calls to the Linux kernel that Python 3.11 has no names for ----------------------

# <linux/sched.h>
_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
# <linux/prctl.h>, <linux/capability.h>
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _CLEAR_ALL = 24, 38, 47, 4
_CAPABILITY_VERSION = 0x20080522
_MOST_CAPABILITIES = 64


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _require(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def enter_namespaces(pidfd: int, *, user: bool) -> None:
    """Enter the namespaces of a process; the PID namespace counts from the next fork on.

    Parameters
    ----------
    pidfd : int
        A file descriptor of the process, from :func:`os.pidfd_open`.
    user : bool
        Whether it has a user namespace of its own.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    flags = _NEWNS | _NEWCGROUP | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
    _require(_libc().setns(pidfd, flags | (_NEWUSER if user else 0)))


def empty_bounding_set() -> None:
    """Let no program that is started from here get a capability, where there is a right to say so.

    A process without that right has no capability to lose.
    """
    libc = _libc()
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # past the last one it fails


def drop_capabilities() -> None:
    """Give up every capability, for good.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    libc = _libc()
    libc.prctl(_PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _require(libc.capset(header, nothing))


def forbid_new_privileges() -> None:
    """Let no program that is started from here gain privileges.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _require(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


# Of these, the kernel holds memory that shows in no process, or they open a way to more rights.
# <asm/unistd.h>: memfd_create, memfd_secret, shmget, io_uring_setup; clone, unshare; clone3
_ARCHITECTURES = {
    "x86_64": (0xC000003E, (319, 447, 29, 425), (56, 272), 435),
    "aarch64": (0xC00000B7, (279, 447, 194, 425), (220, 97), 435),
}
_PR_SET_SECCOMP, _SECCOMP_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # <linux/bpf_common.h>
_ALLOW, _WITH_ERROR = 0x7FFF0000, 0x00050000  # <linux/seccomp.h>
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000  # the calls of another convention begin here


def refuse_hidden_memory() -> None:
    """Refuse the calls for memory that belongs to no process, and for user namespaces.

    It needs :func:`forbid_new_privileges` first.  On a machine that is neither x86-64 nor
    AArch64 nothing is refused.

    Raises
    ------
    OSError
        If the kernel cannot filter calls.
    """
    known = _ARCHITECTURES.get(os.uname().machine)
    if known is None:
        return
    architecture, refused, with_flags, newest = known
    no, unknown = _WITH_ERROR | errno.EPERM, _WITH_ERROR | errno.ENOSYS
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, unknown),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, unknown),
        (_EQUAL, 0, 1, newest),  # its flags stand in memory; libraries then use the older call
        (_RETURN, 0, 0, unknown),
    ]
    for number in refused:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, no)]
    for number in with_flags:
        program += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_HAS, 0, 1, _NEWUSER),
            (_RETURN, 0, 0, no),
            (_RETURN, 0, 0, _ALLOW),
        ]
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    whole = struct.pack("@HP", len(program), ctypes.addressof(code))
    _require(_libc().prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, whole, 0, 0))


# --- inside the room: run the cells of a submission, and say what the answers are ---------
# This runs in the student's process.  It knows the names of the answers and nothing of the key.

_MOST_ERRORS = 20


def make_shell() -> Any:
    """Make an IPython shell that keeps no history.

    Returns
    -------
    IPython.core.interactiveshell.InteractiveShell
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell: Any = InteractiveShell.instance(config=config)
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, _nothing)  # nobody reads them, and they take a third of a second
    # There is no window and no front end; a cell must not fail for want of one.
    shell.enable_gui = _nothing
    shell.register_magic_function(_nothing, "line", "matplotlib")
    shell.run_cell("None", silent=True)
    return shell


def _nothing(*_: object, **__: object) -> None:
    """Show no traceback, and open no window."""


def run_cells(
    shell: Any, request: dict[str, Any], finished: Callable[[], object] = lambda: None
) -> str:
    """Run cells one after another and collect the answers.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    request : dict
        ``cells``: their sources; ``names``: the names of the answers; ``functions``: for the
        answers that are functions, the data frames to try them on; ``files``: what lies where the
        cells run, in base 64; ``most``: how many bytes the answers may have.
    finished : callable, optional
        Called after each cell.

    Returns
    -------
    str
        JSON: the answers as plain data, and the errors of cells.
    """
    for name, content in request.get("files", {}).items():
        Path(name).write_bytes(b64decode(content))
    errors: list[tuple[int, str, str]] = []
    for number, source in enumerate(request["cells"], start=1):
        try:
            result = shell.run_cell(source, store_history=False, silent=True)
            error = result.error_before_exec or result.error_in_exec
        except Exception as raised:  # a cell may have changed the shell
            error = raised
        if error is not None and len(errors) < _MOST_ERRORS:
            errors.append((number, type(error).__name__[:80], _message(error)))
        finished()
    space = shell.user_ns
    answers = {}
    for name in request["names"]:
        answers[name] = to_plain(space.get(name))
        if name in request["functions"] and answers[name]["kind"] == "function":
            frames = [pd.DataFrame(**frame) for frame in request["functions"][name]]
            answers[name] = called(space[name], frames)
    answers |= _too_large(answers, request["most"])
    return json.dumps({"answers": answers, "errors": errors}, allow_nan=False)


def _too_large(answers: dict[str, Plain], most: int) -> dict[str, Plain]:
    """The largest answers, as far as there is no room for them: none costs those of the others."""
    sizes = {name: len(json.dumps({name: answer})) for name, answer in answers.items()}
    refused = {}
    for name in sorted(sizes, key=lambda name: sizes[name]):
        most -= sizes[name]
        if most < 0:
            kind = answers[name]["kind"]
            refused[name] = {"kind": "other", "type": kind, "why": "it is too large to be sent"}
    return refused


def _message(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:
        return ""


# --- A process that has imported everything, and forks once for each submission -----------

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

    from mlmteach.api import Model

    shell = make_shell()
    x = np.arange(24.0)
    frame = pd.DataFrame({"y": np.sin(x), "x": np.cos(3 * x), "g": np.repeat(range(6), 4)})
    Model("y ~ x", group="g", data=frame).fit(frame).summary()
    frame["yes"] = np.repeat([0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1], 2)
    Model("yes ~ x", group="g", family="binomial").fit(frame)
    return shell


def _serve(
    shell: Any, limits: Limits, files: tuple[int, int, int], *, isolated: bool
) -> dict[str, Any]:
    grader, request, answers = files
    with contextlib.ExitStack() as stack:
        # files in its private /tmp are memory too
        group = stack.enter_context(MemoryGroup(limits.memory + limits.scratch))
        room = stack.enter_context(Room(limits)) if isolated else None
        place = "/tmp" if isolated else stack.enter_context(tempfile.TemporaryDirectory())
        own_memory = _memory(os.getpid())
        guard = os.fork()
        if guard == 0:
            _child(shell, limits, request, answers, room, place, group)
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
        if group.exhausted():
            return {"end": "memory"}
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
            if sum(max(0, _memory(pid) - own_memory) for pid in pids) > limits.memory:
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


def _memory(pid: int) -> int:
    """Bytes of memory that a process has beside files, shared and swapped; 0 when it has ended."""
    counted = ("RssAnon:", "RssShmem:", "VmSwap:")
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(counted))
    return 0


# --- the child ---------------------------------------------------------------------------


def _child(
    shell: Any,
    limits: Limits,
    request: int,
    answers: int,
    room: Room | None,
    place: str,
    group: MemoryGroup,
) -> None:
    """Enter the room, become nobody, run the cells.  It never returns."""
    code = _NO_ROOM
    try:
        group.enter()
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
        volunteer()
        text = _read(request)
        _close_files(answers)
        _give_up_rights(limits, place, isolated=room is not None)
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


def _give_up_rights(limits: Limits, place: str, *, isolated: bool) -> None:
    seconds = int(limits.seconds) + 1
    bounds = {
        resource.RLIMIT_AS: address_space() + limits.memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
    }
    if isolated:
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))
    os.chdir(place)
    if isolated:
        empty_bounding_set()
        if os.getuid() == 0:
            uid = _OWN_UID
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        drop_capabilities()
    forbid_new_privileges()
    if isolated:
        refuse_hidden_memory()
    os.environ.clear()
    os.environ.update({"HOME": place, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **_THREADS})
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _run(shell: Any, text: bytes) -> int:
    # As in Jupyter, a module that a cell has written can be imported; it is read each time, since
    # two versions of one second look alike to Python's cache.
    sys.path.insert(0, "")
    sys.dont_write_bytecode = True
    first = os.getpid()

    def finished() -> None:
        if os.getpid() != first:  # a copy that a cell has forked: there is one set of answers
            os._exit(_ENDED_ITSELF)
        # White space before JSON means nothing: a line for each cell that has come to its end.
        os.write(3, b"\n")

    try:
        answers = run_cells(shell, json.loads(text), finished)
    except MemoryError:
        return _OUT_OF_MEMORY
    with os.fdopen(3, "wb") as file:
        file.write(answers.encode())
    return _ANSWERED


if __name__ == "__main__":
    main()
