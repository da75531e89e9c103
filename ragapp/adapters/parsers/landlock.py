"""Linux Landlock: a process gives up the file system, and more, for itself and everything it forks.

Source: Linux kernel documentation, "Landlock: unprivileged access control" (userspace-api/landlock).
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FIRST_VERSION_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_BIND_AND_CONNECT_TCP = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11
_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """Return the kernel's Landlock version; 0 where there is none."""
    return max(0, _libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)) if sys.platform == "linux" else 0


def allow_only_reading(folders: Iterable[Path]) -> None:
    """Refuse this process every later opening of a file outside `folders`, and all writing.

    Newer kernels also refuse it TCP, and signals to processes that were not forked from it.

    Needs no-new-privileges. Descriptors that are already open stay usable. Does nothing where there is no Landlock.
    """
    version = landlock_version()
    if version == 0:
        return
    files = _FIRST_VERSION_RIGHTS | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    fields = [files] + [_BIND_AND_CONNECT_TCP] * (version >= 4) + [_SIGNALS_AND_ABSTRACT_SOCKETS] * (version >= 6)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    for folder in folders:
        _allow_reading(ruleset, folder)
    _libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow_reading(ruleset: int, folder: Path) -> None:
    try:
        fd = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, fd)
    _libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
    os.close(fd)
