"""What a process that reads strangers' files may not do.

Linux gives all of it. Elsewhere the resource limits, the session of its own and the scrubbed start remain; network and
file system are out of reach only as far as the host's own sandboxing goes.
"""

import ctypes
import os
import resource
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ragapp.adapters.parsers.landlock import allow_only_reading
from ragapp.adapters.parsers.limits import ParseLimits

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_NICENESS = 5
_ON_LINUX = sys.platform == "linux"
_CODE_AND_FONTS = (
    *map(Path, ("/usr", "/lib", "/lib64", "/etc/fonts", sys.prefix, sys.base_prefix)),
    Path(__file__).resolve().parents[2],
)
_libc = ctypes.CDLL(None, use_errno=True)


def seal_zygote() -> None:
    """Give up, for all children, what no parser needs.

    That is the network, new privileges, a working folder, core dumps, and all files but code and system fonts.
    """
    os.umask(0o077)
    _enter_vanished_folder()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _ON_LINUX:
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Root may leave the network directly; others need a user namespace, which some hosts forbid.
        if _libc.unshare(_CLONE_NEWNET) != 0:
            _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        allow_only_reading(_CODE_AND_FONTS)


def confine_child(limits: ParseLimits, *, zygote_pid: int, held_bytes: int) -> None:
    """Put the calling process under `limits`, in a session of its own, to die with its zygote.

    `held_bytes` is the address space the zygote held when it forked, see `AddressSpace`.
    """
    os.setsid()
    if _ON_LINUX:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != zygote_pid:
            os._exit(1)
    os.nice(_NICENESS)  # questions are answered by the serving process: reading files steps back for it
    _limit(resource.RLIMIT_CPU, limits.cpu_s)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_file_count)
    _limit(resource.RLIMIT_NPROC, 0)
    if _ON_LINUX:
        _limit(resource.RLIMIT_AS, held_bytes + limits.memory_bytes)


class AddressSpace:
    """Measures this process's address space; made before sealing, since the sealed process cannot open /proc."""

    def __init__(self) -> None:
        self._statm_fd = os.open("/proc/self/statm", os.O_RDONLY) if _ON_LINUX else -1

    def held_bytes(self) -> int:
        """Return the bytes of address space in use; 0 where they cannot be limited anyway."""
        return int(os.pread(self._statm_fd, 64, 0).split()[0]) * resource.getpagesize() if _ON_LINUX else 0

    def close(self) -> None:
        """Close the descriptor, in a child."""
        if _ON_LINUX:
            os.close(self._statm_fd)


def _enter_vanished_folder() -> None:
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    # Nothing can be created in a removed folder, and nothing is left to clean up.
    folder.rmdir()


def _limit(kind: int, amount: int) -> None:
    # A host may already set a lower hard limit; then that one stands.
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (amount, amount))
