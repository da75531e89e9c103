"""Real processes for tests: the app as a user starts it, and the model server's stand-in."""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread

import httpx

ROOT = Path(__file__).resolve().parents[2]
_START_S = 60.0
BROKEN = "broken for a test"
"""What a test that breaks a page on purpose lets the page say."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running app; `output` collects what it printed."""

    url: str
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    @property
    def setup_token(self) -> str:
        """The one-time token it printed."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = re.search(r"Set-up token: (\S+)", "".join(self.output))
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError("no set-up token was printed:\n" + "".join(self.output))

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(timeout=10)


def clean_environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAGAPP_", "REFLEX_", "OLLAMA_"))}
    kept.pop("DATABASE_URL", None)
    return {**kept, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1", **variables}


@contextlib.contextmanager
def running_app(
    data_dir: Path, *, ollama_url: str = "http://127.0.0.1:9", port: int = 0, open_files: int = 0, **more: str
) -> Iterator[Server]:
    """The app on a port of its own, ready; ended when the block ends. `open_files` is its limit of descriptors."""
    port = port or free_port()
    environment = clean_environment(
        RAGAPP_DATA_DIR=str(data_dir), RAGAPP_PORT=str(port), RAGAPP_HOST="127.0.0.1", OLLAMA_HOST=ollama_url, **more
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "ragapp", "serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=partial(_limit_open_files, open_files) if open_files else None,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    reader = Thread(target=lambda: server.output.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        _wait_until_ready(server)
        yield server
    finally:
        _end(process)
        close_output(process, reader)
    broken = [line for line in server.output if '"page.failed"' in line and BROKEN not in line]
    assert not broken, f"a page broke in the browser: {broken[0][:2000]}"


def close_output(process: subprocess.Popen[str], reader: Thread) -> None:
    """Close what an ended process wrote to; fails where one that it started lives on, for which closing would wait."""
    reader.join(timeout=30)
    assert not reader.is_alive(), "a process outlived the one that started it and holds its output"
    assert process.stdout is not None
    process.stdout.close()


def _limit_open_files(count: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError("the app ended while starting:\n" + "".join(server.output))
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/api/v1/health/ready", timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the app was not ready in time:\n" + "".join(server.output))


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


@contextlib.contextmanager
def running_ollama(*options: str) -> Iterator[str]:
    """The wire-true model server with the given command-line options; gives its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.ollama_server", "--port", str(port), *options],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/api/version", timeout=2)
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def run_command(data_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ragapp …` beside the app."""
    return subprocess.run(
        [sys.executable, "-m", "ragapp", *arguments],
        cwd=ROOT,
        env=clean_environment(RAGAPP_DATA_DIR=str(data_dir), **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
