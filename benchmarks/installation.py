"""The app as a user starts it, with organisations and documents in it."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from ragapp.adapters.e5.recipe import e5_recipe
from ragapp.adapters.e5.setup import ensure_e5
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from tests.e2e.processes import ROOT, Server, run_command, running_app

EVAL = ROOT.parent / "shared/eval/en"
PASSWORD = "measure twice, cut once 42"
_READY_S = 120.0
_POLL_S = 1.0
"""Seldom: asking takes processor time too, and the server itself says when a document was ready."""

File = tuple[str, bytes]
"""A name and what is in it."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant and the API key of its owner."""

    email: str
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


@dataclass(frozen=True, slots=True)
class Ingested:
    """Documents that became ready."""

    elapsed_s: float
    chunk_count: int


def corpus() -> list[Path]:
    """Return the files of the English test set."""
    return sorted((EVAL / "corpus").glob("*.md"))


def questions() -> list[dict[str, Any]]:
    """Return its questions, in the order of the file."""
    return [json.loads(line) for line in (EVAL / "questions.jsonl").read_text().splitlines()]


def default_embedder() -> OnnxEmbedder:
    """Return the embedder of the default settings, for this process."""
    return OnnxEmbedder(e5_recipe(ensure_e5(ROOT / ".models")))


def read_files(paths: Iterable[Path]) -> list[File]:
    """Return files of this machine as they are sent."""
    return [(path.name, path.read_bytes()) for path in paths]


def create_organisations(data_dir: Path, count: int) -> list[Organisation]:
    """Make organisations in an installation that does not run yet."""
    made = []
    for number in range(count):
        email = f"owner{number}@example.org"
        account = ("--email", email, "--tenant", f"Bench {number}", "--password", PASSWORD)
        done = run_command(data_dir, "create-owner", *account, "--plan", "unlimited", "--api-key", "--json")
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        made.append(Organisation(email, json.loads(done.stdout)["api_key"]))
    return made


def timed_start(data_dir: Path, **environment: str) -> float:
    """Start and end the app; return the seconds until it was ready."""
    with timed_app(data_dir, **environment) as (_, elapsed_s):
        return elapsed_s


@contextmanager
def timed_app(data_dir: Path, **environment: str) -> Iterator[tuple[Server, float]]:
    """Run the app; give it with the seconds from its process start until it was ready."""
    with running_app(data_dir, **environment) as server:
        yield server, time.time() - psutil.Process(server.process.pid).create_time()


def upload_and_wait(server: Server, owner: Organisation, files: Sequence[File]) -> Ingested:
    """Upload files side by side; return when all of them can be searched."""
    return asyncio.run(_upload_and_wait(server, owner, files))


async def _upload_and_wait(server: Server, owner: Organisation, files: Sequence[File]) -> Ingested:
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=owner.headers, timeout=60) as client:
        bodies = [{"file": file} for file in files]
        started = time.time()
        for answer in await asyncio.gather(*(client.post("/documents", files=body) for body in bodies)):
            answer.raise_for_status()
        documents = await _wait_until_ready(client, len(files))
    # The server's own stamp, on the same clock: finer than the poll.
    ended = max(datetime.fromisoformat(document["processed_at"]).timestamp() for document in documents)
    return Ingested(ended - started, sum(document["chunk_count"] for document in documents))


async def _wait_until_ready(client: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        await asyncio.sleep(_POLL_S)
        documents: list[dict[str, Any]] = (await client.get("/documents", params={"limit": 100})).json()["items"]
        if any(document["status"] == "failed" for document in documents):
            raise RuntimeError(f"a document failed: {documents}")
        if sum(document["status"] == "ready" for document in documents) == count:
            return documents
    raise RuntimeError("the documents were not ready in time")


def process_tree(server: Server) -> list[psutil.Process]:
    """Return the app's process and everything it started."""
    root = psutil.Process(server.process.pid)
    return [root, *root.children(recursive=True)]


def processor_s(server: Server) -> float:
    """Return the processor seconds of the whole tree so far, also of processes that have ended."""
    return sum(sum(process.cpu_times()[:4]) for process in process_tree(server))


def resident_mb(server: Server) -> float:
    """Return the resident memory of the whole tree; pages that processes share count once for each."""
    return sum(process.memory_info().rss for process in process_tree(server)) / 1e6
