"""The calls to the Linux kernel that Python 3.11 has no names for."""

from __future__ import annotations

import ctypes
import os

__all__ = [
    "drop_capabilities",
    "empty_bounding_set",
    "enter_namespaces",
    "forbid_new_privileges",
]

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
