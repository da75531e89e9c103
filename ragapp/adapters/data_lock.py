"""Who owns the data folder: at most one process at a time, told by a lock that dies with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(path: Path) -> Iterator[bool]:
    """Try to lock `path` for the length of the block; give whether this process has it now.

    The kernel releases the lock when the process ends, however it ends: there are no stale locks to remove.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield True


@contextmanager
def visit(path: Path) -> Iterator[None]:
    """Share `path` with other visitors for the length of the block; waits while somebody holds it."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
