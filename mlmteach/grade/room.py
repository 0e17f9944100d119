"""The room a submission runs in: namespaces and mounts that bubblewrap makes.

The room holds the system's libraries, Python and this package, all read-only, and a private
``/tmp``.  There is no network in it, no home, no other process, no key and no submission.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from mlmteach.errors import OptionError
from mlmteach.grade.limits import Limits

__all__ = ["Room", "require_bubblewrap", "visible_paths"]

_LAST_WAIT = 5.0  # seconds until the kernel has ended what was killed
_SYSTEM = ("/usr",)
_LINKS = ("/bin", "/lib", "/lib64", "/sbin")
_SETTINGS = ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime")


def visible_paths() -> tuple[Path, ...]:
    """Return the folders that a submission can read.

    Returns
    -------
    tuple of pathlib.Path
        The system's libraries, Python, its packages, and this package with its data.
    """
    package = Path(__file__).parents[1]
    wanted = [*map(Path, _SYSTEM), Path(sys.base_prefix), Path(sys.prefix)]
    wanted += [Path(place) for place in sys.path if place.endswith("-packages")]
    wanted += [package, package.parent / "data"]  # the data of a checkout
    found: list[Path] = []
    for path in wanted:
        real = path.resolve()
        if real.is_dir() and not any(real.is_relative_to(other) for other in found):
            found.append(real)
    return tuple(found)


def require_bubblewrap() -> str:
    """Return the path of bubblewrap.

    Returns
    -------
    str

    Raises
    ------
    OptionError
        If it is not installed.
    """
    program = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if program is None:
        raise OptionError(
            "bubblewrap is not installed, so that submissions would run with your rights.",
            "Install it (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap), "
            "or give --unsafe if you trust every submission.",
        )
    return program


@lru_cache(maxsize=4)
def _can_disable_users(program: str) -> bool:
    """Whether this bubblewrap can forbid further user namespaces, as it can from 0.8.0 on."""
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return "--disable-userns" in told.stdout + told.stderr


class Room:
    """One room, which lasts as long as the ``with`` block.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self.own_users = os.getuid() != 0  # root changes its uid instead
        info, info_end = os.pipe()
        command = [
            *self._command(limits, info_end),
            # It tells that all is mounted, and stays until the nursery ends, however it ends.
            "--",
            "/bin/sh",
            "-c",
            "echo; exec cat >/dev/null",
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[info_end],
            env={},
            close_fds=True,
        )
        os.close(info_end)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        with os.fdopen(info, "rb") as told:
            text = told.read()
        if not self._process.stdout.readline():
            why = self._process.stderr.read().decode(errors="replace").strip()
            self._process.wait()
            raise OSError(f"bubblewrap could not make a room: {why}")
        self.first_pid = int(json.loads(text)["child-pid"])
        self.pidfd = os.pidfd_open(self.first_pid)

    def _command(self, limits: Limits, info_end: int) -> list[str]:
        command = [
            require_bubblewrap(),
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
            *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"),
            *("--cap-drop", "ALL"),
        ]
        if self.own_users:
            command += ["--unshare-user"]
            if _can_disable_users(command[0]):
                command += ["--disable-userns"]
        size = str(limits.scratch)
        command += ["--size", size, "--perms", "1777", "--tmpfs", "/tmp"]
        made = {Path("/tmp")}
        for path in visible_paths():
            for parent in [*reversed(path.parents)][1:]:
                if parent not in made:
                    command += ["--perms", "0755", "--dir", str(parent)]
                    made.add(parent)
            command += ["--ro-bind", str(path), str(path)]
            made.add(path)
        command += ["--perms", "0755", "--dir", "/etc"]
        for link in map(Path, _LINKS):
            if link.is_symlink():
                command += ["--symlink", str(link.readlink()), str(link)]
            elif link.is_dir():
                command += ["--ro-bind", str(link), str(link)]
        for setting in _SETTINGS:
            command += ["--ro-bind-try", setting, setting]
        return [
            *command,
            *("--proc", "/proc", "--dev", "/dev"),
            *("--size", size, "--perms", "1777", "--tmpfs", "/dev/shm"),
            *("--remount-ro", "/dev", "--remount-ro", "/"),
            *("--chdir", "/tmp", "--info-fd", str(info_end)),
        ]

    def end(self) -> None:
        """Kill every process in the room."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Kill every process in the room, and wait until the kernel has ended them."""
        self.end()
        select.select([self.pidfd], [], [], _LAST_WAIT)
        os.close(self.pidfd)
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
