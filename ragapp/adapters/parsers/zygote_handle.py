"""The serving process's handle on a running zygote."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from ragapp.adapters.parsers.zygote import main; main(int(sys.argv[2]), float(sys.argv[3]))"
)
_IMPORT_ROOT = str(Path(__file__).resolve().parents[3])


class ZygoteGone(Exception):
    """The zygote ended (idle, killed) before it could report on the job."""


class ZygoteHandle:
    """One running zygote and our end of its control socket."""

    def __init__(self, idle_s: float) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-c", _BOOT, _IMPORT_ROOT, str(theirs.fileno()), str(idle_s)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Recognition would start a thread per core, in every child.
                env={"LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"},
                start_new_session=True,
            )
        # It ends by itself when idle; without somebody waiting it would stay as a zombie.
        self._waiter = threading.Thread(target=self._process.wait, name="parser-zygote-waiter", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._waiter.is_alive()

    def send(self, payload: bytes, descriptors: list[int]) -> None:
        """Hand it a request with its descriptors.

        Raises:
            ZygoteGone: it has ended.
        """
        try:
            socket.send_fds(self._control, [payload], descriptors)
        except OSError as error:
            raise ZygoteGone from error

    def stop(self) -> None:
        """Close the control socket: the zygote kills its children and ends."""
        self._control.close()
        self._waiter.join(timeout=2)
        if self.alive:
            self._process.kill()
            self._waiter.join()
